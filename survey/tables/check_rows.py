"""The rows of the tables about blind checks: what each reader's check found, and what was said of each answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from sqlalchemy import select

from analysis.evidence.agreement import f1_score
from survey.answers.check_models import Check, CheckedAnswer, CheckReader, Reading
from survey.checks.drawing import past_checks
from survey.checks.outcome import outcome, people_agreement
from survey.checks.statement import read_by_owner
from survey.checks.theme_changes import CheckThemes, changed_at, check_themes
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.tables.answer_query import joined_names
from survey.tables.data_dictionary import Row


def check_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each reader of each check, oldest first. The figures are those that the check's page shows."""
    for past in reversed(past_checks(survey)):
        check, people = past.check, people_agreement(past.check, past.readers)
        changed = changed_at(survey, check)
        for reader in past.readers:
            result = outcome(check, reader)
            found = result.found if reader.finished_at is not None else None
            yield (
                check.public_id,
                _time(check.started_at),
                reader.called or None,
                read_by_owner(survey, reader),
                _time(reader.finished_at),
                len(result.pairs),
                _rounded(found.f1 if found else None),
                _rounded(found.low if found else None),
                _rounded(found.high if found else None),
                _rounded(found.micro_f1 if found else None),
                found.same if found else None,
                result.skipped,
                result.unread,
                result.dropped,
                result.silent,
                check.size,
                check.drawn_from,
                check.waiting,
                _rounded(people.alpha if people else None),
                _time(changed),
                found.neither if found else None,
                _rounded(found.f1_named if found else None),
            )


def reading_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each answer that a reader read for a check, in the order of the checks, readers and places."""
    for past in reversed(past_checks(survey)):
        themes = check_themes(past.check)
        for reader in past.readers:
            yield from _readings(past.check, reader, themes, read_by_owner(survey, reader))


def _readings(check: Check, reader: CheckReader, themes: CheckThemes, by_owner: bool) -> Iterator[Row]:
    rows = db.session.execute(
        select(CheckedAnswer, Answer.public_id, Answer.text, Reading)
        .join(Answer, Answer.id == CheckedAnswer.answer_id)
        .join(Reading, (Reading.answer_id == CheckedAnswer.answer_id) & (Reading.reader_id == reader.id))
        .where(CheckedAnswer.check_id == check.id, Answer.status == "shown")
        .order_by(CheckedAnswer.place)
    ).all()
    for checked, answer_id, text, reading in rows:
        said = None if reading.themes is None else themes.settle(reading.themes)
        machine = themes.settle(checked.themes)
        yield (
            check.public_id,
            checked.place,
            answer_id,
            text,
            reader.called or None,
            by_owner,
            "cannot tell" if said is None else "themes" if said else "none",
            *_named(themes, said or ()),
            *_named(themes, machine),
            checked.is_silent,
            None
            if said is None or themes.leaves_nothing(reading.themes or (), checked.themes)
            else round(f1_score(said, machine), 4),
            reading.note or None,
            _time(reading.read_at),
            checked.settled if reader.is_first else None,
        )


def _named(themes: CheckThemes, ids: Iterable[int]) -> tuple[str | None, str | None]:
    """Return the names and the public ids of themes, with semicolons between them."""
    wanted = set(ids)
    found = [theme for theme in themes.by_name() if theme.id in wanted]
    return joined_names(theme.name for theme in found) or None, "; ".join(theme.public_id for theme in found) or None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else str(moment.astimezone(UTC).replace(tzinfo=None))
