# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Every public header alone, in C11 and in C++17, without a warning."""

import os

from tap import INCLUDES, SOURCE, command_ok, done, scratch, skip, tool

WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Werror']
LANGUAGES = [
    ('gcc', ['-x', 'c', '-std=c11']),
    ('clang', ['-x', 'c', '-std=c11']),
    ('g++', ['-x', 'c++', '-std=c++17']),
    ('clang++', ['-x', 'c++', '-std=c++17']),
]

names = {path.name for path in (SOURCE / 'include/vpl011').glob('*.h')}

with scratch() as place:
    for compiler, options in LANGUAGES:
        if not tool(compiler):
            skip(compiler, f'no {compiler} here')
            continue
        for name in sorted(names):
            source = os.path.join(place, 'alone')
            with open(source, 'w', encoding='utf-8') as file:
                # Twice: its guard is part of it. And ISO C wants something
                # to be declared, which macros are not.
                file.write(f'#include <vpl011/{name}>\n' * 2)
                file.write('extern int alone;\n')
            command_ok(
                f'<vpl011/{name}> {compiler} {options[-1]}',
                [compiler, *options, *WARNINGS, '-fsyntax-only']
                + INCLUDES
                + [source],
            )
done()
