# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Builds each variant of the library and runs the Meson suites in it.

Called by scripts/test after it installed the tools. Prints one line for each
suite and build, with the number of tests: the cases of TAP tests, and one for
every other test. --sets only prints which sets of scripts/packages the rest of
the command line needs.
"""

import argparse
import errno
import fnmatch
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import ports
from progress import Progress, Steps, paint

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / 'build'
SKIPS = ROOT / 'tests' / 'skips'

# Sanitizer reports end the test, in the child and in what it starts. Optimised
# a little, the tests take a third of the time. A report needs lines, and no more
# of what a debugger is told: gcc takes a fifth longer for that.
SANITIZE = [
    '-Doptimization=1',
    '-Ddebug=true',
    '-Db_sanitize=address,undefined',
    '-Dc_args=-fno-sanitize-recover=all -g1',
]

def port(name, cc, options=(), more=('unit',)):
    """A build for another machine, with the cross file tests/ports/NAME.ini."""
    return {
        'name': name,
        'cc': cc,
        'port': True,
        'options': ports.options(name) + list(options),
        'suites': [*more, 'conformance', 'fuzz', 'ports'],
    }


# Marks, which tests have beside their suite: not for a run without arguments;
# looks at the time, so that nothing else may run.
MARKS = {'long', 'pace'}

# What scripts/test runs without arguments: every suite, but for its long tests.
QUICK = {
    'name': 'quick',
    'cc': os.environ.get('CC') or 'cc',
    'options': SANITIZE + ['-Db_lundef=false', '-Ddefault_library=static'],
    'suites': [],
}

# Where a suite runs. 'rest' stands for every suite that is named in no other
# place, so that a new one runs without a change here; 'last' comes when all
# else is done; 'without' has the tests of a suite that are not for this build;
# 'whole' builds all there is, for gcc's warnings, and the others what they run:
# style/tidy has clang's of every file, and bare/plain_path those of -O2.
VARIANTS = [
    {
        'name': 'gcc-sanitize',
        'cc': 'gcc',
        'options': SANITIZE,
        'suites': ['unit', 'conformance', 'personas', 'rest'],
        'last': ['pace'],
        'with_soak': ['guests'],
        'whole': True,
    },
    {
        # What is installed, and what the figures are of. Early, because its
        # guests, one at a time, take longest.
        'name': 'gcc-release',
        'cc': 'gcc',
        'options': ['-Dbuildtype=release', '-Doptimization=2'],
        'suites': [
            'guests',
            'model',
            'embed',
            'docs',
            'style',
            'bench',
            'ports',
            'bare',
            'debian',
            'release',
            'soak',
        ],
        'last': ['pace'],
    },
    {
        # A shared library does not find the sanitizers' symbols at its link;
        # half of the compilation is enough here.
        'name': 'clang-sanitize',
        'cc': 'clang',
        'options': SANITIZE
        + ['-Db_lundef=false', '-Ddefault_library=static'],
        # What these sanitizers see in unit and conformance gcc-sanitize sees, and
        # clang-memory runs both as clang compiles them.
        'suites': ['fuzz'],
        'with_soak': ['unit', 'conformance'],
        # Both directions of two processes are gcc-sanitize's, and races are
        # gcc-thread's: whose sanitizer it is makes no difference to them.
        'without': ['threads'],
    },
    {
        # MemorySanitizer of clang 14 does not know that fstat() fills what it
        # is given, so without the POSIX pieces.
        'name': 'clang-memory',
        'cc': 'clang',
        'options': [
            '-Doptimization=1',
            '-Ddebug=true',
            '-Db_sanitize=memory',
            '-Db_lundef=false',
            '-Ddefault_library=static',
            '-Dposix=disabled',
            '-Dtools=disabled',
            '-Dfdt=disabled',
        ],
        'suites': ['unit', 'conformance', 'fuzz'],
        'without': ['threads'],
    },
    {
        'name': 'gcc-thread',
        'cc': 'gcc',
        'options': [
            '-Doptimization=1',
            '-Ddebug=true',
            '-Db_sanitize=thread',
            '-Ddefault_library=static',
            '-Dfdt=disabled',
        ],
        'suites': ['threads'],
    },
    {
        # Not optimised, so that a branch of the source is one of the program;
        # counted atomically, because some tests have threads.
        'name': 'gcc-coverage',
        'cc': 'gcc',
        'options': [
            '-Dbuildtype=debug',
            '-Db_coverage=true',
            '-Dc_args=-fprofile-update=atomic',
            '-Ddefault_library=static',
        ],
        'suites': [],
        'only_here': ['coverage'],
        'built_for': ['unit', 'conformance'],
        'without': ['threads'],
    },
    {
        'name': 'gcc-valgrind',
        'cc': 'gcc',
        'soak': True,
        'setup': 'valgrind',
        'options': [
            '-Dbuildtype=debug',
            '-Ddefault_library=static',
            '-Dfdt=disabled',
        ],
        'suites': ['unit'],
    },
    # The guests' drivers see the other word. The other byte order is a minute of
    # qemu's: unit and conformance have it each time.
    port('i686', 'i686-linux-gnu-gcc', more=['unit', 'personas']),
    port('musl', 'musl-gcc'),
    port('arm64', 'aarch64-linux-gnu-gcc', [ports.TCG_ATOMIC]),
    port('armhf', 'arm-linux-gnueabihf-gcc'),
    # Its sizes, alignments and char are arm64's.
    {**port('riscv64', 'riscv64-linux-gnu-gcc'), 'soak': True},
    {**port('s390x', 's390x-linux-gnu-gcc'), 'with_soak': ['personas']},
]

# What starts programs and waits for them, on a machine that does other things. A
# test of theirs that fails is run once more at the end, with the machine to
# itself: only what fails there, too, has failed. Both are said.
AGAIN = {'bare', 'console', 'guests', 'remote'}

# [s] that a step takes, roughly, until it was done here once.
GUESS = {
    'build': 40,
    'breakages': 120,
    'console': 30,
    'coverage': 60,
    'debian': 120,
    'differential': 60,
    'docs': 30,
    'embed': 120,
    'fuzz': 20,
    'guests': 400,
    'model': 150,
    'mutation': 200,
    'personas': 30,
    'proof': 200,
    'remote': 15,
    'style': 150,
    'unit': 30,
}

BAD = {'FAIL', 'ERROR', 'TIMEOUT', 'INTERRUPT', 'UNEXPECTEDPASS'}
TAP_LINE = re.compile(
    r'^(not )?ok\b[\s\d-]*([^#]*)(?:#\s*(SKIP|TODO)\b\s*(.*))?',
    re.IGNORECASE,
)
MESON_LINE = re.compile(r'^\s*(\d+)/(\d+)\s+(.*?)\s+[A-Z]+\s+[\d.]+s')


running = set()  # the processes, of whatever thread


def run(command, log, progress, env=None, line_seen=None):
    """Run a command into a log; its exit status."""
    progress.show('')
    with open(log, 'w', encoding='utf-8') as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors='replace',
        )
        running.add(process)
        try:
            for line in process.stdout:
                out.write(line)
                progress.show(line_seen(line) if line_seen else '')
            _, status, used = os.wait4(process.pid, 0)
            progress.processor = used.ru_utime + used.ru_stime
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            running.discard(process)
            progress.clear()


def say(text):
    """Print, whole, beside the progress of others."""
    with Progress.lock:
        Progress.blank()
        print(text, flush=True)


def tail(path, lines):
    text = pathlib.Path(path).read_text(encoding='utf-8', errors='replace')
    return text.splitlines()[-lines:]


class Totals:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.skips = {}  # 'suite/test' or 'suite/test: case' -> reason

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.skips.update(other.skips)


def configure(variant, directory, env, steps):
    """Make a build directory, or bring it up to date; whether it worked."""
    command = ['meson', 'setup', '--werror', '--fatal-meson-warnings']
    command += ['-Dtests=enabled']
    if not variant.get('port'):
        command += ['-Dexamples=enabled', '-Dtools=enabled']
    command += variant['options']
    # A changed list of options needs a new directory, and so do changed
    # packages: Meson remembers which headers were not there.
    stamp = directory / 'run_suites.stamp'
    lacks = os.environ.get('PACKAGES_MISSING', '').split()
    wanted = json.dumps([variant['cc'], command, lacks])
    if directory.exists():
        if stamp.exists() and stamp.read_text(encoding='utf-8') == wanted:
            command.append('--reconfigure')
        else:
            shutil.rmtree(directory)
    log = BUILD / (variant['name'] + '-setup.log')
    progress = Progress(f'{variant["name"]}: configuring', head=steps)
    status = run(command + [str(directory)], log, progress, env)
    if status != 0:
        said = ''.join('\n    ' + line for line in tail(log, 30))
        say(f'{variant["name"]}: meson setup failed; the end of {log}:{said}')
        shutil.rmtree(directory, ignore_errors=True)
        return False
    stamp.write_text(wanted, encoding='utf-8')
    return True


def targets_of(directory, suites, without, env):
    """What the suites need of a build."""
    told = {}
    for what in ('tests', 'targets'):
        done = subprocess.run(
            ['meson', 'introspect', f'--{what}', str(directory)],
            check=True,
            env=env,
            stdout=subprocess.PIPE,
            text=True,
        )
        told[what] = json.loads(done.stdout)
    wanted = set()
    for test in told['tests']:
        of = {name.split(':')[-1] for name in test['suite']}
        if of & set(suites) and not of & set(without):
            wanted.update(test['depends'])
    return [
        os.path.relpath(name, directory)
        for target in told['targets']
        # embed installs, and does not build.
        if target['id'] in wanted or target['installed']
        for name in target['filename']
    ]


def build(variant, directory, targets, env, steps):
    """Whether it could be built."""
    name = variant['name']
    log = BUILD / (name + '-build.log')
    progress = Progress(f'{name}: building', head=steps)

    def step(line):
        match = re.match(r'\[(\d+)/(\d+)\]', line)
        return f'{match[1]} of {match[2]}' if match else ''

    command = ['ninja', '-C', str(directory), *targets]
    status = run(command, log, progress, env, step)
    if status != 0:
        said = tail(log, 1000)
        first = [i for i, line in enumerate(said) if 'FAILED:' in line]
        said = said[first[0] if first else -40 :][:60]
        said = ''.join('\n    ' + line for line in said)
        say(f'{name}: the build failed; the end of {log}:{said}')
        return False
    seconds = progress.seconds()
    place = steps.done((name, 'build'), seconds)
    say(result_line(place, name, 'build', progress))
    return True


def suites_of(directory, env):
    """The suites of a configured build, and for each test its protocol."""
    told = subprocess.run(
        ['meson', 'introspect', '--tests', str(directory)],
        check=True,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    suites = {}
    protocols = {}
    for test in json.loads(told.stdout):
        for suite in test['suite']:
            suites.setdefault(suite.split(':')[-1], []).append(test['name'])
        protocols[test['name']] = test['protocol']
    return suites, protocols


def count(suite, test, protocol):
    """The totals of one test, from what Meson kept of it."""
    totals = Totals()
    name = f'{suite}/{test["name"]}'
    output = test.get('stdout', '')
    if protocol == 'tap':
        for line in output.splitlines():
            match = TAP_LINE.match(line)
            if not match:
                continue
            if (match[3] or '').upper() == 'SKIP':
                totals.skipped += 1
                case = f'{name}: {match[2].strip()}'
                totals.skips[case] = match[4] or 'no reason given'
            elif match[1]:
                totals.failed += 1
            else:
                totals.passed += 1
    if test['result'] == 'SKIP' and totals.skipped == 0:
        said = (output + '\n' + test.get('stderr', '')).split('\n')
        said = [line for line in said if line.strip()] or ['no reason given']
        totals.skipped += 1
        totals.skips[name] = re.sub(r'^1\.\.0\s*#\s*SKIP\s*', '', said[-1])
    elif test['result'] in BAD and totals.failed == 0:
        totals.failed += 1
    elif protocol != 'tap' and test['result'] in ('OK', 'EXPECTEDFAIL'):
        totals.passed += 1
    return totals


def failure(name, test, log):
    """What is said of it."""
    lines = [paint(f'--- {name} failed ({test["result"]})', 31)]
    said = test.get('stdout', '').splitlines()
    said += test.get('stderr', '').splitlines()
    # Of a TAP listing what is not ok, and what is said beside it.
    if any(line.startswith('not ok') for line in said):
        said = [line for line in said if not re.match(r'ok\b', line)]
    lines += ['    ' + line for line in said[-100:]]
    return '\n'.join([*lines, f'    (all of it: {log})'])


def run_suite(variant, directory, suite, protocols, env, steps, only=()):
    """Run one suite in one build, or some tests of it, and say how it went: the
    totals, and the tests that failed."""
    logs = directory / 'meson-logs'
    command = ['meson', 'test', '-C', str(directory), '--no-rebuild']
    command += ['--suite', suite, '--logbase', suite]
    base = suite
    if 'setup' in variant:
        command += ['--setup', variant['setup']]
        command += ['--no-suite', 'threads']
        base += '-' + variant['setup']  # as Meson calls its records then
    else:
        # Two builds share the processors, and sanitizers take their time.
        command += ['--timeout-multiplier', '5']
    without = list(variant.get('without', []))
    if variant is QUICK:
        without.append('long')
    if suite != 'pace':
        # When nothing else runs.
        without.append('pace')
    for other in without:
        command += ['--no-suite', other]
    command += only
    progress = Progress(f'{variant["name"]}: {suite}', head=steps)

    def step(line):
        match = MESON_LINE.match(line)
        if not match:
            return ''
        return f'{match[1]} of {match[2]}: {match[3].split(" / ", 1)[-1]}'

    log = BUILD / f'{variant["name"]}-{suite}.log'
    record = logs / f'{base}.json'
    record.unlink(missing_ok=True)
    status = run(command, log, progress, env, step)

    totals = Totals()
    failures = []
    if record.exists():
        with open(record, encoding='utf-8') as file:
            for line in file:
                test = json.loads(line)
                # "project:suite / name" where there is more than one suite
                test['name'] = test['name'].split(' / ', 1)[-1]
                one = count(suite, test, protocols.get(test['name']))
                totals.add(one)
                if one.failed:
                    failures.append(test)
    if status != 0 and totals.failed == 0:
        totals.failed += 1
        failures.append(
            {
                'name': 'meson test',
                'result': f'exit status {status}',
                'stdout': '\n'.join(tail(log, 40)),
            }
        )
    if variant.get('port') or variant is QUICK:
        # What cannot be there may be here.
        totals.skips = {
            f'{variant["name"]}/{name}': reason
            for name, reason in totals.skips.items()
        }
    place = 'again   '
    if not only:
        place = steps.done((variant['name'], suite), progress.seconds())
    lines = [result_line(place, variant['name'], suite, progress, totals)]
    for test in failures:
        lines.append(failure(f'{suite}/{test["name"]}', test, record))
    say('\n'.join(lines))
    return totals, [test['name'] for test in failures]


def run_across(built):
    """Carry state from each machine that was built for to each other one."""
    progress = Progress('state across')
    before = sum(os.times()[2:4])  # of children; nothing else runs now
    totals = Totals()
    failures = []
    for name, result in ports.across(BUILD, built):
        progress.show(name)
        if result is None:
            totals.passed += 1
        else:
            totals.failed += 1
            failures.append({'name': name, 'result': 'FAIL', 'stdout': result})
    progress.clear()
    progress.processor = sum(os.times()[2:4]) - before
    say(result_line('', 'across', 'ports', progress, totals))
    for test in failures:
        say(failure(f'ports/{test["name"]}', test, BUILD / 'across'))
    return totals


def result_line(place, variant, suite, progress, totals=None):
    # The second is what it takes whatever else the machine does.
    line = f'{place}{variant:16s} {suite:14s} {progress.seconds():7.1f} s'
    line += f' {progress.processor:7.1f} s of processor'
    if totals:
        failed = f'{totals.failed:5d} failed'
        skipped = f'{totals.skipped:4d} skipped'
        line += (
            f' {totals.passed:6d} passed '
            f'{paint(failed, 31) if totals.failed else failed} '
            f'{paint(skipped, 33) if totals.skipped else skipped}'
        )
    return line


def allowed_skips():
    """Names, with * for anything, of what may be skipped; each has a reason."""
    allowed = []
    if SKIPS.exists():
        for line in SKIPS.read_text(encoding='utf-8').splitlines():
            name, mark, reason = line.partition('#')
            if name.strip() and mark and reason.strip():
                allowed.append(name.strip())
    return allowed


def is_debian_12():
    release = pathlib.Path('/etc/os-release')
    text = release.read_text(encoding='utf-8') if release.exists() else ''
    return bool(
        re.search(r'^ID="?debian"?$', text, re.M)
        and re.search(r'^VERSION_ID="?12"?$', text, re.M)
    )


def more_with_soak(variant, soak):
    return variant.get('with_soak', []) if soak else []


def suites_in(variant, suites, soak):
    """Those that run in a variant, of {suite: tests}."""
    named = {
        suite
        for v in VARIANTS
        for suite in v['suites'] + v.get('last', []) + v.get('only_here', [])
    }
    # A suite that only marks tests of others does not run again.
    rest = sorted(set(suites) - named - MARKS)
    here = []
    for suite in variant['suites'] + more_with_soak(variant, soak):
        here += rest if suite == 'rest' else [suite]
    here = [s for s in here if s in suites and (s != 'soak' or soak)]
    here += variant.get('last', []) + variant.get('only_here', [])
    return [] if variant.get('soak') and not soak else here


def long_suites():
    """What `meson test` leaves out, too: tests/meson.build has the list."""
    text = (ROOT / 'tests' / 'meson.build').read_text(encoding='utf-8')
    words = re.search(r'^long_suites = \[(.*?)^\]', text, re.M | re.S)[1]
    return set(re.findall(r"'([^']*)'", words))


def quick_suites(suites):
    """Those with a test that is not long, of {suite: tests}."""
    left_out = set(suites.get('long', []))
    return sorted(
        suite
        for suite, tests in suites.items()
        if suite not in MARKS | long_suites()
        and not left_out.issuperset(tests)
        # As threads, which are tests of unit.
        and not any(set(tests) < set(other) for other in suites.values())
    )


def plan(variants, suites, wanted, soak):
    """For each variant the suites that run in it."""
    if variants == [QUICK]:
        return [(QUICK, quick_suites(suites))]
    return [
        (v, [s for s in suites_in(v, suites, soak) if not wanted or s in wanted])
        for v in variants
    ]


def suites_of_tree():
    """The names that the tests' meson.build files give, before any build."""
    names = set()
    for place in ('tests', 'bench'):
        for path in (ROOT / place).rglob('meson.build'):
            text = path.read_text(encoding='utf-8')
            for words in re.findall(
                r"\bsuite: .*?('[^']*'|\[[^\]]*\])", text
            ):
                names.update(re.findall(r"'([^']*)'", words))
    return dict.fromkeys(names, [])


