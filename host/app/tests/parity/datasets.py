"""Builds training datasets by the real program, and compares them with pandas and scikit-learn.

Sides, order, labels, values, fitted states, counts and quantiles; every format against every other; and whether a model
learns from the features. The exit code is 1 where something differs.
"""

import io
import os
import sys
import tempfile
import zipfile
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import recordings
from check import Outcome, Tally, command_line
from client import Fettle, Refused
from recordings import DAY, iso
from reference import Dataset, InsufficientData, build
from tolerance import RTOL_OF_METHOD, tolerance_of_dataset

DEMO_DEVICES = ["WLD001", "WLD002", "WLD003"]

# The original plan's request.
SEED = {
    "model_code": "welding_ai_model",
    "device_codes": DEMO_DEVICES,
    "start_time": "2025-10-01T00:00:00",
    "end_time": "2025-11-01T00:00:00",
    "label_column": "quality_label",
    "val_split": 0.2,
    "random_state": 42,
    "window_size": 100,
    "overlap": 0.5,
    "normalize_method": "min_max",
}

# Of the manifest's rows that are compared at once, the first that differ are told.
TOLD = 3

CASES = {
    "defaults": {},
    "stratified": {"stratify": True, "val_split": 0.3, "random_state": 7},
    "fitted steps": {"missing_value_method": "mean", "outlier_method": "z_score", "random_state": 1},
    "fitted steps, no overlap": {"missing_value_method": "median", "outlier_method": "clip", "overlap": 0},
    "rows with gaps go": {"missing_value_method": "drop", "outlier_method": "z_score", "window_size": 30},
    "outliers filled again": {
        "missing_value_method": "median",
        "outlier_params": {"action": "missing", "refill": True, "threshold": 1.0},
    },
    "purged": {"purge": True, "val_split": 0.05, "window_size": 40},
    "by time": {"split_method": "time"},
    "by time, fitted steps": {
        "split_method": "time",
        "val_split": 0.35,
        "missing_value_method": "mean",
        "outlier_method": "z_score",
        "normalize_method": "min_max",
    },
    "by time, outliers dropped": {"split_method": "time", "outlier_params": {"action": "drop"}, "window_size": 50},
    "by time, each device apart": {
        "split_method": "time",
        "fit_scope": "device",
        "missing_value_method": "median",
        "outlier_method": "clip",
    },
    "each device apart": {"fit_scope": "device", "outlier_method": "z_score"},
    "by device": {"split_method": "device", "val_split": 0.4},
    "by device, fitted steps": {
        "split_method": "device",
        "random_state": 3,
        "missing_value_method": "median",
        "outlier_method": "iqr",
        "normalize_method": "min_max",
        "feature_range": [-1, 1],
    },
    "label of the first row": {"label_strategy": "first", "window_size": 60},
    "label of most rows": {"label_strategy": "majority"},
    "largest label": {"label_strategy": "max"},
    "any label": {"label_strategy": "any", "window_size": 25, "overlap": 0.2},
    "only whole windows": {
        "missing_value_method": "none",
        "outlier_method": "none",
        "features": ["mean", "std", "slope", "skewness"],
        "missing_features": "drop_window",
        "window_size": 10,
        "overlap": 0,
    },
    "classes as numbers": {"label_type": "number", "label_strategy": "mean", "split_method": "time"},
}


def main() -> int:
    arguments = command_line()
    tally = Tally()
    with (
        tempfile.TemporaryDirectory(prefix="fettle-datasets-") as folder,
        Fettle(arguments.binary, Path(folder)) as fettle,
    ):
        demo = [recordings.demo_recording(fettle.data_dir, code, "2025-10-06T00:00:00", 2 * DAY) for code in DEMO_DEVICES]
        tally.group("original plan", [seed(fettle)])
        groups = {"demo": ("quality_label", demo, numbers("temperature"))}
        missing = None
        try:
            pumps = recordings.real()[2:8]
            for pump in pumps:
                fettle.import_file(pump.file, pump.model, pump.device, pump.import_options)
            groups["skab"] = ("anomaly", pumps, numbers("Temperature"))
        except FileNotFoundError as error:
            missing = f"datasets of real recordings: {error}"
        for name, (label, devices, of_numbers) in groups.items():
            cases = CASES | of_numbers
            tally.group(name, (compared(fettle, devices, label, case, fields) for case, fields in cases.items()))
        tally.group("formats", (formats(fettle, demo, label) for label in ("quality_label", "temperature")))
        tally.group("learning", [learns(fettle)])
        tally.group("served", (served(fettle, demo, case) for case in ("fitted steps", "by time, fitted steps")))

    if missing and os.environ.get("FETTLE_CI") == "1":
        tally.failed += 1
        print(f"failed: {missing}")
    elif missing:
        print(f"skipped: {missing}")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


