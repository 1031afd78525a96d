"""Features of several devices, by steps that have learnt from all of them together, or somewhere else."""

import numpy as np
import pandas as pd

from .extraction import given
from .missing_values import fill, fill_with
from .normalization import normalize
from .outliers import learn, tame
from .statistics import DEFAULT_STATISTICS, compute
from .windows import WINDOW


def together(
    recorded: dict[str, pd.DataFrame],
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
    features=DEFAULT_STATISTICS,
    normalize_method="z_score",
    normalize_params=None,
    normalize_scope="feature",
    feature_range=None,
) -> tuple[dict[str, int], pd.DataFrame]:
    """How many windows each device has, and a row of features for each of them; each step learns once, from all rows."""
    missing_value_params = missing_value_params or {}
    outlier_params = given(outlier_params, threshold=outlier_threshold)
    frames = {device: rows.replace([np.inf, -np.inf], np.nan) for device, rows in recorded.items()}

    def all_rows() -> pd.DataFrame:
        return pd.concat(frames.values())

    learnt_from = all_rows()

    def filled(rows: pd.DataFrame) -> pd.DataFrame:
        return fill(missing_value_method, missing_value_params, rows, learnt_from)

    frames = {device: filled(rows) for device, rows in frames.items()}
    bounds, _ = learn(outlier_method, outlier_params, all_rows())
    frames = {device: tame(outlier_params, bounds, rows) for device, rows in frames.items()}
    if outlier_params.get("refill"):
        frames = {device: filled(rows) for device, rows in frames.items()}
    if normalize_scope == "signal":
        params = given(normalize_params, feature_range=feature_range)
        everything = all_rows().to_numpy()
        for device, rows in frames.items():
            scaled, _ = normalize(normalize_method, params, rows.to_numpy(), everything)
            frames[device] = pd.DataFrame(scaled, rows.index, rows.columns)
    window_params = given(window_params, window_size=window_size, overlap=overlap)
    return of_windows(frames, window_method, window_params, features)


def as_learnt(recorded: dict[str, pd.DataFrame], content: dict) -> tuple[dict[str, int], pd.DataFrame]:
    """The same by the steps of a dataset's manifest, with what they have learnt there."""
    steps = {step["kind"]: step for step in content["steps"]}
    frames = {}
    for device, rows in recorded.items():
        rows = rows.replace([np.inf, -np.inf], np.nan)

        def state(step: dict) -> dict:
            return step.get("states", {}).get(device, step["state"]) or {}

        def filled(rows: pd.DataFrame) -> pd.DataFrame:
            if "missing_value" not in steps:
                return rows
            step = steps["missing_value"]
            params = {name: value for name, value in step["params"].items() if value is not None}
            if step["method"] in ("mean", "median"):
                average = pd.Series({signal: learnt["value"] for signal, learnt in state(step).items()}, dtype=float)
                return fill_with(rows, average, **params)
            return fill(step["method"], params, rows, rows)

        rows = filled(rows)
        if "outlier" in steps:
            bounds = {
                signal: (learnt["lower"], learnt["upper"])
                for signal, learnt in state(steps["outlier"]).items()
                if not learnt["degenerate"]
            }
            rows = tame(steps["outlier"]["params"], bounds, rows)
            if steps["outlier"]["params"].get("refill"):
                rows = filled(rows)
        frames[device] = rows
    window = steps["window"]
    names = ("window_size", "overlap", "max_gap_s", "size_s", "step_s", "min_rows")
    params = {name: value for name, value in window["params"].items() if name in names and value is not None}
    return of_windows(frames, window["method"], params, steps["feature"]["params"]["statistics"])


def of_windows(frames, method: str, params: dict, statistics) -> tuple[dict[str, int], pd.DataFrame]:
    counts, tables = {}, []
    for device, rows in frames.items():
        windows = WINDOW[method](rows.index.to_numpy(), **params).bounds if len(rows) else []
        if windows:
            names, values = compute(rows, windows, statistics)
            counts[device] = len(windows)
            tables.append(pd.DataFrame(values, columns=names))
    return counts, pd.concat(tables, ignore_index=True)