def package_sets(args):
    """The sets of scripts/packages that a command line needs."""
    if is_quick(args):
        return ['base', 'quick']
    if not args.suite and not args.build:
        return ['tests']
    soak = args.soak or 'soak' in args.suite
    sets = {'base', *args.suite}
    for variant in VARIANTS:
        here = suites_in(variant, suites_of_tree(), soak)
        if args.suite:
            here = [suite for suite in here if suite in args.suite]
        if here and (not args.build or variant['name'] in args.build):
            sets.update(here, [variant['name']])
    return sorted(sets)


def is_quick(args):
    return not (args.all or args.soak or args.suite or args.build)


def environment(variant):
    env = dict(os.environ)
    if not variant.get('port'):
        env['CC'] = variant['cc']
    # Only what this program says decides about a build.
    for name in ('CFLAGS', 'CPPFLAGS', 'LDFLAGS', 'DESTDIR'):
        env.pop(name, None)
    env['PYTHONDONTWRITEBYTECODE'] = '1'
    env.setdefault('UBSAN_OPTIONS', 'halt_on_error=1:print_stacktrace=1')
    return env


def why_not(variant):
    """Why a variant cannot be built here, or None."""
    if shutil.which(variant['cc'].split()[0]) is None:
        return f'{variant["cc"]} is missing'
    return variant.get('port') and ports.prepare(BUILD, variant['name'])


