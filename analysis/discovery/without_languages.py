"""Vectors of ideas without what the ideas of each language share, for a survey answered in several."""

from collections import Counter, defaultdict

import numpy as np

from analysis.arrays import FloatArray, slices, unit
from analysis.discovery.micro_clusters import weighted_mean
from analysis.parallel.rows_on_disk import let_go
from analysis.text.parse_answers import ParsedAnswers

ROWS = 16_384  # moved at a time
FEWEST_IDEAS = 10  # in a language whose mean is taken off
EVEN_IDEAS = 5  # the mean is taken together with so many at the mean of all ideas


def language_of_wordings(parsed: ParsedAnswers) -> list[str | None]:
    """Return the language that most answers with each of the n wordings are in; None where it is undecided."""
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    for idea, row in zip(parsed.ideas, parsed.wording_of, strict=True):
        if language := parsed.languages.get(idea.answer):
            votes[row][language] += 1
    most = {row: max(found.items(), key=lambda each: (each[1], each[0]))[0] for row, found in votes.items()}
    return [most.get(row) for row in range(len(parsed.wordings))]


def without_languages(
    parsed: ParsedAnswers, vectors: FloatArray, mean: FloatArray, *, in_place: bool = False
) -> FloatArray:
    """Return vectors (n, d) moved so that the ideas of each language have the mean of all ideas, (d,).

    What an encoder adds to all texts of a language would otherwise draw them together: of 300 requests in five
    languages themes followed the language (docs/decisions.md). With one language the vectors are returned as they are.
    ``in_place``: they are overwritten.
    """
    languages = language_of_wordings(parsed)
    weights = parsed.read_weights
    ideas: Counter[str] = Counter()
    for language, weight in zip(languages, weights.tolist(), strict=True):
        if language:
            ideas[language] += weight
    enough = sorted(language for language, many in ideas.items() if many >= FEWEST_IDEAS)
    if len(enough) < 2:
        return vectors
    moved = vectors if in_place else vectors.copy()
    for language in enough:
        rows = np.array([row for row, each in enumerate(languages) if each == language], dtype=np.intp)
        own = weighted_mean(vectors, weights, rows).astype(np.float32)
        share = np.float32(ideas[language] / (ideas[language] + EVEN_IDEAS))
        for part in slices(len(rows), ROWS):
            moved[rows[part]] = unit(vectors[rows[part]] - share * (own - mean))
            let_go(moved)
    return moved
