"""What staff and patients answer before and after, and what may be said of the difference."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Literal, NamedTuple

from analysis.charts import Chart, answers
from analysis.charts.frame import Words
from analysis.designs.effect import Verdict
from analysis.fragments import kit
from analysis.release import Released, ReleasedDistribution, Shown
from analysis.surveys import Period, Surveys
from analysis.tables_html import scroll_box

if TYPE_CHECKING:
    from analysis.view import View

About = Literal["agree", "positive"]
Untold = Literal["", "no_round", "not_delivered", "nobody", "few"]

AGREE = frozenset({4, 5})
SIGNS = "+\u2212"
NOTES = ("shares_note", "groups_note", "sums_note")
PERIODS: tuple[Period, Period] = ("before", "after")
CLASSES = ("v_class_1", "v_class_2", "v_class_3", "v_class_4", "v_class_5")
SIDES = ("v_n_before", "v_share_before", "v_n_after", "v_share_after")


class PartyAnswers(NamedTuple):
    """An item's answers by party, in both rounds; a round that cannot be told by party is empty.

    ``silent_before`` and ``silent_after`` are parties of which nobody answered, where that is told.
    """

    item: str
    before: Mapping[str, ReleasedDistribution]
    after: Mapping[str, ReleasedDistribution]
    silent_before: Collection[str] = ()
    silent_after: Collection[str] = ()


class ItemChange(NamedTuple):
    """How an item was answered before and after.

    Shares are raw; ``change`` with its interval is in the mix of groups before, where ``basis`` names the
    groups, else raw; ``groups`` is how many there are, ``held_before`` and ``held_after`` their answers. All
    are made of released counts; NaN where they cannot be told. ``why_before`` and ``why_after`` say why a
    round is not told: none has ended, no answer was delivered, nobody of the party answered, or they are
    too few (or those of another group would come back from them).
    """

    item: str
    before: ReleasedDistribution | None
    after: ReleasedDistribution | None
    share_before: float
    share_after: float
    change: float
    low: float
    high: float
    verdict: Verdict
    reason: str
    basis: str = ""
    groups: int = 0
    held_before: float = float("nan")
    held_after: float = float("nan")
    why_before: Untold = ""
    why_after: Untold = ""

    @property
    def state(self) -> str:
        """The key of its verdict: the same words here and on the page of the goals."""
        if self.verdict != "too_little_data":
            return "differs" if self.verdict == "cannot_be_attributed" else self.verdict
        if not (isnan(self.share_before) and isnan(self.share_after)):
            return "no_comparison"
        is_held = {self.untold("before"), self.untold("after")} & {"nobody", "few"}
        return "not_shown" if is_held else "not_measured"

    def untold(self, period: Period) -> Untold:
        """Why a round is not told; "" where it is."""
        shown, why = (self.before, self.why_before) if period == "before" else (self.after, self.why_after)
        return "" if shown is not None and shown.classes else why or "few"


def agreeing(shown: ReleasedDistribution) -> tuple[float, float]:
    """The rounded counts of those who agree and of the rest."""
    agree = sum(c.n for c in shown.classes if set(c.answers) <= AGREE)
    return agree, sum(c.n for c in shown.classes) - agree


def items(
    view: View, changes: Sequence[ItemChange], stated: Surveys, *, section: str, about: About = "agree"
) -> Released:
    """How items were answered before and after.

    Parameters
    ----------
    view : View
        What may be told.
    changes : sequence of ItemChange
        Of one survey, in the order they are shown.
    stated : Surveys
        The area's surveys, for names and rounds.
    section : str
        Key of what the items are about, in "voices/section".
    about : {"agree", "positive"}
        What the two highest answers are called.

    Returns
    -------
    Released
        A chart, a table of shares and changes, a sentence an item, and the counts behind, folded.
    """
    names = {c.item: _name(c.item, view, stated) for c in changes}
    pieces: list[kit.Piece] = []
    if any(one is not None and one.classes for c in changes for one in (c.before, c.after)):
        pieces += [_chart(view, changes, stated, about), _shares(view, changes, names, about, section)]
        pieces += [kit.note(view.words.text(f"voices/{name}")) for name in NOTES]
    pieces += [kit.paragraph(said) for said in _sentences(view, changes, names, about)]
    if len(pieces) > len(changes):
        pieces.append(_behind(view, changes, names, section))
    return kit.released(view, "R1 R3 R13", pieces)


def parties(view: View, tables: Sequence[PartyAnswers], stated: Surveys) -> Released:
    """How the parties answered, an item a table.

    Parameters
    ----------
    view : View
        What may be told.
    tables : sequence of PartyAnswers
        By item.
    stated : Surveys
        The area's surveys, for names.

    Returns
    -------
    Released
        Numbers of answers and shares agreeing; a sentence where a round cannot be told by party.
    """
    w, pieces = view.words, []
    for one in tables:
        name = _name(one.item, view, stated)
        if not one.before and not one.after:
            pieces.append(kit.paragraph(w.text("voices/no_parties", item=name)))
            continue
        rows = [
            {"v_party": party.name[w.language]}
            | _side("before", one.before, party.id in one.silent_before, party.id, view)
            | _side("after", one.after, party.id in one.silent_after, party.id, view)
            for party in view.area.parties
            if view.party in (None, party)
        ]
        caption = w.text("voices/caption_parties", item=name, unit=view.unit.name[w.language])
        key = f"parties-{one.item}".replace("_", "-")
        pieces.append(kit.table(view, key, rows, caption, numeric=SIDES))
    return kit.released(view, "R1 R3 R13", [*pieces, kit.note(w.text("voices/parties_note"))])


def _side(
    period: str, told: Mapping[str, ReleasedDistribution], is_silent: bool, party: str, view: View
) -> dict[str, str]:
    """Number of answers and share agreeing, or why there are none; a dash where a round tells nobody's."""
    w, shown = view.words, told.get(party)
    why = "voices/nobody" if is_silent else "voices/round_hidden" if told else "table/no_value"
    n = w.text(why) if shown is None else kit.count(shown.n, view)
    share = share_agreeing(shown)
    return {f"v_n_{period}": n, f"v_share_{period}": Shown(w.percent(share), share)}


