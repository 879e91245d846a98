# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""What the tools of this tree show while they work: colours and progress."""

import json
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


class Steps:
    """Which of several steps is being done, and how long the others take: as
    long as they took here the last time."""

    UNKNOWN = 15  # [s] of a step that was never done here

    def __init__(self, path):
        self.path = path
        self.todo = []  # of (group, step)
        self.count = 0
        self.number = 0
        self.now = None
        self.expected = 0  # [s] of the steps that are done
        self.taken = 0  # [s] by them
        try:
            self.times = json.loads(path.read_text(encoding='utf-8'))
        except (OSError, ValueError):
            self.times = {}

    def time_of(self, step):
        return self.times.get('/'.join(step), self.UNKNOWN)

    def add(self, group, steps):
        self.todo += [(group, step) for step in steps]
        self.count += len(steps)

    def drop(self, group):
        """What is left of a group will not be done."""
        left = [step for step in self.todo if step[0] != group]
        self.count -= len(self.todo) - len(left)
        self.todo = left

    def begin(self, *step):
        self.now = step
        self.number += 1
        self.todo.remove(step)

    def done(self, seconds):
        self.expected += self.time_of(self.now)
        self.taken += seconds
        self.times['/'.join(self.now)] = round(seconds, 1)
        self.path.write_text(json.dumps(self.times), encoding='utf-8')

    def place(self):
        if not self.count:
            return ''
        width = len(str(self.count))
        return f'[{self.number:{width}d} of {self.count}] '

    def __str__(self):
        """In front of what is being done."""
        if not self.count:
            return ''
        left = sum(self.time_of(step) for step in self.todo)
        if self.now:
            left += self.time_of(self.now)
        # A machine may be slower than it was, or slower than guessed.
        if self.expected > 20:
            left *= min(max(self.taken / self.expected, 0.3), 5)
        place = self.place().strip('[] ')
        return f'[{place}, about {max(1, round(left / 60))} min left] '
