"""Writes what a fuzz target begins with: fuzz-corpus.py TARGET FOLDER DICTIONARY.

The corpus is made of what the project has itself: the cases of the languages, the packs, the filters of the documentation.
A dictionary of their words leads the fuzzer to what the code looks for.
"""

import base64
import pathlib
import re
import sys

# Targets of `(u8, &str)` take the number from the front of the input and the text from the rest.
GERMAN, ENGLISH = b"\x07", b"\x0b"
# The order of CHAPTERS in fuzz_targets/pack.rs.
CHAPTERS = ["time", "figure", "record", "phrase", "attribution", "modality", "beside", "consistency", "appointment",
            "document", "worthiness", "language"]
TAGS = ["p", "h1", "h2", "li", "ul", "table", "tr", "td", "br", "script", "style", "aside", "nav", "figure", "figcaption",
        "blockquote", "article", "main", "title", "body", "head", "pre", "textarea", "svg", "template", "noscript"]


def cases():
    """Each case of the languages: its language, where it stands, its text."""
    for path in sorted(pathlib.Path("languages").glob("*/cases/*.toml")):
        for number, text in enumerate(re.findall(r'^text = "(.*)"$', path.read_text(encoding="utf-8"), re.M)):
            yield path.parts[1], f"{path.parts[1]}-{path.stem}-{number}", text.replace('\\"', '"')


def extract():
    words = set()
    for language, name, text in cases():
        yield name, (GERMAN if language == "de" else ENGLISH) + text.encode(), ()
        words.update(re.findall(r"\w+", text))
    yield "empty", GERMAN, words


def html():
    marks = [f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]
    marks += ["<!--", "-->", "<![CDATA[", "]]>", "<!doctype html>", "&amp;", "&#0;", "&#x110000;", "&ngE;", "&nbsp", "/>",
              " hidden", ' class="', ' style="display:none"', ' role="', "\0"]
    for number, (_, name, text) in enumerate(cases()):
        tag = TAGS[number % len(TAGS)]
        if number % 7 == 0:
            yield name, f"<main><h2>{name}</h2><{tag}>{text}</{tag}><p>{text}</main>".encode(), marks


def filters():
    """The filters that documentation and tests show."""
    for path in [*sorted(pathlib.Path("docs").glob("*.md")), *sorted(pathlib.Path("proto").rglob("*.proto")),
                 *sorted(pathlib.Path("tests/it").glob("*.rs"))]:
        for text in re.findall(r"['\"`#]([a-z_.]+ *(?:[<>]=?|!=|=|:) *[^`\n]{1,80}?)(?:['\"`]|$)", path.read_text(), re.M):
            yield text.replace('\\"', '"')


def filter_():
    words = ["AND", "OR", "NOT", "-", "(", ")", "=", "!=", "<=", ">=", ":", '"', "\\", "2024-06", "2024-06-19T10:30:00Z",
             "9999-12-31", "-1.5", "79228162514264337593543950336", "VERIFIED", "DATE", "SPEAKER"]
    words += re.findall(r'"([a-z_.]+)"', pathlib.Path("src/service/filter/fields.rs").read_text())
    texts = {*filters(), 'state = "VERIFIED" AND (score > 0.5 OR -text : "a b") AND NOT date < 2024-06-19T10:00:00Z'}
    for number, text in enumerate(sorted(texts)):
        yield f"filter-{number}", text.encode(), words


def page_token():
    cursor = '{"position":%s,"article":"0123456789abcdef","claim":3,"review":0}'
    words = ['{"Time":"', '{"Score":', '{"Date":"', '{"Log":', "T00:00:00Z", "-009999-01-02", "null", '"position"',
             '"article"', '"claim"', '"review"', "18446744073709551615", "-9223372036854775808", "\\u0000"]
    for position in ['{"Time":"2024-06-19T10:00:00Z"}', '{"Score":4602678819172646912}', '{"Date":"2024-06-19"}', '{"Log":7}']:
        name = re.findall(r"\w+", position)[0]
        yield name, ("articles/-\n" + cursor % position).encode(), words
        yield f"{name}-alone", base64.urlsafe_b64encode((cursor % position).encode()).rstrip(b"="), words
    yield "line", b"{}", words


def watch_token():
    for name, number in [("zero", 0), ("one", 1), ("most", 2**63 - 1), ("more", 2**63), ("minus", -1)]:
        text = ",".join([str(number)] * 32).encode()
        yield name, text, ["9223372036854775807", ",0", "+", "-"]
        yield f"{name}-whole", base64.urlsafe_b64encode(text).rstrip(b"="), ()


def pack():
    words = ["[class.", "[macro]", "[[pattern]]", "[paradigm]", "[suffix.", "[ending.", "[weights.", "[ngrams.", "match = '",
             "make = \"", "name = \"", "with = { ", "any", "word", "{0,255}", "first", "class", "over=", "~", "&!", "|"]
    whole = "[class.w]\n_ = \"w{,s} v~s\"\n\n[macro]\nm = '(w | \"x|y\"){1,3}'\n\n[[pattern]]\nname = \"n\"\nmake = \"%s\"\nmatch = '%s'\n"
    makers = {"time": "date", "figure": "number", "record": "rank", "phrase": "name", "document": "aside"}
    for number, chapter in enumerate(CHAPTERS):
        made = whole % (makers.get(chapter, "nothing"), "m over=~w&!m? word{0,2}".replace("&!m", "&!word"))
        yield f"{chapter}-whole", bytes([number]) + made.encode(), words
        for path in sorted(pathlib.Path("languages").glob(f"*/{chapter}.toml")):
            pieces = re.split(r"\n\n+", path.read_text(encoding="utf-8"))
            for place, piece in enumerate(piece for piece in pieces if len(piece.encode()) < 2000):
                yield f"{path.parts[1]}-{chapter}-{place}", bytes([number]) + piece.encode(), ()


target, folder, dictionary = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
makers = {"extract": extract, "html": html, "filter": filter_, "page_token": page_token, "watch_token": watch_token,
          "pack": pack}
if target not in makers:
    sys.exit(f"error: scripts/fuzz-corpus.py knows no beginning for {target}")
folder.mkdir(parents=True, exist_ok=True)
words = set()
for name, content, more in makers[target]():
    (folder / name).write_bytes(content)
    words.update(more)
dictionary.write_bytes(b"".join(
    b'"' + b"".join(b"\\x%02x" % byte for byte in word.encode()) + b'"\n' for word in sorted(words) if word))
