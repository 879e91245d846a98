# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""A Debian root with some packages and nothing else, made without a network.

Its files are those of packages that are installed here: the essential ones, the
named ones, and all that these depend on. Of the maintainer scripts' work only
what matters is done: the links of merged /usr, alternatives, the linker's cache.
"""

import os
import pathlib
import re
import shutil
import subprocess

STATUS = pathlib.Path('/var/lib/dpkg/status')
ALTERNATIVES = pathlib.Path('/var/lib/dpkg/alternatives')
INFO = pathlib.Path('/var/lib/dpkg/info')
MADE = ('/etc/dpkg/origins/default', '/etc/pam.d/common-*')
NOT_NEEDED = ('/usr/share/doc/', '/usr/share/locale/', '/usr/share/man/')
MERGED = ('bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32')
# A mount namespace, of a user namespace where that needs one.
NAMESPACES = (['unshare', '--mount'], ['unshare', '--map-root-user', '--mount'])
# gcc does not find its own parts without one, so this is all of the environment.
PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
INSIDE = """\
set -e
mount --rbind /proc "$1/proc"
mount --rbind /dev "$1/dev"
exec env -i PATH="$3" "$(command -v chroot)" "$1" /bin/sh -e -c "$2"
"""


def namespace():
    """The command that gives one in which mounting works, or None."""
    for command in NAMESPACES:
        try:
            tried = subprocess.run(
                [*command, 'sh', '-c', 'mount -t tmpfs none /mnt && chroot / true'],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except OSError:
            return None
        if tried.returncode == 0:
            return command
    return None


def installed():
    """Of each package here, and of what is provided: its paragraph."""
    packages = {}
    provided = {}
    for text in STATUS.read_text(encoding='utf-8').split('\n\n'):
        fields = dict(
            re.findall(r'^([A-Z][\w-]*): (.*(?:\n .*)*)', text, re.M)
        )
        if fields.get('Status') != 'install ok installed':
            continue
        packages.setdefault(fields['Package'], fields)
        for name in re.findall(r'[\w.+-]+', fields.get('Provides', '')):
            provided.setdefault(name, fields)
    return {**provided, **packages}


def closure(names, here):
    """Those packages, the essential ones, and what all depend on; and what is
    missing of that."""
    todo = [n for n, f in here.items() if f.get('Essential') == 'yes']
    todo += names
    taken = {}
    missing = []
    while todo:
        name = todo.pop()
        fields = here.get(name)
        if not fields:
            missing.append(name)
            continue
        if fields['Package'] in taken:
            continue
        taken[fields['Package']] = fields
        for field in ('Depends', 'Pre-Depends'):
            for either in fields.get(field, '').split(','):
                known = re.findall(r'(?:^|\|)\s*([\w.+-]+)', either)
                todo += [n for n in known if n in here][:1] or known[:1]
    return taken, missing


def copy_files(packages, root):
    listed = set()
    for fields in packages.values():
        name = fields['Package']
        lists = [INFO / f'{name}.list', INFO / f'{name}:{fields["Architecture"]}.list']
        for path in filter(pathlib.Path.exists, lists):
            listed.update(path.read_text(encoding='utf-8').split('\n'))
    # A diverted file has another name here than in its package.
    listed.add('/usr/bin/sh')
    paths = sorted(
        path
        for path in listed - {'', '/.'}
        if not path.startswith(NOT_NEEDED) and os.path.lexists(path)
    )
    for name in MERGED:
        if (pathlib.Path('/') / name).is_symlink():
            (root / 'usr' / name).mkdir(parents=True, exist_ok=True)
            (root / name).symlink_to('usr/' + name)
    pack = subprocess.Popen(
        ['tar', '-C', '/', '--no-recursion', '--null', '-T', '-', '-c'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    unpack = subprocess.Popen(
        ['tar', '-C', root, '--keep-directory-symlink', '--no-same-owner', '-x'],
        stdin=pack.stdout,
    )
    pack.stdin.write(b'\0'.join(path.lstrip('/').encode() for path in paths))
    pack.stdin.close()
    unpack.wait()


def link_alternatives(root):
    """As update-alternatives would, to the first that is in the root."""
    for path in ALTERNATIVES.iterdir():
        lines = path.read_text(encoding='utf-8').split('\n')
        slaves = lines[2 : lines.index('', 2)]
        links = [lines[1], *slaves[1::2]]
        names = [path.name, *slaves[0::2]]
        rest = lines[lines.index('', 2) + 1 :]
        size = len(links) + 1  # each choice: path, priority, paths of slaves
        for at in range(0, len(rest) - size, size):
            choice = [rest[at], *rest[at + 2 : at + size]]
            if not (root / choice[0].lstrip('/')).exists():
                continue
            (root / 'etc/alternatives').mkdir(parents=True, exist_ok=True)
            for name, link, target in zip(names, links, choice):
                link = root / link.lstrip('/')
                here = root / 'etc/alternatives' / name
                if target and link.parent.is_dir() and not link.is_symlink():
                    here.unlink(missing_ok=True)
                    here.symlink_to(target)
                    link.symlink_to(f'/etc/alternatives/{name}')
            break


def copy_database(packages, root):
    """What dpkg knows of them. Only the linker's cache is a trigger of theirs."""
    database = root / 'var/lib/dpkg'
    for name in ('info', 'triggers', 'updates'):
        (database / name).mkdir(parents=True, exist_ok=True)
    # That names of the files may have an architecture.
    shutil.copy(INFO / 'format', database / 'info')
    paragraphs = []
    for fields in packages.values():
        name = fields['Package']
        paragraphs += [f'{key}: {value}' for key, value in fields.items()] + ['']
        for path in (*INFO.glob(f'{name}.*'), *INFO.glob(f'{name}:*.*')):
            shutil.copy(path, database / 'info')
    (database / 'status').write_text('\n'.join(paragraphs), encoding='utf-8')
    (database / 'triggers/ldconfig').write_text('libc-bin\n', encoding='utf-8')
    # What else of the maintainer scripts' work dpkg and su ask for: the vendor,
    # by which a build has its flags, users, and how they are let in.
    for name in ('passwd', 'group'):
        shutil.copy(root / f'usr/share/base-passwd/{name}.master', root / 'etc' / name)
    for path in map(pathlib.Path, MADE):
        for made in path.parent.glob(path.name):
            shutil.copy(made, root / str(made).lstrip('/'), follow_symlinks=False)


class Root:
    def __init__(self, place, command):
        self.place = place
        self.command = command  # of namespace()

    def fill(self, packages):
        for name in ('proc', 'dev', 'tmp', 'root', 'usr/bin', 'usr/local/lib'):
            (self.place / name).mkdir(parents=True, exist_ok=True)
        # As in a real one: other users reach their files and have a /tmp.
        self.place.chmod(0o755)
        (self.place / 'tmp').chmod(0o1777)
        copy_files(packages, self.place)
        link_alternatives(self.place)
        return self.run('ldconfig')

    def register(self, packages):
        """Have dpkg and apt know what fill() has brought."""
        copy_database(packages, self.place)

    def run(self, script):
        """(exit status, all output) of a script of sh, with a path and no
        other environment."""
        done = subprocess.run(
            [*self.command, 'sh', '-c', INSIDE, 'sh', self.place, script, PATH],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors='replace',
            check=False,
        )
        return done.returncode, done.stdout

    def remove(self):
        shutil.rmtree(self.place, ignore_errors=True)
