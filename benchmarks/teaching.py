"""Measure what an owner's corrections teach: a simulated owner reads ideas, and the other answers are looked at.

    python -m benchmarks.teaching [FOLDER]

The same rows are part of `python -m benchmarks`.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.arrays import FloatArray, IntArray, unit
from analysis.embedding.models import Embedder, load
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.progress import ignore_progress
from analysis.teaching.learn import Decision, learn
from analysis.teaching.read_next import read_next
from analysis.teaching.remaining import Remaining, remaining
from analysis.text.normalise import fold
from analysis.text.parse_answers import parse_answers
from benchmarks import data
from benchmarks.cached_embedder import CachedEmbedder
from benchmarks.result_table import Row, as_markdown, at_least

BATCH = 10  # decisions until the list is made again, as the site does after each
SEEDS, SEEN_TOPICS = range(5, 15), 10  # constants of analysis.teaching were chosen on seeds 0 to 4, topics 0 to 9
ANES_ANSWERS, XSID_ANSWERS = 450, 300


@dataclass(frozen=True)
class CodedSurvey:
    """Answers with the codes that people gave each, and the n wordings of their ideas as the machine placed them.

    ``placed`` (n, k) are strengths, ``codes`` the majority code of each theme, ``truth`` the codes of each wording,
    ``wordings_of`` the rows of each answer. Answers without an idea have none.
    """

    vectors: FloatArray
    placed: FloatArray
    weights: IntArray
    codes: tuple[str, ...]
    truth: tuple[frozenset[str], ...]
    wordings_of: tuple[tuple[int, ...], ...]
    answer_codes: tuple[frozenset[str], ...]

    @property
    def themes(self) -> IntArray:
        """The strongest theme of each wording, (n,), -1 for none."""
        if not self.placed.shape[1]:
            return np.full(len(self.placed), -1, dtype=np.intp)
        return np.where(self.placed.any(axis=1), self.placed.argmax(axis=1), -1)


@dataclass(frozen=True)
class Outcome:
    """Accuracy on the answers nobody touched, before and after; and the moves: all, right ones, harmful ones.

    ``all_before``, ``all_by_hand`` and ``all_after`` are of all answers: at first, with what was placed by hand, and
    with what that taught.
    """

    before: float
    after: float
    all_before: float
    all_by_hand: float
    all_after: float
    moves: int
    right: int
    harmful: int
    corrected: int
    wrong_left: float
    judged: Remaining


Reader = Callable[[CodedSurvey, FloatArray, list[Decision], int], IntArray]


def by_list(survey: CodedSurvey, placed: FloatArray, decisions: list[Decision], count: int) -> IntArray:
    """Return the next rows of the list "Read these next"."""
    head = learn(survey.vectors, placed, decisions).head
    decided = [decision.row for decision in decisions]
    return read_next(head, survey.vectors, placed, decided, most=count, weights=survey.weights)


def at_random(survey: CodedSurvey, placed: FloatArray, decisions: list[Decision], count: int) -> IntArray:
    """Return rows at random."""
    order = np.random.default_rng(0).permutation(len(placed))
    return order[~np.isin(order, [decision.row for decision in decisions])][:count]


def survey_question(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure one survey question: surveys of a usual size, and all answers; see ``correct`` for how."""
    single, every = _anes(folder, several=False), _anes(folder, several=True)
    return [
        *_measure("anes2008_d5", _draws(single, ANES_ANSWERS), embedder, {40: 0.04, 80: 0.08}),
        *_measure("anes2008_d5", [single], embedder, {40: None, 80: None}),
        *_measure("anes2008_d5, several codes", [every], embedder, {40: None, 80: None}),
    ]


