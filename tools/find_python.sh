#!/bin/sh
# Prints the command of a Python new enough for the project: the one asked for, else python3.
# Each candidate is really started, because a version manager's shim can exist and lead nowhere.
set -eu

tried="${1:-python3.11} python3.11 python3"
for candidate in $tried; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        echo "$candidate"
        exit 0
    fi
done
{
    echo "No Python 3.11 or newer was found (tried: $tried)."
    echo "Install it (on Debian or Ubuntu: apt-get install python3.11), or name it: make PYTHON=/path/to/python3.11"
} >&2
exit 1
