"""The input matrix, first half: what cannot be kept is refused in words on every way in, and nothing is stored."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

import pytest
from werkzeug.test import TestResponse

from tests.support.entry_points import JSON, MULTIPART, NAMES, URLENCODED, Import, Way, site_with_ways, table
from tests.support.every_case import every_case

pytestmark = pytest.mark.slow

Send = Callable[[Way], TestResponse]

KEPT = "keep <this>"
"""What was typed beside what is wrong, and must still stand in the box"""
EMPTY = "Write an answer first. One line is enough."
NOT_A_FORM = "This was not sent as a form"
FAR_MORE = "far more than fits here"
NOT_JSON = "Send a JSON object as application/json"
NOT_WHOLE = "The form did not arrive whole. Send it again."
NOT_UTF8 = "did not arrive as readable characters (UTF-8)"
AGAIN = "It is complete now: send it again."
NOTHING = "Choose a file, or paste a list."


@dataclass(frozen=True)
class Case:
    """What is sent, the status that answers it, a part of the sentence that says why, what stays in the box."""

    send: Send
    status: int
    words: str
    typed: str = ""


def says(text: str | None, **changes: str) -> Send:
    return lambda way: way.send(text, **changes)


def body(make: Callable[[str], bytes | str], content_type: str = URLENCODED, **headers: str) -> Send:
    """A body: `make` is given the name of the box. The hidden fields of a form go before it where it is one."""

    def send(way: Way) -> TestResponse:
        made = make(way.box)
        made = made.encode() if isinstance(made, str) else made
        if content_type == URLENCODED and "Content-Encoding" not in headers:
            made = urlencode(way.open()).encode() + b"&" + made
        return way.post(made, content_type, headers)

    return send


def parts(*more: bytes, ends: bytes = b"--b--\r\n") -> Send:
    """A multipart body with the hidden fields and these parts; b"BOX" stands for the name of the box."""

    def send(way: Way) -> TestResponse:
        hidden = [part(name, value) for name, value in way.open().items()]
        named = [piece.replace(b"BOX", way.box.encode()) for piece in more]
        return way.post(b"".join([*hidden, *named]) + ends, MULTIPART)

    return send


def part(name: str, value: str | bytes, more: str = "") -> bytes:
    content = value.encode() if isinstance(value, str) else value
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"


def raw_json(text: str | bytes, **headers: str) -> Send:
    return lambda way: way.post(text.encode() if isinstance(text, str) else text, JSON, headers)


def file(content: bytes) -> Send:
    def send(way: Way) -> TestResponse:
        assert isinstance(way, Import)
        return way.file(content)

    return send


def columns(**choices: str) -> Send:
    """An import whose second step names columns that are none."""

    def send(way: Way) -> TestResponse:
        assert isinstance(way, Import)
        first = way.client.post(way.address, data=way.open() | {"pasted": "Listen."})
        assert first.status_code == 303
        return way.confirm(first, **choices)

    return send


def tampered(way: Way) -> TestResponse:
    """The session's cookie with one character of it changed, the form as it was shown."""
    hidden = way.open()
    cookie = way.client.get_cookie("session")
    assert cookie
    way.client.set_cookie("session", cookie.value[:8] + ("A" if cookie.value[8] != "A" else "B") + cookie.value[9:])
    sent = way.post(urlencode(hidden | {way.box: KEPT}).encode())
    way.client.set_cookie("session", cookie.value)
    return sent


def everywhere(send: Send, status: int, form: str, api: str, imported: str, typed: str = "") -> dict[str, Case]:
    """The same thing sent on every way; a sentence each for forms, programs and imports."""
    shown = Case(send, status, form, typed)
    return {
        "form": shown,
        "embed": shown,
        "api": Case(send, status, api),
        "import": Case(send, status, imported),
    }


def on_forms(send: Send, status: int, words: str, typed: str = "", api: Case | None = None) -> dict[str, Case]:
    """A body that only a form has, sent to every form; `api` is what comes nearest to it in JSON."""
    row = dict.fromkeys(("form", "embed", "import"), Case(send, status, words, typed))
    row["import"] = Case(send, status, words)
    return row | ({"api": api} if api else {})


def without_import(row: dict[str, Case]) -> dict[str, Case]:
    """A row that an import takes in."""
    return {name: case for name, case in row.items() if name != "import"}


