#!/usr/bin/env python3
"""Golden values for the losses on features and labels, from pytorch-metric-learning and PyTorch where
they have the loss, else from a plain reading of the paper in float64. See golden.py."""

import torch
from pytorch_metric_learning import distances, losses, miners, reducers
from pytorch_metric_learning.utils import loss_and_miner_utils as lmu
from torch.nn import functional as F

from golden import case, normal, write

PML = "pytorch-metric-learning 2.9.0, "
PYTORCH = f"PyTorch {torch.__version__.split('+')[0]}, "
READING = "a plain reading of the paper, by PyTorch's differentiation"

# Seven samples: three of class 4, two of 1 and of 2, out of order.
LABELS = torch.tensor([4, 1, 4, 2, 1, 4, 2])
BATCH = {"features": normal(11, 7, 4), "labels": LABELS}
# One sample of a class of its own besides.
LONELY = {
    "features": normal(12, 6, 3),
    "labels": torch.tensor([0, 3, 0, 1, 3, 0]),
}
PAIRS = {
    "anchors": normal(13, 5, 4),
    "others": normal(14, 5, 4),
    "different": torch.tensor([1.0, 0.0, 1.0, 0.0, 0.25]).double(),
}
VIEWS = {"anchors": normal(15, 5, 4), "positives": normal(16, 5, 4)}
TRIPLETS = {**VIEWS, "negatives": normal(17, 5, 4)}
MEMORY = {
    **BATCH,
    "memory-features": normal(18, 5, 4),
    "memory-labels": torch.tensor([1, 4, 2, 9, 4]),
}

EUCLIDEAN = distances.LpDistance(normalize_embeddings=False)
SQUARED = distances.LpDistance(normalize_embeddings=False, power=2)
UNIT = distances.LpDistance(normalize_embeddings=True)
cases = []


def add(name, settings, inputs, function, source, has_float32=False):
    cases.append(case(name, settings, inputs, function, source, has_float32))


def peer(name, settings, loss, inputs=BATCH, miner=None):
    def function(features, labels):
        return loss(features, labels, miner(features, labels) if miner else None)

    source = PML + type(loss).__name__ + (f" and {type(miner).__name__}" if miner else "")
    add(name, settings, inputs, function, source)


def masks(labels):
    same = labels[:, None] == labels[None, :]
    return same & ~torch.eye(len(labels), dtype=torch.bool), ~same


# Center loss

for settings in ({}, {"weight": 1, "reduction": "sum"}, {"weight": 0.3, "reduction": "none"}):

    def center(features, labels, centers):
        values = settings.get("weight", 0.1) * 0.5 * (features - centers[labels]).square().sum(1)
        return {"sum": values.sum, "none": lambda: values}.get(
            settings.get("reduction"), values.mean
        )()

    add("center", settings, {**BATCH, "centers": normal(19, 5, 4)}, center, READING)

# Contrastive

APART = {"power": 1, "rule": "apart"}
peer(
    "contrastive",
    {**APART, "average": "non-zero", "margin": 2},
    losses.ContrastiveLoss(neg_margin=2, distance=EUCLIDEAN),
)
peer(
    "contrastive",
    {**APART, "average": "non-zero", "normalize": "yes"},
    losses.ContrastiveLoss(),
    LONELY,
)
peer(
    "contrastive",
    {**APART, "distance": "squared-euclidean", "margin": 5},
    losses.ContrastiveLoss(neg_margin=5, distance=SQUARED, reducer=reducers.MeanReducer()),
)


def contrastive(features, labels, margin=1.0, total=False):
    same, different = masks(labels)
    # Away from 0 on the diagonal, where the root has no slope.
    square = (features[:, None] - features[None, :]).square().sum(2)
    d = (square + torch.eye(len(labels), dtype=features.dtype)).sqrt()
    values = torch.where(same, 0.5 * d**2, 0) + torch.where(different, 0.5 * F.relu(margin - d) ** 2, 0)
    return values.sum() if total else values.sum() / (same | different).sum()


add("contrastive", {}, BATCH, contrastive, READING)
add(
    "contrastive",
    {"margin": 3, "reduction": "sum"},
    LONELY,
    lambda features, labels: contrastive(features, labels, 3.0, True),
    READING,
)


def explicit_contrastive(anchors, others, different):
    d = (anchors - others).norm(dim=1)
    return ((1 - different) * 0.5 * d**2 + different * 0.5 * F.relu(3 - d) ** 2).mean()


add("contrastive", {"margin": 3}, PAIRS, explicit_contrastive, READING)


