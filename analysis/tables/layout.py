"""Find where a table lies within the rows of a file: titles, headers, units, footer; what its columns are called."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from analysis.files.model import Layout, Row
from analysis.tables import column_names
from analysis.tables import header_rows as headers
from analysis.tables.cell_types import is_empty, type_of
from analysis.tables.tools import known_share, tool_of

HEAD, TAIL = 120, 40
TITLES = 8
"""Rows of titles above a narrow table, at most"""
"""Rows at the beginning and at the end that are looked at closely"""
MIN_WIDE = 0.1
"""The part of the first rows that must reach a column for it to be one, where no header names it"""

_TOTAL = (
    r"grand total|(?:sub)?totals?|sum|count|mean|average|median|std\.? ?dev\.?|standard deviation|min(?:imum)?"
    r"|max(?:imum)?|n"
    r"|gesamt(?:summe|zahl)?|summe|anzahl|mittelwert|durchschnitt|insgesamt|totale?s?|somme|nombre|moyenne"
    r"|suma|totales|media"
    r"|promedio|recuento|somma|conteggio|soma|média|contagem|totaal|som|aantal|gemiddelde|summa|antal|medel"
    r"|razem|łącznie"
    r"|suma|итого|всего|среднее|合計|総計|平均|件数|总计|合计|總計|平均值|합계|총계|평균|المجموع|الإجمالي"
    r"|סה\"כ|toplam|ortalama"
)
_THINGS = (
    r"(?:number of )?(?:responses?|answers?|rows?|records?|respondents?|submissions?|entries|results?"
    r"|completes?|participants?)"
    r"|antworten|zeilen|datensätze|teilnehmer|réponses?|lignes|respuestas|filas|risposte|righe|respostas"
    r"|linhas|antwoorden|rijen"
    r"|svar|ответов|записей|回答(?:数)?|件|回答者数|答卷|응답"
)
_TOTAL_ROW = re.compile(
    rf"(?:(?:{_TOTAL})(?:\s+(?:of\s+)?(?:{_THINGS}))?|(?:{_THINGS}))\s*(?:\([^)]*\))?\s*[:=\uff1a]?\s*[\d.,\s%]*"
    rf"|\d[\d.,]*\s+(?:{_THINGS})",
    re.IGNORECASE,
)
_END = re.compile(r"[-*=_#. ]{2,}(?:end|ende|fin|fine|fim|eof)[-*=_#. ]{2,}", re.IGNORECASE)
LONGEST_CLOSING = 200
"""Characters of a cell that closes a table"""
_MADE_BY = re.compile(
    r"\W*(?:(?:this )?(?:report|file|export|data|document)?\s*(?:was )?(?:generated|exported|created|downloaded|printed"
    r"|produced|powered|prepared)\b.{0,20}(?:\bby\b|\bon\b|\bat\b|\bwith\b|\bfrom\b|:|\d)|report date"
    r"|export date|date of export"
    r"|(?:erstellt|exportiert|generiert|heruntergeladen)\s.{0,12}(?:am|mit|von|durch|:|\d)|(?:généré|exporté"
    r"|créé)e?\s.{0,12}"
    r"(?:par|le|avec|:|\d)|(?:generado|exportado|creado)\s.{0,12}(?:por|el|con|:|\d)|(?:generato|esportato"
    r"|creato)\s.{0,12}"
    r"(?:da|il|con|:|\d)|(?:gerado|exportado|criado)\s.{0,12}(?:por|em|com|:|\d)|(?:gegenereerd|geëxporteerd)\s.{0,12}"
    r"(?:door|op|met|:|\d)|end of (?:report|file|export|data)|ende der (?:datei|liste|daten)|fin (?:du|de) "
    r"|source ?:|quelle ?:"
    r"|fuente ?:|fonte ?:|©|\(c\) \d{4}|copyright|confidential\W*$|vertraulich\W*$|page \d+ of \d+"
    r"|seite \d+ von \d+|filters? ?:"
    r"|note ?:.{0,20}(?:export|data|file|responses)|作成日|出力日|エクスポート|导出时间|导出日期|생성일).*",
    re.IGNORECASE | re.DOTALL,
)


def find_layout(rows: Iterable[Row], header_rows: int | None = None) -> Layout:
    """Return where the table lies, in one pass. `header_rows` is what a person says of their number, 0 too."""
    given = iter(rows)
    beginning = [(number, _stripped(cells)) for number, cells in islice(given, HEAD)]
    head = [(number, cells) for number, cells in beginning if cells]
    if not head:
        return Layout(())
    start = _table_start(head, header_rows)
    titles = tuple(number for number, _ in head[:start])
    table = head[start:]
    found = headers.find_headers(table, header_rows)
    width = _width(found, table)
    names, codes = _names(found, width)
    skipped = {table[place][0] for place in found.units}
    repeated = [cells for _, cells in table[: found.count]]
    first = table[found.count][0] if found.count < len(table) else table[-1][0] + 1
    tail = deque(((number, cells) for number, cells in beginning if number >= first), maxlen=TAIL)
    skipped.update(number for number, cells in table[found.count :] if cells in repeated)
    first_cells = {cells[0] for cells in repeated if cells}
    for number, cells in given:
        if cells and cells[0].strip() in first_cells and _stripped(cells) in repeated:
            skipped.add(number)
        tail.append((number, cells))
    return Layout(
        unique_names(names),
        codes if any(codes) else (),
        tuple(number for number, _ in table[: found.count]),
        titles,
        first,
        _footer_start([(number, _stripped(cells)) for number, cells in tail], width),
        frozenset(skipped),
        _tool(table[: found.count]),
        _time_zone(table[: found.count]),
    )


def data_rows(rows: Iterable[Row], layout: Layout) -> Iterator[Row]:
    """Yield the rows of the table itself, each at least as wide as it; wider only where there is something out there.

    Rows of blank cells are yielded too, unless they hold no cell at all.
    """
    width = len(layout.names)
    padding = [""] * width
    for number, cells in rows:
        if number < layout.first or number in layout.skipped:
            continue
        if layout.end is not None and number >= layout.end:
            return
        if len(cells) == width:
            yield number, cells
        elif len(cells) < width:
            if cells:
                yield number, cells + padding[len(cells) :]
        else:
            yield number, cells if any(map(str.strip, cells[width:])) else cells[:width]


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return a unique name for each column: repeated names get a number, blank ones become "column 3"."""
    seen: Counter[str] = Counter()
    named = []
    for place, given in enumerate(names, start=1):
        name = " ".join(given.split()) or f"column {place}"
        seen[name] += 1
        named.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(named)


