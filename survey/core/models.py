"""The tables.

What people wrote (`Answer`) and what owners decided are the truth; everything with a `run_id` is what one
analysis made of them, and can be made again.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

import survey.core.account_models  # noqa: F401 - the tables that those below point at
from survey.core.database import Model, UtcDateTime, now

PUBLIC_ID_BYTES = 8
DELETED_PREFIX = "/"
"""What the address of a survey begins with that is being deleted: no page's address has such a part"""
PALETTE_SIZE = 12
"""Entries of the palette of themes"""


def public_id() -> str:
    """A random name for a row, safe in addresses and in spreadsheet cells."""
    return secrets.token_hex(PUBLIC_ID_BYTES)


class Survey(Model):
    """One open question, asked at one address."""

    __tablename__ = "survey"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owner.id"), index=True)
    """None for the demo until the first owner signs up and takes it over."""
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    question: Mapped[str] = mapped_column(String(200))
    introduction: Mapped[str] = mapped_column(Text, default="")
    asker: Mapped[str] = mapped_column(String(80), default="")
    kinds_asked: Mapped[bool] = mapped_column(default=True)
    own_kinds: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """The survey's own kinds in their order: key, label, asked (False once taken out: answers may have it);
    empty for the site's six"""
    codebook: Mapped[str] = mapped_column(String(60), default="relationships")
    """A packaged one, "none", or "own": the one in `own_codebook`"""
    own_codebook: Mapped[str | None] = mapped_column(Text, deferred=True)
    """The owner's codebook as TOML"""
    is_open: Mapped[bool] = mapped_column(default=True)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hold_first: Mapped[bool] = mapped_column(default=False)
    """Whether new answers wait until the owner has read them"""
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    current_run_id: Mapped[int | None]
    """The run whose results are shown, swapped in the transaction that finishes a run. (No foreign key: a run
    points at its survey, and two tables that point at each other cannot be made on SQLite.)"""

    @property
    def deletion_id(self) -> str:
        """What it is known by once it is deleted (16 hexadecimal digits), made of what every backup of it has."""
        made = f"survey:{self.id}:{self.created_at.astimezone(UTC).isoformat()}"
        return hashlib.sha256(made.encode()).hexdigest()[:16]

    @property
    def is_published(self) -> bool:
        """Whether strangers may read the theme page."""
        return self.published_at is not None

    def takes_answers(self, moment: datetime) -> bool:
        """Whether an answer that arrives at this moment is taken: open, and between its dates where it has any."""
        begun = self.opens_at is None or self.opens_at <= moment
        return self.is_open and begun and (self.closes_at is None or moment < self.closes_at)

    def opens_later(self, moment: datetime) -> bool:
        """Whether it takes no answers yet at this moment, and will by itself when its date comes."""
        return self.is_open and self.opens_at is not None and moment < self.opens_at


