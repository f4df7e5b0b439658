"""Recognise the rows of a file whose answers are here already, or were deleted here.

From the surest sign to the weakest: the same cells as before; the id by which our own export or another program knows
the response; time and text, also where a newer download writes times in another zone; text alone, which is no
knowledge. Each answer here stands for one row at most, so two people who wrote the same words stay two.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from json.encoder import encode_basestring_ascii
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.files.model import AnswerRow, Layout, Row
from analysis.tables.layout import data_rows
from survey.answers import forgotten
from survey.core.models import Answer, AnswerImport, Deletion

Standing = Literal["new", "here", "alike", "changed", "deleted"]
"""What is known of a row: ``here``: its answer is; ``alike``: one with the same text is, and nothing tells whether it
is the same person's; ``changed``: the response is here with another text; ``deleted``: it was here"""

ANSWER = "answer"
Keys = Callable[[], Mapping[int, str]]
"""Returns the key of each row by its number: a hash of all cells, as stored in `Answer.import_key`"""
KEY_LENGTH = 56
"""Hexadecimal digits of the key of a row that are stored"""
IMPORT_TIME = timedelta(minutes=10)
"""An answer received this shortly before its import has the time of the import: its file named none"""
ZONE_STEP, ZONE_RANGE = 15, 26 * 60
"""Minutes by which zones differ, and from the first zone to the last"""
SUMMER = 60
"""Minutes between summer and winter time"""
PAIRS_FOR_A_SHIFT = 2
"""Rows that must agree before all times of a file are taken to be in another zone"""
MAX_COMPARED = 200
"""Answers of the same text that one row is compared with"""


@dataclass(slots=True, eq=False)
class _Stored:
    """An imported answer of the survey. `minute` is None where its file named no time."""

    text: bytes
    time: datetime
    minute: int | None
    response_key: str | None
    public_id: str
    taken: bool = False


@dataclass(slots=True)
class _Search:
    """The rows that are not recognised yet, and the answers no row stands for yet."""

    rows: Sequence[AnswerRow]
    texts: list[bytes]
    standings: dict[int, Standing] = field(default_factory=dict)

    def open(self) -> Iterable[tuple[AnswerRow, bytes]]:
        """Return the rows that are not recognised yet, each with the digest of its text."""
        pairs = zip(self.rows, self.texts, strict=True)
        return [(row, text) for row, text in pairs if row.number not in self.standings]

    def settle(self, row: AnswerRow, stored: _Stored | None, standing: Standing) -> None:
        """Note what a row is."""
        self.standings[row.number] = standing
        if stored is not None:
            stored.taken = True


def response_key(response_id: str) -> str | None:
    """Return what is stored of a response id, None for a blank one."""
    if not response_id:
        return None
    return hashlib.sha256(f"response {response_id}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def recognise(
    session: Session, survey_id: int, rows: Sequence[AnswerRow], keys: Keys, *, own_export: bool = False
) -> dict[int, Standing]:
    """Return what is known of each row, by its number. `own_export`: the ids are those of this program's answers.

    `keys` is asked only where the survey has imported answers.
    """
    stored, by_row_key = _imported(session, survey_id)
    search = _Search(rows, [_digest(row.text) if stored else b"" for row in rows])
    if own_export:
        _by_public_id(session, survey_id, search)
    trusted = False
    if stored:
        _by_cells(search, by_row_key, keys())
        trusted = _by_response(search, stored)
        _by_time(search, stored, trusted)
    _deleted(session, survey_id, search)
    if stored:
        _by_text(search, stored, trusted)
    for row in rows:
        search.standings.setdefault(row.number, "new")
    return search.standings


def row_keys(rows: Callable[[], Iterable[Row]], layout: Layout, place: int) -> Iterator[tuple[int, str]]:
    """Yield the number of each row of the table with its key, for the answers in the column `place`.

    It is a hash of the cells, made as the first imports of this program made it, so that their rows are known again
    too. Of rows with the same cells each has a key of its own. `rows` returns all rows of the file, from the first.
    """
    names: Sequence[str] = layout.names
    if layout.header_rows:
        header = next((cells for number, cells in rows() if number == layout.header_rows[0]), [])
        names = _column_names([cell.strip() for cell in header], len(layout.names))
    seen: Counter[bytes] = Counter()
    end = "" if names[place] == ANSWER else json.dumps(names[place])
    content_of = _cells_written(names)
    for number, cells in data_rows(rows(), layout):
        content = (content_of(cells) + end).encode()
        digest = hashlib.sha256(content).digest()
        seen[digest] += 1
        yield number, hashlib.sha256(b"%d\n%b" % (seen[digest], content)).hexdigest()[:KEY_LENGTH]


