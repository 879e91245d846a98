# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Licence lines, blanks and line ends of every text file."""

import re

from tap import SOURCE, done, ok
from tree import files

# Programs and what is compiled carry their licence; data does not.
LICENSED = {'.c', '.h', '.cpp', '.hpp', '.S', '.s', '.ld', '.py', '.sh', '.in'}
# REUSE-IgnoreStart
SPDX = re.compile(r'SPDX-License-Identifier: MIT\b')
COPYRIGHT = re.compile(r'Copyright \(c\) 20\d\d The libvpl011 authors')
# REUSE-IgnoreEnd

unlicensed = []
trailing = []
ends = []
returns = []
count = 0
for path in files():
    data = (SOURCE / path).read_bytes()
    # What a fuzzer found is bytes, also where it looks like text.
    if b'\0' in data or 'corpus' in path.parts:
        continue
    count += 1
    text = data.decode('utf-8', errors='replace')
    head = '\n'.join(text.splitlines()[:4])
    if path.suffix in LICENSED or text.startswith('#!'):
        if not SPDX.search(head) or not COPYRIGHT.search(head):
            unlicensed.append(str(path))
    # A patch has blanks of its own: the empty line of its context.
    if path.suffix != '.patch':
        for number, line in enumerate(text.split('\n'), 1):
            if line != line.rstrip(' \t'):
                trailing.append(f'{path}:{number}')
    if text and not text.endswith('\n'):
        ends.append(str(path))
    if '\r' in text:
        returns.append(str(path))

ok(count > 20, 'there are text files', count)
ok(
    not unlicensed,
    'the first lines tell licence and copyright',
    '\n'.join(unlicensed),
)
ok(not trailing, 'no blanks at line ends', '\n'.join(trailing))
ok(not ends, 'the last line ends', '\n'.join(ends))
ok(not returns, 'no carriage returns', '\n'.join(returns))
done()
