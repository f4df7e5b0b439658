"""Politeness, exclamations, repetitions and asides of a story are no ideas beside an idea, and ideas alone."""

from analysis.progress import ignore_progress
from analysis.text.asides import MOST_WORDS, without_asides
from analysis.text.parse_answers import parse_answers
from analysis.text.split_ideas import split_ideas
from tests.support.every_case import for_each

BESIDE_AN_IDEA = [
    *("Por favor", "Thank you so much", "Sorry for the rant", "Kind regards", "Hello everyone", "God bless"),
    *("true story", "Need I say more", "Is that too much to ask", "Does the word tune ring a bell", "What a shame"),
    *("Never", "NEVER", "seriously", "just saying", "not holding my breath", "lol where do I start", "that's it folks"),
    *("Her cousin is two years sober", "We've been married 40 years", "I'm 71", "My son was 9", "I moved here in 1994"),
    *("Been here 3 years", "She's a nurse", "We have three kids", "Bought it for my aunt", "I come here every Sunday"),
    *("What is going on", "All of them", "Why", "this is a CHAPEL", "it's a choir people", "yes and thanks"),
]
IDEAS = [
    *("Please the crowd", "Thank your singers", "Sorry is a good word", "Less ranting", "Bless the new hall"),
    *("My piano is 40 years old", "We've been married 40 years because we sing", "I'm 71 and can't climb the stairs"),
    *("She's a bully", "He's late", "Been waiting two years for a stool", "The hall has been shut since 2019"),
    *("Bought songs nobody knows", "I come here for the songs", "What about a second choir", "All about money"),
    *("people", "love", "everything about it", "it's a cold chapel", "Be there"),
]
TOGETHER = [
    ("The hall is shut. SHUT.", ["The hall is shut"]),
    ("It is shut since JUNE. JUNE!", ["It is shut since JUNE"]),
    ("Shut. since June", ["Shut. since June"]),
    ("Rehearsals. Rehearsals rehearsals.", ["Rehearsals"]),
    ("Two stools. 2 stools!", ["Two stools"]),
    ("We sang in the park with a piano all day. Piano", ["We sang in the park with a piano all day", "Piano"]),
    ("Sing together. Every single week", ["Sing together. Every single week"]),
    ("Bring tea. Even if it is cold", ["Bring tea. Even if it is cold"]),
    ("Bring tea. Especially on Sundays, people", ["Bring tea", "Especially on Sundays, people"]),
    ("when everybody has sung... CLAP", ["when everybody has sung... CLAP"]),
    ("When people are late. Noise.", ["When people are late", "Noise"]),
    ("SING. MORE. SONGS.", ["SING. MORE. SONGS"]),
    ("Songs. Tea. Friends.", ["Songs", "Tea", "Friends"]),
    ("Better stools. Kind regards, Ana", ["Better stools"]),
    ("Mehr Lieder. Danke!", ["Mehr Lieder"]),
    ("Thank you!", ["Thank you"]),
    ("Thank you! God bless", ["Thank you", "God bless"]),
    ("new stools//a lamp//no", ["new stools", "a lamp"]),
    ("I don't know, it was loud//no", ["it was loud"]),
]


@for_each("aside", BESIDE_AN_IDEA)
def test_no_idea_beside_an_idea(aside: str) -> None:
    for answer in (f"Louder altos. {aside}.", f"Louder altos\n{aside}"):
        assert [answer[start:end] for start, end in split_ideas(answer)] == ["Louder altos"]


@for_each("idea", IDEAS)
def test_an_idea_stays_one(idea: str) -> None:
    answer = f"Louder altos. {idea}."
    assert [answer[start:end] for start, end in split_ideas(answer)] == ["Louder altos", idea]


@for_each(("answer", "ideas"), TOGETHER)
def test_what_belongs_together(answer: str, ideas: list[str]) -> None:
    assert [answer[start:end] for start, end in split_ideas(answer)] == ideas


def test_an_aside_alone_is_an_idea() -> None:
    assert split_ideas("She's a nurse") == [(0, 13)]


def test_a_long_part_is_no_aside() -> None:
    long = "thanks " * MOST_WORDS + "all"
    text = f"Louder altos. {long}"
    spans = [(0, 12), (14, len(text))]
    assert without_asides(text, spans) == spans


def test_an_aside_is_neither_placed_nor_counted_and_its_answer_is_whole() -> None:
    answer = "Louder altos. She's a nurse. Tea afterwards"
    parsed = parse_answers([answer], ignore_progress)
    assert [idea.text for idea in parsed.ideas] == ["Louder altos", "Tea afterwards"]
    assert parsed.nonanswers == ()
    assert parsed.multi_idea == {0: "louder altos she's a nurse tea afterwards"}
