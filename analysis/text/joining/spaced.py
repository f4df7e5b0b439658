"""Cutting a clause where a word of its language joins two ideas, in languages written with spaces.

"and" and "but" may be words ("escuchar y callar") or the beginning or end of one: Arabic "والاحترام", Hebrew "וכבוד",
Korean "듣고", "좋지만".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.text.joining.words import BY_NAME, BY_WORD, JOINING_WORDS, ONLY_BESIDE, JoiningWords
from analysis.text.normalise import fold_word, words
from analysis.text.spans import Span

MOST_WORDS = 3  # of a thing that is joined to another: "ganas de reír"; one more after a single word
_MOST_READ = 30  # words before a join: more would be read again at each of many joins
_WORD = re.compile(r"\S+")
_MARKS = "\"'.,;:!?()[]\u00ab\u00bb\u201c\u201d\u2018\u2019\u00bf\u00a1"
_ENGLISH = frozenset(words("the and of is my to with your we you for it are they not i'm can be that this have but"))
_FRENCH_BEFORE_Y = ("il", "ils", "n'", "s'", "on", "ça")  # "il y a"
_SOME = frozenset(("de", "du", "des"))  # at the beginning of a clause: "du respect et de la patience"
_DUTCH = re.compile(r"ij|aa|uu|ouw|oe[gnkt]|sch|heid\b|tie\b|ing\b|eerl|lief")
_ATTACHED = re.compile("[\u05d0-\u05ea\u0621-\u064a\uac00-\ud7a3]")

# Arabic words that begin with the letter of "and" and mean something else, without the article.
_ARABIC_WORDS = re.compile(
    r"و(?:الد|سيل|سائل|قت|جب|ظيف|ظائف|اجب|زار|حد|احد|ضع|ضوح|اضح|جود|رق|زن|صول|عي|فاء|لد|لاء|دود|فر|طن|جه|سط|صف|قوف|داع"
    r"|رش|عد|عود|لاد|ثيق|راء|سخ|ضيع|ظف|كال|لاي|ليد|هم|سام|ريد|رد|زير|زراء|عر|قود|صل|صفة|جع|هلة|صي|قائ|قاي)"
)
_ARABIC_CLAUSE = frozenset(("أن", "ان", "عدم", "لا", "لم", "ليس", "كذلك", "هناك", "أيضا", "أيضاً"))
_HEBREW_WORDS = re.compile(r"ו(?:ילון|ריד|רוד|ותיק|תיק|עד|ירוס|ידאו|וטסאפ|רשה|דאי|יכוח)")
_KOREAN_NOUNS = re.compile(
    r".*(?:최고|사고|광고|창고|참고|재고|보고|신고|원고|경고|권고|중고|그리고|말고|라고|다고|냐고|자고|려고|더라고|해고)$"
)
_KOREAN_AUXILIARIES = re.compile(
    r"(?:싶|있|계[시신]|나[서면]|난|말|보[니면]|하는|하[고면]|해서?|생각|느[끼낀]|믿|들었|합니다|한다|요$)"
)
_KOREAN_TOGETHER = re.compile(r".*(?:결과|효과|학과|성과|경과|일과|전과|통과|안과|불과|간과|교과|내과|외과|치과|목과)$")


@dataclass(frozen=True, slots=True)
class _Join:
    """A place where two parts may be joined: the words before ``before`` and those from ``after`` on."""

    before: int
    after: int
    skip: int  # characters at the beginning of the word ``after`` that are "and"
    trim: int  # characters at the end of the word before that are "and"
    kind: str  # "and", "but", "clause" (and is surely a clause), "things" (and is surely one of things)
    family: JoiningWords | None


def split_spaced(text: str, span: Span) -> list[Span]:
    """Return a clause cut where words of other languages than English join two ideas of it; [span] if none do."""
    found = [match.span() for match in _WORD.finditer(text, *span)]
    raw = [text[start:end].strip(_MARKS) for start, end in found]
    folded = [fold_word(word) or word for word in raw]
    joins = [join for join in _joins(folded) if not _is_initial(raw, join.before)]
    if not joins or (text[slice(*span)].isascii() and not _ENGLISH.isdisjoint(folded)):
        return [span]
    cut: list[Span] = []
    first, skip = 0, 0
    for number, join in enumerate(joins):
        stop = joins[number + 1].before if number + 1 < len(joins) else len(raw)
        if first < join.before and join.after < stop and _is_two(folded, raw, first, join, stop):
            cut.append((found[first][0] + skip, found[join.before - 1][1] - join.trim))
            first, skip = join.after, join.skip
    return [*cut, (found[first][0] + skip, span[1])] if cut else [span]


def _is_initial(raw: Sequence[str], at: int) -> bool:
    """Return whether a word is one capital among words that are not in capitals: "E Street"."""
    return at < len(raw) and len(raw[at]) == 1 and raw[at].isupper() and not all(map(str.isupper, raw))


def _joins(folded: Sequence[str]) -> Iterator[_Join]:
    present = frozenset(folded)
    is_dutch = "en" in present and _DUTCH.search(" ".join(folded)) is not None
    for at, word in enumerate(folded):
        if word == "y" and at and folded[at - 1].endswith(_FRENCH_BEFORE_Y):
            continue
        if word in JOINING_WORDS:
            family = BY_WORD[word]
            needed = ONLY_BESIDE.get(word)
            if needed is None or not needed.isdisjoint(present - {word}) or (word == "en" and is_dutch):
                yield _Join(at, at + 1, 0, 0, "but" if word in family.contrasts else "and", family)
        elif at and len(word) >= 2 and _ATTACHED.match(word) and (join := _attached(folded, at)) is not None:
            yield join


def _attached(folded: Sequence[str], at: int) -> _Join | None:
    """Return the join at a word that has "and" in it, or that follows one."""
    word, before = folded[at], folded[at - 1]
    if word[0] == "و":
        rest = word[1:]
        family = BY_NAME["arabic"]
        if rest in _ARABIC_CLAUSE:
            return _Join(at, at, 1, 0, "clause", family)
        if len(rest) >= 3 and not rest.startswith("الله") and not _ARABIC_WORDS.match(word):
            return _Join(at, at, 1, 0, "things" if rest.startswith("ال") else "and", family)
        return None
    if word[0] == "ו":
        if len(word) >= 3 and word not in JOINING_WORDS and not _HEBREW_WORDS.match(word):
            return _Join(at, at, 1, 0, "and", BY_NAME["hebrew"])
        return None
    if before.endswith("지만") and before not in ("하지만", "그렇지만"):
        return _Join(at, at, 0, 0, "but", None)
    if (
        before.endswith("고")
        and len(before) >= 3
        and not _KOREAN_NOUNS.match(before)
        and not _KOREAN_AUXILIARIES.match(word)
    ):
        return _Join(at, at, 0, 0, "clause", None)
    if len(folded) == 2 and len(before) >= 3 and before[-1] in "와과" and not _KOREAN_TOGETHER.match(before):
        return _Join(at, at, 0, 1, "things", None) if _closes(before[-2]) is (before[-1] == "과") else None
    return None


def _closes(syllable: str) -> bool:
    """Return whether a Korean syllable ends with a consonant."""
    return "\uac00" <= syllable <= "\ud7a3" and (ord(syllable) - 0xAC00) % 28 > 0


def _is_two(folded: Sequence[str], raw: Sequence[str], first: int, join: _Join, stop: int) -> bool:
    """Return whether the words from ``first`` to the join and those from it to ``stop`` are two ideas."""
    if raw[join.before - 1].endswith("-"):
        return False  # "in- und auswendig"
    before = folded[max(first, join.before - _MOST_READ) : join.before]
    after = [folded[join.after][join.skip :], *folded[join.after + 1 : stop]]
    family = join.family
    if family is None:
        return _is_two_korean(before, after, join)
    if after[0] in family.dependents or before[0] in family.dependents:
        return False
    if join.kind == "but":
        return len(before) >= 2 and len(after) >= 2
    if f"{before[-1]} {folded[join.before]} {after[0]}" in family.pairs or (
        len(folded) <= 5 and " ".join(folded) in family.pairs
    ):
        return False
    if after[0] in family.pronouns or not family.dependents.isdisjoint(before):
        return False
    if join.kind == "clause":
        return len(before) >= 2 and len(after) >= 2
    if (
        join.skip
        and family.name == "arabic"
        and before[0][:1] == after[0][:1] == "ن"
        and min(len(before), len(after)) > 1
    ):
        return True  # "we talk and we laugh"
    clauses = family.is_clause(before, raw[join.before - 1]), family.is_clause(after, raw[stop - 1])
    if any(clauses):
        return all(clauses) and len(after) >= 2
    return _is_thing_and_thing(before, after, family, join)


def _is_thing_and_thing(before: Sequence[str], after: Sequence[str], family: JoiningWords, join: _Join) -> bool:
    some = before[0] in _SOME
    if (after[0] in family.prepositions and not (some and after[0] in _SOME)) or (
        before[0] in family.prepositions and not some
    ):
        return False
    first = sum(word not in family.determiners for word in before) - (before[0] == "de")
    second = sum(word not in family.determiners for word in after)
    if not (1 <= first <= MOST_WORDS and 1 <= second <= MOST_WORDS + (first == 1)):
        return False
    if family.name in ("arabic", "hebrew") and join.skip and join.kind == "and":
        return first == 1 or (first, second) == (2, 2)
    return not (first > 1 and second == 1)


def _is_two_korean(before: Sequence[str], after: Sequence[str], join: _Join) -> bool:
    if join.kind != "clause":
        return True
    # "밝고 넓은 교실": an adjective of the same thing
    last = after[0][-1]
    return len(before) > 1 or not ("\uac00" <= last <= "\ud7a3" and (ord(last) - 0xAC00) % 28 == 4)


def starts_with_and(word: str) -> bool:
    """Return whether a folded word is Arabic or Hebrew and begins with "and"."""
    if word[:1] == "و":
        return len(word) >= 3 and not _ARABIC_WORDS.match(word)
    return word[:1] == "ו" and len(word) >= 3 and not _HEBREW_WORDS.match(word)
