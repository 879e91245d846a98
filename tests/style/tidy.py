# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""clang-tidy 14 has no complaint about the C files that are built, nor about the
monitor for arm64 KVM, which is built elsewhere."""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex

from tap import BUILD, INCLUDES, SOURCE, done, note, ok, run, scratch, skip, skip_all, tool

HEADERS = pathlib.Path('/usr/aarch64-linux-gnu/include')
FOR_ARM64 = [
    '--target=aarch64-linux-gnu',
    '-std=c11',
    '-D_GNU_SOURCE',
    *INCLUDES,
    f'-I{SOURCE / "backends"}',
    f'-I{SOURCE / "tools/console"}',
    f'-isystem{HEADERS}',
    '-isystem/usr/include',
]

# What replaces vpl011/atomic.h for a test.
ATOMICS = '-DVPL011_ATOMIC_HEADER'
HOW = re.compile(r'\b(inline|__attribute__\(\((\w|[(),]|"[^"]*")*?\)\))\s*')

linter = tool('clang-tidy-14')
if not linter:
    skip_all('no clang-tidy-14 here; other versions check differently')
with open(BUILD / 'compile_commands.json', encoding='utf-8') as file:
    commands = json.load(file)


def ours(command):
    """The path of a source of this tree that a command compiles, or None."""
    path = pathlib.Path(command['directory'], command['file']).resolve()
    if path.suffix == '.c' and SOURCE.resolve() in path.parents:
        if BUILD.resolve() not in path.parents:
            return path
    return None


def seen(command):
    """What the preprocessor leaves of the files of this tree, without what says
    only how to compile it. The core is compiled for many programs, and mostly
    it is the same for all of them."""
    # Meson's options for what is written come last, from -MD on.
    words = shlex.split(command['command'].split(' -MD ')[0])
    text = run([*words, '-E', command['file']], cwd=command['directory'])[1]
    kept = []
    inside = True
    for line in text.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            inside = not marker[1].startswith(('/usr/', '<'))
        if inside:
            kept.append(line)
    return HOW.sub('', '\n'.join(kept))


pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
commands = [command for command in commands if ours(command)]
of_source = {}
for command in commands:
    of_source.setdefault(ours(command), []).append(command)
sources = set(of_source)
different = []
for path, several in of_source.items():
    # Compiled with the atomics of a test, the core holds nothing else to look at.
    several = [c for c in several if ATOMICS not in c['command']] or several
    if len(several) > 1:
        texts = pool.map(seen, several)
        several = dict(zip(texts, several)).values()
    different += several
ok(sources, 'there are C files')
elsewhere = set(SOURCE.resolve().glob('examples/kvm/*.c')) - sources
if elsewhere and not HEADERS.exists():
    skip('examples/kvm', 'no C library for arm64')
    elsewhere = set()


def check(path):
    how = [path, '--', *FOR_ARM64] if path in elsewhere else ['-p', database, path]
    status, _, everything = run([linter, '--quiet', *how])
    # The notes behind each error are many pages long.
    said = [line for line in everything.splitlines() if 'error:' in line]
    return path, status, '\n'.join(said) or everything


with scratch() as database:
    with open(f'{database}/compile_commands.json', 'w', encoding='utf-8') as file:
        json.dump(different, file)
    for path, status, said in pool.map(check, sorted(sources | elsewhere)):
        ok(status == 0, str(path.relative_to(SOURCE.resolve())), said)
note(f'{len(different)} of {len(commands)} commands compile something else')
done()
