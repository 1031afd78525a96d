"""Rows at the edges of what may be recorded, each small enough to be read, and what is asked of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cases import MISSING_VALUE, OUTLIER, by_time
from reference import STATISTIC

SECOND = 1_000_000_000
START = pd.Timestamp("2025-11-01T00:00:00Z").as_unit("ns").value
NONE = float("nan")

WINDOW = 20


@dataclass(frozen=True)
class Edge:
    """Rows that are hard in one way."""

    rows: pd.DataFrame
    """A column for each signal, the index ascending nanoseconds since the Unix epoch."""
    unit: float = 1.0
    """A power of two that the oracle divides values by, so that its sums and squares have room."""


def edges() -> dict[str, Edge]:
    generator = np.random.default_rng(20251101)

    def wave(rows: int = 60, decimals: int = 3) -> np.ndarray:
        """Something like a signal: a swing, a drift and noise."""
        time = np.arange(rows)
        swing = np.sin(time / 4 + generator.uniform(0, 6)) + time / 100
        return np.round(swing + generator.normal(0, 0.2, rows), decimals)

    def with_missing(values: np.ndarray, *places: slice | int) -> np.ndarray:
        values = values.copy()
        for place in places:
            values[place] = np.nan
        return values

    def with_cells(values: np.ndarray, **cells: float) -> np.ndarray:
        values = values.copy()
        for place, value in cells.items():
            values[int(place.removeprefix("row"))] = value
        return values

    def regular(step: int = SECOND, start: int = START, **signals: np.ndarray) -> Edge:
        rows = len(next(iter(signals.values())))
        return Edge(frame(start + np.arange(rows) * step, signals))

    def frame(timestamps: np.ndarray, signals: dict[str, np.ndarray]) -> pd.DataFrame:
        return pd.DataFrame(signals, index=pd.Index(timestamps.astype("int64"), name="time"))

    missing = np.full(60, np.nan)
    pauses = np.where(np.arange(59) % 13 == 12, 90 * SECOND, generator.integers(SECOND // 10, 3 * SECOND, 59))
    millisecond = generator.integers(999_000, 1_001_001, 59)
    few_values = generator.choice([0.054711, 0.382638, -0.273216], 60)
    signs = np.array([0.0, -0.0, 1.0, 0.0, -1.0, -0.0] * 10)
    return {
        "all missing in one signal": regular(a=wave(), b=missing, c=with_missing(wave(), 3, 17)),
        "all missing": regular(a=missing, b=missing, c=missing),
        "one value": regular(a=with_cells(missing, row31=4.5), b=wave(), c=with_cells(missing, row0=-1.0)),
        "constant": regular(a=np.full(60, 5.0), b=np.full(60, 0.1), c=np.full(60, 0.0)),
        "constant but for one cell": regular(
            a=with_cells(np.zeros(60), row33=7.0),
            b=with_missing(np.full(60, 5.0), 12),
            c=with_cells(np.full(60, 0.1), row59=0.1 + 1e-9),
        ),
        "idle": regular(
            a=np.where(np.arange(60) % 9 < 2, wave() + 100, 0.0), b=np.where(np.arange(60) < 48, 1.5, wave()), c=wave()
        ),
        "gaps at both ends": regular(
            a=with_missing(wave(), slice(0, 7), slice(52, 60)), b=with_missing(wave(), 0), c=with_missing(wave(), 59)
        ),
        "gap longer than a window": regular(
            a=with_missing(wave(), slice(8, 53)), b=with_missing(wave(), slice(20, 22)), c=wave()
        ),
        "every other cell missing": regular(
            a=with_missing(wave(), slice(0, 60, 2)), b=with_missing(wave(), slice(1, 60, 2)), c=wave()
        ),
        "infinities": regular(
            a=with_cells(wave(), row5=np.inf, row6=-np.inf), b=with_cells(wave(), row0=np.inf), c=wave()
        ),
        "huge": Edge(regular(a=wave() * 2e307, b=wave() * 1e300, c=np.full(60, 1.7e308)).rows, unit=2.0**1000),
        "tiny": Edge(regular(a=wave() * 1e-308, b=wave() * 1e-300, c=np.full(60, 5e-324)).rows, unit=2.0**-1000),
        "offset of a million": regular(a=wave() + 1e6, b=wave() - 1e6, c=np.round(wave(), 1) + 1e6),
        "offset of a thousand million": regular(a=wave() + 1e9, b=wave() - 1e9, c=np.round(wave(), 1) + 1e9),
        "as many rows as a window": regular(a=wave(WINDOW), b=with_missing(wave(WINDOW), 4, 5), c=wave(WINDOW)),
        "a row less than a window": regular(a=wave(WINDOW - 1), b=wave(WINDOW - 1), c=wave(WINDOW - 1)),
        "two rows": regular(a=np.array([1.0, 2.5]), b=np.array([np.nan, 3.0]), c=np.array([0.1, 0.1])),
        "one row": regular(a=np.array([1.0]), b=np.array([np.nan]), c=np.array([-0.0])),
        "irregular": Edge(
            frame(
                START + np.concatenate([[0], np.cumsum(pauses)]),
                {"a": with_missing(wave(), slice(10, 14), 30), "b": with_missing(wave(), 12, 13, 14), "c": wave()},
            )
        ),
        "milliseconds": Edge(
            frame(
                START + 123_456_789 + np.concatenate([[0], np.cumsum(millisecond)]),
                {"a": with_missing(wave(), slice(40, 45)), "b": wave(), "c": wave()},
            )
        ),
        "leap day": regular(
            start=pd.Timestamp("2024-02-28T12:00:00Z").as_unit("ns").value,
            step=3600 * SECOND,
            a=wave(),
            b=with_missing(wave(), slice(10, 13)),
            c=wave(),
        ),
        "end of a year": regular(
            start=pd.Timestamp("2025-12-31T23:59:30Z").as_unit("ns").value,
            a=wave(),
            b=with_missing(wave(), slice(28, 32)),
            c=wave(),
        ),
        "before 1970": regular(
            start=pd.Timestamp("1969-12-31T23:59:45.5Z").as_unit("ns").value, a=wave(), b=wave(), c=wave()
        ),
        "few different values": regular(a=few_values, b=np.roll(few_values, 7), c=np.round(wave(), 0)),
        "zeros": regular(a=signs, b=np.roll(signs, 1) * wave(), c=np.where(np.arange(60) % 2 == 0, 1.0, -1.0)),
        "a thousand signals": regular(**{f"s{number:03}": wave(24, decimals=1) for number in range(1000)}),
    }


def cases(name: str, edge: Edge) -> Iterator[tuple[str, dict]]:
    """What is asked of an edge."""
    rows = edge.rows
    steps = np.diff(rows.index)
    row_s = float(np.median(steps)) / 1e9 if len(steps) else 1.0
    size = WINDOW if name.endswith("a window") else min(WINDOW, len(rows))
    windows = {"window_size": size}
    if rows.shape[1] > 100:
        yield "defaults", windows | {"window_size": 12}
        yield "min_max of signals", windows | {"normalize_method": "min_max", "normalize_scope": "signal"}
        return

    every = list(STATISTIC)
    raw = {"missing_value_method": "none", "outlier_method": "none", "normalize_method": "none"}
    yield "every statistic, raw", windows | raw | {"features": every}
    yield "every statistic", windows | {"features": every, "normalize_method": "none"}
    for normalize in ("z_score", "min_max"):
        yield f"every statistic, {normalize}", windows | {"features": every, "normalize_method": normalize}
    for method in MISSING_VALUE:
        yield f"missing_value {method}", windows | raw | {"missing_value_method": method}
    for method in OUTLIER:
        yield f"outlier {method}", windows | {"outlier_method": method, "normalize_method": "none"}
    # Absolute bounds and ranges have a unit, and so does the rule that tells nearly constant columns of `min_max`.
    if edge.unit == 1.0:
        yield "outlier bounds", windows | {"outlier_method": "clip", "outlier_params": {"min": -0.5, "max": 1.5}}
        yield "min_max of signals", windows | {"normalize_method": "min_max", "normalize_scope": "signal"}
    yield "outliers missing", windows | {"outlier_params": {"action": "missing", "threshold": 0.5}}
    refilled = {"action": "missing", "threshold": 0.5, "refill": True}
    yield "outliers filled", windows | {"missing_value_method": "median", "outlier_params": refilled}
    yield "outliers dropped", windows | {"outlier_params": {"action": "drop", "threshold": 0.5}, "window_size": size // 2 or 1}
    yield "z_score of signals", windows | {"normalize_scope": "signal"}
    yield "by position, edges filled", windows | raw | {
        "missing_value_method": "interpolate",
        "missing_value_params": {"edges": "fill"},
    }
    yield "by time", raw | {
        "missing_value_method": "interpolate",
        "missing_value_params": {"basis": "time"},
    } | by_time(row_s, size / 2, size / 4)
    yield "no long pauses", windows | {"window_params": {"max_gap_s": 1.5 * row_s}, "window_size": max(1, size // 4)}
    yield "single rows", windows | raw | {"window_size": 1, "overlap": 0}
    yield "window label end", windows | raw | {"window_label": "end", "overlap": 0.25}
