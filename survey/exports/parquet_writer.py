"""Writes a Parquet file: `python -m survey.exports.parquet_writer < ROWS.jsonl > FILE.parquet`.

The first line of standard input is the schema, [[column, type], …] with the types of survey.tables.data_dictionary;
each
further line a row. Rows are written in batches, so that memory does not grow with them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

import pyarrow
import pyarrow.parquet

BATCH_ROWS = 5000
TYPES = {
    "text": pyarrow.string(),
    "whole number": pyarrow.int64(),
    "number": pyarrow.float64(),
    "yes or no": pyarrow.bool_(),
    "moment": pyarrow.timestamp("us", tz="UTC"),
}

Row = list[object]


def batches(lines: Iterator[bytes]) -> Iterator[list[Row]]:
    """The rows, some thousand at a time."""
    batch: list[Row] = []
    for line in lines:
        batch.append(json.loads(line))
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def write(lines: Iterator[bytes], output: BinaryIO) -> None:
    """Write the file the lines describe."""
    columns = [(str(name), str(kind)) for name, kind in json.loads(next(lines))]
    schema = pyarrow.schema([(name, TYPES[kind]) for name, kind in columns])
    with pyarrow.parquet.ParquetWriter(output, schema, compression="zstd") as writer:
        for rows in batches(lines):
            arrays = [
                pyarrow.array([_value(row[place], kind) for row in rows], TYPES[kind])
                for place, (_, kind) in enumerate(columns)
            ]
            writer.write_batch(pyarrow.record_batch(arrays, schema=schema))


def _value(cell: object, kind: str) -> object:
    return datetime.fromisoformat(str(cell)) if kind == "moment" and cell is not None else cell


if __name__ == "__main__":
    write(iter(sys.stdin.buffer), sys.stdout.buffer)
