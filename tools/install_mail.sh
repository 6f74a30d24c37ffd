#!/bin/sh
# The tests fetch mail from a real IMAP server, Dovecot. It is really needed: where it is missing it is installed,
# and where that is impossible the tests fail with a remedy instead of skipping.
set -eu

here=$(dirname "$0")

missing() {
    { PATH="$PATH:/usr/sbin" command -v dovecot && [ -e /usr/lib/dovecot/imap ]; } >/dev/null 2>&1 ||
        printf ' dovecot-core dovecot-imapd'
}

packages=$(missing)
[ -n "$packages" ] || exit 0
# shellcheck disable=SC2086  # a list of package names
sh "$here/apt_install.sh" $packages
packages=$(missing)
if [ -n "$packages" ]; then
    echo "Still not usable after the installation:$packages" >&2
    exit 1
fi
