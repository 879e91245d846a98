# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The two files that scripts/amalgamate makes: what compiles them, what they
export and need, and which mistakes in the tree it refuses."""

import os
import pathlib
import re
import shutil

from tap import CC, SOURCE, command_ok, done, note, ok, run, scratch, skip, symbols, tool

HERE = SOURCE / 'tests/embed'
MEM = {'memcpy', 'memmove', 'memset', 'memcmp'}
WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Werror']
STRICT = ['-std=c11', *WARNINGS, '-ffreestanding', '-fno-pic', '-fno-stack-protector']
VERSION = os.environ['VERSION']
# What a compiler needs so that it calls no helper of its own: arm64's atomics,
# and division on armhf, where not every processor has it.
OPTIONS = {
    'aarch64-linux-gnu-gcc': ['-mno-outline-atomics'],
    'arm-linux-gnueabihf-gcc': ['-mcpu=cortex-a15'],
}
# Debian's tcc has none of GCC's atomics. This is enough where one thread runs.
WITHOUT_ATOMICS = [
    (r'return __atomic_exchange_n\(p, v, \w+\)', 'uint32_t old = *p; *p = v; return old'),
    (r'__atomic_load_n\(p, \w+\)', '*p'),
    (r'__atomic_store_n\(p, v, \w+\)', '*p = v'),
    (r'#ifdef VPL011_ATOMIC_HEADER\n.*\n#else\n', '#if 1\n'),
]


def amalgamate(directory, *options, tree=SOURCE):
    """(exit status, what was said) of the script."""
    status, _, said = run([tree / 'scripts/amalgamate', *options, directory], cwd='/')
    return status, said


def make(name, *options):
    directory = place / name
    status, said = amalgamate(directory, *options)
    ok(status == 0, f'{name}: is made', said)
    return directory


def exported(header):
    """The functions that a header marks as public."""
    text = re.sub(r'/\*.*?\*/|^#.*?$', ' ', header.read_text(encoding='utf-8'), flags=re.S | re.M)
    return set(re.findall(r'\w*VPL011_API\b[^;{}()]*?(\w+)\s*\(', text))


def check(name, compiler, options, source, level):
    if not tool(compiler):
        skip(f'{name} {compiler}', f'no {compiler} here')
        return
    target = place / 'checked.o'
    command = [compiler, *options, level, '-c', source, '-o', target]
    said = run(command, cwd=place)[2]
    if ok(not said, f'{name} {compiler} {level}: compiles', said):
        defined, needed, data = symbols([target])
        public = exported(source.with_suffix('.h'))
        ok(
            public and defined == public,
            f'{name} {compiler}: exports the public functions alone',
            defined ^ public,
        )
        ok(needed <= MEM, f'{name} {compiler}: needs only mem*', needed - MEM)
        if compiler != 'tcc':  # to which string literals are variables
            ok(not data, f'{name} {compiler}: has no variables', data)


def alone(compiler):
    """Options with which only the compiler's own headers are seen."""
    own = run([compiler, '-print-file-name=include'])[1].strip() if tool(compiler) else ''
    return [*STRICT, '-nostdinc', '-isystem', own, '-isystem', HERE / 'freestanding']


def planted(name, path, text, complaint):
    """The script refuses a tree with a mistake."""
    tree = place / name
    for part in ('scripts', 'src', 'common', 'backends', 'include'):
        shutil.copytree(SOURCE / part, tree / part)
    shutil.copy(SOURCE / 'LICENSE', tree)
    whole = (tree / path).read_text(encoding='utf-8')
    guard = whole[whole.rindex('\n#endif') :] if path.endswith('.h') else ''
    (tree / path).write_text(whole.removesuffix(guard) + text + guard, encoding='utf-8')
    status, said = amalgamate(tree, tree=tree)
    if complaint:
        ok(status == 1 and complaint in said, name.replace('_', ' '), said)
    elif ok(status == 0, name.replace('_', ' '), said):
        command = [*CC, '-std=c11', '-fsyntax-only', tree / 'vpl011.c']
        command_ok(f'{name.replace("_", " ")}: compiles', command)


