# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Linux under KVM where the far end of its UART is slow, stalls, or is gone."""

from emulated import case, host_for_test
from tap import done, note
from traffic import (
    KIB,
    interrupts,
    md5_of,
    now,
    of_second,
    same,
    since,
    sums_hold,
    wait_until_sent,
)

SIZE = 8 * KIB
BAUD = 115200
SECOND = '--second /tmp/second --second-script /data/second'
FILES = {
    # Each waits for the mark, and does not take what comes behind it at once.
    '/data/second': f"""\
timeout 400
expect <paced>
rate {BAUD}
expect <full>
full 20
expect <stalled>
rate 0
stall 2000
""".encode(),
    # It ends where the guest powers off.
    '/data/gone': b'gone\n',
    '/data/back': b"""\
timeout 400
expect libvpl011 guest:
expect guest#\\x20
gone
send seq 1000 2999\\r
sleep 2000
back
expect 2998\\r\\n2999\\r\\n
expect guest#\\x20
break
send h
expect sysrq: HELP :
send poweroff -f\\r
""",
}


def send(guest, mark, least_ms):
    """8 KiB to the second UART, behind its mark; the figures of that, and how
    many interrupts the guest took."""
    guest.command(f'head -c {SIZE} /dev/urandom >/tmp/{mark}')
    before = now(guest)
    taken = interrupts(guest, 1)
    guest.command(f'(printf "<{mark}>"; cat /tmp/{mark}) >/dev/ttyAMA1')
    count = before['second, sent'] + SIZE + len(f'<{mark}>')
    after = wait_until_sent(guest, 'second, sent', count)
    taken = interrupts(guest, 1) - taken
    note(f'{taken} interrupts taken for {SIZE} bytes')
    figures = since(of_second(before), of_second(after))
    assert figures['wall time [ms]'] >= least_ms, figures
    return figures, taken


def driven_by_interrupts(host):
    with host.monitor(SECOND) as guest:
        guest.boot()
        guest.command('exec 3<>/dev/ttyAMA1; stty -F /dev/ttyAMA1 raw -echo')
        with case(f'a far end of {BAUD} baud') as c:
            # All but what the FIFO holds takes its time.
            least = (SIZE - KIB) * 10000 // BAUD
            c.figures, _ = send(guest, 'paced', least)
        # However slow this machine is: the guest waits for room all the time.
        name = 'a far end that is always full: interrupts drive the output'
        with case(name) as c:
            c.figures, taken = send(guest, 'full', 0)
            assert taken >= 20, f'only {taken} interrupts'
        with case('a far end that stalls for 2 s: an interrupt goes on') as c:
            c.figures, taken = send(guest, 'stalled', 2000)
            assert taken >= 1, 'no interrupt'
        with case('nothing was lost at any of these') as c:
            guest.command(
                '(for mark in paced full stalled; do printf "<$mark>"; '
                'cat /tmp/$mark; done) >/tmp/all'
            )
            wanted = md5_of(guest.command, '/tmp/all')
            c.figures = guest.poweroff()
            sums_hold(c.figures)
            sums_hold(of_second(c.figures))
            same(md5_of(host.shell, '/tmp/second'), wanted, 'checksum')


def goes_on(host):
    with case('a far end that goes and comes back: a stalled guest goes on') as c:
        options = '--gone stall --script /data/back'
        with host.monitor(options) as guest:
            c.figures = guest.end()
        said = guest.console()
        wanted = ''.join(f'{n}\n' for n in range(1000, 3000))
        assert wanted in said, said
        assert 'sysrq: HELP : ' in said, said
        sums_hold(c.figures)


def boots_alone(host):
    # A guest without a shell: it says what the kernel says, and is off.
    append = 'mitigations=off ignore_loglevel rdinit=/bin/busybox -- poweroff -f'
    said = {}
    for policy, uart in (('drop-newest', 'pl011'), ('drop-oldest', 'sbsa')):
        with case(f'nobody at the far end, {policy}, {uart}: it boots') as c:
            options = f'--gone {policy} --uart {uart} --script /data/gone'
            with host.monitor(options, append=append) as guest:
                c.figures = guest.end()
            dropped = c.figures['sent, dropped']
            note(f'{dropped} characters dropped')
            assert dropped > 10000, c.figures
            # What the far end would find, were it to come: as much as it holds
            said[policy] = c.figures['sent']
            if policy == 'drop-oldest':
                same(said[policy] - dropped, KIB, 'kept')
            else:
                same(said[policy], KIB, 'kept')
            same(c.figures['sent, overflowed'], 0, 'overflowed')


def main():
    with host_for_test(more=FILES) as host:
        driven_by_interrupts(host)
        goes_on(host)
        boots_alone(host)
    done()


if __name__ == '__main__':
    main()
