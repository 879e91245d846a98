# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Links of the Markdown files lead to a file, and to a heading in it. And the
public functions that they and the headers name exist."""

import re

from tap import SOURCE, done, ok
from tree import files

FENCE = re.compile(r'^(```|~~~).*?^\1\s*$', re.M | re.S)
CODE = re.compile(r'`[^`\n]*`')
LINK = re.compile(r'\]\(\s*<?([^)>\s]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)', re.M)
COMMENT = re.compile(r'/\*.*?\*/', re.S)
# One that ends in _ is shared between source files, and not public.
FUNCTION = re.compile(r'\bvpl011_\w*[a-z0-9](?=\()')
HEADING = re.compile(r'^#{1,6}\s+(.*?)\s*#*$', re.M)


def anchor_of(heading):
    """As the common hosts make it of a heading."""
    text = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', heading).lower()
    return re.sub(r'[^\w\- ]', '', text).replace(' ', '-')


def anchors_in(path):
    text = FENCE.sub('', path.read_text(encoding='utf-8'))
    found = set()
    for heading in HEADING.findall(text):
        anchor = anchor_of(heading)
        number = 0
        while anchor + (f'-{number}' if number else '') in found:
            number += 1
        found.add(anchor + (f'-{number}' if number else ''))
    return found


pages = [p for p in files() if p.suffix == '.md']
headers = [p for p in files() if p.match('include/vpl011/*.h')]
ok(pages and headers, 'there are pages and headers')
texts = {p: (SOURCE / p).read_text(encoding='utf-8') for p in pages + headers}
public = set()
for header in headers:
    public.update(re.findall(r'\bvpl011_\w+', COMMENT.sub('', texts[header])))
for page, text in texts.items():
    unknown = set(FUNCTION.findall(text)) - public
    ok(not unknown, f'{page} names functions that exist', sorted(unknown))
for page in pages:
    # Examples are not links, nor is [a](b) in code.
    text = FENCE.sub('', texts[page])
    wrong = []
    for inline, reference in LINK.findall(CODE.sub('', text)):
        link = inline or reference
        if re.match(r'[a-z][a-z0-9+.-]*:', link):
            continue
        name, _, anchor = link.partition('#')
        target = (SOURCE / page).parent / name if name else SOURCE / page
        if not target.exists():
            wrong.append(f'{link}: no such file')
        elif anchor and target.suffix == '.md':
            if anchor not in anchors_in(target):
                wrong.append(f'{link}: no such heading')
    ok(not wrong, str(page), '\n'.join(wrong))
done()
