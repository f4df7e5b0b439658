"""What else the people of a theme say: short ideas near its middle, which its description quotes whole."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from analysis.arrays import DoubleArray
from analysis.evidence.self_contained import language_of, meaningful, meaningful_in
from analysis.naming.choose_names import are_related, are_similar_names
from analysis.naming.descriptions import QUOTATION_MARKS
from analysis.naming.phrases import MAX_NAME_CHARACTERS
from analysis.text.normalise import fold, tidy, words
from analysis.text.parse_answers import ParsedAnswers
from analysis.text.personal_data import has_personal_data
from analysis.words.word_edges import UNSPACED_CHARACTER

SAYINGS, LEAST_NEAR = 2, 0.5
FEWEST_WORDS, MOST_WORDS = 2, 10
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
    They are half as near as the nearest idea or nearer, and those in the language of most go first. ``near`` (m,): see
    ``choose_names.nearness_to_theme``.
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
    said = set(meaningful_in(name, usual))
    found: list[str] = []
    for at in order[:MAX_READ]:
        text = tidy(parsed.ideas[numbers[at]].text)
        if not _is_short(text) or has_personal_data(text) or not QUOTATION_MARKS.isdisjoint(text):
            continue
        stems = set(meaningful(parsed, numbers[at]))
        new = {stem for stem in stems if not any(are_related(stem, other) for other in said)}
        if not stems or 2 * len(new) < len(stems):
            continue
        if not any(are_similar_names(text, other, spoken[at]) for other in (name, *found)):
            found.append(text)
            said |= stems
        if len(found) == SAYINGS:
            break
    return found


def with_phrases(sayings: Sequence[str], phrases: Sequence[str]) -> list[str]:
    """Return the sayings, with phrases that are not in them where there are fewer than two."""
    found = [*sayings]
    for phrase in phrases:
        if len(found) < SAYINGS and not any(fold(phrase) in fold(other) for other in found):
            found.append(phrase)
    return found


def _is_short(text: str) -> bool:
    if len(text) > MAX_NAME_CHARACTERS:
        return False
    return UNSPACED_CHARACTER.search(text) is not None or FEWEST_WORDS <= len(words(text)) <= MOST_WORDS
