"""Place the ideas of coded answers by hand: one edit, one transaction, undone as one step."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.text.normalise import seen_line
from survey.answers.coding_models import Coding
from survey.coded_files.assign import assign, learned
from survey.coded_files.codings import CodedText, coded_texts, codes_of, themes_of_codes, used
from survey.core.database import batches, db, write_transaction
from survey.core.i18n import gettext
from survey.core.models import Idea, Survey, Theme
from survey.curation.theme_edits import MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS, EditRefused
from survey.edits import change_log
from survey.edits.change_log import Move
from survey.edits.idea_spans import BATCH_IDEAS, ShownIdea, with_placements
from survey.edits.models import Edit
from survey.results.result_counts import lock_results
from survey.runs import lifecycle as runs
from survey.runs.lookups import free_colour, in_run, shown_colours, shown_run_id
from survey.web.formatting import number

MAX_ANSWERS = 20_000
"""Answers placed in one edit: about that many can be written before somebody who sends an answer waits too long"""
SILENT = "nonanswer"


@dataclass(slots=True)
class Plan:
    """What placing a coding would do. `ideas` are those that get codes, each with the places of the codes."""

    ideas: list[tuple[ShownIdea, set[int]]]
    answers: int = 0
    unread: int = 0
    """Coded answers that no run has read yet"""
    silent: int = 0
    """Coded answers that are read as saying nothing"""
    moved: int = 0
    """Ideas that are in other themes now"""


def plan(session: Session, coding: Coding) -> Plan:
    """Return what placing a coding would do. Four queries and some for each 500 answers."""
    usable, themes = used(codes_of(coding)), themes_of_codes(session, coding)
    texts = [text for text in coded_texts(session, coding.id) if any(mark.code in usable for mark in text.marks)]
    ideas, silent = _ideas_of(session, coding.survey_id, texts)
    fit = learned((text.text, [mark for mark in text.marks if mark.code in usable]) for text in texts)
    found = Plan([], silent=len(silent), unread=sum(text.answer_id not in ideas for text in texts) - len(silent))
    for text in texts:
        own = ideas.get(text.answer_id, [])
        stands = {
            place: {code for code in usable if (theme := themes[code]) is not None and theme.id in idea.placements}
            for place, idea in enumerate(own)
        }
        spans = [(idea.starts, idea.ends) for idea in own]
        marks = [mark for mark in text.marks if mark.code in usable]
        got = [
            (idea, codes)
            for idea, codes in zip(own, assign(text.text, spans, marks, fit, stands), strict=True)
            if codes
        ]
        found.ideas += got
        found.answers += bool(got)
    for idea, codes in found.ideas:
        wanted = {None if (theme := themes[code]) is None else theme.id for code in codes}
        found.moved += wanted != set(idea.placements)
    return found


def place(survey: Survey, coding: Coding) -> int:
    """Place the ideas of a coding in the themes of their codes, and make those that are missing; return the edit's id.

    Sent twice, it is placed once. Raises EditRefused.
    """
    survey_id, coding_id = survey.id, coding.id
    with write_transaction() as session:
        lock_results(session, survey_id)
        stored = session.get(Coding, coding_id, populate_existing=True)
        if stored is None:
            raise EditRefused(gettext("This coding was deleted meanwhile. Nothing was changed."))
        before = session.get(Edit, stored.edit_id) if stored.edit_id is not None else None
        if before is not None and before.undone_at is None:
            return before.id
        found = plan(session, stored)
        if not found.ideas:
            raise EditRefused(gettext("None of these answers has been read by a run yet. Wait until it has finished."))
        if found.answers > MAX_ANSWERS:
            raise EditRefused(
                gettext(
                    "Up to %(most)s answers can be placed at once. Bring the file in in parts.",
                    most=number(MAX_ANSWERS),
                )
            )
        themes = themes_of_codes(session, stored)
        wanted = {code for _, codes in found.ideas for code in codes}
        made = _make_themes(session, stored, {code for code in wanted if themes[code] is None})
        ids = {code: made[code] if (theme := themes[code]) is None else theme.id for code in wanted}
        names = {str(theme_id): session.get_one(Theme, theme_id).name for theme_id in made.values()}
        details = {"coding": stored.public_id, "themes": names}
        edit = change_log.record(session, survey_id, "coded", name=stored.name, details=details)
        moves = [move for idea, codes in found.ideas for move in _moves(idea, [ids[code] for code in sorted(codes)])]
        change_log.apply(session, edit, moves)
        stored.edit_id = edit.id
        edit_id, run_id = edit.id, change_log.request_evidence(session, survey_id)
    runs.enqueue(run_id)
    return edit_id


def _moves(idea: ShownIdea, wanted: list[int]) -> list[Move]:
    """Return the moves after which an idea is in exactly the wanted themes, and decided about in each."""
    wanted = list(dict.fromkeys(wanted))
    out = [theme_id for theme_id in idea.placements if theme_id not in wanted]
    moves = [Move(idea, theme_id, theme_id) for theme_id in wanted if theme_id in idea.placements]
    for theme_id in wanted:
        if theme_id not in idea.placements:
            moves.append(Move(idea, out.pop(0) if out else None, theme_id))
    return [*moves, *(Move(idea, theme_id, None) for theme_id in out)]


def _make_themes(session: Session, coding: Coding, codes: Collection[int]) -> dict[int, int]:
    """Make a theme for each code that has none; return their ids by code. Codes of one name are one theme."""
    taken = [colour for _, colour in shown_colours(session, coding.survey_id)]
    made: dict[int, int] = {}
    named: dict[str, int] = {}
    listed = codes_of(coding)
    for code in sorted(codes):
        name = seen_line(listed[code].name.replace("\0", ""))[:MAX_NAME_CHARACTERS].strip() or str(code + 1)
        if name.casefold() not in named:
            theme = Theme(
                survey_id=coding.survey_id,
                key=f"coded-{secrets.token_hex(8)}",
                origin="discovered",
                name=name,
                description=" ".join(listed[code].description.split())[:MAX_DESCRIPTION_CHARACTERS],
                colour=free_colour(taken, taken[-1:]),
            )
            session.add(theme)
            session.flush()
            taken.append(theme.colour)
            named[name.casefold()] = theme.id
        made[code] = named[name.casefold()]
    return made


def _ideas_of(
    session: Session, survey_id: int, texts: list[CodedText]
) -> tuple[Mapping[int, list[ShownIdea]], set[int]]:
    """Return the ideas of answers in the result that is shown, by answer; and the answers that say nothing."""
    run_id = shown_run_id(session, survey_id)
    rows: list[ShownIdea] = []
    silent: set[int] = set()
    for batch in batches((text.answer_id for text in texts), BATCH_IDEAS):
        for idea_id, answer_id, starts, ends, status in session.execute(
            select(Idea.id, Idea.answer_id, Idea.starts, Idea.ends, Idea.status)
            .where(in_run(run_id), Idea.answer_id.in_(batch))
            .order_by(Idea.answer_id, Idea.starts)
        ):
            if status == SILENT:
                silent.add(answer_id)
            else:
                rows.append(ShownIdea(idea_id, answer_id, starts, ends, {}))
    found: dict[int, list[ShownIdea]] = {}
    for idea in with_placements(session, rows):
        found.setdefault(idea.answer_id, []).append(idea)
    return found, silent - set(found)


def shown_plan(coding: Coding) -> Plan:
    """Return what placing a coding would do now, for its page."""
    return plan(db.session, coding)
