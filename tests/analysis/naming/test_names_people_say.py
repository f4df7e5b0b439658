"""Names that many say, whole, as they write them; and a second and third phrase that say more than the name."""

import pytest

from analysis.naming.choose_names import choose_names
from analysis.naming.clauses import Mention
from analysis.naming.phrases import rank_phrases
from tests.support.every_case import for_each

OTHERS = ["the pool is cold", "repair the pool", "a longer pool", "the pool opens late", "pool showers"]


def candidates(*themes: list[str]) -> list[tuple[str, ...]]:
    numbers = iter(range(10**6))
    said = [[Mention(next(numbers), text) for text in theme] for theme in themes]
    return choose_names(said, rank_phrases(said), ())


@for_each(
    ("said", "name"),
    [
        (["the choir lol", "more choir tbh", "choir pls", "our choir imo"], "Choir"),
        (["Join the RSPB", "the RSPB garden", "our RSPB walks"], "RSPB"),
        (["my GoPro broke", "a GoPro tripod", "the GoPro lens"], "GoPro"),
        (["more benches", "more benches by the lake", "more benches please"], "More benches"),
        (["a three day festival", "the three day festival", "three day festival again"], "Three day festival"),
        (["https://a.example/1 benches", "@town benches", "benches 5551234567"], "Benches"),
        (["ferry", "ferry", "ferry", "ferry"], "Ferry"),
        (["bring back fares", "I owe a fare since May"], "Fares"),
    ],
)
def test_a_name_is_spelt_and_cut_as_people_write_it(said: list[str], name: str) -> None:
    assert candidates(said, OTHERS)[0][0] == name


def test_a_name_cuts_no_number() -> None:
    said = [
        "ferry at 14:30",
        "the ferry until 14:30 please",
        "8.50 a ferry ride",
        "a ferry for 8.50",
        "a ferry for 18+",
    ]
    phrases = rank_phrases([[Mention(number, text) for number, text in enumerate(said)]])[0]
    found = {word for phrase in phrases for word in phrase.name.split() if any(map(str.isdigit, word))}
    assert found == {"14:30", "8.50", "18+"}


def test_a_name_leaves_out_the_frame_that_all_answers_share() -> None:
    things = {
        "ferry": ["repair the ferry", "paint the ferry", "buy a ferry"],
        "pool": ["heat the pool", "clean the pool"],
    }
    themes = [[f"they were trying to {each}" for each in own * 3] for own in things.values()]
    for name, thing in zip(candidates(*themes), things, strict=True):
        assert thing in name[0].lower()
        assert not name[0].lower().startswith(("trying", "they"))


@pytest.mark.parametrize(
    "said",
    [
        [
            "I am not aware of these courses",
            "we are not really aware of these courses",
            "nobody is aware of these courses",
        ],
        ["I don't feel that they listen to us", "I don't think they listen to us", "never do they listen to us"],
    ],
)
def test_a_name_is_never_the_opposite_of_what_is_meant(said: list[str]) -> None:
    for name in candidates(said * 2, OTHERS)[0]:
        words = name.lower().split()
        opposite = {"aware", "listen"} & {*words}
        assert not opposite or {"not", "don't", "nobody", "never"} & {*words}, name


def test_what_one_of_many_says_is_no_name() -> None:
    walks = [f"walks {where}" for where in ("by the sea", "in the wood", "at night", "with friends", "uphill")] * 3
    (first, *_), _ = candidates([*walks, "feeding seventeen hungry alpacas"], OTHERS)
    assert "walks" in first.lower()


def test_people_who_say_it_in_another_form_or_order_count() -> None:
    said = [["they paint walls", "painting the walls", "the walls they painted"], OTHERS]
    numbers = iter(range(100))
    ranked = rank_phrases([[Mention(next(numbers), text) for text in theme] for theme in said])
    shares = {phrase.name: phrase.share for phrase in ranked[0]}
    assert shares["Paint walls"] == 1.0


def test_further_phrases_say_more_than_the_name_and_not_the_same() -> None:
    said = ["the bakery opens too late", "cheaper bread in the bakery", "our bakery is closed on Mondays",
            "bakery", "the bakery sells stale bread", "bakery, opens too late"]  # fmt: skip
    name, *others = candidates(said, OTHERS)[0]
    assert name == "Bakery"
    assert len(others) == 2
    new = [{*other.lower().split()} - {"bakery", "the", "our", "is", "on", "in", "too"} for other in others]
    assert all(new)
    assert not new[0] & new[1]


def test_everybody_says_the_same_or_nobody_does() -> None:
    assert candidates(["great guides"] * 9) == [("Great guides",)]
    (found,) = candidates(["quiet rooms", "brighter lamps", "cheap soup", "new maps"])
    assert found[0].lower() in {
        "quiet rooms",
        "rooms",
        "brighter lamps",
        "lamps",
        "cheap soup",
        "soup",
        "new maps",
        "maps",
    }


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (["warm radiators", "I froze again today", "31 degrees in here"], "Warm radiators"),
        (["my train was cancelled 4 times", "late buses", "we waited in the rain"], "Late buses"),
        (["late buses", "my bus came 20 minutes late"], "Late buses"),
        (["our manager Petra shouts", "rude foremen", "they yell at the new ones"], "Rude foremen"),
        (["radiators", "warm rooms", "it froze here in March"], "Warm rooms"),
        (["Wir frieren im Büro", "Heizung", "34 Grad im Sommer"], "Heizung"),
    ],
)
def test_where_nobody_shares_a_phrase_a_name_tells_nothing_of_one_person(said: list[str], name: str) -> None:
    assert candidates(said, OTHERS)[0][0] == name
