"""What a command says of a database that it cannot use."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from survey.core.command_error import CommandError, report_database_errors
from tests.support.every_case import for_each

TWICE = """Multiple connection attempts failed. All failures were:
- host: 'localhost', port: 5432, hostaddr: '::1': connection failed: no
- host: 'localhost', port: 5432, hostaddr: '127.0.0.1': connection failed: FATAL:  no such role"""


@for_each(
    ("told", "said"),
    [
        ('connection failed: FATAL:  password authentication failed for user "a"\nmore', 'failed for user "a")'),
        (TWICE, "connection failed: FATAL:  no such role)"),
        ("", "(OperationalError)"),
    ],
)
def test_the_cause_is_named(told: str, said: str) -> None:
    with pytest.raises(CommandError) as refused, report_database_errors():
        raise OperationalError("SELECT", {}, psycopg.OperationalError(told))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("changed", "said"),
    [({"username": "stranger"}, 'role "stranger" does not exist'), ({"database": "none"}, 'database "none" does not')],
)
def test_a_server_says_what_is_wrong(postgres_server: str, changed: dict[str, str], said: str) -> None:
    url = make_url(postgres_server).set(password="s3cr3t", **changed)  # type: ignore[arg-type]
    with pytest.raises(CommandError) as refused, report_database_errors():
        create_engine(url).connect()
    assert said in str(refused.value)
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.both_databases
def test_missing_tables_are_named(bare_url: str) -> None:
    with (
        create_engine(bare_url).connect() as connection,
        pytest.raises(CommandError, match="flask --app app migrate"),
        report_database_errors(),
    ):
        connection.execute(text("SELECT * FROM survey"))


def test_another_error_stays_what_it_is() -> None:
    with pytest.raises(ProgrammingError), report_database_errors():
        raise ProgrammingError("SELEC", {}, psycopg.errors.SyntaxError("syntax error"))
