# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""The client in a real terminal: tmux types, looks, resizes and pastes."""

import os
import re
import shutil
import signal
import subprocess
import time

from consoles import CLIENT, Place, Viewer, hear, listen, main, note, records
from consoles import same, true, wait_for

SHELL = 'PS1="ready$ " TERM=screen sh'


class Terminal:
    """A tmux of its own, with a shell in it."""

    def __init__(self, place):
        self.place = place
        self.socket = place.path('tmux')
        # A pane's history is as long as it was told before there is a pane.
        config = place.path('tmux.conf')
        with open(config, 'w', encoding='ascii') as file:
            file.write('set -g history-limit 50000\n')
        self.tmux(
            '-f', config, 'new-session', '-d', '-x80', '-y24', SHELL
        )
        wait_for(lambda: 'ready$' in self.screen(), 'a shell')

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if error[0]:
            note(self.screen())
        # One that a sanitizer looks at as it ends would spin for ever if half of
        # it were hung up.
        client = f'vpl011-console --socket {self.place.socket}'
        subprocess.run(['pkill', '-KILL', '-f', client], check=False)
        self.tmux('kill-server')

    def tmux(self, *words, data=None):
        return subprocess.run(
            ['tmux', '-S', self.socket, *words],
            input=data,
            capture_output=True,
            timeout=20,
        ).stdout.decode(errors='replace')

    def screen(self, *options):
        return self.tmux('capture-pane', '-p', *options)

    def type(self, text):
        self.tmux('send-keys', '-l', text)

    def key(self, *names):
        self.tmux('send-keys', *names)

    def shows(self, text, seconds=20):
        wait_for(lambda: text in self.screen(), f'"{text}" shows', seconds)

    def clear(self):
        """At once, so that what shows afterwards is new. What the shell is told
        to clear is cleared some time later."""
        self.tmux('send-keys', '-R')
        self.tmux('clear-history')

    def attach(self, place, *options, name='vm'):
        self.clear()
        self.type(
            ' '.join([CLIENT, '--socket', place.socket, *options, name])
        )
        self.key('Enter')
        self.shows('detaches]')

    def detach(self):
        self.key('C-]')
        self.key('q')
        self.shows('detached]')

    def settings(self):
        """What stty says; the shell must be there."""
        self.clear()
        # The prompt may come late.
        self.key('echo; stty -g', 'Enter')
        found = wait_for(
            lambda: re.search(r'^[0-9a-f:]{40,}$', self.unwrapped(), re.M),
            'stty',
        )
        return found.group(0)

    def unwrapped(self):
        return self.screen('-J')

    def pid(self):
        """Of the client: the only child of the shell."""
        shell = self.tmux('display-message', '-p', '#{pane_pid}').strip()
        children = subprocess.run(
            ['pgrep', '-f', '-P', shell, 'vpl011-console'],
            capture_output=True,
            text=True,
        ).stdout.split()
        if not children:
            # The shell of SHELL is a child of the pane's.
            inner = subprocess.run(
                ['pgrep', '-P', shell], capture_output=True, text=True
            ).stdout.split()
            children = subprocess.run(
                ['pgrep', '-P', inner[0]], capture_output=True, text=True
            ).stdout.split()
        return int(children[0])


def somebody_else_types(place, seen, text):
    """Until it is echoed: what a viewer sends as it dies may die with it."""
    other = Viewer(place, 'vm', flags=2)
    other.type(text)
    same(other.read(len(seen + text)), seen + text, 'echoed to the other')


def what_is_typed_comes_back_and_detaching_restores_the_terminal():
    with Place() as place, Terminal(place) as t:
        place.start()
        place.device('vm', 'echo')
        before = t.settings()
        t.attach(place)
        t.type('hello there')
        t.shows('hello there')
        # Keys that a cooked terminal would keep for itself.
        t.key('C-c', 'C-z', 'C-s', 'C-q', 'C-d')
        t.type('still raw')
        t.shows('still raw')
        t.detach()
        same(t.settings(), before, 'terminal settings')


def attaching_again_shows_what_was_missed():
    with Place() as place, Terminal(place) as t:
        place.start()
        device = place.device('vm', 'echo')
        t.attach(place)
        t.type('first|')
        t.shows('first|')
        t.detach()
        somebody_else_types(place, b'first|', b'meanwhile|')
        t.attach(place)
        t.shows('first|meanwhile|')
        true(device.poll() is None, 'the device lives')


def the_escape_key_can_be_sent_changed_and_explained():
    with Place() as place, Terminal(place) as t:
        place.start()
        place.device('vm', 'echo')
        t.attach(place)
        t.key('C-]')
        t.key('?')
        t.shows('q: detach')
        t.key('C-]', 'C-]')
        looker = Viewer(place, 'vm')
        same(looker.read(1), b'\x1d', 'the key itself')
        t.detach()
        t.attach(place, '--escape', 'a')
        t.key('C-]')
        same(looker.read(1), b'\x1d', 'no more the escape key')
        t.key('C-a')
        t.key('q')
        t.shows('detached]')


