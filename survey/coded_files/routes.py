"""Bring in what people coded already, see what it says, and use it: as a codebook, by hand, as a second coder."""

from __future__ import annotations

import hashlib
import re
import tempfile
from typing import Any, BinaryIO, cast

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from analysis.files.model import FileRefused
from analysis.known_themes.codebook import CodebookError
from analysis.refi_qda.codebook_file import write_codebook
from analysis.refi_qda.write_project import write_project
from survey.answers import lifecycle as answers
from survey.answers.coding_models import Coding
from survey.answers.lifecycle import NewAnswer, Refused
from survey.coded_files import codings, place, project_out, staging, teach
from survey.coded_files.compare import MIN_CARRIED, compare
from survey.coded_files.match import FileAnswer, Matched, known_answers, match, split_documents
from survey.coded_files.project_out import ProjectChoices
from survey.coded_files.staging import Reading, StagedFile
from survey.core.database import db
from survey.core.i18n import N_, gettext, ngettext
from survey.core.models import Survey
from survey.core.personal_data import mask_personal_data
from survey.curation.theme_edits import EditRefused
from survey.results.visible_themes import all_themes
from survey.runs.lookups import shown_run
from survey.web.access import editors_only, get_own_survey
from survey.web.formatting import number, translated

blueprint = Blueprint("coded", __name__, url_prefix="/manage/<slug>/coded")

SAMPLES = 8
PER_PAGE = 25
FIRST_WORDS = 6
GONE = N_("That file does not wait here any more. Choose it again.")


@blueprint.get("")
def listed(slug: str) -> ResponseReturnValue:
    """Choose a coded file, and see what was brought in before."""
    return _listed(get_own_survey(slug))


@blueprint.post("", endpoint="upload")
def upload(slug: str) -> ResponseReturnValue:
    """Keep a coded file for its preview."""
    own = get_own_survey(slug)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _listed(own, gettext("Choose a file.")), 422
    try:
        key = staging.keep(current_user.owner_id, own.id, file.filename[-120:], cast("BinaryIO", file.stream))
    except FileRefused as refused:
        return _listed(own, translated(refused.message)), 422
    return redirect(url_for("coded.preview", slug=slug, key=key), 303)


@blueprint.get("/file/<key>")
@editors_only
def preview(slug: str, key: str) -> ResponseReturnValue:
    """What a coded file says and whom it is about, before anything is taken in; its columns can be changed."""
    own = get_own_survey(slug)
    waiting = staging.find(current_user.owner_id, own.id, key)
    if waiting is None:
        flash(gettext(GONE))
        return redirect(url_for("coded.listed", slug=slug), 303)
    return _preview(own, waiting)


@blueprint.post("/file/<key>", endpoint="bring_in")
def bring_in(slug: str, key: str) -> ResponseReturnValue:
    """Store what a file says of the answers that are here; with a tick, import the others first."""
    own = get_own_survey(slug)
    waiting = staging.find(current_user.owner_id, own.id, key)
    if waiting is None:
        coding = codings.find(own, key)  # sent twice
        if coding is None:
            flash(gettext(GONE))
            return redirect(url_for("coded.listed", slug=slug), 303)
        return redirect(url_for("coded.coding", slug=slug, public_id=coding.public_id), 303)
    found = staging.read(own, waiting, request.form)
    if not found.codes:
        no_codes = gettext("Nothing was brought in: no column says how answers were coded.")
        return _preview(own, waiting, no_codes), 422
    matched = _matched(own, found)
    added = refused = 0
    if request.form.get("missing") == "import" and matched.missing:
        added, refused = _import(own, waiting, matched.missing)
        matched = _matched(own, found)
    counts = {"rows": len(found.answers) + found.blank, "blank": found.blank, "missing": len(matched.missing)}
    coding = codings.store(own, key, waiting.name, found.codes, matched.here, counts)
    staging.drop(waiting)
    if added:
        flash(ngettext("%(n)s answer was imported.", "%(n)s answers were imported.", added, n=number(added)))
    if refused:
        flash(
            ngettext(
                "%(n)s could not be imported: empty, or too long.",
                "%(n)s could not be imported: empty, or too long.",
                refused,
                n=number(refused),
            )
        )
    return redirect(url_for("coded.coding", slug=slug, public_id=coding.public_id), 303)


