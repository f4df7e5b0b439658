"""Names that few of a theme's own people say, while many say something else that is as near to its middle."""

from collections.abc import Iterator, Sequence

from analysis.arrays import FloatArray, unit
from analysis.doctor.groups import Group, cosine
from analysis.doctor.said_words import SaidWords, in_language
from analysis.embedding.encode import encode
from analysis.embedding.models import Embedder
from analysis.naming.choose_names import are_similar_names
from analysis.naming.name_language import languages_of, name_languages
from analysis.naming.name_themes import mentions_of, naming_input
from analysis.naming.phrases import Phrase, rank_phrases
from analysis.progress import ignore_progress
from analysis.results import Finding
from analysis.text.normalise import fold
from analysis.text.parse_answers import ParsedAnswers

# Chosen and measured by benchmarks/theme_doctor.py.
FEWEST_PEOPLE = 5  # in a theme whose name is judged
NAME_SHARE = 0.15  # share of the people who say the name of a theme, up to which it is looked at
BETTER_SHARE, BETTER_FACTOR, BETTER_PEOPLE = 0.15, 3, 3  # the least for a better name: share, times as many, and people
LEAST_WORDS = 2  # of a better name
MAX_PHRASES = 40  # that are looked at


def better_names(
    parsed: ParsedAnswers, groups: Sequence[Group], mean: FloatArray, embedder: Embedder
) -> Iterator[Finding]:
    """Return the discovered themes whose name few of their people say, with the better name; ``mean`` is (d,).

    The rule is "detail" where one person says the name. Raises what ``embedder`` raises.
    """
    found = {group.theme.key: group for group in groups if group.theme.origin == "discovered"}
    members = {key: dict.fromkeys(group.rows.tolist(), 1.0) for key, group in found.items()}
    inputs = naming_input(parsed, members, are_subthemes=True)  # the smaller samples in large runs
    languages = languages_of(inputs.mentions, inputs.survey)
    doubtful: dict[str, SaidWords] = {}
    for key, mentioned, spoken in zip(inputs.keys, inputs.mentions, languages, strict=True):
        language = name_languages(mentioned, spoken, inputs.survey)[0]
        said = SaidWords(in_language(mentioned, spoken, language), language)
        if _is_said_by_few(found[key], said):
            doubtful[key] = said
    if not doubtful:
        return
    judged = [number for number, key in enumerate(inputs.keys) if key in doubtful]
    phrases = dict(zip(inputs.keys, rank_phrases(inputs.mentions, survey=inputs.survey, wanted=judged), strict=True))
    names = [group.theme.name for group in groups]
    for group in found.values():
        key, name = group.theme.key, group.theme.name
        if key in doubtful:
            taken = [other for other in names if other != name]
            finding = _better(parsed, group, doubtful[key], phrases[key], taken, mean, embedder)
            if finding is not None:
                yield finding


def _is_said_by_few(group: Group, said: SaidWords) -> bool:
    return said.people >= FEWEST_PEOPLE and said.who_say(group.theme.name) <= max(NAME_SHARE * said.people, 1)


def _better(
    parsed: ParsedAnswers,
    group: Group,
    said: SaidWords,
    phrases: Sequence[Phrase],
    taken: Sequence[str],
    mean: FloatArray,
    embedder: Embedder,
) -> Finding | None:
    least = max(BETTER_SHARE * said.people, BETTER_FACTOR * said.who_say(group.theme.name), BETTER_PEOPLE)
    counts = {
        phrase.name: count
        for phrase in phrases[:MAX_PHRASES]
        if len(phrase.key) >= LEAST_WORDS
        and not said.starts_with_stop_word(phrase.name)
        and (count := said.who_say(phrase.name)) >= least
    }
    options = [name for name in counts if not any(are_similar_names(name, other, said.language) for other in taken)]
    if not options:
        return None
    vectors = encode([fold(name) for name in (group.theme.name, *options)], embedder, ignore_progress)
    nearness = [cosine(vector, group.middle) for vector in unit(vectors - mean)]
    ranked = [
        (counts[name] ** 0.5 * near, name)
        for name, near in zip(options, nearness[1:], strict=True)
        if near >= max(nearness[0], 0.0)
    ]
    if not ranked:
        return None
    name = min(ranked, key=lambda each: (-each[0], each[1]))[1]
    everything = mentions_of(parsed, group.ideas)  # `said` is a sample in large runs
    (spoken,) = languages_of([everything], said.language)
    whole = SaidWords(in_language(everything, spoken, said.language), said.language)
    few, many = whole.who_say(group.theme.name), whole.who_say(name)
    return Finding(
        "detail" if few <= 1 else "name",
        group.theme.key,
        figures={"share": round(few / whole.people, 3), "say": few, "better": many, "people": whole.people},
        name=name,
    )
