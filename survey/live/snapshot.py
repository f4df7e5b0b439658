"""What a screen shows at one moment: read from the database, said in the language of the page.

The numbers are those of the theme page, and people whose answers came since and wait for the worker are counted too.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from unicodedata import east_asian_width

from survey.core.i18n import gettext, ngettext
from survey.core.models import Survey
from survey.core.settings import PROJECT
from survey.live import passing, state
from survey.live.passing import Passing
from survey.live.state import State
from survey.looks import pictures
from survey.looks.models import LOGO
from survey.results.read_model import MIN_PEOPLE_DRAWN, MIN_PEOPLE_FOR_SHARES
from survey.results.visible_themes import FoundTheme, ResultThemes, visible_themes
from survey.runs import counted_people
from survey.runs.lookups import shown_run
from survey.web.formatting import number, quote_marks, reading_direction, share

MAX_THEMES = 6
"""On one screen, so that they are readable from the last row"""
LEAST_PEOPLE = 5
"""With fewer, neither themes nor quotes are shown: whoever sits in the room would know whose they are"""
LONG_NAME, LONG_QUOTE = 26, 100
"""Letters, from which a name and a quote are set smaller; a Chinese or Japanese character is as wide as two"""
VERY_LONG_NAME = 60
"""Letters, from which a name is cut after two lines, and is whole where its theme is shown alone"""
LONG_BESIDE_LONGEST = 20
"""The same for a name beside one of the longest threads, where there is least room"""
PAGE_FILES = (
    "static/base.css",
    "static/live.css",
    "static/live.js",
    "static/looks.css",
    "templates/base.html",
    "templates/live/screen.html",
)
"""What a screen is made of: one that was opened before these changed loads itself again"""


@dataclass(frozen=True, slots=True)
class ShownTheme:
    """A theme on a screen. `width` is a percentage of the largest theme's."""

    public_id: str
    name: str
    colour: int
    people: int
    count: str
    """The number of people as it is written in the language of the page"""
    in_words: str
    width: float
    tentative: bool
    is_long: bool
    """Whether its name has many letters"""
    is_very_long: bool
    """Whether it has so many that even in small letters it takes three lines"""


