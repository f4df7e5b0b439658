"""What would become of each row of a file: the file is understood, the choices of a person are followed.

Nothing is stored here. A plan is made for the preview, and again for the import.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.files.model import (
    AnswerRow,
    CellForms,
    ColumnGuess,
    Columns,
    FileForm,
    Layout,
    LeftOut,
    Reason,
    Row,
)
from analysis.tables.columns import describe_columns, propose_columns
from analysis.tables.layout import find_layout
from analysis.tables.read_rows import (
    LEAVE_OUT,
    askers_rows,
    cell_forms,
    own_columns,
    own_response_ids,
    own_rows,
    read_rows,
)
from analysis.text.normalise import is_visible, seen_line
from survey.answers import lifecycle as answers
from survey.core import respondent_kinds
from survey.core.account_models import EDITOR
from survey.core.models import DELETED_PREFIX, Survey
from survey.imports import recognise
from survey.imports.choices import NO_COLUMN, Choices
from survey.imports.recognise import Keys, Standing
from survey.web.access import role_in, suffices

Outcome = Literal[
    "taken", "here", "alike", "changed", "deleted", "blank", "placeholder", "preview", "too_long", "unknown_kind",
    "unreadable_time", "ragged",
]  # fmt: skip
OUTCOMES: tuple[Outcome, ...] = (
    "taken", "here", "alike", "changed", "deleted", "blank", "placeholder", "preview", "too_long", "unknown_kind",
    "unreadable_time", "ragged",
)  # fmt: skip
"""What becomes of a row; all but the first are left out"""
PASTED = Layout(("answer",))
"""Where the answers of a pasted list are: everywhere"""
Cell = Literal["source", "kind", "time", "id"]
CELLS: tuple[Cell, ...] = ("source", "kind", "time", "id")
"""What may stand beside an answer and be left out where it cannot be read"""
QUESTION_MAX = 200
"""Characters of a survey's question"""
Rows = Callable[[], Iterable[Row]]
"""Returns all rows of a file, from the first"""


@dataclass(frozen=True, slots=True)
class Understood:
    """How a file was read: its table, and what its columns are (`columns` as chosen, `proposed` as found)."""

    form: FileForm
    layout: Layout
    guesses: Sequence[ColumnGuess]
    proposed: Columns
    columns: Columns
    forms: CellForms
    is_own_export: bool

    @property
    def shape(self) -> str:
        """What the choice of columns depends on, to tell when the columns a person chose from are others now."""
        return "|".join(self.layout.names)[:2000]


@dataclass(slots=True)
class Question:
    """The answers of one column: what was read, and what becomes of it."""

    place: int
    name: str
    rows: list[AnswerRow] = field(default_factory=list)
    """Readable answers, whether they are here already or not"""
    left: list[LeftOut] = field(default_factory=list)
    standings: dict[int, Standing] = field(default_factory=dict)
    long: list[AnswerRow] = field(default_factory=list)
    """Answers that are too long, whatever was chosen for them"""
    unknown_kinds: Counter[str] = field(default_factory=Counter)
    unread_times: list[int] = field(default_factory=list)
    """Numbers of rows whose time cannot be read"""
    unknown_sources: Counter[str] = field(default_factory=Counter)
    left_cells: dict[Cell, set[int]] = field(default_factory=lambda: {cell: set() for cell in CELLS})
    """Numbers of rows of which a cell beside the answer is left out"""
    keys: Keys = dict
    """Returns the key of each row by its number, made when it is first asked for"""
    survey_id: int | None = None
    """The survey they go to; None: one is made"""

    @property
    def asked(self) -> str:
        """What a survey made of it asks."""
        return seen_line(self.name)[:QUESTION_MAX]

    def outcome(self, row: AnswerRow, choices: Choices) -> Outcome:
        """Return what becomes of a readable answer."""
        standing = self.standings.get(row.number, "new")
        if standing == "here":
            return "here"
        takes = {"alike": choices.alike, "changed": choices.changed, "deleted": choices.deleted}
        return "taken" if standing == "new" or takes[standing] else standing

    def counts(self, choices: Choices) -> dict[Outcome, int]:
        """Return how many rows there are of each outcome, without those of which there are none."""
        found: Counter[Outcome] = Counter(self.outcome(row, choices) for row in self.rows)
        found.update(reason for one in self.left if (reason := one.reason) != "unknown_source")
        return {outcome: found[outcome] for outcome in OUTCOMES if found[outcome]}

    def cells_left_out(self, choices: Choices) -> dict[Cell, int]:
        """Return in how many of the answers that are taken in each cell is left out, without those of which none is."""
        taken = {row.number for row in self.taken(choices)}
        return {cell: count for cell, rows in self.left_cells.items() if (count := len(rows & taken))}

    def taken(self, choices: Choices) -> Iterator[AnswerRow]:
        """Yield the answers that are taken in."""
        return (row for row in self.rows if self.outcome(row, choices) == "taken")


