# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Every figure of the benchmark programs, as one report.

usage: report.py BENCH [--builds ROOT BUILD_DIR] [--write ROOT]
       report.py BENCH --check ROOT
       report.py BENCH --tables ROOT

BENCH-threads, -contention, -kvm, -many, -words, -locks, -cold and -bulk are beside
BENCH. --builds adds the columns of other compilers and options, built in
BUILD_DIR. --write stores the instruction counts in bench/instructions.txt, and
the tables in docs/performance.md. --check, a TAP test, compares what is the
same on every machine: the page's tables of instructions with
bench/instructions.txt, and those of words, wakes, locks, sizes and cache lines
with what the programs find. --tables writes these into the page, and measures
nothing.
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import time

import builds
import cold
import instructions
import limits

WORKLOADS = list(instructions.UNITS)
HEADS = [w.upper() for w in WORKLOADS]
SAYS = {
    'empty': 'empty calls',
    'plain': 'first floor',
    'edge': 'second floor',
    'edge-locked': 'second floor, lock',
    'ring': 'ring',
    'always': 'ring, always notify',
    'locked': 'ring, lock ops',
    'sbsa': 'ring, SBSA',
    'fifo': 'in-process FIFO',
    'memcpy': '`memcpy`',
    'publish': '`memcpy` and an index',
    'fifo-in': 'FIFO: push, device reads',
    'fifo-out': 'FIFO: device writes, pop',
    'ring-in': 'ring: console writes, device reads',
    'ring-out': 'ring: device writes, console reads',
}
# What the functions on the way of an access are for.
FUNCTIONS = {
    'vpl011_mmio_read': 'NULL checks, entry, dispatch; UARTFR: one load',
    'vpl011_mmio_write': 'NULL checks, entry, access rules; UARTDR: the store',
    'vpl011_enter_': 'entry where the lock is taken or somebody watches',
    'vpl011_settle_': 'the one exit, where nothing changed',
    'vpl011_settle_put_': 'the same for a character that asks for an event',
    'derive': 'UARTFR, interrupts and events, where something changed',
    'vpl011_way_': 'which ways the next access may take',
    'vpl011_leave_': 'unlocking',
    'leave_telling': 'leaving with events to tell',
    'write_dr_locked': 'a character under the lock',
    'read_locked': 'reads with lock ops',
    'read_other': 'reads of other registers, by the table',
    'tell': 'counts what a guest did wrong; the trace',
    'write_other': 'writes but UARTDR: the register table, masks',
    'ring_put': 'a character into the ring: room, store, publish, look',
    'ring_read': 'a fill of the RX FIFO from the ring',
    'ring_poll': 'room and input of the ring',
    'vpl011_text_in_': 'characters into the RX FIFO',
    'vpl011_publish_lines_': 'the interrupt outputs, where one changed',
    'vpl011_configure_': 'what UARTCR, UARTLCR_H, UARTIFLS imply',
    'vpl011_modem_map_': "modem bits in another register's order",
    'vpl011_settle_pins_': 'modem inputs and BREAK',
    'take_input': 'the host: input has arrived',
}
LEAST = 1.0  # functions below this in every workload are summed up


class Table:
    """Cells of text, for a terminal and for a page."""

    def __init__(self, name, title, header, rows, words=(0,)):
        self.name = name
        self.title = title
        self.header = header
        self.rows = rows
        self.words = words  # columns that hold no figures

    def text(self, bold):
        cells = [self.header] if any(self.header) else []
        cells = [[c.replace('`', '') for c in r] for r in cells + self.rows]
        widths = [max(len(c) for c in column) for column in zip(*cells)]
        lines = [bold(self.title.replace('`', ''))]
        for row in cells:
            line = ''
            for i, (cell, width) in enumerate(zip(row, widths)):
                side = '<' if i in self.words else '>'
                line += f'  {cell:{side}{width}}'
            lines.append(line.rstrip())
        return '\n'.join(lines) + '\n'

    def markdown(self):
        lines = ['| ' + ' | '.join(self.header) + ' |', '']
        for i in range(len(self.header)):
            lines[1] += '|---' if i in self.words else '|---:'
        lines[1] += '|'
        lines += ['| ' + ' | '.join(row) + ' |' for row in self.rows]
        text = '\n'.join(lines)
        # An empty cell between two others is one blank wide.
        return re.sub(r'\|  (?=\|)', '| ', text)


