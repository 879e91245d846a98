# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""A PL011 to write tests with: libvpl011 from Python, by ctypes alone.

    from vpl011 import INT, IRQ, Device

    uart = Device()
    uart.write('UARTIMSC', INT.RX | INT.RT)     # the guest, by names of the TRM
    uart.push(b'hello')                         # the far end types
    while IRQ.UARTINTR in uart.lines:
        uart.write('UARTDR', uart.read('UARTDR'))
    print(uart.pop())                           # what the guest has sent

The shared library is that of the environment variable VPL011_LIBRARY, or else
what the loader finds. A call that the library refuses raises Error. Nothing here
is for several threads.
"""

import collections
import ctypes
import enum
import os

SERIES = '0.1'  # whose structures and functions these are

_size = ctypes.c_size_t
_u8, _u32, _u64 = ctypes.c_uint8, ctypes.c_uint32, ctypes.c_uint64
_pointer = ctypes.c_void_p


class Reg(enum.IntEnum):
    """Offsets of the registers."""

    UARTDR = 0x000
    UARTRSR = 0x004
    UARTECR = 0x004
    UARTFR = 0x018
    UARTILPR = 0x020
    UARTIBRD = 0x024
    UARTFBRD = 0x028
    UARTLCR_H = 0x02C
    UARTCR = 0x030
    UARTIFLS = 0x034
    UARTIMSC = 0x038
    UARTRIS = 0x03C
    UARTMIS = 0x040
    UARTICR = 0x044
    UARTDMACR = 0x048
    UARTTCR = 0x080
    UARTITIP = 0x084
    UARTITOP = 0x088
    UARTTDR = 0x08C
    UARTPeriphID0 = 0xFE0
    UARTPeriphID1 = 0xFE4
    UARTPeriphID2 = 0xFE8
    UARTPeriphID3 = 0xFEC
    UARTPCellID0 = 0xFF0
    UARTPCellID1 = 0xFF4
    UARTPCellID2 = 0xFF8
    UARTPCellID3 = 0xFFC


class DR(enum.IntFlag):
    """What UARTDR has beside the character."""

    FE = 1 << 8
    PE = 1 << 9
    BE = 1 << 10
    OE = 1 << 11
    DATA = 0xFF
    ERRORS = 0xF00


class FR(enum.IntFlag):
    """UARTFR."""

    CTS = 1 << 0
    DSR = 1 << 1
    DCD = 1 << 2
    BUSY = 1 << 3
    RXFE = 1 << 4
    TXFF = 1 << 5
    RXFF = 1 << 6
    TXFE = 1 << 7
    RI = 1 << 8
    MODEM = 0x107


class LCR_H(enum.IntFlag):
    """UARTLCR_H."""

    BRK = 1 << 0
    PEN = 1 << 1
    EPS = 1 << 2
    STP2 = 1 << 3
    FEN = 1 << 4
    WLEN = 3 << 5
    WLEN8 = 3 << 5
    SPS = 1 << 7


class CR(enum.IntFlag):
    """UARTCR."""

    UARTEN = 1 << 0
    SIREN = 1 << 1
    SIRLP = 1 << 2
    LBE = 1 << 7
    TXE = 1 << 8
    RXE = 1 << 9
    DTR = 1 << 10
    RTS = 1 << 11
    OUT1 = 1 << 12
    OUT2 = 1 << 13
    RTSEN = 1 << 14
    CTSEN = 1 << 15


class INT(enum.IntFlag):
    """UARTIMSC, UARTRIS, UARTMIS and UARTICR."""

    RI = 1 << 0
    CTS = 1 << 1
    DCD = 1 << 2
    DSR = 1 << 3
    RX = 1 << 4
    TX = 1 << 5
    RT = 1 << 6
    FE = 1 << 7
    PE = 1 << 8
    BE = 1 << 9
    OE = 1 << 10
    MODEM = 0x00F
    ERROR = 0x780
    ALL = 0x7FF


class IRQ(enum.IntFlag):
    """The interrupt outputs."""

    UARTINTR = 1 << 0
    UARTMSINTR = 1 << 1
    UARTRXINTR = 1 << 2
    UARTTXINTR = 1 << 3
    UARTRTINTR = 1 << 4
    UARTEINTR = 1 << 5
    ALL = 0x3F


class EVENT(enum.IntFlag):
    """What the device asks of its host: <vpl011/backend.h>."""

    FAR_END = 1 << 0
    REFILL = 1 << 1
    LINE = 1 << 2
    TICK = 1 << 3
    ROOM = 1 << 4


class CFG(enum.IntFlag):
    """Flags of a device: <vpl011/vpl011.h>."""

    FIRMWARE_INIT = 1 << 0
    STRICT_ENABLES = 1 << 1
    TX_TRIGGER_EMPTY = 1 << 2
    TXFF_ONCE_PER_LOAD = 1 << 3
    STRICT_INTERRUPTS = 1 << 4
    STORE_CONFIG = 1 << 5
    UNTHROTTLED = 1 << 6
    NO_IRQ_OP = 1 << 7
    NO_TICK = 1 << 8


class POLICY(enum.IntEnum):
    """For output that the far end does not take."""

    DEFAULT = 0
    STALL = 1
    DROP_NEWEST = 2
    DROP_OLDEST = 3


class GUEST(enum.IntEnum):
    """A guest's mistakes."""

    BAD_ACCESS = 1
    RESERVED = 2
    READ_ONLY = 3
    WRITE_ONLY = 4
    TX_OVERFLOW = 5