def cosine_embedding(anchors, others, different):
    ones = torch.ones_like(different)
    same_loss = F.cosine_embedding_loss(anchors, others, ones, reduction="none")
    other_loss = F.cosine_embedding_loss(anchors, others, -ones, margin=0.25, reduction="none")
    return ((1 - different) * same_loss + different * other_loss).mean()


add(
    "contrastive",
    {"distance": "cosine", "power": 1, "margin": 0.75},
    PAIRS,
    cosine_embedding,
    PYTORCH + "cosine_embedding_loss",
    has_float32=True,
)

# Triplet

for inputs in (BATCH, LONELY):
    for average, reducer in (("all", reducers.MeanReducer()), ("non-zero", reducers.AvgNonZeroReducer())):
        peer(
            "triplet",
            {"margin": 1.5, "average": average},
            losses.TripletMarginLoss(margin=1.5, distance=SQUARED, reducer=reducer),
            inputs,
        )
peer(
    "triplet",
    {"margin": 0.05, "average": "non-zero", "distance": "euclidean", "normalize": "yes"},
    losses.TripletMarginLoss(),
)
mean = {"distance": EUCLIDEAN, "reducer": reducers.MeanReducer()}
peer(
    "triplet",
    {"margin": 0.7, "distance": "euclidean", "miner": "hard"},
    losses.TripletMarginLoss(margin=0.7, **mean),
    miner=miners.BatchHardMiner(distance=EUCLIDEAN),
)
peer(
    "triplet",
    {"margin": 0.7, "distance": "euclidean", "miner": "hard"},
    losses.TripletMarginLoss(margin=0.7, **mean),
    LONELY,
    miner=miners.BatchHardMiner(distance=EUCLIDEAN),
)
peer(
    "triplet",
    {"margin": 0.7, "distance": "euclidean", "miner": "semi-hard"},
    losses.TripletMarginLoss(margin=0.7, **mean),
    miner=miners.TripletMarginMiner(0.7, "semihard", distance=EUCLIDEAN),
)
peer(
    "triplet",
    {"margin": 0.7, "distance": "euclidean", "miner": "easy-positive"},
    losses.TripletMarginLoss(margin=0.7, **mean),
    miner=miners.BatchEasyHardMiner("easy", "hard", distance=EUCLIDEAN),
)


def semi_hard(features, labels, or_farthest):
    """As TensorFlow Addons' triplet_semihard_loss, one positive pair at a time; without the farthest,
    pairs without a negative beyond the positive are left out."""
    same, different = masks(labels)
    square = (features[:, None] - features[None, :]).square().sum(2)
    values = []
    for a, p in same.nonzero().tolist():
        far = [square[a, n] for n in different[a].nonzero().flatten() if square[a, n] > square[a, p]]
        if far or or_farthest:
            n = min(far) if far else square[a][different[a]].max()
            values.append(F.relu(square[a, p] - n + 1.5))
    return torch.stack(values).mean()


for rule in ("nearest", "nearest-or-farthest"):
    add(
        "triplet",
        {"margin": 1.5, "miner": "semi-hard", "rule": rule},
        BATCH,
        lambda features, labels: semi_hard(features, labels, rule != "nearest"),
        READING,
    )
for reduction in ("mean", "sum", "none"):
    add(
        "triplet",
        {"margin": 1, "distance": "euclidean", "reduction": reduction},
        TRIPLETS,
        lambda anchors, positives, negatives: F.triplet_margin_loss(
            anchors, positives, negatives, eps=0, reduction=reduction
        ),
        PYTORCH + "triplet_margin_loss with eps=0",
        has_float32=True,
    )

# N-pair

raw = distances.DotProductSimilarity(normalize_embeddings=False)
peer("n-pair", {}, losses.NPairsLoss(distance=raw))
peer("n-pair", {}, losses.NPairsLoss(distance=raw), LONELY)
peer("n-pair", {"normalize": "yes"}, losses.NPairsLoss())
add(
    "n-pair",
    {"reduction": "none"},
    VIEWS,
    lambda anchors, positives: F.cross_entropy(
        anchors @ positives.T, torch.arange(len(anchors)), reduction="none"
    ),
    PYTORCH + "cross_entropy of the products",
    has_float32=True,
)

# Lifted structure

peer("lifted-structure", {"margin": 2}, losses.LiftedStructureLoss(neg_margin=2, distance=EUCLIDEAN))
peer("lifted-structure", {"normalize": "yes"}, losses.LiftedStructureLoss(), LONELY)
peer(
    "lifted-structure",
    {"margin": 2, "rule": "generalized"},
    losses.GeneralizedLiftedStructureLoss(neg_margin=2, distance=EUCLIDEAN),
)
peer(
    "lifted-structure",
    {"normalize": "yes", "rule": "generalized"},
    losses.GeneralizedLiftedStructureLoss(),
)

