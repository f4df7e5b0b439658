"""Describe what each column of a table holds, with a reason, and propose which ones to use.

What stands in a column decides; what it is called helps where that leaves a choice, in any language. Free text is
recognised by its variety and its length when filled: a column of addresses, ids, dates or choices has neither.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from analysis.files.model import PERSONAL, ColumnGuess, Columns, Layout, Role, Row
from analysis.messages import N_, Message
from analysis.tables import column_names
from analysis.tables.cell_types import has_clock, time_of
from analysis.tables.column_statistics import ColumnStatistics, gather
from analysis.tables.tools import OWN
from analysis.text.normalise import fold, words

SENT = column_names.GOOGLE_TIMES | set(map(column_names.comparable, ("received_at", "submitted at", "submitdate")))
"""Names of nothing but the time of a response"""
MOST = 0.9
"""The part of a column's cells that must look like something for the column to be it"""
SOME = 0.6
OPEN_WORDS, OPEN_VARIETY = 2.0, 0.5
"""Words a cell, and different texts as a part of all, from which on a column is an open question"""
SHORT_VARIETY, SHORT_DIFFERENT = 0.2, 30
"""The same for questions that people answer in a word or two"""
_QUESTION = re.compile(r"[?\uff1f\u061f;\u037e]\s*\*?\s*$|[か呢吗嗎][。.]?$")
_ASKS_NAME = re.compile(
    r"\b(?:your|full|first|last|family)[ -]?name\b|\bihr(?:en)? namen?\b|\bdein(?:en)? namen?\b|\bwie hei(?:ß"
    r"|ss)|vorname|nachname"
    r"|\bvotre nom\b|pr[ée]nom|\b(?:su|tu) nombre\b|nombre y apellido|c[oó]mo (?:te|se) llama|\b(?:tuo"
    r"|suo) nome\b|\bseu nome\b"
    r"|comment vous appelez|お名前|氏名|姓名|이름|성함|как вас зовут|ваше имя|\buw naam\b|voornaam|ad[ıi]n[ıi]z"
)
_BIRTH = re.compile(
    r"birth|\bborn\b|\bdob\b|gebur|\bgeb\b|naissance|né\(?e?\)? le|nacimiento|nascita|nascimento|naixement|geboorte"
    r"|födelse|fødsel|syntymä|urodz|рожд|народж|narozen|naroden|rođen|rojst|születés|naștere|γέννηση|doğum|lahir"
    r"|ngày sinh|生年月日|誕生|出生|생년월일|생일|ميلاد|ولادة|تولد|לידה|เกิด|जन्म",
    re.IGNORECASE,
)
"""In the name of a column of days on which people were born"""
EARLIEST, MOST_YEARS = 2000, 20
"""Days before this year, or over more years than these, are not when answers came in"""
NAMES = N_("It holds names of people.")
_REASONS: dict[Role, str] = {
    "email": N_("It holds e-mail addresses."),
    "phone": N_("It holds phone numbers."),
    "address": N_("It holds network addresses of people’s devices."),
    "place": N_("It holds coordinates or addresses of places."),
    "name": NAMES,
    "link": N_("It holds web addresses."),
    "number": N_("It holds numbers."),
    "time": N_("It holds dates and times."),
    "id": N_("Every row has another one, and no words: it tells the responses apart."),
}
EMPTY = N_("Nobody filled it in.")
BY_NAME = N_("It is called “%(name)s”, as in the exports of survey programs.")
CHOICES = N_("The same few come again and again (%(different)s different ones in %(filled)s cells): a choice.")
ALWAYS = N_("It says the same in every row.")
CHECKED = N_("Each cell lists some of the same %(options)s choices.")
CODES = N_("The same few short words come again and again, as codes do: it is no question.")
CALLED_CODES = N_("By its name and what is in it, it says how somebody coded the answers: it is no question.")
OWN_WORDS = N_(
    "People wrote in their own words here: %(different)s of %(filled)s texts differ, with about %(words)s words each."
)
CALLED_ANSWER = N_("It is called “%(name)s”, and holds texts.")
ASKED = N_("It is called what your survey asks.")
ONLY = N_("It is the only column.")
LEFT = N_("It is the nearest to free text of all columns.")
SHORT = N_("Its texts are short, or much the same.")
KINDS = N_("It holds the kinds that your survey knows.")
SOURCES = N_("It holds the sources that your survey knows.")
PROGRAM = N_("A program wrote it, not a person.")


