# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""docs/registers.md has every register and names tests that exist, and so do
docs/assurance.md and SECURITY.md. CODE-MAP.md has every file of the library."""

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

# suite/test, as a meson.build names it that is in the suite's folder, or names the
# suite; a prefix that the tests of a folder have in common may be apart.
known = set()
folders = {'soak', *(path.name for path in (SOURCE / 'tests').iterdir() if path.is_dir())}
for path in (SOURCE / 'tests').rglob('meson.build'):
    words = set(re.findall(r"'([\w-]+)'", path.read_text(encoding='utf-8')))
    suites = {path.relative_to(SOURCE / 'tests').parts[0]} | words & folders
    known |= {f'{suite}/{word}' for suite in suites for word in words}
for page, first in (('docs/assurance.md', '| claim |'), ('SECURITY.md', '| asset |')):
    text = (SOURCE / page).read_text(encoding='utf-8')
    text = text[text.index(first) :]
    tests = set(re.findall(r'`((?!scripts|tests)[a-z]+/[\w-]+)`', text))
    wrong = sorted(t for t in tests if not {t, t.replace('/test_', '/')} & known)
    ok(tests and not wrong, f'the tests that {page} names exist', '\n'.join(wrong))
rows = [r for r in text.splitlines() if r.startswith('| ') and '| asset |' not in r]
wrong = [r for r in rows if r.count('|') == 5 and not re.search(r'`\w+/[\w-]+`[^|]*\|$', r)]
ok(len(rows) > 15 and not wrong, 'every row of the threat model names a test', '\n'.join(wrong))

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
