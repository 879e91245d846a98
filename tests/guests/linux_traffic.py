# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
"""Linux under KVM while characters flow in both directions: kernel messages
between them, a tty that is reconfigured and reopened, and a BREAK.

The guest's second UART, ttyAMA1, has a script at its far end, which knows
what it sent. It is not the console, so that closing it shuts it down.
"""

import random
import re

from emulated import case, host_for_test
from tap import done, note
from traffic import (
    KIB,
    interrupts,
    md5,
    md5_of,
    now,
    of_second,
    random_bytes,
    same,
    same_text,
    since,
    sums_hold,
)

OPTIONS = '--second /tmp/second --second-script /data/script'
APPEND = 'mitigations=off quiet printk.time=0 printk.devkmsg=on'
INPUT_SIZE = 8 * KIB
INPUT = random_bytes(5, INPUT_SIZE)
REOPENED = 50
SCRIPT = b"""\
timeout 400
expect <stty>
rate 115200
sendfile /data/in
expect <reopen>
rate 0
sendfile /data/flood
"""
FILES = {
    '/data/script': SCRIPT,
    '/data/in': INPUT,
    # More than the guest takes: it must never find that nothing comes.
    '/data/flood': random_bytes(6, 512 * KIB),
}

# What is sent over the console in letters, so that it can be told from the
# kernel's messages, which are digits. At level 0 these are printed, but nothing
# that the kernel has to say of a slow machine.
PREPARE = """\
head -c 4096 /dev/urandom | hexdump -v -e '1/1 "%02x"' | tr 0-9a-f a-p | \
fold -w 64 >/tmp/out; echo >>/tmp/out; tr -d '\\n' </tmp/out | wc -c"""
BOTH_WAYS = """\
(stty raw -echo; \
(i=1000; while [ ! -e /tmp/end ]; do echo "<0>$i" >/dev/kmsg; i=$((i+1)); done) & \
echo "<""go>"; (while read -r line; do echo $line; done </tmp/out) & out=$!; \
head -c 8192 >/tmp/in; wait $out; touch /tmp/end; wait; \
stty sane; echo "<""gone>")"""


def messages(guest):
    with case('8 KiB each way while kernel messages print') as c:
        before = now(guest)
        same(guest.command(PREPARE).split(), ['8192'], 'bytes to send')
        typed = ''.join(random.Random(4).choices('abcdefghijklmnop', k=8 * KIB))
        guest.send(BOTH_WAYS + '\r')
        begin = guest.expect(re.compile(rb'<go>\r*\n')).end()
        guest.send(typed)
        end = guest.expect('<gone>').start()
        guest.expect('guest# ')
        said = guest.host.text(begin, end)
        same(md5_of(guest.command, '/tmp/in'), md5(typed.encode()), 'typed')
        letters = ''.join(re.findall('[a-p]', said))
        wanted = guest.command('cat /tmp/out').replace('\n', '')
        same_text(letters, wanted, 'said')
        numbers = re.findall('[0-9]', said)
        count = len(numbers) // 4
        wanted = ''.join(str(n) for n in range(1000, 1000 + count))
        same(''.join(numbers), wanted, 'kernel messages')
        between = re.search('[a-p].*[a-p]', said, re.S)[0]
        count = len(re.findall('[0-9]', between)) // 4
        assert count >= 20, f'only {count} kernel messages'
        note(f'{count} kernel messages between the characters')
        c.figures = since(before, now(guest))


def answers_sysrq(guest):
    with case('BREAK, then a SysRq key: the kernel answers') as c:
        before = now(guest)
        guest.send('\x1dbh')
        guest.expect('sysrq: HELP : ')
        guest.send('\x1dbs')
        guest.expect('sysrq: Emergency Sync')
        guest.send('\r')
        guest.expect('guest# ')
        # Neither key went to the shell.
        same(guest.command('echo all').split(), ['all'], 'said')
        c.figures = since(before, now(guest))


# ttyAMA1 stays open all the time, but is reconfigured by others. stty waits
# until what was written is sent, so that there is output before each of them.
# What a shell writes while its child ends can be lost in the shell, by SIGCHLD:
# hence the writing in a process of its own.
RECONFIGURED = 12
LINE = 240  # [bytes] written each time
RECONFIGURE = f"""\
(stty -F /dev/ttyAMA1 raw -echo; exec 3<>/dev/ttyAMA1; \
head -c {INPUT_SIZE} <&3 >/tmp/in1 & printf "<stty>" >&3; i=0; \
while [ $i -lt {RECONFIGURED} ]; do [ $((i%2)) = 0 ] && \
new="9600 crtscts" || new="115200 -crtscts"; \
(printf "%0{LINE}d" $i >&3); stty -F /dev/ttyAMA1 $new; \
[ $i = 0 ] && stty -a -F /dev/ttyAMA1 >/tmp/stty; i=$((i+1)); done; wait; \
cat /tmp/stty)"""


def reconfigured(guest):
    with case('stty 9600 crtscts and back while both directions flow') as c:
        before = now(guest)
        said = guest.command(RECONFIGURE)
        assert 'speed 9600 baud' in said and ' crtscts' in said, said
        same(md5_of(guest.command, '/tmp/in1'), md5(INPUT), 'received')
        figures = since(before, now(guest))
        same(figures['second, pushed'], len(INPUT), 'pushed')
        same(figures['second, received, flushed'], 0, 'flushed')
        c.figures = of_second(figures)


REOPEN = f"""\
(i=0; while [ $i -lt {REOPENED} ]; do exec 3<>/dev/ttyAMA1; \
[ $i = 0 ] && printf "<reopen>" >&3; printf "%0{LINE}d" $i >&3; \
head -c 100 <&3 >/dev/null; exec 3>&-; i=$((i+1)); done)"""


def reopened(guest):
    name = f'the tty closed and reopened {REOPENED} times in traffic'
    with case(name) as c:
        before = now(guest)
        guest.command(REOPEN)
        after = of_second(now(guest))
        sums_hold(after)
        pushed, read, flushed, held = (
            after[name]
            for name in ('pushed', 'received, read', 'received, flushed', 'held')
        )
        note(
            f'pushed {pushed} = read {read} + flushed {flushed} + held {held}'
        )
        assert flushed > 0, 'the guest never flushed a character'
        assert held >= KIB, 'the flood ended'
        c.figures = since(of_second(before), after)


def lines(count):
    return ''.join(f'{i:0{LINE}}' for i in range(count))


def main():
    with host_for_test(more=FILES) as host:
        with host.monitor(OPTIONS, append=APPEND) as guest:
            with case('boot, with a second UART') as c:
                guest.boot()
                c.figures = now(guest)
            messages(guest)
            answers_sysrq(guest)
            reconfigured(guest)
            reopened(guest)
            with case('poweroff; nothing lost') as c:
                count = interrupts(guest)
                assert count > 0, 'no interrupt'
                c.figures = guest.poweroff()
                sums_hold(c.figures)
                sums_hold(of_second(c.figures))
                said = host.shell('cat /tmp/second')
                wanted = '<stty>' + lines(RECONFIGURED)
                same_text(said, wanted + '<reopen>' + lines(REOPENED), 'sent')
    done()


if __name__ == '__main__':
    main()
