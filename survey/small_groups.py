"""Small groups stay hidden: what a list of answers may say of the kinds of people who gave them.

A list says who is in it as surely as a number does. So a theme is listed by kind only where the run has published
that count, and a part of such a list only where neither it nor what it leaves out is small.
"""

from __future__ import annotations

from survey.models import Run
from survey.quotes import GROUP_LEAST


def shown(run: Run) -> list[str]:
    """The kinds that may be told apart, most people first."""
    return [kind for kind, _ in (run.comparison or {}).get("groups", [])]


def shown_in(run: Run) -> dict[str, set[str]]:
    """For each theme, by its key, the kinds of which the run has published how many named it, and five or more did."""
    return {
        row["theme"]: {cell["group"] for cell in row["cells"] if not cell["hidden"] and cell["count"] >= GROUP_LEAST}
        for row in (run.comparison or {}).get("themes", [])
    }


def may_show(found: int, of: int) -> bool:
    """Whether `found` answers of one kind may be listed where `of` are known to be there.

    None found is not said either: searching for one person's words would tell whether that person is of the kind.
    """
    return found >= GROUP_LEAST and (found == of or of - found >= GROUP_LEAST)
