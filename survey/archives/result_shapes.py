"""Shapes that several tables have, and what a run says in JSON: comparisons of kinds and with advice, findings."""

from __future__ import annotations

from typing import Any

from survey.archives.shapes import (
    Choice,
    Flag,
    Keyed,
    Known,
    ListOf,
    Maybe,
    PublicName,
    Real,
    Record,
    Ref,
    Row,
    Scalar,
    Whole,
    Words,
    Wrong,
)
from survey.curation.codebook import MAX_KEY_CHARACTERS

KEY = Words(MAX_KEY_CHARACTERS, 1)
NAME = Words(120, 1)
PUBLIC_ID = Words(16, 16, "[0-9a-f]{16}")
HASH = Maybe(Words(64, 64, "[0-9a-f]{64}"))
SHARE = Real(0, 1)
MAYBE_SHARE = Maybe(Real(-1, 2))
THEME = Ref("themes")
MAYBE_THEME = Maybe(THEME)
"""A theme of the archive, and one or none"""


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
CELL = Record(
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
                    "cells": ListOf(CELL, 100),
                    "verdict": Choice(("universal", "leans", "too few to tell")),
                    "leans_to": ListOf(Words(60), 100),
                    "p": MAYBE_SHARE,
                    "q": MAYBE_SHARE,
                    "reason": Words(300),
                }
            )
        ),
        "needed": Whole(),
    },
    optional=("needed",),
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
        },
        optional=("other",),
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
