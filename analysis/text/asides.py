"""Parts of an answer that are no ideas: politeness, exclamations, repetitions, and asides of a story.

They stay in the text of the answer, and are neither placed nor counted as unplaced. English, and polite words of other
languages; every expression matches a whole folded part of at most MOST_WORDS words.
"""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from analysis.text.joining.topic_commas import COURTESY
from analysis.text.normalise import fold, written_words
from analysis.text.spans import Span
from analysis.text.word_lists import IMPERATIVE_VERBS, STOP_WORDS, VOCATIVES

MOST_WORDS = 12
_MOST_REPEATED = 4  # words of a part that says again what was said
_MOST_SMALL = 5  # words of a part without a word that has a meaning of its own
_MOST_SAID = 40  # parts before a part that it may repeat
_MOST_WAITING = 200  # characters of a condition
_MOST_CALLED = 3  # words of a part in capitals that a condition before it waits for: "when you are done, LISTEN"


def _read() -> tuple[dict[str, frozenset[str]], dict[str, re.Pattern[str]]]:
    """Read the words, and the expressions with their parts in place."""
    with Path(__file__).with_name("asides.toml").open("rb") as file:
        tables = tomllib.load(file)
    parts = {"{" + name + "}": part.replace("\n", "") for name, part in tables["parts"].items()}
    expressions: dict[str, re.Pattern[str]] = {}
    for name, text in tables["expressions"].items():
        expression = text.strip().replace("\n", "|")
        while any(part in expression for part in parts):
            for part, own in parts.items():
                expression = expression.replace(part, own)
        expressions[name] = re.compile(expression)
    return {name: frozenset(text.split()) for name, text in tables["words"].items()}, expressions


_WORDS, _EXPRESSIONS = _read()
_POLITE, _STORY = _EXPRESSIONS["polite"], _EXPRESSIONS["story"]
_STORY_STARTS = _WORDS["story_starts"] | frozenset(map(str, range(100)))
_PUNCTUATION = re.compile(r"[\s.,!?;:\u2026\"'\u201d\u2019)]*")
_RESTATED = re.compile(r"(?:it'?s|this is|that'?s|we'?re in) (?:a|an|the) (\w+)(?: (\w+))?")
_WHEN = re.compile(
    r"(?:since|until|till|by|before|after) (?:last |this |next )?(\w+)"
    r"|(?:every|each|all)(?: single| damn| bloody)? (?:time|day|week|month|year|morning|night|summer|winter)"
)
_CONDITION = re.compile(r"(?:when|if|once|whenever|after|before|until|unless|while)\b(?: \S+){2,}")
_ELABORATES = re.compile(r"(?:even (?:if|when|though)|especially|except|such as|as long as|so that)\b[^,]*")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DIGITS = {word: str(number) for number, word in enumerate(_NUMBERS, 1)}


def without_asides(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the spans of an answer's parts without those that are no ideas; all of them if none is an idea.

    A part that only says when joins the part before it.
    """
    kept: list[Span] = []
    said: list[str] = []
    is_signed = False
    for start, end in spans:
        folded = fold(text[start:end])
        words = folded.split()
        if kept and _elaborates(text, kept[-1], (start, end)):
            kept[-1] = (kept[-1][0], end)
            said[-1] += f" {_comparable(words)}"
            continue
        if len(words) > MOST_WORDS:
            said.append(_comparable(words))
            kept.append((start, end))
            continue
        is_repeated = _is_repeated(words, said, text[start:end].isupper())
        if kept and not is_repeated and _joins(text, kept[-1], (start, end), said[-1], folded, words):
            kept[-1] = (kept[-1][0], end)
            said[-1] += f" {_comparable(words)}"
        elif is_repeated or _is_aside(text[start:end], folded, words, bool(kept)):
            is_signed = is_signed or folded.endswith(("regards", "wishes", "sincerely", "faithfully"))
        elif not is_signed or len(words) > 2:
            kept.append((start, end))
            said.append(_comparable(words))
    return kept or [*spans]


def _comparable(words: Sequence[str]) -> str:
    """Return words with numbers as digits, between spaces."""
    return f" {' '.join(_DIGITS.get(word, word) for word in words)} "


def _is_repeated(words: Sequence[str], said: Sequence[str], is_loud: bool) -> bool:
    """Return whether a short part was an earlier one, or its end, or is called out: "meetings. meetings meetings"."""
    distinct = [*dict.fromkeys(words)]
    if len(distinct) > _MOST_REPEATED:
        return False
    part = _comparable(distinct)
    return any(
        part in before and (is_loud or before.endswith(part) or before.count(" ") <= _MOST_REPEATED + 1)
        for before in said[-_MOST_SAID:]
    )


def _is_aside(text: str, folded: str, words: Sequence[str], follows: bool) -> bool:
    """Return whether a part is polite, an exclamation or of a story; ``follows``: after an idea."""
    if folded in COURTESY or _WORDS["emphasis"].issuperset(words):
        return True
    if follows and len(words) <= _MOST_SMALL and words[0] in _WORDS["small_starts"] and STOP_WORDS.issuperset(words):
        return True
    if not folded.isascii():
        return False
    bare = _without_softness(words)
    for own in (words, bare) if len(bare) < len(words) else (words,):
        part = " ".join(own)
        if _POLITE.fullmatch(part) or (own[:1] and own[0].split("'")[0] in _STORY_STARTS and _STORY.fullmatch(part)):
            return True
    restated = _RESTATED.fullmatch(folded)
    if restated is None:
        return False
    if restated[2] is not None:
        return restated[2] in VOCATIVES
    last = written_words(text)[-1]
    return follows and len(last) > 2 and last.isupper() and not text.isupper()


def _elaborates(text: str, before: Span, own: Span) -> bool:
    """Return whether a sentence only says more of the one before it: "Even if it is a quick hello"."""
    start, end = own
    return (
        text[start] in "aesAES"
        and _ELABORATES.fullmatch(text[start:end].casefold()) is not None
        and _is_next_sentence(text, before, own)
    )


def _is_next_sentence(text: str, before: Span, own: Span) -> bool:
    """Return whether only marks stand between two parts, in one line."""
    between = text[before[1] : own[0]]
    return _PUNCTUATION.fullmatch(between) is not None and "\n" not in between


def _without_softness(words: Sequence[str]) -> Sequence[str]:
    first, last = 0, len(words)
    while first < last and words[first] in _WORDS["before"]:
        first += 1
    while last > first and words[last - 1] in _WORDS["after"]:
        last -= 1
    return words[first:last]


def _joins(text: str, before: Span, own: Span, said: str, folded: str, words: Sequence[str]) -> bool:
    """Return whether a part belongs to the one before it, as no more than its end."""
    if not folded.isascii():
        return False
    if _is_next_sentence(text, before, own):
        if _WORDS["days"].issuperset(words):
            return True
        when = _WHEN.fullmatch(folded)
        if when is not None:
            return when[1] is None or when[1] in _WORDS["days"]
    return (
        len(words) <= _MOST_CALLED
        and len(said) <= _MOST_WAITING
        and (text[slice(*own)].isupper() or (len(words) == 1 and words[0] in IMPERATIVE_VERBS))
        and _CONDITION.fullmatch(said.strip()) is not None
        and "," not in text[slice(*before)]
    )
