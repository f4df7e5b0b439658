"""Parts of an answer that are no ideas: politeness, exclamations, repetitions, and asides of a story.

They stay in the text of the answer, and are neither placed nor counted as unplaced. English, and polite words of other
languages; every expression matches a whole folded part of at most MOST_WORDS words.
"""

import re
from collections.abc import Sequence

from analysis.text.joining.topic_commas import COURTESY
from analysis.text.normalise import fold, written_words
from analysis.text.spans import Span
from analysis.text.word_lists import IMPERATIVE_VERBS, STOP_WORDS, VOCATIVES

MOST_WORDS = 12
_MOST_REPEATED = 4  # words of a part that says again what was said
_MOST_SMALL = 5  # words without a meaning of their own in a part such as "What is going on?", "All of them"
_MOST_CALLED = 3  # words of a part in capitals that a condition before it waits for: "when you are done, LISTEN"

_PUNCTUATION = re.compile(r"[\s.,!?;:\u2026\"'\u201d\u2019)]*")

# Before or after what is said politely.
_SOFT_BEFORE = frozenset("and but so ok okay oh well anyway lol haha btw ps yes yeah no man ugh just".split())
_SOFT_AFTER = frozenset("lol haha though tho ok okay".split())
_PERSON = (
    r"(?:i|we|he|she|both(?: of us)?|(?:(?:my|our|his|her|their) )?(?:old |young|eld)?(?:er |est |er)?(?:husband|wife|hubby|partner"
    r"|mum|mom|mother|dad|father|son|daughter|brother|sister|nan|gran|granny|grandma|grandad|granddad|grandpa|kids?"
    r"|child|children|boys?|girls?|parents|uncle|aunt|cousin|friend|family|girlfriend|boyfriend|twins)(?: in law)?)"
)
_IS = r"(?:'s|'m|'re| am| is| are| was| were|m|s)"
_NUMBER = (
    r"(?:\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty"
    r"|a|many|several)(?: (?:five|six|seven|eight|odd|plus|and a half))?"
)
_UNIT = r"(?:years?|yrs?|months?|weeks?|decades?)"
_ABOUT = r"(?:only |just |now |over |about |almost |nearly |more than |around |for |since )*"
_STATE = (
    r"(?:(?:happily )?married|together|sober|clean|retired|single|divorced|widowed|engaged|pregnant|in recovery|old"
    r"|here|living here|working here|coming here|with (?:him|her|them|it|you|my \w+|the \w+)|friends|best friends"
    r"|(?:a|an) (?:nurse|teacher|doctor|driver|plumber|carer|member|customer|user|resident|reader|volunteer|student))"
)
_WORK = r"(?:nurse|teacher|chef|cook|plumber|doctor|driver|student|pensioner|widow|widower|veteran|engineer|librarian" \
    r"|carer|single (?:mum|mom|dad|parent)|(?:grand)?(?:mother|father|parent)s?|retired|keeper|regular|local)"  # fmt: skip
_TIME = rf"(?:(?:for |since |these )?{_ABOUT}{_NUMBER} {_UNIT}|(?:since|in) (?:19|20)\d\d|all (?:my|our|his|her) li(?:fe|ves))"

