"""Learn from the owner's decisions: move ideas like those decided about, and list what to read next.

What is learned is computed from what the machine found and all decisions that hold, so it is the same whatever the
order in which they were made, and goes with a decision that is undone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import zip_longest

import numpy as np
from sqlalchemy import or_, select, update

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder
from analysis.embedding.readable_scripts import unread_rows
from analysis.teaching.learn import Decision, Examples, learn
from analysis.teaching.lessons import Lessons
from analysis.teaching.read_next import read_next
from analysis.teaching.remaining import Remaining, remaining
from analysis.text.normalise import fold
from survey.core.database import db, write_transaction
from survey.core.models import Answer, AnswerImport, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.edits.decisions import Decisions, Split, read_decisions
from survey.edits.follow_merges import follow_merges
from survey.edits.idea_spans import Held, Place
from survey.edits.models import BY_HAND, Edit, IdeaChange
from survey.edits.replay import Logged, logged_changes, machine_placements
from survey.edits.sampling import SampleRule, count_answers, sample_rule
from survey.edits.taught_changes import Taught, replace_taught
from survey.findings.read_lessons import pack_lessons
from survey.results.result_counts import lock_results

MAX_TRIES = 3
"""Attempts when an edit is made meanwhile; the run that it requests learns from it otherwise"""
MIN_EDITS = 2
"""Edits that decided about ideas before others than those of the same words are moved: one may be an exception"""
MAX_READING = 100
"""Ideas listed to read next"""


Columns = dict[int, str]
"""The keys of the themes that ideas are compared with, by theme id"""


@dataclass(frozen=True, slots=True)
class Ideas:
    """The ideas of a result; `rows` has the wording of each."""

    places: list[Place]
    rows: list[int]
    wordings: list[str]
    held: list[set[int]]
    """The themes of each idea, as they are shown"""
    machine: list[dict[int, float]]
    """The same without decisions and what they taught, with strengths"""

    def placed(self, columns: Columns) -> FloatArray:
        """Return the strength of each wording in each theme, where the machine put it, (n, k)."""
        number = {theme_id: column for column, theme_id in enumerate(columns)}
        placed = np.zeros((len(self.wordings), len(columns)), dtype=np.float32)
        for row, themes in zip(self.rows, self.machine, strict=True):
            for theme_id, strength in themes.items():
                if theme_id in number:
                    placed[row, number[theme_id]] = max(placed[row, number[theme_id]], strength)
        return placed


@dataclass(frozen=True, slots=True)
class Learned:
    """What decisions teach: lessons for new answers, what they move, what to read next, what may be wrong in the rest.

    `left` is None where nothing was decided that the owner was asked about.
    """

    lessons: Lessons
    taught: list[Taught]
    reading: list[Place]
    left: Remaining | None


def learn_from_edits(survey_id: int, embedder: Embedder) -> int:
    """Move what the owner's decisions teach; return how many ideas it concerns. Idempotent. Raises ModelError."""
    for _ in range(MAX_TRIES):
        survey = db.session.get(Survey, survey_id, populate_existing=True)
        if survey is None or survey.current_run_id is None:
            return 0
        run_id, version, decisions = survey.current_run_id, survey.edit_version, read_decisions(survey_id)
        sample = sample_rule(survey_id, count_answers(survey_id))
        logs = logged_changes(db.session, survey_id, sample)
        ideas = _read_ideas(run_id, logs, sample)
        shown = _columns(run_id)
        vectors = embedder.encode(ideas.wordings)
        came = _came_since_splits(survey_id, decisions)
        learned = _learn(ideas, shown, _deserted(ideas, shown), vectors, decisions, embedder, _asked(survey_id), came)
        moved = _save(survey_id, run_id, version, learned, sample)
        if moved is not None:
            return moved
    return 0


def has_lessons(survey_id: int) -> bool:
    """Return whether decisions teach anything, or taught something that has to be taken back."""
    taught = select(IdeaChange.id).join(Edit, Edit.id == IdeaChange.edit_id)
    before = taught.where(Edit.survey_id == survey_id, IdeaChange.taught).limit(1)
    return read_decisions(survey_id).teach() or db.session.scalar(before) is not None