def with_ratio(value, floor, places):
    return f'{value:.{places}f} ({value / floor:.2f})'


def table_of_instructions(totals):
    rows = []
    for subject in instructions.SUBJECTS:
        row = [SAYS[subject]]
        for w in WORKLOADS:
            row.append(
                with_ratio(
                    totals[subject, w],
                    totals[instructions.floor_of(subject), w],
                    1,
                )
            )
        rows.append(row)
    return Table(
        'instructions',
        'Instructions for each unit (and as a multiple of the second floor)',
        ['', *HEADS],
        rows,
    )


def table_of_goals(totals):
    rows = []
    for subject, goals in instructions.GOALS.items():
        absolute = instructions.GOALS_IN_INSTRUCTIONS.get(subject, {})
        for w, goal in goals.items():
            found = instructions.ratio(totals, subject, w)
            rows.append(
                [
                    f'{SAYS[subject]}: {w.upper()}',
                    f'{totals[subject, w]:.1f}',
                    f'{totals[instructions.floor_of(subject), w]:.1f}',
                    f'{found:.2f}',
                    f'{goal:.2f}',
                    f'{instructions.LIMITS[subject][w]:.2f}',
                    f'{absolute[w]}' if w in absolute else '',
                ]
            )
    return Table(
        'goals',
        'Beside the second floor of the same kind, and what it is to be',
        [
            '',
            'instructions',
            'floor',
            'ratio',
            'goal',
            'the suite allows',
            'goal in instructions',
        ],
        rows,
    )


def table_of_functions(functions):
    """Where the instructions of the model over the ring are."""
    ours = {w: functions['ring', w] for w in WORKLOADS}
    names = sorted(
        {n for w in WORKLOADS for n in ours[w]},
        key=lambda n: (-max(ours[w].get(n, 0) for w in WORKLOADS), n),
    )
    rows = []
    rest = dict.fromkeys(WORKLOADS, 0)
    bench = dict.fromkeys(WORKLOADS, 0)
    for name in names:
        each = {w: ours[w].get(name, 0) for w in WORKLOADS}
        if re.fullmatch(r'model_w\d\w?', name):
            into = bench
        elif max(each.values()) < LEAST:
            into = rest
        else:
            into = None
            rows.append(
                [f'`{name}`']
                + [f'{each[w]:.1f}' if each[w] else '' for w in WORKLOADS]
                + [FUNCTIONS.get(name, '')]
            )
        if into is not None:
            for w in WORKLOADS:
                into[w] += each[w]
    for says, sums in (('the others', rest), ("the benchmark's loop", bench)):
        rows.append([says] + [f'{sums[w]:.1f}' for w in WORKLOADS] + [''])
    return Table(
        'functions',
        'Where they are, over the ring',
        ['', *HEADS, ''],
        rows,
        words=(0, len(WORKLOADS) + 1),
    )


def table_of_times(facts):
    by = {(f['subject'], f['workload']): f for f in facts}
    rows = []
    for subject in instructions.SUBJECTS:
        row = [SAYS[subject]]
        for w in WORKLOADS:
            fact = by[subject, w]
            row.append(
                f'{fact["ns"]:.1f} ±{(fact["upper"] - fact["lower"]) / 2:.1f} '
                f'({fact["ratio"]:.2f})'
            )
        row.append(f'{by[subject, "w1"]["events_per_kib"]:.0f}')
        rows.append(row)
    return Table(
        'times',
        'Nanoseconds for each unit: median ± half of the distance of the '
        'quartiles (and as a multiple of the second floor)',
        ['', *HEADS, 'events/KiB in W1'],
        rows,
    )


