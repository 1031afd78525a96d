"""What Fettle computes, said with pandas, numpy and scikit-learn.

`extract` takes a device's rows and the fields of a request, and goes through the steps, each of which has a module with
a function for each method: its keyword arguments are the method's parameters with their defaults, and a parameter that
it does not take is an error. Where Fettle differs from these libraries on purpose, a comment says "Differs".
"""

from .dataset import Dataset, build
from .extraction import Extraction, InsufficientData, Oracle
from .statistics import DEFAULT_STATISTICS, STATISTIC, of_windows

__all__ = ["DEFAULT_STATISTICS", "STATISTIC", "Dataset", "Extraction", "InsufficientData", "Oracle", "build", "of_windows"]
