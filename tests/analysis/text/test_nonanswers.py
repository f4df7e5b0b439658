"""What tools and people write for no answer, in many languages, and real answers that look alike."""

from analysis.text.nonanswers import is_nonanswer
from analysis.text.placeholders import is_placeholder
from analysis.text.split_ideas import split_ideas
from tests.support.every_case import for_each

FROM_TOOLS = [
    *("No answer was given", "no_answer", "Not-provided", "No response from the participant", "Item skipped"),
    *("I prefer not to answer this question", "Did not specify", "用户未填写", "Nothing provided", "此题未作答"),
    *(
        "Not provided",
        "NOT PROVIDED.",
        "N/A",
        "n.a.",
        "#N/A",
        "<NA>",
        "NULL",
        "null",
        "NaN",
        "nan",
        "-99",
        "-999.0",
        "-",
        "--",
        "—",
        "...",
        "n/a",
    ),
    *("(no answer)", "[No response]", "[blank]", "(empty)", "--None--", "Prefer not to say", "I'd rather not say"),
    *("Respondent skipped this question", "Left blank", "Unknown", "Declined to answer", "undefined", "#VALUE!"),
    *("keine Angabe", "Keine Antwort", "k.A.", "k. A.", "nicht beantwortet", "weiß nicht / keine Angabe", "#NV"),
    *("Möchte ich nicht sagen", "(leer)", "entfällt", "Trifft nicht zu"),
    *("néant", "Neant", "NÉANT", "Sans réponse", "non renseigné", "RAS", "R.A.S.", "sans objet", "ne se prononce pas"),
    *("sin respuesta", "Sin contestar", "NS/NC", "No aplica", "no contesta", "prefiero no decirlo", "(en blanco)"),
    *("nessuna risposta", "Non risponde", "n.d.", "non specificato", "preferisco non rispondere"),
    *("sem resposta", "Não respondeu", "não informado", "nao informado", "Não se aplica", "prefiro não dizer"),
    *("geen antwoord", "n.v.t.", "niet ingevuld", "Zeg ik liever niet"),
    *("特になし", "特になし。", "特にありません", "無回答", "該当なし", "未回答", "（なし）"),
    *("无", "無", "没有", "未填写", "拒绝回答", "不适用", "（空）"),
    *("لا يوجد", "لا إجابة", "لا اجابة", "غير متوفر", "لا ينطبق", "لا توجد إجابة."),
    *("inget svar", "brak odpowiedzi", "нет ответа", "не указано", "cevap yok", "무응답", "해당 없음", "אין תשובה"),
]
"""Cells that tools write"""

FROM_PEOPLE = [
    *(
        "weiß nicht",
        "Nichts",
        "nichts, danke",
        "Keine Ahnung, sorry",
        "je ne sais pas",
        "rien à ajouter",
        "Rien, merci",
    ),
    *("no sé", "Nada más", "no tengo ni idea", "non lo so", "niente da aggiungere", "não sei", "nada a dizer"),
    *(
        "weet ik niet",
        "geen idee",
        "わからない",
        "分かりません",
        "不知道",
        "没什么想法",
        "لا أعرف",
        "لا شيء",
        "не знаю",
    ),
    *(
        "N/A (keine Angabe)",
        "No answer / Keine Antwort",
        "No, nothing",
        "No. Nothing.",
        "特に、ありません",
        "모르겠어요",
    ),
]
"""Answers of people who have none"""

WITH_A_SMILE = [
    *(
        "sei lá kkk",
        "no sé jajaja",
        "jsp mdr",
        "mdrrr si seulement je savais",
        "boh ahah",
        "不知道哈哈",
        "哈哈哈",
        "わからんｗ",
        "ｗｗｗ",
    ),
    *("모르겠어요 ㅋㅋ", "ㅋㅋㅋ", "مدري ههه", "هههه", "не знаю хаха", "ไม่รู้ 555", "keine Ahnung lol", "weet niet haha"),
    *("pata nahi", "msh 3aref", "mujhe nahi pata", "wala shi"),
    *(
        "نمی‌دانم",
        "پتہ نہیں",
        "मुझे नहीं पता",
        "ไม่ทราบครับ",
        "មិនដឹងទេ",
        "ບໍ່ຮູ້",
        "မသိဘူး",
        "글쎄요",
        "אין לי מושג",
        "δεν έχω ιδέα",
    ),
    *("понятия не имею", "frag meine Frau", "pregúntale a mi mujer", "妻に聞いてください", "去问我老婆"),
]
"""The same in dialect, in Latin letters and with laughter"""

NOTHING_TO_IMPROVE = [
    *("No suggestions", "nothing to improve!", "no improvements needed, thanks", "Nothing to suggest really"),
    *("Keine Verbesserungsvorschläge", "nichts zu verbessern", "keine Anregungen, danke", "Nada que mejorar."),
    *(
        "no tengo sugerencias",
        "rien à améliorer",
        "Je n'ai pas de suggestions",
        "niente da migliorare",
        "non ho suggerimenti",
    ),
    *(
        "nada a melhorar",
        "Sem propostas",
        "niets te verbeteren",
        "geen verbeterpunten",
        "改善点はありません",
        "要望なし",
    ),
    *("没有什么需要改进的", "无需改进", "لا توجد اقتراحات", "لا شيء للتحسين"),
]
"""Answers of people who are asked what to improve"""

