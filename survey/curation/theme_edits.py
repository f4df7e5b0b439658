"""The owner's edits of whole themes: rename, describe, merge, promote, teach an example, hide, pin, put in order.

Each is one transaction that changes the result that is shown and records the edit (survey/edits/change_log.py), and
requests the run that learns from it and renews quotes and stability. What is decided about single ideas is in
`idea_edits`, undoing in `edit_history`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.text.normalise import fold, seen_line
from survey.core.database import db, write_transaction
from survey.core.i18n import gettext
from survey.core.models import Survey, Theme, ThemeResult
from survey.curation import edit_history
from survey.edits import change_log
from survey.edits.change_log import Move, results_of
from survey.edits.decisions import merged_themes, read_decisions
from survey.edits.idea_spans import Place, ShownIdea, with_placements
from survey.edits.meanwhile import was_edited
from survey.edits.merge_placements import ideas_in_both, merge_placements
from survey.edits.models import Edit
from survey.results.result_counts import lock_results
from survey.results.visible_themes import described
from survey.runs import lifecycle as runs
from survey.runs.lookups import shown_names, shown_run_id
from survey.web.formatting import quoted

MAX_NAME_CHARACTERS = 60
MAX_DESCRIPTION_CHARACTERS = 300
MAX_EXAMPLE_CHARACTERS = 120


class EditRefused(Exception):
    """An edit is refused; the message says why, in the language of the page."""


class ThemeMerged(EditRefused):
    """The theme of an edit was merged into another, as by somebody else since the page was made."""

    def __init__(self, theme: str, target: str, target_id: str) -> None:
        super().__init__(
            gettext("%(theme)s was merged into %(target)s. Nothing was changed.", theme=theme, target=target)
        )
        self.theme, self.target, self.target_id = theme, target, target_id


def find_theme(survey: Survey, public_id: str) -> Theme | None:
    """Return the theme of a survey with this public id; None if there is none."""
    return db.session.scalar(select(Theme).where(Theme.survey_id == survey.id, Theme.public_id == public_id))


def rename(theme: Theme, name: str, *, as_of: int | None = None) -> int:
    """Rename a theme; return the edit's id. Raises EditRefused if it is gone, or the name is taken or invalid.

    It is refused too where the theme got another name after the version `as_of` of the log.
    """
    theme_id, survey_id, name = theme.id, theme.survey_id, checked_name(name)
    with write_transaction() as session:
        theme = _there(session, survey_id, theme_id)
        _refuse_changed(session, theme, "rename", theme.name, name, as_of)
        refuse_taken(session, survey_id, name, but=theme_id)
        edit = change_log.record(session, survey_id, "rename", theme_id=theme_id, name=name, name_before=theme.name)
        theme.name = name
        return edit.id


def describe(theme: Theme, text: str, *, as_of: int | None = None) -> int:
    """Describe a theme in the owner's words, or in none; return the edit's id; `as_of` as in `rename`.

    Raises EditRefused.
    """
    theme_id, survey_id, text = theme.id, theme.survey_id, seen_line(text)
    if len(text) > MAX_DESCRIPTION_CHARACTERS or "\0" in text:
        raise EditRefused(gettext("A description has up to %(n)s characters.", n=MAX_DESCRIPTION_CHARACTERS))
    with write_transaction() as session:
        theme = _there(session, survey_id, theme_id)
        _refuse_changed(session, theme, "describe", described(theme.description), text, as_of)
        details = {"before": theme.description, "after": text}
        edit = change_log.record(session, survey_id, "describe", theme_id=theme_id, details=details)
        theme.description = text
        return edit.id


def merge(theme: Theme, target: Theme) -> int:
    """Merge a theme into another; return the edit's id. Raises EditRefused if they are the same or one is not shown."""
    if theme.id == target.id:
        raise EditRefused(gettext("Choose another theme to merge it with."))
    theme_id, target_id, survey_id = theme.id, target.id, theme.survey_id
    key, target_key = theme.key, target.key
    with write_transaction() as session:
        lock_results(session, survey_id)
        run_id = shown_run_id(session, survey_id)
        refuse_gone(session, run_id, theme_id, target_id)
        assert run_id is not None  # or no theme would be there
        in_both = ideas_in_both(session, run_id, theme_id, target_id)
        said = _said_opposite(survey_id, key, target_key) if in_both else set()
        edit = change_log.record(session, survey_id, "merge", theme_id=theme_id, target_id=target_id)
        emptied = results_of(session, run_id, [theme_id])
        edit.details = {"results": {str(own_id): row for own_id, row in emptied.items()}}
        merge_placements(session, edit, run_id, theme_id, target_id)
        _mark_along(session, edit, [idea for idea in in_both if idea[1:4] in said])
        edit_id, run_id = edit.id, change_log.request_evidence(session, survey_id)
    runs.enqueue(run_id)
    return edit_id


