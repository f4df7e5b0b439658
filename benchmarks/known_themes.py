"""Compare placing in known themes with human codes. `place_known` shows how the threshold was chosen."""

from pathlib import Path

from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from benchmarks.data import read_csv
from benchmarks.result_table import Row, at_least


def relationships(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure on hand-coded answers with several codes each; the keys of the themes are the codes."""
    table = read_csv(folder / "relationship_dev.csv")
    themes = {theme.key for theme in Codebook.load("relationships").themes}
    found = placed([row["answer"] for row in table], embedder)
    codes = {(at, code) for at, row in enumerate(table) for code in row["codes"].split("|") if code in themes}
    known = {(answer, theme) for answer, theme in found if theme in themes}
    f1 = 2 * len(known & codes) / max(len(known) + len(codes), 1)
    return [at_least("relationship_dev", str(len(table)), "micro-F1 of known themes (a naive way: .63)", f1, 0.767)]


def facebook(folder: Path, embedder: Embedder) -> list[Row]:
    """Count the placed answers of the first article, which are not coded."""
    texts = [row["answer"] for row in read_csv(folder / "facebook_answers.csv")]
    many = len({answer for answer, _ in placed(texts, embedder)})
    n = str(len(texts))
    return [Row("facebook_answers", n, "answers placed", "\u2013", str(many), "\u2265 36", many >= 36)]


def placed(texts: list[str], embedder: Embedder) -> set[tuple[int, str]]:
    """Return pairs of answer number and theme key, placed with the relationships codebook."""
    result = analyse(texts, codebook=Codebook.load("relationships"), embedder=embedder, re_runs=0)
    return {(result.ideas[placement.idea].answer, placement.theme) for placement in result.placements}
