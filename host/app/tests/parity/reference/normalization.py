"""Normalization: columns in, columns and what they were divided by out. Missing cells are passed over and stay."""

import warnings

import numpy as np
from sklearn.preprocessing import MinMaxScaler, StandardScaler


def normalize(method: str, params: dict, columns: np.ndarray, learnt_from=None) -> tuple[np.ndarray, np.ndarray]:
    """`columns` after a normalize method, fitted on `learnt_from` or on themselves."""
    match method:
        case "none":
            return columns, np.ones(columns.shape[1])
        case "z_score":
            scaler = StandardScaler(**params)
        case "min_max":
            params = params | {"feature_range": tuple(params.get("feature_range", (0, 1)))}
            scaler = MinMaxScaler(**params)
        case _:
            raise ValueError(f"no method {method}")
    with warnings.catch_warnings():
        # Of a column without any value.
        warnings.simplefilter("ignore", RuntimeWarning)
        scaler.fit(columns if learnt_from is None else learnt_from)
        scaled = scaler.transform(columns)
    return scaled, scaler.scale_ if method == "z_score" else 1 / scaler.scale_
