"""Names and quotes: respondents' own words, none of them twice, none of them private."""

import numpy as np

from analysis.discovery.theme_identity import EarlierTheme, carry_keys
from analysis.evidence.quotes import choose_quotes
from analysis.naming.choose_names import are_similar_names, choose_names, nearness_to_theme, set_similarities
from analysis.naming.clauses import Mention
from analysis.naming.phrases import Phrase, rank_phrases
from analysis.results import Idea
from tests.support.every_case import for_each


def names(*themes: list[str], taken: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    numbered = enumerate(text for theme in themes for text in theme)
    said = [[Mention(next(numbered)[0], text) for text in theme] for theme in themes]
    return choose_names(said, rank_phrases(said), taken)


def test_a_name_is_what_most_people_of_a_theme_say_and_others_do_not() -> None:
    pets, tea = names(
        ["a good dog", "walking the dog with us", "our dogs", "the dog and the good sofa"],
        ["a good cup of tea", "tea at four", "good strong tea"],
    )
    assert pets[0] == "Dog"
    assert tea[0] == "Tea"


def test_no_stop_word_at_either_end_and_at_most_three_candidates() -> None:
    (found,) = names(["the art of being kind", "the art of being kind to them", "it is the art of being kind"])
    assert found[0] == "Art of being kind"
    assert len(found) <= 3


def test_a_negation_is_never_lost() -> None:
    (found,) = names(["Don't keep score", "don't keep score", "we don't keep score", "never keep score"])
    assert found[0] == "Don't keep score"
    assert all("score" not in name.lower() or name.lower().startswith(("don't", "never")) for name in found)


def test_a_phrase_that_stops_in_the_middle_loses_to_the_whole() -> None:
    (found,) = names(["wait for the real answer", "wait for the real answer", "the real answer, always"])
    assert found[0] == "Real answer"


def test_a_name_does_not_run_over_the_end_of_a_clause() -> None:
    (found,) = names(["time together, patience", "time together; patience", "time together"])
    assert "Together patience" not in found
    assert "Time together patience" not in found


def test_a_phrase_counts_each_answer_once_and_is_spelt_as_most_write_it() -> None:
    said = [
        [Mention(0, "the date nights"), Mention(1, "Date night, no phone"), Mention(1, "date night of ours")],
        [Mention(2, "tea")],
    ]
    ours, theirs = rank_phrases(said)
    found = {phrase.key: phrase for phrase in ours}
    assert found["date", "night"].name == "Date night"
    assert found["date", "night"].share == 1.0
    assert found["no", "phone"].share == 0.5
    assert found["date", "night"].score > 3 * found["no", "phone"].score
    assert [phrase.name for phrase in theirs] == ["Tea"]
    assert rank_phrases([[], [Mention(0, "of the")], [Mention(1, "a.b@example.org")]]) == [[], [], []]


def test_the_phrase_nearest_to_the_meaning_is_taken() -> None:
    said = [[Mention(0, "tea parties"), Mention(1, "tea parties"), Mention(2, "garden shed"),
             Mention(3, "garden shed")],
            [Mention(4, "dogs"), Mention(5, "dogs")]]  # fmt: skip
    phrases = rank_phrases(said)
    axes = np.eye(3, dtype=np.float32)
    vectors = {
        phrase.name: axes[1] if "dog" in phrase.name.lower() else axes[2] for theme in phrases for phrase in theme
    }
    vectors |= {name: axes[0] for name in vectors if "arden" in name or "hed" in name}
    set_similarities(phrases, vectors, axes[:2], np.zeros(3, dtype=np.float32))
    assert choose_names(said, phrases, ())[0][0] == "Garden shed"
    assert all(-1.5 <= phrase.similarity <= 1 for theme in phrases for phrase in theme)


def test_a_phrase_that_a_tenth_say_goes_before_one_that_fewer_say() -> None:
    said = [[Mention(number, "family ticket") for number in range(20)]]
    for share, first in ((0.1, "Steep ladder"), (0.05, "Family ticket")):
        rarer = Phrase(("ladder",), "Steep ladder", 2.0, share=share, stems=frozenset(["ladder"]))
        phrases = [[rarer, Phrase(("ticket",), "Family ticket", 1.0, stems=frozenset(["ticket"]))]]
        assert choose_names(said, phrases, ())[0][0] == first


def test_a_further_name_is_half_as_near_to_the_theme_as_the_name() -> None:
    texts = ("family ticket", "family ticket", "my mother finds that ladder so very steep to climb", "season pass")
    said = [[Mention(number, text) for number, text in enumerate(texts)]]
    phrases = rank_phrases(said)
    for phrase in phrases[0]:
        phrase.similarity = {"Family ticket": 0.8, "Season pass": 0.5}.get(phrase.name, 0.3)
    assert choose_names(said, phrases, ())[0] == ("Family ticket", "Season pass", texts[2])


def test_a_phrase_that_is_cut_off_is_no_further_name_nor_one_that_is_in_another() -> None:
    said = [[Mention(0, "a family ticket"), Mention(1, "the pass for a season")]]
    name = Phrase(("ticket",), "Family ticket", 1.0, 0.8, stems=frozenset(["ticket"]))
    cut_off = Phrase(("pass",), "Pass for a", 0.9, 0.8, stems=frozenset(["pass"]), whole=0.2)
    phrase = Phrase(("season",), "Pass for a season", 0.8, 0.7, stems=frozenset(["season", "pass"]))
    part = Phrase(("a", "season"), "A season", 0.7, 0.7, stems=frozenset(["year"]))
    texts = said[0][0].text, said[0][1].text
    assert choose_names(said, [[name, cut_off, phrase, part]], ())[0] == ("Family ticket", "Pass for a season")
    assert choose_names(said, [[name, cut_off]], ())[0] == ("Family ticket", texts[1])


def test_two_themes_never_have_nearly_the_same_name() -> None:
    first, second = names(["long walks", "long walks", "a long walk"], ["long walk", "long walks by the sea"])
    assert not are_similar_names(first[0], second[0])


def test_a_taken_name_is_skipped() -> None:
    (found,) = names(["honesty at breakfast", "honesty at breakfast", "honesty"], taken=("Honesty",))
    assert found[0] == "Honesty at breakfast"


def test_a_theme_of_stop_words_is_named_by_its_shortest_idea() -> None:
    first, second = names(["we just do", "we just do it"], ["we just do"])
    assert first == ("we just do",)
    assert second == ("we just do (2)",)


@for_each(
    "private",
    ["mail zoe@home.example", "zoe at home dot com", "zoe [at] home [dot] com", "ask @zoe_and_jo", "(020) 7946 0958"],
)
def test_no_name_comes_from_personal_data(private: str) -> None:
    (found,) = names([private, f"{private} please", "letters"])
    assert found == ("Letters",)


def quotes(texts: list[str], vectors: list[list[float]], answers: list[int] | None = None) -> list[str]:
    numbers = range(len(texts))
    ideas = [Idea(answers[at] if answers else at, 0, len(texts[at]), texts[at]) for at in numbers]
    rows = np.array(vectors, dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return [texts[number] for number in choose_quotes(ideas, list(numbers), rows, [0.8] * len(texts))]


def test_quotes_are_at_most_three_and_unlike_each_other() -> None:
    texts = [f"a sentence of a good length, number {number}" for number in range(5)]
    chosen = quotes(texts, [[1, 0, 0], [1, 0.01, 0], [0.6, 1, 0], [0.6, 0, 1], [1, 0, 0.01]])
    assert len(chosen) == 3
    assert {texts[2], texts[3]} < set(chosen)


def test_no_quote_holds_personal_data_or_says_nothing() -> None:
    texts = [
        "ring me on 555-0199 at any hour",
        "write to jo@mail.example, I answer",
        "lol",
        "we always pick up the phone",
    ]
    assert quotes(texts, [[1, 0], [1, 0.5], [1, 1], [0.5, 1]]) == ["we always pick up the phone"]


def test_where_all_answers_hold_personal_data_some_are_quoted() -> None:
    texts = [f"the night bus comes late https://buses.example/{number}" for number in range(4)] + ["https://x.example"]
    vectors: list[list[float]] = [[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [1, 0, 0]]
    assert len(quotes(texts, vectors)) == 3
    assert texts[4] not in quotes(texts, vectors)
    many = [f"bus {number} comes late, says @CityHall" for number in range(500)]
    assert quotes(many, [[1.0, number % 5, number % 7] for number in range(500)])


def test_one_answer_and_one_wording_are_quoted_once() -> None:
    texts = ["we laugh every single day", "we laugh at ourselves as well", "We laugh every single day!"]
    vectors = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.6]]
    assert len(quotes(texts, vectors, answers=[0, 0, 0])) == 1
    assert len(quotes(texts, vectors, answers=[0, 1, 2])) == 2


def test_a_readable_quote_goes_before_a_single_word() -> None:
    assert quotes(["Trust", "Trusting each other with everything"], [[1, 0.1], [1, -0.1]])[0].startswith("Trusting")


def test_keys_carry_over_by_overlap_and_new_ones_are_new() -> None:
    tea, dogs, cats = frozenset("abcd"), frozenset("efgh"), frozenset("wxyz")
    earlier = [EarlierTheme("t-dogs", dogs | {"i"}), EarlierTheme("t-tea", tea - {"a"})]
    keys = carry_keys([tea, dogs, cats], earlier)
    assert keys[:2] == ["t-tea", "t-dogs"]
    assert keys[2] not in {"t-tea", "t-dogs"}
    assert carry_keys([cats], ()) == keys[2:]


def test_a_theme_split_in_two_keeps_its_key_once() -> None:
    keys = carry_keys([frozenset("ab"), frozenset("cdefg")], [EarlierTheme("old", frozenset("abcdefg"))])
    assert keys.count("old") == 1
    assert len(set(keys)) == 2


def test_a_new_key_never_repeats_one_that_was_given_before() -> None:
    (first,) = carry_keys([frozenset("ab")], ())
    (other,) = carry_keys([frozenset("ab")], [EarlierTheme(first, frozenset("xyz"))])
    assert other != first


@for_each(
    "around",
    [
        "{} https://pictures.example/{}",
        "www.pictures.example/{1} {0}",
        "@TownHall {}",
        "{} @TownHall",
        "{} (sent by me{}@mail.example)",
        "jo{1}@mail.example: {0}",
        "{} +44 20 7946 01{:02}",
        "{} #20418{}",
        "{0} see pictures.example",
        "{} me{} at mail dot com",
    ],
)
def test_private_data_in_every_answer_hides_no_words(around: str) -> None:
    said = [
        ["The ferry is late", "More ferry trips", "A cheaper ferry"],
        ["The pool is cold", "Repair the pool", "A longer pool"],
    ]
    texts = [[around.format(text, number) for number, text in enumerate(theme)] for theme in said]
    first, second = (own[0] for own in names(*texts))
    assert "ferry" in first.lower()
    assert "pool" in second.lower()
    for name in (first, second):
        assert not any(word in name.lower() for word in ("example", "mail", "7946", "20418", "townhall", "other"))


def test_quotes_with_private_data_are_chosen_only_where_there_are_no_others() -> None:
    texts = ["The ferry is late https://a.example", "More ferry trips at night @TownHall", "mail@b.example"]
    ideas = [Idea(number, 0, len(text), text) for number, text in enumerate(texts)]
    vectors = np.eye(3, 8, dtype=np.float32) + 0.1
    assert set(choose_quotes(ideas, [0, 1, 2], vectors, [1.0, 1.0, 1.0])) == {0, 1}
    clean = [*ideas, Idea(3, 0, 24, "A ferry in the afternoon")]
    assert choose_quotes(clean, [0, 1, 2, 3], np.eye(4, 8, dtype=np.float32) + 0.1, [1.0] * 4) == (3,)


def test_phrases_of_one_theme_are_those_it_has_among_all() -> None:
    said = [
        [Mention(0, "a good dog"), Mention(1, "the dog and the sofa"), Mention(2, "our dogs are good dogs")],
        [Mention(3, "a good cup of tea"), Mention(4, "good strong tea"), Mention(5, "la bonne tasse de thé", "fr")],
        [Mention(6, "la bonne tasse", "fr"), Mention(7, "une bonne tasse de thé", "fr")],
    ]
    every = rank_phrases(said)
    assert all(every)
    for number in range(3):
        assert rank_phrases(said, wanted=[number]) == [own if at == number else [] for at, own in enumerate(every)]


def test_what_lies_near_another_theme_is_less_near() -> None:
    axes = np.eye(3, dtype=np.float32)
    points = np.stack([axes[0], (axes[0] + axes[1]) / 2**0.5])
    none = np.zeros(3, dtype=np.float32)
    assert np.allclose(nearness_to_theme(points, none, axes[0], axes[1:]), [1.0, 2**-0.5 / 2])
    assert np.allclose(nearness_to_theme(points, none, axes[0], axes[:0]), [1.0, 2**-0.5])
