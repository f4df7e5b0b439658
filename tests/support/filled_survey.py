"""A published survey with a result that is written straight into the tables: answers, ideas, themes, places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert

from survey.core.database import db, now
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from tests.support.filled_once import filled_once
from tests.support.visitors import SLUG, make_owner, make_survey

START = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


@dataclass(frozen=True)
class Says:
    """An answer: its text, the words of each idea with the theme it is in (None: in none), and what is known of it."""

    text: str
    ideas: Sequence[tuple[str, str | None]] = ()
    kind: str | None = None
    days: float = 0
    status: str = "shown"
    is_silent: bool = False
    part: str | None = None


@dataclass
class Filled:
    """What was written: ids by name."""

    survey_id: int
    run_id: int
    themes: dict[str, int] = field(default_factory=dict)
    public: dict[str, str] = field(default_factory=dict)

    def page(self, name: str) -> str:
        """The address of a theme's page."""
        return f"/s/{SLUG}/themes/{self.public[name]}"


def fill(
    app: Flask,
    answers: Sequence[Says],
    *,
    owner_id: int | None = None,
    is_owned: bool = False,
    hidden: Sequence[str] = (),
    published: dict[str, dict[str, int]] | None = None,
    groups: dict[str, int] | None = None,
    is_published: bool = True,
) -> Filled:
    """Write answers and a result, for nobody, an owner who is there, or a new one (`is_owned`).

    `published` gives by theme the kinds whose count the run has published, `groups` the kinds that may be told apart.
    """
    return filled_once(
        app, write, answers=answers, owner_id=owner_id, is_owned=is_owned, hidden=hidden, published=published or {},
        groups=groups or {}, is_published=is_published,
    )  # fmt: skip


def write(
    app: Flask,
    /,
    *,
    answers: Sequence[Says],
    owner_id: int | None,
    is_owned: bool,
    hidden: Sequence[str],
    published: dict[str, dict[str, int]],
    groups: dict[str, int],
    is_published: bool,
) -> Filled:
    """Write what `fill` was asked for."""
    if is_owned:
        owner_id = make_owner(app)
    survey_id = make_survey(app, owner_id)
    with app.app_context():
        session = db.session
        survey = session.get_one(Survey, survey_id)
        silent = sum(answer.is_silent for answer in answers)
        run = Run(
            survey_id=survey_id, state="finished", reason="owner", answers=len(answers), nonanswers=silent,
            found_answers=len(answers), finished_at=now(), model="toy",
            ideas=sum(len(answer.ideas) for answer in answers),
            comparison=comparison(published, groups, len(answers) - silent),
        )  # fmt: skip
        session.add(run)
        session.flush()
        survey.current_run_id = run.id
        survey.published_at = now() if is_published else None
        filled = Filled(survey_id, run.id)
        named = dict.fromkeys(theme for answer in answers for _, theme in answer.ideas if theme)
        for number, name in enumerate(named):
            add_theme(filled, name, number, is_hidden=name in hidden)
        parts = {answer.part: theme for answer in answers for _, theme in answer.ideas[:1] if answer.part}
        for part, of in parts.items():
            add_theme(filled, part or "", 0, part_of=of)
        add_answers(filled, answers)
        for name, theme_id in filled.themes.items():
            said = [a for a in answers if a.part == name or any(theme == name for _, theme in a.ideas)]
            result = session.get_one(ThemeResult, (run.id, theme_id))
            result.people = len(said)
            result.mentions = sum(theme == name or a.part == name for a in said for _, theme in a.ideas)
        session.commit()
    return filled


def comparison(published: dict[str, dict[str, int]], groups: dict[str, int], people: int) -> dict[str, Any]:
    """What a run compared, as far as pages look at it."""
    return {
        "people": people,
        "elsewhere": people - sum(groups.values()),
        "needed": 133,
        "points": 0.2,
        "groups": [[kind, people] for kind, people in groups.items()],
        "themes": [
            {
                "theme": theme, "share": 0.1, "verdict": "too few to tell", "leans_to": [], "reason": "",
                "cells": [
                    {"group": kind, "people": size, "count": cells.get(kind), "share": 0.1 if kind in cells else None,
                     "hidden": "" if kind in cells else "fewer than 5"}
                    for kind, size in groups.items()
                ],
            }
            for theme, cells in published.items()
        ],
    }  # fmt: skip


def add_theme(filled: Filled, name: str, rank: int, *, is_hidden: bool = False, part_of: str | None = None) -> None:
    """A theme with its result; its place on the map by its rank."""
    theme = Theme(
        survey_id=filled.survey_id, key=name, origin="part" if part_of else "codebook", name=name,
        colour=rank % 12 + 1, hidden=is_hidden,
    )  # fmt: skip
    db.session.add(theme)
    db.session.flush()
    filled.themes[name], filled.public[name] = theme.id, theme.public_id
    db.session.add(
        ThemeResult(
            run_id=filled.run_id, theme_id=theme.id, rank=rank, people=0, mentions=1, wordings=1,
            parent_id=filled.themes[part_of] if part_of else None,
            x=None if part_of else 0.2 + 0.3 * (rank % 3), y=None if part_of else 0.2 + 0.3 * (rank // 3 % 3),
            radius=None if part_of else 0.1,
        )
    )  # fmt: skip


def add_answers(filled: Filled, answers: Sequence[Says]) -> None:
    """The answers with their ideas and placements, the first placed surest."""
    first = db.session.query(Answer).count()
    answer_rows: list[dict[str, Any]] = []
    ideas: list[dict[str, Any]] = []
    placements: list[dict[str, Any]] = []
    number = 10 * first
    for at, answer in enumerate(answers, start=first + 1):
        answer_rows.append(
            {"id": at, "public_id": f"{at:016x}", "survey_id": filled.survey_id, "form_key": f"key-{at}",
             "text": answer.text, "kind": answer.kind, "status": answer.status,
             "received_at": START + timedelta(days=answer.days, seconds=at)}
        )  # fmt: skip
        spans: list[tuple[int, int, str | None, str]] = [(0, 0, None, "nonanswer")] if answer.is_silent else []
        for words, theme in answer.ideas:
            starts = answer.text.index(words)
            spans.append((starts, starts + len(words), theme, "placed" if theme else "unplaced"))
        for starts, ends, theme, status in spans:
            number += 1
            ideas.append(
                {"id": number, "run_id": filled.run_id, "answer_id": at, "starts": starts, "ends": ends,
                 "status": status, "x": number % 97 / 97, "y": number % 89 / 89}
            )  # fmt: skip
            if theme:
                part_id = filled.themes[answer.part] if answer.part else None
                placements.append(
                    {"idea_id": number, "theme_id": filled.themes[theme], "strength": 1 / at, "part_id": part_id}
                )
    for table, rows in ((Answer, answer_rows), (Idea, ideas), (Placement, placements)):
        if rows:
            db.session.execute(insert(table), rows)
    db.session.commit()
