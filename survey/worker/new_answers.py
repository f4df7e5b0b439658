"""Place new answers among the themes of the result that is shown, without a full run.

The file follows a batch of new answers from top to bottom: find them, split them into ideas and place those in themes,
save the rows, add to the counts. The next full run analyses the same answers and replaces all that is saved here.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import exists, insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from analysis.embedding.models import Embedder, ModelError
from analysis.known_themes.codebook import Codebook
from analysis.large.sizes import MAX_WHOLE_ANSWERS
from analysis.new_answers import PlacedAnswers, Themes, place_new_answers
from analysis.results import Centres
from analysis.standing.few_people import fewest_people
from survey.answers import bursts, story
from survey.core.database import db, insert_new, write_transaction
from survey.core.models import Answer, Idea, Run, Survey, Theme, ThemeResult
from survey.curation.codebook import starting_codebook
from survey.edits.decisions import Decisions, read_decisions
from survey.edits.models import Edit, IdeaChange
from survey.findings.packed_centres import unpack_centres
from survey.findings.read_lessons import lessons_of
from survey.findings.result_rows import NewTheme, idea_rows, insert_ideas, insert_missing_themes
from survey.findings.save_languages import save_languages
from survey.placing.unreadable_answers import place_readable, traceback_without_message
from survey.placing.vector_store import StoredVectors
from survey.results import daily_counts
from survey.results.result_counts import empty_theme_result
from survey.runs.lookups import shown_run
from survey.worker import nearest_answer
from survey.worker.other_model import ask_anew
from survey.worker.waiting_proposal import Elsewhere, add_moves, place_elsewhere

logger = logging.getLogger(__name__)

BATCH_ANSWERS = 50
"""Answers that are placed before the next survey has its turn"""
LOOK_BACK_SECONDS = 600.0
"""How often a large survey is searched for answers that came back, having been changed or held; new ones have the
highest ids. Comparing ten million answers with the result takes seconds"""

_looked_back: dict[int, float] = {}
"""When each large survey was searched as a whole, by id"""


def place_batch(survey_id: int, get_embedder: Callable[[], Embedder]) -> bool:
    """Place the next batch of a survey's new answers; return whether there may be more. Needs an app context.

    Errors are logged and not raised: other surveys go on, and the next sweep tries again.
    """
    try:
        return _place_batch(survey_id, get_embedder)
    except ModelError as error:
        logger.error("survey %s: new answers are not placed. %s", survey_id, error)
    except OperationalError as error:
        logger.warning("survey %s: new answers are placed later: %s", survey_id, error.orig)
    except Exception as error:  # noqa: BLE001 - an error in one survey must not stop the others
        logger.error("survey %s: new answers could not be placed\n%s", survey_id, traceback_without_message(error))
    return False


def _place_batch(survey_id: int, get_embedder: Callable[[], Embedder]) -> bool:
    survey = db.session.get(Survey, survey_id)
    run = shown_run(survey) if survey else None
    if survey is None or run is None or run.centres is None:
        return False
    embedder = get_embedder()
    if ask_anew(run, embedder.model):
        return False
    answers = {answer.id: answer.text for answer in find_unplaced(survey, run)}
    burst_texts = bursts.unplaced_texts(survey, run)
    if not answers and not burst_texts:
        return False
    run_id, codebook, centres = run.id, starting_codebook(survey), unpack_centres(run.centres)
    vectors = StoredVectors(embedder, survey_id)
    edit_version = version_of_edits(db.session, survey_id)  # before the decisions: what comes between is placed anew
    decisions = read_decisions(survey_id)
    shown = shown_keys(run_id)
    centres = still_shown(shown, centres, decisions)
    only = None if may_begin(run, codebook) else shown
    told = {str(code): int(n) for code, n in dict(run.settings.get("languages", {})).items()}
    themes = Themes(codebook, centres, decisions.merged, lessons_of(run, decisions), only, told)

    def place(texts: Sequence[str]) -> PlacedAnswers:
        return place_new_answers(texts, themes=themes, embedder=vectors)

    if answers:
        readable, placed = place_readable(survey_id, answers, place)
        elsewhere = place_elsewhere(survey_id, list(readable.values()), themes, vectors)
        added = save(run_id, survey_id, readable, placed, codebook, edit_version, elsewhere)
        if added is None:
            return True
        story.record_themes(survey_id, list(answers))
        save_languages(list(readable), list(readable.values()), placed.languages)
        nearest_answer.save_nearest(survey_id, run_id, readable, placed, vectors)
        logger.info("survey %s: %s new answers placed", survey_id, added)
    if burst_texts:
        placed = place(list(burst_texts.values()))
        bursts.save_themes(run_id, dict(zip(burst_texts, theme_keys(len(burst_texts), placed), strict=True)))
    return len(answers) == BATCH_ANSWERS


def shown_keys(run_id: int) -> set[str]:
    """Return the keys of the themes of a result that is shown."""
    themes = select(Theme.key).join(ThemeResult, ThemeResult.theme_id == Theme.id)
    return set(db.session.scalars(themes.where(ThemeResult.run_id == run_id, ThemeResult.parent_id.is_(None))))


def still_shown(shown: Collection[str], centres: Centres, decisions: Decisions) -> Centres:
    """Return the centres of themes that are shown: edits since the last run may have emptied others."""
    keep = [at for at, key in enumerate(centres.keys) if decisions.current_key(key) in shown]
    return Centres(tuple(centres.keys[at] for at in keep), centres.vectors[keep], centres.shared)


def may_begin(run: Run, codebook: Codebook) -> bool:
    """Return whether one new answer may begin a known theme: in a small survey, whose themes are of this codebook."""
    found_with = run.settings.get("codebook", codebook.name)
    return fewest_people(run.answers - run.nonanswers) < 2 and found_with == codebook.name


def find_unplaced(survey: Survey, run: Run) -> Sequence[Answer]:
    """Return the first BATCH_ANSWERS answers that are not in the result that is shown, oldest first.

    Of a large survey, those that came back are found within LOOK_BACK_SECONDS.
    """
    placed = exists().where(Idea.run_id + 0 == run.id, Idea.answer_id == Answer.id)  # + 0: by the answer
    found = select(Answer).where(Answer.survey_id == survey.id, Answer.status == "shown", ~placed)
    found = found.order_by(Answer.id).limit(BATCH_ANSWERS)
    if run.answers <= MAX_WHOLE_ANSWERS:
        return db.session.scalars(found).all()
    last = select(Idea.answer_id).where(Idea.run_id + 0 == run.id).order_by(Idea.answer_id.desc()).limit(1)
    answers = db.session.scalars(found.where(Answer.id > (db.session.scalar(last) or 0))).all()
    if answers or time.monotonic() - _looked_back.get(survey.id, -LOOK_BACK_SECONDS) < LOOK_BACK_SECONDS:
        return answers
    answers = db.session.scalars(found).all()
    if len(answers) < BATCH_ANSWERS:
        _looked_back[survey.id] = time.monotonic()
    return answers


def save(
    run_id: int,
    survey_id: int,
    answers: Mapping[int, str],
    placed: PlacedAnswers,
    codebook: Codebook,
    edit_version: int | None,
    elsewhere: Elsewhere | None = None,
) -> int | None:
    """Add placed answers (text by id, in the order in which they were placed) to the result that is shown.

    `edit_version` is that of the decisions they were placed by, `elsewhere` where a proposal that waits would have
    them. Return how many were added: answers that were changed, deleted or placed by another worker meanwhile are
    skipped. Return None, and add nothing, where themes were edited meanwhile: a theme may be part of another now.
    """
    with write_transaction() as session:
        unplaced = lock_unplaced(session, run_id, answers)
        if not unplaced:
            return 0
        if version_of_edits(session, survey_id) != edit_version:
            return None
        keys = {placement.theme for placement in placed.placements}
        themes = [NewTheme(theme.key, theme.name, theme.description) for theme in codebook.themes if theme.key in keys]
        theme_ids = insert_missing_themes(session, survey_id, themes)
        all_rows = idea_rows(run_id, list(answers), placed, theme_ids, {})
        rows = [(idea, placements) for idea, placements in all_rows if idea["answer_id"] in unplaced]
        insert_ideas(session, rows)
        log_taught(session, list(answers), placed, theme_ids, unplaced)
        themes_of: dict[int, list[int]] = {}
        for idea, placements in rows:
            if placements:
                themes_of.setdefault(idea["answer_id"], []).extend(row["theme_id"] for row in placements)
        nonanswers = {idea["answer_id"] for idea, _ in rows if idea["status"] == "nonanswer"}
        add_to_counts(
            session,
            run_id,
            themes_of,
            unplaced - nonanswers,
            ideas=len(rows) - len(nonanswers),
            nonanswers=len(nonanswers),
            answers=len(unplaced),
        )
        if elsewhere is not None:
            add_moves(session, elsewhere, list(answers), placed, unplaced)
    return len(unplaced)


def version_of_edits(session: Session, survey_id: int) -> int | None:
    """Return the number of the last change of a survey's themes, as the database has it now; None: no such survey."""
    return session.scalar(select(Survey.edit_version).where(Survey.id == survey_id))


