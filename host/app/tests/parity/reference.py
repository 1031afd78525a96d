"""What Fettle computes, said with pandas, numpy and scikit-learn.

`extract` takes a device's rows and the fields of a request, and goes through the five steps: missing values, outliers,
windows, features, normalization. Below it there is a function for each method; its keyword arguments are the method's
parameters with their defaults, and a parameter that it does not take is an error. Where Fettle differs from these
libraries on purpose, a comment says "Differs".
"""

import math
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.preprocessing import MinMaxScaler, StandardScaler

DEFAULT_STATISTICS = ("mean", "std", "min", "max", "median")


@dataclass
class Extraction:
    """The features of a request, and how they came about."""

    names: list[str]
    """`{signal}_{statistic}`, signal by signal."""
    timestamps: np.ndarray
    """When each window begins: nanoseconds since the Unix epoch."""
    values: np.ndarray
    """A row for each window, a column for each name; NaN where there is no value."""

    methods: dict[str, str]
    """The method of each kind of step."""
    statistics: list[str]
    """The statistics of each signal."""
    rows: pd.DataFrame
    """The signals as they were read."""
    cleaned: pd.DataFrame
    """The signals that windows were cut from."""
    windows: list[tuple[int, int]]
    """The rows of each window: the first, and the first that is not in it any more."""
    divisors: np.ndarray
    """What normalization divided each column by."""

    metadata: dict
    """What the answer's `metadata` says about this."""
    degenerate: list[str]
    """The signals whose outlier bounds coincide though values differ."""


@dataclass
class Windows:
    """Where windows begin and end."""

    bounds: list[tuple[int, int]]
    leftover_rows: int
    """Rows in none of the windows that there was room for."""
    dropped: int
    """Windows that there was room for, and that were left out."""
    metadata: dict


def extract(
    rows: pd.DataFrame,
    *,
    missing_value_method="interpolate",
    missing_value_params=None,
    outlier_method="iqr",
    outlier_params=None,
    window_method="sliding",
    window_params=None,
    window_size=None,
    overlap=None,
    features=DEFAULT_STATISTICS,
    normalize_method="z_score",
    normalize_params=None,
) -> Extraction:
    """The features of `rows`: a column for each signal, the index ascending nanoseconds since the Unix epoch."""
    short_forms = {"window_size": window_size, "overlap": overlap}
    short_forms = {name: value for name, value in short_forms.items() if value is not None}

    filled = MISSING_VALUE[missing_value_method](rows, **missing_value_params or {})
    cleaned, degenerate = tame(filled, outlier_method, outlier_params or {})
    windows = WINDOW[window_method](cleaned.index.to_numpy(), **window_params or {}, **short_forms)
    names, computed = compute(cleaned, windows.bounds, features)
    values, divisors = NORMALIZE[normalize_method](computed, **normalize_params or {})

    timestamps = cleaned.index.to_numpy()
    changed = (cleaned != filled) & filled.notna()
    metadata = windows.metadata | {
        "missing_value_method": missing_value_method,
        "outlier_method": outlier_method,
        "window_method": window_method,
        "normalize_method": normalize_method,
        "window_count": len(windows.bounds),
        "row_count": len(rows),
        "imputed_cells": int((rows.loc[filled.index].isna() & filled.notna()).to_numpy().sum()),
        "changed_cells": {} if outlier_method == "none" else {name: int(changed[name].sum()) for name in changed},
        "dropped_rows": len(rows) - len(filled),
        "leftover_rows": windows.leftover_rows,
        "dropped_windows": windows.dropped,
        "empty_signals": [name for name, column in rows.items() if column.isna().all()],
        "largest_gap_s": np.diff(timestamps).max() / 1e9,
    }
    return Extraction(
        names=names,
        timestamps=timestamps[[start for start, _ in windows.bounds]],
        values=values,
        methods={
            "missing_value": missing_value_method,
            "outlier": outlier_method,
            "window": window_method,
            "normalize": normalize_method,
        },
        statistics=list(features),
        rows=rows,
        cleaned=cleaned,
        windows=windows.bounds,
        divisors=divisors,
        metadata=metadata,
        degenerate=degenerate,
    )


