"""The result of an analysis as a codebook and as a project: what `python -m analysis --qdc --qdpx` writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from analysis.refi_qda.codebook_file import write_codebook
from analysis.refi_qda.known_themes import PALETTE
from analysis.refi_qda.model import ORIGIN, Code, Project, Selection, Source, User, make_guid
from analysis.refi_qda.write_project import write_project
from analysis.results import Analysis, Theme

MACHINE = User(make_guid("user", "machine"), f"{ORIGIN} (machine)")


def codes_of(analysis: Analysis) -> list[Code]:
    """Return the themes as codes, sub-themes below their theme, the most people first."""
    return [_code(theme, PALETTE[number % len(PALETTE)]) for number, theme in enumerate(analysis.themes)]


def save_codebook(path: Path, analysis: Analysis) -> None:
    """Write a .qdc file of the themes that were found. Raises OSError, and ValueError where there are none."""
    path.write_bytes(write_codebook(codes_of(analysis)))


def save_project(
    path: Path,
    answers: Sequence[str],
    analysis: Analysis,
    *,
    name: str,
    names: Sequence[str] | None = None,
    created: datetime | None = None,
) -> None:
    """Write a .qdpx file: each answer a text, each placed idea a selection with the exact span. Raises OSError.

    `names` are those of the texts, one for each answer; without them they are called after their row, from 0.
    """
    project = Project(name, codes_of(analysis), _sources(answers, analysis, names), (MACHINE,), created=created)
    with path.open("wb") as file:
        write_project(project, file)


def _sources(answers: Sequence[str], analysis: Analysis, names: Sequence[str] | None) -> Iterator[Source]:
    codes: dict[int, list[str]] = {}
    for placement in analysis.placements:
        own = codes.setdefault(placement.idea, [])
        own.append(make_guid("theme", placement.theme if placement.part is None else placement.part))
    parts: dict[int, list[Selection]] = {}
    for number, idea in enumerate(analysis.ideas):
        if number in codes:
            part = Selection(idea.start, idea.end, tuple(codes[number]), MACHINE.guid)
            parts.setdefault(idea.answer, []).append(part)
    for row, text in enumerate(answers):
        label = names[row] if names is not None else f"Answer {row}"
        yield Source(make_guid("answer", row, text), label, text, tuple(parts.get(row, ())))


def _code(theme: Theme, colour: str) -> Code:
    below = tuple(_code(part, colour) for part in theme.parts)
    return Code(make_guid("theme", theme.key), theme.name, theme.description, colour, children=below)
