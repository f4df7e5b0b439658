"""The overview of a survey: its answers, their sources, the last run and what it changed."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from survey.answers import lifecycle as answers
from survey.core.database import db
from survey.core.i18n import N_, gettext, ngettext
from survey.core.models import Answer, Run, Survey
from survey.curation import doctor, shelf
from survey.proposals import summary
from survey.results import languages
from survey.results.read_model import SATURATION, ThemeRow, theme_rows
from survey.runs import counted_people, failures
from survey.runs import lifecycle as runs
from survey.runs.lookups import FOUND_BY, LOOKED_AGAIN, shown_run, themes_by_key
from survey.sharing.traffic_sources import UNTAGGED
from survey.web.formatting import number as formatted
from survey.workbench import idea_list
from survey.workbench.forming import MAX_FORMING, forming_groups

MAX_CHANGES = 8
MAX_FORMING_IDEAS = 4
MAX_SHORT_LENGTH = 120
MIN_SHOWN_SECONDS = 5
WAITING, STARTING = N_("It begins in a few seconds"), N_("Starting")


@dataclass(frozen=True, slots=True)
class RunState:
    """A run as its owner sees it."""

    state: str
    finds: bool
    """Whether the owner asked for themes to be found again"""
    stage_label: str
    done: int
    total: int
    percent: int
    left: str
    """The remaining time in words, empty where it is unknown"""
    words: str
    """How far it is, in words: its stage, the part of it that is done, the remaining time"""
    error: str | None
    requested_at: datetime
    finished_at: datetime | None
    seconds: int | None
    answers: int
    """Those that were read, by now"""
    found_answers: int
    """Those that the themes were found in"""


def run_state(run: Run | None) -> RunState | None:
    """Return the state of a run, None where there is no run."""
    if run is None:
        return None
    stage = gettext(runs.STAGES.get(run.stage or "", WAITING if run.state == "asked" else STARTING))
    left = _time_left(run.seconds_left) if run.state == "running" else ""
    return RunState(
        state=run.state,
        finds=run.finds,
        stage_label=stage,
        done=run.done,
        total=run.total,
        percent=runs.percent(run),
        left=left,
        words=_progress_words(stage, run.done, run.total, left),
        error=failures.in_words(run.error) if run.error else None,
        requested_at=run.asked_at,
        finished_at=run.finished_at,
        seconds=run.seconds,
        answers=run.answers,
        found_answers=run.found_answers,
    )


def _time_left(seconds: int | None) -> str:
    if seconds is None or seconds < MIN_SHOWN_SECONDS:
        return ""
    if seconds < 100:
        return gettext("about %(n)s seconds left", n=math.ceil(seconds / 10) * 10)
    minutes = math.ceil(seconds / 60)
    return ngettext("about %(n)s minute left", "about %(n)s minutes left", minutes, n=formatted(minutes))


def _progress_words(stage: str, done: int, total: int, left: str) -> str:
    part = gettext("%(done)s of %(all)s", done=formatted(done), all=formatted(total)) if total else ""
    return ", ".join(filter(None, (stage, part, left)))


@dataclass(frozen=True, slots=True)
class ThemeChange:
    """How a run changed one theme: see analysis.discovery.theme_identity.Change.

    `other` is the name of the theme it split from or merged into.
    """

    name: str
    colour: int
    kind: str
    before: int
    after: int
    other: str | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The overview of a survey. `people`, `today` and `sources` are of those whom survey.runs.counted_people counts."""

    survey: Survey
    people: int
    today: int
    nonanswers: int
    hidden: int
    unplaced_people: int
    unreadable: int
    """Answers in a script that the model cannot read"""
    languages: list[str]
    """What is to be said about the languages of the answers"""
    unplaced_ideas: int
    held: int
    saturation: str | None
    sources: list[tuple[str, int, float]]
    run: RunState | None
    last_good: RunState | None
    themes: list[ThemeRow]
    changes: list[ThemeChange]
    forming: list[list[str]]
    """Groups of similar ideas that are in no theme: their texts"""
    findings: int
    """Number of things to look at in the themes"""
    proposed: str | None = None
    """What the proposal that waits would change, in one line"""
    reading: bool = False
    """Whether there are ideas whose reading would teach much"""
    found: summary.TakenFinding | None = None
    """The last finding that was taken by itself, as long as it is news"""
    offer: shelf.Offer | None = None
    """Known themes that the owner is asked about"""
    adopted: shelf.Adopted | None = None
    """Known themes that the owner took up lately"""
    other_model: bool = False
    """Whether the themes were found by another model than reads answers now, which has not looked for them yet"""


def overview(survey: Survey) -> Overview:
    """Return the overview of a survey."""
    people = counted_people.count(survey)
    counted: Counter[str] = Counter()
    for tag, is_own, number in db.session.execute(
        select(Answer.source, Answer.is_askers, func.count())
        .where(*counted_people.is_counted(survey))
        .group_by(Answer.source, Answer.is_askers)
    ):
        counted[gettext("Your own answer") if is_own else gettext(answers.SOURCES[tag or UNTAGGED])] += number
    top = max(counted.values(), default=1)
    shown = shown_run(survey)
    themes = theme_rows(shown)
    return Overview(
        survey=survey,
        people=people.people,
        today=people.today,
        nonanswers=people.silent,
        hidden=people.hidden,
        unplaced_ideas=idea_list.count_unplaced(shown),
        held=people.held,
        unreadable=languages.unreadable_answers(shown),
        languages=[
            *filter(None, [languages.of_answers(shown, for_owner=True)]),
            *languages.notices(shown, for_owner=True),
        ],
        saturation=SATURATION.get((shown.saturation or {}).get("verdict", "")) if shown and themes else None,
        unplaced_people=shown.answers - shown.nonanswers - shown.placed if shown else 0,
        sources=[(label, number, round(100 * number / top, 1)) for label, number in counted.most_common()],
        run=run_state(runs.latest(survey.id)),
        last_good=run_state(shown),
        themes=themes,
        changes=theme_changes(survey, shown) if shown else [],
        forming=forming_ideas(shown) if shown else [],
        findings=len(doctor.current_findings(survey).open),
        proposed=summary.waiting_line(survey),
        reading=bool(shown and shown.reading),
        found=summary.taken_finding(survey),
        offer=shelf.offer(survey),
        adopted=shelf.adopted(survey),
        other_model=bool(shown and FOUND_BY in shown.settings and LOOKED_AGAIN not in shown.settings),
    )


def theme_changes(survey: Survey, run: Run) -> list[ThemeChange]:
    """Return what a run changed, the largest changes first. Empty for the first run, where every theme is new."""
    if all(change["kind"] == "new" for change in run.changes):
        return []
    themes = themes_by_key(db.session, survey.id)
    moved = [change for change in run.changes if change["kind"] != "unchanged" and change["key"] in themes]
    moved.sort(key=lambda change: (-abs(change["after"] - change["before"]), change["key"]))
    return [
        ThemeChange(
            name=themes[change["key"]].name,
            colour=themes[change["key"]].colour,
            kind=change["kind"],
            before=change["before"],
            after=change["after"],
            other=themes[change["other"]].name if change["other"] in themes else None,
        )
        for change in moved[:MAX_CHANGES]
    ]


def forming_ideas(run: Run) -> list[list[str]]:
    """Return the texts of groups of similar ideas that wait in no theme now, shortened."""
    return [
        [textwrap.shorten(text, MAX_SHORT_LENGTH, placeholder=" …") for text in group.texts[:MAX_FORMING_IDEAS]]
        for group in forming_groups(run)[:MAX_FORMING]
    ]
