"""Where the research folder lies: beside the checkout, not in it; tests that need it skip without it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = Path(__file__).resolve().parents[2] / "shared"
BAD_INPUT = SHARED / "badinput"
ENGLAND = SHARED / "realdata" / "england_dtoc"

SHARED_MARKS = (
    pytest.mark.shared,
    pytest.mark.skipif(not BAD_INPUT.is_dir(), reason="the research folder is not beside the checkout"),
)


def needs_shared(test: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a test as `shared`, and skip it where the folder is not."""
    for mark in SHARED_MARKS:
        test = mark(test)
    return test
