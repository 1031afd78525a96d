"""Asks the real program for statistics of features, and compares them with pandas, numpy and scikit-learn.

Of one device the program's own features are described, value for value those that it extracts; of several, features that
the oracle computes with steps that have learnt from all rows; against a baseline both. The exit code is 1 where something
differs.
"""

import os
import sys
import tempfile
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import kstest

import recordings
from cases import DELICATE, by_time
from check import Outcome, Tally, command_line
from client import Fettle, Refused
from edges import SECOND, edges
from recordings import DAY, Recording, iso
from reference import STATISTIC, as_learnt, correlations, describe, share, together
from tolerance import EPSILON, ORDER, SUM

DEMO_DEVICES = ["WLD001", "WLD002", "WLD003"]

# Problems of a case that are told.
TOLD = 5

FIGURES = ("min", "max", "mean", "std", "p05", "p25", "p50", "p75", "p95", "psi", "ks")

# What a second way of computing features may turn over is left to comparisons of the very same features.
ROBUST = [statistic for statistic in STATISTIC if statistic not in DELICATE]

ONE_DEVICE = {
    "defaults": {},
    "every statistic": {"features": list(STATISTIC), "window_size": 30},
    "raw cells": {
        "missing_value_method": "none",
        "outlier_method": "none",
        "window_size": 10,
        "overlap": 0,
        "features": ["mean", "std", "skewness", "slope", "last", "count", "missing_ratio"],
    },
    "rows with gaps go": {"missing_value_method": "drop", "outlier_params": {"action": "drop", "threshold": 3}},
    "outliers filled again": {
        "missing_value_params": {"limit": 3},
        "outlier_params": {"action": "missing", "refill": True, "threshold": 1.0},
        "window_size": 25,
    },
    "z_scores of signals": {"normalize_scope": "signal", "outlier_threshold": 2.5, "window_size": 60, "overlap": 0.2},
    "signals from 10 to 20": {
        "normalize_scope": "signal",
        "normalize_method": "min_max",
        "feature_range": [10, 20],
        "features": [{"method": "statistics", "params": {"statistics": ["mean", "iqr"]}}, "rms"],
    },
}

SEVERAL_DEVICES = {
    "defaults": {},
    "fitted steps": {"missing_value_method": "mean", "outlier_method": "z_score", "window_size": 50},
    "fitted steps, outliers missing": {
        "missing_value_method": "median",
        "outlier_method": "clip",
        "outlier_params": {"lower": 0.02, "upper": 0.97, "action": "missing"},
        "features": ROBUST,
        "window_size": 30,
    },
    "outliers dropped": {"outlier_method": "z_score", "outlier_params": {"threshold": 2, "action": "drop"}},
    "z_scores of signals": {"normalize_scope": "signal", "window_size": 40, "overlap": 0},
    "raw cells": {"missing_value_method": "none", "outlier_method": "none", "window_size": 15, "features": ROBUST},
}

BASELINES = {
    "defaults": {},
    "fitted steps": {"missing_value_method": "mean", "outlier_method": "z_score", "window_size": 50},
    "outliers dropped, by time": {
        "outlier_params": {"action": "drop", "threshold": 3},
        "split_method": "time",
        "features": ["mean", "median", "zero_crossings", "count"],
    },
    "each device apart": {"fit_scope": "device", "outlier_method": "z_score", "missing_value_method": "median"},
    "few different values": {"features": ["first", "count", "mean_crossings", "missing_ratio"], "window_size": 20},
}


@dataclass
class Features:
    """What is to be described."""

    values: pd.DataFrame
    """A row for each window."""
    slack: np.ndarray
    """How far each column's values may be from those that the program computes."""


