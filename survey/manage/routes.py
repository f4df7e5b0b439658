"""The owner's pages of a survey: create, overview, settings, open and close, publish, delete, run."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from analysis.known_themes.codebook import CodebookError
from survey.answers import erasure, moderation
from survey.core.database import now
from survey.core.i18n import N_, gettext
from survey.core.models import Survey
from survey.curation.codebook import has_codebook, use_own_codebook
from survey.curation.forms import CodebookForm
from survey.imports import staged_uploads
from survey.manage import first_steps, meanwhile, overview, surveys
from survey.manage.forms import DeleteSurveyForm, SurveyForm
from survey.manage.relationship_questions import suited
from survey.manage.survey_templates import STARTING_POINTS, published_lists, starting_point
from survey.people import memberships
from survey.runs import lifecycle as runs
from survey.sharing import links, reach
from survey.web import formatting
from survey.web.access import external_url, get_own_survey, owners_only

blueprint = Blueprint("manage", __name__, url_prefix="/manage")

SLUG_TAKEN = N_("Another survey has this address. Choose a different one.")
ABOUT_SOMETHING_ELSE = N_(
    "Your question is not about relationships: every theme is found in the answers, without known ones, and no kinds "
    "of relationship are offered. The settings can change both."
)


GONE = {
    "opens_at": N_("It does not wait for its opening date any more."),
    "closes_at": N_("Its closing date had passed, and is taken out."),
    "closes_after": N_("It had as many answers as it was to take: that number is taken out."),
}
"""What is said of settings that had to go when a survey was opened"""


@blueprint.get("", endpoint="surveys")
def surveys_list() -> ResponseReturnValue:
    """List the owner's surveys."""
    return render_template("manage/surveys.html", surveys=surveys.list_surveys(current_user.owner_id))


@blueprint.route("/new", methods=["GET", "POST"])
def create() -> ResponseReturnValue:
    """Create a survey from a starting point; it is open at once unless its owner wants to look at it first."""
    start = starting_point(request.args.get("start"))
    form = SurveyForm.for_new(start, current_user.name)
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            look_first, fields = bool(form.look_first.data), suited(form.fields(), start)
            try:
                slug = surveys.create(
                    current_user.owner_id, fields, is_open=not look_first, advice=published_lists(start)
                )
            except surveys.SlugTaken:
                form.slug.errors = [gettext(SLUG_TAKEN)]
            else:
                if fields != form.fields():
                    flash(gettext(ABOUT_SOMETHING_ELSE))
                if look_first:
                    return redirect(url_for("respond.answer", slug=slug), 303)
                return _back(slug, _created_message(form))
    page = render_template(
        "manage/create.html",
        form=form,
        start=start,
        starts=STARTING_POINTS,
        address_prefix=_address_prefix(),
        example=surveys.example(),
    )
    return page, status


@blueprint.get("/<slug>")
def survey(slug: str) -> ResponseReturnValue:
    """Show the overview of a survey: new answers, the last run, what can be done."""
    own = get_own_survey(slug)
    shown = overview.overview(own)
    return render_template(
        "manage/survey.html",
        survey=own,
        overview=shown,
        main=first_steps.main_action(shown, now()),
        may_publish=first_steps.may_publish(shown),
        steps=first_steps.first_steps(own, now()),
        obstacle=reach.obstacle_here(external_url("respond.answer", slug=slug)),
        answer_address=external_url("respond.answer", slug=slug),
        themes_address=external_url("results.themes", slug=slug),
        share=links.question_share(own),
    )


@blueprint.route("/<slug>/settings", methods=["GET", "POST"])
@owners_only
def edit(slug: str) -> ResponseReturnValue:
    """Change the settings of a survey. What another window kept meanwhile stays, or is asked about."""
    own = get_own_survey(surveys.current_slug(request.form.get("survey_id", "")) or slug)
    form, had_slug = SurveyForm.for_existing(own), own.slug
    status = 200
    if request.method == "POST":
        status = 422
        seen, now_kept = form.seen.data or "", meanwhile.marks(own)
        merged = meanwhile.merge(form, own, seen)
        if form.validate():
            disputed = meanwhile.disputed(form, own, seen)
            try:
                kept_slug = None if disputed else surveys.change(own.id, form.fields(), now_kept)
            except surveys.SlugTaken:
                form.slug.errors = [gettext(SLUG_TAKEN)]
            except surveys.ChangedMeanwhile:
                return edit(slug)
            else:
                if kept_slug is not None:
                    flash(_kept_message(merged))
                    if kept_slug != had_slug:
                        flash(gettext("The address is new. The one it had leads on to it, in printed codes too."))
                    return redirect(url_for("manage.survey", slug=kept_slug), 303)
                status, form.seen.data = 409, now_kept
                for name in disputed:
                    meanwhile.ask(form, own, name)
    return _settings_page(own, form, CodebookForm(formdata=None)), status


