"""Moved planned dates of being ready for discharge (UK): how many cases, and how often.

A move is a change after the first planned date; the sources do not say how to count a date moved and
moved back, so each change that the export counts is one. The base is the stays with a planned date whose
number of moves is told. Source: domain dossier 1.1 (duty to notify a new time) and 1.3; effect goal E7.
"""

from analysis.measures import Measure

PLANNED = {
    "has_planned_date": lambda t: t.planned_uk_date.notnull() & t.planned_uk_moves_n.notnull(),
    "planned_moves_n": lambda t: t.planned_uk_date.notnull().ifelse(t.planned_uk_moves_n, 0).fill_null(0),
}

MEASURES = (
    Measure(
        name="planned_date_moved_share",
        kind="share",
        better="lower",
        table="episodes",
        facts=PLANNED,
        numerator=lambda f: (f.planned_moves_n >= 1).cast("int64"),
        denominator=lambda f: f.has_planned_date.cast("int64"),
        source="Effect goal E7: stays whose planned date was moved at least once, of those with a date",
    ),
    Measure(
        name="planned_date_moves_mean",
        kind="mean",
        better="lower",
        table="episodes",
        facts=PLANNED,
        numerator=lambda f: f.planned_moves_n,
        denominator=lambda f: f.has_planned_date.cast("int64"),
        source="Moves of the planned date per stay with such a date",
    ),
)
