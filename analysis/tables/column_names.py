"""What columns are called in the exports of survey tools, in many languages: a hint at what they hold, never the proof.

Names are compared folded (small letters, no punctuation); of each role the likelier names come first.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from analysis.files.model import Role
from analysis.text.normalise import fold


def _read_names() -> dict[str, list[str]]:
    """Return the names of each section of column_names.txt."""
    sections: dict[str, list[str]] = {}
    section: list[str] = []
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line[1:-1], [])
        elif line and not line.startswith("# "):
            section += [name.strip() for name in line.split("|")]
    return sections


STATUSES = frozenset(
    {"status", "distributionchannel", "distribution channel", "response type", "response status", "mode"}
)
"""Names of columns that may say "Survey Preview", "test" or "pretest" beside what they say of real responses"""
LONGEST = 300
"""Characters of a name that are compared; no known name is as long"""
_MORE = re.compile(r"\s*[(\[].*?[)\]]\s*|\s*\*\s*$|\s*[:\uff1a]\s*$")


@lru_cache(maxsize=4096)
def comparable(name: str) -> str:
    """Return a name as the lists here are compared: folded, without brackets and marks of what must be answered."""
    name = name[:LONGEST]
    return fold(_MORE.sub(" ", name)) or fold(name)


def _any_of(entries: list[str]) -> re.Pattern[str]:
    """Return a pattern of words, "*" for further letters of a word; of scripts without spaces a word is anywhere."""
    folded = [entry.casefold() for entry in entries]
    anywhere = [re.escape(entry) for entry in folded if _NO_SPACES.match(entry)]
    spoken = [re.escape(entry).replace(r"\*", r"\w*") for entry in folded if not _NO_SPACES.match(entry)]
    return re.compile("|".join([*anywhere, rf"\b(?:{'|'.join(spoken)})\b"]))


_NO_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_NAMES = _read_names()
_CODES, _NO_CODES = _any_of(_NAMES["codes"]), _any_of(_NAMES["no codes"])
_ROLES: tuple[Role, ...] = ("other", "name", "place", "phone", "address", "id", "time", "email", "answer")
_RANKED: dict[str, tuple[Role, int]] = {
    comparable(name): (role, rank) for role in _ROLES for rank, name in reversed(list(enumerate(_NAMES[role])))
} | {"kind": ("kind", 0), "source": ("source", 0)}
_TESTS = frozenset(map(comparable, _NAMES["test"]))
GOOGLE_TIMES = frozenset(map(comparable, _NAMES["google"]))
"""What Google Forms calls the time of a response, in its languages"""


def says_answer(name: str) -> bool:
    """Return whether a name means "answer" in some language, and hardly anything that people answer."""
    known = role_of(name)
    return known is not None and known[0] == "answer" and known[1] < _NAMES["answer"].index("comment")


def says_codes(name: str) -> bool:
    """Return whether a name says that the column has codes, themes or categories, in some language."""
    spaced = re.sub(r"[\W\d_]+", " ", name[:LONGEST].casefold())
    return bool(_CODES.search(spaced)) and not _NO_CODES.search(spaced)


def section(name: str) -> frozenset[str]:
    """Return the names of a section of column_names.txt, as they stand there."""
    return frozenset(_NAMES[name])


def role_of(name: str) -> tuple[Role, int] | None:
    """Return the role that a column of this name usually has and the rank of the name in it, or None."""
    return _RANKED.get(comparable(name))


def is_known(name: str) -> bool:
    """Return whether a column in some tool's export has this name; "x" and "y" may as well be marks in a cell."""
    plain = comparable(name)
    return (len(plain) > 1 or plain == "#") and (plain in _RANKED or plain in _TESTS)


def marks_tests(name: str) -> bool:
    """Return whether a column of this name says which responses were given to try the survey."""
    return comparable(name) in _TESTS


def may_mark_tests(name: str) -> bool:
    """Return whether a column of this name says it among other things."""
    return comparable(name) in STATUSES
