# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""scripts/release, in a clone that is ready for a release; and in clones that are
not, where it stops.

usage: checklist.py steps|whole
"""

import hashlib
import os
import pathlib
import re
import shutil
import sys

from tap import SOURCE, command_ok, done, ok, run, scratch, skip_all, tool
from tree import files

SONAME = os.environ['SONAME']
VERSION = os.environ['VERSION']
NAME = f'libvpl011-{VERSION}'
QUICK = ['versions', 'clean', 'archive', 'bill', 'sums']
# File, what it says, what it says after the mistake, and what is said of it.
MISTAKES = {
    'a changelog without a date': ('CHANGELOG.md', ' - 2026-11-30', '', 'CHANGELOG.md'),
    'another version of a crate': (
        'bindings/rust/vpl011/Cargo.toml', VERSION, '9.9.9', 'vpl011/Cargo.toml'),
    'another version of the Debian package': (
        'debian/changelog', VERSION, '9.9.9', 'debian/changelog'),
    'a library whose ABI is not kept': (
        f'tests/abi/{SONAME}.abi', '', None, f'{SONAME}.abi is missing'),
}


def git(tree, *words):
    identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost']
    return command_ok(f'git {words[0]}', ['git', *identity, '-C', tree, *words])


def ready(tree):
    """A repository of this tree, in which the release has a date."""
    for path in files():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SOURCE / path, tree / path, follow_symlinks=False)
    page = tree / 'CHANGELOG.md'
    text = page.read_text(encoding='utf-8')
    heading = rf'^(## \[{re.escape(VERSION)}\]) - .*'
    page.write_text(re.sub(heading, r'\1 - 2026-11-30', text, flags=re.M), encoding='utf-8')
    git(tree, 'init', '--quiet')
    git(tree, 'add', '--all')
    git(tree, 'commit', '--quiet', '--message', 'ready')


def release(tree, *steps):
    return run([tree / 'scripts/release', *steps])


def stops(tree, name, wanted, *steps):
    status, _, said = release(tree, *steps)
    ok(status == 1 and wanted in said, f'it stops at {name}', f'{status}\n{said}')


def made(tree):
    """What a release has made, by name; and each has the sum that is told."""
    place = tree / 'build/release'
    sums = (place / 'SHA256SUMS').read_text(encoding='utf-8').splitlines()
    told = {name: digest for digest, name in (line.split() for line in sums)}
    there = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in place.iterdir()
        if path.name != 'SHA256SUMS'
    }
    ok(told == there and len(there) == 2, 'archive and bill of materials, with their sums', told)
    return place / f'{NAME}.tar.gz'


def uses(archive, place):
    """By the commands of the README for who has no build system."""
    command_ok('the archive is unpacked', ['tar', '-C', place, '-xf', archive])
    build = 'cc -std=c11 -Iinclude examples/minimal.c src/*.c common/*.c backends/*.c -o minimal'
    command_ok('it compiles as it is', ['sh', '-c', build], cwd=place / NAME)
    out = command_ok('an example of it runs', [place / NAME / 'minimal'])
    ok('received 100 of 100' in out, 'and does what it should', out)


def steps(place):
    tree = place / 'one'
    ready(tree)
    status, _, said = release(tree, *QUICK)
    if not ok(status == 0, 'the steps that take seconds', said):
        return
    archive = made(tree)
    uses(archive, place)
    other = place / 'elsewhere'
    command_ok('git clone', ['git', 'clone', '--quiet', tree, other])
    release(other, 'archive')
    again = other / 'build/release' / archive.name
    ok(again.read_bytes() == archive.read_bytes(), 'another clone makes the same archive')

    for name, (path, good, bad, wanted) in MISTAKES.items():
        if bad is None:
            (tree / path).unlink()
        else:
            text = (tree / path).read_text(encoding='utf-8')
            (tree / path).write_text(text.replace(good, bad), encoding='utf-8')
        stops(tree, name, wanted, 'versions')
        git(tree, 'checkout', '--quiet', '.')
    (tree / 'src/more.c').write_text('', encoding='utf-8')
    stops(tree, 'a file that is not committed', 'src/more.c', 'clean')
    git(tree, 'add', '--all')
    git(tree, 'tag', f'v{VERSION}')
    git(tree, 'commit', '--quiet', '--message', 'more')
    stops(tree, 'a tag that is elsewhere', f'v{VERSION} is on another commit', 'clean')
    stops(tree, 'a step that there is not', 'no step upload', 'upload')


def whole(place):
    tree = place / 'one'
    ready(tree)
    status, _, said = release(tree)
    if ok(status == 0 and 'git tag --sign' in said, 'every step', said):
        made(tree)


for name in ('git', 'reuse'):
    if not tool(name):
        skip_all(f'no {name} here')
with scratch() as place:
    {'steps': steps, 'whole': whole}[sys.argv[1]](pathlib.Path(place).resolve())
done()
