# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The console daemon with devices in other processes, and what may go wrong."""

import array
import fcntl
import os
import re
import resource
import signal
import socket
import statistics
import subprocess
import termios
import time

from consoles import CLIENT, Place, Viewer, check_log, hear, main, note
from consoles import records, same, true, wait_for


def output_before_attach_is_replayed():
    with Place() as place:
        place.start()
        device = place.device('vm', 'send', 100)
        hear(device, 'sent')
        same(Viewer(place, 'vm').read(800), records(0, 100), 'the first')
        same(Viewer(place, 'vm').read(800), records(0, 100), 'another')


def scrollback_is_bounded_and_keeps_the_newest():
    # 64 KiB where nothing is said, as docs/console.md has it.
    for options, kept in ((['--scrollback', '8K'], 8192), ([], 65536)):
        with Place() as place:
            place.start(*options)
            device = place.device('vm', 'send', 10000)
            hear(device, 'sent')
            viewer = Viewer(place, 'vm')
            count = kept // 8
            newest = records(10000 - count, count)
            same(viewer.read(kept), newest, 'the newest')
            viewer.quiet()
            same(viewer.bytes, b'', 'and no more')


def a_key_is_echoed_at_once():
    with Place() as place:
        place.start()
        place.device('vm', 'echo')
        viewer = Viewer(place, 'vm')
        for i in range(26):
            viewer.type(b'%c' % (97 + i))
            same(viewer.read(1), b'%c' % (97 + i), 'echo')
        viewer.echoes_within(2)


def a_paste_of_100_kib_comes_back_whole():
    with Place() as place:
        place.start('--scrollback', '256K')
        place.device('vm', 'echo')
        viewer = Viewer(place, 'vm')
        paste = records(0, 12800)
        back = b''
        for at in range(0, len(paste), 1024):
            viewer.type(paste[at : at + 1024])
        back = viewer.read(len(paste))
        same(back, paste, 'the paste')
        same(viewer.lost, 0, 'lost')


def only_one_viewer_types_unless_it_is_forced():
    with Place() as place:
        place.start()
        place.device('vm', 'echo')
        first = Viewer(place, 'vm')
        second = Viewer(place, 'vm')
        looker = Viewer(place, 'vm', flags=1)
        same((first.mode, second.mode, looker.mode), ('w', 'r', 'r'), 'modes')
        second.type(b'no')
        looker.type(b'no')
        first.type(b'yes')
        same(second.read(3), b'yes', 'what was typed')
        same(looker.read(3), b'yes', 'what was typed')
        third = Viewer(place, 'vm', flags=2)
        same(third.mode, 'w', 'forced')
        while first.mode == 'w':
            first.take()
        first.type(b'no')
        third.type(b'!')
        same(third.read(4), b'yes!', 'what was typed')
        third.close()
        same(Viewer(place, 'vm').mode, 'w', 'free again')


def a_killed_daemon_loses_nothing_of_the_ring():
    with Place() as place:
        logs = place.path('logs', make=True)
        place.start('--log-dir', logs)
        count = 800000
        device = place.device('vm', 'send', count)
        kills = 12
        log = os.path.join(logs, 'vm.log')
        for i in range(kills):
            time.sleep(0.01 + 0.007 * i)
            place.end(signal.SIGKILL)
            # A daemon that was killed at once has not begun it yet.
            before = os.path.getsize(log) if os.path.exists(log) else 0
            place.start('--log-dir', logs)
            hear(device, 'registered')
        hear(device, 'sent')
        repeated = check_log(log, records(0, count), kills)
        note(f'{kills} SIGKILLs in {count * 8} bytes, repeated: {repeated}')
        # And a viewer of the last daemon sees what that one has taken: nothing
        # on a machine where all was sent before the last kill.
        taken = os.path.getsize(log) - before
        end = records(count - 10, 10)[-min(taken, 80) :] if taken else b''
        Viewer(place, 'vm').until(end)
        # Whatever came before, it serves who comes now to the end.
        hear(place.device('late', 'send', 1000), 'sent')
        Viewer(place, 'late').until(records(990, 10))


