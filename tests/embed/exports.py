# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""What a library exports is what its headers declare, and nothing else.

usage: exports.py SONAME LIBRARY.so|- ARCHIVE.a|- MAP HEADER...
"""

import re
import sys

from tap import done, need_plain_build, note, ok, run, skip

need_plain_build()

soname, shared, archive, map_file, *headers = sys.argv[1:]


def declared_in(path):
    """The functions that a header marks VPL011_API."""
    with open(path, encoding='utf-8') as file:
        text = re.sub(r'/\*.*?\*/', ' ', file.read(), flags=re.S)
    text = re.sub(r'^\s*#.*(\\\n.*)*', '', text, flags=re.M)
    return set(re.findall(r'\bVPL011_API\b[^;{}()]*?(\w+)\s*\(', text))


def same(name, found, wanted):
    more = sorted(found - wanted)
    less = sorted(wanted - found)
    ok(not more and not less, name, f'too many: {more}\nmissing: {less}')


declared = set()
for header in headers:
    declared |= declared_in(header)
ok(declared, 'the headers declare functions', headers)
note(f'{len(declared)} functions')

with open(map_file, encoding='utf-8') as file:
    text = re.sub(r'/\*.*?\*/', ' ', file.read(), flags=re.S)
in_map = set()
nodes = {}
for node, body in re.findall(r'(\w[\w.]*)\s*\{(.*?)\}', text, flags=re.S):
    names = re.sub(r'local:.*', '', body, flags=re.S).replace('global:', '')
    for symbol in re.findall(r'[^\s;]+', names):
        in_map.add(symbol)
        nodes[symbol] = node
same('the map names each function of the headers', in_map, declared)

if shared == '-':
    skip('shared library', 'configured without one')
else:
    status, out, everything = run(
        ['nm', '-D', '--defined-only', '--with-symbol-versions', shared]
    )
    exported = {}
    for line in out.splitlines():
        value, kind, name = line.split()
        if kind != 'A':
            name, _, node = name.partition('@@')
            exported[name] = node
    same('exported symbols', set(exported), declared)
    ok(
        all(exported[n] == nodes.get(n) for n in exported),
        'each has the version of its node in the map',
        exported,
    )
    out = run(['readelf', '-d', shared])[1]
    told = re.findall(r'SONAME.*\[(.*)\]', out)
    ok(told == [soname], 'SONAME', told)

if archive == '-':
    skip('static library', 'configured without one')
else:
    out = run(['nm', '-g', '--defined-only', archive])[1]
    symbols = [line.split() for line in out.splitlines() if ' ' in line]
    symbols = [words for words in symbols if len(words) == 3]
    found = {name for value, kind, name in symbols}
    # The base that <sys/sdt.h> makes for the probes: weak, hidden, one in all.
    found.discard('_.stapsdt.base')
    internal = {name for name in found if name.endswith('_')}
    same('public symbols of the archive', found - internal, declared)
    others = sorted(n for n in found if not n.startswith('vpl011_'))
    ok(not others, 'every global symbol begins with vpl011_', others)
done()
