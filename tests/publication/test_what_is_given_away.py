"""What readers may download and what is published: off at first, without words, and no way back to a person."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from itertools import product

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis.evidence.compare_groups import compare_groups
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Run, Survey, Theme, ThemeResult
from survey.curation import theme_edits
from survey.publication import offering, shuffled_answers
from survey.publication import rows as publication_rows
from survey.publication.public_routes import DOWNLOADS_OF_CLIENT, LONG_OF_CLIENT
from survey.publication.tables import FOR_PUBLISHING, FOR_READERS
from survey.results.reader_downloads import DOWNLOADS
from tests.support.filled_survey import Filled, Says, fill
from tests.support.visitors import SLUG, field, sign_in

pytestmark = pytest.mark.both_databases

THEMES = ["Trust", "Time", "Humour", "Secret"]
KINDS = ["partner", "friend", "family", None]
MAIL = "write to anna@example.org"


def said() -> list[Says]:
    """124 answers in eight patterns of themes, spread over the kinds unevenly: small groups in most."""
    answers = []
    for number in range(120):
        pattern = (number * 7 + number // 11) % 8
        named = [theme for place, theme in enumerate(THEMES[:3]) if pattern >> place & 1]
        kind = KINDS[0] if number % 3 else KINDS[(number // 3) % 4]
        text = f"{' and '.join(named) or 'rain'}, says number {number}"
        answers.append(Says(text, [(name, name) for name in named] or [("rain", None)], kind=kind, days=number / 7))
    return [
        *answers,
        Says(f"Secret things, {MAIL}", [("Secret", "Secret")], kind="friend", days=3),
        Says("idk", is_silent=True, days=4),
        Says("not read yet", days=5),
        Says("taken out", [("taken", "Trust")], status="hidden", days=6),
    ]


@pytest.fixture
def filled(app: Flask) -> Filled:
    """A published survey with the comparison that its run would have stored."""
    answers = said()
    made = fill(app, answers, is_owned=True, hidden=["Secret"])
    people = [answer for answer in answers if answer.ideas and answer.status == "shown"]
    named = {
        theme: {place for place, answer in enumerate(people) if any(name == theme for _, name in answer.ideas)}
        for theme in THEMES
    }
    found = compare_groups([answer.kind for answer in people], named, draws=99)
    with app.app_context(), write_transaction() as session:
        session.get_one(Run, made.run_id).comparison = {
            "people": found.people, "needed": 40, "elsewhere": found.elsewhere,
            "groups": [list(group) for group in found.groups],
            "themes": [
                {"theme": row.theme, "share": row.share, "verdict": row.verdict, "reason": row.reason,
                 "leans_to": list(row.leans_to),
                 "cells": [{"group": c.group, "people": c.people, "count": c.count, "share": c.share,
                            "hidden": c.hidden} for c in row.cells]}
                for row in found.themes
            ],
        }  # fmt: skip
    return made


@pytest.fixture
def reader(app: Flask, filled: Filled) -> FlaskClient:
    return app.test_client()


def offer(app: Flask, filled: Filled, *keys: str, licence: str = "") -> None:
    with app.app_context():
        offering.offer(db.session.get_one(Survey, filled.survey_id), keys, licence)


def taken(client: FlaskClient, name: str, where: str = f"/s/{SLUG}/download") -> list[dict[str, str]]:
    response = client.get(f"{where}/{name}.csv")
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"), newline="")))


def addresses() -> list[str]:
    return [f"{name}.csv" for name in FOR_READERS] + [f"charts/{name}.svg" for name in ("themes", "kinds", "time")]


def test_the_export_page_says_that_files_to_publish_can_be_matched(app: Flask, filled: Filled) -> None:
    owner = app.test_client()
    sign_in(owner)
    own = Counter(
        (row["received_at"][:10], *(row[name] for name in THEMES[:3]))
        for row in taken(owner, "wide", f"/manage/{SLUG}/export")
    )
    given = [
        (row["day"], *(row[name] for name in THEMES[:3])) for row in taken(owner, "wide", f"/manage/{SLUG}/publish")
    ]
    assert sum(own[row] == 1 for row in given) > len(given) / 2
    said = owner.get(f"/manage/{SLUG}/export").get_data(as_text=True)
    assert "cannot be matched" not in said
    assert "whoever also has your other files can match them: publish these or those, never both" in said


# ---------- what is offered ----------


def test_nothing_is_offered_at_first(reader: FlaskClient) -> None:
    assert [reader.get(f"/s/{SLUG}/download/{name}").status_code for name in addresses()] == [404] * 7
    assert "/download/" not in reader.get(f"/s/{SLUG}/themes").get_data(as_text=True)


@pytest.mark.parametrize("key", DOWNLOADS)
def test_what_is_ticked_is_offered_and_nothing_else(app: Flask, filled: Filled, reader: FlaskClient, key: str) -> None:
    offer(app, filled, key)
    allowed = {name for name in addresses() if name.removesuffix(".csv") == key or name.startswith(f"{key}/")}
    got = {name for name in addresses() if reader.get(f"/s/{SLUG}/download/{name}").status_code == 200}
    assert got == allowed
    page = reader.get(f"/s/{SLUG}/themes").get_data(as_text=True)
    assert {name for name in addresses() if f"/download/{name}" in page} == allowed


def test_nothing_is_offered_of_a_survey_that_is_not_published(app: Flask, filled: Filled, reader: FlaskClient) -> None:
    offer(app, filled, *DOWNLOADS)
    with app.app_context(), write_transaction() as session:
        session.get_one(Survey, filled.survey_id).published_at = None
    sign_in(reader)
    assert [reader.get(f"/s/{SLUG}/download/{name}").status_code for name in addresses()] == [404] * 7


def test_the_owner_ticks_and_writes_and_readers_see_it(app: Flask, filled: Filled) -> None:
    owner = app.test_client()
    sign_in(owner)
    page = owner.get(f"/manage/{SLUG}/publish/readers")
    words = "CC BY 4.0 <b>& ours</b>"
    form = {"csrf_token": field(page, "csrf_token"), "files": ["themes", "charts"], "licence": words}
    assert owner.post(f"/manage/{SLUG}/publish/readers", data=form).status_code == 303
    page_of_readers = app.test_client().get(f"/s/{SLUG}/themes").get_data(as_text=True)
    assert "CC BY 4.0 &lt;b&gt;&amp; ours&lt;/b&gt;" in page_of_readers
    assert f"/s/{SLUG}/download/themes.csv" in page_of_readers
    refused = owner.post(f"/manage/{SLUG}/publish/readers", data={**form, "files": ["edits"], "licence": "x" * 301})
    assert refused.status_code == 422
    with app.app_context():
        own = db.session.get_one(Survey, filled.survey_id)
        assert (own.reader_downloads, own.licence) == (["themes", "charts"], words)


def test_downloads_are_asked_for_again_and_counted(app: Flask, filled: Filled, reader: FlaskClient) -> None:
    offer(app, filled, "themes", "charts")
    chart = reader.get(f"/s/{SLUG}/download/charts/themes.svg")
    assert chart.headers["Cache-Control"] == "private, no-cache"
    again = reader.get(f"/s/{SLUG}/download/charts/themes.svg", headers={"If-None-Match": chart.headers["ETag"]})
    assert again.status_code == 304
    codes = [reader.get(f"/s/{SLUG}/download/themes.csv").status_code for _ in range(DOWNLOADS_OF_CLIENT.max_hits)]
    assert codes[0] == 200
    refused = reader.get(f"/s/{SLUG}/download/themes.csv")
    assert (codes[-1], refused.status_code) == (429, 429)
    assert refused.headers["Retry-After"] == "300"


@pytest.mark.parametrize("table", ["answers", "wide"])
def test_long_files_are_taken_less_often(app: Flask, filled: Filled, reader: FlaskClient, table: str) -> None:
    offer(app, filled, "themes", table)
    codes = [reader.get(f"/s/{SLUG}/download/{table}.csv").status_code for _ in range(LONG_OF_CLIENT.max_hits + 1)]
    assert codes == [200] * LONG_OF_CLIENT.max_hits + [429]
    assert LONG_OF_CLIENT.max_hits <= 10
    assert reader.get(f"/s/{SLUG}/download/themes.csv").status_code == 200


def test_charts_speak_the_readers_language(app: Flask, filled: Filled, reader: FlaskClient) -> None:
    offer(app, filled, "charts")
    spanish = reader.get(f"/s/{SLUG}/download/charts/themes.svg", headers={"Accept-Language": "es"})
    assert "personas" in spanish.get_data(as_text=True)


# ---------- what is in it ----------


def test_the_themes_stand_in_the_order_of_the_page_with_what_it_says_of_them(
    app: Flask, filled: Filled, reader: FlaskClient
) -> None:
    with app.app_context():
        db.session.query(ThemeResult).update({"came_back": 9, "re_runs": 20, "tentative": True})
        db.session.get_one(Theme, filled.themes["Trust"]).pinned = True
        db.session.commit()
        theme_edits.merge(*(db.session.get_one(Theme, filled.themes[name]) for name in ("Secret", "Time")))
    offer(app, filled, "themes")
    page = reader.get(f"/s/{SLUG}/themes").get_data(as_text=True)
    rows = taken(reader, "themes")
    shown = re.findall(r"<h3><bdi>(.*?)</bdi>", page[: page.index('id="universal-title"')])
    assert [row["theme"] for row in rows] == shown == ["Trust", "Humour", "Time"]
    measured = {row["theme"]: (row["came_back"], row["re_runs"], row["tentative"]) for row in rows}
    assert measured["Time"] == ("", "", "")
    assert {measured[name][:2] for name in ("Humour", "Trust")} == {("9", "20")}
    owner = app.test_client()
    sign_in(owner)
    for address in (f"/manage/{SLUG}/export", f"/manage/{SLUG}/publish"):
        own = {row["theme"]: row for row in taken(owner, "themes", address)}
        assert {name: (row["came_back"], row["re_runs"]) for name, row in own.items() if name in measured} == {
            name: cells[:2] for name, cells in measured.items()
        }


def test_no_file_to_publish_has_a_word_a_source_or_a_time(app: Flask, filled: Filled) -> None:
    owner = app.test_client()
    sign_in(owner)
    everything = taken(owner, "answers", f"/manage/{SLUG}/export")
    for name in FOR_PUBLISHING:
        content = owner.get(f"/manage/{SLUG}/publish/{name}.json").get_data(as_text=True)
        assert json.loads(content)
        assert "says number" not in content
        assert "Secret" not in content
        for answer in everything:
            assert answer["answer_id"] not in content
            assert answer["received_at"][10:] not in content
        if name not in ("kinds", "themes"):
            assert not {"kind", "source", "answer", "idea_text", "quote", "strength"} & set(json.loads(content)[0])
    header = taken(owner, "wide", f"/manage/{SLUG}/publish")[0]
    assert list(header) == ["row", "day", "placement", *THEMES[:3]]


def test_the_dictionary_names_every_column_of_every_file_under_a_heading_of_its_own(app: Flask, filled: Filled) -> None:
    owner = app.test_client()
    sign_in(owner)
    page = owner.get(f"/manage/{SLUG}/publish/dictionary").get_data(as_text=True)
    for table in [*FOR_PUBLISHING.values(), *FOR_READERS.values()]:
        assert all(f'<span class="code">{column.name}</span>' in page for column in table.columns)
    labels = re.findall(r'aria-labelledby="([^"]*)"', page)
    assert len(labels) == len(set(labels)) >= len(FOR_PUBLISHING)
    assert all(page.count(f'id="{label}"') == 1 for label in labels)


def test_neither_marks_nor_order_lead_to_another_file(app: Flask, filled: Filled) -> None:
    """The order is not that of the full export, and readers' marks are none of those that are published."""
    offer(app, filled, "wide", "answers")
    owner = app.test_client()
    sign_in(owner)
    full = taken(owner, "answers", f"/manage/{SLUG}/export")
    published = taken(owner, "answers", f"/manage/{SLUG}/publish")
    days = [row["day"] for row in published]
    assert days != sorted(days)
    assert Counter(days) == Counter(row["received_at"][:10] for row in full if row["status"] == "shown")
    readers = {row["row"] for row in taken(owner, "wide")}
    assert len(readers) == len(published) == 123
    assert not readers & {row["row"] for row in published}
    assert [row["row"] for row in published] == sorted(row["row"] for row in published)
    ideas = {row["row"] for row in taken(owner, "clusters", f"/manage/{SLUG}/publish")}
    assert ideas <= {row["row"] for row in published}


