# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The commands that vpl011-console(1) shows for consoles of another host."""

import os

PAGE = os.path.join(os.environ['SOURCE_ROOT'], 'tools/console/vpl011-console.1')


def command(begin, other={}, having=''):
    """The one that begins so, as words, with other words in the place of those
    that are the example's."""
    with open(PAGE, encoding='utf-8') as file:
        commands = [part.strip() for line in file for part in line.split('|')]
    [found] = [
        one for one in commands if one.startswith(begin) and having in one
    ]
    for old, new in other.items():
        assert old in found, f'{old} is in {found}'
        found = found.replace(old, new)
    return found.split()
