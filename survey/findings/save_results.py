"""Save the result of a run: rows in short transactions, then one transaction that makes it the result that is shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from analysis.discovery.theme_identity import Snapshot, theme_changes
from analysis.results import Analysis, Finding
from analysis.results import Theme as FoundTheme
from analysis.text.normalise import fold
from survey.core.database import batches, db, write_batch, write_transaction
from survey.core.models import Answer, Idea, Run, Survey, Theme, ThemeResult
from survey.curation import doctor
from survey.findings import stale_theme_names
from survey.findings.comparisons import compare_kinds
from survey.findings.packed_centres import pack_centres
from survey.findings.result_rows import idea_rows, insert_ideas, insert_missing_themes
from survey.findings.run_inputs import RunInputs, public_id_of
from survey.findings.save_findings import carry_edits, record_found, refuse_outdated, save_proposal
from survey.results import daily_counts
from survey.results.result_counts import lock_results, recount
from survey.runs import lifecycle as runs
from survey.runs import run_slices
from survey.runs.lookups import in_run, shown_run_id
from survey.runs.run_slices import Totals

BATCH_ROWS = 2000


def save_result(
    run_id: int, token: str, inputs: RunInputs, result: Analysis, advice: Sequence[dict[str, Any]] = ()
) -> None:
    """Save the result of a run over all answers and show it; `advice` are the comparisons with lists of advice.

    Raises ClaimLost, and Outdated where the owner edited themes meanwhile that this result would replace.
    """
    theme_ids = _save_rows(run_id, token, inputs, result)
    # Computed before the transaction of `show`: it blocks everybody who wants to write.
    daily = _by_id(inputs.survey_id, daily_counts.count_people_by_day(db.session, run_id))
    show(run_id, token, inputs, result, advice, theme_ids, daily)


def save_sampled_result(
    run_id: int,
    token: str,
    inputs: RunInputs,
    result: Analysis,
    advice: Sequence[dict[str, Any]],
    place_rest: Callable[[Mapping[str, int]], None],
) -> None:
    """Save the result of a run over a sample, have all other answers placed by `place_rest`, and show it.

    `place_rest` is called with the ids of all themes by key, again where answers were removed meanwhile. Raises as
    `save_result`, and what `place_rest` raises.
    """
    theme_ids = _save_rows(run_id, token, inputs, result)
    with write_transaction(shown=False) as session:
        delete_outdated_ideas(session, run_id, inputs)
    while True:
        place_rest(theme_ids)
        totals = run_slices.totals(db.session, run_id)
        counted = with_totals(result, theme_ids, totals)
        try:
            show(run_id, token, inputs, counted, advice, theme_ids, totals.by_day, totals)
        except run_slices.Incomplete:
            continue
        return


def show(
    run_id: int,
    token: str,
    inputs: RunInputs,
    result: Analysis,
    advice: Sequence[dict[str, Any]],
    theme_ids: Mapping[str, int],
    daily: Mapping[str, Mapping[str, int]],
    totals: Totals | None = None,
) -> None:
    """Make a saved result the one that is shown.

    `daily` are people by day, by the theme's id or EVERYBODY, `totals` the counts of all answers where `result` is that
    of a sample. Raises ClaimLost, Outdated and Incomplete.
    """
    stale_names = stale_theme_names.find_stale(inputs.survey_id, result.themes, inputs.texts)
    changes = changes_since_shown(inputs, result)
    comparison = compare_kinds(inputs.ids, inputs.kinds, result, inputs.compared)
    centres = pack_centres(result.centres)
    findings = [_finding_row(inputs, result, finding) for finding in result.findings]
    with write_transaction() as session:
        lock_results(session, inputs.survey_id)
        refuse_outdated(session, inputs)
        shown_before = shown_run_id(session, inputs.survey_id)
        gone: set[int] = set()
        if totals is None:
            gone = delete_outdated_ideas(session, run_id, inputs)
        else:
            run_slices.check_complete(session, run_id)
        if result.themes:
            rows = list(theme_result_rows(run_id, result, theme_ids))
            for row in rows:
                row["by_day"] = daily.get(str(row["theme_id"]), {}) if row["parent_id"] is None else None
            session.execute(insert(ThemeResult), rows)
        everybody = (daily_counts.count_people_by_day(session, run_id, []) if gone else daily)[daily_counts.EVERYBODY]
        runs.finish(
            session,
            run_id,
            token,
            **(_counts(inputs, result, gone) if totals is None else totals.of_run()),
            model=result.model,
            settings=dict(result.settings),
            changes=changes,
            forming=[[_answer_span(inputs, result, idea) for idea in group] for group in result.forming],
            saturation=asdict(result.saturation),
            comparison=comparison,
            advice=list(advice),
            centres=centres,
            by_day=everybody,
            **_still_known(session, shown_before),
            found_answers=inputs.found_answers if inputs.finding == "none" else inputs.answers,
        )
        doctor.store(session, inputs.survey_id, run_id, inputs.edit_version, findings)
        stale_theme_names.renew_descriptions(session, inputs.survey_id, result.themes)
        stale_theme_names.replace_stale(session, inputs.survey_id, result.themes, stale_names)
        edited = carry_edits(session, shown_before, run_id, inputs)
        record_found(session, shown_before, inputs, result, theme_ids, gone)
        save_proposal(session, inputs, result, gone)
        if gone or edited:
            recount(session, run_id, edited.union(theme_ids[theme.key] for theme in result.themes if gone))


def _counts(inputs: RunInputs, result: Analysis, gone: Collection[int]) -> dict[str, int]:
    """Return what a result says of how many answers, but for those that are gone."""
    placed = {result.ideas[placement.idea].answer for placement in result.placements}
    return {
        "answers": len(inputs.ids) - len(gone),
        "ideas": sum(idea.answer not in gone for idea in result.ideas),
        "nonanswers": len(set(result.nonanswers).difference(gone)),
        "placed": len(placed.difference(gone)),
    }


def _by_id(survey_id: int, daily: Mapping[str, daily_counts.DayCounts]) -> dict[str, daily_counts.DayCounts]:
    """Return people by day by the id of each theme instead of its public id."""
    ids = db.session.execute(select(Theme.public_id, Theme.id).where(Theme.survey_id == survey_id))
    return {str(number): daily.get(public, {}) for public, number in ids} | {
        daily_counts.EVERYBODY: daily[daily_counts.EVERYBODY]
    }


def with_totals(found: Analysis, theme_ids: Mapping[str, int], totals: Totals) -> Analysis:
    """Return the result with the people and mentions of all answers, the themes with the most people first."""

    def counted(themes: Sequence[FoundTheme]) -> tuple[FoundTheme, ...]:
        own = [
            replace(
                theme,
                people=totals.people[str(theme_ids[theme.key])],
                mentions=totals.mentions[str(theme_ids[theme.key])],
                parts=counted(theme.parts),
            )
            for theme in themes
        ]
        return tuple(sorted(own, key=lambda theme: -theme.people))

    return replace(found, themes=counted(found.themes))


def _still_known(session: Session, run_id: int | None) -> dict[str, Any]:
    """Return what a run learned from decisions, to hold until the new one has learned from them."""
    columns = (Run.lessons, Run.reading, Run.remaining)
    row = session.execute(select(*columns).where(Run.id == run_id)).mappings().one_or_none()
    return dict(row) if row is not None else {}


def _save_rows(run_id: int, token: str, inputs: RunInputs, result: Analysis) -> dict[str, int]:
    """Insert missing themes, then the ideas in batches, which nobody sees yet. Return the ids of all themes by key."""
    with write_transaction(shown=False) as session:
        runs.update_claimed(session, run_id, token, stage="saving", done=0, total=len(result.ideas))
        theme_ids = insert_missing_themes(session, inputs.survey_id, result.themes)
        for theme in result.themes:
            theme_ids |= insert_missing_themes(session, inputs.survey_id, theme.parts, parent_key=theme.key)
    rows = list(idea_rows(run_id, inputs.ids, result, theme_ids, quote_ranks(result)))
    done = 0
    for batch in batches(rows, BATCH_ROWS):
        with write_batch(shown=False) as session:
            runs.update_claimed(session, run_id, token, stage="saving", done=done, total=len(rows))
            insert_ideas(session, batch)
        done += len(batch)
    return theme_ids


def delete_outdated_ideas(session: Session, run_id: int, inputs: RunInputs) -> set[int]:
    """Delete the ideas of answers that were deleted, held, hidden or changed since the run read them.

    Their character ranges belong to another text. Return the positions of these answers in the inputs.
    """
    own = select(Answer.id, Answer.text).where(Answer.survey_id == inputs.survey_id, Answer.status == "shown")
    if inputs.sample is not None:
        own = own.where(inputs.sample.holds(Answer.id))
    current: set[int] = set()
    # SQLite gives the id of the last answer, once that is deleted, to the next new one.
    if public_id_of(session, inputs.ids[-1:]) == inputs.last_public_id:
        current |= set(session.scalars(own.with_only_columns(Answer.id).where(Answer.changed_at.is_(None))))
        own = own.where(Answer.changed_at.is_not(None))
    texts = dict(zip(inputs.ids, inputs.texts, strict=True))
    # Compares texts, not times: the clock may have been set back meanwhile.
    current |= {answer_id for answer_id, text in session.execute(own) if texts.get(answer_id) == text}
    gone = {position for position, answer_id in enumerate(inputs.ids) if answer_id not in current}
    for batch in batches(sorted(inputs.ids[position] for position in gone), BATCH_ROWS):
        session.execute(
            delete(Idea).where(in_run(run_id), Idea.answer_id.in_(batch)).execution_options(synchronize_session=False)
        )
    return gone


def theme_result_rows(run_id: int, result: Analysis, theme_ids: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """Return the rows of a run's themes and sub-themes."""
    for rank, theme in enumerate(result.themes):
        x, y, radius = result.idea_map.patches.get(theme.key, (None, None, None))
        yield {
            **_theme_counts(theme),
            "run_id": run_id,
            "theme_id": theme_ids[theme.key],
            "parent_id": None,
            "rank": rank,
            "tentative": theme.tentative,
            "x": x,
            "y": y,
            "radius": radius,
        }
        for part_rank, part in enumerate(theme.parts):
            yield {
                **_theme_counts(part),
                "run_id": run_id,
                "theme_id": theme_ids[part.key],
                "parent_id": theme_ids[theme.key],
                "rank": part_rank,
                "tentative": False,
                "x": None,
                "y": None,
                "radius": None,
            }