def test_readers_get_the_answers_that_they_can_read_as_they_can_read_them(
    app: Flask, filled: Filled, reader: FlaskClient
) -> None:
    offer(app, filled, "answers")
    rows = taken(reader, "answers")
    assert list(rows[0]) == ["row", "answer", "themes"]
    texts = {row["answer"]: row["themes"] for row in rows}
    assert len(rows) == 122
    assert not {"idk", "taken out"} & set(texts)
    assert not any("@" in text for text in texts)
    assert next(themes for text, themes in texts.items() if "Secret things" in text) == ""
    page = reader.get(f"/s/{SLUG}/answers?q=number+119").get_data(as_text=True)
    assert "says number 119" in page.replace("<mark>", "").replace("</mark>", "") and any(
        "says number 119" in text for text in texts
    )


def test_readers_see_in_the_wide_table_what_the_pages_say(app: Flask, filled: Filled, reader: FlaskClient) -> None:
    offer(app, filled, "wide", "themes")
    rows = taken(reader, "wide")
    assert list(rows[0]) == ["row", "placement", *THEMES[:3]]
    people = {row["theme"]: int(row["people"]) for row in taken(reader, "themes")}
    counted = {theme: sum(row[theme] == "1" for row in rows) for theme in THEMES[:3]}
    counted["Trust"] += 1  # the made-up result counts the answer that was taken out
    assert counted == people
    assert Counter(row["placement"] for row in rows)["waiting"] == 1
    assert {row[theme] for row in rows for theme in THEMES[:3] if row["placement"] == "waiting"} == {""}


