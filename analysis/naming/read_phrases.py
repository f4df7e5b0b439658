"""Reads phrases word by word: who else says the same in other words, how whole they are, what they add."""

import math
from collections.abc import Mapping, Sequence

from analysis.arrays import IntArray
from analysis.naming.clauses import Clauses, Words, integers
from analysis.naming.grammar import brevity, is_opened_by_a_verb, wholeness
from analysis.naming.occurrences import Uses
from analysis.naming.said_by import SaidBy
from analysis.words.attached_words import later_negations, negations, oneself
from analysis.words.singulars import stems
from analysis.words.word_classes import has_classes, word_classes

MAX_READ = 5  # occurrences of a phrase
BEGINNING = 3  # letters that all words of a stem have in common
MARGIN = 3  # words before and after a phrase that are read
# The share of people counts by its root in themes of up to SMALL people, and fully in those of LARGE.
LEAST_POWER, SMALL, LARGE = 0.5, 5, 50
INFORMATIVE = 1.5  # times as often in a theme as in others, for a word to say something about it
WORD_BONUS, FRAME_BONUS = 0.55, 0.1  # for each word after the first that is informative, or that is not
MOST_BONUS_WORDS = 3
ONLY_FRAME = 0.3  # for phrases without an informative word
OPENED_BY_FRAME, OPENED_BY_VERB = 0.2, 0.5  # for "trying to get attention", if others are trying too, or not
ENOUGH_SHARE, RARE_POWER = 0.12, 1.5  # of a theme's people, below which a name counts less yet, by this power
BREVITY = 0.97  # for each word that says nothing, where it is not known what it is
FEW_PEOPLE = 2  # in a theme, whose name one person may have said alone
ONE_PERSON = 0.3  # for what one person says
FEW = 5  # answers in other themes, too few to tell what is said there
ONE_PHRASE = 0.7  # for what several say, but one alone in this form
# What one person says is less of a name the more of that person it tells: of themselves, a number, a name, many words.
OF_ONESELF, OF_A_NUMBER, OF_A_NAME, MORE_WORDS, PLAIN_WORDS = 0.5, 0.5, 0.5, 0.85, 3
CAPITAL_NOUNS = ("de", "lb")  # languages in which a capital is no sign of a name
ONE_WORD = 0.8  # for a single word of one person, which says less than two or three
SEPARATE_WORDS = ("en", "es", "fr", "it", "pt", "ca", "gl", "ro")  # languages that seldom write two words as one


