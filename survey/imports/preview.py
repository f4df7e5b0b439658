"""The preview of an import, ready for its page: the picture, the first rows, and everything that can be chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from analysis.files.model import LINE, LeftOut, Reason
from analysis.tables.layout import data_rows
from survey.answers.lifecycle import MAX_LENGTH, RESPONSE_ID_MAX, SOURCES
from survey.core import respondent_kinds
from survey.core.i18n import N_, gettext
from survey.core.models import Survey
from survey.imports import in_words, reading_options, sieve_picture
from survey.imports.importer import kinds_with_new
from survey.imports.plan import OUTCOMES, Outcome, Plan, Question, Rows
from survey.imports.reading_options import Option
from survey.imports.sieve_picture import End, Part
from survey.imports.staged_uploads import StagedUpload
from survey.web.formatting import translated

ROWS_SHOWN = 8
CELL_SHOWN = 200
ANSWER_SHOWN = 500
OTHER_COLUMNS_SHOWN = 12
LONG_SHOWN = 10
"""Answers that are too long which can be shortened on the page"""
ENDS: dict[Outcome, tuple[End, str]] = {"taken": ("runs on", "tb"), "here": ("knot", "t0"), "too_long": ("curl", "ta")}
OUT_WORDS: dict[str, str] = {
    "here": N_("Here already"),
    "alike": N_("Looks the same as one here: left out"),
    "changed": N_("Here with other words: left out"),
    "deleted": N_("Deleted here before: left out"),
    "blank": N_("Blank: left out"),
    "placeholder": N_("No answer: left out"),
    "preview": N_("A test response: left out"),
    "too_long": N_("Too long: left out"),
    "unknown_kind": N_("Of a kind not known here: left out"),
    "unreadable_time": N_("Its time cannot be read: left out"),
    "ragged": N_("More cells than columns: left out"),
}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the file: what it answers, why it is left out ("" if it is not), and its other cells."""

    number: int
    text: str
    out: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class LeftOutGroup:
    """Rows that are left out for one reason."""

    reason: Outcome
    count: int
    rows: str
    said: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class LongAnswer:
    """An answer that is too long, and the text in the box where it may be shortened."""

    number: int
    length: int
    beginning: str
    text: str


@dataclass(frozen=True, slots=True)
class OtherQuestion:
    """Another column of answers: how many would come into a survey of its own, which may exist already."""

    place: int
    name: str
    chosen: bool
    answers: int
    exists: bool


def shown(survey: Survey, waiting: StagedUpload, plan: Plan, rows: Rows) -> dict[str, Any]:
    """Return what the template of the preview shows."""
    understood, counts = plan.understood, plan.counts()
    return {
        "survey": survey,
        "waiting": waiting,
        "plan": plan,
        "counts": counts,
        "total": sum(counts.values()),
        "headline": gettext(in_words.NO_TEXT)
        if in_words.lacks_column(understood)
        else in_words.headline(counts, plan.taken),
        "left_out": in_words.left_out(counts),
        "how_read": in_words.how_read(understood.form),
        "pictures": [sieve_picture.draw(_parts(counts), narrow=narrow) for narrow in (False, True)],
        "table": _table(plan, rows),
        "understood": understood,
        "columns": reading_options.column_options(plan),
        "reason": _reason_of(plan),
        "times": _times(plan, rows),
        "letters": reading_options.letters(waiting),
        "sheets": reading_options.sheets(waiting),
        "delimiters": reading_options.delimiters(waiting),
        "header_words": in_words.header_rows(understood.layout),
        "header_options": reading_options.header_options(plan),
        "separator": understood.form.separator if understood.form.format == "pasted" else None,
        "line": LINE,
        "groups": _groups(plan),
        "long": _long(plan),
        "max_length": MAX_LENGTH,
        "kinds": _kinds(survey, plan),
        "unread_times": _unread_times(plan, rows),
        "others": _others(plan),
        "personal": in_words.personal_columns(understood.guesses, understood.columns),
        "sources": _sources(plan.first),
        "long_ids": len(plan.first.left_cells["id"]),
        "max_id_length": RESPONSE_ID_MAX,
        "not_kept": in_words.not_kept(understood),
        "coded": in_words.code_columns(understood.guesses, understood.columns),
        "twice": _said_twice(plan),
        "standings": _standings(plan.first),
    }


