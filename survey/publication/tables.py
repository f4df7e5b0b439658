"""The columns of what is given away. By day and themes most rows match one row of an export that has everything.

So an owner publishes these or those, never both. No mark and no order of rows is the same in both.

There is no kind beside an answer, and no time: a row with its kind would give away the small groups that the table of
themes by kind hides, and a time to the second would find the row in any other file.
"""

from __future__ import annotations

from survey.core.i18n import N_
from survey.tables.data_dictionary import CLUSTERS, KINDS, TABLES, THEMES, Column, Table

_ROW = Column(
    "row",
    "text",
    N_("A mark of the answer, the same in these files. It is made for them and stands in no other export."),
)
_DAY = Column("day", "text", N_("The day it was given, in UTC."))
_PLACEMENT = Column(
    "placement",
    "text",
    N_(
        "placed: an idea of it is in a theme that readers see. unplaced: none is. nonanswer: it says nothing to the "
        "question. waiting: no run has read it yet."
    ),
)
_THEME_NAMES = next(column for column in TABLES["answers"].columns if column.name == "themes")
_THEME_ID, _THEME, _ORIGIN = (next(column for column in THEMES.columns if column.name == name)
                              for name in ("theme_id", "theme", "origin"))  # fmt: skip
FURTHER = N_(
    "After these comes one column for each theme that readers see, by its name. 1: the answer has an idea in the "
    "theme. 0: it has none. Empty: no run has read it."
)

ANSWERS = Table(
    "answers",
    N_("Answers without their words"),
    N_("One line for each answer that is shown: its day and its themes."),
    (_ROW, _DAY, _PLACEMENT, _THEME_NAMES),
)
WIDE = Table(
    "wide",
    N_("Answers by theme, without their words"),
    N_("One line for each answer that is shown, and one column for each theme."),
    (_ROW, _DAY, _PLACEMENT),
    FURTHER,
)
IDEAS = Table(
    "clusters",
    N_("Ideas and their themes, without their words"),
    N_("One line for each idea in a theme, one for each in none."),
    (
        _ROW,
        _DAY,
        Column("idea", "whole number", N_("Which idea of the answer it is, from 1.")),
        next(column for column in CLUSTERS.columns if column.name == "status"),
        _THEME_ID,
        _THEME,
        _ORIGIN,
    ),
)
SHOWN_KINDS = Table(
    "kinds",
    N_("Themes by kind, as far as it may be shown"),
    N_(
        "One line for each theme and each kind that five people or more chose. Counted anew after every ten answers, "
        "and each theme after every ten people who name it."
    ),
    (
        *KINDS.columns,
        Column(
            "hidden",
            "text",
            N_(
                "Why a number is left out. fewer than 5: it is 1 to 4. not shown: it may be any; with it a small one "
                "could be worked out."
            ),
        ),
        Column("verdict", "text", N_("universal: shared by all kinds. leans: to some. too few to tell.")),
        Column("leans_to", "text", N_("The kinds it leans to, with semicolons between them.")),
    ),
)
_WRITTEN = Column("description", "text", N_("What it is about, where somebody wrote that down."))
SHOWN_THEMES = Table(
    "themes",
    N_("Themes"),
    N_(
        "One line for each theme that readers see, in the order of the theme page. What re-runs say is empty for one "
        "that the asker put together."
    ),
    tuple(
        _WRITTEN if column.name == "description" else column
        for column in THEMES.columns
        if column.name not in ("hidden", "pinned")
    ),
)
READERS_WIDE = Table("wide", N_("Which answer is in which themes"), WIDE.line, (_ROW, _PLACEMENT), FURTHER)
READERS_ANSWERS = Table(
    "answers",
    N_("The answers"),
    N_("One line for each answer that readers can read. Addresses and numbers of people are masked."),
    (_ROW, Column("answer", "text", N_("What was written.")), _THEME_NAMES),
)
FOR_PUBLISHING = {table.name: table for table in (ANSWERS, WIDE, IDEAS, SHOWN_THEMES, SHOWN_KINDS)}
"""What the owner can publish, by name"""
FOR_READERS = {table.name: table for table in (SHOWN_THEMES, SHOWN_KINDS, READERS_WIDE, READERS_ANSWERS)}
"""What readers can be offered, by key of survey.results.reader_downloads.DOWNLOADS"""
