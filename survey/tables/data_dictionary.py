"""The data dictionary: every column of every table that leaves the site, described once.

Exports, the API, its OpenAPI page and the owner's page all read it from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from survey.core.i18n import N_

CellType = Literal["text", "whole number", "number", "yes or no", "moment"]
TYPES = (N_("text"), N_("whole number"), N_("number"), N_("yes or no"), N_("moment"))
"""The same, for people"""
Cell = str | int | float | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what its cells are, and what they mean."""

    name: str
    type: CellType
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be taken away: its name in addresses, what people read, what one line of it is."""

    name: str
    title: str
    line: str
    columns: tuple[Column, ...]
    further: str = ""
    """What the columns are that follow these, and are others in each survey"""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of its columns. New ones come last, so that none ever moves."""
        return tuple(column.name for column in self.columns)


_ANSWER_ID = Column("answer_id", "text", N_("The answer, the same in every table and every export."))
_ANSWER = Column("answer", "text", N_("All of what was written, exactly."))
_ASKED_KIND = Column(
    "kind",
    "text",
    N_("The kind that was chosen beside the answer, if any: of relationship, or one of the survey’s own."),
)
_SOURCE = Column("source", "text", N_("Where it came from: the mark of the link, or import."))
_RECEIVED = Column("received_at", "moment", N_("When it was given, in UTC."))
_RESPONSE_ID = Column(
    "response_id",
    "text",
    N_("The id that it had in the file it was imported from, by which other columns can be joined; empty without one."),
)
_LANGUAGE = Column(
    "language",
    "text",
    N_("What it is written in, as a code such as en or pt-BR; empty where that cannot be told, or no run has read it."),
)
_THEME_ID = Column("theme_id", "text", N_("The theme, the same after you rename it and after every run."))
_THEME = Column("theme", "text", N_("The theme’s name."))
_ORIGIN = Column(
    "origin",
    "text",
    N_(
        "codebook: known before. discovered: found in the answers. part: a part of a theme, in whose lines and counts "
        "its people and ideas are, too."
    ),
)

