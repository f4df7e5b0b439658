"""Small exports in the shape of each tool's own, in our words: `docs/importing.md` has a row for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TEXTS = (
    "More trees along the main road",
    "Better buses at night",
    "A place for teenagers to meet",
    "Cleaner parks please",
    "Slower cars near the school",
    "Cheaper tickets for families",
)
QUESTION = "What should we change in our town?"


@dataclass(frozen=True)
class Export:
    """A file of a tool: its rows, and what has to be found in it. ``time``, ``id`` are names of columns."""

    tool: str | None
    headers: tuple[Sequence[str], ...]
    rows: tuple[Sequence[str], ...]
    answer: str
    time: str | None
    id: str | None
    answers: int = 6
    left_out: tuple[tuple[str, int], ...] = ()
    first_time: str = ""
    titles: int = 0


def _table(*columns: Sequence[str] | str) -> tuple[Sequence[str], ...]:
    """Return rows from columns; a text is the same in every row, "{n}" in it the number of the row from 0."""
    made = [[one.format(n=n) for n in range(6)] if isinstance(one, str) else list(one) for one in columns]
    return tuple(zip(*made, strict=True))


def _import_ids(*ids: str) -> list[str]:
    return [
        f'{{"ImportId":"{one}","timeZone":"Europe/Berlin"}}' if "Date" in one else f'{{"ImportId":"{one}"}}'
        for one in ids
    ]


_DAYS = tuple(f"2026-03-0{n + 1} 09:10:11" for n in range(6))
EXPORTS: dict[str, Export] = {
    "Qualtrics": Export(
        "Qualtrics",
        (
            ["StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished",
             "RecordedDate", "ResponseId", "RecipientLastName", "RecipientEmail", "LocationLatitude",
             "DistributionChannel", "Q1", "Q2"],
            ["Start Date", "End Date", "Response Type", "IP Address", "Progress", "Duration (in seconds)",
             "Finished", "Recorded Date", "Response ID", "Recipient Last Name", "Recipient Email",
             "Location Latitude", "Distribution Channel", "How old are you?", QUESTION],
            _import_ids("startDate", "endDate", "status", "ipAddress", "progress", "duration", "finished",
             "recordedDate")
            + _import_ids("_recordId", "recipientLastName", "recipientEmail", "locationLatitude",
             "distributionChannel")
            + _import_ids("QID1", "QID2_TEXT"),
        ),
        (
            *_table(
                _DAYS, _DAYS, "IP Address", "192.0.2.{n}", "100", "61{n}", "True", _DAYS, "R_1a2B3c4D5e6F7g{n}",
                 "", "",
                "52.5{n}01", "anonymous", "3{n}", TEXTS,
            ),
            ["2026-03-09 09:10:11"] * 2 + ["Survey Preview", "192.0.2.9", "100", "5", "True",
             "2026-03-09 09:10:11", "R_9z", "", "", "52.5", "preview", "30", "only a try"],
        ),
        QUESTION, "Recorded Date", "Response ID", left_out=(("preview", 1),), first_time="2026-03-01T08:10:11+00:00",
    ),
    "Qualtrics, two header rows": Export(
        "Qualtrics",
        (["V1", "V8", "V9", "V10", "Q2"], ["ResponseID", "StartDate", "EndDate", "Finished", QUESTION]),
        _table("R_{n}aB3", _DAYS, _DAYS, "1", TEXTS),
        QUESTION, "EndDate", "ResponseID",
    ),
    "SurveyMonkey": Export(
        "SurveyMonkey",
        (
            ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address",
             "First Name", "Last Name", "Custom Data 1", "Which of these do you use?", "", "", QUESTION],
            [""] * 9 + ["Library", "Pool", "Park", "Open-Ended Response"],
        ),
        _table(
            "11800{n}", "4200", [f"03/0{n + 1}/2026 09:12:40 AM" for n in range(6)],
            [f"03/0{n + 1}/2026 09:13:40 AM" for n in range(6)], "192.0.2.{n}", "", "", "", "", "Library", "",
             "Park", TEXTS,
        ),
        QUESTION, "End Date", "Respondent ID", first_time="2026-03-01T09:13:40+00:00",
    ),
    "Google Forms": Export(
        "Google Forms",
        (["Timestamp", "Email Address", "How did you hear of us?", QUESTION],),
        _table(
            [f"2026/03/0{n + 1} 9:10:11 PM GMT+1" for n in range(6)], "person{n}@mail.example", "From a friend", TEXTS
        ),
        QUESTION, "Timestamp", None, first_time="2026-03-01T20:10:11+00:00",
    ),
    "Google Forms, opened in Sheets": Export(
        "Google Forms",
        (["Zeitstempel", "E-Mail-Adresse", "Wie alt sind Sie?", "Was sollen wir ändern?"],),
        _table([f"{n + 11}.03.2026 21:10:11" for n in range(6)], "person{n}@mail.example", "3{n}", TEXTS),
        "Was sollen wir ändern?", "Zeitstempel", None, first_time="2026-03-11T21:10:11+00:00",
    ),
    "Microsoft Forms": Export(
        "Microsoft Forms",
        (["ID", "Start time", "Completion time", "Email", "Name", QUESTION],),
        _table(["1", "2", "3", "4", "5", "6"], [day.replace(" ", "T") for day in _DAYS],
               [day.replace(" 09:10", "T09:15") for day in _DAYS], "anonymous", "", TEXTS),
        QUESTION, "Completion time", "ID", first_time="2026-03-01T09:15:11+00:00",
    ),
    "Microsoft Forms, in French": Export(
        "Microsoft Forms",
        (["ID", "Heure de début", "Heure de fin", "Adresse de messagerie", "Nom", "Que faut-il changer\xa0?"],),
        _table(["1", "2", "3", "4", "5", "6"], [f"0{n + 1}/03/2026 09:10:11" for n in range(6)],
               [f"{n + 13}/03/2026 09:15:11" for n in range(6)], "personne{n}@mail.example",
                "Camille Durand{n}", TEXTS),
        "Que faut-il changer ?", "Heure de fin", "ID", first_time="2026-03-13T09:15:11+00:00",
    ),
    "Typeform": Export(
        "Typeform",
        (["#", QUESTION, "Would you come again?", "Response Type", "Start Date (UTC)", "Stage Date (UTC)",
         "Submit Date (UTC)", "Network ID", "Tags", "Ending"],),
        _table("a1b2c3d4e5f{n}", TEXTS, "1", "completed", _DAYS, "", _DAYS, "9f8e7d6c5b", "",
         "Thank you for your time"),
        QUESTION, "Submit Date (UTC)", "#",
    ),
    "LimeSurvey": Export(
        "LimeSurvey",
        (["Response ID", "Date submitted", "Last page", "Start language", "Seed", "Date started", "IP address",
          f"G01Q02. {QUESTION}", "G01Q03. How often do you come?"],),
        _table(["1", "2", "3", "4", "5", "6"], _DAYS, "2", "en", "87{n}4231{n}", _DAYS, "192.0.2.{n}", TEXTS,
         "Often"),
        QUESTION, "Date submitted", "Response ID",
    ),
    "LimeSurvey, codes": Export(
        "LimeSurvey",
        (["id", "submitdate", "lastpage", "startlanguage", "seed", "startdate", "datestamp", "G01Q02", "G01Q03"],),
        _table(["1", "2", "3", "4", "5", "6"], _DAYS, "2", "de", "87{n}4231{n}", _DAYS, _DAYS, TEXTS, "A1"),
        "G01Q02", "submitdate", "id",
    ),
    "KoboToolbox": Export(
        "KoboToolbox",
        (["start", "end", QUESTION, "How do you travel?", "How do you travel?/Bus", "How do you travel?/Bike",
         "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by",
         "__version__", "_tags", "_index"],),
        _table([f"2026-03-0{n + 1}T09:10:11.000+01:00" for n in range(6)],
               [f"2026-03-0{n + 1}T09:12:11.000+01:00" for n in range(6)], TEXTS, "Bus Bike", "1", "1", "45120{n}",
               "5b2b6e3c-7a0c-4bfc-9a2e-6a3f0e7d1f0{n}", [f"2026-03-0{n + 1}T08:12:30" for n in range(6)], "", "",
               "submitted_via_web", "", "vVqX7{n}", "", ["1", "2", "3", "4", "5", "6"]),
        QUESTION, "_submission_time", "_uuid",
    ),
    "ODK": Export(
        "ODK",
        (["SubmissionDate", "start", "end", "town-change", "town-age", "meta-instanceID", "KEY", "SubmitterID",
         "DeviceID"],),
        _table([f"2026-03-0{n + 1}T08:12:30.123Z" for n in range(6)],
         [f"2026-03-0{n + 1}T08:10:30.123Z" for n in range(6)],
               [f"2026-03-0{n + 1}T08:12:29.123Z" for n in range(6)], TEXTS, "3{n}",
               "uuid:5b2b6e3c-7a0c-4bfc-9a2e-6a3f0e7d1f0{n}", "uuid:5b2b6e3c-7a0c-4bfc-9a2e-6a3f0e7d1f0{n}", "27",
               "collect:aB3dE5fG7hI9{n}"),
        "town-change", "SubmissionDate", "KEY",
    ),
    "REDCap": Export(
        "REDCap",
        (["record_id", "redcap_survey_identifier", "town_survey_timestamp", "change", "age",
         "town_survey_complete"],),
        _table(["1", "2", "3", "4", "5", "6"], "", _DAYS, TEXTS, "3{n}", "2"),
        "change", "town_survey_timestamp", "record_id",
    ),
    "REDCap, labels": Export(
        "REDCap",
        (["Record ID", "Survey Identifier", "Survey Timestamp", QUESTION, "Age", "Complete?"],),
        _table(["1", "2", "3", "4", "5", "6"], "", _DAYS, TEXTS, "3{n}", "Complete"),
        QUESTION, "Survey Timestamp", "Record ID",
    ),
    "Jotform": Export(
        "Jotform",
        (["Submission Date", "Name", "E-mail", QUESTION, "Submission IP", "Submission ID"],),
        _table([f"Mar {n + 1}, 2026" for n in range(6)], "Robin Miller{n}", "robin{n}@mail.example", TEXTS,
         "192.0.2.{n}",
               "598765432109876543{n}"),
        QUESTION, "Submission Date", "Submission ID",
    ),
    "Tally": Export(
        "Tally",
        (["Submission ID", "Respondent ID", "Submitted at", QUESTION, "May we write to you?"],),
        _table("wQ8xY{n}", "b1N2m{n}", _DAYS, TEXTS, "Yes"),
        QUESTION, "Submitted at", "Submission ID",
    ),
    "Zoho Survey": Export(
        "Zoho Survey",
        (["Response ID", "Response Status", "IP Address", "Start Time", "Completed Time", "Time Taken", QUESTION],),
        _table("17{n}0021", "Completed", "192.0.2.{n}", [f"0{n + 1}-Mar-2026 09:10 AM" for n in range(6)],
               [f"0{n + 1}-Mar-2026 09:15 AM" for n in range(6)], "00:05:0{n}", TEXTS),
        QUESTION, "Completed Time", "Response ID", first_time="2026-03-01T09:15:00+00:00",
    ),
    "Survey123": Export(
        "Survey123",
        (["ObjectID", "GlobalID", QUESTION, "CreationDate", "Creator", "EditDate", "Editor", "x", "y"],),
        _table(["1", "2", "3", "4", "5", "6"], "5b2b6e3c-7a0c-4bfc-9a2e-6a3f0e7d1f0{n}", TEXTS,
               [f"3/{n + 11}/2026 9:10:11 AM" for n in range(6)], "",
                [f"3/{n + 11}/2026 9:10:11 AM" for n in range(6)], "",
               "13.40{n}512", "52.52{n}018"),
        QUESTION, "CreationDate", "GlobalID", first_time="2026-03-11T09:10:11+00:00",
    ),
    "EUSurvey": Export(
        "EUSurvey",
        (["Alias", "Town survey"], ["Export date", "07-04-2026 10:00"],
         [QUESTION, "How often do you come?", "Invitation number", "Contribution ID", "User name",
          "Creation date", "Last update", "Languages"]),
        _table(TEXTS, "Every week", "", "5b2b6e3c-7a0c-4bfc-9a2e-6a3f0e7d1f0{n}", "",
               [f"{n + 11}-03-2026 09:10:11" for n in range(6)], [f"{n + 11}-03-2026 09:10:11" for n in range(6)],
                "EN"),
        QUESTION, "Creation date", "Contribution ID", titles=2,
    ),
    "Alchemer": Export(
        "Alchemer",
        (["Response ID", "Time Started", "Date Submitted", "Status", "Contact ID", "Legacy Comments", "Comments",
         "Language", "Referer", "SessionID", "User Agent", "Tags", "IP Address", "Longitude", "Latitude",
         "Country", QUESTION],),
        _table(["1", "2", "3", "4", "5", "6"], _DAYS, _DAYS, "Complete", "", "", "", "English",
         "https://town.example/ask",
               "17408{n}_65e1f8a7c9b2d3.4401{n}", "Mozilla/5.0 (X11; Linux x86_64)", "", "192.0.2.{n}",
               "13.40{n}5", "52.52{n}1",
               "Germany", TEXTS),
        QUESTION, "Date Submitted", "Response ID",
    ),
    "SoSci Survey": Export(
        "SoSci Survey",
        (["CASE", "SERIAL", "REF", "QUESTNNR", "MODE", "STARTED", "TC01_01", "TC02", "LASTDATA", "FINISHED",
         "LASTPAGE"],
         ["Interview-Nummer (fortlaufend)", "Seriennummer (sofern verwendet)",
          "Referenz (sofern im Link angegeben)", "Fragebogen, der im Interview verwendet wurde",
          "Interview-Modus", "Zeitpunkt zu dem das Interview begonnen hat", "Änderungen: Was sollen wir ändern?",
          "Alter", "Zeitpunkt als der Datensatz das letzte mal geändert wurde",
          "Wurde die Befragung abgeschlossen (letzte Seite erreicht)?",
          "Seite, die der Teilnehmer zuletzt bearbeitet hat"]),
        (*_table(["10", "11", "12", "13", "14", "15"], "", "", "base", "interview", _DAYS, TEXTS, "3{n}", _DAYS,
         "1", "4"),
         ["16", "", "", "base", "pretest", "2026-03-09 09:10:11", "nur ein Versuch", "33", "2026-03-09 09:10:11",
          "1", "4"]),
        "Änderungen: Was sollen wir ändern?", "Zeitpunkt als der Datensatz das letzte mal geändert wurde",
        "Interview-Nummer (fortlaufend)", left_out=(("preview", 1),),
    ),
    "Unipark": Export(
        "Unipark",
        (["lfdn", "external_lfdn", "tester", "dispcode", "lastpage", "quality", "duration", "v_1", "v_2",
         "browser", "datetime", "date_of_last_access"],),
        (*_table(["21", "22", "23", "24", "25", "26"], "0", "0", "31", "4118{n}", "-77", "8{n}", TEXTS, "3",
         "Firefox 140",
                 _DAYS, _DAYS),
         ["27", "0", "1", "31", "41180", "-77", "12", "only a try", "3", "Firefox 140", _DAYS[0], _DAYS[0]]),
        "v_1", "date_of_last_access", "lfdn", left_out=(("preview", 1),),
    ),
    "Polis": Export(
        "Polis",
        (["timestamp", "datetime", "comment-id", "author-id", "agrees", "disagrees", "moderated", "comment-body"],),
        _table([f"17723562{n}1000" for n in range(6)], "Sun Mar 01 09:10:11 PST 2026", "{n}", "{n}", "{n}", "1",
         "1", TEXTS),
        "comment-body", "timestamp", "comment-id", first_time="2026-03-01T09:10:01+00:00",
    ),
    "Talk to the City": Export(
        "Talk to the City",
        (["comment-id", "interview", "comment-body"],),
        _table("{n}", "Meeting", TEXTS),
        "comment-body", None, "comment-id",
    ),
    "Kouchou-AI": Export(
        "Kouchou-AI",
        (["arg-id", "argument", "category_id", "category", "x", "y"],),
        _table("A{n}_0", TEXTS, "0_1", "Streets", "3.2{n}1", "-1.7{n}2"),
        "argument", None, "arg-id",
    ),
    "Decidim": Export(
        "Decidim",
        (["id", "component/id", "title/en", "body/en", "published_at", "url", "state", "votes", "author/name"],),
        _table("41{n}", "12", [text.split()[0] + " " + text.split()[-1] for text in TEXTS],
               [f"<p>{text}, and soon, because many of us need it</p>" for text in TEXTS],
               [f"2026-03-0{n + 1} 09:10:11 UTC" for n in range(6)], "https://town.example/proposals/{n}", "", "{n}",
               "Neighbour {n}"),
        "body/en", "published_at", "id",
    ),
    "Slido": Export(
        "Slido",
        (["Question", "Author", "Upvotes", "Downvotes", "Date"],),
        _table(TEXTS, "Anonymous", "{n}", "0", _DAYS),
        "Question", "Date", None,
    ),
    "Mentimeter": Export(
        "Mentimeter",
        (["Town evening 2026"], ["Voter", "Session", QUESTION],),
        _table("Voter {n}", "1", TEXTS),
        QUESTION, None, None, titles=1,
    ),
    "Formbricks": Export(
        "Formbricks",
        (["No.", "Response ID", "Timestamp", "Finished", "Survey ID", "Formbricks ID (internal)", "User ID",
          "Tags", f"1. {QUESTION}"],),
        _table(["1", "2", "3", "4", "5", "6"], "clx1a2b3c4d5e6f7g8h9{n}",
         [f"2026-03-0{n + 1}T09:10:11.000Z" for n in range(6)],
               "Yes", "clx0s9u8r7v6e5y4", "", "", "", TEXTS),
        f"1. {QUESTION}", "Timestamp", "Response ID",
    ),
    "Common Threads": Export(
        "Common Threads",
        (["answer_id", "answer", "kind", "source", "received_at", "changed_at", "status", "placement", "themes",
         "askers_own"],),
        _table("f69866fad960265{n}", TEXTS, "", "import", [f"2026-03-0{n + 1}T09:10:11Z" for n in range(6)], "",
         "shown",
               "placed", "Trees; Buses", "0"),
        "answer", "received_at", "answer_id",
    ),
}  # fmt: skip