def a_daemon_that_ends_by_itself_repeats_nothing():
    with Place() as place:
        logs = place.path('logs', make=True)
        place.start('--log-dir', logs)
        count = 200000
        device = place.device('vm', 'send', count)
        for _ in range(5):
            time.sleep(0.02)
            same(place.end(), 0, 'exit status')
            true(not os.path.exists(place.socket), 'the socket is gone')
            place.start('--log-dir', logs)
            hear(device, 'registered')
        hear(device, 'sent')
        log = os.path.join(logs, 'vm.log')
        same(open(log, 'rb').read() == records(0, count), True, 'exact')


def a_viewer_that_is_killed_and_comes_back_misses_nothing():
    with Place() as place:
        place.start('--scrollback', '1M')
        device = place.device('vm', 'send', 100000)
        for _ in range(10):
            viewer = Viewer(place, 'vm')
            viewer.read(4000)
            viewer.close()
        hear(device, 'sent')
        same(
            Viewer(place, 'vm').read(800000) == records(0, 100000),
            True,
            'all of it',
        )


def a_viewer_that_stands_still_does_not_hold_the_guest_up():
    with Place() as place:
        place.start('--scrollback', '4K')
        viewer = Viewer(place, 'absent')
        same(viewer.error, 'there is no console of this name', 'no console')
        idle = place.device('vm', 'echo')
        viewer = Viewer(place, 'vm')
        idle.stdin.close()
        idle.wait(10)
        begin = time.monotonic()
        device = place.device('vm', 'send', 200000)
        hear(device, 'sent')
        took = time.monotonic() - begin
        note(f'1.6 MB past a viewer that stands still: {took:.1f} s')
        true(took < 20, 'the guest goes on')
        viewer.until(records(199990, 10))
        true(viewer.lost > 0, 'it is told what it missed')


def a_device_may_come_back_under_its_name():
    with Place() as place:
        place.start()
        first = place.device('vm', 'send', 3)
        hear(first, 'sent')
        viewer = Viewer(place, 'vm')
        same(viewer.read(24), records(0, 3), 'first life')
        second = place.device('vm', 'send', 3, wait='a device of this name')
        first.kill()
        hear(second, 'registered')
        same(viewer.read(24), records(0, 3), 'second life')
        true(viewer.device, 'told that it is back')


def the_end_of_a_device_comes_behind_its_last_words():
    with Place() as place:
        place.start('--scrollback', '1M')
        device = place.device('vm', 'send', 60000)
        # It takes nothing until its socket is full, and loses typing meanwhile.
        viewer = Viewer(place, 'vm')
        hear(device, 'sent')
        same(Viewer(place, 'vm', flags=6).mode, 'w', 'another types')
        device.stdin.close()
        device.wait(10)
        wait_for(lambda: place.listed('vm')['DEVICE'] == 'gone', 'gone')
        same(viewer.read(480000) == records(0, 60000), True, 'its output')
        true(viewer.device, 'not before all of it')
        while viewer.device:
            viewer.take()
        same(viewer.mode, 'r', 'told that it does not type')


def the_end_of_a_device_comes_before_the_next_one_to_who_is_slow_too():
    with Place() as place:
        place.start('--scrollback', '1M')
        first = place.device('vm', 'send', 60000)
        # Both take nothing until more than fits waits for them.
        viewer = Viewer(place, 'vm', flags=1)
        client = subprocess.Popen(
            [CLIENT, '--socket', place.socket, '--until-gone', 'vm'],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        place.started.append(client)
        wait_for(lambda: place.listed('vm')['VIEWERS'] == '2', 'both')
        hear(first, 'sent')
        for _ in range(2):
            first.kill()
            first.wait()
            first = place.device('vm', 'send', 3)
            hear(first, 'sent')
        shown, _ = client.communicate(timeout=20)
        same(shown == records(0, 60000), True, 'what it shows')
        same(client.returncode, 0, 'it ends with that')
        same(viewer.read(480000) == records(0, 60000), True, 'its output')
        while viewer.device:
            viewer.take()
        same(viewer.bytes, b'', 'told before more comes')
        while not viewer.device:
            viewer.take()
        same(viewer.bytes, b'', 'as before')
        same(viewer.read(48), records(0, 3) * 2, 'the others')


def a_device_that_writes_garbage_harms_no_other():
    with Place() as place:
        place.start()
        place.device('good', 'echo')
        viewer = Viewer(place, 'good')
        bad = place.device('bad', 'garbage')
        bad.stdin.write(b'go\n')
        bad.stdin.flush()
        for i in range(50):
            viewer.type(b'x')
            same(viewer.read(1), b'x', 'echo')
        hear(bad, 'done')
        place.sleeps()
        same(place.text().count('begun again'), 1, 'said once')
        bad.kill()
        viewer.type(b'y')
        same(viewer.read(1), b'y', 'echo')


def send_register(place, fds, name=b'x'):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(10)
    s.connect(place.socket)
    s.sendmsg(
        [b'R' + name],
        [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))],
    )
    return s


