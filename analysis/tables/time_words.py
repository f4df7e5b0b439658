"""Words in dates: months, days of the week, halves of the day, zones; in the languages of the Unicode CLDR.

`time_words.json` holds them; `python -m analysis.tables.time_words` makes it again from the CLDR that Babel carries.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TARGET = Path(__file__).with_suffix(".json")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LANGUAGES = _words(
    """en es de fr it pt nl ja zh ko ru pl cs sk hr sl sr sr_Latn bg uk mk hu ro tr el he ar fa hi bn th vi id ms sv da
    nb fi et lv lt is ga cy ca eu gl sq ka hy az kk uz af sw ta te mr gu ur ne si km lo my mn be bs fil zu"""
)
CUT_MONTHS = frozenset(_words("en de es fr it pt nl pl tr id sv da nb ru uk"))
"""Languages whose months programs cut to three letters, whatever the CLDR has"""
# What else programs write: abbreviations of spreadsheets and of strftime that the CLDR does not have.
MORE_MONTHS = {
    "de": {"mrz": 3, "jän": 1, "jänner": 1, "feber": 2},
    "en": {"sept": 9, "febr": 2},
    "es": {"set": 9, "setiembre": 9, "sep": 9},
    "ar": {"كانون الثاني": 1, "شباط": 2, "آذار": 3, "نيسان": 4, "أيار": 5, "حزيران": 6, "تموز": 7, "آب": 8, "أيلول": 9}
    | {"تشرين الأول": 10, "تشرين الثاني": 11, "كانون الأول": 12, "جانفي": 1, "فيفري": 2, "أفريل": 4, "ماي": 5}
    | {
        "جوان": 6,
        "جويلية": 7,
        "أوت": 8,
        "ماس": 3,
        "ماى": 5,
        "يوليوز": 7,
        "غشت": 8,
        "شتنبر": 9,
        "نونبر": 11,
        "دجنبر": 12,
    },
}
MORE_HALVES = {
    "am": "am|a.m|a|午前|上午|早上|凌晨|清晨|오전|ص|صباحا|صباحًا|vorm|vormittags|vorm|früh|matin|öö|dop|πμ|de|ap|fm|f.m",
    "pm": "pm|p.m|p|午後|下午|晚上|오후|م|مساء|مساءً|nachm|nachmittags|abends|après-midi|ös|odp|μμ|du|ip|em|e.m",
}
NOT_HALVES = frozenset(("to", "tk", "rn", "in", "pd", "md"))
"""Halves of the day in a few languages that are words of dates in more"""
FILLERS = frozenset(
    _words("""
    at um uhr de del d of the den der dem kl klo kello o в г год года году року р à às ás as a la las le les el lo
    il alle ore ora om uur u h hs hrs hr min m s st nd rd th er ª º y e i v ve o' saat lúc ngày tháng năm thứ giờ
    phút giây วันที่ เวลา น ที่ พ.ศ ค.ศ พศ คศ dia dne ob u pukul jam pada tanggal w dnia godz г. р. on и та और को बजे ad ce
    година ч klukkan dag år تاريخ الساعة في يوم ώρα στις
    """)
)
"""Words that may stand in a date and say nothing"""
# Hours ahead of UTC. Where several zones have a name, the one most exports mean; TimeOrder says which was taken.
ZONES: dict[str, float] = {
    **{"z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "ist": 5.5, "cet": 1, "cest": 2, "mez": 1, "mesz": 2},
    **{"met": 1, "mest": 2, "hnec": 1, "haec": 2, "eet": 2, "eest": 3, "oez": 2, "oesz": 3, "msk": 3, "trt": 3},
    **{"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8},
    **{"hst": -10, "ast": -4, "adt": -3, "nst": -3.5, "ndt": -2.5, "brt": -3, "art": -3, "clt": -4, "clst": -3},
    **{"cot": -5, "vet": -4, "uyt": -3, "sast": 2, "cat": 2, "eat": 3, "wat": 1, "jst": 9, "kst": 9},
    **{"hkt": 8, "sgt": 8, "myt": 8, "pht": 8, "wib": 7, "wita": 8, "wit": 9, "ict": 7, "npt": 5.75, "pkt": 5},
    **{"gst": 4, "irst": 3.5, "idt": 3, "aest": 10, "aedt": 11, "acst": 9.5, "acdt": 10.5, "nzst": 12},
    **{"nzdt": 13, "чмск": 3, "мск": 3},
}
SHARED_ZONES = frozenset({"bst", "ist", "cst", "cdt", "ast", "gst", "mst", "pst"})
"""Names that zones elsewhere have as well, such as CST in China"""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of all languages: each month name with the months it means and in which languages."""

    months: dict[str, dict[int, frozenset[str]]]
    days: frozenset[str]
    am: frozenset[str]
    pm: frozenset[str]


