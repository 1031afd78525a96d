"""The method against its definition: python3 -m unittest"""

import math
import random
import unittest

from method import checked, fill

NAN = math.nan


def by_definition(values: list[float], period: int, max_periods: int | None) -> list[float]:
    """For each missing cell, looks back period by period."""

    def cell(row: int) -> float:
        most = row // period if max_periods is None else min(max_periods, row // period)
        back = [values[row - period * count] for count in range(most + 1)]
        return next((value for value in back if not math.isnan(value)), NAN)

    return [cell(row) for row in range(len(values))]


class Method(unittest.TestCase):
    def filled(self, values, period, max_periods=None):
        filled = list(values)
        fill(filled, period, max_periods)
        return [None if math.isnan(value) else value for value in filled]

    def test_a_cell_repeats_what_was_a_period_earlier(self):
        self.assertEqual(self.filled([1, 2, NAN, NAN, NAN], 2), [1, 2, 1, 2, 1])
        self.assertEqual(self.filled([NAN, 2, NAN], 2), [None, 2, None])
        self.assertEqual(self.filled([1, 2], 5), [1, 2])

    def test_what_is_too_old_is_not_repeated(self):
        self.assertEqual(self.filled([1, NAN, NAN, 4, NAN, NAN, NAN], 1, 2), [1, 1, 1, 4, 4, 4, None])

    def test_agrees_with_the_definition(self):
        random.seed(1)
        for _ in range(500):
            rows, period = random.randrange(60), random.randrange(1, 9)
            values = [random.choice([NAN, NAN, random.random()]) for _ in range(rows)]
            for max_periods in (None, 1, 2, 5):
                due = by_definition(values, period, max_periods)
                due = [None if math.isnan(value) else value for value in due]
                self.assertEqual(self.filled(values, period, max_periods), due)

    def test_parameters_that_make_no_sense_are_told(self):
        self.assertEqual(checked({"period": 60, "max_periods": None}), [])
        for params, path in [
            ({}, "/period"),
            ({"period": 0}, "/period"),
            ({"period": 1.5}, "/period"),
            ({"period": True}, "/period"),
            ({"period": 1, "max_periods": 0}, "/max_periods"),
            ({"period": 1, "gap": 2}, "/gap"),
        ]:
            self.assertEqual([found for found, _ in checked(params)], [path])


if __name__ == "__main__":
    unittest.main()
