"""Measure what one edit and a new finding change: of the ideas it does not name, and after it is undone.

    python -m benchmarks.owner_edits [--data ../shared/data]

Each edit is made on the site's own services, then themes are found again on the owner's wish, then the edit is undone
and themes are found once more. "Equal" compares themes, members, counts, names and ids with those before the edit.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import select

import survey.worker.worker
from analysis.embedding.models import Embedder, load
from app import create_app
from benchmarks.cached_embedder import CachedEmbedder
from benchmarks.data import read_csv, survey_question
from benchmarks.result_table import Row, as_markdown, at_least
from survey.accounts import owners
from survey.answers.lifecycle import NewAnswer, receive_import
from survey.core.database import db, migrations
from survey.core.models import Answer, Idea, Placement, Survey, Theme, ThemeResult
from survey.core.settings import Settings
from survey.curation import edit_history, idea_edits, theme_edits
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import IdeaChange
from survey.manage import surveys
from survey.runs import lifecycle as runs
from survey.worker.worker import Worker

SLUG, OWNER, PASSWORD = "measured", "Ruth", "a long enough password"
ANSWERS = 300
KEPT = 0.99
Placed = Mapping[tuple[int, int, int], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Edited:
    """The share of ideas that an edit did not name and that kept their themes, and whether it was undone exactly."""

    kept: float
    undone: bool


def edits(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure every kind of edit on four surveys; the shares are those of the worst kind."""
    table: list[Row] = []
    for data, texts, codebook in read_sets(folder):
        found = measure(texts, codebook, embedder)
        worst = min(found, key=lambda kind: found[kind].kept)
        what = f"untouched ideas that keep their theme, {worst}"
        table.append(at_least(data, str(len(texts)), what, found[worst].kept, KEPT))
        exact = sum(one.undone for one in found.values()) / len(found)
        table.append(at_least(data, str(len(texts)), f"of {len(found)} kinds of edit, undone exactly", exact, 1.0))
    return table


def read_sets(folder: Path) -> Iterator[tuple[str, list[str], str]]:
    """Yield the name of each survey, its answers and the name of its codebook."""
    yield "workplace80", [row["answer"] for row in read_csv(folder / "workplace80.csv")], "none"
    yield "anes2008_d5", survey_question(folder).texts[:ANSWERS], "none"
    debates = read_csv(folder / "argkp_2021.csv")
    topic = sorted({row["topic"] for row in debates})[0]
    yield "argkp, one topic", [row["text"] for row in debates if row["topic"] == topic], "none"
    yield "facebook_answers", [row["answer"] for row in read_csv(folder / "facebook_answers.csv")], "relationships"


def measure(texts: Sequence[str], codebook: str, embedder: Embedder) -> dict[str, Edited]:
    """Make each kind of edit on a survey of these answers; return what it changed, by kind."""
    with _site(texts, codebook, embedder) as app, app.app_context():
        find(app)
        return {kind: _measure_one(app, edit) for kind, edit in EDITS.items()}


@contextmanager
def _site(texts: Sequence[str], codebook: str, embedder: Embedder) -> Iterator[Flask]:
    survey.worker.worker.__dict__["load"] = lambda name, keep: embedder
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(instance=folder, run_delay=0, secret_key="k" * 40))
        with app.app_context():
            migrations.upgrade()
            owner = owners.set_up(owners.new_set_up_token(), OWNER, PASSWORD).owner_id
            surveys.create(owner, surveys.Fields("What would you say?", "", "", SLUG, True, codebook))
            receive_import(_survey(), (NewAnswer(text, f"row {number}") for number, text in enumerate(texts)))
        yield app
        with app.app_context():
            db.engine.dispose()


def find(app: Flask) -> None:
    """Find themes again, as the owner's button does, and do all that waits."""
    runs.request_run_now(_survey().id)
    db.session.rollback()  # a reader would keep the WAL file, which a sweep waits 1.5 s for
    Worker(app).sweep()
    db.session.rollback()