def bad_requests_are_refused_by_name():
    with Place() as place:
        place.start()
        bell = os.eventfd(0)
        loose = os.memfd_create('x')
        os.ftruncate(loose, 4096)
        small = os.memfd_create('x', os.MFD_ALLOW_SEALING)
        os.ftruncate(small, 100)
        fcntl.fcntl(small, 1033, 2)  # F_ADD_SEALS, F_SEAL_SHRINK
        sealed = os.memfd_create('x', os.MFD_ALLOW_SEALING)
        os.ftruncate(sealed, 4096)
        fcntl.fcntl(sealed, 1033, 2)
        pipe = os.pipe()
        for fds, name, why in (
            ([loose, bell, bell], b'x', 'not sealed'),
            ([small, bell, bell], b'x', 'smaller than 4096'),
            ([sealed, pipe[1], bell], b'x', 'not an eventfd'),
            ([sealed, bell, pipe[0]], b'x', 'not an eventfd'),
            ([sealed, bell], b'x', 'no request'),
            ([sealed, bell, bell], b'../x', 'no request'),
            ([sealed, bell, bell], b'x' * 64, 'no request'),
            ([sealed, bell, bell], b'', 'no request'),
        ):
            answer = send_register(place, fds, name).recv(4096)
            same(answer[:1], b'E', f'{name!r} {why}')
            true(why in answer.decode(), f'{answer!r} says {why}')
        for message in (b'A', b'A\0', b'?', b'D', b'x' * 5000):
            s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            s.settimeout(10)
            s.connect(place.socket)
            s.send(message)
            same(s.recv(4096)[:1], b'E', repr(message[:4]))
        true(send_register(place, [sealed, bell, bell]).recv(9)[:1] == b'O', 'ok')
        # Nothing was left open by any of it.
        wait_for(lambda: place.usage()[2] < 12, 'descriptors')


def the_descriptor_limit_is_told_and_survived():
    with Place() as place:
        place.start(limit={resource.RLIMIT_NOFILE: 64})
        device = place.device('vm', 'idle', 100, wait='refused at')
        true('all 64 descriptors' in place.text(), place.text())
        place.sleeps()
        device.kill()
        device.wait()
        other = place.device('vm', 'idle', 10, wait=None)
        same(hear(other, 'registered'), 'registered 10', 'afterwards')


def a_log_at_its_limit_does_not_end_the_daemon():
    with Place() as place:
        logs = place.path('logs', make=True)
        place.start(
            '--log-dir', logs, limit={resource.RLIMIT_FSIZE: 65536}
        )
        device = place.device('vm', 'send', 20000)
        hear(device, 'sent')
        # The console goes on.
        Viewer(place, 'vm').until(records(19990, 10))
        wait_for(lambda: place.listed('vm')['UNLOGGED'] == '94464', 'the rest')
        same(os.path.getsize(os.path.join(logs, 'vm.log')), 65536, 'log')
        same(place.text().count('File too large'), 1, 'said once')


def a_pty_shows_what_was_kept_each_time_it_is_opened():
    with Place() as place:
        ptys = place.path('ptys', make=True)
        place.start('--pty-dir', ptys)
        device = place.device('vm', 'send', 4)
        hear(device, 'sent')
        device.stdin.close()
        device.wait(10)
        link = os.path.join(ptys, 'vm')
        if 'no pty' in place.text():
            return place.text()
        for _ in range(3):
            fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
            text = b''
            while len(text) < 32:
                text += os.read(fd, 100)
            same(text, records(0, 4), 'kept')
            os.close(fd)
            wait_for(lambda: place.listed('vm')['VIEWERS'] == '0', 'closed')
        place.device('vm', 'echo')
        fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
        os.write(fd, b'typed\n')
        text = b''
        while b'typed\n' not in text:
            text += os.read(fd, 100)
        os.close(fd)
        place.end()
        true(not os.path.lexists(link), 'the link is removed')
    return None


