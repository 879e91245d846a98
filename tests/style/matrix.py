# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""docs/registers.md has every register and names tests that exist, and so does
docs/assurance.md. CODE-MAP.md has every file of the library."""

import re

from tap import SOURCE, done, ok
from tree import files


def missing(names, text):
    return '\n'.join(n for n in names if n not in text)


matrix = (SOURCE / 'docs/registers.md').read_text(encoding='utf-8')
regs = (SOURCE / 'include/vpl011/regs.h').read_text(encoding='utf-8')
offsets = re.findall(r'#define PL011_(UART\w+) 0x(\w+)u', regs)
registers = [n for n, _ in offsets if not re.search(r'_MASK|_RESET|_FIRMWARE|ID[123]$', n)]
ok(len(registers) > 15, 'regs.h names registers')
wrong = missing((re.sub(r'0$', '', n) for n in registers), matrix)
ok(not wrong, 'every register is in the matrix', wrong)

tests = re.findall(r'`((?:unit|conformance)/test_\w+)`', matrix)
wrong = [t for t in set(tests) if not (SOURCE / 'tests' / (t + '.c')).exists()]
ok(tests and not wrong, 'the tests it names exist', '\n'.join(wrong))
rows = [r for r in matrix.splitlines() if r.startswith('| ') and 'PL011' not in r]
wrong = [r for r in rows if r.count('|') > 4 and 'test_' not in r]
ok(rows and not wrong, 'every row names a test', '\n'.join(wrong))

assurance = (SOURCE / 'docs/assurance.md').read_text(encoding='utf-8')
tests = re.findall(r'`(?!scripts)[a-z]+/([\w-]+)`', assurance[assurance.index('|---') :])
builds = (p.read_text(encoding='utf-8') for p in (SOURCE / 'tests').rglob('meson.build'))
known = set(re.findall(r"'([\w-]+)'", '\n'.join(builds)))
wrong = sorted(set(tests) - known)
ok(tests and not wrong, 'the tests that assurance.md names exist', '\n'.join(wrong))

code_map = (SOURCE / 'CODE-MAP.md').read_text(encoding='utf-8')
library = [
    str(p)
    for p in files()
    if re.match(r'(src|backends|include)/', str(p)) and p.suffix in ('.c', '.h', '.map')
]
wrong = missing(library, code_map)
ok(not wrong, 'every file of the library is in the code map', wrong)
named = re.findall(r'`([\w./-]+\.(?:c|h|map|in))`', code_map)
wrong = [n for n in named if '/' in n and not (SOURCE / n).exists()]
ok(not wrong, 'the files it names exist', '\n'.join(wrong))
done()
