# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The sizes that are promised, at -Os on x86-64.

usage: size.py MODEL_SOURCE... -- BACKEND_SOURCE...

The limits are for the device model, and for the model with the device's side of
the in-process FIFO. The sizes of the other backends are only printed.
"""

import os
import sys

from tap import INCLUDES, done, note, ok, run, scratch, skip_all, tool

DEVICE = 592  # [bytes] struct vpl011, both FIFOs in it
MODEL = 9216  # [bytes] the device model
TEXT = 11264  # [bytes] the device model and a backend

compiler = tool('gcc', 'cc')
machine = run([compiler, '-dumpmachine'])[1] if compiler else ''
if not machine.startswith('x86_64'):
    skip_all('the promised sizes are those of x86-64')


def text_of(source, place):
    """Code and constants of a file, and what unwinding would add."""
    target = os.path.join(place, 'size.o')
    flags = ['-std=c11', '-Os', '-c', *INCLUDES, source, '-o', target]
    status, out, said = run([compiler, *flags])
    if status != 0:
        ok(False, f'{source} compiles', said)
        return 0, 0
    text = unwind = 0
    for line in run(['size', '-A', target])[1].splitlines():
        words = line.split()
        if line.startswith(('.text', '.rodata')):
            text += int(words[1])
        elif line.startswith('.eh_frame'):
            unwind += int(words[1])
    return text, unwind


split = sys.argv.index('--')
with scratch() as place:
    model = unwind = 0
    for source in sys.argv[1:split]:
        one = text_of(source, place)
        model += one[0]
        unwind += one[1]
    ok(
        0 < model <= MODEL,
        f'device model in {MODEL} bytes of text',
        f'it takes {model}',
    )
    note(f'device model: {model} bytes of text')
    note(f'unwind tables, where they are not left out: {unwind}')
    for source in sys.argv[split + 1 :]:
        name = os.path.basename(source)
        backend = text_of(source, place)[0]
        total = model + backend
        note(f'{name}: {backend} bytes; with the device model {total}')
        if name == 'fifo.c':
            ok(
                model and backend and total <= TEXT,
                f'device model and {name} in {TEXT} bytes of text',
                f'they take {total}',
            )

    program = os.path.join(place, 'size')
    source = program + '.c'
    with open(source, 'w', encoding='utf-8') as file:
        file.write(
            '#include <stdio.h>\n#include <vpl011/vpl011.h>\nint main(void)'
            '{ printf("%zu\\n", sizeof(struct vpl011)); return 0; }\n'
        )
    status, out, said = run([compiler, *INCLUDES, source, '-o', program])
    status, out, said = run([program])
    note(f'struct vpl011: {said.strip()} bytes')
    ok(
        status == 0 and 0 < int(out or 0) <= DEVICE,
        f'struct vpl011 in {DEVICE} bytes',
        said,
    )
done()
