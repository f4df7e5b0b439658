"""Splitting an answer into ideas."""

import time
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.text.split_ideas import MAX_IDEA_CHARACTERS, MAX_IDEAS, split_ideas
from tests.support.every_case import for_each
from tests.support.examples import examples

SPLITS: list[tuple[str, list[str]]] = [
    ("Listen, be honest and laugh a lot", ["Listen", "be honest", "laugh a lot"]),
    ("salt and pepper of life", ["salt and pepper of life"]),
    ("Close mouth, open ears.", ["Close mouth, open ears"]),
    ("Trust", ["Trust"]),
    ("trust, patience, good food and a warm bed", ["trust", "patience", "good food", "a warm bed"]),
    ("Trust & respect!", ["Trust", "respect"]),
    ("TRUST RESPECT LOVE", ["TRUST", "RESPECT", "LOVE"]),
    ("trust respect love and laughter!", ["trust", "respect", "love", "laughter"]),
    ("love food", ["love food"]),
    ("Love is patience", ["Love is patience"]),
    ("listening skills", ["listening skills"]),
    ("a long walk, and a bath when it rains", ["a long walk", "a bath when it rains"]),
    ("It snowed, and my wife and I stayed in", ["It snowed", "my wife and I stayed in"]),
    ("TRUST, LAUGHTER, WINE", ["TRUST", "LAUGHTER", "WINE"]),
    ("Always say sorry and never sulk", ["Always say sorry", "never sulk"]),
    ("give and take", ["give and take"]),
    ("My sister and I have one rule", ["My sister and I have one rule"]),
    ("be honest and kind", ["be honest and kind"]),
    ("trust; space; tea", ["trust", "space", "tea"]),
    ("Talk. Then talk some more!", ["Talk", "talk some more"]),
    ("- trust\n- humour\n\n* tea", ["trust", "humour", "tea"]),
    ("\u2022 trust \u2022 humour", ["trust", "humour"]),
    ("1. trust\n2) humour\n3. tea", ["trust", "humour", "tea"]),
    ("1. a walk 2. a talk 3. a cuddle", ["a walk", "a talk", "a cuddle"]),
    ("Nobody says it at 22. You work at it", ["Nobody says it at 22", "You work at it"]),
    ("trust\u2028humour\r\ntea", ["trust", "humour", "tea"]),
    ("Cook for her, e.g. soup at midnight", ["Cook for her, e.g. soup at midnight"]),
    ("honesty - trust - love", ["honesty", "trust", "love"]),
    ("Walks - every single day", ["Walks - every single day"]),
    ("Honesty/trust/respect and/or luck", ["Honesty", "trust", "respect and/or luck"]),
    ("a) a walk b) a talk", ["a walk", "a talk"]),
    ("My wife and kids are my everything", ["My wife and kids are my everything"]),
    ("Dr. Lee told us to breathe", ["Dr. Lee told us to breathe"]),
    ("Walk 2.5 miles a day", ["Walk 2.5 miles a day"]),
    ("we wait... then we talk", ["we wait", "we talk"]),
    ("our blog is https://us.example/a,b;c.html", ["our blog is https://us.example/a,b;c.html"]),
    ("\u201cI love you\u201d", ["I love you"]),
    ("I \u2764\ufe0f my wife", ["I \u2764\ufe0f my wife"]),
    (
        "\u0627\u0644\u062b\u0642\u0629\u060c \u0627\u0644\u0635\u0628\u0631",
        ["\u0627\u0644\u062b\u0642\u0629", "\u0627\u0644\u0635\u0628\u0631"],
    ),
    ("\u4fe1\u983c\u3002\u5c0a\u656c\u3002", ["\u4fe1\u983c", "\u5c0a\u656c"]),
    ("Be patient, even when it is hard", ["Be patient, even when it is hard"]),
    ("Louder basses, softer altos", ["Louder basses", "softer altos"]),
    ("cheap tea, kind people and singing one's heart out", ["cheap tea", "kind people", "singing one's heart out"]),
    ("Sing first, talk later", ["Sing first, talk later"]),
    ("Don't try and sing over them, love", ["Don't try and sing over them, love"]),
    ("That song is a bore, Karen", ["That song is a bore, Karen"]),
    ("1)a lamp 2)a stool 3)tea", ["a lamp", "a stool", "tea"]),
    ("(1) a lamp (2) a stool", ["a lamp", "a stool"]),
    ("1 lamp 2 stools 3 cups", ["lamp", "stools", "cups"]),
    ("1\ufe0f\u20e3 a lamp 2\ufe0f\u20e3 a stool", ["a lamp", "a stool"]),
    ("1-on-1 lessons", ["1-on-1 lessons"]),
    ("- a lamp - a stool - tea", ["a lamp", "a stool", "tea"]),
    ("more songs less talk", ["more songs", "less talk"]),
    ("more of the same less often", ["more of the same less often"]),
    (
        "a lamp, a stool and somewhere warm to hang up wet coats",
        ["a lamp", "a stool", "somewhere warm to hang up wet coats"],
    ),
    (
        "too loud / no tea / the hall was nothing like the old one",
        ["too loud", "no tea", "the hall was nothing like the old one"],
    ),
    ("The altos are loud and the basses were late", ["The altos are loud", "the basses were late"]),
    ("The altos are loud but the tea is good", ["The altos are loud", "the tea is good"]),
    ("Good songs, terrible tea", ["Good songs", "terrible tea"]),
    ("I bought a ticket but the hall was shut", ["I bought a ticket but the hall was shut"]),
    ("not only the altos but the basses are late", ["not only the altos but the basses are late"]),
    ("I come early, sit by the door, read the notes", ["I come early, sit by the door, read the notes"]),
    ("Stay calm and focused on the song", ["Stay calm and focused on the song"]),
    ("Don't sell the piano, sell the organ", ["Don't sell the piano, sell the organ"]),
    ("The hall didn't. Open windows", ["The hall didn't", "Open windows"]),
    ("Honesty lol. thats it", ["Honesty lol"]),
    ("idk", []),
    ("", []),
]


