"""Pages that are the same for every visitor: rendered once per change, kept as files, sent compressed or as a 304.

A page is kept under the version of everything that readers see, which each write changes before it is committed
(survey.core.database.write_transaction): what was unpublished, hidden or deleted is never sent again. The files lie in
the instance folder, where all web processes of a machine find them; those of older versions are removed with the next
page that is kept, and at once where answers are deleted.

A theme page took 38 ms of a core, a kept one .7 ms; survey.serve.kept_pages sends it in .1 ms.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, wraps
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from flask import Flask, Response, current_app, g, make_response, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import bindparam, select

from survey.core import i18n
from survey.core.database import PageVersion, db, now, on_erasure, write_transaction
from survey.core.models import Survey
from survey.core.settings import PROJECT, Settings
from survey.core.survey_model import takes_answers
from survey.web import logging_setup
from survey.web.access import external_url
from survey.web.response_headers import CSRF_FIELD

FOLDER = "pages"
MAX_PAGES = 1000
"""Kept at a time; more are made for each visitor"""
GZIP_LEVEL = 6
CODE = ("survey", "templates", "static", "translations", "analysis/codebooks")
"""Folders of what pages are made from"""
SENT = "survey.sent_page"
"""Key in the WSGI environment of the kept page that was sent"""
CACHING = "private, no-cache"
VARY = ("Accept-Encoding", "Accept-Language")
REFUSES_GZIP = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)", re.ASCII)
_columns = Survey.__table__.c
_SELECT = select(
    _columns.id,
    _columns.language,
    _columns.is_open,
    _columns.opens_at,
    _columns.closes_at,
    select(PageVersion.version).scalar_subquery().label("version"),
).where(_columns.slug == bindparam("slug"))

NO_ARGUMENTS: Mapping[str, Collection[str]] = MappingProxyType({})
View = Callable[..., ResponseReturnValue]
Fresh = Callable[[int], Mapping[str, str]]
"""Returns, for the id of a survey, what is another for each visitor, by name"""


class KeptPage(NamedTuple):
    """A page as bytes, plain and compressed, and the mark by which browsers know it again."""

    etag: str
    plain: Path
    compressed: Path


class Gaps(NamedTuple):
    """What a kept page leaves open: values that are another for each visitor, beside the token against forged forms.

    Who has one of the cookies gets a page of their own.
    """

    survey_id: int
    fresh: Fresh
    cookies: Collection[str]


class SentPage(NamedTuple):
    """A kept page that a request got: what it holds for, and the route, for whoever sends it again."""

    page: KeptPage
    version: str
    until: datetime
    route: str
    chosen: str
    """The language that the visitor's cookie chose, as the view read it"""
    gaps: Gaps | None = None


class FormToSend(NamedTuple):
    """In which form a kept page is sent: its status, whether compressed, and the headers that say so."""

    status: str
    packed: bool
    headers: tuple[tuple[str, str], ...]

    @property
    def is_known(self) -> bool:
        """Whether the browser has it, and gets nothing but that."""
        return self.status.startswith("304")


class PageStore:
    """The kept pages of a machine, in a folder for each version."""

    def __init__(self, folder: Path, code: str) -> None:
        self._folder = folder
        self._code = code

    def find(self, version: str, key: str) -> KeptPage | None:
        """Return a page; None where it is not kept."""
        return self._read(self._folder / version / self._name(key))

    def keep(self, version: str, key: str, page: bytes) -> KeptPage | None:
        """Keep a page and remove those of other versions; None where there is no room."""
        own = self._folder / version
        if not own.exists():
            self.clear(but=version)
            own.mkdir(parents=True, exist_ok=True)
        if sum(1 for _ in own.iterdir()) >= 3 * MAX_PAGES:
            return None
        name = self._name(key)
        etag = hashlib.sha256(page).hexdigest()[:32]
        try:
            _write(own / f"{name}.html", page)
            _write(own / f"{name}.gz", gzip.compress(page, GZIP_LEVEL, mtime=0))
            _write(own / name, etag.encode())
        except OSError:  # no room on the disk, or a newer version began meanwhile
            return None
        return self._read(own / name)

    def clear(self, *, but: str = "") -> None:
        """Remove the pages of all versions, or of all but one."""
        for folder in self._folder.glob("*"):
            if folder.name != but:
                shutil.rmtree(folder, ignore_errors=True)

    def _name(self, key: str) -> str:
        return hashlib.sha256(f"{self._code}\n{key}".encode()).hexdigest()[:40]

    @staticmethod
    def _read(path: Path) -> KeptPage | None:
        try:
            etag = path.read_text("ascii")
        except OSError:
            return None
        return KeptPage(etag, path.with_name(f"{path.name}.html"), path.with_name(f"{path.name}.gz"))


