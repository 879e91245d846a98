# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Instructions for each workload, counted by callgrind: the same to the
instruction on every run, whatever else the machine does.

usage: instructions.py BENCH               a table, with ratios to the floor, what
                                           bench/instructions.txt has, and goals
       instructions.py BENCH --write FILE  and store it as the expected figures
       instructions.py BENCH --check FILE  as a TAP test: no figure may be
                                           more than 3 % above the expected,
                                           and no ratio above its limit

Two counts of one workload, one three times as long, give the instructions of
one unit without start and end. They are counted for each function too, so that
a failure says where they grew.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import limits

SUBJECTS = [
    'empty',
    'plain',
    'edge',
    'edge-locked',
    'ring',
    'always',
    'locked',
    'sbsa',
    'fifo',
]
UNITS = {
    'w1': 4096,
    'w2': 256,
    'w2l': 4096,
    'w3': 4096,
    'w4': 4096,
    'w4s': 4096,
}
# Of those who can be told that the far end may have moved.
HOST_SUBJECTS = ['ring', 'locked', 'fifo']
HOST_UNITS = {'da': 4096}
# Of vpl011-bench-bulk: pieces of so many bytes. The C library's own copying
# differs between machines, and is left out.
BULK_SUBJECTS = ['fifo-in', 'fifo-out', 'ring-in', 'ring-out']
BULK_UNITS = {'64': 1024, '4096': 256}
LIBC = re.compile(r'mem(cpy|move)')
MOST = 1.03
KEPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'instructions.txt')
# What the model may cost as a multiple of the second floor of its kind: what it
# costs now and a little, so that no new record of the figures hides a loss.
LIMITS = {
    'ring': {
        'w1': 1.04,
        'w2': 1.48,
        'w2l': 1.60,
        'w3': 1.65,
        'w4': 2.34,
        'w4s': 2.35,
    },
    'locked': {
        'w1': 1.13,
        'w2': 1.41,
        'w2l': 1.50,
        'w3': 1.63,
        'w4': 1.70,
        'w4s': 2.02,
    },
    'fifo': {
        'w1': 1.05,
        'w2': 1.50,
        'w2l': 1.62,
        'w3': 1.65,
        'w4': 2.34,
        'w4s': 2.35,
    },
}
# Instructions of vpl011_data_avail() where nothing has changed: unlocked.
DATA_AVAIL = 104
# Instructions around the copies of a piece, in both ends.
AROUND = {
    ('fifo-in', '64'): 165,
    ('fifo-out', '64'): 180,
    ('ring-in', '64'): 192,
    ('ring-out', '64'): 234,
    ('fifo-in', '4096'): 165,
    ('fifo-out', '4096'): 180,
    ('ring-in', '4096'): 865,
    ('ring-out', '4096'): 436,
}
# What it is to cost: as a multiple, and with lock ops in instructions.
UNLOCKED = {'w1': 1.05, 'w2': 1.5, 'w2l': 1.6, 'w3': 1.65, 'w4': 2.3}
GOALS = {
    'ring': UNLOCKED,
    'locked': {'w1': 1.05, 'w2': 1.15, 'w2l': 1.6, 'w3': 1.25, 'w4': 2.1},
    'fifo': UNLOCKED,
}
GOALS_IN_INSTRUCTIONS = {
    'locked': {'w1': 130, 'w2': 1850, 'w3': 170, 'w4': 140},
}


def floor_of(subject):
    """The second floor, with a lock for those that take one."""
    return 'edge-locked' if 'locked' in subject else 'edge'


def ratio(totals, subject, workload):
    return totals[subject, workload] / totals[floor_of(subject), workload]


