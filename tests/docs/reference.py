# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The reference, as a site and as manual pages, has every public name, with
something said of it, and leads nowhere that is not there.

usage: reference.py MAKE_SITE
"""

import html.parser
import pathlib
import re
import sys
import urllib.parse

from tap import SOURCE, command_ok, done, ok, run, scratch, skip, skip_all, tool

MAKE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(MAKE.parent))
from manpages import Header, words  # noqa: E402


class Links(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.leads_to = set()
        self.names = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for key, value in attrs:
            if key in ('id', 'name') and value:
                self.names.add(value)
            elif key in ('href', 'src') and value and tag != 'base':
                self.leads_to.add(value)


def exported():
    """The functions that the maps of the libraries name."""
    found = set()
    for path in (SOURCE / 'src').rglob('*.map'):
        text = re.sub(r'/\*.*?\*/', ' ', path.read_text(encoding='utf-8'), flags=re.S)
        found.update(re.findall(r'\b(vpl011_\w*[a-z0-9]);', text))
    return found


def read(place):
    """Each public name, and whether something is said of it."""
    xml = place / 'xml'
    said = {}
    for path in sorted(xml.glob('*_8h.xml')):
        header = Header(path, xml)
        nodes = list(header.members)
        for structure in header.structures:
            said[words(structure.find('compoundname'))] = words(structure.find('briefdescription'))
        for node in nodes:
            text = words(node.find('briefdescription')) + words(node.find('detaileddescription'))
            said[words(node.find('name'))] = text
        said[header.file] = words(header.node.find('briefdescription'))
    return said


def names(place):
    said = read(place)
    functions = exported()
    ok(len(functions) > 100, 'the libraries export functions', len(functions))
    missing = sorted(functions - set(said))
    ok(not missing, 'each is in the reference', missing)
    missing = sorted(name for name, text in said.items() if len(text) < 3)
    ok(len(said) > 400 and not missing, f'of {len(said)} public names something is said', missing)
    headers = {path.name for path in (SOURCE / 'include/vpl011').glob('*.h')}
    ok(headers <= set(said), 'and each header has an introduction', sorted(headers - set(said)))
    macros = set()
    for path in (SOURCE / 'include/vpl011').glob('*.h'):
        macros |= set(re.findall(r'^#define (\w+)', path.read_text(encoding='utf-8'), re.M))
    # Guards of headers, and what is for a header alone, are not public.
    macros = {name for name in macros if not re.search(r'_H$|_$', name)}
    ok(macros <= set(said), 'each macro is in the reference', sorted(macros - set(said)))
    return functions, headers


def manual(place, functions, headers):
    pages = {path.stem: path for path in (place / 'man3').glob('*.3')}
    missing = sorted(functions - set(pages))
    ok(not missing, 'each function has a manual page', missing)
    wanted = {f'libvpl011-{name[:-2]}' for name in headers} - {'libvpl011-vpl011'} | {'libvpl011'}
    ok(wanted <= set(pages), 'and each header', sorted(wanted - set(pages)))
    kinds = set()
    for path in (SOURCE / 'include/vpl011').glob('*.h'):
        text = path.read_text(encoding='utf-8')
        kinds |= set(re.findall(r'^(?:struct|enum) (\w*[^_\W]) \{$', text, re.M))
    ok(kinds <= set(pages), 'and each structure leads to one', sorted(kinds - set(pages)))
    wrong = []
    for name, path in pages.items():
        text = path.read_text(encoding='utf-8')
        link = re.fullmatch(r'\.so man3/([\w-]+)\.3\n', text)
        if link and link[1] not in pages:
            wrong.append(f'{name}: {link[1]}')
        for other in re.findall(r'^\.BR (\S+) \(3\)', text, re.M):
            if other.replace('\\-', '-') not in pages:
                wrong.append(f'{name}: {other}')
    ok(not wrong, 'each page that one refers to is there', '\n'.join(wrong))
    if not tool('groff'):
        skip('groff has no complaint', 'no groff here')
        return
    whole = [path for path in pages.values() if '.so ' not in path.read_text(encoding='utf-8')]
    complaints = run(['groff', '-ww', '-man', '-Tutf8', '-Kutf8', '-z', *whole])[2]
    ok(not complaints, 'groff has no complaint', complaints)


def site(place):
    pages = {
        path.name: Links(path.read_text(encoding='utf-8'))
        for path in (place / 'html').glob('*.html')
    }
    ok('index.html' in pages and len(pages) > 60, 'the site has pages', len(pages))
    wrong = []
    for name, links in pages.items():
        for link in links.leads_to:
            if re.match(r'[a-z][a-z0-9+.-]*:', link):
                continue
            target, _, anchor = urllib.parse.unquote(link).partition('#')
            target = target or name
            if not (place / 'html' / target).exists():
                wrong.append(f'{name}: {link}: no such page')
            elif anchor and target in pages and anchor not in pages[target].names:
                wrong.append(f'{name}: {link}: no such place')
    ok(not wrong, 'each link on it leads somewhere', '\n'.join(sorted(wrong)[:40]))
    tree = (place / 'html/navtreedata.js').read_text(encoding='utf-8')
    wanted = [path.name for path in (SOURCE / 'include/vpl011').glob('*.h')]
    wanted = [f'{name[:-2].replace("_", "__")}_8h.html' for name in wanted]
    wanted += [
        f'page_docs_{path.stem.replace("-", "_")}.html' for path in (SOURCE / 'docs').glob('*.md')
    ]
    parts = tree + ''.join(
        path.read_text(encoding='utf-8') for path in (place / 'html').glob('navtreeindex*.js')
    )
    missing = [name for name in wanted if f'"{name}"' not in parts]
    ok(not missing, 'its navigation has every header and every document', missing)
    found = ''.join(
        path.read_text(encoding='utf-8') for path in (place / 'html/search').glob('all_*.js')
    )
    keys = ('vpl011_5ffifo_5fpop', 'fifo_5fpop', 'pop')
    missing = [key for key in keys if not re.search(rf'"{key}_\d+", \["vpl011_fifo_pop"', found)]
    ok(not missing, 'its search finds a function by each word of its name', missing)
    missing = []
    for path in (SOURCE / 'docs').glob('*.md'):
        page = f'page_docs_{path.stem.replace("-", "_")}.html'
        for heading in re.findall(r'^##+ ([^`\[\n]+)$', path.read_text(encoding='utf-8'), re.M):
            for word in heading.split():
                key = re.sub(r'[^a-z0-9 ].*', '', word.lower())
                what = re.escape(f'["{heading}", ["../{page}#')
                if key and not re.search(rf'"{key}[^"]*", {what}', found):
                    missing.append(f'{path.name}: {heading}: {word}')
    ok(not missing, 'and a heading within a page by each word of it', missing)


def installs(place):
    """By the option; of the rest nothing is built."""
    build = place / 'build'
    command_ok(
        'configures with -Ddocs=enabled',
        ['meson', 'setup', build, SOURCE, '-Ddocs=enabled', '-Dprefix=/usr']
        + [f'-D{name}=disabled' for name in ('tests', 'examples', 'tools', 'fdt', 'kvm')],
    )
    command_ok('meson compile site', ['meson', 'compile', '-C', build, 'site'])
    command_ok(
        'installs',
        ['meson', 'install', '-C', build, '--no-rebuild', '--destdir', place / 'root']
        + ['--tags', 'doc,man'],
    )
    for path in ('man/man3/vpl011_init.3', 'doc/libvpl011/html/index.html'):
        ok((place / 'root/usr/share' / path).is_file(), f'/usr/share/{path} is there')


if not tool('doxygen'):
    skip_all('no doxygen here')
with scratch() as scratch_place:
    scratch_place = pathlib.Path(scratch_place)
    version = re.search(r"version: '(.*?)'", (SOURCE / 'meson.build').read_text())[1]
    command_ok(
        'doxygen has no complaint',
        [sys.executable, '-B', MAKE, scratch_place, version],
    )
    if (scratch_place / 'man3').is_dir():
        manual(scratch_place, *names(scratch_place))
        site(scratch_place)
        installs(scratch_place)
done()
