# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Clients and devices that lie, other users, and operators who err."""

import array
import contextlib
import fcntl
import os
import re
import signal
import socket
import subprocess
import time

from consoles import CLIENT, DAEMON, Device, Place, Viewer, hear, listen, main, same
from consoles import true, wait_for

NOBODY = 65534


def descriptors(pid):
    return len(os.listdir(f'/proc/{pid}/fd'))


def with_descriptors(s, data, count):
    """Send a packet with so many of them."""
    fds = array.array('i', [0] * count)
    s.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])


def connect(path, kind=socket.SOCK_SEQPACKET):
    s = socket.socket(socket.AF_UNIX, kind)
    s.settimeout(10)
    s.connect(path)
    return s


def can_be_nobody():
    """Root can, where its namespace has other users."""
    with open('/proc/self/uid_map', encoding='ascii') as file:
        ranges = [[int(word) for word in line.split()] for line in file]
    return os.getuid() == 0 and any(
        first <= NOBODY < first + count for first, _, count in ranges
    )


@contextlib.contextmanager
def as_nobody(act):
    """Another user does something, in a process of its own."""
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            os._exit(act())
        finally:
            os._exit(99)
    try:
        yield lambda: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def descriptors_too_many_are_closed():
    with Place() as place:
        place.start()
        with connect(place.socket) as s:
            # Once it is answered the connections before it are closed.
            s.send(b'L')
            same(s.recv(100), b'Z', 'no console')
            before = place.usage()[2]
            for count in (1, 2, 4, 5, 100, 253):
                for kind in (b'Rx', b'L', b'Ax'):
                    with connect(place.socket) as t:
                        with_descriptors(t, kind, count)
                        t.recv(100)
            wait_for(lambda: place.usage()[2] == before, 'closed')
        # And by a device, which takes answers from a daemon.
        lies = listen(place.path('lies'))
        place.socket = place.path('lies')
        device = place.device('vm', 'echo', wait=None)
        peer = lies.accept()[0]
        peer.recv(100)
        peer.send(b'Ovm')
        hear(device, 'registered')
        before = descriptors(device.pid)
        for count in (1, 4, 253):
            with_descriptors(peer, b'V1', count)
        # It finds nobody there when it tries again.
        lies.close()
        peer.send(b'Esorry')
        hear(device, 'sorry')
        # Without its connection.
        wait_for(lambda: descriptors(device.pid) == before - 1, 'closed too')


def refused(place, *options):
    r = subprocess.run(
        [DAEMON, '--socket', place.socket, *options],
        capture_output=True,
        text=True,
        timeout=20,
    )
    true(r.returncode in (1, 2), f'{r.returncode}: {r.stderr}')
    return r.stderr


def what_is_no_socket_is_not_removed():
    with Place() as place:
        other = place.path('other')
        for make in (
            lambda p: open(p, 'w', encoding='ascii').close(),
            os.mkdir,
            os.mkfifo,
            lambda p: os.symlink(other, p),
        ):
            place.socket = place.path(f'{len(os.listdir(place.dir))}')
            make(place.socket)
            before = os.lstat(place.socket)
            true('no socket' in refused(place), 'said')
            same(os.lstat(place.socket).st_ino, before.st_ino, 'still there')
        # The names of consoles, at their beginning and at the end.
        place.socket = place.path('d.sock')
        sockets = place.path('sockets', make=True)
        ptys = place.path('ptys', make=True)
        files = [os.path.join(d, 'vm') for d in (sockets, ptys)]
        for path in files:
            open(path, 'w', encoding='ascii').close()
        place.start('--socket-dir', sockets, '--pty-dir', ptys)
        place.device('vm', 'echo')
        place.device('good', 'echo')
        for path in files:
            true(os.path.isfile(path), path)
        os.unlink(os.path.join(sockets, 'good'))
        open(os.path.join(sockets, 'good'), 'w', encoding='ascii').close()
        place.end()
        for path in (*files, os.path.join(sockets, 'good')):
            true(os.path.isfile(path), path)
        true(not os.path.lexists(place.socket), 'its own is removed')
        true('vm: no socket: what is there is no socket' in place.text(), 'said')


