"""A survey with something in every part of an archive, and archives as tests write, change and take in."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer
from survey.archives import package, staging
from survey.archives.owner_parts import PARTS
from survey.archives.take_in import TakenIn, take_in
from survey.archives.write_archive import write_archive
from survey.coded_files import codings, place
from survey.coded_files.assign import Mark
from survey.coded_files.codings import NOT_USED, Code
from survey.core import respondent_kinds
from survey.core.database import db, now
from survey.core.models import Answer, Idea, Run, Survey, Theme
from survey.curation import advice_lists, edit_history, idea_edits, theme_edits
from survey.edits.idea_spans import IdeaSpan, ideas_of_theme
from survey.imports import importer
from survey.looks import pictures
from survey.looks.models import LOGO
from survey.manage import surveys
from survey.publication import offering
from survey.results.models import Examination, LeftFinding
from survey.runs.lookups import shown_run_id
from tests.support import checks
from tests.support.pictures import drawing, saved
from tests.support.proposed import FIRST, LAMPS, Perform, look_again, waiting
from tests.support.visitors import SLUG, owned_survey

Parts = dict[str, list[dict[str, Any]]]
SECRET = "a-secret-of-one-respondent"
SAID = "Softer light over the stairs, at night"
KINDS = ("Guest", "Cook")


def lived(app: Flask, perform: Perform) -> int:
    """A survey that was lived in: kinds, an import, edits with one undone, a proposal, advice, a check, findings."""
    survey_id = owned_survey(app, codebook="none")
    with app.app_context():
        survey = _survey(survey_id)
        survey.own_kinds = respondent_kinds.update_own_kinds([], KINDS)
        survey.words = {
            "thanks": "Thank you.\n\nCome by for coffee.",
            "accent": "#1c4e80",
            "contact": "zoe@example.org",
        }
        db.session.commit()
        pictures.put(survey_id, LOGO, saved(drawing()))
        kind = respondent_kinds.by_key(_survey(survey_id))
        guest = next(key for key, found in kind.items() if found.label == "Guest")
        rows = [f"{text},{KINDS[number % 2]},R-{number:03}" for number, text in enumerate(FIRST)]
        importer.import_answers(_survey(survey_id), ("answer,kind,Response ID\n" + "\n".join(rows)).encode())
        own = NewAnswer(SAID, answers.new_form_key(), guest, "facebook", secret=SECRET)
        answers.receive(_survey(survey_id), own)
        asker = NewAnswer("A window, and coffee beside it", "asker", None, "direct", is_askers=True)
        answers.receive(_survey(survey_id), asker)
        points = ("Windows: open them", "Coffee")
        advice_lists.add(_survey(survey_id), "An article", points)
    perform(app)
    with app.app_context():
        edited(survey_id)
    with app.app_context():
        importer.import_answers(_survey(survey_id), ("answer\n" + "\n".join(LAMPS)).encode())
    look_again(app, perform, survey_id)
    with app.app_context():
        _code(survey_id)
        offering.offer(_survey(survey_id), ["themes"], "CC BY 4.0")
        checks.read_all(checks.start(survey_id))
        checks.read_all(checks.start(survey_id), name="Second")
        _add_findings(survey_id)
        hidden_id = db.session.scalars(select(Answer.id).where(Answer.text == FIRST[3])).one()
        surveys.set_published(survey_id, True)
        hidden = db.session.get_one(Answer, hidden_id)
        hidden.status, hidden.changed_at = "held", now() - timedelta(days=1)
        db.session.commit()
        assert waiting(survey_id).changes
    return survey_id


def _code(survey_id: int) -> None:
    """Place three answers by hand, as a file says that people coded."""
    ids = db.session.scalars(select(Answer.id).where(Answer.text.in_(FIRST[5:8])).order_by(Answer.id)).all()
    theme = db.session.scalars(select(Theme.public_id).where(Theme.name == "Coffee machine")).first() or NOT_USED
    codes = [Code("Machines"), Code("Coffee", "What is drunk", theme), Code("Else", choice=NOT_USED)]
    marks = [[Mark(0, None)], [Mark(1, (0, 3))], [Mark(0, None), Mark(2, None)]]
    coding = codings.store(
        _survey(survey_id), "e" * 16, "coded.csv", codes, dict(zip(ids, marks, strict=True)), {"rows": 3}
    )
    place.place(_survey(survey_id), coding)


def edited(survey_id: int) -> None:
    """Edit themes in every way, in an app context."""
    themes = db.session.scalars(
        select(Theme).where(Theme.survey_id == survey_id, Theme.origin != "part").order_by(Theme.id)
    ).all()
    windows, coffee, chairs = themes[:3]
    ids = windows.id, coffee.id, chairs.id

    def theme(place: int) -> Theme:
        return db.session.get_one(Theme, ids[place])

    theme_edits.rename(theme(0), "Air & <b>light</b>")
    theme_edits.describe(theme(0), "Windows that open")
    theme_edits.reorder(theme(2), 1)
    idea_edits.move(_survey(survey_id), spans(survey_id, ids[0])[:1], theme(0), theme(1))
    idea_edits.confirm(_survey(survey_id), spans(survey_id, ids[1])[:1], theme(1))
    idea_edits.also(_survey(survey_id), spans(survey_id, ids[1])[1:3], theme(1), theme(0))
    idea_edits.split(_survey(survey_id), spans(survey_id, ids[2])[:2], theme(2), "Chairs to sink into")
    theme_edits.add_example(theme(1), "An espresso")
    theme_edits.promote(theme(1))
    idea_edits.move(_survey(survey_id), spans(survey_id, ids[0])[:1], theme(0), None)
    theme_edits.set_pinned(theme(1), True)
    pinned = theme_edits.set_hidden(theme(2), True)
    edit_history.undo(_survey(survey_id), pinned)
    theme_edits.merge(theme(2), theme(1))


def spans(survey_id: int, theme_id: int) -> list[IdeaSpan]:
    """The ideas of a theme as forms name them."""
    found = ideas_of_theme(db.session, shown_run_id(db.session, survey_id), theme_id)
    public = dict(db.session.execute(select(Answer.id, Answer.public_id)).all())
    return [IdeaSpan(public[idea.answer_id], idea.starts, idea.ends) for idea in found]


def _add_findings(survey_id: int) -> None:
    """Write what a run says only of more answers than these."""
    run = db.session.get_one(Run, shown_run_id(db.session, survey_id))
    ideas = db.session.scalars(select(Idea).where(Idea.run_id == run.id, Idea.status != "nonanswer")).all()
    places = [[idea.answer_id, idea.starts, idea.ends] for idea in ideas[:3]]
    themes = db.session.scalars(select(Theme).where(Theme.survey_id == survey_id).order_by(Theme.id)).all()
    figures = {"share": 0.25, "ideas": 2, "all": 8}
    finding = {"rule": "mixed", "theme": themes[0].key, "other": None, "figures": figures, "name": "Else"}
    examined = db.session.get(Examination, run.id) or Examination(run_id=run.id, edit_version=0)
    examined.findings = [{**finding, "ideas": places[:2], "contrast": places[2:]}]
    db.session.add(examined)
    db.session.add(LeftFinding(survey_id=survey_id, finding=f"small-{themes[0].public_id}", share=0.1))
    run.forming, run.reading = [places[:2]], places
    db.session.scalars(select(Answer).where(Answer.text == SAID)).one().nearest = [_public(places[0][0]), 0, 4, 7]
    first = db.session.scalars(select(Answer).where(Answer.survey_id == survey_id).order_by(Answer.id)).first()
    assert first is not None
    run.bursts = [{"burst": "b" * 16, "themes": [themes[0].key]}]
    first.burst = "b" * 16
    advice = advice_lists.all_lists(_survey(survey_id))[0]
    advice.decisions = {"Coffee": themes[1].id}
    db.session.commit()


def _public(answer_id: int) -> str:
    return db.session.get_one(Answer, answer_id).public_id


def _survey(survey_id: int) -> Survey:
    return db.session.get_one(Survey, survey_id)


def archive_of(app: Flask, slug: str = SLUG) -> bytes:
    """The archive of a survey."""
    with app.app_context():
        file = io.BytesIO()
        write_archive(db.session.scalars(select(Survey).where(Survey.slug == slug)).one(), file)
        return file.getvalue()


def bring(
    app: Flask, archive: bytes, slug: str = SLUG, *, owner_id: int | None = None, as_it_was: bool = True
) -> TakenIn:
    """Check an archive and take it into a site."""
    with app.app_context(), staging.checked(io.BytesIO(archive)) as folder:
        return take_in(folder, owner_id, slug, as_it_was=as_it_was)


def parts_of(archive: bytes) -> Parts:
    """The rows of each part."""
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return {
            part.name: [json.loads(line) for line in file.read(part.name + ".jsonl").splitlines()] for part in PARTS
        }


def packed(parts: Mapping[str, Any], change: Callable[[dict[str, Any]], None] = lambda manifest: None) -> bytes:
    """An archive of these parts, rows or bytes, whose manifest fits them until it is changed."""
    contents = {
        name: rows if isinstance(rows, bytes) else b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        for name, rows in parts.items()
    }
    manifest = {
        "format": package.FORMAT,
        "version": package.VERSION,
        "software": "Common Threads 0.1.0",
        "written_at": "2026-11-28T16:00:00+00:00",
        "parts": {
            name: {
                "rows": content.count(b"\n"),
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for name, content in contents.items()
        },
    }
    change(manifest)
    return zipped(
        {f"{name}.jsonl": content for name, content in contents.items()}
        | {"manifest.json": json.dumps(manifest).encode()}
    )


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return target.getvalue()
