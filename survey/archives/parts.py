"""What an archive holds: the survey, its answers, and what a run found. What its owner did is in owner_parts.py."""

from __future__ import annotations

import base64
from typing import Any

from analysis.known_themes.codebook import NONE, Codebook, CodebookError, packaged
from analysis.languages import CODE, MAX_CODE
from survey.answers import lifecycle as answers
from survey.answers import moderation
from survey.answers.lifecycle import Refused
from survey.archives.part import NUMBER, NUMBERS, SURVEY_NUMBER, Column, Part
from survey.archives.result_shapes import (
    CHANGES,
    COMPARED_ADVICE,
    COMPARISON,
    DAILY,
    FINDINGS,
    HASH,
    KEY,
    MAYBE_SHARE,
    MAYBE_THEME,
    NAME,
    PUBLIC_ID,
    REMAINING,
    SATURATION,
    SETTINGS,
    SPAN,
    THEME,
    OwnWords,
    PictureContent,
    Zone,
    check_findings,
)
from survey.archives.shapes import (
    MAX_INTEGER,
    Choice,
    Flag,
    Keyed,
    Known,
    ListOf,
    Maybe,
    Moment,
    PublicName,
    Real,
    Record,
    Ref,
    Row,
    Shape,
    Whole,
    Words,
    Wrong,
    shown,
)
from survey.core import respondent_kinds
from survey.core.models import PALETTE_SIZE, Answer, AnswerImport, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.curation.codebook import MAX_CHARACTERS, OWN
from survey.looks.models import ROLES, Picture
from survey.looks.picture_files import is_drawn_here, picture_version
from survey.publication.conclusion import MAX_CONCLUSION_CHARACTERS
from survey.results.models import Examination
from survey.results.reader_downloads import DOWNLOADS, MAX_LICENCE_CHARACTERS

MAX_ANSWERS = 1_000_000
MAX_IDEAS = 4_000_000
MAX_RUNS = 100_000
MAX_THEMES = 20_000
AGAIN = "made anew by the run that taking it in asks for"
HERE = "of the process that did the run"


class Kind(Shape):
    """The key of a respondent kind of the survey, or of the site."""

    def read(self, value: Any, known: Known) -> Any:
        return Choice(known.kinds).read(value, known)


class AnswerText(Shape):
    """The text of an answer, as somebody may send it."""

    def read(self, value: Any, known: Known) -> str:
        if not isinstance(value, str):
            raise Wrong(f"{shown(value)} is not a text")
        try:
            if answers.check_text(value) != value:
                raise Wrong("it begins or ends with white space, or has line ends of another kind")
        except Refused as refused:
            raise Wrong(str(refused)) from None
        return value


def _check_survey(row: dict[str, Any], known: Known) -> None:
    own = row["own_kinds"]
    if problem := respondent_kinds.label_problem([kind["label"] for kind in own if kind["asked"]]):
        raise Wrong(problem)
    known.kinds = [key for key, _ in respondent_kinds.SITE] + [kind["key"] for kind in own]
    if row["own_codebook"] is None and row["codebook"] != OWN:
        return
    try:
        Codebook.from_toml(row["own_codebook"] or "", source="The codebook")
    except CodebookError as error:
        raise Wrong(str(error)) from None


def _note_length(row: dict[str, Any], known: Known) -> None:
    known.lengths.append(len(row["text"]))


def check_span(row: dict[str, Any], known: Known) -> None:
    """Raise Wrong unless the character range of an idea is one of its answer."""
    if not row["starts"] <= row["ends"] <= known.lengths[row["answer_id"]]:
        raise Wrong(f"the characters {row['starts']} to {row['ends']} are not part of its answer")


def _check_picture(row: dict[str, Any], known: Known) -> None:
    try:
        content = base64.b64decode(row["content"], validate=True)
    except ValueError:
        raise Wrong("content is not base 64") from None
    if not is_drawn_here(content, row["role"], row["width"], row["height"]):
        raise Wrong("it is no picture that a survey has")
    if row["version"] != picture_version(content):
        raise Wrong("version is that of another picture")


