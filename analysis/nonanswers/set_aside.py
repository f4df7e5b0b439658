"""Setting aside the short answers that say nothing, once the vectors of a run are there."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from analysis.arrays import FloatArray, IntArray, slices
from analysis.embedding.embed_answers import EmbeddedAnswers, mean_idea
from analysis.embedding.encode import encode
from analysis.embedding.models import Embedder
from analysis.nonanswers.judge import ROWS, judge_for
from analysis.parallel.rows_on_disk import let_go
from analysis.progress import ignore_progress
from analysis.text.parse_answers import ParsedAnswers

LONGEST = 80  # characters of a folded answer that is looked at
MOST_WORDS = 12


def set_aside(
    parsed: ParsedAnswers, embedded: EmbeddedAnswers, embedder: Embedder, kept: Collection[int] = ()
) -> tuple[ParsedAnswers, EmbeddedAnswers]:
    """Return answers and vectors without the ideas of answers that say nothing, which are non-answers then.

    ``kept`` are the indexes of answers that stay what they are. The arrays of ``embedded`` are used for the result.
    Raises what ``embedder`` raises.
    """
    silent = find_silent(parsed, embedded.wordings, embedder, kept)
    if not silent:
        return parsed, embedded
    parsed, rows = without_answers(parsed, silent)
    in_context = embedded.in_context
    is_shared = in_context is embedded.wordings
    wordings = take_rows(embedded.wordings, rows)
    if in_context is not None:
        in_context = wordings if is_shared else take_rows(in_context, rows)
    return parsed, replace(embedded, wordings=wordings, mean=mean_idea(parsed, wordings), in_context=in_context)


def find_silent(
    parsed: ParsedAnswers, vectors: FloatArray, embedder: Embedder, kept: Collection[int] = ()
) -> frozenset[int]:
    """Return the indexes of the short answers that say nothing, by the vectors (n, d) of the wordings.

    Of an answer with several ideas the whole is looked at. Raises what ``embedder`` raises.
    """
    held = {*kept} | {
        idea.answer for idea, row in zip(parsed.ideas, parsed.wording_of, strict=True) if row in parsed.unread
    }
    row_of = {idea.answer: row for idea, row in zip(parsed.ideas, parsed.wording_of, strict=True)}
    single = [
        (answer, row)
        for answer, row in row_of.items()
        if answer not in parsed.multi_idea and answer not in held and is_short(parsed.wordings[row])
    ]
    several = [(answer, text) for answer, text in parsed.multi_idea.items() if answer not in held and is_short(text)]
    if not (single or several) or (judge := judge_for(embedder)) is None:
        return frozenset()
    rows = sorted({row for _, row in single})
    silent_rows: set[int] = set()
    for part in slices(len(rows), ROWS):
        judged = judge.says_nothing(vectors[rows[part]])
        silent_rows.update(row for row, silent in zip(rows[part], judged.tolist(), strict=True) if silent)
        let_go(vectors)
    texts = sorted({text for _, text in several})
    whole = encode(texts, embedder, ignore_progress) if texts else vectors[:0]
    silent_texts = {text for text, silent in zip(texts, judge.says_nothing(whole), strict=True) if silent}
    return frozenset(
        [answer for answer, row in single if row in silent_rows]
        + [answer for answer, text in several if text in silent_texts]
    )


def without_answers(parsed: ParsedAnswers, silent: Collection[int]) -> tuple[ParsedAnswers, IntArray]:
    """Return the parsed answers with some as non-answers, and which of the wordings are left, in their order."""
    left = [(idea, row) for idea, row in zip(parsed.ideas, parsed.wording_of, strict=True) if idea.answer not in silent]
    rows = sorted({row for _, row in left})
    index = {row: number for number, row in enumerate(rows)}
    changed = replace(
        parsed,
        ideas=tuple(idea for idea, _ in left),
        nonanswers=tuple(sorted({*parsed.nonanswers, *silent})),
        wordings=tuple(parsed.wordings[row] for row in rows),
        wording_of=tuple(index[row] for _, row in left),
        multi_idea={answer: text for answer, text in parsed.multi_idea.items() if answer not in silent},
        languages={answer: language for answer, language in parsed.languages.items() if answer not in silent},
        strange=parsed.strange.difference(silent),
        unread=frozenset(index[row] for row in parsed.unread if row in index),
    )
    return changed, np.array(rows, dtype=np.intp)


def take_rows(vectors: FloatArray, rows: Sequence[int] | IntArray) -> FloatArray:
    """Return the vectors of some rows, in ascending order, in the memory of all: a copy would be as large again."""
    for part in slices(len(rows), ROWS):
        vectors[part] = vectors[rows[part]]  # no row is overwritten before it is read: rows[i] >= i
        let_go(vectors)
    return vectors[: len(rows)]


def is_short(text: str) -> bool:
    """Return whether a folded answer is looked at."""
    return len(text) <= LONGEST and len(text.split()) <= MOST_WORDS
