# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Every C file is as clang-format 14 would write it."""

from tap import SOURCE, done, ok, run, skip_all
import tap
from tree import files

formatter = tap.tool('clang-format-14')
if not formatter:
    skip_all('no clang-format-14 here; other versions format differently')
sources = [p for p in files() if p.suffix in ('.c', '.h')]
ok(sources, 'there are C files')
for path in sources:
    said = run([formatter, '--dry-run', '-Werror', SOURCE / path])[2]
    ok(not said, str(path), said + f'\nclang-format-14 -i {path}')
done()
