"""The codings of a survey: store one, list them, say which theme each code stands for, delete one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from analysis.text.normalise import fold
from survey.answers.coding_models import CodedAnswer, Coding
from survey.coded_files.assign import Mark
from survey.core.database import batches, db, insert_new, write_transaction
from survey.core.models import Answer, Survey, Theme, ThemeResult
from survey.edits.decisions import merged_themes
from survey.edits.models import Edit
from survey.runs.lookups import shown_run_id

BATCH_ROWS = 500
BY_NAME, NOT_USED = "name", "none"


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a coding: the theme it stands for is found by its name, unless the owner chose one, or none."""

    name: str
    description: str = ""
    choice: str = BY_NAME
    """BY_NAME, NOT_USED, or the public id of a theme"""


@dataclass(frozen=True, slots=True)
class CodedText:
    """An answer of a coding."""

    answer_id: int
    public_id: str
    text: str
    marks: tuple[Mark, ...]


def store(
    survey: Survey,
    key: str,
    name: str,
    codes: Sequence[Code],
    answers: Mapping[int, Sequence[Mark]],
    counts: Mapping[str, int],
) -> Coding:
    """Store a coding under the key of its upload, once; return it. `answers` are by id."""
    survey_id = survey.id
    with write_transaction() as session:
        row = {
            "public_id": key,
            "survey_id": survey_id,
            "name": name[-120:],
            "codes": [asdict(code) for code in codes],
            "counts": dict(counts),
        }
        if insert_new(session, Coding, [row]):
            coding_id = session.scalars(select(Coding.id).where(Coding.public_id == key)).one()
            here = set(session.scalars(select(Answer.id).where(Answer.survey_id == survey_id)))
            rows = [
                {
                    "coding_id": coding_id,
                    "answer_id": answer_id,
                    "marks": [[mark.code, *(mark.span or (None, None))] for mark in marks],
                }
                for answer_id, marks in answers.items()
                if answer_id in here
            ]
            for batch in batches(rows, BATCH_ROWS):
                session.execute(insert(CodedAnswer), batch)
    return db.session.scalars(select(Coding).where(Coding.public_id == key)).one()


def find(survey: Survey, public_id: str) -> Coding | None:
    """Return the coding of a survey with this public id; None if there is none."""
    return db.session.scalar(select(Coding).where(Coding.survey_id == survey.id, Coding.public_id == public_id))


def past_codings(survey: Survey) -> list[tuple[Coding, int]]:
    """Return the codings of a survey and how many answers each has, newest first."""
    rows = db.session.execute(
        select(Coding, func.count(CodedAnswer.answer_id))
        .outerjoin(CodedAnswer, CodedAnswer.coding_id == Coding.id)
        .where(Coding.survey_id == survey.id)
        .group_by(Coding.id)
        .order_by(Coding.id.desc())
    ).all()
    return [(coding, count) for coding, count in rows]


def forget(coding: Coding) -> None:
    """Delete a coding. What was placed by it stays, and can be undone in the history."""
    coding_id = coding.id
    with write_transaction() as session:
        session.execute(delete(Coding).where(Coding.id == coding_id))


def choose(coding: Coding, choices: Sequence[str]) -> None:
    """Set what each code stands for: BY_NAME, NOT_USED, or the public id of a theme of the survey."""
    coding_id, survey_id = coding.id, coding.survey_id
    with write_transaction() as session:
        stored = session.get_one(Coding, coding_id)
        known = {BY_NAME, NOT_USED, *session.scalars(select(Theme.public_id).where(Theme.survey_id == survey_id))}
        stored.codes = [
            code | ({"choice": choice} if choice in known else {})
            for code, choice in zip(stored.codes, choices, strict=True)
        ]


def codes_of(coding: Coding) -> list[Code]:
    """Return the codes of a coding."""
    return [Code(**code) for code in coding.codes]


def coded_texts(session: Session, coding_id: int) -> list[CodedText]:
    """Return the answers of a coding that are shown, by id."""
    rows = session.execute(
        select(Answer.id, Answer.public_id, Answer.text, CodedAnswer.marks)
        .join(CodedAnswer, CodedAnswer.answer_id == Answer.id)
        .where(CodedAnswer.coding_id == coding_id, Answer.status == "shown")
        .order_by(Answer.id)
    )
    return [CodedText(number, public_id, text, tuple(_marks(marks))) for number, public_id, text, marks in rows]


def themes_of_codes(session: Session, coding: Coding) -> list[Theme | None]:
    """Return the theme that each code stands for; None for one that has none yet, or is not used.

    By name, in capitals or not: a theme that is shown, else a part of one (then its theme), else one that was shown
    once. A theme that was merged is what it is part of now.
    """
    survey_id = coding.survey_id
    themes = {theme.id: theme for theme in session.scalars(select(Theme).where(Theme.survey_id == survey_id))}
    parents = dict(
        session.execute(
            select(ThemeResult.theme_id, ThemeResult.parent_id).where(
                ThemeResult.run_id == shown_run_id(session, survey_id)
            )
        ).all()
    )
    merged = merged_themes(session, survey_id)

    def current(theme: Theme) -> Theme:
        theme_id = parents.get(theme.id) or theme.id
        while theme_id in merged:
            theme_id = merged[theme_id]
        return themes[theme_id]

    def rank(theme: Theme) -> tuple[bool, bool, int]:
        return theme.id in parents, parents.get(theme.id) is None, -theme.id

    by_name: dict[str, Theme] = {}
    for theme in sorted(themes.values(), key=rank):
        if theme.id in parents or theme.origin != "part":
            by_name[fold(theme.name)] = theme
    by_id = {theme.public_id: theme for theme in themes.values()}
    found: list[Theme | None] = []
    for code in codes_of(coding):
        named = by_name.get(fold(code.name)) if code.choice == BY_NAME else by_id.get(code.choice)
        found.append(None if named is None else current(named))
    return found


def _marks(stored: Iterable[Sequence[int | None]]) -> Iterator[Mark]:
    for code, starts, ends in stored:
        if code is not None:
            yield Mark(code, None if starts is None or ends is None else (starts, ends))


def used(codes: Sequence[Code]) -> set[int]:
    """Return the places of the codes that are used."""
    return {place for place, code in enumerate(codes) if code.choice != NOT_USED}


def counted(texts: Iterable[CodedText]) -> dict[int, int]:
    """Return how many answers have each code, by its place."""
    counts: dict[int, int] = {}
    for text in texts:
        for code in {mark.code for mark in text.marks}:
            counts[code] = counts.get(code, 0) + 1
    return counts


def placed_by(coding: Coding) -> Edit | None:
    """Return the edit that placed the answers of a coding, if it holds; else None."""
    edit = db.session.get(Edit, coding.edit_id) if coding.edit_id is not None else None
    return None if edit is None or edit.undone_at is not None else edit
