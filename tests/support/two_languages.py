"""A page in English and in Spanish side by side: what of it stayed English.

The survey of such a test has words that are in no language (`MADE_UP`), which tell it from the site's own.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from flask.testing import FlaskClient

MADE_UP = ("Zumbel", "grofta", "Vintlo", "marnu", "Drilka", "opfel")
SPOKEN = {"aria-label", "alt", "placeholder", "title", "data-busy", "data-copy", "data-copied", "data-typed"}
"""Attributes whose text somebody reads or hears"""
NOT_READ = {"script", "style", "bdi", "q", "blockquote", "textarea", "kbd", "code"}
"""Elements of programs, and of what people wrote"""
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "rect"}
NAMES = "CSV Excel JSON Parquet TOML SVG PNG OpenDocument Facebook X WhatsApp LinkedIn Bluesky Instagram Threads Ruth"
SAME = {*NAMES.split(), "F1", "Kappa", "Error", "Ideas", "UTC", "UTF", "8", "Unicode", "Common"}
"""Words that are the same in both, and names"""
ENGLISH = re.compile(
    r"\b(?:the|of|is|are|was|were|and|with|this|that|these|you|your|from|has|have|it|its|they|which|what|who|or)\b"
)
"""What no Spanish sentence has in it"""


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [given[name] or "" for name in SPOKEN if name in given]
        if tag not in EMPTY:
            classes = (given.get("class") or "").split()
            silent = tag in NOT_READ or ("code" in classes and tag == "span") or (tag != "html" and "lang" in given)
            self.open.append((tag, silent))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [dict(attrs)[name] or "" for name in SPOKEN if name in dict(attrs)]

    def handle_endtag(self, tag: str) -> None:
        while self.open and any(name == tag for name, _ in self.open):
            if self.open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if not any(silent for _, silent in self.open):
            self.found.append(data)


def texts(page: str, own: tuple[str, ...] = ()) -> set[str]:
    """The texts of a page with letters in them, without addresses and those of people: MADE_UP and `own`."""
    parser = _Texts()
    parser.feed(page)
    found = {" ".join(re.sub(r"https?://\S+", "", text).split()) for text in parser.found}
    for words in (*MADE_UP, *own):
        found = {" ".join(text.replace(words, " ").split()) for text in found}
    return {text for text in found if re.search(r"[^\W\d_]{2}", text)}


def left_in_english(english: str, spanish: str, own: tuple[str, ...] = ()) -> set[str]:
    """The texts of a Spanish page that stand in the English one too, or have English words in them."""
    there, here = texts(english, own), texts(spanish, own)
    same = {text for text in there & here if not set(re.findall(r"[^\W_]+", text)) <= SAME}
    return same | {text for text in here if ENGLISH.search(text)}


def in_both(client: FlaskClient, address: str) -> tuple[str, str]:
    """A page in English and in Spanish."""
    pages = []
    for code in ("en", "es"):
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = code
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        assert f'<html lang="{code}"' in answer.text, address
        pages.append(answer.text)
    client.environ_base.pop("HTTP_ACCEPT_LANGUAGE")
    return pages[0], pages[1]
