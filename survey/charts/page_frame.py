"""What every chart has around it: the question and how many answered above, when and by whom below."""

from __future__ import annotations

from collections.abc import Sequence

from survey.charts.figure import INK, INSIDE, LINE, MARGIN, MUTED, PAPER, WIDTH, Bar, Face, Figure, Mark, Rule, Words
from survey.core.i18n import gettext, language, ngettext
from survey.results.read_model import ThemePage
from survey.sharing import text_layout
from survey.sharing.preview_image import DYES
from survey.web.formatting import day, number

STYLES = {"serif": text_layout.SERIF_STYLE, "sans": text_layout.SANS, "bold": text_layout.SANS_BOLD}
MAX_TITLE_LINES = 4


def dye(colour: int) -> str:
    """Return the colour of a theme, whose number is 1 to 12."""
    return DYES[(colour - 1) % len(DYES)]


def lines(text: str, size: int, width: float, most: int, face: Face = "serif") -> list[str]:
    """Return a text in at most so many lines of a width in pixels; an ellipsis stands for what does not fit."""
    style = STYLES[face]
    found = text_layout.wrapped(style, text, size, width) or [text_layout.plain(text)]
    if len(found) <= most:
        return found
    return [*found[: most - 1], text_layout.fitted(style, " ".join(found[most - 1 :]), size, width)]


def written(
    text: str, x: float, top: float, size: int, width: float, most: int, *, face: Face = "serif", instead: str = ""
) -> tuple[list[Words], float]:
    """Return a text as lines that start at `x` below `top`, and where they end."""
    spacing = round(size * 1.25)
    found = lines(text, size, width, most, face)
    marks = [
        Words(x, top + size + number_ * spacing, line, size, INK, face, instead="" if number_ else instead)
        for number_, line in enumerate(found)
    ]
    return marks, top + len(found) * spacing + round(size * 0.1)


class Page:
    """A chart as it is made from top to bottom; `y` is where the next mark goes."""

    def __init__(self, page: ThemePage, subject: str) -> None:
        """Begin with the question, the subject of the chart, and how many people answered."""
        self.marks: list[Mark] = []
        self.said: list[str] = []
        self._title = f"{text_layout.plain(page.survey.question)} {subject}"
        self._page = page
        head, self.y = written(
            page.survey.question, MARGIN, 36, 32, INSIDE, MAX_TITLE_LINES, instead=gettext("One question")
        )
        answered = ngettext("%(n)s person answered.", "%(n)s people answered.", page.people, n=number(page.people))
        self.marks += head
        self.note(f"{answered} {subject}")
        self.said.append(answered)
        self.y += 16

    def note(self, text: str, size: int = 16) -> None:
        """Write a remark below, in as many lines as it takes."""
        for line in lines(text, size, INSIDE, 6, "sans"):
            self.marks.append(Words(MARGIN, self.y + size + 4, line, size, MUTED))
            self.y += round(size * 1.5)

    def finished(self, notes: Sequence[str] = ()) -> Figure:
        """Return the figure, with remarks and its date at the bottom."""
        self.y += 12
        self.marks.append(Rule(MARGIN, self.y, WIDTH - MARGIN, self.y, LINE))
        self.y += 8
        for text in notes:
            self.note(text, 14)
        made = self._page.run_details
        if made is not None and made.finished_at is not None:
            self.note(gettext("Themes found on %(day)s with Common Threads.", day=day(made.finished_at)), 14)
        height = self.y + 28
        paper = Bar(0, 0, WIDTH, height, PAPER)
        return Figure(height, self._title, " ".join([*self.said, *notes]), (paper, *self.marks), language())
