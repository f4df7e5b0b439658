"""Codings: placed by hand as one edit, made a codebook, compared; and gone with the answers they are of."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from analysis.known_themes.codebook import Codebook
from survey.answers import coding_models, erasure
from survey.answers.coding_models import CodedAnswer, Coding
from survey.coded_files import codings, place, teach
from survey.coded_files.compare import compare
from survey.core.database import db
from survey.core.models import Answer, Theme
from survey.curation import edit_history
from survey.curation.theme_edits import EditRefused
from survey.edits.decisions import read_decisions
from survey.edits.models import Edit
from tests.coded_files.coded import Said, everything, fill_counted, make_coding, survey, themes_of
from tests.support.filled_survey import Says, fill
from tests.support.visitors import owned_survey, send_answer

ANSWERS = [
    Says("We talk openly. He never lies.", [("We talk openly", "Talking"), ("He never lies", None)]),
    Says("She listens, and we laugh", [("She listens", "Talking"), ("we laugh", "Talking")]),
    Says("Laughing together", [("Laughing together", "Fun")]),
    Says("honest words", [("honest words", "Fun")], part="Jokes"),
    Says("We laugh and laugh", [("We laugh and laugh", None)]),
    Says("no idea", is_silent=True),
    Says("Nobody coded this", [("Nobody coded this", "Fun")]),
]
CODED: dict[str, Said] = {
    "We talk openly. He never lies.": ["talking", "Honesty"],
    "She listens, and we laugh": [("listens", "Listening"), ("and we laugh", "FUN")],
    "Laughing together": ["FUN"],
    "honest words": ["Honesty"],
    "We laugh and laugh": ["FUN"],
    "no idea": ["Honesty"],
}


@pytest.fixture
def filled(app: Flask) -> Flask:
    fill_counted(app, ANSWERS)
    return app


@pytest.mark.both_databases
def test_a_coding_is_placed_as_one_edit_and_undone_to_what_was(filled: Flask) -> None:
    with filled.app_context():
        before = everything()
        coding = make_coding(CODED)
        edit_id = place.place(survey(), coding)
        assert themes_of("We talk openly. He never lies.") == {
            "We talk openly": ["Talking"],
            "He never lies": ["Honesty"],
        }
        assert themes_of("She listens, and we laugh") == {"She listens": ["Listening"], "we laugh": ["Fun"]}
        assert themes_of("honest words") == {"honest words": ["Honesty"]}
        assert themes_of("We laugh and laugh") == {"We laugh and laugh": ["Fun"]}
        assert themes_of("Nobody coded this") == {"Nobody coded this": ["Fun"]}
        after = everything()
        edit = db.session.get_one(Edit, edit_id)
        assert (edit.action, edit.name, sorted(map(str, edit.named.values()))) == (
            "coded",
            "coded.csv",
            ["Honesty", "Listening"],
        )
        decisions = read_decisions(survey().id)
        assert len(decisions.by_hand) == 7 and decisions.teach()
        assert {db.session.get_one(Theme, theme_id).key for theme_id in edit.named} <= decisions.touched
        assert edit_history.undo(survey(), edit_id)
        assert everything() == before
        assert edit_history.redo(survey(), edit_id)
        assert everything() == after


def test_placed_twice_it_is_placed_once_and_after_undo_again_with_the_same_themes(filled: Flask) -> None:
    with filled.app_context():
        coding = make_coding(CODED)
        first = place.place(survey(), coding)
        assert place.place(survey(), coding) == first
        themes = db.session.scalar(select(func.count(Theme.id)))
        edit_history.undo(survey(), first)
        second = place.place(survey(), coding)
        assert second != first
        assert db.session.scalar(select(func.count(Theme.id))) == themes
        assert db.session.scalar(select(func.count()).where(Edit.action == "coded")) == 2


@pytest.mark.both_databases
def test_two_windows_place_once(filled: Flask) -> None:
    with filled.app_context():
        public_id = make_coding(CODED).public_id

    def send(_: int) -> int:
        with filled.app_context():
            coding = codings.find(survey(), public_id)
            assert coding is not None
            return place.place(survey(), coding)

    with ThreadPoolExecutor(2) as threads:
        assert len(set(threads.map(send, range(2)))) == 1
    with filled.app_context():
        assert db.session.scalar(select(func.count()).where(Edit.action == "coded")) == 1


def test_an_edit_made_after_it_holds_when_it_is_undone(filled: Flask) -> None:
    with filled.app_context():
        edit_id = place.place(survey(), make_coding(CODED))
        other = make_coding({"Laughing together": ["Talking"]}, "cd" * 8)
        place.place(survey(), other)
        edit_history.undo(survey(), edit_id)
        assert themes_of("Laughing together") == {"Laughing together": ["Talking"]}
        assert themes_of("honest words") == {"honest words": ["Fun"]}


def test_codes_stand_for_other_themes_or_none_where_the_owner_says_so(filled: Flask) -> None:
    with filled.app_context():
        coding = make_coding(CODED)
        fun = db.session.scalars(select(Theme).where(Theme.name == "Fun")).one()
        names = [code.name for code in codings.codes_of(coding)]
        choices = {"Honesty": codings.NOT_USED, "Listening": fun.public_id}
        codings.choose(coding, [choices.get(name, codings.BY_NAME) for name in names])
        codings.choose(coding, [choices.get(name, "0" * 16) for name in names])  # no theme of this survey: as it was
        place.place(survey(), coding)
        assert themes_of("We talk openly. He never lies.") == {
            "We talk openly": ["Talking"],
            "He never lies": ["Talking"],
        }
        assert themes_of("She listens, and we laugh") == {"She listens": ["Fun"], "we laugh": ["Fun"]}
        assert themes_of("honest words") == {"honest words": ["Fun"]}
        assert db.session.scalar(select(func.count()).where(Theme.name == "Honesty")) == 0


def test_a_code_named_as_a_part_of_a_theme_is_that_theme(filled: Flask) -> None:
    with filled.app_context():
        coding = make_coding({"We laugh and laugh": ["jokes"]})
        place.place(survey(), coding)
        assert themes_of("We laugh and laugh") == {"We laugh and laugh": ["Fun"]}


def test_what_no_run_has_read_waits(filled: Flask) -> None:
    with filled.app_context():
        survey_id = survey().id
        db.session.add(Answer(survey_id=survey_id, form_key="new", text="Came just now"))
        db.session.commit()
        coding = make_coding({"Came just now": ["Fun"], "no idea": ["Fun"]})
        plan = place.plan(db.session, coding)
        assert (plan.unread, plan.silent, plan.ideas) == (1, 1, [])
        with pytest.raises(EditRefused, match="None of these answers"):
            place.place(survey(), coding)
        assert db.session.scalar(select(func.count(Edit.id))) == 0


@pytest.mark.slow
def test_what_was_placed_stays_through_runs_and_teaches(app: Flask, perform: Callable[[Flask], None]) -> None:
    owned_survey(app)
    animals = [f"{word} zebra quagga" for word in ("Stripy", "Quick", "Wild", "Shy", "Loud", "Old", "Young", "Small")]
    for text in ("Honesty", "Be honest", "Trust", "Trust me", "Patience", *animals):
        send_answer(app.test_client(), text)
    perform(app)
    with app.app_context():
        said = {text: ["Animals"] for text in animals} | {"Trust me": ["Honesty", "Animals"]}
        place.place(survey(), make_coding(said))
    send_answer(app.test_client(), "Old quick zebra quagga")
    perform(app)
    with app.app_context():
        assert all(themes_of(text) == {text: ["Animals"]} for text in animals)
        assert themes_of("Trust me") == {"Trust me": ["Animals", "Honesty"]}
        assert themes_of("Old quick zebra quagga") == {"Old quick zebra quagga": ["Animals"]}


def test_a_coding_becomes_a_codebook_with_examples(filled: Flask) -> None:
    with filled.app_context():
        survey().codebook = "none"
        db.session.commit()
        coding = make_coding(CODED, descriptions={"Honesty": "Says the\ntruth"})
        assert teach.teach(survey(), coding) == 4
        codebook = Codebook.from_toml(survey().own_codebook or "", source="x")
        examples = {theme.name: theme.examples for theme in codebook.themes}
        assert set(examples) == {"Talking", "Honesty", "Listening", "Fun"}
        assert "honest words" in examples["Honesty"] and "He never lies" in examples["Honesty"]
        assert examples["Listening"] == ("listens",)
        assert {theme.key for theme in codebook.themes if theme.name in ("Fun", "Talking")} == {"fun", "talking"}
        assert next(theme for theme in codebook.themes if theme.name == "Honesty").description == "Says the truth"


def test_examples_mask_personal_data_and_extend_the_codebook_there_is(app: Flask) -> None:
    fill(app, [Says("Ring me on 0151 23456789, honest", [("Ring me on 0151 23456789", None)])])
    with app.app_context():
        known = len(Codebook.load("relationships").themes)
        coding = make_coding({"Ring me on 0151 23456789, honest": [("Ring me on 0151 23456789", "honesty")]})
        teach.teach(survey(), coding)
        codebook = Codebook.from_toml(survey().own_codebook or "", source="x")
        assert len(codebook.themes) == known
        (honesty,) = [theme for theme in codebook.themes if theme.key == "honesty"]
        assert honesty.name == "Honesty" and honesty.examples[-1].startswith("Ring me on")
        assert "0151" not in codebook.to_toml()


def test_people_are_a_second_coder(filled: Flask) -> None:
    with filled.app_context():
        coding = make_coding({**CODED, "Nobody coded this": []})
        found = compare(survey(), coding)
        assert (found.answers, found.blank, found.unread) == (6, 1, 0)
        assert (found.carried, found.tells) == (4, False)
        assert [code.name for code in found.without_theme] == ["Honesty", "Listening"]
        lines = {line.theme.name: line.counts for line in found.lines}
        fun = lines["Fun"]
        assert (fun.both, fun.first_only, fun.second_only, fun.neither) == (1, 2, 1, 2)
        assert fun.f1 == pytest.approx(2 / 5) and fun.kappa == pytest.approx(0)
        assert found.found is not None and (found.found.answers, found.found.same) == (5, 2)
        assert {one.answer.text for one in found.differing} == {
            "She listens, and we laugh",
            "honest words",
            "We laugh and laugh",
        }
        talking = next(line.theme.id for line in found.lines if line.theme.name == "Talking")
        differing = compare(survey(), coding, only=talking).differing
        assert {one.answer.text for one in differing} == {"She listens, and we laugh"}
        assert compare(survey(), coding, with_blank=True).answers == 7


def test_answers_without_a_compared_code_on_either_side_count_for_nothing(filled: Flask) -> None:
    """Fun alone stands for a theme: three answers have it from people or here, and one of these from both."""
    fun = {"Laughing together": ["FUN"], "honest words": ["Honesty"], "We laugh and laugh": ["FUN"]}
    nothing = {text: ["Honesty"] for text in CODED if text not in fun}
    with filled.app_context():
        few, many = compare(survey(), make_coding(fun)), compare(survey(), make_coding(fun | nothing, key="b" * 16))
        assert (few.answers, many.answers, many.carried) == (3, 6, 2)
        assert few.found is not None and few.found == many.found
        assert (many.found.answers, many.found.same, many.found.micro_f1) == (3, 1, 0.5)
        assert many.lines[0].counts.f1 == 0.5
        one = make_coding({text: ["FUN"] if text == "Laughing together" else [] for text in CODED}, key="c" * 16)
        blank = compare(survey(), one, with_blank=True)
        assert blank.found is not None and (blank.answers, blank.found.answers, blank.found.same) == (6, 2, 1)


def test_nothing_compared_is_no_agreement(filled: Flask) -> None:
    with filled.app_context():
        found = compare(survey(), make_coding({"no idea": ["Honesty"]}))
        assert (found.answers, found.found) == (1, None)


def test_after_placing_people_and_themes_agree(filled: Flask) -> None:
    with filled.app_context():
        coding = make_coding({text: codes for text, codes in CODED.items() if text != "no idea"})
        place.place(survey(), coding)
        found = compare(survey(), coding)
        assert found.differing == [] and found.alpha == 1 and found.without_theme == []


@pytest.mark.both_databases
def test_a_coding_goes_with_its_answers_and_with_their_texts(filled: Flask) -> None:
    with filled.app_context():
        coding_id = make_coding(CODED).id
        count = select(func.count()).where(CodedAnswer.coding_id == coding_id)
        answers = db.session.scalars(select(Answer).order_by(Answer.id)).all()
        erasure.delete_answer(survey(), answers[0])
        assert db.session.scalar(count) == 5
        coding_models.forget(db.session, answers[1].id)
        db.session.commit()
        assert db.session.scalar(count) == 4
        erasure.delete_survey(survey())
        assert db.session.scalar(select(func.count(Coding.id))) == 0


@pytest.mark.slow
def test_two_thousand_answers_with_thirty_codes(sqlite_app: Flask) -> None:
    """Placed in 10 s, compared in 3 s, a codebook in 5 s, of processor time."""
    words = [f"topic{number}" for number in range(30)]
    says, coded = [], {}
    for number in range(2000):
        one, other = words[number % 30], words[(number * 7 + 1) % 30]
        text = f"I like {one} {number}. And some {other}"
        says.append(Says(text, [(f"I like {one} {number}", one if number % 3 else None), (f"some {other}", other)]))
        coded[text] = list(dict.fromkeys([one.upper(), other.upper()]))
    fill_counted(sqlite_app, says)
    with sqlite_app.app_context():
        coding = make_coding(coded)
        before = everything()
        times = []
        for action in (
            lambda: compare(survey(), coding),
            lambda: teach.taught(survey(), coding),
            lambda: place.place(survey(), coding),
        ):
            started = time.process_time()
            action()
            times.append(time.process_time() - started)
        print("compare, codebook, place:", [round(one, 2) for one in times])
        assert compare(survey(), coding).alpha == 1
        edit_id = coding.edit_id
        assert edit_id is not None
        edit_history.undo(survey(), edit_id)
        assert everything() == before
        assert times[0] < 3 and times[1] < 5 and times[2] < 10
