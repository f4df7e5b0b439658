"""Sentences in several languages and odd texts, for tests of models."""

from __future__ import annotations

SENTENCES = [
    "Patience", "yes", "Trust.", "🙂", "❤️❤️❤️ always", "多听少说", "我们每天一起吃晚饭，从不带着怒气睡觉。", "",
    "   ", "Ehrlichkeit und Geduld", "Écouter l'autre sans juger", "صبر و عشق", "Терпение и юмор",
    "We laugh at the same things.", "Never go to bed angry", "separate bathrooms!!!",
    "I say sorry first, even when I am right.", "He makes me coffee every single morning.",
    "Talk about money before you share a bank account", "Let the other one have a bad day.",
    "Time apart, time together", "My grandmother said: choose them again every morning.",
    "We walk the dog together after work and leave phones at home",
    "Being kind in small things, like warming up the car", "Holidays without the children once a year",
    "Ask how it was, and then wait for the answer.", "A shared calendar. Seriously.", "no secrets, few rules",
    "forgive & forget", "When she is quiet I do not fix it, I sit next to her.", "Respect",
    "Keep dating each other 🌹", "Humour, humour and humour",
    "With customers it is the same: call back when you said you would.", "Remember the names of their children",
    "Pay the invoice on time and they will love you.", "My business partner and I have breakfast every Monday.",
    "Old friends need no reason to call", "Write letters",
    "We moved three times and each time we painted the kitchen first.", "Do the dishes before being asked",
    "I gave up being right", "Curiosity about who they are becoming", "Loyalty, full stop",
    "Listen to the end of the sentence", "Faith and a good mattress", "Singing in the car",
    "Agree on how to raise the kids", "Give more than you take, but keep count of nothing",
    "Admit it when you broke the vase", "Therapy. Early, not late.", "A hug that lasts twenty seconds",
    "Different hobbies, same values", "Having enough sleep", "We do not keep score",
    "Saying thank you for ordinary things", "Space to fail", "Tell the truth kindly", "1234567890",
    "<b>bold</b> & \"quoted\"", "=SUM(A1:A9)",
    "Cook together on Sundays, then eat with everybody who happens to be around that day",
    "x" * 3000,
    " ".join(["Growing old together means changing your mind about each other, again and again."] * 31),
    " ".join(["patience"] * 400),
]  # fmt: skip
