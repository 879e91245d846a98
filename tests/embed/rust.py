# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""bindings/rust: its tests and examples, with each cargo that is here, and what
docs/building-in.md says of it.
"""

import pathlib
import re
import shutil

from tap import BUILD, SOURCE, command_ok, done, note, ok, run, scratch, skip_all

RUST = SOURCE / 'bindings/rust'
EXAMPLES = {
    'monitor': '65536 of 65536 characters came back',
    'superio': '188 of 188 characters came back',
}


def toolchains():
    """The cargo of PATH, and Debian's where that is another one."""
    found = [shutil.which('cargo'), shutil.which('cargo', path='/usr/bin')]
    return list(dict.fromkeys(pathlib.Path(cargo) for cargo in found if cargo))


def environment(cargo):
    """Nothing outside the build directory is written, and a warning is an error."""
    return {
        'CARGO_TARGET_DIR': str(BUILD / 'rust'),
        'CARGO_HOME': str(BUILD / 'rust/home'),
        'CARGO_BUILD_JOBS': '2',
        'RUSTC': str(cargo.with_name('rustc')),
        'RUSTDOC': str(cargo.with_name('rustdoc')),
        'RUSTFLAGS': '-Dwarnings',
    }


def check(cargo):
    env = environment(cargo)
    name = run([env['RUSTC'], '--version'], env)[1].strip()
    command = [cargo, 'test', '--offline', '--locked', '--all-features', '--no-fail-fast']
    status, out, said = run(command, env, RUST)
    cases = re.findall(r'^test (.*?)(?: \.\.\. | has been )(.*)$', out, re.M)
    for case, result in cases:
        ok(result == 'ok', f'{name}: {case}')
    ok(status == 0 and len(cases) > 10, f'{name}: cargo test', said)
    for example, line in EXAMPLES.items():
        command = [cargo, 'run', '--offline', '--locked', '--quiet', '--example', example]
        shown = command_ok(f'{name}: {example} runs', command, env, RUST)
        ok(shown.strip() == line, f'{name}: {example} shows what it should', shown)


def check_package(cargo):
    """What leaves the tree is complete: with the two files of the core in it."""
    with scratch() as place:
        env = dict(environment(cargo), CARGO_TARGET_DIR=f'{place}/target')
        copy = pathlib.Path(place) / 'rust'
        shutil.copytree(RUST, copy, ignore=shutil.ignore_patterns('target', 'c'))
        core = copy / 'vpl011-sys/c'
        command_ok('the core is put into it', [SOURCE / 'scripts/amalgamate', '--state', core])
        listing = [cargo, 'package', '--offline', '--list', '--allow-dirty']
        listed = command_ok('cargo package', listing, env, copy / 'vpl011-sys').split()
        needed = {'build.rs', 'src/lib.rs', 'c/vpl011.c', 'c/vpl011.h', 'Cargo.toml'}
        ok(needed <= set(listed), 'the package has all that it is built of', listed)
        command = [cargo, 'run', '--offline', '--locked', '--quiet', '--example', 'superio']
        shown = command_ok('it builds outside the tree, and runs', command, env, copy)
        ok(shown.strip() == EXAMPLES['superio'], 'and shows what it should', shown)


page = (SOURCE / 'docs/building-in.md').read_text(encoding='utf-8')
shown = re.search(r'```rust\n(.*?)```', page, re.S)[1]
crate = (RUST / 'vpl011/src/lib.rs').read_text(encoding='utf-8')
tested = re.search(r'^//! ```\n(.*?)^//! ```$', crate, re.M | re.S)[1]
tested = re.sub(r'^//! ?(# .*\n)?', '', tested, flags=re.M)
found = toolchains()
if not found:
    skip_all('no cargo here')
ok(shown == tested, 'docs/building-in.md shows the doc test of the crate', f'{shown}\n{tested}')
version = re.search(r'VERSION "(.*)"', (SOURCE / 'include/vpl011/version.h').read_text())[1]
for crate in ('vpl011', 'vpl011-sys'):
    manifest = (RUST / crate / 'Cargo.toml').read_text(encoding='utf-8')
    versions = set(re.findall(r'(?<!rust-)version = "(.*?)"', manifest))
    ok(versions == {version}, f'{crate} has the version of the library', versions)
for cargo in found:
    note(cargo)
    check(cargo)
check_package(found[-1])
done()
