#!/usr/bin/env bash
# Every lint, one after the other; all run even where one fails. `make lint` puts the tools on the PATH.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

failed=()
run() {
    local name=$1
    shift
    printf '\n== %s\n' "$name"
    "$@" || failed+=("$name")
}

# What the crate registry's mirror is called, if there is one, is nobody's business but the machine's.
hosts() {
    local found
    found=$(git grep -nIE '(registry|index|replace-with) *= *"(sparse\+)?https?://' -- '*.toml' '*.lock' |
        grep -v 'github.com/rust-lang/crates.io-index' || true)
    if [ -n "$found" ]; then
        echo "$found"
        return 1
    fi
}

shell() {
    if command -v shellcheck >/dev/null; then
        git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck
    else
        echo "shellcheck is not installed: the shell scripts are parsed only"
        git ls-files '*.sh' .ci/run | while read -r file; do bash -n "$file" || return 1; done
    fi
}

run "cargo fmt --check" cargo fmt --check
run "cargo clippy --all-targets -- -D warnings" cargo clippy --locked --all-targets -- -D warnings
run "buf lint" buf lint
run "cargo deny check bans licenses sources" cargo deny --locked check bans licenses sources
run "one registry" hosts
run "no vocabulary in src/" scripts/vocabulary.py
run "shell scripts" shell

echo
if [ ${#failed[@]} -gt 0 ]; then
    printf 'lint: %s failed\n' "${failed[@]}"
    exit 1
fi
echo "lint: all clean"