def a_plain_socket_carries_a_paste_and_its_end():
    with Place() as place:
        sockets = place.path('sockets', make=True)
        place.start('--socket-dir', sockets, '--scrollback', '256K')
        place.device('vm', 'echo')
        before = place.usage()[2]
        paste = records(0, 12800)
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(os.path.join(sockets, 'vm'))
            s.sendall(paste)
            s.shutdown(socket.SHUT_WR)
            back = b''
            while len(back) < len(paste):
                back += s.recv(65536)
            same(back == paste, True, 'the paste')
        # Who sends and leaves at once has it delivered too.
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(os.path.join(sockets, 'vm'))
            s.sendall(paste)
        viewer = Viewer(place, 'vm')
        same(viewer.read(2 * len(paste)) == paste * 2, True, 'both')
        wait_for(lambda: place.usage()[2] == before + 1, 'descriptors')


def sockets_that_close_at_any_byte_harm_nobody():
    with Place() as place:
        sockets = place.path('sockets', make=True)
        place.start('--socket-dir', sockets)
        device = place.device('vm', 'send', 1000)
        hear(device, 'sent')
        before = place.usage()[2]
        for n in range(0, 300, 3):
            s = socket.socket(socket.AF_UNIX)
            s.connect(os.path.join(sockets, 'vm'))
            if n:
                s.recv(n)
            s.close()
        same(Viewer(place, 'vm').read(8000), records(0, 1000), 'kept')
        wait_for(lambda: place.usage()[2] == before, 'descriptors')