def keyed(key: str, column: tuple[int, str] | None = None) -> dict[str, Case]:
    """An id that is none of ours, in the place where each way takes one: the form key, or the column of a file."""
    return {
        "form": Case(says(KEPT, form_key=key), 422, AGAIN, KEPT),
        "embed": Case(says(KEPT, form_key=key), 400, "send your answer once more", KEPT),
        "api": Case(says(KEPT, key=key), 422, "key is 22 to 64 letters, digits, - and _"),
    } | ({"import": Case(columns(answer=key), *column)} if column else {})


ONE_MB, TWENTY_MB, IMPORT_MEGABYTES = 1_000_000, 20 * 1024 * 1024, 30
NUL = "a character that cannot be kept (NUL)"
OVER = "keep " * 1000 + "x"
LONG_WORD = "10,000 characters"
TOO_LONG = "5,001 characters long, and 5,000 fit. Shorten it by 1"
SURROGATE = b"\xed\xa0\x80"
BOX_AND_FIELDS = "=" + quote_plus(KEPT) + "&" + "&".join(f"f{n}=1" for n in range(5000))
NAMES_5000 = json.dumps({"text": KEPT} | {f"f{n}": 1 for n in range(5000)})
NO_COLUMN = "a column that is none is as if none was chosen"
NO_ROW = "No row has an answer in this column."
ONE_LONG = "Row 2 has 5,001 characters."
LEFT_OUT = "the cell or the row is left out, and the preview says so: tests/imports/test_importer.py"

