"""Recognition of texts that answer nothing: placeholders, "idk", random typing, spam."""

import re
from functools import lru_cache

from analysis.text.normalise import fold, has_words
from analysis.text.personal_data import (
    HANDLE,
    PERSONAL_DATA_HINT,
    PHONE,
    URL,
    personal_data_spans,
)
from analysis.text.placeholders import (
    LONGEST,
    NOTHING_SAID,
    PLACEHOLDER_STARTS,
    PLACEHOLDERS,
    THANKS,
    comparable,
    is_placeholder,
)
from analysis.text.word_lists import FILLERS, NONANSWERS

_LAUGHTER = re.compile(r"^(?:(?:ha|he|hi|ja|je|ah|lo|xa|ka)+h?|l+o+l+|h+m+|u+h+m*|e+r+m*|w{3,}|5{3,})$")
_KEYBOARD_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "poiuytrewq", "lkjhgfdsa", "mnbvcxz", "1234567890")
_REPEATED = re.compile(r"^(.{1,4}?)\1{2,}.{0,3}$")
_ASK_SOMEBODY = re.compile(
    r"^(?:(?:not sure|i ?do ?n['o]?t know|idk|dunno|no idea|sorry) )?(?:you(?:'d| should| will have to)? )?"
    r"(?:(?:better|best|just) )?"
    r"(?:don'?t ask me\b.{0,60}|.{0,60}\bdon'?t ask me|ask me (?:again |back )?(?:in|later|next|tomorrow|when)\b.{0,30}"
    r"|ask (?:my|your|the|his|her|our|their|a|any) \w+(?: \w+)?(?: lol)?)$"
)

_ANOTHER_QUESTION = re.compile(  # "see question 3", "wie bei Frage 2"
    r"(?:see|as in|same as|siehe|wie(?: bei| in)?|voir|comme(?: a la)?|ver|vease|igual que(?: en)?|como(?: en| na)?"
    r"|vide|vedi|come(?: alla)?|zie|zoals(?: bij)?|انظر|见|見|同) ?"
    r"(?:q|question|questions|answer|frage|antwort|reponse|pregunta|respuesta|la pregunta|domanda|risposta|pergunta"
    r"|questao|resposta|vraag|antwoord|السؤال|问题|問題|第)\.? ?[0-9]{1,2}(?: above|题|題)?"
)
_OFFER = re.compile(
    r"\b(?:free|click|giveaway|prizes?|win|won|winner|claim|cheap|buy|discount|promo|offer|% off|crypto|bitcoin|forex|"
    r"signals?|profits?|invest(?:ment)?|earn(?:ed)?|followers|whatsapp|telegram|dm me|message (?:her|him|me|us)|loans?|"
    r"casino|spells?|subscribe|check out|sign up|order now|limited time|visit)\b",
    re.I,
)
_CLAUSE_END = re.compile(r"[,;|()\[\]\u2013\u2014:.!\u2026\u3001\u3002\uff0c\uff1b\u060c\n]+|\s[/-]+\s")
_COMMA = re.compile("[,;.!?،؛。、，！？]")
MAX_CONTACT_CHARACTERS = 60
MAX_CONTACT_WORDS: dict[str, int] = {"phone": 3, "e-mail": 2}
_NONANSWER_WORDS = frozenset(word for phrase in NONANSWERS for word in phrase.split()) | {"sorry"}
# Of other languages than English, as words, and written to the end or the beginning of a text without spaces.
_LAUGH = re.compile(
    r"(?:a?(?:ja|je|ji|ha|he|hi){2,}h?|a+h(?:ah)+a?|k{2,}|(?:rs){2,}|(?:hue)+|mdr+|ptdr+|lo+l|lma+o|xd+|5{3,}|w+|(?:ха|хе|ах)+х?|лол"
    r"|χα(?:χα)*|ה?חה?ח[חה]*|[ㅋㅎㅠ\u110f\u1112\u1172]+)"
)
_LAUGHS_AROUND = re.compile(
    "^(?:哈{2,}|呵{2,}|嘿{2,}|あは+|はは+|ふふ+|ه{2,}|خ{3,}|笑+)|(?:哈{2,}|呵{2,}|嘿{2,}|ه{2,}|خ{3,}|笑+|(?<=[\u3041-\u30ff])w{1,9})$"
)
_NOTHING = PLACEHOLDERS | NOTHING_SAID | frozenset(map(comparable, NONANSWERS))
_NOTHING_WORDS = THANKS.union(*map(str.split, _NOTHING))
_NOTHING_STARTS = PLACEHOLDER_STARTS | THANKS.union(text.split()[0] for text in _NOTHING)