PL011, SBSA = 0, 1
R1P5, R1P4, R1P1 = 0, 1, 2

# As which a register is read.
_SHOWN_AS = {
    Reg.UARTFR: FR,
    Reg.UARTLCR_H: LCR_H,
    Reg.UARTCR: CR,
    Reg.UARTIMSC: INT,
    Reg.UARTRIS: INT,
    Reg.UARTMIS: INT,
}


class Config(ctypes.Structure):
    """struct vpl011_config."""

    _fields_ = [
        (name, _u32)
        for name in 'personality revision flags periph_id clock_hz baud on_stall on_gone'.split()
    ] + [('reserved', _u32 * 8)]


class GuestError(ctypes.Structure):
    """struct vpl011_guest_error."""

    _fields_ = [
        ('kind', _u32),
        ('write', _u32),
        ('offset', _u64),
        ('size', _u64),
        ('value', _u64),
    ]


_IRQ_OP = ctypes.CFUNCTYPE(None, _pointer, _u32, _u32)
_GUEST_ERROR_OP = ctypes.CFUNCTYPE(None, _pointer, ctypes.POINTER(GuestError))


class Ops(ctypes.Structure):
    """struct vpl011_ops."""

    _fields_ = [
        ('ctx', _pointer),
        ('irq', _IRQ_OP),
        ('irq_pending', _pointer),
        ('notify', _pointer),
        ('lock', _pointer),
        ('unlock', _pointer),
        ('guest_error', _GUEST_ERROR_OP),
        ('trace', _pointer),
        ('owner', _pointer),
        ('reserved', _pointer * 1),
    ]


class BackendStatus(ctypes.Structure):
    """struct vpl011_backend_status."""

    _fields_ = [
        ('waiting', _size),
        ('room', _size),
        ('attached', ctypes.c_bool),
        ('stopped', ctypes.c_bool),
        ('reserved', _u32 * 4),
    ]


_events = ctypes.POINTER(_u32)
_MOVE = ctypes.CFUNCTYPE(_size, _pointer, ctypes.POINTER(_u8), _size, _events)
_POLL = ctypes.CFUNCTYPE(None, _pointer, ctypes.POINTER(BackendStatus), _events)
_BREAK = ctypes.CFUNCTYPE(None, _pointer, ctypes.c_bool)