class ReadPhrases:
    """The phrases ``numbers`` of some clauses; see ``Uses`` and ``Words``.

    ``spelling`` (n,): the number of each word in ``distinct``. ``sizes``: how many answers each theme has. ``forms``:
    how words are written.
    """

    def __init__(
        self,
        clauses: Clauses,
        uses: Uses,
        spelling: IntArray,
        described: Words,
        distinct: Sequence[str],
        sizes: Sequence[int],
        language: str,
        forms: Mapping[str, str],
        numbers: Sequence[int],
    ) -> None:
        self._clauses, self._uses, self._words, self._sizes = clauses, uses, described, sizes
        self._spelling, self._language, self._forms = spelling, language, forms
        self._has_classes = has_classes(language)
        self._negations = negations(language) | later_negations(language)
        self._oneself = oneself(language)
        stem_of = stems(self._may_be_wanted(distinct, numbers), language)
        known: dict[str, int] = {}
        stem = integers(
            known.setdefault("not" if negates else stem_of.get(word, word), len(known))
            for word, negates in zip(distinct, described.negates.tolist(), strict=True)
        )
        self._negates = described.negates[spelling]
        self._stem, self._stems_by_number = stem[spelling], [*known]
        says = described.ends | described.negates | described.quantifies
        self._says = says[spelling]
        wanted = {each for number in numbers for each in self._stems(int(uses.first[uses.starts[number]]), number)}
        self._said = SaidBy(clauses, self._stem, uses.denied, wanted, sizes)

    def _stems(self, place: int, number: int) -> set[int]:
        """Return the stems of the words of a phrase that say something."""
        own = slice(place, place + int(self._uses.length[number]))
        return {each for each, says in zip(self._stem[own].tolist(), self._says[own].tolist(), strict=True) if says}

    def _may_be_wanted(self, distinct: Sequence[str], numbers: Sequence[int]) -> list[str]:
        """Return the words that begin as a word of one of the phrases does: others have none of their stems."""
        places = self._uses.first[self._uses.starts[numbers]].tolist()
        lengths = self._uses.length[numbers].tolist()
        words = self._clauses.words
        begun = {
            word[:BEGINNING]
            for place, length in zip(places, lengths, strict=True)
            for word in words[place : place + length]
        }
        return [word for word in distinct if word[:BEGINNING] in begun]

    def stems(self, number: int, place: int) -> frozenset[str]:
        """Return the stems of the words of a phrase that say something; all negations have one."""
        return frozenset(self._stems_by_number[stem] for stem in self._stems(place, number))

    def score_and_share(self, number: int, place: int) -> tuple[float, float]:
        """Return the score of a phrase by who says it, and the share of its theme's people who do.

        ``place`` is where it stands. The score is the share times the log of the ratio by which those who use the very
        phrase are more here than in other themes, and higher where more words say something.
        """
        uses = self._uses
        theme, length, exact = (int(each[number]) for each in (uses.theme, uses.length, uses.people))
        size, others = self._sizes[theme], sum(self._sizes) - self._sizes[theme]
        own = self._stems(place, number)
        is_open = self._says[place] and self._says[place + length - 1]
        is_exact = not is_open or self._negates[place : place + length].any()
        people = exact if is_exact else max(exact, self._said.people(theme, own))
        share = people / size
        ratio = exact / size / ((float(uses.others[number]) + 0.5) / (others + 1))
        score = share ** _power(size) * max(math.log(ratio), 0.01) * min(1.0, share / ENOUGH_SHARE) ** RARE_POWER
        score *= 1.0 if is_open else min(1.0, share / ENOUGH_SHARE)
        informative = sum(others < FEW or self._said.ratio(theme, stem, size) >= INFORMATIVE for stem in own)
        if not informative:
            score *= ONLY_FRAME
        more, frame = max(informative - 1, 0), len(own) - max(informative, 1)
        if people > 1 or size <= FEW_PEOPLE:
            score *= 1 + min(WORD_BONUS * more + FRAME_BONUS * frame, WORD_BONUS * MOST_BONUS_WORDS)
        if size > 1 and exact == 1:
            alone = ONE_PERSON * self._plainness(place, length)
            score *= alone if people == 1 else ONE_PHRASE ** max(length - 1, 1)
        return score, share

    def _plainness(self, place: int, length: int) -> float:
        """Return how little a phrase tells of the one who says it, 0-1; see OF_ONESELF."""
        own = self._clauses.words[place : place + length]
        words = [word.lower() for word in own]
        figure = MORE_WORDS ** max(length - PLAIN_WORDS, 0)
        if length == 1 and self._language in SEPARATE_WORDS:
            figure *= ONE_WORD
        if not self._oneself.isdisjoint(words):
            figure *= OF_ONESELF
        if any(letter.isdigit() for word in words for letter in word):
            figure *= OF_A_NUMBER
        forms = [self._forms.get(word, word) for word in own]
        if self._language not in CAPITAL_NOUNS and any(form[:1].isupper() and not form.isupper() for form in forms):
            figure *= OF_A_NAME
        return figure

    def wholeness(self, number: int, place: int, complete: float) -> float:
        """Return how whole a phrase is on average over some of its occurrences, 0-1; lower for words that add nothing.

        ``complete``: how complete it looks by its neighbours, 0-1, for languages whose words cannot be told apart.
        """
        uses, clauses = self._uses, self._clauses
        length = int(uses.length[number])
        if not self._has_classes:
            return float(complete * BREVITY ** (length - len(self._stems(place, number))))
        own = slice(*uses.starts[number : number + 2].tolist())
        places = uses.first[own]
        read: dict[tuple[str | int, ...], tuple[int, int, int, float]] = {}
        columns = places, clauses.begin[places], clauses.end[places], uses.complete[own]
        for at, begin, end, own_complete in zip(*(each.tolist() for each in columns), strict=True):
            start, stop = max(begin, at - MARGIN), min(end, at + length + MARGIN)
            read[(*clauses.words[start:stop], at - start)] = at, start, stop, own_complete
        total = 0.0
        chosen = [read[key] for key in sorted(read, key=str)[:MAX_READ]]
        for at, start, stop, own_complete in chosen:
            if own_complete > 0:
                denied = bool(uses.denied[at])
                total += wholeness(self._classes(start, stop), at - start, at - start + length, denied=denied)
        at, start, stop, _ = chosen[0]
        classes = self._classes(start, stop)[at - start : at - start + length]
        if is_opened_by_a_verb(classes):
            theme = int(uses.theme[number])
            is_frame = self._said.ratio(theme, int(self._stem[at]), self._sizes[theme]) < INFORMATIVE
            total *= OPENED_BY_FRAME if is_frame else OPENED_BY_VERB
        return brevity(classes, self._says[at : at + length].tolist()) * total / len(chosen)

    def _classes(self, begin: int, end: int) -> str:
        words = tuple(self._forms.get(word, word) for word in self._clauses.words[begin:end])
        return word_classes(words, self._language, self._negations)


def _power(people: int) -> float:
    """Return the power of the share of people who say a phrase, in a theme of so many."""
    grown = math.log(max(people, SMALL) / SMALL) / math.log(LARGE / SMALL)
    return LEAST_POWER + (1 - LEAST_POWER) * min(grown, 1.0)
