"""analyse_large(): the analysis of any number of answers, with memory for a sample of them and what is found."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor

from analysis.arrays import slices
from analysis.embedding.models import Embedder
from analysis.evidence.stability import RE_RUNS
from analysis.known_themes.codebook import Codebook
from analysis.large.merge import MergedAnswers
from analysis.large.sample import choose_sample
from analysis.large.sizes import MAX_WHOLE_ANSWERS, SAMPLE_ANSWERS
from analysis.new_answers import Themes, place_new_answers
from analysis.parallel.memory import trim_memory
from analysis.parallel.workers import open_workers
from analysis.pipeline import analyse
from analysis.progress import Progress, ignore_progress
from analysis.results import Analysis
from analysis.standing.parts import centres_of_parts
from analysis.text.parse_answers import SplitBatches, start_splitting

PART_ANSWERS = 20_000
"""Answers that are placed at a time"""


def analyse_large(
    answers: Sequence[str],
    *,
    codebook: Codebook,
    embedder: Embedder,
    seed: int = 0,
    re_runs: int = RE_RUNS,
    progress: Progress | None = None,
    executor: Executor | None = None,
    language: str | None = None,
    whole: int = MAX_WHOLE_ANSWERS,
    size: int = SAMPLE_ANSWERS,
) -> Analysis:
    """Find the themes in the answers to one open question, as ``analysis.pipeline.analyse`` does.

    Of more than ``whole`` answers, themes are found in a sample of ``size``, and the others are placed in them as new
    answers are. Counts are of all; names, quotes, stability, saturation, the map and the doctor's findings are of the
    sample, whose size is in the ``settings``.
    """

    def find(some: Sequence[str]) -> Analysis:
        return analyse(
            some,
            codebook=codebook,
            embedder=embedder,
            seed=seed,
            re_runs=re_runs,
            progress=progress,
            executor=executor,
            language=language,
        )

    if len(answers) <= whole:
        return find(answers)
    chosen = choose_sample(answers, size)
    found = find([answers[at] for at in chosen.tolist()])
    trim_memory()
    only = frozenset(theme.key for theme in found.themes)
    themes = Themes(
        codebook,
        found.centres,
        only=only,
        languages=Counter(found.languages.values()),
        parts=centres_of_parts(found, embedder),
    )
    in_sample = set(chosen.tolist())
    rest = [at for at in range(len(answers)) if at not in in_sample]
    merged = MergedAnswers(len(answers))
    merged.add(chosen.tolist(), found)
    report = progress or ignore_progress
    with open_workers(len(rest), executor) as workers:

        def start(part: slice) -> SplitBatches:
            return start_splitting([answers[at] for at in rest[part]], workers.executor)

        splittings = map(start, slices(len(rest), PART_ANSWERS))
        following = next(splittings, None)
        for part in slices(len(rest), PART_ANSWERS):
            report("following", part.start, len(rest))
            # The helper process splits the next part while this one places.
            splitting, following = following, next(splittings, None)
            texts = [answers[at] for at in rest[part]]
            placed = place_new_answers(texts, themes=themes, embedder=embedder, splitting=splitting)
            merged.add(rest[part], placed)
    report("following", len(rest), len(rest))
    return merged.result(found, len(chosen))