@dataclass(frozen=True, slots=True)
class ShownQuote:
    """The quote on a screen, in quotation marks, and who said it on which theme."""

    text: str
    direction: str
    """ltr or rtl: that of most of its letters"""
    by: str
    colour: int
    is_long: bool
    """Whether it needs smaller letters"""
    answer_id: str
    """For presenters only"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the screens of a survey show at one moment."""

    state: State
    is_on: bool
    """Whether everybody with the link saw the screen at that moment"""
    version: str
    """What changes when the page has to be loaded again: with its files, the question and the survey's looks"""
    people: int
    count: tuple[str, str, str]
    """How many people have answered, as a sentence: before the number, the number, after it"""
    notice: str
    """What stands where the themes will be"""
    closed: str
    """Why nobody can answer, "" where everybody can"""
    themes: list[ShownTheme]
    """Those on the screen: the largest, or the one that the presenter chose"""
    all_themes: list[ShownTheme]
    """Those a presenter can step through, in the order of the theme page"""
    more: str
    """How many themes are not on the screen, in words"""
    chosen: str
    """Public id of the one theme that is shown; "" for all"""
    quote: ShownQuote | None

    @property
    def next_theme(self) -> str:
        """The theme after the one that is shown; "" for all, after the last."""
        return self._step(1)

    @property
    def previous_theme(self) -> str:
        """The theme before the one that is shown; "" for all, before the first."""
        return self._step(-1)

    def _step(self, step: int) -> str:
        ring = ["", *(theme.public_id for theme in self.all_themes)]
        return ring[(ring.index(self.chosen) + step) % len(ring)]

    def as_json(self) -> str:
        """Return what the script of a screen needs; nothing that tells answers apart."""
        quote = self.quote
        told: dict[str, Any] = {
            "version": self.version,
            "on": self.is_on,
            "count": self.count,
            "notice": self.notice,
            "closed": self.closed,
            "more": self.more,
            "chosen": self.chosen,
            "next": self.next_theme,
            "previous": self.previous_theme,
            "themes": [
                {
                    "id": theme.public_id,
                    "name": theme.name,
                    "colour": theme.colour,
                    "people": theme.people,
                    "count": theme.count,
                    "words": theme.in_words,
                    "width": theme.width,
                    "tentative": theme.tentative,
                    "long": theme.is_long,
                    "very_long": theme.is_very_long,
                }
                for theme in self.themes
            ],
            "quote": quote
            and {
                "text": quote.text,
                "dir": quote.direction,
                "by": quote.by,
                "colour": quote.colour,
                "long": quote.is_long,
            },
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


@cache
def page_version() -> str:
    """Return what changes when the files of the page change, and is the same in all web processes."""
    contents = hashlib.sha256()
    for name in PAGE_FILES:
        contents.update((PROJECT / name).read_bytes())
    return contents.hexdigest()[:12]


def take(survey: Survey, moment: datetime) -> Snapshot:
    """Return what the screens of a survey show at a time, in the language of the page. Eight queries at most."""
    chosen = state.read(survey.id)
    run = shown_run(survey)
    people = counted_people.people(survey)
    enough = people >= LEAST_PEOPLE
    themes_of_run = visible_themes(run if enough else None)
    found = _drawn(themes_of_run)
    only = next((theme for theme in found if theme.id == chosen.theme_id), None)
    everybody = max(1, people)
    top = max((theme.people for theme in found), default=1)
    all_themes = [_shown(theme, top, everybody) for theme in found]
    ids = {theme.id: theme for theme in found}
    quote = None
    if chosen.quotes and enough:
        pool = passing.quotes(run, list(ids), themes_of_run.hidden_ids, only=only.id if only else None)
        quote = passing.choose(pool, moment)
    largest = all_themes[:MAX_THEMES]
    themes = [_shown(only, only.people, everybody)] if only else largest
    return Snapshot(
        state=chosen,
        is_on=chosen.is_on(moment),
        version=f"{page_version()}-{zlib.crc32(_made_with(survey).encode()):x}",
        people=people,
        count=_count(people),
        notice=_notice(people, run is not None, bool(themes)),
        closed=_closed(survey, moment),
        themes=themes,
        all_themes=all_themes,
        more="" if only else _more(len(all_themes) - len(largest)),
        chosen=only.public_id if only else "",
        quote=_quoted(quote, ids[quote.theme_id], moment) if quote else None,
    )


def _made_with(survey: Survey) -> str:
    """Return what of a survey stands in the page itself: question, colour, the name of who asks, logo."""
    logo = pictures.of(survey).get(LOGO)
    return "\0".join((survey.question, survey.asker, survey.words.get("accent", ""), logo.version if logo else ""))


def is_long(text: str, most: int = LONG_NAME) -> bool:
    """Return whether a text is wider than so many letters."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text) > most


def _drawn(themes: ResultThemes) -> list[FoundTheme]:
    """Return the themes that the theme page draws, in its order."""
    found = [theme for theme in themes.visible if theme.people >= MIN_PEOPLE_DRAWN]
    return sorted(found, key=lambda theme: not theme.pinned)


def _shown(theme: FoundTheme, top: int, everybody: int) -> ShownTheme:
    n = number(theme.people)
    if everybody < MIN_PEOPLE_FOR_SHARES:
        in_words = ngettext("%(n)s person", "%(n)s people", theme.people, n=n)
    else:
        of_all = share(theme.people / everybody)
        in_words = ngettext("%(n)s person, %(share)s", "%(n)s people, %(share)s", theme.people, n=n, share=of_all)
    return ShownTheme(
        public_id=theme.public_id,
        name=theme.name,
        colour=theme.colour,
        people=theme.people,
        count=n,
        in_words=in_words,
        width=round(100 * theme.people / max(1, top), 1),
        tentative=theme.tentative,
        is_long=is_long(theme.name, LONG_NAME if theme.people < 0.8 * top else LONG_BESIDE_LONGEST),
        is_very_long=is_long(theme.name, VERY_LONG_NAME),
    )


def _count(people: int) -> tuple[str, str, str]:
    sentence = ngettext("%(n)s person has answered", "%(n)s people have answered", people, n="\0")
    before, _, after = sentence.partition("\0")
    return before.strip(), number(people), after.strip()


def _notice(people: int, is_read: bool, has_themes: bool) -> str:
    if people < LEAST_PEOPLE:
        return gettext("What the answers share is shown once %(n)s people have answered.", n=number(LEAST_PEOPLE))
    if has_themes:
        return ""
    if is_read:
        return gettext("No themes have been found yet.")
    return gettext("What the answers share will be shown here soon.")


def _closed(survey: Survey, moment: datetime) -> str:
    if survey.takes_answers(moment):
        return ""
    return gettext("Not open yet") if survey.opens_later(moment) else gettext("It takes no more answers.")


def _more(others: int) -> str:
    return ngettext("and %(n)s more theme", "and %(n)s more themes", others, n=number(others)) if others > 0 else ""


def _quoted(quote: Passing, theme: FoundTheme, moment: datetime) -> ShownQuote:
    if quote.is_askers:
        by = gettext("The asker’s own answer")
    elif quote.is_fresh(moment):
        by = gettext("Somebody, just now, on %(theme)s", theme=f"\u2068{theme.name}\u2069")
    else:
        by = gettext("Somebody, on %(theme)s", theme=f"\u2068{theme.name}\u2069")
    return ShownQuote(
        text=quote.text.join(quote_marks()),
        direction=reading_direction(quote.text),
        by=by,
        colour=theme.colour,
        is_long=is_long(quote.text, LONG_QUOTE),
        answer_id=quote.answer_id,
    )
