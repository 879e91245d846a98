# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""A guest's console in a browser: xterm.js in headless Chromium, and behind it a
small server that runs the client in a pty. What shows is left as a picture,
console-browser.png in the build directory."""

import base64
import contextlib
import fcntl
import http.server
import json
import os
import select
import shutil
import subprocess
import threading
import time

from consoles import CLIENT, Place, Pty, Viewer, main, note, same, true, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
XTERM = os.path.join(os.environ['XTERM'], 'node_modules/@xterm/xterm')
FILES = {
    '/': (os.path.join(HERE, 'page.html'), 'text/html'),
    '/xterm.js': (os.path.join(XTERM, 'lib/xterm.js'), 'text/javascript'),
    '/xterm.css': (os.path.join(XTERM, 'css/xterm.css'), 'text/css'),
}

# What shows, as it is drawn.
ROWS = "document.querySelector('.xterm-rows').innerText"
# The colour of what is drawn with this text.
COLOUR = """
[...document.querySelectorAll('.xterm-rows span')]
    .filter((span) => span.textContent.includes('%s'))
    .map((span) => getComputedStyle(span).color)[0]
"""


class Handler(http.server.BaseHTTPRequestHandler):
    """The page, and for one terminal its output as events and its input."""

    def log_message(self, *words):
        pass

    def head(self, kind):
        self.send_response(200)
        self.send_header('Content-Type', kind)
        self.end_headers()

    def do_GET(self):
        if self.path in FILES:
            path, kind = FILES[self.path]
            self.head(kind)
            with open(path, 'rb') as file:
                shutil.copyfileobj(file, self.wfile)
        elif self.path == '/output':
            self.head('text/event-stream')
            with contextlib.suppress(OSError):
                while True:
                    text = os.read(self.server.terminal, 4096)
                    event = b'data: %s\n\n' % base64.b64encode(text)
                    self.wfile.write(event)
        else:
            self.send_error(404)

    def do_POST(self):
        count = int(self.headers['Content-Length'])
        os.write(self.server.terminal, self.rfile.read(count))
        self.head('text/plain')


@contextlib.contextmanager
def served(place, *words):
    """The client in a terminal, for the browser: its address, and the process."""
    terminal = Pty(place, [CLIENT, '--socket', place.socket, *words], size=(24, 80))
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.daemon_threads = True
    server.terminal = terminal.ours
    threading.Thread(target=server.serve_forever).start()
    try:
        yield f'http://127.0.0.1:{server.server_port}/', terminal.process
    finally:
        server.shutdown()
        server.server_close()


class Browser:
    """Chromium, driven by its DevTools protocol over two pipes, which are its
    descriptors 3 and 4. It asks nobody on the network for anything."""

    OPTIONS = [
        '--headless=new',
        '--remote-debugging-pipe',
        # Root, and a container, have no sandbox; the page is ours.
        '--no-sandbox',
        '--disable-dev-shm-usage',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
        '--window-size=820,640',
    ]

    def __init__(self, place):
        theirs, self.to = os.pipe()
        self.come, other = os.pipe()
        # Beyond 3 and 4, so that neither is closed by the other's redirection.
        theirs_in, theirs_out = (
            fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (theirs, other)
        )
        with open(place.path('chromium'), 'wb') as said:
            self.process = subprocess.Popen(
                [
                    'bash',
                    '-c',
                    f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}',
                    'bash',
                    'chromium',
                    *self.OPTIONS,
                    f'--user-data-dir={place.path("profile")}',
                    'about:blank',
                ],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                pass_fds=[theirs_in, theirs_out],
            )
        place.started.append(self.process)
        for fd in (theirs, other, theirs_in, theirs_out):
            os.close(fd)
        self.heard = b''
        self.last = 0
        self.session = None

    def close(self):
        """With its other processes, which write to the profile until then."""
        self.call('Browser.close', of_page=False)
        self.process.wait(60)
        for fd in (self.to, self.come):
            os.close(fd)

    def message(self):
        end = time.monotonic() + 60
        while b'\0' not in self.heard:
            left = end - time.monotonic()
            true(select.select([self.come], [], [], max(left, 0))[0], 'an answer')
            text = os.read(self.come, 65536)
            true(text, 'the browser lives')
            self.heard += text
        message, self.heard = self.heard.split(b'\0', 1)
        return json.loads(message)

    def call(self, method, of_page=True, **params):
        self.last += 1
        request = {'id': self.last, 'method': method, 'params': params}
        if of_page:
            request['sessionId'] = self.session
        os.write(self.to, json.dumps(request).encode() + b'\0')
        while True:
            answer = self.message()
            if answer.get('id') == self.last:
                true('error' not in answer, answer)
                return answer['result']

    def open(self, address):
        target = self.call('Target.createTarget', of_page=False, url=address)
        self.session = self.call(
            'Target.attachToTarget',
            of_page=False,
            targetId=target['targetId'],
            flatten=True,
        )['sessionId']

    def value(self, expression):
        """None where it is none, or an error: the page may not be there yet."""
        answer = self.call('Runtime.evaluate', expression=expression)
        return answer['result'].get('value')

    def shows(self, text):
        def there():
            # What is blank is drawn as no-break spaces.
            return text in (self.value(ROWS) or '').replace('\xa0', ' ')

        try:
            wait_for(there, f'"{text}" shows', 60)
        except AssertionError:
            note(self.value(ROWS))
            raise

    def key(self, text, code='', number=0, control=False):
        """A key as if somebody had pressed it."""
        writes = len(text) == 1 and not control
        for kind in ('keyDown' if writes else 'rawKeyDown', 'keyUp'):
            self.call(
                'Input.dispatchKeyEvent',
                type=kind,
                key=text,
                code=code,
                windowsVirtualKeyCode=number,
                modifiers=2 if control else 0,
                text=text if kind == 'keyDown' else '',
            )

    def type(self, text):
        for c in text:
            self.key(c)

    def picture(self):
        data = self.call('Page.captureScreenshot', format='png')['data']
        return base64.b64decode(data)


@contextlib.contextmanager
def browser_and_daemon():
    with Place() as place:
        place.start()
        place.device('vm', 'echo')
        browser = Browser(place)
        yield place, browser
        browser.close()


def say(place, text):
    """Have the guest of an echo send it."""
    viewer = Viewer(place, 'vm', flags=2 | 4)
    viewer.type(text)
    same(viewer.read(len(text)), text, 'echo')
    viewer.close()


def a_console_is_shown_and_typed_into():
    with browser_and_daemon() as (place, browser):
        say(place, b'kept \x1b[1;32mgreen\x1b[m\r\n')
        looker = Viewer(place, 'vm', flags=1 | 4)
        with served(place, 'vm') as (address, client):
            browser.open(address)
            browser.shows('[vpl011-console: vm: Ctrl-] then q detaches]')
            browser.shows('kept green')
            # xterm.js' own bright green, which bold is.
            same(browser.value(COLOUR % 'green'), 'rgb(138, 226, 52)', 'drawn')
            browser.type('typed \u00e9')
            browser.key('Enter', 'Enter', 13)
            typed = 'typed \u00e9\r'.encode()
            same(looker.read(len(typed)), typed, 'what the guest had')
            browser.shows('typed \u00e9')
            say(place, b'\r\n\x1b[7m and live \x1b[m')
            browser.shows(' and live ')
            browser.shows('another viewer types now')
            picture = browser.picture()
            path = os.path.join(os.environ['BUILD_ROOT'], 'console-browser.png')
            with open(path, 'wb') as file:
                file.write(picture)
            note(f'{len(picture)} bytes: {path}')
            browser.key(']', 'BracketRight', 221, control=True)
            browser.key('q')
            browser.shows('[vpl011-console: detached]')
            same(client.wait(20), 0, 'exit status')


def what_was_kept_makes_it_type_nothing():
    with browser_and_daemon() as (place, browser):
        # Who it is, its state, where the cursor is.
        say(place, b'kept \x1b[c\x1b[>c\x1b[5n\x1b[6n')
        looker = Viewer(place, 'vm', flags=1 | 4)
        with served(place, 'vm') as (address, client):
            browser.open(address)
            browser.shows('kept')
            browser.type('x')
            same(looker.read(1), b'x', 'the first that is typed')
            # What comes from now on is answered, as on a serial line.
            browser.call('Input.insertText', text='\x1b[5n')
            same(looker.read(8), b'\x1b[5n\x1b[0n', 'the question and its answer')
            client.terminate()


def missing():
    if not shutil.which('chromium'):
        return 'no chromium here'
    if not os.path.exists(FILES['/xterm.js'][0]):
        return f'no xterm.js in {os.environ["XTERM"]}: scripts/test fetches it'
    return None


if missing():
    print(f'1..0 # SKIP {missing()}')
else:
    main(
        a_console_is_shown_and_typed_into,
        what_was_kept_makes_it_type_nothing,
    )
