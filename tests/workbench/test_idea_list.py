"""The list of ideas on the workbench: its order, its pages, what is found in it, what edits moved besides."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Idea, Placement, Survey
from survey.edits import change_log
from survey.edits.idea_spans import IdeaSpan, shown_ideas
from survey.edits.models import Edit
from survey.workbench import idea_list, theme_list
from survey.workbench.list_filter import Cursor, ListFilter
from tests.support.library import BOOKS, CHILDREN, COFFEE, FINES, LONGER, QUIET, QUIET_IDEAS, members, span
from tests.support.site import queries
from tests.workbench.conftest import Bench


def listed(page: str) -> list[str]:
    """The ideas of a page, in their order: the marked words."""
    return re.findall(r"<mark>([^<]*)</mark>", page)


def test_the_least_sure_come_first_unless_asked_otherwise(bench: Bench) -> None:
    first = listed(bench.theme(QUIET))
    assert first[0].endswith("floor 0")
    assert len(first) == QUIET_IDEAS
    assert listed(bench.theme(QUIET, "?order=surest")) == first[::-1]


@pytest.mark.both_databases
@pytest.mark.parametrize("order", ["", "surest"])
def test_pages_follow_each_other_without_a_gap(bench: Bench, order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = listed(bench.theme(QUIET, f"?order={order}"))
    monkeypatch.setattr(idea_list, "IDEAS_PER_PAGE", 7)
    found, page = [], bench.theme(QUIET, f"?order={order}")
    for _ in range(9):
        found += listed(page)
        following = re.search(r'href="(\?[^"#]*)#ideas" rel="next"', page)
        if following is None:
            break
        page = bench.theme(QUIET, following[1].replace("&amp;", "&"))
    assert found == whole


@pytest.mark.both_databases
def test_what_is_in_no_theme_is_paged_from_the_nearest_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = listed(bench.get("/inbox"))
    assert whole[0] == "A roof garden"
    monkeypatch.setattr(idea_list, "IDEAS_PER_PAGE", 3)
    page = bench.get("/inbox")
    following = re.search(r'href="(\?[^"#]*)#ideas" rel="next"', page)
    assert following
    assert listed(page) + listed(bench.get("/inbox" + following[1].replace("&amp;", "&"))) == whole


@pytest.mark.both_databases
def test_a_list_is_narrowed(bench: Bench) -> None:
    with bench.app.app_context():
        placed = db.session.scalars(
            select(Placement).where(Placement.theme_id == bench.filled.themes[QUIET]).order_by(Placement.idea_id)
        ).all()
        placed[3].quote = 0
        db.session.commit()
    bench.on(QUIET, "confirm", idea=span(bench.app, "floor 5"))
    assert [words[-1] for words in listed(bench.theme(QUIET, "?part=quotes"))] == ["3"]
    assert [words[-1] for words in listed(bench.theme(QUIET, "?part=hand"))] == ["5"]
    assert len(listed(bench.theme(QUIET, "?part=unsure"))) == 20
    assert len(listed(bench.theme(QUIET, "?q=SUNDAY"))) == 1
    assert len(listed(bench.theme(QUIET, "?q=floor+mine"))) == QUIET_IDEAS - 1
    assert "23 of its 24 ideas" in bench.theme(QUIET, "?q=floor+mine")
    assert "No idea fits." in bench.theme(QUIET, "?q=100%25")
    assert len(listed(bench.get(f"/inbox?near={bench.filled.public[LONGER]}"))) == 1


def test_words_are_found_in_capitals_and_not_in_any_language(bench: Bench) -> None:
    with bench.app.app_context():
        survey = db.session.scalars(select(Survey)).one()
        answer = db.session.scalars(select(Idea).where(Idea.run_id == survey.current_run_id)).first()
        assert answer
        answer.answer.text = "ÄRGER mit ДРУЗЬЯМИ " + answer.answer.text
        db.session.commit()
    for words in ("ärger", "Ärger", "друзьями", "Друзьями ÄRGER"):
        assert len(listed(bench.theme(QUIET, f"?q={words}"))) == 1, words
    assert len(listed(bench.theme(BOOKS, "?q=בערבית"))) == 1


def test_all_that_is_shown_is_ticked_without_a_script(bench: Bench) -> None:
    assert bench.theme(QUIET, "?tick=all").count(" checked ") == QUIET_IDEAS
    assert "Tick all 24<" in bench.theme(QUIET)


def test_all_that_fit_move_at_once_however_many_pages(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "or all" not in bench.theme(QUIET)
    monkeypatch.setattr(idea_list, "IDEAS_PER_PAGE", 4)
    assert "or all 23 that fit" in bench.theme(QUIET, "?q=mine")
    page = bench.on(QUIET, "move", idea=span(bench.app, "floor 2"), all="1", target=COFFEE, list="?q=mine")
    assert "23 ideas are in Coffee now." in page
    assert members(bench.app, bench.filled.themes[QUIET]) == 1
    assert "or all 4<" not in bench.get("/inbox?q=fines")
    bench.act("/inbox/dismiss", all="1", list="?q=fines")
    assert listed(bench.get("/inbox")) == ["A roof garden", "Late fees hurt the poor"]


def test_what_was_left_out_is_found_when_nothing_waits(bench: Bench) -> None:
    assert "Left out" in bench.get("/inbox")
    page = bench.act("/inbox/dismiss", idea=[span(bench.app, words) for words in (*FINES, "A roof garden")])
    assert "4 ideas are left out, and not waiting any more." in page
    assert listed(page) == []
    assert 'href="?part=hand#ideas">Left out</a>' in page
    left = bench.get("/inbox?part=hand")
    assert "4 ideas left out" in left
    assert len(listed(left)) == 4
    assert "1 of 4 ideas left out" in bench.get("/inbox?part=hand&q=roof")


@pytest.mark.parametrize("query", ["after=x", "after=nan:1", "after=1:", "after=1e999:3", "part=x", "near=%00", "q=%00",
                                   "after=0.5:" + "9" * 30, "only=x", "find=%00", "order=%FF"])  # fmt: skip
def test_an_odd_query_shows_the_list(bench: Bench, query: str) -> None:
    assert bench.theme(QUIET, f"?{query}")
    assert bench.get(f"/inbox?{query}")


def test_a_filter_is_written_as_it_is_read() -> None:
    wanted = ListFilter(words="a & b", part="hand", near="0" * 16, surest=True, after=Cursor(0.1 + 0.2, 7))
    assert ListFilter.parse(wanted.query()) == wanted
    assert ListFilter().query() == ""
    assert ListFilter.parse(wanted.query(part="")).after is None, "a changed list begins anew"


def test_the_list_of_themes_is_narrowed(bench: Bench) -> None:
    bench.on(COFFEE, "rename", name="Good coffee")
    bench.on(LONGER, "hide")
    names = r'class="title">([^<]+)</bdi>'
    assert re.findall(names, bench.get("?only=yours")) == ["Good coffee"]
    assert re.findall(names, bench.get("?only=hidden")) == [LONGER]
    assert re.findall(names, bench.get("?find=CHILD")) == [CHILDREN]
    assert "Theme 1 of 5" in bench.get()


def test_a_theme_is_found_by_its_name_or_by_words_that_no_other_has(bench: Bench) -> None:
    with bench.app.app_context():
        themes = theme_list.theme_list(db.session.scalars(select(Survey)).one(), None).themes
        assert themes == []
    for typed in ("coffee", "COFF", " Coffee! "):
        assert "is in Coffee now" in bench.on(QUIET, "move", idea=span(bench.app, "floor 2"), target=typed)
        bench.on(COFFEE, "move", idea=span(bench.app, "floor 2"), target=QUIET)


def teach(bench: Bench, texts: list[str], source: str | None, target: str | None) -> None:
    """Move ideas as the machine does, because of the last edit."""
    with bench.app.app_context():
        session = db.session
        survey = session.scalars(select(Survey)).one()
        spans = [found for text in texts if (found := IdeaSpan.parse(span(bench.app, text)))]
        ideas = shown_ideas(session, survey.current_run_id, spans)
        edit = session.scalars(select(Edit).order_by(Edit.id.desc()).limit(1)).one()
        source_id, target_id = (bench.filled.themes.get(name or "") for name in (source, target))
        change_log.apply(session, edit, [change_log.Move(idea, source_id, target_id) for idea in ideas], taught=True)
        session.commit()


@pytest.mark.both_databases
def test_what_an_edit_moved_besides_is_said_and_can_be_sent_back(bench: Bench) -> None:
    bench.on(QUIET, "move", idea=[span(bench.app, "floor 2"), span(bench.app, "floor 3")], target=COFFEE)
    teach(bench, ["floor 4", "floor 5", "floor 6"], QUIET, COFFEE)
    page = bench.theme(COFFEE)
    assert "2 moves by hand also moved 3 others." in page
    assert page.count("Came with other moves, from") == 3
    assert len(listed(bench.theme(COFFEE, "?part=taught"))) == 3
    assert len(listed(bench.get("/besides"))) == 3
    back = bench.on(COFFEE, "move", idea=span(bench.app, "floor 4"), target=bench.filled.public[QUIET], at="besides")
    assert "1 idea is in A quiet floor now." in back
    assert len(listed(back)) == 2
    assert len(listed(bench.on(COFFEE, "confirm", idea=span(bench.app, "floor 5"), at="besides"))) == 1
    assert "Nothing else was moved" in bench.act("/besides/back")
    assert members(bench.app, bench.filled.themes[COFFEE]) == 6 + 2 + 1


def test_all_that_was_moved_besides_is_right(bench: Bench) -> None:
    bench.on(QUIET, "move", idea=span(bench.app, "floor 2"), target=COFFEE)
    teach(bench, ["floor 4", "floor 5"], QUIET, COFFEE)
    teach(bench, ["floor 6"], QUIET, None)
    page = bench.act("/besides/keep")
    assert "3 ideas are right where they are." in page
    assert "Nothing else was moved" in page
    assert len(listed(bench.theme(COFFEE, "?part=hand"))) == 3


def test_a_selection_of_what_was_moved_besides_is_sent_back_or_right(bench: Bench) -> None:
    bench.on(QUIET, "move", idea=span(bench.app, "floor 2"), target=COFFEE)
    teach(bench, ["floor 4", "floor 5", "floor 6", "floor 7"], QUIET, COFFEE)
    page = bench.act("/besides/back", idea=[span(bench.app, "floor 4"), span(bench.app, "floor 5")])
    assert "2 ideas are back where they came from." in page
    assert len(listed(page)) == 2
    assert len(listed(bench.act("/besides/keep", idea=span(bench.app, "floor 6")))) == 1
    assert members(bench.app, bench.filled.themes[COFFEE]) == 6 + 1 + 2


def test_what_came_from_a_theme_that_is_gone_is_not_sent_back_to_none(bench: Bench) -> None:
    bench.on(QUIET, "move", idea=span(bench.app, "floor 2"), target=COFFEE)
    teach(bench, ["carpet"], CHILDREN, COFFEE)
    assert "Send it back" not in bench.theme(COFFEE)
    page = bench.get("/besides")
    assert "a theme that is gone" in page
    assert "Send it back" not in page
    assert "That theme is not there any more" in bench.act("/besides/back")
    assert members(bench.app, bench.filled.themes[COFFEE]) == 6 + 2


def test_what_was_put_in_one_more_theme_besides_is_said_and_taken_out_of_that_alone(bench: Bench) -> None:
    bench.on(QUIET, "also", idea=span(bench.app, "floor 2"), target=COFFEE)
    teach(bench, ["floor 4", "floor 5"], None, COFFEE)
    page = bench.get("/besides")
    assert page.count("<span>Also in ") == 2
    assert "From <" not in page
    assert "Send it back" not in page + bench.theme(COFFEE)
    bench.act("/besides/back", idea=span(bench.app, "floor 4"))
    bench.on(COFFEE, "move", idea=span(bench.app, "floor 5"), target="none", at="besides")
    assert members(bench.app, bench.filled.themes[COFFEE]) == 6 + 1
    assert members(bench.app, bench.filled.themes[QUIET]) == QUIET_IDEAS


def test_undoing_an_edit_takes_back_what_it_moved_besides(bench: Bench) -> None:
    bench.on(QUIET, "move", idea=span(bench.app, "floor 2"), target=COFFEE)
    teach(bench, ["floor 4"], QUIET, COFFEE)
    with bench.app.app_context():
        edit = db.session.scalars(select(Edit.id)).one()
    bench.act(f"/undo/{edit}")
    assert "also moved" not in bench.theme(COFFEE)
    assert members(bench.app, bench.filled.themes[QUIET]) == QUIET_IDEAS


def test_a_page_of_few_ideas_and_of_many_takes_the_same_queries(bench: Bench) -> None:
    bench.on(QUIET, "confirm", idea=span(bench.app, "floor 5"))
    with queries(bench.app) as few:
        bench.theme(CHILDREN)
    with queries(bench.app) as many:
        bench.theme(QUIET)
    assert len(many) == len(few)
    assert len(many) < 20
