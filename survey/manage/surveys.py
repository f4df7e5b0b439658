"""The life of a survey: create, change, open and close, publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from analysis.languages import guess_language
from survey.answers import closing
from survey.core import respondent_kinds
from survey.core.account_models import OWNER, Membership, Owner
from survey.core.database import db, now, write_transaction
from survey.core.models import DELETED_PREFIX, Advice, Answer, Run, Survey
from survey.core.survey_model import free_slug, move
from survey.curation.codebook import rename_known_themes
from survey.edits import deeds
from survey.manage.meanwhile import marks
from survey.runs import lifecycle as runs

MAX_ID_DIGITS = 9
SENT_AGAIN = timedelta(minutes=1)
"""The same survey of the same owner within this time is its form sent twice"""
FILLED = (
    "question",
    "introduction",
    "asker",
    "codebook",
    "opens_at",
    "closes_at",
    "closes_after",
    "hold_first",
    "language",
)
"""The columns of a survey that a form fills, but for its address, kinds and time zone"""


class SlugTaken(Exception):
    """Another survey has this address."""


class ChangedMeanwhile(Exception):
    """The settings of a survey are not those that were read before: somebody keeps others at the same moment."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The settings of a survey that its owner chooses."""

    question: str
    introduction: str
    asker: str
    slug: str
    kinds_asked: bool | None
    """None: as it was"""
    codebook: str
    kinds: tuple[str, ...] | None = ()
    """Labels of the survey's own kinds; empty for the site's kinds; None: as they were"""
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    closes_after: int | None = None
    time_zone: str = "UTC"
    """In which the dates were typed"""
    hold_first: bool = False
    language: str = ""
    """"": guess it from the question and the introduction"""
    otherwise: str = "en"
    """The language where it cannot be told"""


def create(
    owner_id: int | None,
    fields: Fields,
    *,
    is_open: bool = True,
    is_example: bool = False,
    advice: Sequence[tuple[str, Sequence[str]]] = (),
) -> str:
    """Create a survey that is not published; return its slug, made from the question where none was chosen.

    `advice` are lists that its answers are compared with: their titles and points. A form sent twice makes one survey.
    Raises SlugTaken.
    """
    with write_transaction() as session:
        made = None if owner_id is None else _made_just_now(session, owner_id, fields, is_open)
        if made is not None:
            return made
        slug = fields.slug or free_slug(session, fields.question)
        survey = Survey(owner_id=owner_id, slug=slug, is_open=is_open, is_example=is_example, own_kinds=[])
        if session.scalar(select(Survey.id).where(Survey.slug == survey.slug)) is not None:
            raise SlugTaken
        _fill(survey, fields)
        session.add(survey)
        session.flush()
        session.add_all(Advice(survey_id=survey.id, title=title, points=list(points)) for title, points in advice)
        return survey.slug


def change(survey_id: int, fields: Fields, seen: str | None = None) -> str:
    """Change a survey, and request a run if its codebook changed; return its slug.

    `seen` are the marks (survey.manage.meanwhile) of the settings that this is to replace, None for whatever they are.
    Raises SlugTaken, and ChangedMeanwhile where they are others by now.
    """
    run_id = None
    with write_transaction() as session:
        survey = session.get_one(Survey, survey_id, with_for_update={"key_share": True})
        if seen is not None and marks(survey) != seen:
            raise ChangedMeanwhile
        slug = fields.slug or survey.slug
        if session.scalar(select(Survey.id).where(Survey.slug == slug, Survey.id != survey_id)) is not None:
            raise SlugTaken
        codebook_changed, language = survey.codebook != fields.codebook, survey.language
        move(session, survey, slug)
        _fill(survey, fields)
        deeds.record_settings(session, survey)
        if survey.language != language:
            rename_known_themes(session, survey)
        if codebook_changed:
            run_id = runs.request_run(session, survey_id, "owner", finds=True)
    runs.enqueue(run_id)
    return slug


def current_slug(survey_id: str) -> str | None:
    """Return the address that the survey has now, of whose settings a form was opened; None where there is none."""
    if not (survey_id.isascii() and survey_id.isdigit() and len(survey_id) <= MAX_ID_DIGITS):
        return None
    return db.session.scalar(select(Survey.slug).where(Survey.id == int(survey_id)))


