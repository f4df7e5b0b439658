"""The description of a discovered theme, made of what else its people say, and read back."""

import re
from collections.abc import Sequence

QUOTATION_MARKS = frozenset("\u201c\u201d")
_SAYING = re.compile("\u201c([^\u201c\u201d]*)\u201d")
_WHOLE = re.compile(f"Also said: {_SAYING.pattern}(, {_SAYING.pattern})*")


def describe_discovered(sayings: Sequence[str]) -> str:
    """Return the description of a discovered theme: what else its people say."""
    said = ", ".join(f"\u201c{text}\u201d" for text in sayings)
    return f"Also said: {said}" if said else ""


def said_in(description: str) -> list[str]:
    """Return what a description that `describe_discovered` wrote quotes; nothing of one that somebody else wrote."""
    return _SAYING.findall(description) if _WHOLE.fullmatch(description) else []
