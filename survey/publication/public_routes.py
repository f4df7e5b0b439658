"""What readers of a published theme page may download, where its owner offers it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from survey.charts import files as charts
from survey.core.models import Survey
from survey.exports import sending
from survey.publication import rows as publication_rows
from survey.publication.tables import FOR_READERS
from survey.results.read_model import theme_page
from survey.results.reader_downloads import offered
from survey.web.access import get_survey, public
from survey.web.rate_limits import Rule, client_address, rate_limiter

blueprint = Blueprint("taking", __name__, url_prefix="/s/<slug>/download")

FORMATS = ("csv", "xlsx", "json")
REVALIDATE = "private, no-cache"
"""A cache must ask before each use, so that what is offered no more disappears from it"""
DOWNLOADS_OF_CLIENT = Rule("downloads", 60, 5)
LONG_OF_CLIENT = Rule("downloads-long", 10, 5)
"""Downloads of tables with a line for each answer, which take seconds of a processor where there are many"""
LONG = ("answers", "wide")


@blueprint.get("/<table>.<form>")
@public
def table(slug: str, table: str, form: str) -> ResponseReturnValue:
    """A table that the owner offers."""
    survey = _offering(slug, table)
    if table not in FOR_READERS or form not in FORMATS:
        abort(404)
    if table == "kinds" and not theme_page(survey).shows_kinds:
        abort(404)
    _count(LONG_OF_CLIENT if table in LONG else DOWNLOADS_OF_CLIENT)
    columns = publication_rows.columns_of(survey, table, for_readers=True)
    rows = publication_rows.READER_ROWS[table](survey)
    return sending.table(table, columns, rows, form, f"{slug}-{table}.{form}", REVALIDATE)


@blueprint.get("/charts/<chart>.<form>")
@public
def chart(slug: str, chart: str, form: str) -> ResponseReturnValue:
    """A chart of the theme page, where the owner offers charts."""
    survey = _offering(slug, "charts")
    figure = charts.chart(theme_page(survey), chart) if form in charts.TYPES else None
    if figure is None:
        abort(404)
    _count(DOWNLOADS_OF_CLIENT)
    response = Response(
        mimetype=charts.TYPES[form],
        headers={
            "Cache-Control": REVALIDATE,
            "Content-Disposition": f'attachment; filename="{slug}-{chart}.{form}"',
        },
    )
    response.set_etag(charts.tag(figure))
    if response.make_conditional(request).status_code != 304:
        response.data = charts.WRITERS[form](figure)
    return response


def _offering(slug: str, key: str) -> Survey:
    """Return the survey if its readers may download this now; abort with 404 if not."""
    survey = get_survey(slug)
    if key not in offered(survey):
        abort(404)
    return survey


def _count(rule: Rule) -> None:
    """Count a download of this client. Raises TooManyRequests."""
    if not rate_limiter().hit(rule, client_address()):
        raise TooManyRequests(retry_after=rule.minutes * 60)