@for_each(("answer", "ideas"), SPLITS)
def test_splits(answer: str, ideas: list[str]) -> None:
    assert [answer[start:end] for start, end in split_ideas(answer)] == ideas


pieces = st.sampled_from(
    [
        *(
            "trust",
            "be honest",
            "listen",
            " and ",
            " but ",
            ", ",
            ". ",
            "...",
            "; ",
            "\n- ",
            "\n1. ",
            "\u2028",
            "(",
            ")",
            '"',
        ),
        *(
            "\u201c",
            "\u201d",
            "'",
            "\U0001f468\u200d\U0001f469",
            "\u2764\ufe0f",
            "\u200b",
            "\u0627\u0644",
            "\u4fe1\u3002",
            " ",
        ),
        *("https://a.example/b,c", "e.g. ", "3.5", ": ", " - ", "\u2022", "\x00", "=1+1", "don't", "WE LAUGH"),
    ]
)


@given(st.one_of(st.text(max_size=300), st.lists(pieces, max_size=60).map("".join)))
@settings(max_examples=examples(400), deadline=None)
def test_spans_are_exact_ordered_and_without_overlap(answer: str) -> None:
    spans = split_ideas(answer)
    assert len(spans) <= MAX_IDEAS
    for start, end in spans:
        assert 0 <= start < end <= len(answer)
        assert answer[start:end].strip() == answer[start:end]
        assert any(character.isalnum() for character in answer[start:end])
    for (_, end), (start, _) in pairwise(spans):
        assert end <= start


@for_each(
    "answer",
    [
        "trust" * 2_000,
        "trust, " * 2_000,
        "trust and " * 1_000,
        "," * 5_000 + "trust",
        "we talk and we laugh. " * 250,
        "kind words " * 500,
        "(" * 2_500 + "trust" + '"' * 2_500,
        "\u2764\ufe0f " * 2_000 + "love",
        "a. " * 2_000,
        "1. " * 2_000,
        "https://a.example/" * 300,
        "x@" * 2_500,
        "a.a-" * 2_500,
        "9 " * 2_500 + "years",
    ],
    ids=lambda answer: answer[:8],
)
def test_long_answers_stay_quick_and_bounded(answer: str) -> None:
    started = time.thread_time()
    spans = split_ideas(answer)
    assert time.thread_time() - started < 1
    assert len(spans) <= MAX_IDEAS


@for_each(
    ("answer", "ideas"),
    [
        ("-5 degrees is too cold for me", ["-5 degrees is too cold for me"]),
        ("+1 for showers and lockers", ["+1 for showers and lockers"]),
        ("=1+1 more lanes", ["=1+1 more lanes"]),
        ("- 5 more lanes", ["5 more lanes"]),
        ("-more lanes\n-more trees", ["more lanes", "more trees"]),
        ("More lanes here.\n-5 degrees is too cold", ["More lanes here", "-5 degrees is too cold"]),
        ("We close at 5-6 often", ["We close at 5-6 often"]),
    ],
)
def test_a_sign_right_before_a_number_belongs_to_it(answer: str, ideas: list[str]) -> None:
    assert [answer[start:end].rstrip(".") for start, end in split_ideas(answer)] == ideas


def test_what_is_said_again_in_the_same_words_is_one_idea() -> None:
    answer = "The ferry is late. Warmer cabins! " + "the ferry is LATE. " * 100
    assert [answer[start:end] for start, end in split_ideas(answer)] == ["The ferry is late", "Warmer cabins"]


def test_a_long_list_keeps_its_last_item() -> None:
    answer = ", ".join(f"item{number}" for number in range(500))
    start, end = split_ideas(answer)[-1]
    assert "item499" in answer[start:end]


def test_a_run_without_punctuation_is_cut_at_spaces() -> None:
    answer = "keep going together through everything " * 60
    spans = split_ideas(answer)
    assert len(spans) > 1
    assert all(end - start <= MAX_IDEA_CHARACTERS for start, end in spans)
    assert all(answer[end : end + 1] in ("", " ") for _, end in spans)
