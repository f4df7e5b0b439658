"""Create the Flask application; `python app.py` runs the site and a worker on this machine."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

# Nothing of what is imported is garbage: looking for some takes .2 s of 1.1, in each process of the site.
gc.disable()

from flask import Flask, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from survey.accounts import routes as accounts_routes
from survey.answer_desk import bulk_routes as answer_bulk_routes
from survey.answers import lifecycle as answers
from survey.answers import near_duplicates
from survey.api import cors, search_answers
from survey.archives import routes as archives_routes
from survey.checks import routes as checks_routes
from survey.coded_files import routes as coded_files_routes
from survey.core import database, i18n, settings
from survey.core.settings import Settings
from survey.curation import advice_routes, doctor_routes, shelf_routes
from survey.exports import routes as exports_routes
from survey.follow_up import routes as follow_up_routes
from survey.imports import routes as imports_routes
from survey.imports import staged_uploads
from survey.live import presenter_routes as live_presenter_routes
from survey.live import recent as live_recent
from survey.live import routes as live_routes
from survey.looks import public_routes as look_routes
from survey.looks import routes as looks_routes
from survey.manage import home_routes, own_answer_routes
from survey.manage import routes as manage_routes
from survey.notices import routes as notices_routes
from survey.operations import health_routes, metrics
from survey.people import join_routes, operator_routes
from survey.people import routes as people_routes
from survey.proposals import routes as proposals_routes
from survey.publication import public_routes as publication_public_routes
from survey.publication import routes as publication_routes
from survey.reading import routes as reading_routes
from survey.reports import routes as reports_routes
from survey.reports import theme_page_routes
from survey.respond import embed_routes
from survey.respond import own_answer_routes as own_answer
from survey.respond import routes as respond_routes
from survey.runs.queue import JobQueue
from survey.serve import commands, startup
from survey.serve.kept_pages import KeptPages
from survey.serve.launch import launch
from survey.sharing import addresses, embed_assets, owner_routes
from survey.web import (
    access,
    error_pages,
    formatting,
    logging_setup,
    rate_limits,
    request_checks,
    response_headers,
    shared_pages,
    survey_cache,
)
from survey.webhooks import routes as webhooks_routes
from survey.workbench import edit_routes as theme_edit_routes

gc.freeze()
gc.enable()

PAGES = (
    home_routes,
    health_routes,
    accounts_routes,
    join_routes,
    operator_routes,
    people_routes,
    respond_routes,
    own_answer,
    follow_up_routes,
    embed_assets,
    embed_routes,  # on the blueprint of survey/sharing/routes.py
    theme_page_routes,
    reports_routes,
    manage_routes,
    looks_routes,
    look_routes,
    archives_routes,
    answer_bulk_routes,  # on the blueprint of survey/answer_desk/routes.py
    theme_edit_routes,  # on the blueprint of survey/workbench/routes.py
    doctor_routes,
    shelf_routes,
    proposals_routes,
    reading_routes,
    advice_routes,
    checks_routes,
    own_answer_routes,
    imports_routes,
    coded_files_routes,
    exports_routes,
    publication_routes,
    publication_public_routes,
    owner_routes,
    live_routes,
    live_presenter_routes,
    notices_routes,
    search_answers,  # on the blueprint of survey/api/routes.py, with survey/api/send_answer.py
    webhooks_routes,
)

csrf = CSRFProtect()


class Site(Flask):
    """Flask, with no visitor's address or secret link in its log."""

    def log_exception(self, exc_info: Any) -> None:
        """Log an exception with the route of the request: its path may contain a secret link."""
        self.logger.error("Exception on %s %s", request.method, logging_setup.route(), exc_info=exc_info)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view or a hook as it is: none is a coroutine, and looking for one costs each request 20 times."""
        return func


def create_app(chosen: Settings | None = None) -> Flask:
    """Return the application. Without settings (under gunicorn or flask) read them from the environment."""
    chosen = chosen or startup.begin()
    app = Site(__name__, instance_path=str(chosen.folder.absolute()))
    app.config.update(
        SECRET_KEY=settings.load_secret_key(chosen),
        SESSION_COOKIE_SECURE=chosen.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        BASE_URL=chosen.base_url,
        MODEL=chosen.model,
        DASK=chosen.dask,
        RUN_DELAY=chosen.run_delay,
        PROOF_BITS=chosen.proof_bits,
        LEAST_SECONDS=chosen.least_seconds,
        ADDRESS_ANSWERS=chosen.address_answers,
        LOG=chosen.log,
        METRICS_TOKEN=chosen.metrics_token,
        RETENTION_DAYS=chosen.retention_days,
        IMPORT_MEGABYTES=chosen.import_megabytes,
        SMTP_HOST=chosen.smtp_host,
        SMTP_PORT=chosen.smtp_port,
        SMTP_USER=chosen.smtp_user,
        SMTP_PASSWORD=chosen.smtp_password,
        SMTP_SECURITY=chosen.smtp_security,
        MAIL_FROM=chosen.mail_from,
        WEBHOOK_PRIVATE=chosen.webhook_private,
        TRUSTED_HOSTS=chosen.trusted_hosts,
        API_ORIGINS=chosen.origins,
    )
    logging_setup.init_app(app)
    metrics.init_app(app)
    response_headers.init_app(app, chosen.import_megabytes)
    database.init_app(app, chosen.engine_url, chosen.web_threads)
    app.extensions["jobs"] = JobQueue(chosen.queue_location)
    rate_limits.init_app(app, chosen.limits, chosen.folder / "limits.sqlite3")
    survey_cache.init_app(app)
    shared_pages.init_app(app, chosen)
    live_recent.init_app(app)
    answers.init_app(app)
    near_duplicates.init_app(app)
    staged_uploads.init_app(app)
    addresses.init_app(app)
    access.init_app(app)
    request_checks.init_app(app)
    csrf.init_app(app)
    csrf.exempt("survey.respond.routes.send")  # its form checks the token itself, to keep the typed text
    csrf.exempt("survey.respond.embed_routes.embed_send")  # there is no session to hold a token
    csrf.exempt("survey.api.send_answer.send")  # what it shows is a token, which no browser adds by itself
    csrf.exempt("survey.notices.routes.stopped")  # a mail program sends it; its address is signed
    error_pages.init_app(app)
    cors.init_app(app)
    i18n.init_app(app)
    formatting.init_app(app)
    look_routes.init_app(app)
    commands.init_app(app)
    for pages in PAGES:
        app.register_blueprint(pages.blueprint)
    app.wsgi_app = KeptPages(app, app.wsgi_app)  # type: ignore[method-assign]
    if chosen.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, chosen.proxies, chosen.proxies, chosen.proxies)  # type: ignore[method-assign]
    return app


if __name__ == "__main__":
    sys.exit(launch(create_app, sys.argv[1:]))
