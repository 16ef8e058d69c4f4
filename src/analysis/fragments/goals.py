"""The effect goals: an overview, one picture, and goal by goal what happened, how sure, and what is next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any

from analysis.charts import Chart
from analysis.charts import forest as chart
from analysis.fragments import goals_beside as beside
from analysis.fragments import goals_detail as detail
from analysis.fragments import goals_told as cells
from analysis.fragments import kit, pictures
from analysis.judged import STABLE
from analysis.release import Released
from analysis.release import Shown as Cell
from analysis.tables_html import held, scroll_box, verdict_chip

if TYPE_CHECKING:
    from analysis.fragments.goals_told import Told
    from analysis.release import ReleasedRows
    from analysis.view import View

STATES = (
    "improved", "worsened", "differs", "against", "cannot_be_attributed", "no_clear_change",
    "too_little_data", "no_comparison", "not_shown", "not_measured",
)  # fmt: skip
DIFFERS = STATES[:5]
CONTEXT = {"rollout": "05-roll-out", "status": "07-implementation"}
OWN = "08-effect-goals"


def overview(view: View, told: Sequence[Told]) -> Released:
    """All goals in one table; for a party those that concern it, its own answers first.

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
    if view.party is not None:
        return _of_party(view, told)
    rows = [
        {
            "goal": cells.name(one.goal, view),
            "measured_by": cells.measure(one, view),
            "happened": cells.happened(one, view),
            "stability": cells.stability(one, view),
            "verdict": cells.verdict(one, view),
            "next": detail.next_step(one, view),
        }
        for one in told
    ]
    table = kit.table(view, "goals", rows, w.text("goals/caption", unit=view.unit.name[w.language]))
    notes = [*_starred(view, told), *map(kit.note, _notes(view, told))]
    return kit.released(view, "R3, R5, R13", [kit.paragraph(_lead(view, told)), table, *notes])


def _notes(view: View, told: Sequence[Told]) -> list[str]:
    """What was expected, what a survey can show, how groups differ in a part, and what stable means."""
    w = view.words
    coarse = [w.text("voices/groups_note")] if view.unit.parent and any(one.change for one in told) else []
    said = [beside.start(told, view), w.text("goals/note"), *coarse, _stability_note(view)]
    return [text for text in said if text]


def _starred(view: View, told: Sequence[Told]) -> list[kit.Piece]:
    return kit.weakened_note(view, [one.answer.effect for one in told if one.answer])


def _stability_note(view: View) -> str:
    share, report = view.words.percent(STABLE), detail.title(detail.SENSITIVITY, view)
    return view.words.text("goals/stability_note", share=share, report=report)


def _lead(view: View, told: Sequence[Told]) -> str:
    """How many effect goals there are, which have what verdict, and that nothing shows why."""
    w, counted = view.words, [one for one in told if one.is_counted]
    said = [w.text("goals/lead", n=w.number(len(counted)))]
    in_order = sorted(counted, key=lambda one: STATES.index(one.state))
    for label in dict.fromkeys(cells.verdict(one, view) for one in in_order):
        codes = _listed(_code(one, view) for one in counted if cells.verdict(one, view) == label)
        said.append(w.text("goals/lead_state", verdict=label, codes=codes))
    for one in told:
        if not one.is_counted:
            shown = {"goal": cells.name(one.goal, view), "verdict": cells.verdict(one, view)}
            said.append(w.text("goals/lead_problem", **shown))
    if any(one.state in DIFFERS for one in told) and not any(one.is_proven for one in told):
        said.append(w.text("goals/no_cause"))
    return " ".join(said)


def _code(one: Told, view: View) -> str:
    """A goal's code, and that its answer is sensitive where it is."""
    code = one.goal.code
    return view.words.text("goals/sensitive_code", code=code) if cells.is_sensitive(one) else code


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(codes)