_POLITE = re.compile(
    r"(?:(?:first of all |many |big |huge |a big )?(?:thanks|thank you|thankyou|thx|cheers)"
    r"(?: (?:so much|very much|a lot|lots|a million|again|in advance|everyone|everybody|all|you|guys"
    r"|for (?:asking|reading|listening|your time|the survey|this survey|everything|nothing)))*"
    r"|(?:kind|best|warm|kindest) (?:regards|wishes)|yours (?:truly|sincerely|faithfully)|sincerely"
    r"|dear (?:sir|madam|sir or madam|all|team|sirs)|(?:hi|hello|hey|good (?:morning|evening|afternoon|day))"
    r"(?: (?:there|all|everyone|team|folks|again|\w+ if you(?:'re| are) reading this))?|(?:big )?shout ?out to \w+(?: \w+)?"
    r"|sorry(?: (?:not sorry|to say|for (?:the|my|this)(?: long)? ?(?:rant|essay|novel|spelling|typos|english|length|message|answer)?"
    r"|about (?:the|my) \w+))?|(?:excuse|pardon) my \w+|(?:end (?:of )?)?rant(?: over)?"
    r"|god bless(?: \w+){0,3}|bless (?:her|him|them|you)(?: \w+)?|good luck(?: with that| everyone| to you)?"
    r"|hope (?:this|that|it) (?:helps|makes sense)|(?:pretty )?please(?: please)*|i beg you"
    r"|sent from my \w+(?: \w+)?|just (?:saying|sayin|kidding|joking|a thought|an idea|a suggestion|my opinion)(?: not kidding)?"
    r"|(?:just )?my (?:honest |personal |humble )?(?:opinion|2 cents|two cents|2p|view)|imo|imho|true story|no joke"
    r"|(?:i'm |im )(?:serious|not joking|not kidding)|not (?:joking|kidding)|for real|come on|omg|oh my god|wow|ugh+|argh+|duh|yay|boo|phew"
    r"|for (?:goodness|heaven'?s|god'?s|pete'?s) sake|(?:yeah|yea) right(?: dream on)?|dream on|as if|big surprise"
    r"|(?:that'?s|this is) (?:it|all|that|the answer|all folks|about it|my answer|just me|what i think|my opinion|the truth"
    r"|all i (?:can think of|have|got|want|ask|need))(?: folks)?"
    r"|you know (?:who you are|what i mean|the drill|the rest|why)|need i say more|nuff said|enough said|say no more"
    r"|what (?:more |else )?can (?:i|you) say(?: really)?|where (?:do|should|to|can) i (?:start|begin)|go figure"
    r"|(?:just )?think about it|(?:is|isn't) (?:it|that|this) (?:really )?(?:too much|a lot|so much|asking too much)(?: to ask)?(?: for)?"
    r"|(?:is it|it's not|how) (?:really )?(?:that |so |too )?(?:hard|difficult)(?: is it| can it be)?"
    r"|did i (?:mention|say)\b.{0,40}|(?:as|like) i (?:said|say|mentioned)|i (?:could|can) go on(?: and on)?"
    r"|you get (?:the|my) (?:idea|point|picture|drift|gist)|while (?:i'm|im|we're|you're) (?:at it|here|on the subject)"
    r"|do ?n'?t get me wrong|no offen[cs]e|not being funny|not (?:gonna|going to) lie|ngl|to be (?:honest|fair|frank)"
    r"|i must (?:say|admit)|story time|let me (?:explain|tell you(?: a story)?)|long story(?: short)?|here (?:goes|we go)"
    r"|not holding my breath|fingers crossed|(?:(?:do|does|did) )?(?:\w+ ){0,4}rings? (?:a|any) bells?|sound familiar"
    r"|more later|anything else|to be continued|etc(?: etc)*|and so (?:on|forth)"
    r"|i do ?n'?t (?:usually|normally|often|generally) (?:write|do|leave|give|fill in|post)(?: \w+){0,2}"
    r"|(?:i've |ive |we've )?been (?:saying|asking(?: for)?|telling (?:them|you)) (?:it|this|that)?(?: for)?(?: (?:years|ages|months))"
    r"|(?:i'm |im |we're )?(?:so |just |really )?(?:tired of|sick of|done with|fed up with) (?:this|it|all this|all of it)"
    r"|enough(?: is enough)?|what a (?:joke|shame|disgrace|mess|pity))"
)
_EMPHASIS = frozenset(
    "again ever always never please seriously really obviously honestly literally everywhere forever period exactly"
    " absolutely definitely totally clearly sadly thanks yes no ok lol"
    .split()
)  # fmt: skip
_STORY = re.compile(
    rf"(?:{_PERSON}(?:{_IS}|'ve| have| has|'s)?|been|now|still)?(?: both)?(?: been)? ?{_ABOUT}(?:"
    rf"{_NUMBER} {_UNIT} (?:old|{_STATE})|{_STATE}(?: \w+)? ?{_TIME}|(?:been )?(?:here|married|together) ?{_TIME}(?: in the \w+)?)(?: now| today)?"
    rf"|{_PERSON}{_IS} {_ABOUT}\d{{1,3}}(?: (?:now|today|years? (?:old|young)|yrs old|so (?:idk|i do ?n'?t know)(?: much)?|and \w+(?: \w+)?))?"
    rf"|(?:{_PERSON}(?:'ve|'s| have| has)? )?(?:been )?(?:lived?|living|worked?|working|managed|lasted|belonged|coming|come|known each other)(?: (?:here|there|in \w+|at \w+|as an? \w+))? ?{_TIME}"
    rf"|{_PERSON}(?:'ve| have| has|'s) been (?:an? \w+|here|married|together|with \w+) ?{_TIME}"
    rf"|{_PERSON}(?: first)? (?:met|married|got married|moved|moved in|started|joined|retired)(?: \w+){{0,6}} in (?:19|20)\d\d"
    rf"|{_PERSON}{_IS}(?: both| all)?(?: an?| the)?(?: \w+)? {_WORK}|{_PERSON}{_IS}(?: both| all)? {_WORK}"
    rf"|{_PERSON} (?:fought|served) in (?:\w+ ?){{1,4}}"
    rf"|(?:{_PERSON} )?(?:bought|got|ordered|purchased)(?: me| us)? (?:it|this|these|them|one|mine)(?: as an? \w+)?"
    r" (?:for (?:my|our|his|her|christmas|xmas|mother'?s day|father'?s day)(?: \w+'?s?){0,3}|last \w+|from \w+)"
    r"|(?:i|we) (?:come|go|visit|am|are)(?: here| there)? (?:every|each|twice|once|three times) (?:\w+ ?){1,7}"
    r"|(?:i|we) (?:take|bring) my \w+(?: here| there)? (?:every|each|twice|once) (?:\w+ ?){1,4}"
    r"|(?:i've|ive|i have|we have|we've|i got|ive got|i've got)(?: got)? (?:\w+ )?(?:kids|children|sons|daughters|boys|girls|grandchildren|cats|dogs)(?: and (?:a|one|two) \w+)?"
)
_STORY_STARTS = frozenset(
    "i im ive we weve he hes she shes both my our his her old younger youngest older oldest elder eldest husband wife"
    " hubby partner mum mom mother dad father son daughter brother sister nan gran granny grandma grandad granddad"
    " grandpa kid kids child children boy boys girl girls parents uncle aunt cousin friend family girlfriend boyfriend"
    " twins been now still only just over about almost nearly more around for since a many several happily married"
    " together sober clean retired single divorced widowed engaged pregnant in here living lived work worked working"
    " coming come with friends best an managed lasted belonged known bought got ordered purchased one two three four five"
    " six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty".split()
) | frozenset(map(str, range(100)))  # fmt: skip
_RESTATED = re.compile(r"(?:it'?s|this is|that'?s|we'?re in) (?:a|an|the) (\w+)(?: (\w+))?")
_SMALL_STARTS = frozenset("why what where who is are all both each every any some most".split())
_MONTHS = frozenset(
    "january february march april may june july august september october november december monday tuesday wednesday"
    " thursday friday saturday sunday today yesterday tonight tomorrow".split()
)  # fmt: skip
_WHEN = re.compile(
    r"(?:since|until|till|by|before|after) (?:last |this |next )?(\w+)"
    r"|(?:every|each|all)(?: single| damn| bloody)? (?:time|day|week|month|year|morning|night|summer|winter)"
)
_ELABORATES = re.compile(r"(?:even (?:if|when|though)|especially|except|such as|as long as|so that)\b[^,]*")
_CONDITION = re.compile(r"(?:when|if|once|whenever|after|before|until|unless|while)\b(?: \S+){2,}")
_DIGITS = dict(zip("one two three four five six seven eight nine ten".split(), map(str, range(1, 11)), strict=True))


