"""Each step of the pipeline by itself, with the toy model."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.discovery.discover_themes import discover_themes, unplaced_wordings
from analysis.embedding.embed_answers import embed_answers, embed_in_context
from analysis.evidence.re_runs import start_discovery_re_runs
from analysis.evidence.theme_evidence import themes_with_evidence
from analysis.evidence.unplaced import describe_unplaced, theme_means
from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.known_themes.placements import GroupedWordings, place_in_known_themes, to_placements
from analysis.naming.name_all import name_all
from analysis.parallel.workers import Workers
from analysis.progress import ignore_progress
from analysis.text.parse_answers import ParsedAnswers, parse_answers
from tests.support.toy_model import ToyModel

PETS = Codebook("pets", (KnownTheme("cats", "Cats", "All that purrs", ("cats purr", "cats sleep", "my cat", "cats")),))
TRAINS = [f"trains run fast {letter}" for letter in "abcdefgh"]
BOATS = [f"boats float far {letter}" for letter in "abcdefgh"]
ANSWERS = [*TRAINS, *BOATS, "cats purr", "zebras gallop", "zebras gallop off", "cats sleep. trains run fast a", "idk"]
ALONE = Workers(None, None)


@pytest.fixture
def parsed() -> ParsedAnswers:
    return parse_answers(ANSWERS, ignore_progress)


def test_embedding_has_a_vector_for_each_wording_and_each_example(parsed: ParsedAnswers) -> None:
    embedded = embed_answers(parsed, PETS, ToyModel(), ignore_progress)
    assert embedded.wordings.shape[0] == len(parsed.wordings)
    assert np.array_equal(embedded.wordings, ToyModel().encode(parsed.wordings))
    assert np.array_equal(embedded.examples, ToyModel().encode(PETS.themes[0].examples))
    assert embedded.in_context is None
    ideas = embedded.wordings[list(parsed.wording_of)]
    assert np.allclose(embedded.mean, ideas.mean(axis=0), atol=1e-6)


def test_without_a_codebook_wordings_are_also_embedded_in_context(parsed: ParsedAnswers) -> None:
    embedded = embed_answers(parsed, Codebook.empty(), ToyModel(), ignore_progress)
    assert embedded.in_context is not None
    changed = {
        parsed.wordings[row]
        for row in np.flatnonzero(np.abs(embedded.in_context - embedded.wordings).max(axis=1) > 1e-5)
    }
    assert changed == {"cats sleep", "trains run fast a"}  # the only answer of two ideas
    assert np.array_equal(embedded.in_context, embed_in_context(parsed, embedded.wordings, ToyModel()))


def test_known_themes_take_what_is_like_their_examples(parsed: ParsedAnswers) -> None:
    embedded = embed_answers(parsed, PETS, ToyModel(), ignore_progress)
    known = place_in_known_themes(parsed.wordings, embedded.wordings, PETS, embedded.examples)
    assert {key: {parsed.wordings[row] for row in rows} for key, rows in known.items()} == {
        "cats": {"cats purr", "cats sleep"}
    }


def test_themes_are_discovered_in_what_is_left(parsed: ParsedAnswers) -> None:
    embedded = embed_answers(parsed, PETS, ToyModel(), ignore_progress)
    known = place_in_known_themes(parsed.wordings, embedded.wordings, PETS, embedded.examples)
    found = discover_themes(
        parsed, embedded.wordings, embedded.mean, known, earlier=(), seed=0, progress=ignore_progress
    )
    groups = {frozenset(parsed.wordings[row] for row in rows) for rows in found.values()}
    assert groups == {frozenset(TRAINS), frozenset(BOATS)}
    left = unplaced_wordings(parsed, {**known, **found})
    assert {parsed.wordings[row] for row in left} == {"zebras gallop", "zebras gallop off"}


def grouped_by_hand(parsed: ParsedAnswers) -> GroupedWordings:
    def rows(texts: list[str]) -> dict[int, float]:
        return {parsed.wordings.index(text): 0.9 for text in texts}

    cats = {"cats": rows(["cats purr", "cats sleep"])}
    return GroupedWordings(cats, {"found-1": rows(TRAINS), "found-2": rows(BOATS)}, {})


def test_discovered_themes_are_named_by_their_words_and_known_ones_by_the_codebook(parsed: ParsedAnswers) -> None:
    model = ToyModel()
    embedded = embed_answers(parsed, PETS, model, ignore_progress)
    names = name_all(
        parsed,
        embedded.wordings,
        embedded.mean,
        grouped_by_hand(parsed),
        codebook=PETS,
        standing_names={},
        embedder=model,
        workers=ALONE,
        progress=ignore_progress,
    )
    assert names["cats"] == ("Cats",)
    assert "rains" in names["found-1"][0]
    assert "oats" in names["found-2"][0]


def test_evidence_counts_people_and_quotes_them(parsed: ParsedAnswers) -> None:
    embedded = embed_answers(parsed, PETS, ToyModel(), ignore_progress)
    grouped = grouped_by_hand(parsed)
    placements = to_placements(parsed, grouped.members)
    names = {"cats": ("Cats",), "found-1": ("Trains", "Fast trains"), "found-2": ("Boats",)}
    themes = themes_with_evidence(
        parsed,
        embedded.wordings,
        placements,
        names,
        PETS,
        ignore_progress,
        mean=embedded.mean,
        means=theme_means(embedded.wordings, embedded.mean, grouped.members),
    )
    assert [(theme.key, theme.origin, theme.people, theme.mentions) for theme in themes] == [
        ("found-1", "discovered", 9, 9),
        ("found-2", "discovered", 8, 8),
        ("cats", "codebook", 2, 2),
    ]
    assert themes[0].description == "Also said: \u201ctrains run fast d\u201d"
    for theme in themes:
        own = {placement.idea for placement in placements if placement.theme == theme.key}
        assert theme.quotes
        assert set(theme.quotes) <= own


def test_unplaced_ideas_have_groups_and_a_nearest_theme(parsed: ParsedAnswers) -> None:
    embedded = embed_answers(parsed, PETS, ToyModel(), ignore_progress)
    members = grouped_by_hand(parsed).members
    means = theme_means(embedded.wordings, embedded.mean, members)
    unplaced = describe_unplaced(parsed, embedded.wordings, embedded.mean, members, means)
    groups = [[parsed.ideas[idea].text for idea in group] for group in unplaced.forming]
    assert groups == [["zebras gallop", "zebras gallop off"]]
    assert {parsed.ideas[idea].text for idea in unplaced.nearest} == {"zebras gallop", "zebras gallop off"}
    assert {theme for theme, _ in unplaced.nearest.values()} <= set(members)


def test_re_runs_find_clear_themes_again(parsed: ParsedAnswers) -> None:
    embedded = embed_answers(parsed, PETS, ToyModel(), ignore_progress)
    grouped = grouped_by_hand(parsed)
    started = start_discovery_re_runs(
        parsed, embedded.wordings, embedded.mean, grouped.placed, runs=5, seed=0, workers=ALONE
    )
    steps: list[None] = []
    stability = started.stability(grouped.found, lambda: steps.append(None))
    assert len(steps) == 5
    assert {key: (again.came_back, again.of) for key, again in stability.items()} == {
        "found-1": (5, 5),
        "found-2": (5, 5),
    }
