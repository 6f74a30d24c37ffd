#!/bin/sh
# apt_install.sh PACKAGE...: installs Debian packages as root or through sudo.
# Where that is not possible it says what to run and fails; nothing goes on without them.
set -eu

by_hand="apt-get install --no-install-recommends $*"
fail() {
    echo "$1" >&2
    echo "Install them by hand, then start again: $by_hand" >&2
    exit 1
}

command -v apt-get >/dev/null 2>&1 || fail "Missing: $*. This system has no apt-get; the names are Debian's."
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=sudo
else
    fail "Missing: $*. They need root or sudo to be installed."
fi

# What apt says matters only when it fails.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Another package run may hold the lock (a fresh machine updates itself): wait rather than fail.
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
        -qq "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        fail "apt-get $1 failed for: $packages."
    }
}
packages=$*
echo "Installing $packages ..."
apt update
apt install -y --no-install-recommends "$@"
