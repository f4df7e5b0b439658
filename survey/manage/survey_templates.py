"""Starting points of a new survey: a ready question, or an empty form. Everything can be changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """The settings a new survey starts with. Without `kinds` of its own it offers the site's, where `kinds_asked`."""

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
        "What makes a relationship last",
        "Asks which relationship people have in mind, and starts from known themes.",
        "What's your secret to a lasting relationship?",
        "",
        True,
        (),
        "relationships",
    ),
    StartingPoint(
        "customers",
        "What brings customers back",
        "Asks whether they are new, regular or gone. The themes come from what they say.",
        "What keeps you coming back to us, or what would?",
        "We would like to do well by you, and you know best what that takes. Say it as you would to a friend: what was "
        "good, what was missing, what you wish we knew.",
        True,
        ("First-time customer", "Regular customer", "Former customer"),
        "none",
    ),
    StartingPoint(
        "blank",
        "A question of your own",
        "An empty page. Every theme is found in the answers.",
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
