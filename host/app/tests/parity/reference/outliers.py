"""Outliers: bounds of the present cells of a signal, and what becomes of the cells beyond them."""

import numpy as np
import pandas as pd


def iqr(cells: pd.Series, threshold=1.5):
    q1, q3 = np.quantile(cells, [0.25, 0.75])
    return q1 - threshold * (q3 - q1), q3 + threshold * (q3 - q1)


def z_score(cells: pd.Series, threshold=3.0, ddof=0):
    mean, std = cells.mean(), cells.std(ddof=ddof)
    return mean - threshold * std, mean + threshold * std


def clip(cells: pd.Series, lower=None, upper=None, min=None, max=None):
    if min is not None or max is not None:
        if lower is not None or upper is not None:
            raise TypeError("quantiles and absolute bounds cannot both be given")
        return -np.inf if min is None else min, np.inf if max is None else max
    return tuple(np.quantile(cells, [0.01 if lower is None else lower, 0.99 if upper is None else upper]))


BOUNDS = {"iqr": iqr, "z_score": z_score, "clip": clip}


def learn(method: str, params: dict, rows: pd.DataFrame) -> tuple[dict[str, tuple[float, float]], list[str]]:
    """The usable bounds of each signal, and the signals that have none though their values differ."""
    params = {name: value for name, value in params.items() if name not in ("action", "refill")}
    bounds, degenerate = {}, []
    for signal, cells in rows.items():
        present = cells.dropna()
        if method == "none" or present.empty:
            continue
        lower, upper = BOUNDS[method](present, **params)
        if np.isnan(lower) or np.isnan(upper):
            # The deviation of a single cell with ddof 1.
            continue
        if lower == upper and present.nunique() > 1:
            # Differs: a signal that stands still most of the time would become a constant; it is left as it is.
            degenerate.append(signal)
            continue
        bounds[signal] = (lower, upper)
    return bounds, degenerate


def tame(params: dict, bounds: dict[str, tuple[float, float]], rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with the cells beyond their bounds treated."""
    action = params.get("action", "clip")
    if params.get("refill") and action != "missing":
        raise TypeError("only what became missing can be filled again")
    tamed = rows.copy()
    beyond = pd.DataFrame(False, index=rows.index, columns=rows.columns)
    for signal, (lower, upper) in bounds.items():
        beyond[signal] = (rows[signal] < lower) | (rows[signal] > upper)
        tamed[signal] = rows[signal].clip(lower, upper)
    match action:
        case "clip":
            return tamed
        case "missing":
            return rows.mask(beyond)
        case "drop":
            return rows[~beyond.any(axis=1)]
    raise ValueError(f"no action {action}")
