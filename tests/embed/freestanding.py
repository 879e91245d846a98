# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The core without a C library, for several machines.

usage: freestanding.py SOURCE.c...

Only the compiler's own headers are seen, and a <string.h> of four functions.
All sources together may need no more than these: no libgcc helper either
(64-bit division on 32 bits, out-of-line atomics).
"""

import os
import sys

from tap import INCLUDES, SOURCE, done, note, ok, run, scratch, skip, symbols, tool

MEM = {'memcpy', 'memmove', 'memset', 'memcmp'}
SHIM = SOURCE / 'tests/embed/freestanding'
FLAGS = ['-std=c11', '-ffreestanding', '-nostdlib', '-nostdinc']
# Tables of functions are constants where nothing relocates them.
FLAGS += ['-fno-pic', '-fno-stack-protector']
FLAGS += ['-Wall', '-Wextra', '-Wconversion', '-Werror']
MACHINES = [
    ('x86-64', 'gcc', []),
    ('x86-64', 'clang', ['--target=x86_64-none-elf']),
    ('i686', 'i686-linux-gnu-gcc', []),
    ('i686', 'clang', ['--target=i686-none-elf']),
    # Its own default calls libgcc for atomics, as every kernel knows.
    ('arm64', 'aarch64-linux-gnu-gcc', ['-mno-outline-atomics']),
    ('arm64', 'clang', ['--target=aarch64-none-elf']),
]


for machine, compiler, options in MACHINES:
    if not tool(compiler):
        skip(f'{machine} {compiler}', f'no {compiler} here')
        continue
    own = run([compiler, '-print-file-name=include'])[1].strip()
    # Helpers are called most where nothing is optimised, and least expected
    # where everything is.
    for level in ('-O2',) if compiler == 'clang' else ('-O0', '-Os'):
        name = f'{machine} {compiler} {level}'
        with scratch() as place:
            command = [compiler, *options, *FLAGS, level, '-isystem', own]
            command += ['-isystem', SHIM, *INCLUDES, '-c']
            sources = map(os.path.abspath, sys.argv[1:])
            said = run([*command, *sources], cwd=place)[2]
            if not ok(not said, f'{name}: compiles', said):
                continue
            objects = [entry.path for entry in os.scandir(place)]
            defined, needed, data = symbols(objects)
            ok(
                len(objects) == len(sys.argv) - 1,
                f'{name}: an object of each source',
                objects,
            )
            more = needed - MEM
            ok(
                defined and not more,
                f'{name}: needs only mem*',
                f'also needs {sorted(more)}',
            )
            ok(not data, f'{name}: has no variables', data)
            note(f'{name}: needs {" ".join(sorted(needed))}')
done()
