"""What is read of each answer by itself: the points it makes, and whether it is in another language.

Nothing heavy is imported here: a second process that does half of it is ready at once.
"""

from collections.abc import Sequence

from analysis.text.language import is_elsewhere
from analysis.text.normalise import fold
from analysis.text.split_ideas import Span, split_ideas

Split = tuple[tuple[tuple[Span, str], ...], bool, str]
"""The ideas of an answer, each one's span and folded text; whether the answer seems to be in no English; and, where
there are several ideas, the folded answer"""


def split(answers: Sequence[str]) -> list[Split]:
    """What each of the answers says; also in another process."""
    return [*map(_split, answers)]


def _split(answer: str) -> Split:
    # All three at once: they want the answer folded.
    pieces = tuple([(span, fold(answer[slice(*span)])) for span in split_ideas(answer)])
    return pieces, is_elsewhere(answer), fold(answer) if len(pieces) > 1 else ""
