"""Which scripts a model reads, measured: whether it knows a script's words for what it knows in English.

A model without a script's letters gives every text in it nearly the same vector, and one theme of everybody comes of
it. all-MiniLM-L6-v2 knows the letters of some scripts and no words: there, themes by its vectors agree less with
coders than themes by shared letters (docs/decisions.md). So each script is tried with a few words that every language
has, once per model, when answers are written in it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from analysis.arrays import unit
from analysis.embedding.models import Embedder
from analysis.encoders.encoder import unstored
from analysis.text.normalise import fold
from analysis.text.parse_answers import ParsedAnswers
from analysis.text.scripts import LATIN, main_script

LEAST_KNOWN = 0.6  # of the words: all-MiniLM-L6-v2 knows up to a third, a model that reads the script nine in ten

# An underscore stands for a space.
WORDS = {
    LATIN: "water mother dog house school money book doctor music rain war bread",
    "Ethiopic": "ውሃ እናት ውሻ ቤት ትምህርት_ቤት ገንዘብ መጽሐፍ ሐኪም ሙዚቃ ዝናብ ጦርነት ዳቦ",
    "Arabic": "ماء أم كلب منزل مدرسة مال كتاب طبيب موسيقى مطر حرب خبز",
    "Armenian": "ջուր մայր շուն տուն դպրոց փող գիրք բժիշկ երաժշտություն անձրև պատերազմ հաց",
    "Bengali": "জল মা কুকুর বাড়ি স্কুল টাকা বই ডাক্তার সঙ্গীত বৃষ্টি যুদ্ধ রুটি",
    "Chinese": "水 母亲 狗 房子 学校 钱 书 医生 音乐 雨 战争 面包",
    "Cyrillic": "вода мать собака дом школа деньги книга врач музыка дождь война хлеб",
    "Devanagari": "पानी माँ कुत्ता घर विद्यालय पैसा किताब डॉक्टर संगीत बारिश युद्ध रोटी",
    "Georgian": "წყალი დედა ძაღლი სახლი სკოლა ფული წიგნი ექიმი მუსიკა წვიმა ომი პური",
    "Greek": "νερό μητέρα σκύλος σπίτι σχολείο χρήματα βιβλίο γιατρός μουσική βροχή πόλεμος ψωμί",
    "Gujarati": "પાણી માતા કૂતરો ઘર શાળા પૈસા પુસ્તક ડૉક્ટર સંગીત વરસાદ યુદ્ધ રોટલી",
    "Gurmukhi": "ਪਾਣੀ ਮਾਂ ਕੁੱਤਾ ਘਰ ਸਕੂਲ ਪੈਸਾ ਕਿਤਾਬ ਡਾਕਟਰ ਸੰਗੀਤ ਮੀਂਹ ਜੰਗ ਰੋਟੀ",
    "Hangul": "물 어머니 개 집 학교 돈 책 의사 음악 비 전쟁 빵",
    "Hebrew": "מים אמא כלב בית בית_ספר כסף ספר רופא מוזיקה גשם מלחמה לחם",
    "Japanese": "お水 お母さん ワンちゃん おうち スクール お金 本 ドクター ミュージック 雨降り いくさ パン",
    "Kannada": "ನೀರು ತಾಯಿ ನಾಯಿ ಮನೆ ಶಾಲೆ ಹಣ ಪುಸ್ತಕ ವೈದ್ಯ ಸಂಗೀತ ಮಳೆ ಯುದ್ಧ ರೊಟ್ಟಿ",
    "Khmer": "ទឹក ម្តាយ ឆ្កែ ផ្ទះ សាលារៀន លុយ សៀវភៅ វេជ្ជបណ្ឌិត តន្ត្រី ភ្លៀង សង្គ្រាម នំប៉័ង",
    "Lao": "ນ້ຳ ແມ່ ໝາ ເຮືອນ ໂຮງຮຽນ ເງິນ ປຶ້ມ ທ່ານໝໍ ດົນຕີ ຝົນ ສົງຄາມ ເຂົ້າຈີ່",
    "Malayalam": "വെള്ളം അമ്മ നായ വീട് സ്കൂൾ പണം പുസ്തകം ഡോക്ടർ സംഗീതം മഴ യുദ്ധം അപ്പം",
    "Myanmar": "ရေ အမေ ခွေး အိမ် ကျောင်း ငွေ စာအုပ် ဆရာဝန် ဂီတ မိုး စစ်ပွဲ ပေါင်မုန့်",
    "Sinhala": "ජලය අම්මා බල්ලා ගෙදර පාසල මුදල් පොත වෛද්‍යවරයා සංගීතය වැස්ස යුද්ධය පාන්",
    "Tamil": "தண்ணீர் அம்மா நாய் வீடு பள்ளி பணம் புத்தகம் மருத்துவர் இசை மழை போர் ரொட்டி",
    "Telugu": "నీరు తల్లి కుక్క ఇల్లు పాఠశాల డబ్బు పుస్తకం వైద్యుడు సంగీతం వర్షం యుద్ధం రొట్టె",
    "Thai": "น้ำ แม่ สุนัข บ้าน โรงเรียน เงิน หนังสือ หมอ ดนตรี ฝน สงคราม ขนมปัง",
}
_tried: dict[tuple[str, str], bool] = {}


def unreadable(embedder: Embedder, scripts: Collection[str]) -> frozenset[str]:
    """Return those of the scripts that a model cannot read; a script without words here counts as such.

    Latin is always read: every model of sentences is trained on it. Raises what ``embedder`` raises.
    """
    return frozenset(script for script in scripts if script != LATIN and not _reads(embedder, script))


def without_unread(parsed: ParsedAnswers, embedder: Embedder) -> ParsedAnswers:
    """Return the parsed answers with what the model cannot read marked as such. Raises what ``embedder`` raises."""
    unread = unread_rows(parsed.wordings, embedder)
    return replace(parsed, unread=unread) if unread else parsed


def unread_rows(wordings: Sequence[str], embedder: Embedder) -> frozenset[int]:
    """Return the indexes of the texts in a script that the model cannot read. Raises what ``embedder`` raises."""
    scripts = {row: script for row, text in enumerate(wordings) if (script := main_script(text)) != LATIN}
    unknown = unreadable(embedder, set(scripts.values()))
    return frozenset(row for row, script in scripts.items() if script in unknown)


def _reads(embedder: Embedder, script: str) -> bool:
    if script not in WORDS:
        return False
    key = (embedder.model, script)
    if key not in _tried:
        _tried[key] = share_known(embedder, script) >= LEAST_KNOWN
    return _tried[key]


def share_known(embedder: Embedder, script: str) -> float:
    """Return the share of a script's words, 0-1, whose nearest English word is their own; about 0.08 by chance."""
    words, english = ([fold(word.replace("_", " ")) for word in WORDS[each].split()] for each in (script, LATIN))
    vectors = np.asarray(unstored(embedder).encode([*words, *english]), dtype=np.float64)
    own, known = vectors[: len(words)], vectors[len(words) :]
    cosines = unit(own - own.mean(axis=0)) @ unit(known - known.mean(axis=0)).T
    return float((cosines.argmax(axis=1) == np.arange(len(words))).mean())
