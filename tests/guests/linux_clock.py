# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Linux under KVM where things take time: a line of 9600 baud, and a budget. The
host's clock counts instructions, so that a busy machine shifts nothing."""

from emulated import case, host_for_test
from linux_kvm import interrupts
from tap import done, note

LINES = ''.join(f'{n}\n' for n in range(1, 1001))


def seconds(guest):
    """What the guest's own clock says."""
    return float(guest.command('cut -d" " -f1 /proc/uptime'))


def line_of_9600_baud(host):
    with case('9600 baud: 960 characters a second, sent by TX interrupts') as c:
        append = 'mitigations=off quiet console=ttyAMA0,9600'
        with host.monitor('--clock', append=append) as guest:
            guest.boot()
            taken, began = interrupts(guest), seconds(guest)
            said = guest.command('seq 1 1000')
            passed, more = seconds(guest) - began, interrupts(guest) - taken
            assert said == LINES, said
            # A CR before each LF. What was typed and echoed comes on top.
            sent = len(LINES) + LINES.count('\n')
            assert sent / 960 <= passed <= sent / 960 * 1.3 + 1, passed
            # Half a FIFO for each
            assert sent / 20 <= more <= sent / 4, more
            c.figures = guest.poweroff()
        assert c.figures['guest errors'] == 0, c.figures
        assert c.figures['received, lost'] == 0, c.figures
        note(f' {sent} characters in {passed:.2f} s, {more} interrupts')


def budget(host):
    with case('a budget of 2000 characters a second holds back seq') as c:
        with host.monitor('--budget 2000') as guest:
            guest.boot()
            guest.command('sleep 2')  # the burst is whole again
            began = seconds(guest)
            said = guest.command('seq 1 3000')
            passed = seconds(guest) - began
            assert said == ''.join(f'{n}\n' for n in range(1, 3001)), said
            sent = len(said) + said.count('\n')
            least = (sent - 2000 - 64) / 2000
            assert least <= passed <= least * 1.3 + 1.5, passed
            c.figures = guest.poweroff()
        note(f' {sent} characters in {passed:.2f} s')


def main():
    with host_for_test(steady=True) as host:
        line_of_9600_baud(host)
        budget(host)
    done()


if __name__ == '__main__':
    main()
