"""What the owner says to a codebook that fits what people wrote: start from it, leave it, or take it back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey.core.i18n import N_, gettext
from survey.curation import shelf
from survey.curation.shelf import OfferGone
from survey.web.access import get_own_survey

blueprint = Blueprint("shelf", __name__, url_prefix="/manage/<slug>/known-themes")

GONE = N_("That does not hold any more: the survey was changed meanwhile. Nothing was changed now.")


@blueprint.post("")
def answer(slug: str) -> ResponseReturnValue:
    """Start from the known themes that were offered, or leave them."""
    own, codebook = get_own_survey(slug), request.form.get("codebook", "")
    replaces = own.takes_findings
    try:
        if "yes" not in request.form:
            shelf.decline(own, codebook)
            flash(gettext("It stays as it is. You are not asked about this again."))
        else:
            shelf.adopt(own, codebook)
            flash(
                gettext("Themes are found again. It takes a moment, and you can take it back.")
                if replaces
                else gettext("Themes are looked for. What would change waits until you accept it.")
            )
    except OfferGone:
        flash(gettext(GONE))
    return redirect(url_for("manage.survey", slug=slug), 303)


@blueprint.post("/undo")
def undo(slug: str) -> ResponseReturnValue:
    """Go back to the known themes from before, with all that was found by those since."""
    try:
        flash(shelf.take_back(get_own_survey(slug)))
    except OfferGone:
        flash(gettext("It was taken back already."))
    return redirect(url_for("manage.survey", slug=slug), 303)
