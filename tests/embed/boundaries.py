# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Device and backends see public headers and what they share, not each other."""

import re

from tap import SOURCE, done, ok

# A freestanding implementation has these; <string.h> stands for mem*.
FREE = {'stdbool.h', 'stddef.h', 'stdint.h', 'string.h'}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)

public = {f'vpl011/{p.name}' for p in (SOURCE / 'include/vpl011').glob('*.h')}


def includes(path):
    return INCLUDE.findall(path.read_text(encoding='utf-8'))


def check(path, good):
    wrong = [name for kind, name in includes(path) if not good(kind, name)]
    name = path.relative_to(SOURCE)
    ok(not wrong, f'{name} includes only what it may', wrong)


def own(place, name):
    return '/' not in name and (SOURCE / place / name).is_file()


def shared(name):
    return name.startswith('../common/') and own('common', name[len('../common/') :])


for place in ('backends', 'src', 'common'):
    files = sorted((SOURCE / place).glob('*.[ch]'))
    ok(files, f'there is something in {place}')
    for path in files:
        check(
            path,
            lambda kind, name: name in public | FREE
            or kind == '"'
            and (own(place, name) or shared(name)),
        )
done()
