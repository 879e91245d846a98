# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""A client, a device and a daemon that are ended by SIGKILL at random moments of
a transfer in both directions: what of it is lost, as docs/console.md has it."""

import mmap
import os
import random
import select
import signal
import socket
import struct
import subprocess
import time

from consoles import CLIENT, Place, Viewer, check_log, hear, main, records
from consoles import same, true, wait_for

SEEDS = 10
TEXT = records(0, 20000)
END = b'#end#'


class Transfer(Place):
    """A guest that echoes, with a log, and its ring page as it really is."""

    def __init__(self, seed):
        super().__init__()
        self.random = random.Random(seed)
        self.logs = self.path('logs', make=True)
        self.log = os.path.join(self.logs, 'vm.log')
        # [bytes] of the echo after which something is killed.
        self.moment = self.random.randrange(1, 20000)

    def begin(self):
        self.start('--log-dir', self.logs, '--scrollback', '256K')
        device = self.device('vm', 'echo')
        directory = f'/proc/{device.pid}/fd'
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            if os.readlink(path).startswith('/memfd:'):
                with open(path, 'rb') as file:
                    self.page = mmap.mmap(
                        file.fileno(), 4096, prot=mmap.PROT_READ
                    )
        return device

    def typed(self):
        """[bytes] that ever were in the ring for the guest."""
        return struct.unpack_from('<I', self.page, 3076)[0]

    def accepted(self):
        """[bytes] that ever were taken from the guest."""
        return struct.unpack_from('<I', self.page, 3084)[0]

    def run(self, receiver, send, receive):
        """Type and read at once, in parts, until the moment."""
        sent = seen = 0
        end = time.monotonic() + 60
        while seen < self.moment:
            true(time.monotonic() < end, f'{seen} bytes came of {sent}')
            part = TEXT[sent : sent + self.random.randrange(1, 2000)]
            try:
                sent += send(part)
            except BlockingIOError:
                pass
            while select.select([receiver], [], [], 0)[0] and seen < self.moment:
                seen += receive()

    def type_with(self, viewer):
        def send(part):
            viewer.socket.send(b'D' + part, socket.MSG_DONTWAIT)
            return len(part)

        def receive():
            before = len(viewer.bytes)
            viewer.take()
            return len(viewer.bytes) - before

        self.run(viewer.socket, send, receive)

    def logged(self):
        with open(self.log, 'rb') as file:
            return file.read()

    def type_the_end(self, viewer):
        """Behind all that is on its way; what the log has before it."""
        viewer.type(END)
        wait_for(lambda: self.logged().endswith(END), 'the end')
        return self.logged()[: -len(END)]


def a_killed_client_loses_nothing():
    for seed in range(SEEDS):
        with Transfer(seed) as place:
            place.begin()
            client = subprocess.Popen(
                [CLIENT, '--socket', place.socket, 'vm'],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            place.started.append(client)
            ours, theirs = client.stdin.fileno(), client.stdout.fileno()
            os.set_blocking(ours, False)
            place.run(
                theirs,
                lambda part: os.write(ours, part),
                lambda: len(os.read(theirs, 65536)),
            )
            client.kill()
            client.wait()
            wait_for(lambda: place.listed('vm')['VIEWERS'] == '0', 'it is gone')
            viewer = Viewer(place, 'vm')
            log = place.type_the_end(viewer)
            true(len(log) >= place.moment, f'{len(log)} of {place.moment}')
            same(log == TEXT[: len(log)], True, f'seed {seed}: in order')
            same(place.accepted(), len(log + END), 'all of it')
            same(viewer.read(len(log + END)) == log + END, True, 'what was kept')


def a_killed_device_loses_nothing_that_was_taken_from_its_guest():
    for seed in range(SEEDS):
        with Transfer(seed) as place:
            device = place.begin()
            viewer = Viewer(place, 'vm')
            place.type_with(viewer)
            device.kill()
            device.wait()
            wait_for(lambda: place.listed('vm')['DEVICE'] == 'gone', 'it is gone')
            accepted = place.accepted()
            wait_for(lambda: len(place.logged()) >= accepted, 'the log')
            same(place.logged() == TEXT[:accepted], True, f'seed {seed}: the log')
            seen = viewer.read(accepted) + viewer.bytes
            same(seen == TEXT[:accepted], True, f'seed {seed}: seen')
            same(viewer.lost, 0, 'lost')
            # What was in its ring is lost with its guest, and no more comes of
            # it; what has not been there may come to the next guest.
            place.device('vm', 'echo')
            rest = place.type_the_end(viewer)[accepted:]
            true(TEXT.find(rest, place.typed()) >= 0, f'seed {seed}: {rest[:32]}')


def a_killed_daemon_loses_nothing_that_is_in_the_ring():
    for seed in range(SEEDS):
        with Transfer(seed) as place:
            device = place.begin()
            place.type_with(Viewer(place, 'vm'))
            place.end(signal.SIGKILL)
            whole = TEXT[: place.typed()] + END
            place.start('--log-dir', place.logs)
            hear(device, 'registered')
            place.type_the_end(Viewer(place, 'vm'))
            same(place.accepted(), len(whole), 'what the guest sent')
            check_log(place.log, whole, 1)


main(
    a_killed_client_loses_nothing,
    a_killed_device_loses_nothing_that_was_taken_from_its_guest,
    a_killed_daemon_loses_nothing_that_is_in_the_ring,
)
