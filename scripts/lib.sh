# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The libvpl011 authors
#
# Sourced by the programs in scripts/ (POSIX sh). They set `root` to the top of
# the source tree first. Everything here prints on standard error and leaves
# standard input alone, which belongs to the program that is run at the end.
#
#   say TEXT            a line of the program
#   die TEXT            the same, and exit 1
#   quietly TEXT LOG CMD...   run CMD into LOG, TEXT and the seconds as progress;
#                       where it fails, the end of LOG and CMD's exit status
#                       and, where that is why, that the disk is full
#   packages_missing SET...   the Debian packages of scripts/packages that are
#                       in one of the sets and not installed, one in each line
#   packages_need SET...   on Debian 12 announce and install them, elsewhere
#                       name them and exit 1
#   disk_is_full DIR... name the first that has no room, or return false
#   arm64_packages_fetch DIR [rt]  of Debian's arm64 packages the newest cloud
#                       kernel as DIR/Image, busybox, and libfdt in include and
#                       lib, and with rt the real-time kernel as DIR/Image-rt,
#                       unless they are there; on Debian 12, without root and
#                       without a change to the system; prints why it fails, and
#                       returns false
#   cmocka_source_fetch DIR  the source of Debian's cmocka, likewise, as DIR/src
#                       and DIR/include
#   xterm_fetch DIR     xterm.js from npm's registry, as tests/remote has it in
#                       package-lock.json, as DIR/node_modules/@xterm/xterm
#
# scripts/packages, a line each:   name  sets  probe  # why
#   sets   with commas: demo, linux (scripts/demo --linux), base (any test),
#          quick, and names of suites and builds; `tests` stands for all but
#          demo and linux
#   probe  shows without dpkg, or in addition, that the thing is here:
#          cmd=meson, pc=unicorn (pkg-config), file=/usr/lib/..., or - for none

