"""Compare themes with human codes in other languages than English, one at a time and several in one survey."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import normalized_mutual_info_score

from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.place import example_texts
from analysis.text.normalise import fold
from benchmarks import data
from benchmarks.baseline import bertopic_themes
from benchmarks.found_themes import agreement, our_themes
from benchmarks.known_themes import placed
from benchmarks.result_table import Row, at_least, at_most

ONE, DRAWS = 250, 3  # answers in one language; draws of them
EACH, MIXED_DRAWS = 60, 5  # answers in each language of one survey; draws of them
LEAST = {"en": 0.78, "de": 0.75, "it": 0.78, "zh": 0.76, "ar": 0.76}
SHARES = {"es": 0.9, "de": 0.9, "fr": 0.9, "pt": 0.9, "it": 0.9, "ar": 0.8, "zh": 0.8, "ja": 0.8}


def one_at_a_time(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure requests with 16 intents in each of five languages."""
    table = []
    for language, least in LEAST.items():
        draws = [_draw(folder, [language], ONE, seed)[0] for seed in range(DRAWS)]
        own, peer = (
            float(np.mean([agreement(each, find(each.texts, embedder)) for each in draws]))
            for find in (our_themes, bertopic_themes)
        )
        table.append(at_least(f"xsid, {language}", str(ONE), f"AMI, mean of {DRAWS} draws", own, least, peer))
    return table


def in_one_survey(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure requests in five languages in one survey: themes are to follow the intent, not the language."""
    draws = [_draw(folder, list(LEAST), EACH, seed) for seed in range(MIXED_DRAWS)]
    ours = [our_themes(answers.texts, embedder) for answers, _ in draws]
    peers = [bertopic_themes(answers.texts, embedder) for answers, _ in draws]
    name, n = "xsid, five languages in one survey", str(EACH * len(LEAST))

    def both(measure: str) -> tuple[float, float]:
        own, peer = (
            [
                agreement(answers, one)
                if measure == "AMI"
                else float(normalized_mutual_info_score(languages, one.themes))
                for (answers, languages), one in zip(draws, found, strict=True)
            ]
            for found in (ours, peers)
        )
        return float(np.mean(own)), float(np.mean(peer))

    (own, peer), (follows, peer_follows) = both("AMI"), both("NMI")
    nmi = at_most(name, n, f"NMI of theme and language, mean of {MIXED_DRAWS} draws", follows, 0.12)
    return [
        at_least(name, n, f"AMI, mean of {MIXED_DRAWS} draws", own, 0.72, peer),
        nmi,
        at_least(name, n, "the same NMI of BERTopic's", peer_follows, None),
    ]


def known_in_other_languages(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure known themes in eight languages, as a share of the micro-F1 on the same answers in English."""
    table = data.read_csv(folder / "relationship_dev_languages.csv")
    asked = {row["id"] for row in table}
    english = [row for row in data.read_csv(folder / "relationship_dev.csv") if row["id"] in asked]
    whole = _micro_f1(english, embedder)
    rows = [at_least("relationship_dev, en", str(len(english)), "micro-F1 of known themes", whole, None)]
    for language, least in SHARES.items():
        own = [row for row in table if row["lang"] == language]
        share = _micro_f1(own, embedder) / whole
        name = f"relationship_dev, {language}"
        rows.append(at_least(name, str(len(own)), "micro-F1 of known themes, as a share of English", share, least))
    return rows


def own_phrases(_: Path, embedder: Embedder) -> list[Row]:
    """Measure known themes on phrases of our own, 144 a theme in nine languages, but for those that are examples."""
    examples = {*example_texts(Codebook.load("relationships"))}
    written = data.read_csv(data.TEXTS / "relationships_in_languages.csv")
    written = [row for row in written if fold(row["phrase"]) not in examples]
    table = []
    for language in sorted({row["language"] for row in written}):
        own = [row for row in written if row["language"] == language]
        found = placed([row["phrase"] for row in own], embedder)
        right = len(found & {(at, row["theme"]) for at, row in enumerate(own)})
        name, n = f"own phrases, {language}", str(len(own))
        table += [
            at_least(name, n, "micro-F1 of known themes", 2 * right / (len(found) + len(own)), None),
            at_least(name, n, "precision of known themes", right / max(len(found), 1), None),
        ]
    return table


def _micro_f1(rows: Sequence[dict[str, str]], embedder: Embedder) -> float:
    themes = {theme.key for theme in Codebook.load("relationships").themes}
    codes = {(at, code) for at, row in enumerate(rows) for code in row["codes"].split("|") if code in themes}
    known = {(answer, theme) for answer, theme in placed([row["answer"] for row in rows], embedder) if theme in themes}
    return 2 * len(known & codes) / max(len(known) + len(codes), 1)


def _draw(folder: Path, languages: Sequence[str], each: int, seed: int) -> tuple[data.CodedAnswers, list[str]]:
    """Return random answers in the languages, ``each`` of each, in random order, and the language of each answer."""
    table = data.read_csv(folder / "xsid_five_languages.csv")
    generator = np.random.default_rng(seed)
    chosen = []
    for language in languages:
        own = [row for row in table if row["lang"] == language]
        chosen += [own[at] for at in generator.permutation(len(own))[:each]]
    chosen = [chosen[at] for at in generator.permutation(len(chosen))]
    answers = data.CodedAnswers([row["text"] for row in chosen], [row["label"] for row in chosen])
    return answers, [row["lang"] for row in chosen]
