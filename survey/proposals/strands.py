"""The picture of a proposal: one strand for each idea, from the theme it is in to the theme it would be in.

With many ideas the strands of a flow are drawn as one band in proportion. Lengths are units of the drawing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey.core.i18n import gettext
from survey.proposals.proposal_page import NamedTheme, ProposalPage

MAX_STRANDS = 240
BAND_HEIGHT = 600
"""All bands together, where there are too many ideas for strands"""
NONE = 0
"""In place of the id of a theme: no theme"""


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures of a drawing: for wide pages names are beside the strands, for narrow ones above."""

    width: float
    left: float
    right: float
    step: float
    """From one strand to the next"""
    top: float
    over: float
    """Room for a name above the strands of a theme"""
    least: float
    """From the middle of a theme to the next at least, without the gap"""
    gap: float
    letters: int
    """Of a name at most"""


WIDE = Layout(1080, 322, 758, 3.0, 40, 0, 24, 16, 32)
NARROW = Layout(350, 2, 348, 2.6, 0, 26, 10, 10, 21)


@dataclass(frozen=True, slots=True)
class Strand:
    """A flow: the path of its strands, the colour of where they come from, the number of the tick (0: they stay).

    `width` is that of a band, None where each idea has a strand.
    """

    path: str
    colour: int
    tick: int
    width: float | None


@dataclass(frozen=True, slots=True)
class Beam:
    """A theme at one side of the drawing: where its strands begin or end (`y`, `height`), its name, number and turn."""

    y: float
    height: float
    colour: int
    name: str
    ideas: int
    turn: str
    same: bool
    """Whether nothing would change in it"""

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return round(self.y + self.height / 2, 1)


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing; `left` is what stands, `right` what is proposed."""

    layout: Layout
    height: float
    strands: list[Strand]
    left: list[Beam]
    right: list[Beam]


@dataclass(frozen=True, slots=True)
class _Thread:
    source: int
    target: int
    ideas: int
    tick: int


def draw(page: ProposalPage, layout: Layout) -> Picture:
    """Draw a proposal."""
    threads = _threads(page)
    names = _names(page)
    left = [theme.id for theme in page.standing if any(thread.source == theme.id for thread in threads)]
    left += [NONE] if any(thread.source == NONE for thread in threads) else []
    right = _right_order(left, threads)
    total = sum(thread.ideas for thread in threads)
    step = layout.step if total <= MAX_STRANDS else min(layout.step, BAND_HEIGHT / total)
    turns = _turn_words(page)
    begins, ends = _sums(threads, 0), _sums(threads, 1)
    changed = {end for thread in threads if thread.tick for end in (thread.source, thread.target)}
    y_left, height_left = _stacked(left, begins, step, layout)
    y_right, height_right = _stacked(right, ends, step, layout)

    def beams(order: Sequence[int], sums: Mapping[int, int], tops: Mapping[int, float], side: int) -> list[Beam]:
        return [
            Beam(
                round(tops[own] - 3, 1),
                round(sums[own] * step + 3, 1),
                names[own].colour if own in names else 0,
                short(names[own].name if own in names else gettext("No theme"), layout.letters),
                sums[own],
                turns.get((side, own), ""),
                own not in changed,
            )
            for own in order
        ]

    return Picture(
        layout,
        round(max(height_left, height_right), 1),
        _strands(threads, left, right, y_left, y_right, step, total <= MAX_STRANDS, layout, names),
        beams(left, begins, y_left, 0),
        beams(right, ends, y_right, 1),
    )


def short(text: str, letters: int) -> str:
    """Return a text of at most so many letters; wide ones, as of Chinese, count twice."""
    room = letters
    for place, letter in enumerate(text):
        room -= 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if room < 0:
            return text[: max(1, place - 1)].rstrip() + "…"
    return text


def _threads(page: ProposalPage) -> list[_Thread]:
    """Return the flows between themes: those of each tick, and what stays where it is."""
    moving = [
        _Thread(flow.source.id if flow.source else NONE, flow.target.id if flow.target else NONE, flow.ideas, tick)
        for tick, turn in enumerate(page.turns, start=1)
        for flow in turn.flows
    ]
    leaving = _sums(moving, 0)
    stays = [(theme.id, theme.mentions) for theme in page.standing] + [(NONE, page.unplaced)]
    still = [_Thread(own, own, ideas - leaving.get(own, 0), 0) for own, ideas in stays]
    return [thread for thread in [*still, *moving] if thread.ideas > 0]


def _names(page: ProposalPage) -> dict[int, NamedTheme]:
    ends = [end for turn in page.turns for flow in turn.flows for end in (flow.source, flow.target)]
    names = {theme.id: theme for theme in ends if theme is not None}
    for theme in page.standing:
        names.setdefault(theme.id, NamedTheme(theme.id, theme.public_id, theme.name, theme.colour, theme.hidden))
    return names


def _right_order(left: Sequence[int], threads: Sequence[_Thread]) -> list[int]:
    """Return the themes of the right side: those that stay in their order, each new one after what most of it is of."""
    ends = {thread.target for thread in threads}
    order = [own for own in left if own in ends and own != NONE]
    for own in [thread.target for thread in threads if thread.target not in order and thread.target != NONE]:
        if own in order:
            continue
        most = max((thread for thread in threads if thread.target == own), key=lambda thread: thread.ideas)
        before = left.index(most.source) if most.source in left else len(left)
        earlier = [place for place, other in enumerate(order) if other in left and left.index(other) <= before]
        order.insert(earlier[-1] + 1 if earlier else 0, own)
    return [*order, NONE] if NONE in ends else order


def _sums(threads: Sequence[_Thread], side: int) -> dict[int, int]:
    sums: dict[int, int] = {}
    for thread in threads:
        own = (thread.source, thread.target)[side]
        sums[own] = sums.get(own, 0) + thread.ideas
    return sums


def _stacked(
    order: Sequence[int], sums: Mapping[int, int], step: float, layout: Layout
) -> tuple[dict[int, float], float]:
    """Return the top of each theme's strands, and the height of all."""
    tops: dict[int, float] = {}
    y = layout.top
    for own in order:
        height = sums[own] * step
        room = max(height, layout.least)
        tops[own] = y + layout.over + (room - height) / 2
        y += layout.over + room + layout.gap
    return tops, y


