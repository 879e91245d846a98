# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Let Spin try every interleaving of the ring's notification rule.

Each case is a search through all states of xencons.pml: for a lost wake-up
(everybody sleeps, not everything has arrived) or for a livelock (a cycle in
which no byte moves, under weak fairness). The mutants show that it would be
found: there the search must fail.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from tap import CC, done, note, ok, skip_all

MODEL = pathlib.Path(__file__).resolve().parent / 'xencons.pml'
CONSOLES = {0: 'batching console', 1: 'rate-limited console', 2: 'eager console',
            3: 'host that peeks'}
FOUND = {
    'lost wake-up': re.compile(r'pan:1: (assertion violated|invalid end state)'),
    'livelock': re.compile(r'pan:1: non-progress cycle'),
}


def search(work, looked_for, defines):
    """Run one search; what Spin printed."""
    words = [f'-D{name}' for name in defines]
    subprocess.run(
        ['spin', *words, '-a', str(MODEL)],
        cwd=work, check=True, stdout=subprocess.DEVNULL,
    )
    cycles = looked_for == 'livelock'
    subprocess.run(
        [
            *CC, '-O2', '-w', '-o', 'pan', 'pan.c', '-DCOLLAPSE',
            '-DMEMLIM=3000', *(['-DNP', '-DNFAIR=3'] if cycles else ['-DSAFETY']),
        ],
        cwd=work, check=True,
    )
    run = subprocess.run(
        ['./pan', '-m500000', *(['-l', '-f'] if cycles else [])],
        cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )
    return run.stdout


def case(looked_for, defines, name, mutant=False):
    with tempfile.TemporaryDirectory() as work:
        text = search(work, looked_for, defines)
    states = re.search(r'^ *([0-9.e+]+) states, stored', text, re.M)
    found = FOUND[looked_for].search(text)
    if mutant:
        ok(found, f'{name}: Spin finds the {looked_for}', text)
    else:
        whole = (
            'errors: 0' in text
            and 'too small' not in text
            and 'Search not completed' not in text
        )
        ok(whole, f'{name}: no {looked_for}', text)
    note(f'{states.group(1) if states else "?"} states')


def main():
    if not shutil.which('spin'):
        skip_all('spin is missing (package spin)')
    for peer, who in CONSOLES.items():
        peer = f'PEER={peer}'
        case('lost wake-up', ['SEND=5', 'TYPE=0', peer], f'output, {who}')
        case('lost wake-up', ['SEND=2', 'TYPE=2', peer], f'both ways, {who}')
        case('livelock', ['SEND=3', 'TYPE=0', peer], f'output, {who}')
        case('livelock', ['SEND=1', 'TYPE=1', peer], f'both ways, {who}')
        if peer != 'PEER=2':  # as the batching one: nothing is held there
            case('lost wake-up', ['SEND=0', 'TYPE=6', peer], f'input, {who}')
            case('livelock', ['SEND=0', 'TYPE=5', peer], f'input, {who}')

    # So small that a drop can go past all that the host has peeked.
    dropping = ['SEND=6', 'TYPE=0', 'PEER=3', 'DROP', 'OUT=2']
    case('lost wake-up', dropping, 'output that is dropped')
    case('livelock', dropping, 'output that is dropped')
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
