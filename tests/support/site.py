"""A site for tests: its settings, the application on a migrated database, its address and its queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import CodeType
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from werkzeug.routing import Map, Rule, RuleFactory
from werkzeug.serving import make_server

from app import create_app
from survey.core.database import db, is_migrated, migrations
from survey.core.settings import Settings
from survey.core.sqlite import Dialect
from tests.support.databases import give_file


class CompiledTemplates(BytecodeCache):
    """Templates compiled for one site are used by the next: compiling them is half of what a new site costs."""

    def __init__(self) -> None:
        self.code: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.code[bucket.key, bucket.checksum] = bucket.code


COMPILED = CompiledTemplates()
STATEMENTS: dict[Any, Any] = {}
"""SQL that was compiled for one site and serves all: a sixth of the time of the tests that have a site"""


class SharedMap(Map):
    """The routes of all sites of this process: they are the same, and making them is half of what a site costs."""

    def __init__(self) -> None:
        super().__init__()
        self.rules: dict[str, Rule] = {}

    def rule(self, address: str, **options: Any) -> Rule:
        """The route of an earlier site, or a new one."""
        key = repr((address, options | {"methods": sorted(options["methods"])}))
        if key not in self.rules:
            self.rules[key] = Rule(address, **options)
        return self.rules[key]

    def add(self, rulefactory: RuleFactory) -> None:
        """Take in a route, but not for a second time."""
        if not isinstance(rulefactory, Rule) or rulefactory.map is None:
            super().add(rulefactory)


def share_what_is_compiled() -> None:
    """Make routes and compile statements once per process, not once per site: nothing in them depends on the site."""
    routes = SharedMap()
    Flask.url_map_class = staticmethod(lambda host_matching: routes)  # type: ignore[assignment]
    Flask.url_rule_class = staticmethod(routes.rule)  # type: ignore[assignment]
    for dialect in (Dialect, PGDialect_psycopg):  # a part of the keys of STATEMENTS
        dialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
        dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]


share_what_is_compiled()


def quiet(instance: Path, **chosen: Any) -> Settings:
    """Settings of a site for tests: runs are due at once, and an answer needs no waiting and no work before it."""
    return Settings(instance=str(instance), **({"run_delay": 0, "proof_bits": 0, "least_seconds": 0} | chosen))


def wait_for_no_disk(engine: Engine) -> None:
    """Leave it to the system when a SQLite file is written to the disk: no test of this kind cuts the power."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))


@contextmanager
def migrated(settings: Settings) -> Iterator[Flask]:
    """A site on a database with empty tables."""
    is_copied = give_file(settings)
    app = create_app(settings)
    app.config["TESTING"] = True
    app.jinja_env.bytecode_cache = COMPILED
    with app.app_context():
        db.engine.update_execution_options(compiled_cache=STATEMENTS)
        wait_for_no_disk(db.engine)
        if not is_copied and not is_migrated():
            migrations.upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    """The site on a port of this machine, any free one unless given, for a browser; gives its address."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def queries(app: Flask) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    statements: list[str] = []
    with app.app_context():
        engine = db.engine
    listener = lambda *args: statements.append(args[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", listener)
    yield statements
    event.remove(engine, "before_cursor_execute", listener)
