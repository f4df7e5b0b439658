"""The read model of a result: what the theme page, the owner's pages and exports show of it.

Nothing is computed here that a run could have computed; the number of queries does not grow with the answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select

from survey.answers import KIND_PHRASES, KINDS
from survey.database import db
from survey.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.moderation import masked

PEOPLE_LEAST = 2
"""Themes that fewer people name are listed in one line, not drawn."""
GROUP_LEAST = 5
"""Kinds that fewer people named are not shown."""
FEW = 12
"""With fewer answers than this nothing is said of shares."""
QUOTES_MOST = 3
COMPARED_MOST = 9
SATURATION = {
    "nearly everything has been said": "Nearly everything has been said: few new answers would bring a new theme.",
    "new themes still come up": "New themes still come up: more answers would add to these.",
}
UNPLACED_MOST = 60
WHOLE_MOST = 280
BEFORE_MOST, AFTER_MOST = 90, 130

ORIGINS = {"codebook": "known theme", "discovered": "found in the answers"}
MODELS = {"packaged": "all-MiniLM-L6-v2"}
CODEBOOKS = {"relationships": "relationships", "none": None}


@dataclass(frozen=True, slots=True)
class Quote:
    """Exact words of an answer: `idea` is the span that makes the point, the rest its surroundings."""

    before: str
    idea: str
    after: str
    kind_label: str | None = None


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """A theme as a row or a thread. `share` is of all people who answered, 0-1; `percent_of_top` a width."""

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

    @property
    def origin_label(self) -> str:
        """Where the theme comes from, in words."""
        return ORIGINS[self.origin]


@dataclass(frozen=True, slots=True)
class ComparedCell:
    """A theme in one kind of relationship: its share, or why it is hidden. `width` is a percentage of the widest."""

    label: str
    share: float | None
    hidden: str
    width: float


@dataclass(frozen=True, slots=True)
class Compared:
    """A theme across kinds of relationship; `overall` is where everybody's share lies, as a width."""

    name: str
    colour: int
    verdict: str
    reason: str
    overall: float
    cells: list[ComparedCell]


@dataclass(frozen=True, slots=True)
class Made:
    """How a result was made."""

    model_label: str
    answers: int
    ideas: int
    nonanswers: int
    known_themes: int
    found_themes: int
    codebook_label: str | None
    finished_at: datetime | None
    seconds: int | None


@dataclass(frozen=True, slots=True)
class ThemePage:
    """Everything the theme page says. People are answers without the non-answers."""

    survey: Survey
    people: int
    people_placed: int
    themes: list[ThemeRow]
    singles: list[ThemeRow]
    unplaced: list[Quote]
    unplaced_people: int
    headline: list[tuple[str, int | None]]
    first_at: datetime | None
    last_at: datetime | None
    made: Made | None
    universal: list[Compared]
    groups: list[tuple[str, int]]
    """The kinds of relationship that are compared, with their people, largest first"""
    saturation: str | None

    @property
    def few(self) -> bool:
        """Too few people to speak of shares."""
        return self.people < FEW


def theme_page(survey: Survey) -> ThemePage:
    """The theme page of the result that is shown now."""
    run = db.session.get(Run, survey.current_run_id) if survey.current_run_id else None
    first_at, last_at = db.session.execute(
        select(func.min(Answer.received_at), func.max(Answer.received_at)).where(Answer.survey_id == survey.id)
    ).one()
    if run is None:
        return ThemePage(survey, 0, 0, [], [], [], 0, [], first_at, last_at, None, [], [], None)
    people = run.answers - run.nonanswers
    rows = [row for row in theme_rows(survey, run) if not row.hidden]
    themes = [row for row in rows if row.people >= PEOPLE_LEAST]
    return ThemePage(
        survey=survey,
        people=people,
        people_placed=run.placed,
        themes=themes,
        singles=[row for row in rows if row.people < PEOPLE_LEAST],
        unplaced=unplaced_quotes(survey, run),
        unplaced_people=people - run.placed,
        headline=headline(themes),
        first_at=first_at,
        last_at=last_at,
        made=Made(
            model_label=MODELS.get(str(run.model), str(run.model)),
            answers=run.answers,
            ideas=run.ideas,
            nonanswers=run.nonanswers,
            known_themes=sum(row.origin == "codebook" for row in rows),
            found_themes=sum(row.origin == "discovered" for row in rows),
            codebook_label=CODEBOOKS.get(survey.codebook),
            finished_at=run.finished_at,
            seconds=run.seconds,
        ),
        universal=compared(survey, run, themes),
        groups=[(KINDS[group], people) for group, people in (run.comparison or {}).get("groups", [])],
        saturation=SATURATION.get((run.saturation or {}).get("verdict", "")),
    )


