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


def tame(method: str, params: dict, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """`rows` after an outlier method, and the signals that have no usable bounds."""
    params = dict(params)
    action = params.pop("action", "clip")
    if params.pop("refill", False) and action != "missing":
        raise TypeError("only what became missing can be filled again")
    tamed, degenerate = rows.copy(), []
    beyond = pd.DataFrame(False, index=rows.index, columns=rows.columns)
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
        beyond[signal] = (cells < lower) | (cells > upper)
        tamed[signal] = cells.clip(lower, upper)
    match action:
        case "clip":
            return tamed, degenerate
        case "missing":
            return rows.mask(beyond), degenerate
        case "drop":
            return rows[~beyond.any(axis=1)], degenerate
    raise ValueError(f"no action {action}")
