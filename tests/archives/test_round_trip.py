"""A survey that moves to another site, another database and back is the same there, and goes on living."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from survey.answers import erasure
from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer
from survey.archives import write_archive
from survey.core.database import db, now
from survey.core.models import Answer, Deletion, Idea, Placement, Run, Survey, Theme
from survey.curation import edit_history
from survey.edits.models import Edit
from survey.tables.data_dictionary import TABLES
from tests.support.archives import SAID, SECRET, Parts, archive_of, bring, lived, parts_of
from tests.support.filled_once import filled_once
from tests.support.proposed import FIRST, Perform
from tests.support.site import migrated, quiet
from tests.support.visitors import SLUG, make_owner, owned_survey, send_answer, sign_in, without_times, without_tokens

pytestmark = pytest.mark.slow


def looks(app: Flask, slug: str = SLUG) -> dict[str, Any]:
    """Everything that leaves the site: each table as JSON, the theme page, what the owner's pages say."""
    client = app.test_client()
    sign_in(client)
    seen: dict[str, Any] = {table: client.get(f"/manage/{slug}/export/{table}.json").json for table in TABLES}
    public = app.test_client()
    pages = {
        "theme page": public.get(f"/s/{slug}/themes"),
        "map": public.get(f"/s/{slug}/map"),
        "answers": public.get(f"/s/{slug}/answers"),
        "own": public.get(f"/s/{slug}/mine/{SECRET}"),
        "bench": client.get(f"/manage/{slug}/themes"),
        "history": client.get(f"/manage/{slug}/themes/history"),
        "proposal": client.get(f"/manage/{slug}/proposal"),
        "doctor": client.get(f"/manage/{slug}/themes/doctor"),
        "imports": client.get(f"/manage/{slug}/import"),
        "codebook": client.get(f"/manage/{slug}/export/codebook.toml"),
    }
    for row in (*seen["checks"], *seen["readings"]):
        if row.pop("by_owner"):
            row["reader"] = None  # whose account began a reading does not travel
    for name, page in pages.items():
        seen[name] = (page.status_code, plain(page.text))
    return seen


def plain(html: str) -> str:
    """A page without what is made for each visit."""
    html = without_tokens(without_times(html))
    return re.sub(r" UTC, by [^.<]+\.", " UTC.", html)  # who imported a file is of one site


@pytest.mark.usefixtures("files_in_processes")
def test_a_survey_is_the_same_on_another_database_and_back(
    sqlite_app: Flask, lend_postgres: Callable[[], str], tmp_path: Path, perform: Perform
) -> None:
    filled_once(sqlite_app, lived, perform)
    first, seen = archive_of(sqlite_app), looks(sqlite_app)
    assert all(parts_of(first).values())
    assert {name for name, page in seen.items() if isinstance(page, tuple) and page[0] != 200} == set()
    with migrated(quiet(tmp_path / "there", database_url=lend_postgres())) as there:
        owner_id = make_owner(there)
        assert bring(there, first, owner_id=owner_id).answers == 22
        second = archive_of(there)
        assert parts_of(second) == parts_of(first)
        assert looks(there) == seen
        with migrated(quiet(tmp_path / "back")) as back:
            owned_survey(back, slug="another")  # so that no number is what it was
            bring(back, second, owner_id=1)
            assert parts_of(archive_of(back)) == parts_of(first)
            assert looks(back) == seen


@pytest.mark.both_databases
def test_it_goes_on_living_there(app: Flask, tmp_path: Path, perform: Perform) -> None:
    """An old edit can be undone as on the first site, a run keeps the themes, and what comes next is placed."""
    with migrated(quiet(tmp_path / "first")) as first:
        filled_once(first, lived, perform)
        archive = archive_of(first)
        with first.app_context():
            undo_second(first)
        undone = parts_of(archive_of(first))
        perform(first)
        later = looks(first)
    owned_survey(app, slug="another")
    bring(app, archive, owner_id=1)
    with app.app_context():
        undo_second(app)
    assert without_moments(parts_of(archive_of(app))) == without_moments(undone)
    perform(app)
    counted = [[row["theme"], row["people"]] for row in later["themes"]]
    assert [[row["theme"], row["people"]] for row in looks(app)["themes"]] == counted
    client = app.test_client()
    assert send_answer(client, "open window at my desk").status_code == 303
    perform(app)
    with app.app_context():
        of_windows = {name for text in FIRST[:5] for name in names_of_themes(text)}
        assert of_windows.intersection(names_of_themes("open window at my desk"))


def names_of_themes(text: str) -> list[str]:
    """The themes that an answer is in, in an app context."""
    return list(
        db.session.scalars(
            select(Theme.name)
            .join(Placement, Placement.theme_id == Theme.id)
            .join(Idea, Idea.id == Placement.idea_id)
            .join(Answer, Answer.id == Idea.answer_id)
            .join(Survey, Survey.current_run_id == Idea.run_id)
            .where(Answer.text == text)
        )
    )


def undo_second(app: Flask) -> None:
    """Undo the merge, what put ideas in one more theme and the moves, long after."""
    survey = db.session.scalars(select(Survey).where(Survey.slug == SLUG)).one()
    survey_id = survey.id
    wanted = (Edit.survey_id == survey_id, Edit.action.in_(["merge", "also", "move"]))
    edits = select(Edit.id).where(*wanted).order_by(Edit.id)
    for edit_id in reversed(db.session.scalars(edits).all()):
        edit_history.undo(db.session.get_one(Survey, survey_id), edit_id)


def without_moments(parts: Parts) -> Parts:
    """The rows without the moments of this test."""
    for row in parts["edits"]:
        row["undone_at"] = row["undone_at"] is not None
    return parts


