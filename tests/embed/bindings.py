# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""bindings/python: its numbers and structures are those of the headers, and a
device does through it what it does in C.

usage: bindings.py LIBRARY.so
"""

import ctypes
import os
import pathlib
import re
import sys
import traceback

from tap import CC, INCLUDES, SOURCE, command_ok, done, need_plain_build, ok, run, scratch

need_plain_build()
os.environ['VPL011_LIBRARY'] = sys.argv[1]
BINDINGS = SOURCE / 'bindings/python'
sys.path.insert(0, str(BINDINGS))

import vpl011  # noqa: E402
from vpl011 import CFG, CR, DR, EVENT, FR, GUEST, INT, IRQ, LCR_H, POLICY, Device, FarEnd, Reg

# Which names of the headers an enumeration has all of.
ENUMERATIONS = {
    Reg: r'PL011_(UART(?!\w+_(?:MASK|RESET|FIRMWARE)\b)\w+)',
    DR: r'PL011_DR_(\w+)',
    FR: r'PL011_FR_(\w+)',
    LCR_H: r'PL011_LCR_H_((?!WLEN_SHIFT)\w+)',
    CR: r'PL011_CR_(\w+)',
    INT: r'PL011_INT_(\w+)',
    IRQ: r'VPL011_IRQ_(\w+)',
    EVENT: r'VPL011_EVENT_(\w+)',
    CFG: r'VPL011_CFG_(\w+)',
    POLICY: r'VPL011_POLICY_(\w+)',
    GUEST: r'VPL011_GUEST_(\w+)',
}
STRUCTURES = {
    'config': vpl011.Config,
    'ops': vpl011.Ops,
    'guest_error': vpl011.GuestError,
    'backend': vpl011.Backend,
    'backend_status': vpl011.BackendStatus,
    'counters': vpl011.Counters,
}

lines = ['#include <stddef.h>', '#include <vpl011/vpl011.h>']


def same(expression, value):
    lines.append(f'_Static_assert(({expression}) == {value}, "{expression} {value}");')


HEADERS = ('regs', 'backend', 'vpl011', 'fifo', 'state')
texts = [(SOURCE / f'include/vpl011/{name}.h').read_text(encoding='utf-8') for name in HEADERS]
code = re.sub(r'/\*.*?\*/', '', '\n'.join(texts), flags=re.S)
for enumeration, pattern in ENUMERATIONS.items():
    named = re.finditer(rf'(?:#define |^    )({pattern})(?= )', code, re.M)
    named = {match[2]: match[1] for match in named}
    members = enumeration.__members__
    name = enumeration.__name__
    ok(set(members) == set(named), f'{name} has the names of the headers', set(members) ^ set(named))
    for member, value in members.items():
        same(named.get(member, f'PL011_{member}'), int(value))
for name in ('PL011', 'SBSA', 'R1P5', 'R1P4', 'R1P1'):
    same(f'VPL011_{name}', getattr(vpl011, name))
for name, structure in STRUCTURES.items():
    same(f'sizeof(struct vpl011_{name})', ctypes.sizeof(structure))
    for field, *_ in structure._fields_:
        same(f'offsetof(struct vpl011_{name}, {field})', getattr(structure, field).offset)
with scratch() as place:
    source = pathlib.Path(place) / 'same.c'
    source.write_text('\n'.join(lines) + '\n')
    command = [*CC, '-std=c11', *INCLUDES, '-fsyntax-only', source]
    command_ok('numbers and structures are those of the headers', command)

SCALARS = {
    'bool': ctypes.c_bool,
    'int': ctypes.c_int,
    'size_t': ctypes.c_size_t,
    'uint32_t': ctypes.c_uint32,
    'uint64_t': ctypes.c_uint64,
    'unsigned int': ctypes.c_uint,
}
POINTERS = (ctypes.c_void_p, ctypes.c_char_p, ctypes._Pointer)


def is_type(used, written):
    """Whether ctypes is told what the header says."""
    if '*' in written:
        return used is not None and issubclass(used, POINTERS)
    return used is SCALARS.get(written)


for name, (result, *arguments) in vpl011._FUNCTIONS.items():
    found = re.search(rf'VPL011_API ([\w *]+?) ?\b{name}\(([^)]*)\);', code)
    written = [re.sub(r' ?\w+$', '', part.strip()) for part in found[2].split(',')] if found else []
    pairs = list(zip(arguments, written if written != [''] else []))
    right = found and is_type(result, found[1]) and all(is_type(*pair) for pair in pairs)
    ok(
        right and len(pairs) == len(arguments) == len([w for w in written if w]),
        f'{name}() is called as it is declared',
        f'{result} {arguments}: {found and found[0]}',
    )

cases = []


def case(function):
    cases.append(function)


def raises(code, function, *arguments):
    try:
        function(*arguments)
    except vpl011.Error as error:
        assert error.code == code, error
        return str(error)
    raise AssertionError('nothing was raised')


@case
def registers_are_read_and_written_by_their_names():
    uart = Device()
    assert uart.read('UARTFR') == FR.TXFE | FR.RXFE | FR.CTS | FR.DSR | FR.DCD
    assert uart.read(Reg.UARTCR) == CR.TXE | CR.RXE
    uart.write('UARTLCR_H', LCR_H.WLEN8 | LCR_H.FEN)
    assert uart.read('UARTLCR_H') == 0x70
    assert [uart.read(f'UARTPeriphID{n}') for n in range(4)] == [0x11, 0x10, 0x34, 0x00]
    assert uart.read('UARTIBRD', size=2) == 0


@case
def characters_go_both_ways_through_the_fifo():
    uart = Device(personality=vpl011.SBSA, fifo=16)
    for c in b'out':
        uart.write('UARTDR', c)
    assert uart.pop() == b'out'
    assert uart.push(b'in') == 2
    assert [uart.read('UARTDR') for _ in range(2)] == list(b'in')
    assert uart.push(bytes(100)) == 16
    for c in range(100):
        uart.write('UARTDR', c)
    assert FR.TXFF in uart.read('UARTFR')
    assert uart.pop() == bytes(range(80))
    assert uart.counters.tx_overflow == 20


@case
def lines_and_events_show():
    changes = []
    uart = Device(irq=lambda lines, changed: changes.append((lines, changed)))
    uart.write('UARTIMSC', INT.RT)
    assert not uart.lines
    uart.push(b'x')
    both = IRQ.UARTINTR | IRQ.UARTRTINTR
    assert uart.lines == both and uart.read('UARTMIS') == INT.RT
    uart.read('UARTDR')
    assert not uart.lines
    assert changes == [(both, both), (0, both)]
    uart.events()
    uart.write('UARTLCR_H', LCR_H.BRK)
    assert EVENT.FAR_END in uart.events() and uart.pop_break() and not uart.pop_break()


@case
def serving_ends_where_the_guest_does_not_read():
    uart = Device(personality=vpl011.SBSA)
    uart.push(bytes(4096))
    uart.serve()
    assert FR.RXFF in uart.read('UARTFR')


@case
def serving_brings_all_input():
    uart = Device(personality=vpl011.SBSA)
    uart.push(bytes(range(256)))
    answered = EVENT(0)
    got = []
    while FR.RXFE not in uart.read('UARTFR'):
        got.append(uart.read('UARTDR'))
        answered |= uart.serve()
    assert got == list(range(256))
    assert answered & (EVENT.REFILL | EVENT.TICK) == EVENT.REFILL | EVENT.TICK


@case
def what_is_refused_is_raised():
    uart = Device()
    assert 'access' in raises(-30, uart.read, 'UARTFR', 8)
    raises(-12, lambda: Device(flags=1 << 20))
    raises(-10, lambda: Device(personality=7))
    try:
        uart.read('UARTXX')
    except KeyError:
        return
    raise AssertionError('a register that there is not')


@case
def a_guests_mistakes_are_listed():
    uart = Device()
    uart.write('UARTFR', 1)
    assert uart.mistakes == [(GUEST.READ_ONLY, True, Reg.UARTFR, 4, 1)]


@case
def a_far_end_may_be_written_in_python():
    far_end = FarEnd()
    uart = Device(far_end=far_end)
    far_end.input += b'typed'
    assert uart.data_avail() == 1  # FEN=0: a FIFO of one
    while FR.RXFE not in uart.read('UARTFR'):
        uart.write('UARTDR', uart.read('UARTDR'))
        uart.serve()
    assert far_end.output == b'typed' and not far_end.input
    uart.write('UARTLCR_H', LCR_H.BRK)
    assert far_end.breaking


@case
def a_far_end_that_takes_nothing_pushes_back():
    class Full(FarEnd):
        def write(self, data):
            return 0

    uart = Device(personality=vpl011.SBSA, far_end=Full())
    for c in b'x' * 32:
        assert FR.TXFF not in uart.read('UARTFR')
        uart.write('UARTDR', c)
    assert FR.TXFF | FR.BUSY in uart.read('UARTFR')


@case
def what_a_callback_raises_leaves_the_call():
    class Broken(FarEnd):
        def write(self, data):
            if data == b'0':
                raise ZeroDivisionError('here')  # otherwise its result is missing

    uart = Device(far_end=Broken())
    for c, expected in ((b'0', ZeroDivisionError), (b'1', TypeError)):
        try:
            uart.write('UARTDR', ord(c))
        except expected:
            assert uart.read('UARTCR')
        else:
            raise AssertionError(f'{c}: nothing was raised')


@case
def errors_and_modem_inputs_reach_the_guest():
    uart = Device()
    assert uart.receive([ord('a') | DR.FE]) == 1
    assert uart.read('UARTDR') == ord('a') | DR.FE
    assert uart.push_break()
    assert uart.read('UARTDR') & DR.BE
    uart.set_modem(FR.RI)
    assert uart.read('UARTFR') & FR.MODEM == FR.RI


@case
def a_saved_device_goes_on_in_another():
    one, other = Device(), Device()
    one.write('UARTIMSC', INT.TX)
    one.push(b'z')
    other.load(one.save())
    assert other.read('UARTIMSC') == INT.TX and other.read('UARTDR') == ord('z')
    raises(-61, other.load, b'no blob, although it has a length of some bytes')
    other.reset()
    assert other.read('UARTIMSC') == 0


@case
def policies_say_what_becomes_of_output():
    uart = Device(fifo=4, on_stall=POLICY.DROP_OLDEST, personality=vpl011.SBSA)
    for c in b'abcdefgh':
        uart.write('UARTDR', c)
    assert uart.pop() == b'efgh' and uart.counters.tx_dropped_oldest == 4
    uart.set_attached(False)
    for c in b'abcdefgh':
        uart.write('UARTDR', c)
    assert uart.pop() == b'abcd' and uart.counters.tx_dropped == 4


for function in cases:
    name = function.__name__.replace('_', ' ')
    try:
        function()
        ok(True, name)
    except Exception:
        ok(False, name, traceback.format_exc())

status, out, said = run(
    [sys.executable, SOURCE / 'examples/python/guest.py'], {'PYTHONPATH': str(BINDINGS)}
)
ok(status == 0 and 'in one go.' in out and 'FR.' in out, 'examples/python/guest.py runs', said)
page = (SOURCE / 'docs/building-in.md').read_text(encoding='utf-8')
example = (SOURCE / 'examples/python/guest.py').read_text(encoding='utf-8')
shown = re.search(r'```python\n(.*?)```', page, re.S)
ok(shown and shown[1].strip() in example, 'docs/building-in.md shows it')
status, _, said = run(
    [sys.executable, '-c', 'import vpl011; vpl011.Device()'],
    {'PYTHONPATH': str(BINDINGS), 'VPL011_LIBRARY': '/nonexistent.so'},
)
ok(status != 0 and '/nonexistent.so' in said, 'a library that is not there is named', said)
done()
