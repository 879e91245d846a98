# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""BREAKs from viewers to the guest: their place among what is typed, who may
send them, and daemons, devices and viewers that do not play along."""

import contextlib
import socket
import subprocess

from consoles import CLIENT, Device, Place, Viewer, hear, listen, main, records
from consoles import same, true, wait_for


def a_break_keeps_its_place_among_what_is_typed():
    with Place() as place:
        place.start()
        place.device('vm', 'echo')
        viewer = Viewer(place, 'vm')
        expected = b''
        # Alone, in a row, and behind more than the ring and its FIFO hold.
        for before in (b'', b'', b'x', b'', b'abc', records(0, 400), b'y'):
            if before:
                viewer.type(before)
            viewer.send_break()
            viewer.type(b'!')
            expected += before + b'<BREAK>!'
        same(viewer.read(len(expected)), expected, 'in order')
        same([viewer.answer() for _ in range(7)], [''] * 7, 'answers')


def what_follows_waits_until_the_device_has_the_break():
    with Place() as place:
        place.start()
        device = Device(place, 'vm')
        viewer = Viewer(place, 'vm')
        viewer.type(b'abc')
        viewer.send_break()
        viewer.type(b'behind')
        viewer.send_break()
        # Its place is behind the third byte.
        same(device.socket.recv(100), b'Bvm 3', 'what it is told')
        same(viewer.answer(), '', 'granted')
        # Who looks is served meanwhile, and who leaves is no harm.
        same(Viewer(place, 'vm', flags=1).mode, 'r', 'another')
        same(device.typed(), 3, 'what has come')
        device.socket.send(b'Bvm')
        same(device.socket.recv(100), b'Bvm 9', 'the next')
        same(device.typed(), 9, 'what has come then')
        device.socket.send(b'Bvm')
        viewer.type(b'end')
        wait_for(lambda: device.typed() == 12, 'the rest')
        # It goes without an answer: the next one of this name has no such debt.
        viewer.send_break()
        device.socket.recv(100)
        viewer.type(b'lost')
        device.socket.close()
        wait_for(lambda: place.listed('vm')['DEVICE'] == 'gone', 'gone')
        device = Device(place, 'vm')
        viewer.type(b'new')
        wait_for(lambda: device.typed() in (3, 7), 'typing goes on')


def a_viewer_that_left_costs_nothing_while_its_input_waits():
    with Place() as place:
        place.start()
        device = Device(place, 'vm')
        looker = Viewer(place, 'vm', flags=1)
        viewer = Viewer(place, 'vm')
        for _ in range(3):
            viewer.send_break()
        same(device.socket.recv(100), b'Bvm 0', 'the first')
        viewer.close()
        # By this the daemon learns that there is nobody to send it to.
        device.say(b'hello')
        same(looker.read(5), b'hello', 'who looks')
        device.socket.send(b'Bvm')
        same(device.socket.recv(100), b'Bvm 0', 'the second')
        place.sleeps()


def who_does_not_type_is_heard_while_input_waits():
    with Place() as place:
        place.start()
        device = Device(place, 'vm')
        viewer = Viewer(place, 'vm')
        viewer.send_break()
        same(device.socket.recv(100), b'Bvm 0', 'it waits')
        before = place.usage()[2]
        for _ in range(20):
            Viewer(place, 'vm', flags=1).close()
        wait_for(lambda: place.usage()[2] == before, 'they are gone')
        other = Viewer(place, 'vm')
        other.send_break()
        same(other.answer(), 'this viewer does not type', 'refused at once')
        other.socket.send(b'M')
        while other.mode != 'w':
            other.take()
        while viewer.mode != 'r':
            viewer.take()
        viewer.close()
        wait_for(lambda: place.listed('vm')['VIEWERS'] == '1', 'it left too')


def one_script_after_another_has_its_break_and_key():
    with Place() as place:
        place.start()
        device = Device(place, 'vm')
        # Each leaves before the device has answered, and is not waited for.
        for key in (b's', b'u', b'b'):
            viewer = Viewer(place, 'vm')
            same(viewer.mode, 'w', 'it types')
            viewer.send_break()
            viewer.type(key)
            viewer.close()
        for i in range(3):
            same(device.socket.recv(100), b'Bvm %d' % i, 'in order')
            device.socket.send(b'Bvm')
        wait_for(lambda: device.typed() == 3, 'all keys')
        same(device.page[:3], b'sub', 'in order')
        wait_for(lambda: place.listed('vm')['VIEWERS'] == '0', 'they are gone')


def only_who_types_sends_one():
    with Place() as place:
        place.start()
        place.device('vm', 'echo')
        writer = Viewer(place, 'vm')
        for other in (Viewer(place, 'vm'), Viewer(place, 'vm', flags=1)):
            other.send_break()
            same(other.answer(), 'this viewer does not type', 'refused')
        # A packet of nobody's, and of a device that was asked for nothing.
        for packet in (b'B', b'Bvm'):
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
                s.settimeout(20)
                s.connect(place.socket)
                s.send(packet)
                same(s.recv(100)[:1], b'E', packet)
        device = Device(place, 'other')
        for packet in (b'B', b'Bvm', b'Bnobody'):
            device.socket.send(packet)
            same(device.socket.recv(100)[:1], b'E', packet)
        device.socket.send(b'Bother')
        writer.type(b'x')
        same(writer.read(1), b'x', 'no BREAK came')


def who_cannot_have_one_is_answered_and_goes_on():
    with Place() as place:
        place.start()
        old = Device(place, 'vm', takes=b'')
        viewer = Viewer(place, 'vm')
        viewer.send_break()
        same(viewer.answer(), 'the device does not know it', 'an old device')
        viewer.type(b'typed')
        wait_for(lambda: old.typed() == 5, 'it is typed')
        old.socket.close()
        wait_for(lambda: place.listed('vm')['DEVICE'] == 'gone', 'gone')
        viewer.send_break()
        same(viewer.answer(), 'the device is not there', 'no device')


def a_flood_of_breaks_costs_nobody_else():
    with Place() as place:
        place.start()
        # A guest that takes no input, and a device that never answers.
        jammed = place.device('jammed', 'send', 100)
        hear(jammed, 'sent')
        silent = Device(place, 'silent')
        place.device('other', 'echo')
        floods = [Viewer(place, name) for name in ('jammed', 'silent')]
        other = Viewer(place, 'other')
        before = place.usage()[0]
        for _ in range(50):
            for flood in floods:
                flood.socket.settimeout(0)
                with contextlib.suppress(BlockingIOError):
                    for _ in range(200):
                        flood.send_break()
            other.type(b'x')
            same(other.read(1), b'x', 'echo')
        same(silent.socket.recv(100), b'Bsilent 0', 'one')
        silent.socket.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            true(not silent.socket.recv(100), 'and no other')
        same(
            Viewer(place, 'jammed', flags=1).read(800),
            records(0, 100),
            'its output',
        )
        used = place.usage()[0] - before
        true(used < 1024, f'memory is bounded: {used} KiB')


def breaks_that_the_device_has_no_room_for_are_told_and_counted():
    with Place() as place:
        place.start()
        # A guest that takes none: its UART keeps some, and the device 16.
        hear(place.device('vm', 'send', 1), 'sent')
        viewer = Viewer(place, 'vm')
        for _ in range(60):
            viewer.send_break()

        def answered():
            seen = place.figures()['vm']
            return seen['breaks'] + seen['breaks_lost'] == 60 and seen

        seen = wait_for(answered, 'all of them')
        true(seen['breaks'] >= 16 and seen['breaks_lost'] > 0, seen)
        told = [viewer.answer() for _ in range(60 + seen['breaks_lost'])]
        same(told.count(''), 60, 'on the way')
        same(
            told.count('the device has no room for another'),
            seen['breaks_lost'],
            'those that are lost',
        )


def a_device_survives_nonsense_of_its_daemon():
    with Place() as place:
        daemon = listen(place.socket)
        device = place.device('vm', 'echo', wait=None)
        peer = daemon.accept()[0]
        # What an old daemon reads ends at the NUL.
        same(peer.recv(100), b'Rvm\0B', 'how it registers')
        peer.send(b'Ovm')
        hear(device, 'registered')
        for packet in (b'B', b'Bv 1', b'Bvm', b'Bvmx 1', b'?', b'B' * 4000):
            peer.send(packet)
        # Of these it knows the name, whatever is behind it.
        places = (b'', b'x', b'-1', b'99999999999999999999', b'5000')
        for text in places + (b'0',) * 40:
            peer.send(b'Bvm ' + text)
            same(peer.recv(100), b'Bvm', text)
        peer.send(b'Esorry')
        hear(device, 'sorry')


def a_device_that_cannot_answer_leaves_and_comes_back():
    with Place() as place:
        daemon = listen(place.socket)
        place.device('vm', 'echo', wait=None)
        peer = daemon.accept()[0]
        peer.settimeout(10)
        same(peer.recv(100), b'Rvm\0B', 'how it registers')
        peer.send(b'Ovm')
        # Its answers are not taken, until no more of them fits.
        with contextlib.suppress(ConnectionError):
            for _ in range(2000):
                peer.send(b'Bvm 0')
        peer = daemon.accept()[0]
        same(peer.recv(100), b'Rvm\0B', 'it registers again')


def run_client(place, *words, data=b''):
    return subprocess.run(
        [CLIENT, '--socket', place.socket, *words],
        input=data,
        capture_output=True,
        timeout=30,
    )


def a_script_sends_a_break_and_keys():
    with Place() as place:
        place.start()
        device = place.device('vm', 'echo')
        looker = Viewer(place, 'vm', flags=1)
        same(run_client(place, '--break', 'vm', data=b'h').returncode, 0, 'both')
        same(run_client(place, '--break', 'vm').returncode, 0, 'alone')
        same(looker.read(15), b'<BREAK>h<BREAK>', 'what the guest had')
        device.kill()
        device.wait()
        wait_for(lambda: place.listed('vm')['DEVICE'] == 'gone', 'gone')
        r = run_client(place, '--break', 'vm', data=b'h')
        same(r.returncode, 1, 'no device')
        true(b'no BREAK: the device is not there' in r.stderr, r.stderr)
        r = run_client(place, '--break', '--follow', 'vm')
        same(r.returncode, 1, 'who only looks')


def nobody_waits_for_ever_for_a_break():
    with Place() as place:
        place.start()
        device = Device(place, 'vm')
        late = Device(place, 'late')
        hear(place.device('deaf', 'send', 1), 'sent')
        waiting = [Viewer(place, name) for name in ('late', 'deaf')]
        waiting[1].type(b'x' * 3000)
        for viewer in waiting:
            viewer.send_break()
            same(viewer.answer(), '', 'on the way')
        same(late.socket.recv(100), b'Blate 0', 'it is answered late')
        viewer = Viewer(place, 'vm')
        viewer.send_break()
        same(device.socket.recv(100), b'Bvm 0', 'it is never answered')
        viewer.close()
        r = run_client(place, '--break', 'vm', data=b'h')
        same(r.returncode, 1, 'status')
        true(b'no BREAK: no answer within 5 s' in r.stderr, r.stderr)
        same(device.typed(), 0, 'no key without it')
        # Who typed it by hand is told, whether the device or the guest is late.
        for viewer in waiting:
            said = viewer.answer()
            true('not taken it within 5 s' in said, said)
        late.socket.send(b'Blate')
        waiting[0].type(b'key')
        wait_for(lambda: late.typed() == 3, 'typing goes on')
        same(place.figures()['late']['breaks'], 1, 'it has it')
        same(waiting[0].answers, [], 'and no more is told')


def a_client_tells_an_old_daemon():
    with Place() as place:
        daemon = listen(place.socket)
        with subprocess.Popen(
            [CLIENT, '--socket', place.socket, '--break', 'vm'],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as client:
            place.started.append(client)
            client.stdin.write(b'h')
            client.stdin.close()
            peer = daemon.accept()[0]
            same(peer.recv(100), b'A\0vm', 'attached')
            peer.send(b'Ow')
            same(client.wait(20), 1, 'exit status')
            true(b'this daemon does not know it' in client.stderr.read(), 'said')
            # Neither the BREAK nor the key, which would mean something else.
            same(peer.recv(100), b'', 'what it was sent')


main(
    a_break_keeps_its_place_among_what_is_typed,
    what_follows_waits_until_the_device_has_the_break,
    a_viewer_that_left_costs_nothing_while_its_input_waits,
    who_does_not_type_is_heard_while_input_waits,
    one_script_after_another_has_its_break_and_key,
    only_who_types_sends_one,
    who_cannot_have_one_is_answered_and_goes_on,
    a_flood_of_breaks_costs_nobody_else,
    breaks_that_the_device_has_no_room_for_are_told_and_counted,
    a_device_survives_nonsense_of_its_daemon,
    a_device_that_cannot_answer_leaves_and_comes_back,
    a_script_sends_a_break_and_keys,
    nobody_waits_for_ever_for_a_break,
    a_client_tells_an_old_daemon,
)
