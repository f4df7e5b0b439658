"""Measure the workbench with many answers and with few: its pages, and edits until the page shows them.

    python -m benchmarks.speed_workbench [--answers 100000] [--folder FOLDER]

Behind gunicorn, one owner alone, on the synthetic survey of `speed_pages`; --folder keeps the sites for the next run.
"""

from __future__ import annotations

import itertools
import re
import statistics
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence

from benchmarks.command import run
from benchmarks.place import Place
from benchmarks.result_table import Row, at_most
from benchmarks.speed_pages import MANY, SLUG, RunningSite, make_site, serve, sign_in

FEW, REPEATS = 50, 9
SECONDS_MOST = 1.0


class Owner:
    """An owner at the workbench of a running site."""

    def __init__(self, site: RunningSite) -> None:
        self.browser = sign_in(site)
        self.base = f"http://127.0.0.1:{site.port}"
        self.names = (f"A name {number}" for number in itertools.count())
        page = self.read(f"/manage/{SLUG}/themes")
        self.token = _first(r'name="csrf_token" value="([^"]+)"', page)
        self.themes = re.findall(r'<a href="([^"]+/themes/[0-9a-f]{16})"', page)

    def read(self, path: str, form: Sequence[tuple[str, str]] | None = None) -> str:
        """Return a page, or the page that a sent form leads to. Raises HTTPError where an edit is refused."""
        data = None if form is None else urllib.parse.urlencode([("csrf_token", self.token), *form]).encode()
        with self.browser.open(self.base + path, data) as answer:
            return str(answer.read().decode())

    def move(self, count: int) -> None:
        """Move ideas of one of the two largest themes to the other, and see the page that says so."""
        source, target = self.themes[:2]
        self.themes[:2] = target, source
        ideas = re.findall(r'name="idea" value="([^"]+)" form="needle"', self.read(source))[:count]
        form = [("target", target.rpartition("/")[2]), *(("idea", idea) for idea in ideas)]
        started = time.perf_counter()
        self.read(f"{source}/move", form)
        self.took = time.perf_counter() - started

    def rename(self) -> None:
        """Rename one of them, and see the page that says so."""
        started = time.perf_counter()
        self.read(f"{self.themes[0]}/rename", [("name", next(self.names))])
        self.took = time.perf_counter() - started

    def merge(self) -> None:
        """Make the largest theme part of the second, see the page that says so, and undo that; `undone` is the time."""
        source, target = self.themes[:2]
        started = time.perf_counter()
        page = self.read(f"{source}/merge", [("target", target.rpartition("/")[2])])
        self.took = time.perf_counter() - started
        undo = _first(rf'id="undo-last" action="(/manage/{SLUG}/themes/[^"]+)"', page)
        started = time.perf_counter()
        self.read(undo, [("at", target.rpartition("/")[2]), ("list", "")])
        self.undone = time.perf_counter() - started

    def look(self, path: str) -> None:
        """See a page."""
        started = time.perf_counter()
        self.read(path)
        self.took = time.perf_counter() - started

    def seconds(self, act: Callable[[], None], repeats: int = REPEATS) -> float:
        """Return the median of the seconds that something takes."""
        act()
        times = []
        for _ in range(repeats):
            act()
            times.append(self.took)
        return statistics.median(times)


def rows(at: Place, answers: int = MANY) -> list[Row]:
    """Run all measurements on sites."""
    with serve(make_site(at.sites, answers)) as large, serve(make_site(at.sites, FEW)) as small:
        big, little = Owner(large), Owner(small)
        found = []
        for what, act in (
            ("a theme's page", lambda owner: owner.look(owner.themes[0])),
            ("a search that finds nothing", lambda owner: owner.look(f"{owner.themes[0]}?q=zzzzz")),
            ("the ideas in no theme", lambda owner: owner.look(f"/manage/{SLUG}/themes/inbox")),
            ("one idea moved, until the page shows it", lambda owner: owner.move(1)),
            ("a theme renamed, until the page shows it", Owner.rename),
        ):
            for n, owner in ((answers, big), (FEW, little)):
                seconds = owner.seconds(lambda owner=owner, act=act: act(owner))  # type: ignore[misc]
                limit = SECONDS_MOST if n == answers else None
                found.append(at_most("workbench", f"{n:,}", f"seconds: {what}", seconds, limit))
        seconds = big.seconds(lambda: big.move(20), 3)
        found.append(at_most("workbench", f"{answers:,}", "seconds: 20 ideas moved at once", seconds, SECONDS_MOST))
        big.merge()  # once: each more would lengthen the log of the same ideas
        found.append(at_most("workbench", f"{answers:,}", "seconds: the largest theme merged", big.took, SECONDS_MOST))
        found.append(at_most("workbench", f"{answers:,}", "seconds: that undone", big.undone, SECONDS_MOST))
        return found


def _first(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    if found is None:
        raise RuntimeError(f"the page has no {pattern}")
    return found[1]


if __name__ == "__main__":
    sys.exit(run("speed_workbench", rows, MANY))
