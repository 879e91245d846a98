#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The judge's own test: what is known of four models is what it finds.

This library and the specification lose no guest, and a plain PL011 that is
plugged in, toy.c, loses those that it must. --breakages: so does a copy of this
library with three patches of tests/breakages. --qemu: what is known of QEMU's
PL011 is found, and docs/judge.md is what the judge says of it.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# Each with a guest that it loses, and how.
BREAKAGES = {
    'rx-is-latched': ('arceos', 'hangs: typed'),
    'loopback-leaks': ('haiku', 'garbles: sends'),
    'drain-does-not-set-txris': ('freebsd', 'hangs: sends'),
}

cases = failures = 0


def case(good, title, *said):
    global cases, failures
    cases += 1
    failures += not good
    print(f'{"ok" if good else "not ok"} {cases} - {title}', flush=True)
    if not good:
        for text in said:
            print(*(f'# {line}' for line in str(text).split('\n')), sep='\n')


class Verdicts:
    """What the judge printed, as {guest: text} and {behaviour: text}."""

    def __init__(self, judge, *args):
        done = subprocess.run([judge, *args], text=True, errors='replace',
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.guests, self.behaviours = {}, {}
        for part in self.out.split('\n\n'):
            lines = part.rstrip('\n').split('\n')
            if lines[0].endswith('guest'):
                self.guests = self.column(lines, 'guest')
            elif lines[0].endswith('behaviour'):
                self.behaviours = self.column(lines, 'behaviour')

    @staticmethod
    def column(lines, title):
        at = lines[0].index(title)
        return {line[at:]: line[:at].rstrip() for line in lines[1:]}

    def lost(self):
        return {g: v for g, v in self.guests.items() if v != 'works'}

    def differs(self):
        return {b for b, v in self.behaviours.items() if v == 'differs'}


def plug_in(made, sources, include, *flags):
    """A shared object of which the judge is told."""
    subprocess.run([*os.environ.get('CC', 'cc').split(), '-std=c11', '-O1', '-w',
                    '-fPIC', '-shared', '-Wl,-Bsymbolic', '-o', made,
                    f'-I{include}', *sources, *flags],
                   check=True)
    return made


def broken_library(place):
    """This library as a model, with the three patches."""
    for part in ('src', 'common', 'backends', 'include'):
        subprocess.run(['cp', '-r', ROOT / part, place / part], check=True)
    for name in BREAKAGES:
        subprocess.run(['patch', '-p1', '--batch', '--silent', '-i',
                        ROOT / f'tests/breakages/{name}.patch'],
                       cwd=place, check=True)
    sources = [HERE / 'builtin.c', HERE.parent / 'spec/spec.c',
               *(path for part in ('src', 'common', 'backends')
                 for path in sorted((place / part).glob('*.c')))]
    return plug_in(place / 'broken.so', sources, place / 'include',
                   '-Wl,--defsym,vpl011_judge_model=model_library')


def built_in(judge):
    for name in ('library', 'specification'):
        v = Verdicts(judge, '--model', name)
        case(v.guests and not v.lost(), f'the {name} loses none of '
             f'{len(v.guests)} guests', v.lost())
        tried = [b for b, text in v.behaviours.items() if text != '-']
        case(len(tried) >= 40 and not v.differs(),
             f'the {name} has all {len(tried)} behaviours', v.differs())
        case(v.status == 0, f'the {name} is no failure', v.status, v.err)
        case('\033' not in v.out and not v.err, f'plain in a pipe: {name}', v.err)


def breakages(judge):
    with tempfile.TemporaryDirectory(prefix='judge-') as place:
        broken = broken_library(Path(place))
        v = Verdicts(judge, '--model', broken)
        for name, (guest, verdict) in BREAKAGES.items():
            case(verdict in v.guests.get(guest, ''), f'{name}: {guest} {verdict}',
                 v.guests.get(guest), v.err)
        case({'V.10 RXRIS is a level: it stays while the characters do, whatever '
              'UARTICR says',
              'what is sent in loopback is received, and never leaves'} <= v.differs(),
             'the behaviours that the patches break differ', v.differs())
        traced = Verdicts(judge, '--model', broken, '--trace', 'arceos').out
        case(re.search(r'read  UARTFR .* RXFE .*\n +far end: sends .\w.*\n'
                       r'(.*rises\n)? +\d+ \| write UARTICR', traced),
             'the trace shows the character that was acknowledged unseen', traced)


def plugged_in(judge):
    with tempfile.TemporaryDirectory(prefix='judge-') as place:
        toy = plug_in(Path(place) / 'toy.so', [HERE / 'toy.c'],
                      ROOT / 'include')
        v = Verdicts(judge, '--model', toy)
        case(v.out.startswith('toy 1.0 '), 'a model of others has its name', v.out[:200])
        case(v.guests.get('linux-earlycon-8') == 'works',
             'a guest that only sends works on it', v.guests)
        case(v.guests.get('u-boot') == 'loses 494: typed, pasted, both',
             'a guest loses what it has no room for', v.guests.get('u-boot'))
        case(v.guests.get('haiku', '').startswith('garbles: '),
             'without loopback a probe reaches the line', v.guests.get('haiku'))
        case(v.guests.get('arceos', '').startswith('hangs: typed'),
             'a character that is acknowledged unseen is the last', v.guests.get('arceos'))
        case(v.behaviours.get('V.14 errors stay with their character, and UARTRSR '
                              'follows the last one read') == '-',
             'what it cannot do is not held against it', v.behaviours)
        case(v.status == 1, 'a lost guest is a failure', v.status)


def command_line(judge):
    v = Verdicts(judge, '--model', '/nowhere.so')
    case(v.status == 2 and 'no model' in v.err, 'no such model', v.status, v.err)
    v = Verdicts(judge, '--model', 'library', '--guest', 'nobody')
    case(v.status == 2 and 'no such guest' in v.err, 'no such guest', v.err)
    ours, theirs = os.openpty()
    subprocess.run([judge, '--model', 'library', '--guest', 'xen'], stdout=theirs,
                   check=True)
    shown = os.read(ours, 4096).decode()
    case('\033[32mworks\033[0m' in shown, 'colours on a terminal', shown)


def qemu(judge, document):
    v = Verdicts(judge, '--model', 'qemu', '--markdown')
    if v.status == 2:
        print(f'1..0 # SKIP {v.err.strip()}')
        sys.exit(0)
    version = re.search(r'^## (QEMU (\S+))$', v.out, re.M)
    lost = dict(re.findall(r'^\| (\S+) \| (.*) \|$', v.out, re.M))
    differs = set(re.findall(r'^\| ([^|]+) \|$', v.out, re.M))

    def is_in(texts, begin):
        return any(text.startswith(begin) for text in texts)

    # RX acknowledged after the last look; with input left; TX before the FIFO.
    for guest in ('arceos', 'helenos-kernel', 'circle-one'):
        case('hangs: typed' in lost.get(guest, ''), f'{guest} acknowledges a '
             'character unseen, and hears no more', lost.get(guest))
    for guest in ('rtems', 'linux-kgdb'):
        case('hangs: pasted' in lost.get(guest, ''),
             f'{guest} leaves characters, and hears no more', lost.get(guest))
    for guest in ('linux-amba', 'u-boot', 'edk2', 'xen'):
        case(guest not in lost, f'{guest} works', lost.get(guest))
    if version and version[2].startswith('7.2'):
        case('garbles' in lost.get('haiku', '') and 'garbles' in lost.get('linux-3.x', ''),
             'without loopback a probe reaches the line', lost)
        for begin in ('V.10 ', 'V.11 ', 'V.15 ', 'V.19 ', 'V.21 ',
                      'reset undoes everything'):
            case(is_in(differs, begin), f'differs: {begin}', differs)

    text = document.read_text(encoding='utf-8')
    published = text[text.index('## QEMU'):]

    def timeless(section):
        return re.sub(r'Judged on \S+\.', '', section).strip()
    if version and version[1] in published:
        case(timeless(published) == timeless(v.out), 'docs/judge.md is up to date: '
             'replace its end by vpl011-judge --model qemu --markdown', v.out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('judge')
    parser.add_argument('--breakages', action='store_true')
    parser.add_argument('--qemu', type=Path, metavar='DOCUMENT')
    args = parser.parse_args()
    if args.qemu:
        qemu(args.judge, args.qemu)
    elif args.breakages and not shutil.which('patch'):
        print('1..0 # SKIP patch is not installed')
        return 0
    elif args.breakages:
        breakages(args.judge)
    else:
        built_in(args.judge)
        plugged_in(args.judge)
        command_line(args.judge)
    print(f'1..{cases}')
    return 1 if failures or not cases else 0


if __name__ == '__main__':
    sys.exit(main())
