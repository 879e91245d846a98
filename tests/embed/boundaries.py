# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Backends include only public headers and two of src/, which know no device;
public headers include nothing but each other."""

import re

from tap import BUILD, SOURCE, done, ok

# A freestanding implementation has these; <string.h> stands for mem*.
FREE = {'stdbool.h', 'stddef.h', 'stdint.h', 'string.h'}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)

public = {f'vpl011/{p.name}' for p in (SOURCE / 'include/vpl011').glob('*.h')}
public |= {f'vpl011/{p.name}' for p in (BUILD / 'include/vpl011').glob('*.h')}


def includes(path):
    return INCLUDE.findall(path.read_text(encoding='utf-8'))


def check(path, good):
    wrong = [name for kind, name in includes(path) if not good(kind, name)]
    name = path.relative_to(SOURCE)
    ok(not wrong, f'{name} includes only what it may', wrong)


# How structures and saved state cross a boundary; they know no device.
SHARED = {'../src/sized.h', '../src/blob.h'}
backends = sorted((SOURCE / 'backends').glob('*.[ch]'))
ok(backends, 'there are backends')
for path in backends:
    check(
        path,
        lambda kind, name: name in public | FREE | SHARED
        or kind == '"'
        and (SOURCE / 'backends' / name).is_file()
        and '/' not in name,
    )
for path in sorted((SOURCE / 'src').glob('*.[ch]')):
    check(
        path,
        lambda kind, name: name in public | FREE
        or kind == '"'
        and (SOURCE / 'src' / name).is_file()
        and '/' not in name,
    )
done()
