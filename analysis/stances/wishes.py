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
            found += next(filter(None, (read(words, cues) for read in _READERS)), [])
    return found


def _leading(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return the wishes of a clause whose cues stand before their matter: "more trees"."""
    found: list[Wish] = []
    at, first = 0, _first_word(words, cues)
    done = first + cues.does.at(words, first) if first < len(words) else 0  # "take more risks"
    while at < len(words):
        length, against = cues.at(words, at, is_chain=at == done)
        if not length:
            at += 1
            continue
        against, start = against != _is_turned(words, first if at == done else at, cues), at + length
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


def _answering(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return whether a clause wants people to say yes or no, if not to what: "learn to say no"."""
    first = _first_word(words, cues)
    for at in range(first, len(words)):
        if at != first and not cues.before_verbs.before(words, at):
            continue
        for phrases, against in cues.answers:
            after = at + phrases.at(words, at)
            if after > at and not _goes_on(words, after, cues):
                return [Wish(cues.agreement, against != _is_turned(words, at, cues))]
    return []


def _goes_on(words: Sequence[str], at: int, cues: Cues) -> bool:
    """Return whether what is said no to follows: "to homework", but not "more often"."""
    if at == len(words) or any(phrases.at(words, at) for phrases, _ in cues.amounts):
        return False
    return cues.between.at(words, at) > 0


def _forbidding(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return what a clause asks people not to do: "please don't shush teenagers", but nothing of "don't know"."""
    at = 0
    while at < len(words) and not cues.forbids.at(words, at):
        skipped = cues.before_verbs.at(words, at)
        if not skipped:
            return []
        at += skipped
    at += cues.forbids.at(words, at) if at < len(words) else 0
    return [] if at < len(words) and cues.states.at(words, at) else _matter(words, at, cues, against=True)


def _wishing(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return what a clause says would be nice: "a cafe in the hall would be nice", but not "would help the poor"."""
    for at in range(1, len(words)):
        after = at + cues.wished_behind.at(words, at)
        if after > at and (after == len(words) or cues.ends.at(words, after)):
            return [wish for wish in _matter(words[:at], 0, cues, against=False) if len(wish.matter) < MAX_MATTER]
    return []


def _advising(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return what people are told to do more or less, in one word: "worry a bit less"."""
    start = _first_word(words, cues)
    if start + 1 >= len(words) or any(each.at(words, start) for each in (cues.states, cues.ends, cues.negations)):
        return []
    for phrases, against in cues.amounts:
        after = start + 1 + phrases.at(words, start + 1)
        if after > start + 1 and (after == len(words) or cues.ends.at(words, after)):
            return [Wish((words[start],), against != _is_turned(words, start, cues))]
    return []


_READERS = (_answering, _trailing, _leading, _forbidding, _wishing, _advising)


def _first_word(words: Sequence[str], cues: Cues) -> int:
    """Return where a clause begins behind words that only ask: "please just"."""
    at = 0
    while at < len(words) and (skipped := cues.before_verbs.at(words, at)):
        at += skipped
    return at


def _matter(words: Sequence[str], start: int, cues: Cues, *, against: bool) -> list[Wish]:
    """Return the wish for what begins at ``start``, without the words that only lead to it."""
    while start < len(words):
        turned = cues.negations.at(words, start)
        if not (skipped := turned or cues.does.at(words, start) or cues.between.at(words, start)):
            break
        against ^= turned > 0
        start += skipped
    end = start
    while end < min(len(words), start + MAX_MATTER) and not cues.ends.at(words, end):
        end += 1
    return [Wish(tuple(words[start:end]), against)] if end > start else []


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