def describe_columns(
    rows: Iterable[Row],
    layout: Layout,
    *,
    question: str = "",
    kinds: Collection[str] = (),
    sources: Collection[str] = (),
) -> list[ColumnGuess]:
    """Return what each column seems to hold, in the order of the columns. `rows` are all rows of the file.

    `question` is what the survey asks; `kinds` and `sources` are the words that the survey knows, keys and labels.
    Columns of the same role have ranks, 0 for the best.
    """
    statistics, first = gather(rows, layout)
    guesses = [
        _describe(place, layout, column, kinds, sources, alone=len(statistics) == 1)
        for place, column in enumerate(statistics)
    ]
    _find_names(guesses, statistics, first)
    _find_days(guesses, statistics, layout)
    scores = {
        guess.place: _score(statistics[guess.place], _called(layout, guess.place), question)
        for guess in guesses
        if guess.role in ("answer", "other", "closed", "codes")
    }
    _settle_answers(guesses, statistics, scores, layout, question)
    return _ranked(guesses, scores, layout, statistics)


def propose_columns(guesses: Sequence[ColumnGuess]) -> Columns:
    """Return the columns to use: every column of answers, best first, and the best one of each other role."""
    ranked = sorted(guesses, key=lambda guess: guess.rank)
    best: dict[Role, int] = {}
    for guess in ranked:
        best.setdefault(guess.role, guess.place)
    return Columns(
        tuple(guess.place for guess in ranked if guess.role == "answer"),
        best.get("time"),
        best.get("kind"),
        best.get("source"),
        best.get("id"),
        best.get("status"),
    )


def _called(layout: Layout, place: int) -> tuple[str, ...]:
    """Return the names of a column: as people read it, and the tool's own."""
    code = layout.codes[place] if place < len(layout.codes) else ""
    return (layout.names[place], code) if code and code != layout.names[place] else (layout.names[place],)


def _known_role(called: Iterable[str]) -> tuple[Role, int] | None:
    return next(filter(None, map(column_names.role_of, called)), None)


def _describe(
    place: int,
    layout: Layout,
    column: ColumnStatistics,
    kinds: Collection[str],
    sources: Collection[str],
    *,
    alone: bool,
) -> ColumnGuess:
    """Return what a column holds by itself; "answer" where it may be free text."""
    called = _called(layout, place)
    known = _known_role(called)
    role, reason = _role(column, known[0] if known else None, called, kinds, sources)
    if layout.tool == OWN and fold(layout.names[place]) == "status":
        role, reason = "status", BY_NAME
    if alone and column.cells and column.share("number", "time") < MOST:
        role, reason = "answer", ONLY
    why = Message(
        reason,
        name=layout.names[place],
        different=len(column.counts),
        filled=len(column.cells),
        options=column.options,
        words=max(1, round(column.typical_words)),
    )
    return ColumnGuess(place, layout.names[place], role, why, column.filled, column.mean_length, column.examples)


