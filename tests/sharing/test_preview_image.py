"""The picture beside a link: its size, its weight, what it is drawn from, and that no text breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from survey.core.settings import PROJECT
from survey.sharing import fonts, preview_image, text_layout
from survey.sharing.preview_image import Card, Thread
from survey.sharing.text_layout import SERIF_STYLE, Face
from tests.support.every_case import for_each
from tests.whole.test_palette import palettes

QUESTION = "What’s your secret to a lasting relationship?"
THREADS = (Thread("Listening", 1, 43), Thread("Honesty", 2, 34), Thread("Laughing together", 3, 28))
ASKED = Card(QUESTION, "Ruth Adeyemi")
ANSWERED = Card(QUESTION, "Ruth Adeyemi", 124, THREADS)
NASTY = {
    "long": Card("Why do people who " + "love each other dearly " * 8 + "go?", "R" * 80, 12345, THREADS),
    "one word": Card("W" * 200, "A" * 80),
    "nothing": Card("", "", 0),
    "a long theme": Card(QUESTION, "", 9, (Thread("Being there when it is hard " * 4, 12, 7), Thread("X", 11, 1))),
    "right to left": Card("ما هو سر علاقة تدوم طويلا مع Ruth في 2026؟", "רות", 3, (Thread("הקשבה", 4, 3),)),
    "han": Card("长久关系的秘诀是什么？" * 9, "露丝"),
    "hangul and kana": Card("오래가는 관계의 비결은? 長く続く関係の秘訣は?", "룻"),
    "devanagari and thai": Card("आपके लंबे रिश्ते का राज़ क्या है? เคล็ดลับของความสัมพันธ์", "रूथ"),
    "no letters for it": Card("འདི་ག་རེ་རེད།", "ᐃᓄᒃ", 5, (Thread("ᏣᎳᎩ", 3, 4),)),
    "emoji": Card("Love? 👨‍👩‍👧‍👦 ❤️ 👍🏽 🇩🇪", "😀"),
    "controls": Card("A\u202eb\u0000c\u2066d\ud800 e\u0301\u0301\u0301?", "\n\t"),
    "markup": Card('<b>Why</b> & "how" =1+1\'; DROP TABLE', "{{ 7*7 }}"),
}


def opened(card: Card) -> Image.Image:
    image = Image.open(BytesIO(preview_image.draw(card)))
    image.load()
    return image


def ink(image: Image.Image, box: tuple[int, int, int, int], paper: str = preview_image.PAPER) -> int:
    """How many pixels of a part are not paper."""
    part = image.convert("RGB").crop(box)
    blank = tuple(int(paper[i : i + 2], 16) for i in (1, 3, 5))
    return sum(count for count, colour in part.getcolors(part.width * part.height) or [] if colour != blank)


@pytest.mark.parametrize("card", [ASKED, ANSWERED, *NASTY.values()], ids=["asked", "answered", *NASTY])
def test_every_picture_is_a_png_of_the_size_feeds_want_and_light(card: Card) -> None:
    image = opened(card)
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert len(preview_image.draw(card)) < 100_000


@for_each("card", [ASKED, ANSWERED, *NASTY.values()], ids=["asked", "answered", *NASTY])
def test_letters_stay_inside_the_margins(card: Card) -> None:
    image = opened(card)
    assert ink(image, (1200 - 40, 215, 1200, 630)) == 0
    assert ink(image, (0, 610, 1200, 630)) == 0


def test_the_same_card_is_the_same_image_and_another_card_another() -> None:
    first = preview_image.draw(ANSWERED)
    preview_image._draw.cache_clear()
    text_layout.runs.cache_clear()
    assert preview_image.draw(ANSWERED) == first
    changed = [
        replace(ANSWERED, question="Another question?"),
        replace(ANSWERED, people=125),
        replace(ANSWERED, threads=(*THREADS[:2], Thread("Laughing together", 4, 28))),
        replace(ANSWERED, threads=(*THREADS[:2], Thread("Laughing together", 3, 12))),
    ]
    assert len({preview_image.draw(card) for card in [ANSWERED, *changed]}) == 5
    assert len({preview_image.version(card) for card in [ANSWERED, *changed]}) == 5
    assert re.fullmatch("[0-9a-f]{12}", preview_image.version(ANSWERED))


def test_bars_are_as_long_as_their_people_and_of_their_colour() -> None:
    image = opened(ANSWERED).convert("RGB")
    ends = []
    for y, thread in zip((322, 404, 486), THREADS, strict=True):
        dye = preview_image.DYES[thread.colour - 1]
        wanted = tuple(int(dye[i : i + 2], 16) for i in (1, 3, 5))
        row = [image.getpixel((x, y + 10)) for x in range(1200)]  # below the frayed end, in the lower half of the bar
        near = [x for x, seen in enumerate(row) if isinstance(seen, tuple) and _far(seen, wanted) < 40]
        ends.append(max(near))
    longest = ends[0]
    assert longest > 700
    for end, thread in zip(ends, THREADS, strict=True):
        assert end == pytest.approx(longest * thread.people / 43, abs=6)


def _far(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def test_colours_are_those_of_the_stylesheet() -> None:
    css = palettes()["light"]
    assert list(preview_image.DYES) == [css[f"theme-{n}"] for n in range(1, 13)]
    names = ("paper", "ink", "muted", "action", "second")
    assert [css[name] for name in names] == [
        preview_image.PAPER, preview_image.INK, preview_image.MUTED, preview_image.ACTION, preview_image.SECOND,
    ]  # fmt: skip


def test_loops_are_those_of_the_answer_page() -> None:
    drawn = (PROJECT / "templates" / "macros" / "threads.html").read_text(encoding="utf-8")
    for path in (
        preview_image.STRAND,
        preview_image.OVER,
        preview_image.OVER_GAP,
        preview_image.LOWER_GAP,
        preview_image.UPPER,
        preview_image.UPPER_GAP,
    ):
        assert path in drawn


def test_a_question_with_a_letter_that_no_font_has_is_not_misquoted() -> None:
    assert not text_layout.drawable(SERIF_STYLE, "Why ᏣᎳᎩ?")
    assert preview_image.draw(Card("Why ᏣᎳᎩ?", "")) == preview_image.draw(Card("One question", ""))


def test_signs_that_no_font_has_are_left_out() -> None:
    assert [run.text for run in text_layout.runs(SERIF_STYLE, "Love\U0010fffd?") or ()] == ["Love?"]
    assert not text_layout.drawable(SERIF_STYLE, "\u202e\ufe0f ")


@for_each(
    ("text", "file"),
    [
        ("Łódź, Ελλάδα, Київ, Việt Nam", "SourceSerif4"),
        ("مرحبا", "Arabic"),
        ("שלום", "Hebrew"),
        ("नमस्ते", "Devanagari"),
        ("გამარჯობა", "Georgian"),
        ("你好", "CJK"),
        ("안녕", "CJK"),
    ],
)
def test_each_script_has_a_font(text: str, file: str) -> None:
    runs = text_layout.runs(SERIF_STYLE, text)
    assert (runs is not None and file in runs[0].face.file and len(runs) == 1) or not text_layout.CAN_SHAPE


def test_lines_fit_and_are_of_much_the_same_length() -> None:
    lines = text_layout.wrapped(SERIF_STYLE, QUESTION, 88, 1056)
    assert lines == ["What’s your secret to", "a lasting relationship?"]
    lines = text_layout.wrapped(SERIF_STYLE, "W" * 200, 44, 1056)
    assert "".join(lines) == "W" * 200
    assert all(text_layout.length(SERIF_STYLE, line, 44) <= 1056 for line in lines)


def test_a_space_between_two_directions_stays_between_them() -> None:
    runs = text_layout.runs(SERIF_STYLE, "רות asks")
    if not text_layout.CAN_SHAPE:
        return
    assert [run.text for run in text_layout._ordered(runs or (), rtl=False)] == ["רות", " asks"]


@pytest.fixture
def forgetful() -> Iterator[None]:
    """Files are read and compared as in a new process, before and after."""
    kept = (fonts._verify, text_layout.covered, text_layout.font, text_layout.runs)
    for each in kept:
        each.cache_clear()
    yield
    for each in kept:
        each.cache_clear()


@pytest.mark.parametrize(("package", "file"), fonts.PUBLISHED_SHA256)
def test_a_font_with_one_byte_changed_is_refused(
    package: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgetful: None
) -> None:
    changed = bytearray((resources.files(package) / file).read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_bytes(changed)
    assert text_layout.covered(package, file, 0)
    fonts._verify.cache_clear()
    text_layout.covered.cache_clear()
    monkeypatch.setattr("survey.sharing.fonts.resources.files", lambda _: tmp_path)
    for read in (
        lambda: text_layout.covered(package, file, 0),
        lambda: text_layout.font(Face(package, file, (400,)), 20),
    ):
        with pytest.raises(fonts.FontError, match=re.escape(f"{file} is not the published one")):
            read()


def test_every_font_that_is_read_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_layout, "CAN_SHAPE", True)
    styles = (text_layout.SERIF_STYLE, text_layout.ITALIC, text_layout.SANS, text_layout.SANS_BOLD)
    asked = {(face.package, face.file) for style in styles for face in text_layout.faces(style, "")}
    assert asked == set(fonts.PUBLISHED_SHA256)


def test_a_tentative_theme_is_a_running_stitch_there_too() -> None:
    firm, tentative = (Card(QUESTION, "", 9, (Thread("Honesty", 2, 5, tentative),)) for tentative in (False, True))
    assert preview_image.version(firm) != preview_image.version(tentative)
    row = (0, 404, 700, 405)
    gaps = 700 - ink(opened(tentative), row)
    assert gaps > ink(opened(tentative), row) / 4
    assert ink(opened(firm), row) == 700


@pytest.mark.slow
def test_its_own_words_are_in_the_language_of_the_survey() -> None:
    for card in (ASKED, ANSWERED, Card(QUESTION, "Ruth Adeyemi", 0), Card("ᏣᎳᎩ", "")):
        spanish = replace(card, language="es")
        assert preview_image.version(spanish) != preview_image.version(card)
        assert preview_image.draw(spanish) != preview_image.draw(card)
        assert preview_image.draw(replace(card, language="es-MX")) == preview_image.draw(spanish)
        assert preview_image.draw(replace(card, language="xx")) == preview_image.draw(card)


def test_the_threads_begin_where_the_writing_of_the_survey_does() -> None:
    thread = (Thread("الإصغاء", 1, 40),)
    card = Card("ما سرّ العلاقة التي تدوم؟", "ليلى", 312, thread)
    left, right = (0, 404, 40, 405), (preview_image.WIDTH - 40, 404, preview_image.WIDTH, 405)
    assert (ink(opened(card), left), ink(opened(card), right)) == (40, 0)
    for language in ("ar", "ar-EG", "he"):
        mirrored = opened(replace(card, language=language))
        assert (ink(mirrored, left), ink(mirrored, right)) == (0, 40)
        middle = preview_image.WIDTH // 2
        said = (preview_image.MARGIN, 555, middle, 590), (middle, 555, preview_image.WIDTH, 590)
        assert ink(mirrored, said[1]) > 200  # how many answered; the mark is on the other side
    japanese = opened(replace(card, language="ja"))
    assert (ink(japanese, left), ink(japanese, right)) == (40, 0)
