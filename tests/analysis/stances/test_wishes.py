"""What a text wants and does not want, by its words."""

from __future__ import annotations

from analysis.stances.wishes import wishes
from tests.support.every_case import for_each


@for_each(
    ("text", "wanted"),
    [
        ("more benches in the square", ["+benches"]),
        ("Fewer signs, more benches", ["-signs", "+benches"]),
        ("please don't close the night bus", ["+night bus"]),
        ("we don't need any more benches", ["-benches"]),
        ("we need fewer signs", ["-signs"]),
        ("Stop cutting hedges!", ["-cutting hedges"]),
        ("The bus stop is too far away", []),
        ("Don't turn the library into a snack bar", ["-snack bar"]),
        ("the market is fine", ["+market"]),
        ("The kiosk should be closed", ["-kiosk"]),
        ("the kiosk should not be closed because I like it", ["+kiosk"]),
        ("There is no soap", []),
        ("Keep the old clock. It is beautiful", ["+old clock"]),
        ("there is no reason to ban kites", ["+kites"]),
        ("nobody needs another car park", ["-car park"]),
        ("benches", []),
        ("", []),
        ("Sing a bit more, honestly", ["+sing"]),
        ("please worry less", ["-worry"]),
        ("dont sing so loudly", ["-sing"]),
        ("everything costs more", []),
        ("Please don't chase the pigeons away", ["-chase the pigeons"]),
        ("we don't chase pigeons", []),
        ("don't know what to say", []),
        ("don't forget the benches", ["+benches"]),
        ("take more walks", ["+walks"]),
        ("Don't take so many walks", ["-walks"]),
        ("don't take more walks", ["-walks"]),
        ("a kiosk by the lake would be nice", ["+kiosk"]),
        ("no kiosk would be nice", ["-kiosk"]),
        ("a kiosk would help", ["+kiosk"]),
        ("a kiosk would help the pigeons", []),
        ("it would be nice if it was warmer", []),
        ("it would be nice to have a kiosk", ["+kiosk"]),
        ("say no", ["-say yes"]),
        ("learn to say no more often", ["-say yes"]),
        ("Say yes more often", ["+say yes"]),
        ("say no to the kiosk", ["-kiosk"]),
        ("everybody may come unless they say no", []),
        ("honestly we have too many kiosks. plant a tree", ["-kiosks", "+tree"]),
        ("there are way too many pigeons here", ["-pigeons"]),
        ("they send too many letters", ["-letters"]),
        ("too many people don't know the kiosk", []),
        ("too many pigeons can't fly", []),
        ("there are not too many kiosks", []),
        ("you can never have too many kiosks", []),
        ("too much of a good thing", []),
        ("stop wasting money on kiosks and mend the path", ["-kiosks"]),
        ("don't spend so much time on the hedges", ["-hedges"]),
        ("don't move everything to the app", ["-app"]),
        ("spend less money on hedges", ["-hedges"]),
        ("spend more money on hedges", ["+hedges"]),
        ("it is not wise to spend money to feed pigeons", []),
        ("spending our money on hedges has to stop", ["-hedges"]),
        ("the town should stop feeding pigeons", ["-feeding pigeons"]),
        ("turn the fountain down", ["-fountain"]),
        ("please turn the radio off at night", ["-radio"]),
        ("don't turn the lights off", ["+lights"]),
        ("turn the lamps up please", ["+lamps"]),
        ("keep prices down", ["+prices down"]),
        ("reduce the fees", []),
        ("louder bells", ["+bells"]),
        ("pigeons no thanks", ["-pigeons"]),
        ("a kiosk please", ["+kiosk"]),
        ("help please", []),
        ("no doubt about it", []),
        ("no less than ten benches", []),
        ("no more pigeons honestly", ["-pigeons"]),
        ("I don't think we need a kiosk", ["-kiosk"]),
    ],
)
def test_what_is_wanted_and_what_is_not(text: str, wanted: list[str]) -> None:
    assert [("-" if wish.against else "+") + " ".join(wish.matter) for wish in wishes(text)] == wanted


def test_a_language_without_cues_says_nothing() -> None:
    assert wishes("more benches", "xx") == []
