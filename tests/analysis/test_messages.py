"""Messages keep their values, through another process too, and are translated with them."""

from __future__ import annotations

import pytest
from flask import Flask

from analysis.files.archives import TOO_MANY
from analysis.files.model import FileRefused
from analysis.files.recognise import recognise
from analysis.messages import Message, unpacked
from survey.web.formatting import translated
from tests.support.every_case import for_each


def test_a_message_reads_as_english_and_keeps_its_values() -> None:
    inner = Message("a picture (%(kind)s)", kind="PNG")
    told = Message("%(what)s of %(n)s bytes, 100%%.", what=inner, n=1234)
    assert told == "a picture (PNG) of 1,234 bytes, 100%."
    again = unpacked(told.packed())
    assert (again, again.text, again.values) == (told, told.text, told.values)
    assert again.values["what"].values == {"kind": "PNG"}  # type: ignore[union-attr]


def test_a_sign_for_percent_stays_where_there_are_no_values() -> None:
    assert Message("95 % of it") == "95 % of it" == unpacked(Message("95 % of it").packed())


@for_each("text", ["", "This is text.", "[]", "{}", '["one"]', "3", '["one", 1]', "[1, {}]", '["one", [["two", 1]]]'])
def test_what_is_no_message_is_told_apart(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(text)


def test_a_refusal_is_told_in_the_language_of_the_page(sqlite_app: Flask) -> None:
    with pytest.raises(FileRefused) as refused:
        recognise(b"%PDF-1.7")
    assert str(refused.value) == "This is a PDF, not a table. Choose a CSV or an Excel file (.xlsx)."
    many = FileRefused(TOO_MANY, most=5000).message
    with sqlite_app.test_request_context("/manage", headers={"Accept-Language": "es"}):
        spanish = "Esto es un PDF, no una tabla. Elige un CSV o un archivo de Excel (.xlsx)."
        assert translated(refused.value.message) == spanish
        assert "más de 5.000 archivos" in translated(many)
    with sqlite_app.test_request_context("/manage"):
        assert translated(many) == str(many)
        assert translated("") == ""
