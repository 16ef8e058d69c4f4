"""What deviations are about, and who reports about whom."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pandas as pd

from analysis.fragments import deviations as fragments
from analysis.fragments.deviations import PAIR
from analysis.measures import measures
from analysis.release import Released
from analysis.showing import Family
from analysis.study import Study

MEASURE = "deviations_per_1000"


def by_kind(study: Study) -> Released:
    """Deviations by kind, in whole periods."""
    shown = study.showing.breakdown([_kinds(study)], study.unit.id, measures()[MEASURE])
    return fragments.by_kind(study.view, shown)


def between_parties(study: Study) -> Released:
    """Who reports about whom, in whole periods; what is shown by kind is settled before."""
    parties = [p.id for p in study.area.parties]
    pairs = [PAIR.join(pair) for pair in product(parties, repeat=2)]
    between = _family(study, ["reporting_party", "receiving_party"], pairs)
    shown = study.showing.breakdown([_kinds(study), between], study.unit.id, measures()[MEASURE])
    return fragments.between_parties(study.view, shown)


def _kinds(study: Study) -> Family:
    """All deviations by kind."""
    return _family(study, ["category"], [c.id for c in study.area.categories])


def _family(study: Study, columns: Sequence[str], keys: Sequence[str]) -> Family:
    """All deviations by one column, or by several together."""
    facts = study.facts_of_all("deviations")
    key = facts[columns[0]].str.cat([facts[c] for c in columns[1:]], sep=PAIR)
    return Family(pd.DataFrame({"unit": facts.unit, "key": key, "month": facts.month}), keys)
