# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""What the operator says to viewers: to whom it comes, and that it stays text."""

import os
import socket
import subprocess
import time

from consoles import CLIENT, Logged, Place, Viewer, hear, listen, main, records
from consoles import same, true, wait_for


def client(place, *words):
    return subprocess.run(
        [CLIENT, '--socket', place.socket, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
    )


def say(place, text, *name):
    """How many were told."""
    said = client(place, '--say', text, *name)
    same(said.returncode, 0, said.stderr)
    return int(said.stderr.split()[-1])


def try_to_say(place, text):
    """Whether it was told, and not refused because of others before it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(20)
        s.connect(place.socket)
        s.send(b'S\0' + text)
        answer = s.recv(100)
    true(answer == b'O2' or b'10 a second' in answer, answer)
    return answer == b'O2'


def it_comes_to_viewers_and_to_nobody_else():
    with Logged() as place:
        sockets = place.path('sockets', make=True)
        place.start('--socket-dir', sockets)
        same(say(place, 'is anybody there?'), 0, 'nobody')
        for name in ('a', 'b'):
            place.device(name, 'echo')
        viewers = [Viewer(place, name) for name in ('a', 'a', 'b')]
        with socket.socket(socket.AF_UNIX) as plain:
            plain.settimeout(20)
            plain.connect(os.path.join(sockets, 'a'))
            same(say(place, 'to all'), 3, 'of all consoles')
            same([v.hears() for v in viewers], [b'to all'] * 3, 'each')
            same(say(place, 'to some', 'a'), 2, 'of one')
            same([v.hears() for v in viewers[:2]], [b'to some'] * 2, 'its own')
            for viewer in (viewers[0], viewers[2]):
                viewer.type(b'x')
                same(viewer.read(1), b'x', 'all that the guest had')
            same(viewers[2].said, [], 'the other console')
            same(plain.recv(100), b'x', 'what a program has')
        for name in ('a', 'b'):
            wait_for(lambda: place.log(f'{name}.log') == b'x', 'the log')


def its_control_characters_are_removed():
    with Place() as place:
        place.start()
        place.device('vm', 'echo')
        viewer = Viewer(place, 'vm')
        for text, expected in (
            (b'\x1b]0;title\x07\r\n\tgr\xc3\xbcn\x7f', b']0;titlegr\xc3\xbcn'),
            (b'a\x9b5n b\xc2\x9b6n \x9d\xc2', b'a b '),
            (b'x' * 400, b'x' * 400),
        ):
            same(say(place, text, 'vm'), 1, text)
            same(viewer.hears(), expected, text)
        # By hand, with a NUL in it.
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.settimeout(20)
            s.connect(place.socket)
            s.send(b'Svm\0one\0two')
            same(s.recv(100), b'O1', 'told')
            same(viewer.hears(), b'onetwo', 'text')


def what_is_no_message_is_refused():
    with Place() as place:
        place.start()
        place.device('vm', 'echo')
        viewer = Viewer(place, 'vm')
        for packet, why in (
            (b'S', b'no text'),
            (b'Svm', b'no text'),
            (b'Svm\0', b'no text'),
            (b'Svm\0\x1b\x07', b'no text'),
            (b'S\0' + b'x' * 401, b'no text'),
            (b'Sother\0text', b'no console'),
        ):
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
                s.settimeout(20)
                s.connect(place.socket)
                s.send(packet)
                answer = s.recv(100)
                true(answer[:1] == b'E' and why in answer, f'{packet} {answer}')
        # A viewer is no operator: what it sends is for the guest.
        viewer.socket.send(b'Svm\0text')
        wait_for(lambda: 'nonsense' in place.text(), 'said')
        same(client(place, '--say', 'text', 'other').returncode, 1, 'status')
        # An empty variable of a script is not all consoles.
        same(client(place, '--say', 'text', '').returncode, 2, 'no name')
        for words in (['--say', ''], ['--say', 'x' * 401], ['--say']):
            same(client(place, *words).returncode, 2, words)


def an_old_daemon_is_told_from_one_that_says_it():
    with Place() as place:
        daemon = listen(place.socket)
        with subprocess.Popen(
            [CLIENT, '--socket', place.socket, '--say', 'text'],
            stderr=subprocess.PIPE,
        ) as process:
            place.started.append(process)
            peer = daemon.accept()[0]
            same(peer.recv(100), b'S\0text', 'the packet')
            peer.send(b'Ethis is no request')
            same(process.wait(20), 1, 'status')
            true(b'no request' in process.stderr.read(), 'why')


def a_flood_of_messages_costs_no_viewer_its_output():
    with Place() as place:
        place.start('--scrollback', '1M')
        place.device('vm', 'echo')
        viewer = Viewer(place, 'vm')
        # One that takes nothing, with its socket full.
        still = Viewer(place, 'vm', flags=1)
        text = records(0, 250)
        for _ in range(200):
            viewer.type(text)
            same(viewer.read(2000) == text, True, 'echo')
        before = place.usage()[0]
        told = []
        for i in range(1000):
            if try_to_say(place, b'%0399d' % i):
                told.append(i)
                same(viewer.hears(), b'%0399d' % i, 'who takes them has each')
        used = place.usage()[0] - before
        true(used < 4096, f'memory is bounded: {used} KiB')
        same(still.read(400000) == text * 200, True, 'all of its output')
        while b'%0399d' % told[-1] not in still.said:
            still.take()
        same(len(still.said), 1, 'of what it did not take the newest')


def messages_come_at_a_bounded_rate():
    with Place() as place:
        begin = time.monotonic()
        place.start()
        for name in ('a', 'b'):
            place.device(name, 'echo')
        viewers = [Viewer(place, name) for name in ('a', 'b')]
        # Of whatever client, and to whatever console.
        told = []
        for i in range(500):
            if try_to_say(place, b'%d' % i):
                told.append(i)
                for viewer in viewers:
                    same(viewer.hears(), b'%d' % i, 'each')
        most = 100 + 10 * (time.monotonic() - begin)
        true(100 <= len(told) <= most, f'{len(told)} of at most {most}')

        def refusal():
            while try_to_say(place, b'x'):
                pass
            # By then there may be room for one more.
            r = client(place, '--say', 'one too many', 'a')
            return r.stderr if r.returncode == 1 else None

        said = wait_for(refusal, 'refused')
        true(b'10 a second' in said, said)
        wait_for(lambda: try_to_say(place, b'later'), 'it goes on')


def what_follows_a_console_is_not_disturbed():
    with Place() as place:
        place.start()
        hear(place.device('vm', 'send', 2), 'sent')
        with subprocess.Popen(
            [CLIENT, '--socket', place.socket, '--follow', 'vm'],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as follower:
            place.started.append(follower)
            same(follower.stdout.read(16), records(0, 2), 'what was kept')
            same(say(place, 'hello'), 1, 'told')
            same(
                follower.stderr.readline(),
                b'vpl011-console: the operator says: hello\n',
                'on standard error',
            )
            follower.terminate()
            same(follower.stdout.read(), b'', 'and nowhere else')


main(
    it_comes_to_viewers_and_to_nobody_else,
    its_control_characters_are_removed,
    what_is_no_message_is_refused,
    an_old_daemon_is_told_from_one_that_says_it,
    a_flood_of_messages_costs_no_viewer_its_output,
    messages_come_at_a_bounded_rate,
    what_follows_a_console_is_not_disturbed,
)
