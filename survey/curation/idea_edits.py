"""What the owner decides about ideas, one or many at once: to another theme, a new one, or none; in one more theme;
right as they are; for or against what their theme says.

An idea that was decided about stays where it was put, whatever runs find and other decisions teach. Ideas are named by
their spans (`IdeaSpan`); a decision about one that is in another theme by now is refused, and nothing is changed.
`as_of` is the version of the log (`Survey.edit_version`) that the page showed: what somebody else decided since is told
first (`DecidedMeanwhile`); None: whatever was decided. Of one that the owner was `asked` about, instead of picking it,
the log keeps that: those together tell how many others are wrong (`survey/findings/learn.py`).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence

from flask import get_template_attribute
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.core.database import write_transaction
from survey.core.i18n import gettext
from survey.core.models import Idea, Placement, Survey, Theme
from survey.curation.edit_history import PastEdit, past_edit
from survey.curation.theme_edits import EditRefused, checked_name, refuse_gone, refuse_taken
from survey.edits import change_log
from survey.edits.change_log import Move
from survey.edits.decisions import merged_themes
from survey.edits.follow_merges import follow_merges
from survey.edits.idea_spans import IdeaSpan, ShownIdea, ideas_of_answers, shown_ideas, with_placements
from survey.edits.meanwhile import Decision, decided_by_others, decision
from survey.results.result_counts import lock_results
from survey.runs import lifecycle as runs
from survey.runs.lookups import free_colour, shown_colours, shown_run_id
from survey.web.formatting import number

MAX_IDEAS = 2000
"""In one edit"""


class DecidedMeanwhile(EditRefused):
    """Somebody else decided about one of the ideas since the page was made."""

    def __init__(self, edit: PastEdit) -> None:
        said = Markup(get_template_attribute("macros/edits.html", "edit_in_words")(edit)).striptags()
        super().__init__(
            gettext(
                "%(name)s has decided since you opened this page: %(what)s Nothing was changed now. If you see it "
                "otherwise, do it again.",
                name=edit.who or gettext("Somebody else"),
                what=said,
            )
        )


def move(
    survey: Survey,
    spans: Sequence[IdeaSpan],
    source: Theme | None,
    target: Theme | None,
    *,
    asked: bool = False,
    as_of: int | None = None,
) -> int:
    """Move ideas to another theme, or with `target` None out of theirs; return the edit's id.

    `source` is the theme they are taken out of, None if they are in none. What other themes they are in they stay in.
    Raises EditRefused.
    """
    if source is not None and target is not None and source.id == target.id:
        raise EditRefused(gettext("It is in that theme already."))
    survey_id, source_id, target_id = survey.id, source.id if source else None, target.id if target else None
    with write_transaction() as session:
        edit = change_log.record(
            session, survey_id, "move", theme_id=source_id, target_id=target_id, details=_details(asked)
        )
        run_id = shown_run_id(session, survey_id)
        refuse_gone(session, run_id, target_id)
        ideas = _still_there(session, survey_id, spans, source_id, decision("move", target_id), as_of)
        change_log.apply(session, edit, [Move(idea, source_id, target_id) for idea in ideas])
        edit_id, run_id = edit.id, change_log.request_evidence(session, survey_id)
    runs.enqueue(run_id)
    return edit_id


def also(survey: Survey, spans: Sequence[IdeaSpan], theme: Theme, target: Theme, *, as_of: int | None = None) -> int:
    """Put ideas of a theme, which stay there, in one more; return the edit's id. Raises EditRefused."""
    survey_id, theme_id, target_id = survey.id, theme.id, target.id
    with write_transaction() as session:
        edit = change_log.record(session, survey_id, "also", theme_id=theme_id, target_id=target_id)
        refuse_gone(session, shown_run_id(session, survey_id), target_id)
        ideas = _still_there(session, survey_id, spans, theme_id, decision("also", target_id), as_of)
        if all(target_id in idea.placements for idea in ideas):
            raise EditRefused(gettext("It is in that theme already."))
        change_log.apply(session, edit, [Move(idea, None, target_id) for idea in ideas])
        edit_id, run_id = edit.id, change_log.request_evidence(session, survey_id)
    runs.enqueue(run_id)
    return edit_id


