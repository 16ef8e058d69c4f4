"""The picture of docs/simulation.csv: share of false alarms by method and situation."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from simulation import TABLE

METHODS = {  # colours that the colour-blind tell apart (Okabe and Ito), and a shape each
    ("primary", "permutation"): ("ours", "#0072B2", "o"),
    ("reml_ar1",): ("REML AR(1), effective df", "#56B4E9", "s"),
    ("ols", "two_way_iid"): ("months as independent", "#999999", "D"),
    ("quasi_poisson",): ("quasi-Poisson", "#009E73", "^"),
    ("newey_west",): ("Newey-West, 3 lags", "#E69F00", "v"),
    ("cluster_z", "two_way_crv1_z"): ("cluster-robust, normal", "#D55E00", "x"),
    ("two_way_crv1_t",): ("cluster-robust, t", "#CC79A7", "+"),
}
PANELS = {
    "mean": "Means",
    "mean_of_few": "Means of 5 to 40",
    "count_60": "Counts, 60 a month",
    "count_200": "Counts, 200 a month",
    "share": "Shares",
    "panel": "Five units, staggered",
}
RHOS = [0.0, 0.2, 0.4, 0.6]


def draw() -> None:
    """Write docs/simulation.svg, the same bytes from the same table."""
    if not TABLE.is_file():
        return
    table = pd.read_csv(TABLE)
    table["panel"] = table["family"].where(table["design"] == "series", "panel")
    plain = {
        "svg.hashsalt": "simulation",
        "svg.fonttype": "none",
        "font.size": 9,
        "font.family": "sans-serif",
    }
    with mpl.rc_context(plain):
        figure = Figure(figsize=(7.5, 5.6), layout="constrained")
        axes = figure.subplots(2, 3, sharex=True, sharey=True)
        for ax, (name, title) in zip(axes.flat, PANELS.items(), strict=True):
            _panel(ax, table[table["panel"] == name], title)
        for ax in axes[1]:
            ax.set_xlabel("autocorrelation of months")
        for ax in axes[:, 0]:
            ax.set_ylabel("false alarms")
        shown = {
            text: handle
            for ax in axes.flat
            for handle, text in zip(*ax.get_legend_handles_labels(), strict=True)
        }
        names = [text for text, *_ in METHODS.values() if text in shown]
        figure.legend(
            [shown[n] for n in names], names, loc="outside lower center", ncols=3, frameon=False, fontsize=8.5
        )
        figure.savefig(TABLE.with_suffix(".svg"), metadata={"Date": None, "Creator": None})


def _panel(ax: Axes, table: pd.DataFrame, title: str) -> None:
    """One kind of series: a dot for each length and shape of the change."""
    for place, (methods, (text, colour, shape)) in enumerate(METHODS.items()):
        rows = table[table["method"].isin(methods)]
        if rows.empty:
            continue
        x = rows["rho"].map(RHOS.index) + 0.12 * (place - 3)
        dots = {"linestyle": "none", "marker": shape, "markersize": 4, "color": colour, "alpha": 0.85}
        ax.plot(
            x,
            rows["false_alarms"],
            label=text,
            markeredgewidth=1 if shape in "x+" else 0,
            clip_on=False,
            **dots,
        )
    ax.axhline(0.05, color="black", linewidth=0.8)
    ax.set_title(title, fontsize=9.5, loc="left")
    ax.set_xticks(np.arange(len(RHOS)), [f"{rho:g}" for rho in RHOS])
    ax.set_ylim(0, None)
    ax.spines[["top", "right"]].set_visible(False)