def log_taught(
    session: Session,
    answer_ids: Sequence[int],
    placed: PlacedAnswers,
    theme_ids: Mapping[str, int],
    saved: Collection[int],
) -> None:
    """Record what the owner's decisions changed in where the machine put new ideas, so that undoing them restores it.

    `answer_ids` are in the order in which the answers were placed; only those `saved` are recorded.
    """
    held = set(session.scalars(select(Edit.id).where(Edit.id.in_(edits_of(placed)), Edit.undone_at.is_(None))))
    rows = [
        {
            "edit_id": move.reason,
            "answer_id": answer_ids[placed.ideas[number].answer],
            "starts": placed.ideas[number].start,
            "ends": placed.ideas[number].end,
            "source_id": theme_ids[move.source] if move.source else None,
            "target_id": theme_ids[move.target] if move.target else None,
            "strength": move.before,
            "new_strength": move.strength if move.target else None,
            "taught": True,
        }
        for number, moves in placed.taught.items()
        for move in moves
        if answer_ids[placed.ideas[number].answer] in saved and move.reason in held
    ]
    if rows:
        session.execute(insert(IdeaChange), rows)


def edits_of(placed: PlacedAnswers) -> set[int]:
    """Return the edits that changed where new ideas are placed."""
    return {move.reason for moves in placed.taught.values() for move in moves}


