#!/bin/sh
# make_venv.sh PYTHON FOLDER REQUIREMENTS [editable]: an environment with exactly the pinned packages.
# Safe to run again: a working environment is completed, a broken one is made anew.
set -eu

python=$1
folder=$2
requirements=$3
editable=${4:-}
here=$(dirname "$0")

has_venv() {
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1
}

# Debian and Ubuntu ship Python without the parts that make environments.
if ! has_venv; then
    version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
    sh "$here/apt_install.sh" "$version-venv"
    if ! has_venv; then
        echo "$python still cannot make environments; the package it lacks is usually called $version-venv." >&2
        exit 1
    fi
fi

if ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    echo "Making $folder with $("$python" --version)"
    "$python" -m venv --clear "$folder"
fi

# Only built packages: a source package would run its own build with unpinned tools.
pip="$folder/bin/python -m pip --disable-pip-version-check"
echo "Installing $requirements into $folder"
$pip install --quiet --require-hashes --only-binary :all: -r "$requirements"
if [ "$editable" = editable ]; then
    # The build tools are among the pinned packages, hence no isolated build that would fetch others.
    $pip install --quiet --no-deps --no-build-isolation --editable .
fi
$pip check
