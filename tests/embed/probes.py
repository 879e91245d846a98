# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The static probes of libvpl011-posix are those that its header documents.

usage: probes.py BINARY HEADER
"""

import os
import pathlib
import re
import sys
import tempfile

from tap import CC, done, note, ok, run, skip_all, tool

binary, header = sys.argv[1:]
readelf = tool('readelf')
if not readelf:
    skip_all('readelf lists the probes')
with tempfile.TemporaryDirectory() as place:
    source = os.path.join(place, 'probe.c')
    pathlib.Path(source).write_text('#include <sys/sdt.h>\n')
    if run([*CC, '-fsyntax-only', source])[0] != 0:
        skip_all('the probes are made by <sys/sdt.h> (systemtap-sdt-dev)')

# A row of the table: name, two spaces, what it is given.
documented = {}
for line in pathlib.Path(header).read_text().splitlines():
    match = re.match(r' \*     (\w+)  +(\w[^.]*?)(   +.*)?$', line)
    if match:
        documented[match[1]] = len(match[2].split(','))

notes = run([readelf, '-n', binary])[1]
found = {}
for match in re.finditer(
    r'Provider: (\S+)\s+Name: (\S+)\s+Location:.*\s+Arguments: (.*)', notes
):
    if match[1] == 'libvpl011':
        found[match[2]] = len(match[3].split())
note('probes: ' + ', '.join(f'{n}/{a}' for n, a in sorted(found.items())))
ok(len(documented) > 3, 'the header documents probes', header)
ok(
    found == documented,
    'the probes of the library are those documented, with as many arguments',
    f'documented {documented}\nfound {found}',
)
done()
