"""Turn cells of HTML into plain text: tags and entities go, lists stay lists, "cost < 5 and > 3" stays as written.

Whether a column is HTML is decided on all of its cells (`is_html`), so that "Use the <b> tag" in a column of plain
text stays too. Tags are those of HTML, not everything between < and >.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from html.entities import name2codepoint


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS = _words(
    """address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer
    form h1 h2 h3 h4 h5 h6 header html hr legend main menu nav ol p pre section summary table tbody tfoot thead tr
    ul"""
)
_INLINE = _words(
    """a abbr acronym audio b base bdi bdo big button canvas cite code col colgroup data del dfn em embed font i img
    input ins kbd label link map mark meta meter nobr optgroup option output param picture progress q rp rt ruby s samp
    small source span strike strong sub sup td textarea th time tt u var video wbr"""
)
_DROPPED = _words("head iframe noscript object script select style svg template title xml")
"""Elements that go with all that is in them"""
_BREAK, _ITEM = "br", "li"
_NAMES = _BLOCKS | _INLINE | _DROPPED | {_BREAK, _ITEM}
_ATTRIBUTE = r"""(?:\s+[\w:@.-]++(?:\s*=\s*(?:"[^"]*+"|'[^']*+'|[^\s"'<>]++))?)"""
_TAG = re.compile(rf"<(/?)([a-z][a-z0-9]*+(?::[a-z][a-z0-9]*+)?)({_ATTRIBUTE}*+)\s*+/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[a-zA-Z][a-zA-Z\d]{1,31});")
_KNOWN_ENTITIES = frozenset(name2codepoint) | {"apos", "Tab", "NewLine", "nbsp", "hellip"}
_ATTRIBUTE_VALUE = re.compile(r"=\s*[\"']?[^\s\"'>]")
_SURE_TAGS = frozenset({"br", "p", "div", "li", "ul", "ol", "span", "table", "font"})
"""Tags that people do not write about: one of them in a cell is enough"""
_WORD_TAG = re.compile(r"(?:o|w|m|v|st1|x):\w+", re.IGNORECASE)
_ROUNDS = 3  # how often a text may have been escaped
_SOURCE_LINES = re.compile(r"[\r\n\t]+")
_BLOCK_ENDS = re.compile(r"(?<![ \xa0])(?:[ \xa0]*\x00[ \xa0]*(?:&nbsp;[ \xa0]*)*)+")
_BLANKS = re.compile(r"[^\S\n]+")
_MANY_LINES = re.compile(r"\n{3,}")
_SPACES = re.compile(r"(?<! ) *\xa0[ \xa0]*")
_LINES = re.compile(r" ?\n ?")


def is_html(cells: Iterable[str]) -> bool:
    """Return whether a column of texts is HTML, or was escaped as HTML is: at least one of its cells is beyond doubt.

    Beyond doubt are an entity, a comment, a closed pair of tags, and tags such as <br>; a lone <b> is not.
    """
    return any(map(is_surely_html, cells))


def is_surely_html(text: str) -> bool:
    """Return whether a text is HTML beyond doubt."""
    if "<" not in text:
        return "&" in text and any(map(_is_known, _ENTITY.findall(text)))
    if any(map(_is_known, _ENTITY.findall(text))):
        return True
    if "<!--" in text and "-->" in text:
        return True
    opened: set[str] = set()
    for closing, name, attributes in _TAG.findall(text):
        name = name.lower()
        if name not in _NAMES:
            if _WORD_TAG.fullmatch(name):
                return True
        elif closing:
            if name in opened:
                return True
        elif name in _SURE_TAGS or _ATTRIBUTE_VALUE.search(attributes):
            return True
        else:
            opened.add(name)
    return False


def plain_text(text: str) -> str:
    """Return the text of a cell of an HTML column. What was escaped twice is unescaped twice."""
    for _ in range(_ROUNDS):
        if "<" in text:
            text = _without_tags(text)
        if "&" not in text:
            break
        text = _ENTITY.sub(_character, text)
        if not is_surely_html(text):
            break
    return _SPACES.sub(" ", text).strip()


def _is_known(entity: str) -> bool:
    return entity[1] == "#" or entity[1:-1] in _KNOWN_ENTITIES


def _character(entity: re.Match[str]) -> str:
    if not _is_known(entity[0]):
        return entity[0]
    character = unescape(entity[0])
    return character if character.isprintable() or character in "\n\t\xa0" else " "


def _without_tags(text: str) -> str:
    """Return a text without its tags, comments and what is in dropped elements; blocks and items on their own lines."""
    text = _without_comments(text)
    parts: list[str] = []
    end = 0
    dropped = ""
    has_blocks = False
    numbers: list[int] = []  # of the lists that are open: the last number, -1 where they have none
    for tag in _TAG.finditer(text):
        name = tag[2].lower()
        if (name not in _NAMES and not _WORD_TAG.fullmatch(name)) or (len(name) == 1 and _is_wordy(tag[3])):
            continue
        if dropped:
            if name == dropped and tag[1]:
                dropped = ""
            end = tag.end()
            continue
        parts.append(text[end : tag.start()])
        end = tag.end()
        if name in _DROPPED:
            dropped = "" if tag[1] or tag[0].endswith("/>") else name
        elif name == _ITEM:
            has_blocks = True
            if not tag[1]:
                parts.append(f"\x00{_bullet(numbers)}")
        elif name == _BREAK:
            has_blocks = True
            parts.append("\x01")
        elif name in _BLOCKS:
            has_blocks = True
            parts.append("\x00")
            if name in ("ul", "ol"):
                if not tag[1]:
                    numbers.append(0 if name == "ol" else -1)
                elif numbers:
                    numbers.pop()
        elif name in ("td", "th"):
            parts.append(" ")
    if not dropped:
        parts.append(text[end:])
    return _laid_out("".join(parts), has_blocks=has_blocks)


def _is_wordy(attributes: str) -> bool:
    """Return whether what stands after a one-letter tag's name is words: "if a <b and c> d"."""
    return bool(attributes.strip()) and "=" not in attributes


def _bullet(numbers: list[int]) -> str:
    if not numbers or numbers[-1] < 0:
        return "- "
    numbers[-1] += 1
    return f"{numbers[-1]}. "


def _laid_out(text: str, *, has_blocks: bool) -> str:
    """Return a text with lines for block ends (\\0) and breaks (\\1), instead of the lines of its source."""
    text = _BLANKS.sub(" ", _SOURCE_LINES.sub(" ", text) if has_blocks else text)
    if has_blocks:
        text = _BLOCK_ENDS.sub("\n", text)
        text = text.replace("\x01", "\n")
    text = _LINES.sub("\n", _BLANKS.sub(" ", text))
    return _MANY_LINES.sub("\n\n", text).strip()


def _without_comments(text: str) -> str:
    """Return a text without <!-- comments -->, <![conditions]> and <?instructions?>, in linear time."""
    for start, end in (("<!--", "-->"), ("<![", "]>"), ("<?xml", ">"), ("<!doctype", ">"), ("<!DOCTYPE", ">")):
        if start not in text:
            continue
        parts = []
        place = 0
        while (found := text.find(start, place)) >= 0:
            closed = text.find(end, found)
            if closed < 0:
                break
            parts.append(text[place:found])
            place = closed + len(end)
        text = "".join([*parts, text[place:]])
    return text