def _turn_words(page: ProposalPage) -> dict[tuple[int, int], str]:
    """Return what becomes of a theme, in a word or two, by side and theme."""
    words: dict[tuple[int, int], str] = {}
    for turn in page.turns:
        if turn.theme is None:
            continue
        if turn.kind in ("new", "split"):
            words[1, turn.theme.id] = gettext("begins")
        elif turn.kind == "gone":
            words[0, turn.theme.id] = gettext("ends")
        elif turn.kind == "merged":
            words[0, turn.theme.id] = gettext("joins another")
    return words


def _strands(
    threads: Sequence[_Thread],
    left: Sequence[int],
    right: Sequence[int],
    y_left: Mapping[int, float],
    y_right: Mapping[int, float],
    step: float,
    each: bool,
    layout: Layout,
    names: Mapping[int, NamedTheme],
) -> list[Strand]:
    at_left, at_right = dict(y_left), dict(y_right)
    starts: dict[_Thread, float] = {}
    for thread in sorted(threads, key=lambda own: (left.index(own.source), right.index(own.target), own.tick)):
        starts[thread] = at_left[thread.source]
        at_left[thread.source] += thread.ideas * step
    drawn = []
    for thread in sorted(threads, key=lambda own: (right.index(own.target), left.index(own.source), own.tick)):
        begin, end = starts[thread], at_right[thread.target]
        at_right[thread.target] += thread.ideas * step
        if each:
            path = "".join(_curve(begin + n * step, end + n * step, layout) for n in range(thread.ideas))
            width = None
        else:
            thick = thread.ideas * step
            path, width = _curve(begin + thick / 2, end + thick / 2, layout), round(max(thick, 1), 1)
        colour = names[thread.source].colour if thread.source in names else 0
        drawn.append(Strand(path, colour, thread.tick, width))
    return drawn


def _curve(begin: float, end: float, layout: Layout) -> str:
    reach = (layout.right - layout.left) / 12
    middle = round((layout.left + layout.right) / 2, 1)
    first, last = round(layout.left + reach, 1), round(layout.right - reach, 1)
    return (
        f"M{layout.left:g} {begin:.1f}H{first:g}C{middle:g} {begin:.1f} {middle:g} {end:.1f} {last:g} {end:.1f}"
        f"H{layout.right:g}"
    )
