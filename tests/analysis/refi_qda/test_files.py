"""Codebooks and projects written, checked against the published schema, and read again."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.refi_qda.codebook_file import read_codebook, write_codebook
from analysis.refi_qda.model import Code, Project, RefiQdaRefused, Selection, Source, User, all_codes, make_guid
from analysis.refi_qda.positions import UnixText
from analysis.refi_qda.read_project import read_project
from analysis.refi_qda.write_project import write_project
from tests.support.every_case import for_each
from tests.support.examples import examples
from tests.support.hostile_texts import TEXTS

SCHEMAS = Path(__file__).parents[2] / "data" / "refi_qda"
MOMENT = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
USER = User(make_guid("user"), "Ana & Co")
CODES = [
    Code(
        make_guid(1),
        'Zuhören <b> & "mehr"',
        "Wer zuhört,\nwird gehört.",
        "#2b49ac",
        children=(Code(make_guid(2), "الاستماع", colour="#abc"), Code(make_guid(3), "\x0bWeek 👩‍👩‍👧", codable=False)),
    )
]
TEXT = "Hi 👩‍👩‍👧!\r\nمرحبا بالعالم\r\nCafe\u0301 with\rhim"


def written(project: Project) -> bytes:
    file = io.BytesIO()
    write_project(project, file)
    return file.getvalue()


def project_of(*sources: Source) -> Project:
    return Project("Lasting & strong", CODES, iter(sources), (USER,), ("kind",), MOMENT)


def validate(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xmlschema.XMLSchema(SCHEMAS / "Project.xsd").validate(io.BytesIO(archive.read("project.qde")))


def test_a_codebook_fits_the_schema_and_comes_back() -> None:
    data = write_codebook(CODES)
    xmlschema.XMLSchema(SCHEMAS / "Codebook.xsd").validate(io.BytesIO(data))
    (code,) = read_codebook(io.BytesIO(data))
    assert (code.name, code.description, code.colour) == ('Zuhören <b> & "mehr"', CODES[0].description, "#2b49ac")
    assert [(one.guid, one.name, one.codable) for one in all_codes([code])][1:] == [
        (make_guid(2), "الاستماع", True),
        (make_guid(3), "\ufffdWeek 👩‍👩‍👧", False),
    ]


def test_the_schema_refuses_what_is_none() -> None:
    bad = write_codebook(CODES).replace(b"isCodable", b"isCodeable")
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        xmlschema.XMLSchema(SCHEMAS / "Codebook.xsd").validate(io.BytesIO(bad))


def test_exact_spans_come_back_with_emoji_arabic_marks_and_windows_line_ends() -> None:
    spans = [
        (TEXT.index(words), TEXT.index(words) + len(words))
        for words in ("👩‍👩‍👧", "مرحبا بالعالم\r\n", "e\u0301 with\rhim")
    ]
    parts = tuple(Selection(starts, ends, (make_guid(1), make_guid(2)), USER.guid, MOMENT) for starts, ends in spans)
    source = Source(
        make_guid("s"), "Answer 1", TEXT, parts, (make_guid(2),), USER.guid, MOMENT, {"kind": "a <partner>"}
    )
    data = written(project_of(source))
    validate(data)
    project = read_project(io.BytesIO(data))
    (back,) = project.sources
    assert back.text == TEXT.replace("\r\n", "\n").replace("\r", "\n")
    assert [back.text[one.starts : one.ends] for one in back.selections] == [
        "👩‍👩‍👧",
        "مرحبا بالعالم\n",
        "e\u0301 with\nhim",
    ]
    unix = UnixText.of(TEXT)
    assert [(one.starts, one.ends) for one in back.selections] == [(*map(unix.position, span),) for span in spans]
    assert (back.codes, back.user, back.created, back.values) == (source.codes, USER.guid, MOMENT, source.values)
    assert back.selections[0].codes == parts[0].codes and back.selections[0].created == MOMENT
    assert (project.name, project.users, project.created) == ("Lasting & strong", [USER], MOMENT)


def test_two_writings_are_equal_byte_for_byte() -> None:
    source = Source(make_guid("s"), "1", "one two", (Selection(0, 3, (make_guid(1),)),))
    assert written(project_of(source)) == written(project_of(source))


def test_a_project_without_texts_or_with_blank_ones_fits_the_schema() -> None:
    for sources in ((), (Source(make_guid("s"), "1", ""),)):
        data = written(project_of(*sources))
        validate(data)
        assert read_project(io.BytesIO(data)).sources == []


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_hostile_texts_and_names_fit_the_schema(text: str) -> None:
    source = Source(make_guid("s"), text, text or "x", (Selection(0, max(1, len(text)), (make_guid(1),)),))
    data = written(Project(text, [Code(make_guid(1), text, text)], [source], variables=["v"]))
    validate(data)
    (back,) = read_project(io.BytesIO(data)).sources
    expected = UnixText.of(text or "x").text.encode("utf-8", "replace").decode()
    assert back.text == expected.removeprefix("\ufeff")


@settings(max_examples=examples(200), deadline=None)
@given(st.text(alphabet=st.sampled_from("a\r\n é👩\u0301"), max_size=30), st.data())
def test_every_position_goes_to_unix_line_ends(text: str, data: st.DataObject) -> None:
    unix = UnixText.of(text)
    assert "\r" not in unix.text
    inside = [at for at in range(len(text) + 1) if text[max(0, at - 1) : at + 1] != "\r\n"]
    starts = data.draw(st.sampled_from(inside))
    ends = data.draw(st.sampled_from([at for at in inside if at >= starts]))
    here = unix.position(starts), unix.position(ends)
    assert unix.text[slice(*here)] == re.sub("\r\n?", "\n", text[starts:ends])


def a_project(xml: str, **texts: str) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("project.qde", xml)
        for name, text in texts.items():
            archive.writestr(f"Sources/{name}.txt", text)
    file.seek(0)
    return file


GUIDS = [f"{number:08d}-1111-2222-3333-444444444444" for number in range(9)]


def test_other_programs_ways_of_writing_are_read() -> None:
    """Braces, capitals, a folder "Sources", text inside the XML, a PDF with its text, codes of cases, pictures."""
    xml = f"""<Project xmlns="urn:QDA-XML:project:1:0" name="x">
      <CodeBook><Codes><Code guid="{{{GUIDS[0].upper()}}}" name="Trust" isCodable="true"/></Codes></CodeBook>
      <Cases><Case guid="{GUIDS[1]}"><CodeRef targetGUID="{GUIDS[0]}"/>
        <SourceRef targetGUID="{GUIDS[2]}"/></Case></Cases>
      <Sources>
        <TextSource guid="{GUIDS[2]}" name="a" plainTextPath="internal://A.txt">
          <PlainTextSelection guid="{GUIDS[3]}" startPosition="2" endPosition="99"><Coding guid="{GUIDS[4]}">
            <CodeRef targetGUID="{GUIDS[0]}"/></Coding></PlainTextSelection>
          <PlainTextSelection guid="{GUIDS[5]}" startPosition="3" endPosition="3"/></TextSource>
        <TextSource guid="{GUIDS[5]}" name="b"><PlainTextContent>inside</PlainTextContent></TextSource>
        <PDFSource guid="{GUIDS[6]}" name="c"><Representation guid="{GUIDS[7]}" plainTextPath="internal://c.txt">
          <Coding guid="{GUIDS[8]}"><CodeRef targetGUID="{GUIDS[0]}"/></Coding></Representation></PDFSource>
        <PictureSource guid="{GUIDS[8]}" name="d"/>
        <TextSource guid="{GUIDS[4]}" name="e" plainTextPath="internal://missing.txt"/>
      </Sources></Project>"""
    project = read_project(a_project(xml, a="\ufeffabcdef", c="of a pdf"))
    sources = list(project.sources)
    assert [one.text for one in sources] == ["abcdef", "inside", "of a pdf"]
    assert [one.codes for one in sources] == [(GUIDS[0],), (), (GUIDS[0],)]
    assert [(one.starts, one.ends) for one in sources[0].selections] == [(2, 6)]
    assert project.codes[0].guid == GUIDS[0] and project.skipped == 2


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@for_each(
    ("xml", "said"),
    [
        (f"{LAUGHS}<CodeBook><Codes><Code name='&b;'/></Codes></CodeBook>", "document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><CodeBook/>', "document type"),
        ("<CodeBook><Codes>" + "<Code name='a'>" * 5000 + "</Code>" * 5000 + "</Codes></CodeBook>", "nested deeper"),
        ("<CodeBook><Codes>", "damaged"),
        ("theme,answer\n", "damaged"),
        ("<html/>", "no code"),
        ("<CodeBook><Codes/></CodeBook>", "no code"),
    ],
)
def test_a_bad_codebook_is_refused_in_a_sentence(xml: str, said: str) -> None:
    with pytest.raises(RefiQdaRefused, match=said):
        read_codebook(io.BytesIO(xml.encode()))


def bomb() -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("project.qde", "w") as qde:
        qde.write(b"<Project name='x'>")
        for _ in range(220):
            qde.write(b" " * 1_000_000)
        qde.write(b"</Project>")
    file.seek(0)
    return file


def crowded() -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("project.qde", "w") as qde:
        qde.write(b"<Project name='x'>" + b"<a/>" * 4_000_000 + b"</Project>")
    file.seek(0)
    return file


def damaged() -> io.BytesIO:
    """A zip in which one byte of the project is another one."""
    data = bytearray(a_project("<Project name='something'/>").getvalue())
    data[data.index(b"something")] ^= 1
    return io.BytesIO(data)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (lambda: io.BytesIO(b"not a zip"), "cannot be opened"),
        (lambda: io.BytesIO(), "cannot be opened"),
        (lambda: a_project("<CodeBook/>"), "no REFI-QDA project"),
        (lambda: a_project(f"{LAUGHS}<Project name='&b;'/>"), "document type"),
        (bomb, "far larger"),
        (crowded, "far larger"),
        (damaged, "cannot be opened"),
    ],
)
def test_a_bad_project_is_refused_in_a_sentence(file, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RefiQdaRefused, match=said):
        read_project(file())


def test_a_path_out_of_the_archive_reads_nothing() -> None:
    source = f'<TextSource guid="{GUIDS[0]}" name="a" plainTextPath="absolute:///etc/passwd"/>'
    other = f'<TextSource guid="{GUIDS[1]}" name="b" plainTextPath="internal://../project.qde"/>'
    project = read_project(a_project(f'<Project name="x"><Sources>{source}{other}</Sources></Project>'))
    assert project.sources == [] and project.skipped == 2
