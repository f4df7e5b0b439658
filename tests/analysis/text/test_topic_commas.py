"""Commas after a topic or an opening cut off no idea; ends of sentences in other writing do."""

from analysis.text.split_ideas import split_ideas
from tests.support.every_case import for_each

WHOLE = [
    *("橋は、もっと広くしてほしい", "橋では、車が速い", "橋にも、屋根がほしい", "雪が降ったら、来ない"),
    "橋が広いのと、狭いのとがある",
    *("個人的に、橋が好きです", "個人的な意見ですが、橋が狭い", "失礼かもしれませんけど、橋が狭い"),
    *("我觉得，桥应该更宽", "对我来说，桥太窄了", "如果下雪，公交车就不来", "首先，修桥"),
    *("我们希望，桥上没有车", "說實話，橋太窄了"),
    *("في رأيي، الجسر ضيق جدا", "بالنسبة لي، الجسر خطر", "نريد جسرا أوسع، من فضلكم"),
    *("En mi opinión, el puente es estrecho", "Para mí, el puente es peligroso", "Un puente más ancho, por favor"),
    *("À mon avis, il faut plus de ponts", "Plus de ponts", "Breitere Brücken, bitte"),
    "Meiner Meinung nach, mehr Brücken",
    *("Secondo me, il ponte è stretto", "Na minha opinião, a ponte é estreita", "Volgens mij, bredere bruggen"),
    *("По-моему, мост узкий", "제 생각에는, 다리가 좁아요", "สะพาน แคบ"),
]  # fmt: skip
SEVERAL = [
    ("橋は、狭い。川が汚い！魚がいない", ["橋は、狭い", "川が汚い", "魚がいない"]),
    ("橋は広いけど、川が汚い", ["橋は広いけど", "川が汚い"]),
    ("橋を広げてほしいのと、川が汚い", ["橋を広げてほしいのと", "川が汚い"]),
    ("信頼、忍耐、ユーモア", ["信頼", "忍耐", "ユーモア"]),
    ("正直に話すこと、感謝を伝えること", ["正直に話すこと", "感謝を伝えること"]),
    ("ﾊﾞｽ､ﾍﾞﾝﾁ､ﾄｲﾚ｡", ["ﾊﾞｽ", "ﾍﾞﾝﾁ", "ﾄｲﾚ"]),
    ("「もっと静かに」", ["もっと静かに"]),
    ("信任，耐心，幽默", ["信任", "耐心", "幽默"]),
    ("桥太窄，河水太脏", ["桥太窄", "河水太脏"]),
    ("桥太窄了。河水脏！没有鱼？", ["桥太窄了", "河水脏", "没有鱼"]),
    ("الثقة، الصبر، الاحترام", ["الثقة", "الصبر", "الاحترام"]),
    ("لماذا الجسر ضيق؟ افتحوا النهر؛ نريد قوارب", ["لماذا الجسر ضيق", "افتحوا النهر", "نريد قوارب"]),
    ("¿Por qué no hay puente? ¡Más barcos!", ["Por qué no hay puente", "Más barcos"]),
    ("¡Más barcos!¿Y el puente?", ["Más barcos", "Y el puente"]),
    ("ស្ពានតូច។ទន្លេកខ្វក់។", ["ស្ពានតូច", "ទន្លេកខ្វក់"]),
    ("တံတားကျဉ်းတယ်။မြစ်ညစ်တယ်။", ["တံတားကျဉ်းတယ်", "မြစ်ညစ်တယ်"]),
    ("ድልድዩ ጠባብ ነው።ወንዙ ቆሻሻ ነው።", ["ድልድዩ ጠባብ ነው", "ወንዙ ቆሻሻ ነው"]),
    ("पुल तंग है। नदी गंदी है।", ["पुल तंग है", "नदी गंदी है"]),
]


@for_each("text", WHOLE)
def test_one_idea(text: str) -> None:
    assert [text[start:end] for start, end in split_ideas(text)] == [text]


@for_each(("text", "ideas"), SEVERAL)
def test_several_ideas(text: str, ideas: list[str]) -> None:
    assert [text[start:end] for start, end in split_ideas(text)] == ideas
