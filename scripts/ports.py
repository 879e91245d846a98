# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Builds for other machines: tests/ports/NAME.ini is Meson's cross file.

Debian does not have cmocka for all of them, and where it has, it is a shared
library. Its source (fetched by scripts/test) is compiled for each instead.
"""

import ast
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
PORTS = ROOT / 'tests' / 'ports'

# What cmocka's own configuration finds on any of them.
CMOCKA = [
    'MALLOC_H',
    'INTTYPES_H',
    'SIGNAL_H',
    'STRINGS_H',
    'STRSIGNAL',
    'SIGLONGJMP',
    'STRUCT_TIMESPEC',
    'CLOCK_REALTIME',
    'GCC_THREAD_LOCAL_STORAGE',
]

TCG_ATOMIC = (
    '-Dc_args=[\'-DVPL011_ATOMIC_HEADER="' + str(PORTS / 'tcg_atomic.h') + '"\']'
)


def place(name):
    return ROOT / 'build' / 'ports' / name


def options(name):
    return [
        '--cross-file',
        str(PORTS / f'{name}.ini'),
        f'-Dpkg_config_path={place(name)}/lib/pkgconfig',
        '-Dexamples=disabled',
        '-Dtools=disabled',
        '-Dfdt=disabled',
        '-Ddefault_library=static',
        '-Doptimization=1',  # a quarter less to compile for than 2
        '-Ddebug=false',
    ]


def binary(name, which):
    """A program that the cross file names, with its arguments; [] for none."""
    text = (PORTS / f'{name}.ini').read_text(encoding='utf-8')
    found = re.search(rf'^{which} = (.*)$', text, re.MULTILINE)
    words = ast.literal_eval(found[1]) if found else []
    return [words] if isinstance(words, str) else words


def run(command):
    """None, or what it said."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors='replace',
        timeout=300,
    )
    return done.stdout or 'failed silently' if done.returncode else None


def prepare(build, name):
    """Have cmocka for it; the reason where its tests cannot run."""
    wrapper = binary(name, 'exe_wrapper')
    if wrapper and shutil.which(wrapper[0]) is None:
        return f'{wrapper[0]} is missing'
    source = build / 'ports' / 'cmocka'
    if not (source / 'src' / 'cmocka.c').exists():
        return 'the source of cmocka was not fetched'
    here = place(name)
    archive = here / 'lib' / 'libcmocka.a'
    if archive.exists():
        return None
    (here / 'lib' / 'pkgconfig').mkdir(parents=True, exist_ok=True)
    shutil.copytree(
        source / 'include', here / 'include', dirs_exist_ok=True
    )
    (here / 'lib' / 'pkgconfig' / 'cmocka.pc').write_text(
        'Name: cmocka\n'
        f'Description: for tests/ports/{name}.ini\n'
        'Version: 1.1.5\n'
        f'Cflags: -I{here}/include\n'
        f'Libs: -L{here}/lib -lcmocka\n',
        encoding='utf-8',
    )
    said = run(
        [*binary(name, 'c'), '-O1', '-c', f'-I{here}/include']
        + [f'-DHAVE_{what}' for what in CMOCKA]
        + [str(source / 'src' / 'cmocka.c'), '-o', str(here / 'cmocka.o')]
    ) or run([*binary(name, 'ar'), 'rcs', str(archive), str(here / 'cmocka.o')])
    if said:
        archive.unlink(missing_ok=True)
        return 'cmocka does not compile: ' + said.splitlines()[0]
    return None


def across(build, names):
    """Save on each, load on each other: pairs of a name and a complaint."""

    def command(name):
        program = build / name / 'tests' / 'ports' / 'state_across'
        cross = (PORTS / f'{name}.ini').exists()
        wrapper = binary(name, 'exe_wrapper') if cross else []
        return [*wrapper, str(program)]

    saved = []
    shutil.rmtree(build / 'across', ignore_errors=True)
    for name in names:
        directory = build / 'across' / name
        directory.mkdir(parents=True)
        said = run(command(name) + ['save', str(directory)])
        yield f'{name} saves', said
        if said is None:
            saved.append((name, directory))
    for name in names:
        for origin, directory in saved:
            if origin != name:
                yield (
                    f'{name} loads what {origin} saved',
                    run(command(name) + ['load', str(directory)]),
                )
