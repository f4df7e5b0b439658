"""The people who coded a file as a second coder: how far the themes agree with them, and where not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from analysis.evidence.agreement import Agreement, CodeAgreement, Pair, agreement, krippendorff_alpha
from survey.answers.coding_models import Coding
from survey.checks.drawing import machine_themes
from survey.coded_files.codings import Code, CodedText, coded_texts, codes_of, themes_of_codes, used
from survey.core.database import batches, db
from survey.core.models import Survey, Theme

BATCH_ANSWERS = 500
MIN_CARRIED = 10
"""Answers with a compared code below which there is no figure"""
MAX_DISTINCT = 1500
"""Different sets of themes up to which alpha is reckoned: its time grows with the square of them"""


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A code and the themes it stands for, compared."""

    code: Code
    theme: Theme
    counts: CodeAgreement


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An answer that people and machine see differently: what only one of them said, and what both did."""

    answer: CodedText
    people: tuple[Theme, ...]
    machine: tuple[Theme, ...]
    both: tuple[Theme, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result. Only answers that a run has read count, and only themes that a code stands for."""

    answers: int
    unread: int
    blank: int
    """Answers of the file without any code, which are left out unless they are asked for"""
    carried: int
    """Answers, of those that count, to which people gave a code that a theme stands for"""
    found: Agreement | None
    """Over the answers that have a compared code from people, or its theme here: `micro_f1` leads. None without any"""
    alpha: float | None
    """Krippendorff's, with MASI's distance between sets; None if there is nothing to tell, or too much"""
    lines: list[CodeLine]
    """The codes that stand for themes, least agreement first"""
    without_theme: list[Code]
    """Used codes that no theme stands for: they cannot be compared"""
    differing: list[Disagreement]
    only_here: int
    """Shown themes that no code stands for, and which are left out"""

    @property
    def tells(self) -> bool:
        """Whether enough answers carry a compared code for a figure: others agree because nobody says anything."""
        return self.carried >= MIN_CARRIED


def compare(survey: Survey, coding: Coding, *, with_blank: bool = False, only: int | None = None) -> Comparison:
    """Compare a coding with the themes as they stand; `only` keeps the disagreements about one theme (its id)."""
    session = db.session
    codes, themes = codes_of(coding), themes_of_codes(session, coding)
    usable = used(codes)
    by_code = {code: theme for code, theme in enumerate(themes) if code in usable and theme is not None}
    told = {theme.id: theme for theme in by_code.values()}
    texts = coded_texts(session, coding.id)
    coded = [text for text in texts if with_blank or any(mark.code in usable for mark in text.marks)]
    said = _machine(survey, coded)
    pairs: list[tuple[CodedText, frozenset[int], frozenset[int]]] = []
    for text in coded:
        if text.answer_id in said:
            people = frozenset(by_code[mark.code].id for mark in text.marks if mark.code in by_code)
            pairs.append((text, people, frozenset(said[text.answer_id] & told.keys())))
    sets: list[Pair] = [(people, machine) for _, people, machine in pairs]
    counts = _counts(sets, told)
    lines = [CodeLine(codes[code], theme, counts[theme.id]) for code, theme in by_code.items()]
    lines.sort(key=lambda line: (line.counts.f1 is None, line.counts.f1 or 0, -line.counts.first_only))
    named = [pair for pair in sets if any(pair)]
    distinct = {one for pair in sets for one in pair}
    names = sorted(told, key=lambda theme_id: told[theme_id].name.casefold())
    return Comparison(
        answers=len(pairs),
        unread=len(coded) - len(pairs),
        carried=sum(bool(people) for people, _ in sets),
        blank=len(texts) - sum(any(mark.code in usable for mark in text.marks) for text in texts),
        found=agreement(named) if named else None,
        alpha=krippendorff_alpha(sets) if sets and len(distinct) <= MAX_DISTINCT else None,
        lines=lines,
        without_theme=[codes[code] for code in sorted(usable - by_code.keys())],
        differing=[
            Disagreement(
                text,
                _named(names, people - machine, told),
                _named(names, machine - people, told),
                _named(names, people & machine, told),
            )
            for text, people, machine in pairs
            if people != machine and (only is None or only in people ^ machine)
        ],
        only_here=len({theme_id for ids in said.values() for theme_id in ids} - told.keys()),
    )


def _machine(survey: Survey, texts: Sequence[CodedText]) -> dict[int, set[int]]:
    said: dict[int, set[int]] = {}
    for batch in batches((text.answer_id for text in texts), BATCH_ANSWERS):
        said |= machine_themes(db.session, survey.current_run_id, batch)
    return said


def _counts(pairs: Sequence[Pair], themes: Collection[int]) -> dict[int, CodeAgreement]:
    both, first, second = Counter[object](), Counter[object](), Counter[object]()
    for people, machine in pairs:
        both.update(people & machine)
        first.update(people - machine)
        second.update(machine - people)
    return {
        theme: CodeAgreement(
            both[theme], first[theme], second[theme], len(pairs) - both[theme] - first[theme] - second[theme]
        )
        for theme in themes
    }


def _named(order: Sequence[int], ids: Collection[int], themes: Mapping[int, Theme]) -> tuple[Theme, ...]:
    return tuple(themes[theme_id] for theme_id in order if theme_id in ids)
