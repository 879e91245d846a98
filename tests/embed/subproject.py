# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The library as a Meson subproject, with nothing from the network."""

import json
import os
import pathlib
import re
import shutil

from tap import SOURCE, command_ok, done, ok, run, scratch

HERE = SOURCE / 'tests/embed'
VERSION = os.environ['VERSION']

with scratch() as place:
    parent = pathlib.Path(place) / 'parent'
    shutil.copytree(HERE / 'subproject', parent)
    shutil.copy(HERE / 'consumer.c', parent)
    (parent / 'subprojects').mkdir()
    (parent / 'subprojects/libvpl011').symlink_to(SOURCE)

    page = (SOURCE / 'docs/building-in.md').read_text(encoding='utf-8')
    wrap = re.search(r'```ini\n(\[wrap-git\]\n.*?)```', page, re.S)[1]

    # Shared has to be asked of the subproject by name (see meson.build), and
    # is found by the wrap of the documentation rather than a fallback.
    for kind, option in (
        ('static', '-Ddefault_library=static'),
        ('shared', '-Dlibvpl011:default_library=shared'),
    ):
        build = pathlib.Path(place) / kind
        if kind == 'shared':
            (parent / 'subprojects/libvpl011.wrap').write_text(wrap)
            text = (parent / 'meson.build').read_text()
            plain = re.sub(r", fallback: \[.*?\]", '', text)
            ok(plain != text, 'shared: without a fallback')
            (parent / 'meson.build').write_text(plain)
        command_ok(
            f'{kind}: configures',
            [
                'meson',
                'setup',
                build,
                parent,
                option,
                '--wrap-mode=nodownload',
                # An installed library must not be what is tested.
                '--force-fallback-for=libvpl011',
                '--fatal-meson-warnings',
            ],
        )
        command_ok(f'{kind}: builds', ['ninja', '-C', build])
        status, out, everything = run([build / 'embedder'])
        ok(
            status == 0 and out.strip() == VERSION,
            f'{kind}: the embedder runs',
            everything,
        )
        suffixes = {
            'static': ('.a', '.so'),
            'shared': ('.so', '.a'),
        }
        made = [p.name for p in build.rglob('libvpl011.*')]
        wanted, other = suffixes[kind]
        ok(
            f'libvpl011{wanted}' in made and f'libvpl011{other}' not in made,
            f'{kind}: only that library is built',
            made,
        )
        tests = json.loads(
            run(['meson', 'introspect', '--tests', build])[1] or '[]'
        )
        ok(not tests, f'{kind}: the subproject brings no tests', tests)
        root = pathlib.Path(place) / f'{kind}-root'
        command_ok(
            f'{kind}: installs',
            ['meson', 'install', '-C', build, '--destdir', root],
        )
        files = [p.name for p in root.rglob('*') if not p.is_dir()]
        ok(
            files == ['embedder'],
            f'{kind}: nothing of the subproject is installed',
            files,
        )
done()