def _parts(counts: dict[Outcome, int]) -> list[Part]:
    parts = []
    for outcome in OUTCOMES:
        if outcome in counts:
            end, colour = ENDS.get(outcome, ("curl", "t0"))
            words = gettext(in_words.LONG_WORDS[outcome])
            if outcome == "taken" and counts[outcome] == 1:
                words = gettext("answer to take in")
            parts.append(Part(counts[outcome], words, gettext(in_words.SHORT_WORDS[outcome]), end, colour))
    return parts


def _table(plan: Plan, rows: Rows) -> dict[str, Any]:
    """The first rows, or the new ones where most are here already; the answers first, then the columns in use."""
    columns, layout = plan.understood.columns, plan.understood.layout
    counts = plan.counts()
    only_new = 0 < counts.get("taken", 0) < counts.get("here", 0)
    places, heads = _shown_columns(plan)
    taken = {row.number for row in islice(plan.first.taken(plan.choices), ROWS_SHOWN)} if only_new else None
    chosen: list[tuple[int, list[str]]] = []
    if columns.answers:
        wanted = (row for row in data_rows(rows(), layout) if taken is None or row[0] in taken)
        chosen = list(islice(wanted, ROWS_SHOWN))
    readable = _by_number(plan.first.rows, {number for number, _ in chosen})
    left = _by_number(plan.first.left, {number for number, _ in chosen})
    found = []
    for number, cells in chosen:
        row = readable.get(number)
        outcome: str = plan.first.outcome(row, plan.choices) if row else _reason(left.get(number))
        text = row.text if row else cells[plan.first.place].strip()
        out = gettext(OUT_WORDS[outcome]) if outcome in OUT_WORDS else ""
        found.append(ShownRow(number, _short(text, ANSWER_SHOWN), out, [_short(cells[place]) for place in places]))
    title = gettext("All rows") if len(found) == sum(counts.values()) else gettext("The first rows")
    if only_new:
        title = gettext("The new rows") if len(taken or ()) >= counts["taken"] else gettext("The first new rows")
    return {"title": title, "heads": heads, "rows": found}


def _by_number(rows: Iterable[Any], numbers: set[int]) -> dict[int, Any]:
    return {row.number: row for row in rows if row.number in numbers}


def _reason(left: LeftOut | None) -> Reason:
    return left.reason if left else "blank"


def _shown_columns(plan: Plan) -> tuple[list[int], list[tuple[str, str]]]:
    """Return the places of the columns beside the answers, and their names, each with what it is used for."""
    columns = plan.understood.columns
    used = {
        gettext("when"): columns.time,
        gettext("kind"): columns.kind,
        gettext("source"): columns.source,
        gettext("id"): columns.response_id,
        gettext("status"): columns.status,
    }
    tags = {place: tag for tag, place in used.items() if place is not None}
    tags |= dict.fromkeys(columns.answers[1:], gettext("a survey of its own"))
    personal = {name for name, _ in in_words.personal_columns(plan.understood.guesses, columns)}
    guesses = [guess for guess in plan.understood.guesses if guess.place != plan.first.place]
    guesses.sort(key=lambda guess: (guess.place not in tags, not guess.filled, guess.place))
    heads = [
        (guess.name, tags.get(guess.place, gettext("not taken in") if guess.name in personal else ""))
        for guess in guesses[:OTHER_COLUMNS_SHOWN]
    ]
    return [guess.place for guess in guesses[:OTHER_COLUMNS_SHOWN]], heads


def _reason_of(plan: Plan) -> str:
    if plan.understood.is_own_export:
        return gettext("This is an export of this site: it comes back as it was.")
    reasons = (guess.reason for guess in plan.understood.guesses if guess.place == plan.first.place)
    return translated(next(reasons, ""))


def _times(plan: Plan, rows: Rows) -> dict[str, Any]:
    """The sentence that says how times are read, and the order of day and month where it can be chosen."""
    order, place = plan.understood.forms.time, plan.understood.columns.time
    if place is None:
        return {"sentence": "", "options": []}
    cells = ((number, row[place].strip()) for number, row in data_rows(rows(), plan.understood.layout))
    sentence = in_words.time_sentence(plan.understood, cells)
    options = []
    if order.day_first is not None:
        options = [
            Option("day", gettext("Day first"), order.day_first),
            Option("month", gettext("Month first"), not order.day_first),
        ]
    return {"sentence": sentence, "options": options}


