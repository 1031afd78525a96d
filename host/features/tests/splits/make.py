"""Makes splits.json beside this file: splits by scikit-learn, which ../splits.rs holds ours against.

Run it with the Python that host/app/tests/parity/python-env prints.
"""

import json
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import sklearn
from sklearn.model_selection import GroupShuffleSplit, train_test_split

SEEDS = [0, 1, 42, 2**31, 2**32 - 1]
PARTS = [0.2, 0.25, 0.3, 0.1, 0.5, 1 / 3, 0.07, 0.999]

# Above so many windows a case holds digests of its sides instead of the sides.
LISTED = 150


def side(indices):
    indices = [int(index) for index in indices]
    if len(indices) <= LISTED:
        return indices
    # Tells another order from this one. Python's numbers have no end; ours stay below 2^64.
    return {"count": len(indices), "digest": sum((place + 1) * index for place, index in enumerate(indices))}


def sides(split, *arguments, **options):
    """The two sides, or that there are none."""
    try:
        train, val = split(*arguments, **options)
    except ValueError:
        return {"refused": True}
    return {"train": side(train), "val": side(val)}


def random_cases():
    sizes = [1, 2, 3, 4, 5, 7, 10, 16, 17, 33, 64, 100, 171]
    cases = list(product(sizes, PARTS, SEEDS[:3])) + [(50, part, seed) for part in PARTS for seed in range(3, 20)]
    cases += [(n, part, seed) for n in (1_000, 65_536, 65_537, 200_000) for part in (0.2, 0.33) for seed in SEEDS]
    for windows, part, seed in cases:
        result = sides(train_test_split, range(windows), test_size=part, random_state=seed)
        yield {"windows": windows, "val_split": part, "seed": seed, **result}


def stratified_cases():
    counts = [
        [2, 2], [3, 2], [10, 10], [50, 50], [90, 10], [97, 3], [120, 2], [5, 5, 5], [7, 7, 7, 7], [2, 2, 2, 2, 2],
        [33, 33, 34], [60, 25, 10, 5], [1, 9], [3, 3, 3, 3, 3, 3], [40, 30, 20, 5, 3, 2], [13, 13, 13, 13, 13, 13],
        [11, 22, 33], [99, 1], [500, 300, 200], [2801, 1999], [9000, 700, 200, 77, 20, 3],
    ]  # fmt: skip
    order = np.random.RandomState(7)
    for sizes in counts:
        labels = order.permutation(np.repeat(np.arange(len(sizes)), sizes))
        splits = []
        for part, seed in product(PARTS, SEEDS):
            result = sides(train_test_split, range(len(labels)), test_size=part, random_state=seed, stratify=labels)
            splits.append({"val_split": part, "seed": seed, **result})
        # Above a hundred windows fewer parts are enough.
        kept = splits if len(labels) <= 30 else splits[: 2 * len(SEEDS)] if len(labels) <= 100 else splits[:4]
        yield {"labels": "".join(map(str, labels)), "splits": kept}


def device_cases():
    order = np.random.RandomState(11)
    for devices in [2, 3, 4, 5, 6, 8, 10, 11, 16, 17, 25, 40]:
        codes = [f"device_{number}" for number in order.permutation(devices) + 1]
        # Several rows a device, as a group has; the split is told by device.
        groups = np.repeat(codes, 3)
        for part, seed in product(PARTS, SEEDS[:3]):

            def split():
                splits = GroupShuffleSplit(1, test_size=part, random_state=seed).split(groups, groups=groups)
                return [np.unique(rows // 3) for rows in next(splits)]

            yield {"codes": codes, "val_split": part, "seed": seed, **sides(split)}


def time_cases():
    day = 86_400_000_000_000
    spans = [0, 1, 2, 3, 10, 999, day - 1, day, 31 * day, 31 * day - 10_000_000_000, 3652 * day, 2**53 + 1, 2**62 + 3]
    for span, part in product(spans, [*PARTS, 0.8, 1e-12, 1e-300, 1 - 2**-53]):
        first = 1_762_128_000_000_000_000 if span < 2**61 else -(2**61) - 12345
        # The decimal fraction as it is written, half a nanosecond up.
        cut = first + span * (1 - Fraction(repr(part))) + Fraction(1, 2)
        yield {"first": first, "last": first + span, "val_split": part, "cut": cut.__floor__()}


def main():
    vectors = {
        "made_with": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
        "random": list(random_cases()),
        "stratified": list(stratified_cases()),
        "by_device": list(device_cases()),
        "time_cut": list(time_cases()),
    }
    # A line a case, so that a difference can be seen.
    parts = [f'"made_with":{json.dumps(vectors.pop("made_with"))}']
    for name, cases in vectors.items():
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
        parts.append(f'"{name}":[\n{lines}\n]')
    Path(__file__).with_name("splits.json").write_text("{" + ",\n".join(parts) + "}\n")


if __name__ == "__main__":
    main()