# Missing values: rows in, rows out.

MISSING_VALUE = {
    "none": lambda rows: rows,
    "drop": lambda rows: rows.dropna(how="any"),
    "forward_fill": lambda rows: rows.ffill(),
    "backward_fill": lambda rows: rows.bfill(),
    # By position: a gap at the beginning stays, one at the end takes the last value.
    "interpolate": lambda rows: rows.interpolate(method="linear"),
    "mean": lambda rows: rows.fillna(rows.mean()),
    "median": lambda rows: rows.fillna(rows.median()),
}


# Outliers: the present cells of a signal in, its bounds out.


def iqr(cells: pd.Series, threshold=1.5):
    q1, q3 = np.quantile(cells, [0.25, 0.75])
    return q1 - threshold * (q3 - q1), q3 + threshold * (q3 - q1)


def z_score_bounds(cells: pd.Series, threshold=3.0, ddof=0):
    mean, std = cells.mean(), cells.std(ddof=ddof)
    return mean - threshold * std, mean + threshold * std


def clip(cells: pd.Series, lower=0.01, upper=0.99):
    return tuple(np.quantile(cells, [lower, upper]))


OUTLIER = {"iqr": iqr, "z_score": z_score_bounds, "clip": clip}


def tame(rows: pd.DataFrame, method: str, params: dict) -> tuple[pd.DataFrame, list[str]]:
    """Cells beyond the bounds pulled to them, and the signals that have no usable bounds."""
    tamed, degenerate = rows.copy(), []
    if method == "none":
        return tamed, degenerate
    for signal, cells in rows.items():
        present = cells.dropna()
        if present.empty:
            continue
        lower, upper = OUTLIER[method](present, **params)
        if lower == upper and present.nunique() > 1:
            # Differs: a signal that stands still most of the time would become a constant; it is left as it is.
            degenerate.append(signal)
        else:
            tamed[signal] = cells.clip(lower, upper)
    return tamed, degenerate


# Windows: timestamps in, windows out.


def sliding(timestamps: np.ndarray, window_size=100, overlap=0.5) -> Windows:
    # Snapped to nine decimals, so that 100 rows with an overlap of 0.9 are 10 rows apart; then rounded half up.
    stride = max(1, math.floor(round(window_size * (1 - overlap), 9) + 0.5))
    bounds = [(start, start + window_size) for start in range(0, len(timestamps) - window_size + 1, stride)]
    return Windows(
        bounds=bounds,
        leftover_rows=len(timestamps) - bounds[-1][1],
        dropped=0,
        metadata={"window_size": window_size, "overlap": overlap, "stride": stride},
    )


def sliding_time(timestamps: np.ndarray, size_s, step_s=None, min_rows=2) -> Windows:
    size = round(size_s * 1e9)
    step = round((step_s or size_s) * 1e9)
    bounds, covered, dropped = [], np.zeros(len(timestamps), bool), 0
    # The last window ends no later than the last row, which therefore is in none.
    for begin in range(timestamps[0], timestamps[-1] - size + 1, step):
        start, end = (int(row) for row in np.searchsorted(timestamps, [begin, begin + size]))
        covered[start:end] = True
        if end - start < min_rows or (bounds and bounds[-1][0] == start):
            dropped += 1
        else:
            bounds.append((start, end))
    return Windows(
        bounds=bounds,
        leftover_rows=int((~covered).sum()),
        dropped=dropped,
        metadata={"window_size": None, "overlap": None, "stride": None},
    )


WINDOW = {"sliding": sliding, "sliding_time": sliding_time}


# Features: the rows of one window in, a value for each signal out. Missing cells are skipped.