def _theme_counts(theme: FoundTheme) -> dict[str, Any]:
    """Return the columns that themes and sub-themes have in common."""
    return {
        "people": theme.people,
        "mentions": theme.mentions,
        "wordings": theme.wordings,
        "candidates": list(theme.candidates),
        "came_back": theme.stability.came_back,
        "re_runs": theme.stability.of,
    }


def quote_ranks(result: Analysis) -> dict[tuple[int, str], int]:
    """Return the rank of each quote in its theme, by idea number and theme key."""
    return {(idea, theme.key): rank for theme in result.themes for rank, idea in enumerate(theme.quotes)}


def changes_since_shown(inputs: RunInputs, result: Analysis) -> list[dict[str, str | int | None]]:
    """Compare the themes of a result with those that are shown now, as JSON."""
    members: dict[str, set[str]] = {}
    for placement in result.placements:
        members.setdefault(placement.theme, set()).add(fold(result.ideas[placement.idea].text))
    before = [Snapshot(theme.key, theme.people, theme.members) for theme in inputs.shown if theme.parent is None]
    after = [Snapshot(theme.key, theme.people, frozenset(members[theme.key])) for theme in result.themes]
    return [asdict(change) for change in theme_changes(before, after)]


def _answer_span(inputs: RunInputs, result: Analysis, number: int) -> list[int]:
    """Return the answer id and the character range of an idea."""
    idea = result.ideas[number]
    return [inputs.ids[idea.answer], idea.start, idea.end]


