"""A training dataset from the rows and labels of several devices."""

import math
from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from .extraction import InsufficientData, given
from .missing_values import fill
from .normalization import normalize
from .outliers import learn, tame
from .statistics import DEFAULT_STATISTICS, of_windows
from .windows import WINDOW


@dataclass
class Unit:
    """Rows that are cleaned and windowed as one frame."""

    device: str
    side: str | None
    """None where chance decides for each window."""
    rows: pd.DataFrame
    labels: pd.Series
    frame: pd.DataFrame = None
    """The rows as far as they are treated."""
    windows: list[tuple[int, int]] = field(default_factory=list)
    """Those with a label."""
    window_labels: list = field(default_factory=list)


@dataclass
class Dataset:
    """What the dataset holds, in its order."""

    names: list[str]
    devices: list[str]
    starts: list[int]
    ends: list[int]
    sides: list[str]
    labels: list
    values: np.ndarray

    states: dict[str, dict]
    """What each kind of step has learnt, by signal or feature; by device before that with `fit_scope` device."""
    facts: dict
    """Counts that the answer and the manifest have."""

    units: list[Unit]
    window_of: list[tuple[int, int]]
    """Unit, and window in it, of each row."""
    statistics: list[str]
    divisors: np.ndarray
    methods: dict[str, str]
    largest: np.ndarray
    """Of each signal the largest magnitude that was read."""


def build(
    recorded: dict[str, tuple[pd.DataFrame, pd.Series]],
    *,
    missing_value_method="interpolate",
    missing_value_params=None,
    outlier_method="iqr",
    outlier_params=None,
    window_method="sliding",
    window_params=None,
    window_size=None,
    overlap=None,
    features=DEFAULT_STATISTICS,
    normalize_method="z_score",
    normalize_params=None,
    feature_range=None,
    label_strategy="last",
    label_type=None,
    split_method="random",
    val_split=0.2,
    random_state=42,
    stratify=False,
    purge=False,
    fit_scope="global",
    missing_features="keep",
) -> Dataset:
    """The dataset of what devices have recorded: rows and labels by device, in the request's order."""
    missing_value_params, outlier_params = missing_value_params or {}, outlier_params or {}
    window_params = given(window_params, window_size=window_size, overlap=overlap)
    normalize_params = given(normalize_params, feature_range=feature_range)
    is_number = label_type == "number" or (label_type is None and not are_classes(recorded))
    units, cut = fall_apart(recorded, split_method, val_split, random_state)

    def clean(train):
        """Each step before windows in turn, fitted on training rows."""
        for unit in units:
            unit.frame = unit.rows
        by_device = [[unit for unit in units if unit.device == device] for device in recorded]
        for group in by_device if fit_scope == "device" else [units]:
            who = group[0].device if fit_scope == "device" else None
            learnt_from = training_rows(group, train)
            if learnt_from.empty:
                raise InsufficientData
            for unit in group:
                unit.frame = fill(missing_value_method, missing_value_params, unit.frame, learnt_from)
            averages = {"mean": learnt_from.mean(), "median": learnt_from.median()}
            states["missing_value"][who] = averages.get(missing_value_method, pd.Series(dtype=float))
            bounds, degenerate = learn(outlier_method, outlier_params, training_rows(group, train))
            states["outlier"][who] = {"bounds": bounds, "degenerate": degenerate}
            for unit in group:
                unit.frame = tame(outlier_params, bounds, unit.frame)
                if outlier_params.get("refill"):
                    unit.frame = fill(missing_value_method, missing_value_params, unit.frame, learnt_from)

    def cut_windows(frame_of):
        unlabelled = 0
        for unit in units:
            frame = frame_of(unit)
            windows = WINDOW[window_method](frame.index.to_numpy(), **window_params).bounds if len(frame) else []
            cells = unit.labels.loc[frame.index]
            for start, end in windows:
                label = label_of(cells.iloc[start:end], label_strategy, is_number)
                if label is None:
                    unlabelled += 1
                else:
                    unit.windows.append((start, end))
                    unit.window_labels.append(label)
        return unlabelled

    states = {"missing_value": {}, "outlier": {}}
    by_chance = split_method == "random"
    if by_chance:
        # No fitted step takes rows away here, so windows are known before anything is fitted.
        unlabelled = cut_windows(lambda unit: unit.rows.dropna() if missing_value_method == "drop" else unit.rows)
    else:
        clean(None)
        unlabelled = cut_windows(lambda unit: unit.frame)
    places = [(number, window) for number, unit in enumerate(units) for window in range(len(unit.windows))]
    labels = [units[number].window_labels[window] for number, window in places]
    if by_chance:
        everywhere = np.arange(len(places))
        strata = labels if stratify else None
        train, val = train_test_split(everywhere, test_size=val_split, random_state=random_state, stratify=strata)
    else:
        train = [place for place, (number, _) in enumerate(places) if units[number].side == "train"]
        val = [place for place, (number, _) in enumerate(places) if units[number].side == "val"]
    shared, sharing_train, sharing_val = shared_rows(units, places, train, val)
    purged = len(sharing_train) if purge else 0
    if purge:
        train = [place for place in train if place not in sharing_train]
        shared, sharing_val = 0, set()
    if by_chance:
        clean([(units[number], units[number].windows[window]) for number, window in (places[place] for place in train)])

    if not len(train) or not len(val):
        raise InsufficientData
    order = [*train, *val]
    computed = [of_windows(unit.frame, unit.windows, features) if unit.windows else None for unit in units]
    values = np.array([computed[number][window].ravel() for number, window in (places[place] for place in order)])
    sides = ["train"] * len(train) + ["val"] * len(val)
    if missing_features == "drop_window":
        whole = ~np.isnan(values).any(axis=1)
        values, order = values[whole], [place for place, is_whole in zip(order, whole) if is_whole]
        sides = [side for side, is_whole in zip(sides, whole) if is_whole]
    raw = values
    training = np.array([side == "train" for side in sides])
    values, divisors = normalize(normalize_method, normalize_params, raw, raw[training])

    window_of = [places[place] for place in order]
    timestamps = [units[number].frame.index for number, _ in window_of]
    bounds = [units[number].windows[window] for number, window in window_of]
    return Dataset(
        names=[f"{signal}_{statistic}" for signal in units[0].rows for statistic in features],
        devices=[units[number].device for number, _ in window_of],
        starts=[int(times[start]) for times, (start, _) in zip(timestamps, bounds)],
        ends=[int(times[end - 1]) for times, (_, end) in zip(timestamps, bounds)],
        sides=sides,
        labels=[labels[place] for place in order],
        values=values,
        states=states | {"quantiles": quantiles(raw[training])},
        facts={
            "train_samples": int(training.sum()),
            "val_samples": int((~training).sum()),
            "shared_rows": shared,
            "val_windows_sharing_rows": len(sharing_val),
            "purged_windows": purged,
            "without_label": unlabelled,
            "cut": cut,
            "class_distribution": None if is_number else distribution(labels[place] for place in order),
        },
        units=units,
        window_of=window_of,
        statistics=list(features),
        divisors=divisors,
        methods={
            "missing_value": missing_value_method,
            "outlier": outlier_method,
            "window": window_method,
            "normalize": normalize_method,
        },
        largest=pd.concat([rows for rows, _ in recorded.values()]).abs().max().fillna(0.0).to_numpy(),
    )


