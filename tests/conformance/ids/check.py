#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Every id of ids.txt is named by a test, or has a written reason.

A cmocka test that is registered by CASE() names the ids in the comment above
it, in its body and in its name. In other files under tests/ an id anywhere
counts. It is also a failure if an id has both a test and a reason, or is named
by a test and not in the list.

usage: check.py [-v] [tests directory]
"""
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ID = re.compile(r'(?<![\w.])(V\.\d+|G\.[A-H]\d+|P\.C\d+)(?!\d)')
FUNCTION = re.compile(r'((?:/\*(?:(?!\*/).)*\*/\n)?)static void (\w+)\(void\)([^\n]*)\n'
                      r'(\{.*?^\})', re.S | re.M)
SKIPPED = {'ids', 'breakages', 'style'}
SUFFIXES = {'.c', '.h', '.t', '.py', '.sh', '.txt', '.exp'}


def table(path):
    """The lines `id  text` of a file, without comments."""
    rows = {}
    for line in path.read_text().splitlines():
        line = line.strip()
        if line and not line.startswith('#'):
            name, _, text = line.partition(' ')
            if name in rows:
                sys.exit(f'{path.name}: {name} twice')
            rows[name] = text.strip()
    return rows


def carried(text, name):
    """(id, test) of one file."""
    cases = set(re.findall(r'\bCASE\((\w+)\)', text))
    if not cases:
        for found in ID.findall(text):
            yield found, name
        return
    for comment, function, beside, body in FUNCTION.findall(text):
        if function in cases:
            for found in ID.findall(comment + function + beside + body):
                yield found, f'{name} {function}'


def main():
    arguments = [a for a in sys.argv[1:] if a != '-v']
    verbose = '-v' in sys.argv
    tests = Path(arguments[0]) if arguments else HERE.parent.parent
    ids = table(HERE / 'ids.txt')
    reasons = table(HERE.parent / 'not-applicable.txt')
    where = {}
    for path in sorted(tests.rglob('*')):
        inside = path.relative_to(tests)
        if path.suffix in SUFFIXES and not SKIPPED & set(inside.parts) \
                and path.name != 'not-applicable.txt':
            for found, test in carried(path.read_text(errors='replace'),
                                       str(inside)):
                where.setdefault(found, []).append(test)

    problems = []
    for name in [*where, *reasons]:
        if name not in ids:
            problems.append((name, 'is not in ids.txt'))
    for name in ids:
        if name in where and name in reasons:
            problems.append((name, 'has a test, and a reason for having none: '
                             + where[name][0]))
        elif name not in where and name not in reasons:
            problems.append((name, f'({ids[name]}) has neither a test nor a '
                             'reason'))
        elif name in reasons and len(reasons[name]) < 20:
            problems.append((name, 'has no reason worth the name'))

    covered = sum(name in where for name in ids)
    print('1..1')
    if verbose:
        for name, title in ids.items():
            print(f'# {name:<6} {title}')
            for test in where.get(name, ['- ' + reasons.get(name, '')]):
                print(f'#          {test}')
    for name, text in problems:
        print(f'# {name} {text}')
    print(f'# {covered} of {len(ids)} ids have a test, '
          f'{len(reasons)} a reason')
    print('not ok 1 - ids' if problems else 'ok 1 - ids')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
