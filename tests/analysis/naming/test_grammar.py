"""How whole a phrase is: whole noun phrases, verbs with their objects and clauses, and no fragments of them."""

import pytest
from HanTa.HanoverTagger import HanoverTagger

from analysis.naming.grammar import is_opened_by_a_verb, wholeness
from analysis.words import word_classes as word_classes_module
from analysis.words.attached_words import negations
from analysis.words.word_classes import has_classes, word_classes
from tests.support.every_case import for_each


def of(clause: str, phrase: str, language: str = "en", *, denied: bool = False) -> float:
    words, own = clause.split(), phrase.split()
    start = next(at for at in range(len(words)) if words[at : at + len(own)] == own)
    return wholeness(word_classes(words, language, negations(language)), start, start + len(own), denied=denied)


@pytest.mark.parametrize(
    ("language", "clause", "classes"),
    [
        ("en", "they hope to repair our old bridge", "SVTVDAN"),
        ("en", "I don't like cold rooms", "SZVAN"),
        ("en", "four day trips", "QNN"),
        ("en", "the end of the road", "DNFDN"),
        ("de", "die alte Brücke ist nicht sicher", "DANXZR"),
    ],
)
def test_words_are_told_apart(language: str, clause: str, classes: str) -> None:
    assert word_classes(clause.split(), language, negations(language)) == classes


@pytest.mark.parametrize("code", ["en", "de"])
def test_classes_are_those_of_the_tags_that_the_library_gives_with_lemmas(code: str) -> None:
    model = word_classes_module._MODELS[code]
    for clause in ("Die NEW library of Bremen has gorpelish shelves", "mehr Bänke und Bäume am Bahnhof, please", "ok"):
        tagged = HanoverTagger(model).tag_sent(clause.split(), casesensitive=code != "en")
        known = "".join(word_classes_module._class(tag, code) for _, _, tag in tagged)
        assert word_classes(clause.split(), code, frozenset()) == known


def test_the_words_of_some_languages_are_not_told_apart() -> None:
    assert has_classes("en-GB")
    assert has_classes("de")
    assert not has_classes("fr")


@for_each(
    ("clause", "whole", "fragment"),
    [
        ("they want to destroy our old bridge", "destroy our old bridge", "destroy our old"),
        ("they want to close the swimming pool", "close the swimming pool", "close"),
        ("a three day festival for children", "three day festival", "day festival"),
        ("the lift is broken since March", "lift is broken", "broken since March"),
        ("I saw the other team's photos", "other team's photos", "team's photos"),
        ("people have no right to drive here", "drive here", "right to"),
        ("it takes a long time because buses wait", "long time", "long time because buses"),
        ("how long does it take to park", "park", "long does it take"),
        ("every child should learn to swim", "child should learn to swim", "should learn"),
        ("it should not be open at night", "open at night", "not be"),
        ("the lack of light", "lack of light", "lack"),
        ("we paid the tickets but the gate stayed shut", "paid the tickets", "tickets but the gate"),
        ("the ferry is gone how long now", "ferry is gone", "ferry is gone how long"),
        ("how long will the ferry take", "ferry", "long will the ferry"),
        ("they wanted to show how steep the ladder is", "ladder", "show how steep"),
    ],
)
def test_a_fragment_is_less_whole(clause: str, whole: str, fragment: str) -> None:
    assert of(clause, whole) >= 2 * of(clause, fragment)


def test_what_is_counted_is_no_name_alone() -> None:
    counted = of("a burrito cost 14 quid", "quid")
    assert 0 < 10 * counted < of("the pound is a quid", "quid")
    assert counted < of("it took 14 long days", "days")


def test_what_is_denied_is_said_of_no_theme() -> None:
    assert of("nobody here feels aware of these tools", "aware of these tools", denied=True) == 0
    assert of("nobody here listens to us", "listens to us", denied=True) == 0
    assert 0 < of("there is never any parking", "parking", denied=True) < of("we need parking", "parking")
    assert of("der Aufzug funktioniert nicht", "Aufzug funktioniert", "de") == 0
    assert of("der Aufzug funktioniert nicht", "Aufzug funktioniert nicht", "de") > 0


def test_a_verb_with_the_infinitive_of_another_is_seen() -> None:
    assert is_opened_by_a_verb(word_classes(["trying", "to", "fly", "kites"], "en", frozenset()))
    assert not is_opened_by_a_verb(word_classes(["fly", "kites"], "en", frozenset()))


def test_a_modal_verb_is_not_cut_off_from_what_it_stands_with() -> None:
    clause = "der Saal müsste wärmer sein"
    assert of(clause, "Saal müsste wärmer", "de") < 0.2 < of(clause, clause, "de")
