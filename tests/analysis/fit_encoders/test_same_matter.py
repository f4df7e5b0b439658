"""The map that makes little of how people say something: what it is learnt from, and that it does what it is for."""

from collections import Counter

import numpy as np

from analysis.arrays import DoubleArray, unit
from analysis.fit_encoders.same_matter import Text, fit_matter, same_matter

MANNERS, MATTERS, FIELDS, SIZE = 6, 4, 12, 96


def test_each_point_is_there_in_each_manner_and_no_text_is_empty_or_there_twice() -> None:
    texts = same_matter()
    manners = Counter((text.field, text.matter, text.manner) for text in texts)
    assert set(manners.values()) == {1}
    by_matter = Counter((text.field, text.matter) for text in texts)
    assert set(by_matter.values()) == {6, 13}  # manners, and languages
    assert len({(text.field, text.text) for text in texts}) == len(texts) == 30072
    assert all(text.text.strip() for text in texts)


def test_what_differs_within_a_point_counts_less_and_what_differs_between_points_more() -> None:
    vectors, texts = made_up(seed=1)
    mapped = fit_matter(vectors.astype(np.float32), texts)
    unseen, others = made_up(seed=2)
    assert share_nearest(unseen, others) < 0.6
    assert share_nearest(unseen @ mapped, others) > 0.9


def made_up(seed: int) -> tuple[DoubleArray, list[Text]]:
    """Return vectors (n, 96) of made-up texts: matter is in the first eight numbers, manner, louder, in two more."""
    random = np.random.default_rng(seed)
    rows, texts = [], []
    for field in range(FIELDS):
        shared = random.normal(size=SIZE)
        for matter in range(MATTERS):
            what = random.normal(size=8)
            for manner in range(MANNERS):
                row = shared + random.normal(scale=0.1, size=SIZE)
                row[:8] += what
                row[8:10] += random.normal(scale=6, size=2)
                rows.append(row)
                texts.append(Text(str(field), str(matter), str(manner), ""))
    return unit(np.stack(rows)), texts


def share_nearest(vectors: DoubleArray, texts: list[Text]) -> float:
    """Return the share of texts whose nearest other text of the field makes the same point."""
    right = []
    for field in {text.field for text in texts}:
        own = [at for at, text in enumerate(texts) if text.field == field]
        points = unit(vectors[own] - vectors[own].mean(axis=0))
        near = points @ points.T
        np.fill_diagonal(near, -np.inf)
        right += [
            texts[own[at]].matter == texts[own[other]].matter for at, other in enumerate(near.argmax(axis=1).tolist())
        ]
    return float(np.mean(right))