def compared(survey: Survey, run: Run, themes: Sequence[ThemeRow]) -> list[Compared]:
    """The largest themes across kinds of relationship, as far as it may be shown."""
    found = {row["theme"]: row for row in (run.comparison or {}).get("themes", [])}
    keys = dict(db.session.execute(select(Theme.public_id, Theme.key).where(Theme.survey_id == survey.id)).all())
    shown = [(theme, found[keys[theme.public_id]]) for theme in themes if keys.get(theme.public_id) in found]
    top = max((cell["share"] or 0 for _, row in shown[:COMPARED_MOST] for cell in row["cells"]), default=0) or 1
    return [
        Compared(
            name=theme.name,
            colour=theme.colour,
            verdict=verdict(row),
            reason=row["reason"],
            overall=round(100 * row["share"] / top, 1),
            cells=[
                ComparedCell(
                    label=KINDS[cell["group"]],
                    share=cell["share"],
                    hidden=cell["hidden"],
                    width=round(100 * (cell["share"] or 0) / top, 1),
                )
                for cell in row["cells"]
            ],
        )
        for theme, row in shown[:COMPARED_MOST]
    ]


def verdict(row: Mapping[str, Any]) -> str:
    """What a comparison says of a theme, in words."""
    if row["verdict"] == "leans":
        groups = [KINDS[group].lower() for group in row["leans_to"]]
        return "Leans to " + (" and ".join([", ".join(groups[:-1]), groups[-1]]) if len(groups) > 1 else groups[0])
    return "Shared by all" if row["verdict"] == "universal" else "Too few to tell"


def theme_rows(survey: Survey, run: Run) -> list[ThemeRow]:
    """The themes of a run with their quotes, most people first."""
    people = max(1, run.answers - run.nonanswers)
    results = db.session.execute(
        select(Theme, ThemeResult)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == run.id)
        .order_by(ThemeResult.people.desc(), ThemeResult.rank)
    ).all()
    quotes = theme_quotes(survey, run)
    top = max((result.people for _, result in results), default=1)
    return [
        ThemeRow(
            public_id=theme.public_id,
            name=theme.name,
            description=theme.description,
            colour=theme.colour,
            people=result.people,
            share=result.people / people,
            mentions=result.mentions,
            percent_of_top=round(100 * result.people / max(1, top), 1),
            origin=theme.origin,
            quotes=quotes.get(theme.id, []),
            hidden=theme.hidden,
            came_back=result.came_back,
            re_runs=result.re_runs,
            tentative=result.tentative,
        )
        for theme, result in results
    ]


def theme_quotes(survey: Survey, run: Run) -> dict[int, list[Quote]]:
    """The quotes of each theme of a run, by the theme's id, best first."""
    shown = shown_kinds(survey)
    rows = db.session.execute(
        select(Placement.theme_id, Answer.text, Idea.starts, Idea.ends, Answer.kind)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(Idea.run_id == run.id, Placement.quote.is_not(None), Placement.quote < QUOTES_MOST)
        .order_by(Placement.theme_id, Placement.quote)
    )
    quotes: dict[int, list[Quote]] = {}
    for theme_id, text, starts, ends, kind in rows:
        quotes.setdefault(theme_id, []).append(quote(text, starts, ends, kind if kind in shown else None))
    return quotes


def shown_kinds(survey: Survey) -> set[str]:
    """The kinds of relationship that enough people named to be shown beside a quote."""
    counts = db.session.execute(
        select(Answer.kind, func.count()).where(Answer.survey_id == survey.id).group_by(Answer.kind)
    )
    return {kind for kind, count in counts if kind is not None and count >= GROUP_LEAST}


