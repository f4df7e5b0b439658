"""Take in what a plan says: all of it in one transaction, or nothing."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.files.read_file import read_file
from analysis.languages import guess_language
from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer
from survey.core import respondent_kinds
from survey.core.account_models import Membership
from survey.core.database import db, write_transaction
from survey.core.i18n import N_, gettext, ngettext
from survey.core.models import AnswerImport, Survey
from survey.core.survey_model import free_slug
from survey.edits import deeds
from survey.imports import past_imports
from survey.imports import plan as plans
from survey.imports.choices import Choices
from survey.imports.plan import Cell, Outcome, Plan, Question
from survey.imports.recognise import response_key
from survey.runs import lifecycle as runs
from survey.web.access import role_in
from survey.web.formatting import number

NAME_MAX = 120
"""Characters of a file's name that are stored, from its end"""
SLOW_DELETION = N_("An import of this survey is being deleted, and its rows are still known. Wait until it is gone.")


class ImportRefused(Exception):
    """Nothing was imported; the message says why."""


class CountsChanged(Exception):
    """Nothing was imported: other counts than the confirmed ones would come in now. The plan has the new ones."""


@dataclass(frozen=True, slots=True)
class Other:
    """The survey of another question of a file, and how many answers came into it."""

    slug: str
    question: str
    added: int


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What an import did: counts of the survey's own rows, and the surveys of its other questions."""

    public_id: str | None
    """Of the import; None where no answer was new"""
    counts: dict[Outcome, int]
    others: tuple[Other, ...] = ()
    cells_left_out: dict[Cell, int] = field(default_factory=dict)
    """In how many of the survey's own new answers a cell is left out"""

    @property
    def added(self) -> int:
        """How many answers came into the survey."""
        return self.counts.get("taken", 0)

    @property
    def known(self) -> int:
        """How many rows were here already, for sure or by their text."""
        return sum(self.counts.get(name, 0) for name in ("here", "alike", "changed"))

    def __str__(self) -> str:
        added = ngettext("%(n)s answer added", "%(n)s answers added", self.added, n=number(self.added))
        if not self.known:
            return f"{added}."
        known = ngettext("%(n)s was already here", "%(n)s were already here", self.known, n=number(self.known))
        return gettext("%(added)s, %(known)s.", added=added, known=known)


def import_answers(survey: Survey, content: bytes, name: str = "A file", choices: Choices | None = None) -> Outcomes:
    """Import a file as it is understood, with what was chosen. Raises ImportRefused and FileRefused."""
    with tempfile.TemporaryDirectory() as folder:
        choices = choices or Choices()
        stored = read_file(io.BytesIO(content), Path(folder) / "file", choices.file, name=name)
        plan = plans.make_plan(stored.rows, stored.form, survey, choices, db.session)
        return take_in(survey, plan, name)


def take_in(
    survey: Survey,
    plan: Plan,
    name: str,
    *,
    owner_id: int | None = None,
    confirmed: str | None = None,
) -> Outcomes:
    """Store the answers of a plan in one transaction; what is here already is looked up again inside it.

    `confirmed` is the signature of the plan that somebody saw.

    Raises ImportRefused where nothing can be taken in, CountsChanged where it would be other counts than confirmed.
    """
    if past_imports.is_import_being_deleted(survey):
        raise ImportRefused(gettext(SLOW_DELETION))
    if not any(question.rows for question in plan.questions):
        raise ImportRefused(nothing_in(plan.first))
    for question in plan.questions:
        question.keys()  # before the database is locked
    survey_id = survey.id
    run_ids: dict[int, int | None] = {}
    public_id = None
    others: list[Other] = []
    with write_transaction() as session:
        # Locked before its answers: the same file sent twice at once is recognised the second time.
        own = session.scalars(select(Survey).where(Survey.id == survey_id).with_for_update()).one()
        plans.find_known_rows(plan, own, session, owner_id)
        if confirmed is not None and plan.signature() != confirmed:
            raise CountsChanged
        if plan.choices.unknown_kind == "add":
            add_kinds(own, plan)
        for question in plan.questions:
            target = own if question is plan.first else _other_survey(session, own, question, owner_id)
            if target is None:
                continue
            counts = question.counts(plan.choices)
            made = AnswerImport(survey_id=target.id, name=name[-NAME_MAX:], owner_id=owner_id, counts=dict(counts))
            added, _ = answers.store_import(session, made, _new_answers(target, plan, question))
            if added:
                deeds.record(session, target.id, "import", name=made.name, n=added)
                run_ids[target.id] = runs.request_run(session, target.id, "answers")
            if target is not own:
                others.append(Other(target.slug, target.question, added))
            elif added:
                public_id = made.public_id
    for changed_id, run_id in run_ids.items():
        runs.notify_new_answers(changed_id, run_id)
    return Outcomes(public_id, plan.counts(), tuple(others), plan.first.cells_left_out(plan.choices))


