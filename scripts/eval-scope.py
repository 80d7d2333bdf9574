#!/usr/bin/env python3
"""Which cases of the suites of single date expressions are in scope, and how many of those pass.

    scripts/eval-scope.py FOLDER --command 'claimdesk extract --input jsonl --all-points' [SUITE...]

FOLDER has the scorer (score.py) and the suites (dev/NAME.LANGUAGE.jsonl), as for `make eval`; without SUITE every suite of
dates is taken. The kinds of cases that are out of scope stand in scripts/eval-scope.toml, each with its reason. A case is
of a kind if one of its expressions meets the criteria of that kind: it cannot pass then. It counts for the first such kind.
"""
import argparse
import collections
import importlib.util
import json
import pathlib
import re
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
SUITES = ("duckling-time", "duckling-duration", "recognizers-datetime", "recognizers-datetime-parts", "ctparse")


def load(path):
    """A Python file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Kind:
    """A kind of cases that are out of scope: all criteria that it gives must hold for one expression."""

    PATTERNS = ("value", "text", "text_lacks", "case", "case_lacks")

    def __init__(self, table):
        self.name = table.pop("name")
        self.reason = table.pop("reason")
        self.languages = table.pop("languages", None)
        self.suites = table.pop("suites", None)
        self.unvalued = table.pop("unvalued", False)
        self.patterns = {key: re.compile(table.pop(key)) for key in self.PATTERNS if key in table}
        if table or not (self.patterns or self.unvalued):
            sys.exit(f"error: kind {self.name!r} has unknown criteria {sorted(table)}, or none")

    def holds(self, case, expression, readings):
        """Whether an expression with the readings that its suite accepts is of this kind."""
        if self.languages and case["lang"] not in self.languages:
            return False
        if self.suites and not case["suite"].startswith(tuple(self.suites)):
            return False
        if self.unvalued:
            return not readings
        text, whole = expression.get("text") or case["text"], case["text"]
        found = {
            # Every reading has to be of the kind: one that is not could be met.
            "value": lambda p: bool(readings) and all(p.search(reading) for reading in readings),
            "text": lambda p: p.search(text),
            "text_lacks": lambda p: not p.search(text),
            "case": lambda p: p.search(whole),
            "case_lacks": lambda p: not p.search(whole),
        }
        return all(found[key](pattern) for key, pattern in self.patterns.items())


def kind_of(kinds, score, case):
    """The first kind that a case is of, if any."""
    expressions = [(e, score.time_values(e)) for e in case.get("expected") or []]
    return next((k for k in kinds if any(k.holds(case, e, readings) for e, readings in expressions)), None)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("suites", nargs="*", help="such as ctparse.en; every suite of dates if there is none")
    arguments.add_argument("--command", default="claimdesk extract --input jsonl --all-points")
    arguments.add_argument("--show", metavar="KIND", help="print the cases of a kind, or those in scope: passed, open")
    args = arguments.parse_intermixed_args()

    score = load(args.folder.resolve() / "score.py")
    with open(HERE / "eval-scope.toml", "rb") as file:
        kinds = [Kind(table) for table in tomllib.load(file)["kind"]]
    paths = [args.folder / "dev" / f"{suite}.jsonl" for suite in args.suites] or [
        path for name in SUITES for path in sorted((args.folder / "dev").glob(f"{name}.*.jsonl"))
    ]
    counts = collections.Counter()
    print(f"{'suite':<32} {'cases':>5} {'passed':>6}   {'in scope':>8} {'passed':>6}   out of scope, by kind")
    for path in paths:
        with open(path, encoding="utf-8") as file:
            cases = [json.loads(line) for line in file]
        passed = scoped = scoped_passed = 0
        outside = collections.Counter()
        for case, answer in zip(cases, score.run(args.command, cases)):
            passes = score.expressions([case], [answer], 0)[2]["passed"] == 1
            kind = kind_of(kinds, score, case)
            passed += passes
            if kind is None:
                scoped += 1
                scoped_passed += passes
            else:
                outside[kind.name] += 1
            if args.show and args.show == (kind.name if kind else "passed" if passes else "open"):
                print(f"    {case['text'][:110]!r}: {[sorted(score.time_values(e)) for e in case.get('expected') or []]}")
        counts.update(outside)
        rate = lambda part, whole: f"{part / whole:.3f}" if whole else "-"
        listed = ", ".join(f"{name} {count}" for name, count in outside.most_common())
        print(f"{path.stem:<32} {len(cases):>5} {rate(passed, len(cases)):>6}   {scoped:>8} {rate(scoped_passed, scoped):>6}   {listed}")
    print()
    for kind in kinds:
        print(f"{kind.name:<20} {counts[kind.name]:>5}   {kind.reason}")


if __name__ == "__main__":
    main()
