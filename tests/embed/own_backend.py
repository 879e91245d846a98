# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""examples/backend.c, a backend of one's own: what is typed comes back whole,
however slowly it comes or is taken.

usage: own_backend.py PROGRAM
"""

import subprocess
import sys
import threading
import time

from tap import done, ok

TYPED = b''.join(b'%d\n' % n for n in range(2000))
PATIENCE = 60


def echo(pieces, pause, chunk):
    """What comes back of what is typed in so many pieces."""
    with subprocess.Popen(
        [sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as guest:
        timer = threading.Timer(PATIENCE, guest.kill)
        timer.start()

        def types():
            size = len(TYPED) // pieces + 1
            for at in range(0, len(TYPED), size):
                guest.stdin.write(TYPED[at : at + size])
                guest.stdin.flush()
                time.sleep(pause)
            guest.stdin.close()

        typist = threading.Thread(target=types)
        typist.start()
        said = b''
        while part := guest.stdout.read1(chunk):
            said += part
            time.sleep(pause)
        typist.join()
        timer.cancel()
    return said, guest.returncode


for name, arguments in {
    'at_once': (1, 0, 65536),
    'in_pieces': (50, 0.01, 65536),
    'taken_slowly': (1, 0.001, 16),
}.items():
    said, status = echo(*arguments)
    ok(
        said == TYPED and status == 0,
        f'what_is_typed_comes_back_{name}',
        f'exit status {status}, {len(said)} of {len(TYPED)} bytes',
    )
done()
