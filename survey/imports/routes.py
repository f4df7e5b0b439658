"""Import answers from a file or a pasted list in two steps, and take an import back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from analysis.files.model import FileRefused
from survey.answers import erasure
from survey.core.database import db
from survey.core.i18n import N_, gettext, ngettext
from survey.core.models import Survey
from survey.imports import choices as choosing
from survey.imports import importer, in_words, past_imports, preview, staged_uploads
from survey.imports import plan as plans
from survey.imports.choices import Choices
from survey.imports.forms import UploadForm
from survey.imports.importer import CountsChanged, ImportRefused, Outcomes
from survey.imports.past_imports import PastImport
from survey.imports.plan import Plan
from survey.imports.staged_uploads import StagedUpload
from survey.web.access import editors_only, get_own_survey
from survey.web.formatting import number, translated
from survey.web.rate_limits import held

blueprint = Blueprint("importing", __name__, url_prefix="/manage/<slug>/import")

LARGE_BYTES = 5_000_000
"""Of rows. Their plan takes some times as much memory, so a process makes one such plan at a time"""
WAIT_SECONDS, MAX_WAITING = 10.0, 2
"""How long a request waits for another's plan, and how many threads of a process do so, which serve no pages then"""
_planning, _places = threading.Lock(), threading.BoundedSemaphore(1 + MAX_WAITING)

NOT_HERE = N_("That file does not wait here any more. If it was taken in, it is in the list below.")


@blueprint.route("", methods=["GET", "POST"])
@editors_only
def upload(slug: str) -> ResponseReturnValue:
    """The first step: a file, or a pasted list. Below it, what was imported."""
    own = get_own_survey(slug)
    form = UploadForm()
    refusal = ""
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                key = _kept(own, form)
            except FileRefused as refused:
                refusal = translated(refused.message)
            else:
                return redirect(url_for("importing.preview", slug=slug, key=key), 303)
    imports = past_imports.past_imports(own)
    made = next((one for one in imports if one.public_id == request.args.get("made")), None)
    page = render_template(
        "imports/upload.html", survey=own, form=form, refusal=refusal, imports=imports, made=made, words=in_words
    )
    return page, status


@blueprint.route("/<key>", methods=["GET", "POST"], endpoint="preview")
@editors_only
def preview_page(slug: str, key: str) -> ResponseReturnValue:
    """The second step: what would become of each row, all of which can be changed; then all is taken in, or nothing."""
    own = get_own_survey(slug)
    waiting = staged_uploads.find(current_user.owner_id, own.id, key)
    try:
        if waiting is None:
            return _not_here(slug)
        with _turn(waiting):
            return _second_step(own, waiting)
    except FileNotFoundError:  # taken in at the same moment by another request
        return _not_here(slug)


@contextmanager
def _turn(waiting: StagedUpload) -> Iterator[None]:
    """Wait for the plan of another large file, or answer that the site is busy."""
    if waiting.stored.rows_bytes < LARGE_BYTES:
        yield
        return
    with held(_places), held(_planning, WAIT_SECONDS):
        yield


def _second_step(own: Survey, waiting: StagedUpload) -> ResponseReturnValue:
    choices = choosing.from_form(request.form)
    refusal = ""
    if request.method == "POST":
        try:
            waiting = staged_uploads.read_again(waiting, choices.file)
        except FileRefused as refused:
            refusal = translated(refused.message)
    rows, me = waiting.stored.rows, current_user.owner_id
    plan = plans.make_plan(rows, waiting.stored.form, own, choices, db.session, by=me)
    shape = request.form.get("shape", "")
    is_other_table = request.method == "POST" and shape != plan.understood.shape
    if is_other_table:
        plan = plans.make_plan(rows, waiting.stored.form, own, choices.without_columns(), db.session, by=me)
    if request.method == "GET" or "look" in request.form or refusal or is_other_table:
        return _preview(own, waiting, plan, refusal=refusal)
    return _take_in(own, waiting, plan, choices)


@blueprint.route("/past/<public_id>/delete", methods=["GET", "POST"])
@editors_only
def delete(slug: str, public_id: str) -> ResponseReturnValue:
    """Ask for confirmation; then take an import back with all its answers."""
    own = get_own_survey(slug)
    imported = _past(own, public_id)
    if request.method == "POST":
        left = erasure.delete_import(own, public_id)
        flash(gettext("The import is being taken back.") if left else gettext("The import is taken back."))
        return redirect(url_for("importing.upload", slug=slug), 303)
    return render_template("imports/delete.html", survey=own, imported=imported)


def _past(survey: Survey, public_id: str) -> PastImport:
    imported = next((one for one in past_imports.past_imports(survey) if one.public_id == public_id), None)
    if imported is None:
        abort(404)
    return imported


def _kept(own: Survey, form: UploadForm) -> str:
    """Stage what was sent for the second step and return its key. Raises FileRefused."""
    if form.file.data:
        name = (form.file.data.filename or "")[-80:]
        return staged_uploads.keep(current_user.owner_id, own.id, name, form.file.data.stream)
    return staged_uploads.keep_pasted(current_user.owner_id, own.id, form.pasted.data or "")


def _take_in(own: Survey, waiting: StagedUpload, plan: Plan, choices: Choices) -> ResponseReturnValue:
    slug = own.slug
    if in_words.lacks_column(plan.understood):
        return _preview(own, waiting, plan), 422
    try:
        outcome = importer.take_in(
            own,
            plan,
            waiting.name,
            owner_id=current_user.owner_id,
            confirmed=request.form.get("confirmed", ""),
        )
    except ImportRefused as refused:
        return _preview(get_own_survey(slug), waiting, plan, refusal=str(refused)), 422
    except CountsChanged:
        own = get_own_survey(slug)
        if staged_uploads.find(current_user.owner_id, own.id, waiting.key) is None:
            return _not_here(slug)
        return _preview(own, waiting, plan, has_changed=True), 409
    staged_uploads.drop(waiting)
    _say(outcome)
    return redirect(url_for("importing.upload", slug=slug, made=outcome.public_id), 303)


def _not_here(slug: str) -> ResponseReturnValue:
    flash(gettext(NOT_HERE))
    return redirect(url_for("importing.upload", slug=slug), 303)


def _say(outcome: Outcomes) -> None:
    flash(" ".join([str(outcome), *in_words.cells_left_out(outcome.cells_left_out)]))
    for other in outcome.others:
        flash(
            ngettext(
                "%(n)s answer to “%(question)s” came into a survey of its own.",
                "%(n)s answers to “%(question)s” came into a survey of its own.",
                other.added,
                n=number(other.added),
                question=other.question,
            )
        )


def _preview(own: Survey, waiting: StagedUpload, plan: Plan, *, refusal: str = "", has_changed: bool = False) -> str:
    shown = preview.shown(own, waiting, plan, waiting.stored.rows)
    if in_words.lacks_column(plan.understood):
        refusal = refusal or gettext(in_words.CHOOSE_COLUMN)
    elif not refusal and not plan.taken and request.method == "GET" and not plan.counts().get("here"):
        refusal = importer.nothing_in(plan.first)
    page = render_template("imports/preview.html", **shown, refusal=refusal, has_changed=has_changed)
    # Contexts of templates refer to themselves: 100 MB of rows would stay until garbage is collected.
    plan.questions.clear()
    return page
