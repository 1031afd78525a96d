"""Windows: timestamps in, windows out."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass
class Windows:
    """Where windows begin and end."""

    bounds: list[tuple[int, int]]
    """The rows of each: the first, and the first that is not in it any more."""
    leftover_rows: int
    """Rows in none of the windows that there was room for."""
    dropped: int
    """Windows that there was room for, and that were left out."""
    metadata: dict


def sliding(timestamps: np.ndarray, window_size=100, overlap=0.5, max_gap_s=None) -> Windows:
    # Snapped to nine decimals, so that 100 rows with an overlap of 0.9 are 10 rows apart; then rounded half up.
    stride = max(1, math.floor(round(window_size * (1 - overlap), 9) + 0.5))
    places = [(start, start + window_size) for start in range(0, len(timestamps) - window_size + 1, stride)]
    bounds = [
        (start, end)
        for start, end in places
        if max_gap_s is None or np.diff(timestamps[start:end]).max(initial=0) <= round(max_gap_s * 1e9)
    ]
    return Windows(
        bounds=bounds,
        leftover_rows=outside(places, len(timestamps)),
        dropped=len(places) - len(bounds),
        metadata={"window_size": window_size, "overlap": float(overlap), "stride": stride},
    )


def sliding_time(timestamps: np.ndarray, size_s, step_s=None, min_rows=2) -> Windows:
    size = round(size_s * 1e9)
    step = round((step_s or size_s) * 1e9)
    places, bounds = [], []
    # The last window ends no later than the last row, which therefore is in none.
    for begin in range(timestamps[0], timestamps[-1] - size + 1, step):
        start, end = (int(row) for row in np.searchsorted(timestamps, [begin, begin + size]))
        if end - start >= min_rows and not (bounds and bounds[-1][0] == start):
            bounds.append((start, end))
        places.append((start, end))
    return Windows(
        bounds=bounds,
        leftover_rows=outside(places, len(timestamps)),
        dropped=len(places) - len(bounds),
        metadata={"window_size": None, "overlap": None, "stride": None},
    )


def outside(places, rows: int) -> int:
    covered = np.zeros(rows, bool)
    for start, end in places:
        covered[start:end] = True
    return int((~covered).sum())


WINDOW = {"sliding": sliding, "sliding_time": sliding_time}
