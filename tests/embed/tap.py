# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Shared by the embed and style tests: TAP cases, and commands run for them.

Meson gives in the environment: SOURCE_ROOT, BUILD_ROOT, CC (the compiler of
the build, in words), VERSION, SONAME, SANITIZE (b_sanitize of the build).
debian/tests/embed gives PACKAGES, which are installed: then they are tested, and
not the build.
"""

import fcntl
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ['SOURCE_ROOT'])
BUILD = pathlib.Path(os.environ['BUILD_ROOT'])
CC = shlex.split(os.environ['CC'])
INCLUDES = [f'-I{SOURCE / "include"}']
PACKAGES = os.environ.get('PACKAGES', '').split()

count = 0
failed = 0


def note(text):
    for line in str(text).splitlines():
        print(f'# {line}')


def ok(good, name, why=''):
    """One case; `why` is said where it failed."""
    global count, failed
    count += 1
    print(f'{"ok" if good else "not ok"} {count} - {name}', flush=True)
    if not good:
        failed += 1
        note(why)
    return bool(good)


def skip(name, reason):
    global count
    count += 1
    print(f'ok {count} - {name} # SKIP {reason}', flush=True)


def skip_all(reason):
    print(f'1..0 # SKIP {reason}')
    sys.exit(0)


def done():
    print(f'1..{count}')
    sys.exit(1 if failed else 0)


def run(command, env=None, cwd=None):
    """(exit status, standard output, all output) of a command."""
    # LC_ALL: what tools say is compared.
    env = dict(os.environ, LC_ALL='C', **(env or {}))
    result = subprocess.run(
        [str(word) for word in command],
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors='replace',
    )
    return result.returncode, result.stdout, result.stdout + result.stderr


def command_ok(name, command, env=None, cwd=None):
    """A case that a command ends with status 0; its standard output."""
    status, out, everything = run(command, env, cwd)
    said = ' '.join(str(word) for word in command)
    ok(status == 0, name, f'{said}\nexit status {status}\n{everything}')
    return out


def need_plain_build():
    """Skip where the build is not what a consumer would get."""
    if os.environ['SANITIZE'] != 'none':
        skip_all('the build has sanitizers in it: not what is installed')


def install(root):
    """Install the build into root, as a case, unless packages are tested. Meson
    keeps one log of what it has installed, which `ninja uninstall` goes by: that
    of the user stays."""
    if PACKAGES:
        return
    log = BUILD / 'meson-logs/install-log.txt'
    command = ['meson', 'install', '-C', BUILD, '--no-rebuild']
    with open(BUILD / 'meson-logs/.install-lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = log.read_bytes() if log.exists() else None
        try:
            command_ok('meson install', [*command, '--destdir', root])
        finally:
            if kept is None:
                log.unlink(missing_ok=True)
            else:
                log.write_bytes(kept)


def installed_in(root):
    """The files of what install() has installed into root, or of the packages."""
    if not PACKAGES:
        return sorted(p for p in root.rglob('*') if not p.is_dir())
    told = command_ok('dpkg -L', ['dpkg', '-L', *PACKAGES])
    paths = (pathlib.Path(line) for line in told.splitlines())
    return sorted({p for p in paths if p.is_absolute() and not p.is_dir()})


def pkg_config_env(root, libraries):
    """What pkg-config and a program need for what lies in root; packages are
    where both look."""
    if PACKAGES:
        return {}
    return {
        'PKG_CONFIG_LIBDIR': str(libraries / 'pkgconfig'),
        'PKG_CONFIG_SYSROOT_DIR': str(root),
        'LD_LIBRARY_PATH': str(libraries),
    }


def symbols(objects):
    """What objects define, what they need of others, and their variables."""
    defined = set()
    needed = set()
    data = []
    for line in run(['nm', '-A', *objects])[1].splitlines():
        kind, symbol = line.split()[-2:]
        if kind == 'U':
            needed.add(symbol)
        elif kind.isupper():
            defined.add(symbol)
        if kind in 'dDbBC':
            data.append(symbol)
    return defined, needed - defined, data


def tool(*names):
    """The first of the commands that is here, or None."""
    return next((name for name in names if shutil.which(name)), None)


def scratch():
    """A directory that goes with the test."""
    return tempfile.TemporaryDirectory(prefix='libvpl011-embed-')
