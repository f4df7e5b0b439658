"""Tables of the edit log, of other deeds, and of proposals.

An edit moves ideas between themes. Each idea it moved is one `IdeaChange`, which says what the idea had before, so that
undoing restores exactly what was. Ideas are known by their span of an answer, because every run numbers them anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.core.database import Model, UtcDateTime, now
from survey.core.models import BigId, public_id

MARKS = {"opposite": True, "same": False}
"""Actions by which an owner says of ideas whether they say the opposite of the theme that they are in"""
BY_HAND = ("move", "also", "split", "confirm", "dismiss", "coded", *MARKS)
"""Actions by which an owner decides about single ideas; nothing moves these ideas afterwards but another edit"""
NAMING = ("rename", "split", "coded")
"""Actions by which an owner names themes"""


class Edit(Model):
    """A change of the themes of a survey, by its owner or by a finding. It holds until it is undone."""

    __tablename__ = "edit"
    __table_args__ = (Index("ix_edit_survey_id", "survey_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=0)
    """Number of changes of the survey's log when it was made, undone or redone last: a run sees what is newer"""
    action: Mapped[str] = mapped_column(String(10))
    """rename, describe, merge, move, also, split, confirm, dismiss, promote, example, hide, show, pin, unpin or order;
    found: a finding that was taken by itself; accept: (parts of) a proposal; coded: what people coded in a file, by
    hand; one of MARKS"""
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"))
    """The theme it concerns, of also: that the ideas stay in; None if ideas were moved that were in no theme, or of
    several"""
    target_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"))
    """The theme that it was merged into, or that the ideas were moved to"""
    name: Mapped[str | None] = mapped_column(String(120))
    """The new name, or the phrase that became an example"""
    name_before: Mapped[str | None] = mapped_column(String(120))
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What else undoing has to restore, and redoing to repeat: texts, positions, results of themes it emptied; of what
    people coded in a file, the `coding` and the names of the `themes` it made, by id; `asked`, where the owner was
    asked about the ideas and did not pick them"""
    owner_id: Mapped[int | None]
    """Who made it; None: a finding, a program, or before this was stored. (No foreign key: SQLite cannot add one.)"""
    owner_name: Mapped[str] = mapped_column(String(80), default="")
    """How that owner was called, so that it stays readable when they are gone"""
    undone_by: Mapped[str] = mapped_column(String(80), default="")
    """The name of who took it back last"""

    @property
    def named(self) -> dict[int, str | None]:
        """The themes that it gave a name: their ids, and the names."""
        if self.action == "coded":
            return {int(theme_id): name for theme_id, name in (self.details or {}).get("themes", {}).items()}
        theme_id = self.theme_id if self.action == "rename" else self.target_id
        return {} if theme_id is None or self.action not in NAMING else {theme_id: self.name}


class Deed(Model):
    """What somebody did to a survey besides editing its themes: published it, hid answers, invited people."""

    __tablename__ = "deed"
    __table_args__ = (Index("ix_deed_survey_id", "survey_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    owner_id: Mapped[int | None]
    owner_name: Mapped[str] = mapped_column(String(80))
    """Who did it, and how they were called"""
    action: Mapped[str] = mapped_column(String(20))
    """One of survey.edits.deeds.ACTIONS"""
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What it was done to: names, numbers, roles; nothing of what people answered"""


class IdeaChange(Model):
    """One idea that an edit took out of a theme, put into one, or both. Deleted with its answer."""

    __tablename__ = "idea_change"
    __table_args__ = (
        Index("ix_idea_change_edit_id", "edit_id"),
        Index("ix_idea_change_answer_id", "answer_id", "starts"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    edit_id: Mapped[int] = mapped_column(ForeignKey("edit.id", ondelete="CASCADE"))
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"))
    starts: Mapped[int]
    ends: Mapped[int]
    source_id: Mapped[int | None]
    """The theme it was taken out of; None for none, whether it was in some or not; the same as `target_id` where it was
    confirmed or marked. (No foreign keys to themes, which go only with their survey: each would need an index.)"""
    target_id: Mapped[int | None]
    """The theme it was put into; None for none"""
    strength: Mapped[float | None]
    """Strength of the placement that was removed, or marked: this and what follows is what it was before"""
    quote: Mapped[int | None]
    """Rank among the quotes of the theme it was removed from"""
    part_id: Mapped[int | None]
    """The sub-theme it was in"""
    against: Mapped[bool] = mapped_column(default=False)
    """Whether it said the opposite of the theme it was removed from, or marked in"""
    new_strength: Mapped[float | None]
    """Strength of the placement that was added; None if there was one already"""
    taught: Mapped[bool] = mapped_column(default=False)
    """Whether the machine moved it because of what the edit taught, and not the edit itself"""


class Proposal(Model):
    """What a finding would change in the themes that stand. One at a time waits for its owner."""

    __tablename__ = "proposal"
    __table_args__ = (Index("ix_proposal_survey_id", "survey_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    """waiting, accepted (all or some), refused, or replaced by a newer one"""
    answers: Mapped[int] = mapped_column(default=0)
    """Number of answers it was found in; once it is decided about, the number there were then"""
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """What it would change, a dict each as survey.findings.save_findings.save_proposal writes it, in the order shown"""
    centres: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Centroids of its themes, for placing answers that come while it waits"""


class ProposedMove(Model):
    """An idea that a proposal would move, and the change it belongs to. Deleted with its answer."""

    __tablename__ = "proposed_move"
    __table_args__ = (
        Index("ix_proposed_move_proposal_id", "proposal_id", "change"),
        Index("ix_proposed_move_answer_id", "answer_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id", ondelete="CASCADE"))
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"))
    starts: Mapped[int]
    ends: Mapped[int]
    source_id: Mapped[int | None]
    """The theme it would be taken out of; None for none"""
    target_id: Mapped[int | None]
    """The theme it would be put into; None for none"""
    strength: Mapped[float]
    """Strength of its placement there; 0 for none"""
    change: Mapped[int]
    """Number of the change in `Proposal.changes`"""
    later: Mapped[bool] = mapped_column(default=False)
    """Whether its answer came while the proposal waited"""