def _stripped(cells: Sequence[str]) -> list[str]:
    """Return the cells without blanks around them, and without the blank ones at the end of the row."""
    kept = [cell.strip().strip("\ufeff\u200b\xa0") for cell in cells]
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _table_start(head: Sequence[Row], header_rows: int | None) -> int:
    """Return the index of the first row of the table: the first that is about as wide as most rows are."""
    if header_rows == 0:
        return _first_wide(head)
    for place, (_, cells) in enumerate(head[:30]):
        if len(cells) > 1 and tool_of(cells) is not None:
            return place - (place > 0 and headers.is_labels(cells, head[place - 1][1]))
    return _first_wide(head)


def _first_wide(head: Sequence[Row]) -> int:
    widths = Counter(len(cells) for _, cells in head)
    usual = max(widths, key=lambda width: (widths[width] * (width > 1), width))
    if usual <= 2 and (named := _named_below(head)):
        return named
    if usual == 1:
        return 0
    for place, (_, cells) in enumerate(head):
        filled = sum(map(bool, cells))
        if filled >= max(2, usual / 2) and len(cells) >= usual * 0.7:
            above = head[place - 1][1] if place else []
            below = [row for _, row in head[place + 1 :]]
            if place and headers.is_group_row(above, cells):
                return place - 1
            # A header without a name for the last column is shorter than the rows below it.
            names_above = len(above) >= usual - 1 and all(above) and (len(above) > 1 or known_share(above) == 1.0)
            return place - (names_above and not headers.is_header(cells, below))
    return 0


