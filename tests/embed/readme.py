# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The programs in the README are those of examples/, to the letter, and what
else it shows in C compiles. The figures in it are those of the tree."""

import difflib
import pathlib
import re

from tap import CC, INCLUDES, SOURCE, done, ok, run, scratch

readme = SOURCE / 'README.md'
text = readme.read_text(encoding='utf-8') if readme.is_file() else ''
blocks = re.findall(r'^```c\n(.*?)^```$', text, flags=re.M | re.S)
programs = [block for block in blocks if 'int main(' in block]
ok(len(programs) == 2, 'README.md shows two complete programs', len(programs))


def shown(program):
    """The licence lines may be left out of the page."""
    return re.sub(r'\A(/\* (SPDX|Copyright).*\n)+', '', program)


for name, program in zip(['embed.c', 'minimal.c'], programs):
    example = (SOURCE / 'examples' / name).read_text(encoding='utf-8')
    difference = difflib.unified_diff(
        shown(example).splitlines(),
        shown(program).splitlines(),
        f'examples/{name}',
        'README.md',
        lineterm='',
    )
    difference = list(difference)
    ok(not difference, f'one is examples/{name}', '\n'.join(difference))
with scratch() as place:
    for block in blocks:
        if block not in programs:
            source = pathlib.Path(place) / 'part.c'
            source.write_text(block, encoding='utf-8')
            status, _, said = run(
                [*CC, '-std=gnu11', '-Wall', '-Wextra', '-Werror']
                + ['-fsyntax-only', *INCLUDES, source]
            )
            ok(status == 0, 'a part of a program compiles', said)
# The first one is for who has a minute.
lines = len(shown(programs[0]).splitlines()) if programs else 0
ok(0 < lines <= 40, 'the first has at most 40 lines', lines)


def said_in(page, pattern):
    """The figures that a page gives for something."""
    return set(re.findall(pattern, ' '.join((SOURCE / page).read_text().split())))


def found_in(path, pattern):
    return re.findall(pattern, (SOURCE / path).read_text(encoding='utf-8'), re.M)


drivers = len(found_in('tests/personas/list.c', r'^    X\('))
differences = len(found_in('docs/qemu-differences.md', r'^## '))
device, text = (
    int(found_in('tests/embed/size.py', rf'^{name} = (\d+)')[0])
    for name in ('DEVICE', 'TEXT')
)
for page, pattern, figure in (
    ('README.md', r'(\d+) programs, each', drivers),
    ('docs/judge.md', r'(\d+) drivers of', drivers),
    ('docs/assurance.md', r'(\d+) guest drivers', drivers),
    ('README.md', r'(\d+) differences', differences),
    ('README.md', r'At most (\d+) bytes for each device', device),
    ('docs/abi.md', r'It is at most (\d+) bytes', device),
    ('README.md', r'at most ([\d.]+) KiB of code with a backend', f'{text / 1024:g}'),
):
    said = said_in(page, pattern)
    ok(said == {str(figure)}, f'{page}: {pattern}: {figure}', said)
done()
