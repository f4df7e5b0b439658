"""The tables.

Answers and the decisions of owners are the source data. Rows with a `run_id` are the results of one analysis, which
another run can compute again.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

import survey.core.account_models  # noqa: F401 - tables that foreign keys below refer to
from analysis.languages import MAX_CODE
from survey.core.database import Model, UtcDateTime, now
from survey.core.survey_model import ARRIVING as ARRIVING
from survey.core.survey_model import DELETED_PREFIX as DELETED_PREFIX
from survey.core.survey_model import FormerSlug as FormerSlug
from survey.core.survey_model import Survey as Survey

PUBLIC_ID_BYTES = 8
PALETTE_SIZE = 12
"""Number of theme colours"""
_QUOTED = text("quote IS NOT NULL")
_IN_BURST = text("burst IS NOT NULL")


def public_id() -> str:
    """Return a random id for a row, safe in URLs and spreadsheet cells."""
    return secrets.token_hex(PUBLIC_ID_BYTES)


class Advice(Model):
    """A list of advice (from an article, a talk) whose points are compared with the answers."""

    __tablename__ = "advice"
    __table_args__ = (Index("ix_advice_survey_id", "survey_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(120))
    points: Mapped[list[str]] = mapped_column(JSON)
    decisions: Mapped[dict[str, int | None]] = mapped_column(JSON, default=dict)
    """What its owner decided about points, by their text: the id of the theme that matches, None for no theme"""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class AnswerImport(Model):
    """One import of a file or a pasted list; its answers can be deleted with it."""

    __tablename__ = "answer_import"
    __table_args__ = (Index("ix_answer_import_survey_id", "survey_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    """The name of the file"""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    owner_id: Mapped[int | None]
    """Who made it; None: the command line, or before this was stored. (No foreign key: SQLite cannot add one.)"""
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    """Rows of the file by what became of them: keys of survey.imports.plan.OUTCOMES; empty in old imports"""


class Answer(Model):
    """The exact text of one respondent, and its state."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("survey_id", "form_key"),
        Index("ix_answer_survey_id_received_at", "survey_id", "received_at"),
        Index("ix_answer_survey_id_kind", "survey_id", "kind", "status"),
        Index("ix_answer_burst", "survey_id", "burst", sqlite_where=_IN_BURST, postgresql_where=_IN_BURST),
        Index(
            "uq_answer_import_key",
            "survey_id",
            "import_key",
            unique=True,
            sqlite_where=text("import_key IS NOT NULL"),
            postgresql_where=text("import_key IS NOT NULL"),
        ),
        Index(
            "ix_answer_import_id",
            "import_id",
            sqlite_where=text("import_id IS NOT NULL"),
            postgresql_where=text("import_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    form_key: Mapped[str] = mapped_column(String(80))
    """Random, issued with the form that sent the answer; a client that has it may send the answer again."""
    import_key: Mapped[str | None] = mapped_column(String(64))
    """Hash of the cells of an imported row, so that the same row twice is one answer; no permission to change it."""
    response_key: Mapped[str | None] = mapped_column(String(32))
    """Hash of the id that another program gave the response; recognises it in a newer file, and permits nothing"""
    response_id: Mapped[str | None] = mapped_column(String(200))
    """That id as the owner's file has it; for the owner alone. None: no such column, or imported before it was kept"""
    import_id: Mapped[int | None]
    """The import it came with. (No foreign key: SQLite cannot add one to a table.)"""
    text: Mapped[str] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(String(20))
    """The key of a respondent kind: one of the site's, or one of the survey's own"""
    source: Mapped[str | None] = mapped_column(String(20))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(8), default="shown")
    """shown, held (waits for the owner's approval) or hidden (by the owner); only shown answers are counted"""
    reason: Mapped[str | None] = mapped_column(String(12))
    """Why it is held: a key of survey.answers.moderation.REASONS"""
    burst: Mapped[str | None] = mapped_column(String(16))
    """Id of the burst of nearly identical answers that it belongs to"""
    secret_hash: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    """Hash of the secret in the link by which its author can change or delete it"""
    nearest: Mapped[list[Any] | None] = mapped_column(JSON)
    """The idea of another answer that is most similar to it: survey.worker.nearest_answer.AnswerSpan as a list"""
    is_askers: Mapped[bool] = mapped_column(default=False)
    """Whether the owner of the survey wrote it"""
    language: Mapped[str | None] = mapped_column(String(MAX_CODE))
    """What it is written in (BCP 47), as the worker told; None: not read yet, or it cannot be told"""


class Deletion(Model):
    """The random id of a deleted answer, import or survey, so that restoring a backup does not bring it back."""

    __tablename__ = "deletion"

    answer_public_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    """The `public_id` of an answer or an import, or the `deletion_id` of a survey"""
    deleted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Vector(Model):
    """The embedding of one distinct text of a survey by one model, of unit length: see survey.runs.vector_rows."""

    __tablename__ = "vector"
    __table_args__ = (
        Index(
            "ix_vector_float32",
            "survey_id",
            sqlite_where=text("scale IS NULL"),
            postgresql_where=text("scale IS NULL"),
        ),
    )

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    text_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    model: Mapped[str] = mapped_column(String(120), primary_key=True)
    values: Mapped[bytes] = mapped_column(LargeBinary)
    """int8, or float32, little-endian, where `scale` is NULL"""
    scale: Mapped[float | None]
    """What the numbers are multiplied by; NULL in rows of before 8-bit vectors that are not converted yet"""


class Run(Model):
    """One analysis of one survey: requested, claimed by a worker, finished or failed."""

    __tablename__ = "run"
    __table_args__ = (
        Index(
            "uq_run_asked",
            "survey_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Index("ix_run_survey_id_state", "survey_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), default="asked")
    """asked (requested), running, finished or failed"""
    reason: Mapped[str] = mapped_column(String(10))
    """answers (new answers came) or owner (requested by the owner)"""
    finds: Mapped[bool] = mapped_column(default=False)
    """Whether the owner asked for the themes to be found again, not only for new answers to be placed in them"""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    claim: Mapped[str | None] = mapped_column(String(32))
    """Token of the worker that claimed the run; only that worker may write to it."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was claimed; a run that crashes its worker each time is given up in the end"""
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stage: Mapped[str | None] = mapped_column(String(20))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    seconds_left: Mapped[int | None]
    """Estimated time until it finishes, once there is an estimate"""
    error: Mapped[str | None] = mapped_column(Text)
    answers: Mapped[int] = mapped_column(default=0)
    ideas: Mapped[int] = mapped_column(default=0)
    nonanswers: Mapped[int] = mapped_column(default=0)
    placed: Mapped[int] = mapped_column(default=0)
    """Number of answers with an idea in a theme"""
    found_answers: Mapped[int] = mapped_column(default=0)
    """Number of answers in which the themes of this result were found, maybe by an earlier run"""
    model: Mapped[str | None] = mapped_column(String(120))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """How each theme changed since the previous result: analysis.discovery.theme_identity.Change as a dict"""
    forming: Mapped[list[list[list[int]]]] = mapped_column(JSON, default=list)
    """Groups of similar ideas outside all themes, each idea as [answer id, start, end]"""
    saturation: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """How likely the next answer is to bring a new theme: analysis.results.Saturation as a dict"""
    comparison: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Themes by respondent kind: analysis.evidence.compare_groups.Comparison as a dict, without what is hidden"""
    advice: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Each list of advice compared with the themes"""
    bursts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Each held burst, and the themes that its text would be in"""
    by_day: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    """Number of people who made a point by the day of their answer (UTC, YYYY-MM-DD); None in old results"""
    centres: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Centroids of the discovered themes, for placing new answers until the next run"""
    lessons: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """What was learned from the owner's decisions, for placing new answers: analysis.teaching.lessons"""
    reading: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    """Ideas whose reading teaches most, the first first, each as [answer id, start, end]"""
    remaining: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What may be wrong among unread ideas: analysis.teaching.remaining.Remaining as a dict; None: nothing was read"""

    @property
    def seconds(self) -> int | None:
        """Seconds from the claim to the end."""
        if self.finished_at is None or self.claimed_at is None:
            return None
        return round((self.finished_at - self.claimed_at).total_seconds())


class LiveScreen(Model):
    """What a presenter chose for the screens of a survey. A survey without a row has never been on a screen."""

    __tablename__ = "live_screen"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    shown_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when everybody with the link sees the screen; None while it is switched off"""
    theme_id: Mapped[int | None]
    """The one theme that is shown; None for all. (No foreign key: themes go only with their survey.)"""
    quotes: Mapped[bool] = mapped_column(default=True)
    """Whether quotes pass by"""


class WorkerProcess(Model):
    """The heartbeat of a worker process."""

    __tablename__ = "worker_process"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    """Host name and process id"""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Theme(Model):
    """A theme of a survey. It keeps its id, name and colour from run to run."""

    __tablename__ = "theme"
    __table_args__ = (UniqueConstraint("survey_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(80))
    """Stable key by which the analysis recognises the theme"""
    origin: Mapped[str] = mapped_column(String(12))
    """codebook, discovered, or part: of another theme"""
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    colour: Mapped[int]
    """1 to 12, an entry of the palette"""
    hidden: Mapped[bool] = mapped_column(default=False)
    """Still found by every run, but shown only to the owner"""
    pinned: Mapped[bool] = mapped_column(default=False)
    """Listed before themes that are not pinned"""
    position: Mapped[int | None]
    """Place in the owner's order, before all themes without one; None: by number of people"""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ThemeResult(Model):
    """The rank, counts and map position of one theme in one run."""

    __tablename__ = "theme_result"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"), primary_key=True)
    rank: Mapped[int]
    people: Mapped[int]
    mentions: Mapped[int]
    wordings: Mapped[int]
    candidates: Mapped[list[str]] = mapped_column(JSON, default=list)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"))
    """The parent of a sub-theme; its ideas also belong to the parent, and its rank is among its siblings"""
    x: Mapped[float | None]
    y: Mapped[float | None]
    radius: Mapped[float | None]
    """Centre and radius of its area on the map, 0 to 1"""
    came_back: Mapped[int] = mapped_column(default=0)
    re_runs: Mapped[int] = mapped_column(default=0)
    """Number of re-runs in which the theme was found again (`came_back`), of how many; both 0 if not tried"""
    tentative: Mapped[bool] = mapped_column(default=False)
    by_day: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    """Number of people in the theme by day, as in `Run.by_day`; None for a sub-theme"""


BigId = BigInteger().with_variant(Integer, "sqlite")


class Idea(Model):
    """A span of an answer that makes one point, as split by one run."""

    __tablename__ = "idea"
    __table_args__ = (
        Index("ix_idea_run_id_status", "run_id", "status"),
        Index("ix_idea_answer_id", "answer_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"))
    starts: Mapped[int]
    ends: Mapped[int]
    status: Mapped[str] = mapped_column(String(10))
    """placed, unplaced, or nonanswer (the whole answer)"""
    x: Mapped[float | None]
    y: Mapped[float | None]
    """Position on the map, 0 to 1; None if no run has laid it out"""
    suggested_id: Mapped[int | None]
    """The nearest theme of an unplaced idea. (No foreign key: SQLite cannot add one to a table.)"""
    nearness: Mapped[float | None]
    """Similarity to the suggested theme, 0 to 1"""
    answer: Mapped[Answer] = relationship()


class Placement(Model):
    """An idea in a theme."""

    __tablename__ = "placement"
    __table_args__ = (
        Index("ix_placement_theme_id", "theme_id"),
        Index("ix_placement_quote", "theme_id", "quote", sqlite_where=_QUOTED, postgresql_where=_QUOTED),
        Index("ix_placement_against", "theme_id", sqlite_where=text("against = 1"), postgresql_where=text("against")),
    )

    idea_id: Mapped[int] = mapped_column(BigId, ForeignKey("idea.id", ondelete="CASCADE"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"), primary_key=True)
    strength: Mapped[float]
    quote: Mapped[int | None]
    """Rank among the quotes of the theme, from 0; None if it is not one"""
    part_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id", ondelete="SET NULL"))
    """The sub-theme that contains it"""
    against: Mapped[bool] = mapped_column(default=False)
    """Whether it says the opposite of what the others in the theme say"""
