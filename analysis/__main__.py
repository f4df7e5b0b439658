"""python -m analysis ANSWERS.csv -o THEMES.csv: find the themes in a file of answers, without site or network."""

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from analysis.embedding.models import INT8_NAME, PACKAGED_NAME, ModelError, load
from analysis.known_themes.codebook import DEFAULT, Codebook, CodebookError
from analysis.results import Analysis
from analysis.text.personal_data import masked

COLUMNS = ("row", "answer", "idea", "start", "end", "status", "theme_id", "theme", "origin", "strength", "quote")
MAX_CELL_CHARACTERS = 50_000_000  # the default of the csv module is 131,072


class InputError(Exception):
    """The answers cannot be read or the results not written; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0. Bad input ends it with one line and exit status 2."""
    options = _parser().parse_args(arguments)
    try:
        answers = read_answers(options.answers, options.column)
        codebook = Codebook.load(options.codebook)
        for path in (options.output, options.json):
            _refuse_unwritable(path)
        embedder = load(options.model)
        # Imported here: the pipeline loads scikit-learn, and bad input should be reported at once.
        from analysis.pipeline import analyse

        analysis = analyse(answers, codebook=codebook, embedder=embedder, seed=options.seed, progress=_report)
        write_themes(options.output, answers, analysis)
        if options.json:
            write_report(options.json, answers, analysis)
    except (InputError, CodebookError, ModelError) as error:
        _fail(" ".join(str(error).split()))
    print(_summary(answers, analysis, options.output), file=sys.stderr)
    return 0


def read_answers(path: Path, column: str) -> list[str]:
    """Return the cells of one column, unchanged. Raises InputError."""
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            header = next(rows, None)
            if not header:
                raise InputError(f"{path} is empty: it needs a header line with a column {column!r}")
            if column not in header:
                raise InputError(f"{path} has no column {column!r}; its columns are: {', '.join(header)}")
            at = header.index(column)
            answers = [row[at] if at < len(row) else "" for row in rows if row]
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8: save it as CSV UTF-8") from error
    except csv.Error as error:
        raise InputError(f"{path} is not a CSV file: {error}") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if not any(answer.strip() for answer in answers):
        raise InputError(f"{path} has no answers in the column {column!r}")
    return answers


def theme_rows(answers: Sequence[str], analysis: Analysis) -> Iterator[tuple[str | int, ...]]:
    """Yield the rows of THEMES.csv, with COLUMNS: one per idea and theme, and one per non-answer."""
    themes = {theme.key: theme for theme in analysis.themes}
    placements = defaultdict(list)
    for placement in analysis.placements:
        placements[placement.idea].append(placement)
    ideas = defaultdict(list)
    for number, idea in enumerate(analysis.ideas):
        ideas[idea.answer].append((number, idea))
    for row, answer in enumerate(answers):
        if row not in ideas:
            yield row, answer, "", "", "", "nonanswer", "", "", "", "", 0
        for number, idea in ideas[row]:
            span = (row, answer, idea.text, idea.start, idea.end)
            if not placements[number]:
                yield *span, "unplaced", "", "", "", "", 0
            for placement in placements[number]:
                theme = themes[placement.theme]
                quoted = int(number in theme.quotes)
                yield *span, "placed", theme.key, theme.name, theme.origin, f"{placement.strength:.3f}", quoted


def write_themes(path: Path, answers: Sequence[str], analysis: Analysis) -> None:
    """Write THEMES.csv in UTF-8. Raises InputError."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(theme_rows(answers, analysis))
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def write_report(path: Path, answers: Sequence[str], analysis: Analysis) -> None:
    """Write REPORT.json: counts, settings and the themes with the texts of their quotes. Raises InputError."""
    report = {
        "answers": len(answers),
        "nonanswers": len(analysis.nonanswers),
        "ideas": len(analysis.ideas),
        "unplaced_ideas": len(analysis.unplaced),
        "saturation": asdict(analysis.saturation),
        "model": analysis.model,
        "settings": dict(analysis.settings),
        "notices": _notices(analysis),
        "themes": [
            {
                **asdict(theme),
                "quotes": [
                    {**asdict(idea), "row": idea.answer, "text": masked(idea.text)}
                    for idea in map(analysis.ideas.__getitem__, theme.quotes)
                ],
            }
            for theme in analysis.themes
        ],
    }
    try:
        path.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m analysis",
        description="Find the themes in a CSV of answers to one open question, on this machine alone.",
        epilog="THEMES.csv holds the answers exactly as given, so that start and end fit them; "
        "a cell may begin with =, +, - or @. Open files from strangers in a spreadsheet as text, or take the site's "
        "export, whose cells are defused.",
    )
    parser.add_argument("answers", type=Path, metavar="ANSWERS.csv", help="UTF-8, with a header line")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="THEMES.csv", help="one line per idea and theme"
    )
    parser.add_argument("--column", default="answer", help="the column with the answers (default: answer)")
    parser.add_argument(
        "--codebook", default=DEFAULT, metavar="NAME", help="relationships, none or FILE.toml (default: %(default)s)"
    )
    parser.add_argument("--json", type=Path, metavar="REPORT.json", help="also write counts, themes and quotes as JSON")
    parser.add_argument("--seed", type=int, default=0, help="of the random samples of large sets (default: 0)")
    parser.add_argument(
        "--model", default="packaged", help="a sentence-transformers model on this machine (default: packaged)"
    )
    return parser


def _refuse_unwritable(path: Path | None) -> None:
    """Raise InputError before the analysis when the file cannot be written."""
    if path is None:
        return
    try:
        existed = path.exists()
        with path.open("a", encoding="utf-8"):
            pass
        if not existed:
            path.unlink()
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def _report(stage: str, done: int, total: int) -> None:
    if (total and done in (0, total)) or done % 1024 == 0:
        print(f"{stage}: {done} of {total}", file=sys.stderr)


def _summary(answers: Sequence[str], analysis: Analysis, path: Path) -> str:
    placed = len({analysis.ideas[placement.idea].answer for placement in analysis.placements})
    themes, silent = len(analysis.themes), len(analysis.nonanswers)
    told = f"{placed} of {len(answers)} answers in {themes} themes, {silent} non-answers: {path}"
    return "\n".join([told, *_notices(analysis)])


def _notices(analysis: Analysis) -> list[str]:
    """Return sentences about what the model reads less well, or not at all."""
    told = []
    other, unread = analysis.settings["other_languages"], analysis.settings["unreadable_answers"]
    if other and analysis.model in (PACKAGED_NAME, INT8_NAME):
        seem = "answer seems" if other == 1 else "answers seem"
        told.append(f"{other} {seem} to be in another language than English, which {analysis.model} reads less well.")
    if unread:
        some, them = ("answer is", "it") if unread == 1 else ("answers are", "them")
        told.append(f"{unread} {some} in a script that {analysis.model} cannot read: nothing was looked for in {them}.")
    return told


def _fail(message: str) -> NoReturn:
    print(f"analysis: {message}", file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    sys.exit(main())
