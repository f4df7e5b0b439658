"""What reads visitors' text takes a time that grows with its length and no faster, whatever the text is made of."""

from __future__ import annotations

import ast
import gc
import re
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape

from analysis.known_themes import place
from analysis.naming import choose_names, phrases
from analysis.text import language, normalise, split_ideas
from survey.core import personal_data, respondent_kinds
from survey.exports import file_formats, single_file_page
from survey.imports import column_guess, file_reader, timestamps
from survey.manage import overview
from survey.reports import search
from survey.results import highlighting, quotes
from survey.sharing import text_layout
from survey.web import formatting, logging_setup

ROOT = Path(__file__).parents[2]
SHORT, LONG = 5_000, 20_000
"""Characters: the longest answer a visitor may send, and four times as many, which a file for the analysis may hold"""
TIMES_MOST = 8
"""How much longer four times the text may take. Linear is 4, quadratic 16."""
QUICK = 0.02
"""Seconds in which a text of LONG characters may be read anyhow: a quadratic reader takes longer, noise less"""
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
    "don't know": "don't ask me ", "ask": "ask my wife ",
}  # fmt: skip
IN_PAIRS = (
    "space", "no-break space", "line", "bullet", "hyphen", "digit", "dot", "comma", "quote", "closing bracket",
    "letter", "emoji",
)  # fmt: skip
AROUND = (("", ""), ("We listen", "x"))
"""What stands before and after the hostile part, unless a reader has other weak places"""


@dataclass(frozen=True)
class Reader:
    """Something that reads text. `covers` names the regular expressions behind it, `around` what hostile parts are
    between."""

    read: Callable[[str], Any]
    covers: Sequence[str] = ()
    around: Sequence[tuple[str, str]] = AROUND


