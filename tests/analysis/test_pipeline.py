"""The whole way from answers to themes, with a toy model for the invariants and the real one for a little sense."""

import hashlib
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from analysis.arrays import FloatArray
from analysis.embedding.models import ModelError, load
from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.pipeline import analyse
from analysis.results import Analysis
from analysis.standing.partition import Standing, standing_of
from analysis.text.normalise import fold
from tests.support.encoders import packaged_encoders
from tests.support.every_case import for_each


class ToyEmbedder:
    """A text's vector is the sum of fixed random vectors of its words: shared words make texts alike."""

    model = "toy"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str]) -> FloatArray:
        self.seen.extend(texts)
        rows = [sum((self._word(word) for word in text.split()), np.zeros(48)) for text in texts]
        return np.array([row / max(float(np.linalg.norm(row)), 1e-9) for row in rows], dtype=np.float32)

    @staticmethod
    def _word(word: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4])
        return np.random.default_rng(seed).normal(size=48)


PETS = Codebook(
    "pets",
    (
        KnownTheme("dogs", "Dogs", "All that barks", ("walking the dog", "dog", "a big dog")),
        KnownTheme("cats", "Cats", "All that purrs", ("cat", "a sleepy cat", "feeding the cat")),
    ),
)
ANSWERS = [
    "Walking the dog",
    "walking the dog!",
    "dog, cat and strong tea",
    "A sleepy cat",
    "idk",
    "strong tea every morning",
    "strong tea in bed",
    "very strong tea",
    "strong tea",
    "long walks by the sea",
    "long walks on the sand",
    "long walks after lunch",
    "long walks together",
    "singing loudly in the car",
    "singing loudly in the shower",
    "singing loudly at breakfast",
    "singing loudly",
    "\U0001f44d",
    "email zed@mail.example about long walks by the sea",
    "completely different matters",
]


def run(answers: Sequence[str] = ANSWERS, codebook: Codebook = PETS, standing: Standing | None = None) -> Analysis:
    return analyse(answers, codebook=codebook, embedder=ToyEmbedder(), standing=standing)


def shape(answers: Sequence[str], result: Analysis) -> Counter[tuple[object, ...]]:
    """A result without the order of its answers."""
    placed = [
        (answers[result.ideas[p.idea].answer], result.ideas[p.idea].text, p.theme, p.strength)
        for p in result.placements
    ]
    themes = [
        (t.key, t.name, t.candidates, t.people, t.mentions, t.wordings, *quoted(result, t.quotes))
        for t in result.themes
    ]
    return Counter([*placed, *themes])


def quoted(result: Analysis, numbers: Sequence[int]) -> list[str]:
    return [result.ideas[number].text for number in numbers]


def test_known_and_discovered_themes_with_their_counts() -> None:
    result = run()
    themes = {theme.key: theme for theme in result.themes}
    assert (themes["dogs"].people, themes["dogs"].mentions, themes["dogs"].wordings) == (3, 3, 2)
    assert themes["dogs"].description == "All that barks"
    discovered = [theme for theme in result.themes if theme.origin == "discovered"]
    assert {theme.name for theme in discovered} >= {"Strong tea", "Long walks", "Singing loudly"}
    assert [theme.people for theme in result.themes] == sorted((t.people for t in result.themes), reverse=True)


def test_every_index_and_key_fits() -> None:
    result = run()
    assert all(ANSWERS[idea.answer][idea.start : idea.end] == idea.text for idea in result.ideas)
    assert [ANSWERS[number] for number in result.nonanswers] == ["idk", "\U0001f44d"]
    placed = {placement.idea for placement in result.placements}
    assert set(result.unplaced) == set(range(len(result.ideas))) - placed
    assert {placement.theme for placement in result.placements} == {theme.key for theme in result.themes}
    assert all(0 <= placement.strength <= 1 for placement in result.placements)
    for theme in result.themes:
        own = {placement.idea for placement in result.placements if placement.theme == theme.key}
        assert set(theme.quotes) <= own
        assert theme.mentions == len(own)
        assert not any("@" in text for text in quoted(result, theme.quotes))
    assert (result.model, result.settings["codebook"]) == ("toy", "pets")


@pytest.mark.parametrize("codebook", [PETS, Codebook.empty()], ids=["known", "none"])
def test_the_order_of_the_answers_changes_nothing(codebook: Codebook) -> None:
    expected = shape(ANSWERS, run(codebook=codebook))
    for seed in range(4):
        shuffled = random.Random(seed).sample(ANSWERS, len(ANSWERS))
        assert shape(shuffled, run(shuffled, codebook)) == expected


