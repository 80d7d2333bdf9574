#!/usr/bin/env bash
# Finds Chromium (or Chrome), or installs it. Prints its path on stdout, all else on stderr; nothing where it cannot be had.
set -euo pipefail

say() { printf 'chromium: %s\n' "$*" >&2; }

find_installed() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        if [ -n "$name" ] && command -v "$name"; then return 0; fi
    done
    return 1
}

if find_installed; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing it with apt-get"
    apt=(apt-get -q -y -o DPkg::Lock::Timeout=300)
    "${apt[@]}" update >&2 || true
    DEBIAN_FRONTEND=noninteractive "${apt[@]}" install --no-install-recommends chromium >&2 || true
    if find_installed; then exit 0; fi
fi
say "there is none, and it could not be installed: what needs a browser is not tested"
