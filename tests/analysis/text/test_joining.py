"""Ideas that a word of another language than English joins, and what such a word joins to one idea."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.text.joining.words import BY_NAME, ONLY_BESIDE
from analysis.text.split_ideas import MAX_IDEAS, split_ideas
from benchmarks.idea_boundaries import in_english, in_languages, in_six_languages, measure
from tests.support.every_case import for_each
from tests.support.examples import examples

SEVERAL = [
    ("Cantar y bailar juntos", ["Cantar", "bailar juntos"]),
    ("Cantar mucho y bailar juntos", ["Cantar mucho", "bailar juntos"]),
    ("El pan y la sal", ["El pan", "la sal"]),
    ("PAN Y VINO", ["PAN", "VINO"]),
    ("Pan blanco y barato", ["Pan blanco y barato"]),
    ("Profesor de canto y de piano", ["Profesor de canto y de piano"]),
    ("Mi hermana y yo cantamos", ["Mi hermana y yo cantamos"]),
    ("Ensayar día y noche", ["Ensayar día y noche"]),
    ("El coro canta bien pero el piano está roto", ["El coro canta bien", "el piano está roto"]),
    ("Il y a trop de bruit", ["Il y a trop de bruit"]),
    ("Du pain et du vin", ["Du pain", "du vin"]),
    ("Être plus patient", ["Être plus patient"]),
    ("Il concerto era bello ma il posto era freddo", ["Il concerto era bello", "il posto era freddo"]),
    ("Preciso de mais ensaios no sábado", ["Preciso de mais ensaios no sábado"]),
    ("In- und auswendig lernen", ["In- und auswendig lernen"]),
    ("Noten lesen und Lieder singen", ["Noten lesen", "Lieder singen"]),
    ("Am 3. Mai proben wir", ["Am 3. Mai proben wir"]),
    ("Denk daran, die Noten mitzubringen", ["Denk daran, die Noten mitzubringen"]),
    ("Weniger Lärm en bas", ["Weniger Lärm en bas"]),
    ("Zingen en goede muziek", ["Zingen", "goede muziek"]),
    ("Travail en équipe", ["Travail en équipe"]),
    ("الخبز والملح", ["الخبز", "الملح"]),
    ("تحسين وسيلة النقل", ["تحسين وسيلة النقل"]),
    ("نغني كل يوم ونرقص كل ليلة", ["نغني كل يوم", "نرقص كل ليلة"]),
    ("לחם ומלח", ["לחם", "מלח"]),
    ("נان", ["נان"]),
    ("빵과 소금", ["빵과 소금"]),
    ("노래와 율동", ["노래", "율동"]),
    ("결과 발표", ["결과 발표"]),
    ("노래를 크게 부르고 춤도 춰요", ["노래를 크게 부르고", "춤도 춰요"]),
    ("노래를 배우고 싶어요", ["노래를 배우고 싶어요"]),
    ("गाना गाना है और नाचना है", ["गाना गाना है", "नाचना है"]),
    ("Петь громче и играть тише", ["Петь громче", "играть тише"]),
    ("Хлеб и соль", ["Хлеб", "соль"]),
    ("Να τραγουδάμε και να χορεύουμε πολύ", ["Να τραγουδάμε", "να χορεύουμε πολύ"]),
    ("面包和黄油", ["面包", "黄油"]),
    ("我和老师", ["我和老师"]),
    ("世界和平", ["世界和平"]),
    ("钢琴太旧而且没有椅子", ["钢琴太旧", "没有椅子"]),
    ("多唱歌 少说话 勤练习", ["多唱歌", "少说话", "勤练习"]),
    ("今天 的 天气 很 好", ["今天 的 天气 很 好"]),
    ("音楽と料理", ["音楽", "料理"]),
    ("優しさと笑顔", ["優しさ", "笑顔"]),
    ("歌は楽しかったが、部屋が寒かった", ["歌は楽しかったが", "部屋が寒かった"]),
    ("ピアノが、古い", ["ピアノが、古い"]),
    ("音楽・料理・旅行", ["音楽", "料理", "旅行"]),
    ("ベートーヴェン・ホール", ["ベートーヴェン・ホール"]),
    ("เพลงเพราะมาก แต่ห้องหนาว", ["เพลงเพราะมาก", "ห้องหนาว"]),
    ("เปียโน เก่า", ["เปียโน เก่า"]),
    ("ความรัก ความสุข", ["ความรัก", "ความสุข"]),
    ("ຄວາມຮັກ ແລະ ຄວາມສຸກ", ["ຄວາມຮັກ", "ຄວາມສຸກ"]),
    ("ការច្រៀង និងការរាំ", ["ការច្រៀង", "ការរាំ"]),
    ("အချစ်မှုနှင့် နားလည်မှု", ["အချစ်မှု", "နားလည်မှု"]),
    ("E Street and Y Street", ["E Street", "Y Street"]),
    ("my man Dan and his men", ["my man Dan", "his men"]),
]  # fmt: skip


@for_each(("text", "ideas"), SEVERAL)
def test_splits(text: str, ideas: list[str]) -> None:
    assert [text[start:end] for start, end in split_ideas(text)] == ideas


def test_boundaries_agree_with_the_hand() -> None:
    development, reporting = in_languages()
    answers = [*development, *reporting]
    for language in dict.fromkeys(each.group for each in answers):
        found = measure([each for each in answers if each.group == language])
        assert found.exact > found.answers / 2, language
    found = measure(reporting)
    assert found.both / found.found > 0.9
    assert found.both / found.by_hand > 0.8


def test_messy_english_agrees_with_the_hand() -> None:
    found = measure(in_english()[1])
    assert found.both / found.found > LEAST_PRECISION
    assert found.both / found.by_hand > LEAST_RECALL
    assert found.taken_for_ideas < found.no_ideas / 10
    assert found.lost <= found.ideas / 100


def test_clauses_in_six_languages_agree_with_the_hand() -> None:
    for answers in in_six_languages():
        for language in ("es", "pt", "fr", "it", "de", "nl"):
            found = measure([each for each in answers if each.group == language])
            assert found.both / found.found > 0.9, language
            assert found.both / found.by_hand > 0.9, language
            assert not found.lost


def test_no_word_that_joins_is_an_english_one_unless_others_beside_it_say_which_language() -> None:
    english = set("a an and but men ma dan en as i me he so no more most is at for and or".split())  # noqa: SIM905
    for family in BY_NAME.values():
        assert not (family.joins | family.contrasts) & english - ONLY_BESIDE.keys()
        assert not family.dependents & english


LEAST_PRECISION, LEAST_RECALL = 0.8, 0.8

SCRIPTS = (
    "trust e y und ",
    "الثقة والصبر ", "विश्वास और ", "bharosa aur pyaar ", "el7ob wel i7tiram ", "信任和", "と笑い、", "ความ และ ",
    "ការនិង", "ຄວາມແລະ", "မှုနှင့်", "신뢰와 하고 ", "אמון וכבוד ", "❤️", "👨\u200d👩\u200d👧", "\u200d", "\u200c", "\u202e",
    "\u2066", "\u2069", "e\u0301\u0316", "\u0e31\u0e31", "، ", "؛", "؟", "。", "，", "、", "・", "¿", "¡", "«", "»",
    "「", "」", "\u3000", "\n", "１２", "ﷺ", "İ", "ß", "\U000e0067", "\ufeff", "5 % ", "a@b.cd ",
)  # fmt: skip


@given(st.lists(st.sampled_from(SCRIPTS), max_size=50).map("".join))
@settings(max_examples=examples(400), deadline=None)
def test_any_mix_of_scripts_has_exact_spans(answer: str) -> None:
    last = 0
    spans = split_ideas(answer)
    for start, end in spans:
        assert last <= start < end <= len(answer)
        assert any(map(str.isalnum, answer[start:end]))
        last = end
    assert len(spans) <= MAX_IDEAS


def test_marks_alone_before_an_arabic_and_are_no_words() -> None:
    assert split_ideas("¿ و«ß") == [(4, 5)]


@for_each("script", SCRIPTS)
def test_an_answer_of_one_script_repeated_has_no_more_ideas_than_allowed(script: str) -> None:
    assert len(split_ideas(script * 400)) <= MAX_IDEAS


def test_shuffled_words_of_all_languages_never_fail() -> None:
    words = sorted({word for family in BY_NAME.values() for word in family.joins | family.dependents | family.verbs})
    for seed in range(50):
        random.Random(seed).shuffle(words)
        text = " ".join(words[:60])
        assert all(text[start:end] for start, end in split_ideas(text))