def _named_below(head: Sequence[Row]) -> int:
    """Return the index of a row of known names below titles as wide as a table of one or two columns."""
    if known_share(head[0][1]) >= 0.5:
        return 0
    for place, (_, cells) in enumerate(head[1:TITLES], start=1):
        if known_share(cells) == 1.0 and any(map(column_names.says_answer, cells)):
            return place
    return 0


def _width(found: headers.Headers, table: Sequence[Row]) -> int:
    """Return the number of columns: those with a name, and those that many rows reach."""
    named = max((len(cells) for _, cells in table[: found.count]), default=0)
    lengths = sorted((len(cells) for _, cells in table[found.count :]), reverse=True)
    if not lengths:
        return named
    reached = lengths[min(max(1, int(len(lengths) * MIN_WIDE)), len(lengths) - 1)]
    return max(named, reached) if named else max(reached, lengths[0])


def _names(found: headers.Headers, width: int) -> tuple[list[str], tuple[str, ...]]:
    names = [*found.names, *[""] * width][:width]
    codes = [*found.codes, *[""] * width][:width]
    return names, tuple(codes)


def _tool(header_rows: Sequence[Row]) -> str | None:
    if any(headers.IMPORT_ID in cell for _, cells in header_rows for cell in cells):
        return "Qualtrics"
    return tool_of(*(cells for _, cells in header_rows))


def _time_zone(header_rows: Sequence[Row]) -> str:
    """Return the zone of a file's times, which Qualtrics writes in its third header row."""
    for _, cells in header_rows:
        for cell in cells:
            if '"timeZone"' in cell:
                try:
                    return str(json.loads(cell).get("timeZone", ""))
                except ValueError:
                    continue
    return ""


def _footer_start(tail: Sequence[Row], width: int) -> int | None:
    """Return the number of the first row of the footer, given the last rows of a file; None where there is none.

    The cells are stripped. A row of a single cell in a table of several columns is a note where the column it stands in
    has ids, numbers or times; else, and in tables of one column, its words must be those of a footer.
    """
    start: int | None = None
    below = len(tail)
    for place in range(len(tail) - 1, -1, -1):
        number, cells = tail[place]
        filled = [cell for cell in cells if cell]
        if filled:
            if not _is_footer(cells, filled, tail[:place], width):
                break
            start, below = number, place
        elif start is not None:
            start = number  # blank rows above the footer belong to it
    return start if below else None


def _is_closing(text: str) -> bool:
    """Return whether a cell says that a table ends or what made it."""
    return len(text) <= LONGEST_CLOSING and bool(_MADE_BY.fullmatch(text) or _END.fullmatch(text))


def _is_footer(cells: Sequence[str], filled: Sequence[str], above: Sequence[Row], width: int) -> bool:
    first = filled[0]
    if _TOTAL_ROW.fullmatch(first) and all(is_empty(cell) or type_of(cell) != "text" for cell in filled[1:]):
        has_number = len(filled) > 1 or any(map(str.isdigit, first))
        return has_number and (width > 1 or len(filled) > 1 or not first.isdigit())
    if len(filled) <= 2 and (width > 2 or len(filled) == 1) and _is_closing(first):
        return True
    if len(filled) > 1 or width < 3 or not cells[0]:
        return False
    column = [row[0] for _, row in above if row and row[0]]
    if len(column) < 3 or type_of(first) != "text" or " " not in first:
        return False
    return sum(type_of(one) != "text" for one in column) >= 0.9 * len(column)