def _role(
    column: ColumnStatistics,
    known: Role | None,
    called: Sequence[str],
    kinds: Collection[str],
    sources: Collection[str],
) -> tuple[Role, str]:
    """Return the role of a column by its cells, then by its name, and why."""
    if not column.cells:
        return (known, BY_NAME) if known in PERSONAL else ("other", EMPTY)
    if known == "kind" or _all_among(column, kinds):
        return "kind", KINDS if kinds else BY_NAME
    if _all_among(column, sources) or (known == "source" and not sources):
        return "source", SOURCES if sources else BY_NAME
    for role, share in (("email", SOME), ("address", MOST), ("link", MOST)):
        if column.share(role) >= share:  # type: ignore[arg-type]
            return role, _REASONS[role]  # type: ignore[index, return-value]
    if column.share("place") >= MOST or (known == "place" and column.words < 8):
        return "place", _REASONS["place"]
    if (known == "phone" and column.words < 2) or column.share("phone") >= MOST:
        return "phone", _REASONS["phone"]
    if _holds_times(column, known, called):
        return "time", _REASONS["time"]
    if column.share("time") >= MOST:
        return "other", _REASONS["time"]
    tells_apart = column.variety == 1.0 and len(column.cells) > 1
    looks_so = column.share("id") >= MOST or (known == "id" and column.with_digits >= SOME)
    if tells_apart and looks_so and column.answered > MOST and column.words <= 1.5:
        return "id", _REASONS["id"]
    if column.share("code") >= SOME:
        return "other", PROGRAM
    if known in ("name", "email", "address") and column.words <= 4:
        return known, BY_NAME
    if column.words <= 4 and any(_ASKS_NAME.search(name.lower()) for name in called):
        return "name", BY_NAME
    asks = any(_QUESTION.search(name) for name in called)
    if not asks and known != "answer" and any(map(column_names.says_codes, called)) and column.codes(named=True) > 1:
        return "codes", CALLED_CODES
    if column.share("number", "time", "phone", "id", "place") >= MOST:
        return "number", _REASONS["number"]
    if column.with_digits >= MOST and column.words <= 2 and known != "answer":
        return "closed" if column.is_closed else "number", _REASONS["number"]
    if known == "other" and column.words < 5:
        return "other", BY_NAME
    if column.is_closed:
        return "closed", ALWAYS if len(column.counts) == 1 else CHOICES
    if column.options:
        return "closed", CHECKED
    if not asks and known != "answer" and column.codes(named=False):
        return "codes", CODES
    return "answer", OWN_WORDS


def _all_among(column: ColumnStatistics, known: Collection[str]) -> bool:
    """Return whether nearly all cells of a column are among the words that a survey knows."""
    if not known:
        return False
    spoken = {word.casefold() for word in known}
    return sum(count for text, count in column.counts.items() if text.casefold() in spoken) >= 0.8 * len(column.cells)


def _holds_times(column: ColumnStatistics, known: Role | None, called: Sequence[str]) -> bool:
    """Return whether a column says when something was sent in: times by its cells, and by its name or with clocks."""
    asked = any(_QUESTION.search(name) for name in called)
    if known == "time" and column.words <= 6 and (column.share("time") >= 0.3 or _says_time(called)):
        return column.share("number") < MOST or column.counted_times >= SOME
    if column.share("time") >= 0.8:
        clocks = sum(map(has_clock, column.cells)) / len(column.cells)
        return known == "time" or (not asked and clocks >= SOME)
    if column.counted_times >= MOST:
        return not asked and known in ("time", None)
    if known != "time" or column.share("number") < MOST:
        return False
    return all(cell.isdecimal() and len(cell) in (5, 8, 14) for cell in column.cells)


def _says_time(called: Sequence[str]) -> bool:
    """Return whether a column's name says that it is the time of a response, whatever is in it."""
    return any(column_names.comparable(name) in SENT for name in called)


def _find_days(guesses: list[ColumnGuess], statistics: Sequence[ColumnStatistics], layout: Layout) -> None:
    """Give the role "time" to the only column of days where no other says when answers came in, whatever its name."""
    if any(guess.role == "time" for guess in guesses):
        return
    days = [guess.place for guess in guesses if statistics[guess.place].share("time") >= MOST and guess.role == "other"]
    if len(days) == 1 and len(guesses) > 1 and _may_be_times(statistics[days[0]], _called(layout, days[0])):
        guesses[days[0]] = replace(guesses[days[0]], role="time")


def _may_be_times(column: ColumnStatistics, called: Sequence[str]) -> bool:
    """Return whether days may be those of the answers: by their years, and by a name that says nothing else."""
    if _known_role(called) or any(_QUESTION.search(name) or _BIRTH.search(name) for name in called):
        return False
    years = [moment.year for cell in column.cells if (moment := time_of(cell))]
    return min(years) >= EARLIEST and max(years) - min(years) <= MOST_YEARS


