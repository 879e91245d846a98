# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""An emulated arm64 host with KVM, for other machines.

QEMU emulates an arm64 machine with EL2; Debian's arm64 kernel runs on it, and
under that the programs of examples/kvm and tools/console, which are compiled
for arm64 here. The packages are those that arm64_packages_fetch of lib.sh has
unpacked; none of them is installed.

    programs = build(packages, directory)     compile: {name: path}
    root = host_initrd(packages, programs, run)  all there is on the host
    process = start(packages, root)           its console on two pipes

Initrds are memfds, so that they leave no files behind.
"""

import ctypes
import os
import pathlib
import shutil
import signal
import stat
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
QEMU = 'qemu-system-aarch64'
COMPILER = 'aarch64-linux-gnu-gcc'
TARGETS = [
    'examples/kvm/vpl011-kvm',
    'tools/console/vpl011-consoled',
    'tools/console/vpl011-console',
    'bench/vpl011-bench-kvm',
]

# Where things are on the host.
KERNEL = '/guest/Image'
INITRD = '/guest/initrd'
FIRMWARE = '/guest/u-boot.bin'
UBOOT = pathlib.Path('/usr/lib/u-boot/qemu_arm64/u-boot.bin')

CROSS_FILE = """\
[binaries]
c = '{compiler}'
ar = 'aarch64-linux-gnu-ar'
strip = 'aarch64-linux-gnu-strip'

