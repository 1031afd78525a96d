"""A request from its rows to its features."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .missing_values import fill
from .normalization import normalize
from .outliers import learn, tame
from .statistics import DEFAULT_STATISTICS, compute, degree
from .windows import WINDOW


class InsufficientData(Exception):
    """There is not a single window."""


@dataclass
class Extraction:
    """The features of a request, and how they came about."""

    names: list[str]
    """`{signal}_{statistic}`, signal by signal."""
    timestamps: np.ndarray
    """The time of each window: nanoseconds since the Unix epoch."""
    values: np.ndarray
    """A row for each window, a column for each name; NaN where there is no value."""

    methods: dict[str, str]
    """The method of each kind of step."""
    statistics: list[str]
    """The statistics of each signal."""
    rows: pd.DataFrame
    """The signals as they were read, in the oracle's unit."""
    cleaned: pd.DataFrame
    """The signals that windows were cut from, in that unit and normalized where it is signals that are."""
    windows: list[tuple[int, int]]
    """The rows of each window: the first, and the first that is not in it any more."""
    divisors: np.ndarray
    """What turns each column's features of `rows` into values: what they were divided by."""

    metadata: dict
    """What the answer's `metadata` says about this."""
    degenerate: list[str]
    """The signals whose outlier bounds coincide though values differ."""


