"""Columns of codes that people gave to answers make no survey; short answers to a question do."""

from __future__ import annotations

from tests.analysis.tables.support import TEXTS
from tests.analysis.tables.test_columns import read_columns
from tests.support.every_case import for_each

CODE_NAMES = (
    *("Radwege", "Ampel", "Winter", "Tempo", "Kinder", "Kontrolle Rad", "Bus", "Geld", "Service", "Licht", "Abstellen"),
    *("Kreuzung", "Trennung", "Autofrei", "Leihrad", "Schilder", "Baustelle", "Umland", "Diebstahl", "Beteiligung"),
    *("Fahrradstraße", "Oberfläche", "Nichts", "Fußgänger"),
)


def coded(between: str, rows: int = 120) -> list[str]:
    """One of 24 codes in each cell, in every fifth two, as a coder writes them; some cells are blank."""
    cells = []
    for n in range(rows):
        names = [CODE_NAMES[n % 24], *([CODE_NAMES[(n + n // 7 + 1) % 24]] if n % 5 == 0 else [])]
        cells.append("" if n % 13 == 12 else between.join(dict.fromkeys(names)))
    return cells


def opinions(rows: int = 120) -> list[str]:
    return [f"{TEXTS[n % 6]} and {TEXTS[(n // 6) % 6].lower()}, said {n}" for n in range(rows)]


CODE_HEADERS = (
    "Codes", "Codes (Kodierer MK)", "Themen", "kat_offen", "My codes", "Q7_coded", "category", "Hauptkategorie",
    "Catégories", "thèmes", "Códigos", "Temas", "Categoria", "Codici", "Thema's", "Gecodeerd", "コード", "カテゴリー",
    "类别", "主题编码", "الرموز", "تصنيف", "Kategorie 1", "Was fehlt Ihnen? (Codes)", "v13", "offen_2", "MK",
)  # fmt: skip


@for_each(
    ("name", "between"),
    [(name, between) for name in CODE_HEADERS for between in (";", "; ", ",", ", ", "|", " | ", "/", " / ")],
)
def test_codes_are_no_question_whatever_stands_between_them(name: str, between: str) -> None:
    read = read_columns(("What should the town do?", opinions()), (name, coded(between)))
    assert read.asked == ["What should the town do?"]
    assert read.role(name) in ("codes", "closed")


@for_each("name", ["Codes", "Themen", "category", "Códigos", "コード"])
def test_one_code_a_cell_is_known_by_its_name(name: str) -> None:
    codes = [f"{CODE_NAMES[n % 10]} {n % 4}" for n in range(120)]
    read = read_columns(("What should the town do?", opinions()), (name, codes))
    assert (read.asked, read.role(name)) == (["What should the town do?"], "codes")


WORDS = (
    *("family", "friends", "health", "money", "peace", "music", "nature", "freedom", "work", "love", "books", "food"),
    *("sleep", "sports", "travel", "garden", "home", "children", "faith", "art", "science", "humour", "honesty", "tea"),
    *(
        "trust",
        "time",
        "quiet",
        "sea",
        "mountains",
        "dancing",
        "cooking",
        "reading",
        "walking",
        "cats",
        "dogs",
        "stars",
    ),
    *("coffee", "bread", "sunlight", "winter", "summer", "rain", "snow", "hope", "kindness", "laughter", "silence"),
)


def one_word_each(rows: int = 120) -> list[str]:
    """What people say in a word: some words often, many once."""
    return [WORDS[n % 16] if n % 2 else WORDS[n // 2 % len(WORDS)] for n in range(rows)]


@for_each("name", ["What matters most to you?", "In one word", "q2_open", "Which theme matters to you?", "Comment"])
def test_a_question_that_people_answer_in_a_word_stays_one(name: str) -> None:
    read = read_columns(("What should the town do?", opinions()), (name, one_word_each()))
    assert set(read.asked) == {"What should the town do?", name}


@for_each("name", ["Would you come again?", "Come again", "q3"])
def test_yes_no_and_maybe_with_their_reasons_are_a_question(name: str) -> None:
    starts = ("yes", "no", "maybe", "Yes, of course", "no, never", "maybe / depends")
    answers = [starts[n % 6] if n % 2 else f"{starts[n % 3]}, {WORDS[n // 2 % len(WORDS)]}" for n in range(120)]
    read = read_columns(("What should the town do?", opinions()), (name, answers))
    assert set(read.asked) == {"What should the town do?", name}


@for_each("name", ["Country code", "Postal code", "Code postal", "Ländercode"])
def test_codes_of_something_else_are_none(name: str) -> None:
    read = read_columns(
        ("What should the town do?", opinions()), (name, [("DE", "FR", "NL")[n % 3] for n in range(120)])
    )
    assert read.role(name) != "codes"


def test_what_a_survey_asks_is_no_code() -> None:
    read = read_columns(("id", [f"R{n}" for n in range(120)]), ("Themes", coded("; ")), question="Themes")
    assert read.asked == ["Themes"]
