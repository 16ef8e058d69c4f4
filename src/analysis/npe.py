"""A dimension of the national patient survey (NPE): several items weighted into one score, 0 to 100.

Source: domain dossier 4.1. A dimension's weights come from a principal component analysis; when a
respondent left items unanswered, the weights of the others are made to sum to one again. The one example
known (0.34, 0.23, 0.43 become 0.50 and 0.50 without the second item) is not proportional, since two
standardised items always get equal weights in such an analysis: two answered items weigh alike here. For
three or more of a larger dimension no rule is published, and the weights stay in proportion.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from pandas import DataFrame, Series

LOW, HIGH = 1, 5
PAIR = 2


def renormalised(weights: Mapping[str, float], answered: Collection[str]) -> dict[str, float]:
    """The weights of the answered items, summing to one.

    Parameters
    ----------
    weights : mapping of str to float
        Item to weight, when every item is answered; above zero.
    answered : collection of str
        The items answered; others are ignored.

    Returns
    -------
    dict of str to float
        Empty when no item of the dimension is answered.
    """
    known = [item for item in weights if item in answered]
    if len(known) == PAIR < len(weights):
        return dict.fromkeys(known, 1 / PAIR)
    total = sum(weights[item] for item in known)
    return {item: weights[item] / total for item in known}


def dimension_scores(answers: DataFrame, weights: Mapping[str, float]) -> Series:
    """Each respondent's score in one dimension.

    Parameters
    ----------
    answers : DataFrame, one row an answer
        ``respondent_id, item, value`` of the table ``answers``, one round of one survey; 1 to 5.
    weights : mapping of str to float
        The dimension's items and weights.

    Returns
    -------
    Series of float, by ``respondent_id``
        0 (every answer the lowest) to 100 (every answer the highest), evenly between; respondents who
        answered no item of the dimension have no score and are left out.
    """
    own = answers[answers["item"].isin(list(weights)) & answers["value"].notna()]
    wide = own.pivot(index="respondent_id", columns="item", values="value")
    wide = wide.reindex(columns=list(weights)).astype(float)
    points = (wide.to_numpy() - LOW) * 100 / (HIGH - LOW)
    scores = np.empty(len(wide))
    patterns, at = np.unique(~np.isnan(points), axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        shares = renormalised(weights, wide.columns[pattern])
        rows = at == number
        scores[rows] = points[np.ix_(rows, pattern)] @ np.array([shares[i] for i in wide.columns[pattern]])
    return Series(scores, index=wide.index, name="score")