def ten_thousand_idle_consoles_cost_memory_only():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Two descriptors of each, in the daemon and in the device process.
    want = 10000
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, 2 * want + 100))
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, max(hard, 20100)))
    except (ValueError, PermissionError):
        pass
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most != resource.RLIM_INFINITY:
        want = min(want, (most - 64) // 2)
    with Place() as place:
        place.start()
        empty = place.usage()[0]
        begin = time.monotonic()
        device = place.device('vm', 'idle', want, wait=None)
        same(hear(device, 'registered'), f'registered {want}', 'consoles')
        took = time.monotonic() - begin
        rss, before, fds = place.usage()
        time.sleep(3)
        cpu = place.usage()[1] - before
        # And one that is not idle is as quick as ever among them.
        device = place.device('busy', 'echo')
        viewer = Viewer(place, 'busy')
        times = [viewer.echo_ms() for _ in range(50)]
        note(
            f'{want} idle consoles: {took:.1f} s to register, {rss - empty} '
            f'KiB ({(rss - empty) / want:.2f} KiB each, 4 of them the shared '
            f'page), {fds} descriptors, {cpu:.2f} s CPU in 3 s; echo on one '
            f'more: median {statistics.median(times):.2f} ms'
        )
        true(cpu <= 0.02, 'idle consoles cost no CPU')
        true(fds <= 2 * want + 16, 'two descriptors each')
        true((rss - empty) / want < 8, 'less than 8 KiB each')


def the_list_names_all():
    with Place() as place:
        place.start()
        place.device('vm', 'idle', 1500, wait='registered')
        device = place.device('gone', 'send', 2)
        hear(device, 'sent')
        device.kill()
        device.wait()
        wait_for(lambda: 'gone: the device is gone' in place.text(), 'gone')
        out = subprocess.run(
            [CLIENT, '--socket', place.socket, '--list'],
            capture_output=True,
            text=True,
            timeout=20,
        )
        same(out.returncode, 0, out.stderr)
        lines = out.stdout.splitlines()
        same(len(lines), 1502, 'lines')
        same(len(set(lines)), 1502, 'each once')
        true(
            any(
                re.match(r'gone +gone +0 +16 +\d+ +16 +0 +0 +0$', line)
                for line in lines
            ),
            lines[:3],
        )


def the_list_is_json_too():
    with Place() as place:
        place.start()
        same(place.figures(), {}, 'no console')
        hear(place.device('a', 'send', 2), 'sent')
        place.device('b.c-d:e_f', 'echo')
        listed = place.figures()
        same(sorted(listed), ['a', 'b.c-d:e_f'], 'names')
        listed['a'].pop('bytes_per_s')
        same(
            listed['a'],
            {
                'device': 'up',
                'viewers': 0,
                'kept': 16,
                'sent': 16,
                'dropped': 0,
                'waited': 0,
                'unlogged': 0,
                'typed': 0,
                'breaks': 0,
                'missed': 0,
                'breaks_lost': 0,
            },
            'its values',
        )


def a_console_is_followed_by_another_program():
    with Place() as place:
        place.start()
        device = place.device('vm', 'send', 3)
        hear(device, 'sent')
        # Its input is a pipe in which something waits: it is not for the guest.
        with subprocess.Popen(
            [CLIENT, '--socket', place.socket, '--follow', 'vm'],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as follower:
            place.started.append(follower)
            follower.stdin.write(b'not typed')
            follower.stdin.flush()
            same(follower.stdout.read(24), records(0, 3), 'what was kept')
            device.kill()
            device.wait()
            place.device('vm', 'echo')
            writer = Viewer(place, 'vm', flags=4)
            same(writer.mode, 'w', 'nobody else types')
            writer.type(b'more')
            same(follower.stdout.read(4), b'more', 'what comes, and no remark')
            follower.terminate()


def a_client_that_nobody_reads_costs_nothing():
    with Place() as place:
        for words in ([], ['--follow']):
            place.start('--scrollback', '1M')
            hear(place.device(f'vm{len(words)}', 'send', 60000), 'sent')
            with subprocess.Popen(
                [CLIENT, '--socket', place.socket, *words]
                + [f'vm{len(words)}'],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ) as client:
                place.started.append(client)

                def waits():
                    count = array.array('i', [0])
                    fcntl.ioctl(client.stdout, termios.FIONREAD, count)
                    return count[0] > 60000

                wait_for(waits, 'its pipe is full')
                place.end()
                client.stdin.write(b'typed to nobody')
                client.stdin.flush()
                place.sleeps(client)
                client.kill()


def a_follower_ends_with_its_reader():
    with Place() as place:
        place.start()
        hear(place.device('vm', 'send', 2), 'sent')
        follower = subprocess.Popen(
            [CLIENT, '--socket', place.socket, '--follow', 'vm'],
            stdout=subprocess.PIPE,
        )
        place.started.append(follower)
        same(follower.stdout.read(16), records(0, 2), 'what was kept')
        follower.stdout.close()
        # The guest says no more.
        same(follower.wait(20), 1, 'status')


main(
    output_before_attach_is_replayed,
    scrollback_is_bounded_and_keeps_the_newest,
    a_key_is_echoed_at_once,
    a_paste_of_100_kib_comes_back_whole,
    only_one_viewer_types_unless_it_is_forced,
    a_killed_daemon_loses_nothing_of_the_ring,
    a_daemon_that_ends_by_itself_repeats_nothing,
    a_viewer_that_is_killed_and_comes_back_misses_nothing,
    a_viewer_that_stands_still_does_not_hold_the_guest_up,
    a_device_may_come_back_under_its_name,
    the_end_of_a_device_comes_behind_its_last_words,
    the_end_of_a_device_comes_before_the_next_one_to_who_is_slow_too,
    a_device_that_writes_garbage_harms_no_other,
    bad_requests_are_refused_by_name,
    the_descriptor_limit_is_told_and_survived,
    a_log_at_its_limit_does_not_end_the_daemon,
    a_pty_shows_what_was_kept_each_time_it_is_opened,
    a_plain_socket_carries_a_paste_and_its_end,
    sockets_that_close_at_any_byte_harm_nobody,
    ten_thousand_idle_consoles_cost_memory_only,
    the_list_names_all,
    the_list_is_json_too,
    a_console_is_followed_by_another_program,
    a_client_that_nobody_reads_costs_nothing,
    a_follower_ends_with_its_reader,
)
