"""The known themes have a name and a description in every language of the public pages."""

import tomllib

from analysis.known_themes.codebook import FOLDER, Codebook, packaged
from analysis.known_themes.translated import Words, in_language, languages, translated, words_in
from analysis.languages import FIRST
from analysis.text.normalise import fold
from analysis.text.scripts import main_script
from tests.support.every_case import for_each

ENGLISH = Codebook.load("relationships")
OTHERS = sorted({*FIRST} - {"en"})
TRANSLATED = [name for name in packaged() if (FOLDER / name).is_dir()]
ALL = [(codebook, language) for codebook in TRANSLATED for language in OTHERS]
SCRIPTS = {"ar": "Arabic", "zh": "Chinese", "ja": "Japanese"}


@for_each("codebook", TRANSLATED)
def test_there_are_names_in_the_languages_of_the_pages(codebook: str) -> None:
    assert sorted(languages(codebook)) == sorted(FIRST)


@for_each(("codebook", "language"), ALL)
def test_every_theme_has_a_name_and_a_description_of_its_own(codebook: str, language: str) -> None:
    words, original = words_in(language, codebook), words_in("en", codebook)
    assert [*words] == [theme.key for theme in Codebook.load(codebook).themes]
    names = [fold(one.name) for one in words.values()]
    assert len(set(names)) == len(names)
    for key, one in words.items():
        assert 1 <= len(one.name) <= 60, key
        assert 1 <= len(one.description) <= 300, key
        assert one.name == one.name.strip() and one.description == one.description.strip(), key
        assert one.description != original[key].description, key
        assert main_script(one.description) == SCRIPTS.get(language, "Latin"), key


@for_each(("codebook", "language"), ALL)
def test_a_file_has_several_examples_of_each_theme_and_nothing_besides(codebook: str, language: str) -> None:
    found = tomllib.loads((FOLDER / codebook / f"{language}.toml").read_text(encoding="utf-8"))
    assert found.keys() == {"title", "themes"}
    assert all(row.keys() == {"name", "description", "examples"} for row in found["themes"].values())
    examples = [fold(example) for row in found["themes"].values() for example in row["examples"]]
    assert all(len(row["examples"]) >= 8 for row in found["themes"].values())
    assert len(examples) == len({*examples})


def test_a_codebook_in_another_language_places_by_the_same_examples() -> None:
    german = in_language(ENGLISH, "de-AT")
    assert [theme.examples for theme in german.themes] == [theme.examples for theme in ENGLISH.themes]
    assert german.themes[0].name == "Zuhören"
    assert german.title != ENGLISH.title
    assert in_language(ENGLISH, "en") == in_language(ENGLISH, "pl") == ENGLISH
    assert in_language(Codebook.empty(), "de") == Codebook.empty()


def test_words_of_the_codebook_are_translated_and_those_of_others_stay() -> None:
    spanish = words_in("es")["humour"]
    assert translated("humour", words_in("ja")["humour"], "es") == spanish
    assert translated("humour", Words("Banter", words_in("en")["humour"].description), "es") == Words(
        "Banter", spanish.description
    )
    assert translated("humour", Words(spanish.name, "Our own line"), "de") == Words("Zusammen lachen", "Our own line")
    assert translated("of-their-own", Words("Listening", ""), "es") == Words("Listening", "")
