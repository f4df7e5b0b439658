"""Answers that say nothing are set aside in a run and among new answers, unless somebody decided about them."""

from collections.abc import Sequence

import numpy as np
import pytest

from analysis.arrays import FloatArray, unit
from analysis.embedding.embed_answers import embed_answers
from analysis.known_themes.codebook import Codebook
from analysis.new_answers import Themes, place_new_answers
from analysis.nonanswers import judge
from analysis.nonanswers.sentences import read_sentences
from analysis.nonanswers.set_aside import find_silent, set_aside, take_rows
from analysis.pipeline import analyse
from analysis.progress import ignore_progress
from analysis.results import Centres
from analysis.standing.partition import Standing, StandingIdea
from analysis.text.parse_answers import parse_answers

SILENT = {"you would have to see my aunt", "that is a hard one", "that is a hard one goodness knows"}
ANSWERS = ["The bell rings late", "You would have to see my aunt", "More bells", "That is a hard one. Goodness knows!"]


class Reader:
    """Knows which sentences say nothing, and nothing else."""

    def __init__(self, model: str = "reader") -> None:
        self.model = model
        sentences = read_sentences()
        said = zip(sentences.texts, sentences.says_nothing, strict=True)
        self._silent = SILENT | {text for text, silent in said if silent}

    def encode(self, texts: Sequence[str]) -> FloatArray:
        rows = [
            [3.0 if text in self._silent else -3.0, *np.random.default_rng(list(text.encode())).normal(size=24)]
            for text in texts
        ]
        return unit(np.array(rows, dtype=np.float32).reshape(len(texts), 25))


@pytest.fixture(autouse=True)
def own_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "_judges", {})


def test_the_whole_answer_is_looked_at() -> None:
    parsed = parse_answers(ANSWERS, ignore_progress)
    assert 3 in parsed.multi_idea
    vectors = Reader().encode(parsed.wordings)
    assert find_silent(parsed, vectors, Reader()) == {1, 3}
    assert find_silent(parsed, vectors, Reader(), kept=[1]) == {3}


def test_long_answers_are_not_looked_at() -> None:
    long = "that is a hard one " * 5
    SILENT.add(long.strip())
    parsed = parse_answers([long], ignore_progress)
    assert find_silent(parsed, Reader().encode(parsed.wordings), Reader()) == frozenset()


@pytest.mark.parametrize("is_only", [False, True])
def test_ideas_and_vectors_stay_together(is_only: bool) -> None:
    answers = ANSWERS[1:2] * 3 if is_only else ANSWERS
    parsed = parse_answers(answers, ignore_progress)
    embedded = embed_answers(parsed, Codebook.empty(), Reader(), ignore_progress)
    left, vectors = set_aside(parsed, embedded, Reader())
    assert {*left.nonanswers} == ({0, 1, 2} if is_only else {1, 3})
    assert [idea.text for idea in left.ideas] == ([] if is_only else ["The bell rings late", "More bells"])
    assert left.wordings == (() if is_only else ("more bells", "the bell rings late"))
    assert np.array_equal(vectors.wordings, Reader().encode(left.wordings))
    assert vectors.in_context is not None
    assert len(vectors.in_context) == len(left.wordings)


def test_rows_are_taken_in_place() -> None:
    vectors = np.arange(20_000, dtype=np.float32).reshape(10_000, 2)
    rows = np.flatnonzero(np.arange(10_000) % 3 != 1)
    wanted = vectors[rows]
    assert np.array_equal(take_rows(vectors, rows), wanted)
    assert np.array_equal(vectors[: len(rows)], wanted)


def test_a_run_sets_them_aside_unless_somebody_decided() -> None:
    found = analyse(ANSWERS, codebook=Codebook.empty(), embedder=Reader(), re_runs=0)
    assert found.nonanswers == (1, 3)
    assert {idea.answer for idea in found.ideas} == {0, 2}
    ideas = (StandingIdea(0, len(ANSWERS[1]), {}, by_hand=True),)
    for finding, by_hand, silent in (("replace", True, (3,)), ("replace", False, (1, 3)), ("none", False, (3,))):
        standing = Standing((), {1: tuple(idea._replace(by_hand=by_hand) for idea in ideas)})
        again = analyse(
            ANSWERS,
            codebook=Codebook.empty(),
            embedder=Reader(),
            re_runs=0,
            standing=standing,
            finding=finding,  # type: ignore[arg-type]
        )
        assert again.nonanswers == silent, (finding, by_hand)


def test_new_answers_that_say_nothing_are_set_aside() -> None:
    themes = Themes(Codebook.empty(), Centres((), np.zeros((0, 25), np.float32), np.zeros(25, np.float32)))
    placed = place_new_answers(ANSWERS, themes=themes, embedder=Reader())
    assert placed.nonanswers == (1, 3)
    assert [idea.answer for idea in placed.ideas] == [0, 2]
    assert place_new_answers(ANSWERS[1:2], themes=themes, embedder=Reader()).ideas == ()


def test_a_model_that_cannot_tell_leaves_all_as_they_are() -> None:
    class Blind(Reader):
        def encode(self, texts: Sequence[str]) -> FloatArray:
            return unit(
                np.array([[1.0, *map(ord, text[:2].ljust(2))] for text in texts], dtype=np.float32).reshape(-1, 3)
            )

    assert analyse(ANSWERS, codebook=Codebook.empty(), embedder=Blind("blind"), re_runs=0).nonanswers == ()
