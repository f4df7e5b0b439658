"""A linear map of vectors that makes little of how people say something, and more of what they say.

It is learnt from ``same_matter.csv``: points that people make in answer to open questions of 524 fields, 8 or 6 of each
field, each point in six manners (four words, a sentence, a phone's typing, a story, a complaint, a careful sentence) or
in 13 languages, all of it written for this. In most fields two points are contrary, and two others share a word.
What differs within a point is manner; what differs between the points of a field is matter.

Directions of manner are divided by their variance, as in linear discriminant analysis (Fisher 1936) and as speaker
recognition does with what differs between recordings of one voice (Hatch et al. 2006, "Within-class covariance
normalization"); directions of matter are then raised a little. Variances are drawn to their mean, for there are few
texts. docs/decisions.md has what it brought.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np

from analysis.arrays import DoubleArray, FloatArray, IntArray, unit
from analysis.text.normalise import fold

TEXTS = Path(__file__).with_name("same_matter.csv")
IN_LANGUAGES = ", in languages"  # ends the names of fields whose points are in languages, not in manners
# Every LEFT_OUT-th topic of the first fields is left out of all that is learnt, and measured instead: always the same,
# so that what is learnt from more fields can be compared.
LEFT_OUT, FIRST_FIELDS = 8, 240
MANNER_POWER, MANNER_SHRINK = -1.0, 10.0  # of the variances of manner; times the mean variance, added to each before
MATTER_POWER, MATTER_SHRINK = 0.25, 1.0  # the same for those of matter


@dataclass(frozen=True, slots=True)
class Text:
    """What somebody says to the question of a field, and the point it makes."""

    field: str
    matter: str
    manner: str
    text: str

    @property
    def is_of_languages(self) -> bool:
        """Whether its point is there in languages, and not in manners."""
        return self.field.endswith(IN_LANGUAGES)

    @property
    def topic(self) -> str:
        """What the field is about, which another field may be about in other languages."""
        return self.field.removesuffix(IN_LANGUAGES)


def same_matter() -> list[Text]:
    """Return all texts, in the order of the file."""
    with TEXTS.open(encoding="utf-8", newline="") as file:
        return [Text(**row) for row in csv.DictReader(file)]


@cache
def _left_out() -> frozenset[str]:
    first = islice(by_field(same_matter()).values(), FIRST_FIELDS)
    return frozenset(sorted({texts[0].topic for texts in first})[::LEFT_OUT])


def is_left_out(text: Text) -> bool:
    """Return whether a text is of a topic that nothing is learnt from."""
    return text.topic in _left_out()


def by_field(texts: Sequence[Text]) -> dict[str, list[Text]]:
    """Return the texts of each field, in their order."""
    return {texts[own[0]].field: [texts[at] for at in own] for own in groups([text.field for text in texts])}


def groups(keys: Sequence[object]) -> list[IntArray]:
    """Return the places of each key, in the order in which keys first occur."""
    found: dict[object, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        found[key].append(at)
    return [np.asarray(places, dtype=np.intp) for places in found.values()]


def fit_matter(vectors: FloatArray, texts: Sequence[Text]) -> DoubleArray:
    """Return the symmetric maps of manner and matter in one, (d, d), for vectors (n, d) of the n ``texts``."""
    points = np.empty(vectors.shape)
    for own in groups([text.field for text in texts]):
        points[own] = unit(vectors[own].astype(np.float64) - vectors[own].mean(axis=0, dtype=np.float64))
    matters = np.empty_like(points)
    for own in groups([(text.field, text.matter) for text in texts]):
        matters[own] = points[own].mean(axis=0)
    without_manner = _scaled(points - matters, MANNER_POWER, MANNER_SHRINK)
    return without_manner @ _scaled(matters @ without_manner, MATTER_POWER, MATTER_SHRINK)


def _scaled(rows: DoubleArray, power: float, shrink: float) -> DoubleArray:
    """Return the map (d, d) that multiplies the principal directions of rows (n, d) by a power of their variances.

    ``shrink`` times the mean variance is added to each; the mean of the factors is 1.
    """
    variances, directions = np.linalg.eigh(rows.T @ rows / len(rows))
    variances = np.maximum(variances, 0.0)
    factors = (variances + shrink * variances.mean()) ** power
    return np.asarray((directions * (factors / factors.mean())) @ directions.T)


def precision(encode: Callable[[Sequence[str]], FloatArray], texts: Sequence[Text]) -> float:
    """Return the mean average precision with which a text finds those that make the same point, in its own field."""
    found = []
    for own in by_field(texts).values():
        vectors = encode([fold(each.text) for each in own])
        centred = unit(vectors - vectors.mean(axis=0))
        points = np.array([each.matter for each in own])
        same = points[:, None] == points
        for row, near in enumerate(centred @ centred.T):
            others = np.argsort(-near, kind="stable")
            hits = same[row, others[others != row]]
            found.append(float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean()))
    return float(np.mean(found))


def precision_in_words(encode: Callable[[Sequence[str]], FloatArray], texts: Sequence[Text]) -> str:
    """Return the precision with texts, of manners and of languages."""
    parts = {kind: [text for text in texts if text.is_of_languages == kind] for kind in (False, True)}
    return f"manners {precision(encode, parts[False]):.3f}, languages {precision(encode, parts[True]):.3f}"
