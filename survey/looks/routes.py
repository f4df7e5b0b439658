"""The owner's page of a survey's own words and looks."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.core.i18n import N_, gettext
from survey.core.models import Survey
from survey.looks import change, pictures
from survey.looks.forms import PictureForm, WordsForm
from survey.looks.models import ROLES
from survey.looks.redraw import EMPTY, MAX_UPLOAD_BYTES, PictureRefused
from survey.web.access import get_own_survey, owners_only
from survey.web.form_fields import ChangedMeanwhile
from survey.web.formatting import translated

blueprint = Blueprint("looks", __name__, url_prefix="/manage/<slug>/words")

CHANGED_MEANWHILE = N_(
    "These words were changed in another window, or by somebody else, since you opened this page. What you typed is "
    "still here: save it again to put it in place of theirs."
)


@blueprint.route("", methods=["GET", "POST"])
@owners_only
def edit(slug: str) -> ResponseReturnValue:
    """Show the survey's own words and looks, or keep the words."""
    own = get_own_survey(slug)
    if request.method == "GET":
        return _page(own, WordsForm.of(own))
    form = WordsForm.of(own, sent=True)
    if not form.validate():
        return _page(own, form), 422
    survey_id = own.id
    try:
        change.change(
            survey_id,
            form.words(),
            asked=bool(form.kinds_asked.data),
            kinds=form.kind_labels(),
            seen=form.seen.data or "",
        )
    except ChangedMeanwhile:
        own = get_own_survey(slug)
        form.seen.data = change.state(own)
        form.form_errors = [gettext(CHANGED_MEANWHILE)]
        return _page(own, form), 409
    flash(gettext("Your words are kept."))
    return redirect(url_for("looks.edit", slug=slug), 303)


@blueprint.post("/picture/<role>")
@owners_only
def put_picture(slug: str, role: str) -> ResponseReturnValue:
    """Put a picture in place."""
    own = get_own_survey(slug)
    if role not in ROLES:
        abort(404)
    form = PictureForm()
    try:
        if not form.validate():
            raise PictureRefused(EMPTY)
        file = form.picture.data
        pictures.put(own.id, role, file.stream.read(MAX_UPLOAD_BYTES + 1) if file else b"")
    except PictureRefused as refused:
        own = get_own_survey(slug)
        return _page(own, WordsForm.of(own), {role: translated(refused.message)}), 422
    flash(gettext("The picture is in its place."))
    return redirect(url_for("looks.edit", slug=slug, _anchor=f"{role}-title"), 303)


@blueprint.post("/picture/<role>/remove")
@owners_only
def remove_picture(slug: str, role: str) -> ResponseReturnValue:
    """Remove a picture."""
    own = get_own_survey(slug)
    if role not in ROLES:
        abort(404)
    pictures.remove(own.id, role)
    flash(gettext("The picture is removed."))
    return redirect(url_for("looks.edit", slug=slug, _anchor=f"{role}-title"), 303)


def _page(own: Survey, form: WordsForm, refused: dict[str, str] | None = None) -> str:
    picture_forms = {role: PictureForm(formdata=None) for role in ROLES}
    for role, message in (refused or {}).items():
        picture_forms[role].picture.errors = [message]
    return render_template("looks/words.html", survey=own, form=form, picture_forms=picture_forms)
