"""The buttons of the workbench: what each does, what it says, and where the owner is afterwards."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete, select

from analysis.naming.descriptions import describe_discovered
from survey.core.database import db
from survey.core.models import Idea, Placement, Theme
from survey.edits.models import Edit
from tests.support.library import CHILDREN, COFFEE, CORNER, FINES, LONGER, QUIET, QUIET_IDEAS, members, span
from tests.support.visitors import SLUG, field
from tests.workbench.conftest import Bench


def shown_name(page: str) -> str:
    """What the field for the theme's name holds."""
    return str(re.findall(r'<textarea class="named"[^>]*>([^<]*)<', page)[0])


def named(bench: Bench, name: str) -> Theme:
    with bench.app.app_context():
        return db.session.scalars(select(Theme).where(Theme.name == name)).one()


@pytest.mark.both_databases
def test_several_ideas_move_to_a_theme_named_by_its_words(bench: Bench) -> None:
    ideas = [span(bench.app, f"floor {n}") for n in (2, 3, 4)]
    page = bench.on(QUIET, "move", idea=ideas, target="  coff ")
    assert "3 ideas are in Coffee now." in page
    assert members(bench.app, bench.filled.themes[COFFEE]) == 6 + 3
    assert members(bench.app, bench.filled.themes[QUIET]) == QUIET_IDEAS - 3
    assert page.count(">Undo</button>") == 1


def test_an_idea_moves_to_a_theme_with_an_id(bench: Bench) -> None:
    bench.on(QUIET, "move", idea=span(bench.app, CORNER), target=bench.filled.public[LONGER])
    assert members(bench.app, bench.filled.themes[QUIET]) == QUIET_IDEAS - 1
    assert members(bench.app, bench.filled.themes[LONGER]) == 4 + 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type the name of the theme"),
        ("Parking", "No theme is called “Parking”."),
        ("o", "More than one theme fits “o”: "),
        ("  ", "Type the name of the theme"),
    ],
)
def test_a_place_that_is_not_clear_is_asked_again_with_all_ticks_kept(bench: Bench, typed: str, said: str) -> None:
    ideas = [span(bench.app, f"floor {n}") for n in (2, 3)]
    refused = bench.post(f"/{bench.filled.public[QUIET]}/move", idea=ideas, target=typed)
    assert refused.status_code == 409
    assert said in refused.text
    assert refused.text.count(" checked ") == 2
    assert f'name="target" value="{typed}"' in refused.text
    assert members(bench.app, bench.filled.themes[QUIET]) == QUIET_IDEAS


def test_no_field_chooses_a_theme(bench: Bench) -> None:
    for page in (bench.theme(QUIET), bench.get("/inbox")):
        assert " selected" not in page
        assert re.findall(r'name="target" value="([^"]*)" placeholder', page) == [""] * page.count('list="places"')


@pytest.mark.both_databases
def test_the_later_of_two_windows_is_told_and_loses_nothing(bench: Bench) -> None:
    idea = span(bench.app, "floor 2")
    bench.on(QUIET, "move", idea=idea, target="Coffee")
    refused = bench.post(f"/{bench.filled.public[QUIET]}/move", idea=[idea, span(bench.app, "floor 3")], target="Open")
    assert refused.status_code == 409
    assert "moved or changed meanwhile" in refused.text
    assert refused.text.count(" checked ") == 1, "the one that is still there is ticked"
    assert members(bench.app, bench.filled.themes[COFFEE]) == 7
    assert members(bench.app, bench.filled.themes[LONGER]) == 4


@pytest.mark.parametrize("idea", ["", "x", "1", "9" * 40, f"{'0' * 16}:0:4", "a:b:c"])
def test_an_idea_that_is_not_there_moves_nothing(bench: Bench, idea: str) -> None:
    refused = bench.post(f"/{bench.filled.public[QUIET]}/move", idea=idea, target="Coffee")
    assert refused.status_code == 409
    assert "told-wrong" in refused.text


