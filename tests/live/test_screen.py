"""The screen in the room: who sees it, and what is on it."""

from __future__ import annotations

import re
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from survey.core.database import db, now
from survey.core.models import Answer, Idea, LiveScreen, Placement, Run, Survey, Theme
from survey.live import passing, recent, snapshot, state
from survey.looks import pictures
from survey.results.read_model import theme_page
from tests.live.rooms import SAID, SCREEN, STATE, TIME, TRUST, against, answer_now, presenter, room, shown
from tests.support.every_case import for_each
from tests.support.filled_survey import START, Says
from tests.support.pictures import drawing, saved
from tests.support.site import queries
from tests.support.visitors import SLUG, make_owner, make_survey

# ---------- who sees it ----------


def test_strangers_see_it_only_while_it_is_switched_on(app: Flask) -> None:
    filled = room(app, on=False)
    stranger, owner = app.test_client(), presenter(app)
    missing = [app.test_client().get(path.replace(SLUG, "nowhere")) for path in (SCREEN, STATE)]
    for switched in (None, state.switch_off):
        if switched:
            with app.app_context():
                switched(filled.survey_id)
                recent.forget(SLUG)
        closed = [stranger.get(path) for path in (SCREEN, STATE)]
        assert [page.status_code for page in closed] == [404, 404]
        assert [page.text for page in closed] == [page.text for page in missing]
        assert [owner.get(path).status_code for path in (SCREEN, STATE)] == [200, 200]
        assert owner.get(SCREEN).headers["Cache-Control"] == "no-store"
        with app.app_context():
            state.switch_on(filled.survey_id)
            recent.forget(SLUG)
        assert [stranger.get(path).status_code for path in (SCREEN, STATE)] == [200, 200]
    assert stranger.get(f"/s/{SLUG}/themes").status_code == 404


