"""The rows of the table of themes by kind, with every count: for the owner, who has the answers with their kinds."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from survey.core import respondent_kinds
from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Survey
from survey.exports.data_dictionary import Row
from survey.results.lookups import shown_run
from survey.results.visible_themes import all_themes


def kind_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each theme of the shown result and each kind, most people first. Four queries.

    What may be published of these counts: survey.publication.reader_rows.
    """
    themes = all_themes(shown_run(survey))
    labels = {key: kind.export_label for key, kind in respondent_kinds.by_key(survey).items()}
    answered = _people_by_kind(survey)
    named = {(theme_id, kind): people for theme_id, kind, people in _people_by_theme_and_kind(survey)}
    kinds = sorted(answered, key=lambda kind: (kind is None, -answered[kind], str(kind)))
    for theme in themes:
        for kind in kinds:
            people = named.get((theme.id, kind), 0)
            yield (
                theme.public_id,
                theme.name,
                labels.get(kind, kind) if kind else None,
                answered[kind],
                people,
                round(people / answered[kind], 4),
            )


def _people_by_kind(survey: Survey) -> dict[str | None, int]:
    """Return how many people of each kind said something to the question; None for those who chose no kind."""
    rows = db.session.execute(
        select(Answer.kind, func.count(Answer.id.distinct()))
        .join(Idea, Idea.answer_id == Answer.id)
        .where(Idea.run_id == survey.current_run_id, Idea.status != "nonanswer", Answer.status == "shown")
        .group_by(Answer.kind)
    )
    return dict(rows.tuples().all())


def _people_by_theme_and_kind(survey: Survey) -> list[tuple[int, str | None, int]]:
    rows = db.session.execute(
        select(Placement.theme_id, Answer.kind, func.count(Answer.id.distinct()))
        .select_from(Placement)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Idea.run_id == survey.current_run_id, Answer.status == "shown")
        .group_by(Placement.theme_id, Answer.kind)
    )
    return list(rows.tuples())
