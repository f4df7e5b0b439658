"""What the people of a theme say, word by word, in the language that the theme is named in."""

from collections.abc import Iterable, Sequence

from analysis.naming.clauses import Mention
from analysis.words.singulars import singulars
from analysis.words.stop_words import stop_words
from analysis.words.word_edges import WordEdges


class SaidWords:
    """The words of each person of a theme, that is of each answer in one ``language``: which of them say a name?"""

    def __init__(self, said: Sequence[Mention], language: str) -> None:
        self._stop_words = stop_words(language)
        self.language = language
        self._edges = WordEdges(language, (mention.text for mention in said))
        by_answer: dict[int, set[str]] = {}
        for mention in said:
            by_answer.setdefault(mention.answer, set()).update(self._words(mention.text))
        written = set().union(*by_answer.values())
        self._singulars = singulars(written, language)
        self._people = [{*map(self._singulars.__getitem__, own)} for own in by_answer.values()]

    @property
    def people(self) -> int:
        """How many people there are."""
        return len(self._people)

    def who_say(self, name: str) -> int:
        """Return how many people say all content words of a name, in any order, singular or plural."""
        wanted = self._words(name)
        wanted = wanted - self._stop_words or wanted
        known = self._singulars
        if not wanted <= known.keys():
            known = singulars(wanted | known.keys(), self.language)
        lemmas = {*map(known.__getitem__, wanted)}
        return sum(lemmas <= own for own in self._people)

    def starts_with_stop_word(self, name: str) -> bool:
        """Return whether a name begins with a word that says nothing alone: "not be closed" is no name."""
        first = self._edges.cut(name)[:1]
        return bool(first) and self._edges.fold(first[0]) in self._stop_words

    def _words(self, text: str) -> set[str]:
        return {*map(self._edges.fold, self._edges.cut(text))}


def in_language(said: Iterable[Mention], languages: Iterable[str], wanted: str) -> list[Mention]:
    """Return the mentions in one language, from those of several with the language of each."""
    return [mention for mention, language in zip(said, languages, strict=True) if language == wanted]
