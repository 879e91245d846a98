# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""scripts/demo --ring in a terminal: it detaches, attaches again, and says what
became of its guest. It runs in a tree of its own, with the programs of this
build, so that nothing is installed or built."""

import contextlib
import os
import shutil
import signal

from consoles import CLIENT, DAEMON, Place, Pty, main, same, true, wait_for

IMAGE = '/usr/lib/u-boot/qemu_arm64/u-boot.bin'
SCRIPTS = os.path.join(os.environ['SOURCE_ROOT'], 'scripts')
PROGRAMS = {
    'tools/console/vpl011-consoled': DAEMON,
    'tools/console/vpl011-console': CLIENT,
}
# The daemon sees that a guest has closed its ring before its process has ended.
SLOW_END = f"""\
#!/bin/sh
trap 'kill $!' TERM
{os.environ['UBOOT']} "$@" &
wait
sleep 1
"""


class Tree(Place):
    def __enter__(self):
        scripts = self.path('tree/scripts', make=True)
        for name in ('demo', 'lib.sh'):
            shutil.copy(os.path.join(SCRIPTS, name), scripts)
        with open(os.path.join(scripts, 'packages'), 'w', encoding='ascii'):
            pass
        build = self.path('tree/build/demo')
        rules = ''
        for name, program in [*PROGRAMS.items(), ('examples/uboot/uboot', None)]:
            path = os.path.join(build, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            rules += f'build {name}: phony\n'
            if program:
                os.symlink(program, path)
            else:
                with open(path, 'w', encoding='utf-8') as file:
                    file.write(SLOW_END)
                os.chmod(path, 0o755)
        with open(f'{build}/build.ninja', 'w', encoding='ascii') as file:
            file.write(rules)
        self.runtime = self.path('run', make=True)
        return self

    def __exit__(self, *error):
        for process in self.started:
            # What it left behind has no other name.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        super().__exit__(*error)

    def pid(self, name):
        path = f'{self.runtime}/vpl011-demo-{os.getuid()}/{name}'
        try:
            with open(path, encoding='ascii') as file:
                return int(file.read())
        except (FileNotFoundError, ValueError):
            return 0

    def demo(self, *options):
        return Pty(
            self,
            [self.path('tree/scripts/demo'), '--ring', *options],
            env=dict(os.environ, XDG_RUNTIME_DIR=self.runtime),
        )


def it_detaches_and_attaches_again():
    with Tree() as tree:
        demo = tree.demo()
        demo.expect(b'=> ')
        demo.type(b'echo fir"st"\r')
        demo.expect(b'first\r\n=> ')
        demo.type(b'\x1dq')
        status, said = demo.end()
        same(status, 0, 'exit status')
        true('the guest runs on: ' in said, said)

        os.kill(tree.pid('daemon'), signal.SIGKILL)
        demo = tree.demo()
        demo.expect(b'the guest runs: attaching again')
        demo.type(b'echo sec"ond"\r')
        demo.expect(b'second\r\n=> ')
        demo.type(b'\x1dq')
        same(demo.end()[0], 0, 'exit status')


def a_guest_that_has_powered_off_is_not_said_to_run_on():
    with Tree() as tree:
        demo = tree.demo()
        demo.expect(b'=> ')
        demo.type(b'poweroff\r')
        status, said = demo.end()
        same(status, 0, 'exit status')
        true('runs on' not in said, said)


def stop_ends_the_guest_and_says_where_there_is_none():
    with Tree() as tree:
        demo = tree.demo()
        demo.expect(b'=> ')
        status, said = tree.demo('--stop').end()
        true(status == 0 and 'the guest is ended' in said, said)
        true('runs on' not in demo.end()[1], 'the one that looked on')
        wait_for(lambda: not tree.pid('guest'), 'the end of the guest')
        status, said = tree.demo('--stop').end()
        true(status == 1 and 'no guest runs' in said, said)


if not os.path.exists(IMAGE):
    print(f'1..0 # SKIP no {IMAGE} (Debian: u-boot-qemu)')
else:
    main(
        it_detaches_and_attaches_again,
        a_guest_that_has_powered_off_is_not_said_to_run_on,
        stop_ends_the_guest_and_says_where_there_is_none,
    )