def test_the_page_stays_at_the_next_idea_of_the_same_list(bench: Bench) -> None:
    order = re.findall(r'<li class="slip pick" id="([^"]+)"', bench.theme(QUIET))
    ideas = [span(bench.app, f"floor {n}") for n in (2, 3)]
    sent = bench.post(f"/{bench.filled.public[QUIET]}/move", idea=ideas, target="Coffee", list="?q=floor&order=x")
    assert sent.location == f"/manage/{SLUG}/themes/{bench.filled.public[QUIET]}?q=floor#{order[4]}"
    sent = bench.post(f"/{bench.filled.public[QUIET]}/confirm", idea=span(bench.app, CORNER), list="?q=corner")
    assert sent.location.endswith("?q=corner#" + order[-1])
    elsewhere = bench.post(f"/{bench.filled.public[QUIET]}/hide", list="https://elsewhere.example/?q=a")
    assert elsewhere.location.startswith(f"/manage/{SLUG}/themes/")


@pytest.mark.both_databases
def test_a_new_theme_is_made_of_ideas_of_a_theme_or_of_none(bench: Bench) -> None:
    page = bench.on(QUIET, "split", idea=[span(bench.app, "floor 2"), span(bench.app, "floor 3")], target=" No  calls ")
    assert "2 ideas are in a new theme, No calls." in page
    assert members(bench.app, named(bench, "No calls").id) == 2
    bench.act("/inbox/split", idea=[span(bench.app, text) for text in FINES], name="No fines")
    assert members(bench.app, named(bench, "No fines").id) == 3
    refused = bench.post("/inbox/split", idea=span(bench.app, "roof"), name="coffee")
    assert refused.status_code == 409
    assert "Another theme is called coffee." in refused.text


def test_ideas_that_wait_together_become_a_theme_with_one_button(bench: Bench) -> None:
    page = bench.get("/inbox")
    group = page[page.index("These wait together") : page.index("Make it a theme")]
    name = re.findall(r'name="name" value="([^"]+)"', group)
    assert name == ["No fines at all"]
    bench.act("/inbox/split", idea=re.findall(r'name="idea" value="([^"]+)"', group), name=name[0])
    assert members(bench.app, named(bench, "No fines at all").id) == len(FINES)
    assert "These wait together" not in bench.get("/inbox")


@pytest.mark.both_databases
def test_the_inbox_empties(bench: Bench) -> None:
    page = bench.get("/inbox")
    assert page.count('class="slip pick') == 4
    assert "It is <bdi>Open longer</bdi>" in page
    bench.act("/inbox/dismiss", idea=[span(bench.app, text) for text in FINES])
    assert bench.get("/inbox").count('class="slip pick') == 1
    assert bench.get("/inbox?part=hand").count('class="slip pick') == len(FINES)
    done = bench.act("/inbox", idea=span(bench.app, "roof"), target=bench.filled.public[CHILDREN])
    assert "Every idea is on a theme, or left out." in done
    assert 'class="slip pick' not in done


@pytest.mark.both_databases
def test_taken_out_of_its_theme_an_idea_is_in_none_and_not_in_the_inbox(bench: Bench) -> None:
    bench.on(QUIET, "move", idea=span(bench.app, "floor 2"), out="1")
    assert members(bench.app, bench.filled.themes[QUIET]) == QUIET_IDEAS - 1
    assert "as on floor 2</mark>" not in bench.get("/inbox")
    assert "as on floor 2</mark>" in bench.get("/inbox?part=hand")


def test_what_a_run_wrote_of_a_theme_is_in_the_language_of_the_page_and_stays_so_when_it_is_kept(
    bench: Bench,
) -> None:
    written = describe_discovered(["Nobody talks"])
    with bench.app.app_context():
        db.session.query(Theme).filter_by(name=QUIET).update({"description": written})
        db.session.commit()
    address = f"/manage/{SLUG}/themes/{bench.filled.public[QUIET]}"
    page = bench.client.get(address, headers={"Accept-Language": "es"})
    assert "También dicen: «Nobody talks»" in page.text
    token = field(page, "csrf_token")
    kept = {"csrf_token": token, "about": "También dicen: «Nobody talks»"}
    bench.client.post(f"{address}/describe", data=kept, headers={"Accept-Language": "es"})
    assert named(bench, QUIET).description == written


