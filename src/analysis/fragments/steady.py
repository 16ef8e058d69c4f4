"""Whether an answer stands other reasonable models: what "stable" means in all reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import judged
from analysis.designs.verdict import clear_direction

if TYPE_CHECKING:
    from analysis.designs.effect import Effect
    from analysis.release import ReleasedSpecifications


def is_clear(effect: Effect) -> bool:
    """Whether the answer's own interval points one way, whatever the number of questions makes of it."""
    return clear_direction((effect.estimate, effect.low, effect.high), effect.scale) is not None


def agreeing(effect: Effect, tried: ReleasedSpecifications) -> int:
    """How many models say what the answer's own interval says: clear the same way, or not clear."""
    return tried.n_clear if is_clear(effect) else tried.n - tried.n_clear - tried.n_other


def is_stable(effect: Effect, tried: ReleasedSpecifications) -> bool:
    """Whether nearly all models agree with the answer."""
    return judged.is_stable(agreeing(effect, tried), tried.n)
