"""What the site's throughput is measured against: the least a Flask page can do to take an answer and keep it.

A GET shows a form with a token and sets a cookie; a POST compares both, looks at the text and commits one row. SQLite
with WAL and `synchronous=FULL`, one connection a thread, under the same gunicorn command as the site.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from pathlib import Path

from flask import Flask, redirect, render_template_string, request, session
from werkzeug.wrappers import Response

PAGE = """<!doctype html><title>{{ question }}</title><h1>{{ question }}</h1>
<form method="post"><input type="hidden" name="csrf_token" value="{{ token }}">
<input type="hidden" name="form_key" value="{{ key }}"><textarea name="text"></textarea><button>Send</button></form>"""
TABLE = "CREATE TABLE IF NOT EXISTS answer (id INTEGER PRIMARY KEY, form_key TEXT UNIQUE, text TEXT NOT NULL)"


def create_app() -> Flask:
    """The handler, on bare.sqlite3 in the instance folder."""
    app = Flask(__name__)
    app.secret_key = "the same for both processes"
    path = Path(os.environ["THREADS_INSTANCE"]) / "bare.sqlite3"
    own = threading.local()

    def connection() -> sqlite3.Connection:
        if not hasattr(own, "connection"):
            own.connection = sqlite3.connect(path, timeout=30, isolation_level=None)
            own.connection.execute("PRAGMA journal_mode=WAL")
            own.connection.execute("PRAGMA synchronous=FULL")
        return own.connection  # type: ignore[no-any-return]

    connection().execute(TABLE)
    own.connection.close()
    del own.connection

    @app.get("/healthz")
    def health() -> str:
        return "ok"

    @app.get("/long")
    def long() -> str:
        return "x" * 900_000

    @app.get("/file")
    def file() -> Response:
        return Response(b"x" * 4000 for _ in range(3000))

    @app.get("/s/<slug>")
    def form(slug: str) -> str:
        session["token"] = secrets.token_urlsafe(16)
        return render_template_string(
            PAGE, question="What keeps you together?", token=session["token"], key=secrets.token_urlsafe(16)
        )

    @app.post("/s/<slug>")
    def send(slug: str) -> Response:
        text = request.form["text"].strip()
        if request.form["csrf_token"] != session.get("token") or not 0 < len(text) <= 5000:
            return Response("Not taken.", 400)
        kept = connection()
        kept.execute("BEGIN IMMEDIATE")
        kept.execute(
            "INSERT INTO answer (form_key, text) VALUES (?, ?) ON CONFLICT DO NOTHING", (request.form["form_key"], text)
        )
        kept.execute("COMMIT")
        return redirect(f"/s/{slug}/thanks", 303)

    return app
