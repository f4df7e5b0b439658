"""What the workbench says after an edit of ideas, and after one was taken back."""

from __future__ import annotations

from flask import get_template_attribute
from markupsafe import Markup

from survey.core.i18n import ngettext
from survey.core.models import Theme
from survey.curation.edit_history import PastEdit
from survey.web import access
from survey.web.formatting import number


def moved_to(source: Theme | None, target: Theme | None, count: int) -> str:
    """Say where ideas are now: in a theme, in none, or out of one; others that they are in they stay in."""
    n = number(count)
    if target is None and source is not None:
        return ngettext(
            "%(n)s idea is not in %(theme)s any more, and not put there again.",
            "%(n)s ideas are not in %(theme)s any more, and not put there again.",
            count,
            n=n,
            theme=source.name,
        )
    if target is None:
        return ngettext(
            "%(n)s idea is in no theme now, and not put there again.",
            "%(n)s ideas are in no theme now, and not put there again.",
            count,
            n=n,
        )
    return ngettext(
        "%(n)s idea is in %(theme)s now.", "%(n)s ideas are in %(theme)s now.", count, n=n, theme=target.name
    )


def also_in(target: Theme, count: int) -> str:
    """Say that ideas are in one more theme."""
    return ngettext(
        "%(n)s idea is also in %(theme)s now. It stays here.",
        "%(n)s ideas are also in %(theme)s now. They stay here.",
        count,
        n=number(count),
        theme=target.name,
    )


def moved_to_new(name: str, count: int) -> str:
    """Say that ideas are in a new theme."""
    return ngettext(
        "%(n)s idea is in a new theme, %(theme)s.",
        "%(n)s ideas are in a new theme, %(theme)s.",
        count,
        n=number(count),
        theme=" ".join(name.split()),
    )


def right_here(count: int) -> str:
    """Say that ideas are right in their theme."""
    return ngettext(
        "%(n)s idea is right here, and stays.", "%(n)s ideas are right here, and stay.", count, n=number(count)
    )


def left_out(count: int) -> str:
    """Say that ideas wait no more."""
    return ngettext(
        "%(n)s idea is left out, and not waiting any more.",
        "%(n)s ideas are left out, and not waiting any more.",
        count,
        n=number(count),
    )


def sent_back(count: int) -> str:
    """Say that ideas went back."""
    return ngettext(
        "%(n)s idea is back where it came from.", "%(n)s ideas are back where they came from.", count, n=number(count)
    )


def right(count: int) -> str:
    """Say that ideas are right wherever they are."""
    return ngettext("%(n)s idea is right where it is.", "%(n)s ideas are right where they are.", count, n=number(count))


def says_the_opposite(theme: Theme, count: int) -> str:
    """Say that ideas say the opposite of a theme."""
    return ngettext(
        "%(n)s idea says the opposite of the others in %(theme)s. It is no quote of it.",
        "%(n)s ideas say the opposite of the others in %(theme)s. They are no quotes of it.",
        count,
        n=number(count),
        theme=theme.name,
    )


def says_the_same(theme: Theme, count: int) -> str:
    """Say that ideas say what the others in a theme say."""
    return ngettext(
        "%(n)s idea says the same as the others in %(theme)s.",
        "%(n)s ideas say the same as the others in %(theme)s.",
        count,
        n=number(count),
        theme=theme.name,
    )


def taken_back(edit: PastEdit) -> str:
    """Say which edit was taken back and, if it is somebody else's, whose."""
    return _with_edit("taken_back", edit, edit.who not in ("", access.actor().name))


def holds_again(edit: PastEdit) -> str:
    """Say which edit holds again."""
    return _with_edit("holds_again", edit)


def _with_edit(macro: str, *values: object) -> Markup:
    return Markup(get_template_attribute("macros/edits.html", macro)(*values))
