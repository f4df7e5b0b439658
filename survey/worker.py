"""The analysis worker: claim -> vectors -> analyse -> save.

With commands.py the only part of the site that imports `analysis`. Every step may be killed and run again:
what a run saves becomes visible in the one transaction that finishes it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Flask, current_app
from sqlalchemy import delete, exists, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from analysis.codebook import Codebook, CodebookError
from analysis.embed import Embedder, ModelError, load
from analysis.match import EarlierTheme
from analysis.pipeline import Stage, analyse
from analysis.results import Analysis
from analysis.text import fold
from survey import runs
from survey.database import db, now, writing
from survey.jobs import Jobs
from survey.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.vectors import StoredVectors

logger = logging.getLogger(__name__)

COLOURS = 12
ROWS_AT_ONCE = 2000
PROGRESS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Work:
    """What a run reads before it starts."""

    survey_id: int
    codebook: str
    ids: list[int]
    texts: list[str]
    earlier: list[EarlierTheme]


class Worker:
    """Does the runs that are asked for, one after the other."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._embedder: Embedder | None = None

    def serve(self) -> None:
        """Work until told to stop."""
        jobs: Jobs = self.app.extensions["jobs"]
        jobs.serve(self.perform, self.sweep)

    def sweep(self) -> None:
        """Do what the database says is undone, whatever the queue remembers."""
        with self.app.app_context():
            waiting = runs.due(now())
        for run_id in waiting:
            self.perform(run_id)

    def perform(self, run_id: int) -> None:
        """Do one run if it is still to be done. Safe to call twice."""
        with self.app.app_context():
            token = runs.claim(run_id)
            if token is None:
                runs.wake_if_early(run_id)
                return
            logger.info("run %s: started", run_id)
            try:
                self._analyse(run_id, token)
            except runs.ClaimLost as lost:
                logger.warning("run %s: stopped, %s", run_id, lost)
            except Exception as error:
                logger.exception("run %s: failed", run_id)
                runs.fail(run_id, token, in_words(error))
            else:
                logger.info("run %s: finished", run_id)

    def _analyse(self, run_id: int, token: str) -> None:
        work = read_work(run_id)
        if self._embedder is None:
            self._embedder = load(self.app.config["MODEL"])
        said: dict[str, float] = {}

        def progress(stage: Stage, done: int, total: int) -> None:
            if stage in said and time.monotonic() - said[stage] < PROGRESS_SECONDS and done < total:
                return
            said[stage] = time.monotonic()
            runs.progress(run_id, token, stage, done, total)

        result = analyse(
            work.texts,
            codebook=Codebook.load(work.codebook),
            embedder=StoredVectors(self._embedder),
            earlier=work.earlier,
            progress=progress,
        )
        save(run_id, token, work, result)


def read_work(run_id: int) -> Work:
    """The answers of a run and the discovered themes of the result that is shown now."""
    run = db.session.get_one(Run, run_id)
    survey = db.session.get_one(Survey, run.survey_id)
    rows = db.session.execute(select(Answer.id, Answer.text).where(Answer.survey_id == survey.id).order_by(Answer.id))
    ids, texts = [], []
    for row in rows:
        ids.append(row.id)
        texts.append(row.text)
    return Work(survey.id, survey.codebook, ids, texts, earlier_themes(survey))


def earlier_themes(survey: Survey) -> list[EarlierTheme]:
    """The discovered themes of the current result and the folded wordings in each, to be known again."""
    members: dict[str, set[str]] = {}
    rows = db.session.execute(
        select(Theme.key, Answer.text, Idea.starts, Idea.ends)
        .join(Placement, Placement.theme_id == Theme.id)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Idea.run_id == survey.current_run_id, Theme.origin == "discovered")
    )
    for key, text, starts, ends in rows:
        members.setdefault(key, set()).add(fold(text[starts:ends]))
    return [EarlierTheme(key, frozenset(texts)) for key, texts in sorted(members.items())]


def save(run_id: int, token: str, work: Work, result: Analysis) -> None:
    """Keep a result: rows in short transactions under the run's id, then one that makes them the shown ones."""
    with writing() as session:
        runs.hold(session, run_id, token, stage="saving", done=0, total=len(result.ideas))
        theme_ids = save_themes(session, work.survey_id, result)
    rows = list(idea_rows(run_id, work, result, theme_ids))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        with writing() as session:
            runs.hold(session, run_id, token, stage="saving", done=start, total=len(rows))
            insert_ideas(session, part)
    with writing() as session:
        run = session.get_one(Run, run_id)
        # An answer changed while the run read it has spans of its old text.
        changed_since = exists().where(Answer.id == Idea.answer_id, Answer.changed_at >= run.claimed_at)
        session.execute(
            delete(Idea).where(Idea.run_id == run_id, changed_since).execution_options(synchronize_session=False)
        )
        if result.themes:
            session.execute(
                insert(ThemeResult),
                [
                    {
                        "run_id": run_id,
                        "theme_id": theme_ids[theme.key],
                        "rank": rank,
                        "people": theme.people,
                        "mentions": theme.mentions,
                        "wordings": theme.wordings,
                        "candidates": list(theme.candidates),
                    }
                    for rank, theme in enumerate(result.themes)
                ],
            )
        placed = len({result.ideas[placement.idea].answer for placement in result.placements})
        runs.finish(
            session,
            run_id,
            token,
            answers=len(work.ids),
            ideas=len(result.ideas),
            nonanswers=len(result.nonanswers),
            placed=placed,
            model=result.model,
            settings=dict(result.settings),
        )
    prune(work.survey_id, run_id)


