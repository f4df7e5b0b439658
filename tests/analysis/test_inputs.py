"""The small files of ../shared/inputs that tools of this sort fail on: what the engine finds in them."""

import csv
import re
from pathlib import Path

import pytest

from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.results import Analysis
from analysis.tables.plain_text import plain_text
from analysis.text.nonanswers import is_nonanswer
from analysis.text.normalise import fold, words
from analysis.text.personal_data import has_personal_data
from tests.support.encoders import packaged_encoders

SUBJECTS = {"bus": "bus|autob", "park": "park|parque|parc", "library": "libr|bibli"}
INPUTS = Path(__file__).parents[3] / "shared" / "inputs"


def answers_of(name: str) -> list[str]:
    """Return the answers of one of the files, or skip the test where it is missing."""
    path = INPUTS / f"{name}.csv"
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row["answer"] for row in csv.DictReader(file)]


@pytest.mark.parametrize(("name", "answers"), [("placeholder_not_provided", 24), ("placeholder_several", 24)])
def test_placeholders_are_no_answers(name: str, answers: int) -> None:
    assert [not is_nonanswer(text) for text in answers_of(name)].count(True) == answers


def test_answers_that_look_like_placeholders_are_answers() -> None:
    texts = answers_of("placeholder_control_real_answers")
    assert len(texts) == 18
    assert not any(map(is_nonanswer, texts))


@pytest.fixture(scope="module")
def model() -> Embedder:
    return packaged_encoders()


def themes_of(name: str, model: Embedder) -> tuple[list[str], Analysis]:
    answers = answers_of(name)
    return answers, analyse(answers, codebook=Codebook.empty(), embedder=model, re_runs=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "names", "left_out"),
    [
        ("script_thai", {"รถเมล์", "สวนสาธารณะ", "ห้องสมุด"}, 0),
        ("script_japanese_topic_comma", {"バス", "公園", "図書館"}, 1),
    ],
)
def test_each_subject_is_a_theme_in_other_scripts_too(
    name: str, names: set[str], left_out: int, model: Embedder
) -> None:
    answers, found = themes_of(name, model)
    assert {theme.name for theme in found.themes} == names
    assert sum(theme.people for theme in found.themes) == len(answers) - left_out
    assert found.settings["unreadable_answers"] == 0


@pytest.mark.slow
def test_the_words_before_a_topic_comma_are_no_idea(model: Embedder) -> None:
    answers, found = themes_of("script_japanese_topic_comma", model)
    assert [idea.text for idea in found.ideas] == answers


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("name_case_acronyms_brands", {"AI", "NHS", "HR", "iPhone", "McDonald's"}),
        ("name_case_dutch_ij", {"IJsbaan"}),
        ("name_case_eszett", {"Straße", "Fußball"}),
        ("name_case_german_nouns", {"Bäume", "Bibliothek", "Bus"}),
    ],
)
def test_names_keep_capitals_and_letters(name: str, kept: set[str], model: Embedder) -> None:
    said = {word for theme in themes_of(name, model)[1].themes for word in theme.name.split()}
    assert kept <= said
    assert not said & {fold(word) for word in kept}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["link_in_every_answer", "mail", "mention_in_every_answer"])
def test_private_data_in_every_answer_hides_nothing(name: str, model: Embedder) -> None:
    _, found = themes_of(f"name_other_{name}", model)
    told = " ".join(theme.name.lower() for theme in found.themes)
    assert all(word in told for word in ("bus", "park", "library"))
    assert "other" not in told
    assert not has_personal_data(told)
    assert all(theme.quotes for theme in found.themes)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["amp_nbsp", "br", "list", "numeric_entity", "tags_and_entities"])
def test_html_in_cells_names_no_theme(name: str, model: Embedder) -> None:
    answers = [*map(plain_text, answers_of(f"html_{name}"))]
    found = analyse(answers, codebook=Codebook.empty(), embedder=model, re_runs=0)
    told = {word for theme in found.themes for word in words(" ".join(theme.candidates))}
    assert not told & {"nbsp", "amp", "div", "br", "li", "ul", "lt", "gt", "strong", "8217"}
    assert any(word.startswith("bus") for word in told)
    assert {"park", "library"} <= told


@pytest.mark.slow
def test_what_is_less_than_something_stays_as_it_is_written(model: Embedder) -> None:
    answers = [*map(plain_text, answers_of("html_control_less_than_is_text"))]
    assert all("cost < 5 and > 3" in answer for answer in answers)
    found = analyse(answers, codebook=Codebook.empty(), embedder=model, re_runs=0)
    assert sum("(cost < 5 and > 3)" in idea.text for idea in found.ideas) == len(answers)


@pytest.mark.slow
def test_the_sentence_about_other_languages_has_a_number(model: Embedder) -> None:
    answers, found = themes_of("other_language_notice", model)
    assert found.settings["languages"] == {"en": 24, "de": 8, "es": 6, "fr": 4}
    assert found.settings["other_languages"] == {}  # all of them are read
    assert found.settings["unreadable_answers"] == 0
    said: dict[str, set[str]] = {}
    for placement in found.placements:
        text = fold(answers[found.ideas[placement.idea].answer])
        said.setdefault(placement.theme, set()).add(
            next(key for key, part in SUBJECTS.items() if re.search(part, text))
        )
    assert all(len(subjects) == 1 for subjects in said.values())  # by matter, whatever the language
    assert len(said) == len(found.themes) == 5  # three matters, of which two have a second theme in one language
