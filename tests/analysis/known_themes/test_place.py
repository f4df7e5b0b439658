"""Ideas placed in known themes: invariants on toy vectors, and a little sense with the packaged model."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder
from analysis.embedding.precomputed import MODEL, precomputed_vectors
from analysis.known_themes import ridge
from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.known_themes.edits import edited_codebook
from analysis.known_themes.place import (
    OTHER_LANGUAGE,
    cues,
    example_texts,
    place_ideas,
    score_ideas,
    select_themes,
    strength,
)
from analysis.text.normalise import fold
from tests.support.encoders import packaged_encoders
from tests.support.every_case import for_each

TWO = Codebook(
    "two",
    (
        KnownTheme("x", "Xylophones", "", ("ex one", "ex two", "ex three")),
        KnownTheme("y", "Yachts", "", ("why one", "why two")),
    ),
)


def unit(rows: list[list[float]]) -> FloatArray:
    table = np.array(rows, dtype=np.float32)
    return np.asarray(table / np.linalg.norm(table, axis=1, keepdims=True), dtype=np.float32)


EXAMPLES = unit([[1, 0, 0], [0.8, 0.6, 0], [0, 0, 1], [0, 1, 0], [0, 1, 0.1]])


def test_an_idea_scores_highest_where_its_nearest_examples_are() -> None:
    ideas = unit([[1, 0, 0], [0, 1, 0], [0, 0.1, 1]])
    assert example_texts(TWO) == ["ex one", "ex two", "ex three", "why one", "why two"]
    assert score_ideas(["p", "q", "r"], ideas, TWO, EXAMPLES).argmax(axis=1).tolist() == [0, 1, 0]


def test_an_example_is_placed_in_its_own_theme() -> None:
    known = place_ideas(["p"] * 5, EXAMPLES, TWO, EXAMPLES)
    assert known.placed.tolist() == [[True, False]] * 3 + [[False, True]] * 2


def test_what_both_themes_share_counts_for_neither() -> None:
    # The third axis is "customer": each theme has one example with it and one without.
    book = Codebook("b", (KnownTheme("x", "X", "", ("p q", "p r")), KnownTheme("y", "Y", "", ("s q", "s r"))))
    examples = unit([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 1, 1]])
    both, first = score_ideas(["c", "d"], unit([[0, 0, 1], [0.5, 0, 1]]), book, examples)
    assert both[0] == pytest.approx(both[1])
    assert first[0] > first[1] + 0.2


def test_a_theme_does_not_win_by_having_more_examples_or_fewer() -> None:
    many = Codebook("m", (KnownTheme("x", "X", "", tuple(f"ex {n}" for n in range(40))), TWO.themes[1]))
    generator = np.random.default_rng(0)
    cloud = generator.normal([1, 0, 0], 0.1, (40, 3))
    examples = unit([*cloud.tolist(), [0, 1, 0], [0, 1, 0.1]])
    left, right = score_ideas(["p", "q"], unit([[1, 0.1, 0], [0.1, 1, 0]]), many, examples)
    assert left[0] > left[1]
    assert right[1] > right[0]


def test_an_idea_scores_the_same_alone_and_in_any_company() -> None:
    generator = np.random.default_rng(1)
    ideas = unit(generator.normal(size=(50, 3)).tolist())
    together = score_ideas(["p"] * 50, ideas, TWO, EXAMPLES)
    alone = np.concatenate([score_ideas(["p"], ideas[row : row + 1], TWO, EXAMPLES) for row in range(50)])
    assert (together == alone).all()
    assert (score_ideas(["p"] * 50, ideas[::-1], TWO, EXAMPLES)[::-1] == together).all()


def test_the_order_of_themes_changes_nothing() -> None:
    turned = Codebook("turned", TWO.themes[::-1])
    ideas = unit([[1, 0.2, 0], [0.3, 1, 0.5]])
    examples = EXAMPLES[[3, 4, 0, 1, 2]]
    assert score_ideas(["p", "q"], ideas, turned, examples)[:, ::-1] == pytest.approx(
        score_ideas(["p", "q"], ideas, TWO, EXAMPLES), abs=1e-5
    )


def test_a_word_that_only_one_theme_uses_adds_to_its_score() -> None:
    band = Codebook("b", (KnownTheme("m", "Music", "music", ("make music", "music")), TWO.themes[1]))
    vectors = np.eye(3, dtype=np.float32)[[0]]
    examples = np.zeros((4, 3), dtype=np.float32)
    plain, cued = (score_ideas([text], vectors, band, examples)[0] for text in ("noise", "our music"))
    assert cued[0] > plain[0]
    assert cued[1] == plain[1]
    assert cues(["our music"], band)[0].tolist() == [1.0, 0.0]


def test_an_idea_in_another_language_needs_a_little_less() -> None:
    examples = ("we always make music together", "singing in the choir on sundays")
    band = Codebook("b", (KnownTheme("m", "Music", "", examples), TWO.themes[1]))
    vectors, none = np.eye(3, dtype=np.float32)[[0]], np.zeros((4, 3), dtype=np.float32)
    same, other = (
        score_ideas([text], vectors, band, none)[0] for text in ("with our neighbours", "siempre con nuestros vecinos")
    )
    assert other.tolist() == pytest.approx([score + OTHER_LANGUAGE for score in same])


def test_what_a_language_adds_is_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where it was measured with the vectors that the examples have, and only from ideas in that language."""
    texts = ["with our neighbours", "siempre con nuestros vecinos"]
    vectors = unit([[0.9, 0.1, 0.1], [0.9, 0.4, 1.0]])
    spanish = (vectors[1] - vectors[0]).astype(np.float64)
    kept = ridge.Kept("", EXAMPLES[:1], ridge.solve(ridge.owners(TWO), EXAMPLES), offsets={"es": spanish})
    before = score_ideas(texts, vectors, TWO, EXAMPLES)
    monkeypatch.setattr("analysis.known_themes.place.kept_with", lambda codebook: kept)
    english, other = score_ideas(texts, vectors, TWO, EXAMPLES)
    assert other.tolist() == pytest.approx([score + OTHER_LANGUAGE for score in english], abs=1e-5)
    assert english.tolist() == before[0].tolist()
    another_model = replace(kept, some_vectors=EXAMPLES[1:2])
    monkeypatch.setattr("analysis.known_themes.place.kept_with", lambda codebook: another_model)
    assert score_ideas(texts, vectors, TWO, EXAMPLES).tolist() == before.tolist()


