"""An invented area: exports like those of the source systems, with effects that are known exactly.

`invent` draws them from an area's ``demo.toml``, its units and its roll-out; `write` writes them as
deliveries; `true_effects` says what any design ought to find; `without_effects` is the same area
in which nothing came of it.

The modules: ``grid`` (days, months, who works in the new way where), ``draws`` (the distributions),
``stays`` and ``deviations`` (what happened), ``exports`` (how a source system would show it),
``truth`` (the effects).
"""

from analysis.synthetic.exports import Exports, Layout, invent, write
from analysis.synthetic.truth import true_effects, without_effects

__all__ = ["Exports", "Layout", "invent", "true_effects", "without_effects", "write"]