def _of_party(view: View, told: Sequence[Told]) -> Released:
    """The goals of a party, those that it has answered itself first."""
    w, party = view.words, view.party
    concerned = [one for one in told if party is None or one.goal.concerns(party.id)]
    rows = [
        {
            "goal": cells.name(one.goal, view),
            "about": w.text("goals/own" if one.is_own else "goals/whole"),
            "happened": cells.happened(one, view),
            "verdict": cells.verdict(one, view),
        }
        for one in sorted(concerned, key=lambda one: not one.is_own)
    ]
    name = party.name[w.language] if party else ""
    lead = _party_lead(view, concerned)
    table = kit.table(view, "goals-party", rows, w.text("goals/caption_party", party=name))
    is_coarse = any(one.is_own for one in concerned)
    said = ["goals/party_note", "goals/note", *(["voices/groups_note"] if is_coarse else [])]
    notes = [*_starred(view, concerned), *(kit.note(w.text(key)) for key in said)]
    return kit.released(view, "R5, R13", [kit.paragraph(lead), _elsewhere(view), table, *notes])


def _party_lead(view: View, concerned: Sequence[Told]) -> str:
    """Of which goals the party's own answers are told, and of which they are not."""
    w, own = view.words, [one for one in concerned if one.is_own]
    hidden = _listed(one.goal.code for one in own if one.state == "not_shown")
    shown = _listed(one.goal.code for one in own if one.state != "not_shown")
    said = [w.text("goals/party_lead", codes=shown) if shown else w.text("goals/party_none")]
    return " ".join([*said, *([w.text("goals/party_hidden", codes=hidden)] if hidden else [])])


def _elsewhere(view: View) -> kit.Piece:
    """Where the measures of all parties are told."""
    w = view.words
    shown = {"report": detail.title(OWN, view), "unit": view.unit.name[w.language]}
    return kit.paragraph(w.text("goals/party_elsewhere", **shown))


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
        A chart and its table; a sentence for a party, and where there is no number to draw.
    """
    w, table = view.words, rows.table
    if view.party is not None:
        return kit.released(view, "static", [_elsewhere(view)])
    if table.estimate.isna().all():
        return kit.released(view, "static", [kit.paragraph(w.text("goals/no_chart"))])
    drawn = _chart(view, told, rows)
    figure = f'<figure class="figure">{scroll_box(drawn.html, label=drawn.title)}</figure>'
    written = [
        {
            "goal": cells.name(one.goal, view),
            "towards": Cell(_interval(row, view), row.estimate),
            "happened": cells.happened(one, view),
            "verdict": cells.verdict(one, view),
        }
        for one, row in zip(told, table.itertuples(), strict=True)
    ]
    behind = kit.table(view, "goals-forest", written, w.text("goals/caption_forest"))
    notes = [*_starred(view, told), kit.note(w.text("goals/forest_note"))]
    return kit.released(view, "R5", [(figure, ()), behind, *notes])


def one_by_one(view: View, told: Sequence[Told]) -> Released:
    """Goal by goal; for a party those that it has answered itself.

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
    if view.party is not None:
        own = [one for one in told if one.is_own]
        pieces = [*((_section(one, view), ()) for one in own), _elsewhere(view)]
        return kit.released(view, "R3, R5, R13", pieces)
    titles = {key: detail.title(notebook, view) for key, notebook in CONTEXT.items()}
    lead = [kit.paragraph(view.words.text("goals/context", **titles))] if told else []
    return kit.released(view, "R3, R5, R13", [*lead, *((_section(one, view), ()) for one in told)])