class Oracle:
    """The rows of a device, to be asked for features again and again: a step that was done is not done again.

    `rows` has a column for each signal, and its index is ascending nanoseconds since the Unix epoch. Infinite cells are
    missing. `unit` is a power of two that values are divided by on the way, so that squares and sums of values at the
    edges of f64 have room; what comes out is in the unit of `rows` again.
    """

    def __init__(self, rows: pd.DataFrame, unit: float = 1.0):
        self.rows = rows.replace([np.inf, -np.inf], np.nan) / unit
        self.unit = unit
        self.done = {}

    def extract(
        self,
        *,
        missing_value_method="interpolate",
        missing_value_params=None,
        outlier_method="iqr",
        outlier_params=None,
        outlier_threshold=None,
        window_method="sliding",
        window_params=None,
        window_size=None,
        overlap=None,
        window_label="start",
        features=DEFAULT_STATISTICS,
        normalize_method="z_score",
        normalize_params=None,
        normalize_scope="feature",
        feature_range=None,
    ) -> Extraction:
        """The features that a request with these fields asks for."""
        outlier_params = given(outlier_params, threshold=outlier_threshold)
        window_params = given(window_params, window_size=window_size, overlap=overlap)
        normalize_params = given(normalize_params, feature_range=feature_range)
        scaling = (normalize_method, normalize_params)
        of_signals, of_features = (scaling, UNSCALED) if normalize_scope == "signal" else (UNSCALED, scaling)

        cleaning = (missing_value_method, missing_value_params or {}, outlier_method, outlier_params, *of_signals)
        cleaned, signal_divisors, degenerate, counts = self.once("clean", *cleaning)
        timestamps = cleaned.index.to_numpy()
        windows = WINDOW[window_method](timestamps, **window_params)
        if not windows.bounds:
            raise InsufficientData
        names, computed = self.once("compute", cleaning, windows.bounds, list(features))

        # Back into the unit of the rows, where signals have not lost their unit already.
        degrees = np.tile([degree(statistic) for statistic in features], cleaned.shape[1])
        if of_signals != UNSCALED:
            degrees[:] = 0
        in_unit = self.times_unit(computed, degrees)
        overflowed = np.isinf(in_unit)
        computed, in_unit = (np.where(overflowed, np.nan, features) for features in (computed, in_unit))
        # What is too small for an f64 has become 0 before it is normalized.
        computed = np.where(in_unit == 0, 0.0, computed)
        if of_features == UNSCALED:
            values, divisors = in_unit, np.repeat(signal_divisors, len(features))
            divisors = self.times_unit(divisors, -degrees)
        elif normalize_method == "z_score" or self.unit > 1:
            # The same in any unit, and in this one nothing overflows.
            values, divisors = normalize(*of_features, computed)
        else:
            # Whether a column is nearly constant is for `min_max` a question of its unit.
            values, divisors = normalize(*of_features, in_unit)
            divisors = self.times_unit(divisors, -degrees)

        first, last = (0, 0) if window_label == "start" else (1, -1)
        return Extraction(
            names=names,
            timestamps=timestamps[[bounds[first] + last for bounds in windows.bounds]],
            values=values,
            methods={
                "missing_value": missing_value_method,
                "outlier": outlier_method,
                "window": window_method,
                "normalize": normalize_method,
            },
            statistics=list(features),
            rows=self.rows,
            cleaned=cleaned,
            windows=windows.bounds,
            divisors=divisors,
            degenerate=degenerate,
            metadata=windows.metadata
            | counts
            | {
                "missing_value_method": missing_value_method,
                "outlier_method": outlier_method,
                "window_method": window_method,
                "normalize_method": normalize_method,
                "window_count": len(windows.bounds),
                "row_count": len(self.rows),
                "leftover_rows": windows.leftover_rows,
                "dropped_windows": windows.dropped,
                "overflow_cells": int(overflowed.sum()),
                "empty_signals": [name for name, column in self.rows.items() if column.isna().all()],
                "largest_gap_s": float(np.diff(timestamps).max() / 1e9) if len(timestamps) > 1 else None,
            },
        )

    def once(self, step: str, *arguments):
        """What the method `step` answers, from memory where it did before."""
        key = json.dumps([step, arguments])
        if key not in self.done:
            self.done[key] = getattr(self, step)(*arguments)
        return self.done[key]

    def times_unit(self, values: np.ndarray, degrees: np.ndarray) -> np.ndarray:
        """Values times that power of the unit, which itself may be too large for an f64: factor by factor."""
        factors = np.where(degrees == 0, 1.0, np.where(degrees > 0, self.unit, 1 / self.unit))
        with np.errstate(over="ignore"):
            return values * factors * np.where(abs(degrees) == 2, factors, 1.0)

    def clean(self, filling, filling_params, taming, taming_params, scaling, scaling_params):
        """The signals that windows are cut from, what they were divided by, and what happened on the way."""
        filled = fill(filling, filling_params, self.rows, self.rows)
        bounds, degenerate = learn(taming, taming_params, filled)
        tamed = tame(taming_params, bounds, filled)
        before = filled.loc[tamed.index]
        changed = before.notna() & ~(tamed == before)
        imputed = newly_present(self.rows, filled)
        cleaned = tamed
        if taming_params.get("refill"):
            cleaned = fill(filling, filling_params, tamed, learnt_from=self.rows)
            imputed += newly_present(tamed, cleaned)
        if cleaned.empty:
            raise InsufficientData
        scaled, divisors = normalize(scaling, scaling_params, cleaned.to_numpy())
        counts = {
            "imputed_cells": imputed,
            "changed_cells": {} if taming == "none" else {name: int(changed[name].sum()) for name in changed},
            "dropped_rows": len(self.rows) - len(cleaned),
        }
        return pd.DataFrame(scaled, cleaned.index, cleaned.columns), divisors, degenerate, counts

    def compute(self, cleaning, bounds, statistics):
        """The names of the features, and a row of them for each window."""
        return compute(self.once("clean", *cleaning)[0], bounds, statistics)


UNSCALED = ("none", {})


def given(params: dict | None, **short_forms) -> dict:
    """Parameters, with those that the request gives in short."""
    return (params or {}) | {name: value for name, value in short_forms.items() if value is not None}


def newly_present(before: pd.DataFrame, after: pd.DataFrame) -> int:
    return int((before.loc[after.index].isna() & after.notna()).to_numpy().sum())
