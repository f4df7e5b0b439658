"""What an idea wants or does not want, by its words: "no more meetings", "please don't cancel the standup"."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from analysis.stances.cues import Cues, read_cues

MAX_MATTER = 5  # words
MAX_TURN = 3  # phrases between "not" and what it turns round

_BREAK = re.compile(r"[.!?;:,()\n\u061f\u060c\u2013\u2014\u3001\u3002\uff01\uff0c\uff1f]+")


class Wish(NamedTuple):
    """What should be, or if ``against`` should not be: the folded words that follow the cue."""

    matter: tuple[str, ...]
    against: bool


def wishes(text: str, language: str = "en") -> list[Wish]:
    """Return what a text wants and does not want, clause by clause; nothing in a language without cues."""
    cues = read_cues().get(language)
    if cues is None:
        return []
    found: list[Wish] = []
    for clause in _BREAK.split(text):
        words = cues.split(clause)
        if not cues.words.isdisjoint(words):
            found += _trailing(words, cues) or _leading(words, cues)
    return found


def _leading(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return the wishes of a clause whose cues stand before their matter: "more trees"."""
    found: list[Wish] = []
    at = 0
    while at < len(words):
        length, against = cues.at(words, at)
        if not length:
            at += 1
            continue
        against, start = against != _is_turned(words, at, cues), at + length
        while start < len(words):  # "we don't need | any | more | training"
            length, turned = cues.at(words, start, is_chain=True)
            if length:
                against ^= turned
            else:
                length = cues.between.at(words, start)
            if not length:
                break
            start += length
        end = start
        while end < min(len(words), start + MAX_MATTER) and not cues.ends.at(words, end):
            if end > start and cues.at(words, end)[0]:
                break
            end += 1
        if end > start:
            found.append(Wish(tuple(words[start:end]), against))
        at = max(end, start)
    return found


def _trailing(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return the wish of a clause whose cue stands behind its matter: "meetings are fine"."""
    for at in range(1, len(words)):
        for phrases, against in cues.behind:
            if not phrases.at(words, at):
                continue
            start = next((end + 1 for end in range(at - 1, -1, -1) if cues.ends.at(words, end)), 0)
            while start < at:  # "keine Läden schließen" wants to keep them
                if turned := cues.turned_behind.at(words, start):
                    against = not against
                elif not (turned := cues.between.at(words, start)):
                    break
                start += turned
            if start < at <= start + MAX_MATTER:
                return [Wish(tuple(words[start:at]), against)]
    return []


def _is_turned(words: Sequence[str], at: int, cues: Cues) -> bool:
    """Return whether the words before a cue turn it round, as "please don't" does."""
    for _ in range(MAX_TURN):
        if cues.negations.before(words, at):
            return True
        skipped = cues.between.before(words, at)
        if not skipped:
            return False
        at -= skipped
    return False
