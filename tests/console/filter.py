# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Where escape sequences are left out: of what was kept, of logs, and where a
client is told so. What is left out is for test_filter.c."""

import os
import select
import socket
import subprocess

from consoles import CLIENT, Logged, Place, Viewer, main, same, true, wait_for

# A question, a title, the clipboard; colours and movement.
BAD = b'\x1b[c\x1b]0;title\x07\x1b]52;c;aGk=\x1b\\\x1b[5n\x05'
GOOD = b'\x1b[1;31mred\x1b[m\x1b[2J\x1b[5;7Hthere\r\n'
# Changes what keys send, for the program that is there.
KEYS = b'\x1b[?2004h'


def say(place, text):
    """Have the guest of an echo send it."""
    viewer = Viewer(place, 'vm', flags=2 | 4)
    viewer.type(text)
    same(viewer.read(len(text)), text, 'what comes now is as it is')
    viewer.close()


def what_was_kept_asks_nothing():
    with Place() as place:
        ptys = place.path('ptys', make=True)
        sockets = place.path('sockets', make=True)
        place.start('--pty-dir', ptys, '--socket-dir', sockets)
        place.device('vm', 'echo')
        say(place, b'a' + BAD + GOOD + KEYS + b'b')
        expected = b'a' + GOOD + KEYS + b'b'
        same(Viewer(place, 'vm').read(len(expected)), expected, 'a client')
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(os.path.join(sockets, 'vm'))
            text = s.recv(len(expected), socket.MSG_WAITALL)
            same(text, expected, 'a plain socket')
        if 'no pty' in place.text():
            return place.text()
        fd = os.open(os.path.join(ptys, 'vm'), os.O_RDWR | os.O_NOCTTY)
        text = b''
        while len(text) < len(expected):
            text += os.read(fd, 1000)
        same(text, expected, 'a pty')
        os.close(fd)
    return None


def a_sequence_across_the_moment_of_attaching_is_left_out_whole():
    with Place() as place:
        place.start()
        place.device('vm', 'echo')
        say(place, b'kept\x1b[')
        viewer = Viewer(place, 'vm')
        same(viewer.read(4), b'kept', 'without its beginning')
        viewer.type(b'6')
        viewer.type(b'nlive\x1b[6n')
        same(viewer.read(8), b'live\x1b[6n', 'without its end')
        # Who begins with what comes now has all of it.
        say(place, b'\x1b[')
        viewer = Viewer(place, 'vm', flags=2 | 4)
        viewer.type(b'6nlive')
        same(viewer.read(6), b'6nlive', 'as it is')


def much_that_was_kept_arrives_whole_where_it_is_taken_slowly():
    with Place() as place:
        ptys = place.path('ptys', make=True)
        sockets = place.path('sockets', make=True)
        place.start(
            '--pty-dir', ptys, '--socket-dir', sockets, '--scrollback', '1M'
        )
        place.device('vm', 'echo')
        part = b''.join(b'%07d ' % i + GOOD for i in range(40))
        viewer = Viewer(place, 'vm')
        sent = b''
        for i in range(150):
            viewer.type(part + BAD)
            viewer.read(len(part + BAD))
            sent += part
        viewer.close()

        def whole(read, what):
            got = b''
            while len(got) < len(sent):
                got += read(997)
            same(got == sent, True, what)

        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(os.path.join(sockets, 'vm'))
            whole(s.recv, 'a plain socket')
        if 'no pty' in place.text():
            return place.text()
        # Which takes a part of what it is given.
        fd = os.open(os.path.join(ptys, 'vm'), os.O_RDWR | os.O_NOCTTY)

        def read(count):
            true(select.select([fd], [], [], 20)[0], 'more comes')
            return os.read(fd, count)

        whole(read, 'a pty')
        os.close(fd)
    return None


def a_client_filters_where_it_is_told():
    with Place() as place:
        place.start()
        place.device('vm', 'echo')
        for options, expected in (
            ([], BAD + GOOD + KEYS + b'end'),
            (['--filter'], GOOD + b'end'),
        ):
            with subprocess.Popen(
                [CLIENT, '--socket', place.socket, '--follow', '--no-replay']
                + options
                + ['vm'],
                stdout=subprocess.PIPE,
            ) as follower:
                place.started.append(follower)
                wait_for(
                    lambda: place.listed('vm')['VIEWERS'] == '1', 'it follows'
                )
                for byte in BAD + GOOD + KEYS + b'end':
                    say(place, bytes([byte]))
                same(follower.stdout.read(len(expected)), expected, options)
                follower.terminate()
            wait_for(lambda: place.listed('vm')['VIEWERS'] == '0', 'it is gone')


def logs_have_no_harmful_sequences_unless_told():
    for options, expected in (
        ([], b'a' + GOOD + b'b'),
        (['--log-raw'], b'a' + BAD + GOOD + KEYS + b'b'),
    ):
        with Logged() as place:
            place.start(*options)
            place.device('vm', 'echo')
            text = b'a' + BAD + GOOD + KEYS + b'b'
            # Whole, and cut at each byte.
            say(place, text)
            for byte in text:
                say(place, bytes([byte]))
            wait_for(lambda: place.log('vm.log') == expected * 2, 'the log')
            same(place.listed('vm')['UNLOGGED'], '0', 'nothing is missing')


main(
    what_was_kept_asks_nothing,
    a_sequence_across_the_moment_of_attaching_is_left_out_whole,
    much_that_was_kept_arrives_whole_where_it_is_taken_slowly,
    a_client_filters_where_it_is_told,
    logs_have_no_harmful_sequences_unless_told,
)
