#!/usr/bin/env bash
# Finds PgBouncer, or installs it where the package manager may be used. Prints the program's path on stdout, all else on
# stderr; ends with 1 where there is none.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)

say() { printf 'pgbouncer: %s\n' "$*" >&2; }

try() {
    local program
    for program in "$(command -v pgbouncer || true)" /usr/sbin/pgbouncer /usr/local/sbin/pgbouncer; do
        if [ -x "$program" ] && "$program" --version >/dev/null 2>&1; then
            readlink -f "$program"
            exit 0
        fi
    done
}

try
mkdir -p "$root/build"
# Two at once: the second waits, and finds what the first has installed.
exec 9>"$root/build/pgbouncer.lock"
if command -v flock >/dev/null; then flock 9; fi
try
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing PgBouncer with apt-get"
    # RUNLEVEL: only the program is wanted; the package is not to start a server of the system's own.
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    apt=(apt-get -q -y -o DPkg::Lock::Timeout=300)
    {
        "${apt[@]}" install --no-install-recommends pgbouncer ||
            { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends pgbouncer; }
    } >&2 || say "apt-get could not install it"
    try
fi
say "there is none, and it cannot be installed here"
exit 1