@cache
def words() -> Words:
    """Return the words, read once."""
    stored = json.loads(TARGET.read_text(encoding="utf-8"))
    months: dict[str, dict[int, set[str]]] = {}
    for language, names in stored["months"].items():
        for name, month in names.items():
            months.setdefault(name, {}).setdefault(month, set()).add(language)
    known = {name: {month: frozenset(spoken) for month, spoken in found.items()} for name, found in months.items()}
    return Words(known, frozenset(stored["days"]), frozenset(stored["am"]), frozenset(stored["pm"]))


def folded(word: str) -> str:
    """Return a word as the tables have it: in lower case, without dots, blanks and marks of direction."""
    return re.sub(r"[\s.\u200b-\u200f\u2019'\u02bc]+", "", word.lower())


def month_of(word: str, language: str = "") -> int | None:
    """Return the month that a word names, None where none or where languages differ and `language` does not say."""
    found = words().months.get(word)
    if not found:
        return None
    if len(found) == 1:
        return next(iter(found))
    return next((month for month, spoken in found.items() if language in spoken), None)


def language_of(names: Iterable[str]) -> str:
    """Return the language whose months all these words are, where some mean different months elsewhere; else ""."""
    known = [found for name in names if (found := words().months.get(name))]
    if all(len(found) == 1 for found in known):
        return ""
    spoken = [frozenset[str]().union(*found.values()) for found in known]
    shared = frozenset[str].intersection(*spoken)
    return next((language for language in LANGUAGES if language in shared), "")


def from_cldr() -> str:
    """Return what `time_words.json` has to say, by the CLDR that Babel carries."""
    from babel import Locale  # only here: what is stored is enough to read dates

    months: dict[str, dict[str, int]] = {}
    days: set[str] = set()
    halves: dict[str, set[str]] = {half: set(map(folded, more.split("|"))) for half, more in MORE_HALVES.items()}
    for language in LANGUAGES:
        locale = Locale.parse(language)
        exact: dict[str, int] = {}
        beginnings: dict[str, set[int]] = {}
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for month, name in locale.months[context][width].items():
                    if not re.search(r"\d", word := folded(name)) and len(word) > 1:
                        exact.setdefault(word, month)
                        if width == "wide" and len(word) > 3:
                            beginnings.setdefault(word[:3], set()).add(month)
                days.update(map(folded, locale.days[context][width].values()))
        days.update(map(folded, locale.days["format"]["short"].values()))
        exact |= {folded(name): month for name, month in MORE_MONTHS.get(language, {}).items()}
        short = {start: next(iter(found)) for start, found in beginnings.items() if len(found) == 1}
        short = short if language in CUT_MONTHS else {}
        months[language] = {**short, **exact}
        for width in ("wide", "abbreviated"):
            periods = locale.day_periods["format"][width]
            for half in halves:
                if name := periods.get(half):
                    halves[half].add(folded(name))
    both = halves["am"] & halves["pm"] | NOT_HALVES
    made = {
        "months": {language: dict(sorted(found.items())) for language, found in months.items()},
        "days": sorted(days),
        **{half: sorted(found - both) for half, found in halves.items()},
    }
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write time_words.json."""
    TARGET.write_text(from_cldr(), encoding="utf-8")


if __name__ == "__main__":
    main()
