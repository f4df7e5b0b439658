"""Commas that follow a topic or an opening and cut off no idea: "図書館は、", "我觉得，", "En mi opinión, "."""

import re

from analysis.text.normalise import fold

# Particles and conjunctions: what ends with one goes on after the comma.
_JAPANESE_GOES_ON = re.compile(
    r"(?:は|(?<!った)(?<!いた)(?<!した)(?<!です)(?<!ます)(?<!ない)(?<!しい)(?<!たい)が|を|に|で|(?<!こ)と|も|へ|(?<!も)の|や|から|ので|のに|より|まで|ば|たら|なら|くて|ても|でも|とき|時|場合|ため|ために|として"
    r"|によって|について|に関して|だから|そして|また|例えば|たとえば|やはり|やっぱり|特に|個人的に|できれば|正直|ぜひ)$"
)
# "個人的な意見ですが、": an excuse that ends with "but"
_JAPANESE_EXCUSE = re.compile(
    r"(?:意見|思い|思う|すみません|申し訳|失礼|恐縮|勝手|話).{0,12}(?:が|けど|けれど|けれども)$"
)
# "夜も開けてほしいのと、席が足りない": a wish, and something else
_JAPANESE_WISH = re.compile("(?:ほし|欲し|た)いのと$")
_JAPANESE_BOTH = ("どちらも", "両方", "どっちも", "では", "違")
_KANA = re.compile("[\u3041-\u30ff]")
_CHINESE_GOES_ON = re.compile(
    r"^(?:如果|要是|因为|由于|虽然|尽管|既然|只要|只有|除了|为了|对于|关于|至于|当|无论|不管|每当|自从|因為|由於|雖然|儘管|只要|為了|對於|關於|至於|當|無論)"
    r"|^(?:我|我们|我們|大家|个人|個人|本人)?(?:个人|個人|真的|还是|還是|也|都|就|很|非常)?"
    r"(?:觉得|覺得|认为|認為|想|感觉|感覺|希望|建议|建議|相信)$"
    r"|^(?:首先|其次|再次|最后|最後|另外|此外|其实|其實|当然|當然|总之|總之|总的来说|總的來說|说实话|說實話|老实说|老實說|最重要的(?:是)?"
    r"|依我看|在我看来|在我看來|一般来说|比如|比如说|例如|同时|同時|所以|因此|但是|可是|不过|不過|而且|然后|然後|您好|你好)$"
    r"|(?:来说|來說|而言|看来|看來|的话|的話|时候|時候|时|之前|之后|之後|以后|以後|以前|方面|呢|嘛|啊)$"
)
_HAN = re.compile("[\u4e00-\u9fff]")
_CHINESE_BELONGS = re.compile(
    "(?:哪怕|即使|即便|就算|以免|免得|毕竟|畢竟|包括|尤其|特别是|特別是|例如|比如|而是|因为|因為|以便)"
)
# "Erinnere mich daran, die Miete zu zahlen"
_GERMAN_INFINITIVE = re.compile(r"(?:^| )(?:zu [a-zäöüß]+(?:en|ern|eln|sein|tun)|[a-zäöüß]{2,9}zu[a-zäöüß]{2,}en)$")


def _phrases(text: str) -> frozenset[str]:
    return frozenset(fold(phrase) for phrase in text.split("|"))


# Openings in other languages; English ones start with words that never stand alone (word_lists.DEPENDENT_STARTS).
_OPENINGS = _phrases(
    "in my opinion|in my view|to me|for me|personally|honestly|to be honest|i think|i believe|i feel|i guess"
    "|en mi opinión|a mi parecer|a mi juicio|para mí|creo|creo yo|pienso|yo creo|yo pienso|opino|la verdad|bueno|pues"
    "|sinceramente|honestamente|personalmente|primero|primero que nada|ante todo|sobre todo|además|por ejemplo"
    "|à mon avis|selon moi|pour moi|d'après moi|je pense|je trouve|je crois|franchement|personnellement|honnêtement"
    "|d'abord|tout d'abord|avant tout|surtout|bref|par exemple|en général|à mon sens"
    "|meiner meinung nach|ich finde|ich denke|ich glaube|ehrlich gesagt|für mich|persönlich|vor allem|zunächst|erstens"
    "|zum beispiel|grundsätzlich|meines erachtens|aus meiner sicht"
    "|secondo me|a mio parere|a mio avviso|per me|penso|credo|sinceramente|onestamente|personalmente|prima di tutto"
    "|innanzitutto|soprattutto|per esempio|in generale"
    "|na minha opinião|a meu ver|para mim|acho|eu acho|penso|sinceramente|pessoalmente|honestamente|primeiro"
    "|antes de tudo|sobretudo|por exemplo|em geral"
    "|naar mijn mening|volgens mij|ik vind|ik denk|voor mij|eerlijk gezegd|persoonlijk|vooral|ten eerste|bijvoorbeeld"
    "|في رأيي|برأيي|بالنسبة لي|بالنسبة إلي|من وجهة نظري|أعتقد|اعتقد|أظن|اظن|أرى|بصراحة|بصراحه"
    "|أولا|أولاً|في البداية|مثلا|مثلاً"
    "|بشكل عام|في الحقيقة|في الواقع|من فضلكم"
    "|به نظر من|به نظرم|به نظر بنده|از نظر من|راستش|میرے خیال میں|میری رائے میں|مجھے لگتا ہے|bence|bana göre|enligt mig"
    "|jag tycker|etter min mening|moim zdaniem|według mnie|podle mě|menurut saya|theo tôi|ตามความเห็นของฉัน"
    "|по-моему|на мой взгляд|я думаю|я считаю|для меня|честно говоря|во-первых|прежде всего|например"
    "|κατά τη γνώμη μου|νομίζω|πιστεύω|לדעתי|בעיניי|בעיני|제 생각에는|내 생각에는|개인적으로|솔직히|솔직히 말해서|저는"
    "|मेरे विचार से|मेरे ख्याल से|मुझे लगता है"
)
COURTESY = _phrases(
    "please|thanks|thank you|por favor|gracias|muchas gracias|bitte|danke|vielen dank|s'il vous plaît|svp|merci"
    "|merci beaucoup|per favore|grazie|por gentileza|obrigado|obrigada|alstublieft|aub|dank u|bedankt|お願いします"
    "|よろしくお願いします"
    "|ありがとうございます|谢谢|謝謝|拜托了|شكرا|شكراً|من فضلك|من فضلكم|لو سمحت|لو سمحتم|пожалуйста|спасибо"
)


def cuts_off_no_idea(before: str, after: str) -> bool:
    """Return whether a comma between two parts of a sentence, folded, separates no ideas.

    It does not after a topic or an opening, or before words that are only polite.
    """
    if before in _OPENINGS or after in COURTESY:
        return True
    if _GERMAN_INFINITIVE.search(after) and not _GERMAN_INFINITIVE.search(before):
        return True
    if _CHINESE_BELONGS.match(after) or ("不是" in before and after.startswith("是")):
        return True
    if before.isascii():
        return False
    if _KANA.search(before) or (_HAN.search(before) and _KANA.search(after)):
        if _JAPANESE_WISH.search(before):
            return after.startswith(_JAPANESE_BOTH)
        return _JAPANESE_GOES_ON.search(before) is not None or _JAPANESE_EXCUSE.search(before) is not None
    return _HAN.search(before) is not None and _CHINESE_GOES_ON.search(before) is not None
