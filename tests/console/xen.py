# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Xen's console: Debian's xenconsoled serves the library's ring, over stand-ins for
Xen's libraries (xen_libraries.c), and the daemon serves a page of Xen's header
(xen_front.c)."""

import contextlib
import mmap
import os
import select
import socket
import subprocess
import termios
import time
import tty

from consoles import Place, Viewer, hear, listen, main, note, records, same, true
from consoles import wait_for

XENCONSOLED = '/usr/lib/xen-4.17/bin/xenconsoled'
CONNECTION = 3088


class Domain(Place):
    """A device that has xenconsoled in the place of the daemon: what it registers
    with a daemon it is given."""

    def __init__(self, mode, count=0):
        super().__init__()
        listener = listen(self.socket)
        self.guest = self.device('guest', mode, count, wait=None)
        self.peer = listener.accept()[0]
        listener.close()
        packet, self.fds, _, _ = socket.recv_fds(self.peer, 100, 4)
        true(packet.startswith(b'Rguest\0'), packet)
        self.terminal = -1
        self.serve()
        # This Xen does not know the byte: 0, which is connected.
        with mmap.mmap(self.fds[0], 4096) as page:
            page[CONNECTION] = 0
        self.peer.send(b'Oguest')
        hear(self.guest, 'registered')

    def __exit__(self, *error):
        super().__exit__(*error)
        for fd in (*self.fds, self.terminal):
            os.close(fd)
        self.peer.close()

    def serve(self):
        """Start one, and open the terminal that it offers."""
        said = self.path('tty')
        with contextlib.suppress(FileNotFoundError):
            os.unlink(said)
        names = ('XEN_PAGE', 'XEN_EVENT', 'XEN_NOTIFY')
        with open(self.said, 'ab') as log:
            self.daemon = subprocess.Popen(
                [
                    XENCONSOLED,
                    '--interactive',
                    '--log=none',
                    f'--pid-file={self.path("pid")}',
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.fds,
                env=os.environ
                | {'LD_PRELOAD': os.environ['XEN_LIBRARIES'], 'XEN_TTY': said}
                | {'XEN_EVENTS': self.path('events')}
                | {name: str(fd) for name, fd in zip(names, self.fds)},
            )
        self.started.append(self.daemon)

        def offered():
            true(self.daemon.poll() is None, self.text())
            with contextlib.suppress(FileNotFoundError):
                with open(said, encoding='ascii') as file:
                    line = file.read()
                return line.endswith('\n') and line.strip()
            return None

        if self.terminal >= 0:
            os.close(self.terminal)
        self.terminal = os.open(
            wait_for(offered, 'a terminal'), os.O_RDWR | os.O_NOCTTY
        )
        # Without a flush: what came may be all there is.
        tty.setraw(self.terminal, termios.TCSANOW)
        os.set_blocking(self.terminal, False)

    def exchange(self, typed, count):
        """Type this, and read so much."""
        end = time.monotonic() + 60
        text = b''
        while len(text) < count:
            left = end - time.monotonic()
            ready = select.select(
                [self.terminal],
                [self.terminal] if typed else [],
                [],
                max(left, 0),
            )
            true(ready[0] or ready[1], f'{len(text)} bytes of {count}')
            if ready[0]:
                text += os.read(self.terminal, 65536)
            if ready[1]:
                typed = typed[os.write(self.terminal, typed[:1024]) :]
        return text

    def events(self):
        """Of each that it took, how many rings of the guest it was."""
        with open(self.path('events'), encoding='ascii') as file:
            return [int(line) for line in file]


def xenconsoled_carries_a_paste_and_its_echo():
    with Domain('echo') as domain:
        paste = records(0, 12800)
        same(domain.exchange(paste, len(paste)) == paste, True, 'the paste')


def another_xenconsoled_goes_on_where_one_was_killed():
    with Domain('echo') as domain:
        for number in range(5):
            text = records(100 * number, 100)
            same(domain.exchange(text, len(text)), text, 'before')
            domain.daemon.kill()
            domain.daemon.wait()
            domain.serve()


def coalescing_spares_rings_and_passes_more_by_its_limit():
    rings = {}
    # It takes 30 events of a domain in 200 ms.
    for mode in ('always', 'send'):
        with Domain(mode, 4096) as domain:
            begin = time.monotonic()
            whole = records(0, 4096)
            same(domain.exchange(b'', len(whole)) == whole, True, 'all of it')
            speed = len(whole) / (time.monotonic() - begin)
            taken = domain.events()
        rings[mode] = sum(taken) / 32
        note(
            f'{mode}: {speed:.0f} characters/s, {rings[mode]:.1f} rings and '
            f'{len(taken) / 32:.1f} events taken for each KiB'
        )
    true(rings['always'] > 900, f'each is rung for: {rings}')
    true(rings['send'] < 50, f'few are: {rings}')


def a_page_of_xen_s_header_is_served_by_the_daemon():
    with Place() as place:
        place.start('--scrollback', '256K')
        front = subprocess.Popen(
            [os.environ['XEN_FRONT'], place.socket, 'domain'],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        place.started.append(front)
        hear(front, 'registered')
        viewer = Viewer(place, 'domain')
        viewer.echo_ms()
        paste = records(0, 12800)
        for at in range(0, len(paste), 1024):
            viewer.type(paste[at : at + 1024])
        same(viewer.read(len(paste)) == paste, True, 'the paste')
        same(viewer.lost, 0, 'lost')


if not os.path.exists(XENCONSOLED):
    print(f'1..0 # SKIP no {XENCONSOLED} (Debian: xen-utils-4.17)')
elif 'XEN_LIBRARIES' not in os.environ:
    print("1..0 # SKIP no headers of Xen's libraries (Debian: libxen-dev)")
else:
    main(
        xenconsoled_carries_a_paste_and_its_echo,
        another_xenconsoled_goes_on_where_one_was_killed,
        coalescing_spares_rings_and_passes_more_by_its_limit,
        a_page_of_xen_s_header_is_served_by_the_daemon,
    )
