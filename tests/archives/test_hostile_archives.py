"""What a stranger may send as an archive: each is refused with a sentence, at once, and nothing is taken in."""

from __future__ import annotations

import io
import json
import resource
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from survey.archives import check_rows, package
from survey.archives.check_rows import ARCHIVE
from survey.archives.owner_parts import PARTS
from survey.archives.package import ArchiveRefused
from survey.archives.part import written_name
from survey.core.database import db
from survey.core.models import Answer, Survey
from tests.support.archives import archive_of, bring, packed, parts_of, zipped

Change = Callable[[dict[str, Any]], None]
WHEN = "2026-03-02T12:00:00+00:00"
FIRST, SECOND, THEME, CHECK = "a" * 16, "b" * 16, "c" * 16, "d" * 16


def small() -> dict[str, Any]:
    """The parts of a small survey, as somebody could write them by hand."""
    survey = {
        "slug": "library", "question": "What should change?", "introduction": "", "asker": "", "language": "en",
        "kinds_asked": True,
        "own_kinds": [], "codebook": "none", "own_codebook": None, "is_open": True, "opens_at": None,
        "closes_at": None, "hold_first": False, "published_at": WHEN, "shows_check": False, "created_at": WHEN,
        "takes_findings": False, "edit_version": 1, "current_run": 1, "reader_downloads": [], "licence": "",
        "closes_after": None, "closed_at": None, "closed_by": None, "time_zone": "UTC", "words": {},
        "is_example": False, "conclusion": "We bought lamps.",
    }  # fmt: skip
    answer = {
        "public_id": FIRST, "text": "A quiet floor", "kind": "friend", "source": "facebook", "received_at": WHEN,
        "changed_at": None, "status": "shown", "reason": None, "burst": None, "is_askers": False, "import": None,
        "import_key": None, "response_key": None, "response_id": None, "language": None, "secret_hash": None,
        "nearest": None,
    }  # fmt: skip
    theme = {
        "public_id": THEME, "key": "found-1", "origin": "discovered", "name": "Quiet", "description": "", "colour": 1,
        "hidden": False, "pinned": False, "position": None, "created_at": WHEN,
    }  # fmt: skip
    run = {
        "reason": "answers", "finds": False, "asked_at": WHEN, "claimed_at": WHEN, "finished_at": WHEN, "answers": 2,
        "ideas": 2, "nonanswers": 0, "placed": 2, "found_answers": 2, "model": "toy", "settings": {"seed": 0},
        "changes": [], "forming": [], "saturation": None, "comparison": None, "advice": [], "bursts": [],
        "by_day": {"2026-03-02": 2}, "reading": [[FIRST, 0, 7]], "remaining": None,
    }  # fmt: skip
    result = {
        "run": 1, "theme": THEME, "rank": 0, "people": 2, "mentions": 2, "wordings": 2, "candidates": [],
        "parent": None, "x": 0.5, "y": 0.5, "radius": 0.1, "came_back": 9, "re_runs": 10, "tentative": False,
        "by_day": {"2026-03-02": 1},
    }  # fmt: skip
    idea = {
        "run": 1, "answer": FIRST, "starts": 0, "ends": 7, "status": "placed", "x": 0.5, "y": 0.5, "suggested": None,
        "nearness": None,
    }  # fmt: skip
    edit = {
        "made_at": WHEN, "undone_at": None, "version": 1, "action": "rename", "theme": THEME, "target": None,
        "name": "Quiet", "name_before": "Floor", "details": None, "owner_name": "Ruth", "undone_by": "",
    }  # fmt: skip
    return {
        "survey": [survey],
        "answers": [answer, {**answer, "public_id": SECOND, "text": "Coffee", "kind": None}],
        "themes": [theme],
        "runs": [run],
        "theme_results": [result],
        "ideas": [idea, {**idea, "answer": SECOND, "ends": 6}],
        "placements": [
            {"idea": number, "theme": THEME, "strength": 0.8, "quote": number - 1, "part": None, "against": False}
            for number in (1, 2)
        ],
        "edits": [edit],
    }


