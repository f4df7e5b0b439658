"""Starting points of a new survey: a ready question, or an empty form. Everything can be changed."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.known_themes.codebook import NONE, packaged
from survey.core.i18n import N_, gettext


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A published list of advice: what it is called, and its points in our own words, marked for translation."""

    title: str
    points: tuple[str, ...]


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
    advice: tuple[PublishedList, ...] = ()
    """Lists of advice that the answers are compared with"""


ADVICE_ON_CUSTOMERS = (
    PublishedList(
        N_("Five lessons, from the article “What Politicians Can Learn About Building Customer Relationships”"),
        (
            N_("No hate: show what you are worth instead of running others down"),
            N_("Be quiet and listen: notice how people feel, and leave silences"),
            N_("It is about them: speak less of yourself and more of those who support you"),
            N_("Be a real person: people see through an act, so be the same when nobody watches"),
            N_("Give first: offer something of value before you ask for anything"),
        ),
    ),
    PublishedList(
        N_("Four attributes, from the article “How to Nurture Customer Relationships During a Meltdown”"),
        (
            N_("Professionalism: take your work seriously and keep learning your trade"),
            N_("Integrity: do what you said you would, and stand by what is right"),
            N_("Empathy: care about people, and show it by listening"),
            N_("Knowledge: know something that is of use to the customer"),
        ),
    ),
)

_ALL = (
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
        "customer-process",
        N_("How you build customer relationships"),
        N_("For people who sell and serve. Starts from known themes, and compares two published lists of advice."),
        N_("What is your process for developing customer relationships?"),
        N_(
            "Everybody who lives from customers has a way of winning and keeping them. Tell us yours, as you would "
            "tell somebody who starts next week."
        ),
        True,
        (N_("I sell"), N_("I look after customers"), N_("I run the business")),
        "customers",
        ADVICE_ON_CUSTOMERS,
    ),
    StartingPoint(
        "customers",
        N_("What brings customers back"),
        N_("Asks whether they are new, regular or gone, and starts from known themes."),
        N_("What keeps you coming back to us, or what would?"),
        N_(
            "We would like to do well by you, and you know best what that takes. Say it as you would to a friend: what "
            "was good, what was missing, what you wish we knew."
        ),
        True,
        (N_("First-time customer"), N_("Regular customer"), N_("Former customer")),
        "customers",
    ),
    StartingPoint(
        "workplace",
        N_("A better place to work"),
        N_("Asks how long people have been there, and starts from known themes about working life."),
        N_("What would make this a better place to work?"),
        N_("One thing is enough, large or small. Nobody is asked for a name, and every answer is read."),
        True,
        (N_("Here for less than a year"), N_("One to five years"), N_("Longer than that")),
        "workplace",
    ),
    StartingPoint(
        "service",
        N_("How we did"),
        N_("For a practice, a journey, a shop or a library. Starts from known themes about services and products."),
        N_("What was good, and what should we do better?"),
        N_("Tell us what happened, in your own words. What went wrong is as welcome as what went well."),
        False,
        (),
        "service",
    ),
    StartingPoint(
        "town",
        N_("A better place to live"),
        N_("For a street, a village or a town. Starts from known themes about living there."),
        N_("What would make this a better place to live?"),
        N_("You know your way around here. Say what you miss, what annoys you, or what should stay as it is."),
        True,
        (N_("I live here"), N_("I work or learn here"), N_("I am visiting")),
        "town",
    ),
    StartingPoint(
        "course",
        N_("After a course or an event"),
        N_("Asks whether it was their first, and starts from known themes about teaching and events."),
        N_("What did you take away, and what should be different next time?"),
        N_("Whatever comes to mind first: the matter, the people, the pace, the room, the food."),
        True,
        (N_("My first one"), N_("I have been before")),
        "course",
    ),
    StartingPoint(
        "blank",
        N_("A question of your own"),
        N_("An empty page. Every theme is found in the answers."),
        "",
        "",
        False,
        (),
        NONE,
    ),
)
STARTING_POINTS = tuple(point for point in _ALL if point.codebook in (NONE, *packaged()))
"""Those whose codebook is there"""


def starting_point(key: str | None) -> StartingPoint:
    """Return the starting point with this key, the first one where there is none."""
    return next((point for point in STARTING_POINTS if point.key == key), STARTING_POINTS[0])


def published_lists(point: StartingPoint) -> list[tuple[str, list[str]]]:
    """Return the lists of advice of a starting point in the owner's language: their titles and points."""
    return [(gettext(each.title), [*map(gettext, each.points)]) for each in point.advice]
