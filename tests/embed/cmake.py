# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The installed library, used by CMake as an embedder would."""

import os
import pathlib
import re
import shutil

from tap import PACKAGES, SOURCE, command_ok, done, install, installed_in
from tap import need_plain_build, ok, run, scratch, skip_all, tool

need_plain_build()
if not tool('cmake'):
    skip_all('no cmake here')

VERSION = os.environ['VERSION']
MAJOR, MINOR, PATCH = map(int, VERSION.split('.'))
# What a program that uses a library of them calls.
CALLS = {
    'vpl011': ('vpl011.h', 'vpl011_sizeof()'),
    'posix': ('stream.h', 'vpl011_stream_sizeof()'),
    'fdt': ('fdt.h', 'vpl011_fdt_check(0, 0)'),
    'kvm': ('kvm.h', 'vpl011_kvm_sizeof()'),
}


def accepted(package, script, version):
    """Whether a program that asks for a version gets this one."""
    major, minor = (version.split('.') + ['0'])[:2]
    script.write_text(
        f'set(PACKAGE_FIND_VERSION {version})\n'
        f'set(PACKAGE_FIND_VERSION_MAJOR {major})\nset(PACKAGE_FIND_VERSION_MINOR {minor})\n'
        f'include({package}/vpl011ConfigVersion.cmake)\n'
        'if(NOT PACKAGE_VERSION_COMPATIBLE)\nmessage(FATAL_ERROR refused)\nendif()\n'
    )
    return run(['cmake', '-P', script])[0] == 0


page = (SOURCE / 'docs/building-in.md').read_text(encoding='utf-8')
shown = re.search(r'```cmake\n(find_package.*?)```', page, re.S)[1]
example = (SOURCE / 'examples/cmake/CMakeLists.txt').read_text(encoding='utf-8')
ok(shown in example, 'docs/building-in.md shows examples/cmake', shown)

with scratch() as place:
    place = pathlib.Path(place)
    root = place / 'root'
    install(place / 'installed')
    if not PACKAGES:
        # Moved, it still works: nothing in it is an absolute name.
        shutil.move(place / 'installed', root)
    installed = {p.name: p for p in installed_in(root)}
    package = installed.get('vpl011Config.cmake')
    if not ok(package, 'the package is installed'):
        done()
    package = package.parent
    libraries = package.parent.parent
    # CMake looks by itself where Debian's packages are.
    found = [f'-DCMAKE_PREFIX_PATH={libraries.parent}', f'-Dvpl011_DIR={package}']
    uses = []
    for part, (header, call) in CALLS.items():
        if header in installed:
            uses.append(place / f'{part}.c')
            uses[-1].write_text(
                f'#include <vpl011/{header}>\nint main(void)\n{{\n    return !{call};\n}}\n'
            )
    build = place / 'build'
    command_ok(
        'configures',
        ['cmake', '-G', 'Ninja', '-B', build, SOURCE / 'tests/embed/cmake']
        + ([] if PACKAGES else found)
        + [f'-DUSES={";".join(map(str, uses))}', f'-DEXAMPLE={SOURCE / "examples/cmake"}'],
    )
    command_ok('builds', ['cmake', '--build', build])
    shared = (libraries / 'libvpl011.so').exists()
    static = (libraries / 'libvpl011.a').exists()
    for source in uses:
        for kind in ['', '_static'] if static else ['']:
            program = build / f'uses_{source.stem}{kind}'
            status, _, said = run([program])
            ok(status == 0, f'{program.name}: runs', said)
            needed = run(['readelf', '-d', program])[1]
            ok(
                ('[libvpl011' in needed) == (shared and not kind),
                f'{program.name}: needs the libraries that its target says',
                needed,
            )
    if any(source.stem == 'posix' for source in uses):
        out = run([build / 'example/minimal'])[1]
        ok('received 100 of 100' in out, 'examples/cmake: minimal runs', out)
        out = run(['sh', '-c', f"printf 'hello\\004' | {build}/example/embed"])[1]
        ok(out == 'hello\4', 'examples/cmake: embed runs', out)

    for version, good in (
        (VERSION, True),
        (f'{MAJOR}.{MINOR}', True),
        (f'{MAJOR}.{MINOR}.{PATCH + 1}', False),
        (f'{MAJOR}.{MINOR + 1}', False),
        (f'{MAJOR + 1}.0', False),
    ):
        ok(
            accepted(package, place / 'asks.cmake', version) == good,
            f'version {version} is {"accepted" if good else "refused"}',
        )
done()
