# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Branch coverage of the core and its backends by unit and conformance.

At least LEAST per cent of the branches are taken, and those that are not are in
the list of gaps, each with its reason; a listed branch that is taken is an
error too. The list is keyed by the text of the source line, so that it stays
valid when lines move.
"""

import json
import pathlib
import re
import shutil
import sys

from tap import BUILD, SOURCE, done, ok, run, skip_all

LEAST = 98.0
FILES = r'(src|common|backends)/[^/]+\.[ch]$'


def read_gaps(path):
    """(file, line of source) -> least, most; and what is wrong in the list."""
    gaps = {}
    wrong = []
    text = pathlib.Path(path).read_text(encoding='utf-8')
    for block in text.split('\n\n'):
        lines = [line.strip() for line in block.splitlines()]
        while lines and lines[0].startswith('#'):
            lines.pop(0)
        if not lines:
            continue
        head = re.fullmatch(r'(\S+) (\d+)(?:\.\.(\d+))?', lines[0])
        if not head or len(lines) < 3 or not re.match(r'# \S', lines[2]):
            wrong.append(block)
            continue
        gaps[head[1], lines[1]] = (int(head[2]), int(head[3] or head[2]))
    return gaps, wrong


def measure():
    """Run the tests; gcovr's report."""
    for path in BUILD.rglob('*.gcda'):
        path.unlink()
    command = ['meson', 'test', '-C', str(BUILD), '--no-rebuild']
    # What threads happen to do beside each other is no branch that is tested.
    command += ['--suite', 'unit', '--suite', 'conformance', '--no-suite', 'threads']
    # Not optimised and counted atomically, some take 40 times as long.
    command += ['--logbase', 'coverage-run', '--timeout-multiplier', '10']
    status, _, said = run(command)
    why = '\n'.join(said.splitlines()[-40:])
    if not ok(status == 0, 'unit and conformance pass', why):
        done()
    status, report, said = run(
        ['gcovr', '--root', '.', '--object-directory', str(BUILD)]
        + ['--filter', FILES, '--json', '--output', '-', str(BUILD)],
        cwd=SOURCE,
    )
    if not ok(status == 0, 'gcovr reads it', said):
        done()
    return json.loads(report)


def main():
    if not shutil.which('gcovr'):
        skip_all('gcovr is missing (package gcovr)')
    gaps, wrong = read_gaps(sys.argv[1])
    taken = 0
    branches = 0
    untaken = {}
    where = {}
    report = measure()
    for file in report['files']:
        source = (SOURCE / file['file']).read_text(encoding='utf-8')
        source = source.split('\n')
        here = 0
        for line in file['lines']:
            missed = sum(b['count'] == 0 for b in line['branches'])
            branches += len(line['branches'])
            taken += len(line['branches']) - missed
            here += missed
            if missed:
                text = source[line['line_number'] - 1].strip()
                key = (file['file'], text)
                untaken[key] = untaken.get(key, 0) + missed
                where[key] = line['line_number']
        count = sum(len(line['branches']) for line in file['lines'])
        print(f'# {file["file"]:28} {count - here:5} of {count:5} branches')
    percent = 100.0 * taken / branches if branches else 0.0
    ok(
        percent >= LEAST,
        f'{percent:.2f} % of {branches} branches are taken',
        f'{LEAST} % are asked for',
    )
    new = [
        f'{file}:{where[file, text]}: {count} of\n    {text}'
        for (file, text), count in sorted(untaken.items())
        if count > gaps.get((file, text), (0, 0))[1]
    ]
    ok(
        not new,
        'no branch is left out but those that are listed',
        '\n'.join(new),
    )
    gone = [
        f'{file}: {untaken.get((file, text), 0)} and not {least} of\n    {text}'
        for (file, text), (least, _) in sorted(gaps.items())
        if untaken.get((file, text), 0) < least
    ]
    ok(not gone, 'each listed gap is one', '\n'.join(gone))
    ok(not wrong, 'each gap has its count and reason', '\n'.join(wrong))
    done()


main()
