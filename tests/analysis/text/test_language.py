"""Answers in other languages are noticed, English ones are not."""

import pytest

from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.text.language import is_non_english
from tests.support.toy_model import ToyModel


@pytest.mark.parametrize(
    "answer",
    [
        "La paciencia, y escuchar siempre con el corazón",
        "Il faut toujours se parler, et ne pas avoir peur",
        "Man muss sich immer die Wahrheit sagen, auch wenn es weh tut",
        "Saber ouvir, e não ter medo de uma briga",
        "お互いに正直でいること",
        "Терпение и любовь",
        "الصبر",
    ],
)
def test_another_language_is_noticed(answer: str) -> None:
    assert is_non_english(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Listening",
        "We never go to bed angry, and we laugh a lot",
        "Con artists need not apply",
        "Date night. Every Friday. Pizza, die Hard, sofa",
        "Café au lait in bed",
        "❤️❤️❤️",
        "",
    ],
)
def test_english_is_not(answer: str) -> None:
    assert not is_non_english(answer)


def test_an_analysis_says_how_many() -> None:
    answers = ["Honesty", "La paciencia, y escuchar siempre con el corazón", "Терпение и любовь", "Trust", "特になし"]
    settings = analyse(answers, codebook=Codebook.empty(), embedder=ToyModel(), re_runs=0).settings
    assert (settings["other_languages"], settings["unreadable_answers"]) == (1, 1)
