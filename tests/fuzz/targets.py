# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""What each fuzz target is made of, without a build system: for engines and
oss_fuzz, which have compilers of their own."""

import os
import signal
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
FLAGS = ['-std=c11', '-w', '-D_POSIX_C_SOURCE=200809L']


def all_targets():
    return sorted(p.stem.removeprefix('fuzz_') for p in HERE.glob('fuzz_*.c'))


def run(command, env, timeout):
    """A command in a group of its own, of which nothing is left."""
    process = subprocess.Popen(
        [str(word) for word in command], env=dict(os.environ, **env),
        text=True, errors='replace', stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True)
    try:
        said = process.communicate(timeout=timeout)[0]
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
    return subprocess.CompletedProcess(command, process.returncode, said)


class Target:
    def __init__(self, source, name):
        self.source, self.name = source, name
        self.corpus = HERE / 'corpus' / name
        self.libs = []
        self.flags = []
        self.sources = [HERE / f'fuzz_{name}.c',
                        *sorted(HERE.glob(f'{name}_*.c'))]
        for part in ('src', 'common', 'backends'):
            self.sources += sorted((source / part).glob('*.c'))
        if name == 'console':
            # Its main files and report.c are in the target's own.
            apart = ('consoled.c', 'client.c', 'list.c', 'report.c')
            self.sources += [path for path in
                             sorted((source / 'tools/console').glob('*.c'))
                             if path.name not in apart]
            self.sources += [source / 'src/posix' / path
                             for path in ('doorbell.c', 'shm.c')]
            self.flags = ['-D_GNU_SOURCE', f'-I{source}/tools/console']
            self.libs = ['-lpthread']
        if name == 'fdt':
            self.sources += sorted((source / 'src/fdt').glob('*.c'))
            self.libs = ['-lfdt']

    def build(self, objects, program, compiler, linker, env):
        """Make the program; what was said where that failed, or nothing. What is
        in objects is made once for all targets."""
        here = []
        for source in self.sources:
            place = source.relative_to(source.parents[1])
            here.append(objects / f'{str(place).replace("/", "-")}.o')
            if here[-1].exists():
                continue
            made = run([
                *compiler, *FLAGS, *self.flags, f'-I{self.source}/include',
                '-c', source, '-o', here[-1]], env, 300)
            if made.returncode:
                return made.stdout or f'exit status {made.returncode}'
        made = run([*linker, *here, *self.libs, '-o', program], env, 300)
        if made.returncode:
            return made.stdout or f'exit status {made.returncode}'
        return ''
