"""What owners are told by mail, when, how often, and that no answer's words are in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Idea, Run, Survey, Theme, ThemeResult
from survey.mail import outbox
from survey.mail.models import OutgoingMail
from survey.mail.notice_models import MailChoice, Told
from survey.mail.sending import Postman
from survey.notices import daily_sum, people, watch
from survey.notices.events import EVENTS
from survey.notices.facts import Fact
from survey.notices.watch import Watch
from tests.support.every_case import for_each
from tests.support.mail_site import ADDRESS, WORDS, MailSite, links, mail_site
from tests.support.visitors import SLUG, make_survey, send_answer


@pytest.fixture
def site(tmp_path: Path) -> Iterator[MailSite]:
    with mail_site(tmp_path) as site:
        people_want(site, daily=False)
        yield site


def people_want(site: MailSite, **switches: bool) -> None:
    with site.app.app_context():
        people.choose(site.owner_id, site.survey_id, switches)


def later(site: MailSite, **time: float) -> None:
    """Let a time pass since people were told."""
    with site.app.app_context(), write_transaction() as session:
        for told in session.query(Told):
            told.told_at -= timedelta(**time)
        for mail in session.query(OutgoingMail):
            mail.made_at -= timedelta(**time)
    site.watch._again = {survey: due - timedelta(**time) for survey, due in site.watch._again.items()}


def add_run(
    site: MailSite, state: str = "finished", forming: Sequence[Sequence[list[int]]] = (), **columns: Any
) -> int:
    """Store a run, and the ideas of groups that may become themes."""
    with site.app.app_context(), write_transaction() as session:
        run = Run(
            survey_id=site.survey_id, state=state, reason="answers", finished_at=now(), forming=forming, **columns
        )
        session.add(run)
        session.flush()
        for answer_id in {idea[0] for group in forming for idea in group}:
            if session.get(Answer, answer_id) is None:
                own = {"survey_id": site.survey_id, "form_key": f"own-{answer_id}", "is_askers": True}
                session.add(Answer(id=answer_id, text=WORDS, **own))
                session.flush()
            session.add(Idea(run_id=run.id, answer_id=answer_id, starts=0, ends=4, status="unplaced"))
        if state == "finished":
            session.execute(update(Survey).where(Survey.id == site.survey_id).values(current_run_id=run.id))
        return run.id


def test_the_first_answer_is_told_once(site: MailSite) -> None:
    assert site.told() == []
    assert send_answer(site.app.test_client(), WORDS).status_code == 303
    [mail] = site.told()
    assert mail.recipient == ADDRESS
    assert mail.message["Subject"] == "The first answer: What keeps you together?"
    assert "Somebody has answered your question." in mail.text
    assert "xylophone" not in mail.message.as_string()
    [page, stop, own] = links(mail)
    assert page == f"/manage/{SLUG}/answers"
    assert mail.message["List-Unsubscribe"] == f"<https://ask.example{stop}>"
    assert own == "/account/mail"
    site.answer(3)
    assert site.told() == []
    assert site.told(Watch()) == [], "another worker, or this one started anew"


@pytest.mark.parametrize("columns", [{"import_id": 1}, {"is_askers": True}, {"received_at": now() - timedelta(days=2)}])
def test_what_nobody_sent_lately_is_no_first_answer(site: MailSite, columns: dict[str, Any]) -> None:
    site.answer(**columns)
    assert site.told() == []


def test_held_answers_are_told_every_six_hours_at_most(site: MailSite) -> None:
    people_want(site, first=False)
    site.answer(2, status="held", reason="link")
    [mail] = site.told()
    assert mail.message["Subject"] == "Answers wait for you: What keeps you together?"
    assert "2 wait until you have read them." in mail.text
    assert f"/manage/{SLUG}/answers?state=held" in links(mail)[0]
    site.answer(1, status="held", reason="review")
    assert site.told() == []
    later(site, hours=5)
    assert site.told() == []
    later(site, hours=1.1)
    [mail] = site.told()
    assert "3 wait until" in mail.text
    later(site, hours=7)
    assert site.told() == [], "nothing new waits"
    with site.app.app_context(), write_transaction() as session:
        session.execute(update(Answer).values(status="shown"))
    site.answer(1, status="held", reason="link")
    [mail] = site.told()
    assert "1 answer waits until you have read it." in mail.text


def test_a_flood_is_told_as_one(site: MailSite) -> None:
    people_want(site, first=False)
    site.answer(40, status="held", reason="burst", burst="b" * 16)
    [mail] = site.told()
    assert mail.message["Subject"] == "Many answers at once: What keeps you together?"
    assert "40 answers came that are nearly the same" in mail.text


def test_a_failed_run_is_told(site: MailSite) -> None:
    add_run(site, "failed", error=f"{WORDS} is in no mail")
    [mail] = site.told()
    assert mail.message["Subject"] == "An analysis failed: What keeps you together?"
    assert "xylophone" not in mail.text
    assert site.told() == []
    add_run(site, "failed")
    assert site.told() == [], "within six hours"
    later(site, hours=7)
    assert len(site.told()) == 1


def test_a_theme_that_may_be_forming_is_told_where_wanted(site: MailSite) -> None:
    add_run(site, forming=[[[1, 0, 4], [2, 0, 4], [3, 0, 4]]])
    assert site.told() == [], "off unless switched on"
    people_want(site, forming=True)
    [mail] = site.told(Watch())
    assert "1 group of ideas on no theme resemble each other." in mail.text
    add_run(site, forming=[[[1, 0, 4], [2, 0, 4], [3, 0, 4], [4, 0, 4]]])
    later(site, days=2)
    assert site.told() == [], "the same group, a little larger"
    add_run(site, forming=[[[1, 0, 4], [2, 0, 4], [3, 0, 4]], [[7, 0, 4], [8, 0, 4], [9, 0, 4]]])
    [mail] = site.told()
    assert "2 groups" in mail.text


def test_each_event_can_be_switched_off(site: MailSite) -> None:
    for key in EVENTS:
        people_want(site, **{key: False})
    site.answer(2)
    site.answer(2, status="held", reason="link")
    site.answer(9, status="held", reason="flood", burst="flood-2026112907")
    add_run(site, forming=[[[1, 0, 4], [2, 0, 4]]])
    add_run(site, "failed")
    assert site.told() == []
    people_want(site, flood=True)
    assert [str(mail.message["Subject"])[:10] for mail in site.told(Watch())] == ["Many answe"]


def test_nobody_is_told_without_a_confirmed_address(site: MailSite) -> None:
    site.change(email="", email_asked=ADDRESS)
    site.answer()
    assert site.told() == []


def test_a_choice_for_all_holds_where_no_other_was_made(site: MailSite) -> None:
    site.change(mail_switches={"first": False, "daily": False})
    with site.app.app_context(), write_transaction() as session:
        session.query(MailChoice).delete()
    site.answer()
    assert site.told() == []
    people_want(site, first=True)
    assert len(site.told(Watch())) == 1


def test_a_deleted_survey_is_not_told_of(site: MailSite) -> None:
    site.answer()
    with site.app.app_context(), write_transaction() as session:
        session.execute(update(Survey).values(slug="/gone"))
    assert site.told() == []


def test_mails_are_in_the_language_that_was_chosen(site: MailSite) -> None:
    site.change(mail_language="es")
    site.answer()
    [mail] = site.told()
    assert "What keeps you together?" in mail.text, "the question is what it is"
    assert "The first answer" not in str(mail.message["Subject"])
    assert "Somebody has answered" not in mail.text


def test_quiet_surveys_cost_no_query_each(site: MailSite) -> None:
    site.told()
    with site.app.app_context():
        assert site.watch._with_news(people.people_by_survey(), now(), 0) == []
        assert Watch()._with_news(people.people_by_survey(), now(), 0) == [site.survey_id], "the first look is at all"


def fails_for(monkeypatch: pytest.MonkeyPatch, error: Exception, *survey_ids: int) -> None:
    """Let the database fail where a mail of these surveys is stored."""
    enqueue = outbox.enqueue

    def fail(*args: Any, key: str, **more: Any) -> bool:
        if int(key.split(":")[1]) in survey_ids:
            raise error
        return enqueue(*args, key=key, **more)

    monkeypatch.setattr(outbox, "enqueue", fail)


BUSY = OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))


@pytest.mark.parametrize(("error", "said"), [(BUSY, "is busy"), (RuntimeError("killed"), "killed")])
def test_what_could_not_be_stored_is_told_at_the_next_look_and_once(
    site: MailSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, said: str
) -> None:
    site.told()
    site.answer()
    with monkeypatch.context() as patch:
        fails_for(patch, error, site.survey_id)
        assert site.told() == []
    assert said in caplog.text
    assert "xylophone" not in caplog.text
    assert len(site.told()) == 1, "nothing of the first try was kept"
    assert site.told() == []


def test_what_was_too_early_and_could_not_be_stored_then_is_told_at_the_next_look(
    site: MailSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    people_want(site, first=False)
    site.answer(2, status="held", reason="link")
    assert len(site.told()) == 1
    site.answer(1, status="held", reason="link")
    assert site.told() == []
    monkeypatch.setattr(watch, "OVERLAP", 0)
    monkeypatch.setattr(watch, "RUN_OVERLAP", timedelta(0))
    later(site, hours=7)
    with monkeypatch.context() as patch:
        fails_for(patch, BUSY, site.survey_id)
        assert site.told() == []
    [mail] = site.told()
    assert "3 wait until" in mail.text


def test_a_survey_that_fails_keeps_no_other_from_being_told(site: MailSite, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_survey(site.app, site.owner_id, slug="other")
    site.answer()
    site.answer(survey_id=other)
    fails_for(monkeypatch, BUSY, site.survey_id)
    assert len(site.told()) == 1


def test_a_look_that_breaks_off_is_made_anew(site: MailSite, monkeypatch: pytest.MonkeyPatch) -> None:
    site.told()
    site.answer()
    monkeypatch.setattr(watch, "OVERLAP", 0)

    def break_off(*args: object) -> int:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(Watch, "_tell_news", break_off)
        with pytest.raises(SystemExit):
            site.told()
    site.watch._again.clear()
    assert len(site.told()) == 1


@pytest.mark.both_databases
@pytest.mark.parametrize("before", [0, 1])
def test_two_workers_that_tell_at_once_tell_once(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    met = Barrier(2)
    enqueue = outbox.enqueue

    def wait_for_the_other(*args: Any, **more: Any) -> bool:
        with suppress(BrokenBarrierError):  # the other waits for the row meanwhile
            met.wait(0.7)
        return enqueue(*args, **more)

    with mail_site(tmp_path, database_url=database_url) as site:
        with site.app.app_context():
            [person] = people.people_of(site.survey_id)

        def tell(upto: int, moment: datetime) -> bool:
            with site.app.app_context():
                return watch._tell(site.survey_id, Fact(EVENTS["waiting"], upto, 1), person, moment)

        for upto in range(before):
            assert tell(upto, now() - timedelta(days=1))
        monkeypatch.setattr(outbox, "enqueue", wait_for_the_other)
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(tell, [5, 5], [now(), now()])) == [False, True]
        with site.app.app_context():
            assert [told.upto for told in db.session.query(Told)] == [5]
            assert db.session.query(OutgoingMail).count() == before + 1


MORNING = datetime(2026, 11, 29, 7, 5, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, datetime]:
    time = {"now": MORNING}
    monkeypatch.setattr(watch, "now", lambda: time["now"])
    return time


def sums(site: MailSite) -> list[str]:
    """The subjects of the daily sums that are due, whatever time it is for the outbox."""
    with site.app.app_context():
        site.watch.look()
        with write_transaction() as session:
            session.query(OutgoingMail).update({"not_before": now()})
        before = len(site.server.mails)
        Postman().send_due()
    return [str(mail.message["Subject"]) for mail in site.server.mails[before:]]


def test_the_sum_of_a_day_comes_at_seven_if_anything_came(site: MailSite, clock: dict[str, datetime]) -> None:
    people_want(site, daily=True, first=False)
    site.answer(3, received_at=MORNING - timedelta(hours=3))
    site.answer(2, received_at=MORNING - timedelta(hours=25))
    site.answer(1, received_at=MORNING)
    site.answer(4, received_at=MORNING - timedelta(hours=3), import_id=1)
    site.answer(1, received_at=MORNING - timedelta(hours=3), status="hidden")
    clock["now"] = MORNING - timedelta(minutes=10)
    assert sums(site) == []
    clock["now"] = MORNING
    assert sums(site) == ["3 new answers: What keeps you together?"]
    assert sums(site) == []
    site.watch = Watch()
    assert sums(site) == []
    text = site.server.mails[-1].text
    assert "3 answers came since yesterday at 7; 10 are counted in all." in text
    assert "xylophone" not in text
    clock["now"] = MORNING + timedelta(days=1)
    assert sums(site) == ["1 new answer: What keeps you together?"]
    clock["now"] = MORNING + timedelta(days=2)
    assert sums(site) == [], "nothing came"


@pytest.mark.parametrize("minutes", [1, 60, 600])
def test_the_sum_that_could_not_be_stored_comes_later_that_day(
    site: MailSite, clock: dict[str, datetime], monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    people_want(site, daily=True, first=False)
    site.answer(3, received_at=MORNING - timedelta(hours=3))
    with monkeypatch.context() as patch:
        fails_for(patch, BUSY, site.survey_id)
        assert sums(site) == []
    clock["now"] = MORNING + timedelta(minutes=minutes)
    assert sums(site) == ["3 new answers: What keeps you together?"]
    assert sums(site) == []


def test_the_sum_says_what_waits_and_the_largest_themes(site: MailSite, clock: dict[str, datetime]) -> None:
    people_want(site, daily=True, first=False, waiting=False)
    site.answer(3, received_at=MORNING - timedelta(hours=3))
    site.answer(2, received_at=MORNING - timedelta(hours=3), status="held", reason="link")
    run_id = add_run(site, answers=3, placed=2)
    with site.app.app_context(), write_transaction() as session:
        for n, (name, count) in enumerate({"Patience": 1, "Laughing": 2, "Secret": 9}.items()):
            theme = Theme(survey_id=site.survey_id, key=name, origin="discovered", name=name, colour=1)
            theme.hidden = name == "Secret"
            session.add(theme)
            session.flush()
            session.add(ThemeResult(run_id=run_id, theme_id=theme.id, rank=n, people=count, mentions=1, wordings=1))
        answer = session.query(Answer).first()
        assert answer is not None
        session.add(Idea(run_id=run_id, answer_id=answer.id, starts=0, ends=3, status="unplaced"))
    assert sums(site) == ["5 new answers: What keeps you together?"]
    text = site.server.mails[-1].text
    assert "- Laughing: 2 people\n- Patience: 1 person\n" in text
    assert "Secret" not in text
    assert "- 2 answers to read\n- 1 idea on no theme\n" in text


@for_each(
    ("zone", "hour"), [("UTC", 7), ("Asia/Kolkata", 1.5), ("America/Los_Angeles", 15), ("Pacific/Kiritimati", 17)]
)
def test_seven_is_by_the_clock_of_the_person(zone: str, hour: float) -> None:
    from zoneinfo import ZoneInfo

    at = datetime(2026, 11, 29, tzinfo=UTC) + timedelta(hours=hour)
    where = ZoneInfo(zone)
    before, after = daily_sum.day_of(at - timedelta(minutes=1), where), daily_sum.day_of(at, where)
    assert before is None
    assert after is not None
    begins, ends = daily_sum.window(after, where)
    assert ends == at
    assert ends - begins == timedelta(days=1)


def test_a_day_on_which_the_clocks_change_is_longer(tmp_path: Path) -> None:
    from zoneinfo import ZoneInfo

    begins, ends = daily_sum.window(datetime(2026, 10, 25).date(), ZoneInfo("Europe/Berlin"))
    assert ends.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=25)
