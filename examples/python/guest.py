# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""A guest in ten lines: its driver echoes by interrupts what is typed.

    PYTHONPATH=bindings/python python3 examples/python/guest.py
"""

from vpl011 import FR, INT, IRQ, SBSA, Device

uart = Device(SBSA)
uart.write('UARTIMSC', INT.RX | INT.RT)
typed = b'More than a FIFO, and more than the 64 characters that come in one go.\n'
uart.push(typed)
while IRQ.UARTINTR in uart.lines:
    while FR.RXFE not in uart.read('UARTFR'):
        uart.write('UARTDR', uart.read('UARTDR'))
    uart.serve()
echoed = uart.pop()
print(f'{echoed.decode()}{uart.read("UARTFR")!r}, {uart.counters.irq_raises} interrupts')
assert echoed == typed and not uart.mistakes
