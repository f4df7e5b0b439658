"""Measure how often the encoding of a small file is found, for short answers in 28 languages.

    python -m benchmarks.encodings

A file has a header and 1, 3 or 6 answers. It counts as right where every character of it comes out right, in whatever
encoding of the same letters. "Offered" counts those where the right one is among the few that are offered.
"""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Iterator

import chardet

from analysis.files.encodings import codec, find_encoding

FILES_A_SIZE = 6
ANSWERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("French", "cp1252 mac_roman", ("Être à l'écoute", "Savoir pardonner", "La confiance et l'honnêteté",
     "Partager les tâches ménagères", "Ne jamais se coucher fâchés", "Du temps à deux")),
    ("German", "cp1252 mac_roman", ("Ehrlich sein und zuhören", "Über alles reden können", "Gemeinsame Träume",
     "Sich gegenseitig unterstützen", "Nie wütend schlafen gehen", "Spaß und Respekt")),
    ("Spanish", "cp1252 mac_roman", ("Confianza y cariño", "Hablar con sinceridad", "Pasar más tiempo juntos",
     "Saber pedir perdón", "El compañerismo de cada día", "Reírse también de uno mismo")),
    ("Portuguese", "cp1252", ("Confiança e paciência", "Conversar sem gritar", "Respeitar as diferenças",
     "Não esconder nada", "Carinho todos os dias", "Saber dizer não")),
    ("Italian", "cp1252", ("La sincerità prima di tutto", "Ascoltarsi ogni giorno", "Perché ci vogliamo bene",
     "Ridere di più insieme", "Lasciare libertà", "Non andare a letto arrabbiati")),
    ("Dutch", "cp1252", ("Eerlijk blijven", "Samen één doel hebben", "Geduld en begrip", "Elkaar ruimte geven",
     "Ruzies meteen bijleggen, vóór het slapen", "Humor, ook als het tegenzit: ’s avonds praten")),
    ("Swedish", "cp1252", ("Att lyssna på varandra", "Ärlighet varar längst", "Skratta tillsammans",
     "Ge varandra utrymme", "Förlåta även när det är svårt", "Små gester varje dag")),
    ("Norwegian", "cp1252", ("Ærlighet og tålmodighet", "Å lytte", "Le sammen hver dag", "Gi hverandre rom",
     "Tilgi når det røyner på", "Små ting betyr mye")),
    ("Finnish", "cp1252", ("Rehellisyys ja kärsivällisyys", "Kuunteleminen", "Yhteiset pienet hetket",
     "Anteeksi pyytäminen", "Älä mene vihaisena nukkumaan", "Tilaa hengittää")),
    ("Polish", "cp1250 iso8859_2", ("Szczerość i cierpliwość", "Słuchać siebie nawzajem", "Wspólne śniadania",
     "Umieć przepraszać", "Śmiać się razem", "Dużo rozmów")),
    ("Czech", "cp1250 iso8859_2", ("Upřímnost a trpělivost", "Naslouchat si", "Společné výlety",
     "Umět se omluvit", "Smát se i v těžkých chvílích", "Důvěra")),
    ("Slovak", "cp1250", ("Úprimnosť a trpezlivosť", "Počúvať sa navzájom", "Spoločné večere",
     "Vedieť sa ospravedlniť", "Smiať sa aj v ťažkých chvíľach", "Dôvera")),
    ("Hungarian", "cp1250", ("Őszinteség és türelem", "Figyelni egymásra", "Közös reggelik", "Bocsánatot kérni",
     "Sokat nevetni együtt", "Bízni a másikban, akkor is ha nehéz")),
    ("Romanian", "cp1250", ("Sinceritate şi răbdare", "Să ne ascultăm", "Timp petrecut împreună",
     "Să ştii să ierţi", "Râsul în fiecare zi", "Încredere")),
    ("Slovenian", "cp1250", ("Poštenost in potrpežljivost", "Poslušati drug drugega", "Skupni zajtrki",
     "Znati se opravičiti", "Smeh tudi v težkih časih", "Več pogovora")),
    ("Russian", "cp1251 koi8_r cp866", ("Честность и терпение", "Слушать друг друга", "Вместе завтракать",
     "Уметь просить прощения", "Смеяться каждый день", "Доверие")),
    ("Ukrainian", "cp1251", ("Чесність і терпіння", "Слухати одне одного", "Спільні сніданки",
     "Вміти вибачатися", "Сміятися щодня", "Довіра")),
    ("Bulgarian", "cp1251", ("Честност и търпение", "Да се изслушваме", "Закуска заедно",
     "Да умееш да прощаваш", "Смях всеки ден", "Доверие")),
    ("Greek", "cp1253 iso8859_7", ("Ειλικρίνεια και υπομονή", "Να ακούμε ο ένας τον άλλον", "Κοινά πρωινά",
     "Να ζητάς συγγνώμη", "Γέλιο κάθε μέρα", "Εμπιστοσύνη")),
    ("Turkish", "cp1254", ("Dürüstlük ve sabır", "Birbirini dinlemek", "Birlikte kahvaltı",
     "Özür dilemeyi bilmek", "Her gün gülmek", "Güven, saygı ve hoşgörü")),
    ("Hebrew", "cp1255", ("כנות וסבלנות", "להקשיב זה לזה", "ארוחת בוקר ביחד", "לדעת לבקש סליחה", "לצחוק כל יום",
     "אמון")),
    ("Arabic", "cp1256", ("الصدق والصبر", "أن نستمع لبعضنا", "الفطور معا", "أن تعرف كيف تعتذر", "الضحك كل يوم",
     "الثقة")),
    ("Lithuanian", "cp1257", ("Sąžiningumas ir kantrybė", "Klausytis vienas kito", "Pusryčiai kartu",
     "Mokėti atsiprašyti", "Juoktis kiekvieną dieną", "Pasitikėjimas")),
    ("Thai", "cp874", ("ความซื่อสัตย์และความอดทน", "รับฟังกัน", "กินข้าวเช้าด้วยกัน", "รู้จักขอโทษ", "หัวเราะทุกวัน",
     "ไว้ใจกัน")),
    ("Japanese", "cp932 euc_jp", ("正直さと忍耐", "お互いの話を聞くこと", "一緒に朝ごはんを食べる", "謝ることができる",
     "毎日笑う", "信頼")),
    ("Chinese, simplified", "gb18030", ("诚实和耐心", "互相倾听", "一起吃早饭", "学会道歉", "每天都笑", "信任")),
    ("Chinese, traditional", "big5", ("誠實和耐心", "互相傾聽", "一起吃早飯", "學會道歉", "每天都笑", "信任")),
    ("Korean", "cp949", ("정직과 인내", "서로의 말을 들어 주기", "아침을 같이 먹기", "사과할 줄 아는 것", "매일 웃기",
     "믿음")),
)  # fmt: skip


