"""Personal data is masked where strangers read."""

from __future__ import annotations

import pytest
from personal_data import EMAILS, NEITHER, PHONES

from survey import quotes
from survey.personal_data import masked, personal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail jo@example.com now", "mail [e-mail address] now"),
        ("jo.o'neil+x@mail.example.co.uk", "[e-mail address]"),
        ("ring 555-0142 after six", "ring [phone number] after six"),
        ("on +44 20 7946 0958.", "on [phone number]."),
        ("(020) 7946 0958", "[phone number]"),
        ("+1 (555) 010-0199!", "[phone number]!"),
        ("call 07700 900123", "call [phone number]"),
        ("see https://example.com/x?y=1 or www.example.org", "see [link] or [link]"),
        ("married 1972-06-03, 50 years", "married 1972-06-03, 50 years"),
        ("from 1998-2004 we fought", "from 1998-2004 we fought"),
        ("52 years, 3 children, 11 moves", "52 years, 3 children, 11 moves"),
        ("$200 into $9,000", "$200 into $9,000"),
        ("@home we laugh", "@home we laugh"),
    ],
)
def test_what_is_masked_and_what_is_not(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_quote_hides_what_stands_around_its_idea() -> None:
    shown = quotes.quote("Listen first. Mail me: jo@example.com", 0, 12)
    assert (shown.idea, shown.after) == ("Listen first", ". Mail me: [e-mail address]")


def test_nineteen_of_twenty_samples_are_found_and_ordinary_sentences_are_left() -> None:
    samples = EMAILS + PHONES
    assert len(set(samples)) == 60
    missed = [text for text in samples if not personal(text)]
    assert len(missed) <= 0.05 * len(samples), missed
    assert [text for text in NEITHER if personal(text)] == []


def test_masks_leave_the_rest_as_it_is() -> None:
    assert masked("maria (at) example [dot] com, she said") == "[e-mail address], she said"
    assert masked("Write to maria at example dot com or ring 212-555-0147") == (
        "Write to [e-mail address] or ring [phone number]"
    )
