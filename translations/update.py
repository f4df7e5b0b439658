"""Bring the catalogues up to date with the code and the templates, begin those that are missing, and compile all.

`make translations`. What is new is then translated by hand, and this run again; tests/core/test_i18n.py finds what is
missing.
"""

from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path

from babel import Locale
from babel.messages.frontend import CommandLineInterface

from survey.core.i18n import ENGLISH, PUBLIC, WORKSHOP, Domain

FOLDER = Path(__file__).resolve().parent
HEADER = """# {language}: the messages of {name}.toml. Translated by hand; `make translations` adds what is new.
msgid ""
msgstr ""
"Project-Id-Version: Common Threads\\n"
"PO-Revision-Date: {today} 00:00+0000\\n"
"Last-Translator: Common Threads\\n"
"Language-Team: {code}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""
OF_THE_LIBRARY = ("Message", "FileRefused", "RefiQdaRefused", "CodebookError")
"""What is called with a message in analysis/, which knows nothing of survey.core.i18n"""


def run(*arguments: object) -> None:
    """Run one command of pybabel."""
    CommandLineInterface().run(["pybabel", "-q", *map(str, arguments)])  # type: ignore[no-untyped-call]


def extract(domain: Domain, template: Path) -> None:
    """Write the messages of a domain, as they stand in the code now, into a template file (.pot)."""
    where = ("--add-location=file", "--no-wrap", "--omit-header")
    marks = [word for mark in OF_THE_LIBRARY for word in ("-k", mark)]
    run("extract", "-F", FOLDER / f"{domain.name}.toml", "-o", template, *where, *marks, ".")


def update(domain: Domain) -> None:
    """Update and compile the catalogues of a domain."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "messages.pot"
        extract(domain, template)
        for language in domain.languages:
            if language == ENGLISH:
                continue
            catalogue = FOLDER / language / "LC_MESSAGES" / f"{domain.name}.po"
            if not catalogue.exists():
                catalogue.parent.mkdir(parents=True, exist_ok=True)
                name = Locale.parse(language).get_language_name(ENGLISH)
                catalogue.write_text(
                    HEADER.format(language=name, name=domain.name, code=language, today=date.today()), encoding="utf-8"
                )
            how = ("-N", "--ignore-obsolete", "--no-wrap", "--ignore-pot-creation-date")
            run("update", "-i", template, "-d", FOLDER, "-D", domain.name, "-l", language, *how)
            run("compile", "-d", FOLDER, "-D", domain.name, "-l", language)


if __name__ == "__main__":
    os.chdir(FOLDER.parent)
    for each in (PUBLIC, WORKSHOP):
        update(each)
