"""The words by which people say what they want and do not want, by language: cues.toml."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from analysis.text.normalise import fold

Phrase = tuple[str, ...]

_KINDS = (
    "wanted", "unwanted", "wanted_verbs", "unwanted_verbs", "before_verbs", "not", "between", "ends", "wanted_behind",
    "unwanted_behind", "turned_behind", "elided", "wished_behind", "more_behind", "less_behind", "forbids", "states",
    "does", "agrees", "refuses", "too_much", "has", "persons", "fails", "idle", "limits", "numbers", "puts",
    "puts_behind", "put", "put_into", "carried", "stops_behind", "without", "denies", "not_things", "turns",
    "turned_down", "turned_up", "lowers", "costs", "asks", "polite",
)  # fmt: skip
_FEW_HAVE = (
    "turned_behind", "elided", "does", "states", "has", "limits", "numbers", "puts", "puts_behind", "carried",
    "stops_behind", "without", "turns", "turned_down", "turned_up",
)  # fmt: skip


class Phrases:
    """Phrases of folded words, found by their first or last word."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._first: dict[str, list[Phrase]] = {}
        self._last: dict[str, list[Phrase]] = {}
        for phrase in sorted(set(phrases), key=lambda each: (-len(each), each)):
            self._first.setdefault(phrase[0], []).append(phrase)
            self._last.setdefault(phrase[-1], []).append(phrase)

    @property
    def first_words(self) -> frozenset[str]:
        """The words that a phrase begins with."""
        return frozenset(self._first)

    def __bool__(self) -> bool:
        return bool(self._first)

    def at(self, words: Sequence[str], start: int) -> int:
        """Return the number of words of the longest phrase that begins at ``start``; 0 if none does."""
        for phrase in self._first.get(words[start], ()):
            if tuple(words[start : start + len(phrase)]) == phrase:
                return len(phrase)
        return 0

    def before(self, words: Sequence[str], end: int) -> int:
        """Return the number of words of the longest phrase that ends before ``end``; 0 if none does."""
        for phrase in self._last.get(words[end - 1], ()) if end > 0 else ():
            if len(phrase) <= end and tuple(words[end - len(phrase) : end]) == phrase:
                return len(phrase)
        return 0


class Cues:
    """The cues of one language, by kind; cues.toml says what each is for."""

    def __init__(self, table: Mapping[str, str]) -> None:
        missing = {*_KINDS} - {*_FEW_HAVE} - table.keys()
        if missing or table.keys() - {*_KINDS}:
            raise ValueError(f"cues: {sorted(missing or table.keys() - {*_KINDS})}")
        self._elided = tuple(filter(None, table.get("elided", "").split("|")))
        found = {
            name: Phrases([tuple(self.split(each)) for each in table.get(name, "").split("|") if each])
            for name in _KINDS
        }
        self._anywhere = ((found["wanted"], False), (found["unwanted"], True))
        self._verbs = ((found["wanted_verbs"], False), (found["unwanted_verbs"], True))
        self.before_verbs, self.does = found["before_verbs"], found["does"]
        self.forbids, self.states = found["forbids"], found["states"]
        self.wished_behind = found["wished_behind"]
        self.amounts = ((found["more_behind"], False), (found["less_behind"], True))
        self.answers = ((found["agrees"], False), (found["refuses"], True))
        self.agreement = tuple(self.split(table["agrees"].split("|")[0]))
        self.negations, self.between, self.ends = found["not"], found["between"], found["ends"]
        self.turned_behind = found["turned_behind"]
        self.behind = ((found["wanted_behind"], False), (found["unwanted_behind"], True), (found["stops_behind"], True))
        self.of: Mapping[str, Phrases] = found
        self.turned = ((found["turned_down"], True), (found["turned_up"], False))
        every = (*self._anywhere, *self._verbs, *self.behind, (found["too_much"], True))
        self._first_words = frozenset[str]().union(*(phrases.first_words for phrases, _ in every))
        rest = (
            self.wished_behind,
            self.forbids,
            *(found[name] for name in ("put", "turns", "without", "denies", "asks")),
            *(phrases for phrases, _ in (*self.amounts, *self.answers)),
        )
        self.words = self._first_words.union(*(phrases.first_words for phrases in rest))

    def split(self, text: str) -> list[str]:
        """Return the folded words of a text; "d'arbres" is two where such words are run together."""
        words: list[str] = []
        for word in fold(text).split():
            prefix = next((each for each in self._elided if word.startswith(each) and len(word) > len(each)), "")
            words += [prefix.rstrip("'"), word[len(prefix) :]] if prefix else [word]
        return words

    def at(self, words: Sequence[str], at: int, *, is_chain: bool = False) -> tuple[int, bool]:
        """Return the number of words of the longest cue that begins there, 0 for none, and whether it is against.

        ``is_chain``: another cue stands before it, as "want" before "more".
        """
        if words[at] not in self._first_words or self.idle(words, at):
            return 0, False
        may_be_verb = is_chain or at == 0 or self.before_verbs.before(words, at) > 0
        kinds = (*self._anywhere, *self._verbs) if may_be_verb else self._anywhere
        if may_be_verb or not self.of["has"] or self.of["has"].before(words, at):
            kinds = (*kinds, (self.of["too_much"], True))
        return max((phrases.at(words, at), against) for phrases, against in kinds)

    def idle(self, words: Sequence[str], at: int) -> int:
        """Return the number of words there that only look like a cue: "no doubt", "no más de" before "dos"."""
        after = at + self.of["limits"].at(words, at)
        if at < after < len(words) and (words[after].isdigit() or self.of["numbers"].at(words, after)):
            return after - at
        return self.of["idle"].at(words, at)


@cache
def read_cues() -> Mapping[str, Cues]:
    """Return the cues of each language that has some, by its code."""
    with Path(__file__).with_name("cues.toml").open("rb") as file:
        return {code: Cues(table) for code, table in tomllib.load(file).items()}
