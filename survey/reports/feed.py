"""The feed of a published theme page (Atom, RFC 4287): what happened to the result, and nothing that anybody wrote.

Nothing is stored for it. An entry is known by what it is about, so that it has the same id however often the feed is
made: the page being published, a theme that was found afterwards, a number of people that was reached.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from xml.etree import ElementTree

from sqlalchemy import func, select

from survey.core.database import db, iso
from survey.core.i18n import gettext, in_language, public_language
from survey.core.models import Answer, Run, Survey, Theme
from survey.edits.models import Deed, Edit
from survey.results.daily_counts import EVERYBODY, people_by_day
from survey.results.headline import in_words
from survey.results.read_model import ThemePage, ThemeRow, theme_page
from survey.runs.lookups import shown_run
from survey.sharing.links import SITE
from survey.web.access import external_url
from survey.web.formatting import number, quoted

ATOM = "http://www.w3.org/2005/Atom"
MAX_ENTRIES = 50
FEWEST_PEOPLE = 25
"""The first number of people that is told; then twice as many each time"""
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ElementTree.register_namespace("", ATOM)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened to a result. `about` is what it is known by, within its survey."""

    about: str
    title: str
    summary: str
    address: str
    published: datetime
    updated: datetime


def feed(survey: Survey) -> tuple[bytes, datetime]:
    """Return the feed of a published survey, in the survey's language, and when it changed last."""
    assert survey.published_at is not None
    with in_language(survey.language):
        found = sorted(_entries(theme_page(survey), survey.published_at), key=lambda entry: entry.updated, reverse=True)
        updated = found[0].updated
        return _written(survey, found[:MAX_ENTRIES], updated), updated


def _entries(page: ThemePage, published_at: datetime) -> Iterator[Entry]:
    survey = page.survey
    address = external_url("results.themes", slug=survey.slug)
    headline = in_words(page.headline)
    yield Entry("published", gettext("The themes are published"), headline, address, published_at, published_at)
    if survey.conclusion:
        written = max(published_at, _concluded_at(survey) or published_at)
        yield Entry("conclusion", gettext("What came of it"), survey.conclusion, address, written, written)
    changed = _changed_names(survey)
    created: dict[str, tuple[int, datetime]] = {
        public_id: (id_, at)
        for public_id, id_, at in db.session.execute(
            select(Theme.public_id, Theme.id, Theme.created_at).where(Theme.survey_id == survey.id)
        )
    }
    first_result = select(func.min(Run.finished_at)).where(Run.survey_id == survey.id, Run.state == "finished")
    since = max(published_at, db.session.scalar(first_result) or published_at)  # what is found first is no news
    for theme in page.themes:
        id_, at = created[theme.public_id]
        if at > since:
            yield _new_theme(survey, theme, at, max(at, changed.get(id_, at)))
    for people, at in _people_reached(survey, page.people, published_at):
        title = gettext("%(n)s people have answered", n=number(people))
        yield Entry(f"people/{people}", title, gettext("Twice as many as the last time."), address, at, at)


def _new_theme(survey: Survey, theme: ThemeRow, created_at: datetime, changed_at: datetime) -> Entry:
    return Entry(
        about=f"theme/{theme.public_id}",
        title=gettext("A new theme: %(theme)s", theme=quoted(theme.name)),
        summary=theme.description if theme.origin == "codebook" else theme.origin_label,
        address=external_url("reading.theme", slug=survey.slug, public_id=theme.public_id),
        published=created_at,
        updated=changed_at,
    )


def _changed_names(survey: Survey) -> dict[int | None, datetime]:
    """Return by theme id when its name was last changed, or the change taken back."""
    latest = func.max(func.coalesce(Edit.undone_at, Edit.made_at))
    found: dict[int | None, datetime] = dict(
        db.session.execute(
            select(Edit.theme_id, latest)
            .where(Edit.survey_id == survey.id, Edit.action == "rename", Edit.theme_id.is_not(None))
            .group_by(Edit.theme_id)
        ).all()
    )
    return found


def _concluded_at(survey: Survey) -> datetime | None:
    """Return when what came of the survey was last written; None where that is not recorded."""
    deeds = select(Deed.at, Deed.details).where(Deed.survey_id == survey.id, Deed.action == "settings")
    written = db.session.execute(deeds.order_by(Deed.at.desc()))
    return next((at for at, details in written if "conclusion" in (details or {}).get("fields", ())), None)


def _people_reached(survey: Survey, people: int, published_at: datetime) -> Iterator[tuple[int, datetime]]:
    """Yield the numbers of people that were reached since the page is published, and when: 25, and each time twice."""
    run = shown_run(survey)
    if run is None or people < FEWEST_PEOPLE:
        return
    days = sorted(people_by_day(db.session, run, ())[EVERYBODY].items())
    sums = list(accumulate(count for _, count in days))
    wanted = FEWEST_PEOPLE
    while sums and wanted <= min(people, sums[-1]):
        at = next(place for place, total in enumerate(sums) if total >= wanted)
        day, before = datetime.fromisoformat(days[at][0]).replace(tzinfo=UTC), sums[at - 1] if at else 0
        if day + timedelta(days=1) > published_at:
            moment = _moment_of(survey, day, wanted - before)
            if moment > published_at:
                yield wanted, moment
        wanted *= 2


def _moment_of(survey: Survey, day: datetime, place: int) -> datetime:
    """Return when the answer of a place (from 1) among those of a day came; of fewer answers, the last."""
    end = day + timedelta(days=1)
    of_day = select(Answer.received_at).where(
        Answer.survey_id == survey.id, Answer.status == "shown", Answer.received_at >= day, Answer.received_at < end
    )
    found = db.session.scalar(of_day.order_by(Answer.received_at, Answer.id).offset(place - 1).limit(1))
    return found or db.session.scalar(of_day.order_by(Answer.received_at.desc()).limit(1)) or day


def _written(survey: Survey, entries: list[Entry], updated: datetime) -> bytes:
    address = external_url("results.themes", slug=survey.slug)
    root = ElementTree.Element(
        f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": public_language(survey.language)}
    )
    _add(root, "id", _id(survey, ""))
    _add(root, "title", survey.question)
    _add(root, "subtitle", gettext("What the answers have in common."))
    _add(root, "updated", iso(updated))
    _link(root, "self", "application/atom+xml", external_url("results.feed", slug=survey.slug))
    _link(root, "alternate", "text/html", address)
    _add(_add(root, "author", None), "name", survey.asker or SITE)
    _add(root, "generator", SITE)
    for entry in entries:
        element = _add(root, "entry", None)
        _add(element, "id", _id(survey, entry.about))
        _add(element, "title", entry.title)
        _add(element, "published", iso(entry.published))
        _add(element, "updated", iso(entry.updated))
        _link(element, "alternate", "text/html", entry.address)
        if entry.summary:
            _add(element, "summary", entry.summary)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add(parent: ElementTree.Element, name: str, text: str | None) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}")
    element.text = None if text is None else NOT_IN_XML.sub("", text)
    return element


def _link(parent: ElementTree.Element, rel: str, mimetype: str, address: str) -> None:
    ElementTree.SubElement(parent, f"{{{ATOM}}}link", {"rel": rel, "type": mimetype, "href": address})


def _id(survey: Survey, about: str) -> str:
    """Return the id of an entry, or of the feed: the same at another address of the site, and after it has moved."""
    known_by = f"common-threads:{survey.created_at.astimezone(UTC).isoformat()}:{survey.slug}:{about}"
    return uuid.uuid5(uuid.NAMESPACE_URL, known_by).urn
