# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Guests that send more than they may: each console's rate, and that of all."""

import selectors
import subprocess
import time

from consoles import DAEMON, Place, Viewer, hear, main, note, records, same
from consoles import true

KIB = 1024


def rates(viewers, seconds, each, part):
    """[bytes/s] of each viewer, of which `each` is expected. On a busy machine
    something may be late by much in one look, so there are more looks: what is
    wrong is so in all of them."""
    def take_all(until):
        with selectors.DefaultSelector() as ready:
            for viewer in viewers:
                ready.register(viewer.socket, selectors.EVENT_READ, viewer)
            while time.monotonic() < until:
                for key, _ in ready.select(0.001):
                    key.data.take()
        for viewer in viewers:
            viewer.quiet(0.001)
        return time.monotonic(), [len(viewer.bytes) for viewer in viewers]

    # What has piled up by now belongs to no time.
    begin, before = take_all(time.monotonic() + 0.5)
    for _ in range(6):
        end, after = take_all(begin + seconds)
        seen = [(b - a) / (end - begin) for a, b in zip(before, after)]
        if is_near(sum(seen), each * len(seen), 0.02) and all(
            is_near(one, each, part) for one in seen
        ):
            break
        begin, before = end, after
    return seen


def is_near(actual, expected, part):
    return abs(actual / expected - 1) <= part


def near(actual, expected, part, what):
    note(f'{what}: {actual:.0f}, {actual / expected - 1:+.2%}')
    true(is_near(actual, expected, part), f'{what}: {actual}, {expected}')


def a_flood_is_held_to_its_rate_and_loses_nothing():
    # At ten times that a busy machine is slower than the rate.
    rate, burst = 40 * KIB, 100 * KIB
    with Place() as place:
        place.start('--rate', '40K', '--burst', '100K', '--scrollback', '2M')
        device = place.device('vm', 'send', 1000000)
        viewer = Viewer(place, 'vm')
        viewer.read(burst)
        begin, used = time.monotonic(), place.usage()[1]
        [seen] = rates([viewer], 4, rate, 0.02)
        used = (place.usage()[1] - used) / (time.monotonic() - begin)
        near(seen, rate, 0.02, 'bytes a second')
        # Of one second each, which may be a bad one as above.
        for _ in range(6):
            listed = place.listed('vm')
            if is_near(int(listed['BYTES/S']), rate, 0.02):
                break
            time.sleep(1)
        near(int(listed['BYTES/S']), rate, 0.02, 'as --list has it')
        true(int(listed['WAITED']) > 1000, f'it waited: {listed}')
        same(listed['DROPPED'], '0', 'dropped')
        note(f'{used:.2%} of a processor')
        true(used < 0.2, 'it takes little of the processor')
        # All of it came, in order, and what the guest still has comes after.
        text = records(0, 12800) + viewer.bytes
        whole = records(0, 1000000)
        same(text == whole[: len(text)], True, 'in order')
        same(viewer.lost, 0, 'lost')


def the_last_words_of_a_device_are_not_held_back():
    with Place() as place:
        place.start('--rate', '10', '--burst', '10')
        device = place.device('vm', 'send', 100)
        viewer = Viewer(place, 'vm')
        begin = time.monotonic()
        viewer.read(10)
        device.stdin.close()
        device.wait(10)
        viewer.read(790)
        true(time.monotonic() - begin < 40, 'in less than 80 s')
        # But they count: who comes next under this name pays for them.
        place.device('vm', 'send', 100)
        time.sleep(1)
        viewer.quiet()
        same(viewer.bytes, b'', 'still in debt')


def a_console_that_sends_little_is_not_delayed():
    with Place() as place:
        place.start('--rate', '20K')
        place.device('vm', 'echo')
        Viewer(place, 'vm').echoes_within(2)


def a_slow_rate_comes_evenly():
    with Place() as place:
        place.start('--rate', '500', '--burst', '10')
        place.device('vm', 'send', 1000)
        viewer = Viewer(place, 'vm')
        [seen] = rates([viewer], 3, 500, 0.02)
        near(seen, 500, 0.02, 'bytes a second')
        same(viewer.bytes, records(0, 1000)[: len(viewer.bytes)], 'in order')


