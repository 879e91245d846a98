# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Guests that together send as fast as the daemon reads, and others beside them.
How fast each may be is in rate.py."""

import os
import signal
import time

from consoles import Logged, Viewer, hear, main, note, same
from consoles import small_quarantine, true, wait_for

FLOODS = 50
CAP = 65536


def fifty_floods_and_a_disk_that_stalls_hold_nobody_up():
    small_quarantine()
    with Logged(disk=True) as place:
        place.start('--log-size', '64K', '--log-files', '1')
        flood = place.device('flood', 'flood', FLOODS, wait=None)
        hear(flood, f'registered {FLOODS}')
        slow = place.device('slow', 'send', 100000000)
        place.device('other', 'echo')
        viewer = Viewer(place, 'other')
        wait_for(lambda: place.log('slow.log'), 'its log')
        place.set('stands', True)
        wait_for(lambda: 'the disk is slow' in place.text(), 'it stalls')
        # What a busy machine delays is late without floods, too, or in one look
        # of several; what the daemon delays is late in all of them.
        for _ in range(4):
            for device in (flood, slow):
                device.send_signal(signal.SIGSTOP)
            usual = viewer.late_ms(1)
            for device in (flood, slow):
                device.send_signal(signal.SIGCONT)
            before = sent(place)
            begin = time.monotonic()
            late = viewer.late_ms(2)
            after = sent(place)
            speed = (after - before) / (time.monotonic() - begin) / 1e6
            note(f'{speed:.0f} MB/s beside it')
            if late <= max(10, 4 * usual):
                break
        true(late <= max(10, 4 * usual), f'echo: {late} ms, else {usual}')
        true(after > before, 'they flood')
        # The list is whole at once, under the same load.
        listed = place.list()
        same(len(listed), FLOODS + 2, 'consoles')
        for name, row in listed.items():
            same(row['DEVICE'], 'up', name)
        true(int(listed['slow']['UNLOGGED']) > 0, 'what the disk did not take')
        for name in os.listdir(place.logs):
            size = os.path.getsize(os.path.join(place.logs, name))
            true(size <= CAP, f'{name}: {size} bytes')
        place.set('stands', False)
        wait_for(lambda: 'written again' in place.text(), 'it goes on')


def sent(place):
    return sum(int(row['SENT']) for row in place.list().values())


main(fifty_floods_and_a_disk_that_stalls_hold_nobody_up)
