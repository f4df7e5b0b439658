"""The read model of a result for the theme page, the owner's pages and exports.

It only reads what a run has stored; the number of queries does not grow with the answers.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from survey.core.database import db
from survey.core.i18n import N_, gettext
from survey.core.models import Answer, Idea, Placement, Run, Survey
from survey.results import languages
from survey.results.codebook_topics import topic
from survey.results.headline import NamedTheme, headline
from survey.results.highlighting import mask_with_spans
from survey.results.quotes import Opposite, Quote, kind_labels, opposites, theme_quotes, unplaced_quotes
from survey.results.visible_themes import FoundTheme, ResultThemes, all_themes, count_people_placed, visible_themes
from survey.runs import counted_people
from survey.runs.lookups import shown_run
from survey.web.formatting import listed, within_sentence

MIN_PEOPLE_DRAWN = 2
"""Themes named by fewer people are listed in one line, not drawn"""
MIN_PEOPLE_FOR_SHARES = 12
"""With fewer people no shares are shown"""
MAX_COMPARED_THEMES = 9
SATURATION = {
    "nearly everything has been said": N_("Nearly everything has been said: few new answers would bring a new theme."),
    "new themes still come up": N_("New themes still come up: more answers would add to these."),
}

SETTINGS = {
    "codebook": N_("Known themes that ideas were placed in first"),
    "threshold": N_("How near an idea has to come to a known theme, 0 to 1"),
    "margin": N_("How far a second theme may be behind the nearest one"),
    "cut": N_("How far apart ideas of one found theme may be at most"),
    "fewest_ideas": N_("Ideas from which new themes are looked for"),
    "sample": N_("Answers that themes, names and quotes were found in; all others were placed in these themes"),
    "seed": N_("Seed: the same answers and the same seed give the same themes"),
}
REASONS = {
    "Too few people named it to compare groups.": N_("Too few people name it to compare kinds."),
    "Too few people named it in some groups.": N_("Not every kind’s number may be shown."),
    "Nobody named it in some groups, but too few answered to make something of that.": N_(
        "In some kinds nobody names it, which may be chance."
    ),
    "Too few people answered to see a difference if there were one.": N_(
        "Too few people have said their kind to see a difference."
    ),
    "The groups may differ; more answers would tell.": N_("The kinds may differ; more answers would tell."),
}
"""Why there is no verdict about a theme, by the words of analysis.evidence.compare_groups"""
HIDDEN = {"fewer than 5": N_("Fewer than 5"), "not shown": N_("Not shown")}
"""Why a number is not shown, by the words of analysis.evidence.compare_groups"""


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """A theme in a list or chart. `share` is of all people who answered, 0-1; `percent_of_top` a bar width."""

    public_id: str
    name: str
    description: str
    colour: int
    people: int
    share: float
    mentions: int
    percent_of_top: float
    origin: str
    quotes: list[Quote]
    hidden: bool = False
    came_back: int = 0
    re_runs: int = 0
    tentative: bool = False
    loose: bool = False
    parts: Sequence[FoundTheme] = ()
    pinned: bool = False
    candidates: Sequence[str] = ()
    """Other names that the run proposed"""
    stored_name: str = ""
    """Its name in the language of the survey"""
    opposite: Opposite | None = None
    """What some of its people say against it"""
    put_together: bool = False
    """Whether its owner put it together"""
    origin_label: str = ""
    """Where it comes from, as a short sentence"""

    @property
    def against(self) -> int:
        """How many of its people say the opposite of the others."""
        return self.opposite.people if self.opposite else 0


@dataclass(frozen=True, slots=True)
class ComparedCell:
    """A theme in one respondent kind: its share, or why it is hidden. `width` is a percentage of the widest bar."""

    label: str
    share: float | None
    hidden: str
    width: float

    @property
    def hidden_label(self) -> str:
        """Why its number is not shown, for readers."""
        return gettext(HIDDEN.get(self.hidden, self.hidden))


@dataclass(frozen=True, slots=True)
class ComparedTheme:
    """A theme across respondent kinds; `overall` is everybody's share as a bar width."""

    name: str
    colour: int
    verdict: str
    is_conclusive: bool
    """Whether enough people named their kind for a verdict"""
    reason: str
    """Why there is no verdict, "" if there is one"""
    overall: float
    cells: list[ComparedCell]


@dataclass(frozen=True, slots=True)
class ComparedPeople:
    """Who is in the comparison of respondent kinds; its numbers are of one run and add up."""

    people: int
    grouped: int
    """Those in kinds that are shown"""
    kinds: int
    """The number of these kinds"""
    needed: int | None
    """The number of people in so many kinds from which shares are shown, whatever they say; None in old results"""
    points: float | None = None
    """The difference between shares, 0-1, that was looked for in each theme; None in results of before that was so"""

    @property
    def elsewhere(self) -> int:
        """Those who said no kind, all kinds, or one that is not shown: nobody may tell them apart."""
        return self.people - self.grouped

    @property
    def is_enough(self) -> bool:
        """Whether so many people said a kind that shares are shown."""
        return self.needed is not None and self.grouped >= self.needed