def what_exceeds_the_rate_is_dropped_and_counted_where_told():
    with Place() as place:
        place.start(
            '--rate', '50K', '--over-rate', 'drop', '--scrollback', '1M'
        )
        begin = time.monotonic()
        count = 100000
        hear(place.device('vm', 'send', count), 'sent')
        took = time.monotonic() - begin
        listed = place.listed('vm')
        kept, dropped = int(listed['SENT']), int(listed['DROPPED'])
        note(f'{took:.2f} s: {kept} bytes kept, {dropped} dropped')
        same(kept + dropped, 8 * count, 'each byte is counted')
        most = 50 * KIB * (took + 0.1)
        true(5120 <= kept <= most, f'{kept} of at most {most:.0f}')
        same(int(listed['KEPT']), kept, 'kept')
        same(place.text().count('the rest is dropped'), 1, 'said once')
        # The guest is not held up by it.
        same(listed['WAITED'], '0', 'waited')


def all_consoles_together_have_a_rate_and_share_it():
    rate = 100 * KIB
    with Place() as place:
        place.start('--common-rate', '100K', '--scrollback', '1M')
        names = ['a', 'b', 'c', 'd']
        for name in names:
            place.device(name, 'send', 1000000)
        viewers = [Viewer(place, name) for name in names]
        for viewer in viewers:
            viewer.read(10000)
        seen = rates(viewers, 4, rate / 4, 0.1)
        near(sum(seen), rate, 0.02, 'bytes a second of all')
        for name, one in zip(names, seen):
            near(one, rate / 4, 0.1, f'bytes a second of {name}')
        for viewer in viewers:
            text = records(0, 1250) + viewer.bytes
            same(text == records(0, 1000000)[: len(text)], True, 'in order')
        # Who sends little waits for one turn of each of the others.
        place.device('quiet', 'echo')
        quiet = Viewer(place, 'quiet')
        times = [quiet.echo_ms() for _ in range(20)]
        note(f'echo beside four floods: at most {max(times):.1f} ms')
        true(sorted(times)[10] < 100, 'the median echo is within 0.1 s')


def a_rate_of_one_and_that_of_all_hold_together():
    with Place() as place:
        place.start(
            '--rate', '30K', '--burst', '1K', '--common-rate', '1M'
        )
        names = ['a', 'b']
        for name in names:
            place.device(name, 'send', 1000000)
        viewers = [Viewer(place, name) for name in names]
        for name, one in zip(names, rates(viewers, 3, 30 * KIB, 0.02)):
            near(one, 30 * KIB, 0.02, f'bytes a second of {name}')


def fifty_floods_are_each_held_to_their_rate():
    rate = 40 * KIB

    def sent():
        listed = place.list()
        names = [f'flood-{i}' for i in range(50)]
        return time.monotonic(), [int(listed[name]['SENT']) for name in names]

    with Place() as place:
        place.start('--rate', '40K')
        hear(place.device('flood', 'flood', 50, wait=None), 'registered 50')
        # Without what each may send at once.
        time.sleep(0.5)
        begin, before = sent()
        for _ in range(6):
            time.sleep(3)
            end, after = sent()
            seen = [(b - a) / (end - begin) for a, b in zip(before, after)]
            if all(is_near(one, rate, 0.02) for one in seen):
                break
            begin, before = end, after
        near(min(seen), rate, 0.02, 'bytes a second of the slowest')
        near(max(seen), rate, 0.02, 'bytes a second of the fastest')


def wrong_rates_are_refused():
    for words, said in (
        (['--rate', '0'], 'is not 1 to'),
        (['--rate', '2000M'], 'is not 1 to'),
        (['--rate', '-1'], 'is not 1 to'),
        (['--rate', '1M', '--burst', '4K'], 'in 10 ms'),
        (['--over-rate', 'x'], 'neither wait nor drop'),
    ):
        r = subprocess.run(
            [DAEMON, '--socket', '/nowhere/x', *words],
            capture_output=True,
            text=True,
            timeout=20,
        )
        same(r.returncode, 2, words)
        true(said in r.stderr, r.stderr)


main(
    a_flood_is_held_to_its_rate_and_loses_nothing,
    the_last_words_of_a_device_are_not_held_back,
    a_console_that_sends_little_is_not_delayed,
    a_slow_rate_comes_evenly,
    what_exceeds_the_rate_is_dropped_and_counted_where_told,
    all_consoles_together_have_a_rate_and_share_it,
    a_rate_of_one_and_that_of_all_hold_together,
    fifty_floods_are_each_held_to_their_rate,
    wrong_rates_are_refused,
)
