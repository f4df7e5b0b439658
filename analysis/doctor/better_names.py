"""Names that few of a theme's own people say, while many say something else that is as near to its middle."""

from collections.abc import Iterator, Sequence

from analysis.arrays import FloatArray, unit
from analysis.doctor.groups import Group, cosine, mentions
from analysis.embedding.encode import encode
from analysis.embedding.models import Embedder
from analysis.naming.choose_names import are_similar_names
from analysis.naming.name_themes import naming_input
from analysis.naming.phrases import Mention, Phrase, rank_phrases, singular
from analysis.progress import ignore_progress
from analysis.results import Finding
from analysis.text.normalise import fold, words
from analysis.text.parse_answers import ParsedAnswers
from analysis.text.word_lists import STOP_WORDS

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
    found = [group for group in groups if group.theme.origin == "discovered"]
    members = {group.theme.key: dict.fromkeys(group.rows.tolist(), 1.0) for group in found}
    inputs = naming_input(parsed, members, are_subthemes=True)  # the smaller samples in large runs
    said = dict(zip(inputs.keys, map(words_of_people, inputs.mentions), strict=True))
    doubtful = [group for group in found if _is_said_by_few(group, said[group.theme.key])]
    if not doubtful:
        return
    phrases = dict(zip(inputs.keys, rank_phrases(inputs.mentions), strict=True))
    names = [group.theme.name for group in groups]
    for group in doubtful:
        taken = [name for name in names if name != group.theme.name]
        finding = _better(parsed, group, said[group.theme.key], phrases[group.theme.key], taken, mean, embedder)
        if finding is not None:
            yield finding


def words_of_people(said: Sequence[Mention]) -> list[set[str]]:
    """Return the words in the singular that each person, that is each answer, says."""
    by_answer: dict[int, set[str]] = {}
    for mention in said:
        by_answer.setdefault(mention.answer, set()).update(map(singular, words(mention.text)))
    return list(by_answer.values())


def people_who_say(name: str, said: Sequence[set[str]]) -> int:
    """Return how many people say all content words of a name, in any order, singular or plural."""
    wanted = _content(name)
    return sum(wanted <= own for own in said)


def _content(name: str) -> set[str]:
    every = set(map(singular, words(name)))
    return every - STOP_WORDS or every


def _is_said_by_few(group: Group, said: Sequence[set[str]]) -> bool:
    people = len(said)
    return people >= FEWEST_PEOPLE and people_who_say(group.theme.name, said) <= max(NAME_SHARE * people, 1)


def _better(
    parsed: ParsedAnswers,
    group: Group,
    said: Sequence[set[str]],
    phrases: Sequence[Phrase],
    taken: Sequence[str],
    mean: FloatArray,
    embedder: Embedder,
) -> Finding | None:
    people = len(said)
    least = max(BETTER_SHARE * people, BETTER_FACTOR * people_who_say(group.theme.name, said), BETTER_PEOPLE)
    counts = {
        phrase.name: count
        for phrase in phrases[:MAX_PHRASES]
        if len(phrase.key) >= LEAST_WORDS
        and words(phrase.name)[0] not in STOP_WORDS  # "not be closed" is no name
        and (count := people_who_say(phrase.name, said)) >= least
    }
    options = [name for name in counts if not any(are_similar_names(name, other) for other in taken)]
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
    whole = words_of_people(mentions(parsed, group.ideas))  # `said` is a sample in large runs
    few, many = people_who_say(group.theme.name, whole), people_who_say(name, whole)
    return Finding(
        "detail" if few <= 1 else "name",
        group.theme.key,
        figures={"share": round(few / len(whole), 3), "say": few, "better": many, "people": len(whole)},
        name=name,
    )
