#!/bin/sh
# The tests fetch mail from a real IMAP server, Dovecot. It is really needed: where it is missing it is installed,
# and where that is impossible the tests fail with a remedy instead of skipping.
set -eu

tools=$(dirname "$0")

missing() {
    { PATH="$PATH:/usr/sbin" command -v dovecot && [ -e /usr/lib/dovecot/imap ]; } >/dev/null 2>&1 ||
        printf ' dovecot-core dovecot-imapd'
}

. "$tools/install_missing.sh"
