# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The tree without a build system: the README's commands, and the files that
they name are those that Meson builds.

usage: plain.py CORE_SOURCE... -- [POSIX_SOURCE...]
"""

import pathlib
import re
import shlex
import sys

from tap import CC, SOURCE, command_ok, done, ok, run, scratch

WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Werror']
SHOWS = {'minimal': 'guest received 100 of 100', 'embed': 'hello\4'}

text = (SOURCE / 'README.md').read_text(encoding='utf-8')
section = text[text.index('### Without a build system') :]
commands = re.findall(r'^cc (.*)$', re.search(r'```sh\n(.*?)```', section, re.S)[1], re.M)
ok(len(commands) == 2, 'README.md has a command for the core, and one for posix')

split = sys.argv.index('--')
built = [{pathlib.Path(name).resolve() for name in sys.argv[1:split]}]
built += [built[0] | {pathlib.Path(name).resolve() for name in sys.argv[split + 1 :]}]

with scratch() as place:
    for command, files in zip(commands, built):
        words = []
        named = set()
        for word in shlex.split(command):
            found = sorted(SOURCE.glob(word)) if '*' in word else []
            named |= {path.resolve() for path in found}
            words += found or [word]
        program = pathlib.Path(place) / pathlib.Path(words.pop()).name
        if program.name == 'embed' and files == built[0]:
            continue  # configured without libvpl011-posix
        ok(named == files, f'{program.name}: it has the files that Meson builds', named ^ files)
        command_ok(f'{program.name}: builds', [*CC, *WARNINGS, *words, program], cwd=SOURCE)
        status, out, said = run(['sh', '-c', f"printf 'hello\\004' | {program}"])
        ok(status == 0 and SHOWS[program.name] in out, f'{program.name}: runs', said)
done()
