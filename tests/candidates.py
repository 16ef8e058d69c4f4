"""What somebody who knows the rules can still not tell: the true counts that look the same when released."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from analysis.area import Policy

FEW = range(1, Policy().hide_up_to + 1)
Counts = tuple[int, ...]


def lonely(
    released: Iterable[tuple[Hashable, Counts]], within: Callable[[Counts], bool], candidates: int = 3
) -> list[tuple[Hashable, Counts]]:
    """Counts of 1 to 7 for which fewer than `candidates` values give the same release.

    `released` pairs what is seen with the true counts behind it, for all counts of a grid; only those
    `within` are judged, so that the grid's end does not hide candidates.
    """
    found: dict[Hashable, list[Counts]] = {}
    for seen, counts in released:
        found.setdefault(seen, []).append(counts)
    given_away = []
    for seen, group in found.items():
        possible = [len(set(each)) for each in zip(*group, strict=True)]
        for counts in filter(within, group):
            if any(n in FEW and left < candidates for n, left in zip(counts, possible, strict=True)):
                given_away.append((seen, counts))
    return given_away