@blueprint.get("/<public_id>")
def coding(slug: str, public_id: str) -> ResponseReturnValue:
    """What was brought in, and its three uses."""
    own = get_own_survey(slug)
    return _coding(own, _own_coding(own, public_id))


@blueprint.post("/<public_id>/themes", endpoint="themes")
def themes(slug: str, public_id: str) -> ResponseReturnValue:
    """Say which theme each code stands for."""
    own = get_own_survey(slug)
    found = _own_coding(own, public_id)
    codings.choose(found, [request.form.get(f"code-{number}", "") for number in range(len(found.codes))])
    flash(gettext("It is kept what each code stands for."))
    return redirect(url_for("coded.coding", slug=slug, public_id=public_id), 303)


@blueprint.post("/<public_id>/place", endpoint="place")
def place_by_hand(slug: str, public_id: str) -> ResponseReturnValue:
    """Place the ideas of the coded answers in the themes of their codes, as one edit."""
    own = get_own_survey(slug)
    found = _own_coding(own, public_id)
    try:
        place.place(own, found)
    except EditRefused as refused:
        return _coding(own, found, str(refused)), 409
    flash(gettext("They are placed as people coded them."))
    return redirect(url_for("coded.coding", slug=slug, public_id=public_id), 303)


@blueprint.post("/<public_id>/teach", endpoint="teach")
def use_as_codebook(slug: str, public_id: str) -> ResponseReturnValue:
    """Make the codes known themes of the survey, with phrases of the coded answers as examples."""
    own = get_own_survey(slug)
    found = _own_coding(own, public_id)
    try:
        count = teach.teach(own, found)
    except CodebookError as refused:
        return _coding(own, found, f"{translated(refused.message)}."), 409
    flash(
        ngettext(
            "%(n)s known theme from this file. Themes are found with it now.",
            "%(n)s known themes from this file. Themes are found with them now.",
            count,
            n=number(count),
        )
    )
    return redirect(url_for("coded.coding", slug=slug, public_id=public_id), 303)