def tables_of_threads(facts):
    rates = [
        [
            f'console on the {f["cpu"]} CPU, '
            + ('always notify' if f['policy'] == 'always' else 'coalesced'),
            f'{f["mb_per_s"]:.1f}',
            f'{f["ratio"]:.1f}',
            f'{f["events"]:.1f}',
        ]
        for f in facts
        if f['figure'] == 'rate'
    ]
    paces = [
        [
            f'{f["us"]} us, console on the {f["cpu"]} CPU',
            f'{f["events"]:.2f}',
            f'{f["least"]:.2f} to {f["most"]:.2f}',
            f'{f["answers"]:.2f}',
            f'{f["always"]:.0f}',
        ]
        for f in facts
        if f['figure'] == 'pace'
    ]
    return [
        Table(
            'rates',
            'From a guest thread to a sleeping console thread',
            ['', 'MB/s', 'always = 1', 'events/KiB'],
            rates,
        ),
        Table(
            'paces',
            'Events for each KiB that a guest sends at a pace',
            [
                'a character every',
                'events/KiB',
                'least to most',
                'answers/KiB',
                'always notify',
            ],
            paces,
        ),
    ]


def table_of_contention(facts):
    by = {(f['flags'], f['place']): f for f in facts}
    rows = []
    for place in dict.fromkeys(f['place'] for f in facts):
        row = [f'at {place} of a line']
        for flags in ('still', 'changing'):
            fact = by[flags, place]
            row += [
                f'{fact["another"]:.1f}',
                f'{fact["same"]:.1f} '
                f'±{(fact["upper"] - fact["lower"]) / 2:.1f}',
                f'{fact["ratio"]:.2f}',
            ]
        rows.append(row)
    return Table(
        'contention',
        'Nanoseconds of a UARTDR write while a second CPU polls UARTFR of '
        'another device, and of this one',
        [
            'the device begins',
            'still: of another',
            'of this',
            'ratio',
            'changing: of another',
            'of this',
            'ratio',
        ],
        rows,
    )


def table_of_many(fact):
    return Table(
        'many',
        'Many devices in one process, each with a ring and a console',
        ['', ''],
        [
            ['devices', f'{fact["devices"]}'],
            ['bytes of state each: device, ring, console', f'{fact["state"]}'],
            ['bytes of shared page each', f'{fact["page"]}'],
            ['resident bytes each, measured', f'{fact["rss_each"]:.0f}'],
            ['threads in the process', f'{fact["threads"]}'],
            ['descriptors that they opened', f'{fact["descriptors"]}'],
            [
                f'CPU seconds in {fact["idle_s"]} idle ones',
                f'{fact["idle_cpu_s"]:.2f}',
            ],
            ['events meanwhile', f'{fact["idle_events"]}'],
            ['ns of a character, one from each in turn', f'{fact["in_turn_ns"]:.0f}'],
            ['ns of a character, all from one', f'{fact["alone_ns"]:.1f}'],
        ],
    )


def least_to_most(counts):
    least, most = min(counts), max(counts)
    return f'{least}' if least == most else f'{least} to {most}'


def table_of_cold(by_course):
    return Table(
        'cold',
        'Cache lines of 64 bytes that a character touches, wherever in a line '
        'the device begins',
        ['', 'in all', 'of the device', 'of its far end', 'others'],
        [
            [course]
            + [
                least_to_most([f[name] for f in facts])
                for name in ('all', 'device', 'backend', 'others')
            ]
            for course, facts in by_course.items()
        ],
    )


def table_of_kvm(facts):
    return Table(
        'kvm',
        'On KVM: a character of a guest that polls UARTFR before each, and a key',
        [
            '',
            'exits for 1000',
            'ns',
            '99 of 100 below',
            'ns of a key and its echo',
            '99 of 100 below',
        ],
        [
            [
                f['way'],
                f'{f["exits_per_1000"]:.1f}',
                f'{f["ns"]:.0f}',
                f'{f["ns_99"]:.0f}',
                f'{f["key_ns"]:.0f}',
                f'{f["key_ns_99"]:.0f}',
            ]
            for f in facts
            if f['figure'] == 'kvm'
        ],
    )


