"""Does the packaged codebook that is asked about fit: the right one for answers that one is for, none for others?

    python -m benchmarks.shelf [--data ../shared/data]

The rule of analysis/shelf/fit.py was chosen on texts/shelf_by_hand.txt. The coded answers of texts/*_by_hand.csv were
written before the codebooks, by others; the data of the folder were looked at for what a rule has to hold up against.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from analysis.embedding.encode import encode
from analysis.embedding.models import Embedder, load
from analysis.known_themes.codebook import NONE, Codebook, packaged
from analysis.known_themes.place import example_texts
from analysis.progress import ignore_progress
from analysis.shelf.fit import Fit, better_codebook, measure_fit, sample_answers
from analysis.text.parse_answers import parse_answers
from benchmarks.data import TEXTS, read_csv
from benchmarks.result_table import Row, at_least

CODED = ("customers", "workplace", "service", "town", "course")


def rows(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure in how many sets of answers the right codebook, or none, is asked about."""
    groups = {
        "own answers the rule was chosen on": own_answers(),
        "answers coded by hand for each codebook": coded_answers(),
        "data sets": data_sets(folder),
    }
    made = []
    for name, sets in groups.items():
        right = [wanted == (asked(texts, embedder)[0] or NONE) for _, wanted, texts in sets]
        made.append(at_least(name, str(len(right)), "the right codebook, or none", sum(right) / len(right), 1.0))
    return made


def asked(texts: list[str], embedder: Embedder) -> tuple[str | None, Mapping[str, Fit]]:
    """Return the codebook that the owner of a survey without one is asked about, and how each fits."""
    parsed = parse_answers(sample_answers(texts), ignore_progress)
    vectors = encode(parsed.wordings, embedder, ignore_progress)
    fits = {}
    for name in packaged():
        book = Codebook.load(name)
        fits[name] = measure_fit(parsed, vectors, book, encode(example_texts(book), embedder, ignore_progress))
    return better_codebook(fits, NONE), fits


def own_answers() -> list[tuple[str, str, list[str]]]:
    """Return the answers to each question of shelf_by_hand.txt: the question, the codebook for it, the answers."""
    text = (TEXTS / "shelf_by_hand.txt").read_text(encoding="utf-8")
    sets = []
    for block in text.split("\n[")[1:]:
        head, *lines = block.splitlines()
        codebook, _, question = head.removesuffix("]").partition(" ")
        sets.append((question, codebook, [line for line in lines if line.strip()]))
    return sets


def coded_answers() -> list[tuple[str, str, list[str]]]:
    """Return the answers that were coded by hand to measure each codebook."""
    return [(name, name, [row["answer"] for row in read_csv(TEXTS / f"{name}_by_hand.csv")]) for name in CODED]


def data_sets(folder: Path) -> list[tuple[str, str, list[str]]]:
    """Return the sets of the folder of data: five languages of one question, debates, requests, and others."""
    return list(_data_sets(folder))


def _data_sets(folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    yield "workplace80", "workplace", [row["answer"] for row in read_csv(folder / "workplace80.csv")]
    yield "facebook_answers", "relationships", [row["answer"] for row in read_csv(folder / "facebook_answers.csv")]
    yield "relationship_dev", "relationships", [row["answer"] for row in read_csv(folder / "relationship_dev.csv")]
    by_language = defaultdict(list)
    for row in read_csv(folder / "relationship_dev_languages.csv"):
        by_language[row["lang"]].append(row["answer"])
    yield from ((f"relationships in {code}", "relationships", own) for code, own in sorted(by_language.items()))
    yield "anes2008_d5", NONE, [row["text"] for row in read_csv(folder / "anes2008_d5.csv")]
    topics: dict[str, dict[str, None]] = defaultdict(dict)
    for row in read_csv(folder / "argkp_2021.csv"):
        topics[row["topic"]][row["text"]] = None
    yield from ((topic, NONE, list(texts)) for topic, texts in sorted(topics.items()))
    yield "banking77", NONE, [row["text"] for row in read_csv(folder / "banking77.csv")]
    requests = defaultdict(list)
    for row in read_csv(folder / "xsid_five_languages.csv"):
        requests[row["lang"]].append(row["text"])
    yield from ((f"xsid in {code}", NONE, own) for code, own in sorted(requests.items()))


def main() -> None:
    """Print what is asked about each set, and how the two best codebooks fit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shelf", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of data")
    options, embedder = parser.parse_args(), load()
    for name, wanted, texts in [*own_answers(), *coded_answers(), *data_sets(options.data)]:
        found, fits = asked(texts, embedder)
        best = sorted(fits, key=lambda each: -fits[each].share)[:2]
        shares = ", ".join(f"{each} {fits[each].share:.2f}" for each in best)
        print("right" if (found or NONE) == wanted else "WRONG", f"{name[:44]}: {found or NONE} ({shares})", flush=True)


if __name__ == "__main__":
    main()
