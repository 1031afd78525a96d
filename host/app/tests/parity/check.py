"""Imports and extracts by the real program, and compares what comes back with reference.py.

Each recording is extracted with the defaults and with every method once, as JSON and as an Arrow stream. The exit code
is 1 where something differs, and the first cells that do are printed.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

import recordings
import reference
from client import Answer, Fettle, Refused
from forms import other_forms
from recordings import Recording, iso
from tolerance import tolerance

REPOSITORY = Path(__file__).resolve().parents[4]
CELLS_SHOWN = 5

# The original plan's request, and what it has to give.
SEED_RECORDING = "WLD001 from 2025-11-01T00:00:00"
SEED_CASE = "the original plan's request"
SEED = {
    "window_size": 100,
    "overlap": 0.5,
    "normalize_method": "z_score",
    "missing_value_method": "interpolate",
    "outlier_method": "iqr",
}
SEED_SHAPE = (171, 25)


class Tally:
    """What was compared: a line for each case, and how many came out right."""

    def __init__(self):
        self.passed = self.failed = 0

    def add(self, case: str, figures: str, problems: list[str]):
        print(f"  {'FAILED' if problems else 'ok':6}  {case:28} {figures}")
        for problem in problems:
            print(f"          {problem}")
        self.failed += bool(problems)
        self.passed += not problems


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

        print(f"  {'':6}  {'':28} windows × features  largest deviation / tolerance")
        used = set()
        for recording in chosen:
            print(f"{recording.name}: {len(recording.rows)} rows × {recording.rows.shape[1]} signals")
            if recording.file is not None:
                problems = imported(fettle, recording)
                tally.add("import", "", problems)
                if problems:
                    continue
            for case, fields in cases(recording).items():
                tally.add(case, *compared(fettle, recording, case, fields, used))
        if not arguments.only:
            unused = sorted(fettle.methods() - used)
            print("methods")
            tally.add("each has a case", "", [f"none uses {kind} {name}" for kind, name in unused])

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


def cases(recording: Recording) -> dict[str, dict]:
    """What is asked of a recording, by a name for people."""
    asked: dict[str, dict] = {"defaults": {}}
    if recording.name == SEED_RECORDING:
        asked[SEED_CASE] = SEED
    for kind, methods in {
        "missing_value": ["drop", "forward_fill", "backward_fill", "mean", "median", "none"],
        "outlier": ["z_score", "clip", "none"],
        "normalize": ["min_max", "none"],
    }.items():
        asked |= {f"{kind} {method}": {f"{kind}_method": method} for method in methods}
    # As long as a hundred rows are as a rule, half of it apart.
    clock = {"size_s": recording.span_s(100), "step_s": recording.span_s(50)}
    asked["window sliding_time"] = {"window_method": "sliding_time", "window_params": clock}
    asked["every statistic"] = {"features": list(reference.STATISTIC), "normalize_method": "none"}
    return asked


def imported(fettle: Fettle, recording: Recording) -> list[str]:
    """Imports a recording; answers what is wrong with that."""
    try:
        report = fettle.import_file(recording.file, recording.model, recording.device, recording.import_options)
    except Refused as refusal:
        return [str(refusal)]
    rows = f"{len(recording.rows)} rows of device {recording.device}"
    return [] if report.startswith(rows) else [f"the report does not begin with `{rows}`:\n{report}"]


def compared(fettle: Fettle, recording: Recording, case: str, fields: dict, used: set) -> tuple[str, list[str]]:
    """Figures of a comparison, and what is wrong; adds the methods that ran to `used`."""
    request = recording.request() | fields
    try:
        found, others = fettle.extract(request), other_forms(fettle, request)
    except Refused as refusal:
        return "", [str(refusal)]
    used |= {(step["kind"], step["method"]) for step in found.metadata["steps"]}
    expected = reference.extract(recording.rows, **fields)

    windows, features = found.values.shape
    figures = f"{windows:7} × {features:<8}"
    problems = forms_differ(found, others) + facts_differ(found, expected)
    if case == SEED_CASE and (windows, features) != SEED_SHAPE:
        problems.append(f"the original plan has {SEED_SHAPE[0]} × {SEED_SHAPE[1]}")
    if problems:
        return figures, problems
    worst, problems = cells_differ(found, expected)
    return f"{figures} {worst:18.2g}", problems + lost_signals(found, recording)


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


def facts_differ(found: Answer, expected: reference.Extraction) -> list[str]:
    """Whether anything but the values of the features is not as it should be."""
    problems = []
    if found.names != expected.names:
        problems.append(f"the columns are {found.names}, not {expected.names}")
    if not np.array_equal(found.timestamps, expected.timestamps):
        problems.append("the windows begin at other times")
    for name, value in expected.metadata.items():
        if found.metadata.get(name) != value:
            problems.append(f"metadata.{name} is {found.metadata.get(name)}, not {value}")

    bounds = next((step["state"] for step in found.metadata["steps"] if step["kind"] == "outlier"), {})
    degenerate = [signal for signal, state in bounds.items() if state["degenerate"]]
    if sorted(degenerate) != sorted(expected.degenerate):
        problems.append(f"degenerate are the bounds of {degenerate}, not of {expected.degenerate}")
    warned = " ".join(warning["message"] for warning in found.warnings if warning["code"] == "degenerate_bounds")
    problems += [f"no warning that {signal} is degenerate" for signal in degenerate if signal not in warned]
    return problems


def cells_differ(found: Answer, expected: reference.Extraction) -> tuple[float, list[str]]:
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
