"""Blind checks: who is drawn, what is read, what it says, and what becomes of it when things change meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from analysis.evidence.agreement import mean_interval
from survey.answers import erasure, moderation
from survey.answers import lifecycle as answers
from survey.answers.check_models import Check, CheckedAnswer, CheckReader, Reading
from survey.checks import drawing, mending, reading
from survey.checks.drawing import CheckRefused
from survey.checks.outcome import Outcome, outcome, people_agreement
from survey.checks.statement import newest_statement, public_statement
from survey.checks.theme_changes import changed_at, check_themes
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme
from survey.curation import edit_history, idea_edits, theme_edits
from survey.edits.models import Edit, IdeaChange
from survey.tables.check_rows import check_rows, reading_rows
from tests.support.checks import add_check, read_all, start, survey_of
from tests.support.filled_survey import Filled, Says, fill

pytestmark = pytest.mark.both_databases

THEMES = ("Honesty", "Humour", "Listening", "Patience")


def said(count: int = 40, *, silent: int = 2) -> list[Says]:
    """Answers, each about one of the themes in turn, and some that say nothing."""
    spoken = [Says(f"{THEMES[n % 4]}, says number {n}", [(THEMES[n % 4], THEMES[n % 4])]) for n in range(count)]
    return spoken + [Says(f"No idea, number {n}", is_silent=True) for n in range(silent)]


@pytest.fixture
def filled(app: Flask) -> Filled:
    return fill(app, said())


def other(text: str, machine: Collection[str]) -> Collection[str]:
    """Disagree about patience: it is humour."""
    return ["Humour" if theme == "Patience" else theme for theme in machine]


def result(check_id: int, name: str = "") -> Outcome:
    check = db.session.get_one(Check, check_id)
    reader = db.session.scalars(
        select(CheckReader).where(CheckReader.check_id == check_id, CheckReader.name == name)
    ).one()
    return outcome(check, reader)


def theme(filled: Filled, name: str) -> Theme:
    return db.session.get_one(Theme, filled.themes[name])


# ---------- the draw ----------


def test_a_draw_is_random_and_can_be_repeated_from_what_is_exported(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        assert (check.size, check.drawn_from, check.waiting) == (30, 42, 0)
        public_ids = dict(db.session.execute(select(Answer.id, Answer.public_id)).all())
        drawn = db.session.scalars(
            select(CheckedAnswer.answer_id).where(CheckedAnswer.check_id == check.id).order_by(CheckedAnswer.place)
        ).all()
        pairs = [(public_id, number) for number, public_id in public_ids.items()]
        assert drawing.draw(check.public_id, reversed(pairs), 30) == list(drawn)
        assert drawing.draw(check.public_id, pairs, 10) == list(drawn)[:10]
        assert set(drawn) != set(drawing.draw("another", pairs, 30))
        assert sorted(check.themes) == sorted(filled.themes.values())


def test_each_answer_is_drawn_as_often_as_another() -> None:
    counts = dict.fromkeys(range(20), 0)
    for seed in range(2000):
        for number in drawing.draw(str(seed), ((f"{n:016x}", n) for n in range(20)), 5):
            counts[number] += 1
    assert all(abs(count - 500) < 90 for count in counts.values()), "four standard deviations"


def test_silent_answers_are_drawn_and_those_that_wait_are_counted(app: Flask, filled: Filled) -> None:
    with app.app_context():
        with write_transaction() as session:
            session.add(Answer(id=901, survey_id=filled.survey_id, form_key="w", text="Came just now"))
            session.add(Answer(id=902, survey_id=filled.survey_id, form_key="h", text="Hidden", status="hidden"))
        check = start(filled.survey_id, 100)
        assert (check.size, check.drawn_from, check.waiting) == (42, 42, 1)
        silent = db.session.scalars(select(CheckedAnswer.themes).where(CheckedAnswer.is_silent)).all()
        assert silent == [[], []]
        read_all(check)
        assert result(check.id).silent == 2
        assert [pair.machine == pair.reader == frozenset() for pair in result(check.id).pairs if pair.is_silent] == [
            True,
            True,
        ]


@pytest.mark.parametrize(
    ("count", "hidden", "size", "words"),
    [
        (4, (), 30, "needs 5 answers"),
        (12, THEMES, 30, "no themes yet that readers see"),
        (12, (), 7, "Choose how many"),
        (12, (), 0, "Choose how many"),
    ],
)
def test_a_check_that_cannot_be_started(app: Flask, count: int, hidden: tuple[str, ...], size: int, words: str) -> None:
    filled = fill(app, said(count, silent=0), hidden=hidden)
    with app.app_context():
        with pytest.raises(CheckRefused, match=words):
            start(filled.survey_id, size)
        assert db.session.query(Check).count() == 0


def test_a_survey_without_a_result_has_nothing_to_check(app: Flask) -> None:
    filled = fill(app, said())
    with app.app_context():
        with write_transaction() as session:
            session.get_one(Survey, filled.survey_id).current_run_id = None
        with pytest.raises(CheckRefused, match="no themes"):
            start(filled.survey_id)


def test_few_answers_are_all_read(app: Flask) -> None:
    filled = fill(app, said(12, silent=0))
    with app.app_context():
        check = start(filled.survey_id)
        read_all(check, other)
        found = result(check.id).found
        assert found is not None
        assert (found.answers, found.same, found.f1) == (12, 9, 0.75)
        assert (found.low, found.high) == mean_interval([1.0] * 9 + [0.0] * 3)


def test_hidden_themes_are_no_part_of_a_check(app: Flask) -> None:
    filled = fill(app, said(), hidden=["Patience"])
    with app.app_context():
        check = start(filled.survey_id)
        assert filled.themes["Patience"] not in check.themes
        assert all(filled.themes["Patience"] not in row for row in db.session.scalars(select(CheckedAnswer.themes)))


# ---------- reading ----------


def test_reading_stops_goes_on_and_ends(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        reader = read_all(check, stop_after=3)
        assert reader.finished_at is None, "three answers tell nothing"
        places = reading.places(check, reader)
        assert [place.state for place in places] == ["read"] * 3 + ["unread"] * 27
        assert reading.next_unread(places) == 4
        assert reading.next_unread(places, after=10) == 11
        assert reading.next_unread(places, after=30) == 4
        reader = read_all(check, stop_after=6)
        assert reader.finished_at is not None, "six are enough to see a result"
        with pytest.raises(CheckRefused, match="finished"):
            reading.save(check, reader, 7, [], "")
        assert (len(result(check.id).pairs), result(check.id).unread) == (6, 24)


def test_what_was_said_last_counts(app: Flask, filled: Filled) -> None:
    """Two windows on the same answer: the later one is kept, and nothing is counted twice."""
    with app.app_context():
        check = start(filled.survey_id)
        reader = reading.readers(check)[0]
        for themes in (["Honesty"], [], None, ["Honesty", "Humour"]):
            ids = None if themes is None else [filled.public[name] for name in themes]
            reading.save(check, reader, 1, ids, f"note about {themes}")
        stored = db.session.query(Reading).one()
        assert stored.themes == sorted(filled.themes[name] for name in ("Honesty", "Humour"))
        assert stored.note.endswith("['Honesty', 'Humour']")


@pytest.mark.parametrize(
    ("place", "themes", "note", "words"),
    [
        (1, ["0" * 16], "", "merged or hidden"),
        (31, [], "", "deleted, changed or hidden"),
        (1, [], "x" * 1001, "1,000 characters"),
        (1, [], "a\0b", "1,000 characters"),
    ],
)
def test_what_cannot_be_said(app: Flask, filled: Filled, place: int, themes: list[str], note: str, words: str) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        with pytest.raises(CheckRefused, match=words):
            reading.save(check, reading.readers(check)[0], place, themes, note)
        assert db.session.query(Reading).count() == 0


def test_an_answer_that_cannot_be_told_is_counted_apart(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        read_all(check, lambda text, machine: None if "Humour" in text else machine)
        found = result(check.id)
        assert found.skipped > 0
        assert len(found.pairs) + found.skipped == 30
        assert found.found is not None
        assert found.found.f1 == 1


def test_who_cannot_tell_anything_has_no_figure(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        reader = read_all(check, lambda text, machine: None)
        assert reader.finished_at is not None
        assert result(check.id).found is None
        assert newest_statement(survey_of(filled.survey_id)) is None


@pytest.mark.parametrize("name", ["", "  ", "…", "Owner", "the machine", "x" * 61, "a\0b", "ANA"])
def test_names_of_readers_that_are_refused(app: Flask, filled: Filled, name: str) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        reading.add_reader(check, " Ana ")
        with pytest.raises(CheckRefused):
            reading.add_reader(check, name)
        assert [reader.name for reader in reading.readers(check)] == ["", "Ana"]


# ---------- the result ----------


def test_weak_themes_and_differences(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id, 60)
        read_all(check, other)
        found = result(check.id)
        assert found.found is not None
        assert (found.found.answers, found.found.same, round(found.found.f1, 3)) == (42, 32, 0.762)
        assert found.found.micro_f1 == 0.75
        assert len(found.differing) == 10
        assert {frozenset(filled.themes[n] for n in ("Humour",))} == {pair.reader for pair in found.differing}
        lines = {line.theme.name: line for line in found.themes}
        patience, humour = lines["Patience"], lines["Humour"]
        assert (patience.both, patience.reader_only, patience.machine_only) == (0, 0, 10)
        assert (patience.precision, patience.recall) == (0, None)
        assert (humour.precision, humour.recall) == (1, 0.5)
        assert [line.theme.name for line in found.weak] == ["Patience", "Humour"]


def test_a_theme_in_few_answers_is_not_judged(app: Flask) -> None:
    filled = fill(app, said(16, silent=0))
    with app.app_context():
        check = start(filled.survey_id)
        read_all(check, other)
        lines = {line.theme.name: line for line in result(check.id).themes}
        assert (lines["Patience"].machine_only, lines["Patience"].precision) == (4, None)
        assert [line.theme.name for line in result(check.id).weak] == ["Humour"]


def test_a_second_person_reads_the_same_answers(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id, 60)
        check_id = check.id
        read_all(check)
        check = db.session.get_one(Check, check_id)
        assert people_agreement(check, reading.readers(check)) is None
        read_all(check, other, "Ana")
        check = db.session.get_one(Check, check_id)
        people = people_agreement(check, reading.readers(check))
        assert people is not None
        assert ([one.name for one in people.readers], people.answers, people.verdict) == (["", "Ana"], 42, "tentative")
        assert round(people.f1 or 0, 3) == 0.762
        assert people.alpha == pytest.approx(1 - (20 / 84) / (1 - (380 + 870 + 380 + 90 + 12) / (84 * 83)))
        ana = result(check_id, "Ana").found
        assert ana is not None
        assert round(ana.f1, 3) == 0.762


# ---------- what changes meanwhile ----------


def drawn(check: Check, place: int) -> Answer:
    return db.session.scalars(
        select(Answer)
        .join(CheckedAnswer, CheckedAnswer.answer_id == Answer.id)
        .where(CheckedAnswer.check_id == check.id, CheckedAnswer.place == place)
    ).one()


def test_answers_that_go_are_dropped_and_counted(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        check_id = check.id
        reader = reading.readers(check)[0]
        for place in (1, 2, 3):
            reading.save(check, reader, place, [], "It says something")
        survey = survey_of(filled.survey_id)
        erasure.delete_answer(survey, drawn(check, 1))
        answers.change(survey, drawn(check, 2), "Something else", None)
        moderation.set_status(survey, [drawn(check, 3).id], "hidden")
        moderation.set_status(survey, [drawn(check, 4).id], "hidden")
        kept = db.session.scalars(select(Reading.answer_id)).all()
        assert len(kept) == 1, "a hidden answer may be shown again"
        check = db.session.get_one(Check, check_id)
        assert [place.number for place in reading.places(check, reader)] == list(range(5, 31))
        with pytest.raises(CheckRefused, match="left out"):
            reading.save(check, reader, 4, [], "")
        assert reading.answer_to_read(check, reader, 2) is None
        read_all(check)
        found = result(check_id)
        assert (len(found.pairs), found.dropped, found.unread) == (26, 4, 0)


def test_a_renamed_theme_is_read_under_its_name(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        theme_edits.rename(theme(filled, "Humour"), "Laughing")
        assert [offered.name for offered in reading.offered_themes(check, ())] == [
            "Honesty",
            "Laughing",
            "Listening",
            "Patience",
        ]
        read_all(check)
        assert result(check.id).found is not None


def test_merged_themes_count_as_one_on_both_sides(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id, 60)
        check_id = check.id
        read_all(check, other)
        theme_edits.merge(theme(filled, "Patience"), theme(filled, "Humour"))
        found = result(check_id)
        assert found.found is not None
        assert found.found.f1 == 1
        assert {line.theme.name for line in found.themes} == {"Honesty", "Humour", "Listening"}
        assert changed_at(survey_of(filled.survey_id), db.session.get_one(Check, check_id)) is not None


def test_a_merge_while_reading_takes_the_theme_off_the_list(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        theme_edits.merge(theme(filled, "Patience"), theme(filled, "Humour"))
        assert [one.name for one in reading.offered_themes(check, ())] == ["Honesty", "Humour", "Listening"]
        with pytest.raises(CheckRefused, match="merged or hidden"):
            reading.save(check, reading.readers(check)[0], 1, [filled.public["Patience"]], "")
        assert check_themes(check).settle([filled.themes["Patience"]]) == {filled.themes["Humour"]}


def test_merged_there_and_back(app: Flask, filled: Filled) -> None:
    """Patience into humour, later, when patience had come back, humour into patience: no circle."""
    with app.app_context():
        check = start(filled.survey_id)
        check_id = check.id
        both = [filled.themes[name] for name in ("Patience", "Humour")]
        with write_transaction() as session:
            for source, target in (both, reversed(both)):
                merge = Edit(survey_id=filled.survey_id, action="merge", theme_id=source, target_id=target)
                session.add(merge)
                session.flush()
        check = db.session.get_one(Check, check_id)
        assert check_themes(check).settle(both) == {filled.themes["Patience"]}


def test_a_theme_merged_with_itself_is_where_it_was(app: Flask, filled: Filled) -> None:
    """No page makes such an edit; archives that were taken in had it."""
    with app.app_context():
        check, own = start(filled.survey_id), filled.themes["Humour"]
        with write_transaction() as session:
            session.add(Edit(survey_id=filled.survey_id, action="merge", theme_id=own, target_id=own, version=1))
        assert {theme.name for theme in check_themes(check).by_name()} == {*THEMES}


def test_a_merge_that_is_undone_is_none(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        edit_id = theme_edits.merge(theme(filled, "Patience"), theme(filled, "Humour"))
        edit_history.undo(survey_of(filled.survey_id), edit_id)
        assert len(reading.offered_themes(check, ())) == 4
        assert changed_at(survey_of(filled.survey_id), check) is not None, "nobody can tell what was read meanwhile"


def test_a_hidden_theme_is_left_out_on_both_sides(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id, 60)
        check_id = check.id
        read_all(check, other)
        theme_edits.set_hidden(theme(filled, "Patience"), True)
        found = result(check_id)
        assert found.hidden == 1
        assert "Patience" not in {line.theme.name for line in found.themes}
        assert found.found is not None
        assert found.found.same == 32, "humour against nothing is still a difference"


def test_answers_of_which_a_hidden_theme_leaves_nothing_are_no_agreement(app: Flask, filled: Filled) -> None:
    """Ten are of patience by the machine, and five of these by the reader, who puts the others in no theme."""

    def half(text: str, machine: Collection[str]) -> Collection[str]:
        return [] if "Patience" in machine and int(text.rsplit(" ", 1)[1]) % 8 == 7 else machine

    with app.app_context():
        check = start(filled.survey_id, 60)
        check_id = check.id
        read_all(check, half)
        read_all(db.session.get_one(Check, check_id), half, "Ana")
        before = result(check_id)
        assert before.found is not None and (before.found.answers, before.found.same) == (42, 37)
        assert (before.found.neither, before.emptied) == (2, 0)
        assert before.found.f1_named == pytest.approx(35 / 40)
        theme_edits.set_hidden(theme(filled, "Patience"), True)
        found = result(check_id)
        assert found.found is not None and (found.found.answers, found.found.same) == (32, 32)
        assert (found.found.neither, found.emptied, found.skipped) == (2, 10, 0)
        check = db.session.get_one(Check, check_id)
        people = people_agreement(check, reading.readers(check))
        assert people is not None and people.answers == 37, "five that both put in no theme count"
        told = [row for row in reading_rows(survey_of(filled.survey_id)) if row[4] is None]
        assert [row[12] for row in told].count(None) == 10
        (ours, _) = check_rows(survey_of(filled.survey_id))
        assert (ours[5], *ours[-2:]) == (32, 2, 1.0)


def test_a_check_knows_when_it_is_older_than_the_themes(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        check_id, survey_id = check.id, filled.survey_id
        read_all(check)

        def older() -> bool:
            return changed_at(survey_of(survey_id), db.session.get_one(Check, check_id)) is not None

        assert not older()
        theme_edits.set_pinned(theme(filled, "Humour"), True)
        assert not older(), "where a theme stands changes nothing that was read"
        theme_edits.rename(theme(filled, "Humour"), "Laughing")
        assert older()


def test_a_run_that_places_otherwise_makes_a_check_old(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        check_id, survey_id = check.id, filled.survey_id
        with write_transaction() as session:
            session.add(Answer(id=901, survey_id=survey_id, form_key="new", text="A new answer changes no theme"))
            session.get_one(Run, filled.run_id).finished_at = now() + timedelta(hours=1)
        assert changed_at(survey_of(survey_id), db.session.get_one(Check, check_id)) is None
        with write_transaction() as session:
            spoken = select(CheckedAnswer.answer_id).where(~CheckedAnswer.is_silent)
            idea = session.scalars(select(Idea).where(Idea.answer_id.in_(spoken)).limit(1)).one()
            session.query(Placement).filter_by(idea_id=idea.id).delete()
        changed = changed_at(survey_of(survey_id), db.session.get_one(Check, check_id))
        assert changed is not None
        assert changed > now()


# ---------- the statement ----------


def test_readers_are_told_of_the_newest_check_if_the_owner_wants_it(app: Flask, filled: Filled) -> None:
    with app.app_context():
        survey_id = filled.survey_id
        read_all(start(survey_id, 60), other)
        assert public_statement(survey_of(survey_id)) is None
        drawing.set_shown(survey_of(survey_id), True)
        told = public_statement(survey_of(survey_id))
        assert told is not None
        assert round(told.found.f1, 2) == 0.76
        newer = start(survey_id)
        assert public_statement(survey_of(survey_id)) == told, "one that is not finished says nothing"
        read_all(newer)
        newest = public_statement(survey_of(survey_id))
        assert newest is not None
        assert newest.found.f1 == 1
        drawing.set_shown(survey_of(survey_id), False)
        assert public_statement(survey_of(survey_id)) is None


def test_deleting_a_check_leaves_nothing_of_it(app: Flask, filled: Filled) -> None:
    with app.app_context():
        check = start(filled.survey_id)
        read_all(check, name="Ana")
        drawing.delete_check(check)
        for table in (Check, CheckedAnswer, CheckReader, Reading):
            assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_deleting_a_survey_takes_its_checks_with_it(app: Flask, filled: Filled) -> None:
    add_check(app, filled.survey_id, "about somebody")
    with app.app_context():
        erasure.delete_survey(survey_of(filled.survey_id))
        for table in (Check, CheckedAnswer, CheckReader, Reading):
            assert db.session.scalar(select(func.count()).select_from(table)) == 0


# ---------- mending ----------


@pytest.fixture
def differing(app: Flask) -> Filled:
    """One answer with two ideas in two themes, and others to make up the number."""
    two = Says("Honesty first. Then humour.", [("Honesty first", "Honesty"), ("Then humour", "Humour")])
    return fill(app, [two, *said(8, silent=0), Says("Tacos", [("Tacos", None)])])


def the_difference(filled: Filled, text: str, names: Collection[str]) -> tuple[Check, mending.Difference]:
    check = start(filled.survey_id)
    check_id = check.id
    read_all(check, lambda said, machine: names if said == text else machine)
    check = db.session.get_one(Check, check_id)
    answer_id = db.session.scalars(select(Answer.id).where(Answer.text == text)).one()
    [found] = mending.differences(survey_of(filled.survey_id), check, reading.readers(check)[0], [answer_id])
    return check, found


def test_mine_is_plain_where_one_idea_moves(app: Flask, differing: Filled) -> None:
    with app.app_context():
        check, found = the_difference(differing, "Honesty first. Then humour.", ["Honesty", "Patience"])
        assert found.is_open
        assert not found.needs_choice
        assert [(step.action, step.idea.quote.idea, step.source, step.target) for step in found.steps({})] == [
            ("move", "Then humour", differing.themes["Humour"], differing.themes["Patience"])
        ]
        mending.use_mine(survey_of(differing.survey_id), check, found, {})
        _, after = the_same(differing, check, found)
        assert after.is_mended
        assert after.settled == "mine"
        assert not after.is_open


def the_same(filled: Filled, check: Check, found: mending.Difference) -> tuple[Check, mending.Difference]:
    [after] = mending.differences(survey_of(filled.survey_id), check, reading.readers(check)[0], [found.answer_id])
    return check, after


def test_an_idea_on_no_theme_is_placed(app: Flask, differing: Filled) -> None:
    with app.app_context():
        check, found = the_difference(differing, "Tacos", ["Humour"])
        mending.use_mine(survey_of(differing.survey_id), check, found, {})
        assert the_same(differing, check, found)[1].machine == {differing.themes["Humour"]}


def test_the_owner_says_which_part_is_which_where_that_is_open(app: Flask, differing: Filled) -> None:
    with app.app_context():
        check, found = the_difference(differing, "Honesty first. Then humour.", ["Patience"])
        assert found.needs_choice
        with pytest.raises(theme_edits.EditRefused, match="which part"):
            mending.use_mine(survey_of(differing.survey_id), check, found, {})
        first, second = found.ideas
        honesty, humour, patience = (differing.themes[name] for name in ("Honesty", "Humour", "Patience"))
        assert found.steps({first.key: [patience]}) == [
            ("move", first, honesty, patience), ("move", second, humour, None),
        ]  # fmt: skip
        assert found.steps({second.key: [999_999]}) == []


def test_a_theme_that_only_the_owner_named_is_one_more_of_an_idea_that_is_right(app: Flask, differing: Filled) -> None:
    with app.app_context():
        text, names = "Honesty, says number 0", ["Honesty", "Patience"]
        check, found = the_difference(differing, text, names)
        assert not found.is_stuck
        assert not found.needs_choice
        mending.use_mine(survey_of(differing.survey_id), check, found, {})
        after = the_same(differing, check, found)[1]
        assert [idea.themes for idea in after.ideas] == [{differing.themes[name] for name in names}]
        assert after.is_mended
        edit = db.session.scalars(select(Edit)).one()
        assert (edit.action, edit.theme_id, edit.target_id) == (
            "also", differing.themes["Honesty"], differing.themes["Patience"],
        )  # fmt: skip
        assert edit_history.undo(survey_of(differing.survey_id), edit.id)
        assert the_same(differing, check, found)[1].machine == {differing.themes["Honesty"]}


@pytest.mark.parametrize(
    ("text", "names", "actions"),
    [
        ("Tacos", ["Honesty", "Humour"], ["move", "also"]),
        ("Honesty, says number 0", ["Humour", "Listening", "Patience"], ["move", "also", "also"]),
        ("Honesty, says number 0", [], ["move"]),
    ],
)
def test_one_idea_comes_to_all_the_themes_that_the_owner_named(
    app: Flask, differing: Filled, text: str, names: list[str], actions: list[str]
) -> None:
    with app.app_context():
        check, found = the_difference(differing, text, names)
        assert not found.needs_choice
        mending.use_mine(survey_of(differing.survey_id), check, found, {})
        after = the_same(differing, check, found)[1]
        assert [idea.themes for idea in after.ideas] == [{differing.themes[name] for name in names}]
        assert db.session.scalars(select(Edit.action).order_by(Edit.id)).all() == actions


def test_which_of_several_ideas_has_one_more_theme_the_owner_says(app: Flask, differing: Filled) -> None:
    with app.app_context():
        check, found = the_difference(differing, "Honesty first. Then humour.", ["Honesty", "Humour", "Patience"])
        assert found.needs_choice
        survey, (first, second) = survey_of(differing.survey_id), found.ideas
        honesty, humour, patience = (differing.themes[name] for name in ("Honesty", "Humour", "Patience"))
        as_they_are = {first.key: [honesty], second.key: [humour]}
        with pytest.raises(theme_edits.EditRefused, match="which part"):
            mending.use_mine(survey, check, found, as_they_are)
        mending.use_mine(survey, check, found, as_they_are | {second.key: [humour, patience]})
        after = the_same(differing, check, found)[1]
        assert [idea.themes for idea in after.ideas] == [{honesty}, {humour, patience}]
        assert after.is_mended
        assert db.session.scalars(select(Edit.action)).all() == ["also"]


def test_what_says_nothing_can_be_in_no_theme(app: Flask, differing: Filled) -> None:
    with app.app_context():
        with write_transaction() as session:
            session.query(Idea).filter(Idea.answer_id == 10).update({"status": "nonanswer", "starts": 0, "ends": 0})
        check, found = the_difference(differing, "Tacos", ["Humour"])
        assert found.is_stuck
        assert not found.needs_choice
        with pytest.raises(theme_edits.EditRefused, match="saying nothing"):
            mending.use_mine(survey_of(differing.survey_id), check, found, {})


def test_keeping_the_machines_leaves_the_reading_as_it_is(app: Flask, differing: Filled) -> None:
    with app.app_context():
        check, found = the_difference(differing, "Honesty first. Then humour.", ["Patience"])
        mending.keep_machines(survey_of(differing.survey_id), check, found)
        after = the_same(differing, check, found)[1]
        assert after.settled == "machine"
        assert after.mine == {differing.themes["Patience"]}
        assert after.machine == found.machine
        assert len(result(check.id).differing) == 1, "the figure is of what was read blind"


def test_an_idea_leaves_a_theme_that_the_owner_did_not_name(app: Flask, differing: Filled) -> None:
    with app.app_context():
        check, found = the_difference(differing, "Honesty first. Then humour.", ["Honesty"])
        assert not found.needs_choice
        mending.use_mine(survey_of(differing.survey_id), check, found, {})
        after = the_same(differing, check, found)[1]
        assert after.machine == {differing.themes["Honesty"]}
        assert after.is_mended


def test_parts_go_where_the_owner_says(app: Flask, differing: Filled) -> None:
    with app.app_context():
        check, found = the_difference(differing, "Honesty first. Then humour.", ["Patience"])
        first, second = found.ideas
        mending.use_mine(
            survey_of(differing.survey_id), check, found, {first.key: [differing.themes["Patience"]], second.key: []}
        )
        after = the_same(differing, check, found)[1]
        assert [idea.themes for idea in after.ideas] == [{differing.themes["Patience"]}, frozenset()]


def test_the_machine_is_right_that_it_is_in_no_theme(app: Flask, differing: Filled) -> None:
    with app.app_context():
        check, found = the_difference(differing, "Tacos", ["Humour"])
        mending.keep_machines(survey_of(differing.survey_id), check, found)
        assert db.session.scalars(select(Edit.action)).all() == ["dismiss"]
        assert the_same(differing, check, found)[1].settled == "machine"


def test_what_is_kept_is_confirmed_by_hand(app: Flask, differing: Filled) -> None:
    with app.app_context():
        check, found = the_difference(differing, "Honesty first. Then humour.", ["Patience"])
        mending.keep_machines(survey_of(differing.survey_id), check, found)
        assert db.session.scalars(select(Edit.action)).all() == ["confirm", "confirm"]
        changes = db.session.execute(select(IdeaChange.source_id, IdeaChange.target_id)).all()
        assert {source for source, _ in changes} == {target for _, target in changes} == found.machine


def test_a_move_in_another_window_is_told_and_nothing_is_done(app: Flask, differing: Filled) -> None:
    with app.app_context():
        check, found = the_difference(differing, "Honesty first. Then humour.", ["Honesty", "Patience"])
        mending.use_mine(survey_of(differing.survey_id), check, found, {})
        with pytest.raises(theme_edits.EditRefused, match="moved or changed meanwhile"):
            mending.use_mine(survey_of(differing.survey_id), check, found, {})
        assert the_same(differing, check, found)[1].is_mended


def test_of_several_steps_all_are_done_or_none(app: Flask, differing: Filled) -> None:
    with app.app_context():
        check, found = the_difference(differing, "Honesty first. Then humour.", ["Patience"])
        survey, (first, second) = survey_of(differing.survey_id), found.ideas
        [span] = [found.span(second)]
        idea_edits.move(survey, [span], theme(differing, "Humour"), theme(differing, "Listening"))
        into = differing.themes["Patience"]
        mends: list[Callable[[], None]] = [
            lambda: mending.use_mine(survey, check, found, {first.key: [into]}),
            lambda: mending.keep_machines(survey, check, found),
        ]
        for mend in mends:
            with pytest.raises(theme_edits.EditRefused, match="Nothing was done"):
                mend()
            assert len(db.session.scalars(select(Edit.id)).all()) == 1
            assert db.session.scalars(select(CheckedAnswer.settled).distinct()).all() == [None]


def test_mending_makes_a_check_older_than_the_themes(app: Flask, differing: Filled) -> None:
    with app.app_context():
        check, found = the_difference(differing, "Honesty first. Then humour.", ["Honesty"])
        survey_id, check_id = differing.survey_id, check.id
        mending.keep_machines(survey_of(survey_id), check, found)
        assert changed_at(survey_of(survey_id), db.session.get_one(Check, check_id)) is None
        mending.use_mine(survey_of(survey_id), check, found, {})
        assert changed_at(survey_of(survey_id), db.session.get_one(Check, check_id)) is not None
