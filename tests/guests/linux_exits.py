# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""What Linux's output costs in exits, with libvpl011-kvm and with an exit for each
access (--exits), in one run; that nothing of it is lost; typing, pasting, and an
idle guest.

The host's clock counts instructions, so that its times are the same on a busy
machine. They tell nothing about real hardware, where an exit costs more.
"""

import json
import re
import sys
import time

from emulated import case, figures_of, host_for_test
from tap import done, note
from traffic import (
    KIB,
    md5,
    md5_of,
    now,
    of_second,
    random_bytes,
    same,
    same_text,
    since,
    sums_hold,
)

KINDS = {'with exits': '--exits', 'without': ''}
VERBOSE = 'mitigations=off earlycon'
FIRST = '[    0.000000] Booting Linux'
# More output and a longer paste with --long: with exits they take minutes.
LONG = '--long' in sys.argv
LINES = 20000 if LONG else 5000
KEYS = 100
PASTED = random_bytes(11, (64 if LONG else 16) * KIB)
PAUSE = 30  # [ms] after the echo of a key
TYPED = (
    '(stty -F /dev/ttyAMA1 sane -icanon; exec 3<>/dev/ttyAMA1; '
    f'seq 1 100 >&3; printf "<typed>" >&3; head -c {KEYS} <&3 >/dev/null)'
)
# A key that finds the page closed is answered by so much output that it is open
# when the next one comes, and has to be closed: the worst case.
ANSWERED = (
    '(stty -F /dev/ttyAMA1 sane; exec 3<>/dev/ttyAMA1; printf "<keys>" >&3; '
    'while read -r key <&3 && [ $key != q ]; do printf "%0100d" 0 >&3; done)'
)
READ = (
    '(stty -F /dev/ttyAMA1 raw -echo; exec 3<>/dev/ttyAMA1; '
    f'printf "<paste>" >&3; head -c {len(PASTED)} <&3 >/tmp/in)'
)
FILES = {
    '/data/in': PASTED,
    '/data/second': '\n'.join(
        ['timeout 1000', 'expect <typed>']
        + ['send k', 'expect k', f'sleep {PAUSE}'] * KEYS
        + ['expect <keys>']
        + ['send k\\r', 'expect k', f'sleep {PAUSE}'] * KEYS
        + ['send q\\r', 'expect <paste>', 'sendfile /data/in', '']
    ).encode(),
}
SECOND = ' --second /tmp/second --second-script /data/second'


def of_kernel(guest):
    """What the kernel's log holds and the console was to show."""
    lines = (line.split('>', 1) for line in guest.command('dmesg -r').splitlines())
    # Of the number in front, the facility is above the level.
    return [text for level, text in lines if int(level[1:]) % 8 < 7]


def same_messages(said, wanted):
    """The log, or where it begins anew: the console that takes over from
    earlycon repeats it."""
    said = said[: said.index('libvpl011 guest: ')]
    for part in said.split(FIRST)[1:]:
        lines = (FIRST + part).splitlines()
        same_text('\n'.join(lines), '\n'.join(wanted[: len(lines)]), 'log')
    # /init ends them.
    assert len(lines) > 200 and len(wanted) - len(lines) < 10, len(lines)


class Part:
    """A part of a guest's life: figures, what it said, how long it took by
    the guest's clock [ms]. This program's own time is not in it."""

    def __init__(self, guest, command, before):
        said = guest.command(
            'read from rest </proc/uptime; '
            + command
            + '; read to rest </proc/uptime; echo "<""took $from $to>"',
            1200,
        )
        took = re.search(r'<took ([\d.]+) ([\d.]+)>\n', said)
        self.said = said[: took.start()]
        self.ms = 1000 * (float(took[2]) - float(took[1]))
        self.figures = since(before, now(guest))
        self.exits = self.figures['MMIO exits']


class Boot:
    """The same of a boot, until the kernel runs /init."""

    def __init__(self, guest):
        guest.boot(600)
        self.said = guest.console()
        self.figures = now(guest)
        self.exits = self.figures['MMIO exits']
        end = guest.command('dmesg | grep "Run /init"')
        self.ms = 1000 * float(re.search(r'\[ *(\d+\.\d+)\]', end)[1])


def boot_and_print(host, options):
    """A verbose boot, and a long output after it."""
    with host.monitor(options, append=VERBOSE) as guest:
        boot = Boot(guest)
        seq = Part(guest, f'seq 1 {LINES}', now(guest))
        wanted = ''.join(f'{n}\n' for n in range(1, LINES + 1))
        same_text(seq.said, wanted, 'seq')
        same_messages(boot.said, of_kernel(guest))
        end = guest.poweroff()
        sums_hold(end)
    return {'boot': boot, 'seq': seq}, end


