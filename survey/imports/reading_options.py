"""What can be chosen of how a file is read: encoding, sheet, delimiter, header rows, columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from analysis.files.read_file import ORIGINAL
from survey.core.i18n import N_, gettext
from survey.imports import in_words
from survey.imports.plan import Plan
from survey.imports.staged_uploads import StagedUpload

SAMPLE_BYTES = 200_000
SAMPLES = 4
WORD = re.compile(r"[^\s,;\"|]+")


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a select or of radio buttons."""

    value: str
    label: str
    chosen: bool


def column_options(plan: Plan) -> dict[str, list[Option]]:
    """Return the columns that may be chosen for each thing."""
    columns = plan.understood.columns
    named = [(guess.place, guess.name) for guess in plan.understood.guesses]

    def options(place: int | None, *, optional: bool = True) -> list[Option]:
        none = [Option("none", gettext("No column"), place is None)] if optional else []
        return none + [Option(str(at), name[:80], at == place) for at, name in named]

    return {
        "answer": [Option("", gettext("Choose a column"), chosen=True), *options(None, optional=False)]
        if in_words.lacks_column(plan.understood)
        else options(plan.first.place, optional=False),
        "time": options(columns.time),
        "kind": options(columns.kind),
        "source": options(columns.source),
        "response_id": options(columns.response_id),
    }


def letters(waiting: StagedUpload) -> dict[str, Any]:
    """Return the encoding, words that show it, and the same words in the encodings that may be meant instead."""
    form = waiting.stored.form
    if form.encoding is None or form.format == "pasted":
        return {"name": "", "samples": [], "others": []}
    samples = list(form.samples[:SAMPLES]) or _samples(waiting.folder, form.encoding)
    others = []
    for encoding in form.encodings:
        if encoding != form.encoding:
            others.append((encoding, in_words.encoding_name(encoding), _samples(waiting.folder, encoding)))
    return {
        "name": in_words.encoding_name(form.encoding),
        "value": waiting.choices.encoding or "",
        "samples": samples,
        "others": others if samples else [],
    }


def _samples(folder: Path, encoding: str) -> list[str]:
    """Return some words with letters beyond ASCII as an encoding has them."""
    with (folder / ORIGINAL).open("rb") as file:
        start = file.read(SAMPLE_BYTES)
    try:
        text = start.decode(encoding, "replace")
    except LookupError:
        return []
    words = dict.fromkeys(word[:24] for word in WORD.findall(text) if len(word) > 1 and not word.isascii())
    return list(islice(words, SAMPLES))


def sheets(waiting: StagedUpload) -> list[Option]:
    """Return the sheets of a workbook, none where there is only one."""
    form = waiting.stored.form
    if len(form.sheets) < 2:
        return []
    return [
        Option(
            sheet.name,
            gettext("%(sheet)s (hidden)", sheet=sheet.name) if sheet.hidden else sheet.name,
            sheet.name == form.sheet,
        )
        for sheet in form.sheets
    ]


def delimiters(waiting: StagedUpload) -> list[Option]:
    """Return what may set the cells of a text file apart."""
    form = waiting.stored.form
    if form.format != "csv":
        return []
    found = dict(in_words.DELIMITERS) | ({form.delimiter: form.delimiter} if form.delimiter else {})
    found |= {delimiter: in_words.DELIMITERS.get(delimiter, delimiter) for delimiter in found}
    return [
        Option("tab" if delimiter == "\t" else delimiter, gettext(name).capitalize(), delimiter == form.delimiter)
        for delimiter, name in found.items()
        if delimiter in ",;\t|" or delimiter == form.delimiter
    ]


def header_options(plan: Plan) -> list[Option]:
    """Return how many header rows there may be."""
    chosen = plan.choices.header_rows
    options = [Option("", gettext("As it was found"), chosen is None)]
    return options + [
        Option(str(count), gettext(words), count == chosen)
        for count, words in enumerate((N_("None"), N_("One row"), N_("Two rows"), N_("Three rows")))
    ]