@pytest.mark.slow
def test_a_theme_is_named_described_hidden_pinned_promoted_and_put_in_order(bench: Bench) -> None:
    assert "Silence, please" in bench.on(QUIET, "rename", name="Silence,  please")
    assert "Where nobody calls" in bench.on("A quiet floor", "describe", about="Where nobody calls")
    assert "Hidden from readers" in bench.on(QUIET, "hide")
    assert "On your page" in bench.on(QUIET, "show")
    assert "stands first" in bench.on(COFFEE, "pin")
    assert "Show it first" in bench.on(COFFEE, "unpin")
    assert "Known theme" in bench.on(COFFEE, "promote")
    assert "The example is kept." in bench.on(COFFEE, "example", phrase="A good espresso")
    shown = re.findall(r'class="title">([^<]+)</bdi>', bench.on(CHILDREN, "order", to="first"))
    assert shown[:2] == [CHILDREN, "Silence, please"]
    shown = re.findall(r'class="title">([^<]+)</bdi>', bench.on(CHILDREN, "order", to="down"))
    assert shown[:2] == ["Silence, please", CHILDREN]
    assert bench.post(f"/{bench.filled.public[COFFEE]}/order", to="sideways").status_code == 400


def test_what_is_quoted_of_a_hidden_theme_is_not_on_the_page(bench: Bench) -> None:
    with bench.app.app_context():
        db.session.query(Placement).filter_by(theme_id=named(bench, QUIET).id).update({"quote": 0})
        db.session.commit()
    assert "A quote on your page" in bench.theme(QUIET)
    bench.on(QUIET, "hide")
    assert "A quote on your page" not in bench.theme(QUIET)


def test_a_name_that_cannot_be_is_shown_again(bench: Bench) -> None:
    for name, said in (("", "A name has 1 to 60 characters."), ("coffee", "Another theme is called coffee.")):
        refused = bench.post(f"/{bench.filled.public[QUIET]}/rename", name=name)
        assert refused.status_code == 409
        assert said in refused.text
        assert shown_name(refused.text) == name


def test_a_merged_theme_leads_to_the_one_it_is_part_of(bench: Bench) -> None:
    page = bench.on(COFFEE, "merge", target="quiet")
    assert shown_name(page) == QUIET
    assert members(bench.app, bench.filled.themes[QUIET]) == QUIET_IDEAS + 6
    again = bench.post(f"/{bench.filled.public[COFFEE]}/merge", target=bench.filled.public[QUIET])
    assert again.status_code == 409, "it is there no more"
    assert "It is part of <" in bench.theme(COFFEE)
    own = bench.post(f"/{bench.filled.public[QUIET]}/merge", target=bench.filled.public[QUIET])
    assert "Choose another theme" in own.text


@pytest.mark.slow
@pytest.mark.both_databases
def test_undo_and_redo_are_offered_after_each_edit_and_in_the_history(bench: Bench) -> None:
    bench.on(QUIET, "move", idea=span(bench.app, "floor 2"), target="Coffee")
    with bench.app.app_context():
        edit = db.session.scalars(select(Edit.id)).one()
    assert f"undo/{edit}" in bench.get("/history")
    page = bench.act(f"/undo/{edit}", at=bench.filled.public[QUIET], list="?q=floor")
    assert f"redo/{edit}" in page
    assert members(bench.app, bench.filled.themes[COFFEE]) == 6
    assert "It was taken back already." in bench.act(f"/undo/{edit}")
    assert "It holds again: " in bench.act(f"/redo/{edit}")
    assert members(bench.app, bench.filled.themes[COFFEE]) == 7
    for gone in (999, 2**31, 2**63):
        assert bench.post(f"/undo/{gone}").status_code == 404


def test_the_key_for_undo_is_about_what_the_owner_did(bench: Bench) -> None:
    assert "undo-last" not in bench.theme(QUIET)
    bench.on(QUIET, "hide")
    with bench.app.app_context():
        hidden = db.session.scalars(select(Edit.id)).one()
        db.session.add(Edit(survey_id=bench.filled.survey_id, action="found"))
        db.session.commit()
    page = bench.theme(QUIET)
    assert f"undo/{hidden}" in page[page.index("undo-last") :]


