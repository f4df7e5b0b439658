"""The story of an answer in the order it happened, as its writer reads it at the secret link.

It says of others what the theme page says and nothing more: hidden themes have no name here, and before the result is
published there are no numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from survey.answers.story import THEME, StoryEntry, entries_of
from survey.core.i18n import N_, gettext
from survey.core.models import Answer, Survey
from survey.respond.joined_themes import JoinedTheme, is_silent, joined_themes
from survey.results.headline import NamedTheme, headline
from survey.results.quotes import Quote, people_against, theme_quotes
from survey.results.read_model import MIN_PEOPLE_DRAWN
from survey.results.visible_themes import FoundTheme, visible_themes
from survey.runs.lookups import shown_run

HELD_BECAUSE = {
    "review": N_("Every answer is read by a person first here."),
    "link": N_("There is a link in it, and links are looked at by a person first."),
    "unreadable": N_("It could not be sorted by machine, so a person reads it."),
    "burst": N_("Nearly the same words came several times within an hour, so a person looks first."),
    "flood": N_("Very many answers came from one network at that time, so a person looks first."),
    "robot": N_("It came in a way in which programs send, too, so a person looks first."),
    "quick": N_("It came very soon after the page was opened, as programs send, so a person looks first."),
    "import": N_("It came with a list of answers in which it was held back."),
    "noscript": N_("It came from a browser that runs no scripts, as programs are, too, so a person looks first."),
}
"""Why an answer is held, for who wrote it: by a key of survey.answers.moderation.REASONS"""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened to an answer.

    `what` is received, changed, held, shown, hidden, published, joined (themes), moved (from themes to others) or left.
    """

    what: str
    at: datetime | None
    """None where it is not known"""
    themes: Sequence[FoundTheme] = ()
    """Those that it joined or left"""
    before: Sequence[FoundTheme] = ()
    """Those that it moved away from; empty where they are not shown any more"""


@dataclass(frozen=True, slots=True)
class Story:
    """What became of an answer: the lines in order, and how it stands now."""

    lines: list[Line]
    joined: list[JoinedTheme] | None
    """The themes it is in; None while it waits, is held or hidden"""
    is_silent: bool
    """Whether it says nothing to the question, and so is in no theme"""
    held_because: str | None
    headline: list[tuple[str, NamedTheme | None]]
    """The finding as a sentence, once it is published: parts of (text, theme)"""


def story_of(survey: Survey, answer: Answer) -> Story:
    """Return the story of an answer."""
    run = shown_run(survey)
    visible = visible_themes(run)
    entries = entries_of(answer)
    lines = [Line("received", answer.received_at), *_decisions(answer, entries), *_moves(visible.by_id(), entries)]
    if survey.published_at is not None:
        lines.append(Line("published", survey.published_at))
    found: list[tuple[str, NamedTheme | None]] = []
    if survey.is_published:
        drawn = [theme for theme in visible.visible if theme.people >= MIN_PEOPLE_DRAWN]
        quotes, against = (theme_quotes(run), people_against(run)) if run else ({}, {})
        named = [_Named.of(theme, against.get(theme.id, 0), quotes.get(theme.id, [])) for theme in drawn]
        found = headline(named, survey.language)
    because = HELD_BECAUSE.get(answer.reason or "") if answer.status == "held" else None
    joined = joined_themes(survey, answer.id) if answer.status == "shown" else None
    return Story(
        lines=sorted(lines, key=lambda line: line.at or answer.received_at),
        joined=joined,
        is_silent=joined == [] and is_silent(survey, answer.id),
        held_because=gettext(because) if because else None,
        headline=found,
    )


@dataclass(frozen=True, slots=True)
class _Named:
    """A theme as the headline needs it."""

    public_id: str
    name: str
    colour: int
    people: int
    against: int
    quotes: Sequence[Quote]

    @classmethod
    def of(cls, theme: FoundTheme, against: int, quotes: Sequence[Quote]) -> _Named:
        return cls(theme.public_id, theme.name, theme.colour, theme.people, against, quotes)


def _decisions(answer: Answer, entries: Sequence[StoryEntry]) -> list[Line]:
    """Return what its writer and the owner did, and that it is held or hidden where nothing was written of that."""
    lines = [Line(entry.what, entry.began_at) for entry in entries if entry.what != THEME]
    known = [line.what for line in lines if line.what != "changed"]
    if answer.status != "shown" and (not known or known[-1] != answer.status):
        lines.append(Line(answer.status, None))
    return lines


def _moves(visible: dict[int, FoundTheme], entries: Sequence[StoryEntry]) -> list[Line]:
    """Return when it joined and left themes. What began and ended at the same moment is one move.

    Leaving is not told where it was taken out because it was held or hidden: that is told already.
    """
    themes = [entry for entry in entries if entry.what == THEME]
    moments = {entry.began_at for entry in themes} | {entry.ended_at for entry in themes}
    lines = []
    for moment in sorted(moment for moment in moments if moment is not None):
        after = _shown(visible, (entry.theme_id for entry in themes if entry.began_at == moment))
        has_left = [entry.theme_id for entry in themes if entry.ended_at == moment]
        before = _shown(visible, has_left)
        if after and has_left:
            lines.append(Line("moved", moment, after, before))
        elif after:
            lines.append(Line("joined", moment, after))
        elif before and _status_at(entries, moment) == "shown":
            lines.append(Line("left", moment, before))
    return _without_detours(lines)


def _without_detours(lines: Sequence[Line]) -> list[Line]:
    """Leave out that it left a theme and came back, where nothing that is shown lies between."""
    told: list[Line] = []
    for line in lines:
        if told and told[-1].what == "left" and line.what in ("moved", "joined") and not line.before:
            back = [theme for theme in line.themes if theme in told[-1].themes]
            last = told.pop()
            if left := [theme for theme in last.themes if theme not in back]:
                told.append(replace(last, themes=left))
            if new := [theme for theme in line.themes if theme not in back]:
                told.append(replace(line, themes=new))
        else:
            told.append(line)
    return told


def _shown(visible: dict[int, FoundTheme], theme_ids: Iterable[int | None]) -> list[FoundTheme]:
    return [visible[theme_id] for theme_id in theme_ids if theme_id in visible]


def _status_at(entries: Sequence[StoryEntry], moment: datetime) -> str:
    """Return whether an answer was shown, held or hidden at a moment, as far as it was written."""
    decided = [
        entry.what
        for entry in entries
        if entry.what in ("shown", "held", "hidden") and entry.began_at is not None and entry.began_at <= moment
    ]
    return decided[-1] if decided else "shown"
