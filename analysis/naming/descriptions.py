"""The description of a discovered theme, made of what else its people say, and read back."""

import re
from collections.abc import Sequence

QUOTATION_MARKS = frozenset("\u201c\u201d")
_NAME = re.compile("\u201c([^\u201c\u201d]*)\u201d")
_WHOLE = re.compile(f"Also said: {_NAME.pattern}(, {_NAME.pattern})*")


def describe_discovered(candidates: Sequence[str]) -> str:
    """Return the description of a discovered theme: its other candidate names."""
    others = ", ".join(f"\u201c{name}\u201d" for name in candidates[1:])
    return f"Also said: {others}" if others else ""


def other_names(description: str) -> list[str]:
    """Return the names in a description that `describe_discovered` wrote; none in one that somebody else wrote."""
    return _NAME.findall(description) if _WHOLE.fullmatch(description) else []