@dataclass(slots=True)
class Plan:
    """What would become of a file. The first question is for the survey itself, others become surveys of their own."""

    understood: Understood
    choices: Choices
    questions: list[Question]
    askers: frozenset[int]
    """Numbers of the rows that the asker wrote, in our own export"""
    own_ids: dict[int, str] = field(default_factory=dict)
    """The response ids that our own export has, by row"""

    @property
    def first(self) -> Question:
        """The question whose answers go into the survey."""
        return self.questions[0]

    @property
    def others(self) -> list[Question]:
        """The questions that become surveys of their own."""
        return self.questions[1:]

    def counts(self) -> dict[Outcome, int]:
        """Return how many rows of the first question there are of each outcome."""
        return self.first.counts(self.choices)

    @property
    def taken(self) -> int:
        """How many answers would be stored altogether."""
        return sum(question.counts(self.choices).get("taken", 0) for question in self.questions)

    def signature(self) -> str:
        """Return the counts as a text, by which a confirmation is held against what would be done now."""
        return ";".join(
            ",".join([str(one.place), *(f"{name}={n}" for name, n in one.counts(self.choices).items())])
            for one in self.questions
        )


def understand(rows: Rows, form: FileForm, survey: Survey, choices: Choices) -> Understood:
    """Return how a file is read, with what was chosen. A column that does not exist is as if none was chosen."""
    is_list = form.format == "pasted" and form.delimiter is None
    layout = PASTED if is_list else find_layout(rows(), choices.header_rows)
    known = known_kinds(survey)
    guesses = describe_columns(rows(), layout, question=survey.question, kinds=known, sources=tuple(answers.SOURCES))
    proposed = propose_columns(guesses)
    if is_list or not any(guess.filled for guess in guesses):
        proposed = replace(proposed, answers=(0,) if layout.names else ())
    own = own_columns(layout)
    columns = _chosen(own or proposed, choices, len(layout.names))
    is_own = own is not None and columns == own
    forms = CellForms()
    if columns.answers and not is_own:
        forms = cell_forms(rows(), layout, columns, day_first=choices.day_first)
    return Understood(form, layout, guesses, own or proposed, columns, forms, is_own)


def make_plan(
    rows: Rows, form: FileForm, survey: Survey, choices: Choices, session: Session, *, by: int | None = None
) -> Plan:
    """Return what would become of a file that an owner imports; None for the operator, who may do so everywhere."""
    understood = understand(rows, form, survey, choices)
    questions = [_read(rows, understood, place, survey, choices) for place in understood.columns.answers]
    askers = askers_rows(rows(), understood.layout) if understood.is_own_export else frozenset[int]()
    for question in questions:
        question.keys = cache(partial(_keys, rows, understood.layout, question.place))
    own_ids = own_response_ids(rows(), form, understood.layout) if understood.is_own_export else {}
    plan = Plan(understood, choices, questions or [Question(0, "")], askers, own_ids)
    find_known_rows(plan, survey, session, by)
    return plan


def find_known_rows(plan: Plan, survey: Survey, session: Session, by: int | None) -> None:
    """Note which answers are here already, in the survey and in those that an earlier version of the file made.

    These are surveys of the same owner with the same question, in which who imports may change answers.
    """
    plan.first.survey_id = survey.id
    for question in plan.others:
        same = (Survey.owner_id == survey.owner_id, Survey.question == question.asked, Survey.id != survey.id)
        found = session.scalars(
            select(Survey).where(*same, ~Survey.slug.startswith(DELETED_PREFIX)).order_by(Survey.id)
        )
        own = (other.id for other in found if by is None or suffices(role_in(session, other, by), EDITOR))
        question.survey_id = next(own, None)
    for question in plan.questions:
        question.standings = {}
        if question.survey_id is not None:
            is_own = plan.understood.is_own_export
            question.standings = recognise.recognise(
                session, question.survey_id, question.rows, question.keys, own_export=is_own
            )


def _keys(rows: Rows, layout: Layout, place: int) -> dict[int, str]:
    return dict(recognise.row_keys(rows, layout, place))