def of_parties(view: View, told: Sequence[Told]) -> Released:
    """Which goals the sources name for which party.

    Parameters
    ----------
    view : View
        What may be told.
    told : sequence of Told
        The goals.

    Returns
    -------
    Released
        For a party a sentence; for all a table of parties.
    """
    w = view.words
    general = _codes([one for one in told if not one.goal.parties], view)
    named = {p.id: _codes([o for o in told if p.id in o.goal.parties], view) for p in view.area.parties}
    if view.party is not None:
        said = w.text("goals/party_named", own=named[view.party.id], everyone=general)
        return kit.released(view, "static", [kit.paragraph(said), kit.note(w.text("goals/named"))])
    rows = [{"party": p.name[w.language], "goals": named[p.id]} for p in view.area.parties]
    rows.append({"party": w.text("goals/everyone"), "goals": general})
    table = kit.table(view, "goals-parties", rows, w.text("goals/caption_parties"))
    return kit.released(view, "static", [table, kit.note(w.text("goals/named"))])


def _codes(told: Sequence[Told], view: View) -> str:
    listed = "; ".join(cells.name(one.goal, view) for one in told)
    return listed or view.words.text("table/no_value")


def _section(one: Told, view: View) -> str:
    w, goal = view.words, one.goal
    identity = f"goal-{goal.id}".replace("_", "-")
    chip = verdict_chip(one.verdict, cells.verdict(one, view))
    said = {
        "measure": cells.measure(one, view),
        "what": detail.what(one, view),
        "sure": detail.sure(one, view),
        "next": detail.next_step(one, view),
        "more": detail.more(one, view),
    }
    listed = "".join(
        f"<p><strong>{escape(w.text(f'goals/head_{key}'))}</strong> {held(text)}</p>"
        for key, text in said.items()
    )
    head = f'<h3 id="{identity}">{escape(cells.name(goal, view))}</h3>'
    return f'<section aria-labelledby="{identity}">{head}<div class="answer">{chip}{listed}</div></section>'


def _interval(row: Any, view: View) -> str:
    """A change towards the better in per cent."""
    w = view.words
    ends = {n: w.percent(getattr(row, n), signed=True) for n in ("estimate", "low", "high")}
    return w.text("table/interval", **ends) if not isnan(row.estimate) else w.text("table/no_value")


def _towards(row: Any, view: View) -> str:
    """The estimate as its place on the axis says it: so much better or worse."""
    w = view.words
    if isnan(row.estimate):
        return w.text("table/no_value")
    if round(row.estimate, 2) == 0:
        return w.text("goals/as_expected")
    key = "goals/better" if row.estimate > 0 else "goals/worse"
    return w.text(key, size=w.percent(abs(row.estimate)))


def _in_days(one: Told, view: View) -> str:
    """The estimate in the measure's own unit where that is not per cent, else ""."""
    if one.answer is None or one.verdict == "too_little_data" or one.answer.effect.scale == "ratio":
        return ""
    return view.words.change(one.answer.effect.estimate, one.answer.asked.question)


def _title(view: View, told: Sequence[Told]) -> str:
    """Which goals are better and which worse, by their codes."""
    w = view.words
    codes = {v: _listed(one.goal.code for one in told if one.verdict == v) for v in ("improved", "worsened")}
    return w.text("goals/title", **{v: named or w.text("goals/no_goal") for v, named in codes.items()})


def _chart(view: View, told: Sequence[Told], rows: ReleasedRows) -> Chart:
    w, title = view.words, _title(view, told)
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
        unattributed=w.text("goals/verdict/differs"),
        own=w.text("goals/own_unit"),
    )
    verdicts = [cells.verdict(one, view) for one in told]
    names = [
        (cells.name(one.goal, view), verdict, _in_days(one, view))
        for one, verdict in zip(told, verdicts, strict=True)
    ]
    tones = [pictures.tone(one.verdict) for one in told]
    svg = chart.draw(rows, names, tones, text, language=w.language)
    listed = "; ".join(
        f"{name}: {_towards(row, view)}, {verdict.lower()}"
        for (name, verdict, _), row in zip(names, rows.table.itertuples(), strict=True)
    )
    return Chart(svg, w.text("goals/alt", title=title, rows=listed), title)
