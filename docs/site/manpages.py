#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Manual pages of section 3, from what doxygen has read in the headers.

usage: manpages.py XML_DIRECTORY MAN_DIRECTORY VERSION

Doxygen's own man output is one page for each header, whose functions are links
to its top; Debian's doxygen2man ends with a corrupted heap on these headers. So
doxygen reads, and this writes: for each function a page, on which a function
ends that differs by _sized alone, and for each header one with its constants
and structures: libvpl011-fifo(3) for <vpl011/fifo.h>, libvpl011(3) for
<vpl011/vpl011.h>. The name of a structure leads to the page that has it.
"""

import pathlib
import re
import sys
from xml.etree import ElementTree

# Sections of a function's page by what the headers say: @return, @errors ...
TITLES = {
    'return': 'RETURN VALUE',
    'Errors': 'ERRORS',
    'Context': 'CONTEXT',
    'since': 'HISTORY',
}
LIBRARIES = {'fdt': 'libvpl011-fdt', 'kvm': 'libvpl011-kvm'}
POSIX = re.compile(r'console|doorbell|guest_errors|posix|probes|shm|stream|text')


def escape(text):
    return text.replace('\\', '\\e').replace('-', '\\-')


def line(text):
    """Text that groff does not take for a request."""
    text = re.sub(r'\s+', ' ', text).strip()
    return re.sub(r"^([.'])", r'\\&\1', text)


def words(node):
    """The text of an element and of all in it."""
    return re.sub(r'\s+', ' ', ''.join(node.itertext())).strip() if node is not None else ''


def inline(node):
    """The same with the bold face for code and names."""
    text = escape(node.text or '')
    for child in node:
        if child.tag in ('computeroutput', 'bold', 'emphasis', 'ref'):
            text += f'\\fB{escape("".join(child.itertext()))}\\fR'
        elif child.tag not in BLOCKS:
            text += inline(child)
        text += escape(child.tail or '')
    return text


def code(node):
    """What stands in a comment as it is."""
    text = '\n'.join(
        ''.join(' ' if part.tag == 'sp' else part.text or '' for part in whole.iter())
        for whole in node.iter('codeline')
    ) or node.text or ''
    lines = [re.sub(r"^([.'])", r'\\&\1', escape(part)) for part in text.strip('\n').split('\n')]
    return '.PP\n.RS 4\n.nf\n' + '\n'.join(lines) + '\n.fi\n.RE\n'


def items(node):
    return ''.join(
        '.IP \\(bu 3\n' + paragraphs(item, first='') for item in node.iter('listitem')
    )


BLOCKS = {
    'verbatim': code,
    'programlisting': code,
    'preformatted': code,
    'itemizedlist': items,
    'orderedlist': items,
    'simplesect': None,
    'parameterlist': None,
    'para': None,
}


def paragraphs(node, first='.PP\n', sections=None):
    """A description; what belongs to a section of its own goes there."""
    out = ''
    for para in node.iter('para') if node.tag == 'listitem' else node.findall('para'):
        begin = out and '.PP\n' or first
        piece = ElementTree.Element('piece')
        piece.text = para.text
        for child in para:
            block = BLOCKS.get(child.tag)
            if child.tag == 'simplesect':
                title = words(child.find('title')) or child.get('kind')
                if sections is not None:
                    sections[title] = sections.get(title, '') + paragraphs(child, '')
                else:
                    out += f'.PP\n{line(title)}:\n' + paragraphs(child, '')
            elif child.tag == 'parameterlist':
                if sections is not None:
                    sections['param'] = sections.get('param', '') + parameters(child)
                else:
                    out += parameters(child)
            elif block:
                if line(inline(piece)):
                    out += begin + line(inline(piece)) + '\n'
                out += block(child)
                begin = '.PP\n'
                piece = ElementTree.Element('piece')
                piece.text = child.tail
                continue
            else:
                piece.append(child)
                continue
            if child.tail:
                if len(piece):
                    piece[-1].tail = (piece[-1].tail or '') + child.tail
                else:
                    piece.text = (piece.text or '') + child.tail
        if line(inline(piece)):
            out += begin + line(inline(piece)) + '\n'
    return out


def parameters(node):
    out = ''
    for item in node.iter('parameteritem'):
        names = ', '.join(words(name) for name in item.iter('parametername'))
        out += f'.TP\n.I {escape(names)}\n'
        out += paragraphs(item.find('parameterdescription'), '')
    return out


def described(node):
    """The brief and the rest of a comment, as one."""
    return paragraphs(node.find('briefdescription'), '') + paragraphs(
        node.find('detaileddescription'),
    )


def brief(node):
    found = words(node.find('briefdescription'))
    return escape(found or words(node.find('detaileddescription')).split('. ')[0])


def summary(node):
    """What man -k shows: a line, without what a long sentence adds to itself."""
    # <vpl011/vpl011.h> and its kin begin with the name of their library.
    text = re.sub(r'^libvpl011[^:]*: ', '', brief(node)).rstrip('.')
    return text if len(text) < 72 else re.sub(r'^(.{20,}?)(?:[:,;]| \().*', r'\1', text)


def prototype(function):
    head = words(function.find('type')).replace('VPL011_API ', '')
    head = re.sub(r'^static |inline |VPL011_ATOMIC ', '', head)
    arguments = []
    for param in function.findall('param'):
        kind, name = words(param.find('type')), words(param.find('declname'))
        if '(*)' in kind:
            arguments.append(kind.replace('(*)', f'(*{name})'))
        else:
            arguments.append(f'{kind}{"" if kind.endswith("*") or not name else " "}{name}')
    begin = f'{head}{"" if head.endswith("*") else " "}{words(function.find("name"))}('
    out, at = begin, len(begin)
    for number, argument in enumerate(arguments):
        more = ', ' if number else ''
        if number and at + len(argument) + 3 > 76:
            more, at = ',\n' + ' ' * len(begin), len(begin)
        out += more + argument
        at += len(argument) + 2
    return escape(out) + ');'


class Header:
    def __init__(self, path, xml):
        self.node = ElementTree.parse(path).getroot().find('compounddef')
        self.file = words(self.node.find('compoundname'))
        stem = self.file.removesuffix('.h')
        self.page = 'libvpl011' + (f'-{stem}' if stem != 'vpl011' else '')
        self.library = LIBRARIES.get(stem, 'libvpl011-posix' if POSIX.match(stem) else 'libvpl011')
        self.members = [
            member
            for member in self.node.iter('memberdef')
            if member.get('prot') == 'public' and not words(member.find('name')).endswith('_')
        ]
        self.structures = [
            ElementTree.parse(xml / f'{inner.get("refid")}.xml').getroot().find('compounddef')
            for inner in self.node.findall('innerclass')
        ]

    def of(self, kind):
        return [member for member in self.members if member.get('kind') == kind]


class Book:
    def __init__(self, xml, to, version):
        self.to = to
        self.version = version
        to.mkdir(parents=True, exist_ok=True)
        for old in to.glob('*.3'):
            old.unlink()
        self.headers = [Header(path, xml) for path in sorted(xml.glob('*_8h.xml'))]
        self.functions = {
            words(member.find('name')): member
            for header in self.headers
            for member in header.of('function')
        }

    def write(self, name, title, synopsis, body, also, header):
        also = [f'.BR {escape(page)} (3)' for page in dict.fromkeys(also) if page != name]
        (self.to / f'{name}.3').write_text(
            '.\\" SPDX-License-Identifier: MIT\n'
            '.\\" Copyright (c) 2026 The libvpl011 authors\n'
            f'.\\" Made of <vpl011/{header.file}>.\n'
            f'.TH {escape(name)} 3 "" "libvpl011 {self.version}" "libvpl011"\n.nh\n.ad l\n'
            f'.SH NAME\n{title}\n'
            f'.SH LIBRARY\n{escape(header.library)} (pkg\\-config {escape(header.library)})\n'
            f'.SH SYNOPSIS\n.nf\n.B #include <vpl011/{header.file}>\n{synopsis}.fi\n'
            f'{body}.SH SEE ALSO\n' + ',\n'.join(also) + '\n',
            encoding='utf-8',
        )

    def alias(self, name, page):
        (self.to / f'{name}.3').write_text(f'.so man3/{page}.3\n', encoding='utf-8')

    def partner(self, name):
        """vpl011_init_sized of vpl011_init, and of nothing else."""
        sized = f'{name}_sized'
        return sized if sized in self.functions else None

    def refers(self, node, header):
        named = [re.sub(r'\(\)$', '', words(ref)) for ref in node.iter('ref')]
        named = [name.removesuffix('_sized') for name in named if name in self.functions]
        return [name for name in named if name in self.functions] + [header.page]

    def function(self, member, header):
        name = words(member.find('name'))
        names, synopsis = [name], f'.PP\n{prototype(member)}\n'
        sections = {}
        text = paragraphs(member.find('detaileddescription'), '', sections)
        also = self.refers(member, header)
        partner = self.partner(name)
        if partner:
            other = self.functions[partner]
            names.append(partner)
            synopsis += f'.PP\n{prototype(other)}\n'
            more = {}
            text += '.SS ' + escape(partner) + '\n' + paragraphs(
                other.find('briefdescription'), '')
            text += paragraphs(other.find('detaileddescription'), sections=more)
            for title, said in more.items():
                sections.setdefault(title, said)
            also += self.refers(other, header)
            self.alias(partner, name)
        first = paragraphs(member.find('briefdescription'), '')
        body = f'.SH DESCRIPTION\n{first}{text and ".PP" + chr(10)}{text}'
        if 'param' in sections:
            body += f'.SH PARAMETERS\n{sections.pop("param")}'
        for key, title in TITLES.items():
            if key in sections:
                said = sections.pop(key)
                if key == 'Errors':
                    said = re.sub(r'(?<=[.;]) (?=VPL011_ERR_)', '\n.br\n', said)
                if key == 'since':
                    said = f'Since libvpl011 {said}'
                body += f'.SH {title}\n{said}'
        assert not sections, f'{name}: {list(sections)} have no place on a page'
        names = ', '.join(names)
        self.write(name, f'{names} \\- {summary(member)}', synopsis, body, also, header)

    def overview(self, header):
        node = header.node
        body = '.SH DESCRIPTION\n' + described(node)
        functions = [
            member
            for member in header.of('function')
            if not (
                words(member.find('name')).endswith('_sized')
                and words(member.find('name')).removesuffix('_sized') in self.functions
            )
        ]
        if functions:
            body += '.SH FUNCTIONS\n'
        for member in functions:
            body += f'.TP\n.BR {words(member.find("name"))} (3)\n{line(brief(member))}\n'
        constants = ''
        for section in node.iter('sectiondef'):
            here = [member for member in section.iter('memberdef') if member in header.of('define')]
            if here and words(section.find('header')):
                constants += f'.SS "{escape(words(section.find("header")))}"\n'
                if section.find('description') is not None:
                    constants += paragraphs(section.find('description'), '')
            for member in here:
                name = words(member.find('name'))
                value = words(member.find('initializer'))
                shown = f' {escape(value)}' if value and len(value) < 24 else ''
                constants += f'.TP\n\\fB{name}\\fR{shown}\n{described(member)}'
        if constants:
            body += f'.SH CONSTANTS\n{constants}'
        for member in header.of('enum'):
            body += f'.SH "ENUM {escape(words(member.find("name")))}"\n{described(member)}'
            for value in member.iter('enumvalue'):
                body += f'.TP\n\\fB{words(value.find("name"))}\\fR '
                body += f'{escape(words(value.find("initializer")))}\n{described(value)}'
        for structure in header.structures:
            name = words(structure.find('compoundname'))
            body += f'.SH "STRUCT {escape(name)}"\n{described(structure)}'
            for member in structure.iter('memberdef'):
                if member.get('prot') == 'public':
                    kind = words(member.find('type'))
                    arguments = words(member.find('argsstring'))
                    title = f'{kind} {words(member.find("name"))}{arguments}'
                    title = title.replace('(* ', '(*')
                    body += f'.TP\n\\fB{escape(title)}\\fR\n{described(member)}'
        also = [other.page for other in self.headers if other.library == header.library]
        title = f'{escape(header.page)} \\- {summary(node)}'
        self.write(header.page, title, '', body, also + ['libvpl011'], header)
        for named in [*header.structures, *header.of('enum')]:
            name = words(named.find('compoundname' if named in header.structures else 'name'))
            if name not in self.functions:
                self.alias(name, header.page)

    def make(self):
        for header in self.headers:
            self.overview(header)
            for member in header.of('function'):
                name = words(member.find('name'))
                if name.removesuffix('_sized') == name or name.removesuffix(
                    '_sized'
                ) not in self.functions:
                    self.function(member, header)


if __name__ == '__main__':
    Book(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]).make()
