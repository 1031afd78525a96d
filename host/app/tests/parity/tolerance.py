"""How far a result may be from the reference.

|found - expected| <= rtol * |expected| + 64 * epsilon * max|x|, where x is the signal as it was read and the second
term is in the unit of the result. A step passes on what those before it were allowed, so rtol is the largest of all.
"""

import numpy as np
import pandas as pd

from reference import Dataset, Extraction, of_windows

EPSILON = np.finfo(float).eps

EXACT, ORDER, SUM, SHAPE = 0.0, 1e-12, 1e-9, 1e-7

RTOL_OF_METHOD = {
    ("missing_value", "none"): EXACT,
    ("missing_value", "drop"): EXACT,
    ("missing_value", "forward_fill"): EXACT,
    ("missing_value", "backward_fill"): EXACT,
    ("missing_value", "interpolate"): ORDER,
    ("missing_value", "median"): ORDER,
    ("missing_value", "mean"): SUM,
    ("outlier", "none"): EXACT,
    ("outlier", "iqr"): ORDER,
    ("outlier", "clip"): ORDER,
    ("outlier", "z_score"): SUM,
    ("window", "sliding"): EXACT,
    ("window", "sliding_time"): EXACT,
    ("normalize", "none"): EXACT,
    ("normalize", "z_score"): SUM,
    ("normalize", "min_max"): SUM,
}

# Whole numbers, and a quotient of two: nothing to round.
COUNTS = {"count", "missing_ratio", "zero_crossings", "mean_crossings"}

RTOL_OF_STATISTIC = (
    dict.fromkeys(COUNTS | {"min", "max", "range", "first", "last"}, EXACT)
    | dict.fromkeys({"median", "p05", "p25", "p75", "p95", "iqr", "mad"}, ORDER)
    | dict.fromkeys({"mean", "std", "var", "sum", "rms", "slope", "mean_abs_change"}, SUM)
    | dict.fromkeys({"skewness", "kurtosis"}, SHAPE)
)


def tolerance(expected: Extraction) -> np.ndarray:
    """For each of the expected values, how far the found one may be from it."""
    largest = expected.rows.abs().max().fillna(0.0).to_numpy()
    return tolerated(expected, largest, units(expected.cleaned, expected.windows, expected.statistics))


def tolerance_of_dataset(expected: Dataset) -> np.ndarray:
    """The same for a dataset, row by row."""
    of_units = [
        units(unit.frame, unit.windows, expected.statistics) if unit.windows else None for unit in expected.units
    ]
    return tolerated(expected, expected.largest, np.array([of_units[unit][place] for unit, place in expected.window_of]))


def tolerated(expected: Extraction | Dataset, largest: np.ndarray, in_units: np.ndarray) -> np.ndarray:
    steps = max(RTOL_OF_METHOD[step] for step in expected.methods.items())
    rtol = np.array([max(steps, RTOL_OF_STATISTIC[statistic]) for statistic in expected.statistics])
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        atol = 64 * EPSILON * np.repeat(largest, len(rtol)) * in_units / expected.divisors
    # What is beyond f64 has only the exact result left: 0, or none.
    atol = np.where(np.isfinite(atol), atol, 0.0)
    return np.tile(rtol, len(largest)) * np.abs(expected.values) + atol


def units(cleaned: pd.DataFrame, windows: list[tuple[int, int]], statistics: list[str]) -> np.ndarray:
    """What turns the unit of a signal into that of its features, for each window and feature."""
    needed = of_windows(cleaned, windows, ["count", "std"])
    count, std = needed[:, :, 0], needed[:, :, 1]

    def of(statistic: str) -> np.ndarray:
        match statistic:
            case "sum":
                return count
            case "var":
                return std
            case "skewness" | "kurtosis":
                # Where the deviation is 0 they are missing.
                return np.divide(1.0, std, out=np.zeros_like(std), where=std > 0)
        return np.zeros_like(std) if statistic in COUNTS else np.ones_like(std)

    # Signal by signal, the statistics of each side by side.
    by_statistic = np.stack([of(statistic) for statistic in statistics], axis=2)
    return by_statistic.reshape(len(windows), -1)