SURVEY = Part(
    "survey",
    Survey,
    "The question and its settings.",
    {
        "slug": Column(Words(60, 2, "[a-z0-9]+(-[a-z0-9]+)*")),
        "question": Column(Words(200, 1, r"(?s)\S(.*\S)?")),
        "introduction": Column(Words(2000)),
        "asker": Column(Words(80)),
        "language": Column(Words(MAX_CODE, 2, CODE.pattern), since=2, before="en"),
        "kinds_asked": Column(Flag()),
        "own_kinds": Column(
            ListOf(
                Record({"key": Words(20, 1, "[a-z0-9_-]+"), "label": Words(40, 1), "asked": Flag()}),
                respondent_kinds.MAX_KEPT,
            )
        ),
        "codebook": Column(Choice((*packaged(), NONE, OWN))),
        "own_codebook": Column(Maybe(Words(MAX_CHARACTERS))),
        "is_open": Column(Flag()),
        "opens_at": Column(Maybe(Moment())),
        "closes_at": Column(Maybe(Moment())),
        "closes_after": Column(Maybe(Whole(1)), since=4),
        "closed_at": Column(Maybe(Moment()), since=4),
        "closed_by": Column(Maybe(Choice(("hand", "count"))), since=4),
        "time_zone": Column(Zone(), since=4, before="UTC"),
        "words": Column(OwnWords(), since=4, before={}),
        "is_example": Column(Flag(), since=4, before=False),
        "hold_first": Column(Flag()),
        "published_at": Column(Maybe(Moment())),
        "shows_check": Column(Flag()),
        "conclusion": Column(Words(MAX_CONCLUSION_CHARACTERS), since=4, before=""),
        "reader_downloads": Column(ListOf(Choice(DOWNLOADS), len(DOWNLOADS))),
        "licence": Column(Words(MAX_LICENCE_CHARACTERS)),
        "created_at": Column(Moment()),
        "takes_findings": Column(Flag()),
        "edit_version": Column(Whole()),
        "current_run_id": Column(Maybe(Ref("runs"))),
    },
    1,
    left_out={
        **NUMBER,
        "owner_id": "it belongs to the owner who takes it in",
        "looked_at": "its owner looks at it anew where it arrives",
        "steps_dismissed_at": "the first steps are those of one site",
    },
    check=_check_survey,
)
PICTURES = Part(
    "pictures",
    Picture,
    "The logo of the survey and the picture of who asks.",
    {
        "role": Column(Choice(ROLES)),
        "version": Column(Words(12, 12, "[0-9a-f]+")),
        "width": Column(Whole(1)),
        "height": Column(Whole(1)),
        "content": Column(PictureContent()),
    },
    len(ROLES),
    left_out=SURVEY_NUMBER,
    unique=[["role"]],
    check=_check_picture,
)
IMPORTS = Part(
    "imports",
    AnswerImport,
    "The files that answers came from.",
    {
        "public_id": Column(PUBLIC_ID),
        "name": Column(Words(120)),
        "made_at": Column(Moment()),
        "counts": Column(Keyed(Words(20, 1, "[a-z_]+"), Whole(), 40), since=1, before={}),
    },
    100_000,
    left_out={**NUMBERS, "owner_id": "accounts are of one site"},
)
ANSWERS = Part(
    "answers",
    Answer,
    "What people wrote, in the order it was stored.",
    {
        "public_id": Column(PUBLIC_ID),
        "text": Column(AnswerText()),
        "kind": Column(Maybe(Kind())),
        "source": Column(Maybe(Choice(answers.SOURCES))),
        "received_at": Column(Moment()),
        "changed_at": Column(Maybe(Moment())),
        "status": Column(Choice(moderation.STATUSES)),
        "reason": Column(Maybe(Choice(moderation.REASONS))),
        "burst": Column(Maybe(Words(16, 1, r"[0-9A-Za-z_:.-]+"))),
        "is_askers": Column(Flag()),
        "import_id": Column(Maybe(Ref("imports"))),
        "import_key": Column(Maybe(Words(64, 1, "[0-9A-Za-z_:.-]+"))),
        "response_key": Column(Maybe(Words(32, 1, "[0-9A-Za-z_:.-]+")), since=1),
        "response_id": Column(Maybe(Words(answers.RESPONSE_ID_MAX, 1)), since=5),
        "language": Column(Maybe(Words(MAX_CODE, 2, CODE.pattern)), since=5),
        "secret_hash": Column(HASH),
        "nearest": Column(Maybe(Row((PublicName("answers"), Whole(), Whole(), Whole(most=2**32 - 1))))),
    },
    MAX_ANSWERS,
    left_out={
        **NUMBERS,
        "form_key": "who has it may send the answer again, with other words: it is made anew",
    },
    unique=[["import_key"], ["secret_hash"]],
    check=_note_length,
)
THEMES = Part(
    "themes",
    Theme,
    "The themes, also those that no result has any more.",
    {
        "public_id": Column(PUBLIC_ID),
        "key": Column(KEY),
        "origin": Column(Choice(("codebook", "discovered", "part"))),
        "name": Column(NAME),
        "description": Column(Words(2000)),
        "colour": Column(Whole(1, PALETTE_SIZE)),
        "hidden": Column(Flag()),
        "pinned": Column(Flag()),
        "position": Column(Maybe(Whole(-MAX_INTEGER))),
        "created_at": Column(Moment()),
    },
    MAX_THEMES,
    left_out=NUMBERS,
    unique=[["key"]],
)
RUNS = Part(
    "runs",
    Run,
    "The analyses that finished, oldest first; the survey says whose result is shown.",
    {
        "reason": Column(Choice(("answers", "owner"))),
        "finds": Column(Flag()),
        "asked_at": Column(Moment()),
        "claimed_at": Column(Maybe(Moment())),
        "finished_at": Column(Moment()),
        "answers": Column(Whole()),
        "ideas": Column(Whole()),
        "nonanswers": Column(Whole()),
        "placed": Column(Whole()),
        "found_answers": Column(Whole()),
        "model": Column(Maybe(Words(120))),
        "settings": Column(SETTINGS),
        "changes": Column(CHANGES),
        "forming": Column(ListOf(ListOf(SPAN))),
        "saturation": Column(Maybe(SATURATION)),
        "comparison": Column(Maybe(COMPARISON)),
        "advice": Column(ListOf(COMPARED_ADVICE, 100)),
        "bursts": Column(ListOf(Record({"burst": Words(16, 1), "themes": ListOf(KEY)}), 1000)),
        "by_day": Column(DAILY),
        "reading": Column(ListOf(SPAN)),
        "remaining": Column(Maybe(REMAINING)),
    },
    MAX_RUNS,
    left_out={
        **NUMBERS,
        "state": "only runs that finished are in an archive",
        "error": "only runs that finished are in an archive",
        **dict.fromkeys(("claim", "attempts", "heartbeat_at", "not_before"), HERE),
        **dict.fromkeys(("stage", "done", "total", "seconds_left"), HERE),
        "centres": f"numbers of a model: {AGAIN}",
        "lessons": f"numbers of a model, learned from the decisions that are in the archive: {AGAIN}",
    },
    fixed={"state": "finished"},
)
THEME_RESULTS = Part(
    "theme_results",
    ThemeResult,
    "What each run says of each theme.",
    {
        "run_id": Column(Ref("runs")),
        "theme_id": Column(THEME),
        "rank": Column(Whole()),
        "people": Column(Whole()),
        "mentions": Column(Whole()),
        "wordings": Column(Whole()),
        "candidates": Column(ListOf(Words(120), 20)),
        "parent_id": Column(MAYBE_THEME),
        "x": Column(MAYBE_SHARE),
        "y": Column(MAYBE_SHARE),
        "radius": Column(MAYBE_SHARE),
        "came_back": Column(Whole()),
        "re_runs": Column(Whole()),
        "tentative": Column(Flag()),
        "by_day": Column(DAILY),
    },
    1_000_000,
    through=("run_id", RUNS),
    unique=[["run_id", "theme_id"]],
)
IDEAS = Part(
    "ideas",
    Idea,
    "Each point that an answer makes, as a character range of it.",
    {
        "run_id": Column(Ref("runs")),
        "answer_id": Column(Ref("answers")),
        "starts": Column(Whole()),
        "ends": Column(Whole()),
        "status": Column(Choice(("placed", "unplaced", "nonanswer"))),
        "x": Column(MAYBE_SHARE),
        "y": Column(MAYBE_SHARE),
        "suggested_id": Column(MAYBE_THEME),
        "nearness": Column(Maybe(Real(-2, 2))),
    },
    MAX_IDEAS,
    left_out=NUMBER,
    through=("run_id", RUNS),
    check=check_span,
)
PLACEMENTS = Part(
    "placements",
    Placement,
    "Which ideas are in which themes.",
    {
        "idea_id": Column(Ref("ideas")),
        "theme_id": Column(THEME),
        "strength": Column(Real(-2, 2)),
        "quote": Column(Maybe(Whole())),
        "part_id": Column(MAYBE_THEME),
        "against": Column(Flag(), since=3, before=False),
    },
    MAX_IDEAS,
    through=("idea_id", IDEAS),
    unique=[["idea_id", "theme_id"]],
)
EXAMINATIONS = Part(
    "examinations",
    Examination,
    "What the theme doctor found in the result that is shown.",
    {
        "run_id": Column(Ref("runs")),
        "edit_version": Column(Whole()),
        "findings": Column(FINDINGS),
    },
    MAX_RUNS,
    through=("run_id", RUNS),
    unique=[["run_id"]],
    check=check_findings,
)
FOUND = (SURVEY, PICTURES, IMPORTS, ANSWERS, THEMES, RUNS, THEME_RESULTS, IDEAS, PLACEMENTS, EXAMINATIONS)
