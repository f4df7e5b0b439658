"""Start-up of every process: settings, logging, and private permissions of its files.

Files that a process writes are readable by no other user, whatever umask it was started with.
"""

from __future__ import annotations

import errno
import logging
import logging.config
import os
import stat
import tempfile
from pathlib import Path

from sqlalchemy import make_url

from survey.core import settings
from survey.core.settings import PREFIX, Settings, SettingsError
from survey.web import logging_setup

logger = logging.getLogger(__name__)

UMASK = 0o077
OWN_FILES = ("*.sqlite3*", "secret_key")
"""Files whose permissions are corrected if an earlier version or a copy left them open"""


def begin() -> Settings:
    """Read the settings, create the instance folder and set up logging. Raises SettingsError with the remedy."""
    chosen = settings.load()
    logging.config.dictConfig(logging_setup.configuration(chosen.log))
    for name, sentence in settings.unknown_settings().items():
        logger.warning(sentence)
        del os.environ[name]  # child processes do not repeat the warning
    os.umask(UMASK)
    _make_folder(chosen.folder)
    _check_files(chosen)
    settings.load_secret_key(chosen)
    return chosen


def _make_folder(folder: Path) -> None:
    """Create the instance folder if it is missing, and check that it is writable and private."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    _try_to_write(folder)
    found = folder.stat()
    if not stat.S_IMODE(found.st_mode) & UMASK:
        return
    if found.st_uid == os.geteuid() and (_own_files(folder) or not any(folder.iterdir())):
        folder.chmod(0o700)
    else:  # it may be a shared folder such as /tmp: do not change it
        logger.warning("Others on this machine may enter %s. End that with: chmod 700 %s", folder, folder)


def _try_to_write(folder: Path) -> None:
    """Raise SettingsError if the folder is not writable; a full disk is ignored."""
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise _unwritable(folder, error) from error


def _own_files(folder: Path) -> set[Path]:
    return {path for pattern in OWN_FILES for path in folder.glob(pattern)}


def _check_files(chosen: Settings) -> None:
    """Check that the files of the site are readable and writable, and make them private."""
    paths = _own_files(chosen.folder)
    if chosen.engine_url.startswith("sqlite"):
        database = Path(make_url(chosen.engine_url).database or "")
        _try_to_write(database.parent)
        paths |= {database} if database.exists() else set()
    for path in paths:
        try:
            found = path.stat()
            if stat.S_IMODE(found.st_mode) & UMASK and found.st_uid == os.geteuid():
                path.chmod(0o600)
        except FileNotFoundError:  # SQLite removes its -wal when the last process closes the file
            continue
        if not os.access(path, os.R_OK | os.W_OK):
            raise SettingsError(
                f"{path} cannot be read and written by this user: a command may have run as another one. Give it "
                "back with chown, and run all commands as the user of the site."
            )


def _unwritable(folder: Path, error: OSError) -> SettingsError:
    return SettingsError(
        f"The folder {folder} cannot be written ({error.strerror}). Set {PREFIX}INSTANCE (or the path in "
        f"{PREFIX}DATABASE_URL) to a folder of your own; where systemd makes all others read-only, name it in "
        "ReadWritePaths=."
    )