def table_of_kvm_memory(facts):
    fact = facts[-1]
    return Table(
        'kvm-memory',
        f'On KVM: the page, in a guest that has touched {fact["mib"]} MiB',
        ['', 'us'],
        [
            ['to open the page', f'{fact["open_ns"] / 1000:.0f}'],
            ['to close it', f'{fact["close_ns"] / 1000:.0f}'],
            [
                'to touch each page of the memory again',
                f'{fact["touch_ns"] / 1000:.0f}',
            ],
            ['the same after closing', f'{fact["touch_closed_ns"] / 1000:.0f}'],
        ],
    )


def table_of_words(facts):
    rows = [
        [
            f'{f["over"]}: {f["course"]}',
            f'{f["device_stores"]:.1f}',
            f'{f["console_stores"]:.1f}',
            f'{f["device_loads"]:.0f}',
            f'{f["console_loads"]:.0f}',
            f'{f["handovers"]:.1f}',
        ]
        for f in facts
    ]
    return Table(
        'words',
        'Shared words, for each KiB',
        [
            '',
            'device stores',
            'console stores',
            'device loads',
            'console loads',
            'line changes writer',
        ],
        rows,
    )


def table_of_wakes(facts):
    rows = [
        [
            f'{f["over"]}: {f["course"]}',
            f'{f["notifies"]:.1f}',
            f'{f["wakes"]:.1f}',
            f'{f["doorbells"]:.1f}',
        ]
        for f in facts
    ]
    return Table(
        'wakes',
        'Events, for each KiB',
        [
            '',
            'calls of notify',
            'of these, wakes of the console',
            'calls of vpl011_data_avail()',
        ],
        rows,
    )


def table_of_locks(facts):
    rows = [
        [
            f['access'],
            f'{f["registers"]}',
            least_to_most([f['least'], f['most']]),
        ]
        for f in facts
    ]
    return Table(
        'locks',
        'How often the lock is taken',
        ['', 'registers tried', 'locks'],
        rows,
    )


def table_of_data_avail(totals):
    return Table(
        'data_avail',
        'Instructions of vpl011_data_avail() where nothing has changed',
        ['', 'instructions'],
        [
            [SAYS[s], f'{totals[s, "da"]:.1f}']
            for s in instructions.HOST_SUBJECTS
        ],
    )


def table_of_bulk(facts, totals):
    by = {(f['subject'], f['piece']): f for f in facts}
    rows = []
    for subject in dict.fromkeys(f['subject'] for f in facts):
        row = [SAYS[subject]]
        for piece in (64, 4096):
            fact = by[subject, piece]
            row += [f'{fact["bytes_per_ns"]:.1f}', f'{fact["ratio"]:.2f}']
            key = subject, str(piece)
            row.append(f'{totals[key]:.0f}' if key in totals else '')
        rows.append(row)
    return Table(
        'bulk',
        'Pieces of 64 bytes and of 4 KiB, in at one end and out at the other '
        '(time: `memcpy` = 1)',
        ['']
        + [
            f'{size}: {what}'
            for size in ('64 B', '4 KiB')
            for what in ('bytes/ns', 'time', 'instructions')
        ],
        rows,
    )


def table_of_sizes(fact):
    names = {
        'device': '`struct vpl011`, both FIFOs in it',
        'ring': '`struct vpl011_xencons`, the device side of a ring',
        'console': '`struct vpl011_xencons_console`, its console side',
        'page': '`struct vpl011_xencons_page`, shared',
        'fifo': '`struct vpl011_fifo`, without its storage',
    }
    return Table(
        'sizes',
        'Bytes of state',
        ['', 'bytes'],
        [[says, str(fact[name])] for name, says in names.items()],
    )


