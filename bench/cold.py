# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The cache lines that a character touches, which are misses with many devices.

usage: cold.py BENCH    a line for each run; BENCH-cold is beside BENCH

valgrind's lackey reports every load and store, and BENCH-cold the addresses of
its objects; the lines of 64 bytes between two stores of its marker are counted,
without the stack, which is warm. No cache is simulated: the counts follow from
the code and the layout.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

LINE = 64
STACK = 1 << 20  # around a variable on it
ACCESS = re.compile(r' [LSM] ([0-9a-f]+),(\d+)$')


def lines_of(start, size):
    return set(range(start // LINE, (start + size - 1) // LINE + 1))


def touched(trace, marker):
    """For each pair of stores of the marker, the accesses between."""
    inside = None
    for row in trace:
        match = ACCESS.match(row)
        if not match:
            continue
        start, size = int(match[1], 16), int(match[2])
        if start == marker:
            if inside is not None:
                yield inside
                inside = None
            else:
                inside = []
        elif inside is not None:
            inside.append((start, size))


def facts(bench):
    """For each course and place: lines of the device, of the backend with what
    it shares, of whatever else, and in all."""
    with tempfile.TemporaryDirectory(prefix='libvpl011-bench-') as place:
        log = os.path.join(place, 'lackey')
        run = subprocess.run(
            [
                'valgrind',
                '--tool=lackey',
                '--trace-mem=yes',
                f'--log-file={log}',
                bench + '-cold',
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        told = [json.loads(line) for line in run.stdout.splitlines()]
        with open(log, encoding='utf-8', errors='replace') as trace:
            courses = list(touched(trace, told[0]['marker'][0]))
    if len(courses) != len(told):
        sys.exit(f'cold.py: {len(courses)} courses of {len(told)} were seen')
    found = []
    for fact, accesses in zip(told, courses):
        of = {'device': set(), 'backend': set(), 'others': set()}
        for start, size in accesses:
            owner = 'others'
            for name in ('device', 'backend'):
                at, long = fact[name]
                if at <= start < at + long:
                    owner = name
            if abs(start - fact['stack'][0]) >= STACK:
                of[owner] |= lines_of(start, size)
        counts = {name: len(lines) for name, lines in of.items()}
        counts['all'] = len(set().union(*of.values()))
        found.append(
            {'course': fact['course'], 'place': fact['place'], **counts}
        )
    return found


def by_course(bench):
    found = {}
    for fact in facts(bench):
        found.setdefault(fact['course'], []).append(fact)
    return found


def main():
    for fact in facts(sys.argv[1]):
        print(json.dumps(fact))
    return 0


if __name__ == '__main__':
    sys.exit(main())
