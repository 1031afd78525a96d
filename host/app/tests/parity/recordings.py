"""What is extracted from: days of the demo's machines, and real recordings that lie beside the repository."""

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

SHARED_DATA = Path(__file__).resolve().parents[4].parent / "shared" / "data"

DAY = 86_400_000_000_000


@dataclass(frozen=True)
class Recording:
    """Rows of a device."""

    name: str
    model: str
    device: str
    rows: pd.DataFrame
    """A column for each signal, the index ascending nanoseconds since the Unix epoch."""
    file: Path | None = None
    """What has to be imported first, and how."""
    import_options: tuple[str, ...] = ()
    labels: pd.DataFrame | None = None
    """A column for each label, beside the rows."""

    def request(self) -> dict:
        """The fields that ask for all of it."""
        first, last = self.rows.index[0], self.rows.index[-1]
        return {
            "model_code": self.model,
            "device_code": self.device,
            "start_time": iso(first),
            "end_time": iso(last + 1),
        }

    def span_s(self, rows: int) -> float:
        """How many seconds so many rows take, as a rule."""
        return rows * float(self.rows.index.to_series().diff().median()) / 1e9


def iso(nanoseconds: int) -> str:
    return pd.Timestamp(nanoseconds, unit="ns", tz="UTC").isoformat()


def real() -> list[Recording]:
    """The recordings of ../shared/data; FileNotFoundError names the folder that is missing."""
    for folder in ("welder", "skab"):
        if not (SHARED_DATA / folder).is_dir():
            raise FileNotFoundError(f"{SHARED_DATA / folder} is not here")
    welder = [welder_recording(file) for file in sorted((SHARED_DATA / "welder").glob("*.csv"))]
    skab = [skab_recording(file) for file in sorted((SHARED_DATA / "skab").glob("*.csv"))]
    return welder + skab


def welder_recording(file: Path) -> Recording:
    """An arc-welding power source: no header, Unix seconds with six decimals, cells after a comma and a space."""
    columns = ["time", "voltage command", "wire feed command", "current", "voltage", "wire speed"]
    table = pd.read_csv(file, names=columns, dtype={"time": str}, skipinitialspace=True)
    nanoseconds = [int(Decimal(time) * 1_000_000_000) for time in table["time"]]
    options = ("--time-column", "time", "--time-format", "unix", "--columns", ",".join(columns))
    return Recording(file.stem, "welder", file.stem, signals(table[columns[1:]], nanoseconds), file, options)


def skab_recording(file: Path) -> Recording:
    """A pump testbed: eight signals at 1 Hz, and two labels that are no signals."""
    labels = ["anomaly", "changepoint"]
    table = pd.read_csv(file, sep=";")
    nanoseconds = pd.to_datetime(table["datetime"], utc=True).dt.as_unit("ns").astype("int64")
    options = ("--time-column", "datetime", "--delimiter", ";", "--label", ",".join(labels))
    rows = signals(table.drop(columns="datetime"), nanoseconds)
    return Recording(file.stem, "skab", file.stem, rows.drop(columns=labels), file, options, rows[labels])


def signals(table: pd.DataFrame, nanoseconds) -> pd.DataFrame:
    """The rows in the order of time, under field codes; a line that repeats another counts once."""
    rows = table.astype(float).set_axis(pd.Index(nanoseconds, dtype="int64", name="time"), axis=0)
    rows = rows.reset_index().drop_duplicates().set_index("time").sort_index()
    if not rows.index.is_unique:
        raise ValueError("two different rows have one time")
    return rows.rename(columns=lambda header: re.sub(r"[^A-Za-z0-9_]+", "_", header))


def demo(data_dir: Path) -> list[Recording]:
    """Days of the demo's machines, read from the server's own files: where rows come from is not what is compared."""
    return [
        # The original plan's request.
        demo_recording(data_dir, "WLD001", "2025-11-01T00:00:00", DAY),
        # The gas flow meter is away for an hour.
        demo_recording(data_dir, "WLD002", "2025-10-17T00:00:00", DAY),
        # From one month's file to the next.
        demo_recording(data_dir, "WLD003", "2025-10-31T12:00:00", DAY),
    ]


def demo_recording(data_dir: Path, device: str, start: str, length: int) -> Recording:
    files = sorted((data_dir / "series" / "arc_welder" / device).glob("*.parquet"))
    table = pd.concat([pq.ParquetFile(file).read().to_pandas() for file in files])
    nanoseconds = table["timestamp"].dt.as_unit("ns").astype("int64")
    rows = table.drop(columns="timestamp").set_axis(nanoseconds, axis=0)
    first = pd.Timestamp(start, tz="UTC").as_unit("ns").value
    rows = rows[(rows.index >= first) & (rows.index < first + length)]
    signals, labels = rows.drop(columns="quality_label"), rows[["quality_label"]].astype("float64")
    return Recording(f"{device} from {start}", "welding_ai_model", device, signals, labels=labels)