def customer_questions(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure surveys of 25 intents."""
    drawn = [data.banking_sample(folder, answers=600, codes=25, seed=seed) for seed in SEEDS]
    return _measure("banking77, 25 intents", [_one_code_each(answers) for answers in drawn], embedder, {40: 0.02})


def requests(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure requests in English."""
    table = data.read_csv(folder / "xsid_five_languages.csv")
    coded = [(row["text"], frozenset([row["label"]])) for row in table if row["lang"] == "en"]
    return _measure("xsid, English", _draws(coded, XSID_ANSWERS), embedder, {40: None})


def debates(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure the debate topics that no constant was chosen on."""
    topics = list(data.debate_topics(folder))[SEEN_TOPICS:]
    return _measure("argkp_2021, a topic", list(map(_one_code_each, topics)), embedder, {20: None, 40: None})


Coded = Sequence[tuple[str, frozenset[str]]]


def correct(survey: CodedSurvey, reader: Reader, count: int) -> Outcome:
    """Let a simulated owner read ``count`` ideas and place them by their codes, then look at all other answers.

    The machine's theme is right if its majority code is one of the codes. Otherwise the owner moves the idea to the
    nearest theme whose majority code is, and makes a new theme of the code if there is none.
    """
    codes = list(survey.codes)
    placed, machine = survey.placed, survey.themes
    decisions: list[Decision] = []
    centres = _centres(survey)
    while len(decisions) < min(count, len(machine)):
        for row in reader(survey, placed, decisions, min(BATCH, count - len(decisions))).tolist():
            near = (centres @ survey.vectors[row]).tolist()
            fitting = [theme for theme, code in enumerate(codes) if code in survey.truth[row]]
            if machine[row] in fitting:
                theme = int(machine[row])
            elif fitting:
                theme = max(fitting, key=lambda at: near[at] if at < len(near) else 0.0)
            else:
                codes.append(min(survey.truth[row]))
                theme = len(codes) - 1
                placed = np.pad(placed, ((0, 0), (0, 1)))
            decisions.append(Decision(row, frozenset([theme])))
    by_hand = machine.copy()
    for decision in decisions:
        by_hand[decision.row] = min(decision.themes)
    learned = by_hand.copy()
    taught = learn(survey.vectors, placed, decisions)
    for move in taught.moves:
        learned[move.row] = -1 if move.target is None else move.target
    touched = {decision.row for decision in decisions}
    said = np.array([bool(rows) for rows in survey.wordings_of])
    others = said & np.array([touched.isdisjoint(rows) for rows in survey.wordings_of])
    before, hand, after = (_right_answers(survey, themes, codes) for themes in (machine, by_hand, learned))
    was, now = (_right_ideas(survey, themes, codes) for themes in (machine, learned))
    moved = np.array([move.row for move in taught.moves], dtype=np.intp)
    unread = np.setdiff1d(np.arange(len(machine)), list(touched))
    return Outcome(
        before=float(before[others].mean()),
        after=float(after[others].mean()),
        all_before=float(before[said].mean()),
        all_by_hand=float(hand[said].mean()),
        all_after=float(after[said].mean()),
        moves=len(moved),
        right=int(now[moved].sum()),
        harmful=int((was[moved] & ~now[moved]).sum()),
        corrected=sum(decision.themes != {int(machine[decision.row])} for decision in decisions),
        wrong_left=1 - float(now[unread].mean()),
        judged=remaining(taught.head, survey.vectors, placed, decisions),
    )


def coded_survey(answers: Coded, embedder: Embedder) -> CodedSurvey:
    """Find themes in coded answers, without a codebook."""
    texts, codes = [text for text, _ in answers], tuple(given for _, given in answers)
    found = analyse(texts, codebook=Codebook.load("none"), embedder=embedder, re_runs=0)
    parsed = parse_answers(texts, ignore_progress)
    row_of = {wording: row for row, wording in enumerate(parsed.wordings)}
    placed = np.zeros((len(parsed.wordings), len(found.themes)), dtype=np.float32)
    column = {theme.key: at for at, theme in enumerate(found.themes)}
    for placement in found.placements:
        row = row_of[fold(found.ideas[placement.idea].text)]
        placed[row, column[placement.theme]] = max(placement.strength, 0.001)
    said: list[list[int]] = [[] for _ in texts]
    answers_of: list[list[int]] = [[] for _ in parsed.wordings]
    for answer, row in zip(parsed.answers.tolist(), parsed.rows.tolist(), strict=True):
        said[answer].append(row)
        answers_of[row].append(answer)
    majority = []
    for theme in range(placed.shape[1]):
        count = Counter(
            code for row in np.flatnonzero(placed[:, theme]) for answer in answers_of[row] for code in codes[answer]
        )
        majority.append(min(count, key=lambda code: (-count[code], code)))
    vectors = embedder.encode(parsed.wordings)
    truth = tuple(_shared_codes([codes[answer] for answer in of]) for of in answers_of)
    return CodedSurvey(vectors, placed, parsed.weights, tuple(majority), truth, tuple(map(tuple, said)), codes)


def _measure(name: str, draws: Sequence[Coded], embedder: Embedder, targets: dict[int, float | None]) -> list[Row]:
    surveys = [coded_survey(answers, embedder) for answers in draws]
    size = str(round(float(np.mean([len(draw) for draw in draws]))))
    n = f"{len(draws)} x {size}" if len(draws) > 1 else size
    rows = []
    for count, target in targets.items():
        listed, drawn = ([correct(survey, reader, count) for survey in surveys] for reader in (by_list, at_random))
        for found, words, least in ((listed, "of the list", target), (drawn, "at random", None)):
            words = f"gained on untouched answers by {count} {words} (from {_mean(found, 'before'):.3f})"
            rows.append(at_least(name, n, words, _mean(found, "after") - _mean(found, "before"), least))
        moves = max(sum(one.moves for one in listed), 1)
        right, harmful = (sum(getattr(one, kind) for one in listed) / moves for kind in ("right", "harmful"))
        words = (
            f"of {moves / len(listed):.0f} moved by {count} read, {_mean(listed, 'corrected'):.0f} of them corrected"
        )
        by_hand, learned = _mean(listed, "all_by_hand"), _mean(listed, "all_after")
        truth = f"after {count} (true: {_mean(listed, 'wrong_left'):.3f})"
        judged = [one.judged.wrong_now for one in listed]
        inside = [one.judged.low <= one.wrong_left <= one.judged.high for one in listed]
        rows += [
            at_least(name, n, f"right {words}", right, None),
            at_least(name, n, f"made wrong {words}", harmful, None),
            at_least(name, n, f"right of all answers after {count}, nothing learned", by_hand, None),
            at_least(name, n, f"right of all answers after {count}, learned from", learned, None),
            at_least(name, n, f"wrong among unread ideas as estimated {truth}", float(np.mean(judged)), None),
            at_least(name, n, f"estimates after {count} whose interval holds", float(np.mean(inside)), None),
        ]
    return rows


def _mean(found: Sequence[Outcome], field: str) -> float:
    return float(np.mean([getattr(one, field) for one in found]))


def _right_answers(survey: CodedSurvey, themes: IntArray, codes: Sequence[str]) -> IntArray:
    """Return whether the theme of each answer, that of its strongest placed idea, has one of the answer's codes."""
    strengths = np.where(themes >= 0, survey.placed.max(axis=1, initial=0.0), -1.0)
    right = np.zeros(len(survey.wordings_of), dtype=bool)
    for answer, rows in enumerate(survey.wordings_of):
        if rows:
            best = max(rows, key=lambda row: float(strengths[row]))
            right[answer] = themes[best] >= 0 and codes[themes[best]] in survey.answer_codes[answer]
    return right


def _right_ideas(survey: CodedSurvey, themes: IntArray, codes: Sequence[str]) -> IntArray:
    return np.array([at >= 0 and codes[at] in truth for at, truth in zip(themes.tolist(), survey.truth, strict=True)])


def _centres(survey: CodedSurvey) -> FloatArray:
    return unit((survey.placed > 0).T.astype(np.float32) @ (survey.vectors - survey.vectors.mean(axis=0)))


def _shared_codes(codes: Sequence[frozenset[str]]) -> frozenset[str]:
    """Return the codes that all answers with a wording have, or the most frequent one."""
    count = Counter(code for one in codes for code in one)
    return frozenset.intersection(*codes) or frozenset([min(count, key=lambda code: (-count[code], code))])


def _draws(answers: Coded, size: int) -> list[Coded]:
    orders = [np.random.default_rng(seed).permutation(len(answers))[:size].tolist() for seed in SEEDS]
    return [[answers[at] for at in order] for order in orders]


def _anes(folder: Path, *, several: bool) -> Coded:
    """Return the answers to the ANES question of 2008 that have one code, or ``several`` as well."""
    table = [
        (row["text"], row["codes"].split("|")) for row in data.read_csv(folder / "anes2008_d5.csv") if row["codes"]
    ]
    return [(text, frozenset(codes)) for text, codes in table if several or len(codes) == 1]


def _one_code_each(answers: data.CodedAnswers) -> Coded:
    return [(text, frozenset([code])) for text, code in zip(answers.texts, answers.codes, strict=True)]


if __name__ == "__main__":
    started = time.perf_counter()
    source = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    model = CachedEmbedder(load())
    measures = (survey_question, customer_questions, requests, debates)
    print(as_markdown([row for measure in measures for row in measure(source, model)]), flush=True)
    print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