def _find_names(guesses: list[ColumnGuess], statistics: Sequence[ColumnStatistics], first: Sequence[list[str]]) -> None:
    """Give the role "name" to columns whose words stand in the e-mail addresses beside them."""
    emails = [guess.place for guess in guesses if guess.role == "email"]
    for guess in guesses:
        if guess.role not in ("answer", "other", "closed") or statistics[guess.place].words > 4:
            continue
        for email in emails:
            both = [row for row in first if row[guess.place].strip() and "@" in row[email]]
            alike = sum(_is_in_address(row[guess.place], row[email]) for row in both)
            if len(both) >= 3 and alike >= SOME * len(both):
                guesses[guess.place] = replace(guess, role="name", reason=Message(NAMES))


def _is_in_address(text: str, email: str) -> bool:
    local = fold(email.partition("@")[0])
    return any(len(word) >= 3 and word in local for word in words(text))


def _score(column: ColumnStatistics, called: Sequence[str], question: str) -> float:
    """Return how much a column looks like answers to an open question: its variety, times its length when filled."""
    score = column.variety * math.log2(1 + column.words) * (0.5 + 0.5 * column.answered)
    if any(_QUESTION.search(name) for name in called):
        score *= 1.3
    known = _known_role(called)
    if known and known[0] == "answer":
        score *= 1.5
    elif known:
        score *= 0.3
    return score * (1 + 2 * max((_likeness(name, question) for name in called), default=0.0))


def _likeness(name: str, question: str) -> float:
    """Return how much of the words of two questions is the same, 0 to 1."""
    one, other = set(words(name)), set(words(question))
    return len(one & other) / len(one | other) if one and other else 0.0


def _is_open(column: ColumnStatistics) -> bool:
    if column.words >= OPEN_WORDS and column.variety >= (OPEN_VARIETY if len(column.cells) >= 20 else 0.7):
        return True
    return column.words >= 1 and column.variety >= SHORT_VARIETY and len(column.counts) >= SHORT_DIFFERENT


def _settle_answers(
    guesses: list[ColumnGuess],
    statistics: Sequence[ColumnStatistics],
    scores: dict[int, float],
    layout: Layout,
    question: str,
) -> None:
    """Leave the role "answer" to open questions, and give it to one column at least."""
    asked = fold(question)
    chosen, short = [], []
    for guess in guesses:
        if guess.place not in scores:
            continue
        called = [fold(name) for name in _called(layout, guess.place)]
        if asked and asked in called and statistics[guess.place].cells:
            guesses[guess.place] = replace(guess, role="answer", reason=Message(ASKED))
            scores[guess.place] += 1_000
        elif "answer" in called and statistics[guess.place].filled and len(guesses) > 1:
            reason = Message(CALLED_ANSWER, name=guess.name)
            guesses[guess.place] = replace(guess, role="answer", reason=reason)
            scores[guess.place] += 100
        elif guess.role != "answer":
            continue
        elif len(guesses) > 1 and not _is_open(statistics[guess.place]):
            guesses[guess.place] = replace(guess, role="other", reason=Message(SHORT))
            short.append(guess.place)
            continue
        chosen.append(guess.place)
    if chosen or not scores:
        return
    best = max(short or scores, key=lambda place: (scores[place], statistics[place].mean_length))
    if statistics[best].cells:
        guesses[best] = replace(guesses[best], role="answer", reason=Message(LEFT))


def _ranked(
    guesses: Sequence[ColumnGuess],
    scores: dict[int, float],
    layout: Layout,
    statistics: Sequence[ColumnStatistics],
) -> list[ColumnGuess]:
    """Give the columns of each role their ranks: answers by score, others by name, then from left to right."""

    def order(guess: ColumnGuess) -> tuple[float, float, int]:
        if guess.role == "answer":
            return (-scores.get(guess.place, 0.0), 0.0, guess.place)
        known = [found for name in _called(layout, guess.place) if (found := column_names.role_of(name))]
        rank = min((rank for role, rank in known if role == guess.role), default=10_000)
        return (rank, -statistics[guess.place].filled, guess.place)

    ranks: dict[Role, int] = {}
    ranked: dict[int, ColumnGuess] = {}
    for guess in sorted(guesses, key=order):
        ranks[guess.role] = ranks.get(guess.role, -1) + 1
        ranked[guess.place] = replace(guess, rank=ranks[guess.role])
    return [ranked[guess.place] for guess in guesses]
