# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""vpl011-kvm when something goes wrong: unusable files, guests that reset and
crash, full disks, and interruptions. It must print one clear line, restore the
terminal and leave nothing running. The guest is U-Boot, because it is quick."""

from emulated import HOST_STATUS, Failure, case, host_for_test
from arm64_host import FIRMWARE, INITRD, KERNEL
from tap import done, skip

UBOOT = f'--firmware {FIRMWARE}'
# What cannot be started: options, what it says, and with which status
REFUSED = [
    ('--kernel /none', 'kvm: /none: No such file or directory', 1),
    ('--kernel /guest', 'kvm: /guest: Is a directory', 1),
    (
        f'--kernel {INITRD}',
        f'kvm: {INITRD}: not an arm64 Linux Image',
        1,
    ),
    (
        '--kernel /tmp/short',
        'kvm: /tmp/short: not an arm64 Linux Image',
        1,
    ),
    (
        '--kernel /tmp/kernel.gz',
        'kvm: /tmp/kernel.gz: a compressed kernel: gunzip it first',
        1,
    ),
    (
        f'--kernel {KERNEL} --initrd /none',
        'kvm: /none: No such file or directory',
        1,
    ),
    (
        f'--kernel {KERNEL} --initrd /tmp/large --memory 64',
        'kvm: --memory: too small for kernel and initrd',
        1,
    ),
    (
        '--firmware /tmp/empty',
        'kvm: /tmp/empty: empty, or larger than its memory',
        1,
    ),
    ('', 'kvm: --kernel or --firmware is needed. Try --help.', 2),
    (f'{UBOOT} --cpus 9', 'kvm: --cpus takes 1 to 8', 2),
    (f'{UBOOT} --memory -1', 'kvm: --memory takes 64 to 4096', 2),
    (f'{UBOOT} --uart 8250', 'kvm: --uart takes pl011 or sbsa', 2),
    (
        f'{UBOOT} --acpi',
        'kvm: --acpi is for a kernel; firmware gets a device tree',
        2,
    ),
    (f'{UBOOT} more', 'kvm: what is "more"? Try --help.', 2),
    (
        f'{UBOOT} --script /tmp/bad',
        'kvm: /tmp/bad:2: expcet: no such command',
        1,
    ),
    (
        f'{UBOOT} --script /none',
        'kvm: /none: No such file or directory',
        1,
    ),
    (
        f'{UBOOT} --log /none/log',
        'kvm: /none/log: No such file or directory',
        1,
    ),
]


def terminal(host):
    return host.shell('stty -a')


def nothing_runs(host):
    host.shell('pidof vpl011-kvm', status=1)


def refused(host):
    host.shell(
        'touch /tmp/empty; head -c 10 /dev/zero >/tmp/short; '
        'echo | gzip >/tmp/kernel.gz; head -c 60000000 /dev/zero >/tmp/large; '
        'printf "rate 0\\nexpcet x\\n" >/tmp/bad'
    )
    for options, line, status in REFUSED:
        with case(f'refused: {options or "no options"}'):
            said = host.shell(f'vpl011-kvm {options} </dev/null', 30, status)
            assert said == line + '\n', said
    host.shell('rm /tmp/large')


def without_kvm(host):
    with case('no /dev/kvm'):
        host.shell('mv /dev/kvm /dev/kvm.away')
        said = host.shell(f'vpl011-kvm {UBOOT} </dev/null', 30, 1)
        host.shell('mv /dev/kvm.away /dev/kvm')
        wanted = 'kvm: /dev/kvm: this kernel has no virtualisation: '
        assert said.startswith(wanted) and said.count('\n') == 1, said
    with case('/dev/kvm is something else'):
        host.shell('mv /dev/kvm /dev/kvm.away; ln -s null /dev/kvm')
        said = host.shell(f'vpl011-kvm {UBOOT} </dev/null', 30, 1)
        host.shell('rm /dev/kvm; mv /dev/kvm.away /dev/kvm')
        assert said.count('\n') == 1 and 'not an API' in said, said


def uboot(host):
    with case('U-Boot: prompt, commands, poweroff') as c:
        with host.monitor(kernel=UBOOT, append=None) as guest:
            guest.expect('U-Boot 20')
            guest.expect('=> ')
            guest.send('version\r')
            guest.expect('aarch64-linux-gnu-gcc')
            guest.expect('=> ')
            # The UART's own: PeriphID0..3, by U-Boot's md.
            guest.send('md.l 0x09000fe0 4\r')
            guest.expect('09000fe0: 00000011 00000010 00000034 00000000')
            guest.expect('=> ')
            guest.send('poweroff\r')
            c.figures = guest.end()
        assert c.figures['guest errors'] == 0, c.figures


def resets(host):
    before = terminal(host)
    with case('a guest that resets starts again') as c:
        with host.monitor(kernel=UBOOT, append=None) as guest:
            guest.expect('=> ')
            guest.send('reset\r')
            guest.expect('kvm: the guest was reset: it starts again')
            guest.expect('U-Boot 20')
            guest.expect('=> ')
            # By the user too.
            guest.send(b'\x1dr')
            guest.expect('kvm: the guest was reset: it starts again')
            guest.expect('=> ')
            guest.send('poweroff\r')
            c.figures = guest.end()
        assert c.figures['resets'] == 2, c.figures
    with case('with --once it ends there, with a status of its own') as c:
        with host.monitor('--once', kernel=UBOOT, append=None) as guest:
            guest.expect('=> ')
            guest.send('reset\r')
            guest.expect('kvm: the guest was reset')
            c.figures = guest.end(status=3)
    with case('a guest that accesses what is not there gets an abort') as c:
        with host.monitor('--once', kernel=UBOOT, append=None) as guest:
            guest.expect('=> ')
            guest.send('md.l 0x0a000000 1\r')
            guest.expect('"Synchronous Abort" handler')
            c.figures = guest.end(status=3)
        assert c.figures['unmapped accesses'] == 1, c.figures
    with case('Ctrl-] q ends a guest that hangs, and Ctrl-] ? tells how') as c:
        with host.monitor(kernel=UBOOT, append=None) as guest:
            guest.expect('=> ')
            guest.send('sleep 10000\r')
            guest.expect('sleep 10000\r\n')
            guest.send(b'\x1d?')
            guest.expect('kvm: Ctrl-] q quits')
            guest.send(b'\x1dq')
            c.figures = guest.end()
    with case('a paste that the guest does not read does not hide Ctrl-] q') as c:
        with host.monitor(kernel=UBOOT, append=None) as guest:
            guest.expect('=> ')
            # A branch to itself; U-Boot's own commands read, for Ctrl-C.
            guest.send('mw.l 42000000 14000000; go 42000000\r')
            guest.expect('## Starting application')
            guest.send(b'x' * 20000 + b'\x1dq')
            c.figures = guest.end(timeout=60)
    with case('the terminal is as it was'):
        after = terminal(host)
        assert after == before, f'{before}\n{after}'


def full_disk(host):
    host.shell('mkdir -p /small; mount -t tmpfs -o size=4k tmpfs /small')
    with case('a full disk under --log: said once, the console goes on') as c:
        options = '--log /small/log'
        with host.monitor(options, kernel=UBOOT, append=None) as guest:
            guest.expect('=> ')
            for _ in range(2):
                guest.send('help\r')
                guest.expect('=> ')
            guest.send('poweroff\r')
            c.figures = guest.end()
            said = guest.console()
        line = 'kvm: --log: No space left on device; the console goes on'
        assert said.count(line) == 1, said
        host.shell('[ $(wc -c </small/log) = 4096 ] && rm /small/log')
    with case('a full disk under standard output: it ends and says so'):
        said = host.shell(
            f'vpl011-kvm --script /tmp/helps {UBOOT} >/small/out </dev/null',
            60,
            1,
        )
        wanted = 'kvm: standard output: No space left on device\n'
        assert said == wanted, said
    host.shell('umount /small')
    with case('standard output closed: it ends and says so'):
        said = host.shell(
            f'(vpl011-kvm {UBOOT} </dev/null; echo status $? >&2) | '
            'head -c 10 >/dev/null',
            60,
        )
        assert 'kvm: standard output: ' in said and 'status 1' in said, said


def interrupted(host):
    before = terminal(host)
    for name in 'TERM', 'HUP', 'INT', 'QUIT':
        with case(f'SIG{name} in a guest: the terminal is given back'):
            # From the host's side, while the console is the guest's.
            host.shell(
                '(until grep -q "=> " /tmp/said; do sleep 0.1; done; '
                f'kill -{name} $(pidof vpl011-kvm)) 2>/dev/null &'
            )
            options = '--log /tmp/said'
            with host.monitor(options, kernel=UBOOT, append=None) as guest:
                guest.end(status=None)
            assert guest.status > 128, guest.status
            host.shell('rm /tmp/said')
            after = terminal(host)
            assert after == before, f'{before}\n{after}'
            nothing_runs(host)
    with case('Ctrl-C where the terminal is not raw ends it'):
        host.shell('printf "sleep 100000\\n" >/tmp/sleeps')
        host.send(f'vpl011-kvm --script /tmp/sleeps {UBOOT}\n')
        host.expect('=> ')
        host.send(b'\x03')
        match = host.expect(HOST_STATUS, 10)
        assert int(match[1]) == 130, match[0]
        nothing_runs(host)


def main():
    with host_for_test() as host:
        try:
            host.shell(f'[ -e {FIRMWARE} ]')
        except Failure:
            skip('vpl011-kvm and what goes wrong', 'no u-boot-qemu here')
            done()
        host.shell(
            'printf "expect => \\nsend help\\\\r\\nexpect => \\n'
            'send help\\\\r\\nexpect => \\nsend help\\\\r\\nexpect => \\n" '
            '>/tmp/helps'
        )
        refused(host)
        without_kvm(host)
        uboot(host)
        resets(host)
        full_disk(host)
        interrupted(host)
    done()


if __name__ == '__main__':
    main()