def test_a_copy_on_the_same_site_has_ids_of_its_own(sqlite_app: Flask, perform: Perform) -> None:
    filled_once(sqlite_app, lived, perform)
    archive = archive_of(sqlite_app)
    bring(sqlite_app, archive, "copy", owner_id=1)
    copied, first = parts_of(archive_of(sqlite_app, "copy")), parts_of(archive)
    for name, rows in first.items():
        assert len(copied[name]) == len(rows)
        if rows and "public_id" in rows[0]:
            assert not {row["public_id"] for row in rows} & {row["public_id"] for row in copied[name]}
    assert parts_of(archive_of(sqlite_app)) == first
    client = sqlite_app.test_client()
    assert client.get(f"/s/{SLUG}/mine/{SECRET}").status_code == 200
    assert client.get(f"/s/copy/mine/{SECRET}").status_code == 404
    themes = [row["name"] for row in copied["themes"]]
    assert themes == [row["name"] for row in first["themes"]]
    assert plain(client.get("/s/copy/themes").text).replace("/s/copy/", f"/s/{SLUG}/").count("<blockquote") == plain(
        client.get(f"/s/{SLUG}/themes").text
    ).count("<blockquote")
    theme_ids = {row["public_id"] for row in copied["themes"]}
    assert {row["finding"].split("-")[1] for row in copied["left_findings"]} <= theme_ids
    assert {row["nearest"][0] for row in copied["answers"] if row["nearest"]} <= {
        row["public_id"] for row in copied["answers"]
    }


def test_what_was_deleted_is_in_no_archive_and_does_not_come_back(sqlite_app: Flask, perform: Perform) -> None:
    survey_id = filled_once(sqlite_app, lived, perform)
    before = archive_of(sqlite_app)
    with sqlite_app.app_context():
        answer = db.session.scalars(select(Answer).where(Answer.text == SAID)).one()
        public_id, secret_hash = answer.public_id, answer.secret_hash or ""
        erasure.delete_answer(db.session.get_one(Survey, survey_id), answer)
    after = archive_of(sqlite_app)
    unpacked = json.dumps(parts_of(after))
    assert public_id in json.dumps(parts_of(before))
    assert [words for words in (SAID, public_id, secret_hash) if words in unpacked] == []
    taken = bring(sqlite_app, before, "copy", owner_id=1)
    assert (taken.deleted, taken.answers) == (1, 21)
    assert SAID not in json.dumps(parts_of(archive_of(sqlite_app, "copy")))


def test_what_is_older_than_answers_are_kept_is_not_taken_in(
    tmp_path: Path, sqlite_app: Flask, perform: Perform
) -> None:
    survey_id = filled_once(sqlite_app, lived, perform)
    with sqlite_app.app_context():
        old = db.session.scalars(select(Answer).where(Answer.survey_id == survey_id).order_by(Answer.id)).all()[:3]
        words = [answer.text for answer in old]
        for answer in old:
            answer.received_at = now() - timedelta(days=40)
        db.session.commit()
    with migrated(quiet(tmp_path / "there", retention_days=30)) as there:
        taken = bring(there, archive_of(sqlite_app), owner_id=make_owner(there))
        assert (taken.too_old, taken.answers) == (3, 19)
        texts = [row["text"] for row in parts_of(archive_of(there))["answers"]]
        assert [text for text in words if text in texts] == []


def test_a_survey_that_was_deleted_comes_back_and_no_backup_deletes_it(sqlite_app: Flask, perform: Perform) -> None:
    """SQLite numbers it as the one that was deleted, whose deletion is recorded by its number and when it was made."""
    survey_id = filled_once(sqlite_app, lived, perform)
    archive = archive_of(sqlite_app)
    with sqlite_app.app_context():
        erasure.delete_survey(db.session.get_one(Survey, survey_id))
        erasure.continue_deletions(60)
    bring(sqlite_app, archive, owner_id=1)
    with sqlite_app.app_context():
        survey = db.session.scalars(select(Survey).where(Survey.slug == SLUG)).one()
        assert db.session.get(Deletion, survey.deletion_id) is None
    assert parts_of(archive_of(sqlite_app)) == parts_of(archive)


def test_it_comes_closed_and_private_unless_told(sqlite_app: Flask, perform: Perform, tmp_path: Path) -> None:
    filled_once(sqlite_app, lived, perform)
    with migrated(quiet(tmp_path / "there")) as there:
        make_owner(there)
        bring(there, archive_of(sqlite_app), owner_id=1, as_it_was=False)
        client = there.test_client()
        assert client.get(f"/s/{SLUG}/themes").status_code == 404
        with there.app_context():
            survey = db.session.scalars(select(Survey)).one()
            assert not survey.is_open and not survey.is_published
            assert db.session.scalars(select(Run.state).order_by(Run.id.desc())).first() == "asked"


@pytest.mark.both_databases
def test_all_of_it_is_of_one_moment(app: Flask, perform: Perform, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that comes while the archive is written is in none of its parts."""
    survey_id = filled_once(app, lived, perform)
    write_part = write_archive._write_part

    def answer_meanwhile(file: Any, connection: Any, part: Any, *more: Any) -> dict[str, Any]:
        if part.name == "answers":
            with app.app_context():
                new = NewAnswer("Meanwhile, a lamp", answers.new_form_key())
                answers.receive(db.session.get_one(Survey, survey_id), new)
        return write_part(file, connection, part, *more)

    monkeypatch.setattr(write_archive, "_write_part", answer_meanwhile)
    written = parts_of(archive_of(app))
    assert "Meanwhile, a lamp" not in [row["text"] for row in written["answers"]]
    monkeypatch.undo()
    assert "Meanwhile, a lamp" in [row["text"] for row in parts_of(archive_of(app))["answers"]]
