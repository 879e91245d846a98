#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
#
# Makes docs/qemu-differences.md of the list of accepted differences, or with
# --check says whether it is up to date.
set -eu

check=
if [ "${1:-}" = --check ]; then
    check=1
    shift
fi
if [ $# -ne 2 ]; then
    echo "usage: document.sh [--check] ACCEPTED.txt DOCUMENT.md" >&2
    exit 2
fi

document() {
    cat <<'END'
# Differences from QEMU's PL011

Most guests were tested on QEMU's PL011. This page lists every difference that a guest or the far end can notice
between it and libvpl011, configured alike (r1p1, 16 deep, no modem input asserted; by default, and with
`VPL011_CFG_STRICT_INTERRUPTS` and `VPL011_CFG_STRICT_ENABLES`). The list is complete in this sense: `tests/differential`
sends the same random accesses, characters, BREAKs and resets to both, compares every value, the interrupt line and every
character sent, and fails on any difference that is not here, and on any entry that is not needed. "In QEMU" names the
versions that were tested. The test first probes which differences the installed version has, so that it runs with any.
QEMU 7.2 has no loopback: sequences with loopback are compared from version 10.0 on.

This page is generated from `tests/differential/accepted.txt` by `tests/differential/document.sh`.
END
    awk '
        /^#/ || /^$/ { next }
        /^[^ ]/ { flush(); printf "\n## %s\n\n", $1; next }
        /^    [a-z]+: / {
            flush()
            name = $1
            sub(/^    [a-z]+: /, "")
            text = $0
            next
        }
        { sub(/^ +/, ""); text = text " " $0 }
        END { flush() }
        function flush() {
            if (name == "qemu:") {
                printf "- **QEMU:** %s\n", text
            } else if (name == "seen:") {
                printf "- **In QEMU:** %s\n", text
            } else if (name == "here:") {
                printf "- **libvpl011:** %s\n", text
            } else if (name == "reason:") {
                printf "- **Why:** %s\n", text
            } else if (name == "spec:") {
                printf "- **Specification:** %s\n", text
            }
            name = ""
        }
    ' "$1"
}

if [ -n "$check" ]; then
    document "$1" | diff -u "$2" - && exit 0
    echo "$2 is out of date: run tests/differential/document.sh" >&2
    exit 1
fi
document "$1" >"$2"
