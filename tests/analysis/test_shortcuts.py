"""Ways that are only there to be fast give what the long ways give."""

import contextlib
import gc
import re
from heapq import nsmallest
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import pipeline
from analysis.evidence import re_runs
from analysis.known_themes.codebook import Codebook
from analysis.naming import name_themes
from analysis.naming.clauses import Mention, clauses_of, describe_words, integers, texts_of
from analysis.naming.occurrences import find_uses
from analysis.naming.phrases import count_phrases
from analysis.parallel import threads
from analysis.progress import Progress, ignore_progress
from analysis.text import nonanswers, normalise, personal_data, placeholders, split_ideas, word_lists
from analysis.text.joining import lists
from analysis.text.parse_answers import ParsedAnswers, parse_answers
from analysis.words.word_edges import WordEdges
from benchmarks.synthetic_answers import WordModel, generate_answers
from tests.support.examples import examples

MADE_UP = generate_answers(600, WordModel(), seed=5)
NEVER, ALWAYS = re.compile(r"(?!)"), re.compile("")

WORDS = (
    "Trust love and but n plus listening, patience. we're I say not idk sorry ok ask my wife 'n' (a) 1. 12 time; "
    "- \u2022 * + / & example.com www.x don't me@x.org at dot call 555-1234 win! free http://y \u2026 .. ? never of"
)
some_words = st.lists(st.sampled_from(WORDS.split()), max_size=9).map(" ".join)


@pytest.fixture(scope="module")
def said() -> ParsedAnswers:
    return parse_answers(MADE_UP, ignore_progress)


@settings(max_examples=examples(500), deadline=None)
@given(some_words, st.sampled_from(["", ".", "?", " ", "\n"]))
def test_an_answer_of_one_clause_is_split_as_others_are(words: str, end: str) -> None:
    short = split_ideas.split_ideas(words + end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split_ideas, "_ONE_CLAUSE", NEVER)
        patch.setattr(lists, "_LISTED", ALWAYS)
        assert split_ideas.split_ideas(words + end) == short


@settings(max_examples=examples(500), deadline=None)
@given(st.one_of(some_words, st.text("a@.:/1 #w(-t[]", max_size=20)))
def test_no_quick_look_overlooks_anything(words: str) -> None:
    found = personal_data.personal_data_spans(words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(personal_data, "may_have_personal_data", lambda words: True)
        assert personal_data.personal_data_spans(words) == found
    quick = nonanswers.is_nonanswer(words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nonanswers, "_is_answer_word", lambda token: False)
        patch.setattr(nonanswers, "_may_say_nothing", lambda text, tokens: True)
        patch.setattr(nonanswers, "PERSONAL_DATA_HINT", ALWAYS)
        assert nonanswers.is_nonanswer.__wrapped__(words) == quick


@settings(max_examples=examples(500), deadline=None)
@given(st.text(min_size=1, max_size=12).filter(lambda word: not any(map(str.isspace, word))))
def test_a_plain_word_folds_as_any_text_does(word: str) -> None:
    assert normalise.fold_word(word) == normalise.fold(word)


def test_people_are_the_different_answers(said: ParsedAnswers) -> None:
    rows = list(range(0, len(said.wordings), 3))
    ideas_of = [[idea for idea, own in enumerate(said.wording_of) if own == row] for row in range(len(said.wordings))]
    assert said.count_answers(rows) == len({said.ideas[idea].answer for row in rows for idea in ideas_of[row]})
    assert said.count_answers([]) == 0
    which, each = said.ideas_of(np.array(rows[::-1]))
    assert list(zip(which.tolist(), each.tolist(), strict=True)) == [
        (at, idea) for at, row in enumerate(rows[::-1]) for idea in ideas_of[row]
    ]


def test_some_answers_are_those_of_the_smallest_checksums(said: ParsedAnswers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(re_runs, "MAX_ANSWERS_OF_MANY", 50)
    taken = set(range(0, len(said.wordings), 4))
    rows_of: dict[int, list[int]] = {}
    for idea, row in enumerate(said.wording_of):
        if row not in taken:
            rows_of.setdefault(said.ideas[idea].answer, []).append(row)

    def by_content(answer: int) -> tuple[int, list[int]]:
        rows = rows_of[answer]
        return sum(crc32(said.wordings[row].encode()) for row in rows) * 2654435761 % 2**32, rows

    chosen = set(nsmallest(50, rows_of, key=by_content))
    expected = [
        idea for idea, row in enumerate(said.wording_of) if row not in taken and said.ideas[idea].answer in chosen
    ]
    assert re_runs._some_answers(said, taken) == expected
    own = sorted(rows_of[min(chosen)])
    assert name_themes._sample_wordings(said, range(40), 7) == nsmallest(
        7, range(40), key=lambda row: (crc32(said.wordings[row].encode()), row)
    )
    assert name_themes._sample_wordings(said, own, 100) == own


def test_the_first_phrases_are_the_first_of_all(said: ParsedAnswers) -> None:
    themes = [texts_of([Mention(idea.answer, idea.text) for idea in said.ideas[start::3]]) for start in range(3)]
    clauses = clauses_of(themes, WordEdges("en", ()))
    distinct = {word: number for number, word in enumerate(dict.fromkeys(clauses.words))}
    spelling = integers(map(distinct.__getitem__, clauses.words))
    uses = find_uses(clauses, spelling, describe_words([*distinct], "en"))
    sizes = [len({answer for answers in theme.values() for answer in answers}) for theme in themes]
    everything = count_phrases(clauses, uses, sizes, 10**6)
    for most in (1, 8, 60):
        assert count_phrases(clauses, uses, sizes, most) == [own[:most] for own in everything]


def test_one_blas_thread_is_a_temporary_limit() -> None:
    def blas_threads() -> set[int]:
        return {pool["num_threads"] for pool in threads._thread_pools().info() if pool["user_api"] == "blas"}

    before = blas_threads()
    with threads.one_blas_thread():
        assert blas_threads() == {1}
    assert blas_threads() == before


@pytest.mark.parametrize("texts", [["Trust", "We laugh a lot"], [None]])
def test_garbage_is_collected_again_after_a_run(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def watched(given: list[str], tell: Progress, **options: object) -> ParsedAnswers:
        seen.append(gc.isenabled())
        return parse_answers(given, tell)

    monkeypatch.setattr(pipeline, "parse_answers", watched)
    with contextlib.suppress(TypeError, AttributeError):  # of a text that is none
        pipeline.analyse(texts, codebook=Codebook.empty(), embedder=WordModel())
    assert seen == [False]
    assert gc.isenabled()


def test_no_placeholder_is_overlooked() -> None:
    said = [*placeholders.PLACEHOLDERS, *placeholders.NOTHING_SAID, *placeholders._AS_WRITTEN, *word_lists.NONANSWERS]
    others = (
        "NO ANSWER GIVEN",
        "Prefers not to say",
        "The respondent did not answer",
        "I'd rather not say",
        "hahaha nothing",
    )
    for text in (
        *said,
        *others,
        *(f"thanks {text}" for text in said),
        *(f"{text.title()}!".replace(" ", "-") for text in said),
    ):
        quick = nonanswers.is_nonanswer(text)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(nonanswers, "_may_say_nothing", lambda text, tokens: True)
            assert nonanswers.is_nonanswer.__wrapped__(text) == quick, text
