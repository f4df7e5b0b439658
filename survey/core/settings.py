"""Every setting of the site: name, type, default and meaning.

A setting is read from the environment variable `THREADS_<NAME>`. A bad value stops start-up with a message that names
the value and the remedy. An unknown variable is ignored with a warning, so that an older version starts with the
environment of a newer one.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from survey.core.command_error import CommandError

PREFIX = "THREADS_"
PROJECT = Path(__file__).resolve().parents[2]
MIN_SECRET_KEY_CHARACTERS = 32
LOCAL_HOSTS = ("localhost", "127.0.0.1")
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?", re.ASCII)
ALL_INTERFACES = ("0.0.0.0", "::")
SMTP_SECURITY = ("starttls", "tls", "none")
MAIL_SERVER = re.compile(r"[A-Za-z0-9.-]+|[0-9a-fA-F:]+", re.ASCII)
_MAILBOX = r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,190}"
MAIL_SENDER = re.compile(rf"{_MAILBOX}|[^<>@\x00-\x1f\"',;:()\[\]\\]{{1,80}}<{_MAILBOX}>")


class SettingsError(CommandError):
    """A setting has a value the site cannot start with."""


def _setting(default: str, meaning: str) -> str:
    value: str = field(default=default, metadata={"meaning": meaning})
    return value


def _number(default: int, meaning: str, *, min_value: int, max_value: int) -> int:
    value: int = field(default=default, metadata={"meaning": meaning, "min_value": min_value, "max_value": max_value})
    return value


def _switch(default: bool, meaning: str) -> bool:
    value: bool = field(default=default, metadata={"meaning": meaning})
    return value


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Field `x_y` is read by `load` from the variable `THREADS_X_Y`."""

    instance: str = _setting(str(PROJECT / "instance"), "Folder of the database, the queue of jobs and the secret key.")
    database_url: str = _setting(
        "", "SQLAlchemy address: sqlite:///… or postgresql+psycopg://…. Empty: a SQLite file in the instance folder."
    )
    secret_key: str = _setting(
        "", "Signs cookies. Empty: made on first start and kept in the instance folder as secret_key."
    )
    host: str = _setting("127.0.0.1", "Network address that `python app.py` listens on.")
    base_url: str = _setting(
        "", "Address that visitors see, such as https://ask.example, without a path. Empty: as requested."
    )
    hosts: str = _setting(
        "",
        "More names the site is reached by, with commas between, beside that of THREADS_BASE_URL and this machine's "
        "own (localhost, 127.0.0.1, THREADS_HOST). A request for any other is refused.",
    )
    https: bool = _switch(False, "The site is reached over https: cookies are marked Secure.")
    proxies: int = _number(
        0, "How many reverse proxies stand before the site and may be believed.", min_value=0, max_value=5
    )
    proof_bits: int = _number(
        16,
        "Work that a browser does before it sends an answer, in bits: each more doubles it. Answers without it are "
        "held until the owner has read them. 0: none is asked for.",
        min_value=0,
        max_value=22,
    )
    least_seconds: int = _number(
        2, "An answer that comes sooner after its page is held until the owner has read it.", min_value=0, max_value=60
    )
    address_answers: int = _number(
        100,
        "Answers from one network address to one survey within five minutes; more are held, five times as many "
        "are put off.",
        min_value=1,
        max_value=100_000,
    )
    limits: str = _setting(
        "",
        "Where counts for limits are kept: redis://… where several machines share them. Empty: a file beside the data.",
    )
    jobs: str = _setting(
        "",
        "Where the queue of jobs is kept: postgresql+psycopg://… or redis://…. Empty: a file in the instance folder "
        "where the data is a SQLite file, else the same PostgreSQL as the data.",
    )
    retention_days: int = _number(
        0, "Days after which an answer is deleted for good. 0: answers are kept.", min_value=0, max_value=36_500
    )
    metrics_token: str = _setting("", "What a program shows to read /metrics. Empty: nobody may.")
    log: str = _setting("text", "How the log is written: text, or json (one object a line).")
    web_threads: int = _number(8, "Requests served at once by each web process.", min_value=1, max_value=64)
    model: str = _setting(
        "packaged", "Sentence model: `packaged` (three encoders), or a folder of a sentence-transformers model."
    )
    dask: str = _setting(
        "",
        "Dask scheduler whose machines help to read answers, such as tcp://10.0.0.5:8786. Empty: each worker reads "
        "them alone.",
    )
    run_delay: int = _number(
        10,
        "Seconds between a new answer and the run it asks for, so that many answers share one run.",
        min_value=0,
        max_value=3600,
    )
    api_origins: str = _setting(
        "",
        "Sites whose pages may use the API from a script, such as https://charts.example, with commas between; * for "
        "all. Empty: none. Cookies never count there.",
    )
    import_megabytes: int = _number(100, "Largest file that may be imported, in megabytes.", min_value=1, max_value=500)
    smtp_host: str = _setting("", "Mail server (SMTP) that the site's mails are handed to. Empty: no mail is sent.")
    smtp_port: int = _number(
        587, "Its port: 587 with starttls, 465 with tls, often 25 on this machine.", min_value=1, max_value=65535
    )
    smtp_user: str = _setting("", "User name for it. Empty: without signing in.")
    smtp_password: str = _setting("", "Password for it.")
    smtp_security: str = _setting(
        "starttls",
        "How the line to it is protected: starttls, tls (from the start), or none, for a server on this machine.",
    )
    webhook_private: bool = _switch(
        False, "Webhooks may go to addresses inside a private network or on this machine, and without https."
    )
    mail_from: str = _setting("", "Sender of the site's mails: an address, or Name <address>.")

    @property
    def folder(self) -> Path:
        """The instance folder."""
        return Path(self.instance)

    @property
    def engine_url(self) -> str:
        """SQLAlchemy URL of the database."""
        return self.database_url or f"sqlite:///{self.folder / 'threads.sqlite3'}"

    @property
    def trusted_hosts(self) -> list[str]:
        """Host names that a request may be for, without the port, for Flask's TRUSTED_HOSTS."""
        own = urlsplit(self.base_url).hostname
        more = [name.strip() for name in self.hosts.split(",") if name.strip()]
        return [*LOCAL_HOSTS, self.host, *([own] if own else []), *more]

    @property
    def origins(self) -> list[str]:
        """The origins that browsers may use the API from, in the form in which browsers send them."""
        return [name.strip().lower().rstrip("/") for name in self.api_origins.split(",") if name.strip()]

    @property
    def queue_location(self) -> Path | str:
        """The file of the job queue, or its URL."""
        if self.jobs:
            return self.jobs
        return self.folder / "jobs.sqlite3" if self.engine_url.startswith("sqlite") else self.engine_url


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment. Raises SettingsError, which names the remedy."""
    environ = os.environ if environ is None else environ
    known = _fields_by_variable()
    given: dict[str, str | int | bool] = {}
    for variable in sorted(known.keys() & environ.keys()):
        item = known[variable]
        raw = environ[variable].strip()
        if item.type == "bool":
            given[item.name] = _parse_switch(variable, raw)
        elif item.type == "int":
            given[item.name] = _parse_number(variable, raw, item.metadata["min_value"], item.metadata["max_value"])
        else:
            given[item.name] = raw
    settings = Settings(**given)  # type: ignore[arg-type]
    _check(settings)
    return settings


def unknown_settings(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a warning for each environment variable that looks like a setting but is none, by its name."""
    environ = os.environ if environ is None else environ
    known = _fields_by_variable()
    warnings = {}
    for variable in sorted(name for name in environ if name.startswith(PREFIX) and name not in known):
        names = [name.removeprefix(PREFIX) for name in known]
        near = get_close_matches(variable.removeprefix(PREFIX), names, n=1)
        hint = f"Did you mean {PREFIX}{near[0]}?" if near else "The README lists the settings there are."
        warnings[variable] = f"{variable} is not a setting of this version and is ignored. {hint}"
    return warnings