def output(host):
    with case('a verbose boot and seq: at most one exit in 15') as c:
        (old, _), (new, c.figures) = (
            boot_and_print(host, options) for options in KINDS.values()
        )
        for name, a in old.items():
            b = new[name]
            f = b.figures
            note(
                f'{name}: {a.exits} exits in {a.ms:.0f} ms, and {b.exits} in '
                f'{b.ms:.0f} ms, which is one in {a.exits / b.exits:.1f}'
            )
            note(
                f'{name}: {f["sent without exit"]} of {f["sent"]} characters '
                f'without exit, {f["exits while open"]} exits while open, '
                f'{f["openings"]} openings, {f["repeats dropped"]} repeats '
                'dropped'
            )
            same(a.figures['openings'], 0, 'openings')
            assert b.ms < a.ms, f'{b.ms} ms, and with exits {a.ms}'
        exits = [parts['boot'].exits + parts['seq'].exits for parts in (old, new)]
        longest = c.figures['longest wait [us]']
        note(
            f'together: {exits[0]} and {exits[1]} exits, one in '
            f'{exits[0] / exits[1]:.1f}; no character waited longer than '
            f'{longest} us'
        )
        assert exits[1] * 15 <= exits[0], exits
        # Not of the boot, in which Linux enables the UART for each message.
        while_open = new['seq'].figures['exits while open']
        characters = new['seq'].figures['sent without exit']
        assert characters > 5 * LINES, characters
        assert while_open * 100 <= characters, f'{while_open} of {characters}'
        assert longest <= 2000, f'a character waited {longest} us'


def of_second_uart(guest, command):
    part = Part(guest, command, now(guest))
    part.figures = of_second(part.figures)
    part.exits = part.figures['MMIO exits']
    return part


def looked(guest):
    """The figures so far, without a word to the guest."""
    begin = guest.host.at
    guest.send('\x1ds')
    end = guest.expect(re.compile(rb'second, held +\d+')).end()
    return figures_of(guest.host.text(begin, end))


def dialogue(host):
    took = {}
    with case('keys, a paste, a quiet boot and idleness take no longer') as c:
        for name, options in KINDS.items():
            with host.monitor(options + SECOND) as guest:
                boot = Boot(guest)
                typed = of_second_uart(guest, TYPED).ms / KEYS - PAUSE
                answered = of_second_uart(guest, ANSWERED)
                pasted = of_second_uart(guest, READ)
                same(md5_of(guest.command, '/tmp/in'), md5(PASTED), 'pasted')
                time.sleep(1)
                idle = looked(guest)
                time.sleep(5)
                idle = since(idle, looked(guest))
                c.figures = guest.poweroff()
            sums_hold(c.figures)
            sums_hold(of_second(c.figures))
            turns, idle_ms = idle['turns of the loop'], idle['wall time [ms]']
            took[name] = boot.ms, typed, pasted.ms
            note(
                f'{name}: quiet boot {boot.ms:.0f} ms and {boot.exits} exits; '
                f'the echo of a key {typed:.2f} ms, between output '
                f'{answered.ms / KEYS - PAUSE:.2f} ms; {len(PASTED)} bytes pasted '
                f'in {pasted.ms:.0f} ms and {pasted.exits} exits; {turns} turns '
                f'of the loop in {idle_ms} idle ms'
            )
            # It looks for signals twice a second, and at what was typed.
            assert idle_ms >= 5000, idle
            assert turns <= idle_ms / 500 + 10, idle
        old, new = took.values()
        # Of page and zone, each time.
        assert answered.figures['openings'] >= KEYS * 0.9, answered.figures
        assert new[0] <= old[0] * 1.01, f'a quiet boot: {new[0]} of {old[0]} ms'
        assert new[1] <= old[1] + 1, f'a key: {new[1]} of {old[1]} ms'
        assert new[2] <= old[2] * 1.05, f'a paste: {new[2]} of {old[2]} ms'


def bare_guest(host):
    """A guest of a few instructions that does nothing but send."""
    with case('what each way spares a guest that polls UARTFR'):
        said = host.shell('vpl011-bench-kvm 10 0 0')
        ways = {}
        for fact in map(json.loads, said.splitlines()):
            ways[fact['way']] = fact
            note(
                f'{fact["way"]}: {fact["exits_per_1000"]} exits and '
                f'{fact["ns"]} ns a character'
            )
            assert fact['lost'] == 0, fact
        old, page, writes, both = ways.values()
        assert old['exits_per_1000'] == 2000, old
        # And some until it is open again, where it was closed.
        assert page['exits_per_1000'] <= 1010, page
        assert writes['exits_per_1000'] <= 1010, writes
        assert both['exits_per_1000'] <= 10, both
        assert both['ns_99'] <= old['ns'] / 4, (both, old)


def main():
    with host_for_test(more=FILES, steady=True) as host:
        bare_guest(host)
        dialogue(host)
        output(host)
    done()


if __name__ == '__main__':
    main()
