"""Non-answers, folding and private data."""

import pytest

from analysis.text.nonanswers import is_nonanswer
from analysis.text.normalise import fold, tidy
from analysis.text.personal_data import has_personal_data
from tests.support.every_case import for_each

NONANSWERS = [
    *("", "   ", "\u200b\u2060", ".", "???", "42", "x", "\U0001f44d\U0001f44d", "\u2764\ufe0f", "\u2026"),
    *(
        "idk",
        "IDK lol",
        "I don't know",
        "i don\u2019t know, sorry",
        "dunno tbh",
        "n/a",
        "N/A.",
        "none",
        "ok",
        "Yes!",
        "test",
    ),
    *(
        "ask me next year",
        "hahaha wish I knew",
        "lol",
        "nothing",
        "Nothing to say",
        "no comment",
        "not sure, ask my wife",
        "Ask the dog",
    ),
    *(
        "asdf",
        "qwerty",
        "jkjkjkjk",
        "zzzzzz",
        "sdfghjk",
        "Don't ask me, mine left",
        "keine Ahnung",
        "Ich wei\u00df nicht",
        "https://a.example/x",
    ),
    "WIN a FREE phone, click https://prizes.example/now",
    "cheap followers at grow-fast.example",
    "great crypto signals, message her @rich_quick_anna",
    *("my number is 555-0142 33", "رقمي 0551234567", "電話番号は090-1234-5678です", "mail me: ann@example.com"),
]

ANSWERS = [
    *(
        "Trust",
        "trust!!",
        "Nothing beats honesty",
        "No secrets",
        "TLC",
        "Test your patience daily",
        "Love \u2764\ufe0f",
    ),
    *(
        "Paciencia",
        "\u4fe1",
        "\u4fe1\u983c",
        "\u0627\u0644\u062b\u0642\u0629",
        "\u092a\u094d\u092f\u093e\u0930",
        "Vertrauen",
    ),
    *(
        "Ask her how her day was",
        "Ask my wife about her day and listen",
        "ok is never enough",
        "Saying sorry",
        "I'm sorry",
    ),
    *("idk, trust i guess", "Be free", "rhythm", "Winning together", "Knowing when to say nothing"),
    "call me any time on 555-0199, that is friendship",
    *(
        "Honesty, call +44 20 7946 0958",
        "Trust! 555-0142 33",
        "open from 9.00 to 17.30",
        "20 000 bikes",
        "ring 020 7946 0958 and nobody answers",
        "a lift by 12/05/2027",
    ),
]


@for_each("text", NONANSWERS)
def test_says_nothing(text: str) -> None:
    assert is_nonanswer(text)


@for_each("text", ANSWERS)
def test_says_something(text: str) -> None:
    assert not is_nonanswer(text)


@for_each(
    ("one", "other"),
    [
        ("Be honest.", "be honest"),
        ("Don\u2019t nag", "don't NAG!"),
        ("Love \U0001f495", "love"),
        ("caf\u00e9 dates", "cafe\u0301 dates"),
        ("\uff34\uff52\uff55\uff53\uff54", "trust"),
        ("trust\u200b me", "trust me"),
        ("give\u2028and\ttake", "Give and take"),
    ],
)
def test_one_wording(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("trust", "truth"), ("\u092a\u093e", "\u092a\u0940"), ("50/50", "5050")])
def test_two_wordings(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_text_without_words_folds_to_itself() -> None:
    assert fold(" \U0001f600 ") == "\U0001f600"


def test_tidy_keeps_joined_emoji_and_drops_what_nobody_sees() -> None:
    assert tidy(" a\u200b\x00b\u2028 \U0001f468\u200d\U0001f469 ") == "a b \U0001f468\u200d\U0001f469"


@for_each(
    ("text", "private"),
    [
        ("write to jo.bloggs@mail.example", True),
        ("see www.us-two.example/photos", True),
        ("ring 555-0199", True),
        ("ring +44 20 7946 0123 any time", True),
        ("message @jo_and_sam", True),
        ("ticket #204188", True),
        ("We married in 1998 and split the work 50/50", False),
        ("Be kind.Listen", False),
        ("27 years, 3 kids, 1 rule", False),
    ],
)
def test_personal_data(text: str, private: bool) -> None:
    assert has_personal_data(text) is private
