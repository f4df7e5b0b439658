"""Word lists for splitting answers, recognising non-answers and naming themes; all folded, see ``normalise.fold``."""


def _words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[str]:
    """Return the phrases of a text, which are separated by "|"."""
    return frozenset(" ".join(phrase.split()) for phrase in text.split("|"))


STOP_WORDS = _words(
    """
    a about above after again all almost also always am an and another any anyone anything are aren't as at back be
    because been before being below between both but by can can't cannot come could did didn't do does doesn't doing
    don't dont down during each either else enough etc even ever every everyone everything few first for from further
    get gets getting go goes going got had has have haven't having he her here hers herself him himself his how i i'd
    i'll i'm i've if im in into is isn't it it's its itself just keep let let's like lot lots made make makes making
    many may maybe me might mine more most much must my myself need never no nobody nor not nothing now of off often
    oh ok on once one ones only or other others our ours ourselves out over own perhaps put quite rather really s same
    say she should shouldn't so some somebody someone something sometimes still such sure t than that that's the their
    theirs them themselves then there there's these they they're thing things this those though through to together
    too two under until up upon us use very was wasn't way we we're we've well were what when where which while who
    whom whose why will with within without won't would wouldn't yes yet you you'd you'll you're you've your yours
    yourself yourselves key secret important means matter matters
    """
)

# Words ignored in the check for non-answers: "idk lol", "hahaha wish I knew", "not sure sorry tbh".
FILLERS = _words(
    """
    lol lmao rofl ha haha hehe jaja hmm hm um umm uh er erm well tbh honestly really just so oh guess i'm im i
    suppose think actually please thanks thx anyway yet now right but and the a to at all me man dude mate here
    sadly afraid
    """
)

# Non-answers without their fillers, the words in their usual order.
NONANSWERS = _phrases(
    """
    idk|dk|dunno|dont know|don't know|do not know|dont know yet|don't have one|dont have one|no idea|no clue|no comment
    |no answer|no|yes|yep|yeah|nope|nah|na|n/a|n a|none|nil|null|nothing|nothing say|nothing add|nothing comes mind|not
    sure|unsure|not applicable|ok|okay|k|kk|fine|good|great|nice|cool|maybe|perhaps|test|testing|hello|hi|hey|pass|skip
    |whatever|same|ditto|as above|see above|who knows|who cares|god knows|wish knew|if only knew|good question|no
    opinion|don't care|dont care|can't say|cant say|couldn't say|hard say|too early say|no secret|tbc|tbd|xxx|blah|blah
    blah|that's it|thats it|that's that|you tell|tell me|beats|beats me|still looking|still searching|not clue|haven't
    clue|havent clue|don't really know|ask someone else|ask somebody else|wouldn't know|wouldnt know|let know when find
    out|have no idea|have no clue|haven't a clue|same here|this|agreed|agree|first|following|bla bla bla|blah blah blah
    |test test|hello world|period|full stop|lot|always|simple|simples|no sé|no se|ni idea|je ne sais pas|aucune idée
    |weiss nicht|ich weiss nicht|keine ahnung|non lo so|no suggestion|no suggestions|no further suggestions
    |don't have suggestions|don't have any suggestions|have no suggestions|no improvement|no improvements|no improvement
    needed|no improvements needed|nothing improve|nothing suggest|nothing propose|no proposals|no requests|no ideas
    """
)

# Pairs that are one idea, with the "and" between them left out.
FIXED_PAIRS = _phrases(
    """
    give take|salt pepper|ups downs|highs lows|pros cons|bits pieces|back forth|now then|again again|more more|on on
    |up down|thick thin|trial error|peace quiet|live let|forgive forget|wine dine|wait see|come go|hard fast|tried true
    |safe sound|sick tired|mum dad|mom dad|mother father|husband wife|wife husband|man woman|men women|brother sister
    |nan grandad|friends family|family friends|you me|you i|me you|him her|he she|his hers|day night|night day|black
    white|good bad|sooner later|bread butter|nice warm|nice easy|step in|trouble strife|first foremost|plain simple
    |over over|time time|go see|go get|go do|go stand|go sit|try understand|try see|try be|stop listen|stop think
    |stop smell|love cherish|richer poorer|sickness health|better worse|each every|one only|little large|rain shine
    |two three|once twice|wife i|husband i|kids i|brother i|sister i|friend i|mum i|mom i|partner i|she i|he i|friends i
    |love care|sit talk|sit listen|pick up|yin yang|meat potatoes|nuts bolts|heart soul|body soul|mind body
    """
)

# Nouns that are an idea each: several in a row without separators are a list.
LIST_NOUNS = _words(
    """
    acceptance affection appreciation attention banter care caring chocolate coffee commitment communication
    compassion compromise consideration cooking cuddles dedication dependability effort empathy faith faithfulness
    flexibility flowers food forgiveness freedom friendship fun generosity gratitude happiness honesty hugs humility
    humor humour independence integrity intimacy jokes joy kindness kisses laughing laughs laughter listening love
    loyalty money openness passion patience peace perseverance politeness presence professionalism reliability respect
    romance sacrifice selflessness sex sharing sincerity space support talking tea teamwork tenderness thoughtfulness
    time tolerance transparency travel trust truth understanding vulnerability wine
    """
)

