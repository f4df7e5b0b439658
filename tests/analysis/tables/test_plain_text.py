"""HTML in cells becomes text; what only looks like HTML stays as written."""

from __future__ import annotations

import time

import pytest

from analysis.tables.plain_text import is_html, is_surely_html, plain_text
from tests.analysis.tables.support import read_table
from tests.support.every_case import for_each


@for_each(
    ("html", "text"),
    [
        ("<p>More trees</p>", "More trees"),
        ("<P CLASS='x'>More trees</P>", "More trees"),
        ("More trees<br>Better buses<BR/>Benches<br />Shade", "More trees\nBetter buses\nBenches\nShade"),
        ("More trees<br>\nBetter buses", "More trees\nBetter buses"),
        ("<p>More trees</p>\n<p>&nbsp;</p>\n<p>Better buses</p>", "More trees\nBetter buses"),
        ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
        ("<ul><li>Trees</li><li>Buses</li></ul>", "- Trees\n- Buses"),
        ("<ol>\n <li>Trees</li>\n <li>Buses</li>\n</ol>\n<p>Thanks</p>", "1. Trees\n2. Buses\nThanks"),
        ("I want:<ul><li>Trees<ul><li>oaks</li></ul></li></ul>", "I want:\n- Trees\n- oaks"),
        ("Trees&nbsp;&amp;&nbsp;buses", "Trees & buses"),
        ("it&#8217;s late, it&#x27;s cold, &quot;brr&quot; &hellip;", 'it’s late, it\'s cold, "brr" …'),
        ("B&auml;ume f&uuml;r die Stra&szlig;e", "Bäume für die Straße"),
        ("&#26408;&#12434;", "木を"),
        ("&lt;p&gt;Twice&lt;/p&gt;", "Twice"),
        ("&amp;lt;p&amp;gt;Thrice &amp;amp;amp; more&amp;lt;/p&amp;gt;", "Thrice & more"),
        ("cost &lt; 5 &amp; &gt; 3", "cost < 5 & > 3"),
        ("I &lt;3 you", "I <3 you"),
        ("<!-- a comment --><b>Bold</b> words", "Bold words"),
        ("<style>p { color: red }</style><p>Trees</p><script>alert('<p>no</p>')</script>", "Trees"),
        ("<p class=MsoNormal style='mso-bidi-font-family:\"Times New Roman\"'>Trees<o:p></o:p></p>", "Trees"),
        ("<!--[if gte mso 9]><xml><w:View>Normal</w:View></xml><![endif]-->Trees<p>", "Trees"),
        ('<a href="https://town.example/?a=1&amp;b=2">Our page</a> says', "Our page says"),
        ("<table><tr><td>Trees</td><td>5</td></tr><tr><td>Buses</td><td>3</td></tr></table>", "Trees 5\nBuses 3"),
        ("<span style=\"font-size:12pt\">Más árboles</span>", "Más árboles"),
        ("<p>&nbsp;</p>", ""),
        ("<div><br></div>", ""),
        ("A line\nand another with <b>bold</b> words", "A line\nand another with bold words"),
        ("<p>Never closed<p>Next", "Never closed\nNext"),
    ],
)  # fmt: skip
def test_html(html: str, text: str) -> None:
    assert is_surely_html(html)
    assert plain_text(html) == text


@for_each(
    "text",
    [
        "cost < 5 and > 3",
        "a <b",
        "I <3 you",
        "<- this",
        "more -> less <- more",
        "AT&T, R&D; Q&A & more",
        "the &unknown; thing",
        "<grin> yes <sigh>",
        "<http://town.example> and <me@town.example>",
        "x<y and y>z",
        "if a <b and c> d",
        "Use the <b> tag",
        "1 << 2 >> 3",
        "<<Bäume>>",
        "<我>的 & 你",
        "&c.",
        "50 <% of us",
    ],
)
def test_what_is_no_html_stays(text: str) -> None:
    assert not is_surely_html(text)
    read = read_table([["id", "answer"], ["1", text], ["2", "More trees along the road"], ["3", "Better buses"]])
    assert read.texts[0] == text


def test_a_whole_column_decides_on_a_doubtful_cell() -> None:
    doubtful = "More <b> trees"
    assert not is_html([doubtful, "Better buses"])
    plain = read_table([["id", "answer"], ["1", doubtful], ["2", "Better buses"]])
    html = read_table([["id", "answer"], ["1", doubtful], ["2", "<p>Better buses</p>"]])
    assert plain.texts == [doubtful, "Better buses"]
    assert html.texts == ["More trees", "Better buses"]


def test_columns_are_judged_one_by_one() -> None:
    rows = [[str(n), f"<p>Text of many words number {n}</p>", f"Other words < {n} & so on"] for n in range(6)]
    read = read_table([["id", "What?", "Why?"], *rows])
    assert read.forms.html == {1}


def test_cells_of_blank_html_are_blank() -> None:
    rows = [["1", "<p>Trees</p>"], ["2", "<p>&nbsp;</p>"], ["3", "<br>"], ["4", "&#8203;"], ["5", "<p>N/A</p>"]]
    assert read_table([["id", "answer"], *rows]).left_out == {"blank": 3, "placeholder": 1}


@pytest.mark.parametrize(
    "part", ['<p a="', "<!--", "<p ", "<a b='", "&", "<script>", "< ", "<p a", "<a", "&amp;", "<![", "<li>"]
)
def test_it_takes_linear_time(part: str) -> None:
    began = time.process_time()
    plain_text(part * 100_000)
    for blanks in (" ", "\n ", " \xa0"):
        plain_text(f"a{blanks * 50_000}b<p>{part}")
        plain_text(f"a{blanks * 50_000}b&amp;{part}")
    is_surely_html(part * 100_000)
    assert time.process_time() - began < 3