def _said_opposite(survey_id: int, key: str, target_key: str) -> set[Place]:
    """Return the ideas that the owner said say the opposite of a theme, and of which nothing was said in another."""
    marks = read_decisions(survey_id).marks
    return {place for place, own in marks.items() if own.get(key) and target_key not in own}


def _mark_along(session: Session, merge: Edit, ideas: Sequence[ShownIdea]) -> None:
    """Say of ideas that were in both themes of a merge what was said of them in the one that went: an edit of its own.

    It is taken back and made again with the merge, by whose moment it is known (`edit_history`).
    """
    if not ideas:
        return
    into = {"theme_id": merge.target_id, "target_id": merge.target_id, "made_at": merge.made_at}
    edit = change_log.record(session, merge.survey_id, "opposite", **into)
    now_there = with_placements(session, [idea._replace(placements={}) for idea in ideas])
    change_log.apply(session, edit, [Move(idea, merge.target_id, merge.target_id) for idea in now_there])


def promote(theme: Theme) -> int:
    """Add a discovered theme to the codebook; return the edit's id. Raises EditRefused if it is one or gone."""
    theme_id, survey_id = theme.id, theme.survey_id
    with write_transaction() as session:
        theme = _there(session, survey_id, theme_id)
        if theme.origin != "discovered":
            raise EditRefused(gettext("It is a known theme already."))
        edit = change_log.record(session, survey_id, "promote", theme_id=theme_id)
        theme.origin = "codebook"
        return edit.id


def add_example(theme: Theme, phrase: str) -> int:
    """Teach a theme a phrase; return the edit's id. Raises EditRefused if it is gone or the phrase is invalid."""
    theme_id, survey_id, phrase = theme.id, theme.survey_id, seen_line(phrase)
    if not phrase or len(phrase) > MAX_EXAMPLE_CHARACTERS or "\0" in phrase:
        raise EditRefused(gettext("An example has 1 to %(n)s characters.", n=MAX_EXAMPLE_CHARACTERS))
    with write_transaction() as session:
        _there(session, survey_id, theme_id)
        edit = change_log.record(session, survey_id, "example", theme_id=theme_id, name=phrase)
        edit_id, run_id = edit.id, change_log.request_evidence(session, survey_id)
    runs.enqueue(run_id)
    return edit_id


def set_hidden(theme: Theme, hidden: bool) -> int:
    """Hide a theme from readers, or show it again; return the edit's id. Raises EditRefused if it is gone."""
    return _set(theme, "hide" if hidden else "show", "hidden", hidden)


def set_pinned(theme: Theme, pinned: bool) -> int:
    """Pin a theme before all others, or unpin it; return the edit's id. Raises EditRefused if it is gone."""
    return _set(theme, "pin" if pinned else "unpin", "pinned", pinned)