def worked() -> float:
    """Seconds of processor time of this process and those it started and waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def refusal(app: Flask, archive: bytes) -> str:
    """What is said of an archive; within two seconds, and nothing is in the database."""
    begun = worked()
    with pytest.raises(ArchiveRefused) as refused:
        bring(app, archive)
    assert worked() - begun < 2
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Survey)) == 0
        assert db.session.scalar(select(func.count()).select_from(Answer)) == 0
    said = str(refused.value)
    assert said.endswith("Nothing was taken in.")
    assert len(said) < 400 and "\n" not in said
    return said


def test_a_small_one_written_by_hand_comes_in(sqlite_app: Flask) -> None:
    assert bring(sqlite_app, packed(small()), "library").answers == 2
    page = sqlite_app.test_client().get("/s/library/themes").text
    assert "Quiet" in page and "Coffee" in page


def compared(**cell: Any) -> dict[str, Any]:
    """What a run compared, with one cell."""
    known = {"group": "friend", "people": 2, "count": 1, "share": 0.5, "low": 0.1, "high": 0.9, "hidden": ""}
    row = {"theme": "found-1", "people": 2, "share": 0.5, "verdict": "universal", "leans_to": [], "reason": ""}
    themes = [row | {"cells": [known | cell], "p": None, "q": None}]
    return {"comparison": {"people": 2, "groups": [["friend", 2]], "elsewhere": 0, "themes": themes}}


ROWS: list[tuple[str, str, dict[str, Any], str]] = [
    ("survey", "a question too long", {"question": "x" * 201}, "201 characters"),
    ("survey", "no question", {"question": ""}, "0 characters"),
    ("survey", "an address of another site", {"slug": "../admin"}, "slug"),
    ("survey", "a codebook that is none", {"codebook": "own", "own_codebook": "not [ toml"}, "codebook"),
    ("survey", "a result of nothing", {"current_run": 2}, "2 is not in runs"),
    ("survey", "a kind with a foreign key", {"own_kinds": [{"key": "<b>", "label": "x", "asked": True}]}, "own_kinds"),
    ("survey", "nine kinds", {"own_kinds": [{"key": f"k{n}", "label": f"K{n}", "asked": True} for n in range(9)]}, "9"),
    ("survey", "a zone that is none", {"time_zone": "Moon/Base"}, "'Moon/Base' is no time zone"),
    ("survey", "words nobody knows", {"words": {"sql": "x"}}, "is not known in it"),
    ("survey", "a word too long", {"words": {"button": "x" * 41}}, "41 characters"),
    ("survey", "a colour that cannot be read", {"words": {"accent": "#ffff00"}}, "no colour that can be read"),
    ("survey", "a contact that is a program", {"words": {"contact": "javascript:alert(1)"}}, "is no contact"),
    ("survey", "closing before anybody answers", {"closes_after": 0}, "closes_after"),
    ("answers", "a status that does not exist", {"status": "foo"}, "'foo' is none of shown, held, hidden"),
    ("answers", "a text over the limit", {"text": "x" * 5001}, "5,001 characters"),
    ("answers", "a blank text", {"text": "  "}, "Write an answer first"),
    ("answers", "white space around", {"text": " x"}, "white space"),
    ("answers", "a NUL", {"text": "a\0b"}, "NUL"),
    ("answers", "half a character", {"text": "a\ud800"}, "Unicode"),
    ("answers", "a text that is a number", {"text": 7}, "7 is not a text"),
    ("answers", "a kind nobody may choose", {"kind": "boss"}, "'boss' is none of"),
    ("answers", "a source nobody knows", {"source": "spam"}, "'spam' is none of"),
    ("answers", "a source as somebody typed it", {"source": "Facebook."}, "'Facebook.' is none of"),
    ("answers", "a source that is a list", {"source": ["facebook"]}, "is none of"),
    ("answers", "an id of another kind", {"public_id": "x' OR 1=1"}, "public_id"),
    ("answers", "the same id twice", {"public_id": SECOND}, "that of another row"),
    ("answers", "a time without an offset", {"received_at": "2026-03-02T12:00:00"}, "is not a time"),
    ("answers", "a time before all", {"received_at": "0001-01-01T00:00:00+00:00"}, "is not a time"),
    ("answers", "an import of nothing", {"import": FIRST}, "is not in imports"),
    ("answers", "a hash that is none", {"secret_hash": "x"}, "secret_hash"),
    ("answers", "a nearest that is a map", {"nearest": {"a": 1}}, "nearest"),
    ("themes", "a colour that is none", {"colour": 13}, "13 is not a whole number from 1 to 12"),
    ("themes", "true for a number", {"colour": True}, "colour"),
    ("themes", "a name too long", {"name": "x" * 121}, "121 characters"),
    ("themes", "a number out of all bounds", {"position": 10**30}, "position"),
    ("runs", "a list for a map", {"settings": []}, "settings"),
    ("runs", "a comparison of other things", {"comparison": {"people": 1}}, "missing"),
    ("runs", "a share that is missing", compared(share=None), "nothing is hidden, and share is missing"),
    ("runs", "a count that is missing", compared(count=None), "nothing is hidden, and count is missing"),
    ("runs", "a change without its end", {"changes": [{"key": "a", "kind": "grew", "before": 1, "after": 2}]}, "other"),
    ("runs", "a result of no time", {"finished_at": None}, "is not a time"),
    ("runs", "words in counts", {"by_day": {"2026-03-02": "2"}}, "by_day"),
    ("runs", "an idea of nobody", {"forming": [[["f" * 16, 0, 1]]]}, "is not in answers"),
    ("theme_results", "a theme of nothing", {"theme": "f" * 16}, "is not in themes"),
    ("theme_results", "a theme of another kind", {"theme": [THEME]}, "is not in themes"),
    ("ideas", "a span beyond its answer", {"ends": 99}, "not part of its answer"),
    ("ideas", "a span that ends before it starts", {"starts": 5, "ends": 2}, "not part of its answer"),
    ("ideas", "a run of nothing", {"run": 0}, "0 is not in runs"),
    ("ideas", "an x that is no number", {"x": "0.5"}, "x:"),
    ("placements", "an idea of nothing", {"idea": 3}, "3 is not in ideas"),
    ("edits", "an edit that does not exist", {"action": "drop"}, "'drop' is none of"),
    ("edits", "a rename of no theme", {"theme": None}, "concerns no theme"),
    ("edits", "a merge into itself", {"action": "merge", "target": THEME}, "merges a theme with itself"),
    ("edits", "details of another edit", {"details": {"before": {}}}, "of another kind"),
    ("edits", "hidden before, in words", {"action": "hide", "details": {"before": "no"}}, "of another kind"),
    ("edits", "details nobody knows", {"details": {"sql": "x"}}, "is not known"),
    ("edits", "one codebook of two", {"details": {"codebooks": ["course"]}}, "not a list of 2"),
]


@pytest.mark.parametrize(("part", "what", "change", "said"), ROWS)
def test_a_row_that_no_survey_has(tmp_path: Path, part: str, what: str, change: dict[str, Any], said: str) -> None:
    parts = small()
    parts[part][0] |= change
    (tmp_path / ARCHIVE).write_bytes(packed(parts))
    with pytest.raises(ArchiveRefused) as refused:
        check_rows.check(tmp_path)
    assert said in str(refused.value)
    assert f"of {part}.jsonl" in str(refused.value)


CHECKED = {"public_id": CHECK, "started_at": WHEN, "themes": [THEME], "size": 1, "drawn_from": 1, "waiting": 0}
READER = {"check": CHECK, "name": "", "started_at": WHEN, "finished_at": None}


@pytest.mark.parametrize("readers", [None, [], ["Zoe"], ["Zoe", ""]])
def test_a_check_without_its_first_reader(tmp_path: Path, readers: list[str] | None) -> None:
    parts = small() | {"checks": [CHECKED]}
    if readers is not None:
        parts["readers"] = [READER | {"name": name} for name in readers]
    (tmp_path / ARCHIVE).write_bytes(packed(parts))
    with pytest.raises(ArchiveRefused, match="its first reader, who has no name, is missing"):
        check_rows.check(tmp_path)


def _lines(content: bytes) -> dict[str, Any]:
    return small() | {"answers": content}


BODIES = {
    "a column more": _lines(json.dumps(small()["answers"][0] | {"admin": True}).encode() + b"\n"),
    "a column less": _lines(b'{"text": "x"}\n'),
    "a list": _lines(b"[]\n"),
    "no JSON": _lines(b"{\n"),
    "NaN": _lines(b"NaN\n"),
    "nested very deep": _lines(b"[" * 100_000 + b"]" * 100_000 + b"\n"),
    "a number of a million digits": _lines(b"9" * 1_000_000 + b"\n"),
    "not UTF-8": _lines(b'{"text": "\xff"}\n'),
    "a part nobody knows": small() | {"owners": []},
    "two surveys": small() | {"survey": small()["survey"] * 2},
    "no survey": small() | {"survey": []},
    "a placement twice": small() | {"placements": small()["placements"] * 2},
    "ten million rows": _lines(b"{}\n" * 10_000_000),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_part_that_no_survey_has(sqlite_app: Flask, what: str) -> None:
    refusal(sqlite_app, packed(BODIES[what]))


def _claims(part: str, **said: Any) -> Change:
    def change(manifest: dict[str, Any]) -> None:
        manifest["parts"][part] |= said

    return change


def _says(**said: Any) -> Change:
    return lambda manifest: manifest.update(said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_claims("answers", sha256="0" * 64), "damaged"),
        (_claims("answers", rows=1), "damaged"),
        (_claims("answers", rows=3), "damaged"),
        (_claims("answers", bytes=3), "damaged"),
        (_claims("answers", rows=-1), "damaged"),
        (_claims("answers", rows="many"), "damaged"),
        (_claims("ideas", rows=10**7), "far more"),
        (_says(version=package.VERSION + 1), "newer version"),
        (_says(version="1"), "damaged"),
        (_says(version=True), "damaged"),
        (_says(format="something else"), "no archive"),
        (_says(written_at="yesterday"), "damaged"),
        (_says(software="x\ny"), "damaged"),
        (_says(parts=[]), "damaged"),
        (_says(parts={}), "damaged"),
    ],
)
def test_a_manifest_that_does_not_fit(sqlite_app: Flask, change: Change, said: str) -> None:
    assert said in refusal(sqlite_app, packed(small(), change))


@pytest.mark.slow
def test_files_that_are_no_archive(sqlite_app: Flask, tmp_path: Path) -> None:
    good = packed(small())
    with zipfile.ZipFile(io.BytesIO(good)) as file:
        files = {name: file.read(name) for name in file.namelist()}
    for content, said in (
        (b"", "no archive"),
        (b"answer\nA quiet floor\n", "no archive"),
        (zipped({"a.txt": b"x"}), "no archive"),
        (zipped({**files, "../../etc/passwd": b"x"}), "damaged"),
        (zipped({**files, "inner.zip": good}), "damaged"),
        (zipped({f"{number}.txt": b"" for number in range(100)}), "no archive"),
        (zipped({f"{number}.txt": b"" for number in range(70_000)}), "no archive"),
        (zipped(files, zipfile.ZIP_BZIP2), "no archive"),
        (zipped({**files, "manifest.json": b" " * 1_000_000}), "far more"),
        (zipped({**files, "manifest.json": b"{" * 1000}), "damaged"),
        (good[: len(good) // 2], "damaged"),
        (good[:-1], "damaged"),
        (good.replace(b"PK\x01\x02", b"PK\x01\x03", 1), "damaged"),
        (_flipped(good), "damaged"),
        (_locked(good), "password"),
    ):
        assert said in refusal(sqlite_app, content)


@pytest.mark.slow
def test_what_unpacks_to_far_more_than_a_survey(sqlite_app: Flask) -> None:
    """The directory says how large it is, or it does not: neither is read to its end."""
    bomb = packed(_lines(b" " * 300_000_000))
    assert len(bomb) < 1_000_000
    refusal(sqlite_app, bomb)
    place = bomb.rindex(b"PK\x01\x02", 0, bomb.rindex(b"answers.jsonl"))
    lied = bomb[: place + 24] + struct.pack("<I", 200) + bomb[place + 28 :]
    assert "damaged" in refusal(sqlite_app, lied)


def test_what_is_packed_far_denser_than_a_survey(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "RATIO_CHECKED_FROM_BYTES", 1_000_000)
    parts = small()
    parts["answers"] += [{**parts["answers"][0], "public_id": f"{n:016x}", "text": "é" * 5000} for n in range(200)]
    assert "far more than a survey" in refusal(sqlite_app, packed(parts))


@pytest.mark.usefixtures("files_in_processes")
def test_an_archive_that_the_disk_has_no_room_for(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=100))
    assert "no room" in refusal(sqlite_app, packed(small()))


def test_checked_rows_are_as_large_as_they_came(tmp_path: Path) -> None:
    parts = small()
    parts["answers"][0]["text"] = "é" * 5000
    (tmp_path / ARCHIVE).write_bytes(packed(parts))
    check_rows.check(tmp_path)
    assert (tmp_path / "answers.jsonl").stat().st_size < 11_000


def test_two_files_of_one_name(sqlite_app: Flask) -> None:
    target = io.BytesIO(packed(small()))
    with zipfile.ZipFile(target, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("answers.jsonl", b"{}\n")
    assert "no archive" in refusal(sqlite_app, target.getvalue())


def test_markup_in_names_is_text(sqlite_app: Flask) -> None:
    parts, evil = small(), "<script>alert(1)</script>"
    parts["survey"][0] |= {"question": evil, "asker": evil}
    parts["themes"][0] |= {"name": evil, "description": evil}
    parts["edits"][0] |= {"name": evil, "name_before": evil}
    bring(sqlite_app, packed(parts), "library")
    page = sqlite_app.test_client().get("/s/library/themes").text
    assert evil not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("version", range(1, package.VERSION + 1))
def test_an_older_archive_is_read(tmp_path: Path, version: int) -> None:
    """Columns came between two formats: archives of one number are without them, or have them."""
    taken = {"public_id": THEME, "name": "answers.csv", "made_at": WHEN, "counts": {"taken": 2}}
    full, older = ({"imports": [dict(taken)], **small()} for _ in range(2))
    for part in PARTS:
        for name, column in part.columns.items():
            for row in older.get(part.name, []) if column.since >= version else []:
                del row[written_name(name, column.shape)]
    assert older != full
    for parts in (full, older):
        (tmp_path / ARCHIVE).write_bytes(packed(parts, _says(version=version)))
        check_rows.check(tmp_path)


def test_what_older_archives_lack_has_its_value(sqlite_app: Flask) -> None:
    parts = small()
    for name in ("language", "words", "conclusion"):
        del parts["survey"][0][name]
    with pytest.raises(ArchiveRefused, match="it lacks 'language'"):
        bring(sqlite_app, packed(parts, _says(version=3)), "library")
    for part, names in (("answers", ["response_key"]), ("edits", ["owner_name", "undone_by"])):
        for row in parts[part]:
            for name in names:
                del row[name]
    bring(sqlite_app, packed(parts, _says(version=1)), "library")
    told = parts_of(archive_of(sqlite_app, "library"))
    assert (told["survey"][0]["language"], told["survey"][0]["words"]) == ("en", {})
    assert told["answers"][0]["response_key"] is None
    assert told["edits"][0]["owner_name"] == ""


def _flipped(content: bytes) -> bytes:
    """The archive with one byte of its answers changed."""
    place = content.index(b"answers.jsonl") + 40
    return content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :]


def _locked(content: bytes) -> bytes:
    """The archive with a mark that its files are locked with a password."""
    marked = bytearray(content)
    place = 0
    while (place := marked.find(b"PK\x01\x02", place)) >= 0:
        marked[place + 8] |= 1
        place += 4
    return bytes(marked)
