# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Packets of the protocol, cut at each byte: whoever gets them goes on, or ends
the connection, and harms nobody else. What is in them at random is for the fuzz
target `console`."""

import contextlib
import socket
import subprocess

from consoles import CLIENT, Place, Viewer, hear, listen, main
from consoles import page_and_doorbells, same, send_with, true, wait_for

REQUESTS = (b'Rname\0B', b'A\0vm', b'A\7vm', b'L', b'Svm\0text', b'S\0text')
TYPED = (b'Dtyped', b'B', b'M')
TO_VIEWERS = (
    b'OwB',
    b'Er',
    b'Dtext\x1b[6n',
    b'Bno',
    b'Mr',
    b'X12345',
    b'V1',
    b'Shello',
    b'?',
)
ENTRY = b'Ivm up 1 2 3 4 5 6 7 8 9 10'


def cuts(packets):
    """Each beginning of each, and with one byte too many."""
    for packet in packets:
        for at in range(1, len(packet) + 1):
            yield packet[:at]
        yield packet + b'\xff'


def connect(place):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(20)
    s.connect(place.socket)
    return s


def a_daemon_takes_cut_packets():
    fds = page_and_doorbells()
    with Place() as place:
        place.start()
        place.device('vm', 'echo')
        looker = Viewer(place, 'vm', flags=1)
        with connect(place) as s:
            s.send(b'L')
            same(s.recv(100)[:1], b'I', 'answered')
            before = place.usage()[2]
            for packet in cuts(REQUESTS):
                for descriptors in ([], fds[:1], fds[:2], fds):
                    with connect(place) as one:
                        send_with(one, packet, descriptors)
                        true(one.recv(5000), packet)
            for packet in cuts(TYPED):
                with connect(place) as one:
                    one.send(b'A\2vm')
                    one.send(packet)
                    with contextlib.suppress(ConnectionError):
                        true(one.recv(5000), packet)
            wait_for(lambda: place.usage()[2] == before, 'descriptors')
        # What was typed, in whatever order its viewers came.
        writer = Viewer(place, 'vm', flags=2 | 4)
        writer.type(b'#end#')
        wait_for(lambda: looker.take() or b'#end#' in looker.bytes, 'echo')
        true(place.daemon.poll() is None, 'it lives')


def a_client_takes_cut_packets():
    with Place() as place:
        daemon = listen(place.socket)
        for packet in cuts(TO_VIEWERS):
            with subprocess.Popen(
                [CLIENT, '--socket', place.socket, '--until-gone', 'vm'],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ) as client:
                place.started.append(client)
                with daemon.accept()[0] as peer:
                    same(peer.recv(100), b'A\0vm', 'attached')
                    for part in (b'Ow', packet, b'Dend', b'V0'):
                        with contextlib.suppress(ConnectionError):
                            peer.send(part)
                    shown = client.stdout.read()
                    status = client.wait(20)
                # An error ends it, and so does a device that is gone.
                ends = packet[:1] == b'E' or packet[:2] == b'V0'
                same(status, 1 if packet[:1] == b'E' else 0, packet)
                true(ends or shown.endswith(b'end'), f'{packet}: {shown}')


def a_client_takes_a_list_that_is_cut():
    with Place() as place:
        daemon = listen(place.socket)
        for form in ('--list', '--json', '--metrics'):
            for packet in cuts([ENTRY]):
                with subprocess.Popen(
                    [CLIENT, '--socket', place.socket, form],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                ) as client:
                    place.started.append(client)
                    with daemon.accept()[0] as peer:
                        same(peer.recv(100), b'L', 'asked')
                        peer.send(packet)
                        peer.send(b'Z')
                        # One without a name is left out.
                        shown = client.stdout.read()
                        true(shown or (form, packet) == ('--list', b'I'), packet)
                        same(client.wait(20), 0, packet)


def a_device_takes_cut_packets():
    with Place() as place:
        daemon = listen(place.socket)
        device = place.device('vm', 'echo', wait=None)
        peer = daemon.accept()[0]
        same(peer.recv(100), b'Rvm\0B', 'registered')
        for packet in cuts((b'Ovm', b'Bvm 12345', b'Bwm 1', b'V1', b'?')):
            peer.send(packet)
        hear(device, 'registered')
        peer.send(b'Esorry')
        hear(device, 'sorry')


main(
    a_daemon_takes_cut_packets,
    a_client_takes_cut_packets,
    a_client_takes_a_list_that_is_cut,
    a_device_takes_cut_packets,
)
