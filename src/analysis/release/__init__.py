"""The disclosure gate: the only way out for a figure.

One rule a file; `Released` (in `sealed`) is what has passed. The numbers 7 and 5 are the area's policy.
Source: NHS and OpenSAFELY output rules as summarised in docs/decisions/0004-disclosure.md.
"""

from analysis.release.breakdowns import ReleasedBreakdown, breakdown
from analysis.release.counts import HIDDEN, SMALLEST_BASE, count, of_persons, quotient, ratio
from analysis.release.drawn import ReleasedCurves, ReleasedPoints, curves, drawn_points
from analysis.release.ledger import FACTS, MARK
from analysis.release.model import ReleasedEffect, model_is_free, released_effect, with_reason
from analysis.release.nested import guarded
from analysis.release.periods import LARGEST_HIDDEN, LEVELS, Level, ReleasedSeries, free_until, points, series
from analysis.release.quality import ReleasedQuality
from analysis.release.quality import rows as quality_rows
from analysis.release.sealed import Released, ReleasedTable, Shown, fragment
from analysis.release.statistics import ReleasedHistogram, ReleasedSummary, dominated, histogram, summary
from analysis.release.survey import (
    ReleasedDistribution,
    ReleasedResponse,
    crossing,
    distribution,
    response_rate,
)
from analysis.release.survival import ReleasedSurvival, at_fixed_days

__all__ = [
    "FACTS",
    "HIDDEN",
    "LARGEST_HIDDEN",
    "LEVELS",
    "MARK",
    "SMALLEST_BASE",
    "Level",
    "Released",
    "ReleasedBreakdown",
    "ReleasedCurves",
    "ReleasedDistribution",
    "ReleasedEffect",
    "ReleasedHistogram",
    "ReleasedPoints",
    "ReleasedQuality",
    "ReleasedResponse",
    "ReleasedSeries",
    "ReleasedSummary",
    "ReleasedSurvival",
    "ReleasedTable",
    "Shown",
    "at_fixed_days",
    "breakdown",
    "count",
    "crossing",
    "curves",
    "distribution",
    "dominated",
    "drawn_points",
    "fragment",
    "free_until",
    "guarded",
    "histogram",
    "model_is_free",
    "of_persons",
    "points",
    "quality_rows",
    "quotient",
    "ratio",
    "released_effect",
    "response_rate",
    "series",
    "summary",
    "with_reason",
]  # fmt: skip