def share_agreeing(shown: ReleasedDistribution | None) -> float:
    """The share that agrees, of the rounded counts; NaN where it is not told."""
    if shown is None or not shown.classes:
        return float("nan")
    agree, rest = agreeing(shown)
    return round(agree / (agree + rest), 2)


def _name(item: str, view: View, stated: Surveys) -> str:
    asked = stated.asked(item)
    return asked.name[view.words.language] if asked else ""


def _points(share: float, view: View) -> str:
    """A difference of shares in percentage points, its sign written."""
    return view.words.number(100 * share, signed=True)


def _in_points(share: float, view: View) -> str:
    """A difference of shares with its unit, which is singular for one."""
    said = _points(share, view)
    return view.words.text("voices/point" if said.lstrip(SIGNS) == "1" else "voices/points", n=said)


def _held(change: ItemChange, view: View) -> str:
    """The change in the mix before with its interval; why there is none."""
    w = view.words
    if not change.basis:
        is_told = change.verdict != "too_little_data"
        return w.text("voices/not_held" if is_told else "table/no_value")
    return _interval(change.change, change, view)


def _raw(change: ItemChange, view: View) -> str:
    """The difference of the shares told beside it, with an interval where that is not of a mix."""
    raw = change.share_after - change.share_before
    if change.basis or isnan(change.low):
        return _points(raw, view)
    return _interval(raw, change, view)


def _interval(estimate: float, change: ItemChange, view: View) -> str:
    """A difference and the ends of an interval, which holds it whatever its own rounding."""
    low, high = min(change.low, round(estimate, 2)), max(change.high, round(estimate, 2))
    ends = {"low": _points(low, view), "high": _points(high, view)}
    return view.words.text("table/interval", estimate=_points(estimate, view), **ends)


