"""Place the answers of one slice: those whose themes stand keep them, all others are placed as new answers are.

A slice may be placed by any process that reaches the database, and more than once: it adds what is missing, and counts
what is there. ``run_id + 0`` and ``survey_id + 0`` keep SQLite from reading all ideas of a run, or all answers of a
survey, for each slice.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, case, exists, func, insert, literal, null, select, text
from sqlalchemy.orm import Session, aliased

from analysis.new_answers import PlacedAnswers, Themes, place_new_answers
from survey.core.database import db, write_batch
from survey.core.models import Answer, Idea, Placement
from survey.findings.result_rows import IdeaRow, idea_rows
from survey.findings.save_languages import write_languages
from survey.placing.database_site import EmbedderWhenNeeded, Place, open_site
from survey.placing.unreadable_answers import place_readable
from survey.placing.vector_store import StoredVectors
from survey.results.time_buckets import utc_day
from survey.runs import lifecycle as runs
from survey.runs import run_slices


class Slice(NamedTuple):
    """A range of answer ids of a run, both ends included. ``stands``: the run whose themes stand, None where all
    answers are placed anew.
    """

    run_id: int
    token: str
    survey_id: int
    first_id: int
    last_id: int
    stands: int | None


def place_slice(place: Place, own: Slice, themes: Themes, theme_ids: Mapping[str, int]) -> None:
    """Place a slice in a process of any machine. Raises ClaimLost, ModelError and what the database raises."""
    app = open_site(place.address)
    with app.app_context():
        place_here(place, own, themes, theme_ids)
    gc.collect(0)  # helper processes collect no garbage by themselves


def place_here(place: Place, own: Slice, themes: Themes, theme_ids: Mapping[str, int]) -> None:
    """Place a slice in the app context of this process. Raises as `place_slice`."""
    if own.stands is not None:
        with write_batch(shown=False) as session:
            runs.update_claimed(session, own.run_id, own.token)
            copy_standing(session, own)
    answers = _unplaced(own)
    vectors = StoredVectors(EmbedderWhenNeeded(place), own.survey_id)
    rows: list[IdeaRow] = []
    languages: Mapping[int, str] = {}
    if answers:

        def place_texts(texts: Sequence[str]) -> PlacedAnswers:
            return place_new_answers(texts, themes=themes, embedder=vectors)

        answers, placed = place_readable(own.survey_id, answers, place_texts)
        ids = list(answers)
        rows = list(idea_rows(own.run_id, ids, placed, theme_ids, {}))
        languages = {ids[at]: language for at, language in placed.languages.items()}
    with write_batch(shown=False) as session:
        runs.update_claimed(session, own.run_id, own.token)
        same = _unchanged(session, own, answers)
        insert_rows(session, [row for row in rows if row[0]["answer_id"] in same])
        write_languages(session, {answer_id: languages.get(answer_id) for answer_id in same})
        run_slices.finish_slice(session, own.run_id, own.first_id, count(session, own))


def copy_standing(session: Session, own: Slice) -> None:
    """Give the run the ideas and placements of a slice that stand, except of answers that it has ideas of already."""
    before, new = aliased(Idea), aliased(Idea)
    has = exists().where(new.run_id + 0 == own.run_id, new.answer_id == before.answer_id)
    stands = (before.run_id + 0 == own.stands, before.answer_id.between(own.first_id, own.last_id))
    last = session.scalar(select(func.max(Idea.id))) or 0
    kept = select(
        literal(own.run_id), before.answer_id, before.starts, before.ends, before.status, null(), null(),
        before.suggested_id, before.nearness,
    ).where(*stands, ~has)  # fmt: skip
    columns = ["run_id", "answer_id", "starts", "ends", "status", "x", "y", "suggested_id", "nearness"]
    session.execute(insert(Idea).from_select(columns, kept))
    same = (new.answer_id == before.answer_id) & (new.starts == before.starts) & (new.ends == before.ends)
    placements = (
        select(new.id, Placement.theme_id, Placement.strength, Placement.part_id, Placement.against)
        .select_from(before)
        .join(new, same & (new.run_id + 0 == own.run_id) & (new.id > last))
        .join(Placement, Placement.idea_id == before.id)
        .where(*stands)
    )
    columns = ["idea_id", "theme_id", "strength", "part_id", "against"]
    session.execute(insert(Placement).from_select(columns, placements))


def _unplaced(own: Slice) -> Mapping[int, str]:
    """Return the texts of the answers of a slice that the run has no ideas of, by id."""
    return dict(db.session.execute(_to_place(own)).all())


def _unchanged(session: Session, own: Slice, answers: Mapping[int, str]) -> set[int]:
    """Return which of the answers (text by id, read before this transaction) may be saved; locks them on PostgreSQL."""
    if not answers:
        return set()
    rows = session.execute(_to_place(own).with_for_update(read=True, key_share=True, of=Answer))
    return {answer_id for answer_id, said in rows if answers.get(answer_id) == said}


def _to_place(own: Slice) -> Select[int, str]:
    """Select the ids and texts of the answers of a slice that the run has no ideas of."""
    has = exists().where(Idea.run_id + 0 == own.run_id, Idea.answer_id == Answer.id)
    return (
        select(Answer.id, Answer.text)
        .where(
            Answer.survey_id + 0 == own.survey_id,
            Answer.status == "shown",
            Answer.id.between(own.first_id, own.last_id),
            ~has,
        )
        .order_by(Answer.id)
    )


def insert_rows(session: Session, rows: Sequence[IdeaRow]) -> None:
    """Insert ideas with their placements under ids that are taken beforehand: asking for each takes twice as long."""
    if not rows:
        return
    ids = _new_ids(session, len(rows))
    session.connection().execute(
        insert(Idea), [{**idea, "id": idea_id} for idea_id, (idea, _) in zip(ids, rows, strict=True)]
    )
    placed = [
        {**placement, "idea_id": idea_id}
        for idea_id, (_, placements) in zip(ids, rows, strict=True)
        for placement in placements
    ]
    if placed:
        session.connection().execute(insert(Placement), placed)


def _new_ids(session: Session, number: int) -> Sequence[int]:
    """Return unused ids of ideas. On SQLite nobody else writes meanwhile."""
    if session.get_bind().dialect.name == "sqlite":
        first = (session.scalar(select(func.max(Idea.id))) or 0) + 1
        return range(first, first + number)
    taken = text("SELECT nextval(pg_get_serial_sequence('idea', 'id')) FROM generate_series(1, :number)")
    return sorted(session.scalars(taken, {"number": number}))


def count(session: Session, own: Slice) -> dict[str, Any]:
    """Return what the run has in a slice, as `run_slices.Totals`."""
    ideas = (Idea.run_id + 0 == own.run_id, Idea.answer_id.between(own.first_id, own.last_id))
    speaks = Idea.status != "nonanswer"
    everything = select(
        func.count(Idea.answer_id.distinct()),
        func.count(case((speaks, 1))),
        func.count(case((~speaks, 1))),
        func.count(case((Idea.status == "placed", Idea.answer_id)).distinct()),
    ).where(*ideas)
    answers, said, silent, placed = session.execute(everything).one()
    people: dict[int, int] = {}
    mentions: dict[int, int] = {}
    for home in (Placement.theme_id, Placement.part_id):
        of_home = select(home, func.count(Idea.answer_id.distinct()), func.count()).select_from(Idea)
        of_home = of_home.join(Placement, Placement.idea_id == Idea.id).where(*ideas, home.is_not(None)).group_by(home)
        for theme_id, own_people, own_mentions in session.execute(of_home):
            people[int(theme_id or 0)], mentions[int(theme_id or 0)] = own_people, own_mentions
    day = utc_day()
    by_day: dict[str, dict[str, int]] = {}
    everybody = select(day, func.count(Idea.answer_id.distinct())).select_from(Idea).join(Answer)
    for when, number in session.execute(everybody.where(*ideas, speaks).group_by(day)):
        by_day.setdefault("", {})[str(when)] = number
    of_theme = select(Placement.theme_id, day, func.count(Idea.answer_id.distinct())).select_from(Idea).join(Answer)
    of_theme = of_theme.join(Placement, Placement.idea_id == Idea.id).where(*ideas)
    for theme_id, when, number in session.execute(of_theme.group_by(Placement.theme_id, day)):
        by_day.setdefault(str(theme_id), {})[str(when)] = number
    return {
        "answers": answers,
        "ideas": said,
        "nonanswers": silent,
        "placed": placed,
        "people": people,
        "mentions": mentions,
        "by_day": by_day,
    }