def reorder(theme: Theme, position: int) -> int:
    """Put a theme at a place among all themes, 0 the first; return the edit's id. Raises EditRefused if it is gone."""
    theme_id, survey_id = theme.id, theme.survey_id
    with write_transaction() as session:
        _there(session, survey_id, theme_id)
        shown = list(
            session.execute(
                select(Theme.id, Theme.position)
                .join(ThemeResult, ThemeResult.theme_id == Theme.id)
                .where(ThemeResult.run_id == shown_run_id(session, survey_id), ThemeResult.parent_id.is_(None))
                .order_by(
                    Theme.pinned.desc(),
                    Theme.position.is_(None),
                    Theme.position,
                    ThemeResult.people.desc(),
                    ThemeResult.rank,
                )
            )
        )
        order = [row.id for row in shown if row.id != theme_id]
        order.insert(max(0, position), theme_id)
        before = {str(row.id): row.position for row in shown}
        after = {str(own_id): place for place, own_id in enumerate(order)}
        edit = change_log.record(
            session, survey_id, "order", theme_id=theme_id, details={"before": before, "after": after}
        )
        for own_id, place in after.items():
            session.get_one(Theme, int(own_id)).position = place
        return edit.id


def checked_name(name: str) -> str:
    """Return a name in one line, without what turns its direction round. Raises EditRefused if it is invalid."""
    name = seen_line(name)
    if not name or len(name) > MAX_NAME_CHARACTERS or "\0" in name:
        raise EditRefused(gettext("A name has 1 to %(n)s characters.", n=MAX_NAME_CHARACTERS))
    return name


def refuse_taken(session: Session, survey_id: int, name: str, *, but: int | None = None) -> None:
    """Raise EditRefused if another theme that is shown has the name. Lock the result before."""
    taken = {fold(other) for theme_id, other in shown_names(session, survey_id).items() if theme_id != but}
    if fold(name) in taken:
        raise EditRefused(
            gettext("Another theme is called %(name)s. Merge the two, or choose a different name.", name=name)
        )


def refuse_gone(session: Session, run_id: int | None, *theme_ids: int | None) -> None:
    """Raise EditRefused if a theme has no ideas any more, and ThemeMerged if that is as it was merged."""
    wanted = {theme_id for theme_id in theme_ids if theme_id is not None}
    shown = select(ThemeResult.theme_id).where(ThemeResult.run_id == run_id, ThemeResult.theme_id.in_(wanted))
    for theme_id in sorted(wanted - set(session.scalars(shown))):
        theme = session.get_one(Theme, theme_id)
        target = merged_into(session, theme)
        if target is not None:
            raise ThemeMerged(theme.name, target.name, target.public_id)
        raise EditRefused(gettext("That theme is not there any more: it has no ideas now. Nothing was changed."))


def merged_into(session: Session, theme: Theme) -> Theme | None:
    """Return the theme that a theme is part of now by the merges that hold; None if it was merged into none."""
    merged, into = merged_themes(session, theme.survey_id), theme.id
    while into in merged:
        into = merged[into]
    return session.get(Theme, into) if into != theme.id else None


def _refuse_changed(session: Session, theme: Theme, action: str, now_kept: str, typed: str, as_of: int | None) -> None:
    """Raise EditRefused if words of a theme were changed after a version of the log, and not to what was typed."""
    if as_of is None or now_kept == typed or not was_edited(session, theme.id, action, as_of):
        return
    raise EditRefused(
        gettext(
            "This was changed in another window, or by somebody else, since you opened this page. It is now: "
            "%(value)s. What you typed is still here: keep it again to put it in place of that.",
            value=quoted(now_kept) if now_kept else gettext("empty"),
        )
    )


def _there(session: Session, survey_id: int, theme_id: int) -> Theme:
    """Lock the result and return a theme that is to be edited. Raises EditRefused if it is gone."""
    lock_results(session, survey_id)
    theme = session.get_one(Theme, theme_id)
    refuse_gone(session, shown_run_id(session, survey_id), theme_id)
    return theme


def _set(theme: Theme, action: str, field: str, value: bool) -> int:
    theme_id, survey_id = theme.id, theme.survey_id
    with write_transaction() as session:
        theme = _there(session, survey_id, theme_id)
        made = edit_history.made_already(session, theme, action, value)
        if made is not None:
            return made
        details = {"before": getattr(theme, field)}
        edit: Edit = change_log.record(session, survey_id, action, theme_id=theme_id, details=details)
        setattr(theme, field, value)
        return edit.id
