"""find_themes: what it takes, what it gives, and that importing it costs next to nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from analysis import FoundThemes, find_themes
from analysis.embedding.models import ModelError
from analysis.known_themes.codebook import CodebookError
from analysis.library.texts import read_texts
from tests.support.every_case import every_case, for_each
from tests.support.toy_model import ToyModel

BUSES = ["More buses at night please", "The buses come far too late", "Night buses every single hour"]
BOOKS = ["The library should open on Sundays", "Longer opening hours of the library", "Open the library at the weekend"]
ANSWERS = [text for pair in zip(BUSES, BOOKS, strict=True) for text in pair] * 3
MISSING = [None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT]


def _find(answers: Any, **options: Any) -> FoundThemes:
    return find_themes(answers, model=ToyModel(), **options)


def test_importing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys; from analysis import find_themes; "
        "print([m for m in ('numpy', 'torch', 'sklearn', 'onnxruntime', 'pandas', 'polars') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_stranger_finds_the_themes_of_a_list() -> None:
    found = find_themes([*ANSWERS, "idk", None])
    assert found.people == found.people_placed == len(ANSWERS)
    assert found.nonanswers == (len(ANSWERS), len(ANSWERS) + 1)
    assert {theme.origin for theme in found} == {"discovered"}
    of_theme = {idea.span.row: idea.theme.name for idea in found.ideas if idea.theme}
    assert {of_theme[row] for row in range(0, 18, 2)}.isdisjoint({of_theme[row] for row in range(1, 18, 2)})
    assert found == find_themes([*ANSWERS, "idk", None])
    assert "themes in 18 answers" in str(found)


def test_every_span_is_what_was_written() -> None:
    answers = [
        "Buses, please: more at night.  And open the library!",
        *ANSWERS,
        "",
        "  \u00e9t\u00e9 \U0001f600 buses ",
    ]
    found = _find(answers)
    assert found.answers == tuple(answers)
    for idea in found.ideas:
        assert answers[idea.span.row][idea.span.start : idea.span.end] == idea.span.text
        assert (idea.strength is None) == (idea.theme is None)
    for theme in found:
        assert theme.share == theme.people / found.people
        for quote in theme.quotes:
            assert answers[quote.row][quote.start : quote.end] == quote.text == str(quote)
    quoted = {(idea.span.row, idea.span.start) for idea in found.ideas if idea.is_quote}
    assert quoted == {(quote.row, quote.start) for theme in found for quote in theme.quotes} != set()


def test_it_is_a_sequence_of_themes_the_most_people_first() -> None:
    found = _find(ANSWERS)
    assert len(found) == len(list(found)) > 1
    assert found[0] is found.themes[0]
    assert [theme.people for theme in found] == sorted((theme.people for theme in found), reverse=True)


def test_what_is_missing_is_no_answer() -> None:
    found = _find([*ANSWERS, *MISSING])
    assert found.nonanswers == tuple(range(len(ANSWERS), len(ANSWERS) + len(MISSING)))
    assert found.answers[len(ANSWERS) :] == (None,) * len(MISSING)
    lines = found.table("answers")[len(ANSWERS) :]
    assert [(line["status"], line["answer"], line["themes"]) for line in lines] == [("nonanswer", None, [])] * len(
        MISSING
    )


@pytest.mark.parametrize("answers", [[], [None, ""], ["idk", "n/a"]])
def test_where_nobody_said_anything_there_is_no_theme(answers: list[str | None]) -> None:
    found = _find(answers)
    assert (len(found), found.people, found.people_placed) == (0, 0, 0)
    assert [line["status"] for line in found.table()] == ["nonanswer"] * len(answers)
    with every_case() as case:
        for of in ("ideas", "answers", "themes"):
            with case(of):
                assert len(found.to_pandas(of)) == len(found.to_polars(of)) == len(found.table(of))


@for_each(
    ("given", "message"),
    [
        (lambda: "More buses", "answers is one text"),
        (lambda: b"More buses", "answers is one text"),
        (lambda: 7, "answers is 7, a number. Give"),
        (lambda: None, "a NoneType"),
        (lambda: {"a": "More buses"}, "answers is a dict"),
        (lambda: {"More buses"}, "answers is a set"),
        (lambda: ["More buses", 4.5], "at 1 is 4.5, a number, and not a text"),
        (lambda: ["More buses", 0], "at 1 is 0, a number"),
        (lambda: ["More buses", Decimal(3)], "at 1 is a Decimal"),
        (lambda: ["More buses", True], "at 1 is a bool"),
        (lambda: ["More buses", b"late"], "at 1 is a bytes"),
        (lambda: ["More buses", ["late"]], "at 1 is a list"),
        (lambda: pd.Series([1.0, float("nan")], index=["a", "b"]), "at 'a' is 1.0, a number"),
        (lambda: pl.Series([1, None]), "at 0 is 1, a number"),
        (lambda: pd.DataFrame({"answer": ["x"]}), "a whole table"),
        (lambda: pl.DataFrame({"answer": ["x"]}), "a whole table"),
        (lambda: np.array([["x"], ["y"]]), "more than one dimension"),
        (lambda: np.array([1, 2]), "at 0 is 1, a number"),
    ],
)
def test_what_is_no_list_of_texts_is_refused_with_a_remedy(given: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError) as refused:
        find_themes(given())
    assert message in str(refused.value)
    assert "ive " in str(refused.value)  # what to give instead


@for_each(
    ("options", "message"),
    [
        ({"seed": -1}, "seed is -1. Give a whole number from 0 to 4294967295"),
        ({"seed": "a"}, "seed is 'a'. Give a whole number"),
        ({"seed": 2**32}, "Give a whole number"),
        ({"seed": 1.5}, "Give a whole number"),
        ({"seed": True}, "Give a whole number"),
        ({"language": "german"}, "language is 'german'. Give a code such as 'de', 'zh' or 'pt-BR'"),
        ({"language": ""}, "Give a code"),
        ({"language": 7}, "language is 7. Give a code"),
    ],
)
def test_choices_that_cannot_be_used_are_refused_with_a_remedy(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as refused:
        _find(ANSWERS, **options)
    assert message in str(refused.value)


def test_whole_numbers_of_numpy_are_seeds() -> None:
    assert _find(ANSWERS, seed=np.int64(3)) == _find(ANSWERS, seed=3)


def test_a_model_that_is_not_there_is_told_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("it asks the network")

    monkeypatch.setattr("socket.socket.connect", connect)
    monkeypatch.setattr("socket.getaddrinfo", connect)
    for name in ("nope", "org/nope", "no pe?", str(tmp_path / "nope")):
        with pytest.raises(ModelError) as refused:
            find_themes(ANSWERS, model=name)
        assert str(refused.value) == (
            f"There is no model {name!r} on this machine. Name a folder with a sentence-transformers model, or one "
            "that is in the cache of this machine: nothing is downloaded."
        )
    with pytest.raises(ModelError, match="cannot be loaded from this machine: "):
        find_themes(ANSWERS, model=str(tmp_path))


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="The answer at 1 is not valid Unicode"):
        find_themes(["More buses", "late \ud83d"])


def test_a_codebook_that_is_not_there_is_told() -> None:
    with pytest.raises(CodebookError, match="no codebook 'weather'"):
        _find(ANSWERS, codebook="weather")


INDEXES: dict[str, Callable[[Sequence[str | None]], Any]] = {
    "names": lambda answers: pd.Index([f"r{n}" for n in range(len(answers))], name="respondent"),
    "repeated": lambda answers: pd.Index([n // 2 for n in range(len(answers))]),
    "dates": lambda answers: pd.date_range("2026-03-01", periods=len(answers), name="day"),
    "levels": lambda answers: pd.MultiIndex.from_tuples(
        [("wave", n) for n in range(len(answers))], names=["wave", "n"]
    ),
}


@pytest.mark.parametrize("name", INDEXES)
@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_the_index_of_a_series_is_kept(name: str, dtype: str) -> None:
    answers = [*ANSWERS, None]
    series = pd.Series(answers, index=INDEXES[name](answers), dtype=dtype)
    found = _find(series)
    table = found.to_pandas("answers")
    assert table.index.equals(series.index)
    assert table.index.names == series.index.names
    assert table["answer"].tolist()[:-1] == ANSWERS
    ideas = found.to_pandas()
    assert ideas.index.equals(series.index.take(ideas["row"].tolist()))
    assert ideas.index.dtype == series.index.dtype
    assert found.ideas[0].span.label == series.index.tolist()[0]
    assert found.to_polars().height == len(ideas)


def test_a_column_of_polars_or_numpy_is_a_list_too() -> None:
    plain = _find([*ANSWERS, None])
    with every_case() as case:
        for name, given in {
            "polars": pl.Series("answer", [*ANSWERS, None]),
            "polars categories": pl.Series("answer", [*ANSWERS, None], dtype=pl.Categorical),
            "numpy": np.array([*ANSWERS, None], dtype=object),
            "generator": iter([*ANSWERS, None]),
            "tuple": (*ANSWERS, None),
        }.items():
            with case(name):
                found = _find(given)
                assert found == plain
                assert found.to_pandas().index.tolist() == [line["row"] for line in plain.table()]
    assert read_texts(np.array(ANSWERS)).answers == tuple(ANSWERS)
    assert type(read_texts(np.array(ANSWERS)).answers[0]) is str


def test_tables_are_typed_and_say_the_same() -> None:
    found = _find([*ANSWERS, "idk"])
    ideas, themes = found.to_polars(), found.to_polars("themes")
    assert ideas.schema["start"] == pl.Int64
    assert ideas.schema["strength"] == pl.Float64
    assert ideas.schema["quote"] == pl.Boolean
    assert ideas.to_dicts() == [{k: v for k, v in line.items() if k != "label"} for line in found.table()]
    frame = found.to_pandas()
    assert [str(frame[name].dtype) for name in ("row", "start", "end")] == ["int64", "Int64", "Int64"]
    assert frame["start"].isna().tolist() == [line["start"] is None for line in found.table()]
    for of in ("ideas", "answers", "themes"):
        columns = [name for name in found.table(of)[0] if name != "label"]
        assert list(found.to_pandas(of).columns) == list(found.to_polars(of).columns) == columns
    assert found.to_pandas("themes")["theme_id"].tolist() == [theme.id for theme in found]
    assert themes["people"].to_list() == found.to_pandas("themes")["people"].tolist()
    unknown: Any = "people"
    for table in (found.table, found.to_pandas, found.to_polars):
        with pytest.raises(ValueError, match="'ideas', 'answers' or 'themes'"):
            table(unknown)


def test_the_order_of_the_answers_changes_no_theme() -> None:
    found, turned = _find(ANSWERS), _find(ANSWERS[::-1])
    assert [(theme.id, theme.name, theme.people) for theme in found] == [
        (theme.id, theme.name, theme.people) for theme in turned
    ]


def test_progress_is_told_and_stability_may_be_left_out() -> None:
    stages: list[str] = []
    found = _find(ANSWERS, progress=lambda stage, done, total: stages.append(stage), measure_stability=False)
    assert {"ideas", "vectors", "naming", "quotes"} <= set(stages)
    assert {theme.re_runs for theme in found} == {0}
    assert max(theme.re_runs for theme in _find(ANSWERS)) > 0