ANSWERS = Table(
    "answers",
    N_("Answers"),
    N_("One line for each answer."),
    (
        _ANSWER_ID,
        _ANSWER,
        _ASKED_KIND,
        _SOURCE,
        _RECEIVED,
        Column("changed_at", "moment", N_("When its writer last changed it, in UTC; empty where nobody did.")),
        Column(
            "status",
            "text",
            N_("shown. held: it waits for you to look at it. hidden: you took it out. Only shown answers are counted."),
        ),
        Column(
            "placement",
            "text",
            N_(
                "placed: an idea of it is in a theme. unplaced: none is. nonanswer: it says nothing to the question. "
                "waiting: no run has read it yet. Empty for answers that are not shown."
            ),
        ),
        Column(
            "themes",
            "text",
            N_("The names of the themes it is in, with semicolons between them; one within a name is written ；"),
        ),
        Column("askers_own", "yes or no", N_("Whether it is the asker’s own.")),
        _RESPONSE_ID,
        _LANGUAGE,
    ),
)
CLUSTERS = Table(
    "clusters",
    N_("Ideas and their themes"),
    N_(
        "One line for each idea in a theme: an answer with three ideas has three lines or more. Ideas in no theme, and "
        "answers that say nothing to the question, have one line each."
    ),
    (
        _ANSWER_ID,
        _ANSWER,
        Column("idea", "text", N_("The part of the answer that makes the point, exactly.")),
        _THEME_ID,
        _THEME,
        _ORIGIN,
        Column("strength", "number", N_("How well the idea fits the theme, 0 to 1; 1 also where you moved it there.")),
        _ASKED_KIND,
        _SOURCE,
        _RECEIVED,
        Column(
            "status",
            "text",
            N_("placed, unplaced (an idea in no theme) or nonanswer (the whole answer says nothing to the question)."),
        ),
        Column(
            "start",
            "whole number",
            N_(
                "Where the idea begins in the answer, counted in characters (Unicode) from 0. An apostrophe that CSV "
                "and Excel have before what looks like a formula is not part of the answer and does not count."
            ),
        ),
        Column("end", "whole number", N_("Where it ends: the first character after it.")),
        Column("quote", "yes or no", N_("Whether the theme page shows it as evidence.")),
        Column("against", "yes or no", N_("Whether it says the opposite of what the others in the theme say.")),
        _RESPONSE_ID,
    ),
)
THEMES = Table(
    "themes",
    N_("Themes"),
    N_("One line for each theme, most people first."),
    (
        _THEME_ID,
        _THEME,
        Column(
            "description",
            "text",
            N_("What it is about, where somebody wrote that down; else what people in it say besides."),
        ),
        _ORIGIN,
        Column("people", "whole number", N_("How many answers have an idea in it; each counts once.")),
        Column("share", "number", N_("These people as a part of all who answered the question, 0 to 1.")),
        Column("mentions", "whole number", N_("How many ideas are in it.")),
        Column(
            "came_back",
            "whole number",
            N_("In how many re-runs it came back. Empty, like the next two, where somebody put the theme together."),
        ),
        Column(
            "re_runs",
            "whole number",
            N_(
                "How many re-runs there were: 10 of a known theme, and of the 20 of a found one those that drew any "
                "of its people; 0 where it could not be tried."
            ),
        ),
        Column(
            "tentative",
            "yes or no",
            N_(
                "Whether it came back in less than nine tenths of its re-runs, or had fewer than five, or its "
                "placements are less than 0.7 strong on average."
            ),
        ),
        Column("hidden", "yes or no", N_("Whether you hid it from readers.")),
        Column("pinned", "yes or no", N_("Whether you had it come first.")),
        Column("part_of", "text", N_("The theme_id of the theme this one is a part of.")),
        Column("against", "whole number", N_("How many of its people say the opposite of what the others in it say.")),
    ),
)
_CHECK_ID = Column("check_id", "text", N_("The check; also the seed of its draw."))
_READER = Column("reader", "text", N_("The name of the person who read; empty where nobody noted it."))
_IS_OWNER = Column("by_owner", "yes or no", N_("Whether an owner of the survey began this check and read it."))
CHECKS = Table(
    "checks",
    N_("Blind checks"),
    N_(
        "One line for each reader of each blind check, oldest first: how far that reader and the machine agree. "
        "Answers are drawn by the SHA-256 of check_id, a colon and answer_id: the first ones in the order of these "
        "hashes."
    ),
    (
        _CHECK_ID,
        Column(
            "started_at", "moment", N_("When the answers were drawn, in UTC. The machine’s themes are of that time.")
        ),
        _READER,
        _IS_OWNER,
        Column("finished_at", "moment", N_("When the result was shown, in UTC; empty while it is not finished.")),
        Column("compared", "whole number", N_("How many answers were read and are compared.")),
        Column(
            "f1",
            "number",
            N_(
                "The mean over answers of F1: twice the themes both named, by all that either named; 1 where both "
                "named none. 0 to 1; empty before the check is finished, and with fewer than 5 answers."
            ),
        ),
        Column("f1_low", "number", N_("The lower end of the 95 % interval of f1, for the number of answers read.")),
        Column("f1_high", "number", N_("The upper end.")),
        Column("micro_f1", "number", N_("F1 of all themes of all answers counted together.")),
        Column("same", "whole number", N_("How many answers were given exactly the same themes.")),
        Column("cannot_tell", "whole number", N_("How many answers the reader could not tell; they are not compared.")),
        Column("unread", "whole number", N_("How many were not read.")),
        Column("dropped", "whole number", N_("How many were deleted, changed or hidden since they were drawn.")),
        Column("silent", "whole number", N_("How many of those compared say nothing to the question, by the machine.")),
        Column("drawn", "whole number", N_("How many answers were drawn.")),
        Column("drawn_from", "whole number", N_("How many there were to draw from.")),
        Column("waiting", "whole number", N_("How many no run had read yet, and could not be drawn.")),
        Column(
            "alpha", "number", N_("Krippendorff’s alpha of the people who finished this check, with MASI distance.")
        ),
        Column("themes_changed_at", "moment", N_("When themes changed last after the draw, in UTC; empty if never.")),
        Column("neither", "whole number", N_("In how many of those compared both named no theme.")),
        Column("f1_named", "number", N_("F1 without these; empty if there are no others.")),
    ),
)
READINGS = Table(
    "readings",
    N_("What was read in checks"),
    N_(
        "One line for each answer and each reader of a check. Themes are as they stand now: merged ones under their "
        "new name, hidden ones left out on both sides."
    ),
    (
        _CHECK_ID,
        Column("place", "whole number", N_("In which place it was read, from 1.")),
        _ANSWER_ID,
        _ANSWER,
        _READER,
        _IS_OWNER,
        Column("said", "text", N_("themes, none (of these) or cannot tell.")),
        Column("themes", "text", N_("The names of the reader’s themes, with semicolons between them.")),
        Column("theme_ids", "text", N_("Their ids, in the same order.")),
        Column("machine_themes", "text", N_("The names of the machine’s themes when the answers were drawn.")),
        Column("machine_theme_ids", "text", N_("Their ids, in the same order.")),
        Column("machine_silent", "yes or no", N_("Whether the machine found that it says nothing to the question.")),
        Column("f1", "number", N_("F1 of both sets of themes, 0 to 1; empty where all that was named is hidden now.")),
        Column("note", "text", N_("What the reader noted.")),
        Column("read_at", "moment", N_("When it was read last, in UTC.")),
        Column("mended", "text", N_("What you did about a difference: mine or machine; empty for nothing.")),
    ),
)
WIDE = Table(
    "wide",
    N_("Answers by theme"),
    N_(
        "One line for each answer and one column for each theme: what a spreadsheet’s pivot table and a statistics "
        "program start from."
    ),
    (
        *ANSWERS.columns[:8],
        Column("askers_own", "yes or no", N_("Whether it is the asker’s own.")),
        _RESPONSE_ID,
        _LANGUAGE,
    ),
    further=N_(
        "After these comes one column for each theme, in the order in which they came up, so that a new one comes "
        "last. It has the theme’s name; where that is taken already, a number stands behind it: Trust (2). 1: the "
        "answer has an idea in the theme. 0: it has none. Empty: no run has read the answer, or it is not shown."
    ),
)
_KIND_PEOPLE = Column("kind_people", "whole number", N_("How many answers of this kind answered the question."))
KINDS = Table(
    "kinds",
    N_("Themes by kind"),
    N_("One line for each theme and each kind: how many people of the kind name the theme."),
    (
        _THEME_ID,
        _THEME,
        Column("kind", "text", N_("The kind that was chosen beside the answer; empty for those who chose none.")),
        _KIND_PEOPLE,
        Column("people", "whole number", N_("How many of these have an idea in the theme; each counts once.")),
        Column("share", "number", N_("people as a part of kind_people, 0 to 1.")),
    ),
)
EDITS = Table(
    "edits",
    N_("What was changed"),
    N_(
        "One line for each edit of the themes, oldest first: yours, and findings that were taken by themselves. Themes "
        "have the names that stand now."
    ),
    (
        Column("edit", "whole number", N_("The edits in the order they were made, from 1.")),
        Column("made_at", "moment", N_("When it was made, in UTC.")),
        Column(
            "action",
            "text",
            N_(
                "rename, describe, merge (theme into target), move (ideas of theme to target), also (ideas of theme "
                "are in target as well), split (ideas of theme to target, which is new), confirm (ideas are right in "
                "theme), opposite (ideas say the opposite of theme), same (they do not), dismiss (ideas belong to "
                "none), promote (a found theme became a known one), example, hide, show, pin, unpin or order. found: "
                "themes were found again and taken by themselves. accept: you took changes of a proposal. coded: "
                "ideas placed as a file has them."
            ),
        ),
        Column(
            "theme_id", "text", N_("The theme it concerns; empty for ideas in no theme, for found, accept and coded.")
        ),
        Column("theme", "text", N_("That theme’s name.")),
        Column("target_id", "text", N_("The theme that theme or its ideas went into; empty for none.")),
        Column("target", "text", N_("That theme’s name.")),
        Column(
            "before", "text", N_("What stood there: the name, the description, the place among the themes, from 1.")
        ),
        Column("after", "text", N_("What you gave: a name, a description, an example’s words, a place, the file.")),
        Column(
            "ideas",
            "whole number",
            N_("How many ideas it moved or decided about, without answers that were deleted since."),
        ),
        Column("people", "whole number", N_("From how many answers these are.")),
        Column("taught", "whole number", N_("How many other ideas the machine moved because of what it taught.")),
        Column("themes_new", "whole number", N_("How many themes began, by found and accept.")),
        Column("themes_gone", "whole number", N_("How many ended or went into another, by found and accept.")),
        Column("changes_accepted", "whole number", N_("How many changes of the proposal were accepted.")),
        Column("changes_offered", "whole number", N_("How many changes it had.")),
        Column("undone_at", "moment", N_("When it was taken back, in UTC; empty while it holds.")),
        Column("who", "text", N_("The name of the owner or editor who made it; empty for found, and for older ones.")),
    ),
)
DICTIONARY = Table(
    "dictionary",
    N_("Data dictionary"),
    N_("One line for each table, then one for each of its columns."),
    (
        Column("sheet", "text", N_("The sheet of the workbook.")),
        Column("column", "text", N_("The column; empty in the line about the sheet itself.")),
        Column("type", "text", N_("What its cells are.")),
        Column("meaning", "text", N_("What they mean.")),
    ),
)
TABLES = {table.name: table for table in (WIDE, ANSWERS, CLUSTERS, THEMES, KINDS, EDITS, CHECKS, READINGS)}

FORMATS = {
    "csv": N_(
        "UTF-8 with a byte order mark, commas between cells. A text that a spreadsheet might run as a formula, "
        "because it begins with = + - @ or a blank before one, has an apostrophe before it. Moments are written as "
        "2026-03-19T07:40:00Z, yes and no as 1 and 0."
    ),
    "xlsx": N_(
        "Excel. Texts that begin like a formula have an apostrophe before them, as in CSV, and are text cells in any "
        "case. Moments are dates in UTC. After 1,048,575 lines another sheet goes on. A cell holds 32,767 "
        "characters: the rest of a longer one is left out."
    ),
    "json": N_("One list of objects, the columns as keys. Texts are exactly as they were written. Moments as in CSV."),
    "parquet": N_(
        "Typed columns, packed with zstd, read by pandas, R, DuckDB and Spark. Texts are exactly as they were written."
    ),
}
