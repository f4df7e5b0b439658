"""A part of a codebook's examples is read as a codebook with these alone would be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.arrays import IntArray
from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.known_themes.drawn_examples import EXAMPLE_SHARE, draw_examples, rows_of
from analysis.known_themes.example_words import WITH_EXAMPLES, Part, words_of
from analysis.known_themes.place import example_texts, score_ideas
from tests.support.every_case import for_each

TALK = KnownTheme("talk", "Talking", "to talk", ("talking", "we talk", "talk it over", "communication", "hablar mucho"))
PETS = KnownTheme("pets", "Pets", "", ("our dogs", "the dogs and cats", "patience with cats", "patience"))
BOOK = Codebook("own", (TALK, PETS))
TEXTS = [
    "talk to me",
    "cats",
    "dogs",
    "comunication",
    "patiance",
    "patience",
    "siempre hablar con todos",
    "communication",
]


def only(rows: IntArray) -> Codebook:
    themes, start = [], 0
    for theme in BOOK.themes:
        kept = tuple(text for at, text in enumerate(theme.examples, start) if at in rows)
        themes.append(replace(theme, examples=kept))
        start += len(theme.examples)
    return Codebook(BOOK.name, tuple(themes))


@for_each("rows", [range(9), (0, 1, 5, 6), (2, 3, 4, 7, 8), (4, 8), (1, 3, 6, 7)])
def test_the_rest_is_as_if_it_had_never_been(rows: tuple[int, ...]) -> None:
    kept = np.array(rows)
    alone = only(kept)
    assert example_texts(alone) == [example_texts(BOOK)[row] for row in rows]
    part, whole = words_of(BOOK).part(kept), words_of(alone).all
    assert np.array_equal(part.cues(TEXTS), whole.cues(TEXTS))
    assert part.languages == whole.languages
    for text in TEXTS:
        meant, expected = part.meant_by(text), whole.meant_by(text)
        assert (None if meant is None else example_texts(BOOK)[meant]) == (
            None if expected is None else example_texts(alone)[expected]
        )
        assert part.foreignness(text) == whole.foreignness(text)
    vectors = np.random.default_rng(0).normal(size=(9 + len(TEXTS), 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    examples, ideas = vectors[:9], vectors[9:]
    assert np.array_equal(
        score_ideas(TEXTS, ideas, BOOK, examples, kept), score_ideas(TEXTS, ideas, alone, examples[kept])
    )


def test_a_language_with_several_examples_of_each_theme_is_half_as_foreign_as_one_without() -> None:
    english = ["talk about everything together", "never go to bed angry with each other", "listen before you answer"]
    spanish = ["hablar de todo sin miedo", "escuchar antes de responder", "nunca irse a dormir enfadados"]
    text, german = "hay que hablar mucho con los hijos", "man muss jeden Tag miteinander reden"

    def words(few: int, others: int) -> Part:
        theme = KnownTheme("talk", "Talk", "", (*(f"{one} {n}" for n in range(few) for one in english), *spanish[:1]))
        more = tuple(f"{one} {n}" for n in range(others) for one in spanish)
        return words_of(Codebook("any", (replace(theme, examples=theme.examples + more),))).all

    assert (words(4, 2).foreignness(text), words(4, 0).foreignness(text)) == (WITH_EXAMPLES, 1.0)
    assert (words(4, 2).foreignness(german), words(4, 2).foreignness(english[0])) == (1.0, 0.0)
    assert words(1, 4).foreignness(text) == 0.0  # most examples are in Spanish
    assert words(4, 2).foreignness("12:30") == 0.0


def test_a_misspelt_word_means_a_kept_example_only() -> None:
    words = words_of(BOOK)
    assert words.all.meant_by("comunication") == 3 and words.all.meant_by("patiance") == 8
    assert words.part([0, 1, 5]).meant_by("comunication") is None
    assert words.all.meant_by("patience") is None  # it is a word of theirs, and not misspelt


def test_a_draw_keeps_most_examples_of_each_theme_and_is_the_same_again() -> None:
    counts = [10, 1, 3]
    drawn = [*draw_examples(counts, runs=4, seed=0)]
    again = [*draw_examples(counts, runs=4, seed=0)]
    for kept, same in zip(drawn, again, strict=True):
        assert [len(own) for own in kept] == [round(EXAMPLE_SHARE * 10), 1, 2]
        rows = rows_of(counts, kept)
        assert np.array_equal(rows, rows_of(counts, same)) and (np.diff(rows) > 0).all() and 10 in rows
    assert len({tuple(rows_of(counts, kept).tolist()) for kept in drawn}) > 1