def compute(rows: pd.DataFrame, windows: list[tuple[int, int]], statistics) -> tuple[list[str], np.ndarray]:
    """The names of the features, and a row of them for each window."""
    names = [f"{signal}_{statistic}" for signal in rows for statistic in statistics]
    table = []
    for start, end in windows:
        window = rows.iloc[start:end]
        by_statistic = [STATISTIC[statistic](window).to_numpy(float) for statistic in statistics]
        table.append(np.column_stack(by_statistic).ravel())
    return names, np.array(table)


def constant(window: pd.DataFrame) -> pd.Series:
    return window.min() == window.max()


def var(window: pd.DataFrame) -> pd.Series:
    # Differs: exactly 0 where all cells are alike. pandas' mean of them may be off by a rounding, and the rest follows.
    return window.var(ddof=1).mask(constant(window) & (window.count() > 1), 0.0)


def shape(of_window):
    # Differs: missing where all cells are alike. pandas says 0.
    return lambda window: of_window(window).mask(constant(window))


def slope(window: pd.DataFrame) -> pd.Series:
    def of_signal(cells: pd.Series) -> float:
        present = cells.notna().to_numpy()
        if present.sum() < 2:
            return math.nan
        if cells.min() == cells.max():
            # Differs: exactly 0.
            return 0.0
        return np.polyfit(np.arange(len(cells))[present], cells[present], 1)[0]

    return window.apply(of_signal)


def crossings(window: pd.DataFrame) -> pd.Series:
    def of_signal(cells: pd.Series) -> int:
        # A zero has the sign before it.
        signs = np.sign(cells[cells.notna() & (cells != 0)])
        return int((np.diff(signs) != 0).sum())

    return window.apply(of_signal)


def mean_crossings(window: pd.DataFrame) -> pd.Series:
    def exact_mean(cells: pd.Series) -> float:
        present = cells.dropna()
        return math.fsum(present) / len(present) if len(present) else math.nan

    # Differs: the mean without what a plain sum loses to rounding. Sensors show few different values, and where one of
    # them is the mean, the last bit decides.
    return crossings(window - window.apply(exact_mean))


STATISTIC = {
    "mean": lambda window: window.mean(),
    "std": lambda window: np.sqrt(var(window)),
    "min": lambda window: window.min(),
    "max": lambda window: window.max(),
    "median": lambda window: window.median(),
    # Differs: missing where no cell is present. pandas says 0.
    "sum": lambda window: window.sum(min_count=1),
    "var": var,
    "range": lambda window: window.max() - window.min(),
    "rms": lambda window: np.sqrt((window**2).mean()),
    "skewness": shape(lambda window: window.skew()),
    "kurtosis": shape(lambda window: window.kurt()),
    "p05": lambda window: window.quantile(0.05),
    "p25": lambda window: window.quantile(0.25),
    "p75": lambda window: window.quantile(0.75),
    "p95": lambda window: window.quantile(0.95),
    "iqr": lambda window: window.quantile(0.75) - window.quantile(0.25),
    "mad": lambda window: (window - window.median()).abs().median(),
    "slope": slope,
    # Between neighbouring rows, where both have a cell.
    "mean_abs_change": lambda window: window.diff().abs().mean(),
    "zero_crossings": crossings,
    "mean_crossings": mean_crossings,
    "first": lambda window: window.bfill().iloc[0],
    "last": lambda window: window.ffill().iloc[-1],
    "count": lambda window: window.count(),
    "missing_ratio": lambda window: window.isna().mean(),
}


# Normalization: features in, features and what they were divided by out. Missing cells are passed over and stay.


def z_score(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scaler = StandardScaler()
    with warnings.catch_warnings():
        # Of a column without any value.
        warnings.simplefilter("ignore", RuntimeWarning)
        return scaler.fit_transform(features), scaler.scale_


def min_max(features: np.ndarray, feature_range=(0, 1)) -> tuple[np.ndarray, np.ndarray]:
    scaler = MinMaxScaler(feature_range=tuple(feature_range))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return scaler.fit_transform(features), 1 / scaler.scale_


NORMALIZE = {
    "none": lambda features: (features, np.ones(features.shape[1])),
    "z_score": z_score,
    "min_max": min_max,
}
