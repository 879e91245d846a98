#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Write the ABI of each library beside this file, as NAME.so.SERIES.abi: its
functions, and the types of the public headers that they reach.

usage: tests/abi/dump.py        (Debian 12, amd64; needs abigail-tools)
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
# As a distribution builds it, with the debug information that abidw reads.
OPTIONS = ['-Dbuildtype=debugoptimized', '-Ddefault_library=shared', '-Dtests=disabled']
OPTIONS += ['-Dexamples=disabled', '-Dtools=disabled']
OPTIONS += ['-Dfdt=enabled', '-Dkvm=enabled', '-Dposix=enabled']
# Nothing that depends on the place, the line or the order of things; of the
# system's types only what a public structure has within it.
STABLE = ['--exported-interfaces-only', '--drop-private-types', '--drop-undefined-syms']
STABLE += ['--no-corpus-path', '--no-comp-dir-path', '--no-show-locs', '--no-elf-needed']
STABLE += ['--no-parameter-names', '--no-write-default-sizes', '--type-id-style', 'hash']


def build(source, place):
    """{SONAME: library} of a source tree, built in place."""
    def told(*command):
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    def soname(library):
        return re.search(r'SONAME.*\[(.*)\]', told('readelf', '--dynamic', library))[1]

    told('meson', 'setup', str(place), str(source), *OPTIONS)
    targets = json.loads(told('meson', 'introspect', '--targets', str(place)))
    files = [t['filename'][0] for t in targets if t['type'] == 'shared library']
    told('ninja', '-C', str(place), *(str(pathlib.Path(f).relative_to(place)) for f in files))
    return {soname(f): pathlib.Path(f) for f in files}


def dump(library, headers, file):
    command = ['abidw', *STABLE, '--headers-dir', headers, '--out-file', file, library]
    subprocess.run(command, check=True)


def main():
    with tempfile.TemporaryDirectory(prefix='libvpl011-abi-') as place:
        place = pathlib.Path(place).resolve()
        for soname, library in build(SOURCE, place).items():
            dump(library, SOURCE / 'include/vpl011', HERE / f'{soname}.abi')
            print(HERE / f'{soname}.abi')
    return 0


if __name__ == '__main__':
    sys.exit(main())