program=${0##*/}

say() {
    printf '%s: %s\n' "$program" "$*" >&2
}

die() {
    say "$*"
    exit 1
}

# What is left of a command that had no room is often an empty log, so that
# nothing else tells.
disk_is_full() {
    for disk_place in "$@"; do
        while [ ! -d "$disk_place" ]; do
            disk_place=$(dirname "$disk_place")
        done
        disk_free=$(df -Pk "$disk_place" 2>/dev/null |
            awk 'NR == 2 { print $4 }')
        if [ "${disk_free:-9999}" -lt 1024 ]; then
            say "the disk is full: $disk_free KiB are free at $disk_place"
            return 0
        fi
    done
    return 1
}

# Seconds behind TEXT while the caller works; ends with the caller, also where
# that is interrupted: a background job of sh ignores Ctrl-C.
ticker_() {
    seconds=0
    while kill -0 $$ 2>/dev/null; do
        printf '\r%s: %s %s s ' "$program" "$1" "$seconds" >&2
        sleep 1
        seconds=$((seconds + 1))
    done
}

quietly() {
    quietly_text=$1
    quietly_log=$2
    shift 2
    quietly_ticker=
    if [ -t 2 ]; then
        ticker_ "$quietly_text" >/dev/null </dev/null &
        quietly_ticker=$!
    else
        say "$quietly_text"
    fi
    quietly_status=0
    # In a shell of its own: a log that cannot be made must not end this one.
    ("$@" >"$quietly_log" 2>&1 </dev/null) || quietly_status=$?
    if [ -n "$quietly_ticker" ]; then
        kill "$quietly_ticker" 2>/dev/null || true
        wait "$quietly_ticker" 2>/dev/null || true
        printf '\r%*s\r' $((${#program} + ${#quietly_text} + 10)) '' >&2
    fi
    if [ "$quietly_status" -ne 0 ]; then
        say "$quietly_text: failed; the end of $quietly_log:"
        tail -n 20 "$quietly_log" >&2
        disk_is_full "$(dirname "$quietly_log")" "${TMPDIR:-/tmp}" / || true
    fi
    return "$quietly_status"
}

# name, probe and reason of each package of the sets, separated by tabs
packages_of_() {
    awk -v wanted="$*" '
        BEGIN { all = " " wanted " " ~ / tests / }
        /^[ \t]*(#|$)/ { next }
        {
            why = $0
            sub(/^[^#]*#[ \t]*/, "", why)
            count = split($2, sets, ",")
            for (i = 1; i <= count; i++) {
                if (index(" " wanted " ", " " sets[i] " ") ||
                    (all && sets[i] != "demo" && sets[i] != "linux")) {
                    print $1 "\t" $3 "\t" why
                    next
                }
            }
        }' "$root/scripts/packages"
}

package_is_here_() {
    case $2 in
    cmd=*) command -v "${2#cmd=}" >/dev/null 2>&1 && return 0 ;;
    pc=*) pkg-config --exists "${2#pc=}" 2>/dev/null && return 0 ;;
    file=*) [ -e "${2#file=}" ] && return 0 ;;
    *)
        # Nothing to look at without dpkg: the build will tell.
        command -v dpkg-query >/dev/null 2>&1 || return 0
        ;;
    esac
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null |
        grep -qx installed
}

packages_missing() {
    packages_of_ "$@" | while IFS='	' read -r name probe why; do
        package_is_here_ "$name" "$probe" || printf '%s\n' "$name"
    done
}

is_debian_12_() {
    [ -r /etc/os-release ] && command -v apt-get >/dev/null 2>&1 &&
        (. /etc/os-release && [ "$ID" = debian ] && [ "$VERSION_ID" = 12 ])
}

# packages_list_ MISSING SET...: the missing ones with their reasons, aligned
packages_list_() {
    packages_list_missing=$1
    shift
    packages_of_ "$@" | awk -F '\t' -v missing=" $packages_list_missing " '
        index(missing, " " $1 " ") { printf "    %-24s %s\n", $1, $3 }' >&2
}

packages_need() {
    missing=$(packages_missing "$@" | tr '\n' ' ')
    missing=${missing% }
    [ -n "$missing" ] || return 0

    if ! is_debian_12_; then
        say "missing (names of Debian 12 packages):"
        packages_list_ "$missing" "$@"
        die "install them, then run this again"
    fi
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            say "missing, and there is no sudo to install them with:"
            packages_list_ "$missing" "$@"
            die "run as root: apt-get install $missing"
        fi
        as_root=sudo
    fi
    say "will install with ${as_root:+sudo }apt-get:"
    packages_list_ "$missing" "$@"
    if [ -n "$as_root" ]; then
        # Asked for here, where nothing hides the question.
        sudo true </dev/null || die "sudo was refused; nothing was installed"
    fi
    apt_log=$(mktemp "${TMPDIR:-/tmp}/libvpl011-apt.XXXXXX")
    # An old index may still do: the installation decides. Where it does not,
    # what this says is the cause, which "unable to locate" would hide.
    quietly "reading the package index" "$apt_log" $as_root apt-get -q update \
        -o Acquire::Retries=1 || true
    apt_cause=$(sed -n 's/^[WE]: //p' "$apt_log" | head -n 1)
    # shellcheck disable=SC2086  # names of packages hold no spaces
    quietly "installing" "$apt_log" $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=300 \
        install --no-install-recommends $missing ||
        die "apt-get could not install: $missing${apt_cause:+
    The package index could not be read. Is this machine offline?
    $apt_cause}"
    rm -f "$apt_log"
    still=$(packages_missing "$@" | tr '\n' ' ')
    [ -z "$still" ] || die "still missing after the installation: $still"
}

# apt_apart_ DIR TOOL ARGUMENT...: apt with a state of its own in DIR, but the
# system's sources and keys
apt_apart_() {
    apt_apart_dir=$1
    apt_apart_tool=$2
    shift 2
    "$apt_apart_tool" -q \
        -o Dir::State="$apt_apart_dir/state" \
        -o Dir::State::status=/dev/null \
        -o Dir::Cache="$apt_apart_dir/cache" "$@"
}

# The same where the foreign architecture is the only one: no
# `dpkg --add-architecture`.
arm64_apt_() {
    arm64_apt_dir=$1
    arm64_apt_tool=$2
    shift 2
    apt_apart_ "$arm64_apt_dir" "$arm64_apt_tool" \
        -o APT::Architecture=arm64 -o APT::Architectures=arm64 "$@"
}

# The package that META, which names the newest version, stands for
arm64_newest_() {
    arm64_apt_ "$1" apt-cache depends "$2" |
        awk '$1 == "Depends:" && $2 ~ /^linux-image-/ { print $2; exit }'
}

# DIR, absolute: apt-get download writes to where it is started. Run where
# `set -e` has no effect. What decides whether all is here comes last, and at
# once: where it is, it is whole.
arm64_packages_get_() (
    cd "$1" && mkdir -p apt/state/lists/partial apt/cache/archives/partial ||
        exit 1
    rm -rf unpacked ./*.deb
    # One source of several may fail: the download decides.
    arm64_apt_ "$1/apt" apt-get update
    if ! arm64_packages_here_ .; then
        package=$(arm64_newest_ "$1/apt" linux-image-cloud-arm64)
        if [ -z "$package" ]; then
            echo "no linux-image-cloud-arm64 in the system's package sources"
            exit 1
        fi
        arm64_apt_ "$1/apt" apt-get download "$package" busybox-static \
            libfdt-dev || exit 1
        for deb in ./*.deb; do
            dpkg-deb -x "$deb" unpacked || exit 1
        done
        rm -rf include lib busybox
        echo "$package" >version &&
            mkdir include lib &&
            mv unpacked/usr/include/*fdt*.h include &&
            mv unpacked/usr/lib/aarch64-linux-gnu/libfdt.a lib &&
            mv unpacked/bin/busybox busybox &&
            mv unpacked/boot/vmlinuz-* Image || exit 1
        rm -rf unpacked ./*.deb
    fi
    if [ "$2" = rt ] && [ ! -e Image-rt ]; then
        package=$(arm64_newest_ "$1/apt" linux-image-rt-arm64)
        arm64_apt_ "$1/apt" apt-get download "$package" &&
            dpkg-deb -x ./*.deb unpacked &&
            mv unpacked/boot/vmlinuz-* Image-rt || exit 1
    fi
    rm -rf unpacked apt ./*.deb
)

arm64_packages_here_() {
    [ -e "$1/Image" ] && [ -e "$1/busybox" ] && [ -e "$1/lib/libfdt.a" ]
}

arm64_packages_fetch() {
    if ! is_debian_12_ ||
        { arm64_packages_here_ "$1" &&
            { [ "${2-}" != rt ] || [ -e "$1/Image-rt" ]; }; }; then
        return 0
    fi
    mkdir -p "$1"
    arm64_packages_dir=$(cd "$1" && pwd)
    arm64_packages_what="kernel and busybox (30 MB)"
    if [ "${2-}" = rt ]; then
        arm64_packages_what="kernels and busybox (90 MB)"
    fi
    say "will fetch Debian's arm64 $arm64_packages_what to" \
        "$arm64_packages_dir; nothing is installed"
    quietly "fetching the arm64 kernel" "$arm64_packages_dir/fetch.log" \
        arm64_packages_get_ "$arm64_packages_dir" "${2-}"
}

# The system's sources with deb-src in place of deb; as arm64_packages_get_()
cmocka_source_get_() (
    cd "$1" && mkdir -p apt/state/lists/partial apt/cache/archives/partial \
        apt/sources || exit 1
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
        /etc/apt/sources.list.d/*.sources; do
        [ ! -f "$list" ] || sed -e 's/^Types:.*/Types: deb-src/' \
            -e 's/^deb /deb-src /' "$list" >"apt/sources/${list##*/}"
    done
    cmocka_apt_() {
        apt_apart_ "$PWD/apt" apt-get -o Dir::Etc::sourcelist=/dev/null \
            -o Dir::Etc::sourceparts="$PWD/apt/sources" "$@"
    }
    cmocka_apt_ update
    # The source comes last, and at once: where it is, it is whole.
    rm -rf unpacked ./cmocka_* &&
        cmocka_apt_ source --download-only cmocka &&
        mkdir unpacked &&
        tar -xf cmocka_*.orig.tar.[gx]z -C unpacked --strip-components=1 &&
        mv unpacked/src unpacked/include . &&
        rm -rf unpacked apt ./cmocka_*
)

cmocka_source_fetch() {
    if [ -e "$1/src/cmocka.c" ] || ! is_debian_12_; then
        return 0
    fi
    rm -rf "$1"
    mkdir -p "$1"
    cmocka_source_dir=$(cd "$1" && pwd)
    say "will fetch the source of Debian's cmocka (10 MB) to" \
        "$cmocka_source_dir; nothing is installed"
    quietly "fetching the source of cmocka" "$cmocka_source_dir/fetch.log" \
        cmocka_source_get_ "$cmocka_source_dir" ||
        say "no cmocka to cross-compile: the builds for other machines will" \
            "be skipped"
}

# As arm64_packages_get_(): the lock file comes last.
xterm_get_() (
    cp "$root/tests/remote/package.json" "$root/tests/remote/package-lock.json" \
        "$1" && cd "$1" && npm ci --ignore-scripts --no-audit --no-fund &&
        cp package-lock.json fetched
)

xterm_fetch() {
    if cmp -s "$root/tests/remote/package-lock.json" "$1/fetched" ||
        ! command -v npm >/dev/null 2>&1; then
        return 0
    fi
    rm -rf "$1"
    mkdir -p "$1"
    xterm_dir=$(cd "$1" && pwd)
    say "will fetch xterm.js (6 MB) to $xterm_dir; nothing is installed"
    quietly "fetching xterm.js" "$xterm_dir/fetch.log" xterm_get_ "$xterm_dir"
}
