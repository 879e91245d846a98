# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Shared by the tests that run guests under examples/kvm on an emulated arm64 host.

    with host_for_test() as host:
        host.shell('ls /guest')                     on the host: its output
        with host.monitor('--uart sbsa') as guest:  Linux under vpl011-kvm
            guest.boot()                            until its shell is there
            guest.command('uname -r')               in it: its output
            guest.send('exit\\r'); guest.expect('...')
            figures = guest.end()                   {name: number} of --stats

There is one console: the host's own while no monitor runs, the guest's while
one does. Every wait has a timeout, after which Failure is raised with the
console so far; `case` turns that into a failed case.
"""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.environ['TAP_PATH'])
sys.path.insert(0, os.environ['SOURCE_ROOT'] + '/scripts')
import arm64_host  # noqa: E402
from tap import note, ok, skip_all  # noqa: E402

# [s] unless somebody says otherwise. A whole boot takes about 10 on an idle
# machine; the tests share a busy one.
PATIENCE = 120

# The host's whole program: a line is a command, and its end is announced.
# Ctrl-C ends what runs, and not this.
HOST_LOOP = """\
cat >/loop.sh <<'END'
trap : INT
stty -echo
echo '<host ready>'
while IFS= read -r line; do
    eval "$line"
    echo "<host status $?>"
done
END
setsid cttyhack sh /loop.sh
"""
HOST_STATUS = re.compile(rb'<host status (\d+)>\r*\n')
FIGURE = re.compile(r'^([a-z][^\d\n]*?) {2,}(\d+)$', re.I | re.M)
LINUX = f'--kernel {arm64_host.KERNEL} --initrd {arm64_host.INITRD}'


class Failure(Exception):
    """Something did not come, or came wrong; with the console so far."""


class Host:
    """The emulated machine, with one console."""

    def __init__(self, packages, initrd, processors, steady):
        self.start = time.monotonic()
        self.said = bytearray()  # everything, for who asks what happened
        self.at = 0  # up to here it was matched
        self.more = threading.Condition()
        self.process = arm64_host.start(packages, initrd, processors, steady)
        # Meson ends a test that takes too long; QEMU must not be left of it.
        signal.signal(signal.SIGTERM, self.on_term)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def on_term(self, *_):
        self.process.kill()
        note('the test took too long; the end of the console:')
        # Not through text(): the lock may be this very thread's.
        note(bytes(self.said[-4000:]).decode('utf-8', 'replace'))
        sys.stdout.flush()
        os._exit(1)

    def read(self):
        data = b'-'
        while data:
            data = self.process.stdout.read(65536)
            with self.more:
                self.said += data
                self.more.notify_all()

    def text(self, start=0, end=None):
        with self.more:
            data = bytes(self.said[start:end])
        return data.decode('utf-8', 'replace').replace('\r', '')

    def send(self, data):
        if isinstance(data, str):
            data = data.encode()
        view = memoryview(data)
        while view:
            view = view[self.process.stdin.write(view) :]

    def expect(self, wanted, timeout=PATIENCE):
        """Wait for a text, or a compiled pattern of bytes, behind what was
        matched last; the match."""
        if not isinstance(wanted, re.Pattern):
            wanted = re.compile(re.escape(wanted.encode()))
        deadline = time.monotonic() + timeout
        begin = self.at
        with self.more:
            while True:
                match = wanted.search(self.said, self.at)
                if match:
                    self.at = match.end()
                    return match
                left = deadline - time.monotonic()
                if left <= 0 or not self.reader.is_alive():
                    break
                self.more.wait(min(left, 1))
        why = 'the host ended' if left > 0 else f'not within {timeout} s'
        raise Failure(
            f'{wanted.pattern.decode()!r} did not come: {why}\n'
            f'The console so far:\n{self.text(max(0, begin - 2000))}'
        )

    def shell(self, command, timeout=PATIENCE, status=0):
        """Run a line of sh on the host; what it said. `status` is what it has
        to end with; None: whatever."""
        begin = self.at
        self.send(command + '\n')
        match = self.expect(HOST_STATUS, timeout)
        text = self.text(begin, match.start())
        if status is not None and int(match[1]) != status:
            raise Failure(f'host: {command}: status {int(match[1])}\n{text}')
        return text

    def monitor(self, options='', kernel=LINUX, append='mitigations=off quiet'):
        """Start vpl011-kvm in the foreground: a Guest."""
        command = f'vpl011-kvm --stats {kernel} {options}'
        if append is not None:
            command += f' --append "{append}"'
        return Guest(self, command)

    def close(self):
        """Power the host off; harmless where it is gone."""
        with contextlib.suppress(OSError):
            self.process.stdin.write(b'poweroff -f\n')
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Guest:
    """A run of vpl011-kvm in the foreground of the host, or of what shows its
    guest there."""

    def __init__(self, host, command):
        self.host = host
        self.begin = host.at
        self.ended = False
        self.status = None
        self.figures = {}
        host.send(command + '\n')
        self.send = host.send
        self.expect = host.expect

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.ended:
            return
        # Something failed: leave the host usable for the next one.
        with contextlib.suppress(Failure):
            self.send(b'\x1dq')
            self.expect(HOST_STATUS, 10)
            self.ended = True
        if not self.ended:
            with contextlib.suppress(Failure):
                self.send('\x03\nkillall -9 vpl011-kvm\n')
                self.expect(re.compile(HOST_STATUS.pattern + rb'$'), 10)

    def boot(self, timeout=PATIENCE):
        """Until the guest's shell waits for a command."""
        self.expect('libvpl011 guest: ', timeout)
        self.expect('guest# ', timeout)

    def command(self, line, timeout=PATIENCE, status=0, typed=None):
        """Run a line of sh in the guest; what it said. What is to be typed
        meanwhile is sent once it says <go>."""
        # What is typed is echoed: it must not look like the marks.
        self.send(f'echo "<""begin>"; {line}; echo "<""status $?>"\r')
        begin = self.expect(re.compile(rb'<begin>\r*\n'), timeout).end()
        if typed:
            self.expect(re.compile(rb'<go>\r*\n'), timeout)
            self.send(typed)
        match = self.expect(re.compile(rb'<status (\d+)>\r*\n'), timeout)
        text = self.host.text(begin, match.start())
        self.expect('guest# ', timeout)
        if status is not None and int(match[1]) != status:
            raise Failure(f'guest: {line}: status {int(match[1])}\n{text}')
        return text

    def console(self):
        """Everything that was said in this run, up to the last match."""
        return self.host.text(self.begin, self.host.at)

    def end(self, timeout=PATIENCE, status=0):
        """Until the monitor has ended; its figures."""
        match = self.expect(HOST_STATUS, timeout)
        self.ended = True
        self.status = int(match[1])
        said = self.console()
        if status is not None and self.status != status:
            raise Failure(f'vpl011-kvm: exit status {self.status}\n{said}')
        self.figures = figures_of(said)
        return self.figures

    def poweroff(self, timeout=PATIENCE):
        self.send('poweroff -f\r')
        return self.end(timeout)


