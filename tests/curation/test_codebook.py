"""The codebook of a survey: what an owner teaches reaches the next run and the file that can be downloaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis.known_themes.codebook import Codebook, CodebookError, KnownTheme
from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Survey, Theme
from survey.core.settings import PROJECT
from survey.curation.codebook import checked
from survey.edits.decisions import Decisions, read_decisions
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import Edit
from tests.support.every_case import for_each
from tests.support.only_survey import send
from tests.support.visitors import SLUG, field, owned_survey, sign_in

THEMES = f"/manage/{SLUG}/themes"
OWN = """
name = "ways"
[[themes]]
key = "calm"
name = "Calm"
examples = ["stay calm", "breathe slowly"]
[[themes]]
key = "rest"
name = "Rest"
description = "Sleeping and doing nothing."
examples = ["sleep well", "rest often"]
[[themes]]
key = "nap"
name = "Naps"
examples = ["a nap at noon", "short naps"]
"""
GOATS = [f"goats graze uphill {word}" for word in ("daily", "slowly", "again", "quietly", "early", "late")]
OTHERS = [f"trains arrive punctually {word}" for word in ("daily", "slowly", "again", "quietly", "early", "late")]
ANSWERS = ["stay calm", "breathe slowly", "sleep well, write to a@example.org", "a nap at noon", *GOATS, *OTHERS]


@pytest.fixture
def owner(sqlite_app: Flask, perform: Callable[[Flask], None]) -> FlaskClient:
    """An owner whose survey has a codebook of their own, answers and a result."""
    owned_survey(sqlite_app, codebook="none")
    client = sqlite_app.test_client()
    sign_in(client)
    post(client, f"/manage/{SLUG}/codebook", codebook_text=OWN)
    with sqlite_app.app_context():
        send(ANSWERS)
    perform(sqlite_app)
    return client


def post(client: FlaskClient, address: str, **form: str | list[str]) -> None:
    token = field(client.get(f"/manage/{SLUG}/settings"), "csrf_token")
    assert client.post(address, data={"csrf_token": token, **form}).status_code == 303


def public_id(app: Flask, name: str) -> str:
    with app.app_context():
        return db.session.query(Theme.public_id).filter_by(name=name).scalar() or ""


def theme_of(app: Flask, text: str) -> str:
    """The public id of the theme that the idea with this text is in."""
    with app.app_context():
        found = db.session.query(Theme.public_id).join(Placement, Placement.theme_id == Theme.id)
        found = found.join(Idea, Idea.id == Placement.idea_id).join(Answer, Answer.id == Idea.answer_id)
        return found.filter(Answer.text == text).scalar() or ""


def idea_of(app: Flask, text: str) -> str:
    with app.app_context():
        found = db.session.query(Answer.public_id, Idea.starts, Idea.ends).join(Idea, Idea.answer_id == Answer.id)
        return str(IdeaSpan(*found.filter(Answer.text.startswith(text)).one()))


def downloaded(client: FlaskClient) -> dict[str, KnownTheme]:
    """The themes of the codebook as it is downloaded now, by name."""
    text = client.get(f"/manage/{SLUG}/export/codebook.toml").text
    return {theme.name: theme for theme in Codebook.from_toml(text, source="the download").themes}


def decisions(app: Flask) -> Decisions:
    """What the edits amount to for the next run."""
    with app.app_context():
        return read_decisions(db.session.query(Survey.id).scalar() or 0)


def test_an_example_reaches_the_next_run_and_the_download_until_it_is_undone(
    sqlite_app: Flask, owner: FlaskClient
) -> None:
    post(owner, f"{THEMES}/{public_id(sqlite_app, 'Calm')}/example", phrase=" Keep   steady!  ")
    assert downloaded(owner)["Calm"].examples == ("stay calm", "breathe slowly", "Keep steady!")
    assert [example[:2] for example in decisions(sqlite_app).examples] == [("calm", "Keep steady!")]
    with sqlite_app.app_context():
        edit_id = db.session.query(Edit.id).scalar()
    post(owner, f"{THEMES}/undo/{edit_id}")
    assert downloaded(owner)["Calm"].examples == ("stay calm", "breathe slowly")
    assert decisions(sqlite_app) == Decisions()


@pytest.mark.slow
@pytest.mark.usefixtures("axes")
def test_every_edit_reaches_the_next_run_and_the_download(
    sqlite_app: Flask, owner: FlaskClient, perform: Callable[[Flask], None], tmp_path: Path
) -> None:
    app = sqlite_app
    goats = theme_of(app, GOATS[0])
    post(owner, f"{THEMES}/{public_id(app, 'Calm')}/rename", name="Staying calm")
    post(owner, f"{THEMES}/{goats}/rename", name="Goats")
    post(owner, f"{THEMES}/{goats}/example", phrase="a kid on a hill")
    post(owner, f"{THEMES}/{goats}/promote")
    post(owner, f"{THEMES}/{goats}/split", name="Late goats", idea=idea_of(app, GOATS[5]))
    post(owner, f"{THEMES}/{public_id(app, 'Staying calm')}/split",
         name="Breathing", idea=idea_of(app, "breathe slowly"))  # fmt: skip
    post(owner, f"{THEMES}/{public_id(app, 'Rest')}/example", phrase="😀")
    post(owner, f"{THEMES}/{public_id(app, 'Rest')}/example", phrase="ask b@example.org")
    post(owner, f"{THEMES}/{public_id(app, 'Naps')}/merge", target=public_id(app, "Rest"))
    themes = downloaded(owner)
    assert list(themes) == ["Staying calm", "Rest", "Goats"]
    assert themes["Staying calm"].examples == ("stay calm",)
    assert themes["Rest"].examples == (
        "sleep well", "rest often", "a nap at noon", "short naps", "ask [e-mail address]",
    )  # fmt: skip
    assert set(themes["Goats"].examples) == {*GOATS[:5], "a kid on a hill"}
    done = decisions(app)
    assert done.merged == {"nap": "rest"}
    assert done.promoted == [themes["Goats"].key]
    assert len(done.by_hand) == 2
    perform(app)
    assert downloaded(owner) == themes


def test_a_moved_idea_stays_when_the_two_themes_are_merged(sqlite_app: Flask, owner: FlaskClient) -> None:
    calm, rest = public_id(sqlite_app, "Calm"), public_id(sqlite_app, "Rest")
    post(owner, f"{THEMES}/{calm}/move", idea=idea_of(sqlite_app, "breathe slowly"), target=rest)
    assert "breathe slowly" not in downloaded(owner)["Calm"].examples
    assert "breathe slowly" in downloaded(owner)["Rest"].examples
    post(owner, f"{THEMES}/{calm}/merge", target=rest)
    assert downloaded(owner)["Rest"].examples == ("stay calm", "breathe slowly", "sleep well", "rest often")


@pytest.mark.slow
def test_the_command_line_reads_the_downloaded_codebook(sqlite_app: Flask, owner: FlaskClient, tmp_path: Path) -> None:
    post(owner, f"{THEMES}/{public_id(sqlite_app, 'Calm')}/example", phrase="goats help")
    (tmp_path / "mine.toml").write_bytes(owner.get(f"/manage/{SLUG}/export/codebook.toml").data)
    (tmp_path / "answers.csv").write_text("answer\nGoats help\n", encoding="utf-8")
    files = [str(tmp_path / name) for name in ("answers.csv", "mine.toml", "themes.csv")]
    command = [sys.executable, "-m", "analysis", files[0], "--codebook", files[1], "-o", files[2]]
    subprocess.run(command, cwd=PROJECT, check=True, timeout=120)
    assert ",placed,calm,Calm,codebook," in (tmp_path / "themes.csv").read_text(encoding="utf-8")


def test_names_that_a_codebook_takes_for_one_get_a_number(sqlite_app: Flask, owner: FlaskClient) -> None:
    with sqlite_app.app_context():
        for key, name in {"calm": "Care", "rest": "care!", "nap": "ＣＡＲＥ"}.items():
            db.session.query(Theme).filter_by(key=key).one().name = name
        db.session.commit()
    assert list(downloaded(owner)) == ["Care", "care! 2", "ＣＡＲＥ 3"]


def test_words_of_a_hidden_answer_are_no_example(sqlite_app: Flask, owner: FlaskClient) -> None:
    rest = public_id(sqlite_app, "Rest")
    post(owner, f"{THEMES}/{theme_of(sqlite_app, GOATS[0])}/move", idea=idea_of(sqlite_app, GOATS[0]), target=rest)
    assert GOATS[0] in downloaded(owner)["Rest"].examples
    with sqlite_app.app_context():
        db.session.query(Answer).filter_by(text=GOATS[0]).one().status = "hidden"
        db.session.commit()
    assert GOATS[0] not in downloaded(owner)["Rest"].examples


# ---------- checking an owner's codebook ----------


def one_theme(key: str = "calm", name: str = "Calm") -> str:
    return f'name = "ways"\n[[themes]]\nkey = "{key}"\nname = "{name}"\nexamples = ["stay calm"]'


@pytest.mark.parametrize("text", ["\ufeff" + OWN, OWN.replace("\n", "\r\n"), OWN])
def test_an_own_codebook_is_stored_without_byte_order_mark_and_carriage_returns(text: str) -> None:
    assert checked(text, "F") == OWN


@for_each(
    ("text", "message"),
    [
        ("name = ", "F is not TOML: Invalid value (at end of document)"),
        ("a = " + "[" * 2000, "F is not TOML: "),
        ('name = "ways"', "F: it has no [[themes]]"),
        (one_theme(key="Calm!"), "F: theme 1 (Calm!): a key has only a-z, 0-9, _ and -"),
        (OWN.replace('"Rest"', '"calm?"'), "F: two themes have the name 'calm?'"),
        (one_theme(key="k" * 81), f"F: theme 1 ({'k' * 80}): a key has up to 80 characters, a name up to 120"),
        (one_theme(name="n" * 121), "F: theme 1 (calm): a key has up to 80 characters, a name up to 120"),
        ("x" * 500_001, "F: it is 500,001 characters long, and 500,000 fit"),
    ],
)
def test_a_bad_codebook_is_refused_with_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(CodebookError) as refused:
        checked(text, "F")
    assert str(refused.value).startswith(message)
