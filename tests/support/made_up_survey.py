"""A survey in which everything an owner can meet has happened, all of its own words made up: each begins with "zz"."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask

from analysis.naming.descriptions import describe_discovered
from survey.core.database import db, now
from survey.core.models import Advice, Answer, Run, Survey, Theme, ThemeResult
from survey.curation import doctor
from survey.edits.models import Edit, IdeaChange, Proposal, ProposedMove
from tests.support.filled_survey import Filled, Says, fill

OWN_WORDS = re.compile(r"\bzz\w*", re.IGNORECASE)
ALFA, BETA, GAMA, PART = "Zzalfa", "Zzbeta", "Zzgama", "Zzparte"
HELD = ("review", "link", "unreadable", "robot", "quick", "import", "noscript")
RULES: dict[str, dict[str, float]] = {
    "alike": {"nearer": 1, "wordings": 2, "other_nearer": 2, "other_wordings": 3},
    "inside": {"people": 2, "other_people": 3},
    "small": {"people": 1, "all": 12},
    "name": {"say": 2, "better": 6, "people": 40},
    "detail": {"say": 0, "better": 2, "people": 3},
    "opposed": {"people": 1, "other_people": 2},
    "mixed": {"ideas": 2, "all": 3},
}
ACTIONS = (
    "rename", "describe", "merge", "move", "also", "split", "confirm", "dismiss", "promote", "example", "pin", "unpin",
    "order", "hide", "show", "found", "accept", "coded", "opposite", "same",
)  # fmt: skip


def made_up(app: Flask, owner_id: int) -> Filled:
    """Write the survey."""
    answers = [
        *(Says(f"zzuno {n}", [(f"zzuno {n}", ALFA)], kind="friend", part=PART if n < 3 else None) for n in range(9)),
        *(Says(f"zzdos {n}", [(f"zzdos {n}", BETA)], kind="family") for n in range(6)),
        *(Says(f"zztres {n}", [(f"zztres {n}", GAMA)]) for n in range(4)),
        *(Says(f"zznada {n}", [(f"zznada {n}", None)]) for n in range(3)),
        Says("zzvac", is_silent=True),
        *(Says(f"zzespera {n}", status="held") for n in range(len(HELD) + 6)),
        Says("zzmedia zzfuera", status="hidden"),
    ]
    filled = fill(app, answers, owner_id=owner_id, hidden=[GAMA])
    with app.app_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        survey.question, survey.introduction, survey.asker = "¿Zzpregunta?", "Zzintro.", "Zzasker"
        run = db.session.get_one(Run, filled.run_id)
        _tell_run(run, filled)
        _hold_answers()
        _log_edits(filled)
        _find_faults(run, filled)
        _compare_advice(run, survey)
        db.session.commit()
    return filled


def _tell_run(run: Run, filled: Filled) -> None:
    """Say what a run can say: changes of every kind, what waits together, how it went."""
    key = {"key": ALFA, "other": BETA, "before": 3, "after": 5}
    kinds = ("grew", "shrank", "new", "split", "merged", "gone")
    run.changes = [key | {"kind": kind} for kind in kinds]
    run.claimed_at = run.finished_at
    run.settings = {"unreadable_answers": 2}
    run.saturation = {"verdict": "new themes still come up"}
    run.remaining = {"read": 4, "wrong_now": 0.1, "low": 0.05, "high": 0.2, "wrong_at_first": 0.3, "enough": False}
    loose = db.session.query(Answer).filter(Answer.text.startswith("zznada")).all()
    run.forming = [[[answer.id, 0, len(answer.text)] for answer in loose]]
    placed = db.session.query(Answer).filter(Answer.text.startswith("zzuno")).limit(2).all()
    run.reading = [[answer.id, 0, len(answer.text)] for answer in [*placed, *loose]]
    for theme_id in filled.themes.values():
        result = db.session.get(ThemeResult, (run.id, theme_id))
        if result is not None:
            result.came_back, result.re_runs, result.mentions = 9, 10, 9
            result.candidates = ["Zzotro"]
    found = db.session.get_one(Theme, filled.themes[BETA])
    found.origin, found.description = "discovered", describe_discovered(["Zzotro"])
    db.session.get_one(ThemeResult, (run.id, filled.themes[BETA])).came_back = 4


def _hold_answers() -> None:
    held = db.session.query(Answer).filter_by(status="held").order_by(Answer.id).all()
    for answer, reason in zip(held, HELD, strict=False):
        answer.reason = reason
    for answer in held[len(HELD) : -3]:
        answer.reason, answer.burst = "burst", "burst"
    for answer in held[-3:]:
        answer.reason, answer.burst = "flood", "flood-x"
    held[-1].status = held[len(HELD)].status = "shown"
    db.session.query(Answer).filter_by(text="zzuno 1").one().is_askers = True


def _log_edits(filled: Filled) -> None:
    """One edit of each kind, and one more that is taken back."""
    alfa, beta = filled.themes[ALFA], filled.themes[BETA]
    answers = db.session.query(Answer).filter(Answer.text.startswith("zzdos")).all()
    for action in ACTIONS:
        details: dict[str, Any] = {"new": 2, "gone": 1, "people": 3, "changes": [1, 2], "themes": {}, "asked": True}
        details["codebooks"] = [None, "course"]
        edit = Edit(
            survey_id=filled.survey_id, action=action, theme_id=alfa, target_id=beta, name="Zznombre", details=details
        )
        db.session.add(edit)
        db.session.flush()
        if action in ("move", "also", "split", "confirm", "coded", "accept", "opposite", "same"):
            for taught, answer in ((False, answers[0]), (False, answers[1]), (True, answers[2])):
                db.session.add(
                    IdeaChange(
                        edit_id=edit.id, answer_id=answer.id, starts=0, ends=len(answer.text), source_id=alfa,
                        target_id=beta, taught=taught,
                    )
                )  # fmt: skip
    db.session.add(Edit(survey_id=filled.survey_id, action="pin", theme_id=alfa, undone_at=now()))


def _find_faults(run: Run, filled: Filled) -> None:
    """What the theme doctor finds, by every rule; some of it left, some waiting."""
    ideas = [[answer.id, 0, len(answer.text)] for answer in db.session.query(Answer).filter_by(text="zzuno 3")]
    version = db.session.get_one(Survey, filled.survey_id).edit_version
    findings = [
        {
            "rule": rule, "theme": ALFA, "other": BETA if rule in doctor.MERGE_RULES else None,
            "figures": {"share": 0.5, **figures}, "ideas": ideas if rule in doctor.SPLIT_RULES else [],
            "contrast": ideas if rule in doctor.SPLIT_RULES else [], "name": "Zznombre",
        }
        for rule, figures in RULES.items()
    ]  # fmt: skip
    doctor.store(db.session, filled.survey_id, run.id, version + 1, findings)


def _compare_advice(run: Run, survey: Survey) -> None:
    """A list that was compared, with a point of each fate, and one that waits."""
    points = ["Zzpunto", "Zzcasi", "Zzsin", "Zzdicho"]
    db.session.add(Advice(survey_id=survey.id, title="Zzlista", points=points, decisions={"Zzdicho": None}))
    db.session.add(Advice(survey_id=survey.id, title="Zzotra", points=["Zzpunto"]))
    db.session.flush()
    first = db.session.query(Advice).filter_by(title="Zzlista").one()
    matches: list[dict[str, Any]] = [
        {"theme": ALFA, "strength": 0.9}, {"theme": None, "perhaps": BETA, "strength": 0.4},
        {"theme": None, "strength": 0.0}, {"theme": None, "strength": 0.0},
    ]  # fmt: skip
    run.advice = [
        {
            "public_id": first.public_id, "missing": [{"theme": BETA}],
            "points": [
                {"heading": point, "body": "", "covers": [], "perhaps": None} | match
                for point, match in zip(points, matches, strict=True)
            ],
        }
    ]  # fmt: skip


def propose(app: Flask, filled: Filled) -> None:
    """Have a proposal wait, with a change of each kind."""
    alfa, beta, gama = (filled.themes[name] for name in (ALFA, BETA, GAMA))
    kinds: list[tuple[str, int | None, int | None]] = [
        ("new", gama, None),
        ("split", gama, alfa),
        ("merged", gama, alfa),
        ("gone", gama, None),
    ]
    kinds += [("moved", alfa, beta), ("moved", None, beta), ("moved", alfa, None)]
    with app.app_context():
        changes = [
            {"kind": kind, "theme": theme, "other": other, "people": 2, "key": ""} for kind, theme, other in kinds
        ]
        proposal = Proposal(survey_id=filled.survey_id, answers=12, changes=changes)
        db.session.add(proposal)
        db.session.flush()
        said = {"zzuno": alfa, "zztres": gama, "zznada": None}
        rows = [
            (answer, source)
            for start, source in said.items()
            for answer in db.session.query(Answer).filter(Answer.text.startswith(start))
        ]
        for number, (answer, source) in enumerate(rows):
            target = beta if source != beta else alfa
            db.session.add(
                ProposedMove(
                    proposal_id=proposal.id, answer_id=answer.id, starts=0, ends=len(answer.text), source_id=source,
                    target_id=target, strength=0.5, change=number % len(kinds), later=number == 0,
                )
            )  # fmt: skip
        db.session.commit()
