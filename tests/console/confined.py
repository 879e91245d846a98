# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The daemon under the limits of its systemd unit (as_unit applies them)."""

import os
import re
import shutil
import subprocess
import sys

from consoles import DAEMON, Place, main, note, same, true

HERE = os.path.dirname(os.path.abspath(__file__))

# What a program does that is confined, one result a line.
PROBE = r'''
import errno, os, re, socket, subprocess, sys

def refusal(act):
    try:
        act()
    except OSError as e:
        return errno.errorcode[e.errno]
    return 'done'

status = open('/proc/self/status').read()
for name in ('CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp'):
    print(name, re.search(name + r':\s+(\w+)', status).group(1))
print('inet', refusal(lambda: socket.socket(socket.AF_INET)))
print('chown', refusal(lambda: os.chown('/', 0, 0)))
print('nice', refusal(lambda: os.setpriority(os.PRIO_PROCESS, 0, 1)))
print('setuid', refusal(lambda: os.setuid(os.getuid())))
place = os.path.dirname(sys.argv[2])
print('place', refusal(lambda: open(place + '/probe', 'w').close()))
print('usr', refusal(lambda: open('/usr/probe', 'w').close()))
for name in ('root', 'tmp'):
    print(name, os.stat('/' + name).st_dev)
print('kmsg', os.path.exists('/dev/kmsg'), os.path.exists('/proc/sys'))
'''


def environment(place, **more):
    """What is refused ends the program, so that nothing is refused unseen."""
    unit = place.path('strict.service')
    with open(os.environ['UNIT'], encoding='utf-8') as file:
        text = re.sub(r'(?m)^(SystemCallErrorNumber)=.*', r'\1=kill', file.read())
    with open(unit, 'w', encoding='utf-8') as file:
        file.write(text)
    # The look for leaks traces the process, which the unit forbids.
    options = os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'
    return os.environ | {
        'CONFINED': DAEMON,
        'DAEMON': os.path.join(HERE, 'as_unit'),
        'UNIT': unit,
        'ASAN_OPTIONS': options,
        **more,
    }


def probe():
    with Place() as place:
        script = place.path('probe.py')
        with open(script, 'w', encoding='ascii') as file:
            file.write(PROBE)
        program = place.path('probe')
        with open(program, 'w', encoding='ascii') as file:
            file.write(f'#!/bin/sh\nexec {sys.executable} {script} "$@"\n')
        os.chmod(program, 0o755)
        r = subprocess.run(
            [os.path.join(HERE, 'as_unit'), '--socket', place.socket],
            env=os.environ | {'CONFINED': program},
            capture_output=True,
            text=True,
            timeout=60,
        )
        same(r.returncode, 0, r.stderr)
        told = dict(line.split(' ', 1) for line in r.stdout.splitlines())
        return told, r.stderr.strip()


def the_limits_of_the_unit_hold_in_these_tests():
    told, _ = probe()
    for name, value in {
        'CapEff': '0' * 16,
        'NoNewPrivs': '1',
        'Seccomp': '2',
        'inet': 'EAFNOSUPPORT',
        'chown': 'EPERM',
        'nice': 'EPERM',
        'setuid': 'EPERM',
        'place': 'done',
    }.items():
        same(told[name], value, name)


def files_that_it_does_not_need_are_hidden_or_read_only():
    told, refused = probe()
    if refused:
        return refused
    same(told['usr'], 'EROFS', 'usr')
    same(told['kmsg'], 'False False', 'kmsg and /proc/sys')
    for name in ('root', 'tmp'):
        true(told[name] != str(os.stat('/' + name).st_dev), f'/{name} is another')
    return None


def confined(file, name):
    """A case of another file, whose daemon is confined."""

    def case():
        with Place() as place:
            r = subprocess.run(
                [sys.executable, os.path.join(HERE, file + '.py')],
                env=environment(place, TEST_CASE=name),
                stdout=subprocess.PIPE,
                text=True,
                timeout=120,
            )
        if r.returncode != 0:
            note(r.stdout)
        true(r.stdout.startswith('1..1\n'), f'{name} is a case')
        same(r.returncode, 0, 'exit status')

    case.__name__ = name
    return case


if not shutil.which('systemd-analyze'):
    print('1..0 # SKIP no systemd-analyze here')
else:
    main(
        the_limits_of_the_unit_hold_in_these_tests,
        files_that_it_does_not_need_are_hidden_or_read_only,
        confined('daemon', 'output_before_attach_is_replayed'),
        confined('daemon', 'only_one_viewer_types_unless_it_is_forced'),
        confined('daemon', 'a_daemon_that_ends_by_itself_repeats_nothing'),
        confined('daemon', 'a_plain_socket_carries_a_paste_and_its_end'),
        confined('daemon', 'a_pty_shows_what_was_kept_each_time_it_is_opened'),
        confined('log', 'logs_are_bounded_and_older_ones_kept'),
        confined('log', 'each_line_begins_with_the_time_where_told'),
        confined('rate', 'what_exceeds_the_rate_is_dropped_and_counted_where_told'),
        confined('bounds', 'what_was_typed_reaches_the_guest_or_is_counted'),
        confined('break', 'a_break_keeps_its_place_among_what_is_typed'),
        confined('metrics', 'metrics_say_what_was_done'),
    )
