"""What reads visitors' text takes a time that grows with its length and no faster, whatever the text is made of."""

from __future__ import annotations

import ast
import gc
import importlib
import re
import signal
import textwrap
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
from markupsafe import escape

from analysis.files import delimited, html_table
from analysis.files.model import FileChoices, FileRefused
from analysis.files.recognise import recognise
from analysis.known_themes import example_words
from analysis.naming import choose_names, clauses, phrases
from analysis.stances import denials
from analysis.tables.columns import describe_columns, propose_columns
from analysis.tables.layout import find_layout
from analysis.tables.read_rows import cell_forms, read_rows
from analysis.tables.time_order import time_order
from analysis.tables.times import time_parser
from analysis.text import language, nonanswers, normalise, split_ideas
from survey.core import personal_data, respondent_kinds
from survey.exports import file_formats, single_file_page
from survey.manage import overview
from survey.results import highlighting, quotes
from survey.search import by_word
from survey.web import formatting

ROOT = Path(__file__).parents[2]
PARTS = ("analysis", "survey")
METHODS = {"findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"}
"""Of a regular expression: those that read a text"""
SHORT, LONG = 1_250, 5_000
"""Characters. A visitor may send LONG, a file for the analysis may hold 20,000."""
TIMES_MOST = 8
"""How much longer four times the text may take. Linear is 4, quadratic 16."""
QUICK = 0.01
"""Seconds in which a text of LONG characters may be read anyhow: a quadratic reader takes longer, noise less"""
GIVEN_UP = 2.0
"""Seconds of processor time after which a text is read no further, however it would go on"""
REPEATS = 4
TOLD_MOST = 3
"""Slow texts after which a reader is not tried further"""

SIGNS = {
    "space": " ", "tab": "\t", "no-break space": "\u00a0", "zero width": "\u200b", "line": "\n", "wide space": "\u3000",
    "bullet": "•", "star": "*", "hyphen": "-", "dash": "—", "digit": "1", "dot": ".", "ellipsis": "…", "comma": ",",
    "quote": '"', "apostrophe": "'", "curly quote": "”", "bracket": "(", "closing bracket": ")", "square bracket": "]",
    "exclamation": "!", "semicolon": ";", "colon": ":", "slash": "/", "at": "@", "hash": "#", "plus": "+",
    "low line": "_", "letter": "a", "mark": "\u0301", "two marks": "\u0301\u0316", "emoji": "😀",
    "circled digit": "①", "Chinese": "爱",
    "ideographic stop": "。", "Thai": "รัก", "Arabic": "حب ", "ligature": "\ufdfa", "capital": "İ",
}  # fmt: skip
UNITS = SIGNS | {
    "addresses": "a@", "www": "www.", "http": "http://", "spoken address": "at at dot dot ", "spoken": "a at b dot ",
    "address in brackets": "a[at]b(dot)", "domains": "a.", "domain": "x.com ", "handles": "@abc ", "hyphened": "a-",
    "two words": "a b ", "words": "always listen ", "phone": "555 0142 ", "phone signs": "(1)-", "dates": "2024-01-01 ",
    "numbered": "1. ", "numbered line": "\n1) a ", "bullets in a line": " • ", "stars in a line": " * ", "list": ", a",
    "joined": "a and ", "ands": "and ", "leads": "so ", "asks": "please ", "asks apart": "please, ", "leans": "as x, ",
    "pauses": "a - ", "dots and space": "x. ", "stops": " . ", "dots apart": "... ", "links apart": ". http://x ",
    "semicolons apart": "; ", "colons apart": "a: ", "short forms": "e.g. ", "initials": "x.y.z. ", "laughter": "haha",
    "nouns": "love ", "nouns in a list": "trust, ", "slashed": "abcd/", "in quotes": "“a” ", "in brackets": "(a) ",
    "brackets of two kinds": "])", "spaces and signs": "    ,", "lines with bullets": "- a\n", "blank lines": "\n \n",
    "family": "👨\u200d👩\u200d👧", "key": "1\ufe0f\u20e3", "flags": "🇺🇸", "letters with marks": "e\u0301",
    "halfwidth": "\uff76\uff9e", "letters as marks": "\uff9e\u0301", "marks of two": "\u0f73",
    "joined in Spanish": "a y ", "joined in Arabic": "حب وال", "joined in Korean": "하고 ",
    "joined in Thai": "การรัก และ", "joined in Chinese": "爱和", "joined in Dutch": "en ",
    "small words in Japanese": "をが", "small words in Korean": "이가", "elided": "l'",
    "Chinese": "图书馆", "Thai": "ที่",
    "German verbs": "zu gehen, ", "wide spaces": "爱\u3000",
    "don't know": "don't ask me ", "ask": "ask my wife ",
}  # fmt: skip
MARKUP = {
    "tags": "<td>", "tags not closed": "<td ", "tag signs": "<", "ends of tags": ">", "ends": "</td>",
    "comments": "<!---->", "comments not closed": "<!--", "comments not opened": "-->",
    "comments apart": "<!-- > --> ", "rows": "<tr><td>", "tables": "<table>", "ends of tables": "</table>",
    "scripts not closed": "<script>", "scripts half closed": "<script></script", "scripts": "<script></script >",
    "declarations": "<?xml ", "attributes": 'a="', "entities": "&#1",
}  # fmt: skip
"""What only files and pages are read for"""
IN_PAIRS = (
    "space", "no-break space", "line", "bullet", "hyphen", "digit", "dot", "comma", "quote", "closing bracket",
    "letter", "emoji",
)  # fmt: skip
LANGUAGES = ("ar", "de", "fr", "he", "ja", "ko", "nl", "th", "zh")
"""Whose words are cut or joined in ways of their own"""
AROUND = (("", ""), ("We listen", "x"))
"""What stands before and after the hostile part, unless a reader has other weak places"""


