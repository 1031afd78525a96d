"""Runs the SDK's example plugins, and compares what they make with numpy, pandas and scikit-learn.

    plugins.py FETTLE FOLDER

FOLDER holds the components of those that could be built: hampel.wasm and so on. They run by `fettle plugin run` as far as
they import nothing and are soon compiled, and all of them in a server that is asked over HTTP. The exit code is 1 where
something differs.
"""

import hashlib
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.preprocessing import RobustScaler

from forms import windows
from recordings import iso
from serving import Serving

ROWS = 1_500
# The standard deviation of normal data, in median absolute deviations: 1 / Φ⁻¹(3/4).
NORMAL = 1.482602218505602
START = pd.Timestamp("2025-11-01T08:00:00Z")

# What the entry of a plugin in plugins.toml says beside its name, as the READMEs of the examples have it.
ENTRIES = {
    "seasonal-naive": "wasi = true\n[plugin.limits]\ntime_per_cell_ns = 5_000\n",
    "rolling-rank": "[plugin.limits]\ntime_per_cell_ns = 5_000\n",
}

# Steps that leave rows as they are, and windows that hold each row once.
NOTHING = {"missing_value_method": "none", "outlier_method": "none", "normalize_method": "none"}
WINDOW = 50
EACH_ROW_ONCE = {"window_size": WINDOW, "overlap": 0}


def recording(seed: int) -> pd.DataFrame:
    """A welder that is on and off, whose signals drift, spike and lack cells; a row a second from START on."""
    random = np.random.default_rng(seed)
    on = (np.cumsum(random.random(ROWS) < 0.03) % 2).astype(bool)
    current = np.where(on, 180 + random.normal(0, 5, ROWS), random.normal(1, 0.5, ROWS))
    voltage = 24 + np.sin(np.arange(ROWS) / 3) + random.normal(0, 0.2, ROWS)
    voltage[random.random(ROWS) < 0.02] += 15
    frame = pd.DataFrame({"current": current, "voltage": voltage})
    return frame.mask(random.random(frame.shape) < 0.05)


def run(fettle: Path, component: Path, data: pd.DataFrame, params: dict, *more: str) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data.csv"
        data.to_csv(file, index=False)
        command = [fettle, "plugin", "run", component, file, "--params", json.dumps(params), *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{component.name} {params}: {done.stderr}")
    return pd.read_csv(io.StringIO(done.stdout))


def hampel(values: np.ndarray, half: int, threshold: float, missing: bool) -> np.ndarray:
    found = values.copy()
    for row, value in enumerate(values):
        around = values[max(row - half, 0) : row + half + 1]
        if np.isnan(value):
            continue
        median = np.nanmedian(around)
        deviation = NORMAL * np.nanmedian(np.abs(around - median))
        if abs(value - median) > threshold * deviation:
            found[row] = np.nan if missing else median
    return found


def weld_cycles(current: np.ndarray, on: float, off: float, min_rows: int) -> list[tuple[int, int]]:
    """On present cells alone: where the state changes from off to on, until it changes back."""
    rows = np.flatnonzero(~np.isnan(current))
    cycles, start, state = [], None, None
    for row in rows:
        now = current[row] >= (off if state else on)
        if state is False and now:
            start = row
        if state and not now:
            if start is not None and row - start >= min_rows:
                cycles.append((int(start), int(row)))
            start = None
        state = bool(now)
    return cycles


def bands(cells: np.ndarray, edges: list[float], share: bool, taper: bool) -> np.ndarray:
    present = ~np.isnan(cells)
    if present.sum() < 2:
        return np.full(len(edges) - 1, np.nan)
    centred = np.where(present, cells - cells[present].mean(), 0)
    rows = len(cells)
    weights = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(rows) + 0.5) / rows) if taper else np.ones(rows)
    length = 1 << (rows - 1).bit_length()
    power = np.abs(np.fft.rfft(centred * weights, length)) ** 2 / (length * (weights**2).sum())
    power[1:-1] *= 2
    frequency = np.arange(len(power)) / (len(power) - 1)
    power, frequency = power[1:], frequency[1:]
    sums = []
    for low, high in zip(edges, edges[1:]):
        inside = (frequency >= low) & ((frequency < high) | ((high == edges[-1]) & (frequency == high)))
        sums.append(power[inside].sum())
    return np.array(sums) / (power.sum() if share else 1)


def seasonal(values: pd.Series, period: int, max_periods: int | None) -> np.ndarray:
    """Rows that are whole periods apart are filled forward, by themselves."""
    return values.groupby(np.arange(len(values)) % period).ffill(limit=max_periods).to_numpy()


def rank(cells: np.ndarray, min_count: int) -> float:
    """The middle of the places of the last present cell among the sorted ones."""
    present = pd.Series(cells).dropna()
    if len(present) < max(min_count, 1):
        return np.nan
    return (present.rank(method="average").iloc[-1] - 0.5) / len(present)


