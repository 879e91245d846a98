# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Long runs of Linux under KVM: 64 KiB each way, and a hundred boots."""

from emulated import Failure, case, host_for_test
from tap import done, note
from traffic import (
    KIB,
    md5,
    md5_of,
    of_second,
    random_bytes,
    same,
    sums_hold,
    wait_until_sent,
)

SIZE = 64 * KIB
INPUT = random_bytes(8, SIZE)
OPTIONS = '--second /tmp/second --second-script /data/script'
FILES = {
    '/data/in': INPUT,
    '/data/script': b'timeout 1800\nexpect <go>\nsendfile /data/in\n',
}
BOTH_WAYS = f"""\
(printf "<go>" >&3; head -c {SIZE} <&3 >/tmp/in & cat /tmp/out >&3; wait)"""
LONG = 1800  # [s]
BOOTS = 100
# In turn: what differs between the boots.
KINDS = ['', '--uart sbsa', '--cpus 2', '--uart sbsa --cpus 2', '--move 20']


def both_ways(host, uart):
    with case(f'64 KiB each way, {uart}') as c:
        host.shell('rm -f /tmp/second')
        with host.monitor(f'--uart {uart} {OPTIONS}') as guest:
            guest.boot()
            guest.command(
                f'head -c {SIZE} /dev/urandom >/tmp/out; exec 3<>/dev/ttyAMA1; '
                'stty -F /dev/ttyAMA1 raw -echo'
            )
            guest.command(BOTH_WAYS, timeout=LONG)
            count = SIZE + len('<go>')
            wait_until_sent(guest, 'second, sent', count)
            wanted = md5_of(guest.command, '/tmp/out')
            same(md5_of(guest.command, '/tmp/in'), md5(INPUT), 'received')
            c.figures = of_second(guest.poweroff())
            sums_hold(c.figures)
            same(c.figures['pushed'], SIZE, 'pushed')
        host.shell(f'tail -c {SIZE} /tmp/second >/tmp/sent')
        same(md5_of(host.shell, '/tmp/sent'), wanted, 'sent')


def boots(host):
    with case(f'{BOOTS} boots in a row, each to its shell and off') as c:
        took = []
        for number in range(BOOTS):
            kind = KINDS[number % len(KINDS)]
            try:
                with host.monitor(kind) as guest:
                    guest.boot(LONG)
                    same(guest.command('echo $((6*7))').strip(), '42', 'said')
                    c.figures = guest.poweroff()
                    sums_hold(c.figures)
            except (Failure, AssertionError) as error:
                raise Failure(f'boot {number + 1} {kind}: {error}') from error
            took.append(c.figures['wall time [ms]'])
            if number % 10 == 9:
                note(f'{number + 1} boots, the last in {took[-1]} ms')
        note(
            f'{BOOTS} boots: {min(took)} to {max(took)} ms, '
            f'{sum(took) // BOOTS} on average'
        )


def main():
    with host_for_test(more=FILES, processors=2) as host:
        both_ways(host, 'pl011')
        both_ways(host, 'sbsa')
        boots(host)
    done()


if __name__ == '__main__':
    main()