def load_secret_key(settings: Settings) -> str:
    """Return the key that signs cookies: the operator's, or one generated on first start, in the instance folder.

    Raises SettingsError.
    """
    if settings.secret_key:
        return settings.secret_key
    path = settings.folder / "secret_key"
    try:
        settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _write_new_key(path)
    except OSError as error:
        raise SettingsError(
            f"The instance folder {settings.folder} cannot be written ({error.strerror}). "
            f"Set {PREFIX}INSTANCE to a folder of your own."
        ) from error
    try:
        key = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read ({error.strerror}). Change its owner to the user of the site."
        ) from error
    except UnicodeDecodeError:
        key = ""
    if len(key) < MIN_SECRET_KEY_CHARACTERS:
        raise SettingsError(
            f"{path} is damaged, or shorter than {MIN_SECRET_KEY_CHARACTERS} characters. Delete it and start again."
        )
    return key


def _write_new_key(path: Path) -> None:
    """Write a new key atomically; if two processes start at the same time, the key of the first one stays."""
    draft = path.with_name(f"secret_key.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _fields_by_variable() -> dict[str, Field[Any]]:
    return {PREFIX + item.name.upper(): item for item in fields(Settings)}


def _parse_switch(variable: str, raw: str) -> bool:
    if raw.lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise SettingsError(f"{variable} is {raw!r}. Set it to 1 (yes) or 0 (no).")


def _parse_number(variable: str, raw: str, min_value: int, max_value: int) -> int:
    if raw.isascii() and raw.isdigit() and len(raw) < 10 and min_value <= int(raw) <= max_value:
        return int(raw)
    raise SettingsError(f"{variable} is {raw[:40]!r}. Set it to a whole number from {min_value} to {max_value}.")


def _check(settings: Settings) -> None:
    if settings.secret_key and len(settings.secret_key) < MIN_SECRET_KEY_CHARACTERS:
        raise SettingsError(
            f"{PREFIX}SECRET_KEY is shorter than {MIN_SECRET_KEY_CHARACTERS} characters. Use a longer random one, or "
            "leave it empty: the site then makes its own."
        )
    if not settings.engine_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError(
            f"{PREFIX}DATABASE_URL starts with {settings.database_url.split(':')[0]!r}. "
            "Use sqlite:///… or postgresql+psycopg://…."
        )
    _check_address("DATABASE_URL", settings.engine_url)
    _check_password(settings.engine_url)
    if settings.base_url and not settings.base_url.startswith(("http://", "https://")):
        raise SettingsError(f"{PREFIX}BASE_URL is {settings.base_url!r}. Start it with https:// or http://.")
    for name in ("base_url", "limits", "jobs", "dask"):
        _check_address(name.upper(), getattr(settings, name))
    beyond = urlsplit(settings.base_url)
    if beyond.path.strip("/") or beyond.query or beyond.fragment:
        raise SettingsError(
            f"{PREFIX}BASE_URL is {settings.base_url[:80]!r}. Leave out what follows the name and port: the site has "
            "no pages below a path."
        )
    if settings.host in ALL_INTERFACES and not settings.base_url and not settings.hosts:
        raise SettingsError(
            f"{PREFIX}HOST is {settings.host}, so that the site is reached by a name it does not know. Set "
            f"{PREFIX}BASE_URL to the address that visitors see."
        )
    for origin in settings.origins:
        if origin != "*" and not ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"{PREFIX}API_ORIGINS has {origin[:80]!r}. Write https://name or https://name:port for each site, "
                "without a path, or * for all."
            )
    if settings.log not in ("text", "json"):
        raise SettingsError(f"{PREFIX}LOG is {settings.log[:40]!r}. Set it to text or json.")
    if settings.limits and not settings.limits.startswith(("redis://", "rediss://")):
        raise SettingsError(
            f"{PREFIX}LIMITS starts with {settings.limits.split(':')[0]!r}. Use redis://…, or leave it empty."
        )
    if settings.jobs and not settings.jobs.startswith(("postgresql+psycopg://", "redis://", "rediss://")):
        raise SettingsError(
            f"{PREFIX}JOBS starts with {settings.jobs.split(':')[0]!r}. Use postgresql+psycopg://… or redis://…, or "
            "leave it empty."
        )
    if settings.dask and not settings.dask.startswith(("tcp://", "tls://")):
        raise SettingsError(
            f"{PREFIX}DASK is {settings.dask[:80]!r}. Use the address of a Dask scheduler, such as "
            "tcp://10.0.0.5:8786, or leave it empty."
        )
    if settings.metrics_token and len(settings.metrics_token) < MIN_SECRET_KEY_CHARACTERS:
        raise SettingsError(
            f"{PREFIX}METRICS_TOKEN is shorter than {MIN_SECRET_KEY_CHARACTERS} characters. Use a longer random one."
        )
    _check_mail(settings)
    if not settings.instance:
        raise SettingsError(f"{PREFIX}INSTANCE is empty. Set it to a folder that the site may write to.")