def count_ideas(run_id: int) -> int:
    """Count the ideas of a result."""
    return db.session.scalar(select(Run.ideas).where(Run.id == run_id)) or 0


def _read_ideas(run_id: int, logs: Mapping[Place, Sequence[Logged]], sample: SampleRule | None) -> Ideas:
    """Return the ideas of a result, or of a large survey those in its sample."""
    wanted = (Idea.run_id == run_id, *(() if sample is None else (sample.holds(Idea.answer_id),)))
    held: dict[int, dict[int, Held]] = {}
    for idea_id, theme_id, strength in db.session.execute(
        select(Placement.idea_id, Placement.theme_id, Placement.strength)
        .join(Idea, Idea.id == Placement.idea_id)
        .where(*wanted)
    ):
        held.setdefault(idea_id, {})[theme_id] = Held(strength, None, None)
    ideas, number = Ideas([], [], [], [], []), dict[str, int]()
    for idea_id, answer_id, starts, ends, text in db.session.execute(
        select(Idea.id, Idea.answer_id, Idea.starts, Idea.ends, Answer.text)
        .join(Answer, Answer.id == Idea.answer_id)
        .where(*wanted, Idea.status != "nonanswer")
        .order_by(Idea.id)
    ):
        place, wording, own = (answer_id, starts, ends), fold(text[starts:ends]), held.get(idea_id, {})
        machine = machine_placements(own, logs[place]) if place in logs else own
        if wording not in number:
            number[wording] = len(ideas.wordings)
            ideas.wordings.append(wording)
        ideas.places.append(place)
        ideas.rows.append(number[wording])
        ideas.held.append(set(own))
        ideas.machine.append({theme_id: own_held.strength for theme_id, own_held in machine.items()})
    return ideas


def _columns(run_id: int) -> Columns:
    found = db.session.execute(
        select(Theme.id, Theme.key)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == run_id, ThemeResult.parent_id.is_(None))
        .order_by(Theme.key)
    ).all()
    return dict(found)


def _deserted(ideas: Ideas, shown: Columns) -> Columns:
    """Return the keys of the themes that the machine has ideas in and that decisions, or what they teach, emptied."""
    gone = {theme_id for machine in ideas.machine for theme_id in machine} - shown.keys()
    return dict(db.session.execute(select(Theme.id, Theme.key).where(Theme.id.in_(gone)).order_by(Theme.key)).all())


def _asked(survey_id: int) -> set[Place]:
    """Return the ideas that the owner was asked about and decided about then, instead of picking them."""
    rows = db.session.execute(
        select(IdeaChange.answer_id, IdeaChange.starts, IdeaChange.ends)
        .join(Edit, Edit.id == IdeaChange.edit_id)
        .where(Edit.survey_id == survey_id, Edit.undone_at.is_(None), ~IdeaChange.taught)
        .where(Edit.action.in_(BY_HAND), Edit.details["asked"].as_boolean().is_(True))
    )
    return {(answer_id, starts, ends) for answer_id, starts, ends in rows}


def _came_since_splits(survey_id: int, decisions: Decisions) -> dict[int, datetime]:
    """Return when answers came, or were changed, of those that did since the first split that holds."""
    if not decisions.splits:
        return {}
    first = min(split.made_at for split in decisions.splits)
    moments = (Answer.received_at, Answer.changed_at, AnswerImport.made_at)
    rows = db.session.execute(
        select(Answer.id, *moments)
        .outerjoin(AnswerImport, AnswerImport.id == Answer.import_id)
        .where(Answer.survey_id == survey_id, or_(*(moment > first for moment in moments)))
    )
    return {answer_id: max(filter(None, own)) for answer_id, *own in rows}


