"""Made-up answers to what would make an office better, in few words, for a model that knows words alone."""

from __future__ import annotations

QUESTION = "What would make our office a better place?"
COFFEE = (
    "a better coffee machine", "coffee machine that works", "a new coffee machine please",
    "the coffee machine is broken", "coffee machine on our floor", "repair the coffee machine",
    "a coffee machine upstairs",
)  # fmt: skip
ESPRESSO = ("espresso like in Rome", "a real espresso now and then", "espresso in the morning")
WINDOWS = (
    "open the window more often", "a window I can open", "please open a window", "open window in the afternoon",
    "someone has to open the window", "let us open the window", "keep the window open in summer",
)  # fmt: skip
CHAIRS = (
    "chairs that do not hurt my back", "softer chairs for my back", "new chairs, my back hurts",
    "my back needs better chairs", "chairs made for a tired back", "good chairs and a happy back",
)  # fmt: skip
MEETINGS = (
    "fewer meetings on Friday", "no meetings before ten", "shorter meetings for everyone",
    "half of our meetings are too long", "meetings with an agenda", "meetings that end on time",
    "I sit in meetings all day",
)  # fmt: skip
BICYCLES = (
    "a dry shed for bicycles", "a shed where bicycles are safe", "bicycles get stolen, build a shed",
    "a roof over the bicycles shed",
)  # fmt: skip
BOTH = ("an open window. And no meetings after lunch", "a coffee machine. Also chairs for my old back")
LOOSE = ("plants", "free parking", "lunch together once a week", "a dog")
SILENT = ("idk", "nothing")
FIRST = (*COFFEE, *ESPRESSO, *WINDOWS, *CHAIRS, *MEETINGS, *BICYCLES, *BOTH, *LOOSE, *SILENT)
"""Pasted at first"""
LAMPS = (
    "a brighter desk lamp", "my desk lamp flickers", "a desk lamp for each of us", "the desk lamp is too dark",
    "one more desk lamp",
)  # fmt: skip
KITCHEN = (
    "clean the kitchen sink", "the kitchen sink smells", "a kitchen sink without dishes", "wash up at the kitchen sink",
    "who cleans our kitchen sink",
)  # fmt: skip
ODD = "juggling"
LATER = (*LAMPS, *KITCHEN, ODD)
"""Pasted later: two topics that nobody had named"""