def test_the_same_words_are_always_in_the_same_themes() -> None:
    result = run([*ANSWERS, "STRONG TEA", "Strong tea.", "cat!", "CAT"])
    homes: dict[str, set[frozenset[str]]] = {}
    for number, idea in enumerate(result.ideas):
        own = frozenset(placement.theme for placement in result.placements if placement.idea == number)
        homes.setdefault(fold(idea.text), set()).add(own)
    assert all(len(found) == 1 for found in homes.values())


def test_an_answer_counts_once_in_a_theme_however_often_it_says_it() -> None:
    result = run(["dog. dog! a big dog. my old dog", "cat"])
    dogs = next(theme for theme in result.themes if theme.key == "dogs")
    assert (dogs.people, dogs.mentions, dogs.wordings) == (1, 3, 3)


def test_every_distinct_text_is_given_to_the_model_once() -> None:
    embedder = ToyEmbedder()
    analyse(["strong tea"] * 50 + ["Strong tea!"], codebook=PETS, embedder=embedder)
    texts = embedder.seen[: 1 + sum(len(theme.examples) for theme in PETS.themes)]
    assert len(texts) == len(set(texts))
    assert embedder.seen.count("strong tea") <= 2  # once as an idea, once more at most as a possible name


def test_keys_of_discovered_themes_carry_over() -> None:
    first = run()
    stood = standing_of(first)
    old = {theme.key: f"{theme.key}-old" for theme in first.themes if theme.origin == "discovered"}
    standing = Standing(
        tuple(replace(theme, key=old.get(theme.key, theme.key)) for theme in stood.themes),
        {
            at: tuple(idea._replace(themes={old.get(key, key): s for key, s in idea.themes.items()}) for idea in ideas)
            for at, ideas in stood.ideas.items()
        },
    )
    again = run([*ANSWERS, "strong tea with friends"], standing=standing)
    names = {theme.key: theme.name for theme in first.themes}
    kept = {theme.key.removesuffix("-old"): theme.name for theme in again.themes if theme.key.endswith("-old")}
    assert len(kept) == len(old) >= 3
    assert all(names[key] == name for key, name in kept.items())


@for_each(
    ("answers", "themes"),
    [
        ([], 0),
        (["idk", "", "lol"], 0),
        (["strong tea"], 0),
        (["strong tea", "long walks"] * 5, 0),
        (["strong tea"] * 30, 1),
    ],
    ids=["none", "nonanswers", "one", "too few", "all the same"],
)
def test_small_and_odd_sets(answers: list[str], themes: int) -> None:
    result = run(answers, Codebook.empty())
    assert len(result.themes) == themes
    assert len(result.unplaced) == (0 if themes else len(result.ideas))


def test_progress_passes_every_stage_in_order() -> None:
    told: list[tuple[str, int, int]] = []
    analyse(ANSWERS, codebook=PETS, embedder=ToyEmbedder(), progress=lambda *at: told.append(at))
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == ["ideas", "vectors", "placing", "discovering", "naming", "quotes", "certainty"]
    assert all(done <= total for _, done, total in told)
    assert {stage: done == total for stage, done, total in told} == dict.fromkeys(stages, True)


def test_the_library_is_light_until_a_model_is_loaded() -> None:
    code = (
        "import sys, analysis.embedding.models, analysis.known_themes.codebook, analysis.text.normalise;"
        "import analysis.text.split_ideas, analysis.known_themes.place;"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'sklearn', 'scipy', 'hdbscan'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_model_that_is_not_there_is_named(tmp_path: object) -> None:
    with pytest.raises(ModelError, match="no-such-model"):
        load(f"{tmp_path}/no-such-model")


@pytest.mark.slow
def test_the_packaged_model_places_plain_answers_where_a_person_would() -> None:
    embedder = packaged_encoders()
    vectors = embedder.encode(["listen", "listening"])
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)
    answers = ["Listen, be honest and laugh a lot", "Ring your gran on Sundays", "Forgive quickly", "Trust him"]
    result = analyse(answers, codebook=Codebook.load("relationships"), embedder=embedder)
    homes = {result.ideas[placement.idea].text: placement.theme for placement in reversed(result.placements)}
    assert homes["Listen"] == "listening"
    assert homes["be honest"] == "honesty"
    assert homes["laugh a lot"] == "humour"
    assert homes["Forgive quickly"] == "forgiveness"
    assert homes["Trust him"] == "trust"


def test_nothing_is_left_to_discover_where_known_themes_take_it_all() -> None:
    result = run(["A sleepy cat"] * 20)
    assert [(theme.key, theme.people) for theme in result.themes] == [("cats", 20)]
    assert result.unplaced == ()
