# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The files of the source tree: those of git, or of an unpacked archive."""

import os
import pathlib
import subprocess

from tap import SOURCE


def files():
    """Paths relative to the top, sorted; new files that git has not seen too."""
    command = ['git', 'ls-files', '-z', '--cached', '--others']
    told = None
    if (SOURCE / '.git').exists():
        try:
            told = subprocess.run(
                command + ['--exclude-standard'],
                cwd=SOURCE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=True,
            ).stdout
        except (OSError, subprocess.CalledProcessError):
            pass
    if told is not None:
        found = [pathlib.Path(os.fsdecode(p)) for p in told.split(b'\0') if p]
    else:
        found = []
        for place, folders, names in os.walk(SOURCE):
            here = pathlib.Path(place).relative_to(SOURCE)
            folders[:] = [
                f
                for f in folders
                if f not in ('.git', '.cache', '__pycache__')
                and not (len(here.parts) == 0 and f.startswith('build'))
                and here.parts[:1] != ('subprojects',)
            ]
            found += [here / name for name in names]
    return sorted(p for p in found if (SOURCE / p).is_file())