class Session:
    """One call of this program: what is to do, and what came of it."""

    # Much of a build, and of a suite, keeps one processor busy.
    AT_ONCE = 2

    def __init__(self, args):
        self.args = args
        self.soak = args.soak or 'soak' in args.suite
        self.totals = Totals()
        self.lock = threading.Lock()  # of the totals
        self.chosen = [QUICK] if is_quick(args) else VARIANTS
        if args.build:
            self.chosen = [v for v in VARIANTS if v['name'] in args.build]
        self.steps = Steps(
            BUILD / 'times.json', GUESS, min(self.AT_ONCE, len(self.chosen))
        )
        self.suites = None  # which there are: the first build tells
        self.plans = {v['name']: [] for v in self.chosen}
        self.protocols = {}  # of the tests of what is configured
        self.built = set()
        self.again = []  # what failed beside other work: build, suite, tests
        self.only_alone = []  # and what of it passed then
        self.stopped = False

    def add(self, totals):
        with self.lock:
            self.totals.add(totals)

    def make_plan(self, suites):
        self.suites = suites
        known = set(suites) - {'long'}
        known.update(s for v in self.chosen for s in v.get('only_here', []))
        for suite in self.args.suite:
            if suite not in known:
                known = ', '.join(sorted(known))
                sys.exit(f'test: no suite {suite}; there are: {known}')
        for variant, here in plan(
            self.chosen, suites, self.args.suite, self.soak
        ):
            if here and variant['name'] in self.plans:
                self.plans[variant['name']] = here
                self.steps.add(variant['name'], ['build', *here])

    def skip(self, name, reason):
        say(f'{name:16s} {reason}: skipped')
        totals = Totals()
        totals.skipped = 1
        totals.skips[name] = reason
        self.add(totals)

    def prepare(self, variant):
        """Configure; the suites that are there, or None."""
        name = variant['name']
        env = environment(variant)
        reason = why_not(variant)
        if reason:
            self.skip(name, reason)
            return None
        if not configure(variant, BUILD / name, env, self.steps):
            with self.lock:
                self.totals.failed += 1
            return None
        suites, self.protocols[name] = suites_of(BUILD / name, env)
        return suites

    def run_first(self):
        """Configure one, which tells what there is to do."""
        for variant in self.chosen:
            suites = self.prepare(variant)
            if suites:
                self.make_plan(suites)
                return
            del self.plans[variant['name']]

    def run_variant(self, variant):
        name = variant['name']
        if not self.plans.get(name) or self.stopped:
            return
        if name in self.protocols or self.prepare(variant):
            self.run_suites(variant)
        if name not in self.built or not variant.get('last'):
            self.steps.drop(name)

    def run_suites(self, variant):
        name = variant['name']
        env = environment(variant)
        directory = BUILD / name
        plan_here = self.plans[name]
        needed = [*plan_here, *variant.get('built_for', [])]
        without = variant.get('without', [])
        targets = targets_of(directory, needed, without, env)
        if variant.get('whole') and not self.args.suite:
            targets.insert(0, 'all')
        if not build(variant, directory, targets, env, self.steps):
            with self.lock:
                self.totals.failed += 1
            return
        self.built.add(name)
        last = variant.get('last', [])
        self.run_those(variant, [s for s in plan_here if s not in last])

    def run_those(self, variant, suites):
        # The suites of one build alone share the processors as two builds do:
        # much of console and unit waits.
        at_once = self.AT_ONCE if len(self.chosen) == 1 else 1
        with ThreadPoolExecutor(at_once) as pool:
            for done in [pool.submit(self.run_one, variant, s) for s in suites]:
                done.result()

    def run_one(self, variant, suite, only=()):
        name = variant['name']
        if self.stopped:
            return
        totals, failed = run_suite(
            variant,
            BUILD / name,
            suite,
            self.protocols[name],
            environment(variant),
            self.steps,
            only,
        )
        if failed and suite in AGAIN and not only:
            say(f'{name}: once more at the end, alone: {", ".join(failed)}')
            with self.lock:
                self.again.append((variant, suite, failed))
            totals.failed = 0
        self.add(totals)

    def run_all(self):
        self.run_first()
        with ThreadPoolExecutor(self.AT_ONCE) as pool:
            try:
                for done in [
                    pool.submit(self.run_variant, v) for v in self.chosen
                ]:
                    done.result()
            except BaseException:
                self.stopped = True
                for process in list(running):
                    process.terminate()
                raise
        # With the machine to themselves.
        for variant in self.chosen:
            name = variant['name']
            if name in self.built:
                last = variant.get('last', [])
                here = self.plans[name]
                self.run_those(variant, [s for s in here if s in last])
        for variant, suite, failed in self.again:
            before = self.totals.failed
            self.run_one(variant, suite, failed)
            if self.totals.failed == before:
                self.only_alone += [f'{suite}/{test}' for test in failed]
        across = [
            v['name']
            for v in self.chosen
            if v['name'] in self.built and 'ports' in self.plans[v['name']]
        ]
        if len(across) > 1:
            self.add(run_across(across))

    def say_left_out(self):
        """What a run without arguments did not do."""
        done = self.plans['quick']
        tests = {test for suite in done for test in self.suites[suite]}
        suites = sorted(
            suite
            for suite in set(self.suites) - MARKS
            if not tests.issuperset(self.suites[suite])
        )
        print(
            'left out: the suites ' + ', '.join(suites) + ', long tests of'
            ' others, and the builds with clang, for release and for other'
            ' machines.\n'
            '  scripts/test --suite NAME   one of them, with what it needs\n'
            '  scripts/test --all          all but soak, as CI does'
        )

    def say_skips(self):
        allowed = allowed_skips()
        strict = os.environ.get('CI') == 'true' and is_debian_12()
        for name, reason in sorted(self.totals.skips.items()):
            listed = any(fnmatch.fnmatchcase(name, a) for a in allowed)
            print(f'skipped: {name}: {reason}{" (listed)" if listed else ""}')
            if strict and not listed:
                print(paint(f'    {name} may not be skipped here', 31))
                self.totals.failed += 1