class Backend(ctypes.Structure):
    """struct vpl011_backend."""

    _fields_ = [
        ('ctx', _pointer),
        ('write', _MOVE),
        ('read', _MOVE),
        ('poll', _POLL),
        ('send_break', _BREAK),
        ('drop_oldest', _pointer),
        ('put', _pointer),
        ('reserved', _pointer * 2),
    ]


class Counters(ctypes.Structure):
    """struct vpl011_counters."""

    _fields_ = [
        (name, _u64)
        for name in (
            'tx_bytes tx_dropped tx_dropped_oldest tx_overflow tx_flushed tx_looped '
            'rx_bytes rx_read rx_flushed rx_overruns rx_ignored irq_raises notifies '
            'bad_accesses guest_errors'
        ).split()
    ]


_FUNCTIONS = {
    'vpl011_attach_sized': (ctypes.c_int, _pointer, ctypes.POINTER(Backend), _size),
    'vpl011_data_avail': (ctypes.c_int, _pointer),
    'vpl011_fifo_backend': (ctypes.c_int, _pointer, ctypes.POINTER(Backend)),
    'vpl011_fifo_init_sized': (
        ctypes.c_int, _pointer, _size, _pointer, _size, _pointer, _size, _pointer
    ),
    'vpl011_fifo_pop': (_size, _pointer, _pointer, _size),
    'vpl011_fifo_pop_break': (ctypes.c_bool, _pointer),
    'vpl011_fifo_push': (_size, _pointer, ctypes.c_char_p, _size),
    'vpl011_fifo_push_break': (ctypes.c_bool, _pointer),
    'vpl011_fifo_set_attached': (None, _pointer, ctypes.c_bool),
    'vpl011_fifo_sizeof': (_size,),
    'vpl011_get_counters_sized': (ctypes.c_int, _pointer, ctypes.POINTER(Counters), _size),
    'vpl011_init_sized': (
        ctypes.c_int, _pointer, _size, ctypes.POINTER(Config), _size, ctypes.POINTER(Ops), _size
    ),
    'vpl011_irq_lines': (_u32, _pointer),
    'vpl011_mmio_read': (ctypes.c_int, _pointer, _u64, ctypes.c_uint, ctypes.POINTER(_u64)),
    'vpl011_mmio_write': (ctypes.c_int, _pointer, _u64, ctypes.c_uint, _u64),
    'vpl011_reset': (ctypes.c_int, _pointer),
    'vpl011_rx_push': (ctypes.c_int, _pointer, ctypes.POINTER(ctypes.c_uint16), _size),
    'vpl011_set_modem': (ctypes.c_int, _pointer, _u32),
    'vpl011_sizeof': (_size,),
    'vpl011_state_load': (ctypes.c_int, _pointer, ctypes.c_char_p, _size),
    'vpl011_state_save': (ctypes.c_int, _pointer, _pointer, _size),
    'vpl011_strerror': (ctypes.c_char_p, ctypes.c_int),
    'vpl011_take_events': (_u32, _pointer),
    'vpl011_tick': (ctypes.c_int, _pointer),
    'vpl011_version': (ctypes.c_char_p,),
}

_loaded = None


def library():
    """The shared library, loaded once."""
    global _loaded
    if _loaded is None:
        lib = ctypes.CDLL(os.environ.get('VPL011_LIBRARY') or f'libvpl011.so.{SERIES}')
        for name, (result, *arguments) in _FUNCTIONS.items():
            function = getattr(lib, name)
            function.restype = result
            function.argtypes = arguments
        version = lib.vpl011_version().decode()
        if not version.startswith(SERIES + '.'):
            raise ImportError(f'this module is for libvpl011 {SERIES}, not {version}')
        _loaded = lib
    return _loaded


class Error(Exception):
    """The library refused a call: `code` is one of enum vpl011_err."""

    def __init__(self, code):
        super().__init__(library().vpl011_strerror(code).decode())
        self.code = code


