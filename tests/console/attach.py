# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Viewers that come and go, in number: what they cost the daemon for ever is
nothing. With --long a million of them do."""

import os
import socket
import sys

from consoles import Place, Viewer, main, note, same, small_quarantine, true
from consoles import wait_for

COUNT = 1000000 if '--long' in sys.argv else 20000

# By then the allocator, and what a sanitizer keeps of freed memory, are as large
# as ever.
WARM = 10000

# [KiB] Less than 13 bytes of each in the quick form.
GROWTH = 256


def come_and_go(place, plain, number):
    """One viewer, which is not like the one before it."""
    if number % 16 == 15:
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(plain)
            if number % 32 == 15:
                s.sendall(b'x')
        return
    name = b'absent' if number % 16 == 14 else b'vm'
    flags = (0, 1, 2, 4, 6)[number % 5]
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(20)
        s.connect(place.socket)
        s.send(b'A%c' % flags + name)
        # One of four leaves without an answer, or a look at it.
        if number % 4:
            same(s.recv(100)[:1], b'E' if name == b'absent' else b'O', 'answer')
        if number % 4 == 1 and name == b'vm':
            s.send(b'Dx')


def memory_and_descriptors_stay_as_they_are():
    small_quarantine(1)
    with Place() as place:
        sockets = place.path('sockets', make=True)
        place.start('--socket-dir', sockets, '--scrollback', '4k')
        place.device('vm', 'echo')
        plain = os.path.join(sockets, 'vm')
        descriptors = place.usage()[2]
        for number in range(WARM):
            come_and_go(place, plain, number)
        warm = place.usage()[0]
        for number in range(WARM, WARM + COUNT):
            come_and_go(place, plain, number)
        # All that left are gone once one who comes after them is served.
        wait_for(lambda: place.usage()[2] == descriptors, 'descriptors')
        grown = place.usage()[0] - warm
        note(f'{COUNT} viewers: {grown} KiB more than before')
        true(grown <= GROWTH, f'{grown} KiB')
        same(place.listed('vm')['VIEWERS'], '0', 'viewers')
        viewer = Viewer(place, 'vm', flags=4)
        viewer.echo_ms()


main(memory_and_descriptors_stay_as_they_are)
