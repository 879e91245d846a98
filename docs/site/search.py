# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The search of doxygen 1.9.4, which finds what begins with what is typed, is given
each name and title by all words in it: here every name begins with vpl011_."""

import ast
import json
import re


def key_of(text):
    """As doxygen's search.js writes what is typed."""
    return re.sub(r'[^a-z0-9]', lambda match: f'_{ord(match[0]):02x}', text.lower())


def endings(name):
    """The name from its second word on, from its third, and so on."""
    return [name[match.end() :] for match in re.finditer(r'[_ ]+', name.rstrip('_ '))]


def widen(html):
    place = html / 'search'
    text = (place / 'searchdata.js').read_text(encoding='utf-8')
    letters = re.search(r'\b0: "(.*?)"', text)[1]
    files = {letter: place / f'all_{index:x}.js' for index, letter in enumerate(letters)}
    found = {letter: {} for letter in letters}
    for path in files.values():
        text = path.read_text(encoding='utf-8')
        for _, what in ast.literal_eval(text[text.index('[') : text.rindex(']') + 1]):
            for name in [what[0], *endings(what[0])]:
                if name[:1].lower() in found:
                    found[name[0].lower()].setdefault((key_of(name), what[0]), what)
    for letter, entries in found.items():
        numbered = [
            [f'{key}_{number}', what]
            for number, ((key, _), what) in enumerate(sorted(entries.items()))
        ]
        lines = ',\n'.join(json.dumps(entry) for entry in numbered)
        files[letter].write_text(f'var searchData=\n[\n{lines}\n];\n', encoding='utf-8')
