"""Benjamini & Hochberg's 15 p-values (Neuhaus 1992)."""

import numpy as np
import pytest

from analysis.designs.family import benjamini_hochberg, holm

P = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1.0,
]  # fmt: skip
BH = [
    0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.06385714286, 0.06385714286, 0.0645, 0.0765, 0.486,
    0.5811818182, 0.714875, 0.7532307692, 0.8132142857, 1.0,
]  # fmt: skip
HOLM = [0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278, 0.278, 0.278, 0.3213, 1, 1, 1, 1, 1, 1]


def test_adjusted_p_values():
    assert benjamini_hochberg(P) == pytest.approx(BH, abs=1e-7)
    assert holm(P) == pytest.approx(HOLM, abs=1e-7)


def test_numbers_of_rejections():
    assert int((np.array(P) * 15 <= 0.05).sum()) == 3
    assert int((holm(P) <= 0.05).sum()) == 3
    assert int((benjamini_hochberg(P) <= 0.05).sum()) == 4