def main() -> int:
    arguments = command_line()
    tally = Tally()
    with (
        tempfile.TemporaryDirectory(prefix="fettle-stats-") as folder,
        Fettle(arguments.binary, Path(folder)) as fettle,
    ):
        demo = [recordings.demo_recording(fettle.data_dir, code, "2025-10-16T00:00:00", 2 * DAY) for code in DEMO_DEVICES]
        later = [recordings.demo_recording(fettle.data_dir, code, "2025-11-01T00:00:00", DAY) for code in DEMO_DEVICES]
        groups = {"demo": ("quality_label", demo, later)}
        missing = None
        try:
            pumps = recordings.real()[2:8]
            for pump in pumps:
                fettle.import_file(pump.file, pump.model, pump.device, pump.import_options)
            groups["skab"] = ("anomaly", pumps, pumps)
        except FileNotFoundError as error:
            missing = f"statistics of real recordings: {error}"
        for name, (label, devices, others) in groups.items():
            cases = ONE_DEVICE | {"by time": by_time(devices[0].span_s(1), 100, 50)}
            one = (one_device(fettle, device, case, fields) for device in devices[:2] for case, fields in cases.items())
            tally.group(f"{name}, one", one)
            tally.group(f"{name}, all", (several(fettle, devices, case, f) for case, f in SEVERAL_DEVICES.items()))
            baselines = (against(fettle, devices, others, label, case, fields) for case, fields in BASELINES.items())
            tally.group(f"{name}, baseline", chain.from_iterable(baselines))
        tally.group("edges", (edge(fettle, Path(folder), name, rows) for name, rows in small_edges()))

    if missing and os.environ.get("FETTLE_CI") == "1":
        tally.failed += 1
        print(f"failed: {missing}")
    elif missing:
        print(f"skipped: {missing}")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


def one_device(fettle: Fettle, device: Recording, case: str, fields: dict) -> Outcome:
    """Statistics of a device against its extraction."""
    label = f"{device.name}: {case}"
    request = device.request() | fields
    scaled = fields.get("normalize_scope") == "signal"
    try:
        extracted = fettle.extract(request if scaled else request | {"normalize_method": "none"})
        data = fettle.stats(request)
    except Refused as refusal:
        return Outcome(label, [str(refusal)])
    table = pd.DataFrame(extracted.values, columns=extracted.names)
    problems = differences(data, Features(table, np.zeros(table.shape[1])))
    problems += signals_differ(data, [device])
    return Outcome(label, problems[:TOLD])


def several(fettle: Fettle, devices: list[Recording], case: str, fields: dict) -> Outcome:
    """Statistics of all devices of a model, steps having learnt from all of them."""
    recorded = {device.device: device.rows for device in devices}
    try:
        data = fettle.stats(span(devices) | fields)
    except Refused as refusal:
        return Outcome(case, [str(refusal)])
    counts, values = together(recorded, **fields)
    problems = counts_differ(data, counts)
    if not problems:
        largest = max(device.rows.abs().max().max() for device in devices)
        problems = differences(data, Features(values, slack(values, largest)))
    problems += signals_differ(data, devices)
    return Outcome(case, problems[:TOLD])


def against(fettle: Fettle, devices, others, label: str, case: str, fields: dict) -> list[Outcome]:
    """Statistics against a dataset: over its own rows, over one device of others, over all of them."""
    request = {
        "device_codes": [device.device for device in devices[:2]],
        "label_column": label,
        "normalize_method": "none",
        **fields,
    }
    outcomes = []
    try:
        dataset_id = fettle.build(span(devices[:2]) | request)["dataset_id"]
        content = fettle.manifest(dataset_id)["content"]
    except Refused as refusal:
        return [Outcome(case, [str(refusal)])]
    apart = fields.get("fit_scope") == "device"
    choices = {"its own device": devices[:1], "another device": others[1:2], "all": others[:2] if apart else others}
    indexes = {}
    for choice, chosen in choices.items():
        name = f"{case}: {choice}"
        request = span(chosen) | {"baseline_dataset_id": dataset_id}
        if choice != "all":
            request["device_code"] = chosen[0].device
        try:
            data = fettle.stats(request)
            served = [served_of(fettle, span(chosen) | {"device_code": device.device}, dataset_id) for device in chosen]
        except Refused as refusal:
            outcomes.append(Outcome(name, [str(refusal)]))
            continue
        table = pd.concat(served, ignore_index=True)
        quantiles = [feature["quantiles"] for feature in content["features"]]
        problems = differences(data, Features(table, np.zeros(table.shape[1])), quantiles)
        counts, expected = as_learnt({device.device: device.rows for device in chosen}, content)
        problems += counts_differ(data, counts)
        if not problems:
            largest = max(device.rows.abs().max().max() for device in chosen)
            beyond = (table - expected).abs().max() > slack(expected, largest)
            problems += [f"{name} was computed by other steps" for name in table.columns[beyond]]
        problems += continuous_ks_differs(data, table, quantiles)
        indexes[choice] = [figures["psi"] for figures in data["feature_statistics"] if figures["psi"] is not None]
        outcomes.append(Outcome(name, problems[:TOLD]))
    if case == "defaults" and len(indexes) == len(choices):
        largest = max(indexes["another device"])
        outcomes.append(Outcome(f"{case}: drift shows", [] if largest > 0.5 else [f"the largest psi is {largest}"]))
    return outcomes


