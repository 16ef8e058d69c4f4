"""The effect goals: an overview, one picture, and goal by goal what happened, how sure, and what is next."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.charts import Chart
from analysis.charts import forest as chart
from analysis.charts.style import Tone
from analysis.fragments import kit
from analysis.release import Released
from analysis.release import Shown as Cell
from analysis.sentences import check_name, detectable, finding, headline, reasons
from analysis.tables_html import scroll_box, verdict_chip

if TYPE_CHECKING:
    from analysis.designs.effect import Check, Effect, Verdict
    from analysis.fragments.voices import ItemChange
    from analysis.goals import Goal
    from analysis.release import ReleasedRows
    from analysis.view import Answer, View

POINTS = 100


class Told(NamedTuple):
    """A goal with the answer to its question, or how its survey item changed; neither if not measured.

    ``is_own``: the change is that of the party which the page is for.
    """

    goal: Goal
    answer: Answer | None
    change: ItemChange | None
    is_own: bool = False

    @property
    def verdict(self) -> Verdict:
        """The verdict; too little data where nothing is measured."""
        known = self.answer.effect.verdict if self.answer else self.change.verdict if self.change else None
        return known or "too_little_data"


def overview(view: View, told: Sequence[Told]) -> Released:
    """All goals in one table.

    Parameters
    ----------
    view : View
        What may be told.
    told : sequence of Told
        The goals.

    Returns
    -------
    Released
        A row a goal; a sentence for an area that has stated none.
    """
    w = view.words
    if not told:
        return kit.released(view, "static", [kit.paragraph(w.text("goals/none"))])
    rows = [
        {
            "goal": _name(one.goal, view),
            "measured_by": _measure(one, view),
            "wanted": w.text(f"goals/{one.goal.direction}"),
            "happened": _happened(one, view),
            "verdict": w.text(f"verdict/{one.verdict}"),
            "next": _next(one, view),
        }
        for one in told
    ]
    counted = {v: w.number(sum(one.verdict == v for one in told)) for v in ("improved", "worsened")}
    lead = w.text("goals/lead", n=w.number(len(told)), **counted)
    table = kit.table(view, "goals", rows, w.text("goals/caption", unit=view.unit.name[w.language]))
    return kit.released(view, "R3, R5, R13", [kit.paragraph(lead), table, kit.note(w.text("goals/note"))])


def forest(view: View, told: Sequence[Told], rows: ReleasedRows) -> Released:
    """The measured goals in one picture, and its numbers.

    Parameters
    ----------
    view : View
        What may be told.
    told : sequence of Told
        Goals with an answer.
    rows : ReleasedRows
        From `analysis.release.towards_better`, one for each.

    Returns
    -------
    Released
        A chart and its table; a sentence where there is no number to draw.
    """
    w, table = view.words, rows.table
    if table.estimate.isna().all():
        return kit.released(view, "static", [kit.paragraph(w.text("goals/no_chart"))])
    drawn = _chart(view, told, rows)
    figure = f'<figure class="figure">{scroll_box(drawn.html, label=drawn.title)}</figure>'
    cells = [
        {
            "goal": _name(one.goal, view),
            "towards": Cell(_interval(row, view), row.estimate),
            "effect": _happened(one, view),
            "verdict": w.text(f"verdict/{one.verdict}"),
        }
        for one, row in zip(told, table.itertuples(), strict=True)
    ]
    behind = kit.table(view, "goals-forest", cells, w.text("goals/caption_forest"))
    return kit.released(view, "R5", [(figure, ()), behind, kit.note(w.text("goals/forest_note"))])


def one_by_one(view: View, told: Sequence[Told]) -> Released:
    """Goal by goal.

    Parameters
    ----------
    view : View
        What may be told.
    told : sequence of Told
        The goals.

    Returns
    -------
    Released
        A section a goal.
    """
    return kit.released(view, "R3, R5, R13", [(_section(one, view), ()) for one in told])


def of_parties(view: View, told: Sequence[Told]) -> Released:
    """Which goals concern which party.

    Parameters
    ----------
    view : View
        What may be told.
    told : sequence of Told
        The goals.

    Returns
    -------
    Released
        For a party its goals and its own answers; for all a table of parties.
    """
    w = view.words
    if view.party is None:
        rows = [
            {"party": p.name[w.language], "goals": _codes([o for o in told if p.id in o.goal.parties], view)}
            for p in view.area.parties
        ]
        rows.append(
            {
                "party": w.text("goals/everyone"),
                "goals": _codes([o for o in told if not o.goal.parties], view),
            }
        )
        table = kit.table(view, "goals-parties", rows, w.text("goals/caption_parties"))
        return kit.released(view, "static", [table, kit.note(w.text("goals/named"))])
    party = view.party.name[w.language]
    own = [one for one in told if one.goal.concerns(view.party.id)]
    rows = [
        {
            "goal": _name(one.goal, view),
            "about": w.text("goals/own" if one.is_own else "goals/whole"),
            "happened": _happened(one, view),
            "verdict": w.text(f"verdict/{one.verdict}"),
        }
        for one in own
    ]
    table = kit.table(view, "goals-party", rows, w.text("goals/caption_party", party=party))
    notes = [kit.note(w.text("goals/party_note")), kit.note(w.text("goals/named"))]
    return kit.released(view, "R5, R13", [table, *notes])


def _codes(told: Sequence[Told], view: View) -> str:
    listed = "; ".join(_name(one.goal, view) for one in told)
    return listed or view.words.text("table/no_value")


def _name(goal: Goal, view: View) -> str:
    return f"{goal.code} {goal.name[view.words.language]}"


def _measure(one: Told, view: View) -> str:
    """What measures the goal: the measure's name, or the survey item and its unit."""
    if one.answer:
        return view.words.name(one.answer.asked.question, short=True)
    return view.words.text("goals/survey", unit=one.goal.unit[view.words.language])


