# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""A console of another host over ssh, by the commands of vpl011-console(1). The
host is an sshd with keys of its own, on a port of 127.0.0.1."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import threading

from consoles import CLIENT, Place, Pty, Viewer, main, same, true, wait_for
from manual_commands import command

SSHD = '/usr/sbin/sshd'

# Of root it wants a directory in /run, which only starting it as a service makes.
IN_RUN = 'mount -t tmpfs -o mode=755 none /run && mkdir /run/sshd && exec "$@"'

SERVER = """\
HostKey {dir}/host
AuthorizedKeysFile {dir}/user.pub
AuthenticationMethods publickey
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
SetEnv PATH={path}:/usr/bin:/bin XDG_RUNTIME_DIR={dir}
"""

USER = """\
Host host
    HostName 127.0.0.1
    Port {port}
    User {user}
    IdentityFile {dir}/user
    IdentitiesOnly yes
    UserKnownHostsFile {dir}/known
    HostKeyAlias host
    StrictHostKeyChecking yes
"""


class Host(Place):
    """A host with a daemon in the usual place, and its sshd."""

    def __enter__(self):
        self.socket = self.path('vpl011-consoled.sock')
        for name in ('host', 'user'):
            subprocess.run(
                ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', self.path(name)],
                check=True,
                timeout=60,
            )
        with open(self.path('host.pub'), encoding='ascii') as file:
            self.write('known', 'host ' + file.read())
        # Each connection has an sshd of its own, so that the port is any.
        self.listener = socket.create_server(('127.0.0.1', 0))
        port = self.listener.getsockname()[1]
        names = {'dir': self.dir, 'user': getpass.getuser(), 'port': port}
        names['path'] = os.path.dirname(CLIENT)
        self.write('sshd_config', SERVER.format(**names))
        self.write('ssh_config', USER.format(**names))
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.listener.close()
        super().__exit__(*error)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='ascii') as file:
            file.write(text)

    def accept(self):
        words = [SSHD, '-i', '-e', '-f', self.path('sshd_config')]
        if os.geteuid() == 0:
            words = ['unshare', '--mount', 'sh', '-c', IN_RUN, 'sh', *words]
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, open(self.said, 'ab') as said:
                process = subprocess.Popen(
                    words, stdin=connection, stdout=connection, stderr=said
                )
            self.started.append(process)

    def ssh(self, begin):
        """A command of the manual, as words."""
        ssh, *words = command(begin)
        return [ssh, '-F', self.path('ssh_config'), *words]


def a_console_is_shown_and_typed_into():
    with Host() as host:
        host.start()
        host.device('vm1', 'echo')
        terminal = Pty(host, host.ssh('ssh -t '))
        terminal.expect(b'vm1: Ctrl-] then q detaches]')
        # Keys that a terminal on the way would keep for itself, and ssh's own.
        keys = b'typed\x03\x1a\x13\x11\r~.'
        terminal.type(keys)
        looker = Viewer(host, 'vm1', flags=1)
        same(looker.read(len(keys)), keys, 'what the guest had')
        terminal.expect(b'typed')
        terminal.type(b'\x1dq')
        status, said = terminal.end()
        same(status, 0, said)
        true('detached]' in said, said)


def a_script_types_and_lists():
    with Host() as host:
        host.start()
        host.device('vm1', 'echo')
        looker = Viewer(host, 'vm1', flags=1)
        subprocess.run(
            host.ssh('ssh host vpl011-console --no-replay'),
            input=b'reboot\r',
            check=True,
            capture_output=True,
            timeout=60,
        )
        same(looker.read(7), b'reboot\r', 'what the guest had')
        told = subprocess.run(
            host.ssh('ssh host vpl011-console --list'),
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout
        same(told.splitlines()[1].split()[:2], ['vm1', 'up'], told)


def a_connection_that_breaks_leaves_the_console_to_the_next_one():
    with Host() as host:
        host.start()
        host.device('vm1', 'echo')
        terminal = Pty(host, host.ssh('ssh -t '))
        terminal.expect(b'detaches]')
        terminal.type(b'before')
        terminal.expect(b'before')
        terminal.process.send_signal(signal.SIGKILL)
        wait_for(lambda: host.listed('vm1')['VIEWERS'] == '0', 'it is gone')
        terminal = Pty(host, host.ssh('ssh -t '))
        terminal.expect(b'before')
        terminal.type(b'behind')
        terminal.expect(b'behind')
        terminal.type(b'\x1dq')
        same(terminal.end()[0], 0, 'exit status')


def missing():
    for name in ('ssh', 'ssh-keygen', SSHD):
        if not shutil.which(name):
            return f'no {name} here'
    return None


if missing():
    print(f'1..0 # SKIP {missing()}')
else:
    main(
        a_console_is_shown_and_typed_into,
        a_script_types_and_lists,
        a_connection_that_breaks_leaves_the_console_to_the_next_one,
    )
