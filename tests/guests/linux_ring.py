# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Linux under KVM whose console is in another process. The daemon is ended and
killed while the guest boots, and no output of the guest may be lost: the guest
waits while the ring is full and nobody is there."""

import re

from emulated import LINUX, Guest, case, figures_of, host_for_test
from tap import done

SOCKET = '/tmp/socket'
CLIENT = f'vpl011-console --socket {SOCKET} --until-gone linux'
LOG = '/tmp/log/linux.log'
# Nothing is left out of the log by its level, and no line is like another.
APPEND = 'mitigations=off ignore_loglevel printk.time=1'
# [bytes] of output that the ring holds: no daemon can have more unreleased.
RING = 2048
STAMP = re.compile(r'^\[ *\d+\.\d{6}\] .*$', re.M)


def daemon(host):
    host.shell(
        f'vpl011-consoled --socket {SOCKET} --log-dir /tmp/log '
        '2>>/tmp/daemon & echo $! >/tmp/pid'
    )


def end_daemon(host, options=''):
    """Until it is gone: what serves the socket while a signal is on its way
    refuses the daemon that comes after it."""
    host.shell(f'kill {options} $(cat /tmp/pid); wait $(cat /tmp/pid); true')


def wait_until(host, condition):
    """Or until the guest or the daemon has ended; then say why."""
    host.shell(
        f'until {condition}; do '
        '[ -e /tmp/ended ] && break; kill -0 $(cat /tmp/pid) || break; '
        f'sleep 0.1; done 2>/dev/null; {condition} || '
        '{ cat /tmp/daemon /tmp/said; false; }'
    )


def wait_for_log(host, text):
    wait_until(host, f'grep -q "{text}" {LOG}')


def holds(log, line):
    """Whether the line is there; a piece of it may be there twice, which is
    what a daemon read that was killed before it released it."""
    return line in log or any(
        line[:end] + line[start:] in log
        for end in range(1, len(line) + 1)
        for start in range(end)
    )


def restarted(host):
    with case('the daemon restarted in mid-boot: the log has every line') as c:
        host.shell('mkdir -p /tmp/log; rm -f /tmp/log/* /tmp/ended')
        daemon(host)
        host.shell(
            f'(vpl011-kvm --stats {LINUX} --append "{APPEND}" '
            f'--ring {SOCKET} --name linux --gone stall >/tmp/said 2>&1; '
            'echo $? >/tmp/ended) &'
        )
        # Ended as a service is: it releases what it has read.
        wait_for_log(host, 'Kernel command line')
        end_daemon(host)
        host.shell('sleep 1')
        daemon(host)
        wait_for_log(host, 'Serial: AMBA')
        # Killed: what it had read and not released is read again.
        end_daemon(host, '-9')
        daemon(host)
        wait_until(
            host,
            f'vpl011-console --socket {SOCKET} --list | grep -q "^linux .*up"',
        )
        with Guest(host, CLIENT) as guest:
            # The scrollback may have it, or it is still to come.
            guest.send('\r')
            guest.expect('guest# ')
            said = guest.command('dmesg')
            # SysRq: the guest has the BREAK before the key.
            guest.send('\x1dbh')
            guest.expect('sysrq: HELP')
            guest.send('poweroff -f\r')
            guest.end()
        host.shell('until [ -e /tmp/ended ]; do sleep 0.1; done')
        log = host.shell(f'cat {LOG}')
        status = host.shell('cat /tmp/ended').strip()
        said_by_monitor = host.shell('cat /tmp/said')
        assert status == '0', f'exit status {status}\n{said_by_monitor}'
        c.figures = figures_of(said_by_monitor)
        # Up to where the guest's dmesg says all of it again
        log = log[: log.find('libvpl011 guest: ')]
        booted = STAMP.findall(said)
        lost = [line for line in booted if not holds(log, line)]
        assert booted and not lost, 'not in the log:\n' + '\n'.join(lost)
        twice = [line for line in booted if log.count(line) > 1]
        assert sum(len(line) + 2 for line in twice) <= RING, (
            'more than once in the log:\n' + '\n'.join(twice)
        )
        assert c.figures['sent, dropped'] == 0, c.figures
    end_daemon(host)


def main():
    with host_for_test() as host:
        restarted(host)
    done()


if __name__ == '__main__':
    main()
