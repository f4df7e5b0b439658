"""Words that say nothing alone, in each language: lists of stopwordsiso, corrected for the languages of the site.

Those lists are made for search engines, which leave out "time" and "work" as well; a theme may be named by these.
English has a list of its own (analysis.text.word_lists).
"""

from functools import cache

from analysis.text.normalise import words
from analysis.text.word_lists import STOP_WORDS

ENGLISH = "en"

# Words of the lists that name things, or say how they are.
_MEANINGFUL = {
    "ar": """
        سنة سنوات يوم ايام عام عاما صباح مساء لقاء زيارة قوة عدد الوقت اليوم شخصا نهاية اعادة مليار مليون وكالة لوكالة
        """,
    "de": """
        zeit mensch menschen jahr jahre jahren tag tage tagen uhr ende mann ordnung recht rechte rechten rechter
        rechtes teil schluss suche startseite gott mittel leicht gut gute guter gutes besser besten bester schlecht neu
        neue neuen gross grosse grossen grosser grosses groß große großen großer großes klein kleine kleinen kleiner
        kleines lang lange kurz hoch offen früher ehrlich richtig satt ernst eigen eigene eigenen
        """,
    "es": """
        empleo trabajo trabaja trabajan trabajar tiempo verdad parte lugar estado horas valor pais país paìs dias días
        momento medio buen buena buenas bueno buenos mejor mayor peor nueva nuevas nuevo nuevos gran grande grandes
        largo temprano tarde lejos cerca despacio deprisa general final total ejemplo acuerdo conocer hablan habla
        informo
        """,
    "fr": """
        gens personne personnes parole pièce valeur sujet façon ouvert ouverte ouverts nouveau nouveaux beau bon cher
        chers chère chères juste mince naturel naturelle naturelles rare rares effet essai parler parle parlent droite
        """,
    "it": """
        tempo lavoro gente persona persone anno anni giorno giorni casa citta città paese mondo uomo vita nome ora ore
        mesi piedi parte posto luogo gruppo forza cortesia fine scopo titolo stato registrazione attesa
        consiglio accidenti peccato grande buono buona brava bravo bene meglio male peggio nuovo nuovi vicino lontano
        lungo recente comprare ansa conclusione scola scuola milioni miliardi futuro
        """,
    "ja": "",
    "nl": "klaar vroeg laatst",
    "pt": """
        tempo trabalho trabalhar pessoa pessoas ano anos dia dias hora horas grupo parte lugar estado forma nome noite
        obra povo sistema valor verdade viagem ponto pontos posição relação questão número nível local longe perto cedo
        tarde bom boa boas bons melhor grande grandes novo nova novos novas maior menor apoio caminho conselho corrente
        quieto meses área comprido
        """,
    "th": "วัน เปิด ส่ง",
    "zh": "人 人们 年 月 日 好 大 小 光 秒 区",
}
# Words that people type in chats, which are in no name.
_CHAT = "lol lmao rofl omg xd haha hahaha hahahaha hehe hehehe jaja jajaja kkk kkkk rsrs mdr ptdr svp stp"
_CHAT_ENGLISH = """
tbh imo imho pls plz please btw fyi idk ffs smh ngl thx wtf rn atm tho yeah yep ok okay
"""
_ENGLISH_ALSO = """
therefore hence thus basically think thinks thought guess definitely probably however especially supposedly prob
hopefully obviously simply u ur im ive dont cant isnt didnt doesnt wont wouldnt theyre thats whatever via per
what's whats who's where's how's when's they'd they'll they've we'd we'll he'd she'd he'll she'll it'd it'll that'd
"""
# Words that they lack.
_ALSO = {
    "ca": "d l m n s t",
    "ar": """
        و ف ب ك ل لل جدا جداً أيضا أيضاً يجب ينبغي نريد أريد يوجد توجد ليس ليست هناك فضلك عنه عنها منه معه معها إنه
        إنها إنهم لهم عشان علشان اللي مو وش شوي شوية كمان
        """,
    "de": "hinzu bitte gern gerne mal sollte sollten müsste müssten wäre gäbe gibt finde findet mich",
    "es": "hay haya hubiera c d l",
    "fr": "faut faudrait c d j l m n s t qu jusqu lorsqu puisqu quoiqu ça fait font aimerais voudrais",
    "it": """
        qual po pò com dov anch gl quell quest bell coll c d l s m t v n un all dall dell nell sull coll quell quest
        c'è c'e vorrei
        """,
    "ja": """
        が を に へ と で の は も や か ね よ な から まで より など だけ しか ばかり でも では には とは にも とも
        への との での からの までの だ です でした ます ました ません たい ほしい 欲しい ください 下さい する した
        して します しました いる いた います ある あった あります ない なかった とても もっと すごく かなり 少し
        ちょっと すぎる こと もの ため ので のに けど けれど さん たち ところ とき 時 思う 思います 思いました ように
        ような よう まま ても という として について すぐ よく いつも って だって じゃ なら から とか
        """,
    "nl": "zeer heel erg graag alleen zou zouden willen",
    "pt": "há gostaria gente pra pro pras pros vc vcs tá ta né pq tb",
    "th": "ควร ฉัน ผม เรา ๆ เกิน เกินไป ขึ้น ไป มากขึ้น นะ ครับ ค่ะ คะ คน กับ",
    "tr": "çok daha için bir ve bu",
    "zh": """
        了
        太 没 没有 应该 希望 觉得 想 吗 得 们 一点 一下 非常 特别 挺 真 总是 经常 有点 需要 多 少 更多 個 這 那 們 我們
        你們 他們 她們 這個 那個 這些 那些 這樣 沒 沒有 應該 會 還 還是 對 對於 為 為了 因為 與 讓 從 來 時 時候 覺得
        裡 裏 後 過 說 給 於 並 並且 雖然 但是 如果 所以 可以 需要 一點 總是 經常 有點 更多
        """,
}

_LISTED_AS = {"nb": "no", "nn": "no"}


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the stop words of a language (BCP 47), folded; none for a language without a list."""
    code = language.partition("-")[0]
    if code == ENGLISH:
        return STOP_WORDS | chat_words(code) | frozenset(_ENGLISH_ALSO.split())
    # Imported here: its lists take .06 s to load, and those of English are our own.
    import stopwordsiso

    listed = stopwordsiso.stopwords(_LISTED_AS.get(code, code))
    lacking, meaningful = (words(more.get(code, "")) for more in (_ALSO, _MEANINGFUL))
    return frozenset({folded for word in listed for folded in words(word)}.union(lacking).difference(meaningful))


@cache
def chat_words(language: str) -> frozenset[str]:
    """Return the words of a language that are in no name, folded: "tbh", "lol", "pls"."""
    english = _CHAT_ENGLISH if language.partition("-")[0] == ENGLISH else ""
    return frozenset(f"{_CHAT} {english}".split())
