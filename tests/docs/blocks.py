# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""What the documents and the headers show in C compiles with the installed library:
programs are linked, parts of one are parts of a file that is compiled, or compile
by themselves, at file scope or in a function."""

import pathlib
import re

from tap import CC, SOURCE, done, install, need_plain_build, ok, run, scratch, skip_all, tool
from tree import files

WARNINGS = ['-std=gnu11', '-Wall', '-Wextra', '-Werror']
# Of these what a part leaves out. They are not in it to be used.
LENIENT = ['-Wno-unused', '-Wno-unused-parameter', '-Wno-maybe-uninitialized']
# They tell an order of calls, partly in words.
OUTLINES = {
    'backend_state.h',
    'deferred.h',
    'dma.h',
    'kvm.h',
    'page.h',
    'time.h',
}
# Indented, after an empty line; with empty lines in it.
CODE = r'(?<=^ \*\n)(?=^ \*     \S)(?:^ \*     .*\n(?:^ \*\n(?=^ \*     ))?)+'
# What stands before a part, for what it leaves to the reader.
BEFORE = """
#include <poll.h>
#include <vpl011/acpi.h>
#include <vpl011/posix.h>
#include <vpl011/qemu_state.h>
#include <vpl011/state.h>
#include <vpl011/xencons.h>
static struct vpl011 uart;
"""
MORE = {
    'acpi.h': 'static struct vpl011_acpi_desc desc; void *guest_memory(int size);',
    'console.h': (
        'static uint64_t offset, value; static unsigned int size;'
        'static struct vpl011_console console; void irq(void *ctx, bool high);'
    ),
    'fifo.h': (
        'static struct vpl011_fifo fifo; static char buf[64]; static size_t n;'
        'static uint32_t at, todo, how; size_t terminal_write(const void *b, size_t n);'
    ),
    'guest_errors.h': 'uint64_t nanoseconds(void); void queue_for_the_log(const char *line);',
    'replacing-qemu.md': (
        'static struct vpl011_config config; static struct vpl011_state state;'
        'static struct vpl011_qemu_state section;'
    ),
    'text.h': 'void queue_for_printing(const char *line);',
    'vpl011.h': (
        'static char blob[64]; static size_t size; static struct vpl011_backend backend;'
    ),
    'xencons.h': (
        'static struct vpl011_xencons_console c; static char buf[64], keys[64];'
        'static size_t n, typed; static uint32_t todo, how;'
        'void keep(const void *b, size_t n);'
    ),
}


def of_documents():
    for path in files():
        if path.suffix == '.md':
            text = (SOURCE / path).read_text(encoding='utf-8')
            for match in re.finditer(r'^```(c|cpp)\n(.*?)^```$', text, re.M | re.S):
                yield path, text[: match.start()].count('\n') + 2, match[2]


def of_headers():
    """The code in the comments of headers."""
    for path in files():
        if not path.match('include/vpl011/*.h') or path.name in OUTLINES:
            continue
        text = (SOURCE / path).read_text(encoding='utf-8')
        for match in re.finditer(CODE, text, re.M):
            code = re.sub(r'^ \*(     )?', '', match[0], flags=re.M)
            if re.search(r'[;{]\s*(//.*)?$', code, re.M):
                yield path, text[: match.start()].count('\n') + 1, code


def bare(text):
    return re.sub(r'\s+', ' ', text).strip()


with scratch() as place:
    need_plain_build()
    if not tool('pkg-config'):
        skip_all('no pkg-config here')
    place = pathlib.Path(place)
    install(place / 'root')
    pc = next((place / 'root').rglob('libvpl011-posix.pc'), None)
    if not pc:
        skip_all('configured without libvpl011-posix')
    env = {
        'PKG_CONFIG_LIBDIR': str(pc.parent),
        'PKG_CONFIG_SYSROOT_DIR': str(place / 'root'),
    }

    def flags(*options):
        return run(['pkg-config', *options, 'libvpl011-posix'], env)[1].split()

    cflags, libs = flags('--cflags'), flags('--libs')
    source = place / 'part.c'

    def compiles(text, *options):
        source.write_text(text, encoding='utf-8')
        status, _, said = run([*CC, *WARNINGS, *cflags, *options, source, *libs])
        return '' if status == 0 else said

    compiled = {
        path: bare((SOURCE / path).read_text(encoding='utf-8'))
        for path in files()
        if path.suffix in ('.c', '.cpp') and path.parts[0] in ('examples', 'tests')
    }
    seen = 0
    for path, line, code in [*of_documents(), *of_headers()]:
        seen += 1
        name = f'{path}:{line}'
        part = BEFORE + MORE.get(path.name, '') + '\n#line 1\n'
        quiet = [*LENIENT, '-fsyntax-only']
        if 'int main(' in code:
            said = compiles(code, '-o', place / 'program')
            ok(not said, f'{name}: a program, which is linked', said)
        elif any(bare(code) in text for text in compiled.values()):
            ok(True, f'{name}: part of a file that is compiled')
        elif not compiles(part + code, *quiet):
            ok(True, f'{name}: compiles')
        else:
            said = compiles(f'{part}void part(void)\n{{\n#line 1\n{code}}}\n', *quiet)
            ok(not said, f'{name}: compiles in a function', said)
    ok(seen > 15, 'there are programs and parts of some', seen)
done()