[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'cortex-a76'
endian = 'little'

[built-in options]
c_args = ['-isystem', '{packages}/include']
c_link_args = ['-static', '-L{packages}/lib']
"""

# Of the host and of the guest alike: an empty root becomes a usable one.
MOUNTS = """\
#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /tmp
mount -t devpts devpts /dev/pts
mount -t tmpfs -o mode=700 tmpfs /tmp
ln -sf /proc/self/fd /dev/fd
dmesg -n 1
export HOME=/ PATH=/bin TERM=vt100
"""

# A shell that owns the console, so that Ctrl-C in it works; then off. Without
# -f, busybox asks an init that is not there.
GUEST_INIT = (
    MOUNTS
    + """\
cat >/etc/shell <<'END'
poweroff() { busybox poweroff -f; }
halt() { busybox poweroff -f; }
reboot() { busybox reboot -f; }
END
export ENV=/etc/shell
export PS1='guest# '
echo "libvpl011 guest: $(uname -r)"
setsid cttyhack sh
poweroff -f
"""
)


class Failed(Exception):
    """What could not be done, in one line or with the end of a log."""


def missing(packages):
    """What is not here of that which a host needs, in words; or ''."""
    for name in ('Image', 'busybox', 'lib/libfdt.a', 'include/libfdt.h'):
        if not (packages / name).is_file():
            return f'no {packages / name}: scripts/test fetches it on Debian 12'
    for program in (QEMU, COMPILER, 'meson', 'ninja'):
        if not any(
            os.access(pathlib.Path(place) / program, os.X_OK)
            for place in os.get_exec_path()
        ):
            return f'no {program} here'
    return ''


def run_logged(command, log, tick):
    # Only what is said here decides about a build for another machine.
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in ('CC', 'CFLAGS', 'CPPFLAGS', 'LDFLAGS')
    }
    with open(log, 'w', encoding='utf-8') as out:
        process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    status = None
    while status is None:
        tick()
        try:
            status = process.wait(0.5)
        except subprocess.TimeoutExpired:
            pass
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if status != 0:
        said = log.read_text(encoding='utf-8', errors='replace')
        end = '\n'.join(said.splitlines()[-30:])
        raise Failed(f'{command[0]} failed; the end of {log}:\n{end}')


def build(packages, directory, tick=lambda: None):
    """Compile the programs for arm64; {name: path}. May raise Failed.

    tick  called now and then meanwhile
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    cross = directory.with_name(directory.name + '-cross.ini')
    text = CROSS_FILE.format(compiler=COMPILER, packages=packages.resolve())
    if not cross.exists() or cross.read_text(encoding='utf-8') != text:
        cross.write_text(text, encoding='utf-8')
    if not (directory / 'build.ninja').exists():
        setup = ['meson', 'setup', '--cross-file', str(cross)]
        setup += ['-Dtests=disabled', '-Dfdt=enabled', '-Dposix=enabled', '-Dkvm=enabled']
        setup += ['-Ddefault_library=static', '-Dbuildtype=release']
        setup += ['--werror', str(directory), str(ROOT)]
        if directory.exists():
            # Of one that was interrupted
            shutil.rmtree(directory)
        log = directory.with_name(directory.name + '-setup.log')
        run_logged(setup, log, tick)
    log = directory.with_name(directory.name + '-build.log')
    run_logged(['ninja', '-C', str(directory), *TARGETS], log, tick)
    return {pathlib.Path(t).name: directory / t for t in TARGETS}


class Archive:
    """A cpio archive as the kernel unpacks it ("newc")."""

    def __init__(self, name):
        self.file = os.fdopen(os.memfd_create(name), 'wb')
        self.inode = 0
        self.entries = set()

    def finish(self):
        """The file, which lives as long as this."""
        self.add('TRAILER!!!', 0, b'')
        self.file.flush()
        return self.file

    def add(self, name, mode, content, device=(0, 0)):
        if name in self.entries:
            return
        parent = os.path.dirname(name)
        if parent:
            self.add(parent, stat.S_IFDIR | 0o755, b'')
        self.entries.add(name)
        self.inode += 1
        name = name.encode() + b'\0'
        fields = [self.inode, mode, 0, 0, 1, 0, len(content)]
        fields += [0, 0, *device, len(name), 0]
        self.file.write(b'070701' + b''.join(b'%08X' % f for f in fields))
        for data in (name, content):
            self.file.write(data)
            self.file.write(b'\0' * (-self.file.tell() % 4))

    def program(self, name, content):
        self.add(name, stat.S_IFREG | 0o755, content)

    def root(self, packages, init):
        """What /init needs: the mount points, and busybox."""
        for name in ('proc', 'sys', 'dev', 'tmp', 'etc'):
            self.add(name, stat.S_IFDIR | 0o755, b'')
        self.add('dev/console', stat.S_IFCHR | 0o600, b'', (5, 1))
        self.program('bin/busybox', (packages / 'busybox').read_bytes())
        self.add('bin/sh', stat.S_IFLNK | 0o777, b'busybox')
        self.program('init', init.encode())


def guest_initrd(packages):
    """The guest's initrd: a file."""
    archive = Archive('guest-initrd')
    archive.root(packages, GUEST_INIT)
    return archive.finish()


def host_initrd(packages, programs, run, more=None):
    """The host's initrd: a file.

    run   a shell script that is all the host does; then it is off
    more  {name: bytes} of further files
    """
    archive = Archive('host-initrd')
    archive.root(packages, MOUNTS + '. /run.sh\npoweroff -f\n')
    archive.program('run.sh', run.encode())
    for name, program in programs.items():
        archive.program('bin/' + name, program.read_bytes())
    archive.program(KERNEL[1:], (packages / 'Image').read_bytes())
    with guest_initrd(packages) as guest:
        archive.program(INITRD[1:], path_of(guest).read_bytes())
    if UBOOT.is_file():
        archive.program(FIRMWARE[1:], UBOOT.read_bytes())
    for name, content in (more or {}).items():
        archive.program(name.lstrip('/'), content)
    return archive.finish()


def path_of(file):
    """Of a file without a name, for this process and those it is passed to."""
    return pathlib.Path(f'/proc/self/fd/{file.fileno()}')


def machine(packages, initrd, processors, steady=False):
    """The command that is the host.

    steady  its clock counts instructions, four nanoseconds each, and what waits
            for the time does not wait: however busy this machine is, its times
            are the same. With one processor only.
    """
    threads = 'single' if steady else 'multi'
    return [
        QEMU,
        *('-M', 'virt,virtualization=on,gic-version=3'),
        *('-cpu', 'cortex-a76', '-smp', str(processors)),
        *('-m', '1536'),
        *('-accel', f'tcg,thread={threads},tb-size=512'),
        *(('-icount', 'shift=2,sleep=off') if steady else ()),
        *('-nodefaults', '-display', 'none', '-no-reboot'),
        # Without a signal: Ctrl-C is for the guest.
        *('-chardev', 'stdio,id=console,signal=off'),
        *('-serial', 'chardev:console'),
        *('-kernel', str(packages / 'Image'), '-initrd', str(initrd)),
        # Nothing of the kernel's on the console once /init runs.
        '-append',
        'console=ttyAMA0 quiet loglevel=1 nokaslr mitigations=off',
    ]


def die_with_parent():
    """In the child: SIGKILL when the program that started it ends, however
    that happened; and no signals of its terminal."""
    os.setsid()
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def start(packages, initrd, processors=1, steady=False):
    """Run the host: a process with pipes, which goes when this one does."""
    return subprocess.Popen(
        machine(packages, path_of(initrd), processors, steady),
        pass_fds=[initrd.fileno()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        preexec_fn=die_with_parent,
    )
