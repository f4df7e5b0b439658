"""Run all quality benchmarks, with BERTopic as the baseline.

    python -m benchmarks [--data ../shared/data] [--out benchmarks/RESULTS.md]

Exits with status 1 if a target is missed.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from analysis.embedding.models import Embedder, load
from benchmarks import (
    advice,
    blind_check,
    discovery,
    growing_surveys,
    half_coded,
    identity,
    known_themes,
    languages,
    owner_edits,
    packaged_codebooks,
    search,
    shelf,
    stability,
    stances,
    surveys_by_hand,
    teaching,
    theme_doctor,
    theme_names,
    two_points,
)
from benchmarks.cached_embedder import CachedEmbedder
from benchmarks.place import DATA_FOLDER
from benchmarks.result_table import RESULTS, Row, as_markdown, write

# The data file that each measurement needs. Add new measurements here.
MEASURES: tuple[tuple[str, Callable[[Path, Embedder], list[Row]]], ...] = (
    ("banking77.csv", discovery.small_samples),
    ("argkp_2021.csv", discovery.debates),
    ("anes2008_d5.csv", discovery.survey_question),
    ("relationship_dev.csv", known_themes.relationships),
    ("facebook_answers.csv", known_themes.facebook),
    ("workplace80.csv", packaged_codebooks.by_hand),
    ("workplace80.csv", packaged_codebooks.in_languages),
    ("workplace80.csv", packaged_codebooks.workplace80),
    ("workplace80.csv", packaged_codebooks.workplace80_alone),
    ("workplace80.csv", surveys_by_hand.rows),
    ("workplace80.csv", two_points.rows),
    ("workplace80.csv", growing_surveys.rows),
    ("workplace80.csv", half_coded.rows),
    ("xsid_five_languages.csv", languages.one_at_a_time),
    ("xsid_five_languages.csv", languages.in_one_survey),
    ("relationship_dev_languages.csv", languages.known_in_other_languages),
    ("relationship_dev_languages.csv", languages.own_phrases),
    ("banking77.csv", theme_names.name_themes),
    ("anes2008_d5.csv", theme_names.names_people_say),
    ("anes2008_d5.csv", identity.later_answers),
    ("banking77.csv", stability.rows),
    ("workplace80.csv", owner_edits.edits),
    ("anes2008_d5.csv", teaching.survey_question),
    ("banking77.csv", teaching.customer_questions),
    ("xsid_five_languages.csv", teaching.requests),
    ("argkp_2021.csv", teaching.debates),
    ("argkp_2021.csv", theme_doctor.rows),
    ("argkp_2021.csv", stances.debates),
    ("workplace80.csv", stances.survey),
    ("workplace80.csv", stances.sentences),
    ("workplace80.csv", stances.sentences_in_languages),
    ("workplace80.csv", stances.new_sentences),
    ("relationship_dev.csv", search.rows),
    ("relationship_dev.csv", advice.rows),
    ("relationship_dev.csv", blind_check.relationships),
    ("argkp_2021.csv", shelf.rows),
)


def main() -> int:
    """Measure, print the table and write it; return 0 if all targets are met or there is no data."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA_FOLDER, help="folder of data")
    parser.add_argument("--out", type=Path, default=RESULTS, help="file of the table")
    options = parser.parse_args()
    rows, notes, started = [], [], time.perf_counter()
    if not any((options.data / file).is_file() for file, _ in MEASURES):
        print(f"skipped: no data in {options.data} (name the folder with --data)", file=sys.stderr)
        return 0
    embedder = CachedEmbedder(load())
    for file, measure in MEASURES:
        if not (options.data / file).is_file():
            notes.append(f"Skipped: {measure.__name__}, because there is no {file} in the folder of data.")
            print(notes[-1], file=sys.stderr)
            continue
        measure_started = time.perf_counter()
        rows += measure(options.data, embedder)
        print(f"{measure.__name__}: {time.perf_counter() - measure_started:.0f} s", file=sys.stderr, flush=True)
    print(as_markdown(rows, peer="BERTopic"))
    write(options.out, "What it finds", rows, notes, command="make bench", seconds=time.perf_counter() - started,
          peer="BERTopic")  # fmt: skip
    return 1 if any(row.passes is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
