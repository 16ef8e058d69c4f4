"""Identity numbers made up by code, so that no person's number stands in the repository."""

from __future__ import annotations

from datetime import date

COORDINATION = 60


def check_digit(nine: str) -> str:
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(nine)]
    return str(-sum(value - 9 * (value > 9) for value in doubled) % 10)


def number(born: date, serial: int, coordination: bool = False) -> str:
    """Twelve digits with the right check digit."""
    nine = f"{born:%y%m}{born.day + COORDINATION * coordination:02}{serial:03}"
    return f"{born.year // 100}{nine}{check_digit(nine)}"
