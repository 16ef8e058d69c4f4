"""Invented SIP cases follow the discharges, keep the order of the steps, and stop at the last day."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis import demo
from analysis.synthetic import invent
from analysis.synthetic.exports import Exports
from homes import goteborg

DEMO = demo.settings(goteborg()) | {"scale": 0.05}
AS_OF = date(2026, 6, 30)


@cache
def made(change: float = 0.1) -> Exports:
    area, changed = (
        goteborg(),
        DEMO | {"implementation": DEMO["implementation"] | {"sip_offered_share_change": change}},
    )
    units = [
        {"unit": u.id, "kind": u.kind, "name": u.name["sv"], "population": u.population} for u in area.units
    ]
    rollout = [{"party": s.party, "unit": s.unit, "phase": s.phase, "start": s.start} for s in area.starts]
    return invent(changed, pd.DataFrame(units), pd.DataFrame(rollout), seed=1, as_of=AS_OF)


def test_the_change_of_offers_changes_no_other_draw() -> None:
    less, more = (made(change).frames["discharges"] for change in (0.0, 0.1))
    others = [c for c in less.columns if c not in ("SIP erbjuden", "SIP-kallelse")]
    pd.testing.assert_frame_equal(less[others], more[others])
    before = less["Utskriven"].str[:7] < "2025-10"
    pd.testing.assert_frame_equal(less[before], more[before])
    offered = [frame["SIP erbjuden"].eq("Ja") for frame in (less, more)]
    assert not (offered[0] & ~offered[1]).any()
    assert offered[1].sum() > offered[0].sum()


def test_offers_and_summonses_are_those_of_the_discharges() -> None:
    cases, stays = made().frames["sip"], made().frames["discharges"].set_index("Vårdtillfälle")
    own = stays.loc[cases["Vårdtillfälle"]]
    assert (own["SIP erbjuden"].to_numpy() == cases["SIP erbjuden"].to_numpy()).all()
    assert (own["SIP-kallelse"].to_numpy() == cases["Kallelse skickad"].to_numpy()).all()
    short = stays.index[stays["Utskriven till"].eq("Korttidsboende") & stays["Utskrivningsklar"].ge("2022")]
    assert set(short) <= set(cases["Vårdtillfälle"])
    assert not own["Utskriven till"].eq("Avliden").any()


def test_steps_come_in_order_and_none_after_the_last_day() -> None:
    cases = made().frames["sip"]
    called, held, drawn = (cases[c] for c in ("Kallelse skickad", "Möte genomfört", "SIP upprättad"))
    assert (held.eq("") | (called.ne("") & called.le(held))).all()
    assert (drawn.eq("") | (held.ne("") & held.le(drawn))).all()
    assert max(called.max(), held.max(), drawn.max()) <= AS_OF.isoformat()
    assert cases["Registrerad"].min() >= "2022-01-01"
    refused = cases["Samtycke"].eq("Nej")
    assert refused.any()
    assert held[refused].eq("").all()
    assert cases["SIP-id"].is_unique


def test_who_cannot_express_a_wish_is_there_among_offered_and_not_offered() -> None:
    cases = made().frames["sip"]
    cannot = cases["Samtycke"].eq("Kan ej uttrycka")
    assert set(cases.loc[cannot, "SIP erbjuden"]) == {"Ja", "Nej"}
    assert cases.loc[cannot, "Kallelse skickad"].eq("").all()


def test_without_its_settings_nothing_is_invented() -> None:
    from analysis.synthetic.sip import invent_sip

    rng = np.random.default_rng(1)
    assert invent_sip({}, None, pd.DataFrame(), rng, AS_OF) == {}  # type: ignore[arg-type]


@pytest.mark.parametrize("share", ["sip_offered_share"])
def test_the_share_offered_is_the_stated_one(share: str) -> None:
    rows = made().frames["discharges"]
    before = rows[rows["Utskriven"].str[:7] < "2025-10"]
    error = np.sqrt(0.25 / len(before))
    assert before["SIP erbjuden"].eq("Ja").mean() == pytest.approx(
        DEMO["effects"][share]["without"], abs=4 * error
    )