ROWS: dict[str, dict[str, Case]] = {
    "missing": everywhere(says(None), 422, EMPTY, EMPTY, NOTHING),
    "empty": everywhere(says(""), 422, EMPTY, EMPTY, NO_ROW),
    "spaces": everywhere(says("  \n\t \u00a0\u3000"), 422, EMPTY, EMPTY, NO_ROW, "  \n\t \u00a0\u3000"),
    "zero-width only": everywhere(says("\u200b\ufeff\u2060"), 422, EMPTY, EMPTY, NO_ROW, "\u200b\ufeff\u2060"),
    "blank-looking letters": everywhere(says("\u3164\u2800"), 422, EMPTY, EMPTY, NO_ROW, "\u3164\u2800"),
    "NUL": without_import(everywhere(says("keep\0this"), 422, NUL, NUL, NUL, "keep\0this")),
    "one over the limit": everywhere(says(OVER), 422, TOO_LONG, TOO_LONG, ONE_LONG, OVER),
    "a word of 10,000 characters": everywhere(says("w" * 10_000), 422, LONG_WORD, LONG_WORD, LONG_WORD, "w" * 10_000),
    "one over the limit in emoji": everywhere(says("😀" * 5001), 422, TOO_LONG, TOO_LONG, ONE_LONG, "😀" * 5001),
    "1 MB": everywhere(says("x" * ONE_MB), 413, FAR_MORE, "far more than an answer", "")
    | {"import": Case(says("x" * ONE_MB), 422, "Row 2 has 1,000,000 characters.")},
    "20 MB": {"import": Case(says("x" * TWENTY_MB), 422, "which is no row of a table")},
    "a file of 31 MB": {"import": Case(says("x\n" * ((IMPORT_MEGABYTES + 1) * 512 * 1024)), 413, FAR_MORE)},
    "a pasted list of 26 MB": {
        "import": Case(lambda way: way.post(b"pasted=" + b"x" * 26_000_000), 413, FAR_MORE),
    },
    "gzip body": everywhere(
        lambda way: way.post(gzip.compress(way.good(KEPT)[0]), way.good("")[1], {"Content-Encoding": "gzip"}),
        415, NOT_A_FORM, "not compressed", NOT_A_FORM,
    ),
    "1,000 parts and more": on_forms(
        parts(part("BOX", KEPT), *(part(f"f{n}", "1") for n in range(1001))), 413, FAR_MORE,
        api=Case(raw_json(json.dumps([{"text": KEPT}] * 1001)), 400, "Send one JSON object."),
    ),
    "5,000 fields": on_forms(
        body(lambda box: box + BOX_AND_FIELDS), 400, FAR_MORE, KEPT,
        Case(raw_json(NAMES_5000), 422, "an answer has text, kind and key"),
    ),
    "5,000 columns": {
        "import": Case(file(table([f"c{n}" for n in range(5000)], [["x"] * 5000])), 422, "2,000 columns"),
    },
    "wrong content type": on_forms(
        body(lambda box: json.dumps({box: KEPT}), JSON), 415, NOT_A_FORM,
        api=Case(body(lambda box: "text=x", URLENCODED), 415, "application/json"),
    ),
    "text/plain": everywhere(body(lambda box: f"{box}=x", "text/plain"), 415, NOT_A_FORM, NOT_JSON, NOT_A_FORM),
    "no content type": everywhere(body(lambda box: f"{box}=x", ""), 415, NOT_A_FORM, NOT_JSON, NOT_A_FORM),
    "raw FF FE": on_forms(
        body(lambda box: box.encode() + b"=keep+\xff\xfe"), 400, NOT_UTF8, "keep \ufffd\ufffd",
        Case(raw_json(b'{"text": "keep \xff\xfe"}'), 400, "The body is not UTF-8."),
    ),
    "raw FF FE in multipart": on_forms(parts(part("BOX", b"keep \xff\xfe")), 400, NOT_UTF8, "keep \ufffd\ufffd"),
    "raw FF FE beside a file": on_forms(
        parts(part("BOX", b"keep \xff\xfe"), part("f", b"\x89\xff", '; filename=""')),
        400, NOT_UTF8, "keep \ufffd\ufffd",
    ),
    "%FF": on_forms(
        body(lambda box: f"{box}=keep+%FF"), 400, NOT_UTF8, "keep %FF",
        Case(raw_json('{"text": "keep \\xFF"}'), 400, "not JSON that can be read"),
    ),
    "truncated multipart": on_forms(
        parts(part("BOX", KEPT)[:-5], ends=b""), 400, NOT_WHOLE,
        api=Case(raw_json('{"text": "keep'), 400, "not JSON that can be read"),
    ),
    "truncated after two dashes": on_forms(parts(part("BOX", "wait -- what")[:-4], ends=b""), 400, NOT_WHOLE),
    "multipart without its boundary": on_forms(lambda way: way.post(b"x", "multipart/form-data"), 400, NOT_WHOLE),
    "lone surrogate": on_forms(
        body(lambda box: box.encode() + b"=keep+" + SURROGATE), 400, NOT_UTF8, "keep \ufffd\ufffd\ufffd",
        Case(raw_json('{"text": "keep \\ud800"}'), 422, "not valid Unicode"),
    ),
    "list for text": on_forms(
        body(lambda box: f"{box}[]=a&{box}[]=b"), 400, "arrived twice",
        api=Case(raw_json('{"text": ["a", "b"]}'), 422, "text is not a text."),
    ),
    "number for text": {"api": Case(raw_json('{"text": 7}'), 422, "text is not a text.")},
    "array at the top": on_forms(
        body(lambda box: f'["{box}", "a"]'), 422, EMPTY, api=Case(raw_json('["text"]'), 400, "Send one JSON object.")
    ) | {"import": Case(body(lambda box: f'["{box}", "a"]'), 422, NOTHING)},
    "100,000 levels deep": on_forms(
        body(lambda box: f"{box}{'[a]' * 100_000}=x"), 422, EMPTY,
        api=Case(raw_json('{"text":' + "[" * 100_000 + "]" * 100_000 + "}"), 400, "nested too deeply"),
    ) | {"import": Case(body(lambda box: f"{box}{'[a]' * 100_000}=x"), 422, NOTHING)},
    "NaN": {
        "api": Case(raw_json('{"text": NaN}'), 400, "NaN is no number in JSON"),
    },
    "5,000-digit number": {
        "api": Case(raw_json('{"text": ' + "1" * 5000 + "}"), 400, "not JSON that can be read"),
    },
    "doubled field": on_forms(
        body(lambda box: f"{box}={quote_plus(KEPT)}&{box}=b"), 400, "arrived twice", KEPT,
        Case(raw_json('{"text": "a", "text": "b"}'), 400, "a name stands twice"),
    ),
    "id -1": keyed("-1"),
    "id 2^63": keyed(str(2**63)),
    "id 1e9": keyed("1e9"),
    "id ../x": keyed("../x"),
    "id with NUL": keyed("k" * 21 + "\0", (400, "That did not arrive as it should")),
    "tampered cookie": {
        "form": Case(tampered, 400, "that protects this form", KEPT),
        "embed": Case(says(KEPT, token="x.y.z"), 400, "send your answer once more", KEPT),
        "api": Case(
            lambda way: way.post(*way.good(KEPT), {"Authorization": way.rights()["Authorization"] + "x"}),
            401, "This token does not work",
        ),
    },
    "missing form key": {
        "form": Case(says(KEPT, form_key=""), 422, AGAIN, KEPT),
        "embed": Case(says(KEPT, form_key=""), 400, "send your answer once more", KEPT),
        "import": Case(lambda way: way.post(f"{way.box}=a".encode()), 400, "Go back, reload it and try again."),
    },
    "missing token": {
        "import": Case(lambda way: way.post(f"csrf_token=x.y.z&{way.box}=a".encode()), 400, "reload it and try again"),
        "form": Case(says(KEPT, csrf_token=""), 400, "that protects this form", KEPT),
        "embed": Case(says(KEPT, token=""), 400, "send your answer once more", KEPT),
        "api": Case(lambda way: way.post(*way.good(KEPT), {"Authorization": ""}), 401, "Send a token"),
    },
    "unknown kind": {
        "form": Case(says(KEPT, kind="martian"), 422, "Choose one of the kinds", KEPT),
        "embed": Case(says(KEPT, kind="martian"), 422, "Choose one of the kinds", KEPT),
        "api": Case(says(KEPT, kind="martian"), 422, "There is no kind 'martian'. Send one of these keys"),
    },
    "an unknown name": {"api": Case(says(KEPT, colour="red"), 422, "There is no 'colour' here")},
    "TRACE": everywhere(
        lambda way: way.client.open(way.address, method="TRACE", headers=way.rights()),
        405, "That cannot be done", "That cannot be done", "That cannot be done",
    ),
}  # fmt: skip

