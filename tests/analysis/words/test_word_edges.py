"""Word edges where no spaces show them, and small words that are written onto others."""

from collections.abc import Sequence
from itertools import pairwise

from analysis.words.stop_words import stop_words
from analysis.words.word_edges import JOINER, WordEdges, join
from tests.support.every_case import for_each


def cut(language: str, text: str, others: Sequence[str] = ()) -> str:
    edges = WordEdges(language, (text, *others))
    return "|".join(word.removeprefix(JOINER) for clause in edges.clauses(text) for word in edges.cut(clause))


@for_each(
    ("language", "text", "words"),
    [
        ("zh", "图书馆的空调太冷", "图书馆|的|空调|太冷"),
        ("zh", "餐厅，价格合理", "餐厅|价格合理"),
        ("ja", "図書館は静かでいい", "図書館|は|静かで|いい"),
        ("ja", "バスの本数を増やしてください", "バス|の|本数|を|増やして|ください"),
        ("ja", "Wi-Fiが遅い。席も少ない", "Wi-Fi|が|遅い|席|も|少ない"),
        ("th", "พนักงานบริการดีมาก", "พนักงาน|บริการ|ดี|มาก"),
        ("fr", "la qualité de l’air qu'on respire", "la|qualité|de|l'|air|qu'|on|respire"),
        ("fr", "aujourd'hui, rien", "aujourd'hui|rien"),
        ("it", "L'acqua dell'acquedotto", "L'|acqua|dell'|acquedotto"),
        ("en", "the bus driver's seat", "the|bus|driver's|seat"),
        ("en", "£8.50 a cup, at 14:30. 2 or 3, 1,000 of them", "8.50|a|cup|at|14:30|2|or|3|1,000|of|them"),
        ("de", "nur bis 14:30, ab 3,5 Jahren", "nur|bis|14:30|ab|3,5|Jahren"),
        ("en", "make it 18+, v2.0 or 1+1", "make|it|18+|v2.0|or|1+1"),
        ("zh", "8:30开门", "8:30|开门"),
        ("km", "ឡានក្រុង យឺត", "ឡានក្រុង|យឺត"),
    ],
)
def test_a_text_is_cut_into_its_words(language: str, text: str, words: str) -> None:
    assert cut(language, text) == words


@for_each(
    ("language", "text", "others", "words"),
    [
        ("ar", "النظافة والهدوء", ["الهدوء"], "النظافة|و|الهدوء"),
        ("ar", "والدي", ["الهدوء"], "والدي"),
        ("ar", "للحافلات", ["الحافلات"], "لل|حافلات"),
        ("he", "שקט ונקי", ["נקי"], "שקט|ו|נקי"),
        ("ko", "도서관이 좁아요", ["도서관을 넓혀요"], "도서관|이|좁아요"),
        ("ko", "고양이가 왔다", ["고양이"], "고양이|가|왔다"),
        ("ko", "만족도", ["만족"], "만족도"),
        ("ja", "こどもと遊ぶ", ["こどもが走る"], "こども|と|遊ぶ"),
        ("ja", "もっと安く", ["もっ"], "もっと|安く"),
    ],
)
def test_what_else_is_written_tells_a_small_word_from_a_part_of_a_word(
    language: str, text: str, others: list[str], words: str
) -> None:
    assert cut(language, text, others) == words


@for_each(
    ("language", "text"),
    [("zh", "晚上的班次"), ("fr", "qualité de l'air"), ("ar", "النظافة والهدوء"), ("th", "รถเมล์ช้า")],
)
def test_words_are_joined_as_they_were_written(language: str, text: str) -> None:
    edges = WordEdges(language, (text, "الهدوء"))
    assert join(edges.cut(text)) == text


def test_a_clause_goes_on_behind_a_short_form_before_a_number() -> None:
    edges = WordEdges("en", ())
    assert edges.clauses("the lady at no. 9 waits. Nobody comes") == ["the lady at no. 9 waits", " Nobody comes"]
    assert edges.clauses("in Haus Nr.7, nachts") == ["in Haus Nr.7", " nachts"]
    assert edges.clauses("closed at 9. then dark") == ["closed at 9", " then dark"]


def test_a_long_text_ends_after_a_word() -> None:
    assert WordEdges("en", ()).last_edge("more buses in the evening", 12) == len("more buses ")
    text = "図書館を夜遅くまで開けてほしい"
    assert text[: WordEdges("ja", ()).last_edge(text, 7)] == "図書館を"
    assert WordEdges("en", ()).last_edge("a" * 50, 12) == 12


@for_each(
    ("language", "text"),
    [
        ("fr", "l'école d'été qu'il c'est j'ai n'a s'il t'es m'a lorsqu'on puisqu'on quoiqu'on jusqu'ici"),
        (
            "it",
            "l'acqua d'oro c'è un'ora dell'io all'io dall'io nell'io sull'io quell'ora quest'ora com'è dov'è anch'io",
        ),
        ("ca", "l'aigua d'or m'he n'hi s'ha t'he"),
        ("ar", "والماء فالماء بالماء كالماء للماء"),
    ],
)
def test_small_words_that_are_written_onto_others_say_nothing_alone(language: str, text: str) -> None:
    edges = WordEdges(language, (text, "الماء"))
    words = edges.cut(text)
    before_others = [one for one, other in pairwise(words) if other.startswith(JOINER)]
    assert len(before_others) == len(text.split())
    assert {*map(edges.fold, before_others)} <= stop_words(language)
