"""Prints what `run` measured beside the original plan's targets. Exit code 1 where a request failed."""

import csv
import re
import sys
from pathlib import Path

TARGETS = {"QPS": "> 100", "p99 ms": "< 2000", "errors": "< 1 %", "hit rate": "> 95 %"}


def figures(folder: Path, name: str) -> dict[str, dict[str, str]]:
    """The rows of a run: each task, and all together."""
    with (folder / f"{name}_stats.csv").open() as file:
        rows = list(csv.DictReader(file))
    result = {}
    for row in rows:
        label = f"{row['Type']} {row['Name']}".strip()
        requests, failures = int(row["Request Count"]), int(row["Failure Count"])
        result["all" if row["Name"] == "Aggregated" else label] = {
            "requests": f"{requests}",
            "QPS": f"{float(row['Requests/s']):.0f}",
            "p50 ms": row["50%"],
            "p90 ms": row["90%"],
            "p99 ms": row["99%"],
            "errors": f"{failures}",
        }
    return result


def counted(path: Path) -> dict[str, float]:
    """Lookups of model configuration so far, by how they ended."""
    pattern = re.compile(r'^cache_requests_total\{cache="model",result="(\w+)"\} (\S+)$', re.M)
    return {result: float(count) for result, count in pattern.findall(path.read_text())}


def quick_hits(path: Path) -> tuple[float, float]:
    """Lookups of model configuration that memory or Redis answered: those within a millisecond, and all."""
    labels = r'\{cache="model",result="(?:l1|l2)"'
    quick = re.findall(rf'^cache_lookup_duration_seconds_bucket{labels},le="0\.001"\}} (\S+)$', path.read_text(), re.M)
    all_ = re.findall(rf"^cache_lookup_duration_seconds_count{labels}\}} (\S+)$", path.read_text(), re.M)
    return sum(map(float, quick)), sum(map(float, all_))


def hit_rate(folder: Path, name: str) -> str:
    before, after = (counted(folder / f"{name}.{when}") for when in ("before", "after"))
    new = {result: count - before.get(result, 0) for result, count in after.items()}
    asked = sum(new.values())
    return f"{100 * (1 - new.get('miss', 0) / asked):.2f} %" if asked else "-"


def main() -> int:
    folder = Path(sys.argv[1])
    runs = {"the original script": "original", "without waiting": "at-once"}
    columns = ["requests", "QPS", "p50 ms", "p90 ms", "p99 ms", "errors", "hit rate"]
    width = 46
    print(f"{'':{width}}" + "".join(f"{column:>11}" for column in columns))
    print(f"{'targets of the original plan':{width}}" + "".join(f"{TARGETS.get(c, ''):>11}" for c in columns))
    failed = 0
    for title, name in runs.items():
        rows = figures(folder, name)
        rows["all"]["hit rate"] = hit_rate(folder, name)
        failed += int(rows["all"]["errors"])
        for label, row in rows.items():
            shown = title if label == "all" else f"  {label}"
            print(f"{shown:{width}}" + "".join(f"{row.get(column, ''):>11}" for column in columns))
    for title, name in runs.items():
        quick, hits = (after - before for before, after in zip(*(quick_hits(folder / f"{name}.{when}") for when in ("before", "after"))))
        if hits:
            print(f"{title}: {100 * quick / hits:.3f} % of {hits:.0f} hits of model configuration took less than 1 ms")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
