"""How it looks and speaks: the palette is measured, the templates are read.

Text needs 4.5:1, parts of controls and threads 3:1 (WCAG 2.2, 1.4.3 and 1.4.11). The twelve theme
colours must also stay apart (CIEDE2000) when seen with protanopia, deuteranopia or tritanopia,
simulated with the matrices of Machado, Oliveira and Fernandes (2009), severity 1.
"""

import math
import re
from itertools import combinations
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.support.every_case import for_each

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
ANSWER_PAGE_LIMIT = 50_000

TEXT, PART, APART = 4.5, 3.0, 9.0
THEMES = [f"theme-{n}" for n in range(1, 13)]
TEXT_PAIRS = [
    ("ink", "paper"), ("ink", "sheet"), ("ink", "action-tint"),
    ("muted", "paper"), ("muted", "sheet"),
    ("action", "paper"), ("action", "sheet"), ("action-strong", "paper"), ("action-strong", "sheet"),
    ("on-button", "button"), ("on-button", "button-strong"),
    *[(theme, ground) for theme in THEMES for ground in ("paper", "sheet")],
    *[("ink", f"{theme}-tint") for theme in THEMES],
]  # fmt: skip
PART_PAIRS = [
    ("edge", "paper"), ("edge", "sheet"), ("button", "paper"), ("action", "action-tint"),
    ("second", "paper"), ("loose", "paper"),
    *[(theme, f"{theme}-tint") for theme in THEMES],
]  # fmt: skip

