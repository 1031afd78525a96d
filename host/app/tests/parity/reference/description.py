"""What features are like: pandas' describe, corr and quantile, numpy's histogram, and how far they have drifted."""

import numpy as np
import pandas as pd
from sklearn.preprocessing._data import _is_constant_feature

QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
BINS = 20
LEAST_SHARE = 1e-4


def describe(values: pd.DataFrame, quantiles: list[list[float]] | None = None) -> list[dict]:
    """The figures of each column; None where there is none. `quantiles` are those of a baseline, column by column."""
    figures = []
    for place, (name, column) in enumerate(values.items()):
        present = column.dropna()
        summary = present.describe()
        baseline = np.array(quantiles[place]) if quantiles else np.array([])
        compared = len(present) > 0 and len(baseline) > 0
        figures.append(
            {
                "feature_name": name,
                "min": none_if_nan(summary["min"]),
                "max": none_if_nan(summary["max"]),
                "mean": none_if_nan(summary["mean"]),
                "std": none_if_nan(summary["std"]),
                "missing_ratio": float(column.isna().mean()),
                **{name: none_if_nan(present.quantile(at)) for name, at in QUANTILES.items()},
                "histogram": histogram(present.to_numpy()),
                "psi": psi(baseline, present.to_numpy()) if compared else None,
                "ks": ks(baseline, present.to_numpy()) if compared else None,
            }
        )
    return figures


def none_if_nan(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def is_constant(present: np.ndarray) -> bool:
    """By scikit-learn's rule for columns that StandardScaler does not scale."""
    if present.min() == present.max():
        return True
    return bool(_is_constant_feature(present.var(), present.mean(), len(present)))


def histogram(present: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Counts and edges; None where numbers do not suffice for as many bins."""
    if len(present) == 0 or is_constant(present):
        return None
    try:
        return np.histogram(present, bins=BINS)
    except ValueError:
        return None


def correlations(values: pd.DataFrame) -> np.ndarray:
    """Over windows in which both are present; NaN where one of the two is constant in them, or as a whole."""
    matrix = values.corr().to_numpy(copy=True)
    columns = values.to_numpy()
    present = ~np.isnan(columns)
    alone = [present[:, place].sum() < 2 or is_constant(columns[present[:, place], place]) for place in range(len(matrix))]
    matrix[alone, :] = np.nan
    matrix[:, alone] = np.nan
    for one in range(len(matrix)):
        for other in range(one + 1, len(matrix)):
            both = present[:, one] & present[:, other]
            if both.all() or alone[one] or alone[other]:
                continue
            if both.sum() < 2 or any(is_constant(columns[both, place]) for place in (one, other)):
                matrix[one, other] = matrix[other, one] = np.nan
    return matrix


def psi(quantiles: np.ndarray, present: np.ndarray) -> float | None:
    """Over bins that end at the deciles, those with equal ones together, the first and the last open."""
    deciles = np.unique(quantiles[::10])
    # What of the baseline is at or below each; nothing is above the largest.
    shares = (np.searchsorted(quantiles, deciles, side="right") - 1) / 100
    inner = (deciles < quantiles[-1]) & (shares > 0)
    if not inner.any():
        return None
    expected = np.diff(np.concatenate([[0.0], shares[inner], [1.0]]))
    bins = np.searchsorted(deciles[inner], present, side="left")
    found = np.bincount(bins, minlength=len(expected)) / len(present)
    expected, found = np.maximum(expected, LEAST_SHARE), np.maximum(found, LEAST_SHARE)
    return float(((found - expected) * np.log(found / expected)).sum())


def ks(quantiles: np.ndarray, present: np.ndarray) -> float:
    """The largest distance of the two distribution functions, looked at from both sides of every point of either."""
    points = np.unique(np.concatenate([quantiles, present]))
    present = np.sort(present)
    distance = 0.0
    for side in ("left", "right"):
        found = np.searchsorted(present, points, side=side) / len(present)
        distance = max(distance, np.abs(found - share(quantiles, points, side)).max())
    return float(distance)


def share(quantiles: np.ndarray, points: np.ndarray, side: str) -> np.ndarray:
    """What of a baseline lies below points, or at and below them: along lines through its quantiles, which are a
    hundredth apart; where several are equal it jumps."""
    first = np.searchsorted(quantiles, points, side="left")
    behind = np.searchsorted(quantiles, points, side="right")
    at_quantiles = first if side == "left" else behind - 1
    between = np.interp(points, quantiles, np.arange(101) / 100, left=0.0, right=1.0)
    return np.where(behind > first, at_quantiles / 100, between)
