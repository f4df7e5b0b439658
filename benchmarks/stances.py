"""For and against: are people of one theme of one opinion, and are those right that are marked as saying the opposite?

Marks are measured on debates (an idea that is marked should be on the side of fewer people of its theme), on a survey
coded by hand, and on own sentences for and against a hundred matters: a theme of one side, and one of the other in it.
Words and thresholds were chosen on the sentences and on every second debate, the first, the third and so on; what the
first two tries marked in the other debates had been read, too.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from analysis.embedding.embed_answers import embed_answers
from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.progress import ignore_progress
from analysis.results import Analysis, Placement
from analysis.stances.mark import Examples, mark_against
from analysis.text.parse_answers import parse_answers
from benchmarks import data
from benchmarks.result_table import Row, at_least

SIDES = data.TEXTS / "sides.txt"
SIDES_REPORTING = data.TEXTS / "sides_reporting.txt"
SIDES_IN_LANGUAGES = data.TEXTS / "sides_in_languages.txt"
NO_CODEBOOK = Codebook("none", ())


@dataclass
class Marks:
    """How many ideas were marked, and how many of these say the opposite."""

    marked: int = 0
    right: int = 0

    @property
    def precision(self) -> float:
        """The share of marks that are right; 1 without marks."""
        return self.right / self.marked if self.marked else 1.0


@dataclass
class Matter:
    """A matter, and own sentences for it and against it."""

    name: str
    language: str = "en"
    sides: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))


def debates(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure how many people of a theme are on its majority's side, and the marks, on each debate topic."""
    agreed, halves, minority = [], (Marks(), Marks()), []
    topics = list(data.debate_stances(folder))
    for number, answers in enumerate(topics):
        found = analyse(answers.texts, codebook=NO_CODEBOOK, embedder=embedder, re_runs=0)
        majority = _majorities(found, answers.codes)
        strongest = _strongest_themes(found)
        agreed.append(np.mean([answers.codes[at] == majority[theme] for at, theme in strongest.items()]))
        for placement in found.placements:
            is_minority = answers.codes[found.ideas[placement.idea].answer] != majority[placement.theme]
            minority.append(is_minority)
            if placement.against:
                halves[number % 2].marked += 1
                halves[number % 2].right += is_minority
    size = f"{len(topics)} x {round(float(np.mean([len(topic.texts) for topic in topics])))}"
    base = f"marks of the other side (of all ideas: {np.mean(minority):.3f})"
    return [
        at_least("argkp_2021", size, "people on the majority stance of their theme", float(np.mean(agreed)), 0.86),
        at_least("argkp_2021", f"{halves[0].marked} marks", f"{base}, topics chosen on", halves[0].precision, None),
        at_least("argkp_2021", f"{halves[1].marked} marks", f"{base}, other topics", halves[1].precision, None),
    ]


