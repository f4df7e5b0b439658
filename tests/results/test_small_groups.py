"""Small groups stay hidden: a stranger who joins every public page works out no hidden count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from random import Random
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from flask import Flask
from scipy.optimize import LinearConstraint, milp
from sqlalchemy import select

from analysis.evidence.compare_groups import MIN_PEOPLE, compare_groups
from survey.core import respondent_kinds
from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme
from survey.serve import demo
from survey.worker.worker import Worker
from tests.support.filled_survey import Says, fill
from tests.support.site import migrated, quiet
from tests.support.stranger import Read, kinds_asked, read_everything
from tests.support.visitors import SLUG

pytestmark = pytest.mark.slow

ELSEWHERE = "elsewhere"
"""Who is in none of the kinds that are shown"""
Cell = tuple[str, str]
"""A theme and a kind, by their keys"""


@dataclass
class Known:
    """What an attacker knows: which answers are in which themes, who is of which kind, and what was published."""

    patterns: Counter[frozenset[str]]
    """People by the themes their answers are in"""
    groups: dict[str, int]
    shown: dict[Cell, int]
    few: set[Cell] = field(default_factory=set)
    """Hidden as one to four"""
    hidden: set[Cell] = field(default_factory=set)
    """Hidden as any number"""
    of_kind: Counter[tuple[frozenset[str], str]] = field(default_factory=Counter)
    """People of whom the kind was read beside their words, or by a list of that kind"""

    def worked_out(self) -> dict[Cell, int]:
        """The hidden counts that can be one number only, each found by integer programming."""
        patterns, columns = list(self.patterns), [*self.groups, ELSEWHERE]
        at = {(p, k): n for n, (p, k) in enumerate((p, k) for p in patterns for k in columns)}
        rows, low, high = [], [], []

        def hold(members: Collection[int], least: float, most: float) -> None:
            row = np.zeros(len(at))
            row[list(members)] = 1
            rows.append(row)
            low.append(least)
            high.append(most)

        def cell(theme: str, kind: str) -> list[int]:
            return [at[p, kind] for p in patterns if theme in p]

        for pattern, people in self.patterns.items():
            hold([at[pattern, kind] for kind in columns], people, people)
        for kind, people in self.groups.items():
            hold([at[pattern, kind] for pattern in patterns], people, people)
        for (theme, kind), count in self.shown.items():
            hold(cell(theme, kind), count, count)
        for theme, kind in self.few:
            hold(cell(theme, kind), 1, MIN_PEOPLE - 1)
        least = np.array([self.of_kind[p, k] for p in patterns for k in columns], dtype=float)
        held = LinearConstraint(np.array(rows), low, high)
        found: dict[Cell, int] = {}
        for theme, kind in sorted(self.few | self.hidden):
            aim = np.zeros(len(at))
            aim[cell(theme, kind)] = 1
            ends = [
                milp(sign * aim, integrality=np.ones(len(at)), bounds=(least, np.inf), constraints=held)
                for sign in (1, -1)
            ]
            assert all(end.success for end in ends), "what was published contradicts itself"
            smallest, largest = round(ends[0].fun), round(-ends[1].fun)
            if smallest == largest:
                found[theme, kind] = smallest
        return found


def published(comparison: dict[str, object]) -> tuple[dict[str, int], dict[Cell, int], set[Cell], set[Cell]]:
    """What a comparison shows: group sizes, counts, cells of one to four, other hidden cells."""
    rows: Sequence[dict[str, object]] = comparison["themes"]  # type: ignore[assignment]
    cells = [(str(row["theme"]), cell) for row in rows for cell in row["cells"]]  # type: ignore[attr-defined]
    return (
        dict(comparison["groups"]),  # type: ignore[call-overload]
        {(theme, cell["group"]): cell["count"] for theme, cell in cells if not cell["hidden"]},
        {(theme, cell["group"]) for theme, cell in cells if cell["hidden"] == "fewer than 5"},
        {(theme, cell["group"]) for theme, cell in cells if cell["hidden"] == "not shown"},
    )


def attacker(app: Flask, slug: str) -> Known:
    """What a stranger knows who has read every page; more is published than the page shows of a comparison."""
    client = app.test_client()
    with app.app_context():
        survey = db.session.query(Survey).filter_by(slug=slug).one()
        run = db.session.get_one(Run, survey.current_run_id)
        groups, shown, few, hidden = published(run.comparison or {"groups": [], "themes": []})
        key_of = dict(db.session.query(Theme.public_id, Theme.key).all())
        labels = {kind.key: kind.label for kind in respondent_kinds.by_key(survey).values()}
        upto = (run.comparison or {}).get("upto")
        later = list(db.session.scalars(select(Answer.text).where(Answer.id > upto))) if upto else []
    asked = kinds_asked(client, slug)
    assert asked
    lists = said_in_lists(read_everything(client, slug, [{"kind": kind} for kind in asked]))
    everything = Counter(words for words, _ in lists[f"/s/{slug}/answers", ""].elements())
    everything -= Counter(" ".join(text.split()) for text in later)  # the list has the newest first
    assert everything
    themes_of: dict[str, set[str]] = {words: set() for words in everything}
    of_kind: dict[str, Counter[str]] = {words: Counter() for words in everything}
    for (path, kind), said in lists.items():
        theme = key_of.get(path.rpartition("/")[2])
        is_narrower = bool(kind) and 0 < said.total() < lists[path, ""].total()
        for (words, beneath), people in said.items():
            if words not in everything:
                continue
            if theme is not None:
                themes_of[words].add(theme)
            for key in {key for key, label in labels.items() if label.lower() in beneath.lower()}:
                of_kind[words][key] = max(of_kind[words][key], min(people, everything[words]))
            if is_narrower:
                of_kind[words][kind] = max(of_kind[words][kind], people)
    known = Known(Counter(), groups, shown, few, hidden)
    for words, people in everything.items():
        pattern = frozenset(themes_of[words])
        known.patterns[pattern] += people
        for kind, those in of_kind[words].items():
            known.of_kind[pattern, kind if kind in groups else ELSEWHERE] += those
    return known


def said_in_lists(read: Read) -> dict[tuple[str, str], Counter[tuple[str, str]]]:
    """The answers of each list, all its pages together: by the path, and the kind it was asked for."""
    pages: dict[tuple[str, str, str], Counter[tuple[str, str]]] = {}
    for address in read.pages:
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query))
        if asked.keys() <= {"kind", "page"}:
            pages[parts.path, asked.get("kind", ""), asked.get("page", "1")] = read.said(address)
    lists: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
    for (path, kind, _), said in pages.items():
        lists[path, kind] = lists.get((path, kind), Counter()) + said
    return lists


@pytest.fixture(scope="module")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A site with the demo, its themes found by the packaged model."""
    with migrated(quiet(tmp_path_factory.mktemp("demo"))) as app:
        with app.app_context():
            assert demo.load()
        Worker(app).sweep()
        yield app


