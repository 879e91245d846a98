# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Colours and the line of progress of the tools of this tree."""

import json
import os
import shutil
import sys
import threading
import time

on_tty = sys.stdout.isatty()
colours = on_tty and not os.environ.get('NO_COLOR')


def paint(text, code):
    return f'\033[{code}m{text}\033[0m' if colours else text


class Progress:
    """What is being done, from two seconds on: in place on a terminal, all
    that goes on at once in one line, and a line now and then in a log."""

    lock = threading.RLock()
    shown = {}  # of what goes on now, its line
    width = 0  # of what is on the terminal
    due = 0  # when that may change again

    def __init__(self, text, mark='', head=''):
        self.text = text
        self.mark = mark  # before each line in a log
        self.head = head  # before all that goes on
        self.start = time.monotonic()
        self.processor = 0  # [s] that what it does has taken of one
        self.next = self.start + 20

    def show(self, detail):
        now = time.monotonic()
        seconds = now - self.start
        line = f'{self.text}  {detail}  {seconds:.0f} s'
        with self.lock:
            if on_tty and seconds > 0.2:
                self.shown[self] = line
                if now >= Progress.due:
                    Progress.due = now + 0.2
                    self.redraw()
            elif not on_tty and now >= self.next:
                self.next = now + 20
                print(f'{self.mark}  {self.head}{line}', flush=True)

    def redraw(self):
        line = f'  {self.head}' + ' | '.join(self.shown.values())
        line = line[: shutil.get_terminal_size().columns - 1]
        self.blank()
        Progress.width = len(line)
        print(line, end='', flush=True)

    @classmethod
    def blank(cls):
        """Before anything else is printed."""
        if cls.width:
            print('\r' + ' ' * cls.width + '\r', end='', flush=True)
            cls.width = 0

    def clear(self):
        with self.lock:
            self.shown.pop(self, None)
            self.blank()

    def seconds(self):
        return time.monotonic() - self.start


class Steps:
    """Which of several steps is being done, some at once, and how long the
    others take: as long as they took here the last time, or as guessed."""

    UNKNOWN = 15  # [s] of a step that nobody knows

    def __init__(self, path, guess, at_once=1):
        self.path = path
        self.guess = guess  # {step: [s]}
        self.at_once = at_once
        self.lock = threading.Lock()
        self.todo = []  # of (group, step), those that are being done among them
        self.count = 0
        self.expected = 0  # [s] of the steps that are done
        self.taken = 0  # [s] by them
        try:
            self.times = json.loads(path.read_text(encoding='utf-8'))
        except (OSError, ValueError):
            self.times = {}

    def time_of(self, step):
        guess = self.guess.get(step[1], self.UNKNOWN)
        return self.times.get('/'.join(step), guess)

    def add(self, group, steps):
        self.todo += [(group, step) for step in steps]
        self.count += len(steps)

    def drop(self, group):
        """What is left of a group will not be done."""
        with self.lock:
            left = [step for step in self.todo if step[0] != group]
            self.count -= len(self.todo) - len(left)
            self.todo = left

    def done(self, step, seconds):
        """Its place, for the line about it."""
        with self.lock:
            self.expected += self.time_of(step)
            self.taken += seconds
            self.times['/'.join(step)] = round(seconds, 1)
            self.todo.remove(step)
            self.path.write_text(json.dumps(self.times), encoding='utf-8')
            width = len(str(self.count))
            return f'[{self.count - len(self.todo):{width}d} of {self.count}] '

    def __str__(self):
        """In front of what is being done."""
        with self.lock:
            if not self.todo:
                return ''
            left = sum(self.time_of(step) for step in self.todo) / self.at_once
            # A machine may be slower than it was, or slower than guessed.
            if self.expected > 20:
                left *= min(max(self.taken / self.expected, 0.3), 5)
            number = self.count - len(self.todo) + 1
            minutes = max(1, round(left / 60))
            return f'[{number} of {self.count}, about {minutes} min left] '