def figures_of(said):
    """{name: number} of what --stats says."""
    return {name: int(value) for name, value in FIGURE.findall(said)}


def say_figures(name, figures):
    note(
        f'{name}: {figures["wall time [ms]"] / 1000:.1f} s, '
        f'{figures["MMIO exits"]} MMIO exits, '
        f'{figures["interrupts"]} interrupts, '
        f'{figures["notifies"]} notifies'
    )


class Case:
    figures = None  # of Guest.end(), to be said


@contextlib.contextmanager
def case(name):
    """One case, which fails by Failure or AssertionError."""
    this = Case()
    try:
        yield this
    except (Failure, AssertionError) as error:
        ok(False, name, str(error) or repr(error))
    else:
        ok(True, name)
        if this.figures:
            say_figures(name, this.figures)


@contextlib.contextmanager
def host_for_test(more=None, processors=1, steady=False):
    """A host that waits for commands, or the test is skipped. Arguments of
    the test: where the packages are, and where programs are compiled to.

    more    {name: bytes} of further files on the host
    steady  see arm64_host.machine()
    """
    packages = pathlib.Path(sys.argv[1])
    why = arm64_host.missing(packages)
    if why:
        skip_all(why)
    begin = time.monotonic()
    programs = arm64_host.build(packages, pathlib.Path(sys.argv[2]))
    initrd = arm64_host.host_initrd(packages, programs, HOST_LOOP, more)
    built = time.monotonic() - begin
    host = Host(packages, initrd, processors, steady)
    try:
        host.expect(re.compile(rb'<host ready>\r*\n'))
        took = time.monotonic() - host.start
        note(f"programs {built:.1f} s, the host's boot {took:.1f} s")
        yield host
    finally:
        host.close()