def _happened(one: Told, view: View) -> str:
    """The effect with its interval, or the shares before and after with the change."""
    w = view.words
    if one.answer:
        known = one.answer.effect.verdict != "too_little_data"
        return (
            kit.text_interval(one.answer.effect, view, one.answer.asked.question)
            if known
            else w.text("table/no_value")
        )
    change = one.change
    if change is None or isnan(change.share_before) or isnan(change.share_after):
        return w.text("goals/not_measured")
    shares = {"before": w.percent(change.share_before), "after": w.percent(change.share_after)}
    if isnan(change.change):
        return w.text("goals/shares", **shares)
    return w.text(f"goals/shares_{'held' if change.basis else 'change'}", **shares, **_points(change, view))


def _points(change: ItemChange, view: View) -> dict[str, str]:
    """The change and the ends of its interval in percentage points."""
    names = ("change", "low", "high")
    return {n: view.words.number(POINTS * getattr(change, n), signed=True) for n in names}


def _section(one: Told, view: View) -> str:
    w, goal = view.words, one.goal
    identity = f"goal-{goal.id}".replace("_", "-")
    chip = verdict_chip(one.verdict, w.text(f"verdict/{one.verdict}"))
    said = {"what": _what(one, view), "sure": _sure(one, view), "next": _next(one, view)}
    listed = "".join(
        f"<p><strong>{escape(w.text(f'goals/head_{key}'))}</strong> {escape(text)}</p>"
        for key, text in said.items()
    )
    head = f'<h3 id="{identity}">{escape(_name(goal, view))}</h3>'
    return f'<section aria-labelledby="{identity}">{head}<div class="answer">{chip}{listed}</div></section>'


def _what(one: Told, view: View) -> str:
    """What happened, in a sentence or two, and what the measure leaves out of the goal."""
    w = view.words
    said = [w.text("goals/aim", direction=w.text(f"goals/{one.goal.direction}"), measure=_measure(one, view))]
    if one.answer:
        effect = one.answer.effect
        answered = effect.verdict != "too_little_data"
        said += finding(effect, w)[:1] if answered else [headline(effect, w) + "."]
    elif one.change is None:
        said.append(w.text("goals/no_item"))
    else:
        said.append(_answered(one.change, view))
    if w.has(f"goals/extra/{one.goal.id}"):
        said.append(w.text(f"goals/extra/{one.goal.id}"))
    return " ".join(said)


def _answered(change: ItemChange, view: View) -> str:
    """The shares who agreed, in words."""
    w = view.words
    if isnan(change.share_before) or isnan(change.share_after):
        absent = (
            "both"
            if isnan(change.share_before) and isnan(change.share_after)
            else ("before" if isnan(change.share_before) else "after")
        )
        return w.text(f"goals/no_round_{absent}")
    shares = {"before": w.percent(change.share_before), "after": w.percent(change.share_after)}
    told = w.text("goals/agreed", **shares)
    return f"{told} {w.text('goals/held', **_points(change, view))}" if change.basis else told


