#!/bin/sh
# What `make installer` and `make test-windows` need of Debian: Wine, a compiler for Windows, NSIS, the
# checker of signatures, fonts, and a screen for Wine's windows. What is missing is installed; where that is
# impossible the targets fail with a remedy.
set -eu

tools=$(dirname "$0")/..

missing() {
    { command -v wine && command -v wineserver; } >/dev/null 2>&1 || printf ' wine wine64'
    command -v makensis >/dev/null 2>&1 || printf ' nsis'
    command -v x86_64-w64-mingw32-gcc >/dev/null 2>&1 || printf ' gcc-mingw-w64-x86-64-win32'
    command -v osslsigncode >/dev/null 2>&1 || printf ' osslsigncode'
    # Vietnamese letters in the pictures: Wine's own fonts lack them.
    fc-list 2>/dev/null | grep -q 'DejaVu Sans,DejaVu Sans Condensed' ||
        printf ' fonts-dejavu-core fonts-dejavu-extra fontconfig'
    fc-list 2>/dev/null | grep -q 'Noto Mono' || printf ' fonts-noto-mono'
    [ -e /usr/share/wine/fonts/marlett.ttf ] || printf ' fonts-wine'
    command -v Xvfb >/dev/null 2>&1 || printf ' xvfb'
}

. "$tools/install_missing.sh"
