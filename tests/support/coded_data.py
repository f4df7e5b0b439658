"""A folder of made-up coded answers with the names and columns of the benchmarks' data, to see that these run."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path

OPENINGS = ("We should have", "Nobody cares about", "Please repair", "I miss", "Give us", "What a waste is", "More of",
            "My neighbours want", "There is never enough", "Ask about", "Next year, plan", "Stop with")  # fmt: skip
MATTERS = ("buses", "benches", "bins", "shade", "lamps", "paths", "swings", "music", "books", "tools", "maps", "bread",
           "paint", "tents", "boats", "ramps", "taps", "clocks", "gates", "hedges", "chairs", "nets", "signs", "kites",
           "stoves", "bikes")  # fmt: skip
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "pt", "zh")
KNOWN = ("listening", "trust", "humour", "honesty")
MANNERS = {
    "listening": "She listens to me",
    "trust": "I trust him",
    "humour": "We laugh a lot",
    "honesty": "Be honest",
}


def make_coded_data(folder: Path) -> Path:
    """Write all files; return the folder."""
    requests = [
        {"text": f"{opening} {matter}", "label": matter} for matter in MATTERS for opening in OPENINGS
    ]  # fmt: skip
    _write(folder / "banking77.csv", requests)
    _write(folder / "scale_reddit_titles_200k.csv", requests)
    few = [row for row in requests if row["label"] in MATTERS[:5]]
    _write(folder / "anes2008_d5.csv", ({**row, "codes": row["label"]} for row in few))
    _write(folder / "argkp_2021.csv", _arguments())
    xsid = ({**row, "lang": language} for language in LANGUAGES for row in few[::3])
    _write(folder / "xsid_five_languages.csv", xsid)
    manners = [
        {"id": str(at), "answer": f"{MANNERS[code]} {often}", "codes": code, "kind": "single", "relationship": ""}
        for at, (code, often) in enumerate(itertools.product(KNOWN, ("daily", "at work", "at home", "when tired")))
    ]
    manners[0]["codes"], manners[1]["codes"] = "trust", "humour"  # coded otherwise than a machine would
    _write(folder / "relationship_dev.csv", manners)
    _write(
        folder / "relationship_dev_languages.csv", ({**row, "lang": code} for code in LANGUAGES for row in manners)
    )  # fmt: skip
    _write(folder / "facebook_answers.csv", ({"answer": row["answer"], "by": "Ruth"} for row in manners))
    _write(
        folder / "workplace80.csv",
        ({"answer": row["text"], "codes": row["label"], "against": str(at % 5 // 4)} for at, row in enumerate(few)),
    )
    return folder


def _arguments() -> Iterable[dict[str, str]]:
    for topic, stance in itertools.product(("Parks", "Markets", "Bridges"), ("1", "-1")):
        for matter, opening in itertools.product(MATTERS[:3], OPENINGS[:4]):
            label = f"{matter} {'help' if stance == '1' else 'harm'}"
            text = f"{opening} {matter} by the {topic.lower()}, which {label.split()[1]}"
            yield {"text": text, "label": label, "topic": topic, "stance": stance}


def _write(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    table = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
