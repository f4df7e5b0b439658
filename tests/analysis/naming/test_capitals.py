"""Names keep the capitals and letters that most people write inside their sentences."""

from analysis.naming.capitals import as_written, written_forms
from analysis.text.normalise import fold, words, written_words
from analysis.words.word_edges import WordEdges
from tests.support.every_case import for_each

TEXTS = {
    "GPs": ["My GPs are great", "More GPs please", "no gps"],
    "WiFi": ["The WiFi is slow", "WiFi in the hall", "wifi please", "Better WiFi"],
    "eBay": ["eBay sellers", "I buy on eBay", "Ebay"],
    "O'Neill": ["We like O'Neill", "O\u2019Neill rocks", "The O\u2019Neill shop"],
    "Düsseldorf": ["Ich wohne in Düsseldorf", "In Düsseldorf", "Düsseldorf"],
    "Größe": ["Die Größe passt", "Andere Größe", "GRÖSSE"],
    "straßenbahn": ["Straßenbahn", "Straßenbahn fehlt"],
    "École": ["Mon École ferme", "Une École neuve"],
    "école": ["École", "L'an prochain, école fermée", "notre école"],
    "IJmuiden": ["IJmuiden", "Naar IJmuiden"],
    "trust": ["Trust", "Trust is all.", "TRUST AND LOVE", "Be kind. Trust them", "“Trust”"],
    "Λάρισα": ["Στη Λάρισα", "Μια Λάρισα"],
    "iOS": ["iOS", "The iOS app", "On iOS"],
    "AC": ["AC", "AC PLEASE"],
    "ac": ["AC", "Ac", "A/C"],
    "tv": ["TV"],
    "km/h": ["30 km/h", "only 30 km/h here"],
}


@for_each("word", sorted(TEXTS))
def test_a_word_is_written_as_most_people_write_it_within_their_texts(word: str) -> None:
    assert written_forms((text, 1) for text in TEXTS[word])[fold(word)] == word


def test_what_more_people_wrote_counts_more() -> None:
    assert written_forms([("our nhs", 3), ("the NHS", 2)])["nhs"] == "nhs"
    assert written_forms([("our nhs", 2), ("the NHS", 3)])["nhs"] == "NHS"


@for_each(
    ("name", "language", "shown"),
    [
        ("more buses", "en", "More buses"),
        ("NHS staff", "en", "NHS staff"),
        ("iPhone app", "en", "iPhone app"),
        ("bäume am Bahnhof", "de", "Bäume am Bahnhof"),
        ("straße", "de", "Straße"),
        ("ijsbaan", "nl", "IJsbaan"),
        ("ijsbaan", "en", "Ijsbaan"),
        ("istanbul", "tr", "İstanbul"),
        ("ısı", "tr", "Isı"),
        ("图书馆", "zh", "图书馆"),
        ("バスは", "ja", "バス"),
        ("図書館が", "ja", "図書館"),
        ("静かにしてほしい", "ja", "静かにしてほしい"),
        ("はは", "ja", "はは"),
        ("ძველი ხიდი", "ka", "ძველი ხიდი"),
    ],
)
def test_the_first_word_begins_with_a_capital_unless_it_has_one_inside(name: str, language: str, shown: str) -> None:
    assert as_written(name, language) == shown


def test_turkish_capitals_of_two_letters_i() -> None:
    forms = written_forms([("Işık az", 1), ("Daha çok ışık", 1), ("İş yok", 1), ("bana iş", 1)], WordEdges("tr", ()))
    assert {"ışık", "iş"} <= set(forms.values())


@for_each(
    "text",
    [
        "Don\u2019t -- ever! 50/50",
        "Die Straße, groß",
        "caf\u00e9 (ＡＢＣ)",
        "Ça va? l'été",
        "a_b c-d \u200b x",
        "ﬁne İstanbul",
    ],
)
def test_words_as_written_are_the_same_words(text: str) -> None:
    assert [fold(word) for word in written_words(text)] == words(text)