def moves_of_answers(
    session: Session,
    survey_id: int,
    answer_ids: Collection[int],
    source_id: int | None,
    target_id: int | None,
    *,
    from_all: bool = False,
) -> list[Move]:
    """Return the moves of what answers say to a theme, or with `target_id` None to no theme.

    What they say in the theme `source_id` is moved, with None what they say in none; `from_all`: all they say, whatever
    it is in.
    """
    return [
        Move(idea, theme_id, target_id)
        for idea in ideas_of_answers(session, shown_run_id(session, survey_id), answer_ids)
        for theme_id in _leaves(idea, source_id, from_all)
        if theme_id != target_id
    ]


def record_moves(
    session: Session, survey_id: int, moves: Sequence[Move], source_id: int | None, target_id: int | None
) -> int:
    """Make moves inside a write transaction, as one edit; return its id."""
    edit = change_log.record(session, survey_id, "move", theme_id=source_id, target_id=target_id)
    change_log.apply(session, edit, moves)
    if target_id in merged_themes(session, survey_id):  # since they were chosen
        follow_merges(session, survey_id)
    return edit.id


def _leaves(idea: ShownIdea, source_id: int | None, from_all: bool) -> list[int | None]:
    """Return the themes that an idea is to be moved out of, None for no theme."""
    if not idea.placements:
        return [None] if from_all or source_id is None else []
    if from_all:
        return list(idea.placements)
    return [source_id] if source_id in idea.placements else []


def split(
    survey: Survey,
    spans: Sequence[IdeaSpan],
    source: Theme | None,
    name: str,
    *,
    asked: bool = False,
    as_of: int | None = None,
) -> int:
    """Move ideas to a new theme with a name; return the edit's id. `source` as in `move`. Raises EditRefused."""
    survey_id, source_id, name = survey.id, source.id if source else None, checked_name(name)
    with write_transaction() as session:
        lock_results(session, survey_id)
        ideas = _still_there(session, survey_id, spans, source_id, None, as_of)
        edit_id = _to_new_theme(session, survey_id, ideas, source_id, name, asked=asked)
        run_id = change_log.request_evidence(session, survey_id)
    runs.enqueue(run_id)
    return edit_id


def split_part(theme: Theme, part: Theme) -> int:
    """Split a sub-theme off into a theme; return the edit's id. Raises EditRefused if it is gone."""
    theme_id, part_id, survey_id = theme.id, part.id, theme.survey_id
    with write_transaction() as session:
        lock_results(session, survey_id)
        run_id = shown_run_id(session, survey_id)
        rows = session.execute(
            select(Idea.id, Idea.answer_id, Idea.starts, Idea.ends)
            .join(Placement, Placement.idea_id == Idea.id)
            .where(Idea.run_id == run_id, Placement.theme_id == theme_id, Placement.part_id == part_id)
            .order_by(Idea.id)
        ).all()
        ideas = with_placements(session, [ShownIdea(*row, {}) for row in rows])
        edit_id = _to_new_theme(session, survey_id, ideas, theme_id, session.get_one(Theme, part_id).name)
        run_id = change_log.request_evidence(session, survey_id)
    runs.enqueue(run_id)
    return edit_id


def confirm(
    survey: Survey, spans: Sequence[IdeaSpan], theme: Theme, *, asked: bool = False, as_of: int | None = None
) -> int:
    """Say that ideas are right in the theme they are in; return the edit's id. Raises EditRefused."""
    return _say(survey.id, "confirm", spans, theme.id, asked=asked, as_of=as_of)


def mark(
    survey: Survey,
    spans: Sequence[IdeaSpan],
    theme: Theme,
    *,
    opposite: bool,
    asked: bool = False,
    as_of: int | None = None,
) -> int:
    """Say that ideas say the opposite of the theme they are in, or that they do not; return the edit's id.

    Raises EditRefused.
    """
    return _say(survey.id, "opposite" if opposite else "same", spans, theme.id, asked=asked, as_of=as_of)


