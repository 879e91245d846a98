# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The guides, docs/replacing-*.md, to the letter: in a copy of the tree each command
of theirs works, and prints what the page shows after it."""

import os
import pathlib
import re
import shutil
import time

from tap import SOURCE, done, note, ok, run, scratch, skip, skip_all, tool
from tree import files

BLOCK = re.compile(r'^```(\w*)\n(.*?)^```$', re.M | re.S)
# What a guide needs beside a compiler: named, where it is not here.
NEEDS = {'cmake': 'cmake', 'c++': 'g++', 'ninja': 'ninja-build', 'meson': 'meson'}


def steps(text):
    """Each block of commands with what is shown after it."""
    commands = None
    for kind, body in BLOCK.findall(text):
        if kind == 'sh':
            if commands:
                yield commands, ''
            commands = body
        elif commands:
            yield commands, '' if kind else body
            commands = None
    if commands:
        yield commands, ''


def shown_in(shown, said):
    """The lines of the one are in the other, in this order."""
    lines = iter(line.rstrip() for line in said.splitlines())
    return [line for line in shown.splitlines() if line.strip() and line.rstrip() not in lines]


def follow(page, tree):
    text = (SOURCE / page).read_text(encoding='utf-8')
    everything = list(steps(text))
    if not everything:
        return
    words = re.findall(r'^\s*([\w+-]+)', '\n'.join(commands for commands, _ in everything), re.M)
    for name in set(words) & set(NEEDS):
        if not tool(name):
            skip(f'{page}', f'no {name} here: {NEEDS[name]}')
            return
    begun = time.monotonic(), sum(os.times()[2:4])
    before = ''
    for number, (commands, shown) in enumerate(everything, 1):
        # A variable that a block sets is for the next ones, too.
        script = f'set -e; exec 2>&1\n{before}\n{commands}'
        before += '\n'.join(re.findall(r'^\w+=.*$', commands, re.M)) + '\n'
        status, _, said = run(['sh', '-c', script], cwd=tree)
        if not ok(status == 0, f'{page}: the commands of block {number} work', said[-3000:]):
            return
        if shown:
            missing = shown_in(shown, said)
            ok(not missing, f'{page}: and print what it shows', '\n'.join(missing) + f'\n{said}')
    took = time.monotonic() - begun[0], sum(os.times()[2:4]) - begun[1]
    note(f'{page}: {took[0]:.0f} s, {took[1]:.0f} s of processor time')


if not tool('meson') or not tool('ninja'):
    skip_all('no meson or no ninja here')
guides = [path for path in files() if path.match('docs/replacing-*.md')]
ok(len(guides) > 1, 'there are guides')
with scratch() as place:
    tree = pathlib.Path(place) / 'libvpl011'
    for path in files():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(SOURCE / path, tree / path)
    for guide in guides:
        follow(guide, tree)
done()