def table_of_builds(found):
    rows = []
    for name, build in found.items():
        row = [name]
        for w in WORKLOADS:
            value = build['totals']['ring', w]
            floor = build['totals'][instructions.floor_of('ring'), w]
            # With LTO the floor's calls vanish in the loop: no measure.
            row.append(
                f'{value:.0f}' if 'LTO' in name else with_ratio(value, floor, 0)
            )
        row += [str(n) if n else '' for n in build['text']]
        rows.append(row)
    return Table(
        'builds',
        'Builds: instructions over the ring (and as a multiple of the second '
        'floor), bytes of text',
        ['', *HEADS, 'model', 'and FIFO', 'library'],
        rows,
    )


def table_of_features(found):
    features = found.get(builds.SMALL, {}).get('features', {})
    return Table(
        'features',
        'What else a program may contain, in bytes of text (gcc -Os)',
        ['', 'bytes'],
        [[says, str(size)] for says, size in features.items()],
    )


class Progress:
    """What is being done, from 2 s on where somebody watches."""

    def __init__(self):
        self.start = time.monotonic()
        self.on_tty = sys.stderr.isatty()

    def say(self, text):
        if self.on_tty and time.monotonic() - self.start >= 2:
            print(f'\r\033[K{text} ...', end='', file=sys.stderr, flush=True)
        elif not self.on_tty:
            print(f'bench: {text}', file=sys.stderr, flush=True)

    def done(self):
        if self.on_tty:
            print('\r\033[K', end='', file=sys.stderr, flush=True)


def collect(bench, progress, builds_in=None):
    """Every table, and what is stored of the instructions."""
    progress.say('measuring times')
    times = limits.facts(bench, '--json')
    totals = functions = None
    if shutil.which('valgrind'):
        progress.say('counting instructions')
        totals, functions = instructions.figures(bench)
    progress.say('measuring threads')
    threads = []
    if os.path.exists(bench + '-threads'):
        threads = limits.facts(bench + '-threads')
    contention = []
    if os.path.exists(bench + '-contention'):
        progress.say('measuring contention')
        contention = limits.facts(bench + '-contention')
    progress.say('measuring pieces')
    bulk = limits.facts(bench + '-bulk')
    progress.say('making many devices')
    many = limits.facts(bench + '-many')[0]

    tables = []
    if totals:
        tables.append(table_of_instructions(totals))
        tables.append(table_of_goals(totals))
        tables.append(table_of_functions(functions))
        tables.append(table_of_data_avail(totals))
    tables.append(table_of_times(times))
    if threads:
        tables += tables_of_threads(threads)
    if contention:
        tables.append(table_of_contention(contention))
    if os.path.exists(bench + '-kvm'):
        progress.say('measuring KVM')
        kvm = limits.facts(bench + '-kvm')
        if 'skipped' in kvm[0]:
            progress.done()
            print(f'not measured on KVM: {kvm[0]["skipped"]}')
        else:
            tables.append(table_of_kvm(kvm))
            tables.append(table_of_kvm_memory(kvm))
    tables.append(table_of_many(many))
    if totals:
        progress.say('counting cache lines')
        tables.append(table_of_cold(cold.by_course(bench)))
    words = limits.facts(bench + '-words')
    tables.append(table_of_words(words))
    tables.append(table_of_wakes(words))
    tables.append(table_of_locks(limits.facts(bench + '-locks')))
    tables.append(table_of_bulk(bulk, totals or {}))
    tables.append(table_of_sizes(limits.facts(bench + '-many', '--sizes')[0]))
    if builds_in and totals:
        found = builds.figures(*builds_in, progress.say)
        tables.append(table_of_builds(found))
        tables.append(table_of_features(found))
    return tables, totals, functions


MARK = '<!-- {0}: made by scripts/bench --write -->\n\n{1}\n\n<!-- end -->'


