"""What Fettle computes, said with pandas, numpy and scikit-learn.

`extract` takes a device's rows and the fields of a request, and goes through the steps, each of which has a module with
a function for each method: its keyword arguments are the method's parameters with their defaults, and a parameter that
it does not take is an error. Where Fettle differs from these libraries on purpose, a comment says "Differs".
"""

from .dataset import Dataset, build
from .description import correlations, describe, share
from .extraction import Extraction, InsufficientData, Oracle
from .statistics import DEFAULT_STATISTICS, STATISTIC, of_windows
from .together import as_learnt, together

__all__ = [
    "DEFAULT_STATISTICS",
    "STATISTIC",
    "Dataset",
    "Extraction",
    "InsufficientData",
    "Oracle",
    "as_learnt",
    "build",
    "correlations",
    "describe",
    "of_windows",
    "share",
    "together",
]