class Advice(Model):
    """A list of advice (an article, a talk) whose points are held against what people answered."""

    __tablename__ = "advice"
    __table_args__ = (Index("ix_advice_survey_id", "survey_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(120))
    points: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class AnswerImport(Model):
    """One import of a file or a pasted list: its answers can be deleted together."""

    __tablename__ = "answer_import"
    __table_args__ = (Index("ix_answer_import_survey_id", "survey_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    """The name of the file, for its owner"""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Answer(Model):
    """What one respondent wrote, exactly."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("survey_id", "form_key"),
        Index("ix_answer_survey_id_received_at", "survey_id", "received_at"),
        Index("ix_answer_survey_id_kind", "survey_id", "kind", "status"),
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
    """Random, and issued by this site with the form that sent it: whoever holds it may send the answer again."""
    import_key: Mapped[str | None] = mapped_column(String(64))
    """Made from the cells of an imported row: the same row twice is one answer. It gives no right to change it."""
    import_id: Mapped[int | None]
    """The import that brought it. (No foreign key: SQLite could not add one.)"""
    text: Mapped[str] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(String(20))
    """The key of one of the site's kinds, or of one of the survey's own"""
    source: Mapped[str | None] = mapped_column(String(20))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(8), default="shown")
    """shown; held (waits for the owner to look at it) or hidden (the owner did): then nothing counts it"""
    reason: Mapped[str | None] = mapped_column(String(12))
    """Why it is held: a key of survey.answers.moderation.REASONS"""
    burst: Mapped[str | None] = mapped_column(String(16))
    """Names a flood of nearly the same answers that it came with"""
    secret_hash: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    """Of the link by which its writer can change or delete it"""
    nearest: Mapped[list[Any] | None] = mapped_column(JSON)
    """What somebody else said that comes nearest to it: survey.worker.nearest_answer.AnswerSpan as a list"""
    is_askers: Mapped[bool] = mapped_column(default=False)
    """Whether the one who asks wrote it"""


class Deletion(Model):
    """An answer, an import or a survey that was deleted, by an id that tells nothing: no backup may bring it back."""

    __tablename__ = "deletion"

    answer_public_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    """The `public_id` of an answer or an import, or the `identity` of a survey"""
    deleted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Vector(Model):
    """The vector of one wording of a survey under one model: float32, little-endian, unit length."""

    __tablename__ = "vector"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True)
    text_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    model: Mapped[str] = mapped_column(String(120), primary_key=True)
    values: Mapped[bytes] = mapped_column(LargeBinary)


class Run(Model):
    """One analysis of one survey: asked for, claimed by a worker, finished or failed."""

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
    """asked, running, finished or failed"""
    reason: Mapped[str] = mapped_column(String(10))
    """answers (a new answer came) or owner (asked by hand)"""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    claim: Mapped[str | None] = mapped_column(String(32))
    """The worker's token. Every later write of the run is refused to any other."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was claimed: a run that takes its worker down each time is given up in the end"""
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stage: Mapped[str | None] = mapped_column(String(20))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    seconds_left: Mapped[int | None]
    """How long it still needs, once that can be told"""
    error: Mapped[str | None] = mapped_column(Text)
    answers: Mapped[int] = mapped_column(default=0)
    ideas: Mapped[int] = mapped_column(default=0)
    nonanswers: Mapped[int] = mapped_column(default=0)
    placed: Mapped[int] = mapped_column(default=0)
    """How many answers have an idea in a theme"""
    model: Mapped[str | None] = mapped_column(String(120))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """What became of each theme since the result shown before: analysis.discovery.theme_identity.Change as a dict"""
    forming: Mapped[list[list[list[int]]]] = mapped_column(JSON, default=list)
    """Groups of ideas on no theme that resemble each other, each idea as [answer id, start, end]"""
    saturation: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """How likely the next answer is to bring a new theme: analysis.results.Saturation as a dict"""
    comparison: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Themes across kinds of relationship: analysis.evidence.compare_groups.Comparison as a dict, what is hidden left
    out"""
    advice: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Each list of advice held against the themes"""
    bursts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Each burst that is held, and the themes its text would be in"""
    by_day: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    """People who made a point, by the day they came (UTC, YYYY-MM-DD); None in a result of an earlier version"""
    centres: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """The centres of the discovered themes, for placing new answers until the next run"""

    @property
    def seconds(self) -> int | None:
        """How long the run took, from the claim to the end."""
        if self.finished_at is None or self.claimed_at is None:
            return None
        return round((self.finished_at - self.claimed_at).total_seconds())


class WorkerProcess(Model):
    """A worker's sign of life."""

    __tablename__ = "worker_process"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    """Its machine and process"""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Theme(Model):
    """What several answers have in common. Keeps its id, name and colour from run to run."""

    __tablename__ = "theme"
    __table_args__ = (UniqueConstraint("survey_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(80))
    """How the analysis knows it again"""
    origin: Mapped[str] = mapped_column(String(12))
    """codebook, discovered, or part: of another theme"""
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    colour: Mapped[int]
    """1 to 12, an entry of the palette"""
    hidden: Mapped[bool] = mapped_column(default=False)
    """Found in every run, shown to nobody but the owner"""
    pinned: Mapped[bool] = mapped_column(default=False)
    """Shown before all themes that are not"""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ThemeResult(Model):
    """What one run found of one theme: its place and its counts."""

    __tablename__ = "theme_result"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"), primary_key=True)
    rank: Mapped[int]
    people: Mapped[int]
    mentions: Mapped[int]
    wordings: Mapped[int]
    candidates: Mapped[list[str]] = mapped_column(JSON, default=list)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"))
    """The theme this one is a part of; its ideas are that theme's, and its rank is among its parts"""
    x: Mapped[float | None]
    y: Mapped[float | None]
    radius: Mapped[float | None]
    """Its patch of the map, 0 to 1"""
    came_back: Mapped[int] = mapped_column(default=0)
    re_runs: Mapped[int] = mapped_column(default=0)
    """In how many re-runs the theme came back, of how many; 0 of 0 where it could not be tried"""
    tentative: Mapped[bool] = mapped_column(default=False)
    by_day: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    """Its people by the day they came, as `Run.by_day`; None where it is a part of another theme"""


BigId = BigInteger().with_variant(Integer, "sqlite")


class Idea(Model):
    """A span of an answer that makes one point, as one run cut it."""

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
    """placed, unplaced, or nonanswer (the whole answer, set aside)"""
    x: Mapped[float | None]
    y: Mapped[float | None]
    """Its place on the map, 0 to 1; None where no run has drawn it"""
    suggested_id: Mapped[int | None]
    """Of an idea on no theme: the theme it is nearest to. (No foreign key: SQLite could not add one.)"""
    nearness: Mapped[float | None]
    """How near, 0 to 1"""
    answer: Mapped[Answer] = relationship()


class Placement(Model):
    """An idea in a theme."""

    __tablename__ = "placement"
    __table_args__ = (
        Index("ix_placement_theme_id", "theme_id"),
        Index(
            "ix_placement_quote",
            "theme_id",
            "quote",
            sqlite_where=text("quote IS NOT NULL"),
            postgresql_where=text("quote IS NOT NULL"),
        ),
    )

    idea_id: Mapped[int] = mapped_column(BigId, ForeignKey("idea.id", ondelete="CASCADE"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"), primary_key=True)
    strength: Mapped[float]
    quote: Mapped[int | None]
    """Its place among the quotes of the theme, from 0; None where it is not shown as evidence"""
    part_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id", ondelete="SET NULL"))
    """The sub-theme it is in"""


class Edit(Model):
    """What an owner decided about themes. Every later run obeys those that are not undone, in their order."""

    __tablename__ = "edit"
    __table_args__ = (Index("ix_edit_survey_id", "survey_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(10))
    """rename, merge, move, split, promote, example, hide, show, pin or unpin"""
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"))
    """The theme it is about; None where an idea was moved that was in none"""
    target_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"))
    """The theme it was merged into, or its ideas were moved to"""
    name: Mapped[str | None] = mapped_column(String(120))
    """The new name, or the phrase that became an example"""
    name_before: Mapped[str | None] = mapped_column(String(120))


class EditIdea(Model):
    """An idea that an edit was about: it stays where the edit put it. Gone with its answer."""

    __tablename__ = "edit_idea"
    __table_args__ = (Index("ix_edit_idea_answer_id", "answer_id"),)

    edit_id: Mapped[int] = mapped_column(ForeignKey("edit.id", ondelete="CASCADE"), primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True)
    starts: Mapped[int] = mapped_column(primary_key=True)
    ends: Mapped[int]
