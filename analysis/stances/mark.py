"""Which ideas argue against the theme they are in: "we have enough courses" among people who want more of them.

Words say what an idea wants or does not want, vectors which of the others speak of the same matter. A mark that is
wrong costs more than one that is missing: what is only complained of or argued is not marked.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from analysis.arrays import FloatArray, centred
from analysis.embedding.models import Embedder
from analysis.encoders.encoder import unstored
from analysis.known_themes.codebook import Codebook
from analysis.results import Placement
from analysis.stances.denying import denying
from analysis.stances.wishes import Wish, wishes
from analysis.text.normalise import fold
from analysis.text.parse_answers import ParsedAnswers
from analysis.words.singulars import singular

SAME_MATTER = 0.5  # cosine of two matters, without what all ideas share
FEWEST_PEOPLE = 2  # who say the opposite of an idea
FEWEST_SHARE, SURELY_ENOUGH = 0.34, 3  # of a small theme's people so many, and never more are asked for than three
LEAST_SHARE = 0.25  # of the theme's people: what fewer speak of is not what the theme is about
OUTNUMBERED = 2.0  # times as many as are of the idea's own opinion
MAX_BARE_WORDS = 4  # of an idea that only names a matter
MAX_SHORT_WORDS = 14  # of an idea that is of the matters it names besides; longer ones argue about many things
MAX_MATTERS = 1000  # encoded in a run, those of the most ideas
MAX_EXAMPLES = 2  # of a known theme, that count as people
ENGLISH = "en"


class Stand(NamedTuple):
    """What one idea or example wants (does not want, if ``against``): the row of its matter, and who says so.

    ``speaker`` is the index of an answer, or a negative number for an example. ``is_name``: it only names the matter.
    """

    idea: int
    speaker: int
    matter: int
    against: bool
    is_name: bool = False


@dataclass(frozen=True, slots=True)
class Examples:
    """The folded examples of each known theme by its key, and the vector (d,) of each."""

    of: Mapping[str, Sequence[str]]
    vectors: Mapping[str, FloatArray]

    @classmethod
    def read(cls, codebook: Codebook, vectors: FloatArray) -> "Examples":
        """Return the examples of a codebook with their ``vectors`` (e, d), in the order of ``example_texts``.

        Without ideas nothing was encoded, and there are none.
        """
        if not len(vectors):
            return cls({}, {})
        of = {theme.key: [fold(example) for example in theme.examples] for theme in codebook.themes}
        texts = [text for own in of.values() for text in own]
        return cls(of, dict(zip(texts, vectors, strict=True)))


def mark_against(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    mean: FloatArray,
    placements: Sequence[Placement],
    examples: Examples,
    embedder: Embedder,
) -> tuple[Placement, ...]:
    """Return the placements, with ``against`` where an idea argues against its theme.

    ``vectors`` (n, d) are those of the wordings, ``mean`` (d,) what all ideas share. Raises what ``embedder`` raises.
    """
    themes: dict[str, list[int]] = defaultdict(list)
    for placement in placements:
        themes[placement.theme].append(placement.idea)
    marked = {(idea, key) for key, own in themes.items() for idea in who_denies(parsed, own)}
    wanted = {idea: found for idea in {each.idea for each in placements} if (found := wishes_of(parsed, idea))}
    themes = {key: own for key, own in themes.items() if _has_two_sides(own, wanted, examples.of.get(key, ()))}
    counts = Counter(_name(wish) for own in themes.values() for idea in own for wish in wanted.get(idea, ()))
    named = sorted(counts, key=lambda name: (-counts[name], name))[:MAX_MATTERS]
    rows = {name: row for row, name in enumerate(named)}
    matters = centred(unstored(embedder).encode(named), mean) if named else vectors[:0]
    for key, own in themes.items():
        stands, more = _stands(parsed, own, wanted, rows, vectors, mean, len(matters))
        said, others = _stands_of_examples(examples.of.get(key, ()), examples.vectors, mean, len(matters) + len(more))
        people = len({parsed.ideas[idea].answer for idea in own})
        every = np.concatenate([matters, more, others])
        marked |= {(idea, key) for idea in _opposed(parsed, [*stands, *said], every, people)}
    return tuple(replace(each, against=True) if (each.idea, each.theme) in marked else each for each in placements)


def with_decided(placements: Sequence[Placement], decided: Mapping[int, Mapping[str, bool]]) -> tuple[Placement, ...]:
    """Return the placements with the marks that the owner ``decided`` about, by idea and theme."""
    return tuple(
        replace(each, against=decided.get(each.idea, {}).get(each.theme, each.against))
        if each.idea in decided
        else each
        for each in placements
    )


def wishes_of(parsed: ParsedAnswers, idea: int) -> tuple[Wish, ...]:
    """Return what an idea wants and does not want, in the language of its answer."""
    return _read(parsed.ideas[idea].text, language_of(parsed, idea))


def language_of(parsed: ParsedAnswers, idea: int) -> str:
    """Return the language of an idea, that of the survey or English where it is not known, without its region."""
    language = parsed.languages.get(parsed.ideas[idea].answer) or parsed.survey_language or ENGLISH
    return language.partition("-")[0]


@lru_cache(maxsize=65536)
def _read(text: str, language: str) -> tuple[Wish, ...]:
    return tuple(wishes(text, language))


def _name(wish: Wish) -> str:
    return " ".join(wish.matter)


def _is_bare(text: str) -> bool:
    """Return whether a folded text without a wish only names something: "parking", "free lunch"."""
    return len(text.split()) <= MAX_BARE_WORDS


def _is_short(words: Sequence[str]) -> bool:
    return len(words) <= MAX_SHORT_WORDS


def _has_two_sides(ideas: Iterable[int], wanted: Mapping[int, Sequence[Wish]], examples: Sequence[str]) -> bool:
    """Return whether some want something and some do not want something."""
    signs = {wish.against for idea in ideas for wish in wanted.get(idea, ())}
    return len(signs) == 2 or (len(signs) == 1 and bool(examples))


def _stands(
    parsed: ParsedAnswers,
    ideas: Sequence[int],
    wanted: Mapping[int, Sequence[Wish]],
    rows: Mapping[str, int],
    vectors: FloatArray,
    mean: FloatArray,
    first: int,
) -> tuple[list[Stand], FloatArray]:
    """Return what the ideas of a theme want, and the matters of those that only name one, numbered from ``first``."""
    stands = [
        Stand(idea, parsed.ideas[idea].answer, rows[_name(wish)], wish.against)
        for idea in ideas
        for wish in wanted.get(idea, ())
        if _name(wish) in rows
    ]
    bare = [idea for idea in ideas if idea not in wanted and _is_bare(parsed.wordings[parsed.wording_of[idea]])]
    distinct = sorted({parsed.wording_of[idea] for idea in bare})
    at = {row: first + number for number, row in enumerate(distinct)}
    stands += [
        Stand(idea, parsed.ideas[idea].answer, at[parsed.wording_of[idea]], False, is_name=True) for idea in bare
    ]
    return stands, centred(vectors[distinct], mean)


def _stands_of_examples(
    texts: Sequence[str], vectors: Mapping[str, FloatArray], mean: FloatArray, first: int
) -> tuple[list[Stand], FloatArray]:
    """Return what the examples of a known theme want, and their vectors, numbered from ``first``."""
    stands: list[Stand] = []
    rows = [np.zeros((0, len(mean)), dtype=np.float32)]
    for text in texts:
        found = _read(text, ENGLISH)
        if found or _is_bare(text):
            against = found[0].against if found else False
            stands.append(Stand(-1, -1 - len(stands), first + len(stands), against, is_name=not found))
            rows.append(vectors[text][None])
    return stands, centred(np.concatenate(rows), mean)


def _opposed(parsed: ParsedAnswers, stands: Sequence[Stand], matters: FloatArray, people: int) -> set[int]:
    """Return the ideas of a theme of so many ``people`` whose wish most others that speak of the same do not share.

    Those who only name a matter count as for it where somebody wants it.
    """
    theme = _Theme(parsed, stands, matters)
    fewest = _fewest(people)
    found: dict[int, set[bool]] = defaultdict(set)
    for stand in stands:
        if not stand.is_name and stand.speaker >= 0:
            theirs, own = theme.sides(stand)
            found[stand.idea].add(theirs >= fewest and theirs > OUTNUMBERED * own)
    return {idea for idea, opposed in found.items() if opposed == {True}}


def _fewest(people: int) -> float:
    """Return how many have to say the opposite of an idea in a theme of so many ``people``."""
    return max(FEWEST_PEOPLE, min(SURELY_ENOUGH, FEWEST_SHARE * people), LEAST_SHARE * people)


def who_denies(parsed: ParsedAnswers, ideas: Sequence[int]) -> set[int]:
    """Return the ideas of a theme that say it was not so, where most say that it was."""
    people = len({parsed.ideas[idea].answer for idea in ideas})
    return denying(parsed, [language_of(parsed, idea) for idea in ideas], ideas, _fewest(people), OUTNUMBERED)


class _Theme:
    """Who stands for and against what in one theme, compared once for each matter and opinion."""

    def __init__(self, parsed: ParsedAnswers, stands: Sequence[Stand], matters: FloatArray) -> None:
        self._parsed = parsed
        self._matters = matters
        distinct, self._of = np.unique([stand.matter for stand in stands], return_inverse=True)
        self._distinct = matters[distinct.astype(np.intp)]
        self._speakers = np.array([stand.speaker for stand in stands], dtype=np.intp)
        self._against = np.array([stand.against for stand in stands], dtype=np.bool_)
        self._is_name = np.array([stand.is_name for stand in stands], dtype=np.bool_)
        self._with_head: dict[str, list[int]] = defaultdict(list)
        for at, stand in enumerate(stands):
            if head := _head(parsed, stand):
                self._with_head[head].append(at)
        self._found: dict[tuple[int, bool, frozenset[str]], tuple[set[int], set[int]]] = {}

    def sides(self, stand: Stand) -> tuple[int, int]:
        """Return how many others want the opposite of what an idea wants, and how many the same."""
        also = frozenset[str]() if stand.against else self._also_named(stand)
        key = (stand.matter, stand.against, also)
        if key not in self._found:
            near = (self._distinct @ self._matters[stand.matter] >= SAME_MATTER)[self._of]
            for head in also:
                near[self._with_head[head]] = True
            opposite, alike = near & (self._against != stand.against), near & (self._against == stand.against)
            is_wanted = (opposite & ~self._is_name).any()
            self._found[key] = (
                {*self._speakers[opposite].tolist()} if is_wanted else set(),
                {*self._speakers[alike].tolist()},
            )
        theirs, own = self._found[key]
        return _people(theirs, stand.speaker), _people(own, stand.speaker)

    def _also_named(self, stand: Stand) -> frozenset[str]:
        """Return what others do not want and a short idea names besides what it wants: the standup is a meeting."""
        words = self._parsed.wordings[self._parsed.wording_of[stand.idea]].split()
        return frozenset(self._with_head.keys() & map(singular, words)) if _is_short(words) else frozenset()


def _people(speakers: set[int], but: int) -> int:
    """Return how many people speak ``but`` one, with a few examples of the theme counted as people."""
    examples = sum(speaker < 0 for speaker in speakers)
    return len(speakers) - (but in speakers) - examples + min(examples, MAX_EXAMPLES)


def _head(parsed: ParsedAnswers, stand: Stand) -> str | None:
    """Return the last word of what an idea does not want; None for what only names a matter, and for examples."""
    if stand.is_name or stand.idea < 0 or not stand.against:
        return None
    wish = next((wish for wish in wishes_of(parsed, stand.idea) if wish.against), None)
    return singular(wish.matter[-1]) if wish else None