@lru_cache(maxsize=4096)
def is_nonanswer(text: str) -> bool:
    """Return whether a text does not answer the question: blank, only emoji, "idk lol", "asdfgh", "ask my wife", spam.

    So are placeholders of tools ("Not provided") and "I don't know" in other languages. "Nothing beats honesty" is an
    answer, and so is a single word in any language.
    """
    folded = fold(text)
    tokens = folded.split()
    if not any(map(str.isalpha, folded)):
        return True
    if len(folded) == 1 and folded.isascii():
        return True
    if len(tokens) <= 14:
        if not any(map(_is_answer_word, tokens)):
            core = [token for token in tokens if not _is_filler(token)]
            without_sorry = " ".join(token for token in core if token != "sorry")
            if not core or without_sorry in NONANSWERS or folded in NONANSWERS:
                return True
        if "ask " in folded and _ASK_SOMEBODY.match(folded):
            return True
        if any(map(str.isdigit, folded)) and _ANOTHER_QUESTION.fullmatch(comparable(folded)):
            return True
    if len(tokens) <= 3 and all(map(_is_random_typing, tokens)):
        return True
    if len(text) <= LONGEST and _may_say_nothing(text, tokens) and (is_placeholder(text) or _says_nothing(text)):
        return True
    if not PERSONAL_DATA_HINT.search(text):
        return False
    return _is_spam(text) or not has_words(URL.sub("", text)) or _is_contact(text)


@lru_cache(maxsize=65536)
def _is_answer_word(token: str) -> bool:
    """Return whether no non-answer contains the word."""
    return token not in _NONANSWER_WORDS and not _is_filler(token)


def _may_say_nothing(text: str, tokens: list[str]) -> bool:
    """Return False for most texts that are no placeholder and say something, by their first word."""
    if not (text.isascii() and text[:1].isalpha()):
        return True
    first = tokens[0]
    return first in _NOTHING_STARTS or first.split("-")[0] in _NOTHING_STARTS or _LAUGH.fullmatch(first) is not None


def _says_nothing(text: str) -> bool:
    """Return whether every clause of a text says that there is no answer: "N/A (keine Angabe)", "No sé, gracias"."""
    some = False
    for clause in map(comparable, _CLAUSE_END.split(text)):
        if clause:
            some = True
            if not _is_nothing(clause):
                return False
    return some


def _is_nothing(clause: str) -> bool:
    """Return whether a clause says nothing, with or without thanks and laughter: "nada, gracias", "sei lá kkk"."""
    if clause in _NOTHING:
        return True
    tokens = clause.split()
    if clause.isascii() and any(token not in _NOTHING_WORDS and not _LAUGH.fullmatch(token) for token in tokens):
        return False  # most clauses
    tokens = [token for token in tokens if not _LAUGH.fullmatch(token)]
    for words in (tokens, [token for token in tokens if token not in THANKS]):
        core = _LAUGHS_AROUND.sub("", " ".join(words)).strip()
        if core != clause and (core in _NOTHING if core else clause != "笑"):
            return True
    return False


def _is_filler(token: str) -> bool:
    return token in FILLERS or _LAUGHTER.match(token) is not None


@lru_cache(maxsize=65536)
def _is_random_typing(token: str) -> bool:
    """Return whether a word is part of a keyboard row, repeats one to four characters, or has no vowel."""
    if len(token) < 4 or not token.isascii():
        return False
    if any(token in row for row in _KEYBOARD_ROWS) or _REPEATED.match(token[:60]):
        return True
    return len(token) >= 5 and token.isalpha() and not set(token) & set("aeiouy")


def _is_contact(text: str) -> bool:
    """Return whether a text is a telephone number or an e-mail address with a few words: "my number is 555 0142"."""
    if len(text) > MAX_CONTACT_CHARACTERS:
        return False
    spans = personal_data_spans(text)
    most = max((MAX_CONTACT_WORDS.get(kind, -1) for _, _, kind in spans), default=-1)
    ends = [0, *(end for _, end, _ in spans)]
    rest = [text[end:start] for end, start in zip(ends, [*(start for start, _, _ in spans), len(text)], strict=True)]
    return sum(map(has_words, " ".join(rest).split())) <= most and not any(map(_COMMA.search, rest))


def _is_spam(text: str) -> bool:
    """Return whether a text has a link or user name and an offer, or a phone number and two offers."""
    offers = {found.casefold() for found in _OFFER.findall(text)}
    if not offers:
        return False
    if URL.search(text) or HANDLE.search(text):
        return True
    return len(offers) >= 2 and PHONE.search(text) is not None
