"""Measure where answers that come after a run are put, language by language, in a survey answered in several.

    python -m benchmarks.late_answers [--data ../shared/data]

A tenth of the answers is held back, themes are found in the others, and each one that was held back is placed by
itself, as a site does between two runs. A run over all answers says where it belongs: its theme there stands for the
theme of the first run that most of the other answers in it are in.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

from analysis.embedding.models import Embedder, load
from analysis.known_themes.codebook import Codebook
from analysis.new_answers import Themes, place_new_answers
from analysis.pipeline import analyse
from analysis.results import Analysis
from benchmarks import data
from benchmarks.cached_embedder import CachedEmbedder

DRAWS = 6
MANY, EVEN, FEW = 200, 60, 25
"""Answers in one language of a survey: where most are in it, where all languages have as many, and in another"""
NONE = Codebook("none", ())

Texts = dict[str, list[tuple[str, str]]]
"""Texts with their labels, by language"""


def main() -> None:
    """Print a table for each kind of survey, with a line for each language, and one for all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    folder: Path = parser.parse_args().data
    embedder = CachedEmbedder(load())
    requests, answers = read_requests(folder), read_relationships(folder)
    everything = {code: len(own) for code, own in answers.items()}
    shelf = Codebook.load("service")
    for name, texts, each, book in (
        ("requests, as many in each language", requests, dict.fromkeys(requests, EVEN), NONE),
        ("requests, most in English", requests, dict.fromkeys(requests, FEW) | {"en": MANY}, NONE),
        ("requests, most in Arabic", requests, dict.fromkeys(requests, FEW) | {"ar": MANY}, NONE),
        (
            "requests, as many in each language, with a codebook of other matters",
            requests,
            dict.fromkeys(requests, EVEN),
            shelf,
        ),
        ("relationships", answers, everything, NONE),
    ):
        print(f"\n{name}\n")
        table(texts, each, book, embedder)


def read_requests(folder: Path) -> Texts:
    """Return requests in five languages with their intents."""
    found: Texts = defaultdict(list)
    for row in data.read_csv(folder / "xsid_five_languages.csv"):
        found[row["lang"]].append((row["text"], row["label"]))
    return found


def read_relationships(folder: Path) -> Texts:
    """Return what people say of relationships in nine languages with the first of their codes."""
    found: Texts = defaultdict(list)
    for row in data.read_csv(folder / "relationship_dev.csv"):
        found["en"].append((row["answer"], row["codes"].partition("|")[0]))
    for row in data.read_csv(folder / "relationship_dev_languages.csv"):
        found[row["lang"]].append((row["answer"], row["codes"].partition("|")[0]))
    return found


def table(texts: Texts, each: Mapping[str, int], book: Codebook, embedder: Embedder) -> None:
    """Print what becomes of late answers, of so many texts of each language."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for seed in range(DRAWS):
        chance = random.Random(seed)
        drawn = [(text, label, code) for code, own in texts.items() for text, label in chance.sample(own, each[code])]
        chance.shuffle(drawn)
        measure(drawn, book, embedder, seen)
    print(
        "| language | held back | in a theme of the whole run / as new | in the same | with most of their label: both |"
    )
    print("|---|---|---|---|---|")
    for code, own in [*sorted(seen.items()), ("all", sum(seen.values(), Counter[str]()))]:
        n, whole = own["held"], own["whole"]
        print(
            f"| {code} | {n} | {whole / n:.2f} / {own['placed'] / n:.2f} | {own['same'] / max(whole, 1):.2f}"
            f" | {own['whole right'] / n:.2f} / {own['right'] / n:.2f} |"
        )


def measure(
    drawn: list[tuple[str, str, str]], book: Codebook, embedder: Embedder, seen: dict[str, Counter[str]]
) -> None:
    """Count, by language, what becomes of the last tenth of the answers (text, label, language)."""
    first = len(drawn) - len(drawn) // 10
    texts, labels = [text for text, _, _ in drawn], [label for _, label, _ in drawn]
    before = analyse(texts[:first], codebook=book, embedder=embedder, re_runs=0)
    whole = analyse(texts, codebook=book, embedder=embedder, re_runs=0)
    told = before.settings["languages"]
    assert isinstance(told, Mapping)
    then, now = strongest(before), strongest(whole)
    stands_for, means_then, means_now = most(now, then), most_labels(then, labels), most_labels(now, labels, first)
    for at in range(first, len(drawn)):
        text, label, code = drawn[at]
        placed = place_new_answers([text], themes=Themes(book, before.centres, languages=told), embedder=embedder)
        best = max(placed.placements, key=lambda each: each.strength, default=None)
        theme = best.theme if best else None
        seen[code].update(
            {
                "held": 1,
                "whole": at in now,
                "placed": theme is not None,
                "same": at in now and theme is not None and stands_for.get(now[at]) == theme,
                "right": theme is not None and means_then.get(theme) == label,
                "whole right": at in now and means_now.get(now[at]) == label,
            }
        )


def strongest(found: Analysis) -> dict[int, str]:
    """Return the strongest theme of each answer that is in one."""
    best: dict[int, tuple[float, str]] = {}
    for each in found.placements:
        answer = found.ideas[each.idea].answer
        best[answer] = max(best.get(answer, (0.0, "")), (each.strength, each.theme))
    return {answer: theme for answer, (_, theme) in best.items()}


def most(of: dict[int, str], into: dict[int, str]) -> dict[str, str]:
    """Return for each theme the one in ``into`` that most of its answers are in."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for answer, theme in of.items():
        if answer in into:
            counts[theme][into[answer]] += 1
    return {theme: min(own, key=lambda key: (-own[key], key)) for theme, own in counts.items()}


def most_labels(of: dict[int, str], labels: list[str], first: int | None = None) -> dict[str, str]:
    """Return the label that most answers of each theme have, of those before ``first``."""
    return most(of, dict(enumerate(labels[:first])))


if __name__ == "__main__":
    main()