Mistake = collections.namedtuple('Mistake', 'kind write offset size value')


class FarEnd:
    """A far end in Python, for Device(far_end=...): override what is needed.
    As it is, it takes all output into `output`, and gives what is in `input`.
    Device.data_avail() tells the device that input or room is there."""

    def __init__(self):
        self.output = bytearray()
        self.input = bytearray()
        self.attached = True
        self.breaking = False

    def write(self, data):
        """Take output, or the beginning of it; how many characters."""
        self.output += data
        return len(data)

    def read(self, count):
        """At most count characters of input."""
        data = bytes(self.input[:count])
        del self.input[:count]
        return data

    def waiting(self):
        """How many characters read() would find."""
        return len(self.input)

    def send_break(self, on):
        """The guest began a BREAK, or ended it."""
        self.breaking = on


def _memory(size):
    """Memory that is aligned as the library wants it."""
    return (_u64 * (-(-size // 8)))()


class Device:
    """A UART. Configuration as in struct vpl011_config; a FIFO of `fifo` bytes
    each way as far end, or a FarEnd. irq(lines, changed) is called for each
    change of the interrupt outputs."""

    def __init__(self, personality=PL011, *, far_end=None, fifo=4096, irq=None, **config):
        self.mistakes = []  # of the guest, as Mistake
        self._lib = library()
        self._raised = None
        self._irq = irq
        self._far_end = far_end
        config['flags'] = config.get('flags', 0) | (0 if irq else CFG.NO_IRQ_OP)
        config = Config(personality=personality, **config)
        # Kept, as everything that the library keeps a pointer to.
        self._ops = Ops(guest_error=_GUEST_ERROR_OP(self._on_mistake))
        if irq:
            self._ops.irq = _IRQ_OP(self._on_irq)
        size = self._lib.vpl011_sizeof()
        self._device = _memory(size)
        self._check(
            self._lib.vpl011_init_sized(
                self._device, size, config, ctypes.sizeof(config), self._ops, ctypes.sizeof(Ops)
            )
        )
        self._backend = Backend()
        if far_end is None:
            size = self._lib.vpl011_fifo_sizeof()
            self._fifo = _memory(size)
            self._storage = [ctypes.create_string_buffer(fifo) for _ in range(2)]
            into, out = self._storage
            self._check(
                self._lib.vpl011_fifo_init_sized(self._fifo, size, into, fifo, out, fifo, None)
            )
            self._check(self._lib.vpl011_fifo_backend(self._fifo, self._backend))
        else:
            self._backend.write = _MOVE(self._on_write)
            self._backend.read = _MOVE(self._on_read)
            self._backend.poll = _POLL(self._on_poll)
            self._backend.send_break = _BREAK(self._on_break)
        size = ctypes.sizeof(Backend)
        self._check(self._lib.vpl011_attach_sized(self._device, self._backend, size))

    # The guest.

    def read(self, register, size=4):
        """What the guest reads; of registers with named bits, as those."""
        offset = self._offset(register)
        value = _u64()
        self._check(self._lib.vpl011_mmio_read(self._device, offset, size, value))
        return _SHOWN_AS.get(offset, int)(value.value)

    def write(self, register, value, size=4):
        """The guest writes."""
        offset = self._offset(register)
        self._check(self._lib.vpl011_mmio_write(self._device, offset, size, value))

    @property
    def lines(self):
        """The interrupt outputs."""
        return IRQ(self._lib.vpl011_irq_lines(self._device))

    # The host.

    def data_avail(self):
        """Something moved at the far end. How many characters the guest got."""
        return self._check(self._lib.vpl011_data_avail(self._device))

    def tick(self):
        """A millisecond has passed. As data_avail()."""
        return self._check(self._lib.vpl011_tick(self._device))

    def events(self):
        """The events since they were last taken."""
        return EVENT(self._lib.vpl011_take_events(self._device))

    def serve(self):
        """Answer events until there are none, as a host's loop would, time
        included. What they were."""
        answered = EVENT(0)
        while True:
            events = self.events()
            if not events:
                return answered
            answered |= events
            if events & EVENT.TICK:
                self.tick()
            elif events & EVENT.REFILL:
                self.data_avail()

    def receive(self, entries):
        """Characters with their errors (DR), past the far end: how many were
        taken."""
        array = (ctypes.c_uint16 * len(entries))(*entries)
        return self._check(self._lib.vpl011_rx_push(self._device, array, len(entries)))

    def set_modem(self, inputs):
        """The modem inputs that are asserted, of FR."""
        self._check(self._lib.vpl011_set_modem(self._device, inputs))

    def reset(self):
        self._check(self._lib.vpl011_reset(self._device))

    @property
    def counters(self):
        counters = Counters()
        size = ctypes.sizeof(counters)
        self._check(self._lib.vpl011_get_counters_sized(self._device, counters, size))
        return counters

    def save(self):
        """The state of the device, without its far end, as bytes."""
        size = self._check(self._lib.vpl011_state_save(self._device, None, 0))
        blob = ctypes.create_string_buffer(size)
        self._check(self._lib.vpl011_state_save(self._device, blob, size))
        return blob.raw

    def load(self, blob):
        self._check(self._lib.vpl011_state_load(self._device, blob, len(blob)))

    # The far end, where it is the FIFO.

    def push(self, data):
        """Send to the guest; how many characters fitted."""
        count = self._lib.vpl011_fifo_push(self._fifo, data, len(data))
        self.data_avail()
        return count

    def push_break(self):
        """Send a BREAK; False while an earlier one waits."""
        sent = self._lib.vpl011_fifo_push_break(self._fifo)
        self.data_avail()
        return sent

    def pop(self):
        """What the guest has sent."""
        data = b''
        room = ctypes.create_string_buffer(len(self._storage[1]))
        while True:
            count = self._lib.vpl011_fifo_pop(self._fifo, room, len(room))
            if count == 0:
                return data
            data += room.raw[:count]
            self.data_avail()

    def pop_break(self):
        """Whether a BREAK comes before the next character of pop()."""
        return self._lib.vpl011_fifo_pop_break(self._fifo)

    def set_attached(self, attached):
        """Whether somebody is at the far end."""
        self._lib.vpl011_fifo_set_attached(self._fifo, attached)
        self.data_avail()

    # What the library calls. Nothing may leave a callback but its result, so
    # what is raised in one is raised again when the call returns.

    def _check(self, result):
        raised, self._raised = self._raised, None
        if raised:
            raise raised
        if result < 0:
            raise Error(result)
        return result

    def _guarded(self, default, function, *arguments):
        try:
            return function(*arguments)
        except Exception as raised:
            self._raised = self._raised or raised
            return default

    def _on_irq(self, _, lines, changed):
        self._guarded(None, self._irq, IRQ(lines), IRQ(changed))

    def _on_mistake(self, _, error):
        what = error.contents
        self.mistakes.append(
            Mistake(GUEST(what.kind), bool(what.write), what.offset, what.size, what.value)
        )

    def _on_write(self, _, data, count, events):
        return self._guarded(count, lambda: int(self._far_end.write(bytes(data[:count]))))

    def _on_read(self, _, data, count, events):
        given = self._guarded(b'', lambda: bytes(self._far_end.read(count)))[:count]
        ctypes.memmove(data, given, len(given))
        return len(given)

    def _on_poll(self, _, status, events):
        status.contents.waiting = self._guarded(0, lambda: int(self._far_end.waiting()))
        status.contents.attached = self._far_end.attached

    def _on_break(self, _, on):
        self._guarded(None, self._far_end.send_break, on)

    @staticmethod
    def _offset(register):
        return Reg[register] if isinstance(register, str) else register
