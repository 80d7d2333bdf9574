#!/usr/bin/env bash
# The extractor over annotated cases that are no part of the project. `make eval EVAL=FOLDER` calls this.
#
# FOLDER has the scorer as score.py and a suite in each dev/NAME.LANGUAGE.jsonl. The suites of single expressions come from
# assistants, where "Thursday" is the next one: they are run once more with --prefer future.
set -euo pipefail

program=$(realpath "$1")
folder=$2
if [ ! -f "$folder/score.py" ] || ! compgen -G "$folder/dev/*.jsonl" >/dev/null; then
    echo "error: $folder has no score.py, or no dev/*.jsonl; docs/evaluation.md says what they are" >&2
    exit 1
fi
extract="$(printf '%q' "$program") extract --input jsonl --all-points"

echo "== as news are read"
python3 "$folder/score.py" --command "$extract" "$folder"/dev/*.jsonl
shopt -s nullglob
assistants=("$folder"/dev/{duckling-time,duckling-duration,recognizers-datetime,recognizers-datetime-parts,ctparse}.*.jsonl)
if [ ${#assistants[@]} -gt 0 ]; then
    echo
    echo "== as assistants read dates: --prefer future"
    python3 "$folder/score.py" --command "$extract --prefer future" "${assistants[@]}"
fi
echo
echo "== single expressions: what is in scope, and how much of that passes"
python3 "$(dirname "$0")/eval-scope.py" "$folder" --command "$extract"
if [ ${#assistants[@]} -gt 0 ]; then
    names=("${assistants[@]##*/}")
    echo
    echo "== the same for dates: --prefer future"
    python3 "$(dirname "$0")/eval-scope.py" "$folder" "${names[@]%.jsonl}" --command "$extract --prefer future"
fi
