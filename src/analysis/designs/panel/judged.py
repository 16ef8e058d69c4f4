"""A judged panel, as its checks see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.designs.effect import Question
from analysis.designs.panel.inference import Judged
from analysis.designs.panel.prepared import Panel, Weights


@dataclass(frozen=True)
class Found:
    """A judged panel and where it came from.

    Parameters
    ----------
    rows : DataFrame
        The panel as it was given.
    question : Question
        What is asked.
    weights : {"equal", "size", "events"} or None
        As given to `analysis.designs.staggered.evaluate`.
    panel : Panel
        What was judged.
    judged : Judged
        The result.
    """

    rows: pd.DataFrame
    question: Question
    weights: Weights | None
    panel: Panel
    judged: Judged


def on_scale(question: Question, *numbers: float) -> tuple[float, ...]:
    """Numbers of the model's scale as ratios for counts and shares, as they are for means."""
    if question.kind == "mean":
        return numbers
    return tuple(float(np.exp(np.clip(number, -700, 700))) for number in numbers)