def _learn(
    ideas: Ideas,
    shown: Columns,
    deserted: Columns,
    vectors: FloatArray,
    decisions: Decisions,
    embedder: Embedder,
    asked: Collection[Place],
    came: Mapping[int, datetime],
) -> Learned:
    """Return what decisions teach; by those about ideas that were `asked` about the rest is judged.

    Ideas go to themes that are `shown`; out of those `deserted` by all they go again, or these would be back. `came` as
    `_came_since_splits` returns it.
    """
    columns = shown | deserted
    theme_ids, placed = list(columns), ideas.placed(columns)
    number = {theme_id: column for column, theme_id in enumerate(columns)}
    by_key = {key: column for column, key in enumerate(columns.values())}
    decided = _decided_rows(ideas, decisions)
    unread = unread_rows(ideas.wordings, embedder)
    rows = sorted(decided.keys() - unread)
    own = [
        Decision(row, frozenset(number[theme_id] for theme_id in decided[row][0] if theme_id in number)) for row in rows
    ]
    phrases = [
        (fold(phrase), by_key[key], edit_id)
        for theme, phrase, edit_id in decisions.examples
        if (key := decisions.current_key(theme)) in by_key
    ]
    examples = Examples(embedder.encode([text for text, _, _ in phrases]), tuple(column for _, column, _ in phrases))
    edits = {edit_id for _, edit_id in decided.values()}
    if not phrases and len(edits) < MIN_EDITS and edits.isdisjoint(decisions.files):
        own = []
    barred, stays = set[tuple[int, int]](), dict[int, int]()
    for split, stayed, closed in _left_by_splits(ideas, columns, decisions, came):
        barred |= {(row, number[theme_id]) for row in stayed for theme_id in closed}
        moved = [row for row in rows if decided[row][0] & closed] if own else []
        stays |= dict.fromkeys(_nearest(ideas, vectors, stayed - decided.keys() - unread, moved), split.edit_id)
    of_files = [at for at, rule in enumerate(own) if decided[rule.row][1] in decisions.files]
    found = learn(
        vectors,
        placed,
        own,
        examples=examples if phrases else None,
        stays=[*stays],
        barred=barred,
        stand_for_theme=of_files,
    )
    moves = [
        move
        for move in found.moves
        if move.row not in unread and (move.target is None or theme_ids[move.target] in shown)
    ]
    reasons = (*(decided[rule.row][1] for rule in own), *stays.values(), *(edit_id for _, _, edit_id in phrases))
    of_row: dict[int, list[int]] = defaultdict(list)
    for at, row in enumerate(ideas.rows):
        of_row[row].append(at)
    row_of = {wording: row for row, wording in enumerate(ideas.wordings)}
    said = {row_of[text]: ({theme_ids[at]}, edit_id) for text, at, edit_id in phrases if text in row_of}
    taught = _same_words(ideas, said | decided, of_row, decisions)
    by_words = len(taught)
    for move in moves:
        source = None if move.source is None else theme_ids[move.source]
        target = None if move.target is None else theme_ids[move.target]
        for at in of_row[move.row]:
            machine = ideas.machine[at]
            if source in machine if source is not None else not machine:
                leaves = None if move.stays else source
                taught.append(Taught(ideas.places[at], leaves, target, move.strength, reasons[move.because]))
    emptied = _emptied(ideas, decisions, taught)
    taught = [
        *taught[:by_words],
        *(each for each in taught[by_words:] if each.edit_id in decisions.files or each.source_id not in emptied),
    ]
    after = np.array(placed)
    for move in moves:
        if move.source is not None and not move.stays:
            after[move.row, move.source] = 0.0
        if move.target is not None:
            after[move.row, move.target] = move.strength
    weights = np.bincount(ideas.rows, minlength=len(ideas.wordings)).astype(np.intp)
    next_rows = read_next(found.head, vectors, after, rows, most=MAX_READING, weights=weights)
    reading = [ideas.places[of_row[row][0]] for row in next_rows.tolist()]
    rows_asked = {row for place, row in zip(ideas.places, ideas.rows, strict=True) if place in asked}
    judged = [number for number, decision in enumerate(own) if decision.row in rows_asked]
    left = remaining(found.head, vectors, placed, own, asked=judged) if judged else None
    return Learned(Lessons({}, found.head, tuple(columns.values()), reasons), taught, reading, left)


