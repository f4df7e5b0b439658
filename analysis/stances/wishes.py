"""What an idea wants or does not want, by its words: "no more meetings", "please don't cancel the standup"."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from analysis.stances.cues import Cues, Phrases, read_cues

MAX_MATTER = 5  # words
MAX_SHORT = 3  # words of a matter that is all that a clause names
MAX_LEAD = 5  # words between what asks for or against something and what is to be put into it
MAX_TURN = 3  # phrases between "not" and what it turns round

_MARKS = r".!?;:,()\n\u061f\u060c\u2013\u2014\u3001\u3002\uff01\uff0c\uff1f"
_PICTURES = r"\u2600-\u27bf\U0001f300-\U0001faff"
_BREAK = re.compile(rf"[{_MARKS}{_PICTURES}]+")


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
    held: list[str] = []
    for clause in _BREAK.split(text):
        words = cues.split(clause)
        own: list[Wish] = []
        if not cues.words.isdisjoint(words):
            own = _putting([*held, *words], cues) if held else []
            own = own or next(filter(None, (read(words, cues) for read in _READERS)), [])
        found += own
        held = words if words and cues.of["carried"].at(words, 0) == len(words) else []
    return found


def _leading(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return the wishes of a clause whose cues stand before their matter: "more trees"."""
    found: list[Wish] = []
    at, first = 0, _first_word(words, cues)
    done = first + cues.does.at(words, first) if first < len(words) else 0  # "take more risks"
    while at < len(words):
        length, against = cues.at(words, at, is_chain=at == done)
        if not length:
            at += cues.idle(words, at) or 1
            continue
        cue = at
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
        if end > start and not _is_no_wish(words, cue, start, end, cues):
            found.append(Wish(tuple(words[start:end]), against))
        at = max(end, start)
    return found


def _is_no_wish(words: Sequence[str], cue: int, start: int, end: int, cues: Cues) -> bool:
    """Return whether too many people do something, or there are not too many, or something should cost less."""
    if cues.of["lowers"].at(words, cue):
        return _has_any(words[start:end], cues.of["costs"])
    if not cues.of["too_much"].at(words, cue):
        return False
    followed = end < len(words) and any(each.at(words, end) for each in (cues.negations, cues.of["fails"]))
    return (
        followed
        or any(cues.of["persons"].at(words, at) for at in range(cue, end))
        or any(_has_any(words[:cue], each) for each in (cues.negations, cues.of["fails"]))
        or _has_any(words[start:end], cues.of["fails"])
    )


def _has_any(words: Sequence[str], phrases: Phrases) -> bool:
    return any(phrases.at(words, at) for at in range(len(words)))


def _trailing(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return the wish of a clause whose cue stands behind its matter: "meetings are fine"."""
    for at in range(1, len(words)):
        for phrases, against in cues.behind:
            after = at + phrases.at(words, at)
            if after == at or (phrases is cues.of["stops_behind"] and not _is_over(words, after, cues)):
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
    if start + 1 >= len(words) or cues.idle(words, start):
        return []
    if any(each.at(words, start) for each in (cues.states, cues.ends, cues.negations)):
        return []
    for phrases, against in cues.amounts:
        after = start + 1 + phrases.at(words, start + 1)
        if after > start + 1 and (after == len(words) or cues.ends.at(words, after)):
            return [Wish((words[start],), against != _is_turned(words, start, cues))]
    return []


def _putting(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return what should get money, time or everything, or should not: "stop wasting money on statues"."""
    for at in range(1, len(words)):
        start = at + cues.of["put"].at(words, at)
        if start == at or not (
            _has_any(words[:at], cues.of["puts"]) or _has_any(words[start:], cues.of["puts_behind"])
        ):
            continue
        for phrases in (*(phrases for phrases, _ in cues.amounts), cues.of["puts_behind"]):
            start += phrases.at(words, start) if start < len(words) else 0
        into = cues.of["put_into"].at(words, start) if start < len(words) else 0
        against = _said_before(words, at, cues)
        if into and against is not None:
            end = next(
                (last for last in range(start, len(words)) if cues.of["puts_behind"].at(words, last)), len(words)
            )
            return _matter(words[:end], start + into, cues, against=against)
    return []


def _said_before(words: Sequence[str], end: int, cues: Cues) -> bool | None:
    """Return whether the words before ``end`` are against what follows; None if they do not say."""
    against, is_said, at = False, False, max(0, end - MAX_LEAD)
    while at < end:
        length, turns = cues.at(words, at)
        for phrases, is_less in (
            *cues.amounts,
            (cues.of["too_much"], True),
            (cues.forbids, True),
            (cues.negations, True),
        ):
            if not length and (length := phrases.at(words, at)):
                turns = is_less
        is_said, against = is_said or length > 0, against != (turns and length > 0)
        at += length or 1
    return against if is_said else None


def _turning(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return what should be turned up, down or off: "turn the music down"."""
    first = _first_word(words, cues)
    start = first + cues.of["turns"].at(words, first) if first < len(words) else first
    for at in range(start + 1, len(words)) if start > first else ():
        for phrases, against in cues.turned:
            after = at + phrases.at(words, at)
            if after > at and _is_over(words, after, cues):
                own = _matter(words[:at], start, cues, against=against != _is_turned(words, first, cues))
                return [wish for wish in own if not _has_any(wish.matter, cues.of["costs"])]
    return []


def _denying(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return what a short clause says no to at its end: "petardos no", but nothing of "yo no"."""
    for at in range(1, len(words)):
        if (after := at + cues.of["denies"].at(words, at)) > at and after == len(words):
            return _short(words[:at], 0, cues, against=True)
    return []


def _going_without(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return what a clause that says no more wants to be without: "sin petardos", but nothing of "sin ti"."""
    first = _first_word(words, cues)
    if first == len(words) or cues.idle(words, first) or cues.negations.before(words, first):
        return []
    start = first + cues.of["without"].at(words, first)
    return _short(words, start, cues, against=True) if start > first else []


def _asking(words: Sequence[str], cues: Cues) -> list[Wish]:
    """Return what a short clause asks for: "benches please"."""
    for at in range(1, len(words)):
        if (after := at + cues.of["asks"].at(words, at)) > at and after == len(words):
            return _short(words[:at], 0, cues, against=False)
    return []


def _short(words: Sequence[str], start: int, cues: Cues, *, against: bool) -> list[Wish]:
    """Return the wish for the few words of a thing from ``start`` on, if nothing but a polite word follows them."""
    end = len(words)
    while end > start and (length := cues.of["polite"].before(words[:end], end)):
        end -= length
    own = _matter(words[:end], start, cues, against=against)
    if not own or len(own[0].matter) > MAX_SHORT or own[0].matter != tuple(words[end - len(own[0].matter) : end]):
        return []
    return [] if any(_has_any(own[0].matter, each) for each in (cues.of["persons"], cues.of["not_things"])) else own


def _is_over(words: Sequence[str], at: int, cues: Cues) -> bool:
    """Return whether a clause, or what it says of its matter, ends there."""
    return at == len(words) or cues.ends.at(words, at) > 0 or cues.of["polite"].at(words, at) > 0


_READERS = (
    _answering, _putting, _turning, _denying, _trailing, _leading, _going_without, _forbidding, _wishing, _advising,
    _asking,
)  # fmt: skip


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
