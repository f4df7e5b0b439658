"""The rows of what is given away. Only themes that readers see are in them, and personal data is masked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from sqlalchemy import select

from analysis.naming.descriptions import said_in
from survey.core import respondent_kinds
from survey.core.database import batches, db
from survey.core.models import Idea, Placement, Survey
from survey.core.personal_data import mask_personal_data
from survey.publication.shuffled_answers import BATCH_ANSWERS, shuffled_answers
from survey.publication.tables import FOR_PUBLISHING, FOR_READERS, READERS_WIDE, WIDE
from survey.results.quotes import people_against
from survey.results.read_model import MIN_PEOPLE_DRAWN, MIN_PEOPLE_FOR_SHARES
from survey.results.visible_themes import FoundTheme, visible_themes
from survey.runs import counted_people
from survey.runs.lookups import shown_run
from survey.tables.answer_query import joined_names
from survey.tables.data_dictionary import Column, Row
from survey.tables.wide_table import theme_cells, theme_columns

MAX_CACHED = 4000


def columns_of(survey: Survey, name: str, *, for_readers: bool) -> tuple[Column, ...]:
    """Return the columns of a table for readers, or for publishing."""
    table = (FOR_READERS if for_readers else FOR_PUBLISHING)[name]
    themes = [theme.name for theme in _by_age(survey)] if table in (WIDE, READERS_WIDE) else []
    return table.columns + theme_columns(themes, table.header)


def answer_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each shown answer: its day, its placement and its themes."""
    describe = _describe(survey)
    for answer in shuffled_answers(survey, "publishing"):
        yield answer.mark, answer.day, *describe(answer.results)


def wide_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each shown answer: its day, its placement, and 1 or 0 for each theme."""
    describe, cells = _describe(survey), theme_cells([theme.id for theme in _by_age(survey)])
    for answer in shuffled_answers(survey, "publishing"):
        yield answer.mark, answer.day, describe(answer.results)[0], *cells(answer.results)


def readers_wide_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each shown answer: its placement, and 1 or 0 for each theme."""
    describe, cells = _describe(survey), theme_cells([theme.id for theme in _by_age(survey)])
    for answer in shuffled_answers(survey, "readers"):
        yield answer.mark, describe(answer.results)[0], *cells(answer.results)


def readers_answer_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each answer that readers can read on the pages, with what they see of it."""
    describe = _describe(survey)
    for answer in shuffled_answers(survey, "readers"):
        placement, themes = describe(answer.results)
        if placement != "nonanswer":
            yield answer.mark, mask_personal_data(answer.text), themes


def idea_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each idea of a shown answer and each of its themes, one for an idea in none."""
    themes = visible_themes(shown_run(survey), as_stored=True).by_id()
    for batch in batches(shuffled_answers(survey, "publishing"), BATCH_ANSWERS):
        ideas: dict[int, dict[int, tuple[str, list[FoundTheme]]]] = {}
        for answer_id, idea_id, status, theme_id in db.session.execute(
            select(Idea.answer_id, Idea.id, Idea.status, Placement.theme_id)
            .outerjoin(Placement, Placement.idea_id == Idea.id)
            .where(
                Idea.answer_id.in_([answer.id for answer in batch]), Idea.run_id + 0 == survey.current_run_id
            )  # + 0: by answer
            .order_by(Idea.answer_id, Idea.starts, Idea.id, Placement.theme_id)
        ):
            _, placed = ideas.setdefault(answer_id, {}).setdefault(idea_id, (status, []))
            if theme_id in themes:
                placed.append(themes[theme_id])
        for answer in batch:
            for number, (status, placed) in enumerate(ideas.get(answer.id, {}).values(), 1):
                start = answer.mark, answer.day, number
                if not placed:
                    yield *start, "nonanswer" if status == "nonanswer" else "unplaced", None, None, None
                for theme in placed:
                    yield *start, "placed", theme.public_id, theme.name, theme.origin


def theme_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each theme that readers see, with its parts after it, and no description that quotes answers.

    They are in the order of the theme page, and like it say nothing of re-runs where their owner put one together.
    """
    run = shown_run(survey)
    if run is None:
        return
    people = counted_people.people(survey)
    against = people_against(run) | people_against(run, Placement.part_id)
    for theme in sorted(visible_themes(run, as_stored=True).visible, key=lambda theme: not theme.pinned):
        for row, parent in ((theme, None), *((part, theme.public_id) for part in theme.parts)):
            yield (
                row.public_id,
                row.name,
                None if said_in(row.description) else row.description,
                row.origin,
                row.people,
                round(row.people / people, 4) if people >= MIN_PEOPLE_FOR_SHARES else None,
                row.mentions,
                *((None, None, None) if row.put_together else (row.came_back, row.re_runs, row.tentative)),
                parent,
                against.get(row.id, 0),
            )


def kind_rows(survey: Survey) -> Iterator[Row]:
    """Yield a row for each theme and shown kind, from the comparison that the run has made fit to be published.

    Its numbers were hidden over all themes at once (analysis.evidence.suppression), against somebody who knows which
    answer is in which themes: the other files hold no more than that.
    """
    run = shown_run(survey)
    comparison = (run.comparison if run else None) or {}
    labels = {key: kind.export_label for key, kind in respondent_kinds.by_key(survey).items()}
    compared = {row["theme"]: row for row in comparison.get("themes", [])}
    for theme in visible_themes(run, as_stored=True).visible:
        row = compared.get(theme.key)
        if row is None or theme.people < MIN_PEOPLE_DRAWN:
            continue
        leans_to = "; ".join(labels.get(kind, kind) for kind in row["leans_to"])
        for cell in row["cells"]:
            kind, is_hidden = cell["group"], bool(cell["hidden"])
            yield (
                theme.public_id,
                theme.name,
                labels.get(kind, kind),
                cell["people"],
                None if is_hidden else cell["count"],
                None if is_hidden else round(cell["share"], 4),
                cell["hidden"] or None,
                row["verdict"],
                leans_to or None,
            )


PUBLISHING_ROWS: dict[str, Callable[[Survey], Iterator[Row]]] = {
    "answers": answer_rows,
    "wide": wide_rows,
    "clusters": idea_rows,
    "themes": theme_rows,
    "kinds": kind_rows,
}
READER_ROWS: dict[str, Callable[[Survey], Iterator[Row]]] = {
    "themes": theme_rows,
    "kinds": kind_rows,
    "wide": readers_wide_rows,
    "answers": readers_answer_rows,
}


def _by_age(survey: Survey) -> list[FoundTheme]:
    """Return the themes that readers see in the order in which they came up, so that a new column comes last."""
    return sorted(visible_themes(shown_run(survey), as_stored=True).visible, key=lambda theme: theme.id)


def _describe(survey: Survey) -> Callable[[str | None], tuple[str, str]]:
    """Return the function from an answer's results to its placement and the names of its themes, as readers see it."""
    names = {str(theme.id): theme.name for theme in visible_themes(shown_run(survey), as_stored=True).visible}

    @lru_cache(MAX_CACHED)
    def describe(results: str | None) -> tuple[str, str]:
        found = results.split(",") if results else []
        themes = dict.fromkeys(names[result] for result in found if result in names)
        if themes:
            return "placed", joined_names(themes)
        if not found:
            return "waiting", ""
        return ("nonanswer" if set(found) == {"nonanswer"} else "unplaced"), ""

    return describe
