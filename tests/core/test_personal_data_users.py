"""All users of the detector of personal data agree: names, quotes, masks, ideas, voices and search."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from analysis.evidence.quotes import choose_quotes
from analysis.naming.choose_names import choose_names
from analysis.naming.clauses import Mention
from analysis.naming.phrases import rank_phrases
from analysis.results import Idea
from analysis.text.personal_data import has_personal_data, may_have_personal_data, personal_data_spans
from analysis.text.split_ideas import split_ideas
from survey.core.personal_data import find_personal_data, mask_personal_data
from survey.core.settings import PROJECT
from tests.support.every_case import for_each
from tests.support.personal_data import EMAILS, NEITHER, PHONES

PRIVATE = (
    *EMAILS,
    *PHONES,
    "john at example dot com",
    "ask @john_and_jo about bread",
    "johns-bread.example sells it",
    "maria+letters@example.org and nobody else",
    "ticket #204188",
)


def _name(text: str) -> bool:
    mentions = [Mention(0, text), Mention(1, text)]
    names = choose_names([mentions], rank_phrases([mentions]), [])[0]
    private = [text[start:end] for start, end, _ in personal_data_spans(text)]
    return private != [] and not any(part in name for part in private for name in names)


def _quote(text: str) -> bool:
    other = "nothing else is as good"
    ideas = [Idea(0, 0, len(text), text), Idea(1, 0, len(other), other)]
    return choose_quotes(ideas, [0, 1], np.eye(2, dtype=np.float32), [1.0, 0.5]) == (1,)


def _mask(text: str) -> bool:
    masked = mask_personal_data(text)
    return masked != text and not has_personal_data(masked)


def _places(text: str) -> bool:
    spans = [(start, end) for start, end, _ in personal_data_spans(text)]
    return [(start, end) for start, end, _ in find_personal_data(text)] == spans != []


USERS: dict[str, Callable[[str], bool]] = {
    "quick test": may_have_personal_data,
    "whole text": has_personal_data,
    "spans": _places,
    "name of a theme": _name,
    "quote": _quote,
    "mask": _mask,
}
"""Each says whether a text with personal data is recognised"""

MODULES = {
    "analysis/command/listing.py",
    "analysis/command/write_themes.py",
    "analysis/evidence/quotes.py",
    "analysis/evidence/sayings.py",
    "analysis/naming/choose_names.py",
    "analysis/naming/clauses.py",
    "analysis/tables/cell_types.py",
    "analysis/text/nonanswers.py",
    "analysis/text/split_ideas.py",
    "survey/answers/moderation.py",
    "survey/core/personal_data.py",
    "survey/search/by_word.py",
    "survey/search/spelling.py",
    "survey/worker/nearest_answer.py",
}


@pytest.fixture(autouse=True)
def no_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("survey.core.personal_data.gettext", str)


@for_each("user", USERS)
def test_every_user_recognises_the_same_personal_data(user: str) -> None:
    assert [text for text in PRIVATE if not USERS[user](text)] == []


@pytest.mark.parametrize("user", [user for user in USERS if user != "quick test"])
def test_no_user_takes_an_ordinary_sentence_for_personal_data(user: str) -> None:
    assert [text for text in NEITHER if USERS[user](text)] == []


def test_no_idea_ends_inside_personal_data() -> None:
    cut = []
    for text in PRIVATE:
        answer = f"Trust, {text}, and patience"
        private = [(start, end) for start, end, _ in personal_data_spans(answer)]
        for start, end in split_ideas(answer):
            is_outside = all(end <= first or start >= last for first, last in private)
            if not is_outside and not has_personal_data(answer[start:end]):
                cut.append(answer[start:end])
    assert cut == []


def test_only_known_modules_use_the_detector_and_none_has_its_own() -> None:
    detector = PROJECT / "analysis/text/personal_data.py"
    users, others = set(), set()
    for folder in ("analysis", "survey"):
        for path in (PROJECT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if "from analysis.text.personal_data import" in text:
                users.add(str(path.relative_to(PROJECT)))
            if path != detector and re.search(r"\\s\?dot|\(\?:com\||\bdot\\s", text):
                others.add(str(path.relative_to(PROJECT)))
    assert users == MODULES
    assert others == set()
