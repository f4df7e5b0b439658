"""Recognise the program that wrote a table by the names of its columns, and what it writes for trying a survey out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from analysis.files.model import Layout
from analysis.tables import column_names
from analysis.text.normalise import fold

OWN, OWN_ID = "Common Threads", "answer_id"
"""This program, and the column of its exports that tells answers apart"""
_SIGNATURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (OWN, (OWN_ID, "answer")),
    ("Qualtrics", ("responseid", "recordeddate")),
    ("Qualtrics", ("responseid", "startdate", "enddate")),
    ("Qualtrics", ("response id", "recorded date")),
    ("SurveyMonkey", ("respondent id", "collector id")),
    ("LimeSurvey", ("submitdate", "lastpage")),
    ("LimeSurvey", ("submitdate", "startlanguage")),
    ("LimeSurvey", ("response id", "date submitted", "last page")),
    ("LimeSurvey", ("antwort id", "datum abgeschickt", "letzte seite")),
    ("LimeSurvey", ("id de la réponse", "date de soumission", "dernière page")),
    ("KoboToolbox", ("_uuid", "_submission_time")),
    ("ODK", ("instanceid", "submissiondate")),
    ("ODK", ("key", "submissiondate")),
    ("ODK", ("key", "submitterid")),
    ("Survey123", ("globalid", "creationdate")),
    ("Survey123", ("objectid", "globalid")),
    ("REDCap", ("record_id", "redcap_event_name")),
    ("REDCap", ("record_id", "redcap_survey_identifier")),
    ("REDCap", ("record id", "survey identifier")),
    ("REDCap", ("record id", "survey timestamp")),
    ("Typeform", ("#", "submit date (utc)", "network id")),
    ("Typeform", ("#", "start date (utc)", "submit date (utc)")),
    ("Tally", ("submission id", "respondent id", "submitted at")),
    ("Formbricks", ("no.", "response id", "timestamp", "survey id")),
    ("Alchemer", ("response id", "time started", "date submitted")),
    ("Alchemer", ("response id", "date submitted", "sessionid")),
    ("EUSurvey", ("contribution id", "creation date")),
    ("EUSurvey", ("invitation number", "contribution id")),
    ("SoSci Survey", ("case", "questnnr")),
    ("SoSci Survey", ("case", "serial", "ref")),
    ("Unipark", ("lfdn", "lastpage")),
    ("Unipark", ("lfdn", "external_lfdn")),
    ("Kouchou-AI", ("arg-id", "argument")),
    ("Talk to the City", ("comment-id", "comment-body", "interview")),
    ("Polis", ("timestamp", "datetime", "comment-id", "comment-body")),
    ("Talk to the City", ("comment-id", "comment-body")),
    ("Decidim", ("id", "component/id", "url")),
    ("Decidim", ("id", "participatory_space/id")),
    ("Zoho Survey", ("response id", "start time", "completed time")),
    ("Zoho Survey", ("response id", "response status", "ip address")),
    ("Jotform", ("submission date", "submission id")),
    ("Slido", ("question", "author", "upvotes")),
    ("Slido", ("poll question", "response")),
    ("Mentimeter", ("voter", "session")),
    ("Mentimeter", ("question", "responses", "voters")),
)
"""Names of columns that a program writes and others do not; the first that are all there decide"""
_MICROSOFT = re.compile(
    r"^(?:id|id\.)\s(?:start ?time|startzeit|heure de début|hora de inicio|ora di inizio|hora de início"
    r"|begintijd|開始時刻|"
    r"开始时间|開始時間|시작 시간|godzina rozpoczęcia|starttid|starttidspunkt|время начала|başlangıç saati)"
)
_PREVIEWS = re.compile(
    r"preview\b|vorschau\b|previsualización|vista previa|aperçu\b|anteprima\b|pré-visualização|visualização prévia"
    r"|\bvoorbeeld|podgląd|förhandsgranskning|forhåndsvis|esikatselu|プレビュー|预览|預覽|미리 ?보기|предпросмотр"
    r"|önizleme|náhled|معاينة|תצוגה מקדימה|^(?:survey )?tests?$|^pre-?test$|^umfragetest$|^debug$",
    re.IGNORECASE,
)
_QUALTRICS_CODES = frozenset({"1", "2", "9", "17"})
"""Qualtrics, exported as numbers: survey preview, survey test, preview marked as spam, offline preview"""
_YES = frozenset("1 true yes y ja oui sí si sì sim x wahr vrai verdadero vero はい 是 예 да evet tak 1.0 test".split())  # noqa: SIM905


def tool_of(*headers: Sequence[str]) -> str | None:
    """Return the program that writes tables with these header rows, None where it is not known."""
    for header in headers:
        names = {" ".join(name.lower().split()) for name in header}
        for tool, signature in _SIGNATURES:
            if names.issuperset(signature):
                return tool
    for header in headers:
        if len(header) > 1 and _MICROSOFT.match(" ".join(header[:2]).strip().lower()):
            return "Microsoft Forms"
    first = column_names.comparable(headers[0][0]) if headers and headers[0] else ""
    return "Google Forms" if first in column_names.GOOGLE_TIMES and len(headers[0]) > 1 else None


def preview_test(layout: Layout) -> Callable[[Sequence[str]], bool]:
    """Return a function that says whether a row is of somebody who tried the survey, by the columns that mark it."""
    marks: list[tuple[int, bool, bool]] = []
    for place, name in enumerate(layout.names):
        called = {name, layout.codes[place] if place < len(layout.codes) else name}
        yes, words = any(map(column_names.marks_tests, called)), any(map(column_names.may_mark_tests, called))
        if yes or words:
            codes = layout.tool == "Qualtrics" and bool({"status", "response type"} & set(map(fold, called)))
            marks.append((place, yes, codes))

    def is_preview(cells: Sequence[str]) -> bool:
        for place, yes, codes in marks:
            cell = cells[place].strip()
            if not cell:
                continue
            if yes and cell.casefold() in _YES:
                return True
            if not yes and (_PREVIEWS.search(cell) or (codes and cell in _QUALTRICS_CODES)):
                return True
        return False

    return is_preview if marks else lambda cells: False


def known_share(cells: Iterable[str]) -> float:
    """Return the part of cells that hold something which are names of columns in some program's export."""
    filled = [cell for cell in cells if cell.strip()]
    return sum(map(column_names.is_known, filled)) / len(filled) if filled else 0.0