TEXT = "every field of a form is text: there it is a word like others, and is kept"
NOT_HERE = {
    "5,000 columns": {"form": "it has no columns", "embed": "it has no columns", "api": "it has no columns"},
    "20 MB": dict.fromkeys(("form", "embed", "api"), "1 MB is more than fits there already"),
    "a file of 31 MB": dict.fromkeys(("form", "embed", "api"), "it takes no file"),
    "a pasted list of 26 MB": dict.fromkeys(("form", "embed", "api"), "it takes no list"),
    "raw FF FE in multipart": {"api": "JSON has no parts"},
    "raw FF FE beside a file": {"api": "JSON has no parts"},
    "NUL": {"import": "it is dropped from a cell"},
    "truncated after two dashes": {"api": "JSON has no parts"},
    "multipart without its boundary": {"api": "JSON has no parts"},
    "number for text": {"form": TEXT, "embed": TEXT, "import": "every cell of a file is text"},
    "NaN": {"form": TEXT, "embed": TEXT, "import": LEFT_OUT},
    "5,000-digit number": {"form": TEXT, "embed": TEXT, "import": LEFT_OUT},
    "unknown kind": {"import": LEFT_OUT},
    **{f"id {key}": {"import": NO_COLUMN} for key in ("-1", "2^63", "1e9", "../x")},
    "missing form key": {"api": "it may be left out: each such answer is another one"},
    "tampered cookie": {"import": "a stranger is sent to sign in (302), here as everywhere"},
    "an unknown name": {
        "form": "fields it does not know are passed over, as those of browser extensions must be",
        "embed": "fields it does not know are passed over",
        "import": "columns it does not know are passed over",
    },
}
"""Rows that make no sense on a way, and why"""


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Way]]:
    with site_with_ways(tmp_path_factory.mktemp("refused"), import_megabytes=IMPORT_MEGABYTES) as ways:
        yield ways


def test_every_row_is_tried_on_every_way_or_says_why_not() -> None:
    for row, cases in ROWS.items():
        assert {*cases, *NOT_HERE.get(row, {})} == set(NAMES), row
        assert not {*cases} & {*NOT_HERE.get(row, {})}, row


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name == "import" else name for name in NAMES]
)
def test_what_cannot_be_kept_is_refused_in_words(ways: dict[str, Way], name: str) -> None:
    way = ways[name]
    with every_case() as case:
        for row, expected in [(row, cases[name]) for row, cases in ROWS.items() if name in cases]:
            with case(row):
                before = way.stored()
                answer = expected.send(way)
                assert answer.status_code == expected.status
                assert expected.words in way.said(answer)
                if name in ("form", "embed"):
                    assert way.typed(answer) == expected.typed
                assert ("X-Frame-Options" in answer.headers) == (name != "embed")
                assert way.stored() == before
                assert way.takes_a_good_answer()


def test_a_tampered_cookie_makes_a_stranger_of_an_owner(ways: dict[str, Way]) -> None:
    way = ways["import"]
    before = way.stored()
    answer = tampered(way)
    assert (answer.status_code, answer.location) == (302, "/sign-in?refused=yes")
    assert way.stored() == before
    assert way.takes_a_good_answer()
