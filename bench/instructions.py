# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Instructions for each workload, counted by callgrind: the same to the
instruction on every run, whatever else the machine does.

usage: instructions.py BENCH               a table, with ratios to the floor
       instructions.py BENCH --write FILE  and keep it as what is expected
       instructions.py BENCH --check FILE  as a TAP test: no figure may be
                                           more than 3 % above the expected

Two counts of one workload, one three times as long, give the instructions of
one unit without start and end.
"""

import os
import re
import shutil
import subprocess
import sys

SUBJECTS = ['empty', 'plain', 'edge', 'ring', 'always', 'locked', 'fifo']
FLOOR = 'edge'
UNITS = {'w1': 4096, 'w2': 256, 'w3': 4096, 'w4': 4096}
MOST = 1.03
COLLECTED = re.compile(r'Collected : (\d+)')


def count(bench, subject, workload, units):
    run = subprocess.run(
        ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null',
         bench, '--run', subject, workload, str(units)],
        capture_output=True, text=True, check=True)
    return int(COLLECTED.search(run.stderr).group(1))


def figures(bench):
    found = {}
    for subject in SUBJECTS:
        for workload, units in UNITS.items():
            once = count(bench, subject, workload, units)
            thrice = count(bench, subject, workload, 3 * units)
            found[subject, workload] = (thrice - once) / (2 * units)
        print(f'counted {subject}', file=sys.stderr, flush=True)
    return found


def table(found):
    print(f'{"instructions":14}' + ''.join(f'{w:>18}' for w in UNITS))
    for subject in SUBJECTS:
        row = f'  {subject:12}'
        for workload in UNITS:
            ratio = found[subject, workload] / found[FLOOR, workload]
            row += f'{found[subject, workload]:10.1f} {ratio:6.2f}x'
        print(row)


def write(found, path):
    with open(path, 'w', encoding='utf-8') as out:
        out.write('# gcc 12.2, -O2, x86-64: subject, workload, instructions '
                  'for each unit.\n# Made by scripts/bench --write.\n')
        for (subject, workload), value in found.items():
            out.write(f'{subject:8} {workload} {value:8.1f}\n')


def check(bench, path):
    if not shutil.which('valgrind'):
        print('1..0 # SKIP valgrind counts the instructions')
        return 0
    version = subprocess.run([os.environ.get('CC', 'cc'), '--version'],
                             capture_output=True, text=True, check=False)
    if ' 12.2.' not in version.stdout or os.uname().machine != 'x86_64':
        print('1..0 # SKIP the expected figures are those of gcc 12.2, x86-64')
        return 0
    expected = {}
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            if not line.startswith('#'):
                subject, workload, value = line.split()
                expected[subject, workload] = float(value)
    found = figures(bench)
    failed = 0
    for number, (key, value) in enumerate(found.items(), 1):
        wanted = expected.get(key)
        ok = wanted is not None and value <= wanted * MOST
        failed += not ok
        print(f'{"" if ok else "not "}ok {number} - {key[0]} {key[1]}')
        if not ok:
            print(f'# {value:.1f} instructions, {wanted} expected')
    print(f'1..{len(found)}')
    return 1 if failed else 0


def main():
    bench = sys.argv[1]
    how = sys.argv[2] if len(sys.argv) == 4 else None
    if how == '--check':
        return check(bench, sys.argv[3])
    if not shutil.which('valgrind'):
        print('instructions.py: valgrind is missing', file=sys.stderr)
        return 1
    found = figures(bench)
    table(found)
    if how == '--write':
        write(found, sys.argv[3])
    return 0


sys.exit(main())
