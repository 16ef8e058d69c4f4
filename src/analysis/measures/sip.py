"""SIP (coordinated individual plan): offered, summoned in time, and the cases in need of one.

Offered: the effect goal counts offers, not plans drawn up. The base is the stays whose patients need
interventions of both region and municipality, where the export tells it, else all stays: a change in who
is in need then moves the share, too. Who could not express a wish is not told apart in an export of stays.

Summoned within three days: calendar days from the notice of being ready (UK) that stood; a summons before
the notice counts as in time, as the routines ask for. The base is the stays with an offer or a summons.

Cases: those of the table of SIP cases that need a plan, by the month of registration. Cases that are not
told to need one, or to have been offered one, do not count.
Source: domain dossier 1.1 (law 2017:612; routines) and 1.3.
"""

from typing import Any

import ibis

from analysis.measures import Measure

SUMMONS_DAYS = 3
FOLLOWED_DAYS = 60  # from the end of the month: a summons, a meeting and a plan take their time


def _needs_both(stays: Any) -> Any:
    """Whether both authorities are needed; unknown is needed, since most exports do not tell."""
    return stays.needs_region.fill_null(True) & stays.needs_municipality.fill_null(True)


def _is_in_time(stays: Any) -> Any:
    days = stays.sip_call_date.date().delta(stays.uk_at.date(), unit="day")
    return (days <= SUMMONS_DAYS).fill_null(False)


def needed(cases: Any) -> Any:
    """Whether a case needs a plan: it says so, or a plan was offered."""
    return cases.is_needed.fill_null(False) | cases.is_offered.fill_null(False)


OFFERED = {
    "may_need_sip": lambda t: _needs_both(t) & t.is_sip_offered.notnull(),
    "was_sip_offered": lambda t: _needs_both(t) & t.is_sip_offered.fill_null(False),
}
SUMMONED = {
    "was_to_be_summoned": lambda t: t.is_sip_offered.fill_null(False) | t.sip_call_date.notnull(),
    "was_summoned_in_time": _is_in_time,
}

MEASURES = (
    Measure(
        name="sip_offered_share",
        kind="share",
        better="higher",
        table="episodes",
        facts=OFFERED,
        numerator=lambda f: f.was_sip_offered.cast("int64"),
        denominator=lambda f: f.may_need_sip.cast("int64"),
        source="Effect goal E5; stays with needs of both authorities where known, else all",
    ),
    Measure(
        name="sip_called_within_3d_share",
        kind="share",
        better="higher",
        table="episodes",
        facts=SUMMONED,
        numerator=lambda f: f.was_summoned_in_time.cast("int64"),
        denominator=lambda f: f.was_to_be_summoned.cast("int64"),
        source="Law 2017:612: summons within three days of the UK notice (here calendar days)",
    ),
    Measure(
        name="sip_cases_per_1000",
        kind="count",
        better="higher",
        table="sip",
        facts={"needs_sip": needed},
        numerator=lambda f: f.needs_sip.fill_null(ibis.literal(False)).cast("int64"),
        denominator_table="episodes",
        denominator=lambda f: f.stays_n,
        per=1000.0,
        lag_days=FOLLOWED_DAYS,
        source="SIP cases in need of a plan, registered in the month, per 1,000 discharges",
    ),
)