def made_files(seed: int = 1) -> Iterator[tuple[str, str, int, str]]:
    """Yield language, encoding, number of answers and text of files with letters beyond ASCII."""
    rng = random.Random(seed)
    for language, encodings, answers in ANSWERS:
        for encoding in encodings.split():
            for size in (1, 3, 6):
                for number in range(FILES_A_SIZE if size < len(answers) else 2):
                    between = ",;"[number % 2]
                    lines = [f"{row}{between}{said}" for row, said in enumerate(rng.sample(answers, size), start=1)]
                    text = "\r\n".join([f"id{between}answer", *lines, ""])
                    if not text.isascii():
                        yield language, encoding, size, text


def main() -> None:
    """Print the share of files read right, by their size, and what was missed."""
    files, right, offered, alone = Counter[int](), Counter[int](), Counter[int](), Counter[int]()
    missed = Counter[str]()
    for language, encoding, size, text in made_files():
        content = text.encode(encoding)
        found = find_encoding(io.BytesIO(content))
        files[size] += 1
        is_right = content.decode(codec(found.encoding), "replace") == text
        right[size] += is_right
        offered[size] += any(content.decode(codec(one), "replace") == text for one in found.encodings)
        alone[size] += content.decode(str(chardet.detect(content)["encoding"]), "replace") == text
        if not is_right:
            missed[f"{language} in {encoding}, taken for {found.encoding}"] += 1
    print("| answers | files | right | offered | chardet alone |\n|---|---|---|---|---|")
    for size, count in files.items():
        print(f"| {size} | {count} | {right[size]} | {offered[size]} | {alone[size]} |")
    for what, count in missed.most_common():
        print(f"missed: {what} ({count})")


if __name__ == "__main__":
    main()