# ---------- small groups ----------


def test_no_small_number_stands_in_the_table_by_kind(app: Flask, filled: Filled, reader: FlaskClient) -> None:
    offer(app, filled, "kinds")
    rows = taken(reader, "kinds")
    assert rows
    assert {row["theme"] for row in rows} == set(THEMES[:3])
    assert any(row["hidden"] for row in rows)
    for row in rows:
        assert row["hidden"] in ("", "fewer than 5", "not shown")
        assert (row["people"] == "") == (row["share"] == "") == bool(row["hidden"])
        assert row["people"] in ("", "0") or int(row["people"]) >= 5


def test_nobody_can_work_out_a_hidden_number_from_all_files_together(
    app: Flask, filled: Filled, reader: FlaskClient
) -> None:
    """Swap two people's kinds: if every file stays word for word the same, they cannot tell which it was.

    For each hidden cell there are two people who could have each other's kind, so that its number would be another
    one, and all that readers can download would be the same: the rows of the wide table hold no kind, and each
    number by kind that is shown stays as it is.
    """
    offer(app, filled, *DOWNLOADS)
    wide, kinds = taken(reader, "wide"), taken(reader, "kinds")
    assert not any(kind in row.values() for row in wide for kind in KINDS if kind)
    assert not any("kind" in name for row in taken(reader, "answers") for name in row)
    shown = {(row["theme"], row["kind"]): row["people"] for row in kinds if not row["hidden"]}
    few = {(row["theme"], row["kind"]) for row in kinds if row["hidden"] == "fewer than 5"}
    hidden = {(row["theme"], row["kind"]) for row in kinds if row["hidden"]}
    public = {kind for _, kind in [*shown, *hidden]}
    people = [
        (answer.kind if answer.kind in public else None, {name for _, name in answer.ideas if name != "Secret"})
        for answer in said()
        if answer.ideas and answer.status == "shown"
    ]
    counts = Counter((theme, kind) for kind, themes in people for theme in themes)
    distinct = {(kind, frozenset(themes)) for kind, themes in people}
    for cell in hidden:
        assert any(is_silent(cell, one, other, shown, few, counts) for one, other in product(distinct, distinct)), cell