def _cells_written(names: Sequence[str]) -> Callable[[Sequence[str]], str]:
    """Return what writes the cells of a row as JSON: pairs of a column's name and its cell, sorted.

    Names that differ are sorted once for all rows, which halves the time.
    """
    if len(set(names)) < len(names):
        return lambda cells: json.dumps(sorted(zip(names, cells, strict=False)))
    order = [(f"[{json.dumps(names[at])}, ", at) for at in sorted(range(len(names)), key=lambda at: names[at])]

    def write(cells: Sequence[str]) -> str:
        return f"[{', '.join([f'{begin}{encode_basestring_ascii(cells[at])}]' for begin, at in order])}]"

    return write


def _column_names(header: Sequence[str], width: int) -> list[str]:
    """Return a unique name for each column: repeated names get a number, blank ones become "column 3"."""
    seen: Counter[str] = Counter()
    named = []
    for place, name in enumerate((*header, *[""] * (width - len(header)))[:width], start=1):
        name = name or f"column {place}"
        seen[name] += 1
        named.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return named


def _imported(session: Session, survey_id: int) -> tuple[list[_Stored], dict[str, _Stored]]:
    """Return the imported answers of a survey, and the same by the hash of their cells."""
    found = session.execute(
        select(
            Answer.text,
            Answer.received_at,
            Answer.response_key,
            Answer.public_id,
            Answer.import_key,
            AnswerImport.made_at,
        )
        .outerjoin(AnswerImport, AnswerImport.id == Answer.import_id)
        .where(Answer.survey_id == survey_id, Answer.import_key.is_not(None))
        .order_by(Answer.id)
        .execution_options(yield_per=5000)
    )
    stored: list[_Stored] = []
    by_row_key: dict[str, _Stored] = {}
    for text, received_at, key, public_id, row_key, made_at in found:
        timeless = made_at is not None and abs(received_at - made_at) < IMPORT_TIME
        one = _Stored(_digest(text), received_at, None if timeless else _minute(received_at), key, public_id)
        stored.append(one)
        by_row_key[row_key or ""] = one
    return stored, by_row_key


def _by_public_id(session: Session, survey_id: int, search: _Search) -> None:
    """Recognise the rows of our own export of this very survey."""
    here = set(session.scalars(select(Answer.public_id).where(Answer.survey_id == survey_id)))
    known = [row for row in search.rows if row.response_id in here]
    for row in known:
        search.settle(row, None, "here")
    if not known:
        return
    deleted = set(session.scalars(select(Deletion.answer_public_id)))
    for row, _ in search.open():
        if row.response_id in deleted:
            search.settle(row, None, "deleted")


def _by_cells(search: _Search, by_row_key: dict[str, _Stored], keys: Mapping[int, str]) -> None:
    for row, _ in search.open():
        found = by_row_key.get(keys.get(row.number, ""))
        if found is not None and not found.taken:  # whatever its text was read as then
            search.settle(row, found, "here")


def _by_response(search: _Search, stored: Iterable[_Stored]) -> bool:
    """Recognise rows by the id another program gave; return whether ids of this file mean the same responses.

    They do not where most known ids have another text: it is another question of the same responses, or another form
    whose ids also count from 1.
    """
    groups: dict[str, list[_Stored]] = defaultdict(list)
    agreed = 0
    for one in stored:
        if one.response_key is not None and one.taken:
            agreed += 1
        elif one.response_key is not None:
            groups[one.response_key].append(one)
    same: list[tuple[AnswerRow, _Stored]] = []
    other: list[tuple[AnswerRow, _Stored]] = []
    for row, text in search.open() if groups else ():
        group = groups.get(response_key(row.response_id) or "")
        if group:
            match = next((one for one in group if one.text == text), None)
            found = match or group[0]
            group.remove(found)
            (same if match else other).append((row, found))
    agreed += len(same)
    if len(other) > agreed:
        return False
    for row, match in same:
        search.settle(row, match, "here")
    for row, match in other:
        search.settle(row, match, "changed")
    return agreed > 0