def main():
    parser = argparse.ArgumentParser(prog='scripts/test')
    parser.add_argument('--all', action='store_true')
    parser.add_argument('--suite', action='append', default=[])
    parser.add_argument('--soak', action='store_true')
    parser.add_argument('--no-install', action='store_true')
    parser.add_argument('--build', action='append', default=[])
    parser.add_argument('--sets', action='store_true')
    args = parser.parse_args()
    names = [variant['name'] for variant in VARIANTS]
    for name in args.build:
        if name not in names:
            sys.exit(f'test: no build {name}; there are: {", ".join(names)}')
    if args.sets:
        print(' '.join(package_sets(args)))
        return 0

    start = time.monotonic()
    BUILD.mkdir(exist_ok=True)
    session = Session(args)
    totals = session.totals
    session.run_all()
    if is_quick(args) and session.suites:
        session.say_left_out()
    session.say_skips()
    for name in session.only_alone:
        print(paint(f'passed only with the machine to itself: {name}', 33))
    print(f'{time.monotonic() - start:.0f} s in all')
    print(
        f'{totals.passed} passed, {totals.failed} failed, '
        f'{totals.skipped} skipped'
    )
    return 1 if totals.failed or not totals.passed else 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print('\ntest: interrupted', file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        free = shutil.disk_usage(ROOT).free >> 10
        sys.exit(f'\ntest: the disk is full: {free} KiB are free at {ROOT}')
