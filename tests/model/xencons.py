# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Let Spin try every interleaving of the ring's notification rule.

Each case is a search through all states of xencons.pml: for a lost wake-up
(everybody sleeps, not everything has arrived) or for a livelock (a cycle in
which no byte moves, under weak fairness). The mutants show that it would be
found: there the search must fail.
"""

import functools
import sys

import spin
from tap import done

case = functools.partial(spin.case, 'xencons.pml')
CONSOLES = {0: 'batching console', 1: 'rate-limited console', 2: 'eager console',
            3: 'host that peeks'}
DROPPING = ['TYPE=0', 'PEER=3', 'DROP', 'OUT=2']


def drops_of(safety, cycles):
    case('lost wake-up', [f'SEND={safety}', *DROPPING], 'output that is dropped')
    case('livelock', [f'SEND={cycles}', *DROPPING], 'output that is dropped')


def main():
    spin.need_spin()
    if '--soak' in sys.argv:
        drops_of(6, 6)
        done()
    for peer, who in CONSOLES.items():
        peer = f'PEER={peer}'
        case('lost wake-up', ['SEND=5', 'TYPE=0', peer], f'output, {who}')
        case('lost wake-up', ['SEND=2', 'TYPE=2', peer], f'both ways, {who}')
        case('livelock', ['SEND=3', 'TYPE=0', peer], f'output, {who}')
        case('livelock', ['SEND=1', 'TYPE=1', peer], f'both ways, {who}')
        if peer != 'PEER=2':  # as the batching one: nothing is held there
            case('lost wake-up', ['SEND=0', 'TYPE=6', peer], f'input, {who}')
            case('livelock', ['SEND=0', 'TYPE=5', peer], f'input, {who}')

    # So small that a drop can go past all that the host has peeked: of four bytes
    # in the mutant NOT_WANTED, of five in DROP_IS_TOLD. More are soak's.
    drops_of(5, 4)
    dropping = ['SEND=5', *DROPPING]
    case('livelock', ['SEND=3', 'TYPE=0', 'PEER=1', 'IDLE_ANSWER'],
         'console that rings without progress')

    output = ['SEND=5', 'TYPE=0']
    typing = ['SEND=0', 'TYPE=6']
    for mutant, defines, name in [
        (['NO_REMIND'], [*output, 'PEER=1'], 'no second ring for what waits'),
        (['TOLD_FOR_EVER'], [*output, 'PEER=1'],
         'told whatever the console took since'),
        (['DROP_IS_TOLD'], dropping, 'told before a drop'),
        (['NOT_WANTED'], dropping, 'no word where a drop is under way'),
        (['NO_ORDER'], [*typing, 'PEER=0'], 'input, looks before it publishes'),
        (['NO_ORDER'], [*typing, 'PEER=1'],
         'input, looks before it publishes, rate-limited'),
        (['NO_ORDER', 'NO_REMIND'], [*output, 'PEER=0'],
         'output, looks before it publishes, no second ring'),
        (['NO_ANSWER'], [*output, 'PEER=0'], 'console does not answer'),
        (['NO_LOOK_AGAIN'], [*typing, 'PEER=0'], 'full input not looked at'),
        (['FORGET_FULL'], [*typing, 'PEER=0'], 'forgets that input was full'),
    ]:
        case('lost wake-up', [*defines, *mutant], f'mutant, {name}', True)
    case('livelock',
         ['SEND=3', 'TYPE=0', 'PEER=1', 'IDLE_ANSWER', 'REMIND_EACH_POLL'],
         'mutant, an event for each look that finds output', True)
    done()


if __name__ == '__main__':
    sys.exit(main())
