"""What an archive holds of what the owner and readers did: edits, proposals, advice, checks; and all parts in order."""

from __future__ import annotations

from typing import Any

from survey.answers.check_models import Check, CheckedAnswer, CheckReader, Reading
from survey.answers.coding_models import CodedAnswer, Coding
from survey.archives.part import NUMBER, NUMBERS, SURVEY_NUMBER, Column, Part
from survey.archives.parts import FOUND, MAX_ANSWERS, MAX_IDEAS, check_span
from survey.archives.result_shapes import KEPT, MAYBE_THEME, NAME, PUBLIC_ID, THEME, TextOrFlag
from survey.archives.shapes import (
    MAX_INTEGER,
    Choice,
    Either,
    Flag,
    Ids,
    Keyed,
    Known,
    ListOf,
    Maybe,
    Moment,
    PublicName,
    Real,
    Record,
    Ref,
    RefKey,
    Row,
    Shape,
    Whole,
    Words,
    Wrong,
)
from survey.coded_files.codings import BY_NAME, NOT_USED
from survey.core.models import Advice
from survey.curation import advice_lists
from survey.edits.models import BY_HAND, Edit, IdeaChange, Proposal, ProposedMove
from survey.results.models import LeftFinding

MAX_EDITS = 1_000_000
ACCOUNTS = "accounts are of one site"
OF_A_THEME = ("rename", "describe", "merge", "promote", "example", "hide", "show", "pin", "unpin", "order")
ACTIONS = (*OF_A_THEME, *BY_HAND, "found", "accept")
STATES = ("waiting", "accepted", "refused", "replaced", "same")
POSITION = Maybe(Whole(-MAX_INTEGER))
BEFORE = Either(Keyed(RefKey("themes"), POSITION), Maybe(TextOrFlag()))
"""A description, whether a theme was hidden or pinned, or the places of themes"""
DETAILS = {
    "before": BEFORE,
    "after": BEFORE,
    "results": Keyed(RefKey("themes"), KEPT),
    "new": Whole(),
    "gone": Whole(),
    "people": Whole(),
    "proposal": PublicName("proposals"),
    "changes": ListOf(Whole()),
    "codebooks": ListOf(Maybe(Words(120)), most=2, least=2),
    "coding": PublicName("codings"),
    "themes": Keyed(RefKey("themes"), Maybe(NAME)),
    "asked": Flag(),
}
WORDS, THEME_ID = (BY_NAME, NOT_USED), PublicName("themes")
NO_FIRST_READER = "its first reader, who has no name, is missing"
TEXTS = (str, type(None))
KINDS_BEFORE = {"order": dict, **dict.fromkeys(("hide", "show", "pin", "unpin"), bool)}
"""The type of what was before an action, where it is no text"""


class CodeChoice(Shape):
    """What a code stands for: a word, or the public id of a theme."""

    is_plain = False

    def read(self, value: Any, known: Known) -> str:
        return Choice(WORDS).read(value, known) if value in WORDS else THEME_ID.read(value, known)

    def place(self, value: str, ids: Ids) -> str:
        return value if value in WORDS else THEME_ID.place(value, ids)


class FindingName(Shape):
    """A finding of the theme doctor: its rule and the public ids of its themes."""

    is_plain = False

    def read(self, value: Any, known: Known) -> Any:
        return Words(60, 1, "[a-z]{1,20}(-[0-9a-f]{16}){1,2}").read(value, known)

    def place(self, value: str, ids: Ids) -> str:
        rule, *themes = value.split("-")
        return "-".join([rule, *(PublicName("themes").place(theme, ids) for theme in themes)])


def _check_advice(row: dict[str, Any], known: Known) -> None:
    problem = advice_lists.title_problem(row["title"]) or advice_lists.points_problem(row["points"])
    if problem:
        raise Wrong(problem)


def _check_edit(row: dict[str, Any], known: Known) -> None:
    action, details = row["action"], row["details"] or {}
    if (action in OF_A_THEME and row["theme_id"] is None) or (action == "merge" and row["target_id"] is None):
        raise Wrong(f"{action} concerns no theme")
    if action == "merge" and row["target_id"] == row["theme_id"]:
        raise Wrong("it merges a theme with itself")
    if (action in ("rename", "example") and row["name"] is None) or (action == "rename" and row["name_before"] is None):
        raise Wrong(f"{action} has no name")
    kind = KINDS_BEFORE.get(action, TEXTS)
    if any(name in details and not isinstance(details[name], kind) for name in ("before", "after")):
        raise Wrong(f"what was before {action} is of another kind")


def _check_reader(row: dict[str, Any], known: Known) -> None:
    if row["name"] and row["check_id"] not in known.checks_read:
        raise Wrong(NO_FIRST_READER)
    known.checks_read.add(row["check_id"])


