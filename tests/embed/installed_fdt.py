# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The installed libvpl011-fdt, used as an embedder would."""

import os
import pathlib

from tap import CC, PACKAGES, SOURCE
from tap import command_ok, done, install, installed_in, need_plain_build, ok
from tap import pkg_config_env, run, scratch, skip, skip_all, tool

need_plain_build()
if not tool('pkg-config'):
    skip_all('no pkg-config here')

WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Werror']
CONSUMER = SOURCE / 'tests/embed/consumer_fdt.c'
VERSION = os.environ['VERSION']

with scratch() as place:
    place = pathlib.Path(place)
    root = pathlib.Path('/') if PACKAGES else place / 'root'
    install(root)
    installed = {p.name: p for p in installed_in(root)}
    pc = installed.get('libvpl011-fdt.pc')
    ok(pc, 'libvpl011-fdt.pc is installed')
    ok('fdt.h' in installed, 'fdt.h is installed')
    shared = installed.get('libvpl011-fdt.so')
    static = installed.get('libvpl011-fdt.a')
    env = pkg_config_env(root, pc.parent.parent) if pc else {}

    def flags(package, *options):
        words = ['pkg-config', *options, package]
        status, out, everything = run(words, env)
        ok(status == 0, ' '.join(words), everything)
        return out.split()

    def build_and_run(name, compiler, options, libs):
        program = place / 'program'
        program.unlink(missing_ok=True)
        command_ok(
            f'{name}: builds',
            [*compiler, *WARNINGS, *options, CONSUMER, '-o', program, *libs],
        )
        status, out, everything = run([program], env)
        ok(
            status == 0 and out == f'libvpl011-fdt {VERSION}\n',
            f'{name}: runs',
            f'exit status {status}\n{everything}',
        )

    told = flags('libvpl011-fdt', '--modversion')
    ok(told == [VERSION], 'the .pc file tells the version', told)
    told = flags('libvpl011-fdt', '--print-requires')
    ok(told == ['libvpl011'], 'it requires the core', told)
    told = flags('libvpl011', '--libs', '--static')
    ok('-lfdt' not in told, 'the core does not require libfdt', told)

    cflags = flags('libvpl011-fdt', '--cflags')
    if shared:
        # The program calls libfdt itself.
        libs = [*flags('libvpl011-fdt', '--libs'), '-lfdt']
        build_and_run('shared', CC, ['-std=c11', *cflags], libs)
        cxx = tool('g++', 'clang++')
        if cxx:
            options = ['-x', 'c++', '-std=c++17', *cflags]
            build_and_run('C++', [cxx], options, ['-x', 'none', *libs])
        else:
            skip('C++', 'no g++ and no clang++ here')
    else:
        skip('shared', 'configured without a shared library')
    if static:
        libs = flags('libvpl011-fdt', '--libs', '--static')
        options = ['-std=c11', *cflags]
        build_and_run('static', CC, options, ['-static', *libs])
    else:
        skip('static', 'configured without a static library')
done()
