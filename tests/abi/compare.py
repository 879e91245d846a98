# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The ABI of each library is the one that is kept here for its SONAME. And a
change of it is noticed."""

import os
import pathlib
import platform
import re
import shutil

import dump
from tap import CC, SOURCE, command_ok, done, ok, run, scratch, skip_all, tool

SONAME = os.environ['SONAME']  # of the core
INTO = {
    'vpl011_line': r'(struct vpl011_line \{\n)',
    'vpl011_ops': r'(    void \(\*irq\)\(void \*ctx, [^;]*;\n)',
}
MEMBER = r'\1    void *planted;\n'


def compare(soname, library, headers):
    """abidiff's exit status is 0 where there is no difference at all."""
    now = f'{library}.abi'
    dump.dump(library, headers, now)
    status, _, said = run(['abidiff', dump.HERE / f'{soname}.abi', now])
    return status == 0, said


def changed(path, patterns, replacement):
    text = path.read_text(encoding='utf-8')
    for pattern in patterns:
        text, count = re.subn(pattern, replacement, text)
        if not ok(count == 1, f'{path.name} has one place for a mistake: {pattern}', count):
            done()
    path.write_text(text, encoding='utf-8')


def compiled(place):
    """The core's objects, not optimised, and however large a device is."""
    sources = [p for part in ('backends', 'common', 'src') for p in place.glob(f'{part}/*.c')]
    command_ok(
        'the core is compiled',
        [*CC, '-std=c11', '-g', '-c', '-fPIC', '-fvisibility=hidden', '-I', place / 'include']
        + ['-D_Static_assert(...)=_Static_assert(1, "")', *sources],
        cwd=place,
    )


def linked(place):
    library = place / SONAME
    version_script = place / 'src/libvpl011.map'
    command_ok(
        'and linked',
        [*CC, '-shared', f'-Wl,-soname,{SONAME},--version-script={version_script}']
        + [*place.glob('*.o'), '-o', library],
    )
    return library


def mistakes_are_noticed(place):
    for name in ('backends', 'common', 'include', 'src'):
        shutil.copytree(SOURCE / name, place / name)
    headers = place / 'include/vpl011'
    compiled(place)
    same, said = compare(SONAME, linked(place), headers)
    ok(same, 'without a change there is no difference, whatever the optimisation', said)

    changed(place / 'src/libvpl011.map', [r'    vpl011_tick;\n'], '')
    same, said = compare(SONAME, linked(place), headers)
    ok(not same and 'vpl011_tick' in said, 'a symbol that is removed is noticed', said)

    shutil.copy(SOURCE / 'src/libvpl011.map', place / 'src')
    changed(headers / 'vpl011.h', INTO.values(), MEMBER)
    compiled(place)
    same, said = compare(SONAME, linked(place), headers)
    for structure in INTO:
        noticed = re.search(rf"\b{structure}\b.*?'void\* planted'", said, re.S)
        ok(not same and noticed, f'a member inserted into {structure} is noticed', said)


if platform.machine() != 'x86_64':
    skip_all('what is kept here is the ABI of amd64')
if not tool('abidiff'):
    skip_all('no abidiff here: abigail-tools')
with scratch() as place:
    place = pathlib.Path(place).resolve()
    libraries = dump.build(SOURCE, place / 'build')
    kept = {path.stem for path in dump.HERE.glob('*.abi')}
    wrong = kept ^ set(libraries)
    ok(not wrong, 'an ABI is kept for each SONAME, and no other', wrong)
    for soname, library in libraries.items():
        same, said = compare(soname, library, SOURCE / 'include/vpl011')
        ok(same, f'{soname} has the ABI that is kept', f'{said}\ntests/abi/README.md')
    mistakes_are_noticed(place)
done()
