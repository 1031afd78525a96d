"""What is asked of rows: every combination of methods, and parameters beside each other."""

from collections.abc import Iterator
from itertools import cycle, islice, product

from reference import STATISTIC

MISSING_VALUE = ["interpolate", "forward_fill", "backward_fill", "mean", "median", "drop", "none"]
OUTLIER = ["iqr", "z_score", "clip", "none"]
NORMALIZE = ["z_score", "min_max", "none"]

BY_ROWS = [(100, 0.5), (60, 0), (25, 0.2)]

MISSING_VALUE_VARIANTS = [
    ("interpolate", {"limit": 3}),
    ("interpolate", {"max_gap": 4}),
    ("interpolate", {"basis": "time"}),
    ("interpolate", {"edges": "fill"}),
    ("interpolate", {"basis": "time", "edges": "fill", "limit": 2, "max_gap": 50}),
    ("forward_fill", {"limit": 2}),
    ("forward_fill", {"max_gap": 4}),
    ("backward_fill", {"limit": 2}),
    ("backward_fill", {"limit": 1, "max_gap": 30}),
    ("mean", {"limit": 2}),
    ("mean", {"max_gap": 4}),
    ("median", {"limit": 1}),
    ("median", {"max_gap": 4}),
]

OUTLIER_VARIANTS = [
    ("iqr", {"threshold": 3.0}),
    ("iqr", {"threshold": 0.5}),
    ("iqr", {"action": "missing"}),
    ("iqr", {"action": "missing", "refill": True}),
    ("iqr", {"action": "drop"}),
    ("z_score", {"threshold": 1.5}),
    ("z_score", {"threshold": 2.0, "ddof": 1}),
    ("z_score", {"threshold": 2.0, "action": "missing", "refill": True}),
    ("z_score", {"threshold": 2.5, "action": "drop"}),
    ("clip", {"lower": 0.05, "upper": 0.9}),
    ("clip", {"upper": 0.95, "action": "missing"}),
    ("clip", {"lower": 0.02, "action": "missing", "refill": True}),
    ("clip", {"lower": 0.001, "upper": 0.999, "action": "drop"}),
    ("clip", {"min": 0.5}),
    ("clip", {"min": -10.0, "max": 180.0}),
    ("clip", {"min": 0.0, "max": 150.5, "action": "missing", "refill": True}),
    ("clip", {"max": 200.0, "action": "drop"}),
]

NORMALIZE_VARIANTS = [
    {"normalize_method": "min_max", "feature_range": [-1, 1]},
    {"normalize_scope": "signal"},
    {"normalize_method": "min_max", "normalize_params": {"feature_range": [0.5, 2.0], "clip": True}},
    {"normalize_method": "min_max", "normalize_scope": "signal"},
    {"normalize_method": "none"},
    {"window_label": "end"},
    {"normalize_method": "min_max", "feature_range": [10, 20], "normalize_scope": "signal"},
]

# What a shift or a scale of the signal turns over at the last bit: a cell at the mean is above it, or below.
DELICATE = {"zero_crossings", "mean_crossings"}


def combinations(row_s: float) -> Iterator[tuple[str, dict]]:
    """Every missing-value, outlier and normalize method (`none` too) with each other, in several windows.

    `row_s` is how many seconds lie between two rows, as a rule.
    """
    for methods in product(MISSING_VALUE, OUTLIER, NORMALIZE):
        missing_value, outlier, normalize = methods
        fields = {"missing_value_method": missing_value, "outlier_method": outlier, "normalize_method": normalize}
        for window, window_fields in windows(row_s).items():
            yield f"{' + '.join(methods)}, {window}", fields | window_fields


def windows(row_s: float) -> dict[str, dict]:
    by_rows = {
        f"{size} rows, overlap {overlap}": {"window_size": size, "overlap": overlap} for size, overlap in BY_ROWS
    }
    return by_rows | {"by time": by_time(row_s, 100, 50)}


def by_time(row_s: float, rows: int, step_rows: int | None = None, **params) -> dict:
    """Windows as long as so many rows are as a rule."""
    size = {"size_s": rows * row_s} | ({} if step_rows is None else {"step_s": step_rows * row_s})
    return {"window_method": "sliding_time", "window_params": size | params}


def window_variants(row_s: float) -> list[dict]:
    return [
        {"window_size": 100, "overlap": 0.9},
        {"window_params": {"window_size": 40, "overlap": 0.33}},
        {"window_params": {"window_size": 30, "max_gap_s": 1.5 * row_s}},
        by_time(row_s, 60),
        by_time(row_s, 45, 100),
        by_time(row_s, 30, 20, min_rows=25),
        {"window_size": 7, "overlap": 0},
    ]


def parameters(row_s: float) -> Iterator[tuple[str, dict]]:
    """Parameters of missing-value and outlier methods with each other, those of windows and normalization in turn."""
    outlier_variants = OUTLIER_VARIANTS + [("iqr", {})]
    pairs = product(MISSING_VALUE_VARIANTS + [("interpolate", {}), ("drop", {})], outlier_variants)
    beside = zip(pairs, cycle(window_variants(row_s)), cycle(NORMALIZE_VARIANTS + [{}]))
    for ((filling, filling_params), (taming, taming_params)), window, normalize in beside:
        fields = {
            "missing_value_method": filling,
            "missing_value_params": filling_params,
            "outlier_method": taming,
            "outlier_params": taming_params,
        }
        yield described(fields | window | normalize), fields | window | normalize
    yield "outlier_threshold 2", {"outlier_threshold": 2, "window_size": 50}
    yield "outlier_threshold 1 of z_score", {"outlier_method": "z_score", "outlier_threshold": 1, "window_size": 50}


def statistics() -> Iterator[tuple[str, dict]]:
    """Every statistic, with gaps and without, and in another order."""
    every = list(STATISTIC)
    robust = [statistic for statistic in every if statistic not in DELICATE]
    for filling in ("none", "interpolate"):
        fields = {"missing_value_method": filling, "features": every, "normalize_method": "none", "window_size": 50}
        yield f"every statistic, {filling}", fields
    raw = {"missing_value_method": "none", "outlier_method": "none", "window_size": 33, "overlap": 0}
    yield "every statistic of raw cells", raw | {"features": every[::-1], "normalize_method": "none"}
    for scope in ("feature", "signal"):
        scaled = {"features": robust, "window_size": 50, "normalize_scope": scope}
        yield f"statistics, z_score of each {scope}", scaled
        yield f"statistics, min_max of each {scope}", scaled | {"normalize_method": "min_max"}


def sample(cases: Iterator[tuple[str, dict]], every: int, first: int = 0) -> Iterator[tuple[str, dict]]:
    return islice(cases, first, None, every)


def described(fields: dict) -> str:
    """The fields of a request, for people."""
    parts = []
    for name, value in fields.items():
        if isinstance(value, dict):
            parts += [f"{key} {inner}" for key, inner in value.items()]
        else:
            parts.append(str(value) if name.endswith("_method") else f"{name} {value}")
    return ", ".join(parts)
