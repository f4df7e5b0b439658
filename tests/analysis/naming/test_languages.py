"""Names in many languages: the phrase that most of a theme's people use, in the letters that they write."""

from collections.abc import Mapping, Sequence

import pytest

from analysis.arrays import FloatArray, unit
from analysis.naming.choose_names import are_similar_names, choose_names
from analysis.naming.clauses import Mention
from analysis.naming.phrases import rank_phrases
from analysis.pipeline import analyse
from analysis.text.normalise import fold
from analysis.words.attached_words import negations, quantifiers
from analysis.words.stop_words import stop_words
from analysis.words.word_edges import WordEdges
from tests.support.every_case import for_each
from tests.support.toy_model import ToyModel, short_codebook

# What should be better in our town? Each theme with its name.
TOWNS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "de": {
        "Bäume": [
            "Mehr Bäume am Marktplatz",
            "Am Marktplatz fehlen Bäume",
            "ein Baum vor jeder Schule",
            "Bäume pflanzen",
            "Schatten durch Bäume",
        ],
        "Busse": [
            "Der Bus kommt zu spät",
            "Busse fahren zu selten",
            "mehr Busse am Abend",
            "Busse am Abend",
            "Die Busse sind voll",
        ],
        "Bibliothek": [
            "Die Bibliothek sollte länger offen sein",
            "längere Öffnungszeiten der Bibliothek",
            "Bibliothek auch am Sonntag",
            "In der Bibliothek ist es zu laut",
        ],
    },
    "es": {
        "Árboles": [
            "Más árboles en la plaza",
            "Faltan árboles",
            "plantar un árbol en cada calle",
            "Los árboles dan sombra",
        ],
        "Autobuses por la noche": [
            "El autobús llega tarde",
            "Más autobuses por la noche",
            "Los autobuses van llenos",
            "autobuses por la noche",
        ],
        "Calidad del agua": [
            "La calidad del agua es mala",
            "mejorar la calidad del agua",
            "calidad del agua",
            "El agua sabe a cloro",
        ],
    },
    "fr": {
        "Arbres": [
            "Planter des arbres devant l'école",
            "plus d'arbres",
            "Il manque des arbres",
            "Un arbre dans chaque rue",
        ],
        "Bus le soir": [
            "Les bus sont en retard",
            "plus de bus le soir",
            "le bus de l'aéroport",
            "bus le soir",
        ],
        "Qualité de l'air": [
            "Améliorer la qualité de l'air",
            "La qualité de l’air est mauvaise",
            "qualité de l'air",
            "L'air est irrespirable",
        ],
    },
    "it": {
        "Alberi": [
            "Più alberi in piazza",
            "Mancano gli alberi",
            "un albero in ogni via",
            "piantare alberi",
        ],
        "Autobus la sera": [
            "Gli autobus sono in ritardo",
            "più autobus la sera",
            "l'autobus non passa mai",
            "autobus la sera",
        ],
        "Qualità dell'acqua": [
            "La qualità dell'acqua è pessima",
            "migliorare la qualità dell'acqua",
            "l'acqua sa di cloro",
            "qualità dell’acqua",
        ],
    },
    "pt": {
        "Árvores": [
            "Mais árvores na praça",
            "Faltam árvores",
            "plantar uma árvore em cada rua",
            "As árvores dão sombra",
        ],
        "Ônibus à noite": [
            "O ônibus chega atrasado",
            "mais ônibus à noite",
            "Os ônibus estão cheios",
            "ônibus à noite",
        ],
        "Qualidade da água": [
            "A qualidade da água é ruim",
            "melhorar a qualidade da água",
            "qualidade da água",
            "A água tem gosto de cloro",
        ],
    },
    "nl": {
        "Bomen": [
            "Meer bomen op het plein",
            "Er zijn te weinig bomen",
            "een boom in elke straat",
            "bomen planten",
        ],
        "IJsbaan": [
            "IJsbaan in de winter",
            "De ijsbaan is te duur",
            "een grotere ijsbaan",
            "IJsbaan",
        ],
        "Bussen": [
            "De bus komt te laat",
            "meer bussen in de avond",
            "bussen zijn vol",
            "de bussen rijden te weinig",
        ],
    },
    "ar": {
        "الأشجار": [
            "نريد مزيدا من الأشجار",
            "زراعة الأشجار في الشوارع",
            "الأشجار قليلة",
            "الأشجار والحدائق",
        ],
        "الحافلات": [
            "الحافلات تتأخر دائما",
            "الحافلة لا تأتي",
            "زيادة عدد الحافلات",
            "الحافلات مزدحمة",
        ],
        "نظافة الشوارع": [
            "نظافة الشوارع",
            "النظافة ضعيفة",
            "تحسين نظافة الشوارع",
            "نظافة الشوارع والحدائق",
        ],
    },
    "zh": {
        "种树": [
            "希望多种一些树",
            "树太少了",
            "广场上应该种树",
            "种树",
        ],
        "公交车班次": [
            "公交车班次太少",
            "晚上的公交车班次太少了",
            "增加公交车班次",
            "公交车总是晚点",
        ],
        "开放时间": [
            "图书馆开放时间太短",
            "延长图书馆的开放时间",
            "图书馆晚上也应该开放",
            "图书馆座位不够",
        ],
    },
    "ja": {
        "木": [
            "もっと木を植えてほしい",
            "広場に木を植えてください",
            "木が少ない",
            "街路樹が足りない",
        ],
        "バスの本数": [
            "バスの本数が少ない",
            "バスの本数を増やしてほしい",
            "夜のバスの本数が足りません",
            "バスが遅れる",
        ],
        "図書館の開館時間": [
            "図書館を遅くまで開けてほしい",
            "図書館は静かでいい",
            "図書館の開館時間が短い",
            "図書館の開館時間を延ばしてください",
        ],
    },
    "ko": {
        "나무": [
            "나무를 더 심어 주세요",
            "나무가 부족해요",
            "광장에 나무를 심자",
            "나무가 적다",
        ],
        "버스 배차 간격": [
            "버스가 늦어요",
            "버스를 늘려 주세요",
            "버스 배차 간격이 길어요",
            "버스 배차 간격",
        ],
        "도서관": [
            "도서관이 일찍 닫아요",
            "도서관 운영 시간을 늘려 주세요",
            "도서관 운영 시간",
            "도서관은 조용해요",
        ],
    },
    "tr": {
        "Ağaç": [
            "İstanbul'da daha çok ağaç",
            "Meydana ağaç dikilsin",
            "ağaçlar az",
            "ağaç dikmek",
        ],
        "Otobüs": [
            "Otobüsler geç geliyor",
            "daha fazla otobüs",
            "otobüs gelmiyor",
            "Otobüsler kalabalık",
        ],
        "Işıklar": [
            "Işık yetersiz",
            "sokak ışıkları",
            "ışıklar yanmıyor",
            "Işıklar bozuk",
        ],
    },
    "he": {
        "עצים": [
            "יותר עצים בכיכר",
            "חסרים עצים",
            "לשתול עצים",
            "העצים נותנים צל",
        ],
        "אוטובוסים": [
            "האוטובוס מאחר",
            "יותר אוטובוסים בערב",
            "אוטובוסים מלאים",
            "אוטובוסים",
        ],
        "ספרייה": [
            "הספרייה נסגרת מוקדם",
            "ספרייה פתוחה בשבת",
            "ספרייה שקטה",
            "ספרייה",
        ],
    },
}