def check(what: str, found: np.ndarray, due: np.ndarray, rtol: float) -> int:
    if found.shape == due.shape and np.allclose(found, due, rtol=rtol, atol=1e-12, equal_nan=True):
        print(f"the same: {what}, {due.size} values")
        return 0
    print(f"DIFFERENT: {what}: {found.shape} and {due.shape}")
    if found.shape == due.shape:
        bad = ~np.isclose(found, due, rtol=rtol, atol=1e-12, equal_nan=True)
        print(f"  {found[bad][:5]} instead of {due[bad][:5]}")
    return 1


def by_run(fettle: Path, folder: Path) -> int:
    """Those in Rust and C on a file of rows."""
    failed = 0
    for seed in (1, 2):
        data = recording(seed)
        for half, threshold, action in [(3, 3.0, "median"), (10, 2.0, "missing"), (1, 0.0, "median")]:
            params = {"half_width": half, "threshold": threshold, "action": action}
            found = run(fettle, folder / "hampel.wasm", data, params)
            for signal in data:
                due = hampel(data[signal].to_numpy(), half, threshold, action == "missing")
                failed += check(f"hampel of {signal} {params}", found[signal].to_numpy(), due, 0)
        for on, off, min_rows in [(20.0, 20.0, 2), (178.0, 100.0, 1), (50.0, 5.0, 20)]:
            params = {"on": on, "off": off, "min_rows": min_rows}
            found = run(fettle, folder / "weld-cycle.wasm", data, params)[["start", "end"]].to_numpy()
            due = np.array(weld_cycles(data["current"].to_numpy(), on, off, min_rows))
            failed += check(f"weld cycles {params}", found, due, 0)
        for size, edges, scale, taper in [
            (128, [0, 0.125, 0.25, 0.5, 1], "share", True),
            (100, [0.1, 0.3, 0.8], "power", True),
            (64, [0, 0.5, 1], "power", False),
        ]:
            params = {"edges": edges, "scale": scale, "taper": taper}
            sized = [f"--window-size={size}", "--overlap=0.5"]
            found = run(fettle, folder / "spectral-bands.wasm", data, params, *sized)
            for signal in data:
                cells = data[signal].to_numpy()
                windows = range(0, ROWS - size + 1, size // 2)
                due = np.array([bands(cells[at : at + size], edges, scale == "share", taper) for at in windows])
                names = [f"{signal}_band_{band}" for band in range(1, len(edges))]
                failed += check(f"bands of {signal} {params}", found[names].to_numpy(), due, 1e-9)
        if (folder / "robust-scaling.wasm").exists():
            for tail in (0.25, 0.05, 0.0):
                found = run(fettle, folder / "robust-scaling.wasm", data, {"tail": tail})[data.columns]
                due = RobustScaler(quantile_range=(100 * tail, 100 * (1 - tail))).fit_transform(data)
                failed += check(f"robust scaling {tail}", found.to_numpy(), due, 1e-12)
    return failed


class Asked:
    """A server that has a recording, and what it answers for all of it."""

    def __init__(self, fettle: Serving, data: pd.DataFrame, folder: Path):
        self.fettle, self.data = fettle, data
        times = START + pd.to_timedelta(np.arange(len(data)), unit="s")
        file = folder / "recording.csv"
        data.set_axis(times.strftime("%Y-%m-%dT%H:%M:%SZ")).to_csv(file, index_label="timestamp")
        fettle.import_file(file, "welder", "W1", ("--time-column", "timestamp"))
        self.request = {
            "model_code": "welder",
            "device_code": "W1",
            "start_time": iso(times[0].value),
            "end_time": iso(times[-1].value + 1_000_000_000),
        } | NOTHING

    def features(self, request: dict):
        return self.fettle.extract(self.request | request)

    def rows(self, request: dict) -> np.ndarray:
        """All rows as they are after all steps, a column for each signal in the order of the recording."""
        names, _, cells = windows(self.fettle, self.request | EACH_ROW_ONCE | request)
        by_name = dict(zip(names, np.moveaxis(cells, 2, 0)))
        return np.column_stack([by_name[name].ravel() for name in self.data])

    def runs(self, request: dict, component: Path) -> int:
        """Whether a request runs the very bytes of a component, as the answer says."""
        steps = self.features(request).metadata["steps"]
        digest = hashlib.sha256(component.read_bytes()).hexdigest()
        if any(step["plugin"] == component.stem and step["digest"] == digest for step in steps):
            return 0
        print(f"DIFFERENT: {component.name} did not run for {request}: {steps}")
        return 1


def over_http(fettle: Path, folder: Path) -> int:
    """All of them in a server."""
    there = [folder / f"{name}.wasm" for name in REQUESTS if (folder / f"{name}.wasm").exists()]
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        plugins = {component: ENTRIES.get(component.stem, "") for component in there}
        with Serving(fettle, Path(scratch), plugins) as serving:
            asked = Asked(serving, recording(3), Path(scratch))
            for component in there:
                for request, compared in REQUESTS[component.stem]:
                    found, due, rtol = compared(asked, request)
                    failed += check(f"{component.stem} over HTTP {request}", found, due, rtol)
                    failed += asked.runs(request, component)
    return failed


def each(asked: Asked, function) -> np.ndarray:
    """What a function makes of each signal."""
    return np.column_stack([function(asked.data[name]) for name in asked.data])


def as_hampel(asked: Asked, request: dict):
    params = {"half_width": 3, "threshold": 3.0, "action": "median"} | request["outlier_params"]
    half, threshold, missing = params["half_width"], params["threshold"], params["action"] == "missing"
    due = each(asked, lambda signal: hampel(signal.to_numpy(), half, threshold, missing))
    return asked.rows(request), due, 0


def as_weld_cycles(asked: Asked, request: dict):
    answer = asked.features(request)
    on, min_rows = request["window_params"]["on"], 2
    cycles = weld_cycles(asked.data["current"].to_numpy(), on, on, min_rows)
    starts = (answer.timestamps - START.value) / 1e9
    means = [[start, *(asked.data[name][start:end].mean() for name in asked.data)] for start, end in cycles]
    columns = [answer.names.index(f"{name}_mean") for name in asked.data]
    return np.column_stack([starts, answer.values[:, columns]]), np.array(means), 1e-12


def sliding(asked: Asked, request: dict, function) -> np.ndarray:
    """What a function makes of each window of each signal."""
    size = request["window_size"]
    starts = range(0, ROWS - size + 1, round(size * (1 - request["overlap"])))
    cells = [asked.data[name].to_numpy() for name in asked.data]
    return np.array([np.hstack([function(signal[at : at + size]) for signal in cells]) for at in starts])


def as_bands(asked: Asked, request: dict):
    edges = request["features"][0]["params"]["edges"]
    answer = asked.features(request)
    names = [f"{name}_band_{band}" for name in asked.data for band in range(1, len(edges))]
    found = answer.values[:, [answer.names.index(name) for name in names]]
    return found, sliding(asked, request, lambda cells: bands(cells, edges, True, True)), 1e-9


def as_robust_scaling(asked: Asked, request: dict):
    tail = request.get("normalize_params", {}).get("tail", 0.25)
    due = RobustScaler(quantile_range=(100 * tail, 100 * (1 - tail))).fit_transform(asked.data)
    return asked.rows(request), due, 1e-12


def as_seasonal_naive(asked: Asked, request: dict):
    params = request["missing_value_params"]
    due = each(asked, lambda signal: seasonal(signal, params["period"], params.get("max_periods")))
    return asked.rows(request), due, 0


def as_rolling_rank(asked: Asked, request: dict):
    min_count = request["features"][0].get("params", {}).get("min_count", 2)
    answer = asked.features(request)
    found = answer.values[:, [answer.names.index(f"{name}_rolling_rank") for name in asked.data]]
    return found, sliding(asked, request, lambda cells: [rank(cells, min_count)]), 1e-12


# What is asked of each plugin, and what tells what is found and what is due.
REQUESTS = {
    "hampel": [
        ({"outlier_method": "hampel", "outlier_params": {}}, as_hampel),
        ({"outlier_method": "hampel", "outlier_params": {"half_width": 8, "action": "missing"}}, as_hampel),
    ],
    "weld-cycle": [
        ({"window_method": "weld_cycle", "window_params": {"on": on}, "features": ["mean"]}, as_weld_cycles)
        for on in (20.0, 120.0)
    ],
    "spectral-bands": [
        (
            {
                "window_size": 64,
                "overlap": 0.5,
                "features": [{"method": "spectral_bands", "params": {"edges": [0, 0.2, 0.6, 1]}}],
            },
            as_bands,
        )
    ],
    "robust-scaling": [
        ({"normalize_method": "robust", "normalize_scope": "signal"}, as_robust_scaling),
        (
            {"normalize_method": "robust", "normalize_params": {"tail": 0.1}, "normalize_scope": "signal"},
            as_robust_scaling,
        ),
    ],
    "seasonal-naive": [
        ({"missing_value_method": "seasonal_naive", "missing_value_params": params}, as_seasonal_naive)
        for params in ({"period": 1}, {"period": 60}, {"period": 7, "max_periods": 1})
    ],
    "rolling-rank": [
        ({"window_size": 40, "overlap": 0.5, "features": [{"method": "rolling_rank"}]}, as_rolling_rank),
        (
            {
                "window_size": 10,
                "overlap": 0,
                "features": [{"method": "rolling_rank", "params": {"min_count": 10}}],
            },
            as_rolling_rank,
        ),
    ],
}


def main(fettle: Path, folder: Path) -> int:
    failed = by_run(fettle, folder) + over_http(fettle, folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
