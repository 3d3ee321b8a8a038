"""What can be wrong with data to learn from, or with a stored model.

RiskError
├── DataUnusable    a file or a column cannot be learned from or judged on
└── ModelUnusable   a stored model is not one this program wrote, or not whole
"""

from oracle.risk.indicators import RiskError


class DataUnusable(RiskError):
    """A file or a column cannot be learned from or judged on."""


class ModelUnusable(RiskError):
    """A stored model is not one this program wrote, or not whole."""
