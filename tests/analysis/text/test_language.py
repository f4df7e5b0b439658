"""Which language an answer is in: told where it can be, by what the others are in where it could be several."""

import random

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from analysis.answer_languages import reads
from analysis.encoders.names import ENGLISH_MODELS
from analysis.known_themes.codebook import Codebook
from analysis.languages import FIRST
from analysis.pipeline import analyse
from analysis.text.language import (
    KNOWN,
    count_languages,
    decide_languages,
    guess_languages,
    is_strange,
)
from tests.support.every_case import for_each
from tests.support.toy_model import ToyModel

GERMAN = [
    "Der Bus kommt abends viel zu spät",
    "Mehr Bäume im Stadtpark, bitte",
    "Die Bücherei sollte sonntags öffnen",
    "Ein Spielplatz für die Kleinen wäre schön",
    "Ich wünsche mir sichere Radwege zur Schule",
]
ROMANISED_HINDI = ["bus shaam ko der se aati hai", "park mein aur ped lagao", "paani har roz nahi aata yahan"]
ROMANISED_ARABIC = ["el bus byete2akhar kol yom", "3ayzin bus belleil men fadlak", "el tazkara ghalya awi"]
ZULU = ["amabhasi afika emuva kwesikhathi", "sidinga izihlahla eziningi epaki", "akukho gesi emgwaqweni wethu"]


def languages_of(answers: list[str]) -> list[str | None]:
    return decide_languages([*map(guess_languages, answers)])


@for_each(
    ("language", "answer"),
    [
        ("en", "The buses come far too late in the evening"),
        ("de", "Der Bus kommt abends viel zu spät"),
        ("es", "El autobús llega muy tarde por la noche"),
        ("fr", "Le bus arrive beaucoup trop tard le soir"),
        ("it", "Gli autobus arrivano sempre troppo tardi la sera"),
        ("pt", "O ônibus chega muito tarde à noite, não dá"),
        ("nl", "De bus komt 's avonds veel te laat"),
        ("ar", "الحافلة تصل متأخرة جدا في المساء"),
        ("zh", "晚上的公交车来得太晚了"),
        ("ja", "夜のバスが遅すぎます"),
        ("pl", "Autobus przyjeżdża wieczorem za późno"),
        ("th", "รถเมล์มาช้าเกินไปตอนเย็น"),
        ("en", "THE BUSES COME FAR TOO LATE IN THE EVENING"),
        ("en", "The buses\ncome far\ttoo late\u202e in the evening"),
    ],
)
def test_a_sentence_alone_is_told(language: str, answer: str) -> None:
    assert languages_of([answer]) == [language]


@for_each("answer", ["", "🎉🎉🎉", "12345", "...", "\u202e\u200b", "\ud800", "Respekt", "ok"])
def test_what_could_be_any_language_is_left_undecided(answer: str) -> None:
    assert languages_of([answer]) == [None]


@pytest.mark.parametrize("answers", [ROMANISED_HINDI, ROMANISED_ARABIC, ZULU])
def test_words_of_a_language_that_is_not_known_are_undecided(answers: list[str]) -> None:
    assert languages_of(answers) == [None] * len(answers)
    assert sum(is_strange(answer, guess_languages(answer)) for answer in answers) >= 2


@for_each("answer", ["The zebra waits at the crossing", "Der Bus kommt spät", "ok", "Mo te", "🎉", "信任"])
def test_what_is_short_or_rather_in_one_language_is_not_strange(answer: str) -> None:
    assert not is_strange(answer, guess_languages(answer))


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=40), max_size=6))
def test_no_text_is_too_strange(answers: list[str]) -> None:
    guesses = [*map(guess_languages, answers)]
    for found in guesses:
        assert 0 <= sum(found.values()) <= 1.001
        assert found.keys() <= set(KNOWN)
    assert all(each is None or each in KNOWN for each in decide_languages(guesses))


def test_one_word_follows_the_others() -> None:
    assert languages_of(["Geduld"]) == [None]
    assert languages_of(["Respekt", *GERMAN * 5])[0] == "de"


def test_one_word_follows_those_that_were_told_before() -> None:
    guesses = [guess_languages("Respekt")]
    assert decide_languages(guesses, {}) == [None]
    assert decide_languages(guesses, {"de": 40}) == ["de"]
    assert decide_languages([guess_languages("The bus is late again")], {"de": 4000}) == ["en"]


def test_one_sentence_stays_what_it_is_among_many_others() -> None:
    assert languages_of(["The last bus leaves before the shops close, so people walk home", *GERMAN * 40])[0] == "en"


def test_chinese_characters_that_one_country_has_tell_its_language() -> None:
    assert languages_of(["沟通"]) == ["zh"]
    assert languages_of(["信頼"]) == ["ja"]
    assert languages_of(["感謝"]) == [None]
    assert languages_of(["感謝", "お互いに正直でいること", "毎日話すこと"])[0] == "ja"


def test_the_order_of_the_answers_does_not_matter() -> None:
    answers = [*GERMAN, "Respekt", "The buses are late", "ok", "Más árboles en el parque, por favor", "Geduld"]
    found = dict(zip(answers, languages_of(answers), strict=True))
    shuffled = random.Random(3).sample(answers, len(answers))
    assert dict(zip(shuffled, languages_of(shuffled), strict=True)) == found


def test_languages_are_counted_most_first() -> None:
    assert list(count_languages(["de", None, "en", "de", "ar"]).items()) == [("de", 2), ("ar", 1), ("en", 1)]


def test_every_language_that_can_be_told_has_a_name_in_those_of_the_pages() -> None:
    for language in FIRST:
        assert not [code for code in KNOWN if code not in Locale(language).languages], language


def test_an_analysis_says_how_many() -> None:
    answers = [*GERMAN, *ZULU, "Терпение и любовь каждый день", "Trust", "特になし"]
    settings = analyse(answers, codebook=Codebook.empty(), embedder=ToyModel(), re_runs=0).settings
    assert settings["languages"] == {"de": 5, "ru": 1}
    assert (settings["unknown_languages"], settings["unreadable_answers"]) == (2, 1)


def test_a_model_that_reads_english_alone_has_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [*GERMAN, "The buses come far too late in the evening", "Терпение и любовь каждый день"]
    monkeypatch.setattr("analysis.answer_languages.reads", lambda model, language: language == "en")
    settings = analyse(answers, codebook=Codebook.empty(), embedder=ToyModel(), re_runs=0).settings
    assert settings["other_languages"] == {"de": 5}


def test_the_packaged_model_was_trained_on_english_and_of_others_nothing_is_known() -> None:
    for model in ENGLISH_MODELS:
        assert reads(model, "en")
        assert not reads(model, "de")
    assert reads("a model of the owner's", "de")