def unplaced_quotes(survey: Survey, run: Run) -> list[Quote]:
    """Answers none of whose ideas is in a theme, whole, in the order they came."""
    placed = exists().where(Idea.run_id == run.id, Idea.answer_id == Answer.id, Idea.status != "unplaced")
    seen = exists().where(Idea.run_id == run.id, Idea.answer_id == Answer.id)
    texts = db.session.scalars(
        select(Answer.text)
        .where(Answer.survey_id == survey.id, seen, ~placed)
        .order_by(Answer.received_at, Answer.id)
        .limit(UNPLACED_MOST)
    )
    return [quote(text, 0, len(text), None) for text in texts]


def quote(text: str, starts: int, ends: int, kind: str | None) -> Quote:
    """A span of an answer with its surroundings: the whole answer where it is short, else a part of it.

    Personal data is masked, in the surroundings too.
    """
    before, idea, after = masked(text[:starts]), masked(text[starts:ends]), masked(text[ends:])
    if len(text) > WHOLE_MOST:
        before = _last_words(before, BEFORE_MOST)
        after = _first_words(after, AFTER_MOST)
        idea = _first_words(idea, WHOLE_MOST)
    return Quote(before, idea, after, KIND_PHRASES[kind] if kind else None)


def headline(themes: Sequence[ThemeRow]) -> list[tuple[str, int | None]]:
    """The finding as a sentence: parts of (text, colour), where a part with a colour names a theme.

    A theme is named only where no theme that is left out has as many people.
    """
    if not themes:
        return []
    people = [*(theme.people for theme in themes), 0]
    named = next((k for k in (3, 2, 1) if k < len(people) and people[k - 1] > people[k]), 0)
    if not named:
        level = sum(theme.people == themes[0].people for theme in themes)
        return [*_listed(themes[:2], ", "), (f" and {level - 2} more come first, level with each other.", None)]
    leading = [theme for theme in themes[:named] if theme.people == themes[0].people]
    following = themes[len(leading) : named]
    parts = [*_listed(leading), (" comes first." if len(leading) == 1 else " come first.", None)]
    if following:
        parts += [(" ", None), *_listed(following), (" follows." if len(following) == 1 else " follow.", None)]
    return parts


def _listed(themes: Sequence[ThemeRow], last: str = " and ") -> list[tuple[str, int | None]]:
    """Names at the start of a sentence: "A", "A and b", "A, b and c"."""
    parts: list[tuple[str, int | None]] = [(themes[0].name, themes[0].colour)]
    for number, theme in enumerate(themes[1:], start=2):
        parts.append((last if number == len(themes) else ", ", None))
        parts.append((within_sentence(theme.name), theme.colour))
    return parts


def within_sentence(name: str) -> str:
    """A theme's name inside a sentence: "Laughing together" -> "laughing together", "NHS care" as it is."""
    return name if name[1:2].isupper() or name.startswith(("I ", "I'", "I’")) else name[:1].lower() + name[1:]


def _last_words(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    cut = text[-most:]
    return "… " + cut.partition(" ")[2] if " " in cut else "…" + cut


def _first_words(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    cut = text[:most]
    return cut.rpartition(" ")[0] + " …" if " " in cut else cut + "…"


@dataclass(frozen=True, slots=True)
class Joined:
    """A theme that an answer is in, and how many other people are."""

    name: str
    colour: int
    others: int


def joined(survey: Survey, answer_id: int) -> list[Joined] | None:
    """The themes an answer joined, strongest first; none where it follows none; None while it waits to be placed."""
    rows = db.session.execute(
        select(Theme.name, Theme.colour, ThemeResult.people)
        .select_from(Idea)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .outerjoin(Theme, Theme.id == Placement.theme_id)
        .outerjoin(ThemeResult, (ThemeResult.theme_id == Theme.id) & (ThemeResult.run_id == Idea.run_id))
        .where(Idea.run_id == survey.current_run_id, Idea.answer_id == answer_id)
        .order_by(Placement.strength.desc(), Idea.starts)
    ).all()
    if not rows:
        return None
    found = {name: Joined(name, colour, people - 1) for name, colour, people in rows if name is not None}
    return list(found.values())
