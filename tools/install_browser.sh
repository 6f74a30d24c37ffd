#!/bin/sh
# The tests open the page `tinh-hinh.html` in Chromium. It is really needed: where it is missing it is installed,
# and where that is impossible the tests fail with a remedy instead of skipping.
set -eu

tools=$(dirname "$0")

missing() {
    command -v chromium >/dev/null 2>&1 || printf ' chromium'
    fc-list 2>/dev/null | grep -q 'Liberation Sans' || printf ' fonts-liberation fontconfig'
}

. "$tools/install_missing.sh"