@pytest.mark.slow
def test_the_history_says_what_each_edit_was(bench: Bench) -> None:
    bench.on(QUIET, "move", idea=[span(bench.app, "floor 2"), span(bench.app, "floor 3")], target="Coffee")
    bench.on(QUIET, "move", idea=span(bench.app, "floor 4"), target="none")
    bench.on(QUIET, "confirm", idea=span(bench.app, "floor 5"))
    bench.act("/inbox/split", idea=span(bench.app, "roof"), name="The roof")
    bench.act("/inbox/dismiss", idea=[span(bench.app, text) for text in FINES])
    for verb in ("hide", "show", "pin", "unpin", "promote"):
        bench.on(LONGER, verb)
    bench.on(LONGER, "describe", about="Hours")
    bench.on(LONGER, "order", to="first")
    bench.on(LONGER, "example", phrase="Sundays")
    bench.on(LONGER, "rename", name="Hours")
    bench.on(LONGER, "merge", target="Coffee")
    told = [
        re.sub(r"<[^>]+>", "", line).strip()
        for line in re.findall(r"<li[^>]*>\s*<span>(.*?)<span class=\"note\">", bench.get("/history"), re.DOTALL)
    ]
    assert told == [
        "Hours went into Coffee.", "Open longer is called Hours.", "“Sundays” is an example of Hours.",
        "Hours has another place in the order.", "Hours is described in other words.", "Hours is a known theme.",
        "Hours stands in its place.", "Hours stands first.", "Hours is shown.", "Hours is hidden.",
        "3 ideas are left out.", "The roof was made of an idea in no theme.",
        "An idea is right in A quiet floor.", "An idea was taken out of A quiet floor.",
        "2 ideas moved from A quiet floor to Coffee.",
    ]  # fmt: skip


def test_after_another_run_what_was_ticked_is_still_what_is_moved(bench: Bench) -> None:
    """Every run numbers the ideas anew; the page names them by their place in the answer."""
    idea = span(bench.app, "floor 2")
    with bench.app.app_context():
        old = next(
            row for row in db.session.scalars(select(Idea)) if idea == f"{row.answer_id:016x}:{row.starts}:{row.ends}"
        )
        same = {"run_id": old.run_id, "answer_id": old.answer_id, "starts": old.starts, "ends": old.ends}
        db.session.execute(delete(Placement).where(Placement.idea_id == old.id))
        db.session.execute(delete(Idea).where(Idea.id == old.id))
        db.session.add(Idea(id=old.id + 1000, status="placed", **same))
        db.session.flush()
        db.session.add(Placement(idea_id=old.id + 1000, theme_id=bench.filled.themes[QUIET], strength=0.5))
        db.session.commit()
    assert "1 idea is in Coffee now." in bench.on(QUIET, "move", idea=idea, target="Coffee")


@pytest.mark.both_databases
def test_ideas_say_the_opposite_or_the_same_one_or_several_at_once(bench: Bench) -> None:
    page = bench.on(QUIET, "mark", idea=[span(bench.app, f"floor {n}") for n in (2, 3)], says="opposite")
    assert "2 ideas say the opposite of the others in A quiet floor. They are no quotes of it." in page
    assert page.count("<span>Says the opposite</span>") == 2
    assert page.count(">Undo</button>") == 1
    assert members(bench.app, bench.filled.themes[QUIET]) == QUIET_IDEAS
    listed = bench.theme(QUIET, "?part=opposite")
    assert listed.count('class="slip pick') == 2
    assert listed.count(">It says the same</button>") == 2
    page = bench.on(QUIET, "mark", idea=span(bench.app, "floor 2"), says="same", list="?part=opposite")
    assert "1 idea says the same as the others in A quiet floor." in page
    assert page.count("<span>Says the opposite</span>") == 1
    history = bench.get("/history")
    assert "2 ideas say the opposite of the others in <em><bdi>A quiet floor</bdi></em>." in history
    assert "An idea says the same as the others in <em><bdi>A quiet floor</bdi></em>." in history


def test_only_a_theme_with_an_opposite_offers_to_list_it(bench: Bench) -> None:
    assert "part=opposite" not in bench.theme(QUIET)
    bench.on(QUIET, "mark", idea=span(bench.app, CORNER), says="opposite")
    assert "part=opposite" in bench.theme(QUIET)
    assert "part=opposite" not in bench.theme(LONGER)


