# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The installed library, used as an embedder would: cc and pkg-config."""

import os
import pathlib

from tap import CC, PACKAGES, SOURCE
from tap import command_ok, done, install, installed_in, need_plain_build, note
from tap import ok, pkg_config_env, run, scratch, skip, skip_all, tool

need_plain_build()
if not tool('pkg-config'):
    skip_all('no pkg-config here')

WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Werror']
CONSUMER = SOURCE / 'tests/embed/consumer.c'
MINIMAL = SOURCE / 'examples/minimal.c'
EMBED = SOURCE / 'examples/embed.c'
VERSION = os.environ['VERSION']
SONAME = os.environ['SONAME']
TOOLS = os.environ['TOOLS'].split()

with scratch() as place:
    place = pathlib.Path(place)
    root = pathlib.Path('/') if PACKAGES else place / 'root'
    install(root)
    installed = installed_in(root)
    pc = next((p for p in installed if p.name == 'libvpl011.pc'), None)
    ok(pc, 'libvpl011.pc is installed', '\n'.join(map(str, installed)))
    shared = next((p for p in installed if p.name == 'libvpl011.so'), None)
    static = next((p for p in installed if p.name == 'libvpl011.a'), None)

    # A package has documents, too, and its own list of files.
    if not PACKAGES:
        strange = [
            str(p.relative_to(root))
            for p in installed
            if not (
                p.name.startswith('libvpl011')
                or p.parent.name == 'vpl011'
                and p.suffix in ('.h', '.cmake')
                or p.parent.name == 'bin'
                and p.name in TOOLS
                or p.parent.name in ('man1', 'man7')
                and p.stem in (*TOOLS, 'vpl011-console-protocol')
            )
        ]
        ok(not strange, 'nothing but libraries, headers and tools', '\n'.join(strange))

    env = pkg_config_env(root, pc.parent.parent) if pc else {}

    def flags(*options, package='libvpl011'):
        words = ['pkg-config', *options, package]
        status, out, everything = run(words, env)
        ok(status == 0, ' '.join(words), everything)
        return out.split()

    def build_and_run(name, compiler, source, options, libs, expected):
        program = place / 'program'
        program.unlink(missing_ok=True)
        command_ok(
            f'{name}: builds',
            [*compiler, *WARNINGS, *options, source, '-o', program, *libs],
        )
        status, out, everything = run([program], env)
        ok(
            status == 0 and expected in out,
            f'{name}: runs',
            f'exit status {status}, expected {expected!r}:\n{everything}',
        )
        return program

    def needed(program):
        out = run(['readelf', '-d', program])[1]
        return [line for line in out.splitlines() if 'NEEDED' in line]

    told = flags('--modversion')
    ok(told == [VERSION], 'the .pc file tells the version', told)
    told = flags('--print-requires') + flags('--print-requires-private')
    ok(not told, 'the core requires no other package', told)
    cflags = flags('--cflags')

    if shared:
        libs = flags('--libs')
        c11 = ['-std=c11', *cflags]
        program = build_and_run('shared', CC, CONSUMER, c11, libs, VERSION)
        uses = [line for line in needed(program) if f'[{SONAME}]' in line]
        ok(uses, f'the program needs {SONAME}', needed(program))
        build_and_run(
            'minimal.c', CC, MINIMAL, c11, libs, 'received 100 of 100'
        )
        cxx = tool('g++', 'clang++')
        if cxx:
            options = ['-x', 'c++', '-std=c++17', *cflags]
            build_and_run(
                'C++', [cxx], CONSUMER, options, ['-x', 'none', *libs], VERSION
            )
        else:
            skip('C++', 'no g++ and no clang++ here')
    else:
        skip('shared', 'configured without a shared library')
    if static:
        libs = flags('--libs', '--static')
        program = build_and_run(
            'static',
            CC,
            CONSUMER,
            ['-std=c11', *cflags],
            ['-static', *libs],
            VERSION,
        )
        ok(not needed(program), 'the static program needs nothing')
        note(f'static program: {program.stat().st_size} bytes')
    else:
        skip('static', 'configured without a static library')

    for name in TOOLS:
        program = root / os.environ['BINDIR'].lstrip('/') / name
        manual = root / os.environ['MANDIR'].lstrip('/') / f'man1/{name}.1'
        either = {manual, manual.with_suffix('.1.gz')}
        ok(either & set(installed), f'{name} has a manual page')
        status, _, everything = run([program, '--help'], env)
        ok(status == 0, f'{name} runs where it is installed', everything)

    # By the line that the README shows.
    if any(p.name == 'libvpl011-posix.so' for p in installed):
        package = ['--cflags', '--libs']
        words = flags(*package, package='libvpl011-posix')
        embed = place / 'embed'
        command_ok(
            'embed.c: builds', [*CC, *WARNINGS, EMBED, '-o', embed, *words]
        )
        shell = f"printf 'hello\\004' | {embed}"
        status, out, everything = run(['sh', '-c', shell], env)
        ok(
            status == 0 and out == 'hello\4',
            'embed.c: runs',
            f'exit status {status}:\n{everything}',
        )

    # The libraries beside the core: a program that uses a function of theirs
    # finds all that they need, by the flags of their own package.
    others = [p.stem for p in installed if p.suffix == '.pc' and p != pc]
    for name in others if shared and static else []:
        archive = next((p for p in installed if p.name == f'{name}.a'), None)
        out = run(['nm', '-g', '--defined-only', archive])[1] if archive else ''
        symbols = [line.split()[2] for line in out.splitlines() if ' T ' in line]
        public = [symbol for symbol in symbols if not symbol.endswith('_')]
        if not ok(public, f'{name}: has functions', out):
            continue
        source = place / 'uses.c'
        source.write_text(
            ''.join(f'int {symbol}(void);\n' for symbol in public)
            + 'int main(void)\n{\n    int (*all[])(void) = {'
            + ', '.join(public)
            + '};\n    puts(all[0] ? "linked" : "");\n    return 0;\n}\n',
            encoding='utf-8',
        )
        options = ['-std=c11', '-include', 'stdio.h']
        options += flags('--cflags', package=name)
        libs = flags('--libs', package=name)
        build_and_run(name, CC, source, options, libs, 'linked')
        libs = ['-static', *flags('--libs', '--static', package=name)]
        build_and_run(f'{name} static', CC, source, options, libs, 'linked')
done()
