#!/usr/bin/env bash
# Fuzzes a target for so many seconds: scripts/fuzz.sh filter 600. Without a target it fuzzes each of them, one after the
# other, for so many seconds each. `make fuzz` calls this.
#
# cargo-fuzz is installed where it is missing. There is no `unsafe` here for a sanitizer to watch, so the toolchain of the
# project does. Each corpus starts from what the project has itself (scripts/fuzz-corpus.py).
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-all}
seconds=${2:-600}
command -v cargo-fuzz >/dev/null || cargo install --locked --quiet cargo-fuzz

targets=()
for file in fuzz/fuzz_targets/*.rs; do
    name=$(basename "$file" .rs)
    if [ "$target" = all ] || [ "$target" = "$name" ]; then targets+=("$name"); fi
done
if [ ${#targets[@]} -eq 0 ]; then
    echo "error: there is no target $target in fuzz/fuzz_targets/" >&2
    exit 1
fi

failed=()
for name in "${targets[@]}"; do
    corpus=fuzz/corpus/$name
    python3 scripts/fuzz-corpus.py "$name" "$corpus" "$corpus.dict"
    printf '\n== %s, %s seconds\n' "$name" "$seconds"
    cargo fuzz run --sanitizer none "$name" "$corpus" -- -max_total_time="$seconds" -max_len=2048 -dict="$corpus.dict" \
        -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 || failed+=("$name")
done

if [ ${#failed[@]} -gt 0 ]; then
    printf 'fuzz: %s failed; the input lies in fuzz/artifacts/\n' "${failed[@]}"
    exit 1
fi
