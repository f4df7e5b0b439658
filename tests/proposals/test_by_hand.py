"""A proposal in a browser: half of it accepted, then undone; and answers read by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Idea, Placement, Run, Survey, Theme
from survey.edits.models import Proposal, ProposedMove
from survey.results.result_counts import recount
from tests.support.library import owned_library
from tests.support.signed_in_page import signed_in_page
from tests.support.site import migrated, quiet, served
from tests.support.visitors import SLUG
from tests.whole.test_accessibility import violations
from tests.whole.test_journey import fits, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.support.filled_survey import Filled

pytestmark = pytest.mark.browser

LOOKS = [(1280, "light"), (320, "dark")]


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    with migrated(quiet(tmp_path_factory.mktemp("offer"))) as app:
        filled = owned_library(app)
        with app.app_context():
            recount(db.session, filled.run_id, filled.themes.values())
            propose(filled)
            db.session.commit()
        with served(app) as address:
            yield app, f"{address}/manage/{SLUG}"


def propose(filled: Filled) -> None:
    """Propose a change of each kind, and a list to read."""
    survey = db.session.get_one(Survey, filled.survey_id)
    survey.takes_findings = False
    new = [Theme(survey_id=survey.id, key=key, origin="discovered", name=key, colour=9) for key in ("Sunday", "Staff")]
    db.session.add_all(new)
    db.session.flush()
    sunday, staff = (theme.id for theme in new)
    first, second, third, fourth, *_ = filled.themes.values()
    ends = [
        ("split", sunday, first, first, sunday, 3),
        ("merged", second, third, second, third, 99),
        ("new", staff, None, None, staff, 2),
        ("gone", fourth, None, fourth, None, 99),
        ("moved", first, third, first, third, 1),
    ]
    proposal = Proposal(survey_id=survey.id, answers=1, changes=[])
    db.session.add(proposal)
    db.session.flush()
    taken: set[int] = set()
    for number, (kind, theme, other, source, target, most) in enumerate(ends):
        ideas = db.session.query(Idea).outerjoin(Placement).filter(Placement.theme_id == source, Idea.id.not_in(taken))
        some = ideas.filter(Idea.status != "nonanswer").order_by(Idea.id).limit(most).all()
        taken |= {idea.id for idea in some}
        for idea in some:
            where = {"answer_id": idea.answer_id, "starts": idea.starts, "ends": idea.ends, "change": number}
            move = {"source_id": source, "target_id": target, "strength": 0.5}
            db.session.add(ProposedMove(proposal_id=proposal.id, **where, **move))
        counts = {"people": len(some), "ideas": len(some)}
        proposal.changes = [*proposal.changes, {"kind": kind, "theme": theme, "other": other} | counts]
    ideas = db.session.query(Idea).filter(Idea.status != "nonanswer").order_by(Idea.id).limit(12)
    reading = [[idea.answer_id, idea.starts, idea.ends] for idea in ideas]
    db.session.get_one(Run, filled.run_id).reading = reading


def signed_in(site: tuple[Flask, str], browser: Browser, width: int = 1280, **options: Any) -> Page:
    app, base = site
    return signed_in_page(app, base.removesuffix(f"/manage/{SLUG}"), browser, width, **options)


def dashed(page: Page, tick: int) -> bool:
    """Whether the strands of a change are dotted."""
    return bool(page.evaluate(f"getComputedStyle(document.querySelector('.k{tick}')).strokeDasharray !== 'none'"))


@pytest.mark.parametrize("script", [True, False])
def test_half_a_proposal_is_accepted_then_undone(site: tuple[Flask, str], browser: Browser, script: bool) -> None:
    page, base = signed_in(site, browser, java_script_enabled=script), site[1]
    said = watch(page)
    page.goto(base)
    page.get_by_role("link", name="Look at the proposal").click()
    assert "five changes" in page.locator("h1").inner_text()
    for tick in (2, 4, 5):
        if script:
            assert not dashed(page, tick)
        page.locator(f"#turn-{tick}").uncheck()
        if script:
            assert dashed(page, tick)
    button = page.locator(".accept button").first
    if script:
        assert button.inner_text() == "Accept 2 of 5"
        assert page.locator("#count-said").inner_text() == "2 of 5 ticked"
        page.get_by_role("button", name="Tick none").press("Space")
        assert page.locator("#count-said").inner_text() == "0 of 5 ticked"
        page.get_by_role("button", name="Tick all").press("Enter")
        for tick in (2, 4, 5):
            page.locator(f"#turn-{tick}").uncheck()
    page.locator(".heard summary").first.click()
    assert page.locator(".heard .quote").first.is_visible()
    button.click()
    assert page.locator("h1").inner_text() == "2 of 5 changes accepted"
    page.goto(f"{base}/themes/history")
    assert "2 changes of a proposal were accepted: 5 ideas moved." in page.locator("main").inner_text()
    page.goto(f"{base}/proposal")
    page.get_by_role("button", name="Take it back").click()
    assert page.locator("h1").inner_text() == "What was accepted is taken back"
    assert said == []


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_both_pages_can_be_read_by_everybody(
    site: tuple[Flask, str], browser: Browser, width: int, scheme: str
) -> None:
    page, base = signed_in(site, browser, width, color_scheme=scheme), site[1]
    said = watch(page)
    for place in ("/proposal", "/read-next", "/settings", ""):
        page.goto(f"{base}{place}")
        assert violations(page) == [], place
        assert fits(page), place
    assert said == []


def test_answers_are_read_with_one_key_each(site: tuple[Flask, str], browser: Browser) -> None:
    page, base = signed_in(site, browser), site[1]
    said = watch(page)
    page.goto(f"{base}/read-next")

    def shown() -> str:
        return page.locator(".reads mark").inner_text()

    def places() -> list[float]:
        page.wait_for_load_state()
        return [box["y"] for box in (one.bounding_box() for one in page.locator(".verdict button").all()) if box]

    def press(key: str) -> None:
        page.wait_for_load_state()
        page.keyboard.press(key)

    where, seen = places(), [shown()]
    for key, told in (("Enter", "Right in"), ("2", "It is in"), ("0", "It is in no theme."), ("ArrowRight", "skipped")):
        press(key)
        page.locator(".row-back", has_text=told).wait_for()
        assert shown() not in seen
        assert places() == pytest.approx(where, abs=1), "no button moves under the finger"
        seen.append(shown())
    press("ArrowLeft")
    page.locator(".reads mark", has_text=seen[3]).wait_for()

    press("+")
    page.keyboard.type("Something of its own")
    press("Enter")
    page.locator(".row-back", has_text="Something of its own").wait_for()
    press("ArrowLeft")
    page.locator(".flash", has_text="It is taken back.").wait_for()
    assert shown() == seen[3]

    page.wait_for_load_state()
    page.keyboard.type("coff")
    page.locator(".offered li").first.wait_for()
    press("Enter")
    page.locator(".row-back", has_text="offee").wait_for()
    assert said == []
