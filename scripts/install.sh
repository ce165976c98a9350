#!/bin/sh
# Makes .venv and installs the pinned requirements into it; does nothing when they are there already.
#
#   sh scripts/install.sh run   what the service needs   (requirements.txt)
#   sh scripts/install.sh dev   and what tests need      (requirements-dev.txt)
#
# PYTHON chooses the interpreter. Only Python's own venv and pip are used. Every file is checked against its hash and
# only ready-built wheels are taken, so no code of a package runs while it is installed and no compiler is needed.
# The project itself is put on the path by a .pth file: no build, no network, and the source tree stays as it is.
set -eu

cd "$(dirname "$0")/.."
root=$(pwd -P)

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

case "${1-}" in
    run) requirements=requirements.txt ;;
    dev) requirements=requirements-dev.txt ;;
    *) fail "usage: sh scripts/install.sh run|dev" ;;
esac

# Answers by its exit code whether $1 is a Python between 3.11 and, unless $2 says "any", 3.14 (what the pins are for).
suits() {
    "$1" -c "import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] and ('$2' == 'any' or sys.version_info[:2] <= (3, 14))))" \
        >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON-}" ]; then
        suits "$PYTHON" any || fail "PYTHON=$PYTHON is not a Python 3.11 or newer."
        return
    fi
    for newest in 3.14 any; do
        for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
            # A name may be on the path and yet not start (pyenv's shims), so each is run.
            if suits "$candidate" "$newest"; then
                PYTHON=$candidate
                return
            fi
        done
    done
    fail "No Python 3.11 or newer found (python3, python3.14 to python3.11). Install one, or name it: make PYTHON=/path/to/python3"
}

# What .venv must have been made from: these pins, this place (a moved clone has a broken .venv).
stamp=".venv/.installed-$1"
wanted="$requirements $(cksum <"$requirements") $root"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && suits .venv/bin/python any; then
    exit 0
fi

# A .venv that somebody made otherwise is taken as it is, if it has pip.
place=$root
[ ! -f .venv/.place ] || place=$(cat .venv/.place)
if ! suits .venv/bin/python any || ! .venv/bin/python -m pip --version >/dev/null 2>&1 || [ "$place" != "$root" ]; then
    find_python
    version=$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    suits "$PYTHON" 3.14 || echo "Note: the pinned packages are for Python 3.11 to 3.14; trying $version."
    "$PYTHON" -c 'import venv, ensurepip' >/dev/null 2>&1 ||
        fail "Python's venv is missing: apt install python$version-venv (or python3-venv), then run make again."
    echo "Creating .venv with Python $version ..."
    rm -rf .venv
    "$PYTHON" -m venv .venv || fail "Creating .venv with $PYTHON failed; see above."
    printf '%s\n' "$root" >.venv/.place
fi

echo "Installing $(grep -c '^[A-Za-z0-9]' "$requirements") packages from $requirements into .venv (a minute or so the first time) ..."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --only-binary :all: --require-hashes \
    --requirement "$requirements" ||
    fail "Installing failed; see above. No network, or no wheel for this machine? The pins are for Python 3.11 to 3.14 on Linux and macOS."

.venv/bin/python scripts/put_on_path.py "$root"

printf '%s\n' "$wanted" >"$stamp"
echo "Installed."