def dismiss(survey: Survey, spans: Sequence[IdeaSpan], *, asked: bool = False, as_of: int | None = None) -> int:
    """Say that ideas belong to no theme and need no further look; return the edit's id. Raises EditRefused."""
    return _say(survey.id, "dismiss", spans, None, asked=asked, as_of=as_of)


def _say(
    survey_id: int, action: str, spans: Sequence[IdeaSpan], theme_id: int | None, *, asked: bool, as_of: int | None
) -> int:
    """Record what was said of ideas that stay where they are; return the edit's id."""
    with write_transaction() as session:
        edit = change_log.record(
            session, survey_id, action, theme_id=theme_id, target_id=theme_id, details=_details(asked)
        )
        ideas = _still_there(session, survey_id, spans, theme_id, decision(action, theme_id), as_of)
        change_log.apply(session, edit, [Move(idea, theme_id, theme_id) for idea in ideas])
        edit_id, run_id = edit.id, change_log.request_evidence(session, survey_id)
    runs.enqueue(run_id)
    return edit_id


def _still_there(
    session: Session,
    survey_id: int,
    spans: Sequence[IdeaSpan],
    theme_id: int | None,
    wanted: Decision | None,
    as_of: int | None,
) -> list[ShownIdea]:
    """Return the ideas. Raises EditRefused unless all of them are in the theme, or in none.

    `wanted` is what is to be decided about them, None for what nobody can have decided yet. Raises DecidedMeanwhile if
    somebody else decided otherwise.
    """
    run_id = shown_run_id(session, survey_id)
    refuse_gone(session, run_id, theme_id)
    if not spans:
        raise EditRefused(gettext("Choose at least one idea."))
    if len(spans) > MAX_IDEAS:
        raise EditRefused(gettext("Up to %(n)s ideas can be moved at once.", n=number(MAX_IDEAS)))
    ideas = shown_ideas(session, run_id, spans)
    there = [idea for idea in ideas if (theme_id in idea.placements if theme_id is not None else not idea.placements)]
    if as_of is not None:
        for place, (edit_id, decided) in decided_by_others(session, survey_id, as_of, ideas).items():
            if decided != wanted and any(place == idea[1:4] for idea in ideas):
                raise DecidedMeanwhile(past_edit(survey_id, edit_id))
    if len(there) < len(set(spans)):
        raise EditRefused(
            gettext("Something was moved or changed meanwhile. Nothing was done: look again, and choose again.")
        )
    return there


def _to_new_theme(
    session: Session,
    survey_id: int,
    ideas: Sequence[ShownIdea],
    source_id: int | None,
    name: str,
    *,
    asked: bool = False,
) -> int:
    refuse_taken(session, survey_id, name)
    if not ideas:
        raise EditRefused(gettext("Choose at least one idea for the new theme."))
    new = Theme(
        survey_id=survey_id,
        key=f"split-{secrets.token_hex(8)}",
        origin="discovered",
        name=name,
        colour=_colour(session, survey_id, source_id, len(ideas)),
    )
    session.add(new)
    session.flush()
    edit = change_log.record(
        session, survey_id, "split", theme_id=source_id, target_id=new.id, name=name, details=_details(asked)
    )
    change_log.apply(session, edit, [Move(idea, source_id, new.id) for idea in ideas])
    return edit.id


def _details(asked: bool) -> dict[str, bool] | None:
    return {"asked": True} if asked else None


def _colour(session: Session, survey_id: int, source_id: int | None, people: int) -> int:
    """Return a colour for a new theme of so many people: not that of its source or of its neighbours in the chart."""
    shown = shown_colours(session, survey_id)
    larger = sum(count >= people for count, _ in shown)
    beside = {colour for _, colour in shown[max(0, larger - 1) : larger + 1]}
    if source_id is not None:
        beside.add(session.get_one(Theme, source_id).colour)
    return free_colour([colour for _, colour in shown], beside)