Colour = tuple[float, float, float]
Matrix = tuple[Colour, Colour, Colour]
SEEN_AS: dict[str, Matrix] = {
    "everybody": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def palettes() -> dict[str, dict[str, str]]:
    """The colour variables, light and dark (dark inherits what it does not set)."""
    css = (STATIC / "base.css").read_text(encoding="utf-8")
    colours = re.compile(r"--([\w-]+):\s*(#[0-9a-fA-F]{6})")
    before, _, rest = css.partition("@media screen and (prefers-color-scheme: dark)")
    light = dict(colours.findall(before))
    dark = dict(colours.findall(rest[: rest.index("\n}")]))
    return {"light": light, "dark": light | dark}


def linear(colour: str) -> Colour:
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    bend = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (r, g, b)]
    return bend[0], bend[1], bend[2]


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    dark, light = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(one), linear(other)))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: Colour) -> Colour:
    r, g, b = (min(max(value, 0.0), 1.0) for value in rgb)
    xyz = (
        (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
        0.2126729 * r + 0.7151522 * g + 0.0721750 * b,
        (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883,
    )
    x, y, z = (math.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def ciede2000(one: Colour, other: Colour) -> float:
    """Colour difference; formula of Sharma, Wu and Dalal (2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    c7 = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - math.sqrt(c7 / (c7 + 25**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = math.degrees(math.atan2(b1, a1)) % 360, math.degrees(math.atan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = l2 - l1, c2 - c1, 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    lm, cm, hm = (l1 + l2) / 2, (c1 + c2) / 2, h1 + turn / 2
    t = (
        1
        - 0.17 * math.cos(math.radians(hm - 30))
        + 0.24 * math.cos(math.radians(2 * hm))
        + 0.32 * math.cos(math.radians(3 * hm + 6))
        - 0.20 * math.cos(math.radians(4 * hm - 63))
    )
    sl = 1 + 0.015 * (lm - 50) ** 2 / math.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    bent = math.sin(math.radians(60 * math.exp(-(((hm % 360 - 275) / 25) ** 2))))
    rt = -2 * math.sqrt(cm**7 / (cm**7 + 25**7)) * bent
    return math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * (dc / sc) * (dh / sh))


def seen(colour: str, matrix: Matrix) -> Colour:
    rgb = linear(colour)
    r, g, b = (sum(m * v for m, v in zip(row, rgb, strict=True)) for row in matrix)
    return lab((r, g, b))


def test_formulas_agree_with_their_published_values() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert ciede2000((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT_PAIRS, TEXT), (PART_PAIRS, PART)], ids=["text", "parts"])
def test_contrast(scheme: str, pairs: list[tuple[str, str]], least: float) -> None:
    colours = palettes()[scheme]
    short = {f"{a} on {b}": round(contrast(colours[a], colours[b]), 2) for a, b in pairs}
    assert {pair: ratio for pair, ratio in short.items() if ratio < least} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("reader", SEEN_AS)
def test_theme_colours_stay_apart(scheme: str, reader: str) -> None:
    colours = palettes()[scheme]
    views = {theme: seen(colours[theme], SEEN_AS[reader]) for theme in THEMES}
    gaps = {(a, b): round(ciede2000(views[a], views[b]), 1) for a, b in combinations(THEMES, 2)}
    assert {pair: gap for pair, gap in gaps.items() if gap < APART} == {}


def test_colours_are_named_in_one_place() -> None:
    sheets = {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("*.css")}
    lines = [(name, line) for name, css in sheets.items() for line in css.splitlines() if "--" not in line]
    assert [(name, line) for name, line in lines if re.search(r"#[0-9a-fA-F]{3,8}\b|rgb|hsl", line)] == []
    assert holding(r"url\(", sheets) == {}
    del sheets["base.css"], sheets["looks.css"]
    assert holding(r"--[\w-]+:\s*#", sheets) == {}


def test_a_page_asked_for_as_dark_has_the_colours_of_a_dark_device() -> None:
    looks = (STATIC / "looks.css").read_text(encoding="utf-8")
    asked = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{6})", looks))
    light, dark = palettes().values()
    assert asked == {name: colour for name, colour in dark.items() if colour != light[name]} | {
        name: dark[name] for name in asked
    }
    assert len(asked) > 30


# ---------- what templates may hold ----------


def without_jinja(source: str) -> str:
    return re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", source, flags=re.DOTALL)


def spoken(source: str) -> str:
    """What a person may read: the text between tags, messages that are translated, every string that is passed on."""
    strings = re.findall(r"\"([^\"]*)\"|'([^']*)'", " ".join(re.findall(r"\{[%{](.*?)[%}]\}", source, flags=re.DOTALL)))
    sentences = [text for pair in strings for text in pair if re.search(r"[A-Z].* ", text)]
    messages = re.findall(r"\b(?:_|p?n?gettext)\((\"[^\"]*\"(?:,\s*\"[^\"]*\")*)", source)
    return " ".join([re.sub(r"<[^>]*>", " ", without_jinja(source)), *sentences, *messages])


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    """The templates by their path."""
    found = {str(path.relative_to(ROOT / "templates")): path.read_text(encoding="utf-8") for path in TEMPLATES}
    assert len(found) > 50
    return found


def test_nothing_inline_and_nothing_from_elsewhere(sources: dict[str, str]) -> None:
    html = {name: without_jinja(source) for name, source in sources.items()}
    assert holding(r"\sstyle\s*=|<style\b", html) == {}
    assert holding(r"<[^>]*\son[a-z]+\s*=", html) == {}
    assert holding(r"https?:|//\w", html) == {}
    scripts = [
        (name, attributes, inside.strip())
        for name, source in html.items()
        for attributes, inside in re.findall(r"<script\b([^>]*)>(.*?)</script>", source, flags=re.DOTALL)
    ]
    assert [script for script in scripts if script[2] or "src=" not in script[1] or "defer" not in script[1]] == []


def holding(pattern: str, texts: dict[str, str]) -> dict[str, str]:
    """Return the texts in which a pattern is found, by name, each with the first place."""
    return {name: found[0] for name, text in texts.items() if (found := re.search(pattern, text))}


def test_nothing_is_marked_as_safe(sources: dict[str, str]) -> None:
    assert holding(r"\|\s*safe\b|autoescape\s+false|Markup", sources) == {}


def test_static_files_exist(sources: dict[str, str]) -> None:
    pattern = r"url_for\(\s*['\"]static['\"]\s*,\s*filename=['\"]([^'\"]+)['\"]"
    named = [(name, file) for name, source in sources.items() for file in re.findall(pattern, source)]
    assert [(name, file) for name, file in named if not (STATIC / file).is_file()] == []


def test_every_template_and_static_file_is_used(sources: dict[str, str]) -> None:
    code = [ROOT / "app.py", *(ROOT / "survey").rglob("*.py")]
    texts = [*sources.values(), *(path.read_text(encoding="utf-8") for path in code)]
    strings = set(re.findall(r"[\"']([\w/.-]+\.(?:html|css|js|svg))[\"']", " ".join(texts)))
    files = {*sources, *(path.name for path in STATIC.iterdir())}
    assert files - strings == set()


def test_voice(sources: dict[str, str]) -> None:
    words = {name: spoken(source) for name, source in sources.items()}
    assert holding("!", words) == {}
    apostrophes = holding("'", {name: re.sub(r"\s'\s", " ", text) for name, text in words.items()})
    assert apostrophes == {}, "write the typographic apostrophe"
    assert holding(r"\b(AI|oops|clusters?|clustering|embeddings?|documents?)\b", words) == {}


FOR_OPERATORS = {"api/docs.html", "sharing/_reach.html", "wrong_host.html"}
"""Templates for whoever runs the site or writes a program"""
COMMAND = (
    r"`|\bTHREADS_|--[a-z]|\b(?:flask|python3?|pip|git|curl|sudo|docker) [a-z./-]|\bmake (?:run|test|[a-z]+-[a-z]+)\b"
)


def test_no_page_shows_backticks_or_command_lines(sources: dict[str, str]) -> None:
    words = {name: spoken(source) for name, source in sources.items() if name not in FOR_OPERATORS}
    assert holding(COMMAND, words) == {}
    for domain in ("public", "workshop"):  # with what code says, too
        with (ROOT / "translations" / "es" / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
            messages = {str(message.id): f"{message.id} {message.string}" for message in read_po(file) if message.id}
        assert len(messages) > 100
        assert holding(COMMAND, messages) == {}


@for_each("text", ["see `slug`", "run flask user-link", "type make run", "set THREADS_HOST", "with --port"])
def test_a_command_line_would_be_found(text: str) -> None:
    assert re.search(COMMAND, text)
    assert not re.search(COMMAND, "To make changes, and to make a survey – or a python-free one")


def test_every_form_that_posts_carries_its_token(sources: dict[str, str]) -> None:
    forms = [
        (name, form)
        for name, source in sources.items()
        for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", source, flags=re.DOTALL)
    ]
    token = r"form\.hidden_tag\(\)|csrf_token\(\)|kept\(wanted|_survey_fields\.html"
    assert [name for name, form in forms if not re.search(token, form)] == []


def test_answer_page_is_light() -> None:
    """Uncompressed: the page's own template, what it draws, its stylesheet, its script, its icon."""
    parts = ["base.html", "respond/answer.html", "macros/threads.html", "macros/forms.html"]
    files = [ROOT / "templates" / part for part in parts]
    files += [STATIC / name for name in ("base.css", "answer.js", "logo.svg")]
    assert sum(path.stat().st_size for path in files) < ANSWER_PAGE_LIMIT
