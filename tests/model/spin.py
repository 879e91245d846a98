# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Let Spin search through all states of a model, as cases of a test."""

import pathlib
import re
import shutil
import subprocess
import tempfile

from tap import CC, note, ok, skip_all

HERE = pathlib.Path(__file__).resolve().parent
LIVELOCK = 'livelock'
CYCLE = re.compile(r'pan:1: non-progress cycle')
VIOLATION = re.compile(r'pan:1: (assertion violated|invalid end state)')


def need_spin():
    if not shutil.which('spin'):
        skip_all('spin is missing (package spin)')


def search(work, model, looked_for, defines, mutant):
    """Run one search; what Spin printed. To compile one takes longer than most
    searches, and that of a mutant ends at the first error: it is not optimised,
    and has a small table."""
    words = [f'-D{name}' for name in defines]
    subprocess.run(
        ['spin', *words, '-a', str(HERE / model)],
        cwd=work, check=True, stdout=subprocess.DEVNULL,
    )
    cycles = looked_for == LIVELOCK
    subprocess.run(
        [
            *CC, '-O0' if mutant else '-O1', '-w', '-o', 'pan', 'pan.c',
            '-DMEMLIM=3000', *(['-DNP', '-DNFAIR=3'] if cycles else ['-DSAFETY']),
        ],
        cwd=work, check=True,
    )
    run = subprocess.run(
        ['./pan', '-m20000', *(['-w18'] if mutant else []),
         *(['-l', '-f'] if cycles else [])],
        cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )
    return run.stdout


def case(model, looked_for, defines, name, mutant=False):
    """One search: it finds nothing or, in a mutant, what it looked for."""
    with tempfile.TemporaryDirectory() as work:
        text = search(work, model, looked_for, defines, mutant)
    states = re.search(r'^ *([0-9.e+]+) states, stored', text, re.M)
    found = (CYCLE if looked_for == LIVELOCK else VIOLATION).search(text)
    if mutant:
        ok(found, f'{name}: Spin finds the {looked_for}', text)
    else:
        whole = (
            'errors: 0' in text
            and 'too small' not in text
            and 'Search not completed' not in text
        )
        ok(whole, f'{name}: no {looked_for}', text)
    note(f'{states.group(1) if states else "?"} states')
