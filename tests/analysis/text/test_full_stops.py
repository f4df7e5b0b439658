"""Full stops that end no sentence, and those behind numbers that do."""

import pytest

from analysis.text.split_ideas import split_ideas


@pytest.mark.parametrize(
    ("text", "ideas"),
    [
        ("Im Chor der 3. Klasse fehlen Noten", ["Im Chor der 3. Klasse fehlen Noten"]),
        ("die Noten der 3. fehlen alle", ["die Noten der 3. fehlen alle"]),
        ("nach dem 2. lied war schluss", ["nach dem 2. lied war schluss"]),
        ("Vom 1. bis 3. Takt zu laut", ["Vom 1. bis 3. Takt zu laut"]),
        ("elevene i 3. klasse mangler noter til koret", ["elevene i 3. klasse mangler noter til koret"]),
        ("pianot på 2. etasje er ustemt", ["pianot på 2. etasje er ustemt"]),
        ("Piano on 2. kerroksessa rikki", ["Piano on 2. kerroksessa rikki"]),
        ("piano v 2. patře je rozladěné", ["piano v 2. patře je rozladěné"]),
        ("a 3. osztály kórusa hamis", ["a 3. osztály kórusa hamis"]),
        ("pianino na 2. piętrze jest rozstrojone", ["pianino na 2. piętrze jest rozstrojone"]),
        ("Raum Nr. 4 ist zu kalt", ["Raum Nr. 4 ist zu kalt"]),
        ("song no. 4 was too fast", ["song no. 4 was too fast"]),
        ("Mein Sohn singt seit er 5. ist", ["Mein Sohn singt seit er 5", "ist"]),  # no article before it
        ("Wir waren nur 4. Alle waren heiser", ["Wir waren nur 4", "Alle waren heiser"]),
        ("Ich sitze in der 2. Man sieht nichts", ["Ich sitze in der 2", "Man sieht nichts"]),
        ("Das Konzert bekommt eine 2. Besser geht immer", ["Das Konzert bekommt eine 2", "Besser geht immer"]),
        ("I'd give the choir a 9. The rest was fine", ["I'd give the choir a 9", "The rest was fine"]),
        ("the choir gets a 9. generally good sound", ["the choir gets a 9", "generally good sound"]),
        ("we sang till 11. then it rained", ["we sang till 11", "it rained"]),
        ("vi var kun 4. Salen var tom", ["vi var kun 4", "Salen var tom"]),
        ("éramos 4. Faltaba espacio", ["éramos 4", "Faltaba espacio"]),
        ("only buy 4. Sing louder", ["only buy 4", "Sing louder"]),
        ("I said no. Sing louder", ["I said no", "Sing louder"]),
        ("The choir left (no bus. no taxi) early", ["The choir left (no bus. no taxi) early"]),
        ("The choir left (no bus. Really!) in the rain", ["The choir left (no bus. Really!) in the rain"]),
        ("The choir left early (why?) The hall was cold", ["The choir left early (why?)", "The hall was cold"]),
        ("(Louder basses. Softer altos.)", ["Louder basses", "Softer altos"]),
        ("Louder basses (please. Softer altos", ["Louder basses (please", "Softer altos"]),
        ("make the choir 18+", ["make the choir 18+"]),
        ("songs + tea +", ["songs", "tea"]),
    ],
)
def test_splits(text: str, ideas: list[str]) -> None:
    assert [text[start:end] for start, end in split_ideas(text)] == ideas
