# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The systemd unit of the daemon, as far as it can be checked without a systemd
that runs."""

import os
import re
import shutil
import subprocess

from consoles import DAEMON, Place, main, note, same, true

UNIT = os.environ['UNIT']

# [tenths] What systemd calls "safe" ends at 2.0 and less.
EXPOSURE = 20


def analyzed(place, *words):
    """Of an instance of it, which runs the daemon of this build."""
    path = place.path('vpl011-consoled@daemon.service')
    with open(UNIT, encoding='utf-8') as file:
        text = re.sub(r'(?m)^(ExecStart=)\S+', rf'\1{DAEMON}', file.read())
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    return subprocess.run(
        ['systemd-analyze', *words, '--no-pager', path],
        capture_output=True,
        text=True,
        timeout=60,
    )


def systemd_has_no_complaint():
    with Place() as place:
        r = analyzed(place, 'verify', '--man=no')
        same((r.returncode, r.stderr), (0, ''), 'verify')


def little_is_exposed():
    with Place() as place:
        r = analyzed(
            place, 'security', '--offline=true', f'--threshold={EXPOSURE}'
        )
        note(r.stdout.strip().splitlines()[-1])
        same(r.returncode, 0, r.stdout + r.stderr)


def the_options_that_it_gives_are_known():
    with open(UNIT, encoding='utf-8') as file:
        command = re.search(r'(?m)^ExecStart=(.*)', file.read()).group(1)
    told = subprocess.run(
        [DAEMON, '--help'], capture_output=True, text=True, timeout=20
    ).stdout
    given = re.findall(r' (--[a-z-]+)', command)
    true(given, command)
    for option in given:
        true(f'  {option} ' in told, option)


if not shutil.which('systemd-analyze'):
    print('1..0 # SKIP no systemd-analyze here')
else:
    main(
        systemd_has_no_complaint,
        little_is_exposed,
        the_options_that_it_gives_are_known,
    )
