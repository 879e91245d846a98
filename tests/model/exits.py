# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Let Spin try every interleaving of output without exits.

Each case is a search through all states of exits.pml: for a read that misses a
side effect or shows what is out of date, characters out of order or left behind
where everybody sleeps, and too many openings; or for a cycle in which the guest
sends nothing. In the mutants the search must fail.
"""

import sys

import spin
from tap import done

MODEL = 'exits.pml'
FAULT = 'wrong read, order, rest or opening'


def main():
    spin.need_spin()
    for defines, name in [
        (['SEND=3', 'TYPE=2', 'TICKS=2'], 'output and input'),
        (['SEND=3', 'TYPE=2', 'TICKS=2', 'LATER'],
         'output and input, closed by the loop'),
        (['SEND=2', 'LOOP', 'MODEM'], 'loopback and a modem interrupt'),
        (['SEND=2', 'LOOP', 'LATER'], 'loopback, closed by the loop'),
        (['SEND=3', 'OTHER=1'], 'two vCPUs'),
    ]:
        spin.case(MODEL, FAULT, defines, name)
    spin.case(MODEL, spin.LIVELOCK, ['SEND=2', 'LOOP'], 'loopback')

    for mutant, defines, name in [
        ('ADMIT_FIRST', [], 'input is admitted before the page is closed'),
        ('LINE_FIRST', ['MODEM'], 'an interrupt before the page is stored'),
        ('NOT_STEADY', ['LOOP'], 'writes wait in loopback'),
        ('NO_DRAIN', ['LOOP'], 'an exit passes by what waits'),
        ('NO_TIMER', ['TYPE=0'], 'nobody looks while the guest sleeps'),
        ('NO_PAUSE', [], 'opened again at once'),
        ('NO_CLEAN', ['MODEM'], 'the page stays in the cache'),
        ('NO_WAKE', [], 'a close that has to wait is forgotten'),
        ('SHUT_ONLY', [], 'a zone is closed with characters in it'),
    ]:
        defines = ['SEND=3', *defines, mutant]
        spin.case(MODEL, FAULT, defines, f'mutant, {name}', True)
    done()


if __name__ == '__main__':
    sys.exit(main())
