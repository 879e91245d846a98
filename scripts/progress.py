# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""What the tools of this tree show while they work: colours and progress."""

import os
import shutil
import sys
import time

on_tty = sys.stdout.isatty()
colours = on_tty and not os.environ.get('NO_COLOR')


def paint(text, code):
    return f'\033[{code}m{text}\033[0m' if colours else text


class Progress:
    """What is being done, from two seconds on: in place on a terminal,
    and a line now and then in a log."""

    def __init__(self, text, mark=''):
        self.text = text
        self.mark = mark  # before each line in a log
        self.start = time.monotonic()
        self.next = self.start + (0.2 if on_tty else 20)
        self.width = 0

    def show(self, detail):
        now = time.monotonic()
        if now < self.next:
            return
        seconds = now - self.start
        line = f'  {self.text}  {detail}  {seconds:.0f} s'
        if on_tty:
            self.next = now + 0.2
            line = line[: shutil.get_terminal_size().columns - 1]
            self.clear()
            self.width = len(line)
            print(line, end='', flush=True)
        else:
            self.next = now + 20
            print(self.mark + line, flush=True)

    def clear(self):
        if self.width:
            print('\r' + ' ' * self.width + '\r', end='', flush=True)
            self.width = 0

    def seconds(self):
        return time.monotonic() - self.start
