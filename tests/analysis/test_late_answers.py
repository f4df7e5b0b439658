"""Answers that come after a run, in a survey answered in five languages: each joins those of its matter."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from analysis.known_themes.codebook import Codebook
from analysis.new_answers import Themes, place_new_answers
from analysis.pipeline import analyse
from analysis.results import Analysis
from tests.support.encoders import packaged_encoders

pytestmark = pytest.mark.slow
NONE = Codebook("none", ())
PARK = {
    "dogs": (
        "dogs must be kept on a lead",
        "too many dogs running loose",
        "dog dirt everywhere on the grass",
        "make owners clean up after their dogs",
        "Hunde müssen an die Leine",
        "zu viele frei laufende Hunde",
        "überall Hundekot auf der Wiese",
        "Halter sollen hinter ihren Hunden sauber machen",
        "los perros deben ir con correa",
        "demasiados perros sueltos",
        "caca de perro por todo el césped",
        "que los dueños limpien lo de sus perros",
        "les chiens doivent être tenus en laisse",
        "trop de chiens en liberté",
        "des crottes de chien partout sur l'herbe",
        "que les maîtres nettoient derrière leurs chiens",
        "يجب ربط الكلاب بمقود",
        "كلاب كثيرة تجري بلا مقود",
        "فضلات الكلاب في كل مكان على العشب",
        "على أصحاب الكلاب أن ينظفوا وراءها",
    ),
    "lamps": (
        "it is dark there at night, we need lamps",
        "better lighting in the evening",
        "street lights along the paths",
        "I do not dare to walk there in the dark",
        "nachts ist es dort dunkel, wir brauchen Laternen",
        "bessere Beleuchtung am Abend",
        "Laternen entlang der Wege",
        "ich traue mich im Dunkeln nicht hin",
        "de noche está oscuro, hacen falta farolas",
        "mejor iluminación por la tarde",
        "farolas a lo largo de los caminos",
        "no me atrevo a pasar a oscuras",
        "il fait noir la nuit, il faut des lampadaires",
        "un meilleur éclairage le soir",
        "des lampadaires le long des allées",
        "je n'ose pas y marcher dans le noir",
        "المكان مظلم ليلا ونحتاج إلى مصابيح",
        "إضاءة أفضل في المساء",
        "أعمدة إنارة على طول الممرات",
        "لا أجرؤ على المشي هناك في الظلام",
    ),
    "toilets": (
        "a clean public toilet",
        "the toilets are always closed",
        "there is no toilet anywhere",
        "please open the restrooms on weekends",
        "eine saubere öffentliche Toilette",
        "die Toiletten sind immer zu",
        "es gibt nirgends eine Toilette",
        "bitte die Toiletten am Wochenende öffnen",
        "un baño público limpio",
        "los baños siempre están cerrados",
        "no hay ningún baño",
        "abran los baños los fines de semana",
        "des toilettes publiques propres",
        "les toilettes sont toujours fermées",
        "il n'y a de toilettes nulle part",
        "ouvrez les toilettes le week-end",
        "مرحاض عام نظيف",
        "المراحيض مغلقة دائما",
        "لا يوجد مرحاض في أي مكان",
        "افتحوا المراحيض في عطلة نهاية الأسبوع",
    ),
}
LATE = [
    ("en", "dogs", "dogs off the lead frighten me"),
    ("de", "dogs", "Hunde ohne Leine machen mir Angst"),
    ("es", "dogs", "los perros sin correa me dan miedo"),
    ("fr", "dogs", "les chiens sans laisse me font peur"),
    ("ar", "dogs", "الكلاب بلا مقود تخيفني"),
    ("en", "lamps", "more light after sunset"),
    ("de", "lamps", "mehr Licht nach Sonnenuntergang"),
    ("es", "lamps", "más luz cuando se pone el sol"),
    ("fr", "lamps", "plus de lumière après le coucher du soleil"),
    ("ar", "lamps", "إنارة أكثر بعد الغروب"),
    ("en", "toilets", "toilets that work"),
    ("de", "toilets", "Toiletten, die funktionieren"),
    ("es", "toilets", "baños que funcionen"),
    ("fr", "toilets", "des toilettes qui marchent"),
    ("ar", "toilets", "مراحيض تعمل"),
]
"""Of a language and a matter, in words that nobody used before"""


@pytest.fixture(scope="module")
def found() -> Analysis:
    texts = [text for own in PARK.values() for text in own]
    return analyse(texts, codebook=NONE, embedder=packaged_encoders(), re_runs=0)


def matters_of(found: Analysis) -> dict[str, set[str]]:
    """The matters that each theme holds."""
    of_text = {text: matter for matter, own in PARK.items() for text in own}
    texts = [text for own in PARK.values() for text in own]
    held: dict[str, set[str]] = {}
    for each in found.placements:
        held.setdefault(each.theme, set()).add(of_text[texts[found.ideas[each.idea].answer]])
    return held


def test_the_themes_are_of_one_matter_whatever_the_language(found: Analysis) -> None:
    assert set(map(len, matters_of(found).values())) == {1}


@pytest.mark.parametrize(("language", "matter", "text"), LATE)
def test_a_late_answer_joins_its_matter(found: Analysis, language: str, matter: str, text: str) -> None:
    told = found.settings["languages"]
    assert isinstance(told, Mapping)
    themes = Themes(NONE, found.centres, languages=told)
    placed = place_new_answers([text], themes=themes, embedder=packaged_encoders())
    held = matters_of(found)
    assert [held[each.theme] for each in placed.placements] == [{matter}]
    assert placed.languages in ({0: language}, {})


def test_its_language_is_told_by_what_the_others_are_in(found: Analysis) -> None:
    alone, among = (
        place_new_answers(
            ["perros sueltos"], themes=Themes(NONE, found.centres, languages=told), embedder=packaged_encoders()
        )
        for told in ({}, {"es": 40})
    )
    assert (alone.languages, among.languages) == ({}, {0: "es"})
