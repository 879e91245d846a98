# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""examples/describe does what docs/describing.md shows of it."""

import os
import pathlib
import re
import sys

sys.path.insert(0, os.environ['TAP_PATH'])
from tap import SOURCE, done, ok, run, scratch

program = (SOURCE / 'examples/describe.c').read_text(encoding='utf-8')
page = (SOURCE / 'docs/describing.md').read_text(encoding='utf-8')
blocks = re.findall(r'^```c\n(.*?)^```$', page, flags=re.M | re.S)
ok(len(blocks) >= 5, 'docs/describing.md shows code', len(blocks))
for block in blocks:
    first = block.strip().splitlines()[0].strip()
    ok(block in program, f'it is in examples/describe.c: {first}')

with scratch() as place:
    place = pathlib.Path(place)
    status, out, everything = run([sys.argv[1], place])
    ok(status == 0, 'it runs', everything)
    ok(
        'PL011 UART at 0x9000000, interrupt 33\n' in out,
        'it finds in the tree what it put there',
        everything,
    )
    for name in 'SPCR', 'DBG2', 'SSDT':
        table = (place / f'{name}.aml').read_bytes()
        ok(
            table[:4] == name.encode() and sum(table) % 256 == 0,
            f'{name}.aml is that table',
        )
    tree = (place / 'uart.dtb').read_bytes()
    ok(
        b'/serial@9000000:115200n8\0' in tree and len(tree) > 512,
        'the tree outgrew its first 512 bytes',
        len(tree),
    )
    status, out, everything = run([sys.argv[1], place / 'nowhere'])
    ok(
        status == 1 and len(everything.splitlines()) == 1,
        'one clear line where it cannot write',
        everything,
    )
    status, out, everything = run([sys.argv[1]])
    ok(status == 2 and 'usage' in everything, 'usage', everything)
done()
