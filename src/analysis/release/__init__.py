"""The disclosure gate: the only way out for a figure.

One rule a file; `Released` (in `sealed`) is what has passed. The numbers 7 and 5 are the area's policy.
Source: NHS and OpenSAFELY output rules as summarised in docs/decisions/0004-disclosure.md.
"""

from analysis.release.better import towards_better
from analysis.release.breakdowns import ReleasedBreakdown, breakdown
from analysis.release.colours import ReleasedColours, days_by_colour
from analysis.release.counts import HIDDEN, SMALLEST_BASE, count, of_persons, quotient, ratio
from analysis.release.derived import ReleasedDerived, from_uk_days
from analysis.release.drawn import ReleasedCurves, ReleasedPoints, curves, drawn_points
from analysis.release.ledger import FACTS, MARK
from analysis.release.model import ReleasedEffect, model_is_free, released_effect, with_reason
from analysis.release.monthly import ReleasedStates, State, states
from analysis.release.nested import Beside, guarded
from analysis.release.organisations import ReleasedRegister, register
from analysis.release.periods import LARGEST_HIDDEN, LEVELS, Level, ReleasedSeries, free_until, points, series
from analysis.release.quality import ReleasedQuality
from analysis.release.quality import rows as quality_rows
from analysis.release.rows import (
    ReleasedRows,
    ReleasedSpecifications,
    detectable,
    funnel_rows,
    side_by_side,
    specifications,
)
from analysis.release.sealed import Released, ReleasedTable, Shown, fragment
from analysis.release.statistics import ReleasedHistogram, ReleasedSummary, dominated, histogram, summary
from analysis.release.steps import reached
from analysis.release.survey import (
    ReleasedDistribution,
    ReleasedResponse,
    crossing,
    distribution,
    response_rate,
)
from analysis.release.survival import ReleasedSurvival, at_fixed_days
from analysis.release.totals import ReleasedSums, sums

__all__ = [
    "FACTS",
    "HIDDEN",
    "LARGEST_HIDDEN",
    "LEVELS",
    "MARK",
    "SMALLEST_BASE",
    "Beside",
    "Level",
    "Released",
    "ReleasedBreakdown",
    "ReleasedColours",
    "ReleasedCurves",
    "ReleasedDerived",
    "ReleasedDistribution",
    "ReleasedEffect",
    "ReleasedHistogram",
    "ReleasedPoints",
    "ReleasedQuality",
    "ReleasedRegister",
    "ReleasedResponse",
    "ReleasedRows",
    "ReleasedSeries",
    "ReleasedSpecifications",
    "ReleasedStates",
    "ReleasedSummary",
    "ReleasedSums",
    "ReleasedSurvival",
    "ReleasedTable",
    "Shown",
    "State",
    "at_fixed_days",
    "breakdown",
    "count",
    "crossing",
    "curves",
    "days_by_colour",
    "detectable",
    "distribution",
    "dominated",
    "drawn_points",
    "fragment",
    "free_until",
    "from_uk_days",
    "funnel_rows",
    "guarded",
    "histogram",
    "model_is_free",
    "of_persons",
    "points",
    "quality_rows",
    "quotient",
    "ratio",
    "reached",
    "register",
    "released_effect",
    "response_rate",
    "series",
    "side_by_side",
    "specifications",
    "states",
    "summary",
    "sums",
    "towards_better",
    "with_reason",
]  # fmt: skip