def lock_unplaced(session: Session, run_id: int, answers: Mapping[int, str]) -> set[int]:
    """Return which of the answers (text by id, read before this transaction) may be saved: unchanged, still shown and
    not placed yet. Empty if the survey shows another result now.

    Locks the survey until the transaction ends, so that no other worker places the same answers and the result is not
    replaced: on PostgreSQL two transactions do not see each other's rows.
    """
    session.execute(select(Survey.id).where(Survey.current_run_id == run_id).with_for_update(key_share=True))
    placed = exists().where(Idea.run_id == run_id, Idea.answer_id == Answer.id)
    current = exists().where(Survey.id == Answer.survey_id, Survey.current_run_id == run_id)
    rows = session.execute(
        select(Answer.id, Answer.text).where(Answer.id.in_(answers), Answer.status == "shown", ~placed, current)
    )
    return {answer_id for answer_id, text in rows if answers[answer_id] == text}


def add_to_counts(
    session: Session,
    run_id: int,
    themes_of: Mapping[int, Sequence[int]],
    people: Collection[int],
    *,
    ideas: int,
    nonanswers: int,
    answers: int,
) -> None:
    """Add new answers to the counts of a result.

    `themes_of` has the theme id of each placed idea by answer id, `people` the ids of the answers that make a point.
    """
    theme_people: Counter[int] = Counter()
    theme_mentions: Counter[int] = Counter()
    for theme_ids in themes_of.values():
        theme_people.update(set(theme_ids))
        theme_mentions.update(theme_ids)
    for theme_id in sorted(theme_people):
        insert_new(session, ThemeResult, [empty_theme_result(session, run_id, theme_id)])
        session.execute(
            update(ThemeResult)
            .where(ThemeResult.run_id == run_id, ThemeResult.theme_id == theme_id)
            .values(
                people=ThemeResult.people + theme_people[theme_id],
                mentions=ThemeResult.mentions + theme_mentions[theme_id],
            )
        )
    session.execute(
        update(Run)
        .where(Run.id == run_id)
        .values(
            answers=Run.answers + answers,
            ideas=Run.ideas + ideas,
            nonanswers=Run.nonanswers + nonanswers,
            placed=Run.placed + len(themes_of),
        )
    )
    received_at = dict(session.execute(select(Answer.id, Answer.received_at).where(Answer.id.in_(people))).all())
    daily_counts.add(session, run_id, received_at, themes_of)


def theme_keys(texts: int, placed: PlacedAnswers) -> list[list[str]]:
    """Return the keys of the themes in which each of so many texts was placed, without repetition."""
    keys: list[dict[str, None]] = [{} for _ in range(texts)]
    for placement in placed.placements:
        keys[placed.ideas[placement.idea].answer][placement.theme] = None
    return [list(own) for own in keys]
