# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The program in the README is examples/minimal.c, to the letter."""

import difflib
import re

from tap import SOURCE, done, ok

readme = SOURCE / 'README.md'
example = (SOURCE / 'examples/minimal.c').read_text(encoding='utf-8')
text = readme.read_text(encoding='utf-8') if readme.is_file() else ''
blocks = re.findall(r'^```c\n(.*?)^```$', text, flags=re.M | re.S)
programs = [block for block in blocks if 'int main(' in block]
ok(len(programs) == 1, 'README.md shows one complete program', len(programs))
shown = programs[0] if programs else ''
# The licence lines may be left out of the page.
example_shown = re.sub(r'\A(/\* (SPDX|Copyright).*\n)+', '', example)
difference = difflib.unified_diff(
    example_shown.splitlines(),
    re.sub(r'\A(/\* (SPDX|Copyright).*\n)+', '', shown).splitlines(),
    'examples/minimal.c',
    'README.md',
    lineterm='',
)
difference = list(difference)
ok(not difference, 'it is examples/minimal.c', '\n'.join(difference))
done()