def the_escape_key_and_b_send_a_break():
    with Place() as place, Terminal(place) as t:
        place.start()
        place.device('vm', 'echo')
        t.attach(place)
        t.type('before')
        t.key('C-]')
        t.key('b')
        t.type('behind')
        t.shows('before<BREAK>behind')
        Viewer(place, 'vm', flags=2)
        t.shows('another viewer types now')
        t.key('C-]')
        t.key('b')
        t.shows('no BREAK: this viewer does not type')
        t.detach()


def what_was_kept_makes_the_terminal_type_nothing():
    with Place() as place, Terminal(place) as t:
        place.start()
        place.device('vm', 'echo')
        looker = Viewer(place, 'vm', flags=1)
        # What tmux answers: who it is, its state, where the cursor is.
        somebody_else_types(place, b'', b'kept \x1b[c\x1b[>c\x1b[5n\x1b[6n')
        t.attach(place, '--force')
        t.shows('kept')
        t.type('typed')
        t.shows('typed')
        expected = b'kept \x1b[c\x1b[>c\x1b[5n\x1b[6ntyped'
        same(looker.read(len(expected)), expected, 'no answer among it')
        # What comes from now on is answered, as on a serial line.
        asked = Viewer(place, 'vm', flags=4)
        t.type('\x1b[5n')
        same(asked.read(8), b'\x1b[5n\x1b[0n', 'the question and its answer')
        t.detach()


def what_the_operator_says_has_a_line_of_its_own():
    with Place() as place, Terminal(place) as t:
        place.start()
        place.device('vm', 'echo')
        t.attach(place)
        t.type('half a line')
        t.shows('half a line')
        subprocess.run(
            [CLIENT, '--socket', place.socket, '--say', 'it goes \x1b[2Jdown'],
            check=True,
            capture_output=True,
            timeout=20,
        )
        line = '[vpl011-console: the operator says: it goes [2Jdown]'
        wait_for(lambda: line in t.screen().splitlines(), 'the message')
        true('half a line' in t.screen().splitlines(), 'what was there')
        t.type(' and the rest')
        looker = Viewer(place, 'vm', flags=1)
        same(looker.read(24), b'half a line and the rest', 'what the guest had')
        t.detach()


def keys_go_from_console_to_console():
    with Place() as place, Terminal(place) as t:
        place.start()
        for name in ('a', 'c', 'b'):
            place.device(name, 'echo')
        before = t.settings()
        t.attach(place, '--force', name='a')
        there = 'a'
        t.type('in-a.')
        t.shows('in-a.')
        for key, name in (
            ('n', 'b'),
            ('n', 'c'),
            ('n', 'a'),
            ('p', 'c'),
            ('p', 'b'),
        ):
            t.key('C-]')
            t.key(key)
            t.shows(f'[vpl011-console: {name}: Ctrl-] then q')
            wait_for(lambda: place.listed(there)['VIEWERS'] == '0', 'it left')
            t.type(f'{key}-{name}.')
            t.shows(f'{key}-{name}.')
            there = name
            t.clear()
        for name, text in (
            ('a', b'in-a.n-a.'),
            ('b', b'n-b.p-b.'),
            ('c', b'n-c.p-c.'),
        ):
            looker = Viewer(place, name, flags=1)
            same(looker.read(len(text)), text, f'what {name} was typed')
        # Where somebody types it only looks, although it was forced into a.
        other = Viewer(place, 'a')
        t.key('C-]')
        t.key('p')
        t.shows('another viewer types here')
        same(other.mode, 'w', 'who types')
        t.key('C-]')
        t.key('l')
        wait_for(
            lambda: re.search(r'(?m)^\* a\n  b\n  c$', t.screen()), 'the list'
        )
        t.detach()
        same(t.settings(), before, 'terminal settings')


def there_may_be_no_other_console():
    with Place() as place, Terminal(place) as t:
        place.start()
        place.device('vm', 'echo')
        t.attach(place)
        for key in ('n', 'p'):
            t.key('C-]')
            t.key(key)
            t.shows('there is no other console')
            t.clear()
        t.type('typed')
        t.shows('typed')
        t.detach()


