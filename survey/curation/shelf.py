"""Ask the owner about a packaged codebook that fits what people wrote, and do what they say. Nothing is switched alone.

`survey.worker.measure_shelf` measures which one fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from analysis.known_themes.codebook import NONE, packaged
from survey.core.database import db, now, write_transaction
from survey.core.i18n import gettext
from survey.core.models import Run, Survey
from survey.curation import edit_history
from survey.edits import deeds
from survey.edits.models import Edit
from survey.edits.proposals import replace_waiting
from survey.results.codebook_topics import topic
from survey.results.models import CodebookFit
from survey.results.result_counts import lock_results
from survey.runs import lifecycle as runs
from survey.runs.lookups import shown_run, shown_run_id

NEWS = timedelta(days=14)
"""How long it is offered to take back a codebook that was adopted"""


class OfferGone(Exception):
    """What the owner was asked about does not hold any more."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the owner is asked: to start from `codebook` ("none": from no known themes) instead of the one `used`.

    Of `people`, `placed` would be on a known theme of it, and `placed_now` are on one of the codebook used. `topic` and
    `topic_now` say what these are about, None without one.
    """

    codebook: str
    used: str
    people: int
    placed: int
    placed_now: int
    topic: str | None
    topic_now: str | None
    replaces: bool
    """Whether the themes are found again at once, and not proposed beside those that stand"""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A codebook that was adopted lately, and what it is about: None for none."""

    codebook: str
    topic: str | None
    at: datetime


def offer(survey: Survey) -> Offer | None:
    """Return what the owner is asked; None for nothing. One query."""
    fit = db.session.get(CodebookFit, survey.id)
    if fit is None or shown_run(survey) is None or not _holds(survey, fit):
        return None
    better = fit.better or NONE
    return Offer(
        codebook=better,
        used=survey.codebook,
        people=fit.people,
        placed=fit.placed.get(better, 0),
        placed_now=fit.placed.get(survey.codebook, 0),
        topic=topic(better),
        topic_now=topic(survey.codebook),
        replaces=survey.takes_findings,
    )


def adopt(survey: Survey, codebook: str) -> None:
    """Start from the codebook that was offered: themes are found again with it. Raises OfferGone.

    What the owner decided holds in what is found, and what would change besides is proposed where there are edits.
    """
    survey_id = survey.id
    with write_transaction() as session:
        stored, fit = _asked(session, survey_id, codebook)
        last_edit = session.scalar(select(func.max(Edit.id)).where(Edit.survey_id == survey_id))
        fit.before = {
            "adopted": codebook,
            "codebook": stored.codebook,
            "takes_findings": stored.takes_findings,
            "edit_id": last_edit or 0,
        }
        fit.adopted_at, stored.codebook = now(), codebook
        deeds.record(session, survey_id, "settings", fields=["codebook"])
        run_id = runs.request_run(session, survey_id, "owner", finds=True)
    runs.enqueue(run_id)


def decline(survey: Survey, codebook: str) -> None:
    """Remember that the owner does not want what was offered. Raises OfferGone."""
    survey_id = survey.id
    with write_transaction() as session:
        stored, fit = _asked(session, survey_id, codebook)
        fit.declined = [*fit.declined, _name(codebook, stored.codebook)]


def adopted(survey: Survey) -> Adopted | None:
    """Return the codebook that was adopted lately and can be taken back; None if there is none."""
    fit = db.session.get(CodebookFit, survey.id)
    if fit is None or not _can_go_back(survey, fit) or fit.adopted_at is None or fit.adopted_at < now() - NEWS:
        return None
    return Adopted(survey.codebook, topic(survey.codebook), fit.adopted_at)


def take_back(survey: Survey) -> str:
    """Go back to the codebook from before, take back what findings changed since; return what to say. Raises OfferGone.

    Edits that the owner made since stay. Of a large survey no finding is recorded: its themes are found once more.
    """
    survey_id = survey.id
    with write_transaction() as session:
        lock_results(session, survey_id)
        fit = session.get(CodebookFit, survey_id, with_for_update=True, populate_existing=True)
        stored = session.get_one(Survey, survey_id, populate_existing=True)
        if fit is None or not fit.before or not _can_go_back(stored, fit):
            raise OfferGone
        before, adopted_at = fit.before, fit.adopted_at or now()
        fit.declined = [*fit.declined, _name(stored.codebook, before["codebook"])]
        stored.codebook, fit.before, fit.adopted_at = before["codebook"], None, None
        deeds.record(session, survey_id, "settings", fields=["codebook"])
        replace_waiting(session, survey_id)
        waiting = update(Run).where(Run.survey_id == survey_id, Run.state == "asked", Run.reason == "owner")
        session.execute(waiting.values(finds=False))
        newer = select(Edit.id).where(Edit.survey_id == survey_id, Edit.id > before["edit_id"], Edit.action == "found")
        found = session.scalars(newer.where(Edit.undone_at.is_(None)).order_by(Edit.id.desc())).all()
        asked = {edit_history.undo_within(session, survey_id, edit_id) for edit_id in found}
        takes_findings = update(Survey).where(Survey.id == survey_id).values(takes_findings=before["takes_findings"])
        session.execute(takes_findings)
        shown = session.get(Run, shown_run_id(session, survey_id) or 0)
        is_found_again = not found and shown is not None and shown.settings.get("codebook") == before["adopted"]
        if is_found_again:
            asked.add(runs.request_run(session, survey_id, "owner", finds=True))
    for run_id in asked:
        runs.enqueue(run_id)
    if is_found_again:
        return gettext("It is taken back. Themes are found again, without those known themes; it takes a moment.")
    return edit_history.said_of_undoing(survey, before["edit_id"], adopted_at)


def _asked(session: Session, survey_id: int, codebook: str) -> tuple[Survey, CodebookFit]:
    """Return a survey and its fit, locked, if its owner is still asked about a codebook. Raises OfferGone."""
    lock_results(session, survey_id)
    fit = session.get(CodebookFit, survey_id, with_for_update=True, populate_existing=True)
    survey = session.get_one(Survey, survey_id, populate_existing=True)
    if fit is None or not _holds(survey, fit) or fit.better != codebook:
        raise OfferGone
    return survey, fit


def _holds(survey: Survey, fit: CodebookFit) -> bool:
    """Return whether there is something to ask, and the owner did not answer yet."""
    return (
        fit.better is not None
        and fit.used == survey.codebook != fit.better
        and (fit.better == NONE or fit.better in packaged())
        and _name(fit.better, fit.used) not in fit.declined
    )


def _can_go_back(survey: Survey, fit: CodebookFit) -> bool:
    """Return whether a survey still has the codebook that was adopted."""
    return bool(fit.before) and (fit.before or {}).get("adopted") == survey.codebook


def _name(codebook: str, used: str) -> str:
    return f"{codebook}/{used}"