def served_of(fettle: Fettle, request: dict, dataset_id: str) -> pd.DataFrame:
    """The features of a device by a dataset's steps; none where they leave no window."""
    try:
        answer = fettle.extract(request | {"dataset_id": dataset_id})
    except Refused as refusal:
        if refusal.code != "insufficient_data":
            raise
        return pd.DataFrame()
    return pd.DataFrame(answer.values, columns=answer.names)


def small_edges():
    """Rows at the edges of what may be recorded, as far as a CSV file and the oracle's own unit can hold them."""
    for name, edge in edges().items():
        finite = np.isfinite(edge.rows.fillna(0.0)).all(axis=None)
        if edge.unit == 1.0 and finite and len(edge.rows) > 30:
            yield name, edge.rows


def edge(fettle: Fettle, folder: Path, name: str, rows: pd.DataFrame) -> Outcome:
    code = "".join(letter if letter.isalnum() else "-" for letter in name)
    file = folder / f"{code}.csv"
    table = rows.reset_index(names="time")
    table["time"] = [iso(time) for time in table["time"]]
    table.to_csv(file, index=False)
    recording = Recording(name, f"edge-{code}", f"edge-{code}", rows)
    problems = []
    try:
        fettle.import_file(file, recording.model, recording.device, ("--time-column", "time"))
    except Refused as refusal:
        return Outcome(name, [str(refusal)])
    raw = {"missing_value_method": "none", "outlier_method": "none"}
    row_s = float(rows.index.to_series().diff().median()) / SECOND
    asked = [
        {"window_size": 5, "overlap": 0, "features": list(STATISTIC)},
        {"window_size": 1, "overlap": 0, "features": ["mean", "std", "count"], **raw},
        {"features": list(STATISTIC), **by_time(row_s, 8, 3), **raw},
    ]
    for fields in asked:
        problems += one_device(fettle, recording, name, fields).problems
    return Outcome(name, problems[:TOLD])


def span(devices: list[Recording]) -> dict:
    """The fields that ask for all rows of devices, and for no others."""
    return {
        "model_code": devices[0].model,
        "start_time": iso(min(device.rows.index[0] for device in devices)),
        "end_time": iso(max(device.rows.index[-1] for device in devices) + 1),
    }


def slack(values: pd.DataFrame, largest: float) -> np.ndarray:
    """How far features that were computed in another way may be off, in the unit of each."""
    reach = values.abs().max().fillna(0.0).to_numpy()
    per_cell = np.array([largest * (1e3 if name.endswith(("_sum", "_var")) else 1.0) for name in values.columns])
    shape = np.array([1e-7 if name.endswith(("skewness", "kurtosis", "slope")) else SUM for name in values.columns])
    return shape * reach + 256 * EPSILON * per_cell


def counts_differ(data: dict, counts: dict[str, int]) -> list[str]:
    found = {device["device_code"]: device["window_count"] for device in data["metadata"]["devices"]}
    return [] if found == counts else [f"windows of each device are {found}, not {counts}"]


def signals_differ(data: dict, devices: list[Recording]) -> list[str]:
    missing = pd.concat([device.rows for device in devices]).replace([np.inf, -np.inf], np.nan).isna().mean()
    found = {signal["name"]: signal["missing_ratio"] for signal in data["signals"]}
    same = list(found) == list(missing.index) and np.allclose(list(found.values()), missing, rtol=1e-12, atol=0)
    return [] if same else [f"missing cells are {found}, not {missing.to_dict()}"]