@blueprint.route("/<slug>/delete", methods=["GET", "POST"])
@owners_only
def delete(slug: str) -> ResponseReturnValue:
    """Delete a survey and everything in it, after its address was typed."""
    own = get_own_survey(slug)
    survey_id, form = own.id, DeleteSurveyForm(own.slug)
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            if not erasure.delete_survey(own):
                abort(404)
            staged_uploads.drop_all(survey_id)
            flash(gettext("The survey is deleted, with all that was in it."))
            return redirect(url_for("manage.surveys"), 303)
    answers = sum(moderation.status_counts(own).values())
    page = render_template(
        "manage/survey_delete.html",
        survey=own,
        form=form,
        answers=answers,
        colleagues=len(memberships.list_members(own)) - 1,
    )
    return page, status


@blueprint.post("/<slug>/codebook")
@owners_only
def codebook(slug: str) -> ResponseReturnValue:
    """Use the owner's own codebook."""
    own = get_own_survey(slug)
    form = CodebookForm()
    try:
        use_own_codebook(own.id, form.text())
    except CodebookError as refused:
        form.codebook_text.errors = [f"{formatting.translated(refused.message)}."]
        return _settings_page(own, SurveyForm.for_existing(own, sent=False), form), 422
    return _back(slug, gettext("Your codebook is kept. Themes are found anew with it."))


@blueprint.post("/<slug>/open", endpoint="open")
@owners_only
def open_survey(slug: str) -> ResponseReturnValue:
    """Open the survey."""
    gone = surveys.set_open(get_own_survey(slug).id, True)
    own = get_own_survey(slug)
    if own.opens_later(now()) and own.opens_at is not None:
        return _back(slug, gettext("The survey opens on %(moment)s.", moment=formatting.instant(own.opens_at)))
    told = [gettext("The survey is open."), *(gettext(GONE[name]) for name in gone)]
    return _back(slug, " ".join(told))


@blueprint.post("/<slug>/close")
@owners_only
def close(slug: str) -> ResponseReturnValue:
    """Close the survey."""
    surveys.set_open(get_own_survey(slug).id, False)
    return _back(slug, gettext("The survey is closed. What was sent is kept."))


@blueprint.post("/<slug>/publish")
@owners_only
def publish(slug: str) -> ResponseReturnValue:
    """Publish the theme page."""
    surveys.set_published(get_own_survey(slug).id, True)
    return _back(slug, gettext("The theme page is public."))


@blueprint.post("/<slug>/unpublish")
@owners_only
def unpublish(slug: str) -> ResponseReturnValue:
    """Make the theme page private again."""
    surveys.set_published(get_own_survey(slug).id, False)
    return _back(slug, gettext("The theme page is private again."))


@blueprint.post("/<slug>/look")
@owners_only
def look(slug: str) -> ResponseReturnValue:
    """Go and look at the theme page, which is one of the first steps."""
    first_steps.record_look(get_own_survey(slug).id)
    return redirect(url_for("results.themes", slug=slug), 303)


@blueprint.post("/<slug>/first-steps/dismiss")
@owners_only
def dismiss_steps(slug: str) -> ResponseReturnValue:
    """Put the list of first steps away."""
    first_steps.dismiss(get_own_survey(slug).id)
    return _back(slug, "")


@blueprint.post("/<slug>/run")
def run(slug: str) -> ResponseReturnValue:
    """Request a run now."""
    runs.request_run_now(get_own_survey(slug).id)
    return _back(slug, "")


@blueprint.get("/<slug>/progress")
def progress(slug: str) -> ResponseReturnValue:
    """Return the progress of the newest run as JSON, for the page that waits for it."""
    state = overview.run_state(runs.latest(get_own_survey(slug).id))
    shown = ("state", "stage_label", "done", "total", "percent", "left", "words", "error")
    return jsonify({key: value for key, value in asdict(state).items() if key in shown} if state else {"state": None})


def _back(slug: str, message: str) -> ResponseReturnValue:
    if message:
        flash(message)
    return redirect(url_for("manage.survey", slug=slug), 303)


def _settings_page(own: Survey, form: SurveyForm, codebook_form: CodebookForm) -> str:
    return render_template(
        "manage/edit.html",
        survey=own,
        form=form,
        codebook_form=codebook_form,
        has_codebook=has_codebook(own),
        address_prefix=_address_prefix(),
    )


def _kept_message(merged: list[str]) -> str:
    """Return the message about settings that were kept, beside those that another window had kept meanwhile."""
    if not merged:
        return gettext("Your changes are kept.")
    names = formatting.listed([formatting.quoted(gettext(meanwhile.LABELS[name])) for name in merged])
    return gettext(
        "Your changes are kept. So is what was changed elsewhere since you opened the page: %(names)s.", names=names
    )


def _created_message(form: SurveyForm) -> str:
    """Return the message about a survey that was created."""
    opens_at = form.opens_at.data
    if opens_at and opens_at > now():
        return gettext("Your survey is kept. It opens on %(moment)s.", moment=formatting.instant(opens_at))
    return gettext("Your survey is open. Share its address to collect answers.")


def _address_prefix() -> str:
    return external_url("respond.answer", slug="-")[:-1]
