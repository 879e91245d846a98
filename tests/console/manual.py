# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The manual pages: they are well-formed, and say what the programs do."""

import os
import re
import shutil
import subprocess

from consoles import CLIENT, DAEMON, main, same, true

PAGES = os.path.join(os.environ['SOURCE_ROOT'], 'tools/console')
PROGRAMS = {'vpl011-consoled.1': DAEMON, 'vpl011-console.1': CLIENT}
PROTOCOL = 'vpl011-console-protocol.7'


def text_of(name):
    with open(os.path.join(PAGES, name), encoding='utf-8') as file:
        return file.read()


def said_of(*command):
    """What a command complains about."""
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60
    ).stderr


def a_formatter_has_no_complaint():
    formatters = {
        'groff': ['groff', '-ww', '-mandoc', '-Tutf8', '-Kutf8', '-z'],
        'mandoc': ['mandoc', '-T', 'lint', '-W', 'warning'],
        'man': ['man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8'],
    }
    here = [words for name, words in formatters.items() if shutil.which(name)]
    if not here:
        return 'none of groff, mandoc and man is here'
    for words in here:
        for name in (*PROGRAMS, PROTOCOL):
            said = said_of(*words, os.path.join(PAGES, name))
            same(said, '', f'{words[0]} {name}')
    return None


def each_option_is_in_the_manual_and_the_reverse():
    for name, program in PROGRAMS.items():
        told = subprocess.run(
            [program, '--help'], capture_output=True, text=True, timeout=20
        ).stdout
        helped = set(re.findall(r'^  --([a-z-]+)', told, re.M))
        paged = set(re.findall(r'^\.It Fl -([a-z-]+)', text_of(name), re.M))
        true(len(helped) > 5, told)
        same(sorted(paged), sorted(helped), name)


def each_program_says_its_version():
    version = re.search(
        r'VPL011_VERSION "(.*)"', text_of('../../include/vpl011/version.h')
    ).group(1)
    for name, program in PROGRAMS.items():
        told = subprocess.run(
            [program, '--version'], capture_output=True, text=True, timeout=20
        )
        same(told.stdout, f'{os.path.basename(program)} {version}\n', name)
        same(told.returncode, 0, name)


def each_packet_is_in_the_manual_and_the_reverse():
    known = set(re.findall(r"= '(\w)'", text_of('protocol.h')))
    paged = set(re.findall(r'^\.It Ic (\w)\b', text_of(PROTOCOL), re.M))
    true(len(known) > 5, 'packets')
    same(sorted(paged), sorted(known), PROTOCOL)


main(
    a_formatter_has_no_complaint,
    each_option_is_in_the_manual_and_the_reverse,
    each_program_says_its_version,
    each_packet_is_in_the_manual_and_the_reverse,
)
