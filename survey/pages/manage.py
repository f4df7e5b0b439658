"""The owner's workshop."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from survey import answers, export, importing, listing, overview, runs, surveys
from survey.access import outside_address, own_survey
from survey.database import db
from survey.forms import ImportForm, SurveyForm
from survey.models import Survey
from survey.paging import Pages

blueprint = Blueprint("manage", __name__, url_prefix="/manage")

ANSWERS_A_PAGE = 50


@blueprint.get("", endpoint="surveys")
def surveys_list() -> ResponseReturnValue:
    """The owner's surveys."""
    return render_template("manage/surveys.html", surveys=surveys.listed(current_user.owner_id))


@blueprint.route("/new", methods=["GET", "POST"])
def create() -> ResponseReturnValue:
    """A new survey."""
    form = SurveyForm()
    status = 200
    if request.method == "GET":
        form.asker.data = current_user.name
    else:
        status = 422
        if form.validate():
            try:
                slug = surveys.create(current_user.owner_id, form.fields())
            except surveys.SlugTaken:
                form.slug.errors = ["Another survey has this address. Choose a different one."]
            else:
                flash("Your survey is open. Share its address to collect answers.")
                return redirect(url_for("manage.survey", slug=slug), 303)
    return render_template("manage/create.html", form=form, address_prefix=_address_prefix()), status


@blueprint.get("/<slug>")
def survey(slug: str) -> ResponseReturnValue:
    """Today: what came in, what the last run found, what can be done."""
    own = own_survey(slug)
    page = render_template(
        "manage/survey.html",
        survey=own,
        overview=overview.overview(own),
        answer_address=outside_address("respond.answer", slug=slug),
        themes_address=outside_address("results.themes", slug=slug),
    )
    return page, {"Cache-Control": "no-store"}


@blueprint.route("/<slug>/settings", methods=["GET", "POST"])
def edit(slug: str) -> ResponseReturnValue:
    """Change the question, the introduction, the address."""
    own = own_survey(slug)
    form = SurveyForm(obj=own)
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                kept_slug = surveys.change(own.id, form.fields())
            except surveys.SlugTaken:
                form.slug.errors = ["Another survey has this address. Choose a different one."]
            else:
                flash("Your changes are kept.")
                return redirect(url_for("manage.survey", slug=kept_slug), 303)
    page = render_template("manage/edit.html", survey=own, form=form, address_prefix=_address_prefix())
    return page, status


@blueprint.post("/<slug>/open", endpoint="open")
def open_survey(slug: str) -> ResponseReturnValue:
    """Take answers."""
    surveys.set_open(own_survey(slug).id, True)
    return _back(slug, "The survey is open.")


@blueprint.post("/<slug>/close")
def close(slug: str) -> ResponseReturnValue:
    """Take no more answers."""
    surveys.set_open(own_survey(slug).id, False)
    return _back(slug, "The survey is closed. What was sent is kept.")


@blueprint.post("/<slug>/publish")
def publish(slug: str) -> ResponseReturnValue:
    """Let everybody read the theme page."""
    surveys.set_published(own_survey(slug).id, True)
    return _back(slug, "The theme page is public.")


@blueprint.post("/<slug>/unpublish")
def unpublish(slug: str) -> ResponseReturnValue:
    """Make the theme page private again."""
    surveys.set_published(own_survey(slug).id, False)
    return _back(slug, "The theme page is private again.")


@blueprint.post("/<slug>/run")
def run(slug: str) -> ResponseReturnValue:
    """Find themes now."""
    runs.ask_now(own_survey(slug).id)
    return _back(slug, "")


@blueprint.get("/<slug>/progress")
def progress(slug: str) -> ResponseReturnValue:
    """How far the newest run is, for the page that waits for it."""
    state = overview.run_state(runs.latest(own_survey(slug).id))
    shown = ("state", "stage_label", "done", "total", "percent", "error")
    return jsonify({key: value for key, value in asdict(state).items() if key in shown} if state else {"state": None})


@blueprint.get("/<slug>/answers", endpoint="answers")
def answers_list(slug: str) -> ResponseReturnValue:
    """Every answer and where it was placed."""
    own = own_survey(slug)
    pages = Pages.of(answers.count(db.session, own.id), ANSWERS_A_PAGE, request.args.get("page"))
    rows = listing.answer_rows(own, offset=pages.offset, limit=ANSWERS_A_PAGE)
    page = render_template("manage/answers.html", survey=own, rows=rows, pages=pages, total=pages.total)
    return page, {"Cache-Control": "no-store"}


@blueprint.route("/<slug>/import", methods=["GET", "POST"], endpoint="importing")
def import_file(slug: str) -> ResponseReturnValue:
    """Answers from a file."""
    own = own_survey(slug)
    form = ImportForm()
    problems: list[importing.Problem] = []
    outcome = None
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            outcome, problems = _import(own, form)
            status = 422 if problems else 200
    page = render_template("manage/importing.html", survey=own, form=form, problems=problems, outcome=outcome)
    return page, status


@blueprint.get("/<slug>/export", endpoint="export")
def export_page(slug: str) -> ResponseReturnValue:
    """What can be taken away."""
    own = own_survey(slug)
    return render_template("manage/export.html", survey=own, has_results=own.current_run_id is not None)


@blueprint.get("/<slug>/export/clusters.csv")
def clusters_csv(slug: str) -> ResponseReturnValue:
    """One line per idea in a theme."""
    own = own_survey(slug)
    lines = stream_with_context(export.as_csv(export.COLUMNS, export.cluster_rows(own)))
    return Response(
        lines,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{slug}-clusters.csv"', "Cache-Control": "no-store"},
    )


def _import(own: Survey, form: ImportForm) -> tuple[importing.Outcome | None, list[importing.Problem]]:
    file: FileStorage = form.file.data
    try:
        return importing.import_answers(own, file.stream.read(), form.column.data or ""), []
    except importing.ImportRefused as refused:
        return None, refused.problems


def _back(slug: str, message: str) -> ResponseReturnValue:
    if message:
        flash(message)
    return redirect(url_for("manage.survey", slug=slug), 303)


def _address_prefix() -> str:
    return outside_address("respond.answer", slug="-")[:-1]
