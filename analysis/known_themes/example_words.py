"""The words and the language of a codebook's examples: cues for its themes, and what misspelt words may mean.

A part of the examples can be looked at alone, as re-runs do (analysis/evidence/stability.py). What all of them say is
worked out once: a run of 37 answers took 1.1 s of processor time less than with a new codebook for each re-run.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from analysis.arrays import BoolArray, DoubleArray
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.ridge import kept_with
from analysis.text.language import guess_languages
from analysis.text.normalise import fold, words
from analysis.text.word_lists import STOP_WORDS

LEAST_LIKELY = 0.5  # of a text to be in a language
MIN_MISSPELT_LETTERS = 6  # shorter words are not corrected
MIN_SPELLING_SIMILARITY = 0.8  # normalised optimal string alignment similarity, 0-1
EXAMPLES_EACH = 4  # of each theme in a language, for it to have examples
WITH_EXAMPLES = 0.5  # how foreign such a language is
ALWAYS = -1  # the row of a theme's name and description, which are left out of no re-run

_SUFFIXES = (
    "fulness",
    "iness",
    "ness",
    "ingly",
    "edly",
    "ions",
    "ing",
    "ies",
    "ied",
    "ily",
    "ers",
    "ion",
    "ful",
    "ity",
    "ous",
    "ly",
    "es",
    "ed",
    "er",
    "y",
    "s",
    "e",
)

Weights = Sequence[tuple[int, float]]
"""The themes that a stem is a cue for: index and weight 0-1"""


@lru_cache(maxsize=8)
def words_of(codebook: Codebook) -> "ExampleWords":
    """Return the words of a codebook."""
    return ExampleWords(codebook)


class ExampleWords:
    """What can be told of the m examples of a codebook by their words; see ``Part`` for some of them."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.texts = example_texts(codebook)

    @cached_property
    def all(self) -> "Part":
        """All examples."""
        return Part(self, np.ones(len(self.texts), dtype=np.bool_))

    def part(self, rows: Sequence[int] | np.ndarray) -> "Part":
        """Return the examples with these indexes alone."""
        is_kept = np.zeros(len(self.texts), dtype=np.bool_)
        is_kept[rows] = True
        return Part(self, is_kept)

    @cached_property
    def languages(self) -> Sequence[str | None]:
        """The likely language of each example, (m,)."""
        kept = kept_with(self.codebook)
        return kept.languages if kept is not None else [*map(likely_language, self.texts)]

    @cached_property
    def uses(self) -> Mapping[str, Sequence[tuple[int, int]]]:
        """Where each stem occurs: the index of the theme, and of the example or ALWAYS."""
        uses: dict[str, list[tuple[int, int]]] = defaultdict(list)
        row = 0
        for number, theme in enumerate(self.codebook.themes):
            for text in (theme.name, theme.description):
                for stem in stems(text):
                    uses[stem].append((number, ALWAYS))
            for _ in theme.examples:
                for stem in stems(self.texts[row]):
                    uses[stem].append((number, row))
                row += 1
        return uses

    @cached_property
    def single(self) -> Sequence[tuple[int, str]]:
        """The examples of one word that may be meant by a misspelt one, with their indexes."""
        return [
            (row, text) for row, text in enumerate(self.texts) if text.isalpha() and len(text) >= MIN_MISSPELT_LETTERS
        ]

    @cached_property
    def rows_with(self) -> Mapping[str, Sequence[int]]:
        """The examples that each word is in."""
        found: dict[str, list[int]] = defaultdict(list)
        for row, text in enumerate(self.texts):
            for word in text.split():
                found[word].append(row)
        return found


class Part:
    """Some of the m examples of a codebook, those that ``is_kept`` (m,)."""

    def __init__(self, of: ExampleWords, is_kept: BoolArray) -> None:
        self._of = of
        self._is_kept: list[bool] = is_kept.tolist()
        self._weights: dict[str, Weights] = {}

    def cues(self, texts: Iterable[str]) -> DoubleArray:
        """Return the weight of the best cue word of n texts for k themes, (n, k), 0-1.

        The weight of a word is the share of its uses that is in the theme, lowered for fewer than three uses.
        """
        found = [[self._weights_of(stem) for stem in stems(text)] for text in texts]
        table = np.zeros((len(found), len(self._of.codebook.themes)))
        for row, own in enumerate(found):
            for weights in own:
                for number, weight in weights:
                    table[row, number] = max(table[row, number], weight)
        return table

    def _weights_of(self, stem: str) -> Weights:
        if stem not in self._weights:
            uses = self._of.uses.get(stem, ())
            count = Counter(number for number, row in uses if row == ALWAYS or self._is_kept[row])
            total = count.total()
            self._weights[stem] = [(key, own / total * min(1.0, own / 3)) for key, own in count.items() if own >= 2]
        return self._weights[stem]

    @cached_property
    def languages(self) -> Mapping[str, int]:
        """How many examples are in each language that can be told."""
        languages = self._of.languages
        return Counter(
            language for language, kept in zip(languages, self._is_kept, strict=True) if kept and language is not None
        )

    @cached_property
    def language(self) -> str | None:
        """The language of most examples; None if it cannot be told of any."""
        return max(self.languages, key=lambda code: (self.languages[code], code), default=None)

    def foreignness(self, text: str) -> float:
        """Return how foreign the language that a text is likely in is to the examples, 0-1.

        0 for that of most examples, and where none can be told; WITH_EXAMPLES for one of at least EXAMPLES_EACH for
        each theme; 1 for others.
        """
        language = likely_language(text)
        if language is None or language == self.language:
            return 0.0
        has_examples = self.languages.get(language, 0) >= EXAMPLES_EACH * len(self._of.codebook.themes)
        return WITH_EXAMPLES if has_examples else 1.0

    def meant_by(self, text: str) -> int | None:
        """Return the index of the one-word example that a misspelt word ("comunication") resembles, None for others.

        A word that occurs in the examples is never taken for another, nor is one with another first letter:
        "impatience" is not "patience".
        """
        if len(text) < MIN_MISSPELT_LETTERS or not (text.isascii() and text.isalpha()):
            return None
        if any(self._is_kept[row] for row in self._of.rows_with.get(text, ())):
            return None
        candidates = {word: row for row, word in self._of.single if word[0] == text[0] and self._is_kept[row]}
        best = process.extractOne(
            text, [*candidates], scorer=OSA.normalized_similarity, score_cutoff=MIN_SPELLING_SIMILARITY
        )
        return None if best is None else candidates[best[0]]


def example_texts(codebook: Codebook) -> list[str]:
    """Return the folded examples of all themes, in order: ``place.place_ideas`` needs their vectors."""
    return [fold(example) for theme in codebook.themes for example in theme.examples]


@lru_cache(maxsize=20_000)
def likely_language(text: str) -> str | None:
    """Return the language that a text is more likely than not in, by its code; None for none."""
    guesses = guess_languages(text)
    best = max(guesses, key=lambda code: (guesses[code], code), default=None)
    return best if best is not None and guesses[best] > LEAST_LIKELY else None


def stems(text: str) -> set[str]:
    """Return the stems of the content words of a text."""
    return {_stem(word) for word in words(text) if word not in STOP_WORDS}


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    word = word.removesuffix("'s").strip("'")
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word.removesuffix(suffix)
    return word
