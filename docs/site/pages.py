# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The Markdown of this tree in the dialect of doxygen 1.9.4.

It knows no headings as targets unless they have a name in braces, takes < and @
for its own, ends a code span at a quote, and has no page for a source file that
is linked. The documents are written for who reads them as they are, so this is
done to copies of them.
"""

import os
import pathlib
import re

FENCE = re.compile(r'(^```.*?^```\s*?$)', re.M | re.S)
SPAN = re.compile(r'(`[^`\n]+`)')
LINK = re.compile(r'(?<!!)\[([^\]]*)\]\(\s*<?([^)>\s]+)>?\)')
HEADING = re.compile(r'^(#{1,6}) (.*?)\s*$', re.M)
LANGUAGES = {'.c': 'c', '.h': 'c', '.py': 'py', '.cpp': 'cpp', '.rs': 'rs'}


def name_of(path):
    return 'page_' + re.sub(r'\W', '_', str(path).removesuffix('.md')).lower()


def anchor_of(heading):
    """As tests/style/links.py has it."""
    text = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', heading).lower()
    return re.sub(r'[^\w\- ]', '', text).replace(' ', '-')


class Pages:
    def __init__(self, source, to, documents):
        self.source = source
        self.to = to
        self.documents = documents  # paths from the top, whose links lead to pages
        self.sources = set()  # other files that are linked

    def target(self, page, link):
        """Where a link leads on the site, or None."""
        if re.match(r'[a-z][a-z0-9+.-]*:', link):
            return link
        name, _, anchor = link.partition('#')
        path = page
        if name:
            path = pathlib.Path(os.path.normpath(page.parent / name))
        if path in self.documents:
            return '@ref ' + name_of(path) + (f'_{anchor}' if anchor else '')
        if path.parent == pathlib.Path('include/vpl011'):
            return path.stem.replace('_', '__') + '_8h.html'
        if (self.source / path).is_file():
            self.sources.add(path)
            return '@ref ' + name_of(path)
        return None

    def link(self, page, text):
        def replaced(match):
            found = self.target(page, match[2])
            # No code span is seen in the text of a link.
            return f'[{match[1].replace("`", "")}]({found})' if found else match[1]

        return LINK.sub(replaced, text)

    def prose(self, page, text):
        parts = SPAN.split(self.link(page, text))
        for at, part in enumerate(parts):
            if at % 2:
                inside = part[1:-1]
                if "'" in inside:
                    parts[at] = f'``{inside}``'
            else:
                part = re.sub(r'(?<!\()@(?!ref )', r'\\@', part)
                part = re.sub(r'<(?!/?(br|b|i|sub|sup)\b)', r'\\<', part)
                parts[at] = re.sub(r'(?<=[\s(])#(?=\w)', r'\\#', part)
        text = ''.join(parts)
        seen = {}

        def heading(match):
            title = match[2]
            if len(match[1]) == 1 and not seen:
                seen[''] = 0
                return f'{match[1]} {title} {{#{name_of(page)}}}'
            # Doxygen shows the marks of code in a heading as text.
            plain = title.replace('`', '')
            anchor = anchor_of(plain)
            number = seen[anchor] = seen.get(anchor, -1) + 1
            anchor += f'-{number}' if number else ''
            return f'{match[1]} {plain} {{#{name_of(page)}_{anchor}}}'

        return HEADING.sub(heading, text)

    def convert(self, page):
        text = (self.source / page).read_text(encoding='utf-8')
        # The fences stay where they are, so that what doxygen says has the line.
        fences = FENCE.findall(text)
        bare = FENCE.sub('\x00', re.sub(r'\A<!--.*?-->\n', '', text, flags=re.S))
        bare = self.prose(page, bare)
        for fence in fences:
            bare = bare.replace('\x00', fence.replace('```sh', '```', 1), 1)
        if not re.match(r'# ', bare):
            bare = f'# {page} {{#{name_of(page)}}}\n\n{bare}'
        self.write(page, bare)

    def show(self, path):
        text = (self.source / path).read_text(encoding='utf-8')
        language = LANGUAGES.get(path.suffix)
        fence = '~~~~~~' + (f'{{.{language}}}' if language else '')
        self.write(path, f'# {path} {{#{name_of(path)}}}\n\n{fence}\n{text}~~~~~~\n')

    def write(self, path, text):
        to = self.to / (name_of(path) + '.md')
        to.write_text(text, encoding='utf-8')

    def make(self):
        self.to.mkdir(parents=True, exist_ok=True)
        for old in self.to.glob('*.md'):
            old.unlink()
        for page in self.documents:
            self.convert(page)
        for path in sorted(self.sources):
            self.show(path)
