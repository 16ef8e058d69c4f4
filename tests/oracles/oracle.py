"""Where the published numbers and their data are found."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from shared import SHARED

ORACLES = SHARED / "oracles"


def needs_oracle(name: str) -> Callable[[Any], Any]:
    """Mark tests that read an oracle's folder; they skip where it is not."""

    def marked(test: Any) -> Any:
        absent = not (ORACLES / name).is_dir()
        reason = f"the folder of the oracle {name} is not beside the checkout"
        return pytest.mark.shared(pytest.mark.skipif(absent, reason=reason)(test))

    return marked


def expected(name: str) -> dict[str, Any]:
    """The published and recomputed figures of an oracle in the research folder."""
    return json.loads((ORACLES / name / "expected.json").read_text())["expected"]


def data(name: str) -> pd.DataFrame:
    """The data of an oracle in the research folder."""
    return pd.read_csv(ORACLES / name / "data.csv")


def packaged(package: str, file: str) -> Path:
    """A data file inside an installed package, without importing the package; skips when it is not there."""
    try:
        path = Path(str(distribution(package).locate_file(file)))
    except PackageNotFoundError:
        pytest.skip(f"the package {package} with the oracle's data is not installed")
    return path
