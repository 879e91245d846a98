# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Every C file is as clang-format 14 would write it."""

from tap import SOURCE, done, ok, run, skip_all
import tap
from tree import files

formatter = tap.tool('clang-format-14')
if not formatter:
    skip_all('no clang-format-14 here; other versions format differently')
sources = [p for p in files() if p.suffix in ('.c', '.h', '.cpp', '.hpp')]
ok(sources, 'there are C files')
# All in one call: it takes longer to start than to read a file.
everything = run([formatter, '--dry-run', '-Werror', *sources], cwd=SOURCE)[2]
complaints = {path: [] for path in sources}
path = None
for line in everything.splitlines():
    path = next((p for p in sources if line.startswith(f'{p}:')), path)
    complaints.setdefault(path, []).append(line)
for path, said in complaints.items():
    why = '\n'.join([*said, f'clang-format-14 -i {path}'])
    ok(not said, str(path or 'clang-format-14 says nothing else'), why)
done()
