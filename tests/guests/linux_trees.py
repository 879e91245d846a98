# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Debian's arm64 kernel finds its console by each form of our tree.

The machine is QEMU's, with its own PL011: what is tested is that Linux takes
the driver that docs/describing.md names, by the node that vpl011_fdt_add()
wrote in place of the machine's. There is no initrd: a boot ends where the
kernel has no root to mount. The forms run one after the other.

Arguments: linux_tree, and the directory where scripts/test puts the kernel;
LINUX_IMAGE in the environment names another.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.environ['TAP_PATH'])
from tap import done, note, ok, run, skip_all  # noqa: E402

QEMU = 'qemu-system-aarch64'
# [s] for one boot: 1.3 on an idle machine, whatever the build is
DEADLINE = 60
# Rebooting ends QEMU, so that nothing waits for a panic that has come.
COMMAND_LINE = 'earlycon panic=-1 mitigations=off'

AMBA = 'a PL011 rev'
SBSA = 'a SBSA'
# form, the node's path and compatible, the driver that Linux has to take
FORMS = [
    ('pl011', '/serial@9000000 arm,pl011 arm,primecell', AMBA),
    ('sbsa', '/serial@9000000 arm,sbsa-uart', SBSA),
    ('sbsa-pl011', '/serial@9000000 arm,sbsa-uart arm,pl011', SBSA),
    (
        'sbsa-primecell',
        '/serial@9000000 arm,sbsa-uart arm,pl011 arm,primecell',
        AMBA,
    ),
    ('xen', '/sbsa-pl011 arm,sbsa-uart', SBSA),
]


def find_image(directory):
    named = os.environ.get('LINUX_IMAGE')
    image = pathlib.Path(named) if named else directory / 'Image'
    if not image.is_file():
        skip_all(
            f'no {image if named else "arm64 kernel"} here: '
            'scripts/test fetches it on Debian 12; LINUX_IMAGE names another'
        )
    return image


def machine(*more):
    # No network card: its ROM is of a package that nothing else needs.
    command = [QEMU, '-M', 'virt', '-cpu', 'cortex-a57', '-m', '512']
    return command + ['-nic', 'none', '-nographic', '-no-reboot', *more]


def boot(image, tree):
    """(what the console said, seconds, exit status; None: timed out)"""
    start = time.monotonic()
    process = subprocess.Popen(
        machine(
            *('-kernel', str(image), '-dtb', str(tree)),
            *('-append', COMMAND_LINE),
        ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    timed_out = threading.Event()

    def end():
        timed_out.set()
        process.kill()

    timer = threading.Timer(DEADLINE, end)
    timer.start()
    # Meson ends a test that takes too long; QEMU must not be left of it.
    signal.signal(signal.SIGTERM, lambda *_: (process.kill(), sys.exit(1)))
    try:
        said = process.stdout.read().decode('utf-8', 'replace')
        status = process.wait()
    finally:
        timer.cancel()
        process.kill()
        process.wait()
    seconds = time.monotonic() - start
    return said, seconds, None if timed_out.is_set() else status


def missing(said, node, driver):
    """What a boot should have said, in this order, up to what it did not."""
    device = '9000000.' + node[1:].split('@')[0]
    steps = [
        ['earlycon: pl11 at MMIO 0x0000000009000000', "'115200n8'"],
        ['Kernel command line: ' + COMMAND_LINE],
        # From here on it is the driver that speaks.
        ['bootconsole [pl11', 'disabled'],
        [f'{device}: ttyAMA0 at MMIO 0x9000000 (irq = ', f'is {driver}'],
        ['console [ttyAMA0] enabled'],
        ['Kernel panic - not syncing: VFS: Unable to mount root fs'],
    ]
    lines = iter(said.splitlines())
    for step in steps:
        if not any(all(part in line for part in step) for line in lines):
            return f'the console did not say, or not here: {" ... ".join(step)}'
    return ''


def main():
    tool, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    if shutil.which(QEMU) is None:
        skip_all(f'no {QEMU} here')
    image = find_image(directory)
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        whole = place / 'machine.dtb'
        status, _, said = run(machine('-M', f'virt,dumpdtb={whole}'))
        ok(status == 0 and whole.exists(), 'the machine tells its tree', said)
        for name, node, driver in FORMS:
            tree = place / (name + '.dtb')
            status, out, said = run([tool, name, whole, tree])
            if not ok(
                status == 0 and out.strip() == node,
                f'{name}: the tree has {node}',
                said,
            ):
                continue
            console, seconds, status = boot(image, tree)
            why = missing(console, node.split()[0], driver)
            if status is None:
                why = f'no end within {DEADLINE} s; {why}'
            elif status != 0:
                why = f'exit status {status} of {QEMU}; {why}'
            good = ok(
                not why,
                f'{name}: Linux boots, and its UART is {driver}',
                f'{why}\nThe console so far:\n{console}',
            )
            if good:
                note(f'{name}: {seconds:.1f} s')
    done()


if __name__ == '__main__':
    main()