def survey(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure the marks on a survey coded by hand for who argues against, in themes found and in the themes coded."""
    rows = data.read_csv(folder / "workplace80.csv")
    texts, against = [row["answer"] for row in rows], [row["against"] == "1" for row in rows]
    books = {"themes found": NO_CODEBOOK, "themes of the workplace codebook": Codebook.load("workplace")}
    runs = {name: analyse(texts, codebook=book, embedder=embedder, re_runs=0) for name, book in books.items()}
    parsed = parse_answers(texts, ignore_progress)
    codes = [row["codes"].split("|") for row in rows]
    coded = [Placement(at, code, 1.0) for at, idea in enumerate(parsed.ideas) for code in codes[idea.answer]]
    embedded = embed_answers(parsed, NO_CODEBOOK, embedder, ignore_progress)
    examples = Examples.read(NO_CODEBOOK, embedded.examples)
    in_codes = mark_against(parsed, embedded.wordings, embedded.mean, coded, examples, embedder)
    answers = {
        **{
            name: {run.ideas[each.idea].answer for each in run.placements if each.against} for name, run in runs.items()
        },
        "themes coded": {parsed.ideas[each.idea].answer for each in in_codes if each.against},
    }
    return [
        Row(
            "workplace80", f"{sum(against)} against", f"marked right and wrong, {name}", "\u2013",
            f"{sum(against[at] for at in own)} and {sum(not against[at] for at in own)}", "\u2013", None,
        )
        for name, own in answers.items()
    ]  # fmt: skip


def sentences(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure the marks where one sentence is against a theme of own sentences; ``folder`` is not needed."""
    matters = read_sides(SIDES)
    tried, found, wrong = _count(matters, embedder)
    return [
        at_least("own sentences", str(tried), "found of those against their theme (chosen on)", found / tried, None),
        at_least("own sentences", str(tried), "marks that are right (chosen on)", found / max(found + wrong, 1), None),
    ]


def new_sentences(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure the same on short sentences, as people type them on a phone; ``folder`` is not needed."""
    matters = read_sides(SIDES_REPORTING)
    tried, found, wrong = _count(matters, embedder)
    return [
        at_least("own sentences", f"{tried} short", "found of those against their theme", found / tried, None),
        at_least("own sentences", f"{tried} short", "marks that are right", found / max(found + wrong, 1), None),
    ]


def sentences_in_languages(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure the same on own sentences in other languages; ``folder`` is not needed."""
    matters = read_sides(SIDES_IN_LANGUAGES)
    rows: list[Row] = []
    for language in dict.fromkeys(matter.language for matter in matters):
        own = [matter for matter in matters if matter.language == language]
        tried, found, wrong = _count(own, embedder)
        rows += [
            at_least("own sentences", f"{tried} {language}", "found of those against their theme", found / tried, None),
            at_least(
                "own sentences", f"{tried} {language}", "marks that are right", found / max(found + wrong, 1), None
            ),
        ]
    return rows


def read_sides(path: Path) -> list[Matter]:
    """Read the sentences: a matter in a line after "=", then lines for it after "+" and against it after "-".

    "de=" begins one in German.
    """
    matters: list[Matter] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, _, text = line.partition(" ")
        if kind.endswith("="):
            matters.append(Matter(text, kind[:-1] or "en"))
        elif text:
            matters[-1].sides[kind == "-"].append(text)
    return matters


def _count(matters: Sequence[Matter], embedder: Embedder) -> tuple[int, int, int]:
    """Return how many sentences were put among those of the other side, found there, and how many marks are wrong."""
    every = [text for matter in matters for side in matter.sides for text in side]
    tried, found, wrong = 0, 0, 0
    for matter in matters:
        for theirs, opposite in (matter.sides, matter.sides[::-1]):
            for odd in opposite:
                marked = _marked([*theirs, odd], every, embedder)
                tried, found, wrong = tried + 1, found + (len(theirs) in marked), wrong + len(marked - {len(theirs)})
    return tried, found, wrong


def _marked(theme: Sequence[str], every: Sequence[str], embedder: Embedder) -> set[int]:
    """Return which texts of a theme are marked, among texts of all matters that are in no theme."""
    parsed = parse_answers([*theme, *every], ignore_progress)
    embedded = embed_answers(parsed, NO_CODEBOOK, embedder, ignore_progress)
    placements = [Placement(at, "theme", 1.0) for at, idea in enumerate(parsed.ideas) if idea.answer < len(theme)]
    examples = Examples.read(NO_CODEBOOK, embedded.examples)
    marked = mark_against(parsed, embedded.wordings, embedded.mean, placements, examples, embedder)
    return {parsed.ideas[each.idea].answer for each in marked if each.against}


def _strongest_themes(found: Analysis) -> dict[int, str]:
    """Return the theme of each answer that has one: its strongest, the first of equals."""
    best: dict[int, Placement] = {}
    for placement in found.placements:
        answer = found.ideas[placement.idea].answer
        if answer not in best or placement.strength > best[answer].strength:
            best[answer] = placement
    return {answer: placement.theme for answer, placement in best.items()}


def _majorities(found: Analysis, codes: Sequence[str]) -> dict[str, str]:
    """Return the code that most people have whose strongest theme it is, or who are in it at all."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for answer, theme in _strongest_themes(found).items():
        counts[theme][codes[answer]] += 1
    for theme in {placement.theme for placement in found.placements} - counts.keys():
        people = {found.ideas[each.idea].answer for each in found.placements if each.theme == theme}
        counts[theme].update(codes[answer] for answer in people)
    return {theme: min(own, key=lambda code: (-own[code], code)) for theme, own in counts.items()}
