# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The daemon's logs: their bounds, what stands in their place, and disks that
are slow or full. DISK_DAEMON is a daemon with such a disk (disk.c)."""

import os
import re
import signal
import subprocess
import time

from consoles import Logged, Viewer, hear, main, note, records, same
from consoles import small_quarantine, true, wait_for


def missing_of(log):
    """What a log has without its remarks, and how much is missing by them."""
    mark = rb'\n?\[(\d+) bytes are missing here\]\n'
    return re.sub(mark, b'', log), sum(int(n) for n in re.findall(mark, log))


def logs_are_bounded_and_older_ones_kept():
    with Logged() as place:
        place.start('--log-size', '64K', '--log-files', '2')
        hear(place.device('vm', 'send', 50000), 'sent')
        names = ['vm.log.2', 'vm.log.1', 'vm.log']
        place.wait_for_end('vm.log', records(49999, 1))
        same(sorted(os.listdir(place.logs)), sorted(names), 'files')
        parts = [place.log(name) for name in names]
        for part in parts:
            true(len(part) <= 65536, f'{len(part)} bytes')
        text = b''.join(parts)
        true(len(text) > 2 * 60000, f'{len(text)} bytes of them')
        same(text == records(0, 50000)[-len(text) :], True, 'the newest')


def without_older_ones_a_log_begins_again():
    with Logged() as place:
        place.start('--log-size', '64K', '--log-files', '0')
        hear(place.device('vm', 'send', 50000), 'sent')
        place.wait_for_end('vm.log', records(49999, 1))
        same(os.listdir(place.logs), ['vm.log'], 'files')
        text = place.log('vm.log')
        true(len(text) <= 65536, f'{len(text)} bytes')
        same(text, records(0, 50000)[-len(text) :], 'the newest')


def a_log_that_was_moved_away_is_begun_again():
    with Logged() as place:
        place.start()
        place.device('vm', 'echo')
        viewer = Viewer(place, 'vm')
        for i, text in enumerate((b'one\n', b'two\n')):
            viewer.type(text)
            viewer.read(4)
            wait_for(lambda: place.log('vm.log') == text, 'the log')
            os.rename(
                os.path.join(place.logs, 'vm.log'),
                os.path.join(place.logs, f'moved{i}'),
            )
        same((place.log('moved0'), place.log('moved1')), (b'one\n', b'two\n'), 'both')


def each_line_begins_with_the_time_where_told():
    with Logged() as place:
        place.start('--log-timestamps', '--log-size', '64K')
        place.device('vm', 'echo')
        viewer = Viewer(place, 'vm')
        before = time.strftime('%Y-%m-%dT%H', time.gmtime()).encode()
        # The second line comes in two parts, and is given one time.
        for part in (b'a\nb', b'c\n'):
            viewer.type(part)
            viewer.read(len(part))
            time.sleep(0.05)
        stamp = rb'20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ '
        wait_for(
            lambda: re.fullmatch(
                stamp + b'a\n' + stamp + b'bc\n', place.log('vm.log') or b''
            ),
            'two lines',
        )
        now = time.strftime('%Y-%m-%dT%H', time.gmtime()).encode()
        logged = place.log('vm.log')[: len(now)]
        true(before <= logged <= now, 'the time now, in UTC')
        # Where it makes the log many times longer, the log stays bounded.
        for _ in range(3):
            viewer.type(b'\n' * 3000)
            viewer.read(3000)
        wait_for(lambda: place.log('vm.log.3') is not None, 'older logs')
        for name in os.listdir(place.logs):
            # It may have become the next one meanwhile.
            true(len(place.log(name) or b'') <= 65536, name)


def what_is_no_log_is_neither_waited_for_nor_written():
    def fifo(path, other):
        os.mkfifo(path)

    def read_fifo(path, other):
        os.mkfifo(path)
        os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def symlink(path, other):
        os.symlink(other, path)

    def hard_link(path, other):
        os.link(other, path)

    def directory(path, other):
        os.mkdir(path)

    def anothers(path, other):
        open(path, 'w', encoding='ascii').close()
        os.chown(path, 65534, -1)

    with Logged() as place:
        other = place.path('other')
        with open(other, 'w', encoding='ascii') as file:
            file.write('mine')
        place.start()
        for make, said in (
            (fifo, 'No such device'),
            (read_fifo, 'no regular file'),
            (symlink, 'Too many levels'),
            (hard_link, 'has other names'),
            (directory, 'Is a directory'),
            (anothers, 'another user'),
        ):
            name = make.__name__
            if make == anothers and os.getuid() != 0:
                continue
            make(os.path.join(place.logs, name + '.log'), other)
            hear(place.device(name, 'send', 2000), 'sent')
            same(place.listed(name)['SENT'], '16000', f'{name} sent')
            wait_for(
                lambda: place.listed(name)['UNLOGGED'] == '16000', 'counted'
            )
            wait_for(lambda: f'{name}.log' in place.text(), 'said')
            lines = [
                line for line in place.text().splitlines() if f'{name}.log' in line
            ]
            same(len(lines), 1, f'said once: {lines}')
            true(said in lines[0], f'{said}: {lines}')
        with open(other, encoding='ascii') as file:
            same(file.read(), 'mine', 'what was linked')
        same(place.end(), 0, 'it ends')


def a_disk_that_stands_still_holds_nobody_up():
    small_quarantine()
    with Logged(disk=True) as place:
        place.start('--scrollback', '4M')
        slow = place.device('slow', 'echo')
        place.device('other', 'echo')
        place.device('flood', 'send', 10000000)
        writer, viewer = Viewer(place, 'slow'), Viewer(place, 'other')
        writer.type(b'a')
        writer.read(1)
        wait_for(lambda: place.log('slow.log'), 'the log')
        # A busy machine may be slower than 10 ms by itself.
        usual = viewer.late_ms(1)

        def flood(at):
            begin = time.monotonic()
            for _ in range(50):
                at.type(b'x' * 2000)
                at.read(2000)
            return time.monotonic() - begin

        usual_flood = flood(viewer)
        place.set('stands', True)
        # More than may wait for it.
        took = flood(writer)
        true(took < max(4, 3 * usual_flood), f'its own guest goes on: {took}')
        # What the machine delays is not late in each of several looks.
        for _ in range(4):
            late = viewer.late_ms(3)
            if late < max(10, 2 * usual):
                break
        true(late < max(10, 2 * usual), f'the echo is within 10 ms: {late}')
        same(place.text().count('the disk is slow'), 1, 'said once')
        place.set('stands', False)
        wait_for(lambda: 'written again' in place.text(), 'it goes on')
        writer.type(b'z')
        writer.read(1)
        wait_for(lambda: place.log('slow.log').endswith(b'z'), 'the end')
        text, missing = missing_of(place.log('slow.log'))
        note(f'{len(text)} bytes are in the log, {missing} are not')
        same(len(text) + missing, 100002, 'each is in the log or counted')
        true(65536 - 2048 <= len(text) <= 65536 + 4, 'what may wait is kept')
        same(int(place.listed('slow')['UNLOGGED']), missing, 'listed')
        true(place.usage()[0] < 120000, 'memory is bounded')
        slow.kill()


def a_full_disk_is_said_once_counted_and_left_again():
    with Logged(disk=True) as place:
        place.start()
        place.device('slow', 'echo')
        place.device('other', 'echo')
        viewer, other = Viewer(place, 'slow'), Viewer(place, 'other')
        place.set('full', True)
        for _ in range(50):
            viewer.type(b'lost')
            viewer.read(4)
            other.type(b'kept')
            other.read(4)
        wait_for(lambda: place.listed('slow')['UNLOGGED'] == '200', 'counted')
        same(place.text().count('No space left'), 1, 'said once')
        place.set('full', False)
        viewer.type(b'again')
        viewer.read(5)
        wait_for(lambda: 'is written again' in place.text(), 'it goes on')
        text = b'[200 bytes are missing here]\nagain'
        wait_for(lambda: place.log('slow.log') == text, 'the log')
        wait_for(lambda: place.log('other.log') == b'kept' * 50, 'the other')


def a_daemon_that_ends_waits_for_its_logs():
    with Logged(disk=True) as place:
        place.start()
        place.device('slow', 'echo')
        viewer = Viewer(place, 'slow')
        place.set('stands', True)
        viewer.type(b'late')
        viewer.read(4)
        place.daemon.send_signal(signal.SIGTERM)
        time.sleep(1)
        same(place.daemon.poll(), None, 'it waits')
        place.set('stands', False)
        same(place.daemon.wait(10), 0, 'exit status')
        same(place.log('slow.log'), b'late', 'the log')
        # But not for ever, and it says what it cost.
        place.start()
        place.set('stands', True)
        wait_for(lambda: place.listed('slow').get('DEVICE') == 'up', 'up')
        viewer = Viewer(place, 'slow')
        viewer.type(b'lost')
        viewer.read(4)
        begin = time.monotonic()
        same(place.end(), 0, 'exit status')
        true(4 < time.monotonic() - begin < 10, 'five seconds')
        true('4 bytes are lost to the logs' in place.text(), place.text())


def standard_error_that_nobody_reads_stops_nothing():
    with Logged() as place:
        ours, theirs = os.pipe()
        os.set_blocking(theirs, False)
        try:
            while True:
                os.write(theirs, b'x' * 4096)
        except BlockingIOError:
            os.set_blocking(theirs, True)
        place.daemon = subprocess.Popen(
            [place.program, '--socket', place.socket, '--verbose'],
            stdin=subprocess.DEVNULL,
            stderr=theirs,
        )
        place.started.append(place.daemon)
        wait_for(place.is_up, 'the daemon listens')
        place.device('vm', 'echo')
        viewer = Viewer(place, 'vm')
        viewer.type(b'x')
        same(viewer.read(1), b'x', 'echo')
        same(place.end(), 0, 'exit status')
        os.close(ours)
        os.close(theirs)


main(
    logs_are_bounded_and_older_ones_kept,
    without_older_ones_a_log_begins_again,
    a_log_that_was_moved_away_is_begun_again,
    each_line_begins_with_the_time_where_told,
    what_is_no_log_is_neither_waited_for_nor_written,
    a_disk_that_stands_still_holds_nobody_up,
    a_full_disk_is_said_once_counted_and_left_again,
    a_daemon_that_ends_waits_for_its_logs,
    standard_error_that_nobody_reads_stops_nothing,
)
