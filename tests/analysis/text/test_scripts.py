"""The script that most of a text is written in."""

from analysis.text.scripts import main_script
from tests.support.every_case import for_each


@for_each(
    ("text", "script"),
    [
        ("Trust", "Latin"),
        ("Vertrauen, überall und jederzeit", "Latin"),
        ("tiếng Việt", "Latin"),
        ("ＴＲＵＳＴ", "Latin"),
        ("\U0001d413rust \U0001d413", "Latin"),
        ("42 \U0001f600", "Latin"),
        ("", "Latin"),
        ("図書館は遠い", "Japanese"),
        ("ﾊﾞｽ ｶﾞ ｵｿｲ", "Japanese"),
        ("图书馆很远", "Chinese"),
        ("도서관", "Hangul"),
        ("ห้องสมุด ไกล", "Thai"),
        ("المكتبة بعيدة", "Arabic"),
        ("הספרייה רחוקה", "Hebrew"),
        ("पुस्तकालय दूर है", "Devanagari"),
        ("Библиотека далеко", "Cyrillic"),
        ("Η βιβλιοθήκη", "Greek"),
        ("ベンチがほしい please", "Japanese"),
        ("please more benches ほしい", "Latin"),
        ("ab גד", "Latin"),
    ],
)
def test_most_letters_say_what_script_it_is(text: str, script: str) -> None:
    assert main_script(text) == script