@dataclass(frozen=True, slots=True)
class RunDetails:
    """How a run made a result: model, counts, settings, time."""

    model_label: str
    answers: int
    ideas: int
    nonanswers: int
    found_answers: int
    """Answers that its themes were found in; all later ones were placed in these"""
    known_themes: int
    found_themes: int
    own_themes: int
    """Those that their owner put together: they are neither known nor found"""
    codebook_label: str | None
    finished_at: datetime | None
    seconds: int | None
    settings: list[tuple[str, str]]
    """Labels and values"""
    languages: str | None
    """Which languages the answers are in, as a sentence; None where they are in one"""
    notices: list[str]
    """What the models read less well, as sentences"""
    unreadable: int = 0
    """Answers in a script that the model cannot read"""


@dataclass(frozen=True, slots=True)
class ThemePage:
    """The values of the theme page. `people` counts answers without the non-answers."""

    survey: Survey
    found: ResultThemes
    people: int
    people_placed: int
    themes: list[ThemeRow]
    singles: list[ThemeRow]
    unplaced: list[Quote]
    unplaced_people: int
    headline: list[tuple[str, NamedTheme | None]]
    first_at: datetime | None
    last_at: datetime | None
    run_details: RunDetails | None
    universal: list[ComparedTheme]
    """The first themes by kind"""
    groups: list[tuple[str, int]]
    """The respondent kinds that are compared, with their people, largest first"""
    saturation: str | None
    compared: ComparedPeople | None = None
    compared_themes: int = 0
    """How many themes were compared by kind: files have all of them"""

    @property
    def few(self) -> bool:
        """Whether there are too few people to show shares."""
        return self.people < MIN_PEOPLE_FOR_SHARES

    @property
    def shows_kinds(self) -> bool:
        """Whether enough is known to show the shares by kind."""
        if self.compared is None or not self.universal:
            return False
        return self.compared.is_enough or any(theme.is_conclusive for theme in self.universal)


def theme_page(survey: Survey) -> ThemePage:
    """Return the theme page of the shown result."""
    run = shown_run(survey)
    came = select(Answer.received_at).where(Answer.survey_id == survey.id, Answer.status == "shown").limit(1)
    first, last = came.order_by(Answer.received_at), came.order_by(Answer.received_at.desc())
    first_at, last_at = db.session.execute(select(first.scalar_subquery(), last.scalar_subquery())).one()
    people, found = counted_people.people(survey), visible_themes(run)
    if run is None:
        return ThemePage(survey, found, people, 0, [], [], [], 0, [], first_at, last_at, None, [], [], None)
    labels = kind_labels(survey)
    rows = _rows(found.visible, run, people)
    placed = count_people_placed(run, found)
    themes = [row for row in rows if row.people >= MIN_PEOPLE_DRAWN]
    compared = _compared_themes(run, found.visible)
    return ThemePage(
        survey=survey,
        found=found,
        people=people,
        people_placed=placed,
        themes=themes,
        singles=[row for row in rows if row.people < MIN_PEOPLE_DRAWN],
        unplaced=unplaced_quotes(survey, run, found) if people > placed else [],
        unplaced_people=max(people - placed, 0),  # counted by two queries: an answer may go between them
        headline=headline(themes, survey.language),
        first_at=first_at,
        last_at=last_at,
        run_details=RunDetails(
            model_label=str(run.model),
            answers=run.answers,
            ideas=run.ideas,
            nonanswers=run.nonanswers,
            found_answers=run.found_answers,
            known_themes=sum(row.origin == "codebook" and not row.put_together for row in rows),
            found_themes=sum(row.origin == "discovered" and not row.put_together for row in rows),
            own_themes=sum(row.put_together for row in rows),
            codebook_label=topic(survey.codebook),
            finished_at=run.finished_at,
            seconds=run.seconds,
            settings=labelled_settings(run),
            languages=languages.of_answers(run),
            notices=languages.notices(run),
            unreadable=languages.unreadable_answers(run),
        ),
        universal=compare_kinds(compared[:MAX_COMPARED_THEMES], labels),
        groups=[(labels.get(group, group), people) for group, people in (run.comparison or {}).get("groups", [])],
        saturation=_translated(SATURATION.get((run.saturation or {}).get("verdict", ""))),
        compared=_compared_people(run),
        compared_themes=len(compared),
    )


def labelled_settings(run: Run) -> list[tuple[str, str]]:
    """Return the settings of a run as label and value; those of another version, which have no label, are left out."""
    return [(gettext(SETTINGS[name]), str(value)) for name, value in run.settings.items() if name in SETTINGS]


