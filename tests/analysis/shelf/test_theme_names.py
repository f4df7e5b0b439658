"""Names that discovered themes may take from the shelf."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.arrays import FloatArray
from analysis.embedding.precomputed import MODEL, precomputed_vectors
from analysis.evidence.re_runs import NO_STABILITY
from analysis.known_themes.codebook import Codebook, packaged
from analysis.known_themes.translated import words_in
from analysis.results import Theme
from analysis.shelf import theme_names
from analysis.shelf.theme_names import candidate_names, with_candidate_names
from analysis.text.normalise import fold


def centre(codebook: str, key: str, part: slice = slice(None)) -> FloatArray:
    (theme,) = (theme for theme in Codebook.load(codebook).themes if theme.key == key)
    ready = precomputed_vectors(MODEL)
    return np.asarray(np.stack([ready[fold(example)] for example in theme.examples[part]]).mean(axis=0))


def test_a_theme_near_a_known_one_may_take_its_name() -> None:
    named = candidate_names({"d1": centre("relationships", "humour", slice(0, 20))}, MODEL)
    assert named == {"d1": "Laughing together"}


def test_it_has_the_name_in_the_language_of_the_survey() -> None:
    centres = {"d1": centre("relationships", "humour", slice(0, 20))}
    assert candidate_names(centres, MODEL, "de-AT") == {"d1": words_in("de", "relationships")["humour"].name}
    assert candidate_names(centres, MODEL, "pl") == {}


def test_two_themes_do_not_take_one_name() -> None:
    whole, part = centre("relationships", "humour"), centre("relationships", "humour", slice(0, 9))
    assert candidate_names({"d1": part, "d2": whole}, MODEL)["d2"] == "Laughing together"
    assert candidate_names({"d1": part, "d2": whole}, MODEL).get("d1") != "Laughing together"


def test_what_lies_near_none_has_none() -> None:
    themes = Codebook.load("workplace").themes
    everything = np.mean([centre("workplace", theme.key) for theme in themes], axis=0)
    assert candidate_names({"d1": everything}, MODEL) == {}
    assert candidate_names({}, MODEL) == {}


def test_other_models_have_none() -> None:
    assert candidate_names({"d1": np.ones(8, dtype=np.float32)}, "toy") == {}


@pytest.mark.parametrize("candidates", [("Hear me",), ("Hear me", "Ears", "Two ears", "Oh")])
def test_it_is_a_candidate_and_the_chosen_name_stays(candidates: tuple[str, ...]) -> None:
    theme = Theme("d1", "Hear me", "", "discovered", candidates, 3, 3, 3, (), NO_STABILITY)
    vectors = np.stack([centre("relationships", "humour", slice(0, 20))] * 2)
    (found,) = with_candidate_names([theme], {"d1": {0: 1.0, 1: 1.0}}, vectors, MODEL, None)
    assert found.name == "Hear me"
    assert found.candidates == (candidates[0], "Laughing together", *candidates[1:3])
    (again,) = with_candidate_names([found], {"d1": {0: 1.0, 1: 1.0}}, vectors, MODEL, None)
    assert again == found


def test_the_file_has_every_known_theme() -> None:
    shelf = theme_names._read()
    assert shelf is not None, "make it: python -m analysis.shelf.theme_names"
    wanted = [(name, theme.key) for name in packaged() for theme in Codebook.load(name).themes]
    assert list(shelf.themes) == wanted, "make it anew: python -m analysis.shelf.theme_names"
    for at in range(0, len(wanted), 17):
        direction = centre(*wanted[at]) - shelf.mean
        assert direction @ shelf.directions[at] > 0.999 * np.linalg.norm(direction)