def _basis(change: ItemChange, view: View) -> str:
    """The groups that the change in the mix before rests on, and their answers in both rounds."""
    w = view.words
    if not change.basis:
        return w.text("table/no_value")
    sides = {side: w.number(getattr(change, f"held_{side}")) for side in PERIODS}
    by = w.text(f"voices/groups/{change.basis}")
    return w.text("voices/basis", n=w.number(change.groups), groups=by, **sides)


def _shares(
    view: View, changes: Sequence[ItemChange], names: Mapping[str, str], about: About, section: str
) -> kit.Piece:
    w = view.words
    rows = [
        {
            "v_item": names[c.item],
            "v_share_before": Shown(w.percent(c.share_before), c.share_before),
            "v_share_after": Shown(w.percent(c.share_after), c.share_after),
            "v_raw": _raw(c, view),
            "v_held": _held(c, view),
            "v_basis": _basis(c, view),
            "v_verdict": _verdict(c, view),
        }
        for c in changes
    ]
    said = {"about": w.text(f"voices/about/{about}"), "section": w.text(f"voices/section/{section}")}
    caption = w.text("voices/caption_shares", unit=_unit(view), **said)
    numeric = ("v_share_before", "v_share_after", "v_raw", "v_held")
    return kit.table(view, f"shares-{changes[0].item}".replace("_", "-"), rows, caption, numeric=numeric)


def _sentences(
    view: View, changes: Sequence[ItemChange], names: Mapping[str, str], about: About
) -> Iterator[str]:
    w = view.words
    for c in changes:
        rounds = {"before": w.percent(c.share_before), "after": w.percent(c.share_after)}
        verdict = _verdict(c, view)
        verdict = verdict[:1].lower() + verdict[1:]
        groups = w.text(f"voices/groups/{c.basis}") if c.basis else ""
        key = "voices/lead_none" if c.verdict == "too_little_data" else "voices/lead"
        said = {"item": names[c.item], "verdict": verdict, "about": w.text(f"voices/about/{about}")}
        lead = w.text(key, **said, **rounds)
        raw = _in_points(c.share_after - c.share_before, view)
        held = {"raw": raw, "held": w.text("voices/points", n=_held(c, view)), "groups": groups}
        why = _missing(c, view) if c.reason == "no_round" else w.text(f"voices/reason/{c.reason}", **held)
        yield f"{lead} {why}"


def _verdict(change: ItemChange, view: View) -> str:
    """The verdict, as on the page of the goals."""
    key = f"goals/verdict/{change.state}"
    return view.words.text(key if view.words.has(key) else f"verdict/{change.state}")


def _missing(change: ItemChange, view: View) -> str:
    """Which of the rounds says nothing, and why."""
    said = [untold(change, period, view) for period in PERIODS]
    return said[0] if said[0] == said[1] else " ".join(one for one in said if one)


def untold(change: ItemChange, period: Period, view: View) -> str:
    """Why a round of an item says nothing; "" where it does."""
    why = change.untold(period)
    return view.words.text(f"voices/untold/{why}/{period}") if why else ""


def _behind(view: View, changes: Sequence[ItemChange], names: Mapping[str, str], section: str) -> kit.Piece:
    """The rounded counts of every class, folded."""
    w, rows = view.words, []
    for c in changes:
        for period, shown in (("before", c.before), ("after", c.after)):
            if shown is not None and shown.classes:
                known = dict.fromkeys(CLASSES, w.text("table/no_value"))
                known |= {_class(one.answers): kit.count(one.n, view) for one in shown.classes}
                about = {"v_item": names[c.item], "v_round": w.text(f"voices/period/{period}")}
                rows.append(about | {"v_answers": kit.count(shown.n, view)} | known)
    caption = w.text("voices/caption_behind", unit=_unit(view), section=w.text(f"voices/section/{section}"))
    key = f"answers-{changes[0].item}".replace("_", "-")
    html, tables = kit.together(
        [
            kit.table(view, key, rows, caption, numeric=("v_answers", *CLASSES)),
            kit.note(w.text("voices/classes_note")),
            kit.note(kit.rounding(view)),
        ]
    )
    return f"<details><summary>{escape(w.text('voices/data_behind'))}</summary>{html}</details>", tables


