"""A setting that cannot be used stops start-up with the remedy."""

from __future__ import annotations

import stat
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from survey.core import settings
from survey.core.settings import PROJECT, Settings, SettingsError
from tests.support.every_case import for_each


@for_each(
    ("variable", "value", "message"),
    [
        ("THREADS_HTTPS", "maybe", "Set it to 1 (yes) or 0 (no)"),
        ("THREADS_PROXIES", "-1", "a whole number from 0 to 5"),
        ("THREADS_PROXIES", "9", "a whole number from 0 to 5"),
        ("THREADS_WEB_THREADS", "many", "a whole number from 1 to 64"),
        ("THREADS_RUN_DELAY", "1e3", "a whole number from 0 to 3600"),
        ("THREADS_SECRET_KEY", "short", "Use a longer random one"),
        ("THREADS_DATABASE_URL", "mysql://x", "postgresql+psycopg://"),
        ("THREADS_BASE_URL", "ask.example", "Start it with https://"),
        ("THREADS_INSTANCE", "", "Set it to a folder"),
        ("THREADS_DATABASE_URL", "sqlite:///", "cannot be read as an address"),
        ("THREADS_DATABASE_URL", "postgresql+psycopg://a:b@c:d/e", "cannot be read as an address"),
        ("THREADS_DATABASE_URL", "postgresql+psycopg://a:b@c@d/e", "are written %40"),
        ("THREADS_DATABASE_URL", "postgresql+psycopg://a:b@c/d@e/f", "are written %40"),
        ("THREADS_BASE_URL", "https://[ask.example", "cannot be read as an address"),
        ("THREADS_BASE_URL", "https://ask.example/threads", "Leave out what follows the name"),
        ("THREADS_BASE_URL", "https://ask.example/?a=b", "Leave out what follows the name"),
        ("THREADS_BASE_URL", "https://", "cannot be read as an address"),
        ("THREADS_LIMITS", "redis://a:b", "cannot be read as an address"),
        ("THREADS_JOBS", "redis://a:99999", "cannot be read as an address"),
        ("THREADS_DASK", "tcp://a:b", "cannot be read as an address"),
        ("THREADS_SMTP_PORT", "0", "a whole number from 1 to 65535"),
        ("THREADS_SMTP_SECURITY", "ssl", "Set it to starttls, tls or none"),
    ],
)
def test_a_bad_value_names_itself_and_the_remedy(variable: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.load({variable: value})
    assert variable in str(refused.value)
    assert message in str(refused.value)


@for_each("model", ["/nowhere/model", "./nowhere", "models/of/mine"])
def test_a_model_that_is_not_there_stops_who_loads_it(model: str) -> None:
    assert settings.load({"THREADS_MODEL": model}).model == model, "web processes of another machine load none"
    with pytest.raises(SettingsError, match="and there is nothing"):
        settings.refuse_missing_model(model)
    for there in ("packaged", "maker/name", str(Path(__file__).parent)):
        settings.refuse_missing_model(there)


@for_each(
    ("changed", "message"),
    [
        ({"SMTP_HOST": "smtp://mail.example"}, "Write the name of the server alone"),
        ({"SMTP_HOST": "mail.example:25"}, "its port in THREADS_SMTP_PORT"),
        ({"MAIL_FROM": ""}, "THREADS_MAIL_FROM is ''. Set it to the address"),
        ({"MAIL_FROM": "Ask"}, "Set it to the address"),
        ({"MAIL_FROM": "Ask, us <a@b.example>"}, "Set it to the address"),
        ({"MAIL_FROM": "a@b.example\nBcc: c@d.example"}, "Set it to the address"),
        ({"BASE_URL": ""}, "THREADS_BASE_URL is empty"),
    ],
)
def test_mail_needs_its_settings_together(changed: dict[str, str], message: str) -> None:
    right = {"SMTP_HOST": "mail.example", "MAIL_FROM": "Ask <a@b.example>", "BASE_URL": "https://ask.example"}
    assert settings.load({f"THREADS_{name}": value for name, value in right.items()}).smtp_port == 587
    with pytest.raises(SettingsError) as refused:
        settings.load({f"THREADS_{name}": value for name, value in (right | changed).items()})
    assert message in str(refused.value)


def test_a_name_nobody_knows_is_ignored_with_a_word() -> None:
    environ = {"THREADS_DATABSE_URL": "sqlite:///x", "THREADS_COLOUR": "red", "THREADS_LOG": "json", "PATH": "/bin"}
    assert settings.load(environ).log == "json"
    assert settings.unknown_settings(environ) == {
        "THREADS_COLOUR": "THREADS_COLOUR is not a setting of this version and is ignored. The README lists the "
        "settings there are.",
        "THREADS_DATABSE_URL": "THREADS_DATABSE_URL is not a setting of this version and is ignored. Did you mean "
        "THREADS_DATABASE_URL?",
    }


def test_values_are_read() -> None:
    assert settings.load({"THREADS_BASE_URL": "https://ask.example/"}).base_url == "https://ask.example/"
    for model in ("packaged", "maker/name", str(PROJECT)):
        assert settings.load({"THREADS_MODEL": model}).model == model
    read = settings.load({"THREADS_HTTPS": "yes", "THREADS_RUN_DELAY": "0", "THREADS_MODEL": "x", "PATH": "/bin"})
    assert (read.https, read.run_delay, read.model) == (True, 0, "x")


def test_every_setting_has_a_meaning() -> None:
    assert all(item.metadata["meaning"].endswith(".") for item in fields(Settings))


def test_the_secret_key_is_made_once_and_readable_by_nobody_else(tmp_path: Path) -> None:
    first = settings.load_secret_key(Settings(instance=str(tmp_path / "new")))
    second = settings.load_secret_key(Settings(instance=str(tmp_path / "new")))
    other = settings.load_secret_key(Settings(instance=str(tmp_path / "other")))
    assert first == second != other
    assert len(first) >= 48
    assert stat.S_IMODE((tmp_path / "new" / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret_key"]


def test_a_damaged_secret_key_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(SettingsError, match="Delete it and start again"):
        settings.load_secret_key(Settings(instance=str(tmp_path)))


@pytest.mark.slow
def test_a_bad_setting_stops_start_up_with_one_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "app.py", "--instance", str(tmp_path)],
        cwd=PROJECT,
        env={"THREADS_PROXIES": "many", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert ended.stderr.strip() == "THREADS_PROXIES is 'many'. Set it to a whole number from 0 to 5."