def test_it_goes_off_by_itself_after_a_day(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    stranger = sqlite_app.test_client()
    with sqlite_app.app_context():
        until = db.session.get_one(LiveScreen, filled.survey_id).shown_until
        assert until is not None
        assert abs(until - now() - timedelta(hours=24)) < timedelta(minutes=1)
    assert stranger.get(STATE).status_code == 200
    with sqlite_app.app_context():
        db.session.get_one(LiveScreen, filled.survey_id).shown_until = now() - timedelta(seconds=1)
        db.session.commit()
        recent.forget(SLUG)
    assert [stranger.get(path).status_code for path in (SCREEN, STATE)] == [404, 404]


def test_another_owner_is_a_stranger(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, make_owner(sqlite_app, "Otto"))
    owner = sqlite_app.test_client()
    assert owner.get(STATE).status_code == 404


def test_a_survey_that_is_deleted_has_no_screen(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    assert shown(sqlite_app)
    with sqlite_app.app_context():
        db.session.delete(db.session.get_one(Survey, filled.survey_id))
        db.session.commit()
        recent.forget(SLUG)
        assert db.session.query(LiveScreen).count() == 0
    assert sqlite_app.test_client().get(STATE).status_code == 404


# ---------- the numbers ----------


@pytest.mark.both_databases
def test_the_numbers_are_those_of_the_theme_page(app: Flask) -> None:
    filled = room(app, [*SAID, Says("No idea", is_silent=True)])
    told = shown(app)
    with app.test_request_context():
        page = theme_page(db.session.get_one(Survey, filled.survey_id))
    assert told["count"] == ["", str(page.people), "people have answered"] == ["", "6", "people have answered"]
    assert [(theme["name"], theme["people"]) for theme in told["themes"]] == [
        (theme.name, theme.people) for theme in page.themes
    ]
    assert [(theme["name"], theme["people"]) for theme in told["themes"]] == [(TIME, 3), (TRUST, 2)]
    assert [theme["width"] for theme in told["themes"]] == [100.0, 66.7]


def test_an_answer_counts_before_the_worker_has_placed_it(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    with sqlite_app.app_context():
        rows = {"held": "Held", "hidden": "Hidden", "shown": "Shown"}
        for status, text in rows.items():
            db.session.add(Answer(survey_id=filled.survey_id, form_key=text, text=text, status=status))
        db.session.commit()
    assert shown(sqlite_app)["count"][1] == "7"


def test_before_five_people_there_is_nothing_to_tell_them_apart_by(sqlite_app: Flask) -> None:
    room(sqlite_app, SAID[:4])
    told = shown(sqlite_app)
    assert (told["count"][1], told["themes"], told["quote"]) == ("4", [], None)
    assert told["notice"] == "What the answers share is shown once 5 people have answered."
    page = sqlite_app.test_client().get(SCREEN).text
    assert TIME not in page
    assert "always time" not in page


def test_without_a_result_the_people_are_counted(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    with sqlite_app.app_context():
        db.session.get_one(Survey, filled.survey_id).current_run_id = None
        db.session.commit()
    told = shown(sqlite_app)
    assert (told["count"][1], told["themes"], told["quote"]) == ("6", [], None)
    assert told["notice"] == "What the answers share will be shown here soon."


def test_a_theme_of_one_person_is_not_drawn_and_a_seventh_is_told_in_words(sqlite_app: Flask) -> None:
    names = [f"Theme {letter}" for letter in "ABCDEFGH"]
    says = [Says(f"{name} {n}", [(name, name)]) for name in names for n in range(2)]
    room(sqlite_app, [*says, Says("Alone", [("Alone", "Alone")])])
    told = shown(sqlite_app)
    assert [theme["name"] for theme in told["themes"]] == names[:6]
    assert told["more"] == "and 2 more themes"


def test_a_hidden_theme_and_its_words_are_not_on_it(sqlite_app: Flask) -> None:
    room(sqlite_app, hidden=[TIME])
    told = shown(sqlite_app)
    assert [theme["name"] for theme in told["themes"]] == [TRUST]
    with sqlite_app.app_context():
        run = db.session.query(Run).one()
        ids = [theme.id for theme in db.session.query(Theme).filter_by(name=TRUST)]
        assert {quote.text for quote in passing.quotes(run, ids)} == {"Trust me", "Trust and patience"}


def test_the_owners_order_holds(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    with sqlite_app.app_context():
        db.session.get_one(Theme, filled.themes[TRUST]).position = 0
        db.session.commit()
    assert [theme["name"] for theme in shown(sqlite_app)["themes"]] == [TRUST, TIME]
    with sqlite_app.app_context():
        db.session.get_one(Theme, filled.themes[TIME]).pinned = True
        db.session.commit()
    assert [theme["name"] for theme in shown(sqlite_app)["themes"]] == [TIME, TRUST]


# ---------- the quotes ----------


def quotes_of(app: Flask) -> list[str]:
    """The quotes that may pass by, the oldest first."""
    with app.app_context():
        run = db.session.query(Run).one()
        return [quote.text for quote in passing.quotes(run, [theme.id for theme in db.session.query(Theme)])]


def test_words_that_are_in_a_hidden_theme_too_are_left_out_of_a_quote(sqlite_app: Flask) -> None:
    both = Says("Trust, and the car", [("Trust", TRUST), ("the car", "Cars")])
    filled = room(sqlite_app, [*SAID, both], hidden=["Cars"])
    with sqlite_app.app_context():
        run, visible = db.session.query(Run).one(), [filled.themes[TIME], filled.themes[TRUST]]
        quoted = [quote.text for quote in passing.quotes(run, visible, [filled.themes["Cars"]])]
    assert "Trust" in quoted
    assert [text for text in quoted if "car" in text] == []
    assert "the car" not in sqlite_app.test_client().get(SCREEN).text


@pytest.mark.both_databases
def test_quotes_are_exact_words_of_answers_that_are_shown_in_a_theme(app: Flask) -> None:
    room(app)
    wanted = [says.text for says in SAID[:5]]
    assert quotes_of(app) == wanted
    for text, status in (("Give it time", "hidden"), ("Trust me", "held")):
        answer_now(app, text, status=status)
        wanted.remove(text)
        assert quotes_of(app) == wanted
    with app.app_context():
        db.session.query(Answer).filter_by(text="Time, always time").delete()
        db.session.commit()
    assert quotes_of(app) == wanted[1:]


def test_what_says_the_opposite_of_a_theme_is_not_quoted_for_it(sqlite_app: Flask) -> None:
    room(sqlite_app)
    with sqlite_app.app_context():
        [idea] = db.session.query(Idea.id).filter_by(starts=0, ends=len("Trust and patience")).all()
    against(sqlite_app, idea[0])
    assert "Trust and patience" not in quotes_of(sqlite_app)


def test_an_idea_in_two_themes_passes_by_once_in_its_strongest(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    with sqlite_app.app_context():
        idea = db.session.query(Placement.idea_id).filter_by(theme_id=filled.themes[TRUST]).first()
        assert idea is not None
        db.session.add(Placement(idea_id=idea[0], theme_id=filled.themes[TIME], strength=2.0))
        db.session.commit()
        run = db.session.query(Run).one()
        found = passing.quotes(run, [*filled.themes.values()])
        assert [quote.theme_id for quote in found if quote.text == "Trust me"] == [filled.themes[TIME]]
        [only] = [
            one
            for one in passing.quotes(run, [*filled.themes.values()], only=filled.themes[TRUST])
            if one.text == "Trust me"
        ]
        assert only.theme_id == filled.themes[TRUST]


def test_personal_details_are_covered_and_long_ideas_cut_between_words(sqlite_app: Flask) -> None:
    long = "write to ruth@example.org or call 0171 5550123 " + "and then wait a little longer " * 9
    room(sqlite_app, [*SAID, Says(f"{long}\n\nTrust", [(long, TIME), ("Trust", TRUST)])])
    [quote] = [text for text in quotes_of(sqlite_app) if text.startswith("write to")]
    assert quote.startswith("write to [e-mail address] or call [phone number] and then wait")
    assert len(quote) <= passing.MAX_CHARACTERS + 2
    assert quote.endswith(" …")
    assert all(word in long.split() for word in quote[:-2].split()[9:])


@for_each(
    ("text", "kept"),
    [("short", "short"), ("x" * 200, "x" * 140 + "…"), ("a " * 70 + "b" * 40, ("a " * 70).strip() + " …"), ("", "")],
)
def test_a_long_quote_is_cut(text: str, kept: str) -> None:
    assert passing.cut(text) == kept


def test_all_quotes_pass_by_and_fresh_ones_go_before(sqlite_app: Flask) -> None:
    made = [passing.Passing(f"{n}", f"{n}", 1, START, False) for n in range(3)]
    moments = [START + timedelta(hours=1, seconds=n) for n in range(3 * passing.SECONDS_EACH)]
    turns = [passing.choose(made, moment) for moment in moments]
    assert {turn.text for turn in turns if turn} == {"0", "1", "2"}
    assert all(turns.count(each) == passing.SECONDS_EACH for each in made)
    fresh = passing.Passing("new", "new", 1, moments[0], False)
    assert {passing.choose([*made, fresh], moment) for moment in moments} == {fresh}
    assert passing.choose([], START) is None


def test_a_quote_says_that_it_came_just_now(sqlite_app: Flask) -> None:
    room(sqlite_app)
    assert shown(sqlite_app)["quote"]["by"] in (f"Somebody, on \u2068{TIME}\u2069", f"Somebody, on \u2068{TRUST}\u2069")
    answer_now(sqlite_app, "Trust and patience")
    told = shown(sqlite_app)["quote"]
    assert told["text"] == "“Trust and patience”"
    assert told["by"] == f"Somebody, just now, on \u2068{TRUST}\u2069"
    answer_now(sqlite_app, "Trust and patience", is_askers=True)
    assert shown(sqlite_app)["quote"]["by"] == "The asker’s own answer"


def test_nothing_on_it_tells_answers_apart(sqlite_app: Flask) -> None:
    room(sqlite_app)
    with sqlite_app.app_context():
        ids = [public_id for (public_id,) in db.session.query(Answer.public_id)]
    pages = sqlite_app.test_client().get(SCREEN).text + sqlite_app.test_client().get(STATE).text
    assert [each for each in ids if each in pages] == []


# ---------- what is asked for every few seconds ----------


def test_what_has_not_changed_is_not_sent_again(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "SECONDS_EACH", 10**9)
    room(sqlite_app)
    client = sqlite_app.test_client()
    first = client.get(STATE)
    tag = {"If-None-Match": first.headers["ETag"]}
    again = client.get(STATE, headers=tag)
    assert (again.status_code, again.data) == (304, b"")
    answer_now(sqlite_app, "Cooking", status="hidden")
    with sqlite_app.app_context():
        recent.forget(SLUG)
    changed = client.get(STATE, headers=tag)
    assert (changed.status_code, changed.json["count"][1]) == (200, "5")  # type: ignore[index]


def test_any_number_of_screens_cost_one_look_at_the_database(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "FRESH_SECONDS", 60.0)  # as long as a busy machine takes for fifty screens
    room(sqlite_app)
    shown(sqlite_app)
    with queries(sqlite_app) as statements:
        for _ in range(50):
            assert sqlite_app.test_client().get(f"{STATE}?lang=en").status_code == 200
    assert statements == []


@pytest.mark.parametrize("people", [6, 60])
def test_one_look_is_the_same_number_of_queries_for_any_number_of_answers(sqlite_app: Flask, people: int) -> None:
    room(sqlite_app, SAID * (people // 6))
    with queries(sqlite_app) as statements:
        shown(sqlite_app)
    assert len([each for each in statements if each.startswith("SELECT")]) <= 8


def test_while_one_thread_looks_the_others_serve_what_was_seen_last(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    room(sqlite_app)
    first = shown(sqlite_app)
    looking, go_on = threading.Event(), threading.Event()
    take = snapshot.take

    def slowly(*args: Any) -> snapshot.Snapshot:
        looking.set()
        assert go_on.wait(20)
        return take(*args)

    monkeypatch.setattr(snapshot, "take", slowly)
    monkeypatch.setattr(recent, "FRESH_SECONDS", 0.0)
    answer_now(sqlite_app, "Cooking", status="hidden")
    seen: list[Any] = []
    thread = threading.Thread(target=lambda: seen.append(sqlite_app.test_client().get(f"{STATE}?lang=en").json))
    thread.start()
    assert looking.wait(20)
    begun = time.monotonic()
    assert sqlite_app.test_client().get(f"{STATE}?lang=en").json["count"] == first["count"]  # type: ignore[index]
    assert time.monotonic() - begun < 5
    go_on.set()
    thread.join(20)
    assert seen[0]["count"][1] == "5"


def test_the_cache_does_not_grow(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MAX_KEPT", 10)
    client = sqlite_app.test_client()
    for number in range(30):
        assert client.get(f"/s/nowhere-{number}/live.json").status_code == 404
    assert len(sqlite_app.extensions["live_screens"]) <= 10


def test_a_changed_question_loads_the_page_again(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    before = shown(sqlite_app)["version"]
    assert shown(sqlite_app)["version"] == before
    with sqlite_app.app_context():
        db.session.get_one(Survey, filled.survey_id).question = "What keeps you apart?"
        db.session.commit()
    assert shown(sqlite_app)["version"] != before


# ---------- the page ----------


def test_the_page_works_without_scripts(sqlite_app: Flask) -> None:
    room(sqlite_app)
    page = sqlite_app.test_client().get(SCREEN).text
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in page
    assert f"localhost/<wbr>s/<wbr>{SLUG}" in page
    assert f' src="/s/{SLUG}/qr.svg"' in page
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    assert "6 people have answered" in words
    assert f"{TIME} 3 3 people" in words
    assert f"{TRUST} 2 2 people" in words


@pytest.mark.parametrize(
    ("query", "has"), [("", None), ("?look=dark", "dark"), ("?look=light", "light"), ("?look=%22%3E", None)]
)
def test_it_is_dark_or_light_as_its_address_says(sqlite_app: Flask, query: str, has: str | None) -> None:
    room(sqlite_app)
    opening = sqlite_app.test_client().get(SCREEN + query).text.partition("<head>")[0]
    found = re.search(r'data-look="([^"]*)"', opening)
    assert (found[1] if found else None) == has


def test_its_address_keeps_the_language_and_sets_no_cookie(sqlite_app: Flask) -> None:
    room(sqlite_app)
    client = sqlite_app.test_client()
    response = client.get(f"{SCREEN}?lang=ar")
    assert response.status_code == 200
    assert 'lang="ar" dir="rtl"' in response.text
    assert f"{STATE}?lang=ar" in response.text
    assert "Set-Cookie" not in response.headers
    assert client.get(f"{STATE}?lang=es").json["count"][2] == "personas han respondido"  # type: ignore[index]


def test_where_nobody_can_answer_there_is_no_code(sqlite_app: Flask) -> None:
    filled = room(sqlite_app)
    with sqlite_app.app_context():
        own = db.session.get_one(Survey, filled.survey_id)
        own.is_open = False
        db.session.commit()
    assert shown(sqlite_app)["closed"] == "It takes no more answers."
    assert ' src="/s/lasting/qr.svg"' not in sqlite_app.test_client().get(SCREEN).text
    with sqlite_app.app_context():
        own = db.session.get_one(Survey, filled.survey_id)
        own.is_open, own.opens_at = True, now() + timedelta(days=1)
        db.session.commit()
    assert shown(sqlite_app)["closed"] == "Not open yet"


def test_the_screen_has_the_colour_and_the_logo_of_its_survey(app: Flask) -> None:
    filled = room(app)
    before = shown(app)["version"]
    with app.app_context():
        db.session.get_one(Survey, filled.survey_id).words = {"accent": "#1c6e5a"}
        db.session.commit()
        pictures.put(filled.survey_id, "logo", saved(drawing()))
    page = app.test_client().get(SCREEN).text
    assert re.search(rf'<link rel="stylesheet" href="/s/{SLUG}/look-\w+\.css">', page)
    assert re.search(rf'<p class="room-logo"><img src="/s/{SLUG}/picture/logo-\w+\.webp"', page)
    assert shown(app)["version"] != before  # a screen that is open loads itself again


def test_a_very_long_name_is_told_so_that_it_takes_two_lines(app: Flask) -> None:
    name = "What nobody says out loud, and everybody thinks of when the evening has become long, and late"
    room(app, [Says(f"Hear {n}", [(f"Hear {n}", name if n < 4 else TRUST)]) for n in range(6)])
    told = {theme["name"]: (theme["long"], theme["very_long"]) for theme in shown(app)["themes"]}
    assert told == {name: (True, True), TRUST: (False, False)}
    assert "is-long is-very-long" in app.test_client().get(SCREEN).text
