# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""A daemon, devices and viewers for the tests, and TAP lines.

Meson gives in the environment: DAEMON, CLIENT, DEVICE (programs).
"""

import array
import fcntl
import json
import mmap
import os
import pty
import re
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import traceback

DAEMON = os.environ['DAEMON']
CLIENT = os.environ['CLIENT']
DEVICE = os.environ['DEVICE']

OUT_SIZE = 2048
IN_PROD = 3076
OUT_PROD = 3084


class Gone(Exception):
    pass


def note(text):
    for line in str(text).splitlines():
        print(f'# {line}', flush=True)


def wait_for(condition, what, seconds=20):
    """Wait until a condition holds; its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f'{what}: not within {seconds} s')
        time.sleep(0.01)


def same(actual, expected, what):
    if actual != expected:
        raise AssertionError(f'{what}: {actual!r}, expected {expected!r}')


def true(value, what):
    if not value:
        raise AssertionError(what)


class Place:
    """A directory with a daemon in it; ends all that was started."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix='vpl011-')
        self.socket = os.path.join(self.dir, 'd.sock')
        self.started = []
        self.daemon = None
        self.said = os.path.join(self.dir, 'said')
        self.program = DAEMON

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for process in reversed(self.started):
            if process.poll() is None:
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()
        if error[0]:
            # A thousand viewers may have come.
            note(self.text()[-8192:])
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, *names, make=False):
        path = os.path.join(self.dir, *names)
        if make:
            os.makedirs(path, exist_ok=True)
        return path

    def text(self):
        try:
            with open(self.said, encoding='utf-8', errors='replace') as file:
                return file.read()
        except FileNotFoundError:
            return ''

    def start(self, *options, limit=None):
        def limits():
            for what, most in (limit or {}).items():
                resource.setrlimit(what, (most, most))

        with open(self.said, 'ab') as said:
            self.daemon = subprocess.Popen(
                [self.program, '--socket', self.socket, '--verbose', *options],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                preexec_fn=limits,
            )
        self.started.append(self.daemon)
        # What a killed daemon left there does not answer.
        wait_for(self.is_up, 'the daemon listens')

    def is_up(self):
        if self.daemon.poll() is not None:
            raise AssertionError(f'the daemon ended: {self.text()}')
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            try:
                s.connect(self.socket)
            except OSError:
                return False
            return True

    def end(self, number=signal.SIGTERM):
        self.daemon.send_signal(number)
        return self.daemon.wait(20)

    def list(self):
        """What --list says of each console, by column."""
        out = subprocess.run(
            [CLIENT, '--socket', self.socket, '--list'],
            capture_output=True,
            text=True,
            timeout=20,
        ).stdout.splitlines()
        rows = [line.split() for line in out]
        return {row[0]: dict(zip(rows[0], row)) for row in rows[1:]}

    def listed(self, name):
        return self.list().get(name, {})

    def figures(self):
        """What --json says of each console."""
        out = subprocess.run(
            [CLIENT, '--socket', self.socket, '--json'],
            stdout=subprocess.PIPE,
            check=True,
            timeout=20,
        ).stdout
        return {entry.pop('console'): entry for entry in json.loads(out)}

    def device(self, name, mode, count=0, wait='registered'):
        process = subprocess.Popen(
            [DEVICE, self.socket, name, mode, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.started.append(process)
        if wait:
            hear(process, wait)
        return process

    def usage(self, process=None):
        """(resident KiB, CPU seconds, descriptors) of the daemon, or another."""
        pid = (process or self.daemon).pid
        with open(f'/proc/{pid}/status', encoding='ascii') as file:
            rss = int(re.search(r'VmRSS:\s+(\d+)', file.read()).group(1))
        with open(f'/proc/{pid}/stat', encoding='ascii') as file:
            words = file.read().rsplit(')', 1)[1].split()
        ticks = int(words[11]) + int(words[12])
        return (
            rss,
            ticks / os.sysconf('SC_CLK_TCK'),
            len(os.listdir(f'/proc/{pid}/fd')),
        )

    def sleeps(self, process=None, most=0.1):
        """The daemon, or another, takes no more than so much of a processor once
        it has done what it still had to do."""
        for _ in range(5):
            before = self.usage(process)[1]
            time.sleep(1)
            used = self.usage(process)[1] - before
            if used < most:
                return
        raise AssertionError(f'{used} s of processor in one second')


class Logged(Place):
    def __init__(self, disk=False):
        super().__init__()
        self.logs = self.path('logs', make=True)
        self.program = os.environ['DISK_DAEMON'] if disk else DAEMON

    def start(self, *options, **more):
        os.environ['DISK_STANDS'] = self.path('stands')
        os.environ['DISK_FULL'] = self.path('full')
        super().start('--log-dir', self.logs, *options, **more)

    def set(self, name, there):
        if there:
            open(self.path(name), 'w', encoding='ascii').close()
        else:
            os.unlink(self.path(name))

    def log(self, name):
        try:
            with open(os.path.join(self.logs, name), 'rb') as file:
                return file.read()
        except FileNotFoundError:
            return None

    def wait_for_end(self, name, text):
        """A disk that is late is not waited for by who sends."""
        wait_for(lambda: (self.log(name) or b'').endswith(text), f'all in {name}')


def small_quarantine(mib=8):
    """What a sanitizer keeps of freed memory, up to 256 MiB, is not the daemon's."""
    options = os.environ.get('ASAN_OPTIONS', '')
    os.environ['ASAN_OPTIONS'] = f'{options}:quarantine_size_mb={mib}'


