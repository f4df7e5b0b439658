"""What else the people of a theme say: short ideas near its middle, which its description quotes whole."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from analysis.arrays import DoubleArray
from analysis.evidence.self_contained import meaningful, meaningful_in
from analysis.naming.choose_names import are_related, are_similar_names
from analysis.naming.descriptions import QUOTATION_MARKS
from analysis.naming.phrases import MAX_NAME_CHARACTERS
from analysis.stances.mark import language_of
from analysis.text.normalise import tidy, words
from analysis.text.parse_answers import ParsedAnswers
from analysis.text.personal_data import has_personal_data
from analysis.words.word_edges import UNSPACED_CHARACTER

SAYINGS, LEAST_NEAR = 2, 0.5
FEWEST_WORDS, MOST_WORDS, LONG = 2, 10, 2  # LONG times as many words and characters where nothing shorter is quoted
MAX_WORDINGS, MAX_READ = 500, 200  # of a theme, those that are compared; of these, the nearest


def some_wordings(parsed: ParsedAnswers, numbers: Sequence[int]) -> list[int]:
    """Return one of the ideas ``numbers`` for each of their wordings, of many those with the smallest checksums."""
    by_row: dict[int, int] = {}
    for number in numbers:
        row = parsed.wording_of[number]
        if row not in by_row or parsed.ideas[number].text < parsed.ideas[by_row[row]].text:
            by_row[row] = number
    checked = sorted(by_row, key=lambda row: (int(parsed.checksums[row]), row))
    return [by_row[row] for row in checked[:MAX_WORDINGS]]


def choose_sayings(parsed: ParsedAnswers, numbers: Sequence[int], near: DoubleArray, name: str) -> list[str]:
    """Return up to two of the ideas ``numbers`` of a theme as they were written, the nearest first.

    They are short and without personal data, and half of their words are neither in the ``name`` nor in one another.
    They are half as near as the nearest idea or nearer, and those in the language of most go first. Where none is
    short, it is one twice as long. ``near`` (m,): see ``choose_names.nearness_to_theme``.
    """
    spoken = [language_of(parsed, number) for number in numbers]
    people = Counter(spoken)
    survey = (parsed.survey_language or "").partition("-")[0]
    usual = survey if survey in people else max(people, key=lambda each: (people[each], each))
    figures = np.round(near, 6).tolist()
    least = LEAST_NEAR * max(figures)
    order = sorted(
        (at for at in range(len(numbers)) if figures[at] >= least),
        key=lambda at: (spoken[at] != usual, -figures[at], parsed.ideas[numbers[at]].text),
    )
    said = frozenset(meaningful_in(name, usual))

    def new_ones(times: int, most: int) -> list[str]:
        found: list[str] = []
        told = said
        for at in order[:MAX_READ]:
            text = tidy(parsed.ideas[numbers[at]].text)
            if not _is_quotable(text, times):
                continue
            stems = frozenset(meaningful(parsed, numbers[at]))
            new = {stem for stem in stems if not any(are_related(stem, other) for other in told)}
            if not stems or 2 * len(new) < len(stems):
                continue
            if not any(are_similar_names(text, other, spoken[at]) for other in (name, *found)):
                found.append(text)
                told |= stems
            if len(found) == most:
                break
        return found

    return new_ones(1, SAYINGS) or new_ones(LONG, 1)


def _is_quotable(text: str, times: int) -> bool:
    """Return whether a text is no longer than a short idea, or so many ``times`` as long, and holds nothing private."""
    if len(text) > times * MAX_NAME_CHARACTERS or not QUOTATION_MARKS.isdisjoint(text):
        return False
    is_of_words = UNSPACED_CHARACTER.search(text) or FEWEST_WORDS <= len(words(text)) <= times * MOST_WORDS
    return bool(is_of_words) and not has_personal_data(text)
