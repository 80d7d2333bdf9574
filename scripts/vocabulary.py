#!/usr/bin/env python3
"""The code knows no word of a language: what stands in languages/ stands nowhere in src/ outside of tests.

The words are those of the packs' own classes. A German word is a fault in any literal; an English one, since messages
are English, where the extractor has it alone in a literal, as a rule would.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Words of English that German has as well, where the code means the English one; and names of parts and places.
TRADE = set("kind standard try stand bin points asks after centuries".split())

faults: list[str] = []


def code(path: Path) -> str:
    """A file without its tests and without comments."""
    text = path.read_text()
    text = re.split(r"^\s*#\[cfg\(test\)\]\s*\n\s*mod \w+ \{", text, maxsplit=1, flags=re.M)[0]
    return re.sub(r"^\s*//.*$", "", text, flags=re.M)


def is_test(path: Path) -> bool:
    return path.stem == "tests" or path.stem.endswith("cases") or "tests" in path.parts


def in_extractor(path: Path) -> bool:
    return path.relative_to(ROOT / "src").parts[0].removesuffix(".rs") == "extract"


def words(value: object) -> set[str]:
    if isinstance(value, str):
        return {word.lower() for word in re.findall(r"[^\W\d_]{3,}", value)}
    if isinstance(value, list):
        return set().union(*map(words, value)) if value else set()
    if isinstance(value, dict):
        return set().union(*map(words, value.values())) if value else set()
    return set()


def keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return {part for key in value for part in re.findall(r"[^\W\d_]+", key)}.union(*map(keys, value.values()))
    return set()


def vocabulary(code_of_language: str) -> tuple[set[str], set[str]]:
    """The words that are in a pack's classes, and the names of the classes and settings themselves."""
    found: set[str] = set()
    names: set[str] = set()
    for file in sorted((ROOT / "languages" / code_of_language).glob("*.toml")):
        pack = tomllib.loads(file.read_text())
        found |= words(pack.get("class", {}))
        # The parts that patterns name: hour=…, since=….
        names |= keys(pack) | set(re.findall(r"\b([a-z]+)=", file.read_text()))
    return found, names


german, german_names = vocabulary("de")
english, english_names = vocabulary("en")
names = german_names | english_names
only_german = german - english - names - TRADE

for path in sorted((ROOT / "src").rglob("*.rs")):
    shown = path.relative_to(ROOT)
    if is_test(path):
        continue
    for line in code(path).splitlines():
        # A string of bytes is a name of a format (the elements of HTML), no text.
        line = re.sub(r'\bb"(?:[^"\\]|\\.)*"', "", line)
        for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', line):
            literal = re.sub(r"\\.|\\u\{\w+\}|\{[^}]*\}", " ", literal)
            said = re.findall(r"[^\W\d_]+", literal)
            wrong = [word for word in said if word.lower() in only_german or not word.isascii()]
            # A message is in English; a single word of a pack is a rule that belongs into the pack.
            if in_extractor(path) and len(said) == 1 and literal.strip() == said[0]:
                wrong += [word for word in said if word in english - names - TRADE]
            for word in wrong:
                faults.append(f'{shown}: near "{line.strip()[:80]}": "{word}" is vocabulary')

print("\n".join(faults) if faults else "no vocabulary in src/")
sys.exit(1 if faults else 0)