def numbers(signal: str) -> dict:
    """Cases in which a signal is the label."""
    return {
        "number label, mean": {"label_column": signal, "label_strategy": "mean"},
        "number label, median": {"label_column": signal, "label_strategy": "median", "split_method": "time"},
        "number label, min": {"label_column": signal, "label_strategy": "min", "split_method": "device"},
    }


def seed(fettle: Fettle) -> Outcome:
    """The request of the original plan."""
    try:
        data = fettle.build(SEED)
    except Refused as refusal:
        return Outcome("its request", [str(refusal)])
    problems = []
    fields = {"dataset_id", "train_samples", "val_samples", "feature_count", "class_distribution", "download_url"}
    if absent := fields - set(data):
        problems.append(f"{absent} are not in the answer")
    if data["feature_count"] != 25:
        problems.append(f"{data['feature_count']} features")
    if sum(data["class_distribution"].values()) != data["train_samples"] + data["val_samples"]:
        problems.append(f"{data['class_distribution']} for {data['train_samples']} + {data['val_samples']} windows")
    if not fettle.replay(data["dataset_id"])["identical"]:
        problems.append("a replay is not identical")
    return Outcome("its request", problems)


def ask_for(devices, label: str, fields: dict) -> dict:
    return {
        "model_code": devices[0].model,
        "device_codes": [device.device for device in devices],
        "start_time": iso(min(device.rows.index[0] for device in devices)),
        "end_time": iso(max(device.rows.index[-1] for device in devices) + 1),
        "label_column": label,
        **fields,
    }


def expected_of(devices, label: str, fields: dict) -> Dataset:
    fields = dict(fields)
    label = fields.pop("label_column", label)
    recorded = {}
    for device in devices:
        if label in device.rows:
            recorded[device.device] = (device.rows.drop(columns=label), device.rows[label])
        else:
            recorded[device.device] = (device.rows, device.labels[label])
    return build(recorded, **fields)


def compared(fettle: Fettle, devices, label: str, case: str, fields: dict) -> Outcome:
    """How a dataset comes out."""
    try:
        expected = expected_of(devices, label, fields)
    except InsufficientData:
        expected = None
    try:
        data = fettle.build(ask_for(devices, label, fields))
        manifest = fettle.manifest(data["dataset_id"])["content"]
        table = pd.read_parquet(io.BytesIO(fettle.download(data["dataset_id"], "parquet")))
    except Refused as refusal:
        refused = expected is None and refusal.code == "insufficient_data"
        return Outcome(case, [] if refused else [str(refusal)], refused=refused)
    if expected is None:
        return Outcome(case, ["it was built, though one side has nothing to learn from or to validate"])
    problems = facts_differ(data, manifest, expected) + rows_differ(table, expected)
    if problems:
        return Outcome(case, problems)
    problems += states_differ(manifest, expected, fields)
    found = table[expected.names].to_numpy(float)
    deviation = abs(found - expected.values)
    missing = np.isnan(expected.values)
    deviation = np.where(missing, np.where(np.isnan(found), 0.0, np.inf), deviation)
    multiple = np.divide(deviation, tolerance_of_dataset(expected), out=np.zeros_like(deviation), where=deviation > 0)
    for row, column in islice(np.argwhere(~(multiple <= 1)), TOLD):
        problems.append(
            f"{expected.names[column]} of row {row}: {found[row, column]}, expected {expected.values[row, column]}"
        )
    return Outcome(case, problems, float(multiple.max()))


def facts_differ(data: dict, manifest: dict, expected: Dataset) -> list[str]:
    problems = []
    facts = dict(expected.facts)
    cut, unlabelled = facts.pop("cut"), facts.pop("without_label")
    for name, value in facts.items():
        if data[name] != value:
            problems.append(f"{name} is {data[name]}, not {value}")
    if manifest["dropped_windows"]["without_label"] != unlabelled:
        problems.append(f"{manifest['dropped_windows']} windows dropped, {unlabelled} have no label")
    found = manifest["split"]["cut_time"]
    if (found and pd.Timestamp(found).as_unit("ns").value) != cut:
        problems.append(f"the cut is at {found}, not at {cut}")
    return problems