def known_kinds(survey: Survey) -> Collection[str]:
    """Return the words for kinds that a survey knows: keys and labels."""
    return [word for kind in respondent_kinds.by_key(survey).values() for word in (kind.key, kind.label)]


def _chosen(proposed: Columns, choices: Choices, width: int) -> Columns:
    """Return the columns to use: as chosen, else as proposed; each column for one thing only."""

    def column(chosen: int | None, found: int | None) -> int | None:
        if chosen is None or chosen >= width:
            return found
        return None if chosen == NO_COLUMN else chosen

    first = choices.answer if choices.answer is not None and choices.answer < width else None
    found = proposed.answers
    first = found[0] if first is None and found else first
    if first is None:
        return replace(proposed, answers=())
    others = [place for place in found if place != first and (choices.others is None or place in choices.others)]
    others += sorted((choices.others or frozenset()) - {first, *found} & set(range(width)))
    used = {first}
    beside: dict[str, int | None] = {}
    for name in ("time", "kind", "source", "response_id"):
        place = column(getattr(choices, name), getattr(proposed, name))
        beside[name] = None if place in used else place
        used |= {place} if place is not None else set()
    status = None if proposed.status in used else proposed.status
    return Columns(
        (first, *(place for place in others if place not in used and place < width)), status=status, **beside
    )


def _read(rows: Rows, understood: Understood, place: int, survey: Survey, choices: Choices) -> Question:
    """Return the answers of one column, as far as the file alone tells."""
    question = Question(place, understood.layout.names[place])
    leave_out = LEAVE_OUT - {"too_long"}
    leave_out -= {"placeholder"} if choices.placeholders else set()
    leave_out -= {"preview"} if choices.previews else set()
    kinds = {word.casefold() for word in known_kinds(survey)}
    if understood.is_own_export:
        found = own_rows(rows(), understood.form, understood.layout, understood.columns)
    else:
        found = read_rows(
            rows(),
            understood.layout,
            understood.columns,
            understood.forms,
            answer=place,
            longest=answers.MAX_LENGTH,
            leave_out=leave_out,
        )
    for one in found:
        if isinstance(one, AnswerRow):
            _sort(question, one, kinds, choices)
        else:
            question.left.append(one)
    return question


def _sort(question: Question, row: AnswerRow, kinds: Collection[str], choices: Choices) -> None:
    """Put an answer among those to be taken in or those left out, as was chosen."""
    text = cleaned(row.text)
    if not is_visible(text):
        question.left.append(LeftOut(row.number, "blank"))
        return
    if len(text) > answers.MAX_LENGTH:
        question.long.append(row)
        text = _shorter(text, row.number, choices)
        if not text or len(text) > answers.MAX_LENGTH:
            question.left.append(LeftOut(row.number, "too_long", row.text[:80], len(row.text)))
            return
    reason: Reason | None = None
    kind, source = row.kind, row.source.lower()
    if kind and kind.casefold() not in kinds:
        question.unknown_kinds[kind] += 1
        if choices.unknown_kind != "add":
            kind = ""
            question.left_cells["kind"].add(row.number)
        reason = "unknown_kind" if choices.unknown_kind == "leave" else None
    if source and source not in answers.SOURCES:
        question.unknown_sources[row.source] += 1
        question.left_cells["source"].add(row.number)
        source = ""
    if len(row.response_id) > answers.RESPONSE_ID_MAX:
        question.left_cells["id"].add(row.number)
    if "unreadable_time" in row.problems:
        question.unread_times.append(row.number)
        question.left_cells["time"].add(row.number)
        reason = "unreadable_time" if choices.leave_unreadable_times else reason
    if reason is not None:
        question.left.append(LeftOut(row.number, reason, text[:80], len(text)))
    elif (text, kind, source) == (row.text, row.kind, row.source):
        question.rows.append(row)
    else:
        question.rows.append(replace(row, text=text, kind=kind, source=source))


def cleaned(text: str) -> str:
    """Return a text as it can be stored: no NUL, no half of a pair of surrogates, \\n as line ends."""
    text = answers.normalize(text.replace("\0", ""))
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _shorter(text: str, number: int, choices: Choices) -> str:
    """Return what is taken in place of an answer that is too long, "" where it is left out."""
    if choices.too_long == "cut":
        return text[: answers.MAX_LENGTH].rstrip()
    return cleaned(choices.shortened.get(number, "")) if choices.too_long == "mine" else ""
