"""What a municipality pays for days ready for discharge: models and daily rates, from an area's settings.

The models give the days above a rule for every stay; what may be told of them, `analysis.release.sums` says.
Source: domain dossier 1.2; the cut-off hour 1.1.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.area import Area
from analysis.errors import Place, SettingsError

RULES = {
    "vgr_average": ("average_days", "individual_after_days"),
    "law_default": ("grace_days", "cutoff_hour"),
}


@dataclass(frozen=True)
class Model:
    """A payment model: its rule's numbers by name, and where they are from."""

    id: str
    rule: Mapping[str, float]
    source: Mapping[str, str]


@dataclass(frozen=True)
class Payment:
    """The models of an area, and the rate of a day by year; years without one were not seen."""

    models: tuple[Model, ...] = ()
    rates: Mapping[int, float] | None = None

    def rate(self, year: int) -> float:
        """SEK a day, NaN where it was not seen."""
        return float((self.rates or {}).get(year, float("nan")))


@dataclass(frozen=True)
class Reference:
    """A published value of a measure, to be drawn as a line beside the area's."""

    measure: str
    value: float
    text: Mapping[str, str]
    source: Mapping[str, str]


def payment_of(area: Area) -> Payment:
    """The payment models of an area; none where it has no ``payment.toml``.

    Parameters
    ----------
    area : Area
        The settings.

    Returns
    -------
    Payment
        Models and rates.

    Raises
    ------
    SettingsError
        If a model is not known, or lacks a number or its source.
    """
    path = area.folder / "payment.toml"
    settings = _read(path)
    models = tuple(_model(one, path) for one in settings.get("models", ()))
    rates = {int(_need(one, "year", path)): _number(one, "sek", path) for one in settings.get("rates", ())}
    return Payment(models, rates)


def references_of(area: Area) -> tuple[Reference, ...]:
    """The published values of an area's measures; none where it has no ``references.toml``.

    Parameters
    ----------
    area : Area
        The settings.

    Returns
    -------
    tuple of Reference
        In their order.

    Raises
    ------
    SettingsError
        If one lacks a part.
    """
    path = area.folder / "references.toml"
    return tuple(
        Reference(
            _need(one, "measure", path),
            _number(one, "value", path),
            _need(one, "text", path),
            _need(one, "source", path),
        )
        for one in _read(path).get("references", ())
    )


def days_above(stays: pd.DataFrame, model: Model) -> pd.Series:
    """Days above a model's rule, a number a stay.

    Parameters
    ----------
    stays : DataFrame
        ``unit, month, uk_at, discharged_at``, local times.
    model : Model
        The rule.

    Returns
    -------
    Series of float
        Index as `stays`. By the law's default, calendar days from the notice to the day of discharge beyond
        the grace. By the average, days beyond the limit of those who stay longer; and what the rest of a
        municipality's month have above the average, spread over them by their days.
    """
    days = (stays.discharged_at.dt.normalize() - stays.uk_at.dt.normalize()).dt.days.astype(float)
    if model.id == "law_default":
        since = stays.uk_at - stays.uk_at.dt.normalize()
        is_late = since > pd.Timedelta(hours=model.rule["cutoff_hour"])
        return (days - model.rule["grace_days"] - is_late).clip(lower=0.0)
    limit = model.rule["individual_after_days"]
    alone = (days - limit).clip(lower=0.0)
    within = days.where(days <= limit)
    of_month = within.groupby([stays.unit, stays.month])
    total, n = of_month.transform("sum"), of_month.transform("count")
    excess = (total - model.rule["average_days"] * n).clip(lower=0.0)
    return alone + (excess * within / total.where(total > 0)).fillna(0.0)


def _model(settings: Mapping[str, Any], path: Path) -> Model:
    name = _need(settings, "id", path)
    if name not in RULES:
        what = f"there is no payment model “{name}”"
        raise SettingsError(what, f"Use one of: {', '.join(RULES)}", Place(str(path)))
    rule = {key: _number(settings, key, path) for key in RULES[name]}
    return Model(name, rule, _need(settings, "source", path))


def _number(settings: Mapping[str, Any], key: str, path: Path) -> float:
    value = _need(settings, key, path)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise SettingsError(f"“{key}” is not a number", "Write a number, not negative", Place(str(path)))
    return float(value)


def _need(settings: Mapping[str, Any], key: str, path: Path) -> Any:
    if key not in settings:
        raise SettingsError(f"“{key}” is not set", f"Add {key} = … to it", Place(str(path)))
    return settings[key]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the file is not valid TOML ({error})", "Mend it", Place(str(path))) from None
