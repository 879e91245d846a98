# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The program in the README: a paste of 1 MiB, readers that stall, its end."""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from tap import done, ok

PROGRAM = sys.argv[1]
END = b'\x04'
LONG = 120


def text(count):
    return bytes(33 + i % 89 for i in range(count)) + END


def paste(count, pauses):
    """Type count bytes into a pipe; read, with pauses; what came, and status."""
    program = subprocess.Popen(
        [PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )

    def types():
        program.stdin.write(text(count))
        program.stdin.flush()

    thread = threading.Thread(target=types)
    thread.start()
    came = b''
    paused = 0
    while True:
        if paused < pauses and len(came) >= paused * count // pauses:
            paused += 1
            time.sleep(0.3)
        some = os.read(program.stdout.fileno(), 65536)
        if not some:
            break
        came += some
    status = program.wait(LONG)
    thread.join()
    program.stdin.close()
    return came, status


# Both at once: the guest takes them at its own pace.
with ThreadPoolExecutor() as pool:
    both = [pool.submit(paste, 1 << 20, pauses) for pauses in (0, 8)]
came, status = both[0].result()
ok(came == text(1 << 20), '1 MiB comes back whole', len(came))
ok(status == 0, 'and it ends', status)
came, status = both[1].result()
ok(came == text(1 << 20), 'to a reader that stalls too', len(came))
ok(status == 0, 'and it ends', status)

# What was not read when the guest went off is drained.
program = subprocess.Popen(
    [PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
)
fcntl.fcntl(program.stdout.fileno(), fcntl.F_SETPIPE_SZ, 4096)
program.stdin.write(text(12000))
program.stdin.flush()
time.sleep(0.5)
came = program.stdout.read()
ok(came == text(12000), 'it drains at exit', len(came))
ok(program.wait(LONG) == 0, 'and ends', program.returncode)

# Nobody reads: it ends all the same.
program = subprocess.Popen(
    [PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
)
fcntl.fcntl(program.stdout.fileno(), fcntl.F_SETPIPE_SZ, 4096)
program.stdin.write(text(12000))
program.stdin.flush()
ok(program.wait(LONG) == 0, 'a reader that never reads', program.returncode)
program.stdout.close()

# In a terminal.
child, master = pty.fork()
if child == 0:
    os.execv(PROGRAM, [PROGRAM])
before = termios.tcgetattr(master)
os.set_blocking(master, True)
deadline = time.monotonic() + LONG
while (
    termios.tcgetattr(master)[3] & termios.ICANON
    and time.monotonic() < deadline
):
    time.sleep(0.01)
ok(not termios.tcgetattr(master)[3] & termios.ECHO, 'a terminal is raw')
os.write(master, b'ls\x03')
came = b''
while len(came) < 3:
    came += os.read(master, 64)
ok(came == b'ls\x03', 'each key is the guest\'s', came)
os.write(master, END)
ok(os.waitpid(child, 0)[1] == 0, 'Ctrl-D ends it')
ok(termios.tcgetattr(master)[3] == before[3], 'with its own mode again')


def start_as_job(report, resume):
    """As a shell does: a process group of its own, in the foreground."""
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(PROGRAM, [PROGRAM])
    os.write(report, job.to_bytes(4, 'little'))
    while True:
        status = os.waitpid(job, os.WUNTRACED)[1]
        os.write(report, status.to_bytes(4, 'little'))
        if not os.WIFSTOPPED(status):
            os._exit(0)
        os.read(resume, 1)
        os.kill(job, signal.SIGCONT)


def becomes(cooked):
    """Wait for the terminal's mode; whether it came."""
    deadline = time.monotonic() + LONG
    while time.monotonic() < deadline:
        if bool(termios.tcgetattr(master)[3] & termios.ICANON) == cooked:
            return True
        time.sleep(0.01)
    return False


told, report = os.pipe()
resume, resumes = os.pipe()
child, master = pty.fork()
if child == 0:
    start_as_job(report, resume)
job = int.from_bytes(os.read(told, 4), 'little')
ok(becomes(False), 'a job in the foreground makes it raw')
os.kill(job, signal.SIGTSTP)
status = int.from_bytes(os.read(told, 4), 'little')
ok(os.WIFSTOPPED(status), 'SIGTSTP stops it', status)
ok(becomes(True), 'stopped, the terminal has its own mode')
os.write(resumes, b'c')
ok(becomes(False), 'continued, it is raw again')
os.kill(job, signal.SIGTERM)
status = int.from_bytes(os.read(told, 4), 'little')
ok(
    os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGTERM,
    'SIGTERM ends it as it ends any program',
    status,
)
ok(becomes(True), 'and the terminal has its own mode')
done()
