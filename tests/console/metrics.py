# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The list of consoles as metrics: read as Prometheus reads them, and held
against what was done."""

import contextlib
import re
import subprocess

from consoles import CLIENT, Place, Viewer, hear, listen, main, records, same
from consoles import true, wait_for

LINE = re.compile(
    r'(vpl011_console_[a-z_]+)'
    r'\{console="((?:[^"\\\n]|\\["\\n])*)"\} ([0-9]+(?:\.[0-9]+)?)'
)


def read(text):
    """Values by metric and console. Each metric is in one place, behind one
    line of help and one of its type."""
    values = {}
    lines = text.split('\n')
    same(lines.pop(), '', 'the last line ends')
    while lines:
        helped = re.fullmatch(r'# HELP (\w+) (\w.*\.)', lines.pop(0))
        typed = re.fullmatch(r'# TYPE (\w+) (counter|gauge)', lines.pop(0))
        name = helped.group(1)
        same(typed.group(1), name, 'of one metric')
        true(name not in values, f'{name} once')
        same(typed.group(2) == 'counter', name.endswith('_total'), name)
        values[name] = {}
        while lines and not lines[0].startswith('#'):
            sample = LINE.fullmatch(lines[0])
            true(sample, f'a sample: {lines[0]!r}')
            lines.pop(0)
            same(sample.group(1), name, 'in its place')
            true(sample.group(2) not in values[name], 'each console once')
            values[name][sample.group(2)] = float(sample.group(3))
    return {
        name.removeprefix('vpl011_console_'): value
        for name, value in values.items()
    }


def client(place, *words):
    return subprocess.run(
        [CLIENT, '--socket', place.socket, *words],
        capture_output=True,
        text=True,
        timeout=20,
    )


def metrics(place):
    told = client(place, '--metrics')
    same(told.returncode, 0, told.stderr)
    return read(told.stdout)


def metrics_say_what_was_done():
    with Place() as place:
        place.start('--scrollback', '4K')
        same(set(map(len, metrics(place).values())), {0}, 'no console')
        gone = place.device('gone', 'send', 2)
        hear(gone, 'sent')
        gone.kill()
        gone.wait()
        wait_for(lambda: place.listed('gone')['DEVICE'] == 'gone', 'gone')
        place.device('a.b-c:d_e', 'echo')
        viewer = Viewer(place, 'a.b-c:d_e')
        viewer.type(b'typed')
        viewer.send_break()
        viewer.read(12)
        seen = metrics(place)
        for name, values in {
            'up': (1, 0),
            'viewers': (1, 0),
            'kept_bytes': (12, 16),
            'sent_bytes_total': (12, 16),
            'dropped_bytes_total': (0, 0),
            'waited_seconds_total': (0, 0),
            'unlogged_bytes_total': (0, 0),
            'missed_bytes_total': (0, 0),
            'typed_bytes_total': (5, 0),
            'breaks_total': (1, 0),
            'breaks_lost_total': (0, 0),
        }.items():
            both = dict(zip(('a.b-c:d_e', 'gone'), values))
            same(seen.pop(name), both, name)
        same(seen, {}, 'and no more')


def what_a_viewer_missed_and_what_waited_is_counted():
    with Place() as place:
        place.start('--scrollback', '4K', '--rate', '200K', '--burst', '2K')
        device = place.device('vm', 'send', 40000)
        slow = Viewer(place, 'vm', flags=1)
        hear(device, 'sent')
        slow.until(records(39990, 10))
        seen = metrics(place)
        true(slow.lost > 0, 'it missed some')
        same(seen['missed_bytes_total'], {'vm': slow.lost}, 'missed')
        same(seen['sent_bytes_total'], {'vm': 320000}, 'sent')
        true(seen['waited_seconds_total']['vm'] > 0, seen)


def a_list_that_is_not_written_is_an_error():
    with Place() as place:
        place.start()
        place.device('vm', 'echo')
        for form in ('--list', '--json', '--metrics'):
            with open('/dev/full', 'wb') as full:
                process = subprocess.run(
                    [CLIENT, '--socket', place.socket, form],
                    stdout=full,
                    stderr=subprocess.PIPE,
                    timeout=20,
                )
            same(process.returncode, 1, form)
            true(b'No space left' in process.stderr, process.stderr)


def many_consoles_are_all_there():
    with Place() as place:
        place.start()
        place.device('vm', 'idle', 1500)
        seen = metrics(place)
        expected = {f'vm-{i}': 1.0 for i in range(1500)}
        same(seen['up'] == expected, True, 'each')
        same({len(values) for values in seen.values()}, {1500}, 'in each')


def a_daemon_that_lies_makes_no_metric_of_its_own():
    with Place() as place:
        daemon = listen(place.socket)
        for entries, end, status in (
            # What is no name, fields that are no numbers, fewer fields as of an
            # older daemon, none, and more.
            ([b'a"b\\c\nd up 1 2 3 4 5 6 7 8 9 10'], b'Z', 0),
            ([b'vm up 1\nx{} 2 2 3 4x -5 6e9 7 8 9 10'], b'Z', 0),
            ([b'vm up 1 2 3 4 5 6 7', b'', b'x' * 4000], b'Z', 0),
            ([b'vm gone 1 2 3 4 5 6 7 8 9 10 11 12'], b'Z', 0),
            # What ends early is no list.
            ([b'vm up 1 2 3 4 5 6 7 8 9 10'], b'', 1),
            ([b'vm up 1 2 3 4 5 6 7 8 9 10'], b'Esorry', 1),
        ):
            with subprocess.Popen(
                [CLIENT, '--socket', place.socket, '--metrics'],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as process:
                place.started.append(process)
                peer = daemon.accept()[0]
                same(peer.recv(100), b'L', 'asked')
                for entry in entries:
                    peer.send(b'I' + entry)
                if end:
                    peer.send(end)
                peer.close()
                text, _ = process.communicate(timeout=20)
                same(process.returncode, status, entries)
                if status:
                    same(text, '', 'nothing of it')
                    continue
                seen = read(text)
                if b'"' in entries[0]:
                    same(seen['breaks_total'], {}, 'no name')
                if b'6e9' in entries[0]:
                    same(seen['viewers'], {}, 'no number')
                    same(seen['kept_bytes'], {'vm': 2}, 'a number')


def a_list_is_bounded_and_has_nothing_that_a_terminal_obeys():
    with Place() as place:
        daemon = listen(place.socket)
        for form in ('--list', '--json', '--metrics'):
            for entries, shown in (
                ([b'\x1b]0;title\x07 up 1 2', b'v"m up 1 2'], []),
                ([b'vm \x1b[c 1 2', b'vm up 1 \x1b[5n'], ['vm', 'vm']),
                ([b'vm up 1 2 3 ' + b'4' * 4000, b'x' * 4000], ['vm']),
                ([b'vm up 1 2 3 4 5 6 7 8 9 10 11 ' + b'x' * 4000], ['vm']),
            ):
                process = subprocess.Popen(
                    [CLIENT, '--socket', place.socket, form],
                    stdout=subprocess.PIPE,
                    text=True,
                )
                place.started.append(process)
                with daemon.accept()[0] as peer:
                    for entry in entries:
                        peer.send(b'I' + entry)
                    peer.send(b'Z')
                    text, _ = process.communicate(timeout=20)
                same(process.returncode, 0, form)
                for bad in ('\x1b', 'v"m', '444', 'xxx'):
                    true(bad not in text, text)
                if form == '--list':
                    rows = text.splitlines()[1:]
                    same([row.split()[0] for row in rows], shown, 'the rest')
        # One that never ends.
        process = subprocess.Popen(
            [CLIENT, '--socket', place.socket, '--list'],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        place.started.append(process)
        with daemon.accept()[0] as peer:
            with contextlib.suppress(ConnectionError):
                for _ in range(2**20 + 1000):
                    peer.send(b'Ivm')
            _, error = process.communicate(timeout=60)
        same(process.returncode, 1, 'status')
        true(b'too many consoles' in error, error)


main(
    metrics_say_what_was_done,
    what_a_viewer_missed_and_what_waited_is_counted,
    a_list_that_is_not_written_is_an_error,
    many_consoles_are_all_there,
    a_daemon_that_lies_makes_no_metric_of_its_own,
    a_list_is_bounded_and_has_nothing_that_a_terminal_obeys,
)
