#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The reference as a site and as manual pages: OUTPUT/html and OUTPUT/man3.

usage: make_site.py OUTPUT VERSION [DEPFILE]

Needs doxygen. A warning of it is an error: of a public name without a comment,
of a link that leads nowhere.
"""

import os
import pathlib
import shutil
import subprocess
import sys

from manpages import Book
from pages import Pages
from search import widen

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent


def documents():
    """The pages of the site, from the top of the tree."""
    top = ['README.md', 'CHANGELOG.md', 'CODE-MAP.md', 'CONTRIBUTING.md', 'SECURITY.md']
    found = [SOURCE / name for name in top]
    found += sorted((SOURCE / 'docs').glob('*.md')) + [HERE / 'index.md']
    return [path.relative_to(SOURCE) for path in found]


def make(output, version):
    """(the files that were read, the warnings of doxygen: none where all is well)"""
    for name in ('html', 'xml'):
        shutil.rmtree(output / name, ignore_errors=True)
    output.mkdir(parents=True, exist_ok=True)
    pages = Pages(SOURCE, output / 'pages', documents())
    pages.make()
    read = [SOURCE / path for path in [*pages.documents, *pages.sources]]
    read += [*HERE.iterdir(), *(SOURCE / 'include/vpl011').glob('*.h')]
    env = dict(os.environ, SITE_VERSION=version, SITE_OUTPUT=str(output))
    done = subprocess.run(
        ['doxygen', HERE / 'Doxyfile'],
        cwd=SOURCE,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors='replace',
        check=False,
    )
    if not done.stderr and done.returncode == 0:
        Book(output / 'xml', output / 'man3', version).make()
        widen(output / 'html')
        return read, ''
    return read, done.stderr or f'doxygen: exit status {done.returncode}'


if __name__ == '__main__':
    read, warnings = make(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2])
    if warnings:
        sys.exit(warnings)
    if len(sys.argv) > 3:
        names = ' '.join(str(path) for path in read if path.is_file())
        pathlib.Path(sys.argv[3]).write_text(f'docs/site/html: {names}\n', encoding='utf-8')