# A clause that starts with one of these is an idea: advice is written in the imperative.
IMPERATIVE_VERBS = _words(
    """
    accept acknowledge act add adjust admire admit agree allow answer apologise apologize appreciate argue ask assume
    avoid be become believe bend bite blame bring build buy call care celebrate challenge change check cherish choose
    clean come comfort communicate compliment compromise connect consider cook create cry cuddle dance date deal decide
    dedicate defend deliver describe develop discuss do drink drop earn eat embrace empathise empathize encourage enjoy
    explain explore express face fight find finish fix focus follow forget forgive get give go grow hear help hold
    honor honour hug ignore invest invite join joke keep kiss know laugh lead learn leave let lie listen live look love
    maintain make marry mean meet mind nurture offer open overlook own pay pick plan play praise pray prioritise
    prioritize protect pull push put react read realise realize recognise recognize relax remain remember remind repeat
    respect respond review ring run say see send separate serve set settle share show shut sit sleep smile solve sort
    speak spend split stand start stay step stick stop study support surprise swallow sweat take talk teach tell text
    thank think travel treat try trust turn understand use value visit volunteer wait wake walk want watch wear
    work worry write ban cancel consult employ enforce ensure expand extend hate hire improve include increase install
    introduce organise organize paint pedestrianise plant prevent promote provide publish raise reduce redesign remove
    reopen repair replace reply restore scrap sell shorten lengthen simplify tidy upgrade widen
    """
)

# Words that may precede the verb of such a clause.
VERB_MODIFIERS = _words(
    """
    always never don't dont not just also really actually sometimes often still then simply truly please to can't cant
    do only everyone everybody
    """
)

# Words that end in "ing" or "ed" and are neither gerunds nor past tenses.
NON_VERBS = _words(
    """
    thing things nothing something anything everything morning evening spring string wedding during king ring wing
    ceiling amazing exciting loving caring lasting ongoing bed red need seed speed indeed hundred shared mutual united
    """
)

# Subjects: followed by another word they start a clause.
SUBJECTS = _words(
    """
    i we you they he she it i'm im i've ive i'd i'll we're we've we'd we'll you're you've you'd you'll they're they've
    they'd they'll he's he'd he'll she's she'd she'll it's that's there's nobody everyone everybody thats theyre youre
    theres hes shes
    """
)

# A piece that starts with one of these depends on the piece before it and is not cut from it.
DEPENDENT_STARTS = _words(
    """
    which who whom whose that because cause cos so when whenever if unless even especially as like than or nor rather
    whatever whichever however wherever no-matter until till after before though although while whilst since in on at
    for from with without by about into over under through including such during despite between than whether where
    ever mainly mostly both either neither per of e eg ie
    """
)

# "more", "better" and the like, which begin what people want: two things that begin so are two wishes.
COMPARATIVES = _words(
    """
    more less fewer better worse faster slower quicker cheaper dearer longer shorter bigger larger smaller nicer cleaner
    quieter louder warmer cooler colder hotter safer higher lower taller earlier later easier clearer newer fresher
    stronger lighter brighter darker softer wider closer nearer simpler smarter healthier tastier friendlier kinder
    fairer tidier comfier sturdier stricter greener extra additional
    """
)

# Words that say how a thing is: two things that begin so are two ideas.
JUDGEMENTS = _words(
    """
    good great bad terrible awful horrible nice lovely poor excellent amazing brilliant fantastic wonderful rude
    friendly unfriendly helpful unhelpful slow fast quick dirty clean cheap expensive overpriced boring rubbish decent
    ok okay fine loved hated
    """
)

# Words before a noun.
DETERMINERS = _words("the a an my our their your his her its this that these those some no all every each")

# Verbs that make a clause of the words before them, "lights are off", and more of them after a determiner.
AUXILIARIES = _words(
    """
    is are was were isn't aren't wasn't weren't isnt arent wasnt werent has have had hasn't haven't hadn't hasnt havent
    does did don't doesn't didn't dont doesnt didnt can can't cant cannot could couldn't couldnt will won't wont would
    wouldn't wouldnt should shouldn't shouldnt must
    """
)
FINITE_VERBS = AUXILIARIES | _words(
    """
    need needs never always keep keeps gets got goes went makes made takes took feel feels felt looks looked works
    worked smell smells breaks broke comes came costs seem seems says said tells told stops stopped helps helped
    """
)

# Pasts that do not end in "ed".
PASTS = _words("sent told gave kept brought taught")

# What somebody does on the way through a day: "I park, sit in the car, go home" is one story.
MOVING_VERBS = _words("come go sit stand walk drive ride queue wait park turn arrive")

# Names that a listener is called by at the end of a sentence.
VOCATIVES = _words("love darling dear honey babe mate man dude people folks guys everyone everybody friends pal sir")

# Words of surprise or of hesitation before a clause.
INTERJECTIONS = _words("man hey oh ah well ok okay yes yeah yep gosh wow honestly seriously frankly anyway lol")
