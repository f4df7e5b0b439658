"""Starting points of a new survey: a ready question, or an empty form. Everything can be changed."""

from __future__ import annotations

from dataclasses import dataclass

from survey.core.i18n import N_


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """The settings a new survey starts with, its texts marked for translation.

    Without `kinds` of its own it offers the site's, where `kinds_asked`.
    """

    key: str
    title: str
    about: str
    question: str
    introduction: str
    kinds_asked: bool
    kinds: tuple[str, ...]
    codebook: str


STARTING_POINTS = (
    StartingPoint(
        "relationship",
        N_("What makes a relationship last"),
        N_("Asks which relationship people have in mind, and starts from known themes."),
        N_("What's your secret to a lasting relationship?"),
        "",
        True,
        (),
        "relationships",
    ),
    StartingPoint(
        "customers",
        N_("What brings customers back"),
        N_("Asks whether they are new, regular or gone. The themes come from what they say."),
        N_("What keeps you coming back to us, or what would?"),
        N_(
            "We would like to do well by you, and you know best what that takes. Say it as you would to a friend: what "
            "was good, what was missing, what you wish we knew."
        ),
        True,
        (N_("First-time customer"), N_("Regular customer"), N_("Former customer")),
        "none",
    ),
    StartingPoint(
        "blank",
        N_("A question of your own"),
        N_("An empty page. Every theme is found in the answers."),
        "",
        "",
        False,
        (),
        "none",
    ),
)


def starting_point(key: str | None) -> StartingPoint:
    """Return the starting point with this key, the first one where there is none."""
    return next((point for point in STARTING_POINTS if point.key == key), STARTING_POINTS[0])
