"""Put texts that are alike beside each other."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform
from sklearn.feature_extraction.text import TfidfVectorizer

LONGEST = 20_000  # characters of a text that are compared


def order_by_likeness(texts: list[str]) -> tuple[list[int], list[float]]:
    """Return an order in which each text stands beside those that it is like.

    Likeness is the cosine between counts of pieces of words, so it needs no list of words and no language. The
    order is that of the leaves of a tree of clusters, turned so that neighbours are as alike as they can be.

    Args:
        texts: The texts; one without letters is like no other.

    Returns:
        The numbers of the texts in this order, and how like each is to the one before it, from 0 to 1; 0 for
        the first.
    """
    if len(texts) < 2:
        return list(range(len(texts))), [0.0] * len(texts)
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    try:
        counts = pieces.fit_transform([text[:LONGEST] for text in texts])
    except ValueError:  # not one of them has a piece
        return list(range(len(texts))), [0.0] * len(texts)
    alike = np.clip((counts @ counts.T).toarray(), 0, 1)
    distances = 1 - (alike + alike.T) / 2
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), "average", optimal_ordering=True)
    order = leaves_list(tree).tolist()
    pairs = itertools.pairwise(order)
    return order, [0.0, *(float(alike[a, b]) for a, b in pairs)]
