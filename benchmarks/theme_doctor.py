"""Measure how often the theme doctor is right, rule by rule, against human codes.

    python -m benchmarks.theme_doctor [--data ../shared/data]

Thresholds were chosen on anes2008_d5, banking77 and every third debate topic; the figures to look at are those of the
other debates, xsid, relationship_dev and workplace80. A finding is right if

- alike, inside: most answers of both themes have the same code;
- small: most answers with its code are in another theme, or no code has half of its own;
- mixed: the code of most answers in the part is not that of the rest;
- opposed: most of one side is for the motion of the debate, most of the other against;
- name, detail: the better name is more similar to the code of most answers than the old one is, by their vectors.

A finding just made has no twins and few mixtures left, so the rules are also tried on themes as they grow apart over
time: "halves" are themes found in one half of the answers beside those found in the other, in "joined" every second
theme was merged with another one, drawn at random.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from analysis.arrays import FloatArray
from analysis.discovery.discover import discover
from analysis.doctor.better_names import better_names
from analysis.doctor.examine import small_themes
from analysis.doctor.grab_bags import grab_bags
from analysis.doctor.groups import Group, groups_of
from analysis.doctor.opposed_sides import opposed_sides
from analysis.doctor.similar_themes import similar_themes
from analysis.embedding.embed_answers import embed_answers
from analysis.embedding.models import Embedder, load
from analysis.evidence.re_runs import NO_STABILITY
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.progress import ignore_progress
from analysis.results import Finding, Placement, Theme
from analysis.text.normalise import fold
from analysis.text.parse_answers import ParsedAnswers, parse_answers
from benchmarks import data
from benchmarks.cached_embedder import CachedEmbedder
from benchmarks.result_table import Row, as_markdown, at_least

TARGET = 0.7
"""Share of findings that should be right; a rule below it is not shown"""
TOGETHER = (("alike",), ("inside",), ("small",), ("mixed",), ("opposed",), ("name", "detail"))
"""Rules that have a target together"""
BATCHES = (300, 600, 1000, 2100)
"""Where the answers of anes2008_d5 are divided into surveys of 300 to 1,100"""
DRAWS, SMALL, LARGE = 6, (150, 12), (600, 25)
"""Draws of banking77: how many of each, and their answers and intents"""
FILES = ("anes2008_d5", "argkp_2021", "banking77", "relationship_dev", "workplace80", "xsid_five_languages")


@dataclass(frozen=True)
class Survey:
    """Coded answers to one question: the codes of each answer, and the stance of those in a debate."""

    texts: list[str]
    codes: list[frozenset[str]]
    stances: list[str] | None = None


@dataclass(frozen=True)
class Partition:
    """Themes of a survey as the rules look at them, however they came about."""

    survey: Survey
    parsed: ParsedAnswers
    mean: FloatArray
    groups: list[Group]

    def answers(self, ideas: Iterable[int]) -> set[int]:
        """Return the answers that some ideas are from."""
        return {self.parsed.ideas[idea].answer for idea in ideas}

    def code(self, ideas: Iterable[int]) -> tuple[str | None, float]:
        """Return the code that most answers have, and its share of those with a code."""
        answers = self.answers(ideas)
        counts = Counter(code for answer in answers for code in self.survey.codes[answer])
        if not counts:
            return None, 0.0
        code, count = min(counts.items(), key=lambda each: (-each[1], each[0]))
        return code, count / sum(bool(self.survey.codes[answer]) for answer in answers)

    def group(self, key: str | None) -> Group:
        """Return the theme with a key."""
        return next(group for group in self.groups if group.theme.key == key)


def surveys(folder: Path) -> Iterator[tuple[bool, Survey]]:
    """Yield surveys, and whether thresholds were chosen on them."""
    rows = data.read_csv(folder / "anes2008_d5.csv")
    for start, stop in pairwise((0, *BATCHES)):
        yield (
            True,
            Survey([row["text"] for row in rows[start:stop]], [_codes(row["label"]) for row in rows[start:stop]]),
        )
    for draw in range(DRAWS):
        for seed, (answers, intents) in ((100 + draw, LARGE), (200 + draw, SMALL)):
            drawn = data.banking_sample(folder, answers=answers, codes=intents, seed=seed)
            yield True, Survey(drawn.texts, [frozenset([code.replace("_", " ")]) for code in drawn.codes])
    stance = {row["text"]: row["stance"] for row in data.read_csv(folder / "argkp_2021.csv")}
    for number, topic in enumerate(data.debate_topics(folder)):
        codes = [frozenset([code]) for code in topic.codes]
        yield number % 3 == 0, Survey(topic.texts, codes, [stance[text] for text in topic.texts])
    for file in ("relationship_dev", "workplace80"):
        rows = data.read_csv(folder / f"{file}.csv")
        yield False, Survey([row["answer"] for row in rows], [_codes(row["codes"]) for row in rows])
    requests = data.read_csv(folder / "xsid_five_languages.csv")
    for language in ("en", "de", "it"):
        rows = [row for row in requests if row["lang"] == language]
        codes = [frozenset([row["label"].replace("/", " ").replace("_", " ")]) for row in rows]
        yield False, Survey([row["text"] for row in rows], codes)


def _codes(cell: str) -> frozenset[str]:
    return frozenset(code for code in cell.split("|") if code)


def partitions(survey: Survey, embedder: Embedder) -> dict[str, Partition]:
    """Return the themes of a survey just found, those of its halves, and those joined at random."""
    nothing = Codebook.load("none")
    result = analyse(survey.texts, codebook=nothing, embedder=embedder, re_runs=0)
    parsed = parse_answers(survey.texts, ignore_progress)
    embedded = embed_answers(parsed, nothing, embedder, ignore_progress)
    vectors, mean = embedded.wordings, embedded.mean

    def partition(placements: Sequence[Placement], themes: Sequence[Theme]) -> Partition:
        return Partition(survey, parsed, mean, groups_of(parsed, vectors, mean, placements, themes))

    found = partition(result.placements, result.themes)
    members = {group.theme.key: group.rows.tolist() for group in found.groups}
    return {
        "found": found,
        "halves": partition(*_as_themes(parsed, _halves(parsed, vectors, mean))),
        "joined": partition(*_as_themes(parsed, _joined(members))),
    }


def _halves(parsed: ParsedAnswers, vectors: FloatArray, mean: FloatArray) -> dict[str, list[int]]:
    """Return the wordings of the themes found in each half of the answers."""
    half_of = np.random.default_rng(0).integers(0, 2, int(parsed.answers.max()) + 1)
    _, first = np.unique(parsed.rows, return_index=True)
    halves = half_of[parsed.answers[first]]
    themes = {}
    for half in (0, 1):
        rows = np.flatnonzero(halves == half)
        labels = discover(vectors[rows], parsed.weights[rows], shared=mean, seed=0).labels
        for label in range(int(labels.max(initial=-1)) + 1):
            themes[f"{half}-{label}"] = rows[labels == label].tolist()
    return themes


def _joined(members: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """Return themes of which every second pair, drawn at random, is one."""
    keys = sorted(members)
    order = np.random.default_rng(1).permutation(len(keys)).tolist()
    themes = {}
    for number, (one, two) in enumerate(zip(order[::2], order[1::2], strict=False)):
        more = members[keys[two]] if number % 2 == 0 else []
        themes[f"joined-{number}"] = [*members[keys[one]], *more]
    return themes


def _as_themes(parsed: ParsedAnswers, members: Mapping[str, list[int]]) -> tuple[list[Placement], list[Theme]]:
    placements, themes = [], []
    for key, rows in members.items():
        ideas = parsed.ideas_of(np.array(sorted(rows), dtype=np.intp))[1]
        placements += [Placement(idea, key, 1.0) for idea in ideas.tolist()]
        people = len(np.unique(parsed.answers[ideas]))
        themes.append(Theme(key, key, "", "discovered", (key,), people, len(ideas), len(rows), (), NO_STABILITY))
    return placements, themes


def judged(partition: Partition, kind: str, embedder: Embedder) -> Iterator[tuple[str, bool]]:
    """Yield each finding's rule and whether it is right."""
    groups, parsed = partition.groups, partition.parsed
    for finding in similar_themes(groups):
        yield finding.rule, _have_one_code(partition, finding)
    for finding in grab_bags(parsed, groups):
        rest = set(partition.group(finding.theme).ideas.tolist()) - set(finding.ideas)
        part, others = partition.code(finding.ideas)[0], partition.code(rest)[0]
        yield finding.rule, part != others and None not in (part, others)
    for finding in small_themes(parsed, groups):
        yield finding.rule, not _is_a_code(partition, finding.theme)
    if kind != "found":
        return
    if partition.survey.stances:
        for finding in opposed_sides(parsed, groups):
            yield finding.rule, _differ(partition, finding, partition.survey.stances)
    for finding in better_names(parsed, groups, partition.mean, embedder):
        code = partition.code(partition.group(finding.theme).ideas.tolist())[0]
        if code is not None:
            old = partition.group(finding.theme).theme.name
            label, before, after = embedder.encode([fold(code), fold(old), fold(finding.name or "")])
            yield finding.rule, float(label @ after) > float(label @ before)


