# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The part of scripts/demo --linux that a shell cannot do: the emulated arm64
host behind this terminal.

    demo_linux.py PACKAGES DIRECTORY MONITOR [--verbose] [OPTION]...

PACKAGES has the kernel; programs for arm64 are compiled to DIRECTORY. With a
MONITOR, which is vpl011-kvm for this machine, no host is emulated. The options
are those of vpl011-kvm.

During the boot the terminal is not changed, and Ctrl-C ends everything; then it
is raw, and every key but Ctrl-] goes to the guest. However this ends, the
terminal is restored and the emulated host is ended.
"""

import os
import pathlib
import re
import selectors
import shlex
import signal
import subprocess
import sys
import termios
import time
import tty

import arm64_host

PROGRAM = 'demo'
# What the host says of itself, behind a byte that consoles do not use.
HOST_STARTS = b'\x1e<starts>\r\n'
HOST_ENDS = re.compile(rb'\x1e<ends (\d+)>')
PROMPT = b'guest# '
KEYS = "Ctrl-] q quits; in the guest, so does poweroff"
QUIT = b'\x1dq'
# The host has so long [s] to go after the user asked for it.
PATIENCE = 10

HOST_RUN = """\
cat >/console.sh <<'END'
stty raw -echo
printf '\\036<starts>\\r\\n'
vpl011-kvm {options}
printf '\\036<ends %s>' $?
END
setsid cttyhack sh /console.sh
"""


def say(text):
    print(f'{PROGRAM}: {text}', file=sys.stderr, flush=True)


class Progress:
    """What is being done, with the seconds, in place; in a log one line."""

    def __init__(self):
        self.text = ''
        self.start = 0
        self.width = 0
        self.shown = -1  # [s]

    def begin(self, text):
        self.end()
        self.text = text
        self.start = time.monotonic()
        self.shown = -1
        if not sys.stderr.isatty():
            say(text)

    def show(self):
        seconds = int(time.monotonic() - self.start)
        if self.text and sys.stderr.isatty() and seconds != self.shown:
            self.shown = seconds
            line = f'{PROGRAM}: {self.text} {seconds} s '
            self.width = max(self.width, len(line))
            print(f'\r{line}', end='', file=sys.stderr, flush=True)

    def end(self):
        if self.width:
            blank = ' ' * self.width
            print(f'\r{blank}\r', end='', file=sys.stderr, flush=True)
        self.width = 0
        self.text = ''


class Terminal:
    """Standard input: raw while the guest has it, if it is a terminal."""

    def __init__(self):
        self.mode = termios.tcgetattr(0) if os.isatty(0) else None

    def raw(self):
        if self.mode:
            # Drained, not flushed: what was typed ahead is the guest's.
            tty.setraw(0, termios.TCSADRAIN)

    def give_back(self):
        if self.mode:
            termios.tcsetattr(0, termios.TCSADRAIN, self.mode)


class Console:
    """Between the user and the host."""

    def __init__(self, host, terminal, progress):
        self.host = host
        self.terminal = terminal
        self.progress = progress
        self.has_started = False  # the monitor
        self.is_shown = False  # what it says, because it said something
        self.status = None  # of the monitor, once it has ended
        self.said = b''  # and not shown yet
        self.tail = b''  # and shown, for the prompt
        self.typed = b''
        self.quit_by = None  # [s] when the host is ended by force

    def wants_input(self):
        """A terminal's from the beginning of the guest, other input only when
        its shell is there: a booting kernel throws away what it finds."""
        return self.is_shown and (self.terminal.mode or PROMPT in self.tail)

    def take_input(self):
        """False: there will be no more."""
        data = os.read(0, 1024)
        if not data:
            # The end of the shell, which powers the guest off.
            self.host.stdin.write(b'\x04')
            return False
        if self.terminal.mode:
            self.typed = (self.typed + data)[-2:]
            if QUIT in self.typed + data and not self.quit_by:
                self.quit_by = time.monotonic() + PATIENCE
        else:
            # A terminal's Enter
            data = data.replace(b'\n', b'\r')
        self.host.stdin.write(data)
        return True

    def take_output(self):
        """False: the host is off."""
        data = self.host.stdout.read(65536)
        self.said += data
        if not self.has_started and HOST_STARTS in self.said:
            self.has_started = True
            self.said = self.said.partition(HOST_STARTS)[2]
            self.progress.begin('booting Linux under KVM on it')
        if self.has_started and self.said and self.status is None:
            if not self.is_shown:
                self.is_shown = True
                self.progress.end()
                self.terminal.raw()
            self.show()
        return bool(data)

    def show(self):
        end = HOST_ENDS.search(self.said)
        if end:
            self.status = int(end[1])
            now = self.said[: end.start()]
            self.said = b''
        else:
            # The mark may be cut in two.
            now, mark, rest = self.said.partition(b'\x1e')
            self.said = mark + rest
        self.tail = (self.tail + now)[-1000:]
        view = memoryview(now)
        while view:
            view = view[os.write(1, view) :]


def relay(host, console):
    """Until the host is off, or has to be ended."""
    inputs = selectors.DefaultSelector()
    inputs.register(host.stdout, selectors.EVENT_READ)
    open_input = True
    listening = False
    while True:
        if open_input and console.wants_input() and not listening:
            inputs.register(0, selectors.EVENT_READ)
            listening = True
        ready = {key.fd for key, _ in inputs.select(0.5)}
        console.progress.show()
        if console.quit_by and time.monotonic() > console.quit_by:
            return
        if 0 in ready and not console.take_input():
            inputs.unregister(0)
            open_input = listening = False
        if host.stdout.fileno() in ready and not console.take_output():
            return
        if console.status is not None:
            return


def monitor_words(kernel, initrd, options):
    verbose = '--verbose' in options
    append = 'mitigations=off' + ('' if verbose else ' quiet')
    words = ['--kernel', str(kernel), '--initrd', str(initrd)]
    words += ['--append', append]
    return words + [option for option in options if option != '--verbose']


def run_emulated(packages, directory, options):
    progress = Progress()
    terminal = Terminal()
    progress.begin('compiling for arm64')
    programs = arm64_host.build(packages, directory, progress.show)
    words = monitor_words(arm64_host.KERNEL, arm64_host.INITRD, options)
    run = HOST_RUN.format(options=shlex.join(['--quiet', *words]))
    initrd = arm64_host.host_initrd(packages, programs, run)
    progress.end()
    say(KEYS)
    progress.begin('starting an emulated arm64 host')
    host = arm64_host.start(packages, initrd)
    console = Console(host, terminal, progress)
    try:
        relay(host, console)
    finally:
        progress.end()
        terminal.give_back()
        host.kill()
        host.wait()
    if console.status is None and not console.quit_by:
        text = console.said.decode('utf-8', 'replace').replace('\r', '')
        sys.stderr.write(text[-2000:])
        raise arm64_host.Failed('the emulated host ended before its guest')
    return console.status or 0


def run_here(packages, monitor, options):
    """On this machine's own /dev/kvm; the monitor has the terminal."""
    initrd = arm64_host.guest_initrd(packages)
    name = arm64_host.path_of(initrd)
    command = [monitor, *monitor_words(packages / 'Image', name, options)]
    with subprocess.Popen(command, pass_fds=[initrd.fileno()]) as process:
        try:
            return process.wait()
        finally:
            process.terminate()


def main():
    def ended(number, _):
        # Once: what follows is giving things back.
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ended)
    packages, directory, monitor, *options = sys.argv[1:]
    packages = pathlib.Path(packages)
    try:
        if monitor:
            return run_here(packages, monitor, options)
        return run_emulated(packages, pathlib.Path(directory), options)
    except (arm64_host.Failed, OSError) as error:
        say(error)
        return 1


if __name__ == '__main__':
    sys.exit(main())
