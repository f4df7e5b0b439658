"""Small words that languages write onto others, and those that deny or begin a clause, by language."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CATALAN = re.compile(r"(?i)[ldmtsn]'(?=\w)")
_FRENCH = re.compile(r"(?i)(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=\w)")
_ITALIAN = re.compile(r"(?i)(?:[cdlmnstv]|un|gl|(?:de|da|a|ne|su|co|que|be)ll|quest|com|dov|anch)'(?=\w)")
# "l'école" and "dell'acqua" are two words.
ELIDED = {"ca": _CATALAN, "fr": _FRENCH, "it": _ITALIAN}

# Words written before others, cut off where the rest is a word too.
ARTICLE, BEFORE_ARTICLE = "\u0627\u0644", "\u0644\u0644"  # "لل" is "ل" and what is left of "ال"
PREFIXES = {"ar": (BEFORE_ARTICLE, "\u0648", "\u0641", "\u0628", "\u0643", "\u0644"), "he": ("\u05d5",)}
LEAST_LETTERS = 3  # of the rest

# Words written after others, the longest first.
_JAPANESE = """
については としては によって に対して に関して までには からは からの からも までに までの までは よりも への との での
には では とは にも でも とも だけで だけの だけ など まで から より ばかり しか けど ので のに という といった として
について でした です ました ません ます だった である だと だ ください 下さい ほしいです 欲しいです ほしい 欲しい
と思います と思う は が を に で と も の へ や か ね よ な さん たち
"""
_KOREAN = """
에서는 에서도 에서의 으로는 으로도 에게는 까지는 까지도 부터는 이라도 이라는 이라고 에서 에게 한테 까지 부터 으로 처럼
보다 들이 들은 들을 들의 이나 이랑 은 는 을 를 의 에 이 가 도 와 과 만 로 나 들
"""
ENDINGS = {"ja": tuple(_JAPANESE.split()), "ko": tuple(_KOREAN.split())}
# Those that may be the end of a word itself.
AMBIGUOUS_ENDINGS = {
    "ja": _words("で と も へ や か ね よ な でも とも から まで より だ など では とは しか さん たち けど のに だと"),
    "ko": _words("보다 처럼 이나 은 는 의 에 이 가 도 와 과 만 로 나 들"),
}
NOUN_ENDINGS = frozenset({"도", "들"})  # that many Korean nouns end in

_ENGLISH_NEGATIONS = """
don't dont never not no nobody nothing none nor neither without doesn't doesnt didn't didnt isn't isnt aren't arent
wasn't wasnt weren't can't cant cannot couldn't won't wont wouldn't wouldnt shouldn't shouldnt haven't havent hasn't
hasnt hadn't hardly barely rarely
"""
_NEGATIONS = {
    "ar": "لا ليس ليست ليسوا بدون بلا دون عدم لم لن غير",
    "de": "nicht kein keine keinen keinem keiner keines ohne nie niemals niemand nichts weder",
    "en": _ENGLISH_NEGATIONS,
    "es": "no sin nunca jamás nadie nada ningún ninguna ni",
    "fr": "pas sans jamais ne n aucun aucune ni rien",
    "it": "non senza mai nessun nessuna nessuno niente né",
    "nl": "niet geen zonder nooit niemand niets",
    "pt": "não nao sem nunca jamais nenhum nenhuma ninguém nada nem",
    "ru": "не нет без никогда ни",
    "zh": "不 没 没有 別 别 无 無 沒 沒有 不要 不用 不想 不能 不会 不會 从不",
}
# Negations that may follow what they deny.
_AFTER = {
    "de": "nicht nie niemals kaum",
    "ja": "ない なく なくて ません ず",
    "ko": "않 않다 않아요 않는 안 없다 없어요",
    "nl": "niet nooit nauwelijks",
}
# A negation before one of these is not about what comes after.
_NEW_CLAUSES = {
    "ar": "لكن لأن إذا",
    "de": "aber sondern weil wenn und",
    "en": "but because so if when while and except unless",
    "es": "pero sino porque si y",
    "fr": "mais parce car si et",
    "it": "ma perché se e",
    "nl": "maar want omdat als en",
    "pt": "mas porque se e",
}
# Words by which people speak of themselves.
_ONESELF = {
    "ar": "أنا انا نحن احنا لي عندي",
    "de": "ich mir mich mein meine meinen meinem meiner meins wir uns unser unsere unseren unserem unserer",
    "en": "i im i'm i've ive i'd i'll me my mine myself we we're we've us our ours",
    "es": "yo mi mis mí me nosotros nosotras nos nuestro nuestra nuestros nuestras",
    "fr": "je j moi me mon ma mes nous notre nos",
    "it": "io mi mio mia miei mie noi nostro nostra nostri nostre",
    "ja": "私 僕 俺 うち わたし",
    "nl": "ik mij mijn me m'n wij we ons onze",
    "pt": "eu me mim meu minha meus minhas nós nosso nossa nossos nossas",
    "ru": "я мне меня мой моя мое мои мы нас нам наш наша наши",
    "zh": "我 我们 我的 我們 咱们",
}
# Words that say how much there should be: names begin with them, though they say nothing alone.
_QUANTIFIERS = {
    "de": "mehr weniger",
    "en": "more less fewer too most",
    "es": "más mas menos",
    "fr": "plus moins",
    "it": "più meno",
    "nl": "meer minder",
    "pt": "mais menos",
}
# A phrase before one of these is complete: a new clause or the verb begins. In Japanese and Korean they mark its end.
_ENGLISH_STARTERS = """
and or but is are was were has have had will would can could should when while if because so then before after until
even i we they he she
"""
_CLAUSE_STARTERS = {
    "ar": "و أو ثم لكن هو هي كان كانت يكون لأن إذا عندما",
    "de": "und oder aber ist sind war waren wird werden hat haben kann können sollte muss müssen wenn weil dass",
    "en": _ENGLISH_STARTERS,
    "es": "y e o pero es son está están era fue ha han hay puede debe deben debería cuando si porque que",
    "fr": "et ou mais est sont était a ont peut doit devrait quand si parce car qui",
    "it": "e ed o ma è sono era ha hanno può deve dovrebbe quando se perché che",
    "ja": "は が を に で と も から まで より です でした ます ました だ ので けど",
    "ko": "은 는 이 가 을 를 에 에서 에게 으로 로 도",
    "nl": "en of maar is zijn was waren wordt worden heeft hebben kan kunnen moet moeten als omdat dat die",
    "pt": "e ou mas é são era foi há tem pode deve deveria quando se porque que está estão",
    "th": "และ หรือ แต่ เป็น มี ไม่ ควร มาก",
    "zh": "和 或 但 但是 是 有 太 很 不 没有 应该 會 会 要 也 都",
}


def negations(language: str) -> frozenset[str]:
    """Return the words of a language that deny what follows, folded; none where they are not known."""
    return _words(_NEGATIONS.get(language.partition("-")[0], ""))


def clause_starters(language: str) -> frozenset[str]:
    """Return the words of a language before which a phrase is complete, folded."""
    return _words(_CLAUSE_STARTERS.get(language.partition("-")[0], ""))


def later_negations(language: str) -> frozenset[str]:
    """Return the words of a language that may deny what comes before them, folded."""
    return _words(_AFTER.get(language.partition("-")[0], ""))


def scope_ends(language: str) -> frozenset[str]:
    """Return the words of a language after which a negation before them denies nothing more, folded."""
    return _words(_NEW_CLAUSES.get(language.partition("-")[0], ""))


def quantifiers(language: str) -> frozenset[str]:
    """Return the words of a language that say how much there should be, folded."""
    return _words(_QUANTIFIERS.get(language.partition("-")[0], ""))


def oneself(language: str) -> frozenset[str]:
    """Return the words of a language by which people speak of themselves, folded."""
    return _words(_ONESELF.get(language.partition("-")[0], ""))
