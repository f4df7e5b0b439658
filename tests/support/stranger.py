"""A stranger who reads every public page of a survey, follows every link and tries every filter."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from flask.testing import FlaskClient

from survey.core import i18n

LINK = re.compile(r'(?:href|src|data-words|content)="([^"]+)"')
OPTION = re.compile(r'<select[^>]* name="(\w+)".*?</select>', re.DOTALL)
VALUE = re.compile(r'<option value="([^"]*)"')
RADIO = re.compile(r'<input[^>]* name="kind"[^>]* value="([^"]+)"')
SAID = re.compile(r'<blockquote class="quote">(.*?)</blockquote>', re.DOTALL)
TEXT = re.compile(r'<p dir="[a-z]+">“(.*?)”</p>', re.DOTALL)
LINKED = re.compile(r"<a .*?</a>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
PAGES_MOST = 3000


@dataclass
class Read:
    """What stood on the pages: each answer in a list with what was said beside it, by the address of the page."""

    pages: dict[str, str] = field(default_factory=dict)

    def said(self, address: str) -> Counter[tuple[str, str]]:
        """The answers on one page: their words and what stands beneath them, but for links to themes."""
        found: Counter[tuple[str, str]] = Counter()
        for block in SAID.findall(self.pages[address]):
            words = TEXT.findall(block)
            if words:
                found[plain(words[-1]), plain(LINKED.sub("", block.rpartition("</p>")[2]))] += 1
        return found


def plain(markup: str) -> str:
    """The words of a piece of a page."""
    return " ".join(html.unescape(TAG.sub("", markup)).split())


def read_everything(client: FlaskClient, slug: str, also: Collection[dict[str, str]] = ()) -> Read:
    """Every page under a survey's address that a stranger can reach, its lists with each of the queries `also`."""
    read, waiting = (
        Read(),
        [f"/s/{slug}", f"/s/{slug}/themes", f"/s/{slug}/answers", f"/s/{slug}/map", f"/s/{slug}/embed"],
    )
    seen = set(waiting)
    while waiting and len(seen) < PAGES_MOST:
        address = waiting.pop()
        response = client.get(address)
        if response.mimetype not in ("text/html", "application/json"):
            continue
        read.pages[address] = response.text
        for found in {*_links(address, response.text, slug), *_with_queries(address, also)} - seen:
            seen.add(found)
            waiting.append(found)
    return read


def kinds_asked(client: FlaskClient, slug: str) -> list[str]:
    """The kinds that the question's page offers, by key."""
    return RADIO.findall(client.get(f"/s/{slug}").text)


def _links(address: str, page: str, slug: str) -> Iterator[str]:
    for link in LINK.findall(page):
        parts = urlsplit(urljoin(address, html.unescape(link)))
        translated = i18n.PARAMETER in parse_qs(parts.query)
        if parts.path.startswith(f"/s/{slug}") and not translated:
            yield parts.path + (f"?{parts.query}" if parts.query else "")
    for select in OPTION.finditer(page):
        for value in VALUE.findall(select[0]):
            yield f"{urlsplit(address).path}?{urlencode({select[1]: html.unescape(value)})}"


def _with_queries(address: str, also: Collection[dict[str, str]]) -> Iterator[str]:
    parts = urlsplit(address)
    if not parts.query and re.search(r"/(answers|map|themes(/[0-9a-f]{16})?|embed)$", parts.path):
        yield from (f"{parts.path}?{urlencode(query)}" for query in also)
