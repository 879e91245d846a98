# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Linux under KVM while its UARTs are saved and restored all the time, with their
backends if these can be saved. It must not notice."""

from emulated import LINUX, Guest, case, figures_of, host_for_test
from tap import done, note
from traffic import (
    KIB,
    md5,
    md5_of,
    now,
    of_second,
    random_bytes,
    same,
    since,
    sums_hold,
    wait_until_sent,
)

MOVES = 100
EVERY = 10  # [ms]
SIZE = 8 * KIB
INPUT = random_bytes(7, SIZE)
OPTIONS = (
    f'--cpus 2 --move {EVERY} '
    '--second /tmp/second --second-script /data/second'
)
FILES = {
    '/data/in': INPUT,
    # Characters wait in the UART for its far end.
    '/data/second': b"""\
timeout 400
expect <go>
full 20
sendfile /data/in
""",
}
BOTH_WAYS = f"""\
(printf "<go>" >&3; head -c {SIZE} <&3 >/tmp/in & cat /tmp/out >&3; wait)"""


def saved_while_open(figures):
    """Output was on its way without exits (docs/exits.md)."""
    assert figures['closed, host'] > 0, figures
    assert figures['sent without exit'] > 0, figures


def with_traffic(host):
    name = f'saved and restored {MOVES} times in traffic, FIFO and stream'
    with case(name) as c:
        with host.monitor(OPTIONS) as guest:
            guest.boot()
            guest.command(
                f'head -c {SIZE} /dev/urandom >/tmp/out; exec 3<>/dev/ttyAMA1; '
                'stty -F /dev/ttyAMA1 raw -echo'
            )
            before = of_second(now(guest))
            guest.command(BOTH_WAYS)
            count = SIZE + len('<go>')
            after = wait_until_sent(guest, 'second, sent', count)
            traffic = since(before, of_second(after))
            wanted = md5_of(guest.command, '/tmp/out')
            got = md5_of(guest.command, '/tmp/in')
            # Over the first UART, which moves too
            long = guest.command('seq 1000 1499')
            c.figures = guest.poweroff()
        note(
            f'{traffic["moves"]} moves in {traffic["wall time [ms]"]} ms of '
            f'traffic, with {traffic["moved, unsent"]} characters unsent and '
            f'{traffic["moved, unread"]} unread in the UART'
        )
        assert traffic['moves'] >= MOVES, traffic
        assert traffic['moved, unsent'] >= MOVES, traffic
        assert traffic['moved, unread'] >= MOVES, traffic
        same(long, ''.join(f'{n}\n' for n in range(1000, 1500)), 'seq')
        same(got, md5(INPUT), 'received')
        host.shell(f'tail -c {SIZE} /tmp/second >/tmp/sent')
        same(md5_of(host.shell, '/tmp/sent'), wanted, 'sent')
        saved_while_open(c.figures)
        sums_hold(c.figures)
        sums_hold(of_second(c.figures))
        same(c.figures['second, sent'], count, 'sent')
        same(c.figures['second, pushed'], SIZE, 'pushed')


SOCKET = '/tmp/socket'
DAEMON = f'vpl011-consoled --socket {SOCKET} 2>/tmp/daemon & echo $! >/tmp/pid'
CLIENT = f'vpl011-console --socket {SOCKET} --until-gone linux'
LISTED = f'vpl011-console --socket {SOCKET} --list | grep -q "^linux .*up"'
ON_RING = (
    f'(vpl011-kvm --stats {LINUX} --append "mitigations=off quiet" '
    f'--move {EVERY} --ring {SOCKET} --name linux >/tmp/said 2>&1; '
    'echo $? >/tmp/ended) &'
)


def with_ring(host):
    name = f'saved and restored {MOVES} times with a ring that stays'
    with case(name) as c:
        host.shell(DAEMON)
        host.shell(ON_RING)
        host.shell(f'until {LISTED}; do sleep 0.1; done 2>/dev/null')
        with Guest(host, CLIENT) as guest:
            # The scrollback may have it, or it is still to come.
            guest.send('\r')
            guest.expect('guest# ')
            long = guest.command('seq 10000 10999')
            guest.send(
                'stty raw -echo; echo "<""go>"; head -c 4096 | md5sum; '
                'stty sane\r'
            )
            guest.expect('<go>')
            typed = 'moved on ' * (4 * KIB // 9) + 'r' * (4 * KIB % 9)
            guest.send(typed)
            guest.expect(md5(typed.encode()))
            guest.send('\rpoweroff -f\r')
            guest.end()
        host.shell('until [ -e /tmp/ended ]; do sleep 0.1; done')
        said = host.shell('cat /tmp/said')
        same(host.shell('cat /tmp/ended').strip(), '0', f'status of\n{said}')
        host.shell('kill $(cat /tmp/pid)')
        c.figures = figures_of(said)
        note(f'{c.figures["moves"]} moves')
        assert c.figures['moves'] >= MOVES, c.figures
        same(long, ''.join(f'{n}\n' for n in range(10000, 11000)), 'seq')
        saved_while_open(c.figures)
        sums_hold(c.figures)


def main():
    with host_for_test(more=FILES, processors=2) as host:
        with_traffic(host)
        with_ring(host)
    done()


if __name__ == '__main__':
    main()
