"""Twenty random edits of all kinds in a row, with runs and new answers between: every edit holds.

`SEEDS=200 python -m pytest tests/edits/test_random_edits.py` tries two hundred afternoons; five will do.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from flask import Flask
from sqlalchemy import select

from analysis.naming.descriptions import said_in
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Survey, Theme, ThemeResult
from survey.curation import edit_history, idea_edits, theme_edits
from survey.edits import proposals
from survey.edits.decisions import merged_themes
from survey.edits.idea_spans import IdeaSpan
from survey.edits.models import BY_HAND, MARKS, Edit, IdeaChange
from survey.runs import lifecycle as runs
from tests.support import toy_model
from tests.support.filled_survey import Says, fill
from tests.support.visitors import owned_survey

SEEDS = int(os.environ.get("SEEDS", "5"))
EDITS = 20
TOPICS = (
    "trains run fast",
    "boats float far",
    "bread smells warm",
    "music plays loud",
    "gardens grow green",
    "snow falls soft",
)
Placed = dict[tuple[int, int, int], frozenset[int]]
pytestmark = pytest.mark.slow


@dataclass
class Afternoon:
    """An owner at work: a survey, a source of chance, and what was done."""

    app: Flask
    perform: Callable[[Flask], None]
    chance: random.Random
    sent: int = 0
    log: list[str] = field(default_factory=list)

    @property
    def survey(self) -> Survey:
        return db.session.scalars(select(Survey)).one()

    def send(self, count: int) -> None:
        """Add answers of one or two ideas, some of them in words that nobody used."""
        with write_transaction() as session:
            survey = session.scalars(select(Survey)).one()
            for _ in range(count):
                self.sent += 1
                said = self.chance.sample(TOPICS, self.chance.choice([1, 1, 2]))
                words = [f"{topic} {self.chance.choice('abcdefghijkl')}" for topic in said]
                if self.chance.random() < 0.1:
                    words.append(f"odd{self.sent} strange{self.sent}")
                text = ". ".join(words)
                session.add(Answer(survey_id=survey.id, form_key=f"k{self.sent}", text=text))
            runs.request_run(session, survey.id, "answers")

    def run(self, *, finds: bool) -> None:
        """Let the worker finish all that waits."""
        if finds:
            runs.request_run_now(self.survey.id)
        self.perform(self.app)
        db.session.rollback()

    def placed(self) -> Placed:
        """The themes of each idea that is shown."""
        db.session.rollback()
        rows = db.session.execute(
            select(Idea.answer_id, Idea.starts, Idea.ends, Placement.theme_id)
            .outerjoin(Placement, Placement.idea_id == Idea.id)
            .where(Idea.run_id == self.survey.current_run_id, Idea.status != "nonanswer")
        )
        found: dict[tuple[int, int, int], set[int]] = {}
        for answer_id, starts, ends, theme_id in rows:
            found.setdefault((answer_id, starts, ends), set()).update(() if theme_id is None else (theme_id,))
        return {place: frozenset(themes) for place, themes in found.items()}

    def marked(self, place: tuple[int, int, int], theme_id: int) -> bool | None:
        """Whether an idea is said to say the opposite of a theme."""
        wanted = (Idea.run_id == self.survey.current_run_id, Placement.theme_id == theme_id)
        found = select(Placement.against).join(Idea, Idea.id == Placement.idea_id).where(*wanted)
        answer_id, starts, ends = place
        return db.session.scalar(found.where(Idea.answer_id == answer_id, Idea.starts == starts, Idea.ends == ends))

    def themes(self) -> list[Theme]:
        """The themes that are shown."""
        shown = select(ThemeResult.theme_id).where(
            ThemeResult.run_id == self.survey.current_run_id, ThemeResult.parent_id.is_(None)
        )
        return list(db.session.scalars(select(Theme).where(Theme.id.in_(shown)).order_by(Theme.id)))

    def everything(self) -> tuple[list[str], ...]:
        """What a reader of the workshop sees: ideas with strengths, counts, and the attributes of themes."""
        db.session.rollback()
        run_id = self.survey.current_run_id
        columns = (Placement.theme_id, Placement.strength, Placement.quote, Placement.against)
        ideas = db.session.execute(
            select(Idea.answer_id, Idea.starts, Idea.status, *columns)
            .outerjoin(Placement, Placement.idea_id == Idea.id)
            .where(Idea.run_id == run_id)
        ).all()
        counts = db.session.execute(
            select(
                ThemeResult.theme_id, ThemeResult.people, ThemeResult.mentions, ThemeResult.rank, ThemeResult.re_runs
            ).where(ThemeResult.run_id == run_id, ThemeResult.parent_id.is_(None))
        ).all()
        shown = {theme_id for theme_id, *_ in counts}
        themes = db.session.execute(
            select(
                Theme.id, Theme.name, Theme.description, Theme.hidden, Theme.pinned, Theme.position, Theme.origin
            ).where(Theme.id.in_(shown))
        ).all()
        # What a run wrote of a theme goes with the ideas that it quotes.
        written = [(*row[:2], "" if said_in(row.description) else row.description, *row[3:]) for row in themes]
        return tuple(sorted(map(repr, rows)) for rows in (ideas, counts, written))

    def some_ideas(self, theme: Theme | None, most: int = 4) -> list[IdeaSpan]:
        public = dict(db.session.execute(select(Answer.id, Answer.public_id)).all())
        wanted = [
            place
            for place, themes in sorted(self.placed().items())
            if (theme.id in themes if theme is not None else not themes)
        ]
        return [
            IdeaSpan(public[answer], starts, ends)
            for answer, starts, ends in self.chance.sample(wanted, min(len(wanted), self.chance.randint(1, most)))
        ]

    def edit(self) -> int | None:
        """Make one edit of a random kind; return its id, None where it was refused for a reason it may be."""
        themes = self.themes()
        theme, other = self.chance.choice(themes), self.chance.choice(themes)
        kinds: dict[str, Callable[[], int | None]] = {
            "rename": lambda: theme_edits.rename(theme, f"Name {self.chance.randrange(10**6)}"),
            "describe": lambda: theme_edits.describe(theme, f"Words {self.chance.randrange(10**6)}"),
            "merge": lambda: theme_edits.merge(theme, other),
            "move": lambda: idea_edits.move(self.survey, self.some_ideas(theme), theme, other),
            "also": lambda: idea_edits.also(self.survey, self.some_ideas(theme), theme, other),
            "none": lambda: idea_edits.move(self.survey, self.some_ideas(theme), theme, None),
            "place": lambda: idea_edits.move(self.survey, self.some_ideas(None), None, other),
            "split": lambda: idea_edits.split(
                self.survey, self.some_ideas(theme), theme, f"New {self.chance.randrange(10**6)}"
            ),
            "confirm": lambda: idea_edits.confirm(self.survey, self.some_ideas(theme), theme),
            "opposite": lambda: idea_edits.mark(self.survey, self.some_ideas(theme), theme, opposite=True),
            "same": lambda: idea_edits.mark(self.survey, self.some_ideas(theme), theme, opposite=False),
            "dismiss": lambda: idea_edits.dismiss(self.survey, self.some_ideas(None)),
            "hide": lambda: theme_edits.set_hidden(theme, not theme.hidden),
            "pin": lambda: theme_edits.set_pinned(theme, not theme.pinned),
            "order": lambda: theme_edits.reorder(theme, self.chance.randrange(len(themes))),
            "promote": lambda: theme_edits.promote(theme),
            "example": lambda: theme_edits.add_example(theme, self.chance.choice(TOPICS)),
        }
        kind = self.chance.choice(sorted(kinds))
        self.log.append(f"{kind} {theme.id} {other.id}")
        try:
            return kinds[kind]()
        except theme_edits.EditRefused as refused:
            self.log[-1] += f" refused: {refused}"
            return None


def check_decisions_hold(afternoon: Afternoon) -> None:
    """Each idea is where decisions put it and they left it, and not where they took it out of, wherever themes went."""
    placed, merged = afternoon.placed(), merged_themes(db.session, afternoon.survey.id)

    def now(theme_id: int) -> int:
        while theme_id in merged:
            theme_id = merged[theme_id]
        return theme_id

    said = db.session.execute(select(Edit.id, Edit.action).where(Edit.action.in_(MARKS)))
    marks = {edit_id: MARKS[action] for edit_id, action in said}
    last: dict[tuple[int, int, int], IdeaChange] = {}
    stands: dict[tuple[tuple[int, int, int], int], bool] = {}
    for change in db.session.scalars(
        select(IdeaChange)
        .join(Edit, Edit.id == IdeaChange.edit_id)
        .where(Edit.undone_at.is_(None), Edit.action.in_(BY_HAND), ~IdeaChange.taught)
        .order_by(IdeaChange.id)
    ):
        place = (change.answer_id, change.starts, change.ends)
        last[place] = change
        if change.source_id is not None:
            stands[place, change.source_id] = False
        if change.target_id is not None:
            stands[place, change.target_id] = True
    went = {*merged, *merged.values()}  # of two themes that are one now, the last word about either counts
    for (place, theme_id), is_there in stands.items():
        if theme_id not in went:
            assert (theme_id in placed[place]) == is_there, (place, theme_id, placed[place], " | ".join(afternoon.log))
    for place, change in last.items():
        if change.target_id is not None:
            assert now(change.target_id) in placed[place], (
                place,
                change.target_id,
                placed[place],
                " | ".join(afternoon.log),
            )
        elif change.source_id is not None:
            assert change.source_id not in placed[place], f"{afternoon.log} {place} {change.source_id} {change.edit_id}"
        if change.target_id is not None and change.edit_id in marks:
            marked = afternoon.marked(place, now(change.target_id))
            assert marked == marks[change.edit_id], (place, change.target_id, " | ".join(afternoon.log))


def changed_by(edit_id: int) -> set[tuple[int, int, int]]:
    rows = db.session.execute(
        select(IdeaChange.answer_id, IdeaChange.starts, IdeaChange.ends).where(IdeaChange.edit_id == edit_id)
    )
    return {(answer_id, starts, ends) for answer_id, starts, ends in rows}


def taught_places() -> set[tuple[int, int, int]]:
    """Ideas that anything ever taught moved, or may have moved back."""
    rows = db.session.execute(select(IdeaChange.answer_id, IdeaChange.starts, IdeaChange.ends).where(IdeaChange.taught))
    return {(answer_id, starts, ends) for answer_id, starts, ends in rows}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_edit_holds(
    sqlite_app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(toy_model, "DIMENSIONS", 256)  # enough for these words; learning takes time with their cube
    owned_survey(sqlite_app, codebook="none")
    with sqlite_app.app_context():
        afternoon = Afternoon(sqlite_app, perform, random.Random(seed))
        afternoon.send(40)
        afternoon.run(finds=True)
        assert len(afternoon.themes()) >= 4
        made: list[int] = []
        for step in range(EDITS):
            before, whole = afternoon.placed(), afternoon.everything()
            edit_id = afternoon.edit()
            after = afternoon.placed()
            if edit_id is None:
                assert afternoon.everything() == whole, afternoon.log
                continue
            own = changed_by(edit_id)
            moved = {place for place in before if before[place] != after[place]}
            assert moved <= own, (afternoon.log, moved - own)
            if afternoon.chance.random() < 0.5:
                undo_and_redo(afternoon, edit_id, whole)
            made.append(edit_id)
            if afternoon.chance.random() < 0.2:
                undone = made.pop(afternoon.chance.randrange(len(made)))
                afternoon.log.append(f"undo {undone}")
                edit_history.undo(afternoon.survey, undone)
            check_decisions_hold(afternoon)
            if step % 5 == 4:
                run_with_new_answers(afternoon)


def undo_and_redo(afternoon: Afternoon, edit_id: int, before: tuple[list[str], ...]) -> None:
    """Both return exactly what was."""
    done = afternoon.everything()
    assert edit_history.undo(afternoon.survey, edit_id)
    back = afternoon.everything()
    for left, right in zip(back, before, strict=True):
        assert sorted(set(left) ^ set(right)) == [], " | ".join(afternoon.log)
    assert back == before
    assert edit_history.redo(afternoon.survey, edit_id)
    assert afternoon.everything() == done, afternoon.log


def run_with_new_answers(afternoon: Afternoon) -> None:
    """A run moves nothing but what decisions teach; a proposal is accepted in part now and then."""
    finds = afternoon.chance.random() < 0.5
    names = {theme.id: theme.name for theme in afternoon.themes()}
    before, might = afternoon.placed(), taught_places()
    afternoon.send(max(1, afternoon.sent // 10))
    afternoon.run(finds=finds)
    after = afternoon.placed()
    moved = {place for place in before if before[place] != after[place]}
    why = {place: (before[place], after[place]) for place in moved - might - taught_places()}
    assert not why, f"{afternoon.log} {why}"
    assert {theme.id: theme.name for theme in afternoon.themes() if theme.id in names}.items() <= names.items()
    check_decisions_hold(afternoon)
    proposal = proposals.waiting(afternoon.survey)
    if proposal is not None and afternoon.chance.random() < 0.5:
        some = [number for number in range(len(proposal.changes)) if afternoon.chance.random() < 0.5]
        afternoon.log.append(f"accept {len(some)} of {len(proposal.changes)}")
        proposals.accept(afternoon.survey, proposal.public_id, some)
        check_decisions_hold(afternoon)


COLUMNS = ("name", "description", "hidden", "pinned", "position", "origin")
Attributes = dict[tuple[int, str], str | bool | int | None]


def attributes() -> Attributes:
    """What owners set of themes, by theme and column."""
    db.session.rollback()
    return {(theme.id, column): getattr(theme, column) for theme in db.session.query(Theme) for column in COLUMNS}


def edit_theme(chance: random.Random) -> tuple[int, set[str]]:
    """Make an edit of a whole theme, some of which change nothing; return its id and the columns it sets."""
    themes = db.session.query(Theme).order_by(Theme.id).all()
    theme, on = chance.choice(themes), chance.random() < 0.5
    if theme.origin == "discovered" and chance.random() < 0.3:
        return theme_edits.promote(theme), {"origin"}
    kinds: list[tuple[Callable[[], int], str]] = [
        (lambda: theme_edits.rename(theme, f"{theme.key} {chance.randrange(3)}"), "name"),
        (lambda: theme_edits.describe(theme, f"Words {chance.randrange(3)}"), "description"),
        (lambda: theme_edits.set_hidden(theme, on), "hidden"),
        (lambda: theme_edits.set_pinned(theme, on), "pinned"),
        (lambda: theme_edits.reorder(theme, chance.randrange(len(themes))), "position"),
    ]
    make, column = chance.choice(kinds)
    return make(), {column}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_undone_in_any_order_themes_are_what_the_edits_that_hold_made_them(app: Flask, seed: int) -> None:
    filled = fill(app, [Says(name, [(name, name)]) for name in ("Trust", "Time", "Humour")])
    chance = random.Random(seed)
    with app.app_context():
        db.session.query(Theme).filter_by(name="Time").one().origin = "discovered"
        db.session.commit()
        survey = db.session.get_one(Survey, filled.survey_id)
        first, made, undone = attributes(), dict[int, Attributes](), set[int]()
        for _ in range(3 * EDITS):
            if made and chance.random() < 0.6:
                edit_id = chance.choice(sorted(made))
                toggle = edit_history.redo if edit_id in undone else edit_history.undo
                assert toggle(survey, edit_id)
                undone ^= {edit_id}
            else:
                themes = {theme_id for theme_id, _ in first}
                edit_id, columns = edit_theme(chance)
                if edit_id not in made:
                    changed = attributes()
                    whole = {(theme_id, column) for theme_id in themes for column in columns}
                    edit = db.session.get_one(Edit, edit_id)
                    own = whole if edit.action == "order" else {(edit.theme_id or 0, column) for column in columns}
                    made[edit_id] = {key: changed[key] for key in own}
            held = dict(first)
            for number in sorted(made.keys() - undone):
                held |= made[number]
            assert attributes() == held, (made, undone)
