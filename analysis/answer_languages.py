"""What an analysis says about the languages of the answers: how many are in which, and in which that are not read."""

from collections.abc import Mapping

from analysis.encoders.names import languages_read
from analysis.text.language import count_languages
from analysis.text.parse_answers import ParsedAnswers


def reads(model: str, language: str) -> bool:
    """Return whether a model was trained on a language; True for a model that nothing is known about."""
    read = languages_read(model)
    return read is None or language.partition("-")[0] in read


def describe_languages(parsed: ParsedAnswers, model: str) -> Mapping[str, Mapping[str, int] | int]:
    """Return the number of answers in each language, most first, of those that make a point.

    ``languages``: all of which the language can be told. ``other_languages``: those of them that the model was not
    trained on. ``unknown_languages``: answers that seem to be in none of the languages known here. The last two
    are without answers in a script that the model cannot read: they are ``unreadable_answers``.
    """
    unread = parsed.unread_answers
    other = (each for answer, each in parsed.languages.items() if each and answer not in unread)
    return {
        "languages": count_languages(parsed.languages.values()),
        "other_languages": count_languages(each for each in other if not reads(model, each)),
        "unknown_languages": len(parsed.strange - unread),
        "unreadable_answers": len(unread),
    }
