"""What tools and people write where there is no answer, in many languages: one list for reading files and for analysis.

``PLACEHOLDERS`` is what survey tools, spreadsheets and programs write ("Not provided", "keine Angabe", "#N/A"),
``NOTHING_SAID`` what people write who have no answer ("no sé", "rien à ajouter"). All are whole texts, compared folded
and without accents: "No answer to my letters in three months" is an answer.
"""

import re
import unicodedata

from analysis.text.normalise import fold


def _phrases(text: str) -> list[str]:
    """Return the phrases of a text, which are separated by "|"."""
    return [phrase for part in text.split("|") if (phrase := " ".join(part.split()))]


_ENGLISH = """
no answer|no answers|no answer given|no answer provided|no answer available|no response|no responses
|no response given|no response provided|no response received|no response recorded|no reply|no comment
|no comments|no comment provided|no comments provided|no data|no data available|no entry|no value|no text
|no text entered|no text provided|no content|no input provided|not provided|not answered|not available
|not applicable|not specified|not stated|not given|not disclosed|not recorded|not asked|not supplied|not entered
|not filled|not filled in|not filled out|not reported|not known|not displayed|not shown|not indicated
|not mentioned|not selected|not declared|not yet answered|none given|none provided|none stated|unanswered
|undefined|unspecified|undisclosed|unknown|missing|missing value|missing data|skipped|blank|left blank
|intentionally left blank|this field was left blank|field left blank|left empty|null|n/a|n.a.|n.a|na|n / a|nil
|n/a not applicable|nan value|nr|n/r|dk/na|dk/nr|dk/ref|dk|no opinion|prefer not to say|prefer not to answer
|prefer not to respond|prefer not to disclose|prefer not to comment|i prefer not to say|i prefer not to answer
|i'd prefer not to say|i would prefer not to say|i'd rather not say|i would rather not say|rather not say
|would rather not say|choose not to answer|chose not to answer|i choose not to answer|decline to answer
|declined to answer|declined|decline to state|refused|refused to answer|refusal|don't know/refused
|refused/don't know|did not answer|didn't answer|did not respond|did not reply|respondent skipped this question
|respondent did not answer|skipped question|skipped this question|question skipped|participant did not answer
|question not answered|this question was not answered|question was not displayed
|this question was not displayed to the respondent|answer not provided|answer not given|response not provided
|no answer text provided|no text response|no free text|see attached
"""
_GERMAN = """
keine angabe|keine angaben|keine antwort|keine antworten|keine antwort gegeben|keine auskunft|keine aussage
|keine daten|keine eingabe|keine nennung|keine rückmeldung|keine bemerkung|keine bemerkungen|kein kommentar
|keine kommentare|kein eintrag|keine einträge|ohne angabe|ohne angaben|ohne antwort|k.a.|k. a.|k.a|ka|o.a.
|entfällt|nicht angegeben|nicht beantwortet|nicht verfügbar|nicht vorhanden|nicht zutreffend|trifft nicht zu
|nicht ausgefüllt|nicht gefragt|nicht bekannt|unbekannt|unbeantwortet|frage nicht beantwortet|antwort verweigert
|verweigert|möchte ich nicht sagen|möchte ich nicht angeben|möchte nicht antworten|möchte keine angabe machen
|fehlend|fehlt|fehlender wert|übersprungen|frage übersprungen|nicht relevant|weiß nicht/keine angabe
|weiß nicht / keine angabe|#nv
"""
_FRENCH = """
néant|sans réponse|pas de réponse|aucune réponse|non réponse|non-réponse|non renseigné|non renseignée
|non renseignés|non précisé|non précisée|non spécifié|non communiqué|non indiqué|non répondu|non applicable
|sans objet|s.o.|s/o|sans avis|sans opinion|non disponible|non fourni|non défini|pas de commentaire
|pas de commentaires|sans commentaire|aucun commentaire|aucune donnée|donnée manquante|valeur manquante|manquant
|inconnu|ras|r.a.s.|rien à signaler|nsp|nspp|nr|ne se prononce pas|n'a pas répondu|refus|refus de répondre
|préfère ne pas répondre|je préfère ne pas répondre|préfère ne pas le dire|je préfère ne pas le dire
|ne souhaite pas répondre|je ne souhaite pas répondre|laissé vide|question ignorée|n/d|nd|n.d.|n.c.|nc
"""
_SPANISH = """
sin respuesta|sin respuestas|sin contestar|sin comentario|sin comentarios|sin datos|sin dato|sin especificar
|sin información|sin opinión|sin informar|no contesta|no contestó|no contestado|no contestada|no respondió
|no responde|no respondido|no respondida|no respuesta|no hay respuesta|ninguna respuesta|no aplica|no aplicable
|no disponible|no especificado|no especifica|no especificó|no indicado|no indica|no proporcionado
|no proporcionada|no procede|no informado|no definido|no consta|ns/nc|ns / nc|nsnc|ns nc|n/s|n/c|no sabe
|no sabe/no contesta|no sabe / no contesta|no sabe no contesta|no sabe no responde|ns/nr|prefiero no decirlo
|prefiero no decir|prefiero no contestar|prefiero no responder|desconocido|dato perdido|valor perdido|omitido
|pregunta omitida|en blanco|dejado en blanco|rehúsa contestar|s/d|s/n
"""
_ITALIAN = """
nessuna risposta|senza risposta|non risponde|non ha risposto|non risposto|mancata risposta|non indicato
|non indicata|non specificato|non specificata|non fornito|non fornita|non disponibile|non applicabile
|non pervenuto|n.p.|n.d.|n.a.|non dichiarato|non definito|non compilato|nessun commento|nessun dato
|nessuna indicazione|dato mancante|mancante|sconosciuto|preferisco non rispondere|preferisco non dirlo
|preferisce non rispondere|lasciato in bianco|in bianco|non sa/non risponde|non sa / non risponde
|non so/non rispondo|domanda saltata|saltata
"""
_PORTUGUESE = """
sem resposta|nenhuma resposta|não respondeu|não respondido|não respondida|não responde|não informado
|não informada|não informou|não se aplica|não aplicável|não disponível|não especificado|não especificada
|não fornecido|não fornecida|não indicado|não definido|não consta|não declarado|não preenchido|nada consta
|nada a declarar|sem comentário|sem comentários|sem dados|sem informação|sem opinião|nenhum comentário
|prefiro não dizer|prefiro não responder|prefere não responder|prefere não dizer|desconhecido|em branco
|deixado em branco|omisso|ns/nr|n/i|não sabe/não responde|não sabe / não responde|pergunta ignorada
"""
_DUTCH = """
geen antwoord|geen antwoord gegeven|geen antwoorden|geen reactie|geen respons|geen opgave|geen gegevens
|geen commentaar|geen opmerking|geen opmerkingen|geen toelichting|geen informatie beschikbaar|niet ingevuld
|niet beantwoord|niet opgegeven|niet van toepassing|n.v.t.|nvt|n.v.t|niet beschikbaar|niet bekend
|niet gespecificeerd|niet vermeld|niet aangegeven|zonder antwoord|onbekend|onbeantwoord|leeg gelaten
|overgeslagen|vraag overgeslagen|ontbreekt|ontbrekend|zeg ik liever niet|wil ik niet zeggen
|dat zeg ik liever niet|wil niet antwoorden|weet niet/geen antwoord|weet niet / geen antwoord|wn/ga|geweigerd
"""
_JAPANESE = """
特になし|特に無し|特になしです|特に無いです|特にないです|特にない|特に無い|特にありません|特に有りません
|特にございません|とくになし|とくにない|とくにありません|特になにもない|特に何もない|特に何もありません
|特に意見はない|特に意見はありません|特に意見なし|意見なし|なし|無し|無|なしです|ありません|ございません|無回答
|未回答|未記入|未入力|無記入|回答なし|回答無し|回答せず|回答しない|回答したくない|答えたくない|回答拒否|該当なし
|該当無し|該当せず|対象外|非該当|不明|データなし|記載なし|記入なし|コメントなし|空欄|空白|スキップ|スキップ済み
|言いたくない
"""
_CHINESE = """
无|無|没有|沒有|暂无|暫無|无回答|無回答|未回答|未作答|未答|未填|未填写|未填寫|未提供|未说明|未說明|未指定|未知
|无可奉告|不适用|不適用|无数据|無資料|无答案|没有回答|沒有回答|没有答案|拒绝回答|拒絕回答|拒答|不愿透露|不願透露
|不想说|不想回答|不便透露|空白|缺失|跳过|跳過|已跳过|已跳過|没有意见|沒有意見|无意见|無意見|暂无意见|没有建议
|沒有建議|无建议|無建議|暂无建议|无评论|無評論|没什么|沒什麼|没有了|沒有了
"""
_ARABIC = """
لا يوجد|لايوجد|لا توجد|لا يوجد جواب|لا يوجد رد|لا توجد إجابة|لا توجد اجابة|لا إجابة|لا اجابة|بدون إجابة
|بدون اجابة|دون إجابة|بلا إجابة|لم يجب|لم يُجب|لم تتم الإجابة|لم يتم الرد|لا رد|لا جواب|بدون رد|بدون جواب
|بدون تعليق|لا تعليق|لا يوجد تعليق|لا ينطبق|لا تنطبق|غير متوفر|غير متوفرة|غير متاح|غير محدد|غير محددة|غير مذكور
|غير معروف|غير معلوم|مجهول|لم يذكر|لم يحدد|لا شيء|لا شئ|لاشيء|لا شي|فارغ|تم التخطي|أفضل عدم الإجابة
|افضل عدم الاجابة|أفضل عدم القول|أفضل ألا أجيب|رفض الإجابة|لا توجد بيانات|لا بيانات
"""
_OTHERS = """
inget svar|ej svar|ej besvarad|ej angivet|ej angiven|ej tillämpligt|vill inte svara|ingen kommentar
|inga kommentarer|uppgift saknas|intet svar|ikke besvaret|ikke oplyst|ikke relevant|ikke svart|ikke oppgitt
|ingen svar|ubesvart|ubesvaret|vil ikke svare|ingen kommentarer|ei vastausta|ei vastannut|ei tietoa
|ei kommentteja|en halua vastata|brak odpowiedzi|brak danych|brak|nie dotyczy|nie podano
|nie udzielono odpowiedzi|odmowa odpowiedzi|bez odpowiedzi|bez odpovědi|neodpověděl|neuvedeno|bez odpovede
|neuvedené|bez odgovora|nincs válasz|nem válaszolt|nincs adat|fără răspuns|niciun răspuns|nu răspunde
|nu se aplică|nespecificat|ns/nr|cevap yok|yanıt yok|cevapsız|yanıtsız|belirtilmemiş|belirtilmedi
|cevap vermek istemiyorum|uygulanamaz|geçerli değil|yorum yok|veri yok|bilgi yok|нет ответа|без ответа
|не указано|не указан|не указана|не отвечено|не ответил|не ответила|ответ не дан|не применимо|неприменимо
|нет данных|не заполнено|отказ от ответа|затрудняюсь ответить|нет комментариев|без комментариев|пропущено
|неизвестно|немає відповіді|без відповіді|не вказано|немає даних|δεν απαντώ|δεν απάντησε|καμία απάντηση
|χωρίς απάντηση|δα|δξ/δα|δεν ισχύει|δεν εφαρμόζεται|אין תשובה|ללא תשובה|לא ענה|לא צוין|לא רלוונטי|אין|אין הערות
|ללא|무응답|응답 없음|답변 없음|응답없음|답변없음|없음|없습니다|해당 없음|해당없음|해당사항 없음|해당사항없음
|미응답|미기재|모름/무응답|특별히 없음|특별히 없습니다|응답 거부|의견 없음|कोई उत्तर नहीं|कोई जवाब नहीं
|उत्तर नहीं दिया|लागू नहीं|उपलब्ध नहीं|कोई नहीं|ไม่มีคำตอบ|ไม่ตอบ|ไม่ระบุ|ไม่มีความคิดเห็น|ไม่เกี่ยวข้อง|ไม่มี
|ไม่มีข้อมูล|không trả lời|không có câu trả lời|không áp dụng|không có ý kiến|tidak ada jawaban|tidak menjawab
|tidak ada komentar|tidak berlaku|tidak ada|sense resposta|no ho sap/no contesta|ez daki/ez du erantzun
|bez odgovoru|няма отговор|без отговор
"""
# What people write who do not know, or have nothing to say; English is in word_lists.NONANSWERS.
_NOTHING_SAID = """
danke|merci|gracias|grazie|obrigado|obrigada|bedankt|dank je|ありがとう|谢谢|謝謝|شكرا|weiß nicht|weiss nicht
|weiß ich nicht|ich weiß nicht|ich weiß es nicht|weiß ich leider nicht|keine ahnung|kp|kein plan|keine idee|nix
|nichts|gar nichts|nichts weiter|nichts hinzuzufügen|nichts zu sagen|nichts besonderes|keine|keiner|nein
|keine meinung|keine vorschläge|keine anmerkung|keine anmerkungen|keine weiteren anmerkungen
|mir fällt nichts ein|fällt mir nichts ein|wüsste nicht|je ne sais pas|je sais pas|j'sais pas|jsp|aucune idée
|pas d'idée|sais pas|ne sait pas|je n'en sais rien|rien|rien du tout|rien de plus|rien à dire|rien à ajouter
|rien de particulier|rien de spécial|pas d'avis|aucun avis|aucune|aucun|non|aucune suggestion|pas de suggestion
|pas de suggestions|aucune remarque|pas de remarque|pas de remarques|bof|no sé|no lo sé|no se|nose|no tengo idea
|ni idea|no tengo ni idea|nada|nada más|nada que decir|nada que añadir|nada en especial|nada en particular
|ninguno|ninguna|ninguna idea|no tengo|sin opinión|ninguna sugerencia|ni puta idea|sin sugerencias
|no tengo opinión|no tengo comentarios|ningún comentario|no opino|non so|non lo so|boh|nessuna idea
|non ne ho idea|non saprei|niente|nulla|niente da dire|niente da aggiungere|nulla da aggiungere|nulla da dire
|niente di particolare|nessuno|nessuna|nessun suggerimento|nessuna opinione|nessuna osservazione|não sei|nao sei
|sei lá|não faço ideia|não tenho ideia|sem ideia|nada a dizer|nada a acrescentar|nada a comentar
|nada em especial|nenhum|nenhuma|não tenho|não tenho opinião|nenhuma sugestão|sem sugestões|não|nenhuma ideia
|weet niet|weet ik niet|ik weet het niet|geen idee|ik heb geen idee|niets|niks|niets te zeggen
|niets toe te voegen|geen|nee|geen mening|geen suggesties|niets bijzonders|zou het niet weten|geen flauw idee
|わからない|分からない|わかりません|分かりません|解らない|知らない|知りません|何もない|なにもない|何もありません
|特に|思いつかない|思いつきません|考え中|ない|無い|ないです|無いです|いいえ|さあ|さぁ|不知道|不清楚|不晓得
|不曉得|不确定|不確定|不知|没想法|沒想法|没想过|没什么想法|什么都没有|没啥|没什么可说的|没意见|沒意見|不了解
|说不清|لا أعرف|لا اعرف|لا أعلم|لا اعلم|لا أدري|لا ادري|مش عارف|مو عارف|ما أعرف|ما اعرف|ما أدري|ما ادري|معرفش
|ليس لدي فكرة|لا فكرة|لا فكرة لدي|ليس عندي فكرة|ليس لدي رأي|لا رأي|ولا شيء|لا شيء محدد|الله أعلم|الله اعلم
|vet ej|vet inte|jag vet inte|ingen aning|ved ikke|aner det ikke|vet ikke|aner ikke|en tiedä|ei mitään|nie wiem
|nic|nevím|neviem|ne znam|nem tudom|nu știu|bilmiyorum|fikrim yok|hiçbir şey|не знаю|ничего|ничего не знаю
|без понятия|δεν ξέρω|τίποτα|לא יודע|לא יודעת|כלום|모르겠다|모르겠어요|모르겠습니다|몰라|몰라요|모름
|잘 모르겠습니다|पता नहीं|मालूम नहीं|कुछ नहीं|ไม่ทราบ|ไม่รู้|không biết|tidak tahu|no ho sé|ez dakit|не знам
"""
# The same where people are asked what to improve. General praise ("all is perfect") may be an answer, and is not here.
_NOTHING_TO_IMPROVE = """
keine verbesserungsvorschläge|keine verbesserungen|nichts zu verbessern|nichts vorzuschlagen|keine anregungen
|keine anregung|keine wünsche|keine änderungswünsche|keine ideen|kein verbesserungsbedarf
|ich habe keine vorschläge|habe keine vorschläge|nada que mejorar|no hay nada que mejorar|nada que sugerir
|nada que proponer|no tengo sugerencias|ninguna mejora|sin propuestas|ninguna propuesta|rien à améliorer
|il n'y a rien à améliorer|rien à suggérer|rien à proposer|aucune amélioration|pas d'amélioration
|pas d'améliorations|aucune proposition|je n'ai pas de suggestions|je n'ai pas de suggestion
|niente da migliorare|nulla da migliorare|non c'è niente da migliorare|niente da suggerire|niente da proporre
|nessuna proposta|nessun miglioramento|nessun consiglio|non ho suggerimenti|nada a melhorar|nada para melhorar
|nada a sugerir|nada a propor|nenhuma melhoria|sem propostas|não tenho sugestões|niets te verbeteren
|niks te verbeteren|geen verbeterpunten|geen verbeteringen|geen voorstellen|geen ideeën|ik heb geen suggesties
|改善点なし|改善点はない|改善点はありません|改善点はないです|改善点は特にありません|改善点は特にない|提案なし
|提案はありません|要望なし|要望はありません|要望は特にありません|没什么要改进的|没什么可改进的|没有什么需要改进的
|没有需要改进的|没有要改进的|没有需要改进的地方|不需要改进|无需改进|暂无改进建议|لا اقتراحات|لا توجد اقتراحات
|لا يوجد اقتراحات|لا يوجد اقتراح|ليس لدي اقتراحات|ليس عندي اقتراحات|لا شيء للتحسين|لا شيء يحتاج إلى تحسين
|لا يوجد ما يحتاج إلى تحسين
"""
# The same as people say it: in dialect, in Latin letters, with a smile, or naming who would know.
_SAID_EASILY = """
wenn ich das wüsste|wüsste ich auch gern|das wüsste ich auch gern|keinen plan|kein schimmer
|keinen schimmer|nix zu sagen|frag meine frau|fragt meine frau|frag meinen mann|fragt meinen mann
|frag meine mutter|fragen sie meine frau|mir egal|egal|ist mir egal|schwer zu sagen
|da fällt mir nichts ein|aktuell nichts|momentan nichts|si je savais|si seulement je savais
|j'aimerais bien le savoir|demandez à ma femme|demande à ma femme|demandez à mon mari
|demande à mon mari|chais pas|sais po|jsais pas|je ne sais pas quoi dire|je sais pas quoi dire
|difficile à dire|peu importe|ça m'est égal|rien à signaler|ojalá lo supiera|ya quisiera saberlo
|pregúntale a mi mujer|pregúntale a mi marido|pregúntale a mi esposa|pregúntenle a mi esposa
|ni la menor idea|yo qué sé|yo que se|qué sé yo|a saber|vete a saber|no sabría decir
|no sabría qué decir|me da igual|no se me ocurre nada|no se me ocurre|difícil de decir|nada de nada
|magari lo sapessi|chiedi a mia moglie|chiedete a mia moglie|chiedi a mio marito
|non mi viene in mente niente|non mi viene in mente nulla|che ne so|chi lo sa|bho|mah
|difficile da dire|mi è indifferente|quem me dera saber|quem dera saber|pergunta pra minha esposa
|pergunte à minha esposa|pergunta pro meu marido|sei não|sei lá eu|tanto faz|difícil dizer
|não me ocorre nada|nada me vem à cabeça|wist ik het maar|vraag het mijn vrouw|vraag mijn vrouw
|vraag mijn man|vraag het aan mijn vrouw|maakt me niet uit|moeilijk te zeggen|joost mag het weten
|ik zou het niet weten|わからん|分からん|わかんない|わからないです|よくわからない|よくわかりません
|知らん|知らんがな|さっぱり|さっぱりわからない|思いつかないです|私が知りたい|こっちが知りたい
|こちらが知りたい|妻に聞いて|妻に聞いてください|夫に聞いて|夫に聞いてください|母に聞いて
|どうでもいい|どうでもいいです|言うことなし|特に言うことはない|我也不知道|我不知道|不太清楚
|没啥好说的|没什么好说的|没什么想说的|没什么说的|想不出来|想不到|我也想知道|问我老婆|问我老婆去
|去问我老婆|问我老公|问我老公去|去问我老公|随便|无所谓|都行|都可以|說不上來|说不上来|不好说|不好說
|مدري|ما ادري والله|ما عندي شي|ما عندي شي أقوله|ما عندي شي اقوله|ما عندي شيء|ليتني اعرف|ليتني أعرف|يا ليتني اعرف
|ياليتني أعرف|ياليتني اعرف|اسأل زوجتي|اسألوا زوجتي|اسأل زوجي|اسألوا زوجي|معنديش فكرة|مش عارفة|ماعرف
|ما بعرف|مابعرف|بعرفش|عادي|لا ادري والله|لا يهمني|مش مهم|صعب القول|msh 3aref|mesh 3aref|ma3rafsh
|ma3raf|mabaraf|ma b3ref|mabaref|mafi|mafi shi|ma 3andi shi|wala shi|نمی دانم|نمیدانم|نمی‌دانم
|نمیدونم|نمی‌دونم|نظری ندارم|هیچی|هیچ|چیزی ندارم|پاسخی ندارم|بدون پاسخ|جوابی ندارم|معلوم نہیں
|پتہ نہیں|پتا نہیں|مجھے نہیں معلوم|کچھ نہیں|کوئی جواب نہیں|کوئی رائے نہیں|pata nahi|pata nahin
|pta nahi|mujhe nahi pata|mujhe nahi malum|malum nahi|kuch nahi|kuch nahin|मुझे नहीं पता
|मुझे नहीं मालूम|कुछ भी नहीं|कोई राय नहीं|कोई टिप्पणी नहीं|कह नहीं सकता|कह नहीं सकते|ไม่รู้เลย|ไม่แน่ใจ
|ไม่มีอะไร|ไม่มีค่ะ|ไม่มีครับ|ไม่ทราบค่ะ|ไม่ทราบครับ|ไม่รู้ค่ะ|ไม่รู้ครับ|ไม่มีความเห็น|คิดไม่ออก|เฉยๆ|មិនដឹង
|ខ្ញុំមិនដឹង|មិនដឹងទេ|គ្មាន|គ្មានចម្លើយ|គ្មានទេ|គ្មានយោបល់|ບໍ່ຮູ້|ບໍ່ມີ|ບໍ່ມີຄຳຕອບ|ບໍ່ແນ່ໃຈ|ບໍ່ມີຄວາມຄິດເຫັນ
|မသိဘူး|မသိပါ|မသိပါဘူး|မရှိပါ|မရှိဘူး|ဘာမှမရှိပါ|ပြောစရာမရှိပါ|글쎄요|글쎄|아무것도|아무 생각 없음
|생각 없음|생각이 안 나요|할 말 없음|할 말이 없어요|잘 모르겠어요|모르겠네요|딱히 없음|딱히 없어요
|אין לי מושג|לא יודע לומר|אין לי מה להגיד|אין לי דעה|כלום לא|לא משנה לי|δεν ξέρω τι να πω
|δεν έχω ιδέα|καμία ιδέα|δεν έχω γνώμη|τίποτα το ιδιαίτερο|понятия не имею|без понятия вообще
|не знаю даже|нечего сказать|мне все равно|мне всё равно|все равно|всё равно|нет мнения
|сложно сказать|трудно сказать|хз|спросите мою жену|спросите жену|ничего не приходит в голову
|не могу сказать|не думал об этом
"""
# Who points to another answer, or says that the question does not apply. "As it was" and "does not concern me" may be
# an answer, and so may "I never had one": whether they are depends on what was asked, and they are not here.
_SAID_ABOVE = """
as above|see above|same as above|same as before|as before|as stated above|as said above|as mentioned above
|as already mentioned|as already said|as i said above|as previously stated|as mentioned before
|see earlier answer|see previous answer|see previous answers|see my previous answer|see my answer above
|see answer above|see last answer|see earlier|see previous|see other answers|see other answer
|same answer as above|same answer as before|same answer|already answered|already answered above
|already mentioned|already mentioned above|ditto|dito|idem|ibid|ibidem|siehe oben|s. oben
|siehe vorherige antwort|siehe vorige antwort|siehe vorherige frage|siehe letzte antwort|wie oben
|wie oben genannt|wie oben beschrieben|wie oben erwähnt|wie bereits erwähnt|wie schon gesagt|wie gesagt
|gleiche antwort wie oben|das gleiche wie oben|dasselbe wie oben|das gleiche wie vorher|dasselbe wie vorher
|schon beantwortet|bereits beantwortet|bereits erwähnt|schon gesagt|voir ci-dessus|voir plus haut|cf. ci-dessus
|cf ci-dessus|comme ci-dessus|comme plus haut|comme dit plus haut|comme dit précédemment|voir réponse précédente
|voir la réponse précédente|voir question précédente|même réponse|même réponse que précédemment
|même chose que ci-dessus|même chose qu'avant|déjà dit|déjà répondu|déjà mentionné|véase arriba|vease arriba
|ver arriba|ver más arriba|como arriba|lo mismo que arriba|lo mismo que antes|igual que arriba|lo de arriba
|como dije arriba|como ya dije|ya lo dije|ya contesté|ya respondí|ya mencionado|ver respuesta anterior
|ver la respuesta anterior|misma respuesta|la misma respuesta|vedi sopra|come sopra|vedere sopra
|vedi risposta precedente|vedi la risposta precedente|come detto sopra|come già detto|già detto|già risposto
|stessa risposta|la stessa risposta|lo stesso di prima|lo stesso di sopra|ver acima|vide acima|veja acima
|como acima|o mesmo que acima|o mesmo que antes|igual acima|mesma resposta|a mesma resposta
|ver resposta anterior|vide resposta anterior|como já disse|já disse|já respondi|já mencionado|idem acima
|zie boven|zie hierboven|zie vorig antwoord|zie vorige vraag|zie vorige antwoord|zie eerder antwoord
|zoals hierboven|zoals boven|zoals eerder gezegd|zoals gezegd|hetzelfde als hierboven|hetzelfde als boven
|hetzelfde als hiervoor|zelfde antwoord|hetzelfde antwoord|al beantwoord|al gezegd|al genoemd|同上|同上です
|上記の通りです|上記のとおりです|上に同じ|上と同じ|上記の通り|上記のとおり|上記参照|上記と同じ|上記に同じ
|前述の通り|前述のとおり|前と同じ|前に同じ|右に同じ|前の回答と同じ|先ほどと同じ|同じです|上述の通り|同前|见上
|見上|见上文|見上文|如上|如上所述|同上所述|和上面一样|跟上面一样|和上面一樣|跟上面一樣|与上相同|與上相同
|与上题相同|同上题|同上題|见前面|前面说过了|已回答|已经回答了|انظر أعلاه|أنظر أعلاه|انظر اعلاه|راجع أعلاه
|كما سبق|كما أعلاه|كما ذكر أعلاه|كما ذكرت أعلاه|كما ذكرت سابقا|كما هو مذكور أعلاه|نفس ما سبق|مثل ما سبق
|نفس الإجابة|نفس الاجابة|نفس الجواب|نفس الإجابة السابقة|نفس الجواب السابق|نفس الاجابة السابقة
"""
_DOES_NOT_APPLY = """
does not apply|doesn't apply|doesnt apply|does not apply to me|doesn't apply to me|doesnt apply to me
|not applicable to me|not applicable for me|not applicable in my case|this does not apply to me
|this doesn't apply to me|n/a for me|n/a to me|this question does not apply to me
|this question doesn't apply to me|question does not apply|question not applicable
|the question does not apply to me|the question doesn't apply to me|trifft auf mich nicht zu
|trifft nicht auf mich zu|trifft bei mir nicht zu|nicht zutreffend für mich|die frage trifft auf mich nicht zu
|frage trifft nicht zu|gilt nicht für mich|nicht anwendbar|ne s'applique pas|ça ne s'applique pas
|cela ne s'applique pas à moi|ne s'applique pas à moi|ne s'applique pas à mon cas|la question ne s'applique pas
|non applicable à mon cas|pas applicable|pas d'application|no aplica en mi caso|no aplica a mí|no aplica para mí
|no se aplica|no se aplica a mí|no se aplica en mi caso|no me aplica|la pregunta no aplica|non si applica
|non si applica a me|non si applica al mio caso|non è applicabile|non applicabile al mio caso
|não se aplica a mim|não se aplica ao meu caso|não se aplica no meu caso|não aplicável ao meu caso
|a pergunta não se aplica|niet van toepassing op mij|niet op mij van toepassing|is niet van toepassing
|niet van toepassing voor mij|dit is niet van toepassing|n.v.t. voor mij|niet toepasselijk|当てはまりません
|当てはまらない|私には当てはまりません|私には当てはまらない|自分には当てはまらない|あてはまらない
|あてはまりません|該当しません|該当しない|私は該当しません|不适用于我|不適用於我|对我不适用|對我不適用
|这个问题不适用|與我不適用|不适用我|لا ينطبق علي|لا ينطبق عليّ|لا تنطبق علي|لا ينطبق على حالتي|غير منطبق
|غير قابل للتطبيق|السؤال لا ينطبق علي
"""
_THANKS = """
danke|merci|gracias|grazie|obrigado|obrigada|bedankt|thanks|thx|lol|xd|jaja|haha|leider|désolé|perdón|desculpa|sorry|sry
|scusate|scusa|verdad|la|spontan|gerade|momentan|aktuell
"""
# Words that mean "empty" only in the brackets that tools set round them: "How do you feel?" "Empty".
_IN_BRACKETS = """
empty|none|void|leer|vide|vides|vacío|vacía|vuoto|vazio|leeg|puste|пусто|空|空白|空値|なし|فارغ|keine|aucun
|ninguno|nessuno|nenhum|geen|不明|anonymous|redacted|deleted|removed|unset|nothing|skip|pass
"""
# As programs write them; other words in capitals or without may be meant: "Nan", "#value".
_AS_WRITTEN = frozenset(
    {"NaN", "nan", "NaT", "<NA>", "\\N", "#N/A", "#NA", "#N/A!", "#N/V", "#NV", "#N/D", "#ND", "#N/B", "#NULL!"}
    | {"#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#SPILL!", "#CALC!", "#ERROR!", "#WERT!", "#BEZUG!", "#ZAHL!"}
    | {"#VALEUR!", "#NOM?", "#NOMBRE!", "#\u00a1VALOR!", "#\u00a1REF!", "#\u00bfNOMBRE?", "#\u00a1NUM!", "#VALOR!"}
    | {"#VALORE!", "#RIF!", "#NOME?", "#WAARDE!", "#VERW!", "#NAAM?", "[object Object]", "Err:502", "Err:508"}
)
_CODE = re.compile(r"[-\u2212](?:[1-9]|[6-9]\d|[6-9]\d\d|9{4,6})(?:\.0+)?")  # -99, -999: how statisticians code it
_DASHES = re.compile(r"[-\u2010-\u2015\u2212_.\u2026/]{1,10}")  # what forms and people put where nothing is said
_PERSON = "(?:respondent|participant|user|customer|person)"
_WHO = rf"(?:(?: by| from)? (?:the |this )?{_PERSON})?"
_SENTENCE = re.compile(
    r"(?:no|not any) (?:answer|response|reply|comment|data|input|text|value|entry)s? (?:(?:was|were|has been|is) )?"
    rf"(?:given|provided|received|recorded|entered|supplied|submitted|specified){_WHO}"
    rf"|(?:no|not any) (?:answer|response|comment)s? from (?:the |this )?{_PERSON}"
    rf"|(?:nothing|none|not) (?:was )?(?:provided|specified|stated|entered|supplied|recorded|answered){_WHO}"
    rf"|(?:the |this )?(?:{_PERSON} )?did(?:n't| not) (?:answer|respond|reply|specify|say|state)"
    r"(?: (?:to )?(?:the|this|that) (?:question|item))?"
    r"|(?:i |i'd |i would |would |they )?(?:prefer|rather|choose|chose|wish|opted?)s? not (?:to )?"
    r"(?:say|answer|respond|disclose|comment)(?: (?:to )?(?:it|this|that|the question|this question))?"
    r"|(?:the |this )?(?:item|question|field) (?:was )?(?:skipped|left blank|not answered|unanswered|not asked)"
    r"|(?:该|此|本|這|这)?(?:用户|用戶|受访者|题|題|问题|問題)?未(?:填写?|填寫|作答|回答|提供|答)"
)
_STARTS = """
no|not|nothing|none|the|this|respondent|participant|user|customer|person|did|didn't|i|i'd|they|would|prefer|prefers|rather
|choose|chooses|chose|wish|opt|opts|opted|item|question|field|nan|nat|err
"""
PLACEHOLDER_STARTS = frozenset(_phrases(_STARTS))
"""How the sentences of tools begin, and what else is no placeholder of a list, folded"""
_BRACKETED = re.compile(
    r"[(\uff08](.+)[)\uff09]|[\[\u3010](.+)[\]\u3011]|<(.+)>|\{(.+)\}|\*+(.+?)\*+|--?(.+?)--?", re.DOTALL
)
_ACCENTS = re.compile("[\u0300-\u036f]")
LONGEST = 80  # characters of a text that may be a placeholder


