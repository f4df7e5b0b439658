"""The operator's pages as programs read them: the indented and fenced blocks, each with the paragraph before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent

from survey.core.settings import PROJECT

_BLOCK = re.compile(r"(?:^ {4}.*\n(?:\n(?= {4}))?)+|^ *```\n(?:.*\n)*?^ *```$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """What is to be typed or written into a file, and the text between it and the block before."""

    before: str
    text: str

    @property
    def lines(self) -> list[str]:
        """The lines, without blank ones."""
        return [line for line in self.text.splitlines() if line.strip()]


def page(name: str) -> str:
    """Return a page of docs/."""
    return (PROJECT / "docs" / name).read_text(encoding="utf-8")


def blocks(name: str) -> list[Block]:
    """Return the blocks of a page of docs/ in their order."""
    text, found, end = page(name), [], 0
    for match in _BLOCK.finditer(text):
        inside = dedent(match[0]).strip("\n")
        if inside.startswith("```"):
            inside = "\n".join(inside.splitlines()[1:-1])
        found.append(Block(text[end : match.start()], inside))
        end = match.end()
    return found


def block(name: str, *, after: str = "", has: str = "") -> Block:
    """Return the one block of a page whose paragraph before ends so, or that has these words in it."""
    fitting = [one for one in blocks(name) if one.before.rstrip().endswith(after) and has in one.text]
    assert len(fitting) == 1, (name, after, has, len(fitting))
    return fitting[0]


def files(name: str) -> dict[str, str]:
    """Return the files that a page has the operator write: by path, the blocks whose paragraph ends with it."""
    named = ((re.search(r"`(/etc/[\w./-]+)`[^`\n]*:\s*$", one.before), one.text) for one in blocks(name))
    return {found[1]: text for found, text in named if found}