# Multi-similarity

for inputs in (BATCH, LONELY):
    peer(
        "multi-similarity",
        {},
        losses.MultiSimilarityLoss(),
        inputs,
        miner=miners.MultiSimilarityMiner(),
    )
    peer(
        "multi-similarity",
        {"alpha": 3, "beta": 20, "base": 0.3, "miner": "all"},
        losses.MultiSimilarityLoss(3, 20, 0.3),
        inputs,
    )
peer(
    "multi-similarity",
    {"epsilon": 0.5},
    losses.MultiSimilarityLoss(),
    miner=miners.MultiSimilarityMiner(0.5),
)

# NT-Xent and SupCon

for inputs in (BATCH, LONELY):
    for temperature in (0.1, 0.5):
        settings = {"temperature": temperature}
        peer("nt-xent", settings, losses.NTXentLoss(temperature), inputs)
        peer("supcon", settings, losses.SupConLoss(temperature), inputs)
add(
    "nt-xent",
    {"temperature": 0.2},
    VIEWS,
    lambda anchors, positives: losses.SelfSupervisedLoss(losses.NTXentLoss(0.2))(anchors, positives),
    PML + "SelfSupervisedLoss of NTXentLoss",
)


def supcon_in(features, labels):
    same, different = masks(labels)
    unit = F.normalize(features)
    e = (unit @ unit.T / 0.5).exp()
    rows = same.any(1)
    values = -((e * same).sum(1)[rows] / same.sum(1)[rows] / (e * (same | different)).sum(1)[rows]).log()
    return values.mean()


add("supcon", {"temperature": 0.5, "rule": "in"}, LONELY, supcon_in, READING)

# Circle

peer("circle", {}, losses.CircleLoss())
peer("circle", {"margin": 0.25, "gamma": 20}, losses.CircleLoss(0.25, 20))
peer("circle", {"gamma": 8}, losses.CircleLoss(gamma=8), LONELY)

# Ranked list


def ranked_list(features, labels, margin=0.4, alpha=1.2, balance=0.5, tp=0.0, tn=10.0):
    same, different = masks(labels)
    unit = F.normalize(features)
    values = []
    for i in range(len(labels)):
        value = features.sum() * 0
        for others, sign, bound, factor, t in (
            (same[i], 1, alpha - margin, 1 - balance, tp),
            (different[i], -1, alpha, balance, tn),
        ):
            violation = sign * ((unit[i] - unit[others]).norm(dim=1) - bound)
            violation = violation[violation > 0]
            if len(violation):
                value = value + factor * (violation * (t * violation).softmax(0).detach()).sum()
        values.append(value)
    return torch.stack(values).mean()


add("ranked-list", {}, BATCH, ranked_list, READING)
add(
    "ranked-list",
    {"margin": 0.2, "alpha": 1.5, "balance": 0.3, "positive-sharpness": 2, "negative-sharpness": 5},
    LONELY,
    lambda features, labels: ranked_list(features, labels, 0.2, 1.5, 0.3, 2.0, 5.0),
    READING,
)

# Cross-batch memory


def remembering(loss):
    def function(features, labels, memory_features, memory_labels):
        candidates = torch.cat([features, memory_features.detach()])
        candidate_labels = torch.cat([labels, memory_labels])
        a, p, b, n = lmu.get_all_pairs_indices(labels, candidate_labels)
        keep = a != p
        return loss(features, labels, (a[keep], p[keep], b, n), candidates, candidate_labels)

    return function


def remember(name, settings, loss):
    add(
        "cross-batch-memory",
        {"loss": name, "settings": "/".join(f"{k}={v}" for k, v in settings.items()) or "none"},
        MEMORY,
        remembering(loss),
        PML + type(loss).__name__ + " of the batch with the batch and the memory",
    )


remember(
    "contrastive",
    {**APART, "average": "non-zero", "margin": 2},
    losses.ContrastiveLoss(neg_margin=2, distance=EUCLIDEAN),
)
remember(
    "triplet",
    {"margin": 1.5},
    losses.TripletMarginLoss(margin=1.5, distance=SQUARED, reducer=reducers.MeanReducer()),
)
remember("nt-xent", {"temperature": 0.3}, losses.NTXentLoss(0.3))
remember("supcon", {"temperature": 0.3}, losses.SupConLoss(0.3))
remember("circle", {"gamma": 8}, losses.CircleLoss(gamma=8))
remember("multi-similarity", {"miner": "all"}, losses.MultiSimilarityLoss())

write("pairwise", cases)