def _class(answers: tuple[int, ...]) -> str:
    """The column of a class; three wide ones take those of the outermost and the middle."""
    return {(1, 2): CLASSES[0], (3,): CLASSES[2], (4, 5): CLASSES[4]}.get(answers, CLASSES[answers[0] - 1])


def _chart(view: View, changes: Sequence[ItemChange], stated: Surveys, about: About) -> kit.Piece:
    w = view.words
    told = [c for c in changes if _drawn(c)]
    shown = [answers.Item(_name(c.item, view, stated), _rounds(c, view, stated)) for c in told]
    title = _title(view, changes, about)
    words = Words(
        title=title,
        subtitle=w.text("voices/subtitle", unit=_unit(view), right=_right(told, view)),
        source=w.text("banner/invented_data") if view.is_invented else w.text("voices/source"),
        observed="", start_label="", transition_label="",
    )  # fmt: skip
    classes = {n: [w.text(f"voices/class_{about}_{n}/{at}") for at in range(1, n + 1)] for n in (5, 3)}
    svg = answers.draw(shown, words, classes=classes, language=w.language)
    names = {c.item: _name(c.item, view, stated) for c in changes}
    said = " ".join(_sentences(view, changes, names, about))
    chart = Chart(svg, w.text("voices/alt", title=title, n=len(shown), said=said), title)
    return f'<figure class="figure">{scroll_box(chart.html, label=title)}</figure>', ()


def _drawn(change: ItemChange) -> list[ReleasedDistribution]:
    """The rounds of an item whose answers have a bar."""
    return [one for one in (change.before, change.after) if one is not None and one.classes]


def _rounds(
    change: ItemChange, view: View, stated: Surveys
) -> list[tuple[str, str, ReleasedDistribution | None]]:
    """Both rounds of an item, the one without a bar with the word why."""
    w, rounds = view.words, []
    for period, one in zip(PERIODS, (change.before, change.after), strict=True):
        why = change.untold(period)
        hidden = "round_missing" if why in ("no_round", "not_delivered") else "round_hidden"
        said = w.text(f"voices/{hidden}") if why or one is None else w.text("voices/n", n=w.number(one.n))
        rounds.append((_round(change.item, period, view, stated), said, one))
    return rounds


def _right(told: Sequence[ItemChange], view: View) -> str:
    """Which answers stand right of the middle: two of five, or one of three."""
    sizes = {len(one.classes) for change in told for one in _drawn(change)}
    return view.words.text(f"voices/right/{sizes.pop() if len(sizes) == 1 else 'both'}")


def _round(item: str, period: Period, view: View, stated: Surveys) -> str:
    asked = stated.asked(item)
    own = stated.of(asked.survey, period) if asked else None
    if own is None:
        return view.words.text(f"voices/period/{period}")
    return view.words.text(f"voices/in_{period}", round=own.round)


def _title(view: View, changes: Sequence[ItemChange], about: About) -> str:
    """The finding: how many items are answered otherwise, and that this is no effect."""
    w, told = view.words, [c for c in changes if c.verdict != "too_little_data"]
    differ = [c for c in told if c.verdict == "cannot_be_attributed"]
    if not told:
        return w.text("voices/title_none")
    if not differ:
        key = "title_mix" if any(c.reason == "mix" for c in told) else "title_same"
        missing = len(changes) - len(told)
        said = w.text(f"voices/{key}")
        return w.text("voices/title_but", said=said, n=w.number(missing)) if missing else said
    more = all(c.change > 0 for c in differ)
    key = "more" if more else "fewer" if all(c.change < 0 for c in differ) else "both"
    said = w.text(f"voices/about/{about}")
    if len(told) == 1 and key != "both":
        return w.text(f"voices/title_{key}_one", about=said)
    return w.text(f"voices/title_{key}", n=w.number(len(differ)), of=w.number(len(told)), about=said)


def _unit(view: View) -> str:
    """The unit, and the party of a party's page."""
    name = view.unit.name[view.words.language]
    return f"{name}, {view.party.name[view.words.language]}" if view.party else name
