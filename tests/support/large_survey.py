"""A survey about a park, of any size, and what a result of it amounts to, counted by hand."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from flask import Flask
from sqlalchemy import select

from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.edits.idea_spans import IdeaSpan
from survey.results import daily_counts
from survey.runs import lifecycle as runs
from tests.support.toy_model import ToyModel
from tests.support.visitors import make_survey

THINGS = ("benches", "trees", "fountain", "playground")
WORDS = {
    "benches": "benches shade sitting wooden old",
    "trees": "trees green leaves planting birds",
    "fountain": "fountain water drinking summer cool",
    "playground": "playground children swings sand climbing",
}


def said(count: int) -> list[str]:
    """Answers about a park, each of one idea of three words, some of two ideas."""
    chance = random.Random(5)
    texts = []
    for number in range(count):
        ideas = [
            " ".join(chance.sample(WORDS[thing].split(), 3))
            for thing in chance.choices(THINGS, k=2 if number % 7 == 0 else 1)
        ]
        texts.append(". ".join(ideas) if number % 41 else "idk")
    return texts


def fill(app: Flask, count: int) -> int:
    survey_id = make_survey(app, None)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        survey.codebook = "none"
        db.session.add_all(
            Answer(survey_id=survey_id, form_key=f"{number}", text=text, kind=("friend", "family")[number % 2])
            for number, text in enumerate(said(count))
        )
        db.session.commit()
        with write_transaction() as session:
            runs.request_run(session, survey_id, "owner")
    return survey_id


def counted(run_id: int) -> dict[str, Any]:
    """What the rows of a result amount to, counted by hand."""
    rows = db.session.execute(
        select(Idea.id, Idea.answer_id, Idea.status, Placement.theme_id)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .where(Idea.run_id == run_id)
    ).all()
    people: dict[int, set[int]] = {}
    mentions: Counter[int] = Counter()
    for _, answer_id, _, theme_id in rows:
        if theme_id is not None:
            people.setdefault(theme_id, set()).add(answer_id)
            mentions[theme_id] += 1
    return {
        "answers": len({answer_id for _, answer_id, *_ in rows}),
        "ideas": len({idea for idea, _, status, _ in rows if status != "nonanswer"}),
        "nonanswers": sum(status == "nonanswer" for _, _, status, _ in rows),
        "placed": len({answer_id for _, answer_id, status, _ in rows if status == "placed"}),
        "people": {theme_id: len(own) for theme_id, own in people.items()},
        "mentions": dict(mentions),
    }


def shown(survey_id: int) -> tuple[Run, dict[str, Any]]:
    """The result that is shown, and what it says it counted."""
    run = db.session.get_one(Run, db.session.get_one(Survey, survey_id).current_run_id)
    results = db.session.scalars(select(ThemeResult).where(ThemeResult.run_id == run.id)).all()
    whole = [result for result in results if result.parent_id is None]
    return run, {
        "answers": run.answers,
        "ideas": run.ideas,
        "nonanswers": run.nonanswers,
        "placed": run.placed,
        "people": {result.theme_id: result.people for result in whole},
        "mentions": {result.theme_id: result.mentions for result in whole},
    }


def assert_counts_are_right(survey_id: int) -> Run:
    run, says = shown(survey_id)
    assert says == counted(run.id)
    by_day = daily_counts.count_people_by_day(db.session, run.id)
    assert run.by_day == by_day[daily_counts.EVERYBODY]
    for public_id, days in db.session.execute(
        select(Theme.public_id, ThemeResult.by_day)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == run.id, ThemeResult.parent_id.is_(None))
    ):
        assert days == by_day[public_id]
    return run


def themes_by_size(survey_id: int) -> list[Theme]:
    run_id = db.session.get_one(Survey, survey_id).current_run_id
    whole = (ThemeResult.run_id == run_id, ThemeResult.parent_id.is_(None))
    found = select(Theme).join(ThemeResult, ThemeResult.theme_id == Theme.id).where(*whole)
    return list(db.session.scalars(found.order_by(ThemeResult.people.desc())))


def ideas_of(theme: Theme) -> list[Idea]:
    """The ideas in a theme, no two of the same words."""
    placed = select(Idea).join(Placement, Placement.idea_id == Idea.id).order_by(Idea.id)
    ideas = db.session.scalars(placed.where(Placement.theme_id == theme.id))
    return list({idea.answer.text[idea.starts : idea.ends]: idea for idea in ideas}.values())


def span_of(idea: Idea) -> IdeaSpan:
    return IdeaSpan(idea.answer.public_id, idea.starts, idea.ends)


def toy_loader(model: str) -> ToyModel:
    """The model, in another process."""
    return ToyModel()


def placements(survey_id: int) -> list[tuple[Any, ...]]:
    """Where each idea is in the result that is shown, and how strongly."""
    run, _ = shown(survey_id)
    rows = (
        select(Idea.answer_id, Idea.starts, Idea.ends, Theme.key, Placement.strength)
        .join(Placement, Placement.idea_id == Idea.id)
        .join(Theme, Theme.id == Placement.theme_id)
        .where(Idea.run_id == run.id)
    )
    return sorted(tuple(row) for row in db.session.execute(rows))
