# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""What a hardened build leaves in its libraries and programs.

Options of the compiler are read from the debug information, of each file that was
compiled; what the linker did, from the program headers.
"""

import pathlib
import platform
import re

from tap import CC, note, ok, run, scratch

# What a compiler has of it, by machine.
CONTROL_FLOW = {
    'x86_64': r'-fcf-protection(=full)?(?= |$)',
    'aarch64': r'-mbranch-protection=standard(?= |$)',
}
OPTIONS = {'stack protector': r'-fstack-protector-strong(?= |$)'}
if platform.machine() in CONTROL_FLOW:
    OPTIONS['control flow protection'] = CONTROL_FLOW[platform.machine()]
# _FORTIFY_SOURCE is a macro, which the debug information has not: a checked
# function shows it, where there is one to check.
NOTHING_TO_FORTIFY = ('libvpl011-fdt.so', 'libvpl011-kvm.so')


def producers(files):
    """The compiler's options, once for each set of them. What the programs of a
    package have in common dwz has moved to a file of its own."""
    told = [run(['readelf', '--string-dump=.debug_str', '--decompress', f])[1] for f in files]
    return set(re.findall(r'\] +(GNU C\d.*)', '\n'.join(told)))


def lacks(binary, debug):
    """What a library or program is without; debug are files with the debug
    information of it."""
    headers = run(['readelf', '--program-headers', '--wide', binary])[1]
    dynamic = run(['readelf', '--dynamic', '--wide', binary])[1]
    symbols = run(['readelf', '--dyn-syms', '--wide', binary])[1]
    options = producers(debug)
    missing = []
    if 'GNU_RELRO' not in headers:
        missing.append('relro')
    if not re.search(r'\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*NOW', dynamic):
        missing.append('bindnow')
    if '.so' not in binary.name and not re.search(r'\(FLAGS_1\).*PIE', dynamic):
        missing.append('pie')
    if not binary.name.startswith(NOTHING_TO_FORTIFY) and not re.search(r'\w_chk@', symbols):
        missing.append('fortify')
    for name, pattern in OPTIONS.items():
        if not options or not all(re.search(pattern, o) for o in options):
            missing.append(name)
    return missing


def unpacked(packages, place):
    for package in packages:
        run(['dpkg-deb', '--extract', package, place])
    return place


def debug_of(binary, place):
    told = run(['readelf', '--notes', binary])[1]
    build_id = re.search(r'Build ID: (\w\w)(\w+)', told)
    debug = place / 'usr/lib/debug'
    common = debug.glob('.dwz/*/*') if 'bin' in binary.parts else ()
    return [debug / f'.build-id/{build_id[1]}/{build_id[2]}.debug', *common]


def hardened(packages):
    """Cases for each library and program of the packages in a directory."""
    with scratch() as place:
        place = unpacked(packages.glob('*.deb'), pathlib.Path(place))
        binaries = [*place.glob('usr/lib/*/*.so.*.*.*'), *place.glob('usr/bin/*')]
        ok(len(binaries) == 6, 'four libraries and two programs', binaries)
        for binary in sorted(binaries):
            missing = lacks(binary, debug_of(binary, place))
            ok(not missing, f'{binary.name} is hardened', missing)


def lacks_of_an_unhardened_library():
    """The check above notices each of them."""
    with scratch() as place:
        source = pathlib.Path(place) / 'soft.c'
        source.write_text(
            '#include <string.h>\nvoid f(char *to, const char *from);\n'
            'void f(char *to, const char *from)\n{\n    char copy[64];\n'
            '    strcpy(copy, from);\n    strcpy(to, copy);\n}\n'
        )
        binary = source.with_suffix('.so')
        run(
            [*CC, '-O2', '-g', '-shared', '-fPIC', '-fno-stack-protector']
            + ['-fcf-protection=none'] * (platform.machine() == 'x86_64')
            + ['-U_FORTIFY_SOURCE', '-Wl,-z,norelro,-z,lazy', source, '-o', binary]
        )
        missing = lacks(binary, [binary])
        wanted = ['relro', 'bindnow', 'fortify', *OPTIONS]
        ok(missing == wanted, 'of a library without all this each is missed', missing)
        note(f'checked: {wanted}')