@blueprint.get("/<public_id>/compare")
def second_coder(slug: str, public_id: str) -> ResponseReturnValue:
    """How far the themes agree with the people who coded, and the answers where they do not."""
    own = get_own_survey(slug)
    found = _own_coding(own, public_id)
    theme = next((one for one in all_themes(shown_run(own)) if one.public_id == request.args.get("theme")), None)
    with_blank = request.args.get("blank") == "yes"
    result = compare(own, found, with_blank=with_blank, only=theme.id if theme else None)
    pages = max(1, -(-len(result.differing) // PER_PAGE))
    page = min(max(1, _whole(request.args.get("page"), 1)), pages)
    return render_template(
        "coded_files/compare.html",
        survey=own,
        coding=found,
        placed=codings.placed_by(found),
        result=result,
        least_carried=MIN_CARRIED,
        theme=theme,
        with_blank=with_blank,
        shown=result.differing[(page - 1) * PER_PAGE : page * PER_PAGE],
        mask=mask_personal_data,
        words=_first_words,
        page=page,
        pages=pages,
    )


@blueprint.post("/<public_id>/delete", endpoint="delete")
def delete(slug: str, public_id: str) -> ResponseReturnValue:
    """Delete what was brought in; what was placed by it stays."""
    own = get_own_survey(slug)
    codings.forget(_own_coding(own, public_id))
    flash(gettext("It is deleted. What was placed by it stays, and can be undone under What was done."))
    return redirect(url_for("coded.listed", slug=slug), 303)


@blueprint.get("/out/codebook.qdc", endpoint="codebook_out")
def codebook_out(slug: str) -> ResponseReturnValue:
    """The themes as a REFI-QDA codebook."""
    found = project_out.codes(get_own_survey(slug))
    if not found:
        abort(404, gettext("Themes have not been found yet."))
    disposition = f'attachment; filename="{slug}-codebook.qdc"'
    return write_codebook(found), {"Content-Type": "application/xml", "Content-Disposition": disposition}


@blueprint.get("/out/project.qdpx", endpoint="project_out")
def project_file(slug: str) -> ResponseReturnValue:
    """The survey as a REFI-QDA project: its answers, its themes as codes, its ideas as coded parts."""
    own = get_own_survey(slug)
    choices = ProjectChoices(*(request.args.get(name) != "no" for name in ("kinds", "times", "uncoded")))
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response
    write_project(project_out.project(own, choices), file)
    file.seek(0)
    return send_file(file, "application/zip", as_attachment=True, download_name=f"{slug}.qdpx")


def _listed(own: Survey, problem: str = "") -> str:
    return render_template(
        "coded_files/listed.html", survey=own, problem=problem, past=codings.past_codings(own), placed=codings.placed_by
    )


def _preview(own: Survey, waiting: StagedFile, problem: str = "") -> str:
    chosen = request.form if request.method == "POST" else request.args
    found = staging.read(own, waiting, chosen)
    matched = _matched(own, found)
    counts: dict[int, int] = {}
    for one in found.answers:
        for code in {mark.code for mark in one.marks}:
            counts[code] = counts.get(code, 0) + 1
    return render_template(
        "coded_files/preview.html",
        survey=own,
        waiting=waiting,
        found=found,
        coded=sum(bool(one.marks) for one in found.answers),
        here=len(matched.here),
        missing=len(matched.missing),
        counts=counts,
        samples=[one for one in found.answers if one.marks][:SAMPLES],
        chosen=_chosen(found),
        problem=problem,
    )


def _chosen(found: Reading) -> dict[str, Any]:
    """Return the fields that read a table as it was read."""
    table = found.table
    if table is None:
        return {}
    fields: dict[str, Any] = {
        "answer": str(table.answer),
        "id": staging.NO_COLUMN if table.response_id is None else str(table.response_id),
        "time": staging.NO_COLUMN if table.time is None else str(table.time),
    }
    if table.codes is not None and table.codes.separator is None:
        fields["codes"] = staging.SEVERAL
        fields |= {f"{staging.COLUMN}{place}": "yes" for place in table.codes.places}
    elif table.codes is not None:
        fields |= {"codes": str(table.codes.places[0]), "separator": table.codes.separator}
    return fields


def _coding(own: Survey, found: Coding, problem: str = "") -> str:
    texts = codings.coded_texts(db.session, found.id)
    listed, stands = codings.codes_of(found), codings.themes_of_codes(db.session, found)
    plan = place.shown_plan(found)
    new = {code for _, codes in plan.ideas for code in codes if stands[code] is None}
    return render_template(
        "coded_files/coding.html",
        survey=own,
        coding=found,
        codes=list(zip(listed, stands, strict=True)),
        counts=codings.counted(texts),
        answers=len(texts),
        coded=sum(bool(text.marks) for text in texts),
        plan=plan,
        new=len({listed[code].name.casefold() for code in new}),
        placed=codings.placed_by(found),
        result=compare(own, found),
        least_carried=MIN_CARRIED,
        themes=sorted(all_themes(shown_run(own)), key=lambda theme: theme.name.casefold()),
        problem=problem,
    )


def _own_coding(own: Survey, public_id: str) -> Coding:
    found = codings.find(own, public_id)
    if found is None:
        abort(404)
    return found


def _matched(own: Survey, found: Reading) -> Matched:
    known = known_answers(db.session, own.id)
    return match(split_documents(found.answers, known) if found.table is None else found.answers, known)


def _import(own: Survey, waiting: StagedFile, missing: list[FileAnswer]) -> tuple[int, int]:
    """Import the answers of a file that are not here; return how many were, and how many cannot be."""
    new: list[NewAnswer] = []
    for row in missing:
        try:
            text = answers.check_text(row.text)
        except Refused:
            continue
        content = f"coded {waiting.key} {row.number} {row.text}"
        key = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
        new.append(NewAnswer(text, answers.new_form_key(), None, "import", row.time, import_key=key[:56]))
    added, _ = answers.receive_import(own, new, waiting.name) if new else (0, 0)
    return added, len(missing) - len(new)


def _first_words(text: str) -> str:
    """Return words by which the workbench finds an answer."""
    return " ".join(re.findall(r"\w+", text)[:FIRST_WORDS])


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else otherwise