def sockets_are_only_where_nobody_else_can_write():
    with Place() as place:
        open_dir = place.path('open', make=True)
        for mode in (0o777, 0o1777, 0o770, 0o702):
            os.chmod(open_dir, mode)
            place.socket = place.path('d.sock')
            for option in ('--socket-dir', '--pty-dir', '--log-dir'):
                true('others can write' in refused(place, option, open_dir), option)
            place.socket = place.path('open', 'd.sock')
            true('nobody else can write' in refused(place), f'{mode:o}')
        same(os.listdir(open_dir), [], 'nothing was made there')
        os.chmod(open_dir, 0o755)
        place.start()
        place.end()
        if os.getuid() == 0:
            os.chown(open_dir, NOBODY, -1)
            true('nobody else can write' in refused(place), "another's")


def one_daemon_of_many_serves_a_stale_socket():
    with Place() as place:
        place.start()
        for _ in range(5):
            place.end(signal.SIGKILL)
            true(os.path.exists(place.socket), 'it is stale')
            several = [
                subprocess.Popen(
                    [DAEMON, '--socket', place.socket],
                    stderr=subprocess.PIPE,
                    text=True,
                )
                for _ in range(6)
            ]
            place.started += several
            wait_for(
                lambda: len([p for p in several if p.poll() is None]) == 1,
                'one is left',
            )
            for process in several:
                if process.poll() is None:
                    place.daemon = process
                else:
                    same(process.returncode, 1, 'exit status')
                    true('another process' in process.stderr.read(), 'said')
                    process.stderr.close()
            wait_for(place.is_up, 'it answers')
        same(place.end(), 0, 'exit status')
        # Nothing is left of it.
        same(os.listdir(place.dir), ['said'], 'files')
        # One that is only about to listen excludes another, too.
        with open(place.socket + '.lock', 'w', encoding='ascii') as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            true('another process' in refused(place), 'said')
        place.start()


def another_user_is_not_served():
    if not can_be_nobody():
        return 'only root can be somebody else'
    with Place() as place:
        sockets = place.path('sockets', make=True)
        place.start('--socket-dir', sockets)
        place.device('vm', 'echo')
        # Modes that nobody should give them.
        plain = os.path.join(sockets, 'vm')
        os.chmod(place.dir, 0o711)
        os.chmod(place.socket, 0o666)
        os.chmod(plain, 0o666)

        def tries():
            for request in (b'L', b'A\0vm', b'A\2vm'):
                with connect(place.socket) as s:
                    try:
                        s.send(request)
                        if s.recv(100)[:1] != b'E':
                            return 1
                    except ConnectionError:
                        pass
            with connect(plain, socket.SOCK_STREAM) as s:
                try:
                    s.send(b'typed')
                    if s.recv(100) != b'':
                        return 2
                except OSError:
                    pass
            return 0

        with as_nobody(tries) as end:
            same(end(), 0, 'what it was answered')
        same(place.listed('vm')['SENT'], '0', 'nothing was typed')
        true('another user is refused' in place.text(), 'said')
    return None


def the_daemon_of_another_user_is_given_nothing():
    if not can_be_nobody():
        return 'only root can be somebody else'
    with Place() as place:
        os.chmod(place.dir, 0o711)
        theirs = place.path('theirs', make=True)
        os.chown(theirs, NOBODY, -1)
        place.socket = os.path.join(theirs, 'd.sock')
        ready = os.path.join(theirs, 'ready')

        def serve():
            s = listen(place.socket)
            s.settimeout(30)
            os.mkdir(ready)
            for _ in range(3):
                if s.accept()[0].recv(100) != b'':
                    return 1
            return 0

        with as_nobody(serve) as end:
            wait_for(lambda: os.path.exists(ready), 'it listens')
            for words in (['vm'], ['--list']):
                r = subprocess.run(
                    [CLIENT, '--socket', place.socket, *words],
                    input='typed',
                    capture_output=True,
                    text=True,
                    timeout=20,
                )
                same(r.returncode, 1, words)
                true('belongs to another user' in r.stderr, r.stderr)
            place.device('vm', 'echo', wait='the console daemon belongs to')
            same(end(), 0, 'it got nothing')
    return None