def rows_differ(table: pd.DataFrame, expected: Dataset) -> list[str]:
    """Whether other windows are in the table, in another order, or with other labels."""
    if len(table) != len(expected.starts):
        return [f"{len(table)} rows, not {len(expected.starts)}"]
    times = {name: table[name].dt.as_unit("ns").astype("int64").tolist() for name in ("window_start", "window_end")}
    labels = table.iloc[:, -1]
    same_labels = (
        np.allclose(labels, expected.labels, rtol=1e-9, atol=0)
        if labels.dtype == float
        else labels.tolist() == expected.labels
    )
    same = {
        "devices": table["device_code"].tolist() == expected.devices,
        "starts": times["window_start"] == expected.starts,
        "ends": times["window_end"] == expected.ends,
        "sides": table["split"].tolist() == expected.sides,
        "labels": same_labels,
        "names": table.columns[4:-1].tolist() == expected.names,
    }
    return [f"the {part} are not those expected" for part, is_same in same.items() if not is_same]


def states_differ(manifest: dict, expected: Dataset, fields: dict) -> list[str]:
    """Whether steps before windows have learnt something else, or features have other quantiles."""
    problems = []
    for step in manifest["steps"]:
        kind, method = step["kind"], step["method"]
        if kind not in ("missing_value", "outlier"):
            continue
        for who, learnt in expected.states[kind].items():
            # Nothing is learnt of a step that is not fitted.
            state = (step.get("states", {}).get(who) if who else step["state"]) or {}
            rtol = RTOL_OF_METHOD[kind, method]
            for signal, of_signal in state.items():
                if kind == "missing_value":
                    pairs = [(of_signal["value"], learnt[signal])]
                elif signal in learnt["degenerate"]:
                    pairs = [(float(of_signal["degenerate"]), 1.0)]
                else:
                    pairs = list(zip((of_signal["lower"], of_signal["upper"]), learnt["bounds"][signal]))
                scale = expected.largest.max()
                for found, wanted in pairs:
                    if abs(found - wanted) > rtol * abs(wanted) + 64 * np.finfo(float).eps * scale:
                        problems.append(f"{kind} {method} has learnt {found} of {signal}, not {wanted}")
    for feature, wanted in zip(manifest["features"], expected.states["quantiles"]):
        scale = expected.largest.max() ** 2
        if not np.allclose(feature["quantiles"], wanted, rtol=1e-7, atol=64 * np.finfo(float).eps * scale):
            problems.append(f"the quantiles of {feature['name']} differ")
    return problems[:TOLD]


def formats(fettle: Fettle, devices, label: str) -> Outcome:
    """Whether every format holds the same."""
    fields = {"missing_value_method": "none", "outlier_method": "none", "window_size": 30}
    if label == "temperature":
        fields["label_strategy"] = "mean"
    try:
        dataset_id = fettle.build(ask_for(devices, label, fields))["dataset_id"]
        files = {name: fettle.download(dataset_id, name) for name in ("parquet", "arrow", "csv", "npz")}
        train = fettle.download(dataset_id, "parquet", "train")
    except Refused as refusal:
        return Outcome(label, [str(refusal)])
    whole = pq.read_table(io.BytesIO(files["parquet"])).to_pandas()
    names, y = whole.columns[4:-1].tolist(), whole.columns[-1]
    tables = {
        "Parquet, by polars": pl.read_parquet(io.BytesIO(files["parquet"])).to_pandas(),
        "Arrow, by pyarrow": pa.ipc.open_stream(io.BytesIO(files["arrow"])).read_all().to_pandas(),
        "Arrow, by polars": pl.read_ipc_stream(io.BytesIO(files["arrow"])).to_pandas(),
        "CSV, by pandas": pd.read_csv(io.BytesIO(files["csv"])),
        "training side": pq.read_table(io.BytesIO(train)).to_pandas(),
    }
    problems = []
    for form, table in tables.items():
        wanted = whole[whole["split"] == "train"].reset_index(drop=True) if form == "training side" else whole
        same = (
            table.columns.tolist() == whole.columns.tolist()
            and np.array_equal(table[names].to_numpy(float), wanted[names].to_numpy(float), equal_nan=True)
            and table[y].tolist() == wanted[y].tolist()
            and table["device_code"].tolist() == wanted["device_code"].tolist()
            and (pd.to_datetime(table["window_start"], utc=True) == wanted["window_start"]).all()
        )
        if not same:
            problems.append(f"{form}: not the rows of the Parquet file")
    with np.load(io.BytesIO(files["npz"]), allow_pickle=False) as arrays:
        for side in ("train", "val"):
            wanted = whole[whole["split"] == side]
            starts = wanted["window_start"].dt.tz_localize(None).to_numpy("datetime64[ns]")
            same = (
                np.array_equal(arrays[f"X_{side}"], wanted[names].to_numpy(float), equal_nan=True)
                and arrays[f"y_{side}"].tolist() == wanted[y].tolist()
                and arrays[f"device_{side}"].tolist() == wanted["device_code"].tolist()
                and np.array_equal(arrays[f"start_{side}"].astype("datetime64[ns]"), starts)
                and arrays["feature_names"].tolist() == names
            )
            if not same:
                problems.append(f"npz: {side} is not that side of the Parquet file")
    if zipfile.ZipFile(io.BytesIO(files["npz"])).testzip() is not None:
        problems.append("npz: a checksum is wrong")
    return Outcome(label, problems)