def put(page, name, text):
    """The page with the text between the marks of a name."""
    pattern = re.compile(
        re.escape(MARK.format(name, '@')).replace('@', '.*?'), re.S
    )
    if not pattern.search(page):
        sys.exit(f'report.py: no place for {name} in docs/performance.md')
    return pattern.sub(lambda _: MARK.format(name, text), page, count=1)


def got(page, name):
    pattern = re.escape(MARK.format(name, '@')).replace('@', '(.*?)')
    match = re.search(pattern, page, re.S)
    return match[1] if match else None


def machine():
    model = platform.machine()
    with open('/proc/cpuinfo', encoding='utf-8') as lines:
        for line in lines:
            if line.startswith('model name'):
                model = line.split(':', 1)[1].strip()
                break
    version = subprocess.run(
        [os.environ.get('CC', 'cc'), '-dumpfullversion'],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    ).stdout.strip()
    return (
        f'One run of {time.strftime("%Y-%m-%d", time.gmtime())} on '
        f'{os.cpu_count()} processors of a {model} '
        f'({platform.machine()}, {platform.system()}), gcc {version}, -O2.'
    )


def page_of(root):
    return os.path.join(root, 'docs', 'performance.md')


def write_page(root, parts):
    """Put texts in their places, by name."""
    with open(page_of(root), encoding='utf-8') as file:
        page = file.read()
    for name, text in parts.items():
        page = put(page, name, text)
    with open(page_of(root), 'w', encoding='utf-8') as file:
        file.write(page)


def same_everywhere(bench, root):
    """The tables that no machine changes."""
    totals, functions = instructions.read(
        os.path.join(root, 'bench', 'instructions.txt')
    )
    words = limits.facts(bench + '-words')
    tables = [
        table_of_instructions(totals),
        table_of_goals(totals),
        table_of_functions(functions),
        table_of_data_avail(totals),
        table_of_words(words),
        table_of_wakes(words),
        table_of_locks(limits.facts(bench + '-locks')),
    ]
    if platform.machine() == 'x86_64':
        sizes = limits.facts(bench + '-many', '--sizes')[0]
        tables.append(table_of_sizes(sizes))
        if shutil.which('valgrind'):
            tables.append(table_of_cold(cold.by_course(bench)))
    return tables


def check(bench, root):
    """The page says what the programs find, where that is always the same."""
    with open(page_of(root), encoding='utf-8') as file:
        page = file.read()
    for table in same_everywhere(bench, root):
        present = got(page, table.name) == table.markdown()
        limits.ok(
            present,
            f'docs/performance.md has the present table of {table.name}',
            '' if present else 'scripts/bench --tables brings it up to date',
        )
    print(f'1..{limits.count}')
    return 1 if limits.failed else 0


def main():
    parser = argparse.ArgumentParser(prog='report.py')
    parser.add_argument('bench')
    parser.add_argument('--builds', nargs=2)
    parser.add_argument('--write')
    parser.add_argument('--check')
    parser.add_argument('--tables')
    args = parser.parse_args()
    if args.check:
        return check(args.bench, args.check)
    if args.tables:
        tables = same_everywhere(args.bench, args.tables)
        write_page(args.tables, {t.name: t.markdown() for t in tables})
        return 0

    colours = sys.stdout.isatty() and not os.environ.get('NO_COLOR')

    def bold(text):
        return f'\033[1m{text}\033[0m' if colours else text

    progress = Progress()
    try:
        tables, totals, functions = collect(
            args.bench, progress, args.builds
        )
    finally:
        progress.done()
    print('\n'.join(table.text(bold) for table in tables), end='')
    if not totals:
        print('\nvalgrind is missing: no instructions were counted')
    if args.write:
        if not totals:
            sys.exit('report.py: what is stored needs valgrind')
        instructions.write(
            totals,
            functions,
            os.path.join(args.write, 'bench', 'instructions.txt'),
        )
        parts = {t.name: t.markdown() for t in tables}
        write_page(args.write, {'machine': machine(), **parts})
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
