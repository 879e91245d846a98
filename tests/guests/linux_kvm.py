# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Linux under KVM with libvpl011 as its console, in both personalities."""

from emulated import case, host_for_test
from tap import done


def main():
    with host_for_test() as host:
        with case('Linux, "arm,pl011": earlycon, probe, console, poweroff') as c:
            with host.monitor(append='mitigations=off earlycon') as guest:
                guest.expect('earlycon: pl11 at MMIO 0x0000000009000000')
                guest.expect('is a PL011 rev3')
                guest.boot()
                said = guest.command('cat /proc/consoles')
                assert 'ttyAMA0' in said, said
                c.figures = guest.poweroff()
    done()


if __name__ == '__main__':
    main()
