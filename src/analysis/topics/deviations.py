"""What deviations are about, and who reports about whom."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pandas as pd

from analysis.fragments import deviations as fragments
from analysis.fragments.deviations import PAIR
from analysis.release import Released
from analysis.study import Study


def by_kind(study: Study) -> Released:
    """Deviations by kind, in whole periods."""
    return fragments.by_kind(study.view, study.showing.breakdown(*_kinds(study), study.unit.id))


def between_parties(study: Study) -> Released:
    """Who reports about whom, in whole periods; what is shown by kind is settled before."""
    parties = [p.id for p in study.area.parties]
    pairs = [PAIR.join(pair) for pair in product(parties, repeat=2)]
    between = _deviations(study, ["reporting_party", "receiving_party"])
    shown = study.showing.breakdown(between, pairs, study.unit.id, beside=_kinds(study))
    return fragments.between_parties(study.view, shown)


def _kinds(study: Study) -> tuple[pd.DataFrame, list[str]]:
    """All deviations with their kinds, and every kind there may be."""
    return _deviations(study, ["category"]), [c.id for c in study.area.categories]


def _deviations(study: Study, columns: Sequence[str]) -> pd.DataFrame:
    """A row a deviation in the whole area: ``unit, key, month``."""
    facts = study.facts_of_all("deviations")
    key = facts[columns[0]].str.cat([facts[c] for c in columns[1:]], sep=PAIR)
    return pd.DataFrame({"unit": facts.unit, "key": key, "month": facts.month})
