"""A page as one file that needs nothing else: stylesheets inside it, and no way for it to ask anybody for anything.

What is not printed is not in the file either: buttons, forms, links to share.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from pathlib import Path

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
DROPPED = frozenset(
    ("script", "noscript", "form", "iframe", "object", "embed", "template", "base", "video", "audio", "dialog")
)
"""Elements that are left out with all that is in them"""
ADDRESSES = frozenset(("href", "src", "srcset", "xlink:href", "poster", "background", "ping", "cite", "action"))
NOT_PRINTED = frozenset(("no-print", "skip", "share"))
KEPT_META = frozenset(("viewport", "description", "author"))

Attributes = list[tuple[str, str | None]]


def as_single_file(page: str, folder: Path, own: Mapping[str, str] | None = None) -> str:
    """The page as one file; stylesheets are taken from `folder` by their names.

    `own` has what the page loads from elsewhere, by its address: text of stylesheets, and pictures as data addresses.
    """
    writer = _Writer(folder, own or {})
    writer.feed(page)
    writer.close()
    return "".join(writer.written)


class _Writer(HTMLParser):
    """Writes a page anew as it reads it."""

    def __init__(self, folder: Path, own: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=False)
        self.folder, self.own = folder, own
        self.written: list[str] = []
        self._leaving_out: list[str] = []
        """The elements that are open inside one that is left out, itself first"""

    def handle_decl(self, decl: str) -> None:
        self.written.append(f"<!{decl}>")

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if self._leaving_out or tag in DROPPED or NOT_PRINTED & set((dict(attrs).get("class") or "").split()):
            if tag not in VOID:
                self._leaving_out.append(tag)
        elif tag == "link":
            self._inline(dict(attrs))
        elif tag != "meta" or "charset" in dict(attrs) or dict(attrs).get("name") in KEPT_META:
            inside = [(name, self.own.get(value or "", value) if tag == "img" else value) for name, value in attrs]
            self.written.append(_start(tag, inside))
            if tag == "head":
                self.written.append(f'\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">')

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._leaving_out:
            self.written.append(f"</{tag}>")
        elif tag in self._leaving_out:
            while self._leaving_out.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._write(data)

    def handle_entityref(self, name: str) -> None:
        self._write(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._write(f"&#{name};")

    def _write(self, text: str) -> None:
        if not self._leaving_out:
            self.written.append(text)

    def _inline(self, attributes: dict[str, str | None]) -> None:
        """A stylesheet of ours, in place of the link to it. Every other link is left out."""
        address = attributes.get("href") or ""
        name = address.partition("?")[0].rpartition("/")[2]
        if attributes.get("rel") == "stylesheet" and address in self.own:
            self.written.append(f"<style>\n{self.own[address]}</style>")
        elif attributes.get("rel") == "stylesheet" and name.endswith(".css"):
            self.written.append(f"<style>\n{(self.folder / name).read_text(encoding='utf-8')}</style>")


def _start(tag: str, attrs: Attributes) -> str:
    kept = [
        name if value is None else f'{name}="{escape(value)}"'
        for name, value in attrs
        if not name.startswith("on") and (name not in ADDRESSES or (value or "").startswith(("#", "data:image/")))
    ]
    return f"<{' '.join([tag, *kept])}>"
