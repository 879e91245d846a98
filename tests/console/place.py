# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Where the daemon is for those who do not say --socket: the places that the
manual names. Other users are those of a user namespace, and another /run is that
of a mount namespace."""

import os
import shutil
import stat
import subprocess

from consoles import CLIENT, DAEMON, Place, main, same, true, wait_for

# Of nobody, and not of another run of this test.
USER = 3000000 + os.getpid()
UNSHARE = ['unshare', '--user', f'--map-user={USER}']

FOR_ROOT = r'''
mount -t tmpfs -o mode=755 tmpfs /run
"$DAEMON" &
timeout 20 sh -c 'until [ -S /run/vpl011-consoled.sock ]; do sleep 0.01; done' ||
    echo 'it does not listen' >&2
"$CLIENT" --list
kill $!
wait $!
'''


def without_runtime_dir():
    return {k: v for k, v in os.environ.items() if k != 'XDG_RUNTIME_DIR'}


def no_namespaces():
    """Why there are none, or None."""
    r = subprocess.run(
        [*UNSHARE, '--mount', 'true'], capture_output=True, text=True, timeout=20
    )
    return r.stderr.strip() if r.returncode else None


def serves_its_clients(place, prefix, env):
    """It listens at place.socket, and a client finds it there."""
    with open(place.said, 'ab') as said:
        place.daemon = subprocess.Popen(
            [*prefix, DAEMON], stdin=subprocess.DEVNULL, stderr=said, env=env
        )
    place.started.append(place.daemon)
    wait_for(place.is_up, 'the daemon listens')
    r = subprocess.run(
        [*prefix, CLIENT, '--list'],
        capture_output=True,
        text=True,
        env=env,
        timeout=20,
    )
    same((r.returncode, r.stderr), (0, ''), 'a client')
    same(place.end(), 0, 'exit status')
    true(not os.path.exists(place.socket), 'the socket is removed')


def it_is_in_the_runtime_directory():
    with Place() as place:
        place.socket = place.path('vpl011-consoled.sock')
        env = dict(os.environ, XDG_RUNTIME_DIR=place.dir)
        serves_its_clients(place, [], env)


def it_is_in_run_for_root_who_has_none():
    why = no_namespaces()
    if why:
        return why
    r = subprocess.run(
        [*UNSHARE[:2], '--map-root-user', '--mount', 'sh', '-ec', FOR_ROOT],
        capture_output=True,
        text=True,
        env=without_runtime_dir(),
        timeout=60,
    )
    same((r.returncode, r.stderr), (0, ''), 'daemon and client')
    return None


def it_is_in_a_directory_of_its_own_for_others():
    why = no_namespaces()
    if why:
        return why
    own = f'/tmp/vpl011-consoled-{USER}'
    with Place() as place:
        place.socket = os.path.join(own, 'vpl011-consoled.sock')
        try:
            serves_its_clients(place, UNSHARE, without_runtime_dir())
            mode = stat.S_IMODE(os.stat(own).st_mode)
            same(mode, 0o700, 'of this user alone')
            # What somebody else has made there first is not used.
            os.chmod(own, 0o777)
            r = subprocess.run(
                [*UNSHARE, DAEMON],
                capture_output=True,
                text=True,
                env=without_runtime_dir(),
                timeout=20,
            )
            same(r.returncode, 1, r.stderr)
            true('nobody else can write' in r.stderr, r.stderr)
            same(os.listdir(own), [], 'nothing is made there')
        finally:
            shutil.rmtree(own, ignore_errors=True)
    return None


main(
    it_is_in_the_runtime_directory,
    it_is_in_run_for_root_who_has_none,
    it_is_in_a_directory_of_its_own_for_others,
)