def _by_time(search: _Search, stored: Iterable[_Stored], trusted: bool) -> None:
    """Recognise rows by time and text. Where ids are `trusted`, answers that have one were looked for already."""
    at: dict[tuple[bytes, int], list[_Stored]] = defaultdict(list)
    by_text: dict[bytes, list[_Stored]] = defaultdict(list)
    for one in stored:
        if not one.taken and one.minute is not None:
            at[one.text, one.minute].append(one)
            by_text[one.text].append(one)
    rows = [(row, text) for row, text in search.open() if row.time is not None and text in by_text]
    for shift in _shifts(rows, by_text):
        for row, text in rows:
            group = at.get((text, _minute(row.time) + shift))
            if group and row.number not in search.standings and _may_be(row, group[-1], trusted):
                search.settle(row, group.pop(), "here")


def _by_text(search: _Search, stored: Iterable[_Stored], trusted: bool) -> None:
    """Note the rows whose text is here, where times cannot tell whether it is the same person's."""
    by_text: dict[bytes, list[_Stored]] = defaultdict(list)
    for one in stored:
        if not one.taken:
            by_text[one.text].append(one)
    rows = [(row, text) for row, text in search.open() if text in by_text]
    dated = all(row.time is None or (row.time.hour, row.time.minute) == (0, 0) for row, _ in rows)
    for row, text in rows:
        group = by_text[text]
        fits = (one for one in islice(group, MAX_COMPARED) if _may_be(row, one, trusted))
        match = next((one for one in fits if _may_be_alike(row, one, dated)), None)
        if match is not None:
            group.remove(match)
            search.settle(row, match, "alike")


def _deleted(session: Session, survey_id: int, search: _Search) -> None:
    """Note the rows whose answers were deleted here, each as often as it was deleted."""
    left = Counter(forgotten.stored_marks(session, survey_id))
    if not left:
        return
    marks = forgotten.Marks(survey_id)
    for row, _ in search.open():
        key = response_key(row.response_id)
        signs = [marks.of_response(key)] if key is not None else []
        signs.append(marks.of_text(row.text) if row.time is None else marks.of_time(row.text, row.time))
        found = next((sign for sign in signs if left[sign] > 0), None)
        if found is not None:
            left[found] -= 1
            search.settle(row, None, "deleted")


def _shifts(rows: Sequence[tuple[AnswerRow, bytes]], by_text: dict[bytes, list[_Stored]]) -> list[int]:
    """Return by how many minutes the times of the file may differ from the stored ones, the likeliest first.

    A newer download may leave out the zone. Only texts that are there once on both sides are asked.
    """
    often = Counter(text for _, text in rows)
    seen: Counter[int] = Counter()
    for row, text in rows:
        if often[text] == 1 and len(by_text[text]) == 1:
            apart = (by_text[text][0].minute or 0) - _minute(row.time)
            if _is_zone(apart):
                seen[apart] += 1
    shift, pairs = seen.most_common(1)[0] if seen else (0, 0)
    if shift == 0 or pairs < PAIRS_FOR_A_SHIFT:
        return [0]
    return [shift, *(near for near in (shift - SUMMER, shift + SUMMER) if seen[near]), 0]


def _may_be(row: AnswerRow, one: _Stored, trusted: bool) -> bool:
    """Return whether a row may be an answer as far as ids tell: trusted ids that differ are two people."""
    return not (trusted and row.response_id and one.response_key is not None)


def _may_be_alike(row: AnswerRow, one: _Stored, dated: bool) -> bool:
    if row.time is None or one.minute is None:
        return True
    apart = one.minute - _minute(row.time)
    return abs(apart) <= ZONE_RANGE if dated or one.minute % (24 * 60) == 0 else _is_zone(apart)


def _is_zone(minutes: int) -> bool:
    return minutes % ZONE_STEP == 0 and abs(minutes) <= ZONE_RANGE


def _minute(time: datetime | None) -> int:
    return 0 if time is None else int(time.timestamp() // 60)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()
