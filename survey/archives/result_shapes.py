"""Shapes that several tables have, own words and pictures, and what a run says: comparisons, findings."""

from __future__ import annotations

import base64
from typing import Any

from survey.archives.shapes import (
    Choice,
    Flag,
    Ids,
    Keyed,
    Known,
    ListOf,
    Maybe,
    Names,
    PublicName,
    Real,
    Record,
    Ref,
    Row,
    Scalar,
    Shape,
    Whole,
    Words,
    Wrong,
    shown,
)
from survey.curation.codebook import MAX_KEY_CHARACTERS
from survey.looks import colours, words
from survey.looks.redraw import MAX_BYTES
from survey.web import time_zones

KEY = Words(MAX_KEY_CHARACTERS, 1)
NAME = Words(120, 1)
PUBLIC_ID = Words(16, 16, "[0-9a-f]{16}")
HASH = Maybe(Words(64, 64, "[0-9a-f]{64}"))
SHARE = Real(0, 1)
MAYBE_SHARE = Maybe(Real(-1, 2))
THEME = Ref("themes")
MAYBE_THEME = Maybe(THEME)
"""A theme of the archive, and one or none"""


class Zone(Shape):
    """The name of a time zone."""

    def read(self, value: Any, known: Known) -> str:
        if not isinstance(value, str) or not time_zones.is_zone(value):
            raise Wrong(f"{shown(value)} is no time zone")
        return value


class OwnWords(Record):
    """A survey's own texts and colour, as its owner may write them."""

    is_plain = True

    def __init__(self) -> None:
        super().__init__({key: Words(most, 1) for key, most in words.LIMITS.items()}, optional=tuple(words.LIMITS))

    def read(self, value: Any, known: Known) -> dict[str, str]:
        read: dict[str, str] = super().read(value, known)
        if words.tidied(read) != read:
            raise Wrong("a text begins or ends with white space, or has line ends of another kind")
        if "contact" in read and words.contact_address(read["contact"]) is None:
            raise Wrong(f"{shown(read['contact'])} is no contact")
        accent = read.get("accent")
        if accent is not None and not (colours.parsed(accent) == accent and colours.is_readable(accent)):
            raise Wrong(f"{shown(accent)} is no colour that can be read")
        return read


