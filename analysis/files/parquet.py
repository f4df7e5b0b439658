"""Read Parquet files as rows of text: a header row of the columns' names, then the rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from analysis.files.archives import FAR_LARGER
from analysis.files.model import FileForm, FileRefused, Row
from analysis.files.row_writer import MAX_COLUMNS, MAX_ROWS, TOO_MANY_COLUMNS, TOO_MANY_ROWS
from analysis.messages import N_

BATCH_ROWS = 2_000
MAX_UNPACKED_BYTES = 400_000_000
ENCRYPTED = N_("This Parquet file is encrypted. Write it again without, or save the table as CSV.")
DAMAGED = N_("This Parquet file is damaged, or cut short. Write it again, or save the table as CSV.")


def read_parquet(path: Path) -> tuple[FileForm, Callable[[], Iterator[Row]]]:
    """Return the form of a Parquet file and what reads its rows. Raises FileRefused."""
    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)
    try:
        file = parquet.ParquetFile(path, memory_map=True, pre_buffer=False)
        about = file.metadata
        sizes = [about.row_group(place).total_byte_size for place in range(min(about.num_row_groups, MAX_ROWS))]
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        if "encrypt" in str(error).lower():
            raise FileRefused(ENCRYPTED) from None
        raise FileRefused(DAMAGED) from None
    names = file.schema_arrow.names
    if about.num_rows > MAX_ROWS:
        raise FileRefused(TOO_MANY_ROWS, most=MAX_ROWS)
    if len(names) > MAX_COLUMNS:
        raise FileRefused(TOO_MANY_COLUMNS, most=MAX_COLUMNS)
    if sum(sizes) > MAX_UNPACKED_BYTES:
        raise FileRefused(FAR_LARGER)

    def rows() -> Iterator[Row]:
        yield 1, list(names)
        number = 1
        try:
            for batch in file.iter_batches(BATCH_ROWS, use_threads=False):
                for cells in zip(*(_texts(column) for column in batch.columns), strict=True):
                    number += 1
                    if any(cells):
                        yield number, list(cells)
        except (MemoryError, pyarrow.ArrowCapacityError):
            raise FileRefused(FAR_LARGER) from None
        except (pyarrow.ArrowException, OSError, ValueError, OverflowError):
            raise FileRefused(DAMAGED) from None

    return FileForm("parquet"), rows


def _texts(column: pyarrow.Array) -> Sequence[str]:
    if pyarrow.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pyarrow.timestamp("us", column.type.tz), safe=False)
    values = column.to_pylist()
    if pyarrow.types.is_string(column.type) or pyarrow.types.is_large_string(column.type):
        return [value or "" for value in values]
    if pyarrow.types.is_integer(column.type):
        return ["" if value is None else str(value) for value in values]
    if pyarrow.types.is_timestamp(column.type):
        return ["" if value is None else value.isoformat() for value in values]
    return [cell_text(value) for value in values]


def cell_text(value: Any) -> str:
    """Return a value as text: nothing for null and NaN, whole numbers without .0, nested values as JSON."""
    if value is None or value != value:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (list, dict, tuple)):
        return json.dumps(value, ensure_ascii=False, default=cell_text)
    return str(value)
