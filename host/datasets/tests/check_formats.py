#!/usr/bin/env python3
"""Reads every format of a dataset as data scientists would, and compares each with what was written.

check_formats.py FOLDER, where `write_formats FOLDER` (the example of this crate) has written before: a dataset for each
type of label, and beside its files `content.json`. Needs numpy, pandas, polars and pyarrow.
"""

import json
import sys
from datetime import timezone
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

LEADING = ["device_code", "window_start", "window_end", "split"]
LABEL_DTYPES = {"int": "int64", "float": "float64", "bool": "bool", "text": "str"}


class Content:
    """What was written: columns of one part, floats as their 64 bits."""

    def __init__(self, written: dict, part: str):
        rows = [row for row in written["rows"] if part in ("all", row[3])]
        self.names = LEADING + written["features"] + [written["label"]]
        self.features = written["features"]
        self.device = [row[0] for row in rows]
        self.start = np.array([row[1] for row in rows], dtype="int64")
        self.end = np.array([row[2] for row in rows], dtype="int64")
        self.split = [row[3] for row in rows]
        self.x = np.array([[floating(cell) for cell in row[4]] for row in rows], dtype="float64")
        self.label = [row[5] for row in rows]


def floating(bits: int | None) -> float:
    return np.nan if bits is None else np.array(bits, dtype="uint64").view("float64").item()


def same_bits(found, expected) -> bool:
    """Equal to the bit, signs of zeros among them; one NaN is as good as another."""
    found, expected = np.asarray(found, dtype="float64"), np.asarray(expected, dtype="float64")
    missing = np.isnan(expected)
    return (
        found.shape == expected.shape
        and np.array_equal(np.isnan(found), missing)
        and np.array_equal(found[~missing].view("int64"), expected[~missing].view("int64"))
    )


def same_labels(found: list, content: Content, label_type: str) -> bool:
    if label_type == "float":
        return same_bits(found, [floating(bits) for bits in content.label])
    return list(found) == content.label


def check_npz(path: Path, written: dict, label_type: str):
    arrays = np.load(path, allow_pickle=False)
    expected = "X_train y_train X_val y_val feature_names device_train device_val start_train start_val".split()
    assert arrays.files == expected, arrays.files
    assert arrays["feature_names"].dtype.kind == "U"
    assert arrays["feature_names"].tolist() == written["features"]
    for part in ("train", "val"):
        content = Content(written, part)
        x, y = arrays[f"X_{part}"], arrays[f"y_{part}"]
        device, start = arrays[f"device_{part}"], arrays[f"start_{part}"]
        assert x.dtype == np.float64 and x.flags.c_contiguous and same_bits(x, content.x)
        assert y.dtype.kind == "U" if label_type == "text" else y.dtype == LABEL_DTYPES[label_type], y.dtype
        assert same_labels(y.tolist(), content, label_type)
        assert device.dtype.kind == "U" and device.tolist() == content.device
        assert start.dtype == "datetime64[ns]" and np.array_equal(start.astype("int64"), content.start)


def check_arrow(table: pa.Table, content: Content, label_type: str):
    types = ["string", "timestamp[ns, tz=UTC]", "timestamp[ns, tz=UTC]", "string"]
    types += ["double"] * len(content.features)
    types += [{"int": "int64", "float": "double", "bool": "bool", "text": "string"}[label_type]]
    assert table.schema.names == content.names, table.schema.names
    assert [str(field.type) for field in table.schema] == types, table.schema
    assert json.loads(table.schema.metadata[b"dataset"])["dataset_id"] == "ds_20251103_001"
    assert [table["window_start"].null_count, table[content.names[-1]].null_count] == [0, 0]
    assert table["device_code"].to_pylist() == content.device
    assert table["split"].to_pylist() == content.split
    for name, expected in (("window_start", content.start), ("window_end", content.end)):
        assert np.array_equal(table[name].cast("int64").to_numpy(), expected)
    for at, name in enumerate(content.features):
        assert table[name].null_count == np.isnan(content.x[:, at]).sum()
        assert same_bits(table[name].to_numpy(), content.x[:, at])
    assert same_labels(table[content.names[-1]].to_pylist(), content, label_type)


def check_polars(table: pl.DataFrame, content: Content, label_type: str):
    assert table.columns == content.names, table.columns
    assert table["device_code"].to_list() == content.device
    assert table["split"].to_list() == content.split
    for name, expected in (("window_start", content.start), ("window_end", content.end)):
        times = table[name]
        if times.dtype == pl.String:
            times = times.str.to_datetime(time_unit="ns", time_zone="UTC", strict=True)
        assert times.dtype == pl.Datetime("ns", "UTC"), times.dtype
        assert np.array_equal(times.to_physical().to_numpy(), expected)
    for at, name in enumerate(content.features):
        assert table[name].dtype == pl.Float64
        assert table[name].null_count() == np.isnan(content.x[:, at]).sum()
        assert same_bits(table[name].fill_null(np.nan).to_numpy(), content.x[:, at])
    assert same_labels(table[content.names[-1]].to_list(), content, label_type)


def check_pandas(table: pd.DataFrame, content: Content, label_type: str):
    assert list(table.columns) == content.names, table.columns
    assert table["device_code"].tolist() == content.device
    assert table["split"].tolist() == content.split
    for name, expected in (("window_start", content.start), ("window_end", content.end)):
        times = pd.to_datetime(table[name], utc=True)
        assert str(times.dt.tz) == str(timezone.utc)
        assert np.array_equal(times.dt.as_unit("ns").astype("int64"), expected)
    assert same_bits(table[content.features].to_numpy(), content.x)
    label = table[content.names[-1]]
    assert label.dtype == LABEL_DTYPES[label_type] or label_type == "text", label.dtype
    assert same_labels(label.tolist(), content, label_type)


def check(folder: Path, label_type: str) -> int:
    written = json.loads((folder / "content.json").read_text())
    check_npz(folder / "all.npz", written, label_type)
    files = 1
    for part in ("all", "train", "val"):
        content = Content(written, part)
        parquet = folder / ("data.parquet" if part == "all" else f"{part}.parquet")
        arrow, csv = folder / f"{part}.arrow", folder / f"{part}.csv"
        with pa.OSFile(str(arrow)) as stream:
            check_arrow(pa.ipc.open_stream(stream).read_all(), content, label_type)
        check_polars(pl.read_ipc_stream(arrow), content, label_type)
        check_arrow(pq.read_table(parquet), content, label_type)
        check_polars(pl.read_parquet(parquet), content, label_type)
        check_pandas(pd.read_parquet(parquet), content, label_type)
        check_pandas(pd.read_csv(csv), content, label_type)
        check_polars(pl.read_csv(csv, infer_schema_length=None), content, label_type)
        files += 3
    return files


def main():
    folder = Path(sys.argv[1])
    files = sum(check(folder / label_type, label_type) for label_type in LABEL_DTYPES)
    print(f"{files} files hold what was written, as numpy, pandas, polars and pyarrow read them")


if __name__ == "__main__":
    main()