def mentioned(themes: Sequence[Sequence[str]], language: str | None) -> list[list[Mention]]:
    numbers = iter(range(10**6))
    return [[Mention(next(numbers), text, language) for text in theme] for theme in themes]


def named(said: list[list[Mention]], survey: str | None = None) -> list[tuple[str, ...]]:
    return choose_names(said, rank_phrases(said, survey=survey), ())


@for_each("language", sorted(TOWNS))
def test_a_theme_has_the_name_that_most_of_its_people_give_it(language: str) -> None:
    town = TOWNS[language]
    assert [names[0] for names in named(mentioned([*town.values()], language))] == [*town]


@for_each("language", sorted(TOWNS))
def test_no_part_of_an_answer_begins_or_ends_with_a_word_that_says_nothing(language: str) -> None:
    said = mentioned([*TOWNS[language].values()], language)
    edges = WordEdges(language, (mention.text for theme in said for mention in theme))
    whole = {fold(mention.text) for theme in said for mention in theme}
    for name in (name for names in named(said) for name in names if fold(name) not in whole):
        first, *_, last = [*map(edges.fold, edges.cut(name))] * 2
        assert first not in stop_words(language) - negations(language) - quantifiers(language), name
        assert last not in stop_words(language), name


@for_each("language", sorted(TOWNS))
def test_names_are_the_words_of_people_cut_only_between_words(language: str) -> None:
    texts = [text for theme in TOWNS[language].values() for text in theme]
    edges = WordEdges(language, texts)
    whole = [[*map(edges.fold, edges.cut(text))] for text in texts]
    for name in (name for names in named(mentioned([*TOWNS[language].values()], language)) for name in names):
        part = [*map(edges.fold, edges.cut(name))]
        assert any(part == own[at : at + len(part)] for own in whole for at in range(len(own))), name


@for_each(
    ("language", "one", "other"),
    [
        ("ar", "الحافلة متأخرة", "الحافلات متأخرة"),
        ("de", "Baum am Platz", "Bäume am Platz"),
        ("es", "luz en la calle", "luces en las calles"),
        ("fr", "bureau fermé", "bureaux fermés"),
        ("it", "parco pulito", "parchi puliti"),
        ("nl", "bus in de avond", "bussen in de avond"),
        ("pt", "animal na rua", "animais nas ruas"),
    ],
)
def test_singular_and_plural_are_not_two_names(language: str, one: str, other: str) -> None:
    assert are_similar_names(one, other, language)
    said = mentioned([[one, one, one], [other, other, other, other]], language)
    first, second = (names[0] for names in named(said))
    assert not are_similar_names(first, second, language)


