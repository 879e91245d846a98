# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""A console of another host over TLS, by the commands of vpl011-console(1): socat
at both ends, with certificates that openssl makes."""

import contextlib
import os
import re
import shutil
import signal
import subprocess

from consoles import Place, Pty, Viewer, main, same, true, wait_for
from manual_commands import command


class Host(Place):
    """A host with a daemon and its sockets, and certificates of both sides."""

    def __enter__(self):
        self.sockets = self.path('guests', make=True)
        for name in ('host', 'user'):
            self.make_certificate(name)
        self.server = None
        return self

    def __exit__(self, *error):
        if self.server:
            # And what it has started for each connection.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.server.pid, signal.SIGKILL)
        super().__exit__(*error)

    def make_certificate(self, name):
        subprocess.run(
            command('openssl req', having=f'/CN={name} '),
            cwd=self.dir,
            check=True,
            capture_output=True,
            timeout=60,
        )

    def serve(self):
        self.start('--socket-dir', self.sockets)
        self.device('vm1', 'echo')
        listener, console = command(
            'socat OPENSSL-LISTEN',
            {':4433': ':0,bind=127.0.0.1', '/run/guests': self.sockets},
        )[1:]
        with open(self.path('socat'), 'wb') as said:
            self.server = subprocess.Popen(
                ['socat', '-d', '-d', listener, console],
                cwd=self.dir,
                stdin=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
        self.started.append(self.server)
        self.port = wait_for(
            lambda: re.search(r'listening on .*:(\d+)', self.told()), 'it listens'
        ).group(1)

    def told(self):
        with open(self.path('socat'), encoding='utf-8') as file:
            return file.read()

    def connect(self, other):
        """Its name is not known here, but that of its certificate stays."""
        here = {'host:4433': f'127.0.0.1:{self.port},commonname=host'}
        return Pty(self, command('socat -,rawer', here | other), cwd=self.dir)


def a_console_is_shown_and_typed_into():
    with Host() as host:
        host.serve()
        viewer = Viewer(host, 'vm1')
        viewer.type(b'ready> ')
        viewer.read(7)
        terminal = host.connect({})
        # By then socat has the terminal as it wants it.
        terminal.expect(b'ready> ')
        keys = b'typed\x03\x1a\x13\x11\r'
        terminal.type(keys)
        terminal.expect(keys)
        same(viewer.read(len(keys)), keys, 'what the guest had')
        terminal.type(b'\x1d')
        same(terminal.end()[0], 0, 'exit status')
        # What was kept is shown to the next one.
        terminal = host.connect({})
        terminal.expect(keys)
        terminal.type(b'\x1d')
        same(terminal.end()[0], 0, 'exit status')


def who_has_no_certificate_that_the_host_knows_gets_nothing():
    with Host() as host:
        host.serve()
        os.rename(host.path('user.crt'), host.path('known.crt'))
        host.make_certificate('user')
        for count, other in enumerate(
            ({',key=user.key,cert=user.crt': ''}, {}), 1
        ):
            terminal = host.connect(other)
            terminal.type(b'typed')
            terminal.end()
            wait_for(
                lambda: host.told().count('SSL_accept') == count, 'it is refused'
            )
        listed = host.listed('vm1')
        same((listed['VIEWERS'], listed['SENT']), ('0', '0'), listed)


def a_host_with_another_certificate_is_not_typed_to():
    with Host() as host:
        host.serve()
        host.make_certificate('host')
        terminal = host.connect({})
        terminal.type(b'typed')
        status, said = terminal.end()
        same(status, 1, said)
        true('certificate' in said, said)
        same(host.listed('vm1')['SENT'], '0', 'nothing was typed')


def missing():
    for name in ('socat', 'openssl'):
        if not shutil.which(name):
            return f'no {name} here'
    return None


if missing():
    print(f'1..0 # SKIP {missing()}')
else:
    main(
        a_console_is_shown_and_typed_into,
        who_has_no_certificate_that_the_host_knows_gets_nothing,
        a_host_with_another_certificate_is_not_typed_to,
    )
