"""The command `flask --app app import-answers`: the same reader and rules as on the page, in words."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from analysis.files.model import ColumnGuess, FileChoices, FileRefused
from analysis.files.read_file import StoredFile, read_file
from analysis.tables.layout import data_rows
from survey.core.command_error import CommandError, report_database_errors
from survey.core.database import db
from survey.core.models import Survey
from survey.imports import importer, in_words
from survey.imports import plan as plans
from survey.imports.choices import MAX_HEADER_ROWS, NO_COLUMN, Choices
from survey.imports.importer import ImportRefused
from survey.imports.plan import Outcome, Plan

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
ALSO = ("placeholders", "previews", "alike", "changed", "deleted")
"""What is left out unless it is asked for"""
ROWS_NAMED = 20
NO_COLUMN_OF_TEXT = "No column of the file holds text. Name the one with the answers with --column"


@click.command("import-answers")
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--column", help="The column of the answers, by its name.")
@click.option("--time-column", help="The column of their times; “none” for none of them.")
@click.option("--kind-column", help="The column of kinds; “none” for none of them.")
@click.option("--source-column", help="The column of sources; “none” for none of them.")
@click.option("--id-column", help="The column of response ids; “none” for none of them.")
@click.option("--day-first/--month-first", default=None, help="How dates such as 3/4/2026 are read.")
@click.option("--sheet", help="The sheet of a workbook, by its name.")
@click.option("--encoding", help="The encoding of a text file, such as windows-1252.")
@click.option("--delimiter", type=click.Choice([*DELIMITERS]), help="What sets the cells of a text file apart.")
@click.option("--header-rows", type=click.IntRange(0, MAX_HEADER_ROWS), help="How many rows name the columns.")
@click.option("--too-long", type=click.Choice(["leave", "cut"]), default="leave", show_default=True,
              help="Answers that are too long: leave them out, or take their first characters.")  # fmt: skip
@click.option("--unknown-kind", type=click.Choice(["blank", "leave", "add"]), default="blank", show_default=True,
              help="Kinds the survey does not ask: come without, leave the row out, or add the kinds.")  # fmt: skip
@click.option("--leave-unreadable-times", is_flag=True, help="Leave out rows whose time cannot be read.")
@click.option("--also", type=click.Choice(ALSO), multiple=True, help="Take in what is left out otherwise.")
@click.option("--other-questions", is_flag=True, help="Make a survey of each further open question of the file.")
@click.option("--dry-run", is_flag=True, help="Say what was understood, and take in nothing.")
@with_appcontext
def import_answers(
    slug: str,
    file: Path,
    column: str | None,
    time_column: str | None,
    kind_column: str | None,
    source_column: str | None,
    id_column: str | None,
    day_first: bool | None,
    sheet: str | None,
    encoding: str | None,
    delimiter: str | None,
    header_rows: int | None,
    too_long: str,
    unknown_kind: str,
    leave_unreadable_times: bool,
    also: tuple[str, ...],
    other_questions: bool,
    dry_run: bool,
) -> None:
    """Add the answers of a FILE to the survey at SLUG: CSV, Excel, OpenDocument or Parquet, from any program.

    What was understood is printed first. All that can be taken in is, in one step, and nothing twice.
    """
    survey = db.session.scalar(select(Survey).where(Survey.slug == slug))
    if survey is None:
        raise CommandError(f"There is no survey at {slug!r}.")
    choices = Choices(
        file=FileChoices(sheet, encoding, DELIMITERS.get(delimiter or "")),
        header_rows=header_rows,
        others=None if other_questions else frozenset(),
        day_first=day_first,
        too_long="cut" if too_long == "cut" else "leave",
        unknown_kind=unknown_kind,  # type: ignore[arg-type]
        leave_unreadable_times=leave_unreadable_times,
        **dict.fromkeys(also, True),  # type: ignore[arg-type]
    )
    names = {
        "answer": column,
        "time": time_column,
        "kind": kind_column,
        "source": source_column,
        "response_id": id_column,
    }
    with tempfile.TemporaryDirectory() as folder, report_database_errors():
        try:
            stored = _read(file, Path(folder) / "file", choices)
            plan = _plan(survey, stored, choices, names)
            for line in understood(plan, stored):
                click.echo(line)
            if dry_run:
                click.echo("Nothing was imported: this was a dry run.")
                return
            if in_words.lacks_column(plan.understood):
                raise CommandError(f"{NO_COLUMN_OF_TEXT}: {_names(plan.understood.guesses)}. Nothing was imported.")
            outcome = importer.take_in(survey, plan, file.name)
        except (FileRefused, ImportRefused) as refused:
            raise CommandError(f"{refused} Nothing was imported.") from None
    for other in outcome.others:
        click.echo(f"{in_words.answers(other.added)} added to {other.slug!r}: {other.question}")
    click.echo(str(outcome))


def understood(plan: Plan, stored: StoredFile) -> Iterator[str]:
    """Yield what was understood of a file, a line for each thing."""
    read, counts = plan.understood, plan.counts()
    columns = read.columns
    names = read.layout.names
    yield f"File: {in_words.how_read(read.form)}" + (
        f", {in_words.encoding_name(read.form.encoding)}" if read.form.encoding and read.form.format == "csv" else ""
    )
    file = plan.choices.file
    choices = {"sheet": file.sheet, "encoding": file.encoding, "delimiter": file.delimiter}
    unused = [f"--{name}" for name, given in choices.items() if given and getattr(read.form, name) is None]
    if unused:
        yield f"Not used for such a file: {', '.join(unused)}"
    yield f"Header rows: {in_words.header_rows(read.layout)}"
    if columns.answers:
        why = next((guess.reason for guess in read.guesses if guess.place == plan.first.place), "")
        yield f"Answers: {plan.first.name!r}. {why}".rstrip()
    if columns.time is not None:
        yield f"Time: {names[columns.time]!r}. {_times(plan, stored)}".rstrip()
    for label, place in (("Kind", columns.kind), ("Source", columns.source), ("Response id", columns.response_id)):
        if place is not None:
            yield f"{label}: {names[place]!r}"
    personal = in_words.personal_columns(read.guesses, columns)
    if personal:
        yield "Not taken: " + ", ".join(f"{name!r} ({what})" for name, what in personal)
    for told, left in (
        ("Not kept", in_words.not_kept(read)),
        ("Codes, for “Bring in what people coded”", in_words.code_columns(read.guesses, columns)),
    ):
        if left:
            yield f"{told}: {', '.join(map(repr, left))}"
    others = [place for place in read.proposed.answers if place not in columns.answers]
    if others:
        asked = ", ".join(repr(names[place]) for place in others)
        yield f"Further open questions, not taken without --other-questions: {asked}"
    yield f"{in_words.NO_TEXT if in_words.lacks_column(read) else in_words.headline(counts, plan.taken)}."
    for outcome, rows in _left_out(plan).items():
        yield f"  {len(rows):,} {in_words.LONG_WORDS[outcome]}: {in_words.row_numbers(rows, ROWS_NAMED)}"
    if plan.first.unknown_kinds:
        kinds = ", ".join(repr(kind[:40]) for kind, _ in plan.first.unknown_kinds.most_common(8))
        yield f"  Kinds this survey does not ask: {kinds}"
    if plan.first.unknown_sources:
        sources = ", ".join(repr(source[:40]) for source, _ in plan.first.unknown_sources.most_common(8))
        yield f"  {plan.first.unknown_sources.total():,} of a source not known here, taken as imported: {sources}"
    if plan.first.unread_times and not plan.choices.leave_unreadable_times:
        unread = in_words.row_numbers(plan.first.unread_times, ROWS_NAMED)
        yield f"  {len(plan.first.unread_times):,} without a time, because it cannot be read: {unread}"


def _left_out(plan: Plan) -> dict[Outcome, list[int]]:
    found: dict[Outcome, list[int]] = {}
    for row in plan.first.rows:
        outcome = plan.first.outcome(row, plan.choices)
        if outcome != "taken":
            found.setdefault(outcome, []).append(row.number)
    for left in plan.first.left:
        if left.reason != "unknown_source":
            found.setdefault(left.reason, []).append(left.number)
    return found


def _times(plan: Plan, stored: StoredFile) -> str:
    place = plan.understood.columns.time or 0
    rows = data_rows(stored.rows(), plan.understood.layout)
    return in_words.time_sentence(plan.understood, ((number, cells[place].strip()) for number, cells in rows))


def _read(file: Path, folder: Path, choices: Choices) -> StoredFile:
    try:
        with file.open("rb") as stream:
            return read_file(stream, folder, choices.file, name=file.name)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from None


def _plan(survey: Survey, stored: StoredFile, choices: Choices, names: dict[str, str | None]) -> Plan:
    """Return the plan with the columns that were named. Raises CommandError where the file has no such column."""
    if any(name is not None for name in names.values()):
        guesses = plans.understand(stored.rows, stored.form, survey, choices).guesses
        places = {role: _place(name, guesses) for role, name in names.items() if name is not None}
        choices = replace(choices, **places)  # type: ignore[arg-type]
    return plans.make_plan(stored.rows, stored.form, survey, choices, db.session)


def _place(name: str, guesses: Sequence[ColumnGuess]) -> int:
    if name == "none":
        return NO_COLUMN
    for guess in guesses:
        if guess.name == name:
            return guess.place
    folded = [guess.place for guess in guesses if guess.name.casefold() == " ".join(name.split()).casefold()]
    if len(folded) == 1:
        return folded[0]
    raise CommandError(f"There is no column {name!r}. The file has {_names(guesses)}. Nothing was imported.")


def _names(guesses: Sequence[ColumnGuess]) -> str:
    return ", ".join(repr(guess.name[:40]) for guess in guesses[:20])
