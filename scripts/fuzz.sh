#!/usr/bin/env bash
# Fuzzes a target for so many seconds: scripts/fuzz.sh extract 600. `make fuzz` calls this.
#
# cargo-fuzz is installed where it is missing. There is no `unsafe` here for a sanitizer to watch, so the toolchain of the
# project does. The corpus starts from the project's own cases, and a dictionary of their words leads it to what the
# patterns look for.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-extract}
seconds=${2:-600}
command -v cargo-fuzz >/dev/null || cargo install --locked --quiet cargo-fuzz

corpus=fuzz/corpus/$target
mkdir -p "$corpus"
python3 - "$corpus" fuzz/corpus/words.dict <<'PYTHON'
import pathlib, re, sys
corpus, dictionary = map(pathlib.Path, sys.argv[1:])
words = set()
for path in pathlib.Path("languages").glob("*/cases/*.toml"):
    setting = b"\x07" if "/de/" in str(path) else b"\x0b"
    for number, text in enumerate(re.findall(r'^text = "(.*)"$', path.read_text(encoding="utf-8"), re.M)):
        text = text.replace('\\"', '"')
        # The target takes its string from the front of the input and the setting from what is left behind it.
        (corpus / f"{path.parts[1]}-{path.stem}-{number}").write_bytes(text.encode() + setting)
        words.update(re.findall(r"\w+", text))
dictionary.write_bytes(b"".join(
    b'"' + b"".join(b"\\x%02x" % byte for byte in word.encode()) + b'"\n' for word in sorted(words)))
PYTHON

cargo fuzz run --sanitizer none "$target" "$corpus" -- -max_total_time="$seconds" -max_len=2048 -dict=fuzz/corpus/words.dict \
    -timeout=20 -rss_limit_mb=4096 -print_final_stats=1
