"""Many people at once: nothing that was acknowledged is lost or doubled, and how fast that goes.

Ratios are asserted in the full form alone (`make test-faults`); the short one measures and prints them.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from benchmarks.load_texts import distinct
from survey.core.database import db
from survey.core.models import Answer
from survey.runs import lifecycle as runs
from tests.faults.running_site import FULL, SLUG, Site, chosen, figure, fill, run_of, running_site, signed_in, wait_for
from tests.faults.under_load import TAKEN, Result, assert_kept, begin, load

POSTS = chosen(200, 6000)
ALIKE = chosen(200, 3000)
ANALYSED = chosen(120, 10_000)
LEAST_SHARE = 0.5
FREE = 20
"""Answers from one address that this site shows at once"""
ROUNDS = chosen(2, 5)
MOST_SLOWER = 2.0


def assert_all_taken(site: Site, *results: Result) -> None:
    """Every answer was acknowledged at its first sending, and stands as it was sent. `results` are all there were."""
    for result in results:
        assert set(result.statuses) == {200, TAKEN}, result.statuses
        assert len(result.taken) == len(result.posts)
    assert_kept(site, *results)


@pytest.mark.parametrize("clients", [50, 500] if FULL else [50])
def test_a_rush_loses_nothing_and_doubles_nothing(tmp_path: Path, clients: int) -> None:
    rounds: list[tuple[Result, Result]] = []
    with running_site(tmp_path / "bare") as bare, running_site(tmp_path / "site") as site:
        bare.start_web("benchmarks.bare_handler:create_app()")
        site.start_web()
        results = []
        for turn in range(ROUNDS):  # by turns, because the machine's pace drifts
            share = {"posts": POSTS // ROUNDS, "clients": clients, "forms_first": True, "seed": turn}
            rounds.append((load(bare, name=f"bare{turn}", **share), load(site, name=f"site{turn}", **share)))
            assert len(rounds[-1][0].taken) == POSTS // ROUNDS
            results.append(rounds[-1][1])
        assert_all_taken(site, *results)
        with site.app.app_context():
            assert {status for (status,) in db.session.query(Answer.status)} == {"shown"}
    shares = sorted(own.rate / least.rate for least, own in rounds)
    said = [{"site": own.said(), "bare": least.said()} for least, own in rounds]
    figure("a rush", clients=clients, share=round(shares[len(shares) // 2], 2), rounds=said)
    if FULL:
        assert shares[len(shares) // 2] >= LEAST_SHARE


def test_a_rush_of_texts_that_hardly_differ_is_kept_too(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        site.start_web()
        result = load(site, posts=ALIKE, clients=50, alike=True)
        assert_all_taken(site, result)
        with site.app.app_context():
            held = db.session.query(Answer).filter_by(status="held", reason="burst").count()
            free = db.session.query(Answer).where(Answer.burst.is_(None)).count()
    figure("a rush of texts that hardly differ", held=held, in_no_burst=free, **result.said())
    assert held > len(result.posts) // 2
    assert free == 0


def test_a_rush_during_an_analysis_and_an_export(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        survey_id = fill(site, distinct(ANALYSED, seed=7))
        site.start_web()
        owner = signed_in(site)
        alone = load(site, name="alone", posts=POSTS, clients=50, seed=2)
        with site.app.app_context():
            runs.request_run_now(survey_id)
        run_id = run_of(site).id
        begun = time.monotonic()
        (site.start_real_worker if FULL else site.start_worker)()
        wait_for(lambda: run_of(site, run_id).state == "running", 60, "the run begins")
        under_way = begin(site, name="meanwhile", posts=POSTS, clients=50, seed=3)
        with owner.open(f"{site.base}/manage/{SLUG}/export/answers.csv") as page:
            rows = page.read().count(b"\n")
        result = under_way.wait()
        over = run_of(site, run_id).state
        wait_for(lambda: run_of(site, run_id).state != "running", 600, "the run ends")
        seconds = time.monotonic() - begun
        assert (run_of(site, run_id).state, run_of(site, run_id).error) == ("finished", None)
        assert_all_taken(site, alone, result)
    slower = result.quantile(0.99) / alone.quantile(0.99)
    figure(
        "a rush during an analysis and an export",
        analysed=ANALYSED,
        alone=alone.said(),
        meanwhile=result.said(),
        p99_times=round(slower, 2),
        analysis_seconds=round(seconds),
        analysis_when_the_rush_ended=over,
        exported_lines=rows,
    )
    assert rows > ANALYSED
    if FULL:
        assert slower <= MOST_SLOWER


def test_a_class_of_sixty_behind_one_address_is_taken_in(tmp_path: Path) -> None:
    minutes = 5 if FULL else 0
    with running_site(tmp_path, address_answers=100) as site:
        site.start_web()
        result = load(site, posts=60, clients=60 if not FULL else 12, address="10.9.8.7", pause=minutes * 60 / 5 * 0.95)
        assert_all_taken(site, result)
        with site.app.app_context():
            statuses = [status for (status,) in db.session.query(Answer.status)]
    figure("sixty behind one address", shown=statuses.count("shown"), **result.said())
    assert statuses == ["shown"] * 60


def test_a_flood_from_one_address_is_held_then_put_off_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    with running_site(tmp_path, address_answers=FREE) as site:
        site.start_web()
        flood = load(site, name="flood", posts=10 * FREE, clients=20, address="10.6.6.6", tries=1)
        others = load(site, name="others", posts=20, clients=20, seed=5)
        assert_kept(site, flood, others)
        with site.app.app_context():
            kept = Counter(db.session.execute(select(Answer.status, Answer.reason)).all())
    said = Counter(status for post in flood.posts for status in post["statuses"])
    figure("a flood from one address", flood={str(status): number for status, number in said.items()},
           kept={f"{status} {reason}": number for (status, reason), number in kept.items()})  # fmt: skip
    assert said == {TAKEN: 5 * FREE, 429: 5 * FREE}
    assert kept == {("shown", None): FREE + 20, ("held", "flood"): 4 * FREE}
