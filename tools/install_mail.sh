#!/bin/sh
# The tests fetch mail from a real IMAP server, Dovecot, and send to a real SMTP server, Exim. They are really needed:
# where they are missing they are installed, and where that is impossible the tests fail with a remedy instead of
# skipping.
set -eu

tools=$(dirname "$0")

missing() {
    { PATH="$PATH:/usr/sbin" command -v dovecot && [ -e /usr/lib/dovecot/imap ]; } >/dev/null 2>&1 ||
        printf ' dovecot-core dovecot-imapd'
    { PATH="$PATH:/usr/sbin" command -v exim4; } >/dev/null 2>&1 || printf ' exim4-daemon-light'
}

. "$tools/install_missing.sh"