def nothing_in(question: Question) -> str:
    """Return the sentence that says why no answer can be taken in."""
    if not question.left:
        return gettext("The file has no rows below its header.")
    reasons = {one.reason for one in question.left}
    if reasons <= {"blank", "placeholder"}:
        return gettext("No row has an answer in this column. Choose another column, or another file.")
    return gettext("Every row is left out. Change what is left out, or choose another file.")


def add_kinds(survey: Survey, plan: Plan) -> None:
    """Give a survey the kinds of a file that it does not know. Raises ImportRefused where they do not fit."""
    labels = kinds_with_new(survey, plan.first)
    problem = respondent_kinds.label_problem(labels)
    if problem is not None:
        raise ImportRefused(problem)
    respondent_kinds.update_survey(db.session, survey, labels)


def kinds_with_new(survey: Survey, question: Question) -> list[str]:
    """Return the labels a survey's kinds would have with those of a file: its own, or those of the site that occur."""
    if respondent_kinds.has_own_kind(survey):
        labels = respondent_kinds.own_labels(survey)
    else:
        used = {kind.key for row in question.rows if row.kind and (kind := respondent_kinds.find(survey, row.kind))}
        labels = [kind.label for kind in respondent_kinds.offered(survey) if kind.key in used]
    by_folded = {label.casefold(): label for label in labels}
    for label in question.unknown_kinds:
        by_folded.setdefault(label.casefold(), label)
    return list(by_folded.values())


def _new_answers(survey: Survey, plan: Plan, question: Question) -> Iterator[NewAnswer]:
    keys = question.keys()
    kinds: dict[str, str | None] = {"": None}
    is_own, own_ids = plan.understood.is_own_export, plan.own_ids
    for row in question.taken(plan.choices):
        if row.kind not in kinds:
            kind = respondent_kinds.find(survey, row.kind)
            kinds[row.kind] = None if kind is None else kind.key
        yield NewAnswer(
            row.text,
            answers.new_form_key(),
            kinds[row.kind],
            row.source or "import",
            row.time,
            import_key=keys[row.number],
            response_key=response_key(row.response_id),
            response_id=_kept_id(own_ids.get(row.number, "") if is_own else row.response_id),
            status=row.status or "shown",
            is_askers=row.number in plan.askers,
        )


def _kept_id(written: str) -> str | None:
    """Return a response id as it is stored, None where there is none or it is longer than any id."""
    written = plans.cleaned(written)
    return written if 0 < len(written) <= answers.RESPONSE_ID_MAX else None


def _other_survey(session: Session, survey: Survey, question: Question, by: int | None) -> Survey | None:
    """Return the survey of another question of the file: the one made before, or a new one that is not open yet.

    Who imports may do in a new one what they may in this one. None where nobody answered it.
    """
    if question.survey_id is not None:
        return session.get_one(Survey, question.survey_id)
    if not question.rows:
        return None
    made = Survey(
        owner_id=survey.owner_id,
        slug=free_slug(session, question.asked),
        question=question.asked,
        asker=survey.asker,
        language=guess_language(question.asked, "", survey.language),
        own_kinds=[],
        kinds_asked=False,
        codebook="none",
        is_open=False,
    )
    session.add(made)
    session.flush()
    if by is not None and by != survey.owner_id:
        role = role_in(session, survey, by)
        session.add(Membership(survey_id=made.id, owner_id=by, role=role, added_by=survey.owner_id))
    return made
