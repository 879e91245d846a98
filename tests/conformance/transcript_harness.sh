#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
#
# The transcripts' own test: what is wrong in a transcript is found, and told
# with the file and the line.
set -u

transcript=$1

# What Meson runs a program of another machine with is quoted for a shell.
run() {
    eval "${MESON_EXE_WRAPPER:-} \"\$@\""
}
file=$(mktemp)
trap 'rm -f "$file"' EXIT
number=0
status=0

# fails DESCRIPTION LINE TEXT: what is on stdin fails in LINE with TEXT
fails() {
    number=$((number + 1))
    cat >"$file"
    if said=$(run "$transcript" "$file" 2>&1 >/dev/null); then
        said="it passed"
    elif printf '%s' "$said" | grep -qF "$file:$2: $3"; then
        echo "ok $number - $1"
        return
    fi
    echo "not ok $number - $1"
    echo "# expected line $2: $3"
    printf '%s\n' "$said" | sed 's/^/# /'
    status=1
}

fails 'a wrong register value is told with both values' 4 \
    'expected: UARTFR 0x010 RXFE' <<'END'
# TRM
case x
nothing
    UARTFR RXFE
END
fails 'an effect that was not foreseen' 3 \
    'this also causes: sent "a"' <<'END'
# TRM
case x
write UARTDR 'a'
    UARTRIS TX
END
fails 'an effect that did not happen' 4 'expected: sent "a"' <<'END'
# TRM
case x
nothing
    sent "a"
END
fails 'another effect than the one foreseen' 4 'expected: sent "b"' <<'END'
# TRM
case x
write UARTDR 'a'
    sent "b"
END
fails 'an effect told once that happens twice' 3 \
    'this also causes: mistake read-only' <<'END'
# TRM
case x
write UARTFR "ab"
    mistake read-only
END
fails 'an unknown action' 3 'not understood: wriet UARTDR 1' <<'END'
# TRM
case x
wriet UARTDR 1
END
fails 'an unknown register' 3 'not understood: write UARTXY 1' <<'END'
# TRM
case x
write UARTXY 1
END
fails 'an unknown bit' 3 'not understood: write UARTCR UARTON' <<'END'
# TRM
case x
write UARTCR UARTON
END
fails 'an unknown effect' 4 'not understood:     smoke' <<'END'
# TRM
case x
nothing
    smoke
END
fails 'an unknown kind of device' 3 'no such device: device 16550' <<'END'
# TRM
case x
device 16550
END
fails 'a register whose reading has an effect is no state' 4 \
    'not understood:     UARTDR 0' <<'END'
# TRM
case x
nothing
    UARTDR 0
END
fails 'an effect of no action' 3 'an effect of no action' <<'END'
# TRM
case x
    UARTRIS none
END
fails 'a case that expects nothing' 2 'this case expects nothing: x' <<'END'
# TRM
case x
nothing
END
fails 'an action outside a case' 2 'an action before the first case' <<'END'
# TRM
nothing
END
fails 'a file that names no section' 1 \
    'the first line is to name a section' <<'END'
case x
nothing
    UARTRIS none
END
number=$((number + 1))
echo '# TRM' >"$file"
if run "$transcript" "$file" >/dev/null 2>&1; then
    echo "not ok $number - a file without a case"
    status=1
else
    echo "ok $number - a file without a case"
fi
echo "1..$number"
exit $status
