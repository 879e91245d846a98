# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""What scripts/demo --linux does in a terminal: the guest's shell is typed to,
pasted into and powered off; it is left and interrupted at any time, and the
terminal is as it was and nothing is left running."""

import fcntl
import hashlib
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time

from emulated import PATIENCE, Failure, case
import arm64_host
from tap import done, skip_all

PROGRAM = pathlib.Path(arm64_host.__file__).with_name('demo_linux.py')
PASTED = ''.join(f'line {n} of what is pasted\n' for n in range(60))


class Terminal:
    """The demo in a terminal of its own."""

    def __init__(self):
        self.ours, theirs = pty.openpty()
        self.mode = termios.tcgetattr(theirs)
        self.said = b''
        self.at = 0
        self.theirs = theirs
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, sys.argv[1], sys.argv[2], ''],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            preexec_fn=self.own_terminal,
        )

    def own_terminal(self):
        os.setsid()
        fcntl.ioctl(self.theirs, termios.TIOCSCTTY, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)

    def fail(self, why):
        said = self.said.decode('utf-8', 'replace').replace('\r', '\n')
        raise Failure(f'{why}\nThe terminal so far:\n{said}')

    def hear(self):
        if select.select([self.ours], [], [], 0.2)[0]:
            self.said += os.read(self.ours, 65536)

    def expect(self, wanted):
        deadline = time.monotonic() + PATIENCE
        pattern = re.compile(re.escape(wanted.encode()))
        while time.monotonic() < deadline and self.process.poll() is None:
            match = pattern.search(self.said, self.at)
            if match:
                self.at = match.end()
                return
            self.hear()
        self.fail(f'{wanted!r} did not come')

    def type(self, text):
        os.write(self.ours, text.encode())

    def ends(self, status):
        """With this status, its terminal given back, its host gone."""
        deadline = time.monotonic() + 30
        while self.process.poll() is None:
            self.hear()
            if time.monotonic() > deadline:
                self.fail('it does not end')
        if self.process.returncode != status:
            self.fail(f'exit status {self.process.returncode}')
        if termios.tcgetattr(self.theirs) != self.mode:
            self.fail('the terminal is not as it was')

    def host(self):
        """The process of the emulated host."""
        for _ in range(100):
            told = subprocess.run(
                ['pgrep', '-P', str(self.process.pid), '-f', arm64_host.QEMU],
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
            if told.returncode == 0:
                return int(told.stdout)
            time.sleep(0.1)
        raise Failure('there is no host')


def gone(pid):
    for _ in range(50):
        if not os.path.exists(f'/proc/{pid}'):
            return True
        time.sleep(0.1)
    return False


def used():
    with case('the guest in a terminal: typed, pasted, read, powered off'):
        with Terminal() as terminal:
            terminal.expect('starting an emulated arm64 host')
            terminal.expect('booting Linux under KVM')
            terminal.expect('guest# ')
            terminal.type('uname -m; cat /proc/consoles\r')
            terminal.expect('aarch64')
            terminal.expect('ttyAMA0')
            # Ctrl-C is the guest's. In one process: a shell that is between two
            # commands takes it for itself, and starts the second.
            terminal.type("sh -c 'echo start\"ed\"; exec sleep 1000'\r")
            terminal.expect('started')
            terminal.type('\x03')
            terminal.expect('guest# ')
            terminal.type('echo rea"dy"; cat >/tmp/pasted\r')
            terminal.expect('ready')
            terminal.type(PASTED)
            terminal.type('\x04')
            terminal.type('md5sum </tmp/pasted\r')
            terminal.expect(hashlib.md5(PASTED.encode()).hexdigest())
            terminal.type('dmesg | grep init\r')
            terminal.expect('Run /init')
            terminal.type('\x1d?')
            terminal.expect('kvm: Ctrl-] q quits')
            host = terminal.host()
            # As one types them; there is no init to ask.
            terminal.type('reboot\r')
            terminal.expect('libvpl011 guest: ')
            terminal.expect('guest# ')
            terminal.type('poweroff\r')
            terminal.ends(0)
            assert gone(host), 'the host runs on'


def left():
    with case('Ctrl-] q leaves a guest that runs'):
        with Terminal() as terminal:
            terminal.expect('guest# ')
            host = terminal.host()
            terminal.type('\x1dq')
            terminal.ends(0)
            assert gone(host), 'the host runs on'


def interrupted():
    with case('Ctrl-C while it boots ends it'):
        with Terminal() as terminal:
            terminal.expect('starting an emulated arm64 host')
            host = terminal.host()
            terminal.type('\x03')
            terminal.ends(128 + signal.SIGINT)
            assert gone(host), 'the host runs on'
    with case('SIGTERM while the guest boots ends it'):
        with Terminal() as terminal:
            terminal.expect('booting Linux under KVM')
            host = terminal.host()
            terminal.process.terminate()
            terminal.ends(128 + signal.SIGTERM)
            assert gone(host), 'the host runs on'
    with case('killed, it takes the host with it'):
        with Terminal() as terminal:
            terminal.expect('starting an emulated arm64 host')
            host = terminal.host()
            terminal.process.kill()
            assert gone(host), 'the host runs on'


def main():
    why = arm64_host.missing(pathlib.Path(sys.argv[1]))
    if why:
        skip_all(why)
    used()
    left()
    interrupted()
    done()


if __name__ == '__main__':
    main()
