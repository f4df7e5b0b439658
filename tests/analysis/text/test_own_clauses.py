"""Clauses with a subject and a verb of their own in six languages, and what looks like them and is one idea."""

from analysis.text.joining.own_clauses import own_clauses
from analysis.text.split_ideas import split_ideas
from benchmarks.idea_boundaries import in_english
from tests.support.every_case import for_each

SEVERAL = [
    ("El coro empieza tarde y las sillas están rotas", ["El coro empieza tarde", "las sillas están rotas"]),
    ("O piano está desafinado e ninguém afina nada", ["O piano está desafinado", "ninguém afina nada"]),
    ("pas de pupitre, les chaises sont cassées", ["pas de pupitre", "les chaises sont cassées"]),
    ("Il coro è bravo e i leggii mancano", ["Il coro è bravo", "i leggii mancano"]),
    ("Die Noten fehlen und der Dirigent schimpft oft", ["Die Noten fehlen", "der Dirigent schimpft oft"]),
    ("Het orgel piept en de stoelen zijn hard", ["Het orgel piept", "de stoelen zijn hard"]),
    ("un atril en cada aula y una lámpara", ["un atril en cada aula", "una lámpara"]),
    ("Er is maar één piano en het koor is groot", ["Er is maar één piano", "het koor is groot"]),
    ("ritmo e ascolto reciproci", ["ritmo", "ascolto reciproci"]),
    ("No hay dónde ensayar y el piano está roto", ["No hay dónde ensayar", "el piano está roto"]),
]
WHOLE = [
    *("Cuando el coro ensaya y el piano suena mal", "El piano y el coro están cansados", "Coro y piano nuevos"),
    *("Vinho e pão caseiros", "Uma sala onde se cante e os pais ouçam", "O coro, que canta mal, ensaia pouco"),
    *("Le soir, les salles sont froides", "Je trouve que le chœur est petit et que la salle est grande"),
    *("Un coro con flauti e un organo", "Il coro e il maestro dormono male"),
    *("Leute, die gern singen und keine Noten lesen", "Ich finde, die Lieder sind zu hoch", "Er singt und ich höre zu"),
    *("Der Chor, der hier probt, ist laut", "Probt bitte leiser, wir wohnen nebenan"),
    *("Een koor dat zingt en de buren wakker houdt", "Als het koor zingt en de hond blaft, slaapt niemand"),
]  # fmt: skip


@for_each(("text", "ideas"), SEVERAL)
def test_clauses_and_wishes_are_cut(text: str, ideas: list[str]) -> None:
    assert [text[start:end] for start, end in split_ideas(text)] == ideas


@for_each("text", WHOLE)
def test_what_belongs_together_stays_whole(text: str) -> None:
    assert [text[start:end] for start, end in split_ideas(text)] == [text]


def test_english_is_left_to_its_own_rules() -> None:
    for half in in_english():
        for each in half:
            joints = own_clauses(each.answer, (0, len(each.answer)), [])
            assert joints.parts == [(0, len(each.answer))]
            assert joints.whole == []


def test_nothing_is_cut_inside_an_address() -> None:
    text = "El coro está en a,b@example.org y las sillas están rotas"
    at = text.index("a,b")
    parts = own_clauses(text, (0, len(text)), [(at, at + len("a,b@example.org"))]).parts
    assert [text[start:end] for start, end in parts] == ["El coro está en a,b@example.org", "las sillas están rotas"]
