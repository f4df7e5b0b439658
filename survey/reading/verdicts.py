"""What an owner says of an idea that was read: right, that theme, a new one, none; or the opposite of its theme."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from survey.core.database import db
from survey.core.i18n import N_, gettext
from survey.core.models import Survey, Theme
from survey.curation import idea_edits
from survey.curation.theme_edits import EditRefused, find_theme
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import MARKS
from survey.results.visible_themes import FoundTheme
from survey.workbench.theme_list import find_by_name

GONE = N_("That idea is not there any more. Here is the next one.")


def decide(
    survey: Survey,
    verdict: str,
    span: IdeaSpan,
    source_id: str,
    target: str,
    themes: Sequence[FoundTheme],
    *,
    as_of: int | None = None,
) -> int:
    """Keep what an owner said of an idea; return the edit's id.

    `source_id` is the public id of the theme in which the page showed it, "" for none; `target` that of another theme,
    or (part of) its name, or the name of a new one; `as_of` as in `idea_edits`. Raises EditRefused.
    """
    source = _theme(survey, source_id) if source_id else None

    def right() -> int:
        return (
            idea_edits.confirm(survey, [span], source, asked=True, as_of=as_of)
            if source
            else idea_edits.dismiss(survey, [span], asked=True, as_of=as_of)
        )

    def other() -> int:
        theme = find_theme(survey, target) or db.session.get_one(Theme, find_by_name(themes, target).id)
        if source is not None and theme.id == source.id:
            return right()
        return idea_edits.move(survey, [span], source, theme, asked=True, as_of=as_of)

    def new() -> int:
        return idea_edits.split(survey, [span], source, target, asked=True, as_of=as_of)

    def none() -> int:
        return idea_edits.move(survey, [span], source, None, asked=True, as_of=as_of) if source else right()

    def mark() -> int:
        assert source is not None
        return idea_edits.mark(survey, [span], source, opposite=MARKS[verdict], asked=True, as_of=as_of)

    said: dict[str, Callable[[], int]] = {"right": right, "other": other, "new": new, "none": none}
    if source is not None:
        said |= dict.fromkeys(MARKS, mark)
    if verdict not in said:
        raise EditRefused(gettext("Choose where it belongs."))
    return said[verdict]()


def _theme(survey: Survey, public_id: str) -> Theme:
    theme = find_theme(survey, public_id)
    if theme is None:
        raise EditRefused(gettext("The theme that it was in is gone. Look again."))
    return theme
