# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The Debian packages: built twice, in roots with what debian/control asks for and
nothing else, without a network; the same each time; lintian clean and hardened;
installed in another root, where autopkgtest runs the suite embed against them."""

import concurrent.futures
import hashlib
import os
import pathlib
import re
import shutil
import tempfile

from hardening import hardened, lacks_of_an_unhardened_library
from root import STATUS, Root, closure, installed, namespace
from tap import SOURCE, done, note, ok, run, skip, skip_all, tool
from tree import files

NAME = f'libvpl011-{os.environ["VERSION"]}'
# Where, and under what circumstances; none of these may be seen in a package.
BUILDS = {
    'one': ('build', 'umask 022; export TZ=UTC LC_ALL=C.UTF-8', 2),
    'other': ('home/somebody/else', 'umask 002; export TZ=Pacific/Kiritimati LC_ALL=C', 1),
}
# They run already in other suites.
OPTIONS = 'export DEB_BUILD_OPTIONS="nocheck parallel={jobs}"'
# What is root in a user namespace of its own, has no other users there.
ONE_USER = '--map-root-user'
USER = 'setpriv --reuid=1000 --regid=1000 --clear-groups'


def fields(path):
    """The paragraphs of a control file."""
    for text in path.read_text(encoding='utf-8').split('\n\n'):
        yield dict(re.findall(r'^([A-Z][\w-]*):((?:.*)(?:\n .*)*)', text, re.M))


def names(depends):
    """The first choices of a list of dependencies."""
    return re.findall(r'(?:^|,)\s*([\w.+-]+)', depends)


def root_of(wanted, here, command):
    packages, missing = closure(wanted, here)
    root = Root(pathlib.Path(tempfile.mkdtemp(prefix='libvpl011-debian-')), command)
    status, said = root.fill(packages)
    root.register(packages)
    ok(status == 0 and not missing, f'a root of {len(packages)} packages', f'{missing} {said}')
    return root


def copy_tree(place):
    for path in files():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SOURCE / path, place / path, follow_symlinks=False)


def build(root, name):
    place, circumstances, jobs = BUILDS[name]
    place = root.place / place
    copy_tree(place / NAME)
    as_user = ''
    if ONE_USER not in root.command:
        for path in (place, *place.rglob('*')):
            os.lchown(path, 1000, 1000)
        as_user = USER
    status, said = root.run(
        f'cd /{BUILDS[name][0]}/{NAME}\n{circumstances}\n{OPTIONS.format(jobs=jobs)}\n'
        f'{as_user} dpkg-buildpackage --unsigned-source --unsigned-changes'
    )
    return place, status, said


def sums(place):
    """Of what is published; the .buildinfo tells where it was built, and when."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(place.iterdir())
        if path.suffix in ('.deb', '.dsc', '.xz')
    }


def build_twice(root):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        built = list(pool.map(lambda name: build(root, name), BUILDS))
    for name, (place, status, said) in zip(BUILDS, built):
        said = '\n'.join(said.splitlines()[-60:])
        if not ok(status == 0, f'dpkg-buildpackage: {name}', said):
            done()
    one, other = (sums(place) for place, _, _ in built)
    wrong = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    ok(len(one) > 10 and not wrong, 'both builds are the same, byte for byte', wrong)
    return built[0][0]


def lintian(place):
    changes = next(place.glob('*.changes'))
    status, out, said = run(
        ['lintian', '--allow-root', '--display-info', '--pedantic']
        + ['--tag-display-limit', '0', '--fail-on', 'error,warning,info,pedantic', changes]
    )
    ok(status == 0 and not out.strip(), 'lintian says nothing', said)


def needed_for_tests():
    wanted = ['apt', 'autopkgtest']
    for paragraph in fields(SOURCE / 'debian/tests/control'):
        wanted += names(paragraph['Depends'])
    return wanted


def use(here, command, place):
    """Install the packages where there is no source tree, and test them there."""
    packages = sorted(p for p in place.glob('*.deb') if '-dbgsym_' not in p.name)
    built = {package.name.partition('_')[0] for package in packages}
    wanted = needed_for_tests()
    for package in packages:
        for field in ('Pre-Depends', 'Depends'):
            wanted += names(run(['dpkg-deb', '--field', package, field])[1])
    root = root_of([name for name in wanted if name not in built], here, command)
    try:
        (root.place / 'given').mkdir()
        for path in (*packages, *place.glob('*.dsc'), *place.glob('*.tar.xz')):
            shutil.copy(path, root.place / 'given')
        status, said = root.run(
            'cd /given; export LC_ALL=C.UTF-8; autopkgtest *.dsc *.deb -- null'
        )
        passed = re.search(r'^embed +PASS$', said, re.M)
        ok(status == 0 and passed, 'autopkgtest: the suite embed, on what is installed', said)
        note(f'{len(re.findall("^ok ", said, re.M))} cases')
        status, said = root.run(
            f'dpkg --purge {" ".join(sorted(built))} >/dev/null; find / -xdev -path /given'
            ' -prune -o -path /tmp -prune -o -name "*vpl011*" -print'
        )
        ok(status == 0 and not said.strip(), 'and nothing of it is left when it is purged', said)
    finally:
        root.remove()


def main():
    command = namespace()
    if not STATUS.exists():
        skip_all('not a Debian system: there are no packages to take')
    if not command:
        skip_all('no mount namespace here, or no chroot in it')
    if not tool('lintian'):
        skip_all('no lintian here')
    here = installed()
    source = next(fields(SOURCE / 'debian/control'))
    wanted = ['build-essential']
    for field in ('Build-Depends', 'Build-Depends-Indep'):
        wanted += names(source[field])
    tested = [name for name in needed_for_tests() if name != '@']
    missing = closure(wanted + tested, here)[1]
    if missing:
        skip_all('not installed here: ' + ' '.join(sorted(missing)))
    # Neither a build nor a test of it may fetch anything.
    command = [*command, '--net']
    root = root_of(wanted, here, command)
    try:
        place = build_twice(root)
        lintian(place)
        hardened(place)
        lacks_of_an_unhardened_library()
        if ONE_USER in command:
            skip('autopkgtest', 'not root: its su has no users to change to')
        else:
            use(here, command, place)
    finally:
        root.remove()
    done()


main()
