# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Linux under KVM that is told of its machine by ACPI alone: the console is the
one of the SPCR, the driver that of the SSDT, for both personalities."""

import re

from emulated import case, host_for_test
from linux_kvm import interrupts, sums_hold
from tap import done

TABLES = {'APIC', 'DBG2', 'DSDT', 'FACP', 'GTDT', 'SPCR'}
# The sum of each table's bytes
CHECKSUMS = (
    'for table in /sys/firmware/acpi/tables/[A-Z]*; do od -An -v -tu1 $table | '
    "awk '{for (i = 1; i <= NF; i++) s += $i} END {print s % 256}'; done"
)
LINES = ''.join(f'{n}\n' for n in range(1, 1001))


def by_acpi_alone(guest, uarts):
    """What the booted guest says of how it found its machine."""
    said = guest.command('cat /proc/cmdline')
    assert 'console=' not in said and 'acpi=' not in said, said
    said = guest.command('ls /sys/firmware/devicetree/base', status=None)
    assert 'No such file' in said, said
    tables = set(guest.command('ls -p /sys/firmware/acpi/tables').split())
    tables = {name for name in tables if not name.endswith('/')}
    ssdts = {f'SSDT{n + 1}' for n in range(uarts)} if uarts > 1 else {'SSDT'}
    assert tables == TABLES | ssdts, tables
    assert guest.command(CHECKSUMS) == '0\n' * len(tables), 'a checksum'
    log = guest.command('dmesg')
    for wanted in (
        r'efi: EFI v2\.80 by libvpl011',
        r'ACPI: Using GIC for interrupt routing',
        r'psci: PSCIv\d.* detected in firmware',
        r'ACPI: SPCR: console: pl011,mmio32,0x9000000,115200',
        r'console \[ttyAMA0\] enabled',
    ):
        assert re.search(wanted, log), f'no "{wanted}" in\n{log}'
    # What the kernel says of tables that it does not like
    bad = re.findall(r'.*(?:ACPI\b.*(?:Error|Warn)|Firmware Bug|\bBUG).*', log)
    assert not bad, '\n'.join(bad)


def full_pl011(host):
    with case('ACPI, PL011: earlycon, console and shell by SPCR alone') as c:
        options, append = '--acpi', 'mitigations=off earlycon'
        with host.monitor(options, append=append) as guest:
            guest.expect('earlycon: pl11 at MMIO32 0x0000000009000000')
            guest.expect('ARMH0011:00: ttyAMA0 at MMIO 0x9000000')
            guest.expect('is a SBSA')
            guest.expect('console [ttyAMA0] enabled')
            guest.boot()
            by_acpi_alone(guest, 1)
            talks(guest)
            c.figures = guest.poweroff()
        sums_hold(c.figures)


def sbsa(host):
    with case('ACPI, SBSA: two vCPUs, two UARTs, console by SPCR alone') as c:
        options = '--acpi --uart sbsa --cpus 2 --second /tmp/second'
        with host.monitor(options) as guest:
            guest.boot()
            by_acpi_alone(guest, 2)
            said = guest.command('dmesg | grep ttyAMA')
            assert 'ARMHB000:00: ttyAMA0 at MMIO 0x9000000' in said, said
            assert 'ARMHB000:01: ttyAMA1 at MMIO 0x9010000' in said, said
            assert guest.command('nproc') == '2\n', 'not both vCPUs'
            talks(guest)
            guest.command('echo second >/dev/ttyAMA1')
            c.figures = guest.poweroff()
        sums_hold(c.figures)
        said = host.shell('cat /tmp/second')
        assert said == 'second\n', said


def talks(guest):
    """Output in bulk, and a line that is typed and comes back."""
    said = guest.command('cat /proc/consoles')
    assert said.startswith('ttyAMA0'), said
    before = interrupts(guest)
    read = 'echo "<go"">"; read line; echo "[$line]"'
    said = guest.command(read, typed='what is typed\r')
    assert said.endswith('what is typed\n[what is typed]\n'), said
    assert interrupts(guest) > before, 'typing raises no interrupt'
    said = guest.command('seq 1 1000')
    assert said == LINES, said


def main():
    with host_for_test(processors=2) as host:
        full_pl011(host)
        sbsa(host)
    done()


if __name__ == '__main__':
    main()
