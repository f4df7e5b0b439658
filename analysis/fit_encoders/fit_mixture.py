"""Fit the mixture: ``python -m analysis.fit_encoders.fit_mixture`` writes what each encoder's languages differ in.

It needs the texts of ``parallel_texts`` and ``same_matter`` and a packaged codebook's examples, nothing of a survey.
Run it only for new encoders, weights or texts, and raise ``names.VERSION``: stored vectors belong to the old numbers.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import FloatArray, unit
from analysis.encoders.encoder import Encoder
from analysis.encoders.mixture import (
    DIMENSIONS,
    FILE,
    LANGUAGE_DIRECTIONS,
    Mixture,
    Part,
    join,
    open_parts,
)
from analysis.encoders.names import MIXTURES
from analysis.fit_encoders.same_matter import fit_matter, is_left_out, precision_in_words, same_matter
from analysis.known_themes.codebook import DEFAULT, Codebook
from analysis.text.normalise import fold

TEXTS = Path(__file__).with_name("parallel_texts.txt")


def parallel_texts() -> dict[str, list[str]]:
    """Return thirty short texts by the code of their language; in all they say the same, in one order."""
    found: dict[str, list[str]] = {}
    for line in TEXTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = []
        elif line:
            found[next(reversed(found))].append(line)
    return found


READ = {
    "e5": tuple(parallel_texts()),
    "use": tuple(code for code in parallel_texts() if code != "hi"),
    "minilm": ("en",),
}
"""The languages whose texts an encoder's mean is of"""


def fit_part(encoder: Encoder, languages: tuple[str, ...]) -> Part:
    """Return the mean over languages, and the principal directions of the means of each."""
    texts = parallel_texts()
    means = np.stack([encoder.encode(list(map(fold, texts[code]))).mean(axis=0) for code in languages])
    mean = means.mean(axis=0)
    _, _, directions = np.linalg.svd(means - mean, full_matrices=False)
    many = min(LANGUAGE_DIRECTIONS, len(languages) - 1)
    return Part(mean.astype(np.float32), directions[:many].astype(np.float32))


def principal_components(rows: FloatArray) -> FloatArray:
    """Return the matrix (d, DIMENSIONS) that maps rows (n, d) to their largest uncentred principal components."""
    _, _, axes = np.linalg.svd(rows.astype(np.float64), full_matrices=False)
    return np.asarray(axes[:DIMENSIONS].T, dtype=np.float32)


def main() -> None:
    """Fit and write the file."""
    parts = open_parts(None, int8=True)
    fitted = {name: fit_part(encoder, READ[name]) for name, encoder in parts.items()}
    examples = {fold(example) for theme in Codebook.load(DEFAULT).themes for example in theme.examples}
    texts = [*sorted(examples), *(fold(text) for each in parallel_texts().values() for text in each)]
    matters, left_out = ([text for text in same_matter() if is_left_out(text) == kind] for kind in (False, True))
    numbers: dict[str, NDArray[np.floating]] = {}
    for names in MIXTURES:
        some = {name: parts[name] for name in names}
        components = principal_components(join(some, fitted, texts))
        rows = join(some, fitted, [fold(each.text) for each in matters])
        numbers["+".join(names)] = (components @ fit_matter(unit(rows @ components), matters)).astype(np.float16)
    for name, part in fitted.items():
        numbers |= {f"{name}.mean": part.mean, f"{name}.directions": part.directions}
    np.savez_compressed(FILE, allow_pickle=False, **numbers)
    print(f"{len(texts)} and {len(matters)} texts")
    print(f"{len(left_out)} left out: {precision_in_words(Mixture(None, int8=True).encode, left_out)}")


if __name__ == "__main__":
    main()
