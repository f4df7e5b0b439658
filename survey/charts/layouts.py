"""The three charts: how many people are in each theme, the themes by kind, the themes over time.

They show what the theme page shows and nothing else: no hidden theme, and no number of a small group.
"""

from __future__ import annotations

from collections.abc import Callable

from survey.charts.figure import INSIDE, LINE, MARGIN, MUTED, WIDTH, Bar, Figure, Rule, Stitches, Words
from survey.charts.page_frame import Page, dye, written
from survey.core.i18n import gettext, ngettext
from survey.reports.trend import MAX_THEMES, people_over_time
from survey.results.read_model import ComparedTheme, ThemePage, ThemeRow
from survey.results.time_buckets import CHART_HEIGHT, CHART_WIDTH
from survey.runs.lookups import shown_run
from survey.sharing import text_layout
from survey.web.formatting import comma, day, number, share, within_sentence

NUMBERS_WIDTH = 230
"""Kept free at the right of a theme's name for its numbers"""
THREAD, MIN_THREAD = 10, 6
KIND_LEFT, KIND_SHARE_WIDTH = 220, 90
COLUMNS_HEIGHT = 44


def themes_chart(page: ThemePage) -> Figure | None:
    """Return how many people are in each theme, as bars in the order of the theme page; None without themes."""
    if not page.themes:
        return None
    made = Page(page, gettext("One answer may be in several themes."))
    for theme in page.themes:
        _theme_bar(made, page, theme)
    notes = []
    if page.unplaced_people:
        loose = ngettext(
            "%(n)s answer follows no thread yet.",
            "%(n)s answers follow no thread yet.",
            page.unplaced_people,
            n=number(page.unplaced_people),
        )
        notes.append(loose)
    notes += [f"{text_layout.plain(theme.name)}: {_opposed(theme)}." for theme in page.themes if theme.opposite]
    if any(theme.tentative for theme in page.themes):
        stitched = gettext(
            "A stitched line is a tentative theme: it came back in less than nine tenths of its re-runs, or had fewer "
            "than five, or some of its answers may not belong."
        )
        notes.append(stitched)
    return made.finished(notes)


def kinds_chart(page: ThemePage) -> Figure | None:
    """Return the share of each theme in each kind, as far as it may be shown; None where the theme page shows none."""
    if page.compared is None or not page.shows_kinds:
        return None
    made = Page(page, gettext("Themes by kind: the part of each kind that names a theme."))
    groups = comma().join(
        gettext("%(n)s %(kind)s", n=number(people), kind=within_sentence(label)) for label, people in page.groups
    )
    for theme in page.universal:
        _theme_by_kind(made, theme)
    first, compared = len(page.universal), page.compared_themes
    some = gettext("Compared here are the first %(n)s of %(all)s themes.", n=number(first), all=number(compared))
    return made.finished(
        [
            *([some] if compared > first else []),
            gettext(
                "%(n)s of %(all)s people said a kind that is shown: %(groups)s.",
                n=number(page.compared.grouped), all=number(page.compared.people), groups=groups,
            ),
            gettext(
                "Counted anew after every ten answers, and each theme after every ten people who name it, so that no "
                "answer alone tells its kind."
            ),
            gettext("The dotted line is everyone."),
            gettext("“< 5” is one to four people; “–” is not shown, so that nobody can be worked out."),
        ]
    )  # fmt: skip