@pytest.fixture(scope="module")
def known_of_demo(demo_site: Flask) -> Known:
    return attacker(demo_site, demo.SLUG)


def test_no_hidden_count_of_the_demo_is_worked_out(known_of_demo: Known) -> None:
    known = known_of_demo
    assert len(known.few | known.hidden) > 50
    assert not known.of_kind
    assert known.worked_out() == {}


def test_the_same_attacker_works_them_all_out_where_answers_are_listed_by_kind(
    demo_site: Flask, known_of_demo: Known
) -> None:
    known = replace(known_of_demo, of_kind=Counter(known_of_demo.of_kind))
    with demo_site.app_context():
        run_id = db.session.query(Survey.current_run_id).filter_by(slug=demo.SLUG).scalar()
        named: dict[int, set[str]] = {}
        said = select(Idea.answer_id, Theme.key).join(Placement, Placement.idea_id == Idea.id)
        for answer_id, theme in db.session.execute(
            said.join(Theme, Theme.id == Placement.theme_id).where(Idea.run_id == run_id)
        ):
            named.setdefault(answer_id, set()).add(theme)
        kind_of = dict(db.session.execute(select(Answer.id, Answer.kind)).all())
        speaks = db.session.scalars(select(Idea.answer_id.distinct()).where(Idea.status != "nonanswer")).all()
        comparison = db.session.get_one(Run, run_id).comparison or {}
        counted = range(1, comparison["upto"] + 1).__contains__
    truth: Counter[Cell] = Counter()
    for answer_id in filter(counted, speaks):
        kind = kind_of[answer_id] or ELSEWHERE
        kind = kind if kind in known.groups else ELSEWHERE
        known.of_kind[frozenset(named.get(answer_id, ())), kind] += 1
        truth.update((theme, kind) for theme in named.get(answer_id, ()))
    cells = known.few | known.hidden
    assert known.worked_out() == {cell: truth[cell] for cell in cells}