GERMAN = TOWNS["de"]["Bibliothek"]
ENGLISH = ["The library closes early", "library hours", "a library on Sundays", "quiet library"]


def both(german: int, english: int) -> list[Mention]:
    texts = [(text, "de") for text in ([*GERMAN] * 9)[:german]] + [(text, "en") for text in (ENGLISH * 9)[:english]]
    return [Mention(number, text, language) for number, (text, language) in enumerate(texts)]


@for_each(
    ("german", "english", "survey", "name"),
    [
        (4, 4, "de", "Bibliothek"),
        (4, 4, "en", "Library"),
        (3, 27, "de", "Bibliothek"),
        (3, 28, "de", "Library"),
        (2, 4, "de", "Bibliothek"),
        (1, 4, "de", "Library"),
        (4, 3, None, "Bibliothek"),
        (3, 4, None, "Library"),
        (4, 3, "fr", "Bibliothek"),
        (4, 3, "de-CH", "Bibliothek"),
    ],
)
def test_a_name_is_in_the_language_of_the_survey_if_enough_people_of_the_theme_write_it(
    german: int, english: int, survey: str | None, name: str
) -> None:
    assert named([both(german, english)], survey)[0][0] == name


def test_a_theme_without_phrases_in_the_language_of_the_survey_is_named_in_another() -> None:
    nothing = [Mention(number, "so ist es eben", "de") for number in range(4)]
    library = [Mention(4 + number, text, "en") for number, text in enumerate(ENGLISH)]
    assert named([[*nothing, *library]], "de")[0][0] == "Library"


def test_a_text_in_no_known_language_is_read_in_that_of_the_survey_or_of_its_script() -> None:
    assert named(mentioned([["die Bäume am Bach", "die Bäume am Bach"]], None), "de")[0][0] == "Bäume am Bach"
    assert named(mentioned([["図書館の開館時間は", "図書館の開館時間が"]], None), "de")[0][0] == "図書館の開館時間"
    kanji = [
        [Mention(0, "図書館の席", "ja"), Mention(1, "席が少ない", "ja"), Mention(2, "開館時間"), Mention(3, "開館時間")]
    ]
    assert rank_phrases(kanji)[0][0].language == "ja"
    assert rank_phrases(mentioned([["开放时间", "开放时间"]], None))[0][0].language == "zh"


def test_words_without_letters_name_a_theme_in_every_language() -> None:
    for language in ("de", "ja", "xx", None):
        assert named(mentioned([["👍👍", "👍👍", "👍👍"]], language))[0][0] == "👍👍"


@for_each("language", ["en", "de", "ja", "zh", "th", "ar", "km"])
def test_a_theme_without_phrases_has_the_beginning_of_an_answer_up_to_a_word(language: str) -> None:
    ending = {"en": "and the and so on ", "de": "und die und so weiter ", "ar": "و في من على "}.get(
        language, "のでのは"
    )
    (names,) = choose_names([[Mention(0, ending * 20, language)]], [[]], ())
    assert names[0].endswith("…")
    assert len(names[0]) <= 60
    if " " in ending:
        assert set(names[0].removesuffix("…").split()) <= set(ending.split())


WLAN = [
    "Das WLAN im Zug ist immer viel zu langsam",
    "Ich wünsche mir endlich schnelles WLAN im Zug",
    "Warum gibt es noch immer kein WLAN im Zug?",
    "Das WLAN im Zug fällt leider ständig aus",
    "The WLAN on board drops all the time",
    "We would like the WLAN on board to be faster",
    "There is never any WLAN on board",
    "I cannot work without the WLAN on board",
    "The WLAN on board should be free for everyone",
]
SEATS = [
    "Die Sitzplätze sind viel zu eng für große Leute",
    "Es gibt am Morgen nie genug freie Sitzplätze",
    "Warum sind die Sitzplätze immer so schmutzig?",
    "Die Sitzplätze könnten etwas bequemer sein",
    "Am Freitag sind alle Sitzplätze schon besetzt",
]


class TwoMatters(ToyModel):
    """Knows that the same matter in two languages is one."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        vectors = super().encode(texts)
        for row, text in enumerate(texts):
            vectors[row] *= 0.2
            vectors[row, "wlan" in text.lower()] += 1
        return unit(vectors)


@pytest.mark.parametrize(
    ("language", "name"), [("de", "WLAN im Zug"), ("en", "WLAN on board"), (None, "WLAN on board")]
)
def test_an_analysis_names_its_themes_in_the_language_of_the_survey(language: str | None, name: str) -> None:
    found = analyse(
        [*WLAN, *SEATS], codebook=short_codebook("none"), embedder=TwoMatters(), re_runs=0, language=language
    )
    assert {theme.people: theme.name for theme in found.themes} == {9: name, 5: "Sitzplätze"}
