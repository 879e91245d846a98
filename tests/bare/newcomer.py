# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The programs in scripts/ under bad conditions: no network, no root, a full disk,
tools that are missing, options in any order."""

import os
import pathlib
import re
import shutil
import sys
import tempfile

from root import namespace
from tap import SOURCE, done, ok, run, skip
from tree import files

SCRIPTS = SOURCE / 'scripts'
sys.path.insert(0, str(SCRIPTS))
import run_suites  # noqa: E402
from progress import Steps  # noqa: E402

# What lib.sh uses, without apt-get and sudo.
TOOLS = 'awk cat cut df dirname dpkg-query env grep head mktemp rm sed sh tail tr'
OFFLINE = """\
#!/bin/sh
case "$*" in
*update*)
    echo "Err:1 http://deb.example bookworm InRelease"
    echo "W: Failed to fetch http://deb.example/InRelease  Could not resolve 'deb.example'"
    ;;
*install*)
    echo "E: Unable to locate package libvpl011-no-such" >&2
    exit 100
    ;;
esac
"""
NEEDS = """\
set -eu
root=$1
. "$root/scripts/lib.sh"
is_debian_12_() { true; }
packages_need base
"""
# A disk of a MiB for a build.
FULL = """\
set -e
mount -t tmpfs -o size=1m none "$1/build"
cd "$1"
timeout 120 scripts/test --no-install
"""
FULL_LOG = """\
set -e
mount -t tmpfs -o size=4k none "$1/build"
head -c 4096 /dev/zero >"$1/build/all"
root=$1
. "$root/scripts/lib.sh"
quietly "building" "$root/build/log" sh -c 'echo much && exit 1'
"""


def program(path, text):
    path.write_text(text, encoding='utf-8')
    path.chmod(0o755)


def stubs(place, user, apt):
    """A directory of commands, all there are."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name in TOOLS.split():
        found = shutil.which(name)
        if found:
            (place / name).symlink_to(found)
    program(place / 'id', f'#!/bin/sh\necho {user}\n')
    program(place / 'apt-get', apt)
    return {'PATH': str(place), 'TMPDIR': str(place)}


def installing(place):
    tree = place / 'tree'
    (tree / 'scripts').mkdir(parents=True)
    shutil.copy(SCRIPTS / 'lib.sh', tree / 'scripts')
    (tree / 'scripts/packages').write_text(
        'libvpl011-no-such base cmd=libvpl011-no-such # is nowhere\n',
        encoding='utf-8',
    )
    need = ['sh', '-c', NEEDS, 'test', tree]

    status, _, said = run(need, stubs(place / 'bin', 0, OFFLINE))
    ok(
        status == 1 and 'offline?' in said and 'Could not resolve' in said,
        'offline: the cause is told, not what follows from it',
        said,
    )
    status, _, said = run(need, stubs(place / 'bin', 1000, '#!/bin/sh\necho ran\n'))
    ok(
        status == 1
        and 'run as root: apt-get install libvpl011-no-such' in said
        and 'is nowhere' in said
        and 'ran' not in said.split(),
        'neither root nor sudo: told what to run as root, and what for',
        said,
    )
    status, _, said = run(
        need, stubs(place / 'bin', 0, '#!/bin/sh\necho "N: $*"\n')
    )
    ok(
        status == 1 and 'still missing after' in said,
        'an installation that brings nothing is no success',
        said,
    )


def full_disk(place):
    command = namespace()
    names = ['full disk: a test run says so', 'full disk: a step says so']
    if not command:
        for name in names:
            skip(name, 'no mount namespace here')
        return
    tree = place / 'copy'
    for path in files():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(SOURCE / path, tree / path)
    (tree / 'build').mkdir()
    for name, script in zip(names, (FULL, FULL_LOG)):
        status, _, said = run([*command, 'sh', '-c', script, 'sh', tree])
        ok(
            status not in (0, 124) and 'the disk is full: ' in said,
            name,
            f'exit status {status}\n{said[-3000:]}',
        )