with scratch() as place:
    place = pathlib.Path(place)
    device = make('device')
    whole = make('whole', '--state', '--acpi')
    again = make('again', '--acpi', '--state')
    prefixed = make('prefixed', '--state', '--acpi', '--prefix', 'hv_')
    for name in ('vpl011.c', 'vpl011.h'):
        one, other = ((d / name).read_bytes() for d in (whole, again))
        ok(one == other, f'{name}: the same options make the same text')
        text = (device / name).read_text(encoding='utf-8')
        ok(
            f'libvpl011 {VERSION}' in text and 'Permission is hereby granted' in text,
            f'{name}: tells its version and its licence',
        )
    map_text = (SOURCE / 'src/libvpl011.map').read_text(encoding='utf-8')
    in_map = set(re.findall(r'^    (vpl011_\w+);', map_text, re.M))
    ok(
        exported(whole / 'vpl011.h') == in_map,
        'with all its parts it has every function of the library',
        exported(whole / 'vpl011.h') ^ in_map,
    )

    for compiler, level in (('gcc', '-O2'), ('clang', '-O2')):
        check('device', compiler, alone(compiler), device / 'vpl011.c', level)
    check('prefixed', 'gcc', alone('gcc'), prefixed / 'hv_vpl011.c', '-O0')
    ports = [path.read_text(encoding='utf-8') for path in sorted((SOURCE / 'tests/ports').glob('*.ini'))]
    # Those that the suite's packages have; the others where they are.
    always = ['i686-linux-gnu-gcc', 'aarch64-linux-gnu-gcc']
    compilers = [re.search(r"^c = '(.*)'", text, re.M)[1] for text in ports]
    for compiler in compilers:
        if compiler == 'musl-gcc':
            check('whole', compiler, STRICT, whole / 'vpl011.c', '-O0')
        elif compiler in always or tool(compiler):
            options = [*alone(compiler), *OPTIONS.get(compiler, [])]
            check('whole', compiler, options, whole / 'vpl011.c', '-Os')
        else:
            note(f'no {compiler} here')
    atomics = (SOURCE / 'include/vpl011/atomic.h').read_text(encoding='utf-8')
    for pattern, text in WITHOUT_ATOMICS:
        atomics = re.sub(pattern, text, atomics)
    (place / 'plain_atomic.h').write_text(atomics, encoding='utf-8')
    options = [f'-I{place}', '-DVPL011_ATOMIC_HEADER="plain_atomic.h"', '-std=c11', '-Wall', '-Werror']
    check('whole', 'tcc', options, whole / 'vpl011.c', '-O0')

    # The installed headers' places, for a program that was written for them.
    (device / 'vpl011').mkdir()
    for name in ('vpl011.h', 'fifo.h'):
        (device / 'vpl011' / name).write_text('#include "../vpl011.h"\n')
    objects = []
    for source in (device / 'vpl011.c', prefixed / 'hv_vpl011.c'):
        objects.append(place / f'{source.stem}.o')
        command_ok(f'{source.name}: compiles', [*CC, '-std=c11', '-c', source, '-o', objects[-1]])
    other = place / 'other.c'
    other.write_text(
        '#include <vpl011/vpl011.h>\n#include "prefixed/hv_vpl011.h"\n'
        'const char *other(void);\n'
        'const char *other(void) { return hv_vpl011_version(); }\n'
    )
    for name, compiler, options in (
        ('C', CC, ['-std=c11']),
        ('C++', [tool('g++', 'clang++')], ['-x', 'c++', '-std=c++17']),
    ):
        if not compiler[0]:
            skip(name, 'no g++ and no clang++ here')
            continue
        program = place / 'program'
        command_ok(
            f'{name}: a program with both copies builds',
            [*compiler, *WARNINGS, *options, f'-I{device}', f'-I{place}']
            + [HERE / 'consumer.c', other, '-x', 'none', *objects, '-o', program],
        )
        status, out, said = run([program])
        ok(status == 0 and out.strip() == VERSION, f'{name}: and runs', said)

    planted(
        'a_name_of_two_files_is_kept_apart',
        'src/room.c',
        'static int is_size(int x)\n{\n    return x;\n}\nint vpl011_room_size_(int x);\n'
        'int vpl011_room_size_(int x)\n{\n    return is_size(x);\n}\n',
        None,
    )
    planted(
        'a_macro_that_changes_another_file_is_refused',
        'src/internal.h',
        '\n#define is_size(x) 1\n',
        'backends/fifo.c uses is_size, and src/internal.h, which it does not include',
    )
done()
