"""What a page shows of a survey's looks: the address of its stylesheet, its logo, the picture of who asks."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from flask import g, url_for

from survey.core.models import Survey
from survey.looks import colours, pictures
from survey.looks.models import ASKER, LOGO


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture with its address; width and height in pixels of the page, half of those of the file."""

    url: str
    version: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Look:
    """The looks of a survey; None for each of them that is as on any survey."""

    style_url: str | None
    accent: str
    logo: ShownPicture | None
    asker: ShownPicture | None


def look(survey: Survey) -> Look:
    """Return the looks of a survey, read once for a page."""
    seen: dict[int, Look] = g.setdefault("looks", {})
    if survey.id not in seen:
        seen[survey.id] = _look(survey)
    return seen[survey.id]


def inlined(survey: Survey) -> dict[str, str]:
    """Return what pages of a survey load of its looks, by address: for a page that is one file."""
    shown = look(survey)
    found = {shown.style_url: colours.stylesheet(shown.accent)} if shown.style_url else {}
    for role, one in ((LOGO, shown.logo), (ASKER, shown.asker)):
        content = pictures.content(survey.id, role, one.version) if one else None
        if one and content:
            found[one.url] = f"data:image/webp;base64,{base64.b64encode(content).decode()}"
    return found


def _look(survey: Survey) -> Look:
    accent = survey.words.get("accent", "")
    style = url_for("look.style", slug=survey.slug, version=colours.version(accent)) if accent else None
    shown = {
        role: ShownPicture(
            url_for("look.picture", slug=survey.slug, role=role, version=one.version),
            one.version,
            max(1, one.width // 2),
            max(1, one.height // 2),
        )
        for role, one in pictures.of(survey).items()
    }
    return Look(style, accent, shown.get(LOGO), shown.get(ASKER))
