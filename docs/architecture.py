"""Draw docs/architecture.svg from the imports: the packages of the site and of the library, and who uses whom.

`make drawing`. A test compares the file with a new drawing, and tests/whole/test_imports.py reads the imports here.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from statistics import fmean

PROJECT = Path(__file__).resolve().parents[1]
TARGET = Path(__file__).with_name("architecture.svg")
CANVAS, LEFT, LIBRARY_LEFT = 1610, 40, 940
SITE_COLUMNS, LIBRARY_COLUMNS = 4, 3
WIDTH, HEIGHT, GAP, ROW = 190, 88, 28, 138
DYES = (
    ("#2b49ac", "#9db4ff"),
    ("#906712", "#e0b65a"),
    ("#b03f7d", "#f09cc6"),
    ("#0a4238", "#6fc4ae"),
    ("#0475a3", "#6cc3ec"),
    ("#74040c", "#f0857f"),
    ("#557653", "#a4c9a1"),
    ("#551769", "#cf9be4"),
    ("#844001", "#e89b62"),
)
"""The colours of the threads, each with its partner in the dark"""
LEGEND = (
    "Every line leads down, from a package to one that it imports. Strong: no chain of others implies it. "
    "Dashed: from the site into the library."
)
FLOORS = (
    "serve",
    "archives",
    "manage",
    "answer_desk",
    "respond",
    "api",
    "live",
    "publication",
    "exports",
    "charts",
    "reports",
    "tables",
    "worker",
    "placing",
    "findings",
    "webhooks",
    "notices",
    "coded_files",
    "imports",
    "checks",
    "reading",
    "workbench",
    "proposals",
    "bulk_changes",
    "curation",
    "sharing",
    "people",
    "operations",
    "looks",
    "accounts",
    "search",
    "answers",
    "edits",
    "results",
    "follow_up",
    "web",
    "runs",
    "mail",
    "core",
)
"""The packages of survey/, each above all that it may import"""


@cache
def modules(folder: str) -> dict[str, Path]:
    """The modules of a folder by dotted name; a package stands for its __init__.py."""
    found = {}
    for path in sorted((PROJECT / folder).rglob("*.py")):
        parts = path.relative_to(PROJECT).with_suffix("").parts
        if path.name == "__init__.py" and path.parent.name == folder:
            continue
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(folder: str, *, all_names: bool = False, nested: bool = False) -> dict[str, set[str]]:
    """The modules of survey/ and analysis/ that each module of a folder imports.

    `all_names` returns every imported name, also of other libraries; `nested` only imports inside functions.
    """
    known = {**modules("survey"), **modules("analysis")}
    found: dict[str, set[str]] = {}
    for module, path in modules(folder).items():
        names = {name for node, inside in _statements(path) if inside or not nested for name in _names(node, known)}
        found[module] = names if all_names else (names & known.keys()) - {module}
    return found


@cache
def _statements(path: Path) -> list[tuple[ast.stmt, bool]]:
    """The statements of a file that import, each with whether it stands inside a function."""
    found: list[tuple[ast.stmt, bool]] = []
    left: list[tuple[ast.AST, bool]] = [(ast.parse(path.read_text(encoding="utf-8")), False)]
    while left:
        node, inside = left.pop()
        inside |= isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                found.append((child, inside))
            elif isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                left.append((child, inside))
    return found


def _names(node: ast.AST, known: dict[str, Path]) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        submodules = {f"{node.module}.{alias.name}" for alias in node.names} & known.keys()
        return submodules or {node.module}
    return set()


def libraries(path: Path) -> set[str]:
    """The top-level packages that a file imports anywhere in it."""
    return {name.split(".")[0] for node, _ in _statements(path) for name in _names(node, {})}


def package_of(module: str) -> str:
    """The package of a module inside its folder: "core" of survey.core.database; a module at the top is its own."""
    return module.split(".")[1]


@cache
def arrows(folder: str) -> dict[tuple[str, str], int]:
    """How many imports lead from one package of a folder to another, for each pair that has some."""
    counts: dict[tuple[str, str], int] = {}
    for module, names in imports(folder).items():
        for name in names:
            if name.split(".")[0] == folder and package_of(name) != package_of(module):
                pair = package_of(module), package_of(name)
                counts[pair] = counts.get(pair, 0) + 1
    return counts


@dataclass(frozen=True)
class Box:
    """A package in the drawing: what it is called, what it is for, where it stands."""

    name: str
    purpose: str
    x: float
    y: float
    dye: int


def levels(folder: str) -> list[list[str]]:
    """The packages of a folder in rows, the lowest first: each row imports only rows before it.

    Within a row a package stands near those that it imports.
    """
    below = _below(folder)
    rows: list[list[str]] = []
    left = set(below)
    while left:
        row = sorted(name for name in left if not below[name] & left)
        if rows:
            place = {name: number / max(len(one) - 1, 1) for one in rows for number, name in enumerate(one)}
            row.sort(key=lambda name: (fmean(place[other] for other in below[name]), name))
        rows.append(row)
        left -= set(row)
    return rows


def direct_arrows(folder: str) -> list[tuple[str, str]]:
    """The arrows that no chain of others implies: the transitive reduction."""
    below = _below(folder)

    def all_below(name: str) -> set[str]:
        return below[name].union(*(all_below(other) for other in below[name]))

    return [
        (one, other)
        for one, other in sorted(arrows(folder))
        if not any(other in all_below(between) for between in below[one] - {other})
    ]


def draw() -> str:
    """Return the whole drawing as SVG."""
    site, library = _boxes("survey", LEFT, SITE_COLUMNS), _boxes("analysis", LIBRARY_LEFT, LIBRARY_COLUMNS)
    height = max(box.y for box in (*site.values(), *library.values())) + HEIGHT + 96
    faint, strong = [], []
    for folder, boxes in (("survey", site), ("analysis", library)):
        faint += _threads([(boxes[one], boxes[other]) for one, other in sorted(arrows(folder))], "faint")
        strong += _threads([(boxes[one], boxes[other]) for one, other in direct_arrows(folder)], "")
    words = (
        (LEFT, "survey/", f"the site: {len(site)} packages, {len(arrows('survey'))} arrows"),
        (LIBRARY_LEFT, "analysis/", f"the library: {len(library)} parts, {len(arrows('analysis'))} arrows"),
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {CANVAS} {height:.0f}" role="img"'
            ' aria-labelledby="title about">',
            '<title id="title">The packages of Common Threads and what they import</title>',
            f'<desc id="about">{LEGEND}</desc>',
            f"<style>{_style()}</style>",
            f'<rect class="paper" width="{CANVAS}" height="{height:.0f}"/>',
            *(
                f'<text class="title" x="{x}" y="58">{name}</text><text class="note" x="{x + 132}" y="58">{note}</text>'
                for x, name, note in words
            ),
            *faint,
            *strong,
            *(_across(site[one], library[other]) for one, other in _into_the_library()),
            *(_drawn(box) for box in (*site.values(), *library.values())),
            f'<text class="note" x="{LEFT}" y="{height - 32:.0f}">{LEGEND}</text>',
            "</svg>\n",
        ]
    )


def _into_the_library() -> list[tuple[str, str]]:
    """The packages of the site that use the library, each with the part it uses most; the worker: the pipeline."""
    uses: dict[str, dict[str, int]] = {}
    for module, names in imports("survey").items():
        for name in names:
            if name.startswith("analysis."):
                counts = uses.setdefault(package_of(module), {})
                counts[package_of(name)] = counts.get(package_of(name), 0) + 1
    return [
        (one, "pipeline" if "pipeline" in counts else max(sorted(counts), key=lambda part: counts[part]))
        for one, counts in sorted(uses.items())
    ]


def _below(folder: str) -> dict[str, set[str]]:
    below: dict[str, set[str]] = {package_of(module): set() for module in modules(folder)}
    for one, other in arrows(folder):
        below[one].add(other)
    return below


def _boxes(folder: str, left: float, columns: int) -> dict[str, Box]:
    rows = levels(folder)
    width = columns * (WIDTH + GAP) - GAP
    boxes: dict[str, Box] = {}
    for number, row in enumerate(reversed(rows)):
        gap = (width - len(row) * WIDTH) / (len(row) + 1)
        for place, name in enumerate(row):
            x = left + gap + place * (WIDTH + gap)
            boxes[name] = Box(name, _purpose(folder, name), x, 96 + number * ROW, len(boxes) % len(DYES) + 1)
    return boxes


def _purpose(folder: str, name: str) -> str:
    """The first sentence of the docstring of a package or module."""
    path = PROJECT / folder / name
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def _threads(pairs: list[tuple[Box, Box]], kind: str) -> list[str]:
    """Lines from box to box, side by side where several leave or reach the same one."""

    def side_by_side(box: Box, others: list[Box], other: Box) -> float:
        ordered = sorted(others, key=lambda one: one.x)
        return box.x + WIDTH / 2 + (ordered.index(other) - (len(ordered) - 1) / 2) * min(22, 150 / len(ordered))

    drawn = []
    for one, other in pairs:
        x, y = side_by_side(one, [to for start, to in pairs if start == one], other), one.y + HEIGHT
        to_x, to_y = side_by_side(other, [start for start, to in pairs if to == other], one), other.y
        bend = (to_y - y) / 2
        path = f"M{x:.0f} {y:.0f}C{x:.0f} {y + bend:.0f} {to_x:.0f} {to_y - bend:.0f} {to_x:.0f} {to_y:.0f}"
        drawn.append(f'<path class="thread {kind or f"d{one.dye}"}" d="{path}"/>')
    return drawn


def _across(one: Box, other: Box) -> str:
    """A dashed line from the side of a package of the site to the side of a part of the library."""
    x, y, to_x, to_y = one.x + WIDTH, one.y + HEIGHT / 2, other.x, other.y + HEIGHT / 2
    bend = (to_x - x) / 2
    path = f"M{x:.0f} {y:.0f}C{x + bend:.0f} {y:.0f} {to_x - bend:.0f} {to_y:.0f} {to_x:.0f} {to_y:.0f}"
    return f'<path class="thread across d{one.dye}" d="{path}"/>'


def _drawn(box: Box) -> str:
    lines = textwrap.wrap(textwrap.shorten(box.purpose, 72, placeholder=" …"), 25)
    words = "".join(
        f'<text class="purpose" x="{box.x + 14:.0f}" y="{box.y + 46 + 15 * number:.0f}">{escape(line, False)}</text>'
        for number, line in enumerate(lines)
    )
    return (
        f'<g><rect class="box" x="{box.x:.0f}" y="{box.y:.0f}" width="{WIDTH}" height="{HEIGHT}" rx="9"/>'
        f'<path class="edge d{box.dye}" d="M{box.x + 14:.0f} {box.y + HEIGHT:.0f}H{box.x + WIDTH - 14:.0f}"/>'
        f'<text class="name" x="{box.x + 14:.0f}" y="{box.y + 26:.0f}">{box.name.strip("_")}</text>{words}</g>'
    )


def _style() -> str:
    light = "".join(f".d{number}{{stroke:{dye}}}" for number, (dye, _) in enumerate(DYES, 1))
    dark = "".join(f".d{number}{{stroke:{dye}}}" for number, (_, dye) in enumerate(DYES, 1))
    return (
        ".paper{fill:#faf7f2}.box{fill:#fffdf9;stroke:#e4ddd2}"
        ".title,.name{font-family:Palatino,'URW Palladio L',Georgia,serif;fill:#23201c}.title{font-size:30px}"
        ".name{font-size:19px}.note,.purpose{font-family:system-ui,'Segoe UI',Roboto,sans-serif;fill:#6b645b}"
        ".note{font-size:15px}.purpose{font-size:12px}"
        ".thread{fill:none;stroke-width:2.2;stroke-linecap:round}.faint{stroke:#8f8578;stroke-width:.8;opacity:.38}"
        ".across{stroke-dasharray:2 6}.edge{stroke-width:3;stroke-linecap:round}"
        f"{light}@media (prefers-color-scheme:dark){{.paper{{fill:#1b1916}}.box{{fill:#24211d;stroke:#3a352e}}"
        f".title,.name{{fill:#efe9df}}.note,.purpose{{fill:#a89f92}}{dark}}}"
    )


if __name__ == "__main__":
    TARGET.write_text(draw(), encoding="utf-8")
    print(f"{TARGET.relative_to(PROJECT)}: {len(arrows('survey'))} and {len(arrows('analysis'))} arrows")
