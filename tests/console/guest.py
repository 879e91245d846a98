# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""U-Boot with its console in another process, over a ring."""

import binascii
import os
import random
import re
import signal
import subprocess
import time
import zlib

from consoles import Place, Viewer, main, note, same, true, wait_for

UBOOT = os.environ['UBOOT']
IMAGE = '/usr/lib/u-boot/qemu_arm64/u-boot.bin'


def uboot(place, *options):
    said = open(place.path('uboot'), 'wb')
    process = subprocess.Popen(
        [UBOOT, '--ring', place.socket, *options],
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=said,
    )
    said.close()
    place.started.append(process)
    return process


def until(viewer, text, seconds=60):
    end = time.monotonic() + seconds
    while text not in viewer.bytes:
        true(time.monotonic() < end, f'{text} in {viewer.bytes[-200:]}')
        viewer.take()
    at = viewer.bytes.index(text) + len(text)
    out, viewer.bytes = viewer.bytes[:at], viewer.bytes[at:]
    return out


def attach(place, flags=0):
    """As soon as the guest is there."""
    end = time.monotonic() + 20
    while True:
        viewer = Viewer(place, 'uboot', flags)
        if not viewer.error:
            return viewer
        true(time.monotonic() < end, viewer.error)
        viewer.close()
        time.sleep(0.05)


def uboot_boots_into_a_console_in_another_process():
    with Place() as place:
        place.start()
        guest = uboot(place, '--stats')
        viewer = attach(place)
        until(viewer, b'=> ')
        viewer.type(b'version\r')
        true(b'U-Boot 20' in until(viewer, b'=> '), 'version')
        for _ in range(4):
            viewer.type(b'help\r')
            until(viewer, b'=> ')
        viewer.type(b'poweroff\r')
        same(guest.wait(20), 0, 'exit status')
        with open(place.path('uboot'), encoding='ascii') as file:
            said = file.read()
        sent = int(re.search(r'bytes from guest +(\d+)', said).group(1))
        told = int(re.search(r'notifies +(\d+)', said).group(1))
        per_kib = told * 1024 / sent
        note(f'{sent} bytes, {told} notifications: {per_kib:.1f} per KiB')
        true(per_kib <= 32, 'at most 32 notifications per KiB')


def a_guest_outlives_its_console_and_nothing_is_lost():
    with Place() as place:
        logs = place.path('logs', make=True)
        place.start('--log-dir', logs)
        guest = uboot(place)
        viewer = attach(place)
        until(viewer, b'=> ')
        for i in range(5):
            # What the ring holds while no daemon is there.
            viewer.type(b'version\r')
            # What a viewer typed is the daemon's until it is in the ring.
            until(viewer, b'version')
            place.end(signal.SIGKILL)
            place.start('--log-dir', logs)
            viewer = attach(place)
            # The old daemon may have had all of it, with the prompt.
            viewer.type(b'echo number %d done\r' % i)
            until(viewer, b'done\r\n=> ')
        viewer.type(b'poweroff\r')
        same(guest.wait(20), 0, 'exit status')
        wait_for(lambda: 'the device is gone' in place.text(), 'the end')
        with open(os.path.join(logs, 'uboot.log'), 'rb') as file:
            log = file.read()
        # Each is whole, but for what a kill has repeated.
        for line in (b'U-Boot 20', b'aarch64-linux-gnu-gcc', b'GNU ld'):
            true(log.count(line) in range(5, 12), f'{line}: {log[-900:]}')
        for i in range(5):
            true(b'\nnumber %d done\r\n' % i in log, f'number {i}')


def a_guest_starts_without_a_daemon_and_is_shown_from_its_ring():
    with Place() as place:
        guest = uboot(place)
        time.sleep(3)
        same(guest.poll(), None, 'it runs')
        place.start()
        viewer = attach(place)
        # The ring held the first 2 KiB of what it said.
        until(viewer, b'U-Boot 20')
        guest.terminate()


def crc16(data):
    """Of XMODEM and YMODEM."""
    return binascii.crc_hqx(data, 0)


def block(number, data):
    head = b'\x02' if len(data) == 1024 else b'\x01'
    crc = crc16(data).to_bytes(2, 'big')
    return head + bytes([number & 255, ~number & 255]) + data + crc


def answer(viewer):
    """The receiver repeats its C until it sees a block."""
    c = b'C'
    while c == b'C':
        c = viewer.read(1)
    return c


def upload(viewer, name, data):
    """YMODEM. Returns how many blocks were sent again."""
    again = 0
    first = name + b'\0%d' % len(data)
    blocks = [first.ljust(128, b'\0')]
    for at in range(0, len(data), 1024):
        blocks.append(data[at : at + 1024].ljust(1024, b'\x1a'))
    until(viewer, b'C')
    for number, contents in enumerate(blocks):
        viewer.type(block(number, contents))
        while answer(viewer) != b'\x06':
            again += 1
            true(again < 10, 'blocks are refused')
            viewer.type(block(number, contents))
    viewer.type(b'\x04')
    while answer(viewer) != b'\x06':
        viewer.type(b'\x04')
    until(viewer, b'C')
    viewer.type(block(0, bytes(128)))
    same(answer(viewer), b'\x06', 'the end of the batch')
    return again


def an_upload_goes_on_while_the_uart_moves_beside_its_ring():
    with Place() as place:
        place.start()
        guest = uboot(place, '--stats', '--move')
        viewer = attach(place)
        until(viewer, b'=> ')
        data = random.Random(64).randbytes(64 * 1024)
        viewer.type(b'loady\r')
        until(viewer, b'(ymodem)')
        until(viewer, b'\n')
        again = upload(viewer, b'data.bin', data)
        until(viewer, b'Total Size      = 0x00010000')
        until(viewer, b'=> ')
        viewer.type(b'crc32 ${loadaddr} ${filesize}\r')
        until(viewer, b'==> %08x' % zlib.crc32(data))
        until(viewer, b'=> ')
        viewer.type(b'poweroff\r')
        same(guest.wait(20), 0, 'exit status')
        with open(place.path('uboot'), encoding='ascii') as file:
            said = file.read()
        moves = int(re.search(r'moves +(\d+)', said).group(1))
        inside = int(re.search(r'with input in it +(\d+)', said).group(1))
        note(f'{len(data)} bytes, {again} blocks sent again; moved {moves} '
             f'times, {inside} of them with input in its FIFO')
        same(again, 0, 'blocks sent again')
        true(moves >= 1000 and inside >= 1000, 'moves')


if not os.path.exists(IMAGE):
    print(f'1..0 # SKIP no {IMAGE} (Debian: u-boot-qemu)')
else:
    main(
        uboot_boots_into_a_console_in_another_process,
        a_guest_outlives_its_console_and_nothing_is_lost,
        a_guest_starts_without_a_daemon_and_is_shown_from_its_ring,
        an_upload_goes_on_while_the_uart_moves_beside_its_ring,
    )
