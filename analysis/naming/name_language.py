"""In which language a theme is named: in that of the survey, where enough of its people wrote in it."""

from collections import Counter
from collections.abc import Sequence

from analysis.naming.clauses import Mention
from analysis.text.scripts import main_script
from analysis.words.stop_words import ENGLISH

ENOUGH_PEOPLE, ENOUGH_SHARE = 2, 0.1  # of a theme, who wrote in the language of the survey
FEWEST_ANSWERS = 2  # of a survey, in a language that has names

# Of a text whose language is not known: the languages of its script, the commonest first.
_OF_SCRIPT = {
    "Arabic": ("ar", "fa", "ur"),
    "Armenian": ("hy",),
    "Bengali": ("bn",),
    "Chinese": ("zh", "ja"),
    "Cyrillic": ("ru", "uk", "bg", "sr"),
    "Devanagari": ("hi", "mr", "ne"),
    "Greek": ("el",),
    "Gujarati": ("gu",),
    "Hangul": ("ko",),
    "Hebrew": ("he",),
    "Japanese": ("ja",),
    "Khmer": ("km",),
    "Lao": ("lo",),
    "Myanmar": ("my",),
    "Tamil": ("ta",),
    "Thai": ("th",),
}


def languages_of(themes: Sequence[Sequence[Mention]], survey: str | None = None) -> list[list[str]]:
    """Return the language of each mention: of its answer, where that is known, else what the others suggest.

    That is the language of the survey, or the one of most answers, if it is written in the script of the text. All
    languages are without their region: "pt" for "pt-BR".
    """
    told = [[_base(mention.language) for mention in theme] for theme in themes]
    answers = Counter(language for theme in told for language in theme if language)
    usual = _base(survey) or max(answers, key=lambda each: (answers[each], each), default=ENGLISH)
    rare = {each for each, count in answers.items() if count < FEWEST_ANSWERS}
    return [
        [
            language if language and language not in rare else _likely(mention.text, usual, answers)
            for mention, language in zip(theme, own, strict=True)
        ]
        for theme, own in zip(themes, told, strict=True)
    ]


def name_languages(mentions: Sequence[Mention], languages: Sequence[str], survey: str | None = None) -> list[str]:
    """Return the languages in which a theme may be named, the best first.

    That is the survey's if enough of the theme's people wrote in it, then those of most people.
    """
    pairs = {(mention.answer, language) for mention, language in zip(mentions, languages, strict=True)}
    people = Counter(language for _, language in pairs)
    total = len({mention.answer for mention in mentions})
    own = _base(survey)
    is_enough = people[own] >= max(min(ENOUGH_PEOPLE, total), ENOUGH_SHARE * total)
    return sorted(people, key=lambda each: (each != own or not is_enough, -people[each], each != own, each)) or [
        own or ENGLISH
    ]


def _likely(text: str, usual: str, answers: Counter[str]) -> str:
    possible = _OF_SCRIPT.get(main_script(text))
    if possible is None or usual in possible:
        return usual
    return max(possible, key=lambda each: (answers[each], -possible.index(each)))


def _base(language: str | None) -> str:
    return (language or "").partition("-")[0].lower()