def comparable(text: str) -> str:
    """Return the folded text without accents: how placeholders and texts are compared."""
    folded = fold(text)
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", folded)))


_LANGUAGES = (_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN, _PORTUGUESE, _DUTCH, _JAPANESE, _CHINESE, _ARABIC)
PLACEHOLDERS = frozenset(map(comparable, (each for text in (*_LANGUAGES, _OTHERS) for each in _phrases(text))))
"""What tools write for no answer, as ``comparable`` gives it"""
NOTHING_SAID = frozenset(
    map(comparable, _phrases(f"{_NOTHING_SAID}|{_NOTHING_TO_IMPROVE}|{_SAID_EASILY}|{_SAID_ABOVE}|{_DOES_NOT_APPLY}"))
)
"""What people write who have no answer, in other languages than English, as ``comparable`` gives it"""
THANKS = frozenset(map(comparable, _phrases(_THANKS)))
"""Words that may stand beside one of these: "nada, gracias"; as ``comparable`` gives it"""
_BRACKETED_WORDS = PLACEHOLDERS | NOTHING_SAID | frozenset(map(comparable, _phrases(_IN_BRACKETS)))


def is_placeholder(text: str) -> bool:
    """Return whether a text is what a tool writes where nobody answered: a cell that holds no answer.

    Blank texts are none: a cell without anything in it needs no list.
    """
    if len(text) > LONGEST:
        return False
    text = text.strip()
    begins_with_mark = not text[:1].isalpha()
    if text in _AS_WRITTEN or (begins_with_mark and (_CODE.fullmatch(text) or _DASHES.fullmatch(text))):
        return True
    said = comparable(text)
    if said in PLACEHOLDERS or said.replace("-", " ") in PLACEHOLDERS or _SENTENCE.fullmatch(said):
        return True
    found = _BRACKETED.fullmatch(text) if begins_with_mark else None
    return found is not None and comparable(next(filter(None, found.groups()))) in _BRACKETED_WORDS