def without_asides(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the spans of an answer's parts without those that are no ideas; all of them if none is an idea.

    A part that only says when joins the part before it.
    """
    kept: list[Span] = []
    said: list[str] = []
    is_signed = False
    for start, end in spans:
        folded = fold(text[start:end])
        words = folded.split()
        if kept and _elaborates(text, kept[-1], (start, end)):
            kept[-1] = (kept[-1][0], end)
            said[-1] += f" {_comparable(words)}"
            continue
        if len(words) > MOST_WORDS:
            said.append(_comparable(words))
            kept.append((start, end))
            continue
        is_repeated = _is_repeated(words, said)
        if kept and not is_repeated and _joins(text, kept[-1], (start, end), said[-1], folded, words):
            kept[-1] = (kept[-1][0], end)
            said[-1] += f" {_comparable(words)}"
        elif is_repeated or _is_aside(text[start:end], folded, words, bool(kept)):
            is_signed = is_signed or folded.endswith(("regards", "wishes", "sincerely", "faithfully"))
        elif not is_signed or len(words) > 2:
            kept.append((start, end))
            said.append(_comparable(words))
    return kept or [*spans]


def _comparable(words: Sequence[str]) -> str:
    """Return words with numbers as digits, between spaces."""
    return f" {' '.join(_DIGITS.get(word, word) for word in words)} "


def _is_repeated(words: Sequence[str], said: Sequence[str]) -> bool:
    """Return whether a short part stood in an earlier one: "since march. MARCH", "meetings. meetings meetings"."""
    distinct = [*dict.fromkeys(words)]
    if len(distinct) > _MOST_REPEATED:
        return False
    part = _comparable(distinct)
    return any(part in before for before in said)


def _is_aside(text: str, folded: str, words: Sequence[str], follows: bool) -> bool:
    """Return whether a part is polite, an exclamation or of a story; ``follows``: after an idea."""
    if folded in COURTESY or _EMPHASIS.issuperset(words):
        return True
    if follows and len(words) <= _MOST_SMALL and words[0] in _SMALL_STARTS and STOP_WORDS.issuperset(words):
        return True
    if not folded.isascii():
        return False
    bare = _without_softness(words)
    for own in (words, bare) if len(bare) < len(words) else (words,):
        part = " ".join(own)
        if _POLITE.fullmatch(part) or (own[:1] and own[0].split("'")[0] in _STORY_STARTS and _STORY.fullmatch(part)):
            return True
    restated = _RESTATED.fullmatch(folded)
    if restated is None:
        return False
    if restated[2] is not None:
        return restated[2] in VOCATIVES
    last = written_words(text)[-1]
    return follows and len(last) > 2 and last.isupper() and not text.isupper()


def _elaborates(text: str, before: Span, own: Span) -> bool:
    """Return whether a sentence only says more of the one before it: "Even if it is a quick hello"."""
    start, end = own
    return (
        text[start] in "aesAES"
        and _ELABORATES.fullmatch(text[start:end].casefold()) is not None
        and _is_next_sentence(text, before, own)
    )


def _is_next_sentence(text: str, before: Span, own: Span) -> bool:
    """Return whether only marks stand between two parts, in one line."""
    between = text[before[1] : own[0]]
    return _PUNCTUATION.fullmatch(between) is not None and "\n" not in between


def _without_softness(words: Sequence[str]) -> Sequence[str]:
    first, last = 0, len(words)
    while first < last and words[first] in _SOFT_BEFORE:
        first += 1
    while last > first and words[last - 1] in _SOFT_AFTER:
        last -= 1
    return words[first:last]


def _joins(text: str, before: Span, own: Span, said: str, folded: str, words: Sequence[str]) -> bool:
    """Return whether a part belongs to the one before it, as no more than its end."""
    if not folded.isascii():
        return False
    if _is_next_sentence(text, before, own):
        if _MONTHS.issuperset(words):
            return True
        when = _WHEN.fullmatch(folded)
        if when is not None:
            return when[1] is None or when[1] in _MONTHS
    return (
        len(words) <= _MOST_CALLED
        and (text[slice(*own)].isupper() or (len(words) == 1 and words[0] in IMPERATIVE_VERBS))
        and _CONDITION.fullmatch(said.strip()) is not None
        and "," not in text[slice(*before)]
    )
