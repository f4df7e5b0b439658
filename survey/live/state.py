"""What a presenter chose for the screens: stored in the database, so that all screens and presenters see the same.

Each choice is one write of the value that is wanted, not of a step from what was: of two presenters who choose at the
same time the last one decides, and a button pressed twice does the same as once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from survey.core.database import db, insert_new, now, write_transaction
from survey.core.models import LiveScreen, Theme

SHOWN_FOR = timedelta(hours=24)
"""After this time a screen that nobody switched off is closed to strangers by itself"""


@dataclass(frozen=True, slots=True)
class State:
    """What the screens of a survey show: see LiveScreen."""

    shown_until: datetime | None = None
    theme_id: int | None = None
    quotes: bool = True

    def is_on(self, moment: datetime) -> bool:
        """Return whether everybody with the link may see the screen."""
        return self.shown_until is not None and moment < self.shown_until


def read(survey_id: int) -> State:
    """Return what the screens of a survey show."""
    row = db.session.execute(
        select(LiveScreen.shown_until, LiveScreen.theme_id, LiveScreen.quotes).where(LiveScreen.survey_id == survey_id)
    ).first()
    return State(*row) if row else State()


def switch_on(survey_id: int) -> None:
    """Open the screen to everybody with the link, for SHOWN_FOR from now."""
    _write(survey_id, shown_until=now() + SHOWN_FOR)


def switch_off(survey_id: int) -> None:
    """Close the screen to strangers."""
    _write(survey_id, shown_until=None)


def show_quotes(survey_id: int, quotes: bool) -> None:
    """Let quotes pass by, or not."""
    _write(survey_id, quotes=quotes)


def show_theme(survey_id: int, public_id: str) -> bool:
    """Show one theme of a survey, or all for ""; return False where it has no such theme, and change nothing."""
    theme_id = None
    if "\0" in public_id:  # PostgreSQL can look nothing up by it
        return False
    if public_id:
        own = (Theme.survey_id == survey_id, Theme.public_id == public_id)
        theme_id = db.session.scalar(select(Theme.id).where(*own))
        if theme_id is None:
            return False
    _write(survey_id, theme_id=theme_id)
    return True


def _write(survey_id: int, **values: Any) -> None:
    with write_transaction(shown=False) as session:
        insert_new(session, LiveScreen, [{"survey_id": survey_id, "quotes": True}])
        session.execute(update(LiveScreen).where(LiveScreen.survey_id == survey_id).values(**values))