def save_themes(session: Session, survey_id: int, result: Analysis) -> dict[str, int]:
    """The row of each theme of a result: the one it had before, or a new one. Gives key -> id."""
    known = {theme.key: theme for theme in session.scalars(select(Theme).where(Theme.survey_id == survey_id))}
    taken = [theme.colour for theme in known.values()]
    for theme in result.themes:
        if theme.key in known:
            continue
        colour = min(range(1, COLOURS + 1), key=lambda colour: (taken.count(colour), colour))
        taken.append(colour)
        known[theme.key] = Theme(
            survey_id=survey_id,
            key=theme.key,
            origin=theme.origin,
            name=theme.name,
            description=theme.description,
            colour=colour,
        )
        session.add(known[theme.key])
    session.flush()
    return {key: theme.id for key, theme in known.items()}


def idea_rows(
    run_id: int, work: Work, result: Analysis, theme_ids: Mapping[str, int]
) -> Iterator[tuple[dict[str, object], list[dict[str, object]]]]:
    """Each idea of a result as a row, with the rows of its placements (which still lack the idea's id)."""
    quotes = {(idea, theme.key): place for theme in result.themes for place, idea in enumerate(theme.quotes)}
    placements: dict[int, list[dict[str, object]]] = {}
    for placement in result.placements:
        placements.setdefault(placement.idea, []).append(
            {
                "theme_id": theme_ids[placement.theme],
                "strength": float(placement.strength),
                "quote": quotes.get((placement.idea, placement.theme)),
            }
        )
    for number, idea in enumerate(result.ideas):
        status = "placed" if number in placements else "unplaced"
        row = {"run_id": run_id, "answer_id": work.ids[idea.answer], "starts": idea.start, "ends": idea.end}
        yield {**row, "status": status}, placements.get(number, [])
    for answer in result.nonanswers:
        row = {"run_id": run_id, "answer_id": work.ids[answer], "starts": 0, "ends": 0}
        yield {**row, "status": "nonanswer"}, []


def insert_ideas(session: Session, rows: Sequence[tuple[dict[str, object], list[dict[str, object]]]]) -> None:
    """Insert ideas with their placements; those of an answer that was deleted meanwhile are left out."""
    wanted = {row["answer_id"] for row, _ in rows}
    there = set(session.scalars(select(Answer.id).where(Answer.id.in_(wanted))))
    kept = [(row, placements) for row, placements in rows if row["answer_id"] in there]
    if not kept:
        return
    ids = session.scalars(insert(Idea).returning(Idea.id, sort_by_parameter_order=True), [row for row, _ in kept])
    placed = [
        {**placement, "idea_id": idea_id}
        for idea_id, (_, placements) in zip(ids, kept, strict=True)
        for placement in placements
    ]
    if placed:
        session.execute(insert(Placement), placed)


def prune(survey_id: int, keep: int) -> None:
    """Remove the ideas of results that are no longer shown, a few at a time so that nobody waits for it."""
    while True:
        with writing() as session:
            old = list(
                session.scalars(
                    select(Idea.id)
                    .join(Run, Run.id == Idea.run_id)
                    .where(Run.survey_id == survey_id, Run.id != keep, Run.state.in_(["finished", "failed"]))
                    .limit(ROWS_AT_ONCE)
                )
            )
            if not old:
                return
            session.execute(delete(Idea).where(Idea.id.in_(old)).execution_options(synchronize_session=False))


def in_words(error: Exception) -> str:
    """Why a run failed, for the owner: what happened, what was kept, what to do. Never answer text."""
    if isinstance(error, ModelError | CodebookError):
        return f"{error} Answers are still collected; ask for the run again when this is mended."
    if isinstance(error, MemoryError):
        return "The machine ran out of memory. Every answer is kept. Give it more memory and ask for the run again."
    if isinstance(error, OperationalError):
        return "The database could not be reached or was busy. Every answer is kept. Ask for the run again."
    return (
        f"The analysis stopped on an error it does not know ({type(error).__name__}). Every answer is kept. "
        "Ask for the run again; if it stops again, the worker's log says where."
    )


def main() -> None:
    """Serve as the worker of the current app."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s worker: %(message)s")
    logging.getLogger("huey").setLevel(logging.WARNING)
    Worker(current_app._get_current_object()).serve()  # type: ignore[attr-defined]
