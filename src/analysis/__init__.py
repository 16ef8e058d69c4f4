"""Did a change in how care is given make things better? Cautious before/after reports from exports."""

__version__ = "0.1.0"
