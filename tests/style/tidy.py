# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""clang-tidy 14 has no complaint about the C files that are built, nor about the
monitor for arm64 KVM, which is built elsewhere."""

import concurrent.futures
import json
import os
import pathlib

from tap import BUILD, INCLUDES, SOURCE, done, ok, run, skip, skip_all, tool

HEADERS = pathlib.Path('/usr/aarch64-linux-gnu/include')
FOR_ARM64 = [
    '--target=aarch64-linux-gnu',
    '-std=c11',
    '-D_GNU_SOURCE',
    *INCLUDES,
    f'-I{SOURCE / "backends"}',
    f'-isystem{HEADERS}',
    '-isystem/usr/include',
]

linter = tool('clang-tidy-14')
if not linter:
    skip_all('no clang-tidy-14 here; other versions check differently')
with open(BUILD / 'compile_commands.json', encoding='utf-8') as file:
    commands = json.load(file)
sources = set()
for command in commands:
    path = pathlib.Path(command['directory'], command['file']).resolve()
    if path.suffix == '.c' and SOURCE.resolve() in path.parents:
        if BUILD.resolve() not in path.parents:
            sources.add(path)
ok(sources, 'there are C files')
elsewhere = set(SOURCE.resolve().glob('examples/kvm/*.c')) - sources
if elsewhere and not HEADERS.exists():
    skip('examples/kvm', 'no C library for arm64')
    elsewhere = set()


def check(path):
    how = [path, '--', *FOR_ARM64] if path in elsewhere else ['-p', BUILD, path]
    status, _, everything = run([linter, '--quiet', *how])
    # The notes behind each error are many pages long.
    said = [line for line in everything.splitlines() if 'error:' in line]
    return path, status, '\n'.join(said) or everything


with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for path, status, said in pool.map(check, sorted(sources | elsewhere)):
        ok(status == 0, str(path.relative_to(SOURCE.resolve())), said)
done()