def sets():
    known = {'demo', 'linux', 'base', 'quick'}
    known |= {variant['name'] for variant in run_suites.VARIANTS}
    known |= set(run_suites.suites_of_tree())
    wrong = []
    of_package = {}
    text = (SCRIPTS / 'packages').read_text(encoding='utf-8')
    for line in re.sub(r'#.*', '', text).splitlines():
        if line.strip():
            name, words, probe = line.split()
            of_package[name] = set(words.split(','))
            wrong += [f'{name}: {s}' for s in of_package[name] - known]
            if not re.match(r'-$|(cmd|pc|file)=', probe):
                wrong.append(f'{name}: {probe}')
    ok(not wrong, 'scripts/packages names suites and builds', '\n'.join(wrong))

    def packages(*options):
        told = run([sys.executable, '-B', SCRIPTS / 'run_suites.py', '--sets', *options])
        wanted = set(told[1].split())
        return {name for name, of in of_package.items() if of & wanted}

    base = {name for name, of in of_package.items() if 'base' in of}
    ok(
        packages('--suite', 'model') == base | {'spin'},
        'a suite by name brings what it needs and no more',
        packages('--suite', 'model'),
    )
    s390x = packages('--build', 's390x', '--suite', 'conformance') - base
    ok(
        s390x == {'gcc-s390x-linux-gnu', 'libc6-dev-s390x-cross', 'qemu-user'},
        'and so does a build',
        s390x,
    )
    quick = packages() - base
    ok(
        'python3' in base and not {'clang', 'git', 'valgrind'} & quick,
        'and no name brings the quick suites only',
        quick,
    )


def steps(place):
    times = place / 'times.json'
    first = Steps(times, {'build': 100})
    first.add('a', ['build', 'unit'])
    before = str(first)
    lines = [first.done(('a', 'build'), 60), first.done(('a', 'unit'), 240)]
    second = Steps(times, {})
    second.add('a', ['build', 'unit'])
    ok(
        lines == ['[1 of 2] ', '[2 of 2] ']
        and before == '[1 of 2, about 2 min left] '
        and str(second) == '[1 of 2, about 5 min left] ',
        'n of m, and the time left as it was the last time',
        f'{lines} {before} {second}',
    )


def skips_are_green(place):
    """TAP programs that lack a tool: a plan that says skip, and status 0."""
    bare = place / 'nothing'
    bare.mkdir()
    for name in ('breakages/run', 'mutation/run', 'proof/run', 'fuzz/engines'):
        status, out, said = run(
            [sys.executable, '-B', SOURCE / 'tests' / name]
            + ['--build', place / 'built'],
            {'PATH': str(bare), 'CC': ''},
        )
        ok(
            status == 0 and out.startswith('1..0 # SKIP '),
            f'{name}: a missing tool is a skip',
            f'exit status {status}\n{said}',
        )


def options():
    demo = SCRIPTS / 'demo'
    for words in (
        ['--linux', '--help'],
        ['--verbose', '--linux', '--help'],
        ['--stats', '--ring', '-h'],
    ):
        status, _, said = run(['timeout', '30', demo, *words])
        ok(
            status == 0 and said.startswith('usage: scripts/demo'),
            'demo ' + ' '.join(words) + ': the usage, and nothing is started',
            f'exit status {status}\n{said}',
        )
    with_a_runtime = dict(os.environ, XDG_RUNTIME_DIR=tempfile.mkdtemp())
    for words in (['--ring', '--stop'], ['--stop', '--ring']):
        # Where the packages are not here it says so before.
        status, _, said = run([demo, *words], with_a_runtime)
        ok(
            status == 1 and ('no guest runs' in said or 'missing' in said),
            'demo ' + ' '.join(words) + ': in this order, too',
            said,
        )
    os.rmdir(with_a_runtime['XDG_RUNTIME_DIR'] + f'/vpl011-demo-{os.getuid()}')
    os.rmdir(with_a_runtime['XDG_RUNTIME_DIR'])


with tempfile.TemporaryDirectory(prefix='libvpl011-newcomer-') as scratch:
    scratch = pathlib.Path(scratch)
    installing(scratch)
    full_disk(scratch)
    sets()
    steps(scratch)
    skips_are_green(scratch)
    options()
done()
