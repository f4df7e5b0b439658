"""Take a survey away as one file, and bring one from another site in two steps."""

from __future__ import annotations

import tempfile

from flask import Blueprint, current_app, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey.archives import staging
from survey.archives.forms import ArchiveForm, TakeInForm
from survey.archives.package import NOTHING, ArchiveRefused
from survey.archives.take_in import Interrupted, TakenIn, take_in
from survey.archives.write_archive import write_archive
from survey.core.database import db
from survey.core.i18n import N_, gettext, ngettext
from survey.core.survey_model import first_free
from survey.manage import surveys
from survey.web.access import external_url, get_own_survey, owners_only
from survey.web.formatting import number, translated

blueprint = Blueprint("archives", __name__, url_prefix="/manage")

SLUG_TAKEN = N_("A survey of this site has this address. Choose a different one.")
INTERRUPTED = N_("Another survey is being taken in at this moment. Try again in two minutes.")


@blueprint.get("/<slug>/export/survey.zip")
@owners_only
def download(slug: str) -> ResponseReturnValue:
    """The whole survey as one file."""
    own = get_own_survey(slug)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_archive(own, file)
    file.seek(0)
    sent = send_file(file, "application/zip", as_attachment=True, download_name=f"{slug}-survey.zip")
    sent.headers["Cache-Control"] = "no-store"
    return sent


@blueprint.route("/new/archive", methods=["GET", "POST"])
def bring() -> ResponseReturnValue:
    """The first step: the archive."""
    form = ArchiveForm()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                key = staging.keep(current_user.owner_id, form.file.data.stream)
            except ArchiveRefused as refused:
                form.file.errors = [f"{translated(refused.message)} {gettext(NOTHING)}"]
            else:
                return redirect(url_for("archives.preview", key=key), 303)
    page = render_template("archives/bring.html", form=form, megabytes=current_app.config["IMPORT_MEGABYTES"])
    return page, status


@blueprint.route("/new/archive/<key>", methods=["GET", "POST"])
def preview(key: str) -> ResponseReturnValue:
    """The second step: what is in it, and its address here; then all of it is taken in, or nothing."""
    waiting = staging.find(current_user.owner_id, key)
    if waiting is None:
        flash(gettext("That archive does not wait here any more. Choose it again."))
        return redirect(url_for("archives.bring"), 303)
    free = first_free(db.session, waiting.slug)
    form = TakeInForm(slug=free)
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                taken = take_in(
                    waiting.folder,
                    current_user.owner_id,
                    form.slug.data or "",
                    as_it_was=bool(form.as_it_was.data),
                )
            except surveys.SlugTaken:
                form.slug.errors = [gettext(SLUG_TAKEN)]
            except Interrupted:
                form.slug.errors = [gettext(INTERRUPTED)]
            else:
                staging.drop_all(current_user.owner_id)
                flash(message(taken))
                return redirect(url_for("manage.survey", slug=taken.slug), 303)
    prefix = external_url("respond.answer", slug="-")[:-1]
    page = render_template("archives/preview.html", waiting=waiting, form=form, free=free, address_prefix=prefix)
    return page, status


def message(taken: TakenIn) -> str:
    """Return what the owner is told about a survey that was taken in."""
    answers, deleted, too_old = taken.answers, taken.deleted, taken.too_old
    told = [
        ngettext(
            "The survey is here, with %(n)s answer.",
            "The survey is here, with %(n)s answers.",
            answers,
            n=number(answers),
        )
    ]
    if deleted:
        told.append(
            ngettext(
                "%(n)s more was deleted on this site before, and stays deleted.",
                "%(n)s more were deleted on this site before, and stay deleted.",
                deleted,
                n=number(deleted),
            )
        )
    if too_old:
        told.append(
            ngettext(
                "%(n)s more is older than this site keeps answers.",
                "%(n)s more are older than this site keeps answers.",
                too_old,
                n=number(too_old),
            )
        )
    return " ".join(told)