def _sure(one: Told, view: View) -> str:
    """How sure, and why."""
    w = view.words
    if one.answer is None:
        key = one.change.reason if one.change else "no_item"
        return w.text(f"goals/sure_survey/{key}")
    effect = one.answer.effect
    if effect.verdict == "too_little_data":
        return " ".join(reasons(effect, w)) or w.text("finding/too_little_data")
    said = [w.text("finding/n", n_before=effect.n_before, n_after=effect.n_after)]
    said += [] if effect.verdict == "no_clear_change" else [_of_checks(effect, view)]
    said += reasons(effect, w)
    return " ".join([*said, w.text("goals/one_series")])


def _against(effect: Effect) -> list[Check]:
    return [check for check in effect.checks if check.passed is False and check.blocking]


def _of_checks(effect: Effect, view: View) -> str:
    """Which checks spoke against a change, and how many could not be made."""
    w, against = view.words, _against(effect)
    if not effect.checks:
        return w.text("goals/no_checks")
    if not against:
        return w.text("goals/none_against")
    names = ", ".join(
        f"”{check_name(c.name, w)}”" if w.language == "sv" else f"“{check_name(c.name, w)}”" for c in against
    )
    return w.text("goals/against", checks=names)


def _next(one: Told, view: View) -> str:
    """What to do next, by a rule."""
    w = view.words
    if one.answer is None:
        return w.text(f"goals/next_survey/{one.verdict if one.change else 'no_item'}")
    effect = one.answer.effect
    if effect.verdict == "cannot_be_attributed" and _against(effect):
        return w.text("goals/next_check", check=check_name(_against(effect)[0].name, w).rstrip("?"))
    if effect.verdict == "no_clear_change" and any(code.startswith("family") for code, _ in effect.reasons):
        return w.text("goals/next_family")
    mde = detectable(effect, w) if effect.verdict == "no_clear_change" else ""
    if mde and mde != w.text("table/no_value"):
        return w.text("goals/next_measure", mde=mde)
    return w.text(f"goals/next/{effect.verdict}")


def _interval(row: Any, view: View) -> str:
    """A change towards the better in per cent."""
    w = view.words
    ends = {n: w.percent(getattr(row, n), signed=True) for n in ("estimate", "low", "high")}
    return w.text("table/interval", **ends) if not isnan(row.estimate) else w.text("table/no_value")


def _estimate(one: Told, view: View) -> str:
    """The estimate in the measure's own unit, without its interval."""
    if one.answer is None or one.verdict == "too_little_data":
        return view.words.text("table/no_value")
    return view.words.change(one.answer.effect.estimate, one.answer.asked.question)


def _tone(verdict: str) -> Tone:
    return "improved" if verdict == "improved" else "worsened" if verdict == "worsened" else "plain"


def _chart(view: View, told: Sequence[Told], rows: ReleasedRows) -> Chart:
    w = view.words
    counted = {v: w.number(sum(one.verdict == v for one in told)) for v in ("improved", "worsened")}
    title = w.text("goals/title", n=w.number(len(told)), **counted)
    text = chart.ForestText(
        title=title,
        subtitle=w.text("goals/subtitle", unit=view.unit.name[w.language]),
        source=w.text("banner/invented_data")
        if view.is_invented
        else view.area.source_line.get(w.language, ""),
        observed="",
        start_label=w.text("goals/as_expected"),
        transition_label="",
        improved=w.text("verdict/improved"),
        worsened=w.text("verdict/worsened"),
        plain=w.text("goals/other_verdict"),
    )
    verdicts = [w.text(f"verdict/{one.verdict}") for one in told]
    names = [
        (_name(one.goal, view), verdict, _estimate(one, view))
        for one, verdict in zip(told, verdicts, strict=True)
    ]
    svg = chart.draw(rows, names, [_tone(one.verdict) for one in told], text, language=w.language)
    listed = "; ".join(
        f"{_name(one.goal, view)}: {_happened(one, view)}, {verdict.lower()}"
        for one, verdict in zip(told, verdicts, strict=True)
    )
    return Chart(svg, w.text("goals/alt", title=title, rows=listed), title)