def _note_codes(row: dict[str, Any], known: Known) -> None:
    known.codes.append(len(row["codes"]))


def _check_marks(row: dict[str, Any], known: Known) -> None:
    length = known.lengths[row["answer_id"]]
    for code, starts, ends in row["marks"]:
        if code >= known.codes[row["coding_id"]]:
            raise Wrong(f"its coding has no code {code}")
        if (starts is None) != (ends is None) or (ends is not None and not starts <= ends <= length):
            raise Wrong(f"the characters {starts} to {ends} are not part of its answer")


ADVICE = Part(
    "advice",
    Advice,
    "Lists of advice that answers are compared with.",
    {
        "public_id": Column(PUBLIC_ID),
        "title": Column(Words(advice_lists.MAX_TITLE_CHARACTERS, 1)),
        "points": Column(ListOf(Words(advice_lists.MAX_POINT_CHARACTERS, 1), advice_lists.MAX_POINTS, 1)),
        "decisions": Column(Keyed(Words(advice_lists.MAX_POINT_CHARACTERS), MAYBE_THEME, 1000)),
        "created_at": Column(Moment()),
    },
    advice_lists.MAX_LISTS,
    left_out=NUMBERS,
    check=_check_advice,
)
LEFT_FINDINGS = Part(
    "left_findings",
    LeftFinding,
    "What the owner left as the theme doctor found it.",
    {
        "finding": Column(FindingName()),
        "share": Column(Real()),
        "left_at": Column(Moment()),
    },
    100_000,
    left_out=SURVEY_NUMBER,
    unique=[["finding"]],
)
EDITS = Part(
    "edits",
    Edit,
    "The log of changes of the themes, oldest first.",
    {
        "made_at": Column(Moment()),
        "undone_at": Column(Maybe(Moment())),
        "version": Column(Whole()),
        "action": Column(Choice(ACTIONS)),
        "theme_id": Column(MAYBE_THEME),
        "target_id": Column(MAYBE_THEME),
        "name": Column(Maybe(NAME)),
        "name_before": Column(Maybe(NAME)),
        "details": Column(Maybe(Record(DETAILS, optional=tuple(DETAILS)))),
        "owner_name": Column(Words(80), since=4, before=""),
        "undone_by": Column(Words(80), since=4, before=""),
    },
    MAX_EDITS,
    left_out={**NUMBERS, "owner_id": ACCOUNTS},
    check=_check_edit,
)
IDEA_CHANGES = Part(
    "idea_changes",
    IdeaChange,
    "The ideas that edits moved, and what undoing restores.",
    {
        "edit_id": Column(Ref("edits")),
        "answer_id": Column(Ref("answers")),
        "starts": Column(Whole()),
        "ends": Column(Whole()),
        "source_id": Column(MAYBE_THEME),
        "target_id": Column(MAYBE_THEME),
        "strength": Column(Maybe(Real())),
        "quote": Column(Maybe(Whole())),
        "part_id": Column(MAYBE_THEME),
        "against": Column(Flag(), since=3, before=False),
        "new_strength": Column(Maybe(Real())),
        "taught": Column(Flag()),
    },
    MAX_IDEAS,
    left_out=NUMBER,
    through=("edit_id", EDITS),
    check=check_span,
)
CODINGS = Part(
    "codings",
    Coding,
    "What people coded in another program.",
    {
        "public_id": Column(PUBLIC_ID),
        "name": Column(Words(120)),
        "made_at": Column(Moment()),
        "codes": Column(
            ListOf(Record({"name": Words(5000), "description": Words(100_000), "choice": CodeChoice()}), 10_000)
        ),
        "counts": Column(Keyed(Words(60), Whole(), 100)),
        "edit_id": Column(Maybe(Ref("edits"))),
    },
    1000,
    left_out=NUMBERS,
    check=_note_codes,
)
CODED_ANSWERS = Part(
    "coded_answers",
    CodedAnswer,
    "The answers of a coding, and their codes by place.",
    {
        "coding_id": Column(Ref("codings")),
        "answer_id": Column(Ref("answers")),
        "marks": Column(ListOf(Row((Whole(), Maybe(Whole()), Maybe(Whole()))), 10_000)),
    },
    MAX_IDEAS,
    through=("coding_id", CODINGS),
    unique=[["coding_id", "answer_id"]],
    check=_check_marks,
)
PROPOSALS = Part(
    "proposals",
    Proposal,
    "What findings would have changed.",
    {
        "public_id": Column(PUBLIC_ID),
        "made_at": Column(Moment()),
        "decided_at": Column(Maybe(Moment())),
        "state": Column(Choice(STATES)),
        "answers": Column(Whole()),
        "changes": Column(
            ListOf(
                Record(
                    {
                        "kind": Choice(("split", "merged", "new", "gone", "moved")),
                        "theme": MAYBE_THEME,
                        "other": MAYBE_THEME,
                        "people": Whole(),
                        "ideas": Whole(),
                    }
                ),
                10_000,
            )
        ),
    },
    100_000,
    left_out={**NUMBERS, "centres": "numbers of a model: answers that come while it waits are not sorted into it"},
)
PROPOSED_MOVES = Part(
    "proposed_moves",
    ProposedMove,
    "The ideas that a proposal would move.",
    {
        "proposal_id": Column(Ref("proposals")),
        "answer_id": Column(Ref("answers")),
        "starts": Column(Whole()),
        "ends": Column(Whole()),
        "source_id": Column(MAYBE_THEME),
        "target_id": Column(MAYBE_THEME),
        "strength": Column(Real()),
        "change": Column(Whole()),
        "later": Column(Flag()),
    },
    MAX_IDEAS,
    left_out=NUMBER,
    through=("proposal_id", PROPOSALS),
    check=check_span,
)
CHECKS = Part(
    "checks",
    Check,
    "Blind checks.",
    {
        "public_id": Column(PUBLIC_ID),
        "started_at": Column(Moment()),
        "themes": Column(ListOf(THEME, 10_000)),
        "size": Column(Whole()),
        "drawn_from": Column(Whole()),
        "waiting": Column(Whole()),
    },
    1000,
    left_out=NUMBERS,
)
CHECKED_ANSWERS = Part(
    "checked_answers",
    CheckedAnswer,
    "The answers that were drawn for a check, with the machine's themes of them then.",
    {
        "check_id": Column(Ref("checks")),
        "place": Column(Whole(1)),
        "answer_id": Column(Ref("answers")),
        "themes": Column(ListOf(THEME, 10_000)),
        "is_silent": Column(Flag()),
        "settled": Column(Maybe(Choice(("mine", "machine")))),
    },
    MAX_ANSWERS,
    through=("check_id", CHECKS),
    unique=[["check_id", "place"], ["check_id", "answer_id"]],
)
READERS = Part(
    "readers",
    CheckReader,
    "Who reads the answers of a check; the first has no name.",
    {
        "check_id": Column(Ref("checks")),
        "name": Column(Words(60)),
        "started_at": Column(Moment()),
        "finished_at": Column(Maybe(Moment())),
    },
    100_000,
    left_out=NUMBER | {"owner_id": ACCOUNTS, "owner_name": ACCOUNTS},
    through=("check_id", CHECKS),
    unique=[["check_id", "name"]],
    check=_check_reader,
)
READINGS = Part(
    "readings",
    Reading,
    "What a reader said of an answer.",
    {
        "reader_id": Column(Ref("readers")),
        "answer_id": Column(Ref("answers")),
        "themes": Column(Maybe(ListOf(THEME, 10_000))),
        "note": Column(Words(1000)),
        "read_at": Column(Moment()),
    },
    MAX_ANSWERS,
    through=("reader_id", READERS),
    unique=[["reader_id", "answer_id"]],
)
PARTS = (
    *FOUND,
    ADVICE,
    LEFT_FINDINGS,
    EDITS,
    IDEA_CHANGES,
    CODINGS,
    CODED_ANSWERS,
    PROPOSALS,
    PROPOSED_MOVES,
    CHECKS,
    CHECKED_ANSWERS,
    READERS,
    READINGS,
)
"""All parts, each after those that it refers to by public id"""
PARTS_BY_NAME = {part.name: part for part in PARTS}
LEFT_OUT_TABLES = {
    "owner": "accounts are of one site; a password goes nowhere",
    "set_up_link": "of one site",
    "membership": "accounts are of one site: who takes the survey in invites people anew",
    "invitation": "of one site",
    "deed": "what was done on one site; the log of edits says who made each",
    "api_token": "programs get new tokens of the new site",
    "deletion": "of one site: what was deleted here stays deleted when an older archive is taken in",
    "forgotten_answer": "made with a key of one site, and says nothing elsewhere",
    "bulk_change": "what is being done with many answers of one site, and the way back from it",
    "vector": "made anew by the run that taking it in asks for",
    "run_slice": "how far a run is that goes on",
    "worker_process": "of one site",
    "story_entry": "what its writer is told of the past of an answer; it begins anew where the archive is taken in",
    "follow_up": "addresses of people who asked this site to tell them; they are for nobody else",
    "page_version": "of one site: it says which kept pages are still right",
    "outgoing_mail": "of one site, and of its people",
    "live_screen": "what a presenter chose for an evening: a survey that moved is on no screen",
    "mail_choice": "of the people of one site",
    "told": "of the people of one site",
    "former_slug": "addresses of one site, which lead on there",
    "webhook": "its secret is made with the key of one site: it is entered anew",
    "webhook_delivery": "of the webhooks of one site",
    "codebook_fit": "measured anew after the run that taking it in asks for",
}
"""Tables that no archive has, and why"""
