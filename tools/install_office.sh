#!/bin/sh
# The tests open every workbook in LibreOffice, recalculate it and compare the values; some look at a
# picture of it, for which Times New Roman needs its metric twin. All of it is really needed: what is
# missing is installed, and where that is impossible the tests fail with a remedy instead of skipping.
set -eu

tools=$(dirname "$0")

missing() {
    office=$(command -v soffice || command -v libreoffice || true)
    program=
    if [ -n "$office" ]; then
        program=$(dirname "$(readlink -f "$office")")
    fi
    [ -n "$program" ] && [ -e "$program/libsclo.so" ] || printf ' libreoffice-calc'
    [ -n "$program" ] && [ -e "$program/libswlo.so" ] || printf ' libreoffice-writer'
    # The tests put a macro of their own into it.
    [ -n "$program" ] && [ -e "$program/pythonscript.py" ] || printf ' libreoffice-script-provider-python'
    # The bridge belongs to the system's own Python, whichever version that is.
    { [ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import uno'; } >/dev/null 2>&1 || printf ' python3-uno'
    fc-list 2>/dev/null | grep -q 'Liberation Serif' || printf ' fonts-liberation fontconfig'
    command -v pdftoppm >/dev/null 2>&1 || printf ' poppler-utils'
}

. "$tools/install_missing.sh"
