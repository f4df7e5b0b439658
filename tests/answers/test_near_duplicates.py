"""Nearly the same answers: what is compared is short, most of it before the transaction, and none is missed."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import select

from survey.answers import near_duplicates
from survey.answers.near_duplicates import HEAD, MAX_RECENT, TAIL, RecentAnswers, fingerprint
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer
from tests.support.visitors import SLUG, make_owner, make_survey, owned_survey, send_answer

pytestmark = pytest.mark.both_databases

FLOOD = "Vote for the red house on the hill, everybody"
LONG = 5000


def chinese(length: int, seed: int) -> str:
    picked = random.Random(seed)
    return "".join(chr(0x4E00 + picked.randrange(5000)) for _ in range(length))


def add(survey_id: int, texts: Sequence[str], burst: str | None = None) -> None:
    """Answers that another process stored."""
    with write_transaction() as session:
        session.add_all(
            Answer(survey_id=survey_id, form_key=f"{text[:40]}{number}{now()}", text=text, source="direct", burst=burst)
            for number, text in enumerate(texts)
        )


def bursts(app: Flask) -> list[str | None]:
    with app.app_context():
        return list(db.session.scalars(select(Answer.burst).order_by(Answer.id)))


def test_what_is_compared_of_a_text_is_short_and_holds_both_its_ends() -> None:
    text = "The beginning. " + "x" * LONG + " The END!"
    own = fingerprint(text)
    assert len(own) <= HEAD + TAIL
    assert own.startswith("the beginning")
    assert own.endswith("the end")
    assert fingerprint("Short, and WHOLE.") == "short  and whole"
    middle = "y" * (HEAD + 10)
    assert len(fingerprint(middle)) == HEAD + 10


@pytest.mark.parametrize("length", [HEAD - 1, HEAD, HEAD + 1, HEAD + TAIL - 1, HEAD + TAIL, HEAD + TAIL + 1, 1000])
def test_a_stored_text_has_the_fingerprint_of_the_text(app: Flask, length: int) -> None:
    survey_id = make_survey(app, None)
    text = ("abcdefghij " * 100)[:length].strip().ljust(length, "é")
    with app.app_context():
        add(survey_id, [text])
        with write_transaction() as session:
            RecentAnswers().bursts(session, survey_id, [])
            recent = near_duplicates._read(session, survey_id, now() - near_duplicates.WINDOW, 0)
    assert [answer.fingerprint for answer in recent] == [fingerprint(text)]


def test_the_longest_texts_take_the_transaction_no_time(sqlite_app: Flask) -> None:
    """142 ms for each when whole texts were compared inside it."""
    survey_id = make_survey(sqlite_app, None)
    with sqlite_app.app_context():
        add(survey_id, [chinese(LONG, seed) for seed in range(100)])
        took = []
        for seed in range(5):
            recent = RecentAnswers()
            compared = recent.compare(survey_id, chinese(LONG, 1000 + seed))
            assert compared is not None
            with write_transaction() as session:
                begun = time.process_time()
                recent.bursts(session, survey_id, [compared])
                took.append(time.process_time() - begun)
    assert min(took) < 0.02


def test_inside_the_transaction_only_what_came_since_is_compared(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned_survey(sqlite_app)
    compared: list[tuple[bool, int]] = []
    original = near_duplicates._near

    def counted(own: str, answers: Sequence[near_duplicates.Recent], fingerprints: Sequence[str]) -> object:
        compared.append((bool(db.session.info.get("writing")), len(answers)))
        assert [answer.fingerprint for answer in answers] == list(fingerprints)
        return original(own, answers, fingerprints)

    monkeypatch.setattr(near_duplicates, "_near", counted)
    for number in range(6):
        send_answer(sqlite_app.test_client(), f"Answer number {number} is like no other answer {number * 'x'}")
    inside = [count for writes, count in compared if writes]
    outside = [count for writes, count in compared if not writes]
    assert max(inside) <= 1
    assert max(outside) >= 4


def test_a_burst_is_found_whichever_process_stored_the_others(app: Flask) -> None:
    survey_id = owned_survey(app)
    send_answer(app.test_client(), "What another said of it before all of this")
    with app.app_context():
        add(survey_id, [f"{FLOOD} {mark}" for mark in ".,;"])
    send_answer(app.test_client(), f"{FLOOD}!")
    found = bursts(app)
    assert found[0] is None
    assert found[4]
    assert found[1:] == [found[4]] * 4  # those that came before it was one are part of it
    with app.app_context():
        add(survey_id, [f"{FLOOD} {mark}" for mark in "?-"], burst=found[4])
    send_answer(app.test_client(), f"{FLOOD}!!")
    assert bursts(app)[-1] == found[4]


def test_what_was_changed_since_it_was_compared_is_part_of_no_burst(app: Flask) -> None:
    """By another process: the cache of this one still has the text it had."""
    survey_id = owned_survey(app)
    for mark in ".,;":
        send_answer(app.test_client(), f"{FLOOD}{mark}")
    with app.app_context(), write_transaction() as session:
        session.query(Answer).order_by(Answer.id).first().text = "Something else entirely, from the heart"  # type: ignore[union-attr]
        assert near_duplicates.recent_answers()._cached[survey_id].answers
    send_answer(app.test_client(), f"{FLOOD}!")
    found = bursts(app)
    assert found[0] is None
    assert found[1:] == [found[-1]] * 3 != [None] * 3


def test_copies_of_what_came_in_a_flood_from_one_network_are_a_burst_of_their_own(app: Flask) -> None:
    survey_id = owned_survey(app)
    with app.app_context():
        add(survey_id, [f"{FLOOD} {number}" for number in range(3)], burst="flood-2026112812")
    send_answer(app.test_client(), FLOOD)
    *flood, own = bursts(app)
    assert flood == ["flood-2026112812"] * 3
    assert own is not None
    assert not own.startswith("flood-")


def test_each_survey_has_its_own_bursts_and_a_process_keeps_few(app: Flask) -> None:
    owner_id = make_owner(app)
    for slug in (SLUG, "other"):
        make_survey(app, owner_id, slug)
    for number in range(3):
        send_answer(app.test_client(), f"{FLOOD} {number}")
    send_answer(app.test_client(), f"{FLOOD} 4", "other")
    assert bursts(app) == [None] * 4
    with app.app_context():
        kept = near_duplicates.recent_answers()
        add(1, [f"An answer of its own kind, number {number}" for number in range(MAX_RECENT + 20)])
        with write_transaction() as session:
            kept.bursts(session, 1, [])
        assert len(kept._cached[1].answers) == MAX_RECENT
