"""What the model of a run does not read, or reads less well: other languages than English, and other scripts."""

from __future__ import annotations

from survey.core.models import Run

ENGLISH_MODELS = ("all-MiniLM-L6-v2", "all-MiniLM-L6-v2 int8")
"""The names of the packaged model, as analysis.embedding.models has them: it was trained on English alone"""
COUNTS = ("other_languages", "unreadable_answers")
"""Of the settings of a run, those that are counts of answers and are said in sentences"""


def other_languages(run: Run) -> int:
    """Return how many answers seem to be in other languages than English, 0 with a model that may know them."""
    return _count(run, "other_languages") if run.model in ENGLISH_MODELS else 0


def unreadable_answers(run: Run | None) -> int:
    """Return how many answers are in a script that the model cannot read: nothing was found in them."""
    return _count(run, "unreadable_answers") if run else 0


def _count(run: Run, name: str) -> int:
    found = run.settings.get(name, 0)
    return found if isinstance(found, int) else 0