def same_for_everybody(
    arguments: Mapping[str, Collection[str]] = NO_ARGUMENTS,
    *,
    cookies: Collection[str] = (),
    fresh: Fresh | None = None,
) -> Callable[[View], View]:
    """Decorate the view of a page of a survey that shows every visitor the same, as far as it is public.

    ``arguments`` are those of the query that change it, with their values: others would fill the store. A visitor who
    is signed in, has a message waiting, sends another argument or has one of ``cookies`` gets the view itself.
    ``fresh`` returns what is another for each visitor in a form; the view says by ``with_fresh`` which values it used,
    and which token against forged forms.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def call(slug: str, **values: str) -> ResponseReturnValue:
            if not _is_anonymous(arguments) or not request.cookies.keys().isdisjoint(cookies):
                return view(slug, **values)
            moment = now()
            survey = db.session.execute(_SELECT, {"slug": slug}).one_or_none()
            if survey is None or survey.version is None:
                return view(slug, **values)
            i18n.fall_back_on(survey.language)
            open_now = takes_answers(survey.is_open, survey.opens_at, survey.closes_at, moment)
            about = (request.endpoint, slug, sorted(values.items()), sorted(request.args.items()), i18n.language())
            key = repr((*about, external_url("manage.surveys"), open_now, moment.astimezone(UTC).date().isoformat()))
            store: PageStore = current_app.extensions["shared_pages"]
            kept = store.find(survey.version, key)
            if kept is None:
                response = make_response(view(slug, **values))
                if response.status_code != 200 or response.headers.get("Cache-Control") != CACHING:
                    return response
                page = response.get_data() if fresh is None else _with_gaps(response.get_data())
                kept = None if page is None else store.keep(survey.version, key, page)
                if kept is None or fresh is not None:
                    return response
            try:
                sent = _response(kept) if fresh is None else _filled(kept, fresh(survey.id))
            except FileNotFoundError:  # a newer version, or the deletion of an answer, has just removed it
                return view(slug, **values)
            until = _next_change(moment, survey.opens_at, survey.closes_at)
            gaps = None if fresh is None else Gaps(survey.id, fresh, cookies)
            chosen = i18n.chosen_language(request.cookies)
            request.environ[SENT] = SentPage(kept, survey.version, until, logging_setup.route(), chosen, gaps)
            return sent

        return call

    return decorate


def init_app(app: Flask, chosen: Settings) -> None:
    """Find the kept pages of this machine, and remove them whenever answers are deleted."""
    store = PageStore(Path(app.instance_path) / FOLDER, _code(chosen))
    app.extensions["shared_pages"] = store
    on_erasure(app, store.clear)


def with_fresh(**values: str) -> None:
    """Say which values of a page that is being made are this visitor's alone."""
    g.fresh_values = values


def _with_gaps(page: bytes) -> bytes | None:
    """Return a page with gaps for what is one visitor's alone; None where it holds more of that than was said."""
    values: dict[str, str] = g.get("fresh_values", {})
    for name, value in values.items():
        if not value or page.count(value.encode()) != 1 or _gap(name) in page:
            return None
        page = page.replace(value.encode(), _gap(name))
    return page if values else None


def filled(page: bytes, values: Mapping[str, str], csrf_token: str) -> bytes:
    """Return a page with gaps, filled with the values of one visitor."""
    for name, value in (*values.items(), (CSRF_FIELD, csrf_token)):
        page = page.replace(_gap(name), value.encode())
    return page


def _filled(kept: KeptPage, values: Mapping[str, str]) -> Response:
    """Return a kept page with the values of this visitor. Raises FileNotFoundError if it was removed meanwhile."""
    page = filled(kept.plain.read_bytes(), values, generate_csrf())
    return Response(page, headers={"Cache-Control": CACHING, "Vary": "Accept-Language"}, mimetype="text/html")


def _gap(name: str) -> bytes:
    return f"\0{name}\0".encode()


def drop_old() -> None:
    """Remove the pages of older versions from this machine: one may have been kept while an answer was deleted.

    A site that was upgraded and where nothing was written since gets its first version, without which none is kept.
    """
    version = db.session.scalar(select(PageVersion.version))
    if version is None:
        with write_transaction():
            pass
        return
    store: PageStore = current_app.extensions["shared_pages"]
    store.clear(but=version)


def form_to_send(etag: str, environ: Mapping[str, Any]) -> FormToSend:
    """Return how a kept page is sent: compressed where the browser takes that, and as nothing where it has it."""
    accepted: str = environ.get("HTTP_ACCEPT_ENCODING", "")
    packed = "gzip" in accepted and not REFUSES_GZIP.search(accepted)
    mark = f'"{etag}-gz"' if packed else f'"{etag}"'
    if mark in environ.get("HTTP_IF_NONE_MATCH", ""):
        return FormToSend("304 Not Modified", packed, (("ETag", mark),))
    return FormToSend("200 OK", packed, (("ETag", mark), ("Content-Encoding", "gzip")) if packed else (("ETag", mark),))


def _response(kept: KeptPage) -> Response:
    """Return a kept page in the form that this request takes. Raises FileNotFoundError if it was removed meanwhile."""
    form = form_to_send(kept.etag, request.environ)
    page = b"" if form.is_known else (kept.compressed if form.packed else kept.plain).read_bytes()
    headers = [("Cache-Control", CACHING), ("Vary", ", ".join(VARY)), *form.headers]
    return Response(page, form.status, headers, mimetype="text/html")


def _is_anonymous(arguments: Mapping[str, Collection[str]]) -> bool:
    """Return whether this request gets what everybody gets."""
    if any(len(given) > 1 or given[0] not in arguments.get(name, ()) for name, given in request.args.lists()):
        return False
    return not session.get("_flashes") and not current_user.is_authenticated


def _next_change(moment: datetime, *days: datetime | None) -> datetime:
    """Return when a page changes without a write: a survey opens or closes, or another day begins."""
    midnight = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return min([midnight, *(day for day in days if day is not None and day > moment)])


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there as a whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)


def _code(chosen: Settings) -> str:
    """Return a mark of the files and settings that pages are made from: another version of the site makes its own."""
    return hashlib.sha256("\n".join([*_files(), repr(chosen)]).encode()).hexdigest()


@cache
def _files() -> tuple[str, ...]:
    return tuple(
        f"{path.relative_to(PROJECT)} {path.stat().st_mtime_ns}"
        for name in CODE
        for path in sorted((PROJECT / name).rglob("*"))
        if path.suffix != ".pyc" and path.is_file()
    )
