# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Linux under KVM with libvpl011 as its console: both personalities, two vCPUs
at one UART, and a kernel whose interrupt handlers are threads."""

import hashlib
import pathlib
import re
import sys

from emulated import case, host_for_test
from arm64_host import INITRD
from tap import done, skip

RT_KERNEL = '/guest/Image-rt'


def interrupts(guest):
    """How many of the UART's interrupts the guest has taken."""
    said = guest.command('grep uart-pl011 /proc/interrupts')
    assert 'Level' in said, said
    return int(said.split()[1])


def full_pl011(host):
    with case('Linux, "arm,pl011": earlycon, probe, console, poweroff') as c:
        with host.monitor(append='mitigations=off earlycon') as guest:
            guest.expect('earlycon: pl11 at MMIO 0x0000000009000000')
            guest.expect('bootconsole [pl11] disabled')
            guest.expect('ttyAMA0 at MMIO 0x9000000')
            guest.expect('is a PL011 rev3')
            guest.expect('console [ttyAMA0] enabled')
            guest.boot()
            said = guest.command('cat /proc/consoles')
            assert said.startswith('ttyAMA0'), said
            assert interrupts(guest) > 0, 'typing raises no interrupt'
            c.figures = guest.poweroff()
        sums_hold(c.figures)
        left_without_exits(c.figures)


def sbsa(host):
    with case('Linux, "arm,sbsa-uart": probe, console, poweroff') as c:
        with host.monitor('--uart sbsa') as guest:
            guest.boot()
            said = guest.command('dmesg | grep "ttyAMA0 at MMIO 0x9000000"')
            assert 'is a SBSA' in said, said
            before = interrupts(guest)
            guest.command('true')
            assert interrupts(guest) > before, 'typing raises no interrupt'
            said = guest.command('seq 1 1000')
            assert said == ''.join(f'{n}\n' for n in range(1, 1001)), said
            c.figures = guest.poweroff()
        sums_hold(c.figures)
        left_without_exits(c.figures)


def realtime(host):
    name = 'Linux rt, whose interrupt handlers are threads: output and input'
    with case(name) as c:
        kernel = f'--kernel {RT_KERNEL} --initrd {INITRD}'
        with host.monitor(kernel=kernel) as guest:
            guest.boot()
            said = guest.command('uname -v; cat /sys/kernel/realtime')
            assert 'PREEMPT_RT' in said and said.endswith('1\n'), said
            before = interrupts(guest)
            said = guest.command('seq 1 1000')
            assert said == ''.join(f'{n}\n' for n in range(1, 1001)), said
            assert interrupts(guest) > before, 'typing raises no interrupt'
            c.figures = guest.poweroff()
        sums_hold(c.figures)
        left_without_exits(c.figures)


def sums_hold(figures):
    assert figures['guest errors'] == 0, figures
    assert figures['sent, dropped'] == 0, figures
    assert figures['sent, overflowed'] == 0, figures
    assert figures['received, lost'] == 0, figures
    read = figures['received, read'] + figures['received, flushed']
    assert figures['received'] == read, figures


def left_without_exits(figures):
    assert figures['sent without exit'] > 1000, figures


# Three writers in alphabets of their own: whatever the order in which their
# characters come, each one's must be complete and in its order. And a reader,
# so that the console thread is in the device too. The kernel writes what its
# log is given, and no warning of its own (a busy machine makes it complain).
TYPED = b'0123456789abcde\n' * 256
WRITERS = f"""\
write() {{ seq 1000 1599 | tr 0-9 $2 | taskset $1 sh -c \
'while read l; do echo $l; done' >$3; }}; \
dmesg -n 2; stty raw -echo; echo '<'go'>'; \
write 1 a-j /dev/ttyAMA0 & write 2 k-t /dev/ttyAMA0 & \
for i in $(seq 1000 1199); do echo "<1>$i" >/dev/kmsg; done & \
head -c {len(TYPED)} >/tmp/typed; \
wait; stty sane; dmesg -n 1"""
ALPHABETS = [('abcdefghij', 1600), ('klmnopqrst', 1600), ('0123456789', 1200)]


def odd_lines(said):
    whole = re.compile('|'.join(f'[{each}]{{4}}' for each, _ in ALPHABETS))
    lines = said.splitlines()
    return '\n'.join(line for line in lines if not whole.fullmatch(line))


def two_vcpus(host):
    with case('two vCPUs write to one console: nothing lost, all in order') as c:
        options = '--cpus 2 --second /tmp/second'
        append = 'mitigations=off quiet printk.time=0 printk.devkmsg=on'
        with host.monitor(options, append=append) as guest:
            guest.boot()
            said = guest.command('nproc')
            assert said.strip() == '2', said
            said = guest.command(WRITERS, typed=TYPED)
            # As on a line of its own
            said = said.replace('<go>\n', '')
            for alphabet, end in ALPHABETS:
                digits = ''.join(str(n) for n in range(1000, end))
                wanted = ''.join(alphabet[int(d)] for d in digits)
                got = ''.join(re.findall(f'[{alphabet}]', said))
                assert got == wanted, (
                    f'{len(got)} characters of [{alphabet}], not '
                    f'{len(wanted)}; other lines:\n{odd_lines(said)}'
                )
            got = guest.command('md5sum </tmp/typed').split()[0]
            assert got == hashlib.md5(TYPED).hexdigest(), 'the input is another'
            guest.command('echo second >/dev/ttyAMA1')
            c.figures = guest.poweroff()
        sums_hold(c.figures)
        said = host.shell('cat /tmp/second')
        assert said == 'second\n', said


def main():
    rt = pathlib.Path(sys.argv[1]) / 'Image-rt'
    more = {RT_KERNEL: rt.read_bytes()} if rt.is_file() else {}
    with host_for_test(more, processors=2) as host:
        full_pl011(host)
        sbsa(host)
        two_vcpus(host)
        if more:
            realtime(host)
        else:
            skip('Linux rt', f'no {rt}: scripts/test fetches it on Debian 12')
    done()


if __name__ == '__main__':
    main()
