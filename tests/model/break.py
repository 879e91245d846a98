# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Let Spin try every interleaving of a BREAK in the ring, and of the mode ALWAYS.

Each case is a search through all states of break.pml or always.pml, for an
assertion that fails: a BREAK that is lost, seen twice or out of order, what is
left behind where everybody sleeps, an event that lacks or has no cause. In the
mutants the search must fail.
"""

import sys

import spin
from tap import done

BREAK = 'break.pml'
ALWAYS = 'always.pml'
ORDER = 'BREAK lost, twice or out of order'
EVENTS = 'missing or idle event'


def main():
    spin.need_spin()
    out, typing = ['RING=4'], ['INPUT']
    dropping = ['DROP', 'BREAKS=1']
    spin.case(BREAK, ORDER, out, 'from the guest')
    spin.case(BREAK, ORDER, ['BREAKS=1'], 'from the guest, the ring is full')
    spin.case(BREAK, ORDER, dropping, 'from the guest, the oldest is dropped')
    spin.case(BREAK, ORDER, ['DROP', 'RING=1', 'SEND=2'],
              'two from the guest, the oldest is dropped')
    spin.case(BREAK, ORDER, typing, 'to the guest')
    for mutant, defines, name in [
        ('FLAG_FIRST', out, 'looked for before the bytes'),
        ('EARLY_FLAG', out, 'published before its place'),
        ('NOT_REFUSED', out, 'over one that waits'),
        ('ANYWHERE', out, 'taken where it is found'),
        ('NOT_ENDED', out, 'left there'),
        ('NOT_OWED', out, 'not told of by itself'),
        ('DROP_FORGETS', dropping, 'left behind by a drop'),
        ('FLAG_FIRST', typing, 'looked for before the bytes'),
        ('EARLY_FLAG', typing, 'published before its place'),
        ('NOT_REFUSED', typing, 'over one that waits'),
        ('ANYWHERE', typing, 'taken where it is found'),
        ('NOT_ENDED', typing, 'left there'),
        ('NOT_COUNTED', typing, 'not counted as input that waits'),
    ]:
        way = 'to' if defines is typing else 'from'
        name = f'mutant, {way} the guest, {name}'
        spin.case(BREAK, ORDER, [*defines, mutant], name, True)

    for defines, name in [
        (['SEND=6', 'TYPE=0'], 'output'),
        (['SEND=0', 'TYPE=4'], 'input'),
        (['SEND=2', 'TYPE=2'], 'both ways'),
    ]:
        spin.case(ALWAYS, EVENTS, defines, f'always, {name}')
    for mutant, name in [
        ('NOT_ALWAYS', 'output as the rule says'),
        ('NOT_FOR_INPUT', 'input as the rule says'),
        ('FOR_NOTHING', 'where nothing moved'),
        ('REMIND_EACH_LOOK', 'for each look that finds output'),
    ]:
        defines = ['SEND=3', 'TYPE=2', mutant]
        spin.case(ALWAYS, EVENTS, defines, f'mutant, always, {name}', True)
    done()


if __name__ == '__main__':
    sys.exit(main())