def _have_one_code(partition: Partition, finding: Finding) -> bool:
    codes = [partition.code(partition.group(key).ideas.tolist())[0] for key in (finding.theme, finding.other)]
    return codes[0] == codes[1] and codes[0] is not None


def _is_a_code(partition: Partition, key: str) -> bool:
    """Return whether a theme stands for a code: half of it has the code, and no other theme has more of that."""
    code, share = partition.code(partition.group(key).ideas.tolist())
    held: dict[str, int] = defaultdict(int)
    for group in partition.groups:
        answers = partition.answers(group.ideas.tolist())
        held[group.theme.key] = sum(code in partition.survey.codes[answer] for answer in answers)
    return code is not None and share >= 0.5 and held[key] == max(held.values())


def _differ(partition: Partition, finding: Finding, stances: Sequence[str]) -> bool:
    """Return whether most people of one side are for the motion, most of the other against."""
    sides = [sorted(stances[answer] for answer in partition.answers(own)) for own in (finding.ideas, finding.contrast)]
    return Counter(sides[0]).most_common(1)[0][0] != Counter(sides[1]).most_common(1)[0][0]


def rows(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure each rule, on what thresholds were chosen on and on the other sets; the latter has the target."""
    counts: dict[tuple[str, str, bool], list[bool]] = defaultdict(list)
    total = Counter[bool]()
    for chosen_on, survey in surveys(folder):
        total[chosen_on] += 1
        for kind, partition in partitions(survey, embedder).items():
            for rule, right in judged(partition, kind, embedder):
                counts[rule, kind, chosen_on].append(right)
    table = []
    for (rule, kind, chosen_on), found in sorted(counts.items()):
        name, n = "chosen on" if chosen_on else "others", f"{len(found)} in {total[chosen_on]}"
        measure = f"share right: {rule}, themes {kind}"
        table.append(at_least(f"doctor, {name}", n, measure, float(np.mean(found)), None))
    for judged_rules in TOGETHER:
        found = [right for (rule, _, on), each in counts.items() if rule in judged_rules and not on for right in each]
        if found:
            share, measure = float(np.mean(found)), f"share right: {' or '.join(judged_rules)}"
            table.append(at_least("doctor, others", str(len(found)), measure, share, TARGET))
    return table


def main() -> int:
    """Measure and print the table; return 0, also if there is no data."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    folder: Path = parser.parse_args().data
    if not all((folder / f"{name}.csv").is_file() for name in FILES):
        print(f"skipped: some of {', '.join(FILES)} are not in {folder} (name the folder with --data)", file=sys.stderr)
        return 0
    print(as_markdown(rows(folder, CachedEmbedder(load()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
