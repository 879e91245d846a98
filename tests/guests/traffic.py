# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Shared by the tests that move characters and count them.

    second = second_uart('expect <go>\\nsendfile /data/in', data)
    with host_for_test(more=second.files) as host:
        with host.monitor(second.options) as guest:
            ...
"""

import hashlib
import os
import random

from emulated import FIGURE

KIB = 1024


def random_bytes(seed, count):
    """All values, the same ones each time."""
    return random.Random(seed).randbytes(count)


def md5(data):
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def now(guest):
    """The figures up to now, of a guest whose shell waits."""
    begin = guest.host.at
    guest.send('\x1ds')
    guest.command('true')
    said = guest.host.text(begin, guest.host.at)
    return {name: int(value) for name, value in FIGURE.findall(said)}


def since(before, after):
    return {name: after[name] - before.get(name, 0) for name in after}


def of_second(figures):
    """The second UART's figures in place of the first one's."""
    prefix = 'second, '
    second = {
        name[len(prefix) :]: value
        for name, value in figures.items()
        if name.startswith(prefix)
    }
    return figures | second


def wait_until_sent(guest, figure, count):
    """Until the far end has room for the last of it."""
    for _ in range(60):
        figures = now(guest)
        if figures[figure] >= count:
            return figures
        guest.command('sleep 1')
    raise AssertionError(f'{figure}: {figures[figure]} of {count}')


def interrupts(guest, uart=0):
    """How many interrupts the guest has taken of each of its UARTs."""
    said = guest.command('grep uart-pl011 /proc/interrupts')
    line = sorted(said.splitlines())[uart]
    numbers = [word for word in line.split()[1:] if word.isdigit()]
    # One column for each vCPU, then the number at the controller
    return sum(int(number) for number in numbers[:-1])


def md5_of(shell, path):
    return shell(f'md5sum <{path}').split()[0]


def same(got, wanted, what):
    assert got == wanted, f'{what}: {got!r} in place of {wanted!r}'


def same_text(got, wanted, what):
    """Of long ones only where they differ is said."""
    if got != wanted:
        at = len(os.path.commonprefix([got, wanted]))
        around = slice(max(0, at - 40), at + 40)
        raise AssertionError(
            f'{what}: {len(got)} characters in place of {len(wanted)}, other '
            f'ones from {at}: {got[around]!r} in place of {wanted[around]!r}'
        )


def sums_hold(figures, prefix=''):
    """Nothing was lost, and what came in is where it can be."""
    for name in (
        'guest errors',
        'sent, dropped',
        'sent, overflowed',
        'sent, flushed',
        'received, lost',
    ):
        same(figures[prefix + name], 0, prefix + name)
    if prefix + 'pushed' in figures:
        same(
            figures[prefix + 'received, read']
            + figures[prefix + 'received, flushed']
            + figures[prefix + 'held'],
            figures[prefix + 'pushed'],
            'read + flushed + held, of what was pushed',
        )
