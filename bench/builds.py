# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The benchmark in other builds: instructions over the ring and on the second
floor, and bytes of text."""

import json
import os
import re
import shutil
import subprocess

import instructions

SMALL = 'gcc -Os'
BUILDS = {
    SMALL: ('gcc', ['-Doptimization=s']),
    'gcc -O2': ('gcc', ['-Doptimization=2']),
    'gcc -O2, LTO': ('gcc', ['-Doptimization=2', '-Db_lto=true']),
    'clang -Os': ('clang', ['-Doptimization=s']),
    'clang -O2': ('clang', ['-Doptimization=2']),
    'clang -O2, LTO': ('clang', ['-Doptimization=2', '-Db_lto=true']),
}


def run(command, env=None):
    return subprocess.run(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    ).stdout


def build(root, directory, compiler, options):
    env = dict(os.environ, CC=compiler)
    for name in ('CFLAGS', 'CPPFLAGS', 'LDFLAGS'):
        env.pop(name, None)
    if not os.path.exists(os.path.join(directory, 'build.ninja')):
        shutil.rmtree(directory, ignore_errors=True)
        command = ['meson', 'setup', directory, root, '-Dbuildtype=release']
        command += ['-Dtests=disabled', '-Dexamples=disabled', '-Dtools=disabled']
        command += options
        run(command, env)
    told = json.loads(run(['meson', 'introspect', '--targets', directory]))
    library = next(
        target['filename'][0]
        for target in told
        if target['name'] == 'vpl011' and target['type'] == 'shared library'
    )
    run(
        [
            'ninja',
            '-C',
            directory,
            'bench/vpl011-bench',
            os.path.relpath(library, directory),
        ]
    )
    return library


def model_of(root):
    """The files of the device model, from where they are listed."""
    with open(os.path.join(root, 'src', 'meson.build'), encoding='utf-8') as file:
        listed = re.search(r'model_sources = .*?files\((.*?)\)', file.read(), re.S)
    # sized.c is shared, and listed by another name.
    return {'sized', *re.findall(r"'(\w+)\.c'", listed.group(1))}


def text_of(path):
    """Code and constants, without tables for unwinding and linking."""
    total = 0
    for line in run(['size', '-A', path]).splitlines():
        words = line.split()
        if line.startswith(('.text', '.rodata')):
            total += int(words[1])
    return total


def texts(root, directory, library, lto):
    """Of the device model, of that with the FIFO, and of the library. With LTO
    there is no machine code before the library is linked."""
    if lto:
        return None, None, text_of(library)
    place = os.path.join(directory, 'bench', 'libvpl011-bench-core.a.p')
    files = model_of(root)
    model = fifo = 0
    for name in os.listdir(place):
        if name == '.._backends_fifo.c.o':
            fifo = text_of(os.path.join(place, name))
        elif re.sub(r'^\.\._(src|common)_|\.c\.o$', '', name) in files:
            model += text_of(os.path.join(place, name))
    return model, model + fifo, text_of(library)


# What a program may leave out, by its files.
FEATURES = {
    'a clock: timeout, rate, budget': ['time', 'time_set'],
    'DMA request lines': ['dma'],
    'opening the register page': ['page_open'],
    'deferred writes': ['deferred'],
    'saved state': ['state', 'state_blob', 'blob'],
    'state of QEMU\'s PL011': ['state_qemu'],
    'pause and resume': ['pause'],
    'pushed input': ['push'],
    'ACPI tables': ['acpi_ports', 'acpi_ssdt', 'acpi_table'],
    'errors in English': ['strerror'],
}


def features(directory):
    """{feature: bytes} of what is beside the model."""
    place = os.path.join(directory, 'bench', 'libvpl011-bench-core.a.p')
    size = {
        re.sub(r'^\.\._(src|common|backends)_|\.c\.o$', '', name):
            text_of(os.path.join(place, name))
        for name in os.listdir(place)
    }
    return {
        says: sum(size[name] for name in names)
        for says, names in FEATURES.items()
    }


def figures(root, build_dir, say):
    found = {}
    for name, (compiler, options) in BUILDS.items():
        if not shutil.which(compiler):
            say(f'{compiler} is missing: no columns of it')
            continue
        say(f'building and counting: {name}')
        slug = name.replace(' -', '-').replace(', ', '-').lower()
        directory = os.path.join(build_dir, 'bench-' + slug)
        library = build(root, directory, compiler, options)
        totals, _ = instructions.figures(
            os.path.join(directory, 'bench', 'vpl011-bench'),
            subjects=(instructions.floor_of('ring'), 'ring'),
            all_of_them=False,
        )
        found[name] = {
            'totals': totals,
            'text': texts(root, directory, library, '-Db_lto=true' in options),
        }
        if name == SMALL:
            found[name]['features'] = features(directory)
    return found
