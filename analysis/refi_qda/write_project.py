"""Write projects: a .qdpx file is a zip of project.qde and, for each text, sources/GUID.txt."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import IO, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from analysis.refi_qda.codebook_file import HEAD, attribute, code_lines, content
from analysis.refi_qda.model import Project, Selection, Source, make_guid
from analysis.refi_qda.positions import UnixText

NAMESPACE = "urn:QDA-XML:project:1.0"
PROJECT_FILE, FOLDER = "project.qde", "sources"
MAX_NAME = 100
"""Characters of a coded part that become its name, as programs write it"""
ZIP_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
SPOOL_BYTES = 8_000_000


def write_project(project: Project, file: BinaryIO) -> None:
    r"""Write a .qdpx file. Line ends become `\n` and positions follow; a text is written as it comes.

    Sources without a text are left out: the schema allows none, and there is nothing to code.
    """
    variables = {name: make_guid("variable", name) for name in project.variables}
    made = project.created or ZIP_EPOCH
    with (
        ZipFile(file, "w", ZIP_DEFLATED) as archive,
        tempfile.SpooledTemporaryFile(SPOOL_BYTES, "w+", encoding="utf-8", newline="\n") as qde,
    ):
        _write_head(qde, project, variables)
        begun = False
        for source in project.sources:
            unix = UnixText.of(source.text)
            if not unix.text:
                continue
            if not begun:
                qde.write("  <Sources>\n")
                begun = True
            _write_source(qde, source, unix, variables)
            archive.writestr(_entry(f"{FOLDER}/{source.guid}.txt", made), unix.text.encode("utf-8", "replace"))
        qde.write(("  </Sources>\n" if begun else "") + "</Project>\n")
        qde.seek(0)
        with archive.open(_entry(PROJECT_FILE, made), "w", force_zip64=True) as written:
            while piece := qde.read(1 << 20):
                written.write(piece.encode("utf-8", "replace"))


def _write_head(qde: IO[str], project: Project, variables: Mapping[str, str]) -> None:
    created = f" creationDateTime={_time(project.created)}" if project.created else ""
    user = f' creatingUserGUID="{project.users[0].guid}"' if project.users else ""
    qde.write(
        f'{HEAD}<Project xmlns="{NAMESPACE}" name={attribute(project.name)} '
        f"origin={attribute(project.origin)}{user}{created}>\n"
    )
    if project.users:
        users = (f'    <User guid="{one.guid}" name={attribute(one.name)}/>\n' for one in project.users)
        qde.write("  <Users>\n" + "".join(users) + "  </Users>\n")
    codes = "".join(code_lines(project.codes, "      "))
    if codes:
        qde.write(f"  <CodeBook>\n    <Codes>\n{codes}    </Codes>\n  </CodeBook>\n")
    if variables:
        named = (
            f'    <Variable guid="{guid}" name={attribute(name)} typeOfVariable="Text"/>\n'
            for name, guid in variables.items()
        )
        qde.write("  <Variables>\n" + "".join(named) + "  </Variables>\n")


def _write_source(qde: IO[str], source: Source, unix: UnixText, variables: Mapping[str, str]) -> None:
    qde.write(
        f'    <TextSource guid="{source.guid}" name={attribute(source.name)} '
        f'plainTextPath="internal://{source.guid}.txt"{_by(source.user, source.created)}>\n'
    )
    for number, part in enumerate(source.selections):
        _write_selection(qde, source.guid, number, part, unix)
    for coding in _codings(source.codes, source.user, source.created, source.guid):
        qde.write(f"      {coding}")
    for name, guid in variables.items():
        if value := source.values.get(name):
            qde.write(
                f'      <VariableValue><VariableRef targetGUID="{guid}"/>'
                f"<TextValue>{content(value)}</TextValue></VariableValue>\n"
            )
    qde.write("    </TextSource>\n")


def _write_selection(qde: IO[str], source: str, number: int, part: Selection, unix: UnixText) -> None:
    starts, ends = unix.position(part.starts), unix.position(part.ends)
    guid = make_guid("selection", source, number, starts, ends)
    name = " ".join(unix.text[starts:ends].split())[:MAX_NAME]
    qde.write(
        f'      <PlainTextSelection guid="{guid}" name={attribute(name)} startPosition="{starts}" '
        f'endPosition="{ends}"{_by(part.user, part.created)}>\n'
    )
    for coding in _codings(part.codes, part.user, part.created, guid):
        qde.write(f"        {coding}")
    qde.write("      </PlainTextSelection>\n")


def _codings(codes: Iterable[str], user: str | None, created: datetime | None, of: str) -> list[str]:
    return [
        f'<Coding guid="{make_guid("coding", of, code)}"{_by(user, created)}><CodeRef targetGUID="{code}"/></Coding>\n'
        for code in dict.fromkeys(codes)
    ]


def _by(user: str | None, created: datetime | None) -> str:
    by = f' creatingUser="{user}"' if user else ""
    return f"{by} creationDateTime={_time(created)}" if created else by


def _time(moment: datetime) -> str:
    return f'"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"'


def _entry(name: str, made: datetime) -> ZipInfo:
    moment = max(made.astimezone(UTC), ZIP_EPOCH)
    entry = ZipInfo(name, moment.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    return entry
