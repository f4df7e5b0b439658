"""The accent colour of a survey: whether it can be read, the nearest that can, and the stylesheet made of it.

Contrast is that of WCAG 2.2 (1.4.3, 1.4.11): 4.5 to 1 for letters. No colour stands out from light and from dark paper
as letters must, so the owner chooses the one on light paper, and its partners in the dark are made of it: the nearest
colours of the same hue that can be read there. Distance and lightness are those of Oklab (Ottosson, "A perceptual color
space for image processing", 2020), whose constants these are.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

SHORT = re.compile(r"#?([0-9a-f])([0-9a-f])([0-9a-f])")
LONG = re.compile(r"#?([0-9a-f]{6})")
LETTERS, PARTS = 4.5, 3.0
"""Least contrast of letters, and of what is no letter"""
STEPS = 400
"""Lightnesses that are tried for the nearest colour"""

# The colours of static/base.css; a test compares them.
LIGHT = {"paper": "#faf7f2", "sheet": "#fffdf9", "ink": "#23201c", "on-button": "#fffaf5"}
DARK = {"paper": "#1b1916", "sheet": "#25221e", "ink": "#efe9df", "on-button": "#fff6ef"}

Triple = tuple[float, float, float]
Judge = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Accent:
    """The colours made of an accent colour for one scheme, by the names of the variables in base.css."""

    action: str
    action_strong: str
    action_tint: str
    button: str
    button_strong: str

    def rules(self) -> str:
        """Return them as declarations of a stylesheet."""
        return (
            f"--action:{self.action};--action-strong:{self.action_strong};--action-tint:{self.action_tint};"
            f"--button:{self.button};--button-strong:{self.button_strong}"
        )


def parsed(typed: str) -> str | None:
    """Return a colour as "#rrggbb" in small letters, None where it is none: "#A43", "a4382a" and "#a4382a" are."""
    text = typed.strip().lower()
    if found := LONG.fullmatch(text):
        return f"#{found[1]}"
    short = SHORT.fullmatch(text)
    return "#" + "".join(2 * part for part in short.groups()) if short else None


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def on_light_paper(colour: str) -> float:
    """Return the contrast of a colour with light paper, the least of all that it stands on there."""
    return min(contrast(colour, LIGHT[ground]) for ground in ("paper", "sheet", "on-button"))


def is_readable(colour: str) -> bool:
    """Return whether a colour can be an accent: letters in it can be read on light paper, and light letters on it."""
    return on_light_paper(colour) >= LETTERS


def nearest_readable(colour: str) -> str:
    """Return the nearest accent of the same hue that can be read; the colour itself where it can."""
    return colour if is_readable(colour) else _nearest(colour, is_readable)


@lru_cache(maxsize=256)
def schemes(colour: str) -> tuple[Accent, Accent]:
    """Return the colours of a readable accent on light paper, and in the dark."""
    light = Accent(
        action=colour,
        action_strong=_lighter(colour, -0.09),
        action_tint=_tint(colour, 0.94, lambda tint: _is_ground(tint, colour, LIGHT["ink"])),
        button=colour,
        button_strong=_lighter(colour, -0.09),
    )
    letters = _nearest(colour, lambda one: all(contrast(one, DARK[on]) >= LETTERS for on in ("paper", "sheet")))
    button = _nearest(colour, _is_dark_button)
    dark = Accent(
        action=letters,
        action_strong=_lighter(letters, 0.07),
        action_tint=_tint(colour, 0.3, lambda tint: _is_ground(tint, letters, DARK["ink"])),
        button=button,
        button_strong=_nearest(_lighter(button, 0.03), lambda one: contrast(one, DARK["on-button"]) >= LETTERS),
    )
    return light, dark


@lru_cache(maxsize=256)
def stylesheet(colour: str) -> str:
    """Return the stylesheet that puts a readable accent in place of the site's action colour.

    Dark where the device wishes it, unless the page was asked for as light, and where it was asked for as dark.
    """
    light, dark = (accent.rules() for accent in schemes(colour))
    return (
        f":root{{{light}}}\n"
        f'@media screen and (prefers-color-scheme: dark){{:root:where(:not([data-look="light"])){{{dark}}}}}\n'
        f'@media screen{{:root:where([data-look="dark"]){{{dark}}}}}\n'
    )


def version(colour: str) -> str:
    """Return what stands in the address of the stylesheet: another one whenever it changes."""
    return hashlib.sha256(stylesheet(colour).encode()).hexdigest()[:12]


def _is_dark_button(colour: str) -> bool:
    return contrast(colour, DARK["on-button"]) >= LETTERS and contrast(colour, DARK["paper"]) >= PARTS


def _is_ground(tint: str, accent: str, ink: str) -> bool:
    return contrast(tint, ink) >= LETTERS and contrast(tint, accent) >= PARTS


def _nearest(colour: str, suits: Judge) -> str:
    """Return the nearest colour of the same hue that suits: another lightness, and less strong where it must be."""
    lightness, a, b = _oklab(colour)
    best, least = "", math.inf
    for step in range(STEPS + 1):
        tried = step / STEPS
        distance = abs(tried - lightness)
        if distance >= least:
            continue
        found, kept = _in_gamut(tried, a, b)
        distance = math.hypot(tried - lightness, (1 - kept) * math.hypot(a, b))
        if distance < least and suits(found):
            best, least = found, distance
    return best


def _lighter(colour: str, by: float) -> str:
    lightness, a, b = _oklab(colour)
    return _in_gamut(min(1.0, max(0.0, lightness + by)), a, b)[0]


def _tint(colour: str, lightness: float, suits: Judge) -> str:
    """Return a faint ground of the same hue, as light as asked unless another lightness is needed."""
    _, a, b = _oklab(colour)
    strength = min(1.0, 0.035 / max(math.hypot(a, b), 1e-6))
    return _nearest(_in_gamut(lightness, a * strength, b * strength)[0], suits)


def _in_gamut(lightness: float, a: float, b: float) -> tuple[str, float]:
    """Return the colour of this lightness and hue that a screen has, and what share of its strength is left."""
    low, high = 0.0, 1.0
    if _fits(_linear_of(lightness, a, b)):
        low = 1.0
    else:
        for _ in range(12):
            middle = (low + high) / 2
            low, high = (middle, high) if _fits(_linear_of(lightness, a * middle, b * middle)) else (low, middle)
    return _hex(_linear_of(lightness, a * low, b * low)), low


def _fits(linear: Triple) -> bool:
    return all(-1e-4 <= part <= 1 + 1e-4 for part in linear)


def _hex(linear: Triple) -> str:
    bent = (
        12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
        for part in (min(1.0, max(0.0, part)) for part in linear)
    )
    return "#" + "".join(f"{round(255 * part):02x}" for part in bent)


def _linear(colour: str) -> Triple:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _oklab(colour: str) -> Triple:
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _linear_of(lightness: float, a: float, b: float) -> Triple:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
