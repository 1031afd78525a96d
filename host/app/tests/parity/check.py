"""Imports and extracts by the real program, and compares what comes back with the oracle of `reference`.

Each recording is asked for every combination of methods in several windows, for parameters beside each other and for
every statistic; some of the answers in every form. The exit code is 1 where something differs, and the first cells that
do are printed.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import cases
import recordings
from client import Answer, Fettle, Refused
from forms import other_forms, windows
from recordings import Recording, iso
from reference import Extraction, InsufficientData, Oracle
from tolerance import EPSILON, ORDER, SUM, tolerance

REPOSITORY = Path(__file__).resolve().parents[4]
CELLS_SHOWN = 5
CASES_SHOWN = 5

# One case in so many is compared in every form; a prime, so that all methods come to it.
FORMS_EVERY = 13
# The demo's days are long, and committed vectors hold every case for shorter ones.
DEMO_CASES_EVERY = 7

# What windows are asked for of cleaned rows.
WINDOWS = {
    "windows": {},
    "windows of z_scores": {"normalize_scope": "signal", "window_size": 30},
    "windows of raw cells": {"missing_value_method": "none", "outlier_method": "none", "window_size": 10, "overlap": 0},
}

# The original plan's request, and what it has to give.
SEED_RECORDING = "WLD001 from 2025-11-01T00:00:00"
SEED = {
    "window_size": 100,
    "overlap": 0.5,
    "normalize_method": "z_score",
    "missing_value_method": "interpolate",
    "outlier_method": "iqr",
}
SEED_SHAPE = (171, 25)


@dataclass
class Tally:
    """What was compared: a line for each group of cases, and how many came out right."""

    passed: int = 0
    failed: int = 0
    used: set = field(default_factory=set)
    """Kind and name of the methods that ran."""

    def group(self, name: str, outcomes: Iterable["Outcome"]):
        outcomes = list(outcomes)
        failures = [outcome for outcome in outcomes if outcome.problems]
        refused = sum(outcome.refused for outcome in outcomes)
        worst = max((outcome.worst for outcome in outcomes), default=0.0)
        verdict = "FAILED" if failures else "ok"
        print(f"  {verdict:6}  {name:14} {len(outcomes):5} cases, {refused:3} without data {worst:12.2g}", flush=True)
        for failure in failures[:CASES_SHOWN]:
            print(f"          {failure.case}")
            for problem in failure.problems:
                print(f"            {problem}")
        if len(failures) > CASES_SHOWN:
            print(f"          … and {len(failures) - CASES_SHOWN} cases more")
        self.failed += len(failures)
        self.passed += len(outcomes) - len(failures)


@dataclass
class Outcome:
    """How a case came out."""

    case: str
    problems: list[str]
    worst: float = 0.0
    """The largest deviation, as a multiple of what is tolerated."""
    refused: bool = False
    """Whether it was refused for want of data, as it should."""


def main() -> int:
    arguments = command_line()
    tally = Tally()
    with (
        tempfile.TemporaryDirectory(prefix="fettle-parity-") as folder,
        Fettle(arguments.binary, Path(folder)) as fettle,
    ):
        every, missing = recordings.demo(fettle.data_dir), None
        try:
            every += recordings.real()
        except FileNotFoundError as error:
            missing = f"parity over real recordings: {error}"
        chosen = [one for one in every if any(part in one.name for part in arguments.only or [""])]

        print("largest deviation as a multiple of what is tolerated: the last column")
        for recording in chosen:
            print(f"{recording.name}: {len(recording.rows)} rows × {recording.rows.shape[1]} signals")
            check(fettle, recording, tally)
        if not arguments.only:
            unused = sorted(fettle.methods() - tally.used)
            problems = [f"none uses {kind} {name}" for kind, name in unused]
            tally.group("methods", [Outcome("each has a case", problems)])

    if missing and os.environ.get("FETTLE_CI") == "1":
        tally.failed += 1
        print(f"failed: {missing}")
    elif missing:
        print(f"skipped: {missing}")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 0 if chosen and not tally.failed else 1


def command_line():
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=Path, default=target / "debug" / "fettle", help="the program (%(default)s)")
    parser.add_argument("only", nargs="*", metavar="PART", help="only recordings with this part in their name")
    arguments = parser.parse_args()
    arguments.binary = arguments.binary.resolve()
    if not arguments.binary.is_file():
        parser.error(f"{arguments.binary} is not here; `make parity` builds it first")
    return arguments


def check(fettle: Fettle, recording: Recording, tally: Tally):
    if recording.file is not None:
        problems = imported(fettle, recording)
        tally.group("import", [Outcome(recording.file.name, problems)])
        if problems:
            return
    oracle = Oracle(recording.rows)
    row_s = recording.span_s(1)
    every = 1 if recording.file else DEMO_CASES_EVERY
    groups = {
        "defaults": [("the defaults", {})],
        "combinations": cases.sample(cases.combinations(row_s), every),
        "parameters": cases.sample(cases.parameters(row_s), every),
        "statistics": cases.statistics(),
    }
    tally.group("windows", (cut(fettle, oracle, recording, case, fields) for case, fields in WINDOWS.items()))
    if recording.name == SEED_RECORDING:
        groups["original plan"] = [("the request of the original plan", SEED)]
    for name, group in groups.items():
        tally.group(
            name,
            (
                compared(fettle, oracle, recording, case, fields, tally.used, number % FORMS_EVERY == 0)
                for number, (case, fields) in enumerate(group)
            ),
        )


def imported(fettle: Fettle, recording: Recording) -> list[str]:
    """Imports a recording; answers what is wrong with that."""
    try:
        report = fettle.import_file(recording.file, recording.model, recording.device, recording.import_options)
    except Refused as refusal:
        return [str(refusal)]
    rows = f"{len(recording.rows)} rows of device {recording.device}"
    return [] if report.startswith(rows) else [f"the report does not begin with `{rows}`:\n{report}"]


def compared(
    fettle: Fettle, oracle: Oracle, recording: Recording, case: str, fields: dict, used: set, in_every_form: bool
) -> Outcome:
    """How a case comes out; adds the methods that ran to `used`."""
    request = recording.request() | fields
    try:
        expected = oracle.extract(**fields)
    except InsufficientData:
        expected = None
    try:
        found = fettle.extract(request)
        others = other_forms(fettle, request) if in_every_form else {}
    except Refused as refusal:
        if expected is None and refusal.code == "insufficient_data":
            return Outcome(case, [], refused=True)
        return Outcome(case, [str(refusal)])
    if expected is None:
        return Outcome(case, [f"{len(found.timestamps)} windows, where there is not one"])
    used |= {(step["kind"], step["method"]) for step in found.metadata["steps"]}

    problems = forms_differ(found, others) + facts_differ(found, expected)
    if recording.name == SEED_RECORDING and fields == SEED and found.values.shape != SEED_SHAPE:
        problems.append(f"the original plan has {SEED_SHAPE[0]} × {SEED_SHAPE[1]}")
    if problems:
        return Outcome(case, problems)
    worst, problems = cells_differ(found, expected)
    if not fields:
        problems += lost_signals(found, recording)
    return Outcome(case, problems, worst)


def cut(fettle: Fettle, oracle: Oracle, recording: Recording, case: str, fields: dict) -> Outcome:
    """How the rows of windows come out, instead of features."""
    expected = oracle.extract(**fields)
    try:
        names, times, found = windows(fettle, recording.request() | fields)
    except Refused as refusal:
        return Outcome(case, [str(refusal)])
    if names != list(expected.cleaned) or len(found) != len(expected.windows):
        return Outcome(case, [f"{len(found)} windows of {names}"])

    rows = [slice(*bounds) for bounds in expected.windows]
    cleaned = np.stack([expected.cleaned.to_numpy()[part] for part in rows])
    same_times = np.array_equal(times, np.stack([expected.cleaned.index.to_numpy()[part] for part in rows]))
    scale = expected.rows.abs().max().fillna(0.0).to_numpy()
    if "normalize_scope" in fields:
        tolerated = SUM * abs(cleaned) + 64 * EPSILON * scale / expected.divisors[:: len(expected.statistics)]
    else:
        tolerated = ORDER * abs(cleaned) + 64 * EPSILON * scale
    missing = np.isnan(cleaned)
    deviation = np.where(missing, np.where(np.isnan(found), 0.0, np.inf), abs(found - cleaned))
    tolerated = np.where(missing, 0.0, tolerated)
    problems = [] if same_times else ["the rows have other times"]
    if not (deviation <= tolerated).all():
        problems.append(f"{(~(deviation <= tolerated)).sum()} of {found.size} cells differ")
    return Outcome(case, problems, float(np.max(deviation / np.maximum(tolerated, 1e-300))))


def forms_differ(json: Answer, others: dict[str, Answer]) -> list[str]:
    """Whether the forms of an answer are not the same to the bit."""

    def bits(values: np.ndarray) -> np.ndarray:
        # All missing values alike: JSON has no bits for them.
        return np.where(np.isnan(values), np.nan, values).view(np.int64)

    problems = []
    for form, other in others.items():
        same = {
            "names": json.names == other.names,
            "timestamps": np.array_equal(json.timestamps, other.timestamps),
            "values": np.array_equal(bits(json.values), bits(other.values)),
            "metadata": other.metadata is None or json.metadata == other.metadata,
            "warnings": other.warnings is None or json.warnings == other.warnings,
        }
        problems += [f"{form}: other {part} than the JSON answer" for part, is_same in same.items() if not is_same]
    return problems


def facts_differ(found: Answer, expected: Extraction) -> list[str]:
    """Whether anything but the values of the features is not as it should be."""
    problems = []
    if found.names != expected.names:
        problems.append(f"the columns are {found.names}, not {expected.names}")
    if not np.array_equal(found.timestamps, expected.timestamps):
        problems.append("the windows begin at other times")
    for name, value in expected.metadata.items():
        if found.metadata.get(name) != value:
            problems.append(f"metadata.{name} is {found.metadata.get(name)}, not {value}")

    # Bounds that are given, not learnt, leave no state.
    bounds = next((step["state"] for step in found.metadata["steps"] if step["kind"] == "outlier"), None) or {}
    degenerate = [signal for signal, state in bounds.items() if state["degenerate"]]
    if sorted(degenerate) != sorted(expected.degenerate):
        problems.append(f"degenerate are the bounds of {degenerate}, not of {expected.degenerate}")
    warned = " ".join(warning["message"] for warning in found.warnings if warning["code"] == "degenerate_bounds")
    problems += [f"no warning that {signal} is degenerate" for signal in degenerate if signal not in warned]
    return problems


def cells_differ(found: Answer, expected: Extraction) -> tuple[float, list[str]]:
    """The largest deviation, as a multiple of what is tolerated, and the first cells where that is more than one."""
    tolerated = tolerance(expected)
    deviation = np.abs(found.values - expected.values)
    missing_here, missing_there = np.isnan(found.values), np.isnan(expected.values)
    multiple = np.divide(deviation, tolerated, out=np.full_like(deviation, np.inf), where=tolerated > 0)
    multiple[(deviation == 0) | (missing_here & missing_there)] = 0.0
    multiple[missing_here != missing_there] = np.inf

    beyond = np.argwhere(~(multiple <= 1))
    problems = [
        f"{expected.names[column]} of the window at {iso(expected.timestamps[row])}: "
        f"found {found.values[row, column]}, expected {expected.values[row, column]}, "
        f"tolerated {tolerated[row, column]:.2g}"
        for row, column in beyond[:CELLS_SHOWN]
    ]
    if len(beyond) > CELLS_SHOWN:
        problems.append(f"… and {len(beyond) - CELLS_SHOWN} more of {multiple.size} cells")
    return float(multiple.max()), problems


def lost_signals(found: Answer, recording: Recording) -> list[str]:
    """The signals that vary and of which no feature does."""
    signals = list(recording.rows)
    features = np.split(found.values, len(signals), axis=1)
    return [
        f"{signal} varies, and none of its features does"
        for signal, values in zip(signals, features)
        if recording.rows[signal].nunique() > 1 and not (np.nanmin(values, axis=0) < np.nanmax(values, axis=0)).any()
    ]


if __name__ == "__main__":
    sys.exit(main())
