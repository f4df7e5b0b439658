"""Find the footer of a table: totals, who made the file, notes; what stands below the last answer and is none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analysis.files.model import Row
from analysis.tables.cell_types import is_empty, type_of

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


def footer_start(tail: Sequence[Row], width: int) -> int | None:
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
    return start if below else None


def _is_footer(cells: Sequence[str], filled: Sequence[str], above: Sequence[Row], width: int) -> bool:
    first = filled[0]
    if _TOTAL_ROW.fullmatch(first) and all(is_empty(cell) or type_of(cell) != "text" for cell in filled[1:]):
        has_number = len(filled) > 1 or any(map(str.isdigit, first))
        return has_number and (width > 1 or len(filled) > 1 or not first.isdigit())
    if len(filled) <= 2 and (width > 2 or len(filled) == 1) and _MADE_BY.fullmatch(first):
        return True
    if len(filled) > 1 or width < 3 or not cells[0]:
        return False
    column = [row[0] for _, row in above if row and row[0]]
    if len(column) < 3 or type_of(first) != "text" or " " not in first:
        return False
    return sum(type_of(one) != "text" for one in column) >= 0.9 * len(column)
