"""The owner's side of publishing: what came of it, files without words to publish, and what readers may download."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from survey.core.i18n import N_, gettext
from survey.core.models import Survey
from survey.exports import sending
from survey.follow_up import registration, telling
from survey.mail.outbox import is_configured
from survey.publication import offering
from survey.publication import rows as publication_rows
from survey.publication.conclusion import MAX_CONCLUSION_CHARACTERS, write_conclusion
from survey.publication.forms import ConclusionForm, ReaderDownloadsForm
from survey.publication.tables import FOR_PUBLISHING, FOR_READERS
from survey.results.visible_themes import visible_themes
from survey.runs.lookups import shown_run
from survey.web import formatting
from survey.web.access import external_url, get_own_survey, owners_only
from survey.web.form_fields import ChangedMeanwhile, state_of

blueprint = Blueprint("publishing", __name__, url_prefix="/manage/<slug>/publish")

CHANGED_MEANWHILE = N_(
    "This was changed in another window, or by somebody else, since you opened this page. It is now: %(text)s. "
    "What you typed is still here: keep it again to put it in place of that."
)


@blueprint.get("")
def page(slug: str) -> ResponseReturnValue:
    """Publish the theme page or make it private, say what came of it, and see how many wait to be told."""
    own = get_own_survey(slug)
    return _publish_page(own, ConclusionForm.of(own))


@blueprint.post("/conclusion")
@owners_only
def conclude(slug: str) -> ResponseReturnValue:
    """Set what readers are told came of the survey."""
    own = get_own_survey(slug)
    form = ConclusionForm()
    if not form.validate():
        return _publish_page(own, form), 422
    text = form.conclusion.data or ""
    try:
        write_conclusion(own.id, text, form.seen.data or "")
    except ChangedMeanwhile:
        own = get_own_survey(slug)
        form.seen.data = state_of(own.conclusion)
        now_kept = formatting.quoted(own.conclusion) if own.conclusion else gettext("empty")
        form.conclusion.errors = [gettext(CHANGED_MEANWHILE, text=now_kept)]
        return _publish_page(own, form), 409
    flash(gettext("What came of it is kept.") if text else gettext("Readers are told nothing of what came of it."))
    return redirect(url_for("publishing.page", slug=slug), 303)


@blueprint.get("/<table>.<form>")
def table(slug: str, table: str, form: str) -> ResponseReturnValue:
    """A table without words, sources, times and small groups, as a file to publish."""
    own = get_own_survey(slug)
    if table not in FOR_PUBLISHING or form not in sending.TYPES:
        abort(404)
    columns = publication_rows.columns_of(own, table, for_readers=False)
    rows = publication_rows.PUBLISHING_ROWS[table](own)
    return sending.table(table, columns, rows, form, f"{slug}-{table}-to-publish.{form}")


@blueprint.get("/dictionary", endpoint="dictionary")
def dictionary_page(slug: str) -> ResponseReturnValue:
    """What every column of the files to publish holds, and of those for readers."""
    own = get_own_survey(slug)
    further = [table for table in FOR_READERS.values() if table not in FOR_PUBLISHING.values()]
    return render_template("publication/dictionary.html", survey=own, tables=[*FOR_PUBLISHING.values(), *further])


@blueprint.get("/readers")
@owners_only
def readers(slug: str) -> ResponseReturnValue:
    """What readers of the theme page may download."""
    own = get_own_survey(slug)
    return _page(own, ReaderDownloadsForm.of(own))


@blueprint.post("/readers")
@owners_only
def offer(slug: str) -> ResponseReturnValue:
    """Set what readers may download."""
    own = get_own_survey(slug)
    form = ReaderDownloadsForm()
    if not form.validate():
        return _page(own, form), 422
    chosen = form.files.data or []
    offering.offer(own, chosen, form.licence.data or "")
    flash(gettext("Readers may download what you chose.") if chosen else gettext("Readers may download nothing."))
    return redirect(url_for("publishing.readers", slug=slug), 303)


def _publish_page(own: Survey, form: ConclusionForm) -> str:
    return render_template(
        "publication/publish.html",
        survey=own,
        form=form,
        has_themes=bool(visible_themes(shown_run(own)).visible),
        themes_address=external_url("results.themes", slug=own.slug),
        waiting=registration.count_waiting(own),
        tells=is_configured(),
        minutes=round(telling.GRACE.total_seconds() / 60),
        most=MAX_CONCLUSION_CHARACTERS,
    )


def _page(own: Survey, form: ReaderDownloadsForm) -> str:
    return render_template("publication/readers.html", survey=own, form=form, tables=FOR_READERS)
