"""Who says the opposite of a theme: few among many, by wishes about the same matter; nobody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.embedding.embed_answers import embed_answers
from analysis.known_themes.codebook import Codebook, KnownTheme
from analysis.pipeline import analyse
from analysis.progress import ignore_progress
from analysis.results import Placement
from analysis.stances.mark import Examples, mark_against
from analysis.text.parse_answers import parse_answers
from tests.support.every_case import for_each
from tests.support.toy_model import ToyModel

ELSEWHERE = ["longer opening hours", "a warm hall", "cheaper tickets", "friendly staff", "clean towels"]
BENCHES = ["more benches", "we need benches", "More benches please", "I want more benches"]


def opposed(theme: Sequence[str], codebook: Codebook | None = None) -> set[str]:
    """The answers, each of one idea, that say the opposite of the theme they are all in."""
    book = codebook or Codebook("none", ())
    model, answers = ToyModel(), [*theme, *ELSEWHERE]
    parsed = parse_answers(answers, ignore_progress)
    assert len(parsed.ideas) == len(answers), [idea.text for idea in parsed.ideas]
    embedded = embed_answers(parsed, book, model, ignore_progress)
    placements = [Placement(at, "benches" if at < len(theme) else "rest", 1.0) for at in range(len(answers))]
    examples = Examples.read(book, embedded.examples)
    marked = mark_against(parsed, embedded.wordings, embedded.mean, placements, examples, model)
    assert [each.idea for each in marked] == [each.idea for each in placements]
    return {parsed.ideas[each.idea].text for each in marked if each.against}


@for_each(
    ("theme", "found"),
    [
        ([*BENCHES, "no more benches"], {"no more benches"}),
        (["fewer meetings", "no more meetings", "stop meetings", "don't cancel meetings"], {"don't cancel meetings"}),
        ([*BENCHES, "no more pigeons"], set()),
        ([*BENCHES, "benches are rotten"], set()),
        (["more benches", "no more benches"], set()),
        ([*BENCHES[:2], "no more benches", "fewer benches"], set()),
        (["benches", "Benches", "stop benches"], set()),
        (BENCHES, set()),
        (["Sing less", "dont sing so loudly", "please sing less", "Sing a bit more, ok"], {"Sing a bit more, ok"}),
        (["a bench would be nice", "benches", "bench", "please no bench"], {"please no bench"}),
    ],
    ids=["against", "for", "another matter", "a complaint", "one to one", "two to two", "only named", "of one opinion",
         "advice", "nice to have"],
)  # fmt: skip
def test_the_few_that_want_the_opposite_are_marked(theme: list[str], found: set[str]) -> None:
    assert opposed(theme) == found


def test_the_examples_of_a_known_theme_are_people_of_its_opinion() -> None:
    theme = KnownTheme("benches", "Benches", "", ("more benches", "we want benches", "benches"))
    assert opposed(["nice benches", "stop benches"]) == set()
    assert opposed(["nice benches", "stop benches"], Codebook("own", (theme,))) == {"stop benches"}


def test_what_argues_against_a_theme_is_in_it_and_not_its_quote() -> None:
    against = "please no more benches in front of the house"
    texts = ["more benches in front of the house", "we need more benches in front of the house"]
    texts += ["I want more benches in front of the house", "more benches in front of the old house", against] * 2
    others = [f"{word} {noun}" for word in ("cheaper", "fresh", "warm") for noun in ("bread", "soup", "coffee", "cake")]
    result = analyse([*texts, *others], codebook=Codebook("none", ()), embedder=ToyModel(), re_runs=0)
    marks: Mapping[int, str] = {each.idea: each.theme for each in result.placements if each.against}
    assert {result.ideas[idea].text for idea in marks} == {against}
    (key,) = {*marks.values()}
    theme = next(theme for theme in result.themes if theme.key == key)
    assert theme.people == len(texts)
    assert theme.quotes
    assert not {*theme.quotes} & marks.keys()
