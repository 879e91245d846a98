# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The program in the README: a paste of 1 MiB, readers that stall, its end."""

import fcntl
import os
import pty
import subprocess
import sys
import termios
import threading
import time

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


came, status = paste(1 << 20, 0)
ok(came == text(1 << 20), '1 MiB comes back whole', len(came))
ok(status == 0, 'and it ends', status)
came, status = paste(1 << 20, 8)
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
done()