def consoles_without_a_device_make_room():
    with Place() as place:
        ptys = place.path('ptys', make=True)
        place.start('--max-consoles', '3', '--socket-dir', ptys)

        def goes(name):
            device = place.device(name, 'send', 2)
            hear(device, 'sent')
            device.kill()
            device.wait()
            wait_for(lambda: place.listed(name)['DEVICE'] == 'gone', 'gone')

        for name in ('a', 'b', 'c'):
            goes(name)
        viewer = Viewer(place, 'a')
        before = place.usage()[2]
        for i in range(20):
            goes(f'n{i}')
        # The connection that listed them last may take the daemon a moment.
        wait_for(lambda: place.usage()[2] <= before, 'descriptors')
        # The one that is looked at stays, and the two that went last.
        same(sorted(os.listdir(ptys)), ['a', 'n18', 'n19'], 'sockets')
        same(viewer.read(16), b'0000000\n0000001\n', 'kept')
        for name in ('x', 'y'):
            place.device(name, 'echo')
        z = place.device('z', 'echo', wait='the daemon has as many')
        viewer.close()
        hear(z, 'registered')
        same(place.listed('a'), {}, 'the first is forgotten')


def registrations_that_fail_take_no_place():
    with Place() as place:
        place.start('--max-consoles', '1')
        for i in range(5):
            with connect(place.socket) as s:
                with_descriptors(s, b'Rbad%d' % i, 3)
                same(s.recv(100)[:1], b'E', 'refused')
        for i in range(5):
            same(place.listed(f'bad{i}'), {}, 'not listed')
        place.device('good', 'echo')


def a_device_that_is_refused_again_and_again_is_said_once():
    with Place() as place:
        place.start()
        for name in (b'one', b'two') * 20:
            with connect(place.socket) as s:
                with_descriptors(s, b'R' + name, 3)
                same(s.recv(100)[:1], b'E', 'refused')
        for name in ('one', 'two'):
            same(place.text().count(f'{name}: refused'), 1, name)


def errors_that_a_client_causes_are_limited():
    with Place() as place:
        place.start()
        for number in range(1000):
            # Each of another name: the same would be said once.
            with connect(place.socket) as s:
                with_descriptors(s, b'Rvm%d' % number, 3)
                same(s.recv(100)[:1], b'E', 'refused')
        said = place.text().count(': refused: ')
        true(100 <= said < 500, f'{said} lines')
        time.sleep(0.3)
        Viewer(place, 'nobody')
        wait_for(lambda: 'more lines are not shown' in place.text(), 'counted')


def a_viewer_that_missed_output_and_left_costs_nothing():
    with Place() as place:
        place.start('--scrollback', '4K')
        # A guest that takes no input, so that nothing more is read from it.
        device = place.device('vm', 'send', 100000)
        viewer = Viewer(place, 'vm')
        viewer.socket.settimeout(0.3)
        with contextlib.suppress(TimeoutError):
            while True:
                viewer.type(b'x' * 3000)
        hear(device, 'sent')
        viewer.close()
        place.sleeps()


def a_doorbell_that_is_a_semaphore_costs_nothing():
    with Place() as place:
        place.start()
        device = Device(place, 'vm', flags=os.EFD_SEMAPHORE)
        viewer = Viewer(place, 'vm')
        # Each time it is answered there is one ring less.
        os.eventfd_write(device.kick, 2**40)
        place.sleeps()
        for text in (b'hello', b'again'):
            device.say(text)
            same(viewer.read(5), text, 'it is heard')
        place.sleeps()


