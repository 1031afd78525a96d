"""Exports the method by the contract. `wit_world` is what componentize-py makes of the contract for Python."""

import json

from componentize_py_types import Err
from method import checked, fill
from wit_world.exports import transform
from wit_world.imports.types import (
    Column,
    Frame,
    Kind,
    Method,
    ParamError,
    PluginInfo,
    Scope,
    StepError_InvalidParams,
    Traits,
)

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["period"],
    "properties": {
        "period": {
            "description": "Rows after which the signal repeats.",
            "type": "integer",
            "minimum": 1,
            "maximum": 1_000_000,
        },
        "max_periods": {
            "description": "How many periods back a value may be; null: any number.",
            "type": ["integer", "null"],
            "minimum": 1,
            "default": None,
        },
    },
}


def example(params: str, before: list[float], after: list[float]) -> transform.Example:
    timestamps = [row * 1_000_000_000 for row in range(len(before))]
    output = transform.Changed([Column("a", after)], None)
    return transform.Example("seasonal_naive", params, Frame(timestamps, [Column("a", before)]), output)


class Transform:
    """The interface `transform`; the host makes one for each instance."""

    def describe(self) -> PluginInfo:
        summary = "Fills a missing cell with the last present value a whole number of periods earlier."
        method = Method(Kind.MISSING_VALUE, "seasonal_naive", summary, json.dumps(SCHEMA))
        return PluginInfo("seasonal-naive", "0.1.0", [method])

    def examples(self) -> list[transform.Example]:
        """Cases that the host replays, bit for bit, before it lets the plugin in."""
        nan = float("nan")
        before = [nan, 2.0, 3.0, nan, nan, 6.0, nan, nan, nan]
        return [
            example('{"period": 3}', before, [nan, 2.0, 3.0, nan, 2.0, 6.0, nan, 2.0, 6.0]),
            example('{"period": 3, "max_periods": 1}', before, [nan, 2.0, 3.0, nan, 2.0, 6.0, nan, nan, 6.0]),
        ]

    def resolve(self, method: str, params: str) -> Traits:
        given = json.loads(params or "{}")
        if wrong := checked(given):
            raise Err(StepError_InvalidParams([ParamError(path, message) for path, message in wrong]))
        limit = given.get("max_periods")
        resolved = {"period": int(given["period"]), "max_periods": None if limit is None else int(limit)}
        # Causal: a cell follows from itself and earlier ones.
        return Traits(json.dumps(resolved), Scope.COLUMN, fitted=False, causal=True, removes_rows=False)

    # Nothing is learnt, so the host never asks for these three.
    def summarize(self, method: str, params: str, round: bytes, data: Frame) -> bytes:
        return b""

    def merge(self, method: str, params: str, round: bytes, summaries: list[bytes]) -> bytes:
        return b""

    def fit(self, method: str, params: str, round: bytes, summary: bytes) -> transform.Fitting:
        return transform.Fitting_Done("{}")

    def apply(self, method: str, params: str, state: str, data: Frame) -> transform.Changed:
        resolved = json.loads(params)
        for column in data.columns:
            fill(column.values, resolved["period"], resolved["max_periods"])
        return transform.Changed(data.columns, None)
