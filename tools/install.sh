#!/bin/sh
# Makes .venv and installs the locked dependencies: `install.sh base`, `install.sh dev`; `install.sh size` prints
# what the base install downloads. Each thing that may be missing gets one sentence.
set -eu

case $1 in dev) NEEDED_KB=1200000 ;; *) NEEDED_KB=500000 ;; esac

fail() {
    echo "Error: $1" >&2
    exit 3
}

say() {
    echo "[$(($(date +%s) - began)) s] $1" >&2
}

find_python() {
    for candidate in "$PYTHON" python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    found=$("$PYTHON" -c 'import platform; print(platform.python_version())' 2>/dev/null) ||
        fail "Python was not found: install Python 3.11 or newer (Debian: apt-get install python3-venv)."
    fail "Tongban needs Python 3.11 or newer, $PYTHON is $found: install a newer one and name it with make PYTHON=..."
}

make_venv() {
    python=$(find_python)
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        fail "The Python module venv is missing: install the package python3-venv (Debian, Ubuntu: apt-get install python3-venv, or python$version-venv) and run make again."
    fi
    say "making .venv with $("$python" --version)"
    # A .venv without pip was broken off half-way, or belongs to a folder that was moved.
    "$python" -m venv --clear .venv
}

began=$(date +%s)
PYTHON=${PYTHON:-python3}
[ -w . ] || fail "This folder ($(pwd)) cannot be written by this user ($(id -un)): the environment .venv goes there."
free=$(df -Pk . | awk 'NR == 2 { print $4 }')
[ "$free" -ge "$NEEDED_KB" ] ||
    fail "The disk of $(pwd) is full: $((free / 1000)) MB are free, the environment needs $((NEEDED_KB / 1000)) MB."
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1 PIP_REQUIRE_VIRTUALENV=

if [ "$1" = size ]; then
    python=$(find_python)
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    "$python" -m pip download --quiet --require-hashes --only-binary :all: -r requirements/base.lock -d "$folder"
    du -sk --apparent-size "$folder"/* | sort -rn | head -n 5 | sed "s#$folder/##"
    find "$folder" -type f -exec cat {} + | wc -c | awk '{ printf "base install: %.1f MB\n", $1 / 1e6; exit $1 > 110e6 }'
    exit
fi

.venv/bin/python -c 'import pip' 2>/dev/null || make_venv
lock=requirements/$1.lock
say "installing $(grep -c '^[a-z].*==' "$lock") packages from $lock"
# The lock is complete, so nothing is resolved; what is never imported is never compiled.
.venv/bin/python -m pip install --no-deps --no-compile --require-hashes --only-binary :all: -r "$lock" >.venv/install.log 2>&1 &
installer=$!
trap 'kill "$installer" 2>/dev/null || true; exit 1' INT TERM
last=
while kill -0 "$installer" 2>/dev/null; do
    sleep 1
    line=$(grep -E '^(Collecting|Installing)' .venv/install.log | tail -n 1 | cut -c 1-70)
    count=$(grep -c '^Collecting' .venv/install.log || true)
    [ "$line" = "$last" ] || say "$count: ${line%% (*}"
    last=$line
done
if ! wait "$installer"; then
    if grep -q 'No space left on device' .venv/install.log; then
        fail "The disk of $(pwd) is full: the packages did not fit."
    fi
    tail -n 5 .venv/install.log >&2
    fail "The packages could not be installed (.venv/install.log has all of it)."
fi
.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
touch ".venv/.$1-installed"
say "ready"
