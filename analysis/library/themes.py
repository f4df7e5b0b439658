"""What was found in answers, as objects and as tables; no other library is needed to read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from analysis.library.texts import Texts

if TYPE_CHECKING:  # it loads numpy, which web processes never do
    from analysis.results import Setting

Status = Literal["placed", "unplaced", "nonanswer"]
Lines = Literal["ideas", "answers", "themes"]
Table = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Span:
    """A part of an answer, exactly as it was written: ``answers[row][start:end] == text``.

    ``label`` is that of the answer in a pandas index, else its ``row``, from 0.
    """

    text: str
    row: int
    start: int
    end: int
    label: Any = None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class FoundTheme:
    """A theme, and what speaks for it.

    ``people`` counts answers, ``share`` them as a part of all that say something, 0-1, ``mentions`` ideas. ``quotes``
    are up to three, the best first; one may hold an address or a name of an account where all do. ``came_back`` says in
    how many of ``re_runs`` with a part of the answers the theme was found again; ``tentative`` is one that came back
    in too few, or of which some answers may not belong: its placements are less than .7 strong on average. ``origin``
    is "codebook", "discovered" or, of the ``parts`` of a large theme, "part".
    """

    id: str
    name: str
    other_names: tuple[str, ...]
    description: str
    origin: str
    people: int
    share: float
    mentions: int
    quotes: tuple[Span, ...]
    came_back: int
    re_runs: int
    tentative: bool
    parts: tuple[FoundTheme, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedIdea:
    """One idea of an answer, the theme it is in (None: in none), and how strongly it belongs there, 0-1.

    ``against``: it speaks of the theme's matter and says the opposite of what the others say.
    """

    span: Span
    theme: FoundTheme | None
    strength: float | None = None
    is_quote: bool = False
    against: bool = False


@dataclass(frozen=True, slots=True)
class FoundThemes(Sequence[FoundTheme]):
    """All that was found: a sequence of themes, the most people first.

    ``answers`` are as they were given, None where there was none. ``ideas`` are in the order of the answers; one in
    two themes is there twice. ``nonanswers`` are the rows of answers that say nothing. ``people`` counts the others,
    ``people_placed`` those of them with an idea in a theme. ``new_theme_chance`` estimates how likely the next answer
    is to bring a theme of its own, 0-1. ``model`` and ``settings`` say how it was found.
    """

    themes: tuple[FoundTheme, ...]
    answers: tuple[str | None, ...]
    ideas: tuple[PlacedIdea, ...]
    nonanswers: tuple[int, ...]
    people: int
    people_placed: int
    new_theme_chance: float
    model: str
    settings: Mapping[str, Setting]
    texts: Texts = field(repr=False, compare=False)

    @property
    def languages(self) -> Mapping[str, int]:
        """How many answers are in each language, by its code, most first; an answer that could be in several is not."""
        counts = self.settings.get("languages", {})
        return counts if isinstance(counts, Mapping) else {}

    def __len__(self) -> int:
        return len(self.themes)

    def __getitem__(self, at: Any) -> Any:
        return self.themes[at]

    def __iter__(self) -> Iterator[FoundTheme]:
        return iter(self.themes)

    def __str__(self) -> str:
        names = "; ".join(f"{theme.name} ({theme.people})" for theme in self.themes)
        return f"{len(self.themes)} themes in {self.people} answers: {names or 'none'}"

    def table(self, of: Lines = "ideas") -> Table:
        """Return one dict for each idea and theme, for each answer, or for each theme; the keys are the columns.

        Of ideas, an answer that says nothing has one line too, and an idea in two themes has two.
        """
        if of == "ideas":
            return list(self._idea_lines())
        if of == "answers":
            return list(self._answer_lines())
        if of == "themes":
            return [_theme_line(theme, parent) for theme, parent in self._with_parts()]
        raise ValueError(f"of is {of!r}. It is 'ideas', 'answers' or 'themes'.")

    def to_pandas(self, of: Lines = "ideas") -> Any:
        """Return a table as a pandas DataFrame; lines of ideas and answers have the index of the Series that was given.

        ``start`` and ``end`` are whole numbers that may be missing (Int64).

        Raises ImportError where pandas is not installed.
        """
        pandas = import_module("pandas")
        lines = self.table(of)
        if of == "themes":
            return pandas.DataFrame(lines, columns=list(_THEME_COLUMNS))
        rows = [line["row"] for line in lines]
        index = self.texts.index
        wanted = pandas.Index(rows, name=None) if index is None else index.take(rows)
        columns = _IDEA_COLUMNS if of == "ideas" else _ANSWER_COLUMNS
        frame = pandas.DataFrame(lines, columns=[name for name in columns if name != "label"])
        return frame.astype({name: "Int64" for name in ("start", "end") if name in columns}).set_index(wanted)

    def to_polars(self, of: Lines = "ideas") -> Any:
        """Return a table as a polars DataFrame; ``row`` says which answer a line is of, from 0.

        ``label`` is that of a pandas Series, several levels of it as one text. Raises ImportError where polars is not
        installed.
        """
        polars = import_module("polars")
        lines, columns = self.table(of), []
        types = {"ideas": _IDEA_COLUMNS, "answers": _ANSWER_COLUMNS, "themes": _THEME_COLUMNS}[of]
        for name, kind in types.items():
            cells = [line[name] for line in lines]
            if kind:
                dtype = polars.List(polars.String) if kind == "List" else getattr(polars, kind)
                columns.append(polars.Series(name, cells, dtype=dtype))
            elif self.texts.index is not None:
                columns.append(polars.Series(name, [str(cell) if isinstance(cell, tuple) else cell for cell in cells]))
        return polars.DataFrame(columns)

    def _idea_lines(self) -> Iterator[dict[str, Any]]:
        by_row: dict[int, list[PlacedIdea]] = {}
        for idea in self.ideas:
            by_row.setdefault(idea.span.row, []).append(idea)
        for row, (label, answer) in enumerate(zip(self.texts.labels, self.answers, strict=True)):
            head = {"row": row, "label": label, "answer": answer}
            if row not in by_row:
                nothing = {"status": "nonanswer", "quote": False, "against": False}
                yield head | dict.fromkeys(list(_IDEA_COLUMNS)[3:]) | nothing
            for idea in by_row.get(row, ()):
                theme = idea.theme
                yield head | {
                    "idea": idea.span.text,
                    "start": idea.span.start,
                    "end": idea.span.end,
                    "status": "placed" if theme else "unplaced",
                    "theme_id": theme.id if theme else None,
                    "theme": theme.name if theme else None,
                    "origin": theme.origin if theme else None,
                    "strength": idea.strength,
                    "quote": idea.is_quote,
                    "against": idea.against,
                }

    def _answer_lines(self) -> Iterator[dict[str, Any]]:
        found: dict[int, dict[str, str]] = {}
        for idea in self.ideas:
            own = found.setdefault(idea.span.row, {})
            if idea.theme is not None:
                own[idea.theme.id] = idea.theme.name
        for row, (label, answer) in enumerate(zip(self.texts.labels, self.answers, strict=True)):
            themes = found.get(row)
            status: Status = "nonanswer" if themes is None else "placed" if themes else "unplaced"
            yield {
                "row": row,
                "label": label,
                "answer": answer,
                "status": status,
                "themes": list((themes or {}).values()),
                "theme_ids": list(themes or {}),
            }

    def _with_parts(self) -> Iterator[tuple[FoundTheme, str | None]]:
        for theme in self.themes:
            yield theme, None
            for part in theme.parts:
                yield part, theme.id


def _theme_line(theme: FoundTheme, parent: str | None) -> dict[str, Any]:
    return {
        "theme_id": theme.id,
        "theme": theme.name,
        "description": theme.description,
        "origin": theme.origin,
        "people": theme.people,
        "share": theme.share,
        "mentions": theme.mentions,
        "came_back": theme.came_back,
        "re_runs": theme.re_runs,
        "tentative": theme.tentative,
        "part_of": parent,
        "quotes": [quote.text for quote in theme.quotes],
    }


_IDEA_COLUMNS = {
    "row": "Int64",
    "label": "",
    "answer": "String",
    "idea": "String",
    "start": "Int64",
    "end": "Int64",
    "status": "String",
    "theme_id": "String",
    "theme": "String",
    "origin": "String",
    "strength": "Float64",
    "quote": "Boolean",
    "against": "Boolean",
}
"""The columns of each table, and their types in polars"""
_ANSWER_COLUMNS = {
    "row": "Int64",
    "label": "",
    "answer": "String",
    "status": "String",
    "themes": "List",
    "theme_ids": "List",
}
_THEME_COLUMNS = {
    "theme_id": "String",
    "theme": "String",
    "description": "String",
    "origin": "String",
    "people": "Int64",
    "share": "Float64",
    "mentions": "Int64",
    "came_back": "Int64",
    "re_runs": "Int64",
    "tentative": "Boolean",
    "part_of": "String",
    "quotes": "List",
}
