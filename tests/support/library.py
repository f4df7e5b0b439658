"""A library's survey for the workbench: five themes, one in Hebrew, an answer in two of them, ideas in none."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Theme, ThemeResult
from survey.edits.idea_spans import IdeaSpan
from tests.support.filled_once import filled_once
from tests.support.filled_survey import Filled, Says, fill
from tests.support.visitors import make_owner

QUIET, COFFEE, LONGER, CHILDREN, BOOKS = "A quiet floor", "Coffee", "Open longer", "Room for children", "ספרים בערבית"
CORNER = "Keep one corner of it still"
FINES = ("No fines at all", "Late fees hurt the poor", "Please no more fines")
QUIET_IDEAS = 24
ANSWERS = [
    *(Says(f"A floor where nobody talks, as on floor {n} of mine", [(f"nobody talks, as on floor {n}", QUIET)])
      for n in range(QUIET_IDEAS - 1)),
    Says(f"{CORNER}, and open on Sunday", [(CORNER, QUIET), ("open on Sunday", LONGER)]),
    *(Says(f"Coffee from machine {n}", [(f"Coffee from machine {n}", COFFEE)]) for n in range(6)),
    *(Says(f"Open until {n}", [(f"Open until {n}", LONGER)]) for n in range(19, 22)),
    Says("A carpet to sit on", [("A carpet to sit on", CHILDREN)]),
    Says("ספרים בערבית לילדים", [("ספרים בערבית לילדים", BOOKS)]),
    *(Says(text, [(text, None)]) for text in FINES),
    Says("A roof garden", [("A roof garden", None)]),
]  # fmt: skip


def library(app: Flask, owner_id: int) -> Filled:
    """Write the survey; ideas are placed the surer the later they came."""
    filled = fill(app, ANSWERS, owner_id=owner_id)
    with app.app_context():
        session = db.session
        placements = session.scalars(select(Placement).order_by(Placement.idea_id)).all()
        for number, placement in enumerate(placements):
            placement.strength = round(0.3 + number / 100, 3)
        for name, theme_id in filled.themes.items():
            session.get_one(Theme, theme_id).origin = "discovered"
            mentions = session.scalar(select(func.count()).where(Placement.theme_id == theme_id))
            session.get_one(ThemeResult, (filled.run_id, theme_id)).mentions = mentions or 0
            if name == QUIET:
                session.get_one(ThemeResult, (filled.run_id, theme_id)).candidates = ["Silence"]
        loose = session.scalars(select(Idea).where(Idea.status == "unplaced").order_by(Idea.id)).all()
        for number, idea in enumerate(loose):
            idea.suggested_id, idea.nearness = filled.themes[COFFEE if number else LONGER], number / 10
        run = session.get_one(Run, filled.run_id)
        run.forming = [[[idea.answer_id, idea.starts, idea.ends] for idea in loose[:3]]]
        run.placed = len(ANSWERS) - len(loose)
        session.commit()
    return filled


def owned_library(app: Flask) -> Filled:
    """The same for a new owner, the first of a site."""
    return filled_once(app, library_of_an_owner)


def library_of_an_owner(app: Flask) -> Filled:
    return library(app, make_owner(app))


def span(app: Flask, words: str) -> str:
    """The value of the form field for the first idea with these words."""
    with app.app_context():
        rows = db.session.execute(
            select(Answer.public_id, Answer.text, Idea.starts, Idea.ends)
            .join(Idea, Idea.answer_id == Answer.id)
            .order_by(Idea.id)
        ).all()
        return next(str(IdeaSpan(key, starts, ends)) for key, text, starts, ends in rows if words in text[starts:ends])


def members(app: Flask, theme_id: int) -> int:
    """How many ideas are in a theme now."""
    with app.app_context():
        return db.session.scalar(select(func.count()).where(Placement.theme_id == theme_id)) or 0