def is_silent(
    cell: tuple[str, str],
    one: tuple[str | None, frozenset[str | None]],
    other: tuple[str | None, frozenset[str | None]],
    shown: dict[tuple[str, str], str],
    few: set[tuple[str, str]],
    counts: Counter[tuple[str | None, str | None]],
) -> bool:
    """Whether two people's swap changes a cell and nothing that can be downloaded."""
    changed: Counter[tuple[str | None, str | None]] = Counter()
    for (kind, themes), (_, theirs) in ((one, other), (other, one)):
        changed.update({(theme, kind): 1 for theme in theirs})
        changed.subtract({(theme, kind): 1 for theme in themes})
    moved = {key: by for key, by in changed.items() if by}
    if one[0] == other[0] or cell not in moved:
        return False
    return not any(key in shown for key in moved) and all(
        1 <= counts[key] + by <= 4 for key, by in moved.items() if key in few
    )


def test_a_theme_whose_name_holds_an_address_is_masked(app: Flask, filled: Filled, reader: FlaskClient) -> None:
    offer(app, filled, *DOWNLOADS)
    with app.app_context(), write_transaction() as session:
        session.get_one(Theme, filled.themes["Trust"]).name = MAIL
    for name in addresses():
        assert b"anna@" not in reader.get(f"/s/{SLUG}/download/{name}").data


def test_rows_come_in_batches_and_without_those_deleted_meanwhile(
    app: Flask, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shuffled_answers, "BATCH_ANSWERS", 7)
    with app.app_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        rows = publication_rows.answer_rows(survey)
        first = next(rows)
        assert len([first, *rows]) == 123
        assert db.session.query(Answer).count() == 124
