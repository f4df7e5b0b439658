"""What columns hold: open questions in any script, personal data, choices, times, ids; the best first, with reasons."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from analysis.files.model import Layout
from analysis.tables.column_statistics import gather
from tests.analysis.tables.support import TEXTS, Read, read_table
from tests.support.every_case import for_each

JAPANESE = ("もっと木を植えて", "夜のバスを増やす", "居場所がほしい", "公園をきれいに", "車を遅く", "切符を安く")
ARABIC = ("مزيد من الأشجار", "حافلات ليلية أفضل", "مكان للشباب", "حدائق أنظف", "سيارات أبطأ", "تذاكر أرخص للعائلات")
THAI = ("ปลูกต้นไม้เพิ่ม", "รถเมล์กลางคืน", "ที่สำหรับวัยรุ่น", "สวนสะอาดขึ้น", "รถวิ่งช้าลง", "ตั๋วถูกลง")
RUSSIAN = (
    "Больше деревьев",
    "Лучше автобусы ночью",
    "Место для молодых",
    "Чище парки",
    "Медленнее машины",
    "Дешевле билеты",
)
GERMAN = (
    "Mehr Bäume an der Straße",
    "Nachts mehr Busse",
    "Ein Ort für Jugendliche",
    "Saubere Parks",
    "Tempo 30",
    "Billigere Karten",
)
DAYS = [f"2026-03-{n + 11} 09:10:11" for n in range(6)]
MAILS = [f"person.with.a.long.name.{n}@organisation.example" for n in range(6)]
Column = tuple[str, Sequence[str]]


def read_columns(*columns: Column, **known: object) -> Read:
    return read_table(
        [[name for name, _ in columns], *zip(*(cells for _, cells in columns), strict=True)], None, **known
    )


@for_each(
    "columns",
    [
        [("Email", MAILS), ("Q", TEXTS)],
        [("タイムスタンプ", DAYS), ("メール", MAILS), ("年齢", ["30代", "40代"] * 3), ("Q", JAPANESE)],
        [("الطابع الزمني", DAYS), ("العمر", ["34", "28", "51", "19", "44", "37"]), ("Q", ARABIC)],
        [("ประทับเวลา", DAYS), ("เพศ", ["หญิง", "ชาย", "หญิง", "หญิง", "ชาย", "ชาย"]), ("Q", THAI)],
        [("Отметка времени", DAYS), ("Нужна ли библиотека?", ["Да, полностью согласен"] * 6), ("Q", RUSSIAN)],
        [("Zeitstempel", DAYS), ("Wie oft kommen Sie?", ["Oft", "Nie", "Oft", "Oft", "Nie", "Nie"]), ("Q", GERMAN)],
        [("_uuid", [f"5b2b6e3c-7a0c-4bfc-9a2e-6a3f0e7d1f0{n}" for n in range(6)]), ("Q", JAPANESE)],
        [("link", [f"https://town.example/a/rather/long/path/{n}" for n in range(6)]), ("Q", GERMAN)],
        [("Which do you use?", ["Library;Pool", "Pool;Park", "Library;Park"] * 2),
         ("Q", JAPANESE)],
        [("When did you come last?", [f"March {n + 1}, 2026" for n in range(6)]), ("Q", ARABIC)],
        [("browser", [f"Mozilla/5.0 (X11; Linux x86_64) Firefox/14{n}.0" for n in range(6)]), ("Q", THAI)],
        [("data", [f'{{"page": {n}, "clicks": [1, 2, 3]}}' for n in range(6)]), ("Q", RUSSIAN)],
        [("Agree?", ["I agree with all", "I do not agree at all"] * 3), ("Q", ["", *TEXTS[:2], "", "", ""])],
    ],
)  # fmt: skip
def test_the_open_question_is_found(columns: list[Column]) -> None:
    read = read_columns(*columns)
    assert read.asked == ["Q"]
    assert all(guess.reason and guess.reason[0].isupper() and guess.reason.endswith(".") for guess in read.guesses)


@for_each(
    ("name", "cells", "role"),
    [
        ("Email Address", MAILS, "email"),
        ("How can we reach you?", MAILS, "email"),
        ("Your e-mail", ["a@b.example", "", "c@d.example", "", "no", "e@f.example"], "email"),
        ("IP", [f"192.0.2.{n}" for n in range(6)], "address"),
        ("device", [f"2001:db8::{n}" for n in range(6)], "address"),
        ("Ort", [f"52.52{n}01, 13.40{n}02" for n in range(6)], "place"),
        ("LocationLatitude", [f"52.5{n}" for n in range(6)], "place"),
        ("Telefon", [f"+49 170 123456{n}" for n in range(6)], "phone"),
        ("contact", [f"(030) 123 45{n} 7" for n in range(6)], "phone"),
        ("Vorname", ["Ana", "Bo", "Cem", "Dana", "Eva", "Finn"], "name"),
        ("氏名", ["山田太郎", "佐藤花子", "鈴木一郎", "田中実", "伊藤翼", "渡辺愛"], "name"),
        ("What is your full name?", ["Ana Silva", "Bo Berg", "Cem Kaya", "Dana Ros", "Eva Lund", "Finn Ek"], "name"),
        ("Nom et prénom", ["Ana Silva", "Bo Berg", "Cem Kaya", "Dana Ros", "Eva Lund", "Finn Ek"], "name"),
        ("x", [f"https://t.example/{n}" for n in range(6)], "link"),
        ("Alter", ["34", "28", "51", "19", "44", "37"], "number"),
        ("Preis", ["1,50 €", "2,50 €", "3 €", "1 €", "2 €", "9 €"], "number"),
        ("when", DAYS, "time"),
        ("id", [f"R_1a2B3c{n}" for n in range(6)], "id"),
        ("Oui ou non", ["Oui", "Non", "Oui", "Oui", "Non", "Oui"], "closed"),
    ],
)
def test_roles(name: str, cells: Sequence[str], role: str) -> None:
    read = read_columns((name, cells), ("Q", TEXTS))
    assert (read.role(name), read.asked) == (role, ["Q"])


def test_short_answers_with_a_number_each_are_answers() -> None:
    cells = ["2 dogs", "Room 3", "5 stars", "9 hours", "1 bus", "4 lamps"]
    assert read_columns(("answer", cells), ("kind", [""] * 6)).asked == ["answer"]
    assert read_columns(("Seat", cells), ("answer", TEXTS)).role("Seat") == "number"


def test_names_beside_their_addresses() -> None:
    people = ["Ana Silva", "Bo Berglund", "Cem Kaya", "Dana Ros", "Eva Lund", "Finn Ekdal"]
    mails = [f"{name.lower().replace(' ', '.')}@mail.example" for name in people]
    read = read_columns(("Column A", people), ("Column B", mails), ("Q", TEXTS))
    assert (read.role("Column A"), read.asked) == ("name", ["Q"])


def test_several_open_questions_the_best_first() -> None:
    longer = [f"{text}, because many of us have asked for it for a long time" for text in TEXTS]
    read = read_columns(
        ("Anything else?", [*TEXTS[:2], "", "", "", ""]), ("What is missing?", longer), ("Age", "345678")
    )
    assert read.asked == ["What is missing?", "Anything else?"]
    assert [guess.rank for guess in read.guesses if guess.role == "answer"] == [1, 0]


@for_each(
    ("question", "first"),
    [
        ("Anything else?", "Anything else?"),
        ("What should we change?", "What should we change"),
        ("What should our town change next?", "What should we change"),
        ("", "What should we change"),
    ],
)
def test_what_the_survey_asks_is_a_hint(question: str, first: str) -> None:
    longer = [f"{text} and more than that" for text in TEXTS]
    read = read_columns(("Anything else?", TEXTS), ("What should we change", longer), question=question)
    assert read.asked[0] == first


def test_a_column_called_answer_is_the_answer() -> None:
    longer = [f"{text}, which is long, and longer than the answer beside it" for text in TEXTS]
    assert (
        read_columns(
            ("notes of the team", longer), ("answer", ["Trees", "Buses", "Shade", "Parks", "Cars", "Fares"])
        ).asked[0]
        == "answer"
    )


@for_each(
    ("columns", "time"),
    [
        ([("Start Date", DAYS), ("End Date", DAYS)], "End Date"),
        ([("startdate", DAYS), ("submitdate", DAYS), ("datestamp", DAYS)], "submitdate"),
        ([("Heure de début", DAYS), ("Heure de fin", DAYS)], "Heure de fin"),
        ([("一", DAYS)], "一"),
        ([("received_at", [str(1772356211000 + n) for n in range(6)])], "received_at"),
        ([("created", [str(1772356211 + n) for n in range(6)])], "created"),
        ([("RecordedDate", [f"46082.{n + 4}" for n in range(6)])], "RecordedDate"),
        ([("Datum", [f"1.3.2026, {n}:10" for n in range(6)])], "Datum"),
        ([("Wann?", [f"{n + 1}. März 2026 um 09:10 Uhr" for n in range(6)]), ("Zeitstempel", DAYS)], "Zeitstempel"),
        ([("Year of birth", ["1980", "1990", "1985", "2001", "1975", "1999"])], None),
        ([("Datum", ["N/A", *DAYS[1:]])], "Datum"),
        ([("Date", ["18 to 24 years", "25 to 34 years", "35 to 44 years"] * 2)], None),
    ],
)
def test_the_time_is_found(columns: list[Column], time: str | None) -> None:
    read = read_columns(*columns, ("Q", TEXTS))
    assert read.name(read.columns.time) == time
    assert not any(one.problems for one in read.answers)


DATES = [f"2026-03-0{n + 1}" for n in range(6)]
BIRTHS = ["1981-02-03", "1990-11-30", "1975-06-17", "2001-01-09", "1968-08-21", "1999-12-24"]


@for_each(
    ("columns", "time"),
    [
        *(
            ([(name, DATES)], name)
            for name in ("Day", "التاريخ", "תאריך", "تاریخ", "Päivämäärä", "Ημερομηνία", "Ngày", "วันที่", "तारीख", "Feld")
        ),
        ([("Day", DATES), ("Zeitstempel", DAYS)], "Zeitstempel"),
        ([("Day", DATES), ("Other day", DATES)], None),
        ([("Date of birth", DATES)], None),
        ([("Geburtsdatum", DATES)], None),
        ([("生年月日", DATES)], None),
        ([("Day", BIRTHS)], None),
        ([("When do you need it?", DATES)], None),
    ],
)
def test_the_only_column_of_days_is_the_time_whatever_it_is_called(columns: list[Column], time: str | None) -> None:
    read = read_columns(*columns, ("Q", TEXTS))
    assert (read.name(read.columns.time), read.asked) == (time, ["Q"])


def test_times_that_cannot_be_read_are_said() -> None:
    read = read_columns(("received_at", ["week 9", "week 10", *DAYS[2:]]), ("Q", TEXTS))
    assert [one.problems for one in read.answers] == [("unreadable_time",)] * 2 + [()] * 4
    read = read_columns(("Timestamp", ["week nine", "week ten", "a monday"] * 2), ("Q", TEXTS))
    assert [one.problems for one in read.answers] == [("unreadable_time",)] * 6


@for_each(
    "steps",
    [
        [f"{word} with the statement as it is written" for word in ("Agree", "Disagree", "Neither", "Yes", "No")],
        [f"Ich stimme der Aussage {word} zu" for word in ("ganz", "eher", "kaum", "nicht", "überhaupt nicht")],
        [f"{age} to {age + 9} years old" for age in (20, 30, 40, 50, 60)],
        ["Very easy to reach by bus", "Easy to reach by bus", "Hard to reach by bus", "Not to reach by bus", "Easy"],
    ],
)  # fmt: skip
def test_long_choices_of_a_short_file_are_none(steps: list[str]) -> None:
    read = read_columns(
        ("How much?", [*steps, steps[0]]), ("Else?", ["", "Trees please", "", "Parks please", "", "Shade"])
    )
    assert read.asked == ["Else?"]


def test_kind_and_source_by_name_and_by_what_is_in_them() -> None:
    kinds, sources = ("partner", "Partner", "friend", "Friend"), ("mail", "poster")
    who, way = ["Friend", "partner", "", "Partner", "Friend", "friend"], ["mail", "poster", "mail", "mail", "", "mail"]
    read = read_columns(("Wer?", who), ("Woher?", way), ("Q", TEXTS), kinds=kinds, sources=sources)
    assert (read.columns.kind, read.columns.source) == (0, 1)
    read = read_columns(
        ("kind", ["uncle"] * 6), ("source", ["anonymous"] * 6), ("Q", TEXTS), kinds=kinds, sources=sources
    )
    assert (read.columns.kind, read.columns.source) == (0, None)


def test_an_id_that_comes_twice_tells_nothing_apart() -> None:
    assert (
        read_columns(
            ("Network ID", ["a1b2c3"] * 6), ("id", ["1", "1", "2", "3", "4", "5"]), ("Q", TEXTS)
        ).columns.response_id
        is None
    )


def test_one_column_of_answers_that_come_again() -> None:
    assert read_table([["Opinion"], *([text] for text in TEXTS[:3] * 6)]).asked == ["Opinion"]


def test_a_column_that_few_filled_in_far_down() -> None:
    rows = [[str(n), "yes" if n % 3 else "no", ""] for n in range(3_000)]
    for n, text in enumerate(TEXTS):
        rows[2_500 + n][2] = text
    read = read_table([["id", "Again?", "Why?"], *rows])
    assert (read.asked, len(read.texts)) == (["Why?"], 6)


def test_many_short_answers_are_open() -> None:
    words = [f"{first} {second}".strip() for first in ("trust", "honesty", "time", "love", "wit", "fun") for second in
             ("", "first", "always", "daily", "together", "again", "and care")]  # fmt: skip
    read = read_columns(("In a word?", words * 3), ("Again?", ["yes", "no", "yes"] * 42))
    assert (read.asked, read.role("Again?")) == (["In a word?"], "closed")


def test_all_rows_are_counted_and_some_looked_at() -> None:
    """A column that few fill, late, and one of blanks of many kinds: counts are exact, whatever was looked at."""
    rows = [
        (n, [f"word {n} of many", "late" if n > 2_500 else "", "\u200b" if n % 2 else "\xa0 "]) for n in range(2, 3_002)
    ]
    columns, first = gather(rows, Layout(("a", "b", "c"), header_rows=(1,), first=2))
    assert [column.filled for column in columns] == [3_000, 501, 0]
    assert columns[0].mean_length == pytest.approx(sum(len(cells[0]) for _, cells in rows) / 3_000)
    looked_at = [f"word {n} of many" for n in range(2, 3_002) if n < 1_002 or (n - 1) % 29 == 0]
    assert columns[0].cells == looked_at
    assert len(columns[1].cells) == 200 + len(range(94 * 29, 3_001, 29))
    assert first == [cells for _, cells in rows[:200]]
