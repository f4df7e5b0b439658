"""The codebook of a survey as it stands: the packaged one or the owner's own, and what the owner taught it.

Written as TOML that `python -m analysis --codebook FILE.toml` reads. Only plain files and tables are read here:
the analysis itself is not loaded in a process that serves pages.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import tomli_w
from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Answer, Edit, EditIdea, Survey, Theme
from survey.core.personal_data import mask_personal_data
from survey.core.settings import PROJECT

FOLDER = PROJECT / "analysis" / "codebooks"
NONE, OWN = "none", "own"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")


@dataclass(slots=True)
class Known:
    """A theme of a codebook while edits are replayed over it."""

    key: str
    name: str
    description: str
    examples: list[str] = field(default_factory=list)


def current(survey: Survey) -> str | None:
    """The codebook of a survey as TOML; None where it has no themes."""
    head, themes = _begun(survey)
    _teach(themes, survey)
    return _written(head, themes.values())


def _begun(survey: Survey) -> tuple[dict[str, str], dict[str, Known]]:
    """The codebook the survey began with: its name and title, and its themes by key."""
    if survey.codebook == NONE:
        table: dict[str, Any] = {}
    elif survey.codebook == OWN:
        table = tomllib.loads(survey.own_codebook or "")
    else:
        table = tomllib.loads((FOLDER / f"{survey.codebook}.toml").read_text(encoding="utf-8-sig"))
    head = {"name": survey.slug, "title": survey.question}
    return head, {
        row["key"]: Known(row["key"], row["name"], row.get("description", ""), list(row["examples"]))
        for row in table.get("themes", [])
    }


def _teach(themes: dict[str, Known], survey: Survey) -> None:
    """Replay the edits that are not undone: promoted themes, examples, moved ideas, merges; then names as they are."""
    rows = {theme.id: theme for theme in db.session.scalars(select(Theme).where(Theme.survey_id == survey.id))}
    own_words = _own_words(survey)
    moved_out: dict[str, set[str]] = defaultdict(set)
    for edit in db.session.scalars(
        select(Edit).where(Edit.survey_id == survey.id, Edit.undone_at.is_(None)).order_by(Edit.id)
    ):
        about = rows.get(edit.theme_id or 0)
        target = rows.get(edit.target_id or 0)
        words = own_words.get(edit.id, [])
        if edit.action == "promote" and about:
            known = themes.setdefault(about.key, Known(about.key, about.name, about.description))
            known.examples.extend(words)
        elif edit.action == "merge" and about and target and about.key in themes:
            merged = themes.pop(about.key)
            into = themes.setdefault(target.key, Known(target.key, target.name, target.description))
            into.examples.extend(merged.examples)
        elif edit.action == "example" and target and target.key in themes and edit.name:
            themes[target.key].examples.append(edit.name)
        elif edit.action == "move":
            if target and target.key in themes:
                themes[target.key].examples.extend(words)
                moved_out[target.key] -= set(words)
            if about:
                moved_out[about.key] |= set(words)
    for theme in rows.values():
        if theme.key in themes:
            themes[theme.key].name = theme.name
    for key, known in themes.items():
        known.examples = [phrase for phrase in known.examples if phrase not in moved_out[key]]


def _own_words(survey: Survey) -> dict[int, list[str]]:
    """The exact words of the ideas each edit was about, personal data masked."""
    words: dict[int, list[str]] = {}
    for edit_id, text, starts, ends in db.session.execute(
        select(EditIdea.edit_id, Answer.text, EditIdea.starts, EditIdea.ends)
        .join(Answer, Answer.id == EditIdea.answer_id)
        .join(Edit, Edit.id == EditIdea.edit_id)
        .where(Edit.survey_id == survey.id, Edit.undone_at.is_(None), Answer.status == "shown")
        .order_by(EditIdea.answer_id, EditIdea.starts)
    ):
        words.setdefault(edit_id, []).append(mask_personal_data(text[starts:ends]))
    return words


def _written(head: dict[str, str], themes: Iterable[Known]) -> str | None:
    """The TOML of the themes that have examples; None where none has."""
    tables: list[dict[str, str | Sequence[str]]] = []
    taken: set[str] = set()
    for theme in themes:
        examples = [tidied for example in theme.examples if any(map(str.isalnum, tidied := _tidy(example)))]
        if examples:
            about = {"description": described} if (described := _tidy(theme.description)) else {}
            name = _free(_tidy(theme.name) or theme.key, taken)
            tables.append({"key": theme.key, "name": name, **about, "examples": list(dict.fromkeys(examples))})
    return tomli_w.dumps({**head, "themes": tables}) if tables else None


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where another theme has it: a codebook refuses two of one name."""
    number, free = 1, name
    while (folded := "".join(filter(str.isalnum, unicodedata.normalize("NFKC", free).casefold())) or free) in taken:
        number += 1
        free = f"{name} {number}"
    taken.add(folded)
    return free


def _tidy(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())
