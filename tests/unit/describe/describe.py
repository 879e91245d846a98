# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Our trees and tables, read by independent tools: dtc, fdtget, iasl."""

import os
import pathlib
import sys

sys.path.insert(0, os.environ['TAP_PATH'])
from tap import done, ok, run, scratch, skip, tool

DUMP = sys.argv[1]
PL011 = 'arm,pl011 arm,primecell'
UART = '/serial@9000000'

# What fdtget is to say, for the descriptions of trees.c by number.
TOLD = {
    0: [
        (UART, 's', 'compatible', PL011),
        (UART, 'x', 'reg', '0 9000000 0 1000'),
        (UART, 'x', 'interrupts', '0 1 4'),
        (UART, 'x', 'clocks', '8000 8000'),
        (UART, 's', 'clock-names', 'uartclk apb_pclk'),
        ('/clock-24000000', 'u', 'clock-frequency', '24000000'),
        ('/clock-24000000', 'u', '#clock-cells', '0'),
        ('/clock-24000000', 'x', 'phandle', '8000'),
        ('/chosen', 's', 'stdout-path', UART),
        ('/aliases', 's', 'serial0', UART),
    ],
    1: [
        (UART, 's', 'compatible', 'arm,sbsa-uart'),
        (UART, 'u', 'current-speed', '115200'),
        ('/chosen', 's', 'stdout-path', UART + ':115200n8'),
    ],
    2: [(UART, 's', 'compatible', 'arm,sbsa-uart arm,pl011')],
    3: [
        (UART, 's', 'compatible', 'arm,sbsa-uart ' + PL011),
        ('/aliases', 's', 'serial12', UART),
    ],
    4: [
        ('/sbsa-pl011', 's', 'compatible', 'arm,sbsa-uart'),
        ('/sbsa-pl011', 'x', 'reg', '0 22000000 0 1000'),
        ('/sbsa-pl011', 'x', 'interrupts', '0 0 f04'),
        ('/sbsa-pl011', 'u', 'current-speed', '115200'),
    ],
    5: [
        ('/sbsa-uart@22000000', 'x', 'interrupts', '0 0 f04'),
        ('/sbsa-uart@22000000', 'x', 'interrupt-parent', '1'),
    ],
    6: [
        ('/uart-pl011@4009000000', 'x', 'reg', '40 9000000 0 10000'),
        ('/uart-pl011@4009000000', 'x', 'interrupts', '1 4 1'),
        ('/uart-pl011@4009000000', 'u', 'clock', '48000000'),
        ('/uart-pl011@4009000000', 'u', 'reg-io-width', '4'),
        (
            '/uart-pl011@4009000000',
            'x',
            'arm,primecell-periphid',
            '241011',
        ),
    ],
    7: [(UART, 'u', 'clock', '24000000')],
}
# Xen's own node has no unit address, and dtc says so of Xen's trees too.
XEN_WARNING = 'node has a reg or ranges property, but no unit name'


def check_trees(place):
    trees = sorted(place.glob('*.dtb'))
    dtc, fdtget = tool('dtc'), tool('fdtget')
    if not dtc or not fdtget:
        skip('trees', 'dtc and fdtget are missing: device-tree-compiler')
        return
    ok(len(trees) == 17, '17 trees were written', len(trees))
    for tree in trees:
        status, out, everything = run(
            ['dtc', '-I', 'dtb', '-O', 'dts', '-o', tree.with_suffix('.dts'),
             tree]
        )
        warnings = [
            line for line in everything.splitlines() if 'also defined' not in line
        ]
        if tree.stem.endswith('-4'):
            good = len(warnings) == 1 and XEN_WARNING in warnings[0]
            name = f'dtc: {tree.name}: only the missing unit address'
        else:
            good = not warnings
            name = f'dtc: {tree.name}: no warning'
        ok(status == 0 and good, name, everything)
    for kind in 'rw', 'sw':
        for number, rows in TOLD.items():
            tree = place / f'{kind}-{number}.dtb'
            bad = []
            for node, form, name, expected in rows:
                out = run(['fdtget', '-t', form, tree, node, name])[2].strip()
                if out != expected:
                    bad.append(f'{node} {name}: {out!r}, not {expected!r}')
            ok(not bad, f'fdtget: {tree.name}: {len(rows)} properties',
               '\n'.join(bad))


def check_tables(place):
    tables = sorted(place.glob('*.aml'))
    if not tool('iasl'):
        skip('tables', 'iasl is missing: acpica-tools')
        return
    ok(len(tables) == 23, '23 tables were written', len(tables))
    # This one's SPCR ends at revision 2: it drops what came later, of which
    # test_acpi.c has the bytes.
    old = '20200925' in run(['iasl', '-v'])[2]
    later = {'spcr4': 'revision 4', 'spcr3-everything': "revision 3's clock"}
    for table in tables:
        unknown = [why for name, why in later.items() if name in table.name]
        if old and unknown:
            skip(f'iasl: {table.name}', f'this iasl does not know {unknown[0]}')
            continue
        before = table.read_bytes()
        again = place / 'again'
        status, out, everything = run(
            ['iasl', '-p', again, '-d', table], cwd=place
        )
        source = again.with_suffix('.dsl')
        if status == 0:
            status, out, more = run(['iasl', '-p', again, source], cwd=place)
            everything += more
        complaints = [
            line
            for line in everything.splitlines()
            if 'rror' in line or 'arning' in line
            if ' 0 Errors, 0 Warnings' not in line and 'successful' not in line
        ]
        after = again.with_suffix('.aml').read_bytes() if status == 0 else b''
        ok(
            status == 0 and not complaints and after[36:] == before[36:],
            f'iasl: {table.name}: the same payload, no complaint',
            f'{before[36:].hex(" ")}\n{after[36:].hex(" ")}\n{everything}',
        )
        for leftover in place.glob('again.*'):
            leftover.unlink()


with scratch() as place:
    place = pathlib.Path(place)
    status, out, everything = run([DUMP, place])
    ok(status == 0, 'trees and tables are written', everything)
    check_trees(place)
    check_tables(place)
done()
