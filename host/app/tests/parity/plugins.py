"""Runs the SDK's example plugins by `fettle plugin run` and compares what they print with plain numpy.

    plugins.py FETTLE FOLDER

FOLDER holds hampel.wasm, weld-cycle.wasm and spectral-bands.wasm. The exit code is 1 where something differs.
"""

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 1_500
# The standard deviation of normal data, in median absolute deviations: 1 / Φ⁻¹(3/4).
NORMAL = 1.482602218505602


def recording(seed: int) -> pd.DataFrame:
    """A welder that is on and off, whose signals drift, spike and lack cells; a row a second."""
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
    return pd.read_csv(io.StringIO(done.stdout), float_precision="round_trip")


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


def check(what: str, found: np.ndarray, due: np.ndarray, rtol: float) -> int:
    if found.shape == due.shape and np.allclose(found, due, rtol=rtol, atol=1e-12, equal_nan=True):
        print(f"the same: {what}, {due.size} values")
        return 0
    print(f"DIFFERENT: {what}: {found.shape} and {due.shape}")
    if found.shape == due.shape:
        bad = ~np.isclose(found, due, rtol=rtol, atol=1e-12, equal_nan=True)
        print(f"  {found[bad][:5]} instead of {due[bad][:5]}")
    return 1


def main(fettle: Path, folder: Path) -> int:
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
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