@dataclass(frozen=True)
class Reader:
    """A function that reads text, and what stands before and after the hostile part."""

    read: Callable[[str], Any]
    around: Sequence[tuple[str, str]] = AROUND
    units: Mapping[str, str] = field(default_factory=lambda: UNITS)


class GaveUpError(Exception):
    """A text took far too long to be read to its end."""


def _spans(of: str) -> list[tuple[int, int]]:
    return [(at, at + 20) for at in range(0, len(of) - 20, max(1, len(of) // 40))]


def _phrases(of: str) -> list[list[phrases.Phrase]]:
    return phrases.rank_phrases([[clauses.Mention(0, of)], [clauses.Mention(1, "We listen to each other")]])


def _phrases_in_languages(of: str) -> object:
    """Read a text in one of the languages: in which, its beginning says, so that each language has many texts.

    In all of them it takes minutes of processor time.
    """
    turn = zlib.crc32(of[:12].encode("utf-8", "surrogatepass")) % len(LANGUAGES)
    return phrases.rank_phrases([[clauses.Mention(number, of) for number in range(2)]], survey=LANGUAGES[turn])


def _imported(of: str) -> object:
    return [*delimited.pasted_rows(delimited.pasted_lines(of), delimited.guess_separator(of))]


def _cut(of: str) -> object:
    try:
        return [*delimited.cut_with_care([of[: len(of) // 2] + "\n", of + "\n"], ",", escaped=True)]
    except FileRefused:
        return None


def _columns(of: str) -> object:
    rows = [(1, [of, of + "x"]), (2, [of, "y"]), (3, ["x", of])]
    layout = find_layout(rows)
    columns = propose_columns(describe_columns(rows, layout, question=of))
    return [*read_rows(rows, layout, columns, cell_forms(rows, layout, columns))]


def _page(of: str, *, xml: bool = False) -> object:
    with NamedTemporaryFile() as file:
        file.write(of.encode())
        file.flush()
        try:
            return [*html_table.read_html(Path(file.name), FileChoices(), xml=xml)[1]]
        except FileRefused:
            return None


def _kind(of: str) -> object:
    try:
        return recognise(of.encode())
    except FileRefused:
        return None


def _moment(of: str) -> object:
    try:
        return time_parser(time_order([(1, of)]))(of)
    except ValueError:
        return None


READERS = {
    "ideas": Reader(
        split_ideas.split_ideas,
        (*AROUND, ("1. We listen ", ". always"), ("See http://a.bc now", "= x"), ("please laugh", "trust")),
    ),
    "fold": Reader(normalise.fold),
    "no answer": Reader(
        nonanswers.is_nonanswer,
        (*AROUND, ("Click here ", " to win"), ("ask my ", ""), ("http://x.y ", "x")),
    ),
    "language": Reader(language.guess_languages),
    "phrases": Reader(_phrases),
    "phrases in many languages": Reader(
        _phrases_in_languages,
        (*AROUND, ("図書館を", "が"), ("도서관이", "을"), ("l'", "l'"), ("والن", "")),
    ),
    "denials": Reader(
        lambda of: (denials.denial(of, "en"), denials.verdicts(of, "en"), denials.unjudged(of, "en")),
        (*AROUND, ("not because of ", ""), ("it wasn't the ", ""), ("not ", " dirty"), ("the ", " was not the reason")),
    ),
    "names": Reader(lambda of: choose_names.choose_names([[clauses.Mention(0, of)]], [[]], ["Other"])),
    "words that tell a theme": Reader(example_words.stems),
    "personal data": Reader(
        personal_data.mask_personal_data,
        (*AROUND, ("1 a at ", " dot com"), ("1 a@b", ""), ("+(1", "x"), (".a ", ""), ("+1 (", "x")),
    ),
    "marks": Reader(lambda of: highlighting.highlight(*highlighting.mask_with_spans(of, _spans(of)))),
    "quotes": Reader(lambda of: quotes.quote(of, len(of) // 3, len(of) // 2)),
    "words looked for": Reader(
        lambda of: highlighting.highlight(of, by_word.spans_of(["a", ")))", "ab ab", "\u0153\u00e9"], of)),
    ),
    "cells": Reader(file_formats.defused, (("", ""), ("", "="), ("", "x"))),
    "pasted answers": Reader(_imported),
    "cells in quotation marks": Reader(
        _cut,
        (*AROUND, ('"', "x"), ('"a', '",b'), ('x,"', '" y')),
    ),
    "columns": Reader(_columns),
    "pages": Reader(_page, (("<table><tr><td>", ""), ("<p>", "<table><tr><td>a</table>")), UNITS | MARKUP),
    "sheets as XML": Reader(lambda of: _page(of, xml=True), (("<Table><Row><Cell>", ""),), UNITS | MARKUP),
    "kinds of file": Reader(_kind, (("", ""), ("", "x")), UNITS | MARKUP),
    "moments": Reader(
        _moment,
        (*AROUND, ("2024-01-01 10:10", "x"), ("1/1/2024 10:10:10.1", "x"), ("1.1.2024 1:10", "pm Z x")),
    ),
    "lines of a form": Reader(respondent_kinds.split_lines),
    "paragraphs": Reader(formatting.paragraphs, (*AROUND, ("x\n", "x"))),
    "short forms": Reader(lambda of: textwrap.shorten(of, overview.MAX_SHORT_LENGTH, placeholder=" …")),
    "pages to keep": Reader(lambda of: single_file_page.as_single_file(f"<p>{escape(of)}</p>", ROOT)),
}  # fmt: skip
BUILT = {
    "analysis/naming/capitals.py",
    "analysis/text/asides.py",
    "analysis/text/joining/full_stops.py",
    "analysis/words/word_edges.py",
    "analysis/stances/denials.py",
    "analysis/files/delimited.py",
    "analysis/files/html_table.py",
    "analysis/files/encodings.py",
    "analysis/tables/column_names.py",
    "analysis/tables/column_statistics.py",
    "survey/answer_desk/answer_filter.py",
    "survey/archives/shapes.py",
    "survey/search/by_word.py",
    "survey/search/letters.py",
}
"""Files that build an expression of a delimiter or of words that were looked for, which READERS has, or of constants:
what is behind a full stop is read in 24 characters, shapes of archives in 60 at most, the place in a list of answers is
two bounded numbers."""
SHORT_TEXTS = {
    "_ABBREVIATION": "is searched in 24 characters before a full stop",
    "_ORDINAL": "is searched in 24 characters before a full stop",
    "_COUNTS_ON": "is read in 24 characters behind a full stop",
    "_MORE": "is read in the first 300 characters of a column's name",
    "_MADE_BY": "is read in cells of 200 characters at most",
}
"""Expressions that are not linear and never read a long text, and why"""


def hostile(length: int, around: Sequence[tuple[str, str]], units: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Texts of so many characters that a careless reader reads again and again, each with a name."""
    for before, after in around:
        for called, unit in units.items():
            yield f"{before!r} {called} {after!r}", _filled(length, before, (unit,), after)
    for one, other in permutations(IN_PAIRS, 2):
        before, after = around[-1]
        yield f"{before!r} {one}, {other} {after!r}", _filled(length, before, (SIGNS[one], SIGNS[other]), after)


def in_two_lengths(
    around: Sequence[tuple[str, str]], units: Mapping[str, str]
) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Each hostile text with its name, SHORT and LONG."""
    return zip(hostile(SHORT, around, units), hostile(LONG, around, units), strict=True)


def _filled(length: int, before: str, units: Sequence[str], after: str) -> str:
    """A text in which each of the units is repeated for an equal share of what the ends leave."""
    share = (length - len(before) - len(after)) // len(units)
    return before + "".join((unit * (share // len(unit) + 1))[:share] for unit in units) + after


def seconds(read: Callable[[str], Any], of: str) -> float:
    """How long a reader works on a text, without what it waits for the machine, and without a look through all that
    other tests left in this process for garbage. After GIVEN_UP it is stopped.
    """

    def give_up(*_: object) -> None:
        raise GaveUpError

    gc.disable()
    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, GIVEN_UP)
    try:
        started = time.thread_time()  # other tests may have left threads that work
        read(of)
        return time.thread_time() - started
    except GaveUpError:
        return GIVEN_UP
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        gc.enable()


def is_slow(short: float, long: float) -> bool:
    """Whether four times the text took too much longer, by the seconds of both."""
    return long >= GIVEN_UP or long > max(QUICK, TIMES_MOST * short)


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_four_times_the_text_takes_no_more_than_four_times_as_long(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("survey.core.personal_data.gettext", str)  # no page, no language
    slow = []
    for (called, short), (_, long) in in_two_lengths(reader.around, reader.units):
        took = seconds(reader.read, long)
        if took <= QUICK or not is_slow(seconds(reader.read, short), took):
            continue
        # Each time another text, because what was read once may be remembered.
        least = [min(seconds(reader.read, of + "x" * more) for more in range(1, REPEATS)) for of in (short, long)]
        if is_slow(*least):
            slow.append(f"{called}: {least[0]:.3f} s, then {least[1]:.3f} s")
        if len(slow) == TOLD_MOST:
            break
    assert slow == []


@pytest.mark.slow
def test_a_reader_that_is_quadratic_is_found() -> None:
    careless = re.compile(r"\s+[•]")
    texts = map(dict, zip(*in_two_lengths(AROUND, UNITS), strict=True))
    short, long = (min(seconds(careless.search, of["'We listen' space 'x'"]) for _ in range(3)) for of in texts)
    assert is_slow(short, long)


@pytest.mark.slow
def test_a_reader_that_never_ends_is_found() -> None:
    careless = re.compile(r"(?:<!--.*?-->)*y")
    short, long = (seconds(careless.match, "<!---->" * count) for count in (2, 100))
    assert long == GIVEN_UP
    assert is_slow(short, long)


@pytest.mark.slow
def test_every_regular_expression_reads_in_linear_time() -> None:
    """Each of the code is found in its source, and measured by the methods that the code calls on it."""
    slow, count = [], 0
    texts = [*in_two_lengths(AROUND, UNITS | MARKUP)]  # made once for all expressions
    for called, read in regular_expressions():
        count += 1
        for (text, short), (_, long) in texts:
            if seconds(read, long) <= QUICK:
                continue
            least = [min(seconds(read, of) for _ in range(REPEATS)) for of in (short, long)]
            if is_slow(*least):
                slow.append(f"{called}, {text}: {least[0]:.3f} s, then {least[1]:.3f} s")
                break
    assert slow == []
    assert count > 40, "the expressions were not found"


def regular_expressions() -> Iterator[tuple[str, Callable[[str], Any]]]:
    """Yield each use of a regular expression in the code: where, and a function that reads a text in the same way."""
    trees = {path: ast.parse(path.read_text("utf-8")) for part in PARTS for path in sorted((ROOT / part).rglob("*.py"))}
    methods: dict[str, set[str]] = {}
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                methods.setdefault(ast.unparse(node.value).rpartition(".")[2], set()).add(node.attr)
    for path, tree in trees.items():
        where = str(path.relative_to(ROOT))
        named = {
            node.value: node.targets[0].id
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=called)) if called != "escape":
                    pass
                case _:
                    continue
            name = named.get(node, "")
            if name in SHORT_TEXTS:
                continue
            if name:
                pattern = getattr(importlib.import_module(where.removesuffix(".py").replace("/", ".")), name)
                for method in methods.get(name, {"search"}):
                    yield f"{where}: {name}.{method}", reading(pattern, method)
            elif isinstance(node.args[0], ast.Constant) and called != "compile":
                yield f"{where}, line {node.lineno}", reading(re.compile(node.args[0].value), called)
            else:
                assert where in BUILT, f"{where}, line {node.lineno}: measure what uses it among READERS"


def reading(pattern: re.Pattern[Any], method: str) -> Callable[[str], Any]:
    """Return a function that applies a pattern to a whole text by one of its methods."""
    encoded = isinstance(pattern.pattern, bytes)

    def read(of: str) -> Any:
        text: Any = of.encode() if encoded else of
        if method in ("sub", "subn"):
            return getattr(pattern, method)(text[:0], text)
        found = getattr(pattern, method)(text)
        return list(found) if method == "finditer" else found

    return read
