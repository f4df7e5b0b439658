"""The surveys coded by hand, and what is counted of the themes found in them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from analysis.known_themes.codebook import NONE, Codebook, packaged
from benchmarks import surveys_by_hand
from benchmarks.packaged_codebooks import right_and_placed
from benchmarks.result_table import NOTHING
from benchmarks.surveys_by_hand import (
    FITTING,
    HALVES,
    Figures,
    Survey,
    as_rows,
    found_figures,
    mean,
    measure,
    one_code_ami,
    read_surveys,
    share_shared,
)
from benchmarks.synthetic_answers import WordModel

SURVEYS = {survey.name: survey for survey in read_surveys()}


def survey(*rows: tuple[str, str]) -> Survey:
    return Survey("made up", "development", "en", [{"answer": answer, "codes": codes} for answer, codes in rows])


@pytest.mark.parametrize("name", SURVEYS)
def test_a_survey_is_as_large_as_it_should_be_and_has_some_of_all(name: str) -> None:
    rows, codes = SURVEYS[name].rows, Counter(code for _, code in SURVEYS[name].codes)
    assert 60 <= len(rows) <= 80
    assert 10 <= len(codes) <= 18
    assert codes.most_common()[0][1] >= 3 * codes.most_common()[-1][1]
    assert 0.03 <= sum(not row["codes"] for row in rows) / len(rows) <= 0.06
    assert any("|" in row["codes"] for row in rows)
    assert any(row["codes"] == "none" for row in rows)
    assert {row["codes"] in ("", "none") for row in rows if row["against"] == "1"} == {False}
    assert {row["against"] for row in rows} == {"0", "1"}


def test_half_of_the_surveys_report_only_and_not_all_are_english() -> None:
    assert Counter(survey.half for survey in read_surveys()) == dict.fromkeys(HALVES, 4)
    assert {survey.language for survey in SURVEYS.values()} == {"de", "en", "es"}
    assert sum(len(survey.rows) for survey in SURVEYS.values()) == len({*_all_answers()})


def test_no_answer_is_an_example_of_a_packaged_codebook() -> None:
    examples = {example for name in packaged() for theme in Codebook.load(name).themes for example in theme.examples}
    folded = {example.casefold() for example in examples}
    assert {answer for _, answer in _all_answers() if len(answer.split()) > 4 and answer.casefold() in folded} == set()


def test_codebooks_are_named_for_surveys_there_are() -> None:
    assert FITTING.keys() <= SURVEYS.keys()
    assert {*FITTING.values()} <= {*packaged()}


def test_placements_are_right_where_the_answer_has_the_commonest_code_of_its_theme() -> None:
    codes = {(0, "tea"), (1, "tea"), (2, "bread"), (2, "tea"), (3, "bread"), (4, "soup")}
    themes = {"a": [0, 1, 3], "b": [2, 3, 3], "c": [5]}
    assert right_and_placed(themes, codes) == pytest.approx((5 / 7, 4 / 5))
    assert right_and_placed({}, codes) == (0.0, 0.0)


def test_a_theme_is_shared_where_two_of_its_answers_have_the_same_code() -> None:
    codes = {(0, "tea"), (1, "tea"), (2, "bread"), (3, "soup"), (3, "bread"), (4, "soup")}
    assert share_shared({"two": [0, 1], "one twice": [0, 0, 3], "of several": [2, 3, 5], "none": [5]}, codes) == 1 / 2
    assert share_shared({}, codes) == 0.0


def test_agreement_is_that_of_answers_with_one_code() -> None:
    coded = survey(("a", "tea"), ("b", "tea"), ("c", "bread"), ("d", "bread"), ("e", "tea|bread"), ("f", ""))
    assert one_code_ami(coded, np.array([0, 0, 1, 1, 0, 1])) == pytest.approx(1.0)
    assert one_code_ami(coded, np.array([0, 0, -1, -1, 1, 1])) == pytest.approx(1.0)
    assert one_code_ami(coded, np.array([0, 1, 0, 1, 0, 1])) < 0.1


def test_answers_taken_for_such_that_say_nothing_are_counted_by_whether_they_do() -> None:
    wordings = (("more tea", "tea"), ("tea please", "tea"), ("fresh bread", "bread"), ("bread rolls", "bread"))
    rows = [
        *wordings,
        ("n/a", ""),
        ("nothing", "tea"),
        ("the moon is round", ""),
        ("zebra crossing", "none"),
        ("a kettle sings", ""),
    ]
    found = found_figures(survey(*rows), NONE, WordModel())
    assert (found.found, found.lost) == (1 / 3, 1 / 6)
    assert found.codes == 2


def test_a_mean_is_of_each_figure_by_itself() -> None:
    measured = mean([Figures(0.5, 0.25, 1, 0, 10, 12, rare=0.2), Figures(1.0, 0.75, 0, 1, 20, 14, lost=0.5)])
    assert measured == Figures(0.75, 0.5, 0.5, 0.5, 15, 13, rare=0.1, lost=0.25)


def test_rows_have_the_peer_only_where_it_was_measured() -> None:
    own, peer = Figures(0.5, 0.5, 1, 0, 10, 12), Figures(0.25, 0.75, 1, 0, 2, 12)
    assert [row.peer for row in as_rows("tea", 9, own, peer)] == [
        "0.250",
        "0.750",
        "1.000",
        "2 / 12",
        NOTHING,
        "0.000",
        NOTHING,
        NOTHING,
    ]
    assert {row.peer for row in as_rows("tea", 9, own, None)} == {NOTHING}
    assert as_rows("tea", 9, own, peer)[3].ours == "10 / 12"


@pytest.mark.parametrize("half", HALVES)
def test_a_half_has_rows_of_its_surveys_its_means_and_those_a_codebook_fits(
    half: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveys_by_hand, "found_figures", lambda *_: Figures(0.5, 0.5, 1, 0, 10, 12))
    names = [name for name, survey in SURVEYS.items() if survey.half == half]
    wanted = [*names, f"mean of {half}", *(f"{name}, {FITTING[name]}" for name in names if name in FITTING)]
    made = measure(half, WordModel(), beside_peer=False)
    assert list(dict.fromkeys(row.data for row in made)) == [f"by hand: {name}" for name in wanted]


def _all_answers() -> list[tuple[str, str]]:
    return [(survey.name, answer) for survey in SURVEYS.values() for answer in survey.answers]