def _groups(plan: Plan) -> list[LeftOutGroup]:
    by_reason: dict[Any, list[LeftOut]] = {}
    for one in plan.first.left:
        by_reason.setdefault(one.reason, []).append(one)
    return [
        LeftOutGroup(outcome, len(left), in_words.row_numbers([one.number for one in left]), in_words.said(left))
        for outcome in OUTCOMES
        if outcome not in ("too_long", "unknown_kind", "unreadable_time") and (left := by_reason.get(outcome))
    ]


def _long(plan: Plan) -> list[LongAnswer]:
    return [
        LongAnswer(
            row.number,
            len(row.text),
            _short(" ".join(row.text.split()), 90),
            plan.choices.shortened.get(row.number, row.text),
        )
        for row in plan.first.long[:LONG_SHOWN]
    ]


def _kinds(survey: Survey, plan: Plan) -> dict[str, Any]:
    """The kinds that the survey does not know, most frequent first, and whether it could get them."""
    unknown = plan.first.unknown_kinds
    labels = kinds_with_new(survey, plan.first)
    return {
        "count": sum(unknown.values()),
        "labels": [(label[:60], count) for label, count in unknown.most_common(6)],
        "more": max(0, len(unknown) - 6),
        "can_add": bool(unknown) and respondent_kinds.label_problem(labels) is None,
    }


def _sources(question: Question) -> dict[str, Any]:
    """The sources that the site does not know, most frequent first, and those it knows."""
    unknown = question.unknown_sources
    return {
        "count": unknown.total(),
        "labels": [(label[:60], count) for label, count in unknown.most_common(6)],
        "more": max(0, len(unknown) - 6),
        "known": ", ".join(SOURCES),
    }


def _unread_times(plan: Plan, rows: Rows) -> dict[str, Any]:
    """How many times cannot be read, and the first of them as the file has it."""
    numbers, place = plan.first.unread_times, plan.understood.columns.time
    first = ""
    if numbers and place is not None:
        found = data_rows(rows(), plan.understood.layout)
        first = next((_short(cells[place].strip(), 60) for number, cells in found if number == numbers[0]), "")
    return {"count": len(numbers), "rows": in_words.row_numbers(numbers[:5]) if numbers else "", "first": first}


def _others(plan: Plan) -> list[OtherQuestion]:
    """The other columns of answers, whether chosen or not."""
    chosen = {question.place: question for question in plan.others}
    found = [place for place in plan.understood.proposed.answers if place != plan.first.place]
    guesses = {guess.place: guess for guess in plan.understood.guesses}
    listed = []
    for place in (*found, *(place for place in chosen if place not in found)):
        question = chosen.get(place)
        name = guesses[place].name
        if question is None:
            listed.append(OtherQuestion(place, name, False, guesses[place].filled, False))
        else:
            taken = question.counts(plan.choices).get("taken", 0)
            listed.append(OtherQuestion(place, name, True, taken, question.survey_id is not None))
    return listed


def _said_twice(plan: Plan) -> tuple[int, str]:
    """How many of the answers say the same as another of the file, and an example."""
    seen: dict[str, int] = {}
    for row in plan.first.taken(plan.choices):
        seen[row.text] = seen.get(row.text, 0) + 1
    same = {text: count for text, count in seen.items() if count > 1}
    example = max(same, key=lambda text: same[text], default="")
    return sum(same.values()), _short(example, 60)


def _standings(question: Question) -> dict[str, tuple[int, str]]:
    """How many rows there are of each standing but new, and their numbers."""
    rows: dict[str, list[int]] = {}
    for row in question.rows:
        standing = question.standings.get(row.number, "new")
        if standing != "new":
            rows.setdefault(standing, []).append(row.number)
    return {standing: (len(numbers), in_words.row_numbers(numbers)) for standing, numbers in rows.items()}


def _short(cell: str, most: int = CELL_SHOWN) -> str:
    return cell if len(cell) <= most else cell[:most] + "…"