def trend_chart(page: ThemePage) -> Figure | None:
    """Return people over time, everybody and the largest themes; None where the theme page shows no such chart."""
    run = shown_run(page.survey)
    largest = sorted(page.themes, key=lambda theme: -theme.people)[:MAX_THEMES]
    trend = people_over_time(page.survey, run, largest) if run else None
    if trend is None:
        return None
    made = Page(page, trend.people_by)
    scale = INSIDE / CHART_WIDTH
    for line in trend.lines:
        colour = dye(line.colour) if line.colour else MUTED
        label, bottom = written(line.name, MARGIN, made.y, 18, INSIDE - NUMBERS_WIDTH, 2, instead=gettext("A theme"))
        made.marks += label
        made.marks.append(Words(WIDTH - MARGIN, made.y + 18, number(line.people), 16, anchor="end", face="bold"))
        top = bottom + 6
        stretch = COLUMNS_HEIGHT / CHART_HEIGHT
        made.marks += [
            Bar(MARGIN + bar.x * scale, top + bar.y * stretch, bar.width * scale, bar.height * stretch, colour)
            for bar in line.bars
        ]
        made.y = top + COLUMNS_HEIGHT
        made.marks.append(Rule(MARGIN, made.y, WIDTH - MARGIN, made.y, LINE))
        made.said.append(f"{line.name}: {number(line.people)}.")
        made.y += 20
    made.marks += [
        Words(MARGIN, made.y + 8, day(trend.starts[0]), 15, MUTED),
        Words(WIDTH - MARGIN, made.y + 8, day(trend.starts[-1]), 15, MUTED, anchor="end"),
    ]
    made.y += 18
    heights = ngettext(
        "The highest bar of a theme is %(n)s person, of everybody %(all)s.",
        "The highest bar of a theme is %(n)s people, of everybody %(all)s.",
        trend.max_of_theme,
        n=number(trend.max_of_theme),
        all=number(trend.max_everybody),
    )
    drawn, themes = len(largest), len(page.themes)
    some = gettext("Drawn are the %(n)s largest of %(all)s themes.", n=number(drawn), all=number(themes))
    return made.finished([heights, *([some] if themes > drawn else []), gettext("Days begin at midnight UTC.")])


CHARTS: dict[str, Callable[[ThemePage], Figure | None]] = {
    "themes": themes_chart,
    "kinds": kinds_chart,
    "time": trend_chart,
}
"""The charts by their names in addresses"""


def _theme_bar(made: Page, page: ThemePage, theme: ThemeRow) -> None:
    people = ngettext("%(n)s person", "%(n)s people", theme.people, n=number(theme.people))
    numbers = people if page.few else comma().join((people, share(theme.share)))
    label, bottom = written(
        theme.name, MARGIN, made.y, 20, INSIDE - NUMBERS_WIDTH, 2, instead=gettext("A theme")
    )  # fmt: skip
    made.marks += label
    made.marks.append(Words(WIDTH - MARGIN, made.y + 20, numbers, 16, MUTED, anchor="end"))
    width = max(MIN_THREAD, INSIDE * theme.percent_of_top / 100)
    y = bottom + 4
    if theme.tentative:
        made.marks.append(Stitches(MARGIN, y + THREAD / 2, width, THREAD, dye(theme.colour)))
    else:
        made.marks.append(Bar(MARGIN, y, width, THREAD, dye(theme.colour), THREAD / 2))
    made.said.append(f"{text_layout.plain(theme.name)}: {numbers}.")
    made.y = y + THREAD + 22


def _opposed(theme: ThemeRow) -> str:
    return ngettext(
        "%(n)s of %(all)s says the opposite",
        "%(n)s of %(all)s say the opposite",
        theme.against,
        n=number(theme.against),
        all=number(theme.people),
    )


def _theme_by_kind(made: Page, theme: ComparedTheme) -> None:
    label, made.y = written(theme.name, MARGIN, made.y, 20, INSIDE - NUMBERS_WIDTH, 2, instead=gettext("A theme"))
    made.marks += label
    made.marks.append(Words(WIDTH - MARGIN, label[0].baseline, theme.verdict, 16, MUTED, anchor="end"))
    left, room = MARGIN + KIND_LEFT, INSIDE - KIND_LEFT - KIND_SHARE_WIDTH
    top = made.y
    cells = []
    for cell in theme.cells:
        shown = share(cell.share) if cell.share is not None else "< 5" if cell.hidden == "fewer than 5" else "–"
        kind, _ = written(cell.label, MARGIN, made.y + 2, 16, KIND_LEFT - 16, 1, face="sans")
        made.marks += kind
        if cell.share is not None:
            made.marks.append(Bar(left, made.y + 8, max(2, room * cell.width / 100), 8, dye(theme.colour), 4))
        made.marks.append(Words(WIDTH - MARGIN, made.y + 18, shown, 16, MUTED, anchor="end"))
        cells.append(f"{cell.label} {shown}")
        made.y += 26
    everyone = left + room * min(100.0, theme.overall) / 100
    made.marks.append(Rule(everyone, top + 2, everyone, made.y - 2, MUTED, is_dotted=True))
    made.said.append(f"{text_layout.plain(theme.name)}: {comma().join(cells)}. {theme.verdict}.")
    made.y += 18
