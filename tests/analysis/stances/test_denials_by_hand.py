"""Own sentences that say it was not so, in seven languages: nearly all are marked and not quoted, nothing else is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from analysis.evidence.self_contained import contrary
from analysis.progress import ignore_progress
from analysis.stances.mark import who_denies
from analysis.text.parse_answers import ParsedAnswers, parse_answers
from benchmarks.data import TEXTS

SENTENCES = TEXTS / "denials_by_hand.txt"


@dataclass
class Theme:
    """A theme, what is said in it, what may be taken for the opposite, and the opposite."""

    half: str
    language: str
    name: str
    said: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)
    opposite: list[str] = field(default_factory=list)


def themes() -> Iterator[Theme]:
    theme: Theme | None = None
    for line in SENTENCES.read_text(encoding="utf-8").splitlines():
        kind, _, text = line.partition(" ")
        if kind == "=":
            if theme:
                yield theme
            half, language, name = text.split(" ", 2)
            theme = Theme(half, language, name)
        elif theme:
            {"+": theme.said, "~": theme.near, "-": theme.opposite}[kind].append(text)
    if theme:
        yield theme


def parsed_whole(texts: Sequence[str], language: str) -> ParsedAnswers:
    """Texts of one idea each, in a language that is not guessed."""
    whole = {at: [(0, len(text))] for at, text in enumerate(texts)}
    parsed = parse_answers(texts, ignore_progress, spans=whole)
    assert [idea.answer for idea in parsed.ideas] == list(range(len(texts)))
    return replace(parsed, languages=dict.fromkeys(range(len(texts)), language))


def test_sentences_that_deny_their_theme_are_marked_and_not_quoted() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for theme in themes():
        theirs = [*theme.said, *theme.near]
        for odd in theme.opposite:
            parsed = parsed_whole([*theirs, odd], theme.language)
            every = range(len(theirs) + 1)
            counts[theme.half, "tried"] += 1
            for measure, found in (
                ("marked", who_denies(parsed, every)),
                ("not quoted", contrary(parsed, every, theme.name)),
            ):
                counts[theme.half, measure] += len(theirs) in found
                counts["either", f"{measure} wrongly"] += len({*found} - {len(theirs)})
    print(counts)
    assert counts["either", "marked wrongly"] == counts["either", "not quoted wrongly"] == 0, counts
    assert counts["development", "marked"] >= 47, counts
    assert counts["development", "not quoted"] >= 55, counts
    assert counts["reporting", "marked"] >= 45, counts
    assert counts["reporting", "not quoted"] >= 55, counts
