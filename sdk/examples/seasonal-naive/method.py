"""The method: a missing cell gets the last present value that is a whole number of periods earlier.

It knows nothing of the contract, so any Python can run and test it.
"""


def fill(values: list[float], period: int, max_periods: int | None) -> None:
    """Fills a column in place. Cells that nothing is known of stay NaN."""
    if max_periods is None:
        for row in range(period, len(values)):
            # NaN alone differs from itself. What is a period earlier has been filled by now, where that could be.
            if values[row] != values[row]:
                values[row] = values[row - period]
        return
    # How many periods ago the value of a cell was measured.
    ages = [0] * len(values)
    for row in range(period, len(values)):
        if values[row] != values[row] and ages[row - period] < max_periods:
            values[row] = values[row - period]
            ages[row] = ages[row - period] + 1


def checked(params: dict) -> list[tuple[str, str]]:
    """What is wrong with parameters, each with its path: the host checks the schema, this is for who has not."""
    wrong = [(f"/{name}", "there is no such parameter") for name in params if name not in ("period", "max_periods")]
    if not is_count(params.get("period")):
        wrong.append(("/period", "is no whole number of at least 1"))
    if params.get("max_periods") is not None and not is_count(params["max_periods"]):
        wrong.append(("/max_periods", "is no whole number of at least 1"))
    return wrong


def is_count(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 1 and value == int(value)
