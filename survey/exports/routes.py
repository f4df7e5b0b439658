"""What the owner takes away: tables, the codebook, the theme page as a file; and tokens for programs.

Readers of a survey may take all of it away: no table says more than the pages that they read. The archive holds what
pages do not show (marks of secret links, imports), and a token works on when its maker is gone: both are for owners.
"""

from __future__ import annotations

from pathlib import Path

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue

from survey.accounts import api_tokens
from survey.charts import files as charts
from survey.core.i18n import N_, gettext, in_language
from survey.core.models import Survey
from survey.curation.codebook import has_codebook, taught_codebook
from survey.exports import overview, sending, single_file_page
from survey.exports.forms import TokenForm
from survey.exports.sending import TYPES
from survey.exports.workbook import workbook
from survey.looks.look import inlined
from survey.reports import sections
from survey.results import read_model
from survey.results.reader_downloads import DOWNLOADS
from survey.results.visible_themes import all_themes
from survey.runs.lookups import shown_run
from survey.sharing import links
from survey.tables import data_dictionary
from survey.tables import rows as export_rows
from survey.tables.data_dictionary import TABLES
from survey.web.access import external_url, get_own_survey, owners_only

blueprint = Blueprint("exporting", __name__, url_prefix="/manage/<slug>/export")

CHART_NAMES = {"themes": N_("The themes"), "kinds": N_("Themes by kind"), "time": N_("Over time")}
LABELS = {"csv": "CSV", "xlsx": "Excel", "json": "JSON", "parquet": "Parquet"}


@blueprint.get("")
def page(slug: str) -> ResponseReturnValue:
    """What can be taken away."""
    return _page(get_own_survey(slug), TokenForm())


@blueprint.get("/<table>.<form>")
def table(slug: str, table: str, form: str) -> ResponseReturnValue:
    """A table as a file."""
    own = get_own_survey(slug)
    if table not in TABLES or form not in TYPES:
        abort(404)
    rows = export_rows.ROWS[table](own)
    return sending.table(table, export_rows.columns_of(own, table), rows, form, f"{slug}-{table}.{form}")


@blueprint.get("/all.xlsx")
def all_sheets(slug: str) -> ResponseReturnValue:
    """All tables as one workbook."""
    return sending.file(workbook(get_own_survey(slug)), TYPES["xlsx"], f"{slug}-all.xlsx")


@blueprint.get("/charts/<chart>.<form>")
def chart_file(slug: str, chart: str, form: str) -> ResponseReturnValue:
    """A chart of the theme page as SVG or PNG."""
    own = get_own_survey(slug)
    with in_language(own.language):
        figure = charts.chart(read_model.theme_page(own), chart) if form in charts.TYPES else None
        if figure is None:
            abort(404)
        return sending.text(charts.WRITERS[form](figure), charts.TYPES[form], f"{slug}-{chart}.{form}")


@blueprint.get("/codebook.toml")
def codebook(slug: str) -> ResponseReturnValue:
    """The known themes with their examples, as they stand."""
    content = taught_codebook(get_own_survey(slug))
    if content is None:
        abort(404, gettext("This survey has no codebook: all of its themes were found in the answers."))
    return sending.text(content, "application/toml", f"{slug}-codebook.toml")


@blueprint.get("/theme-page.html")
def theme_page(slug: str) -> ResponseReturnValue:
    """The theme page as one file that needs nothing else."""
    own = get_own_survey(slug)
    with in_language(own.language):
        shown = read_model.theme_page(own)
        written = render_template(
            "reports/themes.html",
            page=shown,
            preview=False,
            answer_url=None,
            meta=links.themes_meta(shown, None),
            share=links.themes_share(shown),
            **sections.sections(shown),
        )
    content = single_file_page.as_single_file(written, Path(current_app.static_folder or ""), inlined(own))
    return sending.text(content, "text/html", f"{slug}-themes.html")


@blueprint.get("/dictionary", endpoint="dictionary")
def dictionary_page(slug: str) -> ResponseReturnValue:
    """What every column holds."""
    own = get_own_survey(slug)
    return render_template(
        "exports/data_dictionary.html", survey=own, tables=TABLES, formats=data_dictionary.FORMATS, labels=LABELS
    )


@blueprint.post("/tokens")
@owners_only
def make_token(slug: str) -> ResponseReturnValue:
    """A new token, shown this once."""
    own = get_own_survey(slug)
    form = TokenForm()
    if not form.validate():
        return _page(own, form), 422
    try:
        token = api_tokens.create(own, form.name.data or "", form.purpose.data)
    except api_tokens.TooManyTokens:
        form.name.errors = [
            gettext(
                "This survey has %(most)s tokens. End one that is not used any more.",
                most=api_tokens.MAX_TOKENS,
            )
        ]
        return _page(own, form), 422
    return _page(get_own_survey(slug), TokenForm(formdata=None), token)


@blueprint.post("/tokens/<int:token_id>/revoke")
@owners_only
def revoke_token(slug: str, token_id: int) -> ResponseReturnValue:
    """End a token at once."""
    if not api_tokens.revoke(get_own_survey(slug), token_id):
        abort(404)
    flash(gettext("That token does not work any more."))
    return redirect(url_for("exporting.page", slug=slug), 303)


def _page(own: Survey, form: TokenForm, new_token: str | None = None) -> Response:
    page = render_template(
        "exports/export.html",
        survey=own,
        has_results=own.current_run_id is not None,
        has_codebook=has_codebook(own),
        has_themes=bool(all_themes(shown_run(own))),
        tables=TABLES,
        labels=LABELS,
        sizes=overview.table_sizes(own),
        look=overview.preview(own),
        charts=charts.drawn(read_model.theme_page(own)),
        chart_names=CHART_NAMES,
        offered=[gettext(DOWNLOADS[key]) for key in own.reader_downloads],
        form=form,
        tokens=api_tokens.of_survey(own),
        new_token=new_token,
        api_address=external_url("api.survey"),
    )
    return Response(page, headers={"Cache-Control": "no-store"})
