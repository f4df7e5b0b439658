"""Cutting a clause into ideas in writing without spaces between words: Thai, Lao, Khmer, Burmese, Chinese, Japanese.

In Thai, Lao and Khmer a space may separate clauses, and as well a topic from what is said of it ("ห้องสมุด หนังสือน้อย"). It
separates ideas after a word that ends clauses, before "and" or "but", and between nouns made of verbs, which lists are
made of.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from analysis.text.spans import Span

_SPACES = re.compile(r"[ \u00a0\u200b]+")


@dataclass(frozen=True, slots=True)
class _Writing:
    """Words of a writing that parts between spaces begin or end with.

    ``joins``: "and" or "but", which are none in ``but_not``; ``nouns``: how nouns made of verbs begin; ``ends``: what
    ends clauses; ``dependent``: how a part begins that is no idea by itself; ``goes_on``: how one begins that goes with
    the part before. ``within`` finds where a part is cut at an "and" without spaces.
    """

    joins: tuple[str, ...]
    but_not: tuple[str, ...]
    nouns: tuple[str, ...]
    ends: tuple[str, ...]
    dependent: tuple[str, ...]
    goes_on: tuple[str, ...]
    within: re.Pattern[str]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_THAI_WITHIN = re.compile("(?<=.)และ(?=ความ|การ)")
_LAO_WITHIN = re.compile("(?<=.)ແລະ(?=ຄວາມ|ການ)")
_KHMER_WITHIN = re.compile("(?<=.)(?:និង(?=ការ|ភាព|សេចក្ដី|សេចក្តី)|(?=ប៉ុន្តែ))")
_THAI = _Writing(
    joins=_words("และ แต่ แล้วก็ รวมทั้ง อีกทั้ง รวมถึง นอกจากนี้ หรือ"),
    but_not=_words("แต่ละ แต่ง"),
    nouns=_words("ความ การ"),
    ends=_words("มาก เกินไป ไป ขึ้น หน่อย ด้วย เลย แล้ว กัน ครับ ค่ะ คะ นะ จัง ๆ กว่านี้ ดี เสมอ บ่อย เยอะ"),
    dependent=_words("ถ้า หาก เมื่อ เวลา เพราะ ตอน สำหรับ เนื่องจาก แม้ พอ หลังจาก ก่อน"),
    goes_on=_words(
        "เพราะ เนื่องจาก ถ้า หาก เมื่อ ที่ ซึ่ง ว่า โดย ทำให้ จะ ก็ ครับ ค่ะ คะ นะ มาก ๆ จริง เวลา ตอน จน เพื่อ 0 1 2 3 4 5 6 7 8 9"
    ),
    within=_THAI_WITHIN,
)
_LAO = _Writing(
    joins=_words("ແລະ ແຕ່ ຫຼື ພ້ອມທັງ ລວມທັງ"),
    but_not=_words("ແຕ່ລະ"),
    nouns=_words("ຄວາມ ການ"),
    ends=_words("ຫຼາຍ ຫລາຍ ເກີນໄປ ໂພດ ຂຶ້ນ ແດ່ ນຳ ແລ້ວ ກັນ ເດີ ເນາະ ໄປ ດີ"),
    dependent=_words("ຖ້າ ເມື່ອ ເພາະ ເວລາ ຍ້ອນ ຫາກ"),
    goes_on=_words("ເພາະ ຍ້ອນ ຖ້າ ເມື່ອ ທີ່ ຊຶ່ງ ວ່າ ຈະ ກໍ ຫຼາຍ ເວລາ ເພື່ອ 0 1 2 3 4 5 6 7 8 9"),
    within=_LAO_WITHIN,
)
_KHMER = _Writing(
    joins=_words("និង ហើយ ប៉ុន្តែ តែ ព្រមទាំង ឬ"),
    but_not=_words("តែម"),
    nouns=_words("ការ ភាព សេចក្ដី សេចក្តី"),
    ends=_words("ណាស់ ពេក គ្នា ដែរ ផង ជាងនេះ ជាងមុន ទេ ហើយ ល្អ យូរ"),
    dependent=_words("ប្រសិនបើ បើ ពេល នៅពេល ព្រោះ ដោយសារ ទោះ"),
    goes_on=_words("ព្រោះ ដោយសារ បើ ពេល ដែល ថា ដើម្បី នៅ ក៏ 0 1 2 3 4 5 6 7 8 9"),
    within=_KHMER_WITHIN,
)
_THAI_LETTERS = re.compile("[\u0e01-\u0e5b]")
_LAO_LETTERS = re.compile("[\u0e81-\u0edf]")
_KHMER_LETTERS = re.compile("[\u1780-\u17d3]")
_WRITINGS = ((_THAI_LETTERS, _THAI), (_LAO_LETTERS, _LAO), (_KHMER_LETTERS, _KHMER))
_LONGEST_ITEM = 25  # characters of an item of a list

_BURMESE = re.compile("[\u1000-\u109f]")
_BURMESE_PAIR = re.compile("(?<=မှု)(?:နှင့်|နဲ့)[ \u200b]*(?=[^ ]{1,30}မှု$)")
_BURMESE_BUT = re.compile("(?:^|[ \u200b])(?:ဒါပေမဲ့|ဒါပေမယ့်|သို့သော်)[ \u200b]?|(?<=ပေမယ့်)[ ]|(?<=ပေမဲ့)[ ]")

_HAN = re.compile("[\u3400-\u9fff]")
_KANA = re.compile("[\u3041-\u30ff]")
_WIDE_SPACES = re.compile("[ \u3000]+")
_DOTS = re.compile("[\u30fb\uff65]")
_PARTICLE_END = re.compile("[はがをにでのもとへ的]$")
_CHINESE_PAIR = re.compile(
    "(?!.?[我你他她您咱])([\u4e00-\u9fff]{2,4}?)(?<![温溫柔暖总總附饱飽随隨缓緩])(?:和(?![平谐諧睦气氣解善蔼藹])|与|與|跟|以及)(?![我你他她您咱])[\u4e00-\u9fff]{2,4}"
)
_CHINESE_JOIN = re.compile("(?<=..)(?:但是|而且|并且|並且|可是|同时|同時)(?=..)")
_NOUN = "(?=..)[\u4e00-\u9fff\u30a1-\u30fa\u30fc]{1,6}(?:いやり|しさ|[いりみさしきけえちび])?"
_JAPANESE_PAIR = re.compile(f"({_NOUN})(?:と|や|および|及び){_NOUN}")
_JAPANESE_BUT = re.compile("(?<=[たいすだ])(?:けれども|けれど|けど)(?=[^、]{3})")


def split_unspaced(text: str, span: Span) -> list[Span]:
    """Return a clause in one of these writings cut into its ideas; [span] if it has one."""
    start, end = span
    clause = text[start:end]
    if _HAN.search(clause) or _KANA.search(clause):
        gaps = [*_east_asian(clause)]
    else:
        writing = next((each for letters, each in _WRITINGS if letters.search(clause)), None)
        if writing is not None:
            gaps = [*_by_spaces(clause, writing)]
        elif _BURMESE.search(clause):
            gaps = [found.span() for pattern in (_BURMESE_PAIR, _BURMESE_BUT) for found in pattern.finditer(clause)]
        else:
            return [span]
    edges = [(0, 0), *sorted(gaps), (len(clause), len(clause))]
    return [(start + left[1], start + right[0]) for left, right in pairwise(edges) if left[1] < right[0]]


def _east_asian(clause: str) -> Iterator[Span]:
    """Yield where Chinese or Japanese is cut."""
    yield from _listed(clause)
    if _KANA.search(clause):
        pair = _JAPANESE_PAIR.fullmatch(clause.strip())
        if pair is not None:
            at = clause.index(pair[1]) + len(pair[1])
            joined = clause[at:].removeprefix("および").removeprefix("及び")
            yield at, at + max(1, len(clause) - at - len(joined))
        yield from ((found.end(), found.end()) for found in _JAPANESE_BUT.finditer(clause))
        return
    pair = _CHINESE_PAIR.fullmatch(clause.strip())
    if pair is not None:
        at = clause.index(pair[1]) + len(pair[1])
        yield at, at + (2 if clause.startswith("以及", at) else 1)
    yield from (found.span() for found in _CHINESE_JOIN.finditer(clause))


def _listed(clause: str) -> Iterator[Span]:
    """Yield the spaces or dots between clauses or items, but not those of texts with spaces between all words."""
    for mark, is_item in ((_WIDE_SPACES, _is_clause_between_spaces), (_DOTS, _is_item_between_dots)):
        gaps = [found.span() for found in mark.finditer(clause)]
        edges = [(0, 0), *gaps, (len(clause), len(clause))]
        parts = [clause[left[1] : right[0]] for left, right in pairwise(edges)]
        if gaps and all(is_item(part, len(parts)) for part in parts):
            yield from gaps


def _is_clause_between_spaces(part: str, parts: int) -> bool:
    """Return whether what stands between two spaces is said by itself; two short ones are a topic and what is said."""
    if _PARTICLE_END.search(part) or not (_HAN.search(part) or _KANA.search(part)):
        return False
    return len(part) >= (5 if _KANA.search(part) and parts < 3 else 3)


def _is_item_between_dots(part: str, parts: int) -> bool:
    """Return whether what stands between two dots is an item of a list: names have dots between two in katakana."""
    return len(part) >= 2 and (parts > 2 or _HAN.search(part) is not None)


def _by_spaces(clause: str, writing: _Writing) -> Iterator[Span]:
    """Yield where Thai, Lao or Khmer is cut: the spaces and words that separate ideas."""
    spaces = [found.span() for found in _SPACES.finditer(clause)]
    edges = [(0, 0), *spaces, (len(clause), len(clause))]
    parts = [clause[left[1] : right[0]] for left, right in pairwise(edges)]
    is_list = len(parts) > 1 and all(len(part) <= _LONGEST_ITEM for part in parts)
    nouns = sum(part.startswith(writing.nouns) for part in parts)
    ends = sum(part.endswith(writing.ends) for part in parts) if len(parts) > 2 else 0
    is_list = is_list and 2 * max(nouns, ends) >= len(parts)
    joined_until = 0
    for gap, (before, after) in zip(spaces, pairwise(parts), strict=True):
        if not before or not after or gap[0] < joined_until or before.startswith(writing.dependent):
            continue
        joined = next((word for word in writing.joins if after.startswith(word)), None)
        if joined is not None and not after.startswith(writing.but_not):
            joined_until = gap[1] + len(joined)
            if space := _SPACES.match(clause, joined_until):
                joined_until = space.end()
            yield gap[0], joined_until
        elif not after.startswith(writing.goes_on) and (is_list or before.endswith(writing.ends)):
            yield gap
    yield from (found.span() for found in writing.within.finditer(clause))