VIRTUES = Codebook(
    "virtues",
    (
        KnownTheme("patience", "Patience", "", ("patience", "wait your turn")),
        KnownTheme("talk", "Talking", "", ("communication", "say it")),
    ),
)


@for_each(
    ("text", "theme"),
    [
        ("comunication", "talk"),
        ("communicaton", "talk"),
        ("pateince", "patience"),
        ("impatience", None),
        ("patients", None),
        ("excommunication", None),
        ("waiting", None),
        ("comunication and tea", None),
        ("\u043a\u043e\u043c\u043c\u0443\u043d\u0438\u043a\u0430\u0446\u0438\u044f", None),
    ],
)
def test_a_misspelt_word_on_its_own_counts_as_the_example_it_is_meant_for(text: str, theme: str | None) -> None:
    examples = np.eye(5, dtype=np.float32)[:4]
    nowhere = np.eye(5, dtype=np.float32)[[4]]
    known = place_ideas([text], nowhere, VIRTUES, examples)
    placed = [VIRTUES.themes[column].key for column in np.flatnonzero(known.placed[0])]
    assert placed == ([theme] if theme else [])


def test_near_ties_are_both_taken_and_weak_or_distant_ones_not() -> None:
    totals = np.array([[0.8, 0.77, 0.5], [0.2, 0.19, 0.1]])
    assert select_themes(totals, threshold=0.4, margin=0.05).tolist() == [[True, True, False], [False, False, False]]


def test_strength_rises_with_the_score_within_0_and_1() -> None:
    rising = strength(np.linspace(-1, 2, 50))
    assert (np.diff(rising) > 0).all()
    assert 0 <= rising.min() < 0.05
    assert 0.95 < rising.max() <= 1


def test_an_empty_codebook_places_nothing() -> None:
    known = place_ideas(["p"], np.ones((1, 3), dtype=np.float32), Codebook.empty(), np.zeros((0, 3), dtype=np.float32))
    assert known.placed.shape == (1, 0)


def test_no_ideas_are_no_rows() -> None:
    assert place_ideas([], np.zeros((0, 3), dtype=np.float32), TWO, EXAMPLES).placed.shape == (0, 2)


class Reader:
    """The packaged model and codebook, whose examples have their vectors."""

    def __init__(self) -> None:
        self.codebook = Codebook.load("relationships")
        self._embedder: Embedder = packaged_encoders()
        self._ready = precomputed_vectors(MODEL)

    def encode(self, texts: list[str]) -> FloatArray:
        new = [text for text in texts if text not in self._ready]
        made = dict(zip(new, self._embedder.encode(new), strict=True))
        return np.array([made[text] if text in made else self._ready[text] for text in texts])

    def themes(self, texts: list[str], codebook: Codebook) -> list[list[str]]:
        folded = [fold(text) for text in texts]
        known = place_ideas(folded, self.encode(folded), codebook, self.encode(example_texts(codebook)))
        return [[codebook.themes[column].key for column in np.flatnonzero(row)] for row in known.placed]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.mark.slow
def test_the_people_an_idea_mentions_do_not_decide_its_theme(reader: Reader) -> None:
    said = {
        "make your clients laugh": "humour",
        "saying sorry to a client we upset": "forgiveness",
        "being patient with a customer": "patience_acceptance",
        "forgiving one another together": "forgiveness",
        "honest with each other": "honesty",
        "I thank my suppliers": "gratitude",
        "cook for each other": "food_home",
    }
    found = reader.themes(list(said), reader.codebook)
    assert dict(zip(said, found, strict=True)) == {text: [theme] for text, theme in said.items()}


@pytest.mark.slow
def test_an_example_attracts_similar_ideas(reader: Reader) -> None:
    near, far = ["our dog keeps us sane", "walking our crazy dog keeps me sane"], ["trust", "quantum chromodynamics"]
    few = tuple(replace(theme, examples=theme.examples[:40]) for theme in reader.codebook.themes)
    short = replace(reader.codebook, themes=few)  # solving for all examples takes seconds
    before = reader.themes([*near, *far], short)
    moved = edited_codebook(short, {}, {"independence": ["the dog keeps us sane"]})
    after = reader.themes([*near, *far], moved)
    assert not any("independence" in themes for themes in before)
    assert after == [["independence"], ["independence"], *before[2:]]
