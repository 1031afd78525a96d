"""Missing values: rows in, rows out."""

import pandas as pd


def fill(method: str, params: dict, rows: pd.DataFrame, learnt_from: pd.DataFrame) -> pd.DataFrame:
    """`rows` after a missing-value method whose state, where it has one, comes from `learnt_from`."""
    match method:
        case "none":
            return rows
        case "drop":
            return rows.dropna(how="any", **params)
        case "forward_fill":
            return forward_fill(rows, **params)
        case "backward_fill":
            return backward_fill(rows, **params)
        case "interpolate":
            return interpolate(rows, **params)
        case "mean":
            return fill_with(rows, learnt_from.mean(), **params)
        case "median":
            return fill_with(rows, learnt_from.median(), **params)
    raise ValueError(f"no method {method}")


def forward_fill(rows, limit=None, max_gap=None):
    return leaving_long_gaps(rows, rows.ffill(limit=limit), max_gap)


def backward_fill(rows, limit=None, max_gap=None):
    return leaving_long_gaps(rows, rows.bfill(limit=limit), max_gap)


def interpolate(rows, limit=None, max_gap=None, basis="position", edges="none"):
    # A gap at the beginning stays, one at the end takes the last value.
    match basis:
        case "position":
            filled = rows.interpolate(method="linear", limit=limit)
        case "time":
            # Since the first row: pandas turns what it measures by into f64, which would round the years since 1970.
            since_first = rows.set_axis(rows.index - rows.index[0], axis=0)
            filled = since_first.interpolate(method="index", limit=limit).set_axis(rows.index, axis=0)
    if edges == "fill":
        leading = rows.ffill().isna()
        filled = filled.mask(leading, rows.bfill(limit=limit))
    return leaving_long_gaps(rows, filled, max_gap)


def fill_with(rows, value, limit=None, max_gap=None):
    # Differs: `limit` counts in each gap, as that of all other methods does. pandas counts in the whole column.
    filled = rows.fillna(value)
    if limit is not None:
        filled = filled.where(rows.notna() | (place_in_gap(rows) <= limit))
    return leaving_long_gaps(rows, filled, max_gap)


def leaving_long_gaps(rows: pd.DataFrame, filled: pd.DataFrame, max_gap) -> pd.DataFrame:
    """`filled`, but missing again in the gaps of `rows` that have more than `max_gap` cells."""
    if max_gap is None:
        return filled
    backward = place_in_gap(rows[::-1])[::-1]
    return filled.mask(rows.isna() & (place_in_gap(rows) + backward - 1 > max_gap))


def place_in_gap(rows: pd.DataFrame) -> pd.DataFrame:
    """For each missing cell, which one of its gap it is, from 1."""

    def of_signal(cells: pd.Series) -> pd.Series:
        missing = cells.isna()
        return missing.groupby((~missing).cumsum()).cumsum()

    return rows.apply(of_signal)