def are_classes(recorded) -> bool:
    """Whether all present labels are whole, or no numbers at all."""
    cells = pd.concat([labels for _, labels in recorded.values()]).dropna()
    return cells.dtype == object or bool((cells == cells.round()).all())


def fall_apart(recorded, split_method, val_split, random_state) -> tuple[list[Unit], int | None]:
    """The units, and with the split by time the first nanosecond of validation."""
    if split_method == "random":
        return [Unit(device, None, rows, labels) for device, (rows, labels) in recorded.items()], None
    if split_method == "device":
        codes = sorted(recorded)
        splitter = GroupShuffleSplit(1, test_size=val_split, random_state=random_state)
        _, val = next(splitter.split(codes, groups=codes))
        validates = {codes[place] for place in val}
        sides = {device: "val" if device in validates else "train" for device in recorded}
        return [Unit(device, sides[device], rows, labels) for device, (rows, labels) in recorded.items()], None
    first = min(int(rows.index[0]) for rows, _ in recorded.values())
    last = max(int(rows.index[-1]) for rows, _ in recorded.values())
    part = Decimal(last - first) * (1 - Decimal(repr(val_split)))
    cut = first + int(part.quantize(Decimal(1), ROUND_HALF_UP))
    units = []
    for device, (rows, labels) in recorded.items():
        for side, mine in (("train", rows.index < cut), ("val", rows.index >= cut)):
            units.append(Unit(device, side, rows[mine], labels[mine]))
    return units, cut


def label_of(cells: pd.Series, strategy: str, is_number: bool):
    """The label of a window, or None."""
    if strategy in ("last", "first"):
        cell = cells.iloc[-1 if strategy == "last" else 0]
        return None if pd.isna(cell) else plain(cell, is_number)
    present = cells.dropna()
    if present.empty:
        return None
    match strategy:
        case "majority":
            counts = Counter(present)
            most = max(counts.values())
            label = min(value for value, count in counts.items() if count == most)
        case "any":
            return int((present != 0).any())
        case "max" | "min" | "mean" | "median":
            label = getattr(present, strategy)()
        case _:
            raise ValueError(f"no strategy {strategy}")
    return plain(label, is_number)


def plain(label, is_number: bool):
    if isinstance(label, str):
        return label
    return float(label) if is_number else int(label)


def shared_rows(units, places, train, val) -> tuple[int, set, set]:
    """Rows in windows of both sides, and the windows of each side that have some of them."""
    held = {"train": {}, "val": {}}
    for side, members in (("train", train), ("val", val)):
        for place in members:
            number, window = places[place]
            held[side].setdefault(number, set()).update(range(*units[number].windows[window]))
    common = {number: rows & held["val"].get(number, set()) for number, rows in held["train"].items()}

    def sharing(members):
        window_rows = ((place, places[place]) for place in members)
        return {
            place
            for place, (number, window) in window_rows
            if not common.get(number, set()).isdisjoint(range(*units[number].windows[window]))
        }

    return sum(map(len, common.values())), sharing(train), sharing(val)


def training_rows(group: list[Unit], windows) -> pd.DataFrame:
    """The rows of a group that a step may learn from, as far as they are treated: those in a training window, each
    once, or without `windows` those of the training side."""
    if windows is None:
        return pd.concat([unit.frame for unit in group if unit.side == "train"])
    wanted = {id(unit): set() for unit in group}
    for unit, bounds in windows:
        if id(unit) in wanted:
            wanted[id(unit)].update(range(*bounds))
    return pd.concat([unit.frame.iloc[sorted(wanted[id(unit)])] for unit in group])


def quantiles(raw: np.ndarray) -> list[list[float]]:
    hundredths = np.linspace(0, 1, 101)
    columns = (column[~np.isnan(column)] for column in raw.T)
    return [np.quantile(column, hundredths).tolist() if len(column) else [] for column in columns]


def distribution(labels) -> dict[str, int]:
    return {str(label): count for label, count in sorted(Counter(labels).items())}