def _finding_row(inputs: RunInputs, result: Analysis, finding: Finding) -> dict[str, Any]:
    """Return a finding of the theme doctor as JSON, its ideas by answer id and character range."""
    parts = {"ideas": finding.ideas, "contrast": finding.contrast}
    spans = {part: [_answer_span(inputs, result, idea) for idea in ideas] for part, ideas in parts.items()}
    return {**asdict(finding), **spans}


def delete_old_results(survey_id: int, keep: int) -> None:
    """Delete the ideas and proposed names of a survey's earlier runs, in short transactions.

    Deletes no ideas if the run `keep` is not the one shown any more.
    """
    with write_transaction() as session:
        stale_theme_names.clear_old_candidates(session, survey_id, keep=keep)
    while True:
        with write_batch(shown=False) as session:
            old = list(
                session.scalars(
                    select(Idea.id)
                    .join(Run, Run.id == Idea.run_id)
                    .where(Run.survey_id == survey_id, Run.id != keep, Run.state.in_(["finished", "failed"]))
                    .where(exists().where(Survey.id == survey_id, Survey.current_run_id == keep))
                    .limit(BATCH_ROWS)
                )
            )
            if not old:
                return
            session.execute(delete(Idea).where(Idea.id.in_(old)).execution_options(synchronize_session=False))