def learns(fettle: Fettle) -> Outcome:
    """Whether a model that is trained on the features beats the majority."""
    data = fettle.build(SEED | {"split_method": "time", "val_split": 0.25, "random_state": None})
    with np.load(io.BytesIO(fettle.download(data["dataset_id"], "npz")), allow_pickle=False) as arrays:
        model = make_pipeline(SimpleImputer(), LogisticRegression(max_iter=2_000))
        model.fit(arrays["X_train"], arrays["y_train"])
        score = model.score(arrays["X_val"], arrays["y_val"])
        majority = max(np.bincount(arrays["y_val"])) / len(arrays["y_val"])
    case = f"logistic regression: {score:.3f} right, the majority class {majority:.3f}"
    print(f"          {case}")
    return Outcome(case, [] if score > majority + 0.05 else ["no better than the majority class"])


def served(fettle: Fettle, devices, case: str) -> Outcome:
    """Whether serving gives the dataset's rows again, bit for bit, and the same for rows that are sent along."""
    label = "quality_label"
    data = fettle.build(ask_for(devices, label, CASES[case]))
    dataset_id = data["dataset_id"]
    table = pd.read_parquet(io.BytesIO(fettle.download(dataset_id, "parquet")))
    cut = fettle.manifest(dataset_id)["content"]["split"]["cut_time"]
    names, problems = table.columns[4:-1].tolist(), []
    for device in devices:
        first, last = int(device.rows.index[0]), int(device.rows.index[-1]) + 1
        middle = [] if cut is None else [pd.Timestamp(cut).as_unit("ns").value]
        rows = {}
        for begin, end in zip([first, *middle], [*middle, last]):
            question = {"model_code": device.model, "device_code": device.device, "dataset_id": dataset_id}
            answer = fettle.extract(question | {"start_time": iso(begin), "end_time": iso(end)})
            rows |= dict(zip(answer.timestamps.tolist(), answer.values))
            part = device.rows[(device.rows.index >= begin) & (device.rows.index < end)].iloc[:300]
            columns = {name: [None if np.isnan(cell) else cell for cell in part[name]] for name in part}
            sent = {"timestamps": [iso(time) for time in part.index], "columns": columns}
            along = fettle.extract(question | {"rows": sent})
            read = fettle.extract(question | {"start_time": sent["timestamps"][0], "end_time": iso(int(part.index[-1]) + 1)})
            if not np.array_equal(along.values, read.values, equal_nan=True):
                problems.append(f"{device.device}: rows sent along give other features than the same rows read")
        mine = table[table["device_code"] == device.device]
        starts = mine["window_start"].dt.as_unit("ns").astype("int64")
        for start, values in zip(starts, mine[names].to_numpy(float)):
            if start not in rows or not np.array_equal(rows[start], values, equal_nan=True):
                problems.append(f"{device.device}: the window at {iso(start)} is served otherwise")
    return Outcome(case, problems[:TOLD])


if __name__ == "__main__":
    sys.exit(main())
