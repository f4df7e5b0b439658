"""The codebook of a survey: the one it started from, and that one with what the owner taught it.

A codebook is read, checked and written by `analysis.known_themes.codebook`, so that `python -m analysis --codebook`
takes what is downloaded, and so that an owner sees the same messages as somebody at the command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from analysis.known_themes.codebook import DEFAULT, NONE, Codebook, CodebookError, KnownTheme, packaged
from analysis.known_themes.edits import MAX_EXAMPLES, edited_codebook
from analysis.known_themes.translated import Words, in_language, translated
from analysis.messages import N_, Message
from analysis.text.normalise import fold, has_words, tidy
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Survey, Theme
from survey.core.personal_data import mask_personal_data
from survey.edits import deeds
from survey.edits.decisions import Decisions, read_decisions
from survey.edits.models import BY_HAND, Edit, IdeaChange
from survey.runs import lifecycle as runs
from survey.runs.lookups import themes_by_key

OWN = "own"
MAX_CHARACTERS = 500_000
MAX_KEY_CHARACTERS, MAX_NAME_CHARACTERS = 80, 120
"""What the columns hold"""


def starting_codebook(survey: Survey) -> Codebook:
    """Return the codebook a survey started from: a packaged one in its language, the owner's own, or none.

    Raises CodebookError.
    """
    if survey.codebook == OWN:
        return Codebook.from_toml(survey.own_codebook or "", source=Message(N_("Your codebook")))
    return packaged_codebook(survey.codebook, survey.language)


def packaged_codebook(name: str, language: str) -> Codebook:
    """Return a packaged codebook in a language. Its keys are those of no other: two have a theme "listening".

    Raises CodebookError.
    """
    codebook = in_language(Codebook.load(name), language)
    if name in (DEFAULT, NONE):
        return codebook
    return replace(codebook, themes=tuple(replace(theme, key=f"{name}-{theme.key}") for theme in codebook.themes))


def _packaged_theme(key: str) -> tuple[str, str]:
    """Return the packaged codebook that a theme of a survey is from, and its key there."""
    name = next((name for name in packaged() if name != DEFAULT and key.startswith(f"{name}-")), DEFAULT)
    return name, key.removeprefix(f"{name}-")


def taught_codebook(survey: Survey) -> str | None:
    """Return the codebook of a survey with the owner's edits, as TOML; None where it has no themes.

    Its themes are those it started with and those that were promoted, under the names they have now. Words of answers
    that became examples have their personal data masked. Raises CodebookError.
    """
    started, decisions = starting_codebook(survey), read_decisions(survey.id)
    rows = themes_by_key(db.session, survey.id)
    known = {theme.key: theme for theme in started.themes}
    for key in (*decisions.promoted, *map(decisions.current_key, known)):
        if key not in known and key in rows:
            known[key] = KnownTheme(key, rows[key].name, tidy(rows[key].description), ())
    taught, barred = _taught(survey, decisions)
    current = set(map(decisions.current_key, known))
    examples = {
        key: [*filter(has_words, (tidy(mask_personal_data(text)) for text in texts))][:MAX_EXAMPLES]
        for key, texts in taught.items()
        if key in current
    }

    def allowed(theme: KnownTheme) -> KnownTheme:
        own = barred.get(decisions.current_key(theme.key), ())
        return replace(theme, examples=tuple(text for text in theme.examples if fold(text) not in own))

    codebook = edited_codebook(
        replace(started, themes=tuple(map(allowed, known.values()))),
        decisions.merged,
        examples,
        {key: tidy(row.name) or key for key, row in rows.items()},
    )
    themes = tuple(_with_own_names(theme for theme in codebook.themes if theme.examples))
    return Codebook(survey.slug, themes, tidy(survey.question)).to_toml() if themes else None


def has_codebook(survey: Survey) -> bool:
    """Return whether a survey has a codebook, without writing it: a theme it started with, or a promoted one.

    Raises CodebookError.
    """
    promoted = exists().where(Edit.survey_id == survey.id, Edit.action == "promote", Edit.undone_at.is_(None))
    return bool(starting_codebook(survey).themes) or db.session.scalar(select(promoted)) is True


def _taught(survey: Survey, decisions: Decisions) -> tuple[dict[str, list[str]], dict[str, set[str]]]:
    """Return by theme the words that are examples of it, and the folded words that are none.

    Examples are phrases the owner added, ideas the owner placed in the theme, and all ideas of a promoted one.
    """
    examples: dict[str, list[str]] = {}
    barred: dict[str, set[str]] = {}
    for key, phrase, _ in decisions.examples:
        examples.setdefault(decisions.current_key(key), []).append(phrase)
    decided = select(IdeaChange.answer_id).join(Edit, Edit.id == IdeaChange.edit_id)
    decided = decided.where(Edit.survey_id == survey.id, Edit.undone_at.is_(None), Edit.action.in_(BY_HAND))
    rows = db.session.execute(
        select(Idea.answer_id, Idea.starts, Idea.ends, Answer.text, Theme.key, Placement.against)
        .join(Answer, Answer.id == Idea.answer_id)
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .outerjoin(Theme, Theme.id == Placement.theme_id)
        .where(Idea.run_id == survey.current_run_id, Answer.status == "shown")
        .where(or_(Theme.key.in_(decisions.promoted), Idea.answer_id.in_(decided.where(~IdeaChange.taught))))
        .order_by(Placement.strength.desc(), Idea.answer_id, Idea.starts)
    )
    promoted = set(map(decisions.current_key, decisions.promoted))
    for answer_id, starts, ends, text, key, against in rows:
        place, words = (answer_id, starts, ends), text[starts:ends]
        if key is not None and not against and (place in decisions.by_hand or key in promoted):
            examples.setdefault(key, []).append(words)
        for out in decisions.taken_out.get(place, ()):
            if out != key:
                barred.setdefault(out, set()).add(fold(words))
    return examples, barred


def rename_known_themes(session: Session, survey: Survey) -> None:
    """Give the known themes of a survey their names in its language, but those that its owner renamed or described."""
    for theme in session.scalars(select(Theme).where(Theme.survey_id == survey.id, Theme.origin == "codebook")):
        codebook, key = _packaged_theme(theme.key)
        words = translated(key, Words(theme.name, theme.description), survey.language, codebook)
        theme.name, theme.description = words.name, words.description


def checked(text: str, source: str) -> str:
    """Return the text of an owner's codebook as it is stored; `source` is named in errors. Raises CodebookError."""
    if len(text) > MAX_CHARACTERS:
        raise CodebookError(
            N_("%(source)s: it is %(n)s characters long, and %(most)s fit"),
            source=source,
            n=len(text),
            most=MAX_CHARACTERS,
        )
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    for number, theme in enumerate(Codebook.from_toml(text, source=source).themes, 1):
        if len(theme.key) > MAX_KEY_CHARACTERS or len(theme.name) > MAX_NAME_CHARACTERS:
            raise CodebookError(
                N_(
                    "%(source)s: theme %(number)s (%(key)s): a key has up to %(most)s characters, a name up to "
                    "%(most_name)s"
                ),
                source=source,
                number=number,
                key=theme.key[:MAX_KEY_CHARACTERS],
                most=MAX_KEY_CHARACTERS,
                most_name=MAX_NAME_CHARACTERS,
            )
    return text


def use_own_codebook(survey_id: int, text: str) -> None:
    """Use the owner's own codebook, already validated, and request a run with it."""
    with write_transaction() as session:
        survey = session.get_one(Survey, survey_id)
        survey.codebook, survey.own_codebook = OWN, text
        deeds.record(session, survey_id, "settings", fields=["codebook"])
        run_id = runs.request_run(session, survey_id, "owner", finds=True)
    runs.enqueue(run_id)


def _with_own_names(themes: Iterable[KnownTheme]) -> Iterator[KnownTheme]:
    """Append a number to names that a codebook would refuse as equal."""
    taken: set[str] = set()
    for theme in themes:
        number, name = 1, theme.name
        while fold(name) in taken:
            number += 1
            name = f"{theme.name} {number}"
        taken.add(fold(name))
        yield replace(theme, name=name)
