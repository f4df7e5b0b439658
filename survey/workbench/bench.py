"""The page of the workbench: the themes on the left, and the chosen one, or the ideas in none, on the right."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for
from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Run, Survey, Theme
from survey.curation import edit_history, idea_edits, shelf
from survey.curation.theme_edits import ThemeMerged, merged_into
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import Edit
from survey.results import languages
from survey.results.visible_themes import FoundTheme, described
from survey.runs import counted_people
from survey.runs.lookups import shown_run
from survey.workbench import besides, idea_list
from survey.workbench.forming import MAX_FORMING, forming_groups
from survey.workbench.list_filter import ListFilter
from survey.workbench.theme_list import ThemeList, theme_list, without_ideas

INBOX, BESIDES, HISTORY = "inbox", "besides", "history"
"""In addresses, in place of the id of a theme: the ideas in no theme, what was moved besides, what was changed"""
PAGES = {INBOX: "edit_themes.inbox", BESIDES: "edit_themes.moved_besides", HISTORY: "edit_themes.history"}


@dataclass(frozen=True, slots=True)
class Refused:
    """An edit that was refused, so that the page can show it again with all that was typed and ticked."""

    message: str
    ticked: Collection[str] = ()
    typed: str = ""
    field: str = ""
    """The name of the field that was typed into"""
    merged: ThemeMerged | None = None
    """Whether that is because a theme is part of another by now"""


def show(own: Survey, theme: Theme | None, wanted: ListFilter, refused: Refused | None = None) -> str:
    """Return the page of a theme, or with None that of the ideas in none."""
    run = shown_run(own)
    themes = listed_themes(own, run)
    by_id = themes.by_id()
    if theme is None:
        chosen, ideas = None, idea_list.unplaced_ideas(run, wanted, by_id)
        forming = forming_groups(run)[:MAX_FORMING] if not wanted.narrowed and wanted.after is None else []
    else:
        chosen = by_id.get(theme.id) or without_ideas(theme)
        ideas, forming = idea_list.ideas_of_theme(run, theme.id, wanted, by_id), []
    return render_template(
        "workbench/theme.html" if theme is not None else "workbench/inbox.html",
        **frame(own, run, themes),
        at=theme.public_id if theme is not None else INBOX,
        chosen=chosen,
        about=described(chosen.description) if chosen else "",
        ideas=ideas,
        wanted=wanted,
        forming=forming,
        has_opposite=theme is not None and idea_list.has_opposite(run, theme.id),
        left_out=idea_list.count_left_out(run) if theme is None else 0,
        others=[other for other in themes.themes if chosen is None or other.id != chosen.id],
        named=_named(chosen) if chosen else None,
        merged=merged_into(db.session, theme) if theme is not None and theme.id not in by_id else None,
        all_ticked=request.args.get("tick") == "all",
        refused=refused,
        max_counted=idea_list.COUNTED_MOST,
        max_moved=idea_edits.MAX_IDEAS,
    )


def frame(own: Survey, run: Run | None, themes: ThemeList) -> dict[str, object]:
    """Return what every page of the workbench shows around its matter."""
    return {
        "survey": own,
        "themes": themes,
        "people": counted_people.people(own),
        "unreadable": languages.unreadable_answers(run),
        "unplaced": idea_list.count_unplaced(run),
        "taught": besides.count_taught(own, run),
        "undoable": edit_history.last_undoable(own),
        "offer": shelf.offer(own),
    }


def listed_themes(own: Survey, run: Run | None) -> ThemeList:
    """Return the list of themes, narrowed as the address of the page says."""
    return theme_list(own, run, only=request.args.get("only", ""), find=request.args.get("find", "")[:100])


def address(slug: str, at: str, wanted: str = "", anchor: str = "") -> str:
    """Return the address of a page of the workbench: `at` is the id of a theme, or inbox, besides, history."""
    page = url_for(PAGES[at], slug=slug) if at in PAGES else url_for("edit_themes.theme", slug=slug, public_id=at)
    return page + ListFilter.parse(wanted).query() + (f"#{anchor}" if anchor else "")


def next_anchor(own: Survey, theme: Theme | None, wanted: str, ticked: Sequence[IdeaSpan]) -> str:
    """Return where a page stays when ideas leave its list: at the idea after the first of them that does not leave."""
    run, gone = shown_run(own), set(ticked)
    listed = ListFilter.parse(wanted)
    page = idea_list.ideas_of_theme(run, theme.id, listed, {}) if theme else idea_list.unplaced_ideas(run, listed, {})
    first = next((place for place, row in enumerate(page.rows) if row.span in gone), 0)
    after = [row for row in page.rows[first:] if row.span not in gone]
    before = [row for row in page.rows[:first] if row.span not in gone]
    return after[0].anchor if after else before[-1].anchor if before else "ideas"


def _named(theme: FoundTheme) -> Edit | None:
    """Return the edit by which somebody gave a theme its name, None where it has another."""
    renamed = select(Edit).where(Edit.theme_id == theme.id, Edit.action == "rename", Edit.name == theme.name)
    return db.session.scalar(renamed.where(Edit.undone_at.is_(None)).order_by(Edit.id.desc()).limit(1))
