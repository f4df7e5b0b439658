"""What a proposal says where it is large: one tick for small moves, bands for many ideas, names cut to their room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Idea, Placement, Survey
from survey.edits import proposals
from survey.edits.models import Proposal, ProposedMove
from survey.proposals import strands
from survey.proposals.proposal_page import MAX_SMALL_MOVES, MAX_TURNS, ProposalPage, proposal_page
from survey.proposals.summary import in_one_line
from survey.results.result_counts import recount
from tests.support.every_case import for_each
from tests.support.filled_survey import Filled, Says, fill
from tests.support.site import queries

NAMES = [f"Theme {number}" for number in range(8)]


def filled(app: Flask, each: int) -> Filled:
    """Eight themes of so many answers, and as many in none."""
    said: list[tuple[str, str | None]] = [(f"{name} {n}", name) for name in NAMES for n in range(each)]
    said += [(f"nothing {n}", None) for n in range(each)]
    result = fill(app, [Says(words, [(words, theme)]) for words, theme in said])
    with app.app_context():
        recount(db.session, result.run_id, result.themes.values())
        db.session.commit()
    return result


def propose(site: Filled, moves: Sequence[tuple[str, str, str | None]], each: int = 1) -> Proposal:
    """Propose moves, a change each: its kind, the theme that so many ideas leave, and the one they go to."""
    proposal = Proposal(survey_id=site.survey_id, answers=1, changes=[])
    db.session.add(proposal)
    db.session.flush()
    taken: dict[str, int] = {}
    for number, (kind, source, target) in enumerate(moves):
        source_id, target_id = site.themes[source], site.themes[target] if target else None
        ideas = db.session.query(Idea).join(Placement).filter(Placement.theme_id == source_id).order_by(Idea.id)
        for idea in ideas.offset(taken.get(source, 0)).limit(each):
            where = {"answer_id": idea.answer_id, "starts": idea.starts, "ends": idea.ends}
            ends = {"source_id": source_id, "target_id": target_id, "strength": 0.5, "change": number}
            db.session.add(ProposedMove(proposal_id=proposal.id, **where, **ends))
        taken[source] = taken.get(source, 0) + each
        change = {"kind": kind, "theme": source_id, "other": target_id, "people": each, "ideas": each}
        proposal.changes = [*proposal.changes, change]
    db.session.commit()
    return proposal


def page_of(site: Filled, proposal: Proposal) -> ProposalPage:
    return proposal_page(db.session.get_one(Survey, site.survey_id), proposal)


def test_many_small_moves_have_one_tick(app: Flask) -> None:
    site = filled(app, 6)
    pairs = [("moved", NAMES[a], NAMES[b]) for a in range(5) for b in range(8) if a != b and (a + b) % 2 == 0]
    with app.app_context():
        proposal = propose(site, [("gone", NAMES[7], None), *pairs])
        turns = page_of(site, proposal).turns
        assert len(pairs) > MAX_SMALL_MOVES + 1
        assert [turn.kind for turn in turns] == ["gone", *["moved"] * MAX_SMALL_MOVES, "many"]
        assert len(turns) <= MAX_TURNS
        numbers = [number for turn in turns for number in turn.numbers]
        assert sorted(numbers) == list(range(len(pairs) + 1))
        many = turns[-1]
        assert many.value == "-".join(map(str, many.numbers))
        chosen = proposals.accept(db.session.get_one(Survey, site.survey_id), proposal.public_id, many.numbers)
        assert chosen is not None


@pytest.mark.parametrize(("each", "is_band"), [(6, False), (60, True)])
def test_the_drawing_adds_up(app: Flask, each: int, is_band: bool) -> None:
    site = filled(app, each)
    with app.app_context():
        moves = [("gone", NAMES[0], None), ("merged", NAMES[1], NAMES[2]), ("moved", NAMES[3], NAMES[4])]
        page = page_of(site, propose(site, moves, each=each // 2))
        for layout in (strands.WIDE, strands.NARROW):
            picture = strands.draw(page, layout)
            assert sum(beam.ideas for beam in picture.left) == sum(beam.ideas for beam in picture.right) == 9 * each
            assert [strand.width is not None for strand in picture.strands] == [is_band] * len(picture.strands)
            assert sorted({strand.tick for strand in picture.strands}) == [0, 1, 2, 3]
            for side in (picture.left, picture.right):
                ends = [(beam.y, beam.y + beam.height) for beam in side]
                assert all(before[1] < after[0] for before, after in pairwise(ends))
                assert ends[-1][1] <= picture.height
        assert {beam.name for beam in picture.left if beam.same} == set(NAMES[5:])


def test_the_number_of_queries_does_not_grow(app: Flask) -> None:
    site = filled(app, 6)
    counts = []
    for moves in ([("gone", NAMES[0], None)], [("moved", name, NAMES[0]) for name in NAMES[1:]]):
        with app.app_context():
            proposal = propose(site, moves)
            survey = db.session.get_one(Survey, site.survey_id)
            assert proposal.id
            assert survey.id
            with queries(app) as statements:
                proposal_page(survey, proposal)
            counts.append(len(statements))
    assert counts[0] == counts[1]


@for_each(
    ("text", "shown"),
    [
        ("short", "short"),
        ("a long name of a theme", "a long na…"),
        ("主题名称很长很长", "主题名称…"),
        ("x" * 10, "x" * 10),
    ],
)
def test_names_are_cut_to_their_room(text: str, shown: str) -> None:
    assert strands.short(text, 10) == shown


def test_a_proposal_in_one_line() -> None:
    kinds = ["new", "split", "gone", "merged", "moved", "moved"]
    changes = [{"kind": kind, "theme": 1, "other": 2, "people": 3, "ideas": 3} for kind in kinds]
    said = "2 themes would begin, 1 theme would end, 1 theme would go into another, 6 people would change places"
    assert in_one_line(Proposal(changes=changes)) == said
    assert in_one_line(Proposal(changes=changes[2:3])) == "1 theme would end"
