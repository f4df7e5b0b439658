"""Times as programs write them, in many languages; the order of day and month decided on the whole column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from analysis.tables import time_words
from analysis.tables.time_order import time_order
from analysis.tables.times import time_parser, zone_in_name
from tests.support.every_case import for_each


def read_column(texts: Sequence[str], zone: str = "") -> list[str]:
    """Return the times of a column, in UTC; "?" where one cannot be read, "" where there is none."""
    parse = time_parser(time_order(list(enumerate(texts, start=2)), zone))
    found = []
    for text in texts:
        try:
            moment = parse(text)
            found.append(f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "")
        except ValueError:
            found.append("?")
    return found


NINE, EVENING = "2026-03-01 09:10:00", "2026-03-01 21:10:00"


@for_each(
    ("text", "time"),
    [
        ("2026-03-01T09:10", NINE),
        ("2026-03-01T10:10:00,000+01:00", NINE),
        ("2026-03-01 10:10:00 +0100", NINE),
        ("2026-03-01T10:10:00+01:00[Europe/Paris]", NINE),
        ("2026-03-01 10:10 Europe/Berlin", NINE),
        ("20260301T091000Z", NINE),
        ("202603010910", NINE),
        ("Sun, 01 Mar 2026 10:10:00 +0100", NINE),
        ("Sun Mar 01 01:10:00 PST 2026", NINE),
        ("Sun Mar  1 09:10:00 2026", NINE),
        ("Sun Mar 01 2026 10:10:00 GMT+0100 (Central European Standard Time)", NINE),
        ("Mar 1, 2026 at 9:10 PM", EVENING),
        ("March 1st, 2026 9:10pm", EVENING),
        ("01-MAR-26 09.10.00 PM", EVENING),
        ("2026/03/01 9:10:00 PM GMT", EVENING),
        ("1. März 2026 um 21:10 Uhr", EVENING),
        ("01. Mrz. 2026, 21.10", EVENING),
        ("So., 1. März 2026 21:10", EVENING),
        ("1 mars 2026 à 21 h 10", EVENING),
        ("dim. 1er mars 2026 21h10", EVENING),
        ("1 de marzo de 2026, 9:10 p. m.", EVENING),
        ("1 mar 2026 9:10:00 p.\u202fm.", EVENING),
        ("1 de março de 2026 às 21:10", EVENING),
        ("domenica 1 marzo 2026, ore 21:10", EVENING),
        ("zo 1 maart 2026 21:10 uur", EVENING),
        ("2026年3月1日 午後9時10分", EVENING),
        ("令和8年3月1日 21:10", EVENING),
        ("2026/3/1 下午9:10:00", EVENING),
        ("2026. 3. 1 오후 9:10:00", EVENING),
        ("2026년 3월 1일 오후 9시 10분", EVENING),
        ("1 марта 2026 г., 21:10", EVENING),
        ("1 березня 2026 р. 21:10", EVENING),
        ("2026. márc. 1. du. 9:10", EVENING),
        ("1 marca 2026, 21:10", EVENING),
        ("1. března 2026 21:10", EVENING),
        ("1 Mart 2026 ÖS 9:10", EVENING),
        ("1/3/2026 9:10 μ.μ.", EVENING),
        ("٠١/٠٣/٢٠٢٦ ٩:١٠ م", EVENING),
        ("1 มี.ค. 2569 21:10", EVENING),
        ("9:10 CH 1/3/2026", EVENING),
        ("1 tháng 3, 2026 9:10 CH", EVENING),
        ("su 1.3.2026 klo 21.10", EVENING),
        ("ons. 1. mars 2026 kl. 21.10", EVENING),
        ("1 मार्च 2026 9:10 pm", EVENING),
        ("1772356200", NINE),
        ("1772356200000", NINE),
        ("1772356200.0", NINE),
        ("46082.381944444", NINE),
        ("2026-03-01", "2026-03-01 00:00:00"),
        ("3/1/2026 12:05 AM", "2026-03-01 00:05:00"),
    ],
)
def test_writings(text: str, time: str) -> None:
    assert read_column([text]) == [time]


@for_each(
    ("texts", "first", "day_first", "row"),
    [
        (["01/03/2026", "13/03/2026"], "2026-03-01", True, 3),
        (["01/03/2026", "03/13/2026"], "2026-01-03", False, 3),
        (["01.03.26 09:10", "02.03.26 09:10", "13.03.26 09:10"], "2026-03-01", True, 4),
        (["3/1/26 9:10", "3/13/26 9:10"], "2026-03-01", False, 3),
        (["3/1/2026", "3/2/2026", "3/3/2026"], "2026-03-01", False, None),
        (["1/3/2026", "2/3/2026", "3/3/2026"], "2026-03-01", True, None),
        (["01.02.2026"], "2026-02-01", True, None),
        (["01-02-2026"], "2026-02-01", True, None),
        (["1/2/2026"], "2026-01-02", False, None),
        (["26/03/01", "26/03/02", "26/03/13"], "2026-03-01", None, None),
        (["2026/03/01"], "2026-03-01", None, None),
        (["1/3/2569 9:10", "2/4/2569 9:10"], "2026-03-01", True, None),
    ],
)
def test_the_order_is_decided_on_the_whole_column(
    texts: Sequence[str], first: str, day_first: bool | None, row: int | None
) -> None:
    order = time_order(list(enumerate(texts, start=2)))
    assert (order.day_first, order.decided_by) == (day_first, row)
    assert read_column(texts)[0].startswith(first)
    assert row is None or order.example == texts[row - 2]
    assert day_first is None or order.why


@for_each(
    "texts",
    [["N/A", "NA"], ["", " "], ["-"], ["keine Angabe"], ["null"], ["#N/A"], ["0000-00-00 00:00:00"], ["NaT"], ["n.d."],
     ["1980-01-01 00:00:00"]],
)  # fmt: skip
def test_no_time(texts: Sequence[str]) -> None:
    assert read_column(texts) == [""] * len(texts)


@for_each(
    "text",
    ["yesterday", "2026", "9:10", "March 2026", "2026-02-30", "13/14/2026", "31/02/2026", "1 Foo 2026", "12", "99.99",
     "5 March or April 2026", "1447/09/12", "1 March 0026", "25:61 1/3/2026", "3 buses in 2026, 2 too many"],
)  # fmt: skip
def test_nothing_is_guessed(text: str) -> None:
    assert read_column([text]) == ["?"]


def test_one_unreadable_time_spoils_no_other() -> None:
    assert read_column(["13/3/2026", "3/14/2026", "14/3/2026"]) == ["2026-03-13 00:00:00", "?", "2026-03-14 00:00:00"]


@pytest.mark.parametrize(
    ("texts", "time"),
    [
        (["5 listopada 2026", "6 lipca 2026"], "2026-11-05"),
        (["5. listopada 2026.", "6. srpnja 2026."], "2026-10-05"),
        (["5. listopad 2026", "3. srpen 2026"], "2026-11-05"),
    ],
)
def test_months_that_mean_others_elsewhere(texts: Sequence[str], time: str) -> None:
    assert read_column(texts)[0].startswith(time)


def test_a_zone_of_the_file_and_zones_that_several_share() -> None:
    assert read_column(["2026-03-01 09:10", "2026-07-01 09:10"], "Europe/Berlin") == [
        "2026-03-01 08:10:00",
        "2026-07-01 07:10:00",
    ]
    (note,) = time_order([(2, "3/1/2026 9:10 CST")]).notes
    assert "CST" in note and "6 hours behind" in note


@for_each(
    ("name", "zone"),
    [("Submit Date (UTC)", "UTC"), ("Time [GMT+2]", "GMT+2"), ("Zeit (Europe/Berlin)", "Europe/Berlin"),
     ("Age (years)", "")],
)  # fmt: skip
def test_zones_in_names(name: str, zone: str) -> None:
    assert zone_in_name(name) == zone


def test_every_month_of_every_language_is_read() -> None:
    unread = []
    for name, meant in time_words.words().months.items():
        for month in meant:
            if len(meant) == 1 and read_column([f"14 {name} 2026 09:10"]) != [f"2026-{month:02}-14 09:10:00"]:
                unread.append(name)
    assert len(time_words.words().months) > 1_000
    assert unread == []


def test_the_stored_words_are_those_of_the_cldr() -> None:
    stored = time_words.TARGET.read_text(encoding="utf-8")
    assert stored == time_words.from_cldr()


def test_a_hundred_thousand_characters_are_refused_at_once() -> None:
    began = datetime.now(UTC)
    assert read_column(["1 " * 50_000, "9:" * 50_000, "1/" * 50_000, "a" * 100_000]) == ["?"] * 4
    assert (datetime.now(UTC) - began).total_seconds() < 2
