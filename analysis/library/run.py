"""Run the analysis for find_themes, and make its result the objects that programs read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Executor
from functools import lru_cache
from pathlib import Path

from analysis import results
from analysis.embedding.models import Embedder, load
from analysis.evidence.stability import RE_RUNS
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.translated import in_language
from analysis.large.analyse_large import analyse_large
from analysis.library.choices import checked_language, checked_seed
from analysis.library.texts import Texts
from analysis.library.themes import FoundTheme, FoundThemes, PlacedIdea, Span

MAX_MODELS = 2


def run(
    texts: Texts,
    codebook: str | Path | Codebook,
    model: str | Embedder,
    language: str | None,
    seed: int,
    measure_stability: bool,
    progress: Callable[[str, int, int], None] | None,
    executor: Executor | None,
) -> FoundThemes:
    """See analysis.library.find.find_themes."""
    seed, language = checked_seed(seed), checked_language(language)
    known = codebook if isinstance(codebook, Codebook) else Codebook.load(codebook)
    found = analyse_large(
        texts.written,
        codebook=in_language(known, language) if language else known,
        embedder=_loaded(model) if isinstance(model, str) else model,
        seed=seed,
        re_runs=RE_RUNS if measure_stability else 0,
        progress=progress,
        executor=executor,
        language=language,
    )
    return as_found(found, texts)


def as_found(analysis: results.Analysis, texts: Texts) -> FoundThemes:
    """Return the result of an analysis of these answers."""
    people = len(texts.answers) - len(analysis.nonanswers)
    spans = [Span(idea.text, idea.answer, idea.start, idea.end, texts.labels[idea.answer]) for idea in analysis.ideas]

    def found(theme: results.Theme) -> FoundTheme:
        return FoundTheme(
            id=theme.key,
            name=theme.name,
            other_names=tuple(name for name in theme.candidates if name != theme.name),
            description=theme.description,
            origin=theme.origin,
            people=theme.people,
            share=theme.people / people,
            mentions=theme.mentions,
            quotes=tuple(spans[number] for number in theme.quotes),
            came_back=theme.stability.came_back,
            re_runs=theme.stability.of,
            tentative=theme.tentative,
            parts=tuple(found(part) for part in theme.parts),
        )

    themes = {theme.key: found(theme) for theme in analysis.themes}
    quoted = {theme.key: frozenset(theme.quotes) for theme in analysis.themes}
    placements: dict[int, list[results.Placement]] = defaultdict(list)
    for placement in analysis.placements:
        placements[placement.idea].append(placement)
    ideas = []
    for number, span in enumerate(spans):
        if number not in placements:
            ideas.append(PlacedIdea(span, None))
        for placement in placements.get(number, ()):
            is_quote = number in quoted[placement.theme]
            own = themes[placement.theme]
            ideas.append(PlacedIdea(span, own, placement.strength, is_quote, placement.against))
    return FoundThemes(
        themes=tuple(themes.values()),
        answers=texts.answers,
        ideas=tuple(ideas),
        nonanswers=analysis.nonanswers,
        people=people,
        people_placed=len({analysis.ideas[placement.idea].answer for placement in analysis.placements}),
        new_theme_chance=analysis.saturation.chance,
        model=analysis.model,
        settings=analysis.settings,
        texts=texts,
    )


@lru_cache(MAX_MODELS)
def _loaded(model: str) -> Embedder:
    return load(model)
