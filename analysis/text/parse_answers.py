"""Answers split into ideas, and the distinct wordings among those ideas."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import IntArray, slices
from analysis.progress import Progress
from analysis.results import Idea
from analysis.text.language import decide_languages
from analysis.text.normalise import fold
from analysis.text.spans import Span
from analysis.text.split_batch import SplitAnswer, split_answers

BATCH_TEXTS = 1000  # answers split between two progress reports, and in one task of an executor
MIN_PARALLEL_BATCHES = 5  # fewer are split before the processes of an executor have started


@dataclass(frozen=True)
class ParsedAnswers:
    """The ideas in a list of answers.

    ``nonanswers``: the indexes of answers without ideas. ``wordings``: the n distinct folded texts of the ideas, sorted
    so that no later step depends on the order of the answers. ``wording_of``: the index of each idea's wording.
    ``multi_idea``: the folded text of each answer with more than one idea, by its index. ``languages``: the
    language of each answer with ideas (BCP 47), None where it is undecided, by its index. ``strange``: the answers
    that seem to be in no known language. ``unread``: the wordings in a script that the model cannot read
    (see analysis.embedding.readable_scripts), in which nothing is found. ``survey_language``: that of the survey.
    """

    ideas: tuple[Idea, ...]
    nonanswers: tuple[int, ...]
    wordings: tuple[str, ...]
    wording_of: tuple[int, ...]
    multi_idea: Mapping[int, str]
    languages: Mapping[int, str | None] = field(default_factory=dict)
    strange: frozenset[int] = frozenset()
    survey_language: str | None = None
    unread: frozenset[int] = frozenset()

    @cached_property
    def rows(self) -> IntArray:
        """The wording of each idea, (ideas,): ``wording_of`` as an array."""
        return np.asarray(self.wording_of, dtype=np.intp)

    @cached_property
    def answers(self) -> IntArray:
        """The index of the answer that each idea is from, (ideas,)."""
        return np.fromiter((idea.answer for idea in self.ideas), dtype=np.intp, count=len(self.ideas))

    @cached_property
    def weights(self) -> IntArray:
        """The number of ideas with each wording, (n,); read-only."""
        weights = np.bincount(self.rows, minlength=len(self.wordings))
        weights.flags.writeable = False
        return weights

    @cached_property
    def checksums(self) -> NDArray[np.uint64]:
        """The CRC-32 of each wording, (n,): samples drawn by it do not depend on which other wordings there are."""
        return np.fromiter(map(crc32, map(str.encode, self.wordings)), dtype=np.uint64, count=len(self.wordings))

    @cached_property
    def read_weights(self) -> IntArray:
        """The same without the wordings that the model cannot read, (n,); read-only."""
        if not self.unread:
            return self.weights
        weights = self.weights.copy()
        weights[[*self.unread]] = 0
        weights.flags.writeable = False
        return weights

    @cached_property
    def unread_answers(self) -> frozenset[int]:
        """The answers with ideas of which the model can read none."""
        if not self.unread:
            return frozenset()
        read = {idea.answer for idea, row in zip(self.ideas, self.wording_of, strict=True) if row not in self.unread}
        return frozenset(idea.answer for idea in self.ideas) - read

    @property
    def known_languages(self) -> dict[int, str]:
        """The languages of the answers of which it can be told, by their index."""
        return {answer: language for answer, language in self.languages.items() if language is not None}

    def count_answers(self, rows: Iterable[int]) -> int:
        """Return how many answers contain at least one of the wordings ``rows``."""
        _, ideas = self.ideas_of(np.fromiter(rows, dtype=np.intp))
        return len(np.unique(self.answers[ideas]))

    def ideas_of(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        """Return the m ideas with one of the k wordings ``rows``, wording by wording.

        The first array (m,) holds positions in ``rows``, the second (m,) indexes of ideas.
        """
        counts = self.weights[rows]
        # The ideas of a wording are neighbours in _by_wording, from _starts of that wording on.
        starts = np.repeat(self._starts[rows] - np.cumsum(counts) + counts, counts)
        return np.repeat(np.arange(len(rows)), counts), self._by_wording[starts + np.arange(len(starts))]

    @cached_property
    def _by_wording(self) -> IntArray:
        return np.argsort(self.rows, kind="stable")

    @cached_property
    def _starts(self) -> IntArray:
        return np.asarray(np.cumsum(self.weights) - self.weights, dtype=np.intp)


class SplitBatches(NamedTuple):
    """The distinct texts of answers in batches, and what each batch is split into, as it is done."""

    batches: Sequence[Sequence[str]]
    results: Iterator[Sequence[SplitAnswer]]


def start_splitting(answers: Sequence[str], executor: Executor | None = None) -> SplitBatches:
    """Split equal answers once; with an ``executor``, batches are split in parallel, from now on."""
    distinct = list(dict.fromkeys(answers))
    batches = [distinct[part] for part in slices(len(distinct), BATCH_TEXTS)]
    run = executor.map if executor and len(batches) >= MIN_PARALLEL_BATCHES else map
    return SplitBatches(batches, iter(run(split_answers, batches)))


def parse_answers(
    answers: Sequence[str],
    report: Progress,
    *,
    executor: Executor | None = None,
    splitting: SplitBatches | None = None,
    spans: Mapping[int, Sequence[Span]] | None = None,
    languages_before: Mapping[str, int] | None = None,
) -> ParsedAnswers:
    """Split answers into ideas and set the non-answers aside.

    ``executor`` is that of ``start_splitting``, unless their ``splitting`` was started before. ``spans`` are those of
    the ideas of answers that were split before, by index; others are split. ``languages_before``: how many answers
    besides these are in each language.
    """
    batches, split_batches = splitting or start_splitting(answers, executor)
    done = len(answers) - sum(map(len, batches))
    report("ideas", done, len(answers))
    split: dict[str, SplitAnswer] = {}
    for batch, results in zip(batches, split_batches, strict=True):
        split.update(zip(batch, results, strict=True))
        done += len(batch)
        report("ideas", done, len(answers))
    report("ideas", len(answers), len(answers))
    ideas: list[Idea] = []
    folded: list[str] = []
    nonanswers: list[int] = []
    multi_idea: dict[int, str] = {}
    for number, answer in enumerate(answers):
        found = split[answer]
        if spans is not None and number in spans and (known := spans[number]) != [span for span, _ in found.ideas]:
            ideas_of = tuple([(span, fold(answer[slice(*span)])) for span in known])
            found = found._replace(ideas=ideas_of, folded=fold(answer) if len(known) > 1 else "")
        for (start, end), text in found.ideas:
            ideas.append(Idea(number, start, end, answer[start:end]))
            folded.append(text)
        if not found.ideas:
            nonanswers.append(number)
        elif len(found.ideas) > 1:
            multi_idea[number] = found.folded
    wordings = sorted(set(folded))
    index = {wording: number for number, wording in enumerate(wordings)}
    rows = tuple(map(index.__getitem__, folded))
    with_ideas = sorted({idea.answer for idea in ideas})
    languages = decide_languages([split[answers[number]].languages for number in with_ideas], languages_before)
    return ParsedAnswers(
        ideas=tuple(ideas),
        nonanswers=tuple(nonanswers),
        wordings=tuple(wordings),
        wording_of=rows,
        multi_idea=multi_idea,
        languages=dict(zip(with_ideas, languages, strict=True)),
        strange=frozenset(
            number
            for number, language in zip(with_ideas, languages, strict=True)
            if language is None and split[answers[number]].strange
        ),
    )
