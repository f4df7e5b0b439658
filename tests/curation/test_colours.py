"""The colour of a new theme: one that the fewest shown themes have, and not that of a neighbour."""

from __future__ import annotations

from flask import Flask

from survey.core.database import db
from survey.core.models import PALETTE_SIZE, Survey, Theme
from survey.curation import idea_edits
from survey.edits.idea_spans import IdeaSpan
from survey.findings.result_rows import NewTheme, insert_missing_themes
from survey.runs.lookups import free_colour
from tests.support.every_case import for_each
from tests.support.filled_survey import Filled, Says, fill

NAMES = ("Sleep", "Noise", "Phones", "Pizza")


def shown(app: Flask) -> Filled:
    """Four themes in the first four colours, and one that ended, in the fifth."""
    filled = fill(app, [Says(f"{name} {n}", [(f"{name} {n}", name)]) for name in NAMES for n in range(3)])
    with app.app_context():
        db.session.add(Theme(survey_id=filled.survey_id, key="ended", origin="discovered", name="Ended", colour=5))
        db.session.commit()
    return filled


def test_a_theme_of_ones_own_gets_a_colour_that_no_shown_theme_has(app: Flask) -> None:
    filled = shown(app)
    with app.test_request_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        source = db.session.get_one(Theme, filled.themes["Sleep"])
        idea_edits.split(survey, [IdeaSpan(f"{1:016x}", 0, 7)], source, "Naps")
        idea_edits.split(
            survey, [IdeaSpan(f"{4:016x}", 0, 7)], db.session.get_one(Theme, filled.themes["Noise"]), "Bells"
        )
        made = db.session.query(Theme).filter(Theme.name.in_(["Naps", "Bells"])).order_by(Theme.id)
        assert [theme.colour for theme in made] == [5, 6]


def test_found_themes_get_colours_that_no_shown_theme_has(app: Flask) -> None:
    filled = shown(app)
    with app.app_context():
        new = [NewTheme("one", "One", ""), NewTheme("two", "Two", "")]
        ids = insert_missing_themes(db.session, filled.survey_id, new)
        assert [db.session.get_one(Theme, ids[theme.key]).colour for theme in new] == [5, 6]


@for_each(
    ("taken", "beside", "colour"),
    [
        ([], (), 1),
        ([1, 2], (), 3),
        ([*range(1, PALETTE_SIZE + 1)], (1, 2), 3),
        ([*range(1, PALETTE_SIZE + 1), 1], (2,), 3),
        ([*range(1, PALETTE_SIZE)], (PALETTE_SIZE,), PALETTE_SIZE),
    ],
)
def test_of_the_colours_of_the_fewest_one_that_no_neighbour_has(
    taken: list[int], beside: tuple[int, ...], colour: int
) -> None:
    assert free_colour(taken, beside) == colour
