"""Golden values of the projections, by scikit-learn (PCA) and openTSNE (affinities, t-SNE), written to
Tests/EvaluationTests/Golden/projection.json.

    python3 -m pip install numpy==2.4.6 scikit-learn==1.9.1 openTSNE==1.0.4
    python3 Utilities/Reference/projection.py
"""

import json
import pathlib

import numpy as np
import openTSNE
from openTSNE import affinity, initialization
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

PATH = pathlib.Path(__file__).parents[2] / "Tests" / "EvaluationTests" / "Golden" / "projection.json"


def short(array, digits=3):
    """Numbers that float32 and a short text can hold."""
    return np.round(array, digits).astype(np.float32).astype(np.float64)


def rows(array, digits=6):
    return [[round(float(v), digits) for v in row] for row in array]


def pca(features, count):
    model = PCA(count, svd_solver="full").fit(features)
    return {
        "features": rows(features),
        "components": rows(model.components_, 9),
        "variance": model.explained_variance_.tolist(),
        "ratio": model.explained_variance_ratio_.tolist(),
        "points": rows(model.transform(features), 9),
    }


def mixture(seed, count, dimension, groups, spread):
    random = np.random.default_rng(seed)
    centers = random.normal(size=(groups, dimension)) * spread
    return short(centers[np.arange(count) % groups] + random.normal(size=(count, dimension)))


def divergence(P, points):
    """KL(p ‖ q), every pair looked at."""
    squares = ((points[:, None] - points[None]) ** 2).sum(-1)
    q = 1 / (1 + squares)
    total = q.sum() - len(points)
    P = P.tocoo()
    return float((P.data * np.log(P.data * total / q[P.row, P.col])).sum())


def preservation(features, points, count=10):
    def neighbors(x):
        return NearestNeighbors(n_neighbors=count, algorithm="brute").fit(x).kneighbors(
            return_distance=False
        )

    pairs = zip(neighbors(features), neighbors(points))
    return float(np.mean([len(set(a) & set(b)) / count for a, b in pairs]))


def affinities(features, perplexity):
    P = affinity.PerplexityBasedNN(features, perplexity=perplexity, method="exact", n_jobs=1).P
    return P / P.sum()


def small():
    features = mixture(5, 40, 5, 3, 2)
    points = short(np.random.default_rng(6).normal(size=(40, 2)) * 3)
    P = affinities(features, 8)
    dense = P.toarray()
    return {
        "features": rows(features),
        "perplexity": 8,
        "affinities": [float(f"{v:.7g}") for v in dense[np.triu_indices(40, 1)]],
        "points": rows(points),
        "divergence": divergence(P, points),
        "preservation": preservation(features, points),
    }


def embedding(dimensions, method):
    """A whole run from a start of its own, with nothing approximate that can be avoided."""
    features = mixture(7, 400, 8, 6, 2)
    start = initialization.pca(features, n_components=dimensions, random_state=0)
    start = np.round(start, 10)
    P = affinities(features, 20)
    result = openTSNE.TSNE(
        n_components=dimensions,
        early_exaggeration_iter=250,
        n_iter=500,
        initialization=start,
        negative_gradient_method=method,
        theta=0.1,
        n_jobs=1,
        random_state=1,
    ).fit(affinities=affinity.PerplexityBasedNN(features, perplexity=20, method="exact", n_jobs=1))
    points = np.asarray(result)
    return {
        "features": rows(features),
        "perplexity": 20,
        "start": [[float(f"{v:.7g}") for v in row] for row in start],
        "divergence": divergence(P, points),
        "preservation": preservation(features, points),
    }


random = np.random.default_rng(1)
tall = short(random.normal(size=(30, 6)) @ random.normal(size=(6, 6)) + 5)
tall[:, 3] = 2.5
golden = {
    "pca": {
        "tall": pca(tall, 3),
        "wide": pca(short(random.normal(size=(6, 11))), 4),
        "line": pca(short(random.normal(size=(9, 1))), 1),
    },
    "affinities": small(),
    "plane": embedding(2, "bh"),
    "space": embedding(3, "bh"),
}
PATH.parent.mkdir(parents=True, exist_ok=True)
PATH.write_text(json.dumps(golden, sort_keys=True) + "\n")
print(PATH, PATH.stat().st_size, golden["plane"]["divergence"], golden["plane"]["preservation"],
      golden["space"]["divergence"], golden["space"]["preservation"])