def _left_by_splits(
    ideas: Ideas, columns: Columns, decisions: Decisions, came: Mapping[int, datetime]
) -> list[tuple[Split, set[int], set[int]]]:
    """Return of each split the wordings that it left in their theme, and the themes that these do not follow it to.

    Those are the theme that was split off, and what was split off that.
    """
    by_key = {key: theme_id for theme_id, key in columns.items()}
    found = []
    for at, split in enumerate(decisions.splits):
        off = {split.target}
        for later in decisions.splits[at + 1 :]:
            off |= {later.target} if later.source in off else set()
        source = by_key.get(decisions.current_key(split.source))
        closed = {by_key[key] for key in map(decisions.current_key, off) if key in by_key} - {source}
        left = {
            row
            for place, row, machine in zip(ideas.places, ideas.rows, ideas.machine, strict=True)
            if source in machine and place not in decisions.by_hand
            if came.get(place[0], split.made_at) <= split.made_at
        }
        found.append((split, left, closed))
    return found


def _emptied(ideas: Ideas, decisions: Decisions, taught: Sequence[Taught]) -> set[int]:
    """Return the themes that the machine put ideas in and that would have none left.

    A theme that is not shown teaches nothing, so that its ideas would come back in the next run, and go in the one
    after it.
    """
    out: dict[Place, set[int | None]] = defaultdict(set)
    into: dict[Place, set[int]] = defaultdict(set)
    for each in taught:
        out[each.place].add(each.source_id)
        into[each.place] |= set() if each.target_id is None else {each.target_id}
    before, after = set[int](), set[int]()
    for place, held, machine in zip(ideas.places, ideas.held, ideas.machine, strict=True):
        before |= machine.keys()
        after |= held if place in decisions.by_hand else (machine.keys() - out[place]) | into[place]
    return before - after


def _nearest(ideas: Ideas, vectors: FloatArray, left: Collection[int], moved: Sequence[int]) -> list[int]:
    """Return those of the wordings `left` that are nearest to the `moved` ones, at most as many: both sides teach."""
    rows = sorted(left, key=lambda row: ideas.wordings[row])
    if not rows or not moved:
        return []
    near = (vectors[rows] @ vectors[moved].T).max(axis=1)
    return [rows[at] for at in np.argsort(-near, kind="stable")[: len(moved)].tolist()]


def _decided_rows(ideas: Ideas, decisions: Decisions) -> dict[int, tuple[set[int], int]]:
    """Return the themes of each wording the owner decided about, and the edit; of several decisions the last one."""
    decided: dict[int, tuple[set[int], int]] = {}
    for place, row, held in zip(ideas.places, ideas.rows, ideas.held, strict=True):
        edit_id = decisions.by_hand.get(place)
        if edit_id is not None and (row not in decided or edit_id > decided[row][1]):
            decided[row] = (held, edit_id)
    return decided


def _same_words(
    ideas: Ideas, decided: Mapping[int, tuple[set[int], int]], of_row: Mapping[int, Sequence[int]], decisions: Decisions
) -> list[Taught]:
    """Return what moves ideas to where the owner put others of the same words."""
    taught = []
    for row, (themes, edit_id) in sorted(decided.items()):
        for at in of_row[row]:
            if ideas.places[at] in decisions.by_hand:
                continue
            machine = set(ideas.machine[at])
            for source, target in zip_longest(sorted(machine - themes), sorted(themes - machine)):
                taught.append(Taught(ideas.places[at], source, target, 1.0, edit_id))
    return taught


def _save(survey_id: int, run_id: int, version: int, learned: Learned, sample: SampleRule | None) -> int | None:
    """Save what was learned; return how many ideas it moves, None if an edit or another result came meanwhile."""
    with write_transaction() as session:
        lock_results(session, survey_id)
        survey = session.get(Survey, survey_id, populate_existing=True)
        if survey is None or (survey.current_run_id, survey.edit_version) != (run_id, version):
            return None
        moved = replace_taught(session, survey_id, run_id, learned.taught, sample)
        follow_merges(session, survey_id)
        session.execute(
            update(Run)
            .where(Run.id == run_id)
            .values(
                lessons=pack_lessons(learned.lessons),
                reading=[list(place) for place in learned.reading],
                remaining=None if learned.left is None else asdict(learned.left),
            )
        )
    return moved