def hear(process, start):
    """A line of a device that begins so; others are kept to be heard later,
    because a device may be done before it is asked."""
    kept = process.__dict__.setdefault('kept', [])
    for line in kept:
        if line.startswith(start):
            kept.remove(line)
            return line
    while True:
        line = process.stdout.readline().decode().strip()
        if not line:
            raise AssertionError(f'a device ended, "{start}" expected')
        if line.startswith(start):
            return line
        kept.append(line)


def page_and_doorbells(flags=0):
    """The descriptors with which a device registers; flags of what it rings."""
    page = os.memfd_create('page', os.MFD_ALLOW_SEALING)
    os.ftruncate(page, 4096)
    fcntl.fcntl(page, 1033, 2)  # F_ADD_SEALS, F_SEAL_SHRINK
    return [page, os.eventfd(0, flags), os.eventfd(0)]


def send_with(s, packet, descriptors):
    """Send a packet with descriptors, or without any."""
    fds = array.array('i', descriptors)
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)]
    s.sendmsg([packet], rights if descriptors else [])


def listen(path):
    """A place that waits for clients and devices, as a daemon does."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(10)
    s.bind(path)
    s.listen()
    return s


class Device:
    """A device by protocol, which takes BREAKs and answers when it is told."""

    def __init__(self, place, name, takes=b'\0B', flags=0):
        fds = page_and_doorbells(flags)
        self.page = mmap.mmap(fds[0], 4096)
        self.name = name.encode()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(20)
        self.socket.connect(place.socket)
        send_with(self.socket, b'R' + self.name + takes, fds)
        same(self.socket.recv(100), b'O' + self.name, 'registered')
        self.kick = fds[1]
        for fd in (fds[0], fds[2]):
            os.close(fd)

    def say(self, text):
        """Send output, of less than the ring holds."""
        at = struct.unpack_from('<I', self.page, OUT_PROD)[0]
        for i, byte in enumerate(text):
            self.page[1024 + (at + i) % 2048] = byte
        struct.pack_into('<I', self.page, OUT_PROD, at + len(text))
        os.eventfd_write(self.kick, 1)

    def typed(self):
        """How many bytes have come."""
        return struct.unpack_from('<I', self.page, IN_PROD)[0]


class Viewer:
    """A client by protocol: attach, then read and write."""

    def __init__(self, place, name, flags=0):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(20)
        self.socket.connect(place.socket)
        self.socket.send(b'A' + bytes([flags]) + name.encode())
        self.bytes = b''
        self.lost = 0
        self.device = None
        self.mode = None
        self.error = None
        self.answers = []
        self.said = []
        while self.mode is None and self.error is None:
            self.take()

    def take(self):
        message = self.socket.recv(4096)
        if not message:
            raise Gone
        kind, rest = message[:1], message[1:]
        if kind == b'D':
            self.bytes += rest
        elif kind in (b'O', b'M'):
            self.mode = rest[:1].decode()
        elif kind == b'B':
            self.answers.append(rest.decode())
        elif kind == b'S':
            self.said.append(rest)
        elif kind == b'X':
            self.lost += int(rest)
        elif kind == b'V':
            self.device = rest == b'1'
        elif kind == b'E':
            self.error = rest.decode()
        else:
            raise AssertionError(f'what is {message!r}?')

    def read(self, count, seconds=30):
        end = time.monotonic() + seconds
        while len(self.bytes) < count:
            if time.monotonic() > end:
                raise AssertionError(
                    f'{len(self.bytes)} bytes of {count} within {seconds} s'
                )
            self.take()
        out, self.bytes = self.bytes[:count], self.bytes[count:]
        return out

    def until(self, text, seconds=30):
        """Take what comes up to this, which is the last of it."""
        end = time.monotonic() + seconds
        while not self.bytes.endswith(text):
            true(time.monotonic() < end, f'{text} behind {self.bytes[-80:]}')
            self.take()

    def quiet(self, seconds=0.3):
        """Take what comes until nothing does. What has to come is waited for
        with read() or until()."""
        self.socket.settimeout(seconds)
        try:
            while True:
                self.take()
        except (TimeoutError, Gone):
            pass
        self.socket.settimeout(20)

    def echo_ms(self):
        """[ms] until a key comes back."""
        begin = time.monotonic()
        self.type(b'x')
        same(self.read(1), b'x', 'echo')
        return (time.monotonic() - begin) * 1000

    def echoes_within(self, limit_ms):
        """The median does, in one look of several: a busy machine delays some of
        them."""
        for _ in range(5):
            times = []
            for _ in range(100):
                times.append(self.echo_ms())
                time.sleep(0.003)
            times.sort()
            note(
                f'echo: median {times[50]:.2f} ms, 90 % {times[90]:.2f} ms, '
                f'worst {times[-1]:.2f} ms'
            )
            if times[50] < limit_ms:
                return
        raise AssertionError(f'the median echo is not within {limit_ms} ms')

    def late_ms(self, seconds):
        """[ms] within which 99 % of the echoes come."""
        times = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            times.append(self.echo_ms())
            time.sleep(0.002)
        times.sort()
        late = times[len(times) * 99 // 100]
        note(
            f'{len(times)} echoes: 99 % within {late:.2f} ms, '
            f'all {times[-1]:.2f}'
        )
        return late

    def type(self, data):
        self.socket.send(b'D' + data)

    def send_break(self):
        self.socket.send(b'B')

    def answer(self):
        """Why a BREAK was not sent; '' where it was."""
        while not self.answers:
            self.take()
        return self.answers.pop(0)

    def hears(self):
        """What the operator says."""
        while not self.said:
            self.take()
        return self.said.pop(0)

    def close(self):
        self.socket.close()


class Pty:
    """A program in a terminal of its own, and who sits there."""

    def __init__(self, place, words, size=None, **more):
        self.ours, theirs = pty.openpty()
        if size:
            termios.tcsetwinsize(theirs, size)
        self.said = b''
        self.process = subprocess.Popen(
            words,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            **more,
        )
        place.started.append(self.process)
        os.close(theirs)

    def hear(self):
        """False: nobody has the terminal any more."""
        if not select.select([self.ours], [], [], 0.2)[0]:
            return True
        try:
            self.said += os.read(self.ours, 65536)
        except OSError:
            return False
        return True

    def expect(self, text):
        end = time.monotonic() + 60
        while text not in self.said:
            true(time.monotonic() < end and self.hear(), f'{text} in {self.said}')
        at = self.said.index(text) + len(text)
        self.said = self.said[at:]

    def type(self, text):
        os.write(self.ours, text)

    def end(self):
        """Its exit status, and all that it said to the end."""
        end = time.monotonic() + 60
        while self.hear() and self.process.poll() is None:
            true(time.monotonic() < end, f'it does not end: {self.said}')
        while select.select([self.ours], [], [], 0)[0] and self.hear():
            pass
        os.close(self.ours)
        return self.process.wait(20), self.said.decode(errors='replace')


def records(first, count):
    return b''.join(b'%07d\n' % i for i in range(first, first + count))


def check_log(path, whole, kills):
    """All of it in order; after a kill what was not published comes again."""
    with open(path, 'rb') as file:
        data = file.read()
    at = 0
    repeated = []
    while data[: len(whole) - at] != whole[at:]:
        # Where it departs from the text it goes back by some bytes.
        low, high = 0, min(len(data), len(whole) - at)
        while low < high:
            middle = (low + high + 1) // 2
            if data[:middle] == whole[at : at + middle]:
                low = middle
            else:
                high = middle - 1
        data = data[low:]
        at += low
        back = next(
            (
                b
                for b in range(1, OUT_SIZE + 1)
                if data[:24] == whole[at - b : at - b + 24][: len(data)]
            ),
            None,
        )
        true(back, f'lost or wrong at byte {at}: {data[:32]!r}')
        repeated.append(back)
        at -= back
    same(data, whole[at:], 'the end')
    true(len(repeated) <= kills, f'{len(repeated)} repeats of {kills} kills')
    return repeated


def main(*cases):
    """Run cases as TAP; TEST_CASE=<name> runs that one alone."""
    only = os.environ.get('TEST_CASE')
    failed = 0
    cases = [c for c in cases if not only or c.__name__ == only]
    print(f'1..{len(cases)}')
    for number, case in enumerate(cases, 1):
        skipped = ''
        good = True
        try:
            skipped = case() or ''
        except Exception:
            good = False
            failed += 1
            note(traceback.format_exc())
        print(
            f'{"ok" if good else "not ok"} {number} - {case.__name__}'
            + (f' # SKIP {skipped}' if skipped else ''),
            flush=True,
        )
    sys.exit(1 if failed else 0)