def what_a_guest_has_set_ends_with_its_console():
    flags = '#{alternate_on}#{mouse_all_flag}#{mouse_sgr_flag}'
    flags += '#{keypad_cursor_flag}#{keypad_flag}'
    with Place() as place, Terminal(place) as t:

        def modes():
            return t.tmux('display-message', '-p', flags).strip()

        place.start()
        for name in ('a', 'b'):
            place.device(name, 'echo')
        t.attach(place, name='a')
        for name, leaves in (('a', 'n'), ('b', 'q')):
            t.type(f'at {name}')
            t.shows(f'at {name}')
            setting = b'\x1b[?1049h\x1b[?1003h\x1b[?1006h\x1b[?1h\x1b='
            other = Viewer(place, name, flags=6)
            other.type(setting + b'there\x1b]0;half')
            t.shows('there')
            wait_for(lambda: modes() == '11111', 'set')
            other.close()
            t.key('C-]')
            t.key(leaves)
            t.shows('b: Ctrl-] then q' if leaves == 'n' else 'detached]')
            wait_for(lambda: modes()[:3] == '000', 'set back')
            # The line that it was in is not overwritten.
            t.shows(f'at {name}')
            if leaves == 'n':
                same(modes(), '00000', 'keys too')


def a_break_stays_with_the_console_that_was_left():
    with Place() as place, Terminal(place) as t:
        daemon = listen(place.socket)
        # It has sent the BREAK, or not: neither the first console answers.
        for sends in (True, False):
            t.attach(place, '--break')
            first = daemon.accept()[0]
            same(first.recv(100), b'A\0vm', 'attached')
            if sends:
                first.send(b'OwB')
                same(first.recv(100), b'B', 'its BREAK')
            t.key('C-]')
            t.key('n')
            asked = daemon.accept()[0]
            same(asked.recv(100), b'L', 'asked')
            for packet in (b'Ivm up', b'Iwm up', b'Z'):
                asked.send(packet)
            second = daemon.accept()[0]
            same(second.recv(100), b'A\0wm', 'the next')
            second.send(b'OwB')
            t.shows('vm: left before it answered the BREAK')
            t.type('x')
            same(second.recv(100), b'Dx', 'no BREAK, and the key')
            t.detach()


def until_gone_is_for_the_console_that_was_named():
    with Place() as place, Terminal(place) as t:
        place.start()
        place.device('a', 'echo')
        gone = place.device('b', 'echo')
        gone.kill()
        gone.wait()
        wait_for(lambda: place.listed('b')['DEVICE'] == 'gone', 'gone')
        looker = Viewer(place, 'a', flags=1)
        t.attach(place, '--until-gone', name='a')
        t.key('C-]')
        t.key('n')
        t.shows('b: the device is not there')
        t.key('C-]')
        t.key('p')
        wait_for(lambda: place.listed('a')['VIEWERS'] == '2', 'back')
        t.type('typed')
        same(looker.read(5), b'typed', 'it goes on')
        t.detach()


def a_daemon_that_fails_in_the_middle_leaves_the_terminal_whole():
    with Place() as place, Terminal(place) as t:
        daemon = listen(place.socket)
        before = t.settings()

        def attached():
            t.attach(place)
            peer = daemon.accept()[0]
            same(peer.recv(100), b'A\0vm', 'attached')
            peer.send(b'Ow')
            t.key('C-]')
            t.key('n')
            asked = daemon.accept()[0]
            same(asked.recv(100), b'L', 'asked')
            return peer, asked

        # It never answers, and the client is ended meanwhile.
        both = attached()
        os.kill(t.pid(), signal.SIGTERM)
        t.shows('detached]')
        same(t.settings(), before, 'settings after a signal')
        for s in both:
            s.close()
        # It ends; it tells what a terminal would obey, and of a console that
        # is not there any more.
        peer, asked = attached()
        asked.close()
        t.shows('the daemon does not answer')
        t.key('C-]')
        t.key('n')
        asked = daemon.accept()[0]
        for name in (b'vn\x1b[2J', b'vo' * 32, b'', b'vm', b'wm'):
            asked.send(b'I' + name + b' up')
        asked.send(b'Z')
        second = daemon.accept()[0]
        same(second.recv(100), b'A\0wm', 'the only other')
        same(peer.recv(100), b'', 'it left the first')
        second.send(b'Ethere is no console of this name')
        t.shows('detached]')
        t.shows('wm: there is no console of this name')
        same(t.settings(), before, 'settings after an error')


def resizing_is_harmless():
    with Place() as place, Terminal(place) as t:
        place.start()
        place.device('vm', 'echo')
        t.attach(place)
        for x, y in ((40, 10), (200, 60), (10, 3), (80, 24)):
            t.tmux('resize-window', f'-x{x}', f'-y{y}')
            t.type('.')
            time.sleep(0.1)
        t.type('resized')
        t.shows('resized')
        looker = Viewer(place, 'vm')
        same(looker.read(11), b'....resized', 'what was typed')
        t.detach()


