"""Statistics: a column of cells in, a value out, for each column of a frame. Missing cells are skipped."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd

DEFAULT_STATISTICS = ("mean", "std", "min", "max", "median")


def compute(rows: pd.DataFrame, windows: list[tuple[int, int]], statistics) -> tuple[list[str], np.ndarray]:
    """The names of the features, and a row of them for each window."""
    names = [f"{signal}_{statistic}" for signal in rows for statistic in statistics]
    return names, of_windows(rows, windows, statistics).reshape(len(windows), -1)


def of_windows(rows: pd.DataFrame, windows: list[tuple[int, int]], statistics) -> np.ndarray:
    """Statistics by window, signal and statistic. Windows of one length lie side by side, as columns of one frame."""
    table = np.empty((len(windows), rows.shape[1], len(statistics)))
    starts, ends = np.array(windows).T
    cells = rows.to_numpy()
    for length in np.unique(ends - starts):
        places = np.flatnonzero(ends - starts == length)
        # Row of the window, window, signal.
        of_length = cells[starts[places] + np.arange(length)[:, None]]
        frame = pd.DataFrame(of_length.reshape(length, -1))
        for place, statistic in enumerate(statistics):
            table[places, :, place] = STATISTIC[statistic](frame).to_numpy(float).reshape(len(places), -1)
    return table


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
    def of_signal(cells: pd.Series) -> float:
        present = cells.dropna()
        # A zero has the sign before it.
        signs = np.sign(present[present != 0])
        return (np.diff(signs) != 0).sum() if len(present) else math.nan

    return window.apply(of_signal)


def mean_crossings(window: pd.DataFrame) -> pd.Series:
    def mean(cells: pd.Series) -> float:
        present = cells.dropna()
        if present.empty:
            return math.nan
        total = math.fsum(present)
        lost = math.fsum([*present, -total])
        return float((Fraction(total) + Fraction(lost)) / len(present))

    # Differs: the mean, rounded once. Sensors show few different values, and where one of them is next to the mean, the
    # last bit decides on which side it is.
    return crossings(window - window.apply(mean))


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

# How a statistic grows with the unit of its signal: with its square, or not at all; the others in proportion.
DEGREE = {"var": 2} | dict.fromkeys(
    ["skewness", "kurtosis", "zero_crossings", "mean_crossings", "count", "missing_ratio"], 0
)


def degree(statistic: str) -> int:
    return DEGREE.get(statistic, 1)
