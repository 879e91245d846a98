# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Small mistakes in C source in the style of this tree, one place at a time.

A mutant is known by its file, its function and the clause with the change in
it, `if (fill [< -> <=] d->depth)`, so that it keeps its name when lines move.
"""

import hashlib
import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
      | (?P<directive>^[ \t]*\#(?:\\\n|[^\n])*)
      | (?P<space>(?:\s|\\\n)+)
      | (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<number>(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<mark><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\|
                |[-+*/%&|^]=|\#\#|[-+*/%&|^~!<>=?:;,.(){}\[\]\#])""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
DEFINE = re.compile(r'[ \t]*#[ \t]*define[ \t]+(\w+)(\([^)]*\))?')
OPEN = {'(': ')', '[': ']', '{': '}'}
ASSIGN = {'=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>='}
TYPE_WORDS = {'const', 'struct', 'static', 'unsigned', 'int', 'char', 'void', 'bool', 'enum'}

COMPARE = {
    '<': ['<=', '>='],
    '<=': ['<', '>'],
    '>': ['>=', '<='],
    '>=': ['>', '<'],
    '==': ['!='],
    '!=': ['=='],
}
OPERATORS = {
    '+': '-',
    '-': '+',
    '*': '/',
    '/': '*',
    '%': '/',
    '<<': '>>',
    '>>': '<<',
    '&': '|',
    '|': '&',
    '^': '|',
}
COMPOUND = {
    '+=': '-=',
    '-=': '+=',
    '|=': '&=',
    '&=': '|=',
    '^=': '|=',
    '<<=': '>>=',
    '>>=': '<<=',
    '++': '--',
    '--': '++',
}


@dataclass
class Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass
class Mutant:
    file: str
    function: str
    clause: str
    start: int
    end: int
    new: str
    number: int = 1  # of several with the same name

    @property
    def key(self):
        again = f' #{self.number}' if self.number > 1 else ''
        return f'{self.file} {self.function}{again}: {self.clause}'

    @property
    def id(self):
        return hashlib.sha256(self.key.encode()).hexdigest()[:8]

    def apply(self, source):
        return source[: self.start] + self.new + source[self.end :]


def is_type(word):
    return word in TYPE_WORDS or word.endswith('_t')


class Source:
    """The tokens of a file, and what can be told from them."""

    def __init__(self, file, text):
        self.file, self.text = file, text
        self.mutants = []
        self.tokens = self.scan(0, len(text), self.bodies)
        self.regions(self.tokens)

    def scan(self, start, end, on_directive=None):
        tokens = []
        at = start
        while at < end:
            match = TOKEN.match(self.text, at, end)
            if not match:
                raise ValueError(f'{self.file}: no token at {self.text[at:at + 20]!r}')
            if match.lastgroup == 'directive':
                if on_directive:
                    on_directive(match.start(), match.end())
            elif match.lastgroup not in ('comment', 'space'):
                tokens.append(Token(match.lastgroup, match[0], *match.span()))
            at = match.end()
        return tokens

    def bodies(self, start, end):
        """The body of a macro is code too."""
        match = DEFINE.match(self.text, start, end)
        if match:
            body = self.scan(match.end(), end)
            if body:
                Region(self, f'#define {match[1]}', body).mutate()

    def regions(self, tokens):
        """Find what has a body: functions and initialised tables."""
        match = pairs(tokens)
        first = i = 0
        while i < len(tokens):
            text = tokens[i].text
            if text == '{':
                close = match[i]
                head = tokens[first:i]
                words = [t.text for t in head]
                if head and words[-1] == ')':
                    name = tokens[match[i - 1] - 1].text
                    Region(self, name, tokens[i : close + 1], True).mutate()
                    first = close + 1
                elif '=' in words:
                    before = words[: words.index('=')]
                    while before[-1] == ']':
                        before = before[: len(before) - 1 - before[::-1].index('[')]
                    Region(self, before[-1], tokens[i : close + 1]).mutate()
                i = close
            elif text in OPEN:
                i = match[i]
            elif text == ';':
                first = i + 1
            i += 1


def pairs(tokens):
    """Each bracket with its partner, both ways."""
    match, stack = {}, []
    for i, token in enumerate(tokens):
        if token.kind == 'mark' and token.text in OPEN:
            stack.append(i)
        elif token.kind == 'mark' and token.text in OPEN.values():
            if not stack:
                continue  # half of a macro
            match[stack[-1]] = i
            match[i] = stack.pop()
    return match


class Region:
    """One function, table or macro body."""

    def __init__(self, source, name, tokens, is_function=False):
        self.source, self.name, self.tokens = source, name, tokens
        self.is_function = is_function
        self.match = pairs(tokens)
        self.inside = self.enclosing()
        self.skipped = self.not_code()

    def enclosing(self):
        """For each token, the index of the bracket that it is in, or None."""
        inside, stack = [], []
        for i, token in enumerate(self.tokens):
            if token.kind == 'mark' and token.text in OPEN.values() and stack:
                stack.pop()
            inside.append(stack[-1] if stack else None)
            if token.kind == 'mark' and token.text in OPEN and i in self.match:
                stack.append(i)
        return inside

    def not_code(self):
        """Sizes of arrays, designators, and what is checked when compiling."""
        skipped = set()
        for i, close in self.match.items():
            if close < i:
                continue
            text = self.word(i)
            declared = self.tokens[i - 2].text if i >= 2 else ''
            if text == '[' and (
                self.word(i - 1) in ('{', ',', '')
                or (is_type(declared) and self.tokens[i - 1].kind == 'name')
                or self.word(i - 1) == ']'
            ):
                skipped.update(range(i, close + 1))
            if text == '(' and self.word(i - 1) in ('_Static_assert', 'sizeof', 'offsetof'):
                skipped.update(range(i - 1, close + 1))
        return skipped

    def word(self, i):
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ''

    # Names

    def clause(self, first, last, new):
        """The clause around some tokens, and the change within it."""
        begin, end = first, last
        while begin > 0 and not self.ends_clause(begin - 1):
            begin -= 1
        while end + 1 < len(self.tokens) and not self.ends_clause(end):
            end += 1
        if self.word(end) in '{}' and end > last:
            end -= 1
        before = self.shown(begin, first - 1) + self.gap(first - 1, -1)
        after = self.gap(last, end) + self.shown(last + 1, end)
        if len(before) > 60:
            before = '...' + before[-57:]
        if len(after) > 60:
            after = after[:57] + '...'
        return f'{before}[{self.shown(first, last)} -> {new}]{after}'.strip()

    def ends_clause(self, i):
        text = self.word(i)
        if text in ('{', '}'):
            return True
        around = self.inside[i]
        return text == ';' and (around is None or self.word(around) == '{')

    def shown(self, first, last):
        """Tokens as text, on one line, without comments."""
        return ''.join(self.word(i) + self.gap(i, last) for i in range(first, last + 1))

    def gap(self, i, last):
        """A blank, if the source has one behind a token that is not the last."""
        if i < 0 or i == last or i + 1 >= len(self.tokens):
            return ''
        return ' ' if self.tokens[i].end != self.tokens[i + 1].start else ''

    def add(self, first, last, new, shown=None):
        if any(i in self.skipped for i in range(first, last + 1)):
            return
        clause = self.clause(first, last, shown or new or 'nothing')
        self.source.mutants.append(
            Mutant(
                self.source.file,
                self.name,
                clause,
                self.tokens[first].start,
                self.tokens[last].end,
                new,
            )
        )

    def text(self, first, last):
        return self.source.text[self.tokens[first].start : self.tokens[last].end]

    # What goes wrong

    def mutate(self):
        for i, token in enumerate(self.tokens):
            if token.kind == 'mark':
                self.operator(i, token.text)
            elif token.kind == 'number':
                self.number(i, token.text)
            elif token.kind == 'name':
                self.keyword(i, token.text)
        if self.is_function:
            self.statements(0)

    def operator(self, i, text):
        if text in COMPARE:
            for new in COMPARE[text]:
                self.add(i, i, new)
        elif text in ('&&', '||'):
            self.add(i, i, '||' if text == '&&' else '&&')
            self.operands(i, {'||', '&&'} if text == '&&' else {'||'})
        elif text in OPERATORS and self.is_binary(i):
            self.add(i, i, OPERATORS[text])
            if text == '|':
                self.bits(i)
        elif text in COMPOUND:
            # The step of a loop: nothing but a hang.
            if text not in ('++', '--') or not self.in_for(i):
                self.add(i, i, COMPOUND[text])
        elif text == '~':
            self.add(i, i, '')
        elif text == '!':
            self.add(i, i, '')
        elif text == '?':
            first = self.operand_start(i, {'?', ':'})
            self.add(first, i - 1, f'!({self.text(first, i - 1)})', 'negated')

    def is_binary(self, i):
        before = self.tokens[i - 1] if i else None
        if before is None or i + 1 >= len(self.tokens):
            return False
        if before.kind == 'number':
            return True
        if before.text == ']':
            return True
        if before.text == ')':
            start = self.match.get(i - 1)
            if start is None:
                return True
            return not all(
                is_type(t.text) or t.text == '*' or self.word(start + 1) == 'struct'
                for t in self.tokens[start + 1 : i - 1]
            )
        if before.kind != 'name' or is_type(before.text):
            return False
        return before.text != 'return' and self.word(i - 2) != 'struct'

    def in_for(self, i):
        around = self.inside[i]
        return around is not None and self.word(around - 1) == 'for'

    def operand_start(self, i, stops):
        at = i
        while at > 0:
            text = self.word(at - 1)
            if text in OPEN.values() and at - 1 in self.match:
                at = self.match[at - 1]
                continue
            if text in OPEN or text in stops or text in (',', ';', '{', '}', 'return'):
                break
            if text in ASSIGN or text in (':', '?'):
                break
            at -= 1
        return at

    def operand_end(self, i, stops):
        at = i
        while at + 1 < len(self.tokens):
            text = self.word(at + 1)
            if text in OPEN and at + 1 in self.match:
                at = self.match[at + 1]
                continue
            if text in OPEN.values() or text in stops or text in (',', ';', '?', ':'):
                break
            at += 1
        return at

    def operands(self, i, stops):
        """Each condition of && and || forgotten."""
        end = self.operand_end(i, stops)
        self.add(i, end, '')
        start = self.operand_start(i, stops)
        if self.word(start - 1) not in stops or self.word(start - 1) != self.word(i):
            self.add(start, i, '')

    def bits(self, i):
        """Each bit of a set forgotten."""
        simple = ('name', 'number')
        if self.tokens[i - 1].kind not in simple or self.tokens[i + 1].kind not in simple:
            return
        if self.word(i + 2) in ('(', '<<', '->', '&'):
            return
        self.add(i, i + 1, '')
        if self.word(i - 2) not in ('|', '->', '.', '<<', '+', '&'):
            self.add(i - 1, i, '')

    def number(self, i, text):
        if self.word(i - 1) == '{' and self.word(i + 1) == '}':
            return  # {0}: all of it, in the idiom
        digits = re.match(r'0[xX][0-9a-fA-F]+|\d+', text)[0]
        suffix = text[len(digits) :]
        value = int(digits, 0)
        for new in (value + 1, value - 1):
            if new < 0 or new > 0xFFFFFFFF:
                continue
            if digits[:2].lower() == '0x':
                written = f'0x{new:0{len(digits) - 2}X}'
            else:
                written = str(new)
            self.add(i, i, written + suffix)

    def keyword(self, i, text):
        if text in ('if', 'while') and self.word(i + 1) == '(':
            self.condition(text, i + 1)
        elif text in ('true', 'false') and self.word(i - 1) != 'return':
            self.add(i, i, 'false' if text == 'true' else 'true')
        elif text == 'return':
            self.returned(i)
        elif (
            self.word(i - 1) == '.'
            and self.word(i - 2) in ('{', ',')
            and self.word(i + 1) == '='
        ):
            end = self.operand_end(i, set())
            self.add(i - 1, end, f'.{text} = 0', 'zero')

    def condition(self, keyword, open_at):
        close = self.match.get(open_at)
        if close is None:
            return
        inner = self.text(open_at + 1, close - 1)
        words = [t.text for t in self.tokens[open_at + 1 : close]]
        plain = not {'&&', '||', '?'} & set(words)
        if not (plain and ({'==', '!=', '<', '>', '<=', '>='} & set(words) or words[0] == '!')):
            self.add(open_at + 1, close - 1, f'!({inner})', 'negated')
        if keyword == 'if':
            self.add(open_at + 1, close - 1, '1')
            body = close + 1
            end = self.match.get(body)
            if end is not None and (
                self.word(end + 1) == 'else' or self.count_statements(body) > 1
            ):
                self.add(open_at + 1, close - 1, '0')

    def count_statements(self, open_at):
        return sum(
            1
            for i in range(open_at + 1, self.match[open_at])
            if self.inside[i] == open_at and (self.word(i) == ';' or self.word(i) == '}')
        )

    def returned(self, i):
        end = i
        while end < len(self.tokens) and self.word(end) != ';':
            end += 1
        if end >= len(self.tokens) or end == i + 1:
            return
        value = self.tokens[i + 1]
        single = end == i + 2
        if single and value.text.startswith('VPL011_ERR_'):
            new = 'VPL011_OK'
        elif single and value.text == 'VPL011_OK':
            new = 'VPL011_ERR_NULL'
        elif single and value.text in ('true', 'false'):
            new = 'false' if value.text == 'true' else 'true'
        elif value.kind == 'text':
            new = '""'
        elif single and (value.kind == 'number' or value.text == 'NULL'):
            return
        else:
            new = '0'
        self.add(i + 1, end - 1, new)

    def statements(self, open_at):
        """Each statement forgotten."""
        close = self.match[open_at]
        i = open_at + 1
        first = i
        while i < close:
            text = self.word(i)
            if (
                i == first
                and text.startswith('VPL011_STATE_')
                and self.word(i + 1) == '('
            ):
                end = self.match[i + 1]
                self.add(i, end, '')
                i = first = end + 1
                continue
            if text == '{':
                # A block; or an initialiser, which is part of a statement.
                end = self.match[i]
                if self.word(i - 1) in ('=', ')') and self.word(end + 1) in (';', ','):
                    i = end + 1
                    continue
                self.statements(i)
                i = first = end + 1
                continue
            if text == '(':
                i = self.match[i] + 1
                continue
            if text == ':' and self.word(first) in ('case', 'default'):
                first = i + 1
            if text == ';':
                self.statement(first, i, close)
                first = i + 1
            i += 1

    def statement(self, first, end, close):
        head = self.word(first)
        if first == end or is_type(head) or head == 'do':
            return
        if head == '(' and self.word(first + 1) == 'void' and self.word(first + 2) == ')':
            return
        if head == 'return' and (close == len(self.tokens) - 1 and end + 1 == close):
            return
        if head == 'break' and end + 1 == close:
            condition = self.match.get(self.inside[first] - 1)
            if condition is not None and self.word(condition - 1) == 'switch':
                return
        self.add(first, end, ';', 'dropped')


def mutants_of(file, text):
    """All mutants of a source, in the order of the text."""
    found = sorted(
        Source(file, text).mutants, key=lambda m: (m.start, m.end, m.new)
    )
    seen = {}
    places = set()
    kept = []
    for mutant in found:
        place = (mutant.start, mutant.end, mutant.new)
        if place in places:
            continue
        places.add(place)
        name = (mutant.function, mutant.clause)
        seen[name] = mutant.number = seen.get(name, 0) + 1
        kept.append(mutant)
    return kept
