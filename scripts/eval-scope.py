#!/usr/bin/env python3
"""Which cases of the suites of single expressions are in scope, and how many of those pass.

    scripts/eval-scope.py FOLDER --command 'claimdesk extract --input jsonl --all-points' [SUITE...]

FOLDER has the scorer (score.py) and the suites (dev/NAME.LANGUAGE.jsonl), as for `make eval`; without SUITE every suite of
dates and figures is taken. The kinds of cases that are out of scope stand in scripts/eval-scope.toml for dates and in
scripts/eval-scope-figures.toml for figures, each with its reason. A case is of a kind if one of its expressions meets the
criteria of that kind: it cannot pass then. It counts for the first such kind. Suites that give no spans have the F1 of
their values in place of the share that passes.
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
SUITES = {
    "eval-scope.toml": (
        "duckling-time",
        "duckling-duration",
        "recognizers-datetime",
        "recognizers-datetime-parts",
        "ctparse",
    ),
    "eval-scope-figures.toml": (
        *(f"duckling-{of}" for of in ("number", "ordinal", "money", "quantity", "distance", "volume", "temperature")),
        *(f"recognizers-{of}" for of in ("number", "numberrange", "ordinal", "percent", "money", "quantity", "age")),
        "recognizers-temperature",
        "quantulum3",
        "quantulum3-ambiguity",
        "text2num",
        "newsquant",
    ),
}


def load(path):
    """A Python file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Kind:
    """A kind of cases that are out of scope: all criteria that it gives must hold for one expression."""

    PATTERNS = ("value", "text", "text_lacks", "unit", "case", "case_lacks")

    def __init__(self, table):
        self.name = table.pop("name")
        self.reason = table.pop("reason")
        self.languages = table.pop("languages", None)
        self.suites = table.pop("suites", None)
        self.unvalued = table.pop("unvalued", False)
        self.unwanted = table.pop("unwanted", False)
        self.patterns = {key: re.compile(table.pop(key)) for key in self.PATTERNS if key in table}
        if table or not (self.patterns or self.unvalued):
            sys.exit(f"error: kind {self.name!r} has unknown criteria {sorted(table)}, or none")

    def holds(self, case, expression, readings):
        """Whether an expression with the readings that its suite accepts is of this kind."""
        if self.languages and case["lang"] not in self.languages:
            return False
        if self.suites and not case["suite"].startswith(tuple(self.suites)):
            return False
        if self.unwanted != (not expression):
            return False
        if self.unvalued:
            return not readings
        text, whole = expression.get("text") or case["text"], case["text"]
        found = {
            # Every reading has to be of the kind: one that is not could be met.
            "value": lambda p: bool(readings) and all(p.search(reading) for reading in readings),
            "text": lambda p: p.search(text),
            "text_lacks": lambda p: not p.search(text),
            "unit": lambda p: p.search(expression.get("unit") or ""),
            "case": lambda p: p.search(whole),
            "case_lacks": lambda p: not p.search(whole),
        }
        return all(found[key](pattern) for key, pattern in self.patterns.items())


def kind_of(kinds, score, case):
    """The first kind that a case is of, if any."""
    # A case in which nothing is to be found stands for one expression that is empty.
    expressions = [(e, score.time_values(e)) for e in case.get("expected") or [{}]]
    return next((k for k in kinds if any(k.holds(case, e, readings) for e, readings in expressions)), None)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("suites", nargs="*", help="such as ctparse.en; every suite if there is none")
    arguments.add_argument("--command", default="claimdesk extract --input jsonl --all-points")
    arguments.add_argument("--show", metavar="KIND", help="print the cases of a kind, or those in scope: passed, open")
    args = arguments.parse_intermixed_args()

    score = load(args.folder.resolve() / "score.py")
    for scope, suites in SUITES.items():
        with open(HERE / scope, "rb") as file:
            kinds = [Kind(table) for table in tomllib.load(file)["kind"]]
        named = [(name, path) for name in suites for path in sorted((args.folder / "dev").glob(f"{name}.*.jsonl"))]
        paths = [path for _, path in named if not args.suites or path.stem in args.suites]
        if paths:
            report(score, args, kinds, paths)


def figure_of(score, cases, answers):
    """The share of the cases that pass, or the F1 of their values; and which pass."""
    if not cases:
        return None, []
    if score.scorer(cases[0]) is score.values:
        passes = [not score.values([case], [answer], 0)[1] for case, answer in zip(cases, answers)]
        return score.values(cases, answers, 0)[2]["value"], passes
    passes = [score.expressions([case], [answer], 0)[2]["passed"] == 1 for case, answer in zip(cases, answers)]
    return sum(passes) / len(passes), passes


def report(score, args, kinds, paths):
    """Prints a row for each suite, and the kinds with how many cases they have."""
    counts = collections.Counter()
    print(f"{'suite':<32} {'cases':>5} {'passed':>6}   {'in scope':>8} {'passed':>6}   out of scope, by kind")
    for path in paths:
        with open(path, encoding="utf-8") as file:
            cases = [json.loads(line) for line in file]
        answers = score.run(args.command, cases)
        figure, passes = figure_of(score, cases, answers)
        outside = collections.Counter()
        scoped = []
        for case, answer, passed in zip(cases, answers, passes):
            kind = kind_of(kinds, score, case)
            if kind is None:
                scoped.append((case, answer))
            else:
                outside[kind.name] += 1
            if args.show and args.show == (kind.name if kind else "passed" if passed else "open"):
                print(f"    {case['text'][:110]!r}: {[sorted(score.time_values(e)) for e in case.get('expected') or []]}")
        scoped_figure, _ = figure_of(score, [case for case, _ in scoped], [answer for _, answer in scoped])
        counts.update(outside)
        rate = lambda value: "-" if value is None else f"{value:.3f}"
        listed = ", ".join(f"{name} {count}" for name, count in outside.most_common())
        print(f"{path.stem:<32} {len(cases):>5} {rate(figure):>6}   {len(scoped):>8} {rate(scoped_figure):>6}   {listed}")
    print()
    for kind in kinds:
        print(f"{kind.name:<20} {counts[kind.name]:>5}   {kind.reason}")
    print()


if __name__ == "__main__":
    main()
