"""Full stops that end no sentence: of ordinal numbers, "in der 1. Klasse", and of abbreviations, "Bus Nr. 5"."""

import re

from analysis.text.language import guess_languages
from analysis.text.normalise import fold

WINDOW = 24  # characters before and after a full stop that are read
LEAST_LIKELY, SURE = 0.2, 0.7  # of the languages that an ordinal would be in

_CONTINUED = re.compile(r"\b(?:etc|no|hrs?|yrs?)\.$", re.I)  # abbreviations that may also end a sentence
_ABBREVIATION = re.compile(
    r"\b(?:e\.?g|i\.?e|vs|mr|mrs|ms|dr|st|prof|approx|incl|ca|bzw|evtl|ggf|inkl|vgl|sra?|srta|dra|uds?|aprox|mme|mlle|sig|dott|dhr|mevr|bijv|(?<!['\u2019])[a-hj-z]|(?:[a-z]\.)+[a-z])\.$",
    re.I,
)
_BEFORE_NUMBER = re.compile(r"(?:\b(?:nos?|nrs?|núms?|no|n|abs|kap|č|čl|nro|sz)|str)\.$", re.I)
_ORDINAL = re.compile(r"(?:([^\W\d_]+) )?(?<![\w.,:/$\u00a3\u20ac-])(?:\d{1,2}\.)?\d{1,2}\.$")
_FOLLOWING = re.compile(r"\s*([^\W\d_]+)")
_COUNTS_ON = re.compile(r"\s*(?:und|bis|oder|u|og|eller|til|ja|tai|až|nebo|ve|és)\s(?:\S{1,5} )?\d{1,2}\.", re.I)
_COUNTED_FROM = re.compile(r"\d{1,2}\. (?:und|bis|oder) \d{1,2}\.$", re.I)
_MONTH = re.compile(
    r"\s?(?:j[aä]n(?:ner|uary?|uari)?|feb(?:er|ruary?|ruari|raio)?|m[aä]r(?:z|ts|s)?|maart|ma[ij]|mei|apr(?:ile?)?"
    r"|ju[nl][iy]?|aug(?:ust(?:us)?)?|sept?(?:emb(?:er|re))?|o[kc]t(?:ob(?:er|re))?|nov(?:emb(?:er|re))?|dez"
    r"|de[csz]emb(?:er|re)|enero|gen(?:naio)?|\w{2,6}kuu(?:ta|n|ssa)?)\b",
    re.I,
)  # "am 3. Mai"
# How words begin that ordinals stand before, in the languages that write a full stop behind those; "$" ends a word.
_COUNTED = {
    code: re.compile(f"(?:{words})", re.I)
    for codes, words in (
        ("de gsw nds", r"(?:schul|vor|parallel)?klass|(?:schul|lebens|lehr|halb)?jahr|tag(?:e|es|en)?$|stock|stufe|et"
         "age|og$|ug$|(?:ober|unter)?geschoss|wochen?$|monat|mal$|pl[aä]tz|reihe|stunde|semester|geburtstag|generation"
         "|(?:bundes)?liga|weltkrieg|schicht|quartal|halbzeit|hälfte|kapitel|versuch|termin|impfung|advent|bezirk|gang"
         "|person|kind$|hand$|hilfe$|schritt|stelle$|rang$|grad(?:es)?$|teil$"),
        ("da no", r"klasse|trinn?$|sal$|salen|etage|etasje|dag(?:e|en)?$|uge|uke|år|pla(?:ds|ss)|gang|ræk|rad$|semester"
         "|division|person|time"),
        ("fi et", r"luok|kerro|kerr|krs|päiv|viik|vuo[srdtn]|vuon|kert|sija|rivi|osa$|klass|korrus|päev|nädal|aasta"),
        ("cs sk", r"tříd|třed|tried|ročn|patr|patř|podlaž|poschod|den$|dne|dni|deň|míst|miest|týd|týž|stup|semestr|pol"
         "ovin|řad|rad[ua]?$|krát|osob|hodin|rok"),
        ("pl", r"klas|pięt|dzień|dnia|miejsc|rok|tydz|tygod|semestr|rzęd|osob|raz$|godzin"),
        ("hu", r"osztály|emelet|évfolyam|nap|hét|het[ei]|hely|félév|kerület|alkalom|alkalm|sor|szint|év|óra|órá"),
        ("tr az", r"sınıf|kat|gün|hafta|sıra|dönem|ay|yıl|kez|defa|derece|kişi|sinif"),
        ("sl hr sr sh bs", r"razred|kat|nadstrop|dan|mjest|mest|godin|red|sprat|put$|krat|nedelj|tjedn|mesec"),
    )
    for code in codes.split()
}  # fmt: skip
_GERMAN = frozenset(("de", "gsw", "nds"))
_BEFORE_ORDINAL = re.compile(
    r"(?:der|die|das|de[nms]|i[nm]|am|zu[mr]|vom|beim|ins|(?:jede|diese|unsere|eure|meine|ihre)[rsnm]?)", re.I
)
_BEGINS_SENTENCE = frozenset(
    fold(
        """
        ich du er sie es wir ihr man der die das den dem des ein eine einen einem einer mein meine unser unsere
        euer eure kein keine keiner niemand jeder jede alle viele manche da dann danach dort hier jetzt und aber
        oder denn doch deshalb deswegen trotzdem außerdem auch nur sonst leider bitte danke wenn weil ob wie was
        wer wo warum mehr weniger nie immer oft seit bis in im am an auf aus bei beim mit nach von vom vor zu zum
        zur für ohne um so sehr ist sind war hat haben gibt macht lasst schade nicht nichts endlich einfach
        """
    ).split()
)
_GOES_ON = _BEGINS_SENTENCE - frozenset(("ich", "du", "er", "sie", "es", "wir", "ihr", "man"))


def ends_no_sentence(text: str, start: int, end: int) -> bool:
    """Return whether the full stop before ``end`` ends no sentence, of one that began at ``start`` at the earliest."""
    before = text[max(start, end - WINDOW) : end]
    after = text[end : end + WINDOW]
    following = after.lstrip()[:1]
    if _ABBREVIATION.search(before):
        return True
    if following.islower() and _CONTINUED.search(before):
        return True
    if following.isdigit() and _BEFORE_NUMBER.search(before):
        return True
    return before[-2:-1].isdigit() and _is_ordinal(text, before, after)


def _is_ordinal(text: str, before: str, after: str) -> bool:
    """Return whether a number and its full stop are an ordinal, by what is around and the language of the text."""
    found, word = _ORDINAL.search(before), _FOLLOWING.match(after)
    if found is None or word is None:
        return False
    if _MONTH.match(after) or _COUNTS_ON.match(after):
        return True
    guesses = guess_languages(text)
    likely = {code: guesses.get(code, 0.0) for code in _COUNTED}
    if any(each >= LEAST_LIKELY and _COUNTED[code].match(word[1]) for code, each in likely.items()):
        return True
    german = sum(likely[code] for code in _GERMAN)
    if word[1][0].islower() and sum(likely.values()) - german >= SURE:
        return True
    if german < SURE or not (_BEFORE_ORDINAL.fullmatch(found[1] or "") or _COUNTED_FROM.search(before)):
        return False
    return word[1] in _GOES_ON or fold(word[1]) not in _BEGINS_SENTENCE
