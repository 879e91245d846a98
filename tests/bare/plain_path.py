# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The plain path of the README, to the letter, in a root with the packages that
it names and nothing else, and with nothing in the environment but a path."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile

from root import STATUS, Root, closure, installed, namespace
from tap import SOURCE, done, note, ok, skip_all
from tree import files

BLOCK = re.compile(r'^```sh\n((?:(?!```).*\n)*?.*apt-get install(?:.*\n)*?)^```$', re.M)
TREE = pathlib.Path('root/libvpl011')
# Long suites that need what a bare root has not; mutation would run.
LACKING = ('breakages', 'differential', 'guests', 'model', 'proof')


def last(said):
    """What tells why, of a long output."""
    lines = [line for line in said.splitlines() if ' OK  ' not in line]
    return '\n'.join(lines[-60:])


def git(tree, *words):
    """What it prints; nobody's configuration has a say."""
    return subprocess.run(
        ['git', '-c', 'user.name=test', '-c', 'user.email=test@localhost']
        + ['-c', f'safe.directory={tree}', '-C', str(tree), *words],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={'PATH': '/usr/bin:/bin', 'GIT_CONFIG_NOSYSTEM': '1', 'HOME': '/nonexistent'},
    ).stdout


def clone(tree):
    for path in files():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(SOURCE / path, tree / path)
    git(tree, 'init', '--quiet')
    git(tree, 'add', '--all')
    git(tree, 'commit', '--quiet', '--message', 'as it is')


def counted(said, what):
    found = re.findall(rf'^{what}:\s+(\d+)', said, re.M)
    return int(found[-1]) if found else -1


def left_installed(root):
    return '\n'.join(
        str(path)
        for path in (root.place / 'usr/local').rglob('*')
        if 'vpl011' in path.name and not path.is_dir()
    )


def plain(root, block):
    status, said = root.run(f'cd /{TREE}\n{block}')
    if not ok(status == 0, 'every command of the README works', last(said)):
        log = root.place / TREE / 'build/meson-logs/testlog.json'
        for line in log.read_text().splitlines() if log.exists() else ():
            test = json.loads(line)
            if test['result'] in ('FAIL', 'ERROR', 'TIMEOUT'):
                note(f'{test["name"]}: {test["result"]}')
                note(test.get('stdout', '')[-3000:])
                note(test.get('stderr', '')[-1000:])
        return
    # What gcc says of all there is where it optimises: the other builds of it
    # compile what they run.
    warnings = [line for line in said.splitlines() if 'warning: ' in line]
    ok(not warnings, 'and no compiler warns', '\n'.join(warnings))
    ok(
        counted(said, 'Ok') > 80 and counted(said, 'Fail') == 0,
        'meson test runs the quick suites',
        last(said),
    )
    ok(
        'guest received 100 of 100 characters' in said,
        'the example runs, linked with what was installed',
        last(said),
    )
    left = left_installed(root)
    ok(not left, 'uninstall leaves nothing', left)
    status, said = root.run(
        f'cd /{TREE}; meson install -C build >/dev/null;'
        ' meson test -C build installed; ninja -C build uninstall'
    )
    left = left_installed(root)
    ok(
        status == 0 and not left,
        'and nothing where tests ran since the installation',
        left + last(said),
    )
    told = git(root.place / TREE, 'status', '--porcelain')
    ok(not told, 'git status is clean', told)


def lacking(root):
    """Green, and a reason for each, with what is here and with less."""
    suites = ' '.join(f'--suite {name}' for name in LACKING)
    status, said = root.run(f'cd /{TREE}; meson test -C build {suites}')
    ok(
        status == 0 and counted(said, 'Skipped') > 5,
        'long suites that lack something are skipped',
        last(said),
    )

    def tests(build):
        status, said = root.run(
            f'cd /{TREE}; meson setup build/{build} >/dev/null;'
            f' meson introspect --tests build/{build}'
        )
        return status, said.count('"suite"'), said

    with_it = tests('with')[1]
    for path in root.place.glob('usr/bin/*pkg-conf*'):
        path.unlink()
    for path in root.place.glob('usr/bin/*pkg*conf*'):
        path.unlink()
    status, count, said = tests('without')
    ok(
        status == 0 and count == with_it > 80,
        'without pkg-config the tests are the same',
        f'{count}, and {with_it} with it\n{last(said)}',
    )
    (root.place / 'usr/include/cmocka.h').unlink()
    # What was compiled with it stays so.
    status, said = root.run(
        f'cd /{TREE}; meson configure --clearcache build;'
        ' meson setup --reconfigure build; meson test -C build'
        ' --suite unit --suite conformance'
    )
    ok(
        status == 0
        and counted(said, 'Ok') > 10
        and 'cmocka is not found' in said,
        'without cmocka the others run, and setup says why',
        last(said),
    )
    told = git(root.place / TREE, 'status', '--porcelain')
    ok(not told, 'git status is still clean', told)


def main():
    readme = (SOURCE / 'README.md').read_text(encoding='utf-8')
    block = BLOCK.search(readme)
    if not ok(block, 'README.md has a block with apt-get install'):
        done()
    block = block[1]
    words = re.search(r'apt-get install (.*)', block)[1].split()
    names = [word for word in words if not word.startswith('-')]
    command = namespace()
    if not STATUS.exists():
        skip_all('not a Debian system: there are no packages to take')
    if not command:
        skip_all('no mount namespace here, or no chroot in it')
    if not shutil.which('git'):
        skip_all('no git here')
    packages, missing = closure(names, installed())
    if missing:
        skip_all('not installed here: ' + ' '.join(sorted(missing)))
    root = Root(
        pathlib.Path(tempfile.mkdtemp(prefix='libvpl011-bare-')), command
    )
    try:
        status, said = root.fill(packages)
        if not ok(status == 0, f'a root of {len(packages)} packages', said):
            done()
        # They are there.
        apt = root.place / 'usr/bin/apt-get'
        apt.unlink(missing_ok=True)
        apt.write_text('#!/bin/sh\n', encoding='utf-8')
        apt.chmod(0o755)
        clone(root.place / TREE)
        plain(root, block)
        lacking(root)
    finally:
        root.remove()
    done()


main()