def differences(data: dict, features: Features, quantiles: list[list[float]] | None = None) -> list[str]:
    """Where the statistics are not those of these features."""
    values = features.values
    if data["feature_names"] != values.columns.tolist():
        return [f"the features are {data['feature_names']}"]
    if data["sample_count"] != len(values):
        return [f"{data['sample_count']} windows, not {len(values)}"]
    problems = []
    expected = describe(values, quantiles)
    for figures, wanted, off in zip(data["feature_statistics"], expected, features.slack):
        name = wanted["feature_name"]
        if figures["feature_name"] != name or figures["missing_ratio"] != wanted["missing_ratio"]:
            problems.append(f"{figures['feature_name']} is missing in {figures['missing_ratio']}, not {wanted}")
        reach = max(abs(wanted["min"] or 0.0), abs(wanted["max"] or 0.0))
        for figure in FIGURES:
            allowed = off + tolerated(figure, wanted[figure], reach)
            if not near(figures[figure], wanted[figure], allowed):
                problems.append(f"{figure} of {name} is {figures[figure]}, not {wanted[figure]}")
        problems += histogram_differs(name, figures["histogram"], wanted["histogram"], values[name].dropna(), off)
    return problems + correlations_differ(data, features)


def tolerated(figure: str, wanted: float | None, reach: float) -> float:
    if wanted is None or figure in ("min", "max"):
        return 0.0
    if figure in ("psi", "ks"):
        return 1e-12 * max(1.0, abs(wanted))
    rtol = SUM if figure in ("mean", "std") else ORDER
    return rtol * abs(wanted) + 64 * EPSILON * reach


def near(found: float | None, wanted: float | None, allowed: float) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return abs(found - wanted) <= allowed


def histogram_differs(name: str, found: dict | None, wanted, values: pd.Series, off: float) -> list[str]:
    if found is None or wanted is None:
        return [] if found is wanted else [f"the histogram of {name} is {found}, not {wanted}"]
    counts, edges = wanted
    if off == 0.0:
        same = found["counts"] == counts.tolist() and found["edges"] == edges.tolist()
        return [] if same else [f"the histogram of {name} is {found}, not {wanted}"]
    # Whatever lies beside an edge may have been on its other side.
    problems = []
    if not np.allclose(found["edges"], edges, rtol=0, atol=off):
        problems.append(f"the edges of {name} are {found['edges']}, not {edges}")
    until = np.cumsum(found["counts"])[:-1]
    least = [(values < edge - 2 * off).sum() for edge in edges[1:-1]]
    most = [(values <= edge + 2 * off).sum() for edge in edges[1:-1]]
    if sum(found["counts"]) != len(values) or (until < least).any() or (until > most).any():
        problems.append(f"the counts of {name} are {found['counts']}, not {counts}")
    return problems


def correlations_differ(data: dict, features: Features) -> list[str]:
    found = np.array(data["correlation_matrix"], dtype=float)
    expected = correlations(features.values)
    if found.shape != expected.shape:
        return [f"the matrix has the shape {found.shape}"]
    reach, std = features.values.abs().max().to_numpy(), features.values.std().to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        # What rounding costs a column in units of its deviation; of pairs, both.
        cost = np.nan_to_num((64 * EPSILON * reach + 4 * features.slack) / std, nan=0.0, posinf=0.0)
    allowed = SUM + cost[:, None] + cost[None, :]
    differs = ~(np.abs(found - expected) <= allowed) & ~(np.isnan(found) & np.isnan(expected))
    names = features.values.columns
    return [
        f"the correlation of {names[one]} and {names[other]} is {found[one, other]}, not {expected[one, other]}"
        for one, other in np.argwhere(differs)[:TOLD]
    ]


def continuous_ks_differs(data: dict, table: pd.DataFrame, quantiles: list[list[float]]) -> list[str]:
    """Where no two quantiles are equal, scipy's test can be asked too."""
    problems = []
    for figures, (name, column), baseline in zip(data["feature_statistics"], table.items(), quantiles):
        present, baseline = column.dropna(), np.array(baseline)
        if len(present) == 0 or len(np.unique(baseline)) < 101:
            continue
        wanted = kstest(present, lambda points: share(baseline, np.asarray(points), "right")).statistic
        if not near(figures["ks"], float(wanted), 1e-12):
            problems.append(f"ks of {name} is {figures['ks']}, scipy says {wanted}")
    return problems


if __name__ == "__main__":
    sys.exit(main())