class PictureContent(Shape):
    """The file of a picture, in base 64."""

    is_plain = False

    def write(self, value: bytes, names: Names) -> str:
        return base64.b64encode(value).decode()

    def read(self, value: Any, known: Known) -> str:
        return Words(MAX_BYTES * 4 // 3 + 4, 4, "[0-9A-Za-z+/]+={0,2}").read(value, known)

    def place(self, value: str, ids: Ids) -> bytes:
        return base64.b64decode(value)


class Setting(Scalar):
    """A scalar, or counts by name."""

    def read(self, value: Any, known: Known) -> Any:
        if isinstance(value, dict):
            return Keyed(Words(60), Whole(), 300).read(value, known)
        return super().read(value, known)


SETTINGS = Keyed(Words(60), Setting(), 100)
SPAN = Row((Ref("answers"), Whole(), Whole()))
"""An idea: its answer and its character range"""
DAILY = Maybe(Keyed(Words(10, 10, r"\d{4}-\d\d-\d\d"), Whole()))


class Cell(Record):
    """How many of a kind are in a theme; nothing is missing where nothing is hidden."""

    def __init__(self) -> None:
        super().__init__(
            {
                "group": Words(60),
                "people": Whole(),
                "count": Maybe(Whole()),
                "share": MAYBE_SHARE,
                "low": MAYBE_SHARE,
                "high": MAYBE_SHARE,
                "hidden": Choice(("", "fewer than 5", "not shown")),
            }
        )

    def read(self, value: Any, known: Known) -> dict[str, Any]:
        read: dict[str, Any] = super().read(value, known)
        if missing := [name for name in ("count", "share") if read[name] is None and not read["hidden"]]:
            raise Wrong(f"nothing is hidden, and {missing[0]} is missing")
        return read


COMPARISON = Record(
    {
        "people": Whole(),
        "groups": ListOf(Row((Words(60), Whole())), 100),
        "elsewhere": Whole(),
        "themes": ListOf(
            Record(
                {
                    "theme": KEY,
                    "people": Whole(),
                    "share": Real(0, 1),
                    "cells": ListOf(Cell(), 100),
                    "verdict": Choice(("universal", "leans", "too few to tell")),
                    "leans_to": ListOf(Words(60), 100),
                    "p": MAYBE_SHARE,
                    "q": MAYBE_SHARE,
                    "reason": Words(300),
                    "upto": Maybe(Ref("answers")),
                },
                optional=("upto",),
            )
        ),
        "needed": Whole(),
        "points": Real(0, 1),
        "upto": Maybe(Ref("answers")),
    },
    optional=("needed", "points", "upto"),
)
COMPARED_ADVICE = Record(
    {
        "public_id": PublicName("advice"),
        "title": Words(120),
        "points": ListOf(
            Record(
                {
                    "heading": Words(400),
                    "body": Words(400),
                    "theme": Maybe(KEY),
                    "people": Maybe(Whole()),
                    "strength": Maybe(Real()),
                    "perhaps": Maybe(KEY),
                    "covers": ListOf(KEY),
                },
                optional=("perhaps", "covers", "strength"),
            ),
            100,
        ),
        "missing": ListOf(Record({"theme": KEY, "people": Whole()})),
    }
)
CHANGES = ListOf(
    Record(
        {
            "key": KEY,
            "kind": Choice(("unchanged", "grew", "shrank", "split", "merged", "new", "gone", "moved")),
            "before": Whole(),
            "after": Whole(),
            "other": Maybe(KEY),
        }
    )
)
SATURATION = Record(
    {"people": Whole(), "chance": MAYBE_SHARE, "low": MAYBE_SHARE, "high": MAYBE_SHARE, "verdict": Words(60)},
    optional=("people", "chance", "low", "high", "verdict"),
)
REMAINING = Record(
    {
        "read": Whole(),
        "corrected": Whole(),
        "unread": Whole(),
        "wrong_at_first": SHARE,
        "wrong_now": SHARE,
        "low": SHARE,
        "high": SHARE,
        "enough": Flag(),
    }
)
FIGURES = {
    "alike": {"wordings"},
    "inside": {"people", "other_people"},
    "small": {"people", "all"},
    "name": {"people", "say", "better"},
    "detail": {"people", "say", "better"},
    "opposed": {"people", "other_people"},
    "mixed": {"ideas", "all"},
}
"""What the sentence about a finding of each rule of the theme doctor counts"""
DIVISORS = ("wordings", "people", "all", "other_wordings")


def check_findings(row: dict[str, Any], known: Known) -> None:
    """Raise Wrong where a finding lacks a figure that the page about it shows or divides by."""
    for finding in row["findings"]:
        figures, rule = finding["figures"], finding["rule"]
        needed = FIGURES[rule] | {"share"}
        if rule == "alike":
            needed = needed | ({"shared"} if "shared" in figures else {"nearer", "other_nearer", "other_wordings"})
        if missing := sorted(needed - figures.keys()):
            raise Wrong(f"a finding lacks the figure {missing[0]}")
        if any(figures[name] < 1 for name in DIVISORS if name in figures):
            raise Wrong("a finding counts nobody")


FINDINGS = ListOf(
    Record(
        {
            "rule": Choice(tuple(FIGURES)),
            "theme": KEY,
            "other": Maybe(KEY),
            "figures": Keyed(Words(40), Real()),
            "ideas": ListOf(SPAN),
            "contrast": ListOf(SPAN),
            "name": Maybe(Words(120)),
        }
    ),
    10_000,
)


class TextOrFlag(Shape):
    """A text of up to 2,000 characters, true or false."""

    def read(self, value: Any, known: Known) -> str | bool:
        return value if isinstance(value, bool) else Words(2000).read(value, known)


KEPT = Record(
    {
        "rank": Whole(),
        "wordings": Whole(),
        "parent_id": MAYBE_THEME,
        "x": Maybe(Real()),
        "y": Maybe(Real()),
        "radius": Maybe(Real()),
        "came_back": Whole(),
        "re_runs": Whole(),
        "tentative": Flag(),
    }
)
"""What an edit keeps of the result of a theme that has left"""
