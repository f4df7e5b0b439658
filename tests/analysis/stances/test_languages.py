"""What a text wants and does not want in other languages than English, and who says the opposite there."""

from __future__ import annotations

import pytest

from analysis.stances.cues import Cues, read_cues
from analysis.stances.wishes import wishes
from tests.analysis.stances.test_mark import opposed
from tests.support.every_case import for_each

OTHERS = ("de", "es", "fr", "it", "pt", "nl")


@for_each(
    ("language", "text", "wanted"),
    [
        ("de", "mehr Radwege in der Altstadt", ["+radwege"]),
        ("de", "Bitte keine weiteren Ampeln", ["-ampeln"]),
        ("de", "den Brunnen nicht abschaffen", ["+brunnen"]),
        ("de", "keine Linden fällen", ["+linden"]),
        ("de", "weniger Ampeln, mehr Linden pflanzen", ["-ampeln", "+linden"]),
        ("de", "Laubbläser verbieten!", ["-laubbläser"]),
        ("de", "Der Brunnen soll bleiben", ["+brunnen"]),
        ("de", "Wir brauchen keine neuen Ampeln", ["-neuen ampeln"]),
        ("de", "Es gibt kein Klopapier", []),
        ("de", "Der Brunnen ist kaputt", []),
        ("es", "más carriles bici", ["+carriles bici"]),
        ("es", "por favor, no cierren la piscina", ["+piscina"]),
        ("es", "basta de semáforos", ["-semáforos"]),
        ("es", "hay que plantar más olivos", ["+olivos"]),
        ("es", "las motos deberían prohibirse", ["-motos"]),
        ("es", "No hay papel", []),
        ("fr", "moins de feux rouges", ["-feux rouges"]),
        ("fr", "n\u2019abattez pas les tilleuls", ["+tilleuls"]),
        ("fr", "il faut davantage d\u2019ombre", ["+ombre"]),
        ("fr", "je ne veux plus de scooters", ["-scooters"]),
        ("fr", "il ne faut pas fermer la piscine", ["+piscine"]),
        ("fr", "il n\u2019y a pas de papier", []),
        ("it", "più piste ciclabili", ["+piste ciclabili"]),
        ("it", "non chiudete la piscina", ["+piscina"]),
        ("it", "basta con i semafori", ["-semafori"]),
        ("it", "i motorini andrebbero vietati", ["-motorini"]),
        ("it", "non c\u2019è carta", []),
        ("pt", "mais ciclovias", ["+ciclovias"]),
        ("pt", "não fechem a piscina", ["+piscina"]),
        ("pt", "chega de semáforos", ["-semáforos"]),
        ("pt", "as motas deviam ser proibidas", ["-motas"]),
        ("pt", "não há papel", []),
        ("nl", "meer fietspaden door de stad", ["+fietspaden"]),
        ("nl", "geen bomen kappen", ["+bomen"]),
        ("nl", "het zwembad niet sluiten", ["+zwembad"]),
        ("nl", "stop met die bladblazers", ["-bladblazers"]),
        ("nl", "scooters moeten verboden worden", ["-scooters"]),
        ("nl", "er is geen papier", []),
        ("de", "ein Brunnen am Markt wäre schön", ["+brunnen"]),
        ("de", "schön wäre ein Brunnen", ["+brunnen"]),
        ("de", "bitte nicht so viele Ampeln", ["-ampeln"]),
        ("de", "sag nein", ["-ja sagen"]),
        ("es", "una fuente estaría muy bien", ["+fuente"]),
        ("es", "no pongan tantos semáforos", ["-semáforos"]),
        ("es", "viaja más", ["+viaja"]),
        ("es", "cuesta más", []),
        ("es", "aprender a decir que no", ["-decir que sí"]),
        ("fr", "une fontaine serait bien", ["+fontaine"]),
        ("fr", "ne mettez pas de feux", ["-feux"]),
        ("fr", "voyage un peu plus", ["+voyage"]),
        ("fr", "ça coûte plus", []),
        ("it", "una fontana sarebbe bella", ["+fontana"]),
        ("it", "non mettete altri semafori", ["-semafori"]),
        ("it", "viaggia di più", ["+viaggia"]),
        ("pt", "uma fonte seria ótima", ["+fonte"]),
        ("pt", "não ponham semáforos", ["-semáforos"]),
        ("pt", "viaja menos", ["-viaja"]),
        ("nl", "een fontein zou fijn zijn", ["+fontein"]),
        ("nl", "aub niet nog meer verkeerslichten", ["-verkeerslichten"]),
        ("de", "Es gibt viel zu viele Ampeln", ["-ampeln"]),
        ("de", "zu viele Leute wissen nichts davon", []),
        ("de", "Hört auf, Geld für Ampeln auszugeben", ["-ampeln"]),
        ("de", "bitte nicht alles auf die App umstellen", ["-app"]),
        ("de", "dreht die Musik leiser", ["-musik"]),
        ("de", "ohne Laubbläser bitte", ["-laubbläser"]),
        ("de", "ohne Zweifel", []),
        ("de", "ohne Ampel kommt man nicht hin", []),
        ("de", "Laubbläser nein danke", ["-laubbläser"]),
        ("es", "hay demasiados semáforos", ["-semáforos"]),
        ("es", "demasiada gente", []),
        ("es", "cohetes no", ["-cohetes"]),
        ("es", "yo no", []),
        ("es", "Baños 😂 no, en serio", []),
        ("es", "sin cohetes", ["-cohetes"]),
        ("es", "sin duda", []),
        ("es", "no sin mi perro", []),
        ("es", "sin fuente no hay plaza", []),
        ("es", "no más de dos semáforos", []),
        ("es", "menos cohetes porfavor", ["-cohetes"]),
        ("es", "dejen de gastar dinero en cohetes", ["-cohetes"]),
        ("es", "bajen los precios", []),
        ("es", "no creo que falten semáforos", ["-semáforos"]),
        ("fr", "il y a trop de scooters", ["-scooters"]),
        ("fr", "trop de gens attendent", []),
        ("fr", "pas plus de deux scooters", []),
        ("fr", "sans scooters svp", ["-scooters"]),
        ("fr", "baissez la musique", ["-musique"]),
        ("fr", "arrêtez de gaspiller de l’argent pour les feux", ["-feux"]),
        ("it", "botti no", ["-botti"]),
        ("it", "perché no", []),
        ("it", "senza botti per favore", ["-botti"]),
        ("it", "smettetela di buttare soldi in semafori", ["-semafori"]),
        ("pt", "Não acho que falte estacionamento", ["-estacionamento"]),
        ("pt", "foguetes não", ["-foguetes"]),
        ("pt", "sem foguetes", ["-foguetes"]),
        ("pt", "parem de gastar dinheiro em foguetes", ["-foguetes"]),
        ("nl", "stop met geld uitgeven aan scooters", ["-scooters"]),
        ("nl", "we hebben te veel scooters", ["-scooters"]),
        ("nl", "zet de muziek zachter", ["-muziek"]),
        ("nl", "zonder scooters graag", ["-scooters"]),
    ],
)
def test_what_is_wanted_and_what_is_not(language: str, text: str, wanted: list[str]) -> None:
    assert [("-" if wish.against else "+") + " ".join(wish.matter) for wish in wishes(text, language)] == wanted


