"""The filter of the Answers page: what an address says, and what of it means nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from survey.answer_desk.answer_filter import AnswerFilter, Cursor, day_of
from tests.support.every_case import for_each

WHOLE = AnswerFilter(
    words="two words", how="meaning", theme="none", kind="friend", source="poster", since="2026-03-01",
    until="2026-03-31",
    state="held", why="link", language="de", arrived_in="0" * 16,
)  # fmt: skip


def test_the_address_of_a_list_says_all_of_its_filter() -> None:
    written = WHOLE.query()
    assert AnswerFilter.parse(written) == WHOLE
    for part in ("q=two+words", "from=2026-03-01", "to=2026-03-31", "import=0000000000000000"):
        assert part in written
    assert AnswerFilter().query() == ""


def test_a_chip_takes_one_thing_out_and_leaves_the_others() -> None:
    assert AnswerFilter.parse(WHOLE.query(theme="")).set_fields == {
        name: value for name, value in WHOLE.set_fields.items() if name != "theme"
    }


def test_a_cursor_is_in_the_address_and_no_part_of_the_filter() -> None:
    written = WHOLE.query(after=Cursor(5, 7))
    assert "after=5%3A7" in written
    assert AnswerFilter.parse(written) == WHOLE


@for_each("sent", ["\0", "x\0y", "\ud800", " ", "x" * 5000])
def test_what_no_database_takes_is_left_out(sent: str) -> None:
    read = AnswerFilter.read({"q": sent, "theme": sent, "kind": sent, "from": sent, "language": sent})
    for value in (read.words, read.theme, read.kind, read.since, read.language):
        assert "\0" not in value
        assert len(value.encode()) <= 100


@for_each(
    "text", ["", "2026", "2026-02-30", "2026-2-3", "20260203", "2026-W06-2", "02/03/2026", "٢٠٢٦-٠٢-٠٣", "0000-01-01"]
)
def test_a_day_is_one_of_the_calendar(text: str) -> None:
    assert day_of(text) is None


def test_a_day_is_read() -> None:
    assert day_of("2028-02-29") == date(2028, 2, 29)


@for_each(
    "text", ["", ":", "1:", ":1", "a:1", "1:-1", "9" * 19 + ":1", "1:" + "9" * 19, f"1:{2**31}", "٣:٤", "9" * 18 + ":1"]
)
def test_a_cursor_is_two_numbers(text: str) -> None:
    assert Cursor.parse(text) is None


def test_a_cursor_is_exact_to_the_microsecond_also_before_1970() -> None:
    for moment in (datetime(2026, 3, 2, 7, 40, 0, 123457, UTC), datetime(1950, 1, 1, 0, 0, 0, 1, UTC)):
        cursor = Cursor.parse(str(Cursor.of(moment, 12)))
        assert cursor is not None
        assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=cursor.moment) == moment
