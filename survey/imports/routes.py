"""Import answers from a file or a pasted list in two steps, and delete an import."""

from __future__ import annotations

from itertools import islice

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey.answers import erasure, past_imports
from survey.core.models import Survey
from survey.imports import file_reader, importer, staged_uploads
from survey.imports.column_guess import guess
from survey.imports.file_reader import ImportRefused, Problem
from survey.imports.forms import ColumnsForm, UploadForm
from survey.imports.staged_uploads import StagedUpload
from survey.web.access import get_own_survey

blueprint = Blueprint("importing", __name__, url_prefix="/manage/<slug>/import")

CELL_SHOWN = 300


@blueprint.route("", methods=["GET", "POST"])
def upload(slug: str) -> ResponseReturnValue:
    """The first step: a file, or a pasted list."""
    own = get_own_survey(slug)
    form = UploadForm()
    problems: list[Problem] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                key = _kept(own, form)
            except ImportRefused as refused:
                problems = refused.problems
            else:
                return redirect(url_for("importing.preview", slug=slug, key=key), 303)
    imports = past_imports.past_imports(own)
    page = render_template("imports/upload.html", survey=own, form=form, problems=problems, imports=imports)
    return page, status


@blueprint.route("/<key>", methods=["GET", "POST"])
def preview(slug: str, key: str) -> ResponseReturnValue:
    """The second step: a preview whose columns can be changed; then all rows are imported, or none."""
    own = get_own_survey(slug)
    waiting = staged_uploads.find(current_user.owner_id, own.id, key)
    if waiting is None:
        flash("That file does not wait here any more. Choose it again.")
        return redirect(url_for("importing.upload", slug=slug), 303)
    guessed = guess(waiting.header, waiting.lengths, own.question)
    form = ColumnsForm.over(waiting.header, guessed.columns, waiting.separator)
    if request.method == "POST" and not form.validate():
        return _preview(own, waiting, form, guessed.reason, []), 422
    try:
        if request.method == "POST" and not form.look.data:
            return _import(own, waiting, form)
        rows = importer.check_rows(own, waiting.header, lambda: waiting.rows(form.split()), form.columns())
    except ImportRefused as refused:
        status = 422 if request.method == "POST" and not form.look.data else 200
        return _preview(own, waiting, form, guessed.reason, refused.problems), status
    return _preview(own, waiting, form, guessed.reason, [], len(rows))


@blueprint.route("/past/<public_id>/delete", methods=["GET", "POST"])
def delete(slug: str, public_id: str) -> ResponseReturnValue:
    """Ask for confirmation; then delete an import and all its answers."""
    own = get_own_survey(slug)
    imported = next((one for one in past_imports.past_imports(own) if one.public_id == public_id), None)
    if imported is None:
        abort(404)
    if request.method == "POST":
        left = erasure.delete_import(own, public_id)
        flash("The import is deleted for good." if not left else "The import is being deleted.")
        return redirect(url_for("importing.upload", slug=slug), 303)
    return render_template("imports/delete.html", survey=own, imported=imported)


def _kept(own: Survey, form: UploadForm) -> str:
    """Stage what was sent for the second step and return its key. Raises ImportRefused."""
    if form.file.data:
        name = (form.file.data.filename or "")[-80:]
        return staged_uploads.keep(current_user.owner_id, own.id, name, file_reader.read(form.file.data.stream))
    return staged_uploads.keep_pasted(current_user.owner_id, own.id, form.pasted.data or "")


def _import(own: Survey, waiting: StagedUpload, form: ColumnsForm) -> ResponseReturnValue:
    rows = lambda: waiting.rows(form.split())  # noqa: E731
    outcome = importer.import_rows(own, waiting.header, rows, form.columns(), waiting.name)
    staged_uploads.drop(waiting)
    flash(str(outcome))
    return redirect(url_for("importing.upload", slug=own.slug), 303)


def _preview(
    own: Survey, waiting: StagedUpload, form: ColumnsForm, reason: str, problems: list[Problem], good: int | None = None
) -> str:
    first = islice(waiting.rows(form.split()), staged_uploads.PREVIEW_ROWS)
    count = good if good is not None else sum(1 for _ in waiting.rows(form.split()))
    return render_template(
        "imports/preview.html",
        survey=own,
        waiting=waiting,
        header=file_reader.column_names(waiting.header),
        rows=[(number, [_short(cell) for cell in cells]) for number, cells in first],
        count=count,
        form=form,
        reason=reason,
        problems=problems,
        day_first=importer.day_first(lambda: waiting.rows(form.split()), form.columns().time),
    )


def _short(cell: str) -> str:
    return cell if len(cell) <= CELL_SHOWN else cell[:CELL_SHOWN] + "…"