def who_leaves_a_guest_that_takes_no_input_leaves_nothing():
    with Place() as place:
        sockets = place.path('sockets', make=True)
        place.start('--socket-dir', sockets)
        hear(place.device('vm', 'send', 1), 'sent')
        writer = Viewer(place, 'vm')
        writer.socket.settimeout(0.3)
        with contextlib.suppress(TimeoutError):
            while True:
                writer.type(b'x' * 3000)
        before = place.usage()[2]
        for flags in (0, 1, 4) * 10:
            Viewer(place, 'vm', flags).close()
        for number in range(10):
            with connect(os.path.join(sockets, 'vm'), socket.SOCK_STREAM) as s:
                if number % 2:
                    same(s.recv(8), b'0000000\n', 'kept')
        wait_for(lambda: place.usage()[2] == before, 'those who looked')
        # Of who may type, and has typed nothing that waits, nothing either.
        for _ in range(10):
            Viewer(place, 'vm', flags=2).close()
        wait_for(lambda: place.usage()[2] == before, 'those who might type')
        # What they typed last waits in their sockets, but not of any number.
        writer.close()
        for _ in range(20):
            other = Viewer(place, 'vm', flags=2)
            other.type(b'x')
            other.close()
        other = Viewer(place, 'vm', flags=2)
        wait_for(lambda: place.usage()[2] <= before + 8, 'who typed')
        other.close()


def who_asked_to_look_does_not_type():
    with Place() as place:
        place.start()
        place.device('vm', 'echo')
        looker = Viewer(place, 'vm', flags=1)
        writer = Viewer(place, 'vm')
        looker.socket.send(b'M')
        looker.type(b'no')
        looker.quiet()
        same(looker.mode, 'r', 'told')
        writer.type(b'yes')
        same(writer.read(3), b'yes', 'who types')


def what_a_client_has_sent_reaches_the_guest_when_it_leaves():
    with Place() as place:
        place.start()
        place.device('vm', 'echo')
        viewer = Viewer(place, 'vm')
        viewer.type(b'kept')
        viewer.read(4)
        # It leaves, as one that is killed does, without a look at what was kept.
        hasty = Viewer(place, 'vm', flags=2)
        wait_for(lambda: place.listed('vm')['VIEWERS'] == '2', 'both')
        place.daemon.send_signal(signal.SIGSTOP)
        hasty.type(b'more')
        hasty.type(b'and more')
        hasty.close()
        place.daemon.send_signal(signal.SIGCONT)
        same(viewer.read(12), b'moreand more', 'what it typed')


def what_was_typed_reaches_the_guest_or_is_counted():
    with Place() as place:
        logs = place.path('logs', make=True)
        place.start('--log-dir', logs)
        device = place.device('vm', 'echo')
        viewer = Viewer(place, 'vm')
        viewer.type(b'x' * 3000)
        # The daemon has it, and the guest a part.
        viewer.read(1)
        same(place.end(), 0, 'exit status')
        place.start('--log-dir', logs)
        hear(device, 'registered')
        log = os.path.join(logs, 'vm.log')
        wait_for(lambda: os.path.getsize(log) == 3000, 'all of it')
        # A guest that takes nothing.
        place.device('deaf', 'send', 1)
        viewer = Viewer(place, 'deaf')
        viewer.type(b'x' * 3000)
        viewer.type(b'y' * 2000)
        # Who is served behind it is served when both are taken.
        same(place.listed('deaf')['DEVICE'], 'up', 'listed')
        same(place.end(), 0, 'exit status')
        found = re.search(r'(\d+) typed bytes are lost', place.text())
        true(found, place.text())
        # Its ring holds 1024, and its FIFO 32.
        true(3900 < int(found.group(1)) <= 3976, found.group(0))


main(
    descriptors_too_many_are_closed,
    what_is_no_socket_is_not_removed,
    sockets_are_only_where_nobody_else_can_write,
    one_daemon_of_many_serves_a_stale_socket,
    another_user_is_not_served,
    the_daemon_of_another_user_is_given_nothing,
    consoles_without_a_device_make_room,
    registrations_that_fail_take_no_place,
    a_device_that_is_refused_again_and_again_is_said_once,
    errors_that_a_client_causes_are_limited,
    a_viewer_that_missed_output_and_left_costs_nothing,
    a_doorbell_that_is_a_semaphore_costs_nothing,
    who_leaves_a_guest_that_takes_no_input_leaves_nothing,
    who_asked_to_look_does_not_type,
    what_a_client_has_sent_reaches_the_guest_when_it_leaves,
    what_was_typed_reaches_the_guest_or_is_counted,
)
