"""Cells that a spreadsheet would run as a formula: defused on the way out, and exactly undone on the way back in."""

from __future__ import annotations

import re

FORMULA = re.compile(
    r"[\t\r\n]|[\s\"'\x00-\x1f\x7f-\xa0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[=+\-@＝＋－＠]"
)
"""The start of a cell that a spreadsheet might run as a formula, also after it drops spaces, quotes and invisible
characters"""

DEFUSED_FORMATS = frozenset({"csv", "xlsx", "ods"})
"""Formats of our exports that have apostrophes before formulas, or what a spreadsheet made of them"""


def defused(text: str) -> str:
    """Return a text that no spreadsheet runs: one that starts like a formula gets an apostrophe before it."""
    return "'" + text if FORMULA.match(text) else text


def undefused(text: str) -> str:
    """Return the text that `defused` was given."""
    return text[1:] if text.startswith("'") and FORMULA.match(text, 1) else text