REAL = [
    *("Nothing to improve in the kitchen", "no suggestion box anywhere", "no ideas are listened to", "improvements"),
    *("keine Wünsche werden erfüllt", "nichts zu verbessern gibt es beim Essen", "nada que mejorar en la cocina"),
    *("rien à améliorer dans la cuisine", "todo perfecto", "passt alles", "It's perfect", "厨房没有什么需要改进的"),
    *("笑", "笑い", "nada de ruido", "rien ne marche", "Frag meine Frau nach ihrem Tag"),
    *(
        "Nothing, it's perfect",
        "Nada, está perfecto",
        "Nichts, alles ist gut so",
        "何もない、完璧です",
        "没有，很完美",
        "لا شيء، كل شيء رائع",
    ),
    *("egal wer kommt", "问我老婆的感受", "no sé cocinar", "je ne sais pas nager", "weiß nicht jeder, dass es zieht"),
    *(
        "No answer to my letters",
        "Blank pages in the booklet",
        "Missing street lamps",
        "An unknown number calls me daily",
    ),
    *("Lunch is not provided", "I skipped the queue", "Not available on Sundays, sadly", "Null and void contracts"),
    *(
        "Nothing, it's perfect",
        "No complaints",
        "No preference for trains",
        "Empty",
        "Tom",
        "Nan",
        "None of the trains run",
    ),
    *("Nobody responds to e-mail", "Prefer not to say goodbye at the door", "Refused refunds", "No data protection"),
    *("No answer was given when I rang", "Did not answer my mail", "Choose not to shout", "This question is silly"),
    *("Nothing was repaired", "No response from the council", "I would rather not wait", "Item sizes are wrong"),
    *(
        "Keine Angabe der Preise",
        "Keine Antwort vom Amt",
        "Leer",
        "Nichts ist besser als Schlaf",
        "Unbekannte Gesichter",
    ),
    *("Antwort fehlt seit drei Wochen", "Sans réponse de la mairie", "Rien ne marche", "Rien que du bonheur"),
    *("Sin respuesta del ayuntamiento", "Nada funciona", "No contesta nadie al teléfono", "Sin datos en el móvil"),
    *("Nessuna risposta dal comune", "Niente parcheggi", "Sem resposta da câmara", "Nada melhor que o mar"),
    *("Geen antwoord van de gemeente", "Niets is zo fijn als rust", "図書館がない", "返事がない", "特になしと言われた"),
    *(
        "没有公园",
        "无障碍通道",
        "无聊",
        "没有人回答我",
        "لا يوجد مواقف",
        "لا شيء يعمل",
        "Нет ответа от мэрии",
        "응답이 너무 늦어요",
    ),
    *("#trust", "(Tom)", "[Trust]", "N/A is what the form said", "-5 degrees in the hall", "Missing you", "Value!"),
]
"""Answers that look alike"""


@for_each("text", FROM_TOOLS)
def test_what_tools_write_for_no_answer(text: str) -> None:
    assert is_placeholder(text)
    assert is_placeholder(f"  {text}\u00a0")
    assert is_nonanswer(text)


@for_each("text", FROM_PEOPLE + WITH_A_SMILE + NOTHING_TO_IMPROVE)
def test_what_people_write_who_have_none(text: str) -> None:
    assert is_nonanswer(text)
    assert split_ideas(text) == []


ABOVE = """
see above|Same as above.|ditto|as before|see question 3|Same as Q2|siehe oben|Siehe Frage 4|dito
|wie oben, danke|voir ci-dessus|Idem|voir question 2|véase arriba|ver pregunta 1|lo mismo que antes
|vedi sopra|vedi domanda 3|ver acima|mesma resposta|zie boven|Zie vraag 2|hetzelfde als hierboven
|同上|上記の通りです|如上所述|见问题3|انظر أعلاه|كما ذكرت سابقا
""".replace("\n", "").split("|")
DOES_NOT_APPLY = """
does not apply to me|This question doesn't apply to me|N/A for me|trifft auf mich nicht zu
|ne s'applique pas à moi|no aplica en mi caso|non si applica a me|não se aplica a mim
|niet van toepassing op mij|私には当てはまりません|不适用于我|لا ينطبق علي
""".replace("\n", "").split("|")
MAY_BE_ANSWERS = """
I haven't left|never had a job|does not concern me|not relevant to me|Ich war noch nie dort
|betrifft mich nicht|wie früher|como antes|comme avant|see my dentist|see question marks everywhere
|Answer 2|Question 3|see 3 doctors|above all honesty|the rule does not apply to managers
|the same food every day|siehe da, es geht|die Wohnung oben|ver televisión|見る
""".replace("\n", "").split("|")


@for_each("text", ABOVE + DOES_NOT_APPLY)
def test_what_points_to_another_answer_or_says_that_the_question_does_not_apply(text: str) -> None:
    assert is_nonanswer(text)


@for_each("text", MAY_BE_ANSWERS)
def test_what_may_be_an_answer_to_some_question(text: str) -> None:
    assert not is_nonanswer(text)


@for_each("text", REAL)
def test_real_answers_that_look_alike(text: str) -> None:
    assert not is_placeholder(text)
    assert not is_nonanswer(text)
    assert split_ideas(text)


@for_each("text", ["", " ", "\u00a0", "No, " * 40, "None", "nothing", "idk"])
def test_what_people_leave_or_write_is_no_placeholder(text: str) -> None:
    assert not is_placeholder(text)


def test_praise_after_nothing_is_the_idea() -> None:
    text = "Nothing, it's perfect"
    assert [text[start:end] for start, end in split_ideas(text)] in (["it's perfect"], [text])