def _made_just_now(session: Session, owner_id: int, fields: Fields, is_open: bool) -> str | None:
    """Return the slug of the survey that the same form made a moment ago, and nobody answered yet; None without one."""
    session.get(Owner, owner_id, with_for_update=True)
    wanted = Survey(own_kinds=[])
    _fill(wanted, fields)
    recent = select(Survey).where(
        Survey.owner_id == owner_id,
        Survey.question == fields.question,
        Survey.is_open == is_open,
        Survey.created_at > now() - SENT_AGAIN,
        ~exists().where(Answer.survey_id == Survey.id),
    )
    for survey in session.scalars(recent):
        is_same = all(getattr(survey, column) == getattr(wanted, column) for column in FILLED)
        kinds = [[kind["label"] for kind in one.own_kinds] for one in (survey, wanted)]
        asks = fields.kinds_asked in (None, survey.kinds_asked)
        if is_same and asks and kinds[0] == kinds[1] and fields.slug in ("", survey.slug):
            return survey.slug
    return None


def _fill(survey: Survey, fields: Fields) -> None:
    survey.question, survey.introduction, survey.asker = fields.question, fields.introduction, fields.asker
    survey.codebook = fields.codebook
    if fields.kinds_asked is not None:
        survey.kinds_asked = fields.kinds_asked
    if fields.kinds is not None:
        survey.own_kinds = respondent_kinds.update_own_kinds(survey.own_kinds, fields.kinds)
    dates = (fields.opens_at, fields.closes_at)
    if dates == (None, None) or dates != (survey.opens_at, survey.closes_at):
        survey.time_zone = fields.time_zone
    survey.opens_at, survey.closes_at = dates
    survey.closes_after = fields.closes_after
    survey.hold_first = fields.hold_first
    survey.language = fields.language or guess_language(fields.question, fields.introduction, fields.otherwise)


def set_open(survey_id: int, is_open: bool) -> tuple[str, ...]:
    """Open or close a survey now; return which of its settings had to go, because they said otherwise.

    A survey that waits for its opening date begins to wait when it is opened, and opens at once when it is opened
    again. What closed it before goes: a date that has passed, or a number of answers that there are.
    """
    with write_transaction() as session:
        survey = session.get_one(Survey, survey_id)
        if survey.takes_answers(now()) != is_open:
            deeds.record(session, survey_id, "open" if is_open else "close")
        if not is_open:
            if survey.takes_answers(now()):
                survey.closed_at, survey.closed_by = now(), closing.BY_HAND
            survey.is_open = False
            return ()
        gone = []
        if survey.is_open and survey.opens_later(now()):
            survey.opens_at = None
            gone.append("opens_at")
        if survey.closes_at is not None and survey.closes_at <= now():
            survey.closes_at = None
            gone.append("closes_at")
        if survey.closes_after is not None and closing.count_counted(survey) >= survey.closes_after:
            survey.closes_after = None
            gone.append("closes_after")
        survey.is_open, survey.closed_at, survey.closed_by = True, None, None
        return tuple(gone)


def set_published(survey_id: int, is_published: bool) -> None:
    """Publish the theme page, or make it private."""
    with write_transaction() as session:
        survey = session.get_one(Survey, survey_id, populate_existing=True)
        if survey.is_published != is_published:
            deeds.record(session, survey_id, "publish" if is_published else "unpublish")
        survey.published_at = now() if is_published else None


def example() -> Survey | None:
    """Return the example of this site that everybody may read, if it is still there and has themes."""
    shown = (Survey.is_example, Survey.published_at.is_not(None), Survey.current_run_id.is_not(None))
    living = ~Survey.slug.startswith(DELETED_PREFIX)
    return db.session.scalar(select(Survey).where(*shown, living).order_by(Survey.id).limit(1))


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """A survey in the owner's list; `people` as survey.runs.counted_people counts them."""

    survey: Survey
    people: int
    last_answer_at: datetime | None
    role: str
    """One of ROLES"""
    keeper: str
    """The name of the owner who answers for it"""


def list_surveys(owner_id: int) -> list[SurveyRow]:
    """Return the surveys that an owner has a role in, newest first."""
    rows = db.session.execute(
        select(
            Survey,
            func.count(Answer.id) - func.coalesce(Run.nonanswers, 0),
            func.max(Answer.received_at),
            Membership.role,
            Owner.name,
        )
        .outerjoin(Answer, and_(Answer.survey_id == Survey.id, Answer.status == "shown"))
        .outerjoin(Run, Run.id == Survey.current_run_id)
        .outerjoin(Membership, and_(Membership.survey_id == Survey.id, Membership.owner_id == owner_id))
        .outerjoin(Owner, Owner.id == Survey.owner_id)
        .where(or_(Survey.owner_id == owner_id, Membership.role.is_not(None)))
        .where(~Survey.slug.startswith(DELETED_PREFIX))
        .group_by(Survey.id, Run.nonanswers, Membership.role, Owner.name)
        .order_by(Survey.created_at.desc(), Survey.id.desc())
    )
    return [
        SurveyRow(survey, people, last, OWNER if survey.owner_id == owner_id else role, keeper)
        for survey, people, last, role, keeper in rows
    ]
