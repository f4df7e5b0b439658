"""A site with something in every table, for the tests that carry one from a database to another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.answers.check_models import Check, CheckedAnswer, CheckReader, Reading
from survey.answers.coding_models import CodedAnswer, Coding
from survey.answers.forgotten import ForgottenAnswer
from survey.answers.story import StoryEntry
from survey.bulk_changes.entries import Entry, packed
from survey.bulk_changes.models import BulkChange
from survey.core.account_models import ApiToken, Invitation, Membership, Owner, SetUpLink
from survey.core.database import db, now, write_transaction
from survey.core.models import (
    Advice,
    Answer,
    AnswerImport,
    Deletion,
    FormerSlug,
    Idea,
    LiveScreen,
    Placement,
    Run,
    Survey,
    Theme,
    ThemeResult,
    Vector,
    WorkerProcess,
)
from survey.edits.models import Deed, Edit, IdeaChange, Proposal, ProposedMove
from survey.follow_up.models import FollowUp
from survey.looks.models import Picture
from survey.mail.models import OutgoingMail
from survey.mail.notice_models import MailChoice, Told
from survey.mail.webhook_models import Delivery, Webhook
from survey.results.models import CodebookFit, Examination, LeftFinding
from survey.runs.run_slices import RunSlice
from tests.support.site import migrated, quiet
from tests.support.visitors import owned_survey

WORDS = (
    "Patience 🫂👩‍👩‍👧 and \u202eright to left\u202c",
    "Bell \x07, escape \x1b[0m, separator \x1c and a tab\tin it",
    '=HYPERLINK("x")\n\n' + "long " * 990,
    "Ärger vermeiden, \"zitieren\" \\ and 'quotes'; DROP TABLE answer; --",
    "Laughing",
)


def fill(app: Flask) -> int:
    """A survey with something in every table; gives its id."""
    survey_id = owned_survey(app)
    with app.app_context(), write_transaction() as session:
        survey = session.get_one(Survey, survey_id)
        survey.own_kinds = [{"key": "cat", "label": "A cat 🐈", "asked": False}]
        survey.own_codebook = "[[theme]]\nname = 'é'\n"
        survey.published_at = now()
        survey.words = {"button": "Senden 🐈", "closing": "Merci\nà tous"}
        answers = [
            Answer(survey_id=survey_id, form_key=f"form-{n}", text=words, received_at=now() - timedelta(days=n * 10))
            for n, words in enumerate(WORDS)
        ]
        answers[0].nearest = ["0" * 16, 0, 4, 12345]
        answers[1].nearest = None  # JSON's null, where the others have NULL
        answers[1].secret_hash = "a" * 64
        session.add_all(answers)
        finished = Run(survey_id=survey_id, state="finished", reason="owner", finished_at=now())
        finished.answers, finished.ideas, finished.placed = len(WORDS), len(WORDS), len(WORDS)
        finished.settings = {"margin": 0.1, "names": ["é", None, True], "tiny": 1e-300}
        finished.forming = [[[1, 0, 4]]]
        finished.centres = bytes(range(256))
        running = Run(survey_id=survey_id, state="running", reason="answers", claim="c" * 32, heartbeat_at=now())
        themes = [
            Theme(survey_id=survey_id, key=f"t{n}", origin="codebook", name=f"Thème {n}", colour=n + 1)
            for n in range(2)
        ]
        session.add_all([finished, running, *themes])
        session.flush()
        survey.current_run_id = finished.id
        for theme in themes:
            result = ThemeResult(run_id=finished.id, theme_id=theme.id, rank=0, people=len(WORDS), mentions=len(WORDS))
            result.wordings, result.candidates, result.x = 1, ["a", "é"], 0.1 + 0.2
            session.add(result)
        edit = Edit(survey_id=survey_id, action="rename", theme_id=themes[0].id, name="New", name_before="Old")
        session.add(edit)
        session.add(Examination(run_id=finished.id, edit_version=1, findings=[{"rule": "small", "name": "Räume"}]))
        session.add(ForgottenAnswer(survey_id=survey_id, mark="0" * 24))
        session.add(LeftFinding(survey_id=survey_id, finding="small-0123456789abcdef", share=2 / 3))
        session.flush()
        for answer in answers:
            idea = Idea(run_id=finished.id, answer_id=answer.id, starts=0, ends=4, status="placed", x=1 / 3, y=None)
            session.add(idea)
            session.flush()
            session.add_all(Placement(idea_id=idea.id, theme_id=theme.id, strength=2 / 3) for theme in themes)
            session.add(IdeaChange(edit_id=edit.id, answer_id=answer.id, starts=0, ends=4))
            proposal = Proposal(survey_id=survey_id, changes=[{"kind": "new"}], centres=b"\1")
            session.add(proposal)
            session.flush()
            session.add(
                ProposedMove(proposal_id=proposal.id, answer_id=answer.id, starts=0, ends=4, strength=0.5, change=0)
            )
        add_a_check(session, survey_id, answers)
        add_a_coding(session, survey_id, answers)
        add_the_rest(session, survey_id)
    return survey_id


def add_a_check(session: Session, survey_id: int, answers: Sequence[Answer]) -> None:
    """A blind check that two people read: of the first answer one cannot tell, the other sees no theme."""
    check = Check(survey_id=survey_id, themes=[1, 2], size=len(answers), drawn_from=len(answers), waiting=3)
    session.add(check)
    session.flush()
    readers = [CheckReader(check_id=check.id, name=name) for name in ("", "Zoë")]
    session.add_all(readers)
    session.flush()
    for place, answer in enumerate(answers, 1):
        session.add(CheckedAnswer(check_id=check.id, place=place, answer_id=answer.id, themes=[1], settled="mine"))
        for reader in readers:
            themes = [2] if place > 1 else None if reader.name else []
            session.add(Reading(reader_id=reader.id, answer_id=answer.id, themes=themes, note=f"“{answer.text}”"))


def add_a_coding(session: Session, survey_id: int, answers: Sequence[Answer]) -> None:
    """What people coded in a file, of parts and of the whole."""
    coding = Coding(
        survey_id=survey_id, public_id="e" * 16, name="codiert.csv", codes=[{"name": "Räume"}], counts={"rows": 5}
    )
    session.add(coding)
    session.flush()
    for answer in answers:
        marks = [[0, 0, 4], [0, None, None]]
        session.add(CodedAnswer(coding_id=coding.id, answer_id=answer.id, marks=marks))


def add_the_rest(session: Session, survey_id: int) -> None:
    """A row of each table that nothing else points at."""
    session.add_all(
        [
            Vector(survey_id=survey_id, text_hash=bytes([n]) * 32, model=model, values=b"\x00\xff\x80" * 128)
            for n in (255, 0, 128)
            for model in ("b", "B", "é", "a_")
        ]
    )
    session.add(Advice(survey_id=survey_id, title="An article", points=["One", "Two 🥚"]))
    session.add(ApiToken(survey_id=survey_id, name="Sheet", token_hash="t" * 64, used_at=now()))
    session.add(
        CodebookFit(
            survey_id=survey_id,
            used="none",
            people=60,
            run_people=64,
            placed={"town": 40},
            better="town",
            declined=["service/none"],
        )
    )
    session.add(LiveScreen(survey_id=survey_id, shown_until=now(), theme_id=1, quotes=False))
    session.add(Picture(survey_id=survey_id, role="logo", version="0" * 12, width=2, height=1, content=b"\x00\xffRIFF"))
    session.add(SetUpLink(token_hash="s" * 64))
    run_id = session.query(Run.id).filter_by(survey_id=survey_id).limit(1).scalar()
    session.add(RunSlice(run_id=run_id, first_id=1, last_id=2**40, done=True, counts={"people": {"1": 2}}))
    session.add(StoryEntry(answer_id=session.query(Answer.id).limit(1).scalar(), what="theme", theme_id=1))
    session.add(
        FollowUp(
            token_hash="f" * 64,
            survey_id=survey_id,
            address="zoe@example.org",
            language="de",
            confirmed=True,
            day=now().date(),
        )
    )
    owner = session.scalars(select(Owner)).first()
    assert owner is not None
    owner.email, owner.mail_switches = "ruth@example.org", {"daily": False}
    hook = Webhook(survey_id=survey_id, address="https://hook.example/é", events=["test"], paused_by="owner")
    hook.paused_at = now()
    session.add(hook)
    session.flush()
    session.add(Delivery(webhook_id=hook.id, event="test", data={"answers": [1]}, done_at=now(), status=200))
    session.add(MailChoice(owner_id=owner.id, survey_id=survey_id, switches={"flood": True}))
    session.add(Told(owner_id=owner.id, survey_id=survey_id, event="forming", upto=2**40, answers=[1, 2]))
    session.add(OutgoingMail(key="test", recipient="zoe@example.org", subject="Zoë", body="Ça va\n", attempts=2))
    colleague = Owner(name="Zoë", password_hash="x", session_key="z" * 43, seen_on=now())
    session.add(colleague)
    session.flush()
    session.add(Membership(survey_id=survey_id, owner_id=colleague.id, role="reader", added_by=1))
    session.add(Invitation(survey_id=survey_id, token_hash="i" * 64, role="editor", label="Jürgen", made_by=1))
    session.add(Deed(survey_id=survey_id, owner_name="Ruth", action="publish", details={}))
    before = packed([Entry("0" * 16, "held")])
    session.add(
        BulkChange(survey_id=survey_id, key="b" * 32, action="hidden", total=1, wanted=1, done=1, answers=before)
    )
    move = {"source": None, "target": None, "from_all": True, "by": [1, "Zoë"], "edits": []}
    session.add(BulkChange(survey_id=survey_id, key="c" * 32, action="move", total=0, wanted=0, move=move))
    session.add(FormerSlug(slug="früher", survey_id=survey_id))
    session.add(AnswerImport(survey_id=survey_id, name="réponses.csv"))
    session.add(Deletion(answer_public_id="d" * 16))
    session.add_all(WorkerProcess(name=name) for name in ("zoë/2", "Anna-1", "anna/1", "anna 1"))


def command(app: Flask, *arguments: object) -> Result:
    """Run a command of the site, as `flask --app app …` does."""
    return app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])


def done(app: Flask, *arguments: object) -> str:
    """The same where it must succeed; gives what it said."""
    result = command(app, *arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def refused(app: Flask, *arguments: object) -> str:
    """The same where it must be refused: in one line, with exit status 2; gives that line."""
    result = command(app, *arguments)
    assert result.exit_code == 2, (result.output, result.exception)
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return result.stderr


@contextmanager
def another(folder: Path, url: str = "") -> Iterator[Flask]:
    """Another site with nothing in it, with an instance folder of its own."""
    folder.mkdir(exist_ok=True)
    with migrated(quiet(folder, database_url=url)) as app:
        yield app


def texts(app: Flask) -> list[str]:
    """The answers there are, by their order."""
    with app.app_context():
        return [row[0] for row in db.session.query(Answer.text).order_by(Answer.id)]


def in_file(path: Path, statement: str) -> list[tuple[object, ...]]:
    """What a backup says, read with nothing of ours."""
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()