def _check_mail(settings: Settings) -> None:
    if settings.smtp_security not in SMTP_SECURITY:
        raise SettingsError(
            f"{PREFIX}SMTP_SECURITY is {settings.smtp_security[:40]!r}. Set it to starttls, tls or none."
        )
    if not settings.smtp_host:
        return
    if not MAIL_SERVER.fullmatch(settings.smtp_host):
        raise SettingsError(
            f"{PREFIX}SMTP_HOST is {settings.smtp_host[:80]!r}. Write the name of the server alone, such as "
            f"mail.example.org, and its port in {PREFIX}SMTP_PORT."
        )
    if not MAIL_SENDER.fullmatch(settings.mail_from):
        raise SettingsError(
            f"{PREFIX}MAIL_FROM is {settings.mail_from[:80]!r}. Set it to the address that mails come from, such as "
            "threads@example.org, or Common Threads <threads@example.org>."
        )
    if not settings.base_url:
        raise SettingsError(
            f"{PREFIX}SMTP_HOST is set, and {PREFIX}BASE_URL is empty. Set that to the address that visitors see: the "
            "links in mails begin with it."
        )


def refuse_missing_model(model: str) -> None:
    """Raise SettingsError if a model is named by a path that leads nowhere: for processes that load it.

    `maker/name` may be one of the local cache.
    """
    is_path = model.startswith((".", "/")) or model.count("/") > 1
    if is_path and not Path(model).exists():
        raise SettingsError(
            f"{PREFIX}MODEL is {model[:200]!r}, and there is nothing. Set it to the folder of a sentence-transformers "
            "model, or to packaged."
        )


def _check_password(database_url: str) -> None:
    """Raise SettingsError if a sign of the password is read as the end of it."""
    read = make_url(database_url)
    if not database_url.startswith("sqlite") and "@" in f"{read.host}{read.database}":
        raise SettingsError(
            f"{PREFIX}DATABASE_URL has more than one @. Signs such as @ : / % in a password are written %40 %3A %2F "
            "%25."
        )


def _check_address(name: str, address: str) -> None:
    """Raise SettingsError if an address cannot be parsed; the message leaves it out, since it may hold a password."""
    try:
        if name == "DATABASE_URL":
            readable = bool(make_url(address).database) or not address.startswith("sqlite")
        else:
            parts = urlsplit(address)
            readable = parts.port != 0 and (name != "BASE_URL" or not address or bool(parts.hostname))
    except (ValueError, ArgumentError):
        readable = False
    if not readable:
        raise SettingsError(
            f"{PREFIX}{name} cannot be read as an address. Write scheme://host:port, with a number for the port; for a "
            "database postgresql+psycopg://user:password@host:port/name, or sqlite:/// and the path of a file."
        )