def counted(bench, subject, workload, units):
    """Instructions of one run, by function."""
    with tempfile.TemporaryDirectory(prefix='libvpl011-bench-') as place:
        out = os.path.join(place, 'callgrind')
        subprocess.run(
            [
                'valgrind',
                '-q',
                '--tool=callgrind',
                '--compress-strings=no',
                '--compress-pos=no',
                f'--callgrind-out-file={out}',
                bench,
                '--run',
                subject,
                workload,
                str(units),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        with open(out, encoding='utf-8', errors='replace') as lines:
            return by_function(lines)


def by_function(lines):
    functions = {}
    name = None
    inclusive = False  # the next cost is that of a call, not of the function
    for line in lines:
        if line.startswith('fn='):
            name = line[3:].strip()
        elif line.startswith('calls='):
            inclusive = True
        elif re.match(r'[\d+*-]', line):
            if not inclusive:
                cost = int(line.split()[1])
                functions[name] = functions.get(name, 0) + cost
            inclusive = False
    return functions


def figure(program, subject, workload, units):
    """Instructions of one unit: in all, and by function."""
    once = counted(program, subject, workload, units)
    thrice = counted(program, subject, workload, 3 * units)
    functions = {}
    total = 0
    for name, value in thrice.items():
        more = value - once.get(name, 0)
        each = more / (2 * units)
        if not LIBC.search(name):
            total += more
            if each >= 0.05:
                functions[name] = round(each, 1)
    # Rounded as they are kept: what is made of them is the same from the file.
    # The sum is of whole numbers: that of quotients depends on their order.
    most_first = sorted(functions.items(), key=lambda f: (-f[1], f[0]))
    return round(total / (2 * units), 1), dict(most_first)


def figures(bench, subjects=tuple(SUBJECTS), all_of_them=True):
    """(totals, functions), each by (subject, workload); bulk and host calls
    too if it is to be all of them."""
    totals = {}
    functions = {}
    wanted = [(bench, s, w, n) for s in subjects for w, n in UNITS.items()]
    if all_of_them:
        wanted += [
            (bench, s, w, n) for s in HOST_SUBJECTS for w, n in HOST_UNITS.items()
        ]
        wanted += [
            (bench + '-bulk', s, w, n)
            for s in BULK_SUBJECTS
            for w, n in BULK_UNITS.items()
        ]
    # What one run counts does not depend on another beside it.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda run: figure(*run), wanted)
        for (_, subject, workload, _), counts in zip(wanted, found):
            key = subject, workload
            totals[key], functions[key] = counts
    return totals, functions


def table(totals, kept):
    """`kept`: the figures of instructions.txt, or nothing."""
    print(f'{"instructions":14}' + ''.join(f'{w:>18}' for w in UNITS))
    for subject in SUBJECTS:
        row = f'  {subject:12}'
        for workload in UNITS:
            row += f'{totals[subject, workload]:10.1f} '
            row += f'{ratio(totals, subject, workload):6.2f}x'
        print(row)
    print(
        f'{"":14}'
        + ''.join(
            f'{head:>13}'
            for head in ('instructions', 'kept', 'ratio', 'kept', 'goal', 'goal')
        )
    )
    for subject, goals in GOALS.items():
        for workload, goal in goals.items():
            key = subject, workload
            row = f'  {subject:7} {workload:4}{totals[key]:13.1f}'
            row += f'{kept[key]:13.1f}' if kept else f'{"":13}'
            row += f'{ratio(totals, *key):12.2f}x'
            row += f'{ratio(kept, *key):12.2f}x' if kept else f'{"":13}'
            row += f'{goal:12.2f}x'
            row += f'{GOALS_IN_INSTRUCTIONS.get(subject, {}).get(workload, ""):13}'
            print(row.rstrip())
    print('vpl011_data_avail() where nothing changed')
    for subject in HOST_SUBJECTS:
        print(f'  {subject:12}{totals[subject, "da"]:10.1f}')
    print(f'{"bytes a piece":14}' + ''.join(f'{w:>18}' for w in BULK_UNITS))
    for subject in BULK_SUBJECTS:
        row = f'  {subject:12}'
        for piece in BULK_UNITS:
            row += f'{totals[subject, piece]:10.1f}        '
        print(row.rstrip())


def write(totals, functions, path):
    with open(path, 'w', encoding='utf-8') as out:
        out.write(
            '# gcc 12.2, -O2, x86-64: subject, workload or bytes of a piece, '
            'instructions\n# for each unit; then those of each function. Made '
            'by scripts/bench --write.\n'
        )
        for (subject, workload), value in totals.items():
            row = f'{subject:11} {workload:4}'
            out.write(f'{row} {value:9.1f}\n')
            for name, each in functions[subject, workload].items():
                out.write(f'{row} {each:9.1f}   {name}\n')


def read(path):
    """What write() wrote."""
    totals = {}
    functions = {}
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            words = line.split()
            if line.startswith('#'):
                continue
            key = words[0], words[1]
            if len(words) == 3:
                totals[key] = float(words[2])
            else:
                functions.setdefault(key, {})[words[3]] = float(words[2])
    return totals, functions


def where(now, before):
    """The functions that grew, most first."""
    grown = []
    for name, each in now.items():
        more = each - before.get(name, 0)
        if more >= 0.1:
            grown.append((more, name, before.get(name, 0), each))
    for more, name, was, each in sorted(grown, reverse=True)[:5]:
        print(f'#     {name}: {more:+.1f} ({was:.1f} before, {each:.1f} now)')
    gone = [name for name in before if name not in now]
    if gone:
        print(f'#     no longer called: {", ".join(gone)}')


def check(bench, path):
    if not shutil.which('valgrind'):
        print('1..0 # SKIP valgrind counts the instructions')
        return 0
    version = subprocess.run(
        [os.environ.get('CC', 'cc'), '--version'],
        capture_output=True,
        text=True,
        check=False,
    )
    if ' 12.2.' not in version.stdout or os.uname().machine != 'x86_64':
        print('1..0 # SKIP the expected figures are those of gcc 12.2, x86-64')
        return 0
    expected, expected_functions = read(path)
    totals, functions = figures(bench)
    for key, value in totals.items():
        wanted = expected.get(key, 0)
        good = value <= wanted * MOST
        limits.ok(good, f'{key[0]} {key[1]}', '')
        if not good:
            print(
                f'# {key[0]} {key[1]}: {value:.1f} instructions, {wanted:.1f} '
                f'expected, {MOST:.0%} of it allowed; what grew:'
            )
            where(functions[key], expected_functions.get(key, {}))
    for subject, most in LIMITS.items():
        for workload, limit in most.items():
            found = ratio(totals, subject, workload)
            limits.ok(
                found <= limit,
                f'{subject} {workload} is at most {limit} times the floor',
                f'{found:.3f}',
            )
    for subject in ('ring', 'fifo'):
        limits.ok(
            totals[subject, 'da'] <= DATA_AVAIL,
            f'{subject}: vpl011_data_avail() that finds nothing is at most '
            f'{DATA_AVAIL} instructions',
            f'{totals[subject, "da"]:.1f}',
        )
    for key, limit in AROUND.items():
        limits.ok(
            totals[key] <= limit,
            f'{key[0]}, pieces of {key[1]} bytes: at most {limit} '
            'instructions around the copies',
            f'{totals[key]:.1f}',
        )
    print(f'1..{limits.count}')
    return 1 if limits.failed else 0


def main():
    bench = sys.argv[1]
    how = sys.argv[2] if len(sys.argv) == 4 else None
    if how == '--check':
        return check(bench, sys.argv[3])
    if not shutil.which('valgrind'):
        print('instructions.py: valgrind is missing', file=sys.stderr)
        return 1
    totals, functions = figures(bench)
    table(totals, read(KEPT)[0] if os.path.exists(KEPT) else None)
    if how == '--write':
        write(totals, functions, sys.argv[3])
    return 0


if __name__ == '__main__':
    sys.exit(main())