def _compared_themes(run: Run, themes: Sequence[FoundTheme]) -> list[tuple[FoundTheme, Mapping[str, Any]]]:
    """Return the themes that a run compared by kind and that are drawn, each with its comparison."""
    found = {row["theme"]: row for row in (run.comparison or {}).get("themes", [])}
    return [(theme, found[theme.key]) for theme in themes if theme.key in found and theme.people >= MIN_PEOPLE_DRAWN]


def compare_kinds(
    themes: Sequence[tuple[FoundTheme, Mapping[str, Any]]], labels: Mapping[str, str]
) -> list[ComparedTheme]:
    """Return themes across respondent kinds, as far as they may be shown."""
    top = max((cell["share"] or 0 for _, row in themes for cell in row["cells"]), default=0) or 1
    return [
        ComparedTheme(
            name=theme.name,
            colour=theme.colour,
            verdict=verdict(row, labels),
            is_conclusive=row["verdict"] in ("leans", "universal"),
            reason=_translated(REASONS.get(row["reason"])) or "",
            overall=round(100 * row["share"] / top, 1),
            cells=[
                ComparedCell(
                    label=labels.get(cell["group"], cell["group"]),
                    share=cell["share"],
                    hidden=cell["hidden"],
                    width=round(100 * (cell["share"] or 0) / top, 1),
                )
                for cell in row["cells"]
            ],
        )
        for theme, row in themes
    ]


def _compared_people(run: Run) -> ComparedPeople | None:
    """Return who is in the comparison that a run made; None if it compared no kinds."""
    found = run.comparison or {}
    groups = found.get("groups", [])
    if not groups:
        return None
    return ComparedPeople(
        people=found["people"],
        grouped=sum(people for _, people in groups),
        kinds=len(groups),
        needed=found.get("needed"),
        points=found.get("points"),
    )


def verdict(row: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """Return the verdict of a comparison about a theme, in words."""
    if row["verdict"] == "leans":
        groups = [within_sentence(labels.get(group, group)) for group in row["leans_to"]]
        return gettext("Leans to %(kinds)s", kinds=listed(groups))
    return gettext("Shared by all") if row["verdict"] == "universal" else gettext("Too few to tell")


def _translated(words: str | None) -> str | None:
    return gettext(words) if words else None


def theme_rows(run: Run | None) -> list[ThemeRow]:
    """Return the themes of a run with their quotes as their owner sees them, most people first; none without a run."""
    return _rows(all_themes(run), run, counted_people.people(db.session.get_one(Survey, run.survey_id))) if run else []


def _rows(found: Sequence[FoundTheme], run: Run, people: int) -> list[ThemeRow]:
    """Return themes with their quotes: pinned ones first, otherwise in the given order. Shares are of all `people`."""
    quotes, against = theme_quotes(run), opposites(run)
    top = max((theme.people for theme in found), default=1)
    return [
        ThemeRow(
            public_id=theme.public_id,
            name=theme.name,
            description=theme.description,
            colour=theme.colour,
            people=theme.people,
            share=theme.people / max(1, people),
            mentions=theme.mentions,
            percent_of_top=round(100 * theme.people / max(1, top), 1),
            origin=theme.origin,
            quotes=quotes.get(theme.id, []),
            hidden=theme.hidden,
            came_back=theme.came_back,
            re_runs=theme.re_runs,
            tentative=theme.tentative,
            loose=theme.loose,
            parts=theme.parts,
            pinned=theme.pinned,
            candidates=[name for name in theme.candidates if name != theme.name],
            stored_name=theme.stored_name or theme.name,
            opposite=against.get(theme.id),
            put_together=theme.put_together,
            origin_label=theme.origin_label,
        )
        for theme in sorted(found, key=lambda theme: not theme.pinned)
    ]


def nearest_quote(survey: Survey, answer: Answer) -> str | None:
    """Return the idea of another respondent that is nearest to an answer, personal data masked.

    None if that idea was changed or removed since, or is in no visible theme.
    """
    if not answer.nearest:
        return None
    public_id, starts, ends, checksum = answer.nearest
    found = db.session.execute(
        select(Answer.text, Placement.theme_id)
        .join(Idea, Idea.answer_id == Answer.id)
        .join(Placement, Placement.idea_id == Idea.id)
        .where(Answer.survey_id == survey.id, Answer.public_id == public_id, Answer.status == "shown")
        .where(Idea.run_id == survey.current_run_id, Idea.starts < ends, Idea.ends > starts)
    ).all()
    visible = visible_themes(shown_run(survey)).by_id() if found else {}
    text = next((text for text, theme_id in found if theme_id in visible), "")
    if not text or zlib.crc32(text[starts:ends].encode()) != checksum:
        return None
    shown, [(start, end)] = mask_with_spans(text, [(starts, ends)])
    return shown[start:end]