def test_each_language_has_cues() -> None:
    assert {"en", *OTHERS} == read_cues().keys()


@pytest.mark.parametrize("change", [{"wanted": None}, {"wishes": "x"}])
def test_a_file_of_cues_with_a_wrong_kind_is_refused(change: dict[str, str | None]) -> None:
    kinds = "wanted unwanted wanted_verbs unwanted_verbs before_verbs not between ends wanted_behind unwanted_behind"
    table = dict.fromkeys(kinds.split(), "x") | change
    with pytest.raises(ValueError, match=r"wish|wanted"):
        Cues({kind: words for kind, words in table.items() if words is not None})


@pytest.mark.parametrize(
    ("theme", "found"),
    [
        (
            ["Wir brauchen mehr Bänke am Ufer", "bitte mehr Bänke an den Wegen", "mehr Bänke im Park wären schön",
             "ich bin gegen noch mehr Bänke hier"],
            {"ich bin gegen noch mehr Bänke hier"},
        ),
        (
            ["necesitamos más bancos en la plaza", "por favor más bancos a la sombra", "hacen falta más bancos aquí",
             "no queremos más bancos en la calle"],
            {"no queremos más bancos en la calle"},
        ),
    ],
    ids=["de", "es"],
)  # fmt: skip
def test_the_few_that_want_the_opposite_are_marked(theme: list[str], found: set[str]) -> None:
    assert opposed(theme) == found
