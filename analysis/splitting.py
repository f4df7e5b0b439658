"""What is read of each answer by itself: the points it makes, and whether it is in another language.

Nothing heavy is imported here: a second process that does half of it is ready at once.
"""

from collections.abc import Sequence

from analysis.ideas import Span, split_ideas
from analysis.language import is_elsewhere
from analysis.text import fold

Split = tuple[tuple[tuple[Span, str], ...], bool]
"""The ideas of an answer, each one's span and folded text; and whether the answer seems to be in no English"""


def split(answers: Sequence[str]) -> list[Split]:
    """What each of the answers says; also in another process."""
    # Its language at once: both want the answer folded.
    return [
        (tuple((span, fold(answer[slice(*span)])) for span in split_ideas(answer)), is_elsewhere(answer))
        for answer in answers
    ]