def _measure_one(app: Flask, edit: Callable[[], int]) -> Edited:
    before, whole = placed(), everything()
    edit_id = edit()
    named = {
        (change.answer_id, change.starts, change.ends)
        for change in db.session.scalars(select(IdeaChange).where(IdeaChange.edit_id == edit_id))
    }
    find(app)
    after = placed()
    rest = [place for place in before if place not in named]
    kept = sum(before[place] == after.get(place) for place in rest) / max(1, len(rest))
    edit_history.undo(_survey(), edit_id)
    find(app)
    return Edited(kept, everything() == whole)


def placed() -> Placed:
    """Return the themes of each idea, by public id."""
    rows = db.session.execute(
        select(Idea.answer_id, Idea.starts, Idea.ends, Theme.public_id)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .outerjoin(Theme, Theme.id == Placement.theme_id)
        .where(Idea.run_id == _survey().current_run_id)
    )
    found: dict[tuple[int, int, int], set[str]] = {}
    for answer_id, starts, ends, theme in rows:
        found.setdefault((answer_id, starts, ends), set()).update(() if theme is None else (theme,))
    return {place: frozenset(themes) for place, themes in found.items()}


def everything() -> tuple[object, ...]:
    """Return themes with members, counts, names and ids."""
    counts = db.session.execute(
        select(
            Theme.public_id,
            Theme.name,
            Theme.description,
            Theme.origin,
            Theme.hidden,
            Theme.pinned,
            Theme.position,
            ThemeResult.people,
            ThemeResult.mentions,
        )
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == _survey().current_run_id, ThemeResult.parent_id.is_(None))
    ).all()
    return sorted(map(repr, placed().items())), sorted(map(repr, counts))


def _survey() -> Survey:
    return db.session.scalars(select(Survey).where(Survey.slug == SLUG)).one()


def _themes() -> list[Theme]:
    """Return the themes that are shown, most people first."""
    return list(
        db.session.scalars(
            select(Theme)
            .join(ThemeResult, ThemeResult.theme_id == Theme.id)
            .where(ThemeResult.run_id == _survey().current_run_id, ThemeResult.parent_id.is_(None))
            .order_by(ThemeResult.people.desc(), Theme.key)
        )
    )


def _ideas(theme: Theme | None, count: int) -> list[IdeaSpan]:
    """Return the first ideas of a theme, or of none."""
    wanted = Placement.theme_id == theme.id if theme is not None else Placement.theme_id.is_(None)
    rows = db.session.execute(
        select(Answer.public_id, Idea.starts, Idea.ends)
        .join(Idea, Idea.answer_id == Answer.id)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .where(Idea.run_id == _survey().current_run_id, Idea.status != "nonanswer", wanted)
        .order_by(Idea.answer_id, Idea.starts)
        .limit(count)
    )
    return [IdeaSpan(*row) for row in rows]


EDITS: Mapping[str, Callable[[], int]] = {
    "rename": lambda: theme_edits.rename(_themes()[2], "Another name altogether"),
    "describe": lambda: theme_edits.describe(_themes()[1], "What the owner would say"),
    "merge": lambda: theme_edits.merge(_themes()[3], _themes()[1]),
    "move one": lambda: idea_edits.move(_survey(), _ideas(_themes()[0], 1), _themes()[0], _themes()[1]),
    "move three": lambda: idea_edits.move(_survey(), _ideas(_themes()[1], 3), _themes()[1], _themes()[0]),
    "to no theme": lambda: idea_edits.move(_survey(), _ideas(_themes()[0], 1), _themes()[0], None),
    "to a new theme": lambda: idea_edits.split(_survey(), _ideas(_themes()[0], 2), _themes()[0], "A new theme"),
    "confirm": lambda: idea_edits.confirm(_survey(), _ideas(_themes()[0], 2), _themes()[0]),
    "hide": lambda: theme_edits.set_hidden(_themes()[2], True),
    "pin": lambda: theme_edits.set_pinned(_themes()[2], True),
    "order": lambda: theme_edits.reorder(_themes()[3], 0),
    "example": lambda: theme_edits.add_example(_themes()[2], "this is one more way of saying it"),
}
"""Each kind of edit, on themes and ideas that every survey has"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.owner_edits")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of data")
    print(as_markdown(edits(parser.parse_args().data, CachedEmbedder(load()))))


if __name__ == "__main__":
    main()
