"""Wiring. `create_app` puts the site together; `python app.py` starts site and worker on this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from flask import Flask, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from survey import (
    access,
    answers,
    commands,
    database,
    errors,
    headers,
    intake,
    languages,
    logs,
    metrics,
    near_duplicates,
    same_origin,
    settings,
    starting,
    terms,
    throttle,
    uploads,
    wording,
)
from survey.jobs import Jobs
from survey.launch import launch
from survey.pages import (
    account,
    advice,
    api,
    edit_themes,
    exporting,
    home,
    importing,
    looking_after,
    manage,
    my_answer,
    operating,
    own_answer,
    reading,
    respond,
    results,
    share,
    share_owner,
)
from survey.settings import Settings

PAGES = (
    home,
    operating,
    account,
    respond,
    own_answer,
    share,
    results,
    reading,
    manage,
    looking_after,
    edit_themes,
    advice,
    my_answer,
    importing,
    exporting,
    share_owner,
    api,
)

csrf = CSRFProtect()


class Site(Flask):
    """Flask, with nothing in it that is a coroutine, and no address of a visitor in its log."""

    def log_exception(self, exc_info: Any) -> None:
        """Log an error by the route of its request: an address may hold a secret link."""
        self.logger.error("Exception on %s %s", request.method, logs.route(), exc_info=exc_info)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: Flask would look at each of some fifteen with every request."""
        return func


def create_app(chosen: Settings | None = None) -> Flask:
    """The site, ready to serve. Without settings it begins as a process of its own, with those of the environment."""
    chosen = chosen or starting.begin()
    app = Site(__name__, instance_path=str(chosen.folder.absolute()))
    app.config.update(
        SECRET_KEY=settings.secret_key(chosen),
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
        TRUSTED_HOSTS=chosen.trusted_hosts,
    )
    logs.init_app(app)
    metrics.init_app(app)
    headers.init_app(app, chosen.import_megabytes)
    database.init_app(app, chosen.engine_url, chosen.web_threads)
    app.extensions["jobs"] = Jobs(chosen.jobs_place)
    throttle.init_app(app, chosen.limits, chosen.folder / "limits.sqlite3")
    terms.init_app(app)
    answers.init_app(app)
    near_duplicates.init_app(app)
    uploads.init_app(app)
    access.init_app(app)
    intake.init_app(app)
    same_origin.init_app(app)
    csrf.init_app(app)
    csrf.exempt("survey.pages.respond.send")  # its form checks the token itself, to keep the typed text
    csrf.exempt("survey.pages.share.embed_send")  # there is no session to hold a token: survey/embedding.py
    csrf.exempt("survey.pages.api.send")  # what it shows is a token, which no browser adds by itself
    errors.init_app(app)
    languages.init_app(app)
    wording.init_app(app)
    commands.init_app(app)
    for pages in PAGES:
        app.register_blueprint(pages.blueprint)
    if chosen.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, chosen.proxies, chosen.proxies, chosen.proxies)  # type: ignore[method-assign]
    return app


if __name__ == "__main__":
    sys.exit(launch(create_app, sys.argv[1:]))
