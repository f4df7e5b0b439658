#!/bin/sh
# Prints the path of a Python that the pinned packages have wheels for: `sh install/find_python.sh [.venv]`.
#
# That of the environment is taken if there is one. Else the one called python3 is taken if it fits, else the newest that does. Looked through are the PATH, and the folders of
# pyenv, asdf, mise, uv and Homebrew. Each is run, because pyenv's stand-ins are there without the Python they are named after.
# With PYTHON=name or path only that one is looked at. Exit status 2, and a list of what was looked at, if none fits.
set -u
OLDEST=11
NEWEST=14 # the newest that all of requirements.txt has wheels for: docs/pythons.md, which `make pythons` writes
WANTED="Python 3.$OLDEST to 3.$NEWEST"
ASK='import sys
if sys.implementation.name != "cpython" or sys.version_info[:1] != (3,) or not sys.argv[1] <= "%03d" % sys.version_info[1] <= sys.argv[2]:
    sys.exit("is %s %d.%d.%d" % ((sys.implementation.name,) + tuple(sys.version_info[:3])))
try:
    import ensurepip, venv
except ImportError:
    sys.exit("is Python 3.%d without venv (Debian, Ubuntu: apt-get install python3-venv)" % sys.version_info[1])
print(sys.executable)'
looked=""

# Prints the path of a Python if it fits; else adds to the list why it does not.
try() {
    path=$(command -v "$1" 2>/dev/null) || { [ -z "${2-}" ] || looked="$looked
  $1: not found"; return 1; }
    said=$("$path" -c "$ASK" "$(printf '%03d' $OLDEST)" "$(printf '%03d' $NEWEST)" 2>&1) && [ -x "$said" ] && {
        echo "$said"
        exit 0
    }
    looked="$looked
  $path: $(echo "$said" | head -n 1)"
    return 1
}

if [ -n "${PYTHON-}" ]; then
    try "$PYTHON" named
else
    [ -n "${1-}" ] && [ -x "$1/bin/python" ] && try "$1/bin/python"
    try python3 named
    minor=$NEWEST
    while [ $minor -ge $OLDEST ]; do
        try "python3.$minor" named
        for path in "${PYENV_ROOT:-$HOME/.pyenv}/versions/3.$minor".*/bin/python \
            "${ASDF_DATA_DIR:-$HOME/.asdf}/installs/python/3.$minor".*/bin/python \
            "${MISE_DATA_DIR:-$HOME/.local/share/mise}/installs/python/3.$minor".*/bin/python \
            "$HOME/.local/share/uv/python/cpython-3.$minor".*/bin/python \
            "/opt/homebrew/bin/python3.$minor" "/usr/local/bin/python3.$minor"; do
            [ -x "$path" ] && try "$path"
        done
        minor=$((minor - 1))
    done
    try python named
fi
echo "$WANTED is needed, and was not found. Looked at:$looked
Name yours with: make PYTHON=/path/to/python3 …" >&2
exit 2
