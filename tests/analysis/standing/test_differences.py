"""What a finding would change, sorted into changes that can be accepted one by one."""

from __future__ import annotations

from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.results import IdeaMove
from analysis.standing.differences import idea_moves, theme_changes
from analysis.standing.partition import Standing, StandingIdea, StandingTheme, standing_of
from tests.support.toy_model import ToyModel

TRAVEL = [f"trains run fast {n}" for n in "abcdefgh"] + [f"boats float far {n}" for n in "abcdefgh"]


def test_moves_turn_one_partition_into_the_other() -> None:
    before = {0: {"a": 1.0}, 1: {"a": 0.5, "b": 0.5}, 2: {}, 3: {"c": 1.0}}
    after = {0: {"a": 0.2}, 1: {"c": 0.7}, 2: {"b": 0.9}, 4: {"a": 0.4}}
    assert idea_moves(before, after, but=[4]) == [
        IdeaMove(1, "a", "c", 0.7),
        IdeaMove(1, "b", None, 0.0),
        IdeaMove(2, None, "b", 0.9),
        IdeaMove(3, "c", None, 0.0),
    ]


def test_each_kind_of_change_is_told_apart() -> None:
    moves = [
        *(IdeaMove(at, "large", "half", 1.0) for at in range(3)),
        IdeaMove(3, None, "fresh", 1.0),
        IdeaMove(4, "large", "fresh", 1.0),
        *(IdeaMove(at, "small", "large", 1.0) for at in (5, 6)),
        IdeaMove(7, "faint", None, 0.0),
        IdeaMove(8, "large", "other", 1.0),
    ]
    before, after = {"large", "small", "faint", "other"}, {"large", "half", "fresh", "other"}
    changes = theme_changes(moves, range(9), before, after)
    assert [(each.kind, each.key, each.other, each.people) for each in changes] == [
        ("split", "half", "large", 3),
        ("new", "fresh", None, 2),
        ("merged", "small", "large", 2),
        ("gone", "faint", None, 1),
        ("moved", "large", "other", 1),
    ]
    assert sorted(move for each in changes for move in each.moves) == sorted(moves)


def test_two_people_of_one_answer_are_one() -> None:
    (change,) = theme_changes([IdeaMove(0, None, "x", 1.0), IdeaMove(1, None, "x", 1.0)], [7, 7], set(), {"x"})
    assert change.people == 1


def test_a_proposal_leaves_what_stands_and_says_what_would_change() -> None:
    ideas = {at: (StandingIdea(0, len(text), {"all": 0.5}),) for at, text in enumerate(TRAVEL)}
    standing = Standing((StandingTheme("all", "Everything", "discovered"),), ideas)
    found = analyse(
        TRAVEL, codebook=Codebook.empty(), embedder=ToyModel(), standing=standing, finding="propose", re_runs=0
    )
    assert {placement.theme for placement in found.placements} == {"all"}
    assert found.proposed is not None
    (split,) = found.proposed.changes
    assert (split.kind, split.other, split.people) == ("split", "all", 8)
    assert split.key in found.proposed.names


def test_the_same_answers_again_change_nothing() -> None:
    first = analyse(TRAVEL, codebook=Codebook.empty(), embedder=ToyModel(), re_runs=0)
    again = analyse(
        TRAVEL,
        codebook=Codebook.empty(),
        embedder=ToyModel(),
        standing=standing_of(first),
        finding="propose",
        re_runs=0,
    )
    assert again.proposed is not None
    assert again.proposed.changes == ()
