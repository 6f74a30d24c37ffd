# Sourced by the scripts that install what tests need. They define `missing`, which prints the Debian packages
# of what is not usable yet: those are installed, and what is not usable after that ends the script.
# `tools` is this folder.

packages=$(missing)
[ -n "$packages" ] || exit 0
# shellcheck disable=SC2086  # a list of package names
sh "$tools/apt_install.sh" $packages
packages=$(missing)
if [ -n "$packages" ]; then
    echo "Still not usable after the installation:$packages" >&2
    exit 1
fi
