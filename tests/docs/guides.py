# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The guides, docs/replacing-*.md, to the letter, in a root with the packages that
their commands need and nothing else: each command works, and prints what the page
shows after it."""

import os
import pathlib
import re
import shutil
import tempfile
import time

from root import STATUS, Root, closure, installed, namespace
from tap import SOURCE, done, note, ok, skip_all
from tree import files

TREE = pathlib.Path('root/libvpl011')
BLOCK = re.compile(r'^```(\w*)\n(.*?)^```$', re.M | re.S)
PACKAGES = ('gcc', 'libc6-dev', 'g++', 'cmake', 'meson', 'ninja-build')


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


def follow(page, root):
    text = (SOURCE / page).read_text(encoding='utf-8')
    begun = time.monotonic(), sum(os.times()[2:4])
    before = ''
    for number, (commands, shown) in enumerate(steps(text), 1):
        # A variable that a block sets is for the next ones, too; and whoever logs
        # in has a HOME.
        status, said = root.run(f'export HOME=/root\ncd /{TREE}\n{before}\n{commands}')
        before += '\n'.join(re.findall(r'^\w+=.*$', commands, re.M)) + '\n'
        if not ok(status == 0, f'{page}: the commands of block {number} work', said[-3000:]):
            return
        if shown:
            missing = shown_in(shown, said)
            ok(not missing, f'{page}: and print what it shows', '\n'.join(missing) + f'\n{said}')
    took = time.monotonic() - begun[0], sum(os.times()[2:4]) - begun[1]
    note(f'{page}: {took[0]:.0f} s, {took[1]:.0f} s of processor time')


def main():
    command = namespace()
    if not STATUS.exists():
        skip_all('not a Debian system: there are no packages to take')
    if not command:
        skip_all('no mount namespace here, or no chroot in it')
    packages, missing = closure(list(PACKAGES), installed())
    if missing:
        skip_all('not installed here: ' + ' '.join(sorted(missing)))
    guides = [path for path in files() if path.match('docs/replacing-*.md')]
    ok(len(guides) > 1, 'there are guides')
    root = Root(pathlib.Path(tempfile.mkdtemp(prefix='libvpl011-guides-')), command)
    try:
        status, said = root.fill(packages)
        if not ok(status == 0, f'a root of {len(packages)} packages', said):
            done()
        for path in files():
            (root.place / TREE / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(SOURCE / path, root.place / TREE / path)
        for guide in guides:
            follow(guide, root)
    finally:
        root.remove()
    done()


main()
