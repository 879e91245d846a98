# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The search of doxygen 1.9.4, which finds what begins with what is typed, is given
each name and title by all words in it: here every name begins with vpl011_. So it is
the headings within the pages, where what a user looks for by its subject is."""

import ast
import html as markup
import json
import re

HEADING = re.compile(
    r'<h[1-4]><a class="anchor" id="([^"]+)"></a>\s*(.*?)</h[1-4]>', re.DOTALL
)


def key_of(text):
    """As doxygen's search.js writes what is typed."""
    return re.sub(r'[^a-z0-9]', lambda match: f'_{ord(match[0]):02x}', text.lower())


def endings(name):
    """The name from its second word on, from its third, and so on."""
    return [name[match.end() :] for match in re.finditer(r'[_ ]+', name.rstrip('_ '))]


def headings(html):
    """Each heading within a page, as doxygen describes what can be found."""
    for page in sorted(html.glob('page_*.html')) + [html / 'index.html']:
        text = page.read_text(encoding='utf-8')
        title = re.search(r'<div class="title">(.*?)</div>', text)
        title = plain(title[1]) if title else ''
        for anchor, heading in HEADING.findall(text):
            yield [plain(heading), [f'../{page.name}#{anchor}', 1, title]]


def plain(text):
    return markup.unescape(re.sub(r'<[^>]*>', '', text)).strip()


def widen(html):
    place = html / 'search'
    index = place / 'searchdata.js'
    text = index.read_text(encoding='utf-8')
    letters = re.search(r'\b0: "(.*?)"', text)[1]
    found = {letter: {} for letter in letters}
    known = []
    for number in range(len(letters)):
        text_of = (place / f'all_{number:x}.js').read_text(encoding='utf-8')
        entries = ast.literal_eval(text_of[text_of.index('[') : text_of.rindex(']') + 1])
        known += [what for _, what in entries]
    for what in [*known, *headings(html)]:
        for name in [what[0], *endings(what[0])]:
            if name[:1].isalnum() and name.isascii():
                entry = (key_of(name), what[0], what[1][0] if '#page_' in what[1][0] else '')
                found.setdefault(name[0].lower(), {}).setdefault(entry, what)
    page = (place / 'all_0.html').read_text(encoding='utf-8')
    for number, entries in enumerate(found.values()):
        numbered = [
            [f'{key}_{count}', what]
            for count, ((key, *_), what) in enumerate(sorted(entries.items()))
        ]
        lines = ',\n'.join(json.dumps(entry) for entry in numbered)
        name = f'all_{number:x}'
        (place / f'{name}.js').write_text(f'var searchData=\n[\n{lines}\n];\n', encoding='utf-8')
        (place / f'{name}.html').write_text(page.replace('all_0.js', f'{name}.js'), encoding='utf-8')
    text = text.replace(f'0: "{letters}"', f'0: "{"".join(found)}"', 1)
    index.write_text(text, encoding='utf-8')
