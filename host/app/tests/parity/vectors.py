"""Makes the vectors in ../vectors, with which the tests compare answers where there is no Python.

A vector is a request and what the oracle answers it, with how far each value may be from that. The rows are days of the
demo's machines, which every `fettle demo` has, and the edges, which stand as CSV files beside the vectors.
With --check nothing is written, and the exit code is 1 where what is committed is not what would be.
"""

import argparse
import json
import os
import sys
import tempfile
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import cases
import edges
from client import Fettle
from recordings import demo_recording, iso
from reference import InsufficientData, Oracle
from tolerance import tolerance

REPOSITORY = Path(__file__).resolve().parents[4]
VECTORS = Path(__file__).resolve().parents[1] / "vectors"

SCHEMA = pa.schema(
    {
        "recording": pa.string(),
        "case": pa.string(),
        # What is asked, without names of model and device.
        "request": pa.string(),
        # The problem's code; null where the answer is features.
        "refused": pa.string(),
        "names": pa.list_(pa.string()),
        # Nanoseconds since the Unix epoch.
        "timestamps": pa.list_(pa.int64()),
        # Window by window; null where a value is missing.
        "expected": pa.list_(pa.float64()),
        "tolerated": pa.list_(pa.float64()),
        # What the answer's metadata has to say, among other things.
        "metadata": pa.string(),
        # Signals whose outlier bounds coincide.
        "degenerate": pa.list_(pa.string()),
    }
)

# 500 rows each: gaps and outliers, and a gas flow meter that is away.
DEMO = [("WLD001", "2025-11-01T08:00:00"), ("WLD002", "2025-10-17T08:30:00")]
DEMO_LENGTH = 5_000_000_000_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    parser.add_argument("--binary", type=Path, default=target / "debug" / "fettle", help="the program (%(default)s)")
    parser.add_argument("--check", action="store_true", help="compare with what is committed")
    arguments = parser.parse_args()

    recorded = {slug(name): csv(edge.rows) for name, edge in edges.edges().items()}
    tables = {"demo": demo_vectors(arguments.binary.resolve()), "edges": edge_vectors()}
    if arguments.check:
        return check(recorded, tables)
    (VECTORS / "edges").mkdir(parents=True, exist_ok=True)
    for name, text in recorded.items():
        (VECTORS / "edges" / f"{name}.csv").write_text(text)
    for name, table in tables.items():
        pq.write_table(table, VECTORS / f"{name}.parquet", compression="zstd", compression_level=19)
        print(f"{name}: {table.num_rows} vectors, {(VECTORS / f'{name}.parquet').stat().st_size} bytes")
    return 0


def demo_vectors(binary: Path) -> pa.Table:
    with tempfile.TemporaryDirectory(prefix="fettle-vectors-") as folder, Fettle(binary, Path(folder)) as fettle:
        first, second = (demo_recording(fettle.data_dir, *part, DEMO_LENGTH) for part in DEMO)
    row_s = first.span_s(1)
    asked = [
        (first, chain(cases.combinations(row_s), cases.statistics())),
        (second, chain(cases.parameters(row_s), cases.statistics())),
    ]
    vectors = []
    for recording, group in asked:
        oracle = Oracle(recording.rows)
        vectors += [vector(recording.device, oracle, case, fields) for case, fields in group]
    return pa.Table.from_pylist(vectors, SCHEMA)


def edge_vectors() -> pa.Table:
    vectors = []
    for name, edge in edges.edges().items():
        oracle = Oracle(edge.rows, edge.unit)
        vectors += [vector(slug(name), oracle, case, fields) for case, fields in edges.cases(name, edge)]
    return pa.Table.from_pylist(vectors, SCHEMA)


def vector(recording: str, oracle: Oracle, case: str, fields: dict) -> dict:
    first, last = oracle.rows.index[0], oracle.rows.index[-1]
    request = {"start_time": iso(first), "end_time": iso(last + 1)} | fields
    about = {"recording": recording, "case": case, "request": json.dumps(request)}
    try:
        expected = oracle.extract(**fields)
    except InsufficientData:
        return about | {"refused": "insufficient_data"}
    return about | {
        "names": expected.names,
        "timestamps": expected.timestamps,
        "expected": [None if np.isnan(value) else value for value in expected.values.ravel()],
        "tolerated": rounded_up(tolerance(expected)).ravel(),
        "metadata": json.dumps(expected.metadata),
        "degenerate": expected.degenerate,
    }


def rounded_up(tolerances: np.ndarray) -> np.ndarray:
    """To three bits, which are enough and pack well."""
    fraction, exponent = np.frexp(np.nan_to_num(tolerances))
    return np.ldexp(np.ceil(fraction * 8) / 8, exponent)


def slug(name: str) -> str:
    """A name as a device's code, which is a file's name too."""
    return name.replace(" ", "-")


def csv(rows: pd.DataFrame) -> str:
    """The rows as a file that can be imported, every number so that it reads back as itself."""
    times = pd.Series([iso(time).replace("+00:00", "Z") for time in rows.index], index=rows.index, name="time")
    table = pd.concat([times, rows.map(lambda cell: "" if np.isnan(cell) else repr(float(cell)))], axis=1)
    return table.to_csv(index=False)


def check(recorded: dict[str, str], tables: dict[str, pa.Table]) -> int:
    stale = [name for name, text in recorded.items() if committed_text(VECTORS / "edges" / f"{name}.csv") != text]
    stale += [name for name, table in tables.items() if not same(pq.read_table(VECTORS / f"{name}.parquet"), table)]
    for name in stale:
        print(f"failed: the vectors of {name} are not what vectors.py makes")
    return 1 if stale else 0


def committed_text(file: Path) -> str | None:
    return file.read_text() if file.is_file() else None


def same(committed: pa.Table, made: pa.Table) -> bool:
    """Whether all is the same but for the last digits, which may depend on the processor."""
    exact = [name for name in SCHEMA.names if name not in ("expected", "tolerated")]
    if not committed.select(exact).equals(made.select(exact)):
        return False
    ours, theirs = (pa.chunked_array(table["expected"]).combine_chunks().flatten() for table in (committed, made))
    ours, theirs = (values.to_numpy(zero_copy_only=False) for values in (ours, theirs))
    return len(ours) == len(theirs) and np.allclose(ours, theirs, rtol=1e-8, atol=1e-8, equal_nan=True)


if __name__ == "__main__":
    sys.exit(main())
