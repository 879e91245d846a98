# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""oss_fuzz with clang: targets that run over the corpus they come with, compiled
and linked as the environment says."""

import pathlib
import sys
import zipfile

from tap import SOURCE, command_ok, done, ok, run, scratch, skip_all, tool

HERE = SOURCE / 'tests/fuzz'
TARGETS = sorted(p.stem.removeprefix('fuzz_') for p in HERE.glob('fuzz_*.c'))
ASAN = {
    'CC': 'clang',
    'CFLAGS': '-O1 -gline-tables-only -fsanitize=address,fuzzer-no-link',
    'CXX': 'clang++',
    'CXXFLAGS': '-fsanitize=address',
    'LIB_FUZZING_ENGINE': '-fsanitize=fuzzer',
}


def build(name, env, out):
    script = [sys.executable, '-B', HERE / 'oss_fuzz']
    command_ok(name, script, dict(env, OUT=str(out)))
    return [out / f'fuzz_{target}' for target in TARGETS]


def has_asan(program):
    return '__asan_init' in run(['nm', program])[1]


def corpus_of(program, place):
    with zipfile.ZipFile(f'{program}_seed_corpus.zip') as corpus:
        corpus.extractall(place)
    return place


if not tool('clang++'):
    skip_all('no clang here')
if not pathlib.Path('/usr/include/libfdt.h').exists():
    skip_all('no libfdt here')
with scratch() as place:
    place = pathlib.Path(place)
    for program in build('with libFuzzer and ASan', ASAN, place / 'asan'):
        corpus = corpus_of(program, place / program.name)
        committed = HERE / 'corpus' / program.name.removeprefix('fuzz_')
        same = {p.name for p in corpus.iterdir()} == {p.name for p in committed.iterdir()}
        ok(same, f'{program.name} comes with its corpus')
        # Each input once, and nothing that is new.
        status, _, said = run([program, '-runs=0', '-max_len=511', corpus])
        count = len(list(corpus.iterdir()))
        ok(
            status == 0 and f'INFO: seed corpus: files: {count} ' in said,
            f'{program.name} runs over it',
            said,
        )
        ok(has_asan(program), f'{program.name} has what CFLAGS say')
        needed = run(['readelf', '--dynamic', program])[1]
        ok('libfdt' not in needed, f'{program.name} needs no library of Debian', needed)

    engine = place / 'engine.o'
    command_ok('another engine', ['clang', '-c', HERE / 'replay.c', '-o', engine])
    env = {'CC': 'clang', 'CFLAGS': '-O0', 'LIB_FUZZING_ENGINE': str(engine)}
    for program in build('with that, without sanitizers and CXX', env, place / 'other'):
        status, _, said = run([program, HERE / 'corpus' / program.name.removeprefix('fuzz_')])
        ok(status == 0 and not has_asan(program), f'{program.name} runs by that engine', said)

    status, _, said = run(
        [sys.executable, '-B', HERE / 'oss_fuzz'], dict(env, CC='false', OUT=str(place / 'none'))
    )
    ok(status != 0 and 'backend' in said, 'a compiler that fails is an error', said)
    lacking = ['env', '-u', 'LIB_FUZZING_ENGINE', 'CC=clang', 'CFLAGS=-O0', 'OUT=/nonexistent']
    status, _, said = run([*lacking, sys.executable, '-B', HERE / 'oss_fuzz'])
    good = status != 0 and 'LIB_FUZZING_ENGINE is not set' in said
    ok(good, 'and so is a variable that is missing', said)
done()
