"""The forms of an answer beside JSON, each read by the libraries that data scientists would read it with."""

import io
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from client import Answer, Fettle

ARROW_STREAM = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
CSV = "text/csv"


def other_forms(fettle: Fettle, request: dict) -> dict[str, Answer]:
    """The answer in every form but JSON, by what it is and who read it. CSV says nothing of how it came about."""
    arrow, parquet, csv = (fettle.extract_as(form, request) for form in (ARROW_STREAM, PARQUET, CSV))
    return {
        "Arrow stream, by pyarrow": of_arrow(pa.ipc.open_stream(io.BytesIO(arrow)).read_all()),
        "Arrow stream, by polars": of_polars(pl.read_ipc_stream(io.BytesIO(arrow))),
        "Parquet file, by pyarrow": of_arrow(pq.read_table(io.BytesIO(parquet))),
        "Parquet file, by polars": of_polars(pl.read_parquet(io.BytesIO(parquet))),
        "Parquet file, by pandas": of_pandas(pd.read_parquet(io.BytesIO(parquet))),
        "CSV, by pandas": of_pandas(pd.read_csv(io.BytesIO(csv))),
        "CSV, by polars": of_polars(pl.read_csv(io.BytesIO(csv), infer_schema_length=None)),
    }


def windows(fettle: Fettle, request: dict) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The names of the signals, the times of all rows of each window, and their cells by window, row and signal."""
    stream = fettle.extract_as(ARROW_STREAM, request | {"output": "windows"})
    table = pa.ipc.open_stream(io.BytesIO(stream)).read_all().combine_chunks()
    times, *signals = (column.chunk(0) for column in table.columns[1:])
    as_windows = (table.num_rows, times.type.list_size)
    cells = [signal.flatten().to_numpy(zero_copy_only=False).reshape(as_windows) for signal in signals]

    by_polars = pl.read_ipc_stream(io.BytesIO(stream))
    for name, found in zip(table.schema.names[2:], cells):
        if not np.array_equal(by_polars[name].to_numpy(), found, equal_nan=True):
            raise ValueError(f"polars reads other windows of {name} than pyarrow")
    row_times = times.flatten().to_numpy(zero_copy_only=False).astype("datetime64[ns]").astype("int64")
    return table.schema.names[2:], row_times.reshape(as_windows), np.stack(cells, axis=2)


def of_arrow(table: pa.Table) -> Answer:
    about = {key.decode(): value for key, value in table.schema.metadata.items()}
    columns = [column.to_numpy() for column in table.columns]
    return Answer(
        names=table.schema.names[1:],
        timestamps=columns[0].astype("datetime64[ns]").astype("int64"),
        values=np.column_stack(columns[1:]),
        metadata=json.loads(about["metadata"]),
        warnings=json.loads(about["warnings"]),
    )


def of_polars(table: pl.DataFrame) -> Answer:
    return of_pandas(pd.DataFrame({name: table[name].to_list() for name in table.columns}))


def of_pandas(table: pd.DataFrame) -> Answer:
    times = pd.to_datetime(table["timestamp"], utc=True)
    return Answer(
        names=list(table.columns[1:]),
        timestamps=times.dt.as_unit("ns").astype("int64").to_numpy(),
        values=table.iloc[:, 1:].to_numpy(dtype=float),
        metadata=None,
        warnings=None,
    )
