"""What a description quotes: short whole ideas near the middle of a theme, none twice, none private."""

from collections.abc import Sequence

import numpy as np
import pytest

from analysis.evidence import sayings as sayings_module
from analysis.evidence.sayings import choose_sayings, some_wordings
from analysis.progress import ignore_progress
from analysis.text.parse_answers import ParsedAnswers, parse_answers


def parsed(texts: Sequence[str]) -> ParsedAnswers:
    found = parse_answers(texts, ignore_progress)
    assert [idea.text for idea in found.ideas] == [*texts]
    return found


def sayings(texts: Sequence[str], near: Sequence[float] | None = None, name: str = "Tickets") -> list[str]:
    figures = np.array(near or [1.0 - at / 100 for at in range(len(texts))])
    return choose_sayings(parsed(texts), range(len(texts)), figures, name)


def test_the_nearest_two_are_quoted_as_they_were_written() -> None:
    texts = ["dogs on the lawn", "more shade PLEASE", "a bench by the pond"]
    assert sayings(texts, [0.5, 0.7, 0.6]) == ["more shade PLEASE", "a bench by the pond"]
    assert sayings(texts[::-1], [0.6, 0.7, 0.5]) == ["more shade PLEASE", "a bench by the pond"]


def test_what_is_far_long_one_word_or_private_is_not_quoted() -> None:
    long = "a bench by the pond where one can sit in the evening with the ducks around"
    quoted = "the \u201cbench\u201d by the pond"
    texts = [long, "shade", "ask zoe@home.example about shade", quoted, "more shade please", "dogs on the lawn"]
    assert sayings(texts, [0.9, 0.8, 0.8, 0.8, 0.7, 0.4]) == ["more shade please"]


def test_nothing_is_said_twice_nor_what_the_name_says() -> None:
    texts = ["cheaper tickets", "more shade please", "more shade", "Please more shade", "a bench by the pond"]
    assert sayings(texts, name="Cheaper tickets") == ["more shade please", "a bench by the pond"]


def test_the_language_of_most_goes_first() -> None:
    english = ["there should be more shade on the lawn in summer", "the benches by the pond are broken again"]
    german = "auf der Wiese fehlen im Sommer überall die Bänke"
    assert sayings([german, *english]) == english


def test_a_text_without_spaces_is_quoted() -> None:
    assert sayings(["希望早上早点开门", "更衣室太脏了"], name="票价") == ["希望早上早点开门", "更衣室太脏了"]


def test_each_wording_is_compared_once_and_of_many_some(monkeypatch: pytest.MonkeyPatch) -> None:
    found = parsed(["more shade", "More shade", "a bench", "dogs on the lawn", "quiet places"])
    assert sorted(some_wordings(found, range(5))) == [1, 2, 3, 4]
    monkeypatch.setattr(sayings_module, "MAX_WORDINGS", 2)
    turned = parsed(["quiet places", "dogs on the lawn", "a bench", "More shade", "more shade"])
    chosen = {found.ideas[number].text for number in some_wordings(found, range(5))}
    assert chosen == {turned.ideas[number].text for number in some_wordings(turned, range(5))}
    assert len(chosen) == 2


def test_a_longer_idea_is_quoted_where_none_is_short() -> None:
    long = "a bench by the pond where one can sit in the evening with the ducks around"
    longer = "more shade on the lawn where the children play in summer, " + long
    assert sayings([longer, long, "shade"], [0.9, 0.8, 0.7]) == [long]
    assert sayings([longer, long, "dogs on the lawn"], [0.9, 0.8, 0.7]) == ["dogs on the lawn"]
    assert sayings([longer, "shade"], [0.9, 0.8]) == []
