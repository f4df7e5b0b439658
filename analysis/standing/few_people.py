"""Known themes that too few people name are left out: what was placed in them is looked at by discovery instead.

In a survey of some size a codebook has a theme for nearly everything that one person may say, and a page of them hides
what people share. In a small survey one person is a good part of all, and the name of a known theme is right.
"""

from collections.abc import Collection

from analysis.discovery.discover import smallest_theme
from analysis.known_themes.edits import Members
from analysis.text.parse_answers import ParsedAnswers

SMALL_SURVEY = 50
"""With fewer people, a known theme that one person names appears"""


def fewest_people(people: int) -> int:
    """Return how many people have to name a known theme for it to appear, in a survey of ``people``."""
    return 1 if people < SMALL_SURVEY else smallest_theme(people)


def count_people(parsed: ParsedAnswers) -> int:
    """Return how many answers say something."""
    return len({idea.answer for idea in parsed.ideas})


def without_few(parsed: ParsedAnswers, known: Members, keep: Collection[str] = ()) -> Members:
    """Return the members of those known themes that enough people name, or that are to be kept."""
    fewest = fewest_people(count_people(parsed))
    if fewest < 2:
        return known
    return {key: own for key, own in known.items() if key in keep or parsed.count_answers(own) >= fewest}
