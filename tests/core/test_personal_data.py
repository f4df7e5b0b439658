"""Personal data is masked where strangers read."""

from __future__ import annotations

import re
import zlib

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from analysis.text.personal_data import _LENGTH_OF_ACCOUNT, has_personal_data
from survey.core.database import db
from survey.core.models import Answer, Placement, Theme
from survey.core.personal_data import find_personal_data, mask_personal_data
from survey.results import quotes
from tests.support.every_case import for_each
from tests.support.filled_survey import Says, fill
from tests.support.own_cookie import know
from tests.support.personal_data import EMAILS, HALVES, NEITHER, PHONES
from tests.support.stranger import read_everything
from tests.support.visitors import SLUG


@for_each(
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
        ("write to jane at example dot com", "write to [e-mail address]"),
        ("my shop is ruths-bread.example/now, come", "my shop is [link] come"),
        ("ask @ruth_and_jo about it", "ask [user name] about it"),
        ("ticket #204188", "ticket [number]"),
    ],
)
def test_what_is_masked_and_what_is_not(text: str, shown: str) -> None:
    assert mask_personal_data(text) == shown


SECRETS = ("jane at example dot com", "@jane_and_jo", "janes-bread.example", "020 7946 0958")


def test_no_page_shows_what_was_kept_before_it_was_recognised(app: Flask) -> None:
    """A theme that is named by an address, one that is called by it too, and the voice nearest to a new answer."""
    says = [Says(f"Trust {secret}, {n}", [(f"Trust {secret}", SECRETS[0])]) for n, secret in enumerate(SECRETS)]
    says += [Says(f"So write {SECRETS[0]} now", [("write jane at", "Letters")], part=SECRETS[3])] * 2
    says += [Says("Call", [("Call", SECRETS[2])])] * 2
    filled = fill(app, says)
    with app.app_context():
        theme = db.session.query(Theme).filter_by(name=SECRETS[0]).one()
        theme.description = f"Also said: {SECRETS[1]}"
        text = says[4].text
        nearest = [f"{5:016x}", text.index("write"), text.index(" at"), zlib.crc32(b"write jane")]
        own = db.session.get_one(Answer, 7)
        own.nearest = nearest
        db.session.query(Placement).filter_by(theme_id=filled.themes["Letters"]).update({"quote": 0})
        db.session.commit()
    pages = read_everything(app.test_client(), SLUG).pages
    client = app.test_client()
    with app.app_context():
        know(client, 7)
    thanks = pages["thanks"] = client.get(f"/s/{SLUG}/thanks").text
    assert "<mark>write [e-mail address]</mark>" in thanks
    assert "[link]</bdi></a>" in thanks
    assert len(pages) > 10
    for address, page in pages.items():
        for secret in ("jane", "example dot", "7946"):
            assert secret not in page.lower(), f"{address} shows {secret}"


@for_each("text", [*EMAILS, *PHONES, *SECRETS, "ticket #204188"])
def test_what_is_masked_is_nothing_to_name_or_quote_by(text: str) -> None:
    assert has_personal_data(text) == (mask_personal_data(text) != text)


def test_a_quote_hides_what_stands_around_its_idea() -> None:
    shown = quotes.quote("Listen first. Mail me: jo@example.com", 0, 12)
    assert (shown.idea, shown.after) == ("Listen first", ". Mail me: [e-mail address]")


def test_nineteen_of_twenty_samples_are_found_and_ordinary_sentences_are_left() -> None:
    samples = EMAILS + PHONES
    assert len(set(samples)) == 60
    missed = [text for text in samples if not find_personal_data(text)]
    assert len(missed) <= 0.05 * len(samples), missed
    assert [text for text in NEITHER if find_personal_data(text)] == []


def test_masks_leave_the_rest_as_it_is() -> None:
    assert mask_personal_data("maria (at) example [dot] com, she said") == "[e-mail address], she said"
    assert mask_personal_data("Write to maria at example dot com or ring 212-555-0147") == (
        "Write to [e-mail address] or ring [phone number]"
    )


@for_each("text", HALVES)
def test_nothing_is_half_covered(text: str) -> None:
    left = re.sub(r"\[[a-z -]+\]", "", mask_personal_data(f"Say {text}, please")).casefold()
    assert re.sub(r"[^\w]+", " ", left).split() in (
        ["say", "please"], ["say", "my", "iban", "is", "please"], ["say", "tel", "please"], ["say", "电话", "please"],
        ["say", "x", "please"], ["say", "us", "please"],
    )  # fmt: skip


@st.composite
def accounts(draw: st.DrawFn) -> str:
    """A bank account of some country: with its length, in groups or not, in capitals or not; most of it digits."""
    country = draw(st.sampled_from(sorted(_LENGTH_OF_ACCOUNT)))
    bank = draw(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=4, max_size=4))
    own = draw(st.text("0123456789", min_size=40, max_size=40))
    whole = f"{country}{own[:2]}{draw(st.sampled_from((bank, '')))}{own[2:]}"[: _LENGTH_OF_ACCOUNT[country]]
    gap = draw(st.sampled_from(("", " ", "-", ".", "\u00a0")))
    text = gap.join(whole[at : at + 4] for at in range(0, len(whole), 4))
    return text.lower() if draw(st.booleans()) else text


@given(accounts())
def test_an_account_of_any_country_is_covered_whole_and_nothing_around_it(account: str) -> None:
    assert mask_personal_data(f"it is {account} of mine") == "it is [number] of mine"


@given(
    st.lists(st.text("123456789", min_size=2, max_size=4), min_size=4, max_size=6),
    st.sampled_from((" ", "-", " - ", " / ", "/", "·", "–", ". ")),
    st.sampled_from(("", "+49 ", "+49 (0)", "0")),
    st.sampled_from(("", "x", " now", ", or 3 more", "!")),
)
def test_a_long_number_in_groups_is_covered_whole_or_not_at_all(
    groups: list[str], gap: str, before: str, after: str
) -> None:
    number = before + gap.join(groups)
    shown = mask_personal_data(f"ring {number}{after}")
    assert shown in (f"ring [phone number]{after}", f"ring {number}{after}")
    if before and len("".join(groups)) > 6:
        assert "[phone number]" in shown


@given(st.lists(st.integers(1500, 2099), min_size=1, max_size=3), st.sampled_from((" ", "-", " – ", ". ", ", ")))
def test_years_stay(years: list[int], gap: str) -> None:
    said = f"It was {gap.join(map(str, years))}, mostly."
    assert mask_personal_data(said) == said