def test_what_cannot_be_marked_is_refused(bench: Bench) -> None:
    quiet = bench.filled.public[QUIET]
    for says in ("", "x", "opposite\0"):
        assert bench.post(f"/{quiet}/mark", idea=span(bench.app, CORNER), says=says).status_code == 400
    for idea in ("", "x", span(bench.app, "Coffee from machine 1")):
        refused = bench.post(f"/{quiet}/mark", idea=idea, says="opposite")
        assert refused.status_code == 409
        assert "told-wrong" in refused.text
    assert bench.post(f"/{'0' * 16}/mark", idea=span(bench.app, CORNER), says="opposite").status_code == 404


@pytest.mark.both_databases
def test_ideas_are_put_in_one_more_theme_and_stay_where_they_are(bench: Bench) -> None:
    ideas = [span(bench.app, f"floor {n}") for n in (2, 3)]
    page = bench.on(QUIET, "also", idea=ideas, target="  coff ")
    assert "2 ideas are also in Coffee now. They stay here." in page
    assert page.count(">Undo</button>") == 1
    assert page.count("<span>Also in ") == 2
    assert members(bench.app, bench.filled.themes[QUIET]) == QUIET_IDEAS
    assert members(bench.app, bench.filled.themes[COFFEE]) == 6 + 2
    assert "2 ideas in <em><bdi>A quiet floor</bdi></em> are also in <em><bdi>Coffee</bdi></em>." in bench.get(
        "/history"
    )
    there = bench.theme(COFFEE, "?part=hand")
    assert there.count('class="slip pick') == there.count("<span>Placed by hand</span>") == 2
    bench.on(QUIET, "confirm", idea=ideas[0])
    there = bench.theme(COFFEE)
    assert there.count("<span>Placed by hand</span>") == 2, "decided about in both"
    assert bench.theme(QUIET).count("<span>Placed by hand</span>") == 1


@pytest.mark.both_databases
@pytest.mark.parametrize("form", [{"out": "1"}, {"target": "none"}])
def test_out_of_one_of_its_themes_an_idea_stays_in_the_other(bench: Bench, form: dict[str, str]) -> None:
    idea = span(bench.app, "floor 2")
    bench.on(QUIET, "also", idea=idea, target=bench.filled.public[COFFEE])
    assert "1 idea is not in A quiet floor any more, and not put there again." in bench.on(
        QUIET, "move", idea=idea, **form
    )
    assert members(bench.app, bench.filled.themes[QUIET]) == QUIET_IDEAS - 1
    assert members(bench.app, bench.filled.themes[COFFEE]) == 6 + 1
    assert "as on floor 2</mark>" not in bench.get("/inbox?part=hand"), "it is in a theme"
    page = bench.theme(COFFEE)
    assert "<span>Also in" not in page
    assert page.count("<span>Placed by hand</span>") == 1


def test_one_more_theme_that_is_not_clear_is_asked_for_with_all_ticks_kept(bench: Bench) -> None:
    ideas = [span(bench.app, f"floor {n}") for n in (2, 3)]
    said = {
        "": "Type the name of the theme",
        "Parking": "No theme is called “Parking”.",
        "o": "More than one theme fits",
    }
    for typed, why in said.items():
        refused = bench.post(f"/{bench.filled.public[QUIET]}/also", idea=ideas, target=typed)
        assert refused.status_code == 409
        assert why in refused.text
        assert refused.text.count(" checked ") == 2
        assert f'name="target" value="{typed}"' in refused.text
    own = bench.filled.public[QUIET]
    assert "in that theme already" in bench.post(f"/{own}/also", idea=ideas, target=own).text
    for idea in ("", "x", span(bench.app, "Coffee from machine 1")):
        assert bench.post(f"/{own}/also", idea=idea, target="Coffee").status_code == 409
    assert bench.post("/inbox/also", idea=span(bench.app, "roof"), target="Coffee").status_code == 404
    assert bench.post(f"/{own}/also", idea=ideas, target="none").status_code == 409
    assert members(bench.app, bench.filled.themes[COFFEE]) == 6
