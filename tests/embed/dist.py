# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""meson dist: the release archive builds, and its tests pass.

In suite soak, which the tests of the archive leave out: they do not recurse.
"""

import pathlib
import tarfile

from tap import SOURCE, command_ok, done, ok, run, scratch, skip_all, tool

if not (SOURCE / '.git').exists() or not tool('git'):
    skip_all('meson dist packs a git checkout, and this is none')

with scratch() as place:
    build = pathlib.Path(place) / 'build'
    command_ok(
        'configures',
        ['meson', 'setup', build, SOURCE, '-Dtests=enabled'],
    )
    # What is not committed is not in the archive, and is no error here.
    command_ok(
        'meson dist',
        ['meson', 'dist', '-C', build, '--allow-dirty', '--formats', 'gztar'],
    )
    archives = list((build / 'meson-dist').glob('*.tar.gz'))
    ok(len(archives) == 1, 'one archive', archives)
    for archive in archives:
        with tarfile.open(archive) as tar:
            inside = {
                name.partition('/')[2]
                for name in (m.name for m in tar if not m.isdir())
            }
        told = run(['git', '-C', SOURCE, 'ls-tree', '-r', '--name-only', 'HEAD'])
        wanted = set(told[1].splitlines())
        ok(
            inside == wanted,
            'it holds what git does',
            f'missing: {sorted(wanted - inside)}\n'
            f'too much: {sorted(inside - wanted)}',
        )
done()
