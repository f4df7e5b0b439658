"""Singular and plural are one word, in each language that the site's pages are in and in some others."""

import sys
from concurrent.futures import ThreadPoolExecutor

from analysis.text.normalise import fold
from analysis.words import singulars as singulars_module
from analysis.words.singulars import singulars, stems
from tests.support.every_case import for_each

ENDINGS = ("al", "alise", "ally", "alisation", "ational", "ed", "ing", "ively", "iveness", "s", "'s", "ments")

PAIRS = {
    "ar": "محطة محطات|حافلة الحافلات|مهندس مهندسين",
    "de": "Baum Bäume|Tür Türen|Platz Plätze|Kind Kinder|Zeugnis Zeugnisse|Ärztin Ärztinnen",
    "en": "library libraries|night nights",
    "es": "luz luces|camión camiones|calle calles|autobus autobús",
    "fr": "hôpital hôpitaux|bureau bureaux|rue rues|feu feux",
    "he": "מסעדה מסעדות|אוטובוס האוטובוס",
    "it": "parco parchi|amica amiche|orario orari|luce luci",
    "ko": "학생 학생들",
    "nl": "boom bomen|huis huizen|bus bussen|winkel winkels|kind kinderen",
    "pt": "estação estações|jornal jornais|jardim jardins|rua ruas",
    "ru": "улица улицы|автобус автобусы",
    "sv": "skola skolor",
    "tr": "ağaç ağaçlar",
}
APART = {
    "de": "Arbeit Arbeiter|Lehre Lehrer|Bahn Bank",
    "en": "bus us|glass class",
    "es": "casa caso|puerto puerta|año ano",
    "fr": "personne personnel|port porte",
    "it": "posto posta|casa caso",
    "nl": "trap trein|boom boot",
    "pt": "conta conto|porto porta",
}


@for_each("language", sorted(PAIRS))
def test_singular_and_plural_are_one_word(language: str) -> None:
    pairs = [tuple(map(fold, pair.split())) for pair in PAIRS[language].split("|")]
    found = singulars({word for pair in pairs for word in pair}, language)
    assert [pair for pair in pairs if found[pair[0]] != found[pair[1]]] == []


@for_each("language", sorted(APART))
def test_other_words_are_not(language: str) -> None:
    pairs = [tuple(map(fold, pair.split())) for pair in APART[language].split("|")]
    found = singulars({word for pair in pairs for word in pair}, language)
    assert [pair for pair in pairs if found[pair[0]] == found[pair[1]]] == []


def test_a_plural_whose_singular_nobody_writes_is_itself() -> None:
    assert singulars({"arboles"}, "es") == {"arboles": "arboles"}
    assert singulars({"parole", "xyz"}, "xx") == {"parole": "parole", "xyz": "xyz"}


def test_threads_find_the_stems_that_one_thread_finds() -> None:
    words = [f"{begin}{end}" for begin in ("nation", "gener", "comfort", "relat") for end in ENDINGS]
    alone = stems(words, "en")
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            for _ in range(60):
                singulars_module._stem.cache_clear()
                found = [*threads.map(stems, [words[at:] + words[:at] for at in range(4)], ["en"] * 4)]
                assert found == [alone] * 4
    finally:
        sys.setswitchinterval(usual)