KINDS = ("partner", "family", "friend")


def made_up(seed: int, *, each_in_one: bool, all_say_their_kind: bool) -> tuple[list[str | None], dict[str, set[int]]]:
    """The kinds of some people, and who named which theme; everybody names one at least."""
    chance = Random(seed)
    people, themes = chance.randrange(20, 60), [f"theme{n}" for n in range(chance.randrange(3, 7))]
    weights = [chance.random() + 0.1 for _ in themes]
    kinds_there: tuple[str | None, ...] = KINDS if all_say_their_kind else (*KINDS, None)
    kind_of = [chance.choice(kinds_there) for _ in range(people)]
    named: dict[str, set[int]] = {theme: set() for theme in themes}
    for person in range(people):
        for theme in chance.choices(themes, weights, k=1 if each_in_one else chance.choice((1, 1, 2, 3))):
            named[theme].add(person)
    return kind_of, {theme: who for theme, who in named.items() if who}


def known_of(kind_of: Sequence[str | None], named: dict[str, set[int]]) -> Known:
    """What the lists of all answers and the comparison together tell."""
    themes_of = [frozenset(theme for theme, who in named.items() if person in who) for person in range(len(kind_of))]
    return Known(Counter(themes_of), *published(asdict(compare_groups(kind_of, named))))


@pytest.mark.parametrize("each_in_one", [True, False])
@pytest.mark.parametrize("all_say_their_kind", [True, False])
def test_no_hidden_count_of_made_up_surveys_is_worked_out(
    each_in_one: bool, all_say_their_kind: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    surveys = [made_up(seed, each_in_one=each_in_one, all_say_their_kind=all_say_their_kind) for seed in range(12)]
    known = [known_of(*survey) for survey in surveys]
    assert sum(len(own.few | own.hidden) for own in known) > 50
    assert [own.worked_out() for own in known] == [{}] * len(known)
    monkeypatch.setattr("analysis.evidence.compare_groups.also_to_hide", lambda *table: set())
    if each_in_one and all_say_their_kind:  # what is left of a kind is then the one count of it that is hidden
        assert any(known_of(*survey).worked_out() for survey in surveys)


def test_no_hidden_count_is_worked_out_from_the_pages_of_a_made_up_survey(sqlite_app: Flask) -> None:
    kind_of, named = made_up(1, each_in_one=True, all_say_their_kind=True)
    theme_of = {person: theme for theme, who in named.items() for person in who}
    says = [
        Says(f"Answer {person}", [(f"Answer {person}", theme_of[person])], kind) for person, kind in enumerate(kind_of)
    ]
    filled = fill(sqlite_app, says)
    with sqlite_app.app_context():
        run = db.session.get_one(Run, filled.run_id)
        run.comparison = asdict(compare_groups(kind_of, named))
        run.placed = len(says)
        db.session.commit()
    known = attacker(sqlite_app, SLUG)
    assert known.patterns.total() == len(says)
    assert known.few | known.hidden
    assert known.worked_out() == {}
