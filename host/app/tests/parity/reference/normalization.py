"""Normalization: columns in, columns and what they were divided by out. Missing cells are passed over and stay."""

import warnings

import numpy as np
from sklearn.preprocessing import MinMaxScaler, StandardScaler


def normalize(method: str, params: dict, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    match method:
        case "none":
            return columns, np.ones(columns.shape[1])
        case "z_score":
            return z_score(columns, **params)
        case "min_max":
            return min_max(columns, **params)
    raise ValueError(f"no method {method}")


def z_score(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scaler = StandardScaler()
    return quietly(scaler, columns), scaler.scale_


def min_max(columns: np.ndarray, feature_range=(0, 1), clip=False) -> tuple[np.ndarray, np.ndarray]:
    scaler = MinMaxScaler(feature_range=tuple(feature_range), clip=clip)
    return quietly(scaler, columns), 1 / scaler.scale_


def quietly(scaler, columns: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        # Of a column without any value.
        warnings.simplefilter("ignore", RuntimeWarning)
        return scaler.fit_transform(columns)