def a_paste_of_100_kib_arrives_whole():
    with Place() as place, Terminal(place) as t:
        place.start('--scrollback', '256K')
        place.device('vm', 'echo')
        looker = Viewer(place, 'vm', flags=1)
        t.attach(place)
        paste = records(0, 12800)
        buffer = place.path('paste')
        with open(buffer, 'wb') as file:
            file.write(paste)
        t.tmux('load-buffer', buffer)
        begin = time.monotonic()
        t.tmux('paste-buffer', '-r')
        back = looker.read(len(paste), 60)
        note(f'100 KiB pasted and echoed in {time.monotonic() - begin:.2f} s')
        same(back == paste, True, 'the paste')
        same(looker.lost, 0, 'lost')
        t.shows('0012799')
        # All of it went over the screen too: LF alone, so by its own numbers.
        seen = set(re.findall(r'\d{7}', t.screen('-J', '-S', '-')))
        missing = [i for i in range(12800) if f'{i:07d}' not in seen]
        same(missing[:5], [], 'lines that the terminal did not show')
        t.detach()


def a_second_viewer_only_looks_and_may_take_over():
    with Place() as place, Terminal(place) as t:
        place.start()
        place.device('vm', 'echo')
        writer = Viewer(place, 'vm')
        t.attach(place)
        t.shows('this one only looks')
        t.type('nothing')
        writer.type(b'from the other')
        t.shows('from the other')
        true('nothing' not in t.screen(), 'it does not type')
        t.key('C-]')
        t.key('t')
        t.shows('this viewer types now')
        t.type('something')
        t.shows('something')
        t.detach()
        t.attach(place, '--read-only')
        t.type('nothing at all')
        writer.quiet()
        true(b'nothing' not in writer.bytes, 'it still does not type')
        t.key('C-]')
        t.key('t')
        t.shows('this viewer only looks: it was started so')
        t.detach()


def a_signal_restores_the_terminal():
    with Place() as place, Terminal(place) as t:
        place.start()
        place.device('vm', 'echo')
        before = t.settings()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            t.attach(place)
            os.kill(t.pid(), number)
            t.shows('detached]')
            same(t.settings(), before, f'settings after signal {number}')


def a_killed_daemon_is_waited_for_and_a_killed_client_comes_back():
    with Place() as place, Terminal(place) as t:
        place.start()
        place.device('vm', 'echo')
        t.attach(place)
        t.type('before|')
        t.shows('before|')
        place.end(signal.SIGKILL)
        t.shows('waiting for another')
        place.start()
        t.shows('attached again')
        t.type('after|')
        t.shows('after|')
        os.kill(t.pid(), signal.SIGKILL)
        t.shows('Killed')
        # SIGKILL leaves the terminal raw: nobody can help that.
        t.key('stty sane; echo sane$((1+1))', 'C-j')
        t.shows('sane2')
        somebody_else_types(place, b'after|', b'meanwhile|')
        t.attach(place)
        t.shows('after|meanwhile|')
        t.detach()


def bad_usage_is_one_line():
    with Place() as place:
        place.start()
        for words, status, text in (
            (['nobody'], 1, 'there is no console of this name'),
            (['../x'], 2, 'no console'),
            ([], 2, 'name is needed'),
            (['--wrong', 'x'], 2, 'unknown option'),
            (['--escape', 'm', 'x'], 2, '--escape'),
        ):
            r = subprocess.run(
                [CLIENT, '--socket', place.socket, *words],
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                timeout=20,
            )
            same(r.returncode, status, words)
            true(text in r.stderr, r.stderr)
        place.end()
        r = subprocess.run(
            [CLIENT, '--socket', place.socket, 'vm'],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=20,
        )
        same(r.returncode, 1, 'status')
        true('no daemon is there' in r.stderr, r.stderr)


if not shutil.which('tmux'):
    print('1..0 # SKIP no tmux here')
else:
    main(
        what_is_typed_comes_back_and_detaching_restores_the_terminal,
        attaching_again_shows_what_was_missed,
        the_escape_key_can_be_sent_changed_and_explained,
        the_escape_key_and_b_send_a_break,
        what_was_kept_makes_the_terminal_type_nothing,
        what_the_operator_says_has_a_line_of_its_own,
        keys_go_from_console_to_console,
        there_may_be_no_other_console,
        what_a_guest_has_set_ends_with_its_console,
        a_break_stays_with_the_console_that_was_left,
        until_gone_is_for_the_console_that_was_named,
        a_daemon_that_fails_in_the_middle_leaves_the_terminal_whole,
        resizing_is_harmless,
        a_paste_of_100_kib_arrives_whole,
        a_second_viewer_only_looks_and_may_take_over,
        a_signal_restores_the_terminal,
        a_killed_daemon_is_waited_for_and_a_killed_client_comes_back,
        bad_usage_is_one_line,
    )
