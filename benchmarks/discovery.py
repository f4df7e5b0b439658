"""Compare discovered themes with human codes by adjusted mutual information (AMI); noise counts as a class."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score

from analysis.embedding.models import Embedder
from analysis.text.split_ideas import split_ideas
from benchmarks import data
from benchmarks.baseline import bertopic_themes
from benchmarks.found_themes import Found, agreement, our_themes
from benchmarks.result_table import Row, at_least

DRAWS, SAMPLES, SHUFFLES = 20, 3, 5


def small_samples(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure samples of 36 answers with ten intents."""
    draws = list(data.banking_draws(folder, DRAWS))
    own, peer, _ = _agreement(draws, embedder)
    large = [data.banking_sample(folder, answers=1000, codes=25, seed=seed) for seed in range(SAMPLES)]
    own_large, peer_large, _ = _agreement(large, embedder)
    return [
        at_least("banking77", "36", f"AMI, mean of {DRAWS} draws of 10 intents", own, 0.74, peer),
        at_least("banking77", "1000", f"AMI, mean of {SAMPLES} draws of 25 intents", own_large, None, peer_large),
    ]


def debates(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure each debate topic."""
    topics = list(data.debate_topics(folder))
    own, peer, found = _agreement(topics, embedder)
    counts = [len(each.names) for each in found]
    size = f"{round(float(np.mean([len(topic.texts) for topic in topics])))} each"
    return [
        at_least("argkp_2021", size, f"AMI within a topic, mean of {len(topics)}", own, 0.39, peer),
        Row(
            "argkp_2021", size, "fewest and most themes of a topic", "\u2013", f"{min(counts)}-{max(counts)}", "5-20",
            min(counts) >= 5 and max(counts) <= 20,
        ),
    ]  # fmt: skip


def survey_question(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure one survey question, coded by professionals, and the same answers in other orders."""
    answers = data.survey_question(folder)
    own, peer = our_themes(answers.texts, embedder), bertopic_themes(answers.texts, embedder)
    n = str(len(answers.texts))
    has_content = np.array([bool(split_ideas(text)) for text in answers.texts])
    aris = list(_shuffled_agreement(answers.texts, own, embedder))
    return [
        at_least("anes2008_d5", n, "AMI", agreement(answers, own), 0.57, agreement(answers, peer)),
        at_least("anes2008_d5", n, "share placed, non-answers too", own.placed, None, peer.placed),
        at_least(
            "anes2008_d5",
            str(int(has_content.sum())),
            "share placed of the answers that say something",
            float((own.themes[has_content] >= 0).mean()),
            0.95,
            float((peer.themes[has_content] >= 0).mean()),
        ),
        Row("anes2008_d5", n, "themes", str(len(peer.names)), str(len(own.names)), "< 35", len(own.names) < 35),
        at_least("anes2008_d5", n, f"ARI, least of {SHUFFLES} shuffles", min(aris), 1.0),
    ]


def _agreement(sets: Iterable[data.CodedAnswers], embedder: Embedder) -> tuple[float, float, list[Found]]:
    """Return the mean agreement with the codes of our themes and of BERTopic's, and our themes."""
    own, peer, found = [], [], []
    for answers in sets:
        found.append(our_themes(answers.texts, embedder))
        own.append(agreement(answers, found[-1]))
        peer.append(agreement(answers, bertopic_themes(answers.texts, embedder)))
    return float(np.mean(own)), float(np.mean(peer)), found


def _shuffled_agreement(texts: list[str], reference: Found, embedder: Embedder) -> Iterable[float]:
    """Return the adjusted Rand index between themes of the texts and of the same texts in other orders."""
    for seed in range(SHUFFLES):
        order = np.random.default_rng(seed).permutation(len(texts))
        again = our_themes([texts[at] for at in order], embedder)
        yield float(adjusted_rand_score(reference.themes[order], again.themes))