def _spans(of: str) -> list[tuple[int, int]]:
    return [(at, at + 20) for at in range(0, len(of) - 20, max(1, len(of) // 40))]


def _phrases(of: str) -> list[list[phrases.Phrase]]:
    return phrases.rank_phrases([[phrases.Mention(0, of)], [phrases.Mention(1, "We listen to each other")]])


def _imported(of: str) -> object:
    separator = file_reader.guess_separator(of)
    return [*file_reader.pasted_rows(file_reader.pasted_lines(of), separator)], file_reader.guess_delimiter(of)


def _moment(of: str) -> object:
    try:
        return timestamps.day_comes_first([of]), timestamps.reader(None)(of)
    except ValueError:
        return None


READERS = {
    "ideas": Reader(
        split_ideas.split_ideas,
        (
            "analysis.text.split_ideas._LINE", "analysis.text.split_ideas._LINE_HEAD",
            "analysis.text.split_ideas._FIRST_NUMBER",
            "analysis.text.split_ideas._LISTED", "analysis.text.split_ideas._INLINE_BULLET",
            "analysis.text.split_ideas._INLINE_NUMBER",
            "analysis.text.split_ideas._SENTENCE_MARK",
            "analysis.text.split_ideas._SENTENCE_END", "analysis.text.split_ideas._CONTINUED",
            "analysis.text.split_ideas._ABBREVIATION",
            "analysis.text.split_ideas._SEPARATOR_MARK", "analysis.text.split_ideas._SEPARATOR",
            "analysis.text.split_ideas._ONE_CLAUSE",
            "analysis.text.split_ideas._WORD", "analysis.text.split_ideas._LEADING_WORD",
            "analysis.text.split_ideas._TRIM_LEFT",
            "analysis.text.split_ideas._TRIM_RIGHT", "analysis.text.normalise._LINKED",
            "analysis.text.normalise._WORD_CHARACTER",
        ),
        (*AROUND, ("1. We listen ", ". always"), ("See http://a.bc now", "= x"), ("please laugh", "trust")),
    ),
    "fold": Reader(
        normalise.fold,
        (
            "analysis.text.normalise._INVISIBLE", "analysis.text.normalise._CONTROL",
            "analysis.text.normalise._APOSTROPHES", "analysis.text.normalise._MARK",
            "analysis.text.normalise._LOOSE_MARKS", "analysis.text.normalise._MANY_MARKS",
        ),
    ),
    "no answer": Reader(
        normalise.is_nonanswer,
        ("analysis.text.normalise._LAUGHTER", "analysis.text.normalise._REPEATED",
        "analysis.text.normalise._ASK_SOMEBODY", "analysis.text.normalise._OFFER"),
        (*AROUND, ("Click here ", " to win"), ("ask my ", ""), ("http://x.y ", "x")),
    ),
    "language": Reader(language.is_non_english, ("analysis.text.language._LETTERS",)),
    "phrases": Reader(_phrases, ("analysis.naming.phrases._CLAUSE_END",)),
    "names": Reader(lambda of: choose_names.choose_names([[phrases.Mention(0, of)]], [[]], ["Other"])),
    "words that tell a theme": Reader(place._stems),
    "personal data": Reader(
        personal_data.mask_personal_data,
        tuple(
            f"analysis.text.personal_data.{one}"
            for one in (
                "_EMAIL", "EXPLICIT_URL", "URL", "HANDLE", "PHONE",
                "_DIALLED", "_NUMBER", "_DATE", "PERSONAL_DATA_HINT", "_AT_SPOKEN",
            )
        ),
        (*AROUND, ("1 a at ", " dot com"), ("1 a@b", ""), ("+(1", "x"), (".a ", ""), ("+1 (", "x")),
    ),
    "marks": Reader(lambda of: highlighting.said(*highlighting.masked_with(of, _spans(of)))),
    "quotes": Reader(lambda of: quotes.quote(of, len(of) // 3, len(of) // 2)),
    "words looked for": Reader(
        lambda of: highlighting.said(of, search._spans(["a", ")))", "ab ab"], of)),
        ("survey.reports.search._spans", "survey.reports.search._matching"),
    ),
    "cells": Reader(file_formats.defused, ("survey.exports.file_formats.FORMULA",), (("", ""), ("", "="), ("", "x"))),
    "csv": Reader(lambda of: file_formats._csv_texts([of, "1" + of])),
    "pasted answers": Reader(_imported),
    "columns": Reader(lambda of: column_guess.guess([of, of + "x"], [1.0, 2.0], of)),
    "moments": Reader(
        _moment,
        ("survey.imports.timestamps.YEAR_FIRST", "survey.imports.timestamps.YEAR_LAST"),
        (*AROUND, ("2024-01-01 10:10", "x"), ("1/1/2024 10:10:10.1", "x"), ("1.1.2024 1:10", "pm Z x")),
    ),
    "lines of a form": Reader(respondent_kinds.split_lines),
    "paragraphs": Reader(formatting.paragraphs, ("survey.web.formatting.paragraphs",), (*AROUND, ("x\n", "x"))),
    "pictures": Reader(
        lambda of: text_layout._PIECES.findall(text_layout._SPACE.sub(" ", text_layout._UNSEEN.sub("", of))),
        ("survey.sharing.text_layout._UNSEEN", "survey.sharing.text_layout._SPACE",
        "survey.sharing.text_layout._PIECES"),
    ),
    "short forms": Reader(lambda of: textwrap.shorten(of, overview.MAX_SHORT_LENGTH, placeholder=" …")),
    "pages to keep": Reader(lambda of: single_file_page.whole(f"<p>{escape(of)}</p>", ROOT)),
    "what is shown of a log": Reader(lambda of: logging_setup.ROW.sub("", of), ("survey.web.logging_setup.ROW",)),
}  # fmt: skip
OTHERS = {
    "survey.serve.gunicorn_worker.LENGTH": "reads the head of a request, which has 32 kB at most, once",
    "survey.serve.gunicorn_worker.CHUNKED": "reads the head of a request, which has 32 kB at most, once",
    "survey.serve.gunicorn_worker.EXPECTS": "reads the head of a request, which has 32 kB at most, once",
    "survey.serve.gunicorn_worker.CHUNK_SIZE": "takes 16 characters of a line",
    "survey.worker.stale_theme_names._QUOTED": "reads a description that this program wrote",
    "survey.worker.stale_theme_names._NUMBER": "reads a name of 120 characters",
    "survey.operations.reconcile.IDENTITY": "is compared with lines that this program wrote",
    "survey.sharing.preview_image._curve": "reads drawings of this program",
    "survey.operations.backup.NAME": "is compared with names of files, as a whole",
    "survey.operations.backup._SEAL": "reads the last bytes of a backup",
    "survey.respond.bot_checks.PROOF": "takes 16 characters as a whole",
    "survey.answers.lifecycle.FORM_KEY": "takes 64 characters as a whole",
    "survey.imports.staged_uploads.KEY": "takes 32 characters as a whole",
    "survey.exports.api_routes.ID": "takes 18 characters as a whole",
    "survey.exports.api_routes.ID_PAIR": "takes 37 characters as a whole",
    "survey.web.response_headers.EMBEDDED": "reads the path of an address, which the server limits",
    "survey.manage.forms.SLUG": "takes an address of 60 characters as a whole",
    "survey.manage.surveys._free_slug": "reads a question of 200 characters",
    "survey.sharing.text_layout.faces": "looks for single characters",
    "survey.reports.search._pattern": "reads a query of 100 characters",
    "survey.web.formatting.before_last": "is compared with the start of a name",
}
"""Regular expressions that read no text of a length to speak of, and why"""


def hostile(length: int, around: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Texts of so many characters that a careless reader reads again and again, each with a name."""
    for before, after in around:
        for called, unit in UNITS.items():
            yield f"{before!r} {called} {after!r}", _filled(length, before, (unit,), after)
    for one, other in permutations(IN_PAIRS, 2):
        before, after = around[-1]
        yield f"{before!r} {one}, {other} {after!r}", _filled(length, before, (SIGNS[one], SIGNS[other]), after)


def _filled(length: int, before: str, units: Sequence[str], after: str) -> str:
    """A text in which each of the units is repeated for an equal share of what the ends leave."""
    share = (length - len(before) - len(after)) // len(units)
    return before + "".join((unit * (share // len(unit) + 1))[:share] for unit in units) + after


def seconds(read: Callable[[str], Any], of: str) -> float:
    """How long a reader works on a text, without what it waits for the machine, and without a look through all that
    other tests left in this process for garbage.
    """
    gc.disable()
    try:
        started = time.process_time()
        read(of)
        return time.process_time() - started
    finally:
        gc.enable()


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_four_times_the_text_takes_no_more_than_four_times_as_long(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("survey.core.personal_data.gettext", str)  # no page, no language
    slow = []
    for (called, short), (_, long) in zip(hostile(SHORT, reader.around), hostile(LONG, reader.around), strict=True):
        if seconds(reader.read, long) <= max(QUICK, TIMES_MOST * seconds(reader.read, short)):
            continue
        # Each time another text, because what was read once may be remembered.
        least = [min(seconds(reader.read, of + "x" * more) for more in range(1, REPEATS)) for of in (short, long)]
        if least[1] > max(QUICK, TIMES_MOST * least[0]):
            slow.append(f"{called}: {least[0]:.3f} s, then {least[1]:.3f} s")
        if len(slow) == TOLD_MOST:
            break
    assert slow == []


def test_a_reader_that_is_quadratic_is_found() -> None:
    careless = re.compile(r"\s+[•]")
    texts = dict(hostile(SHORT, AROUND)), dict(hostile(LONG, AROUND))
    short, long = (min(seconds(careless.search, of["'We listen' space 'x'"]) for _ in range(3)) for of in texts)
    assert long > max(QUICK, TIMES_MOST * short)


def test_every_regular_expression_is_measured_or_said_to_read_little() -> None:
    """A new one comes into the table above, or among the others with a reason."""
    files = [*ROOT.glob("analysis/**/*.py"), *ROOT.glob("survey/**/*.py")]
    there = {called for path in files for called in _expressions(path)}
    measured = {called for reader in READERS.values() for called in reader.covers}
    assert there == measured | OTHERS.keys()
    assert measured.isdisjoint(OTHERS)


def _expressions(path: Path) -> Iterator[str]:
    """Where a file asks `re` for something: the name given to it, or the function it is asked in."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if any(_asks(node) for node in ast.walk(statement)):
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=called)]) | ast.FunctionDef(name=called) | ast.ClassDef(name=called)
                ):
                    yield f"{module}.{called}"
                case _:
                    raise AssertionError(f"{module}, line {statement.lineno}: give the regular expression a name")


def _asks(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=attribute)):
            return attribute != "escape"
    return False
