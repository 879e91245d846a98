# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""clang-tidy 14 says nothing of any C file that is built."""

import concurrent.futures
import json
import os
import pathlib

from tap import BUILD, SOURCE, done, ok, run, skip_all, tool

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


def check(path):
    status, out, everything = run([linter, '--quiet', '-p', BUILD, path])
    # The notes behind each error are many pages long.
    said = [line for line in everything.splitlines() if 'error:' in line]
    return path, status, '\n'.join(said) or everything


ok(sources, 'there are C files')
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    for path, status, said in pool.map(check, sorted(sources)):
        ok(status == 0, str(path.relative_to(SOURCE.resolve())), said)
done()
