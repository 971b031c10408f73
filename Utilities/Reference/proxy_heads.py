#!/usr/bin/env python3
"""Golden values of the proxy heads: Tests/LossesTests/Golden/proxy_heads.json.

    python3 -m pip install torch==2.13.0 numpy==2.4.6 pytorch-metric-learning==2.9.0
    python3 Utilities/Reference/proxy_heads.py

From PyTorch's cross-entropy and pytorch-metric-learning where they have the loss. The rest is read
from the papers, one sample after the other: angles by acos, cases told apart by comparing angles,
logarithms of sums of exponentials as they stand. Unit length is x / √(Σx² + 1e-12) in the readings.
"""

import math

import pytorch_metric_learning as pml
import torch
from pytorch_metric_learning import losses as peer
from pytorch_metric_learning.regularizers import SparseCentersRegularizer
from torch.func import functional_call
from torch.nn import functional as F

from golden import case, normal, write

TORCH = f"torch {torch.__version__.split('+')[0]}, "
PML = f"pytorch-metric-learning {pml.__version__}, "
PAPER = "the formula of "

# MARK: Inputs

D, C, K = 4, 5, 3
WEIGHTS = normal(11, C, D)
SUBCENTERS = normal(12, C * K, D)
BIAS = normal(13, C)
LABELS = torch.tensor([0, 3, 1, 4, 2, 1, 0])
CLASS_WEIGHTS = normal(14, C).exp().float().double()
PROBABILITIES = (normal(15, 7, C) * 2).softmax(1).float().double()


def features_at(angles, lengths, labels=LABELS, seed=16):
    """Features at these angles to their proxies: margins depend on the angle, and change their
    formula at some, so random features would miss most of it."""
    rows = []
    for angle, length, label, random in zip(angles, lengths, labels, normal(seed, len(angles), D)):
        w = WEIGHTS[label] / WEIGHTS[label].norm()
        side = random - (random @ w) * w
        rows.append(length * (math.cos(angle) * w + math.sin(angle) * side / side.norm()))
    return torch.stack(rows).float().double()


LENGTHS = [1.4, 0.6, 2.5, 1.0, 3.2, 0.8, 1.7]
FEATURES = features_at([0.12, 0.8, 1.3, 1.9, 2.5, 2.8, 3.06], LENGTHS)
# On both sides of π − 0.3, where the default margin of ArcFace ends.
BORDER = features_at(
    [math.pi - 0.3 + d for d in (-0.3, -0.05, -1e-3, 1e-3, 0.05, 0.2, 0.29)], LENGTHS)
# As real embeddings are: most are near their proxy, and long.
NEAR = features_at(
    [0.05, 0.2, 0.3, 0.5, 0.7, 1.0, 1.6], [8, 15, 22, 30, 60, 90, 140], seed=17)
BASE = {"features": FEATURES, "weights": WEIGHTS, "labels": LABELS}
SUB = {"features": FEATURES, "weights": SUBCENTERS, "labels": LABELS}
SOFT = {"features": FEATURES, "weights": WEIGHTS, "probabilities": PROBABILITIES}
IGNORED = torch.tensor([0, -100, 1, 4, -100, 1, 0])

cases = []


def add(loss, settings, inputs, function, source, has_float32=False):
    golden = case(loss, settings, inputs, function, source, has_float32)
    if not source.startswith(PAPER):
        # PyTorch gives class weights no gradient.
        golden["gradients"].pop("class-weights", None)
    cases.append(golden)


# MARK: Readings


def length(v):
    return torch.sqrt((v * v).sum() + 1e-12)


def cosine(x, w):
    return (x / length(x)) @ (w / length(w))


def cross_entropy(logits, y, smoothing=0.0, temperature=1.0, gamma=0.0, class_weights=None):
    """Of one sample. `y` is a class or a distribution."""
    count = len(logits)
    q = [float(j == y) for j in range(count)] if isinstance(y, int) else y
    p = torch.softmax(torch.stack(list(logits)) / temperature, 0)
    total = 0
    for j in range(count):
        share = (1 - smoothing) * q[j] + smoothing / count
        weight = 1 if class_weights is None else class_weights[j]
        total = total - weight * share * (1 - p[j]) ** gamma * torch.log(p[j])
    return total


def reduce(losses, reduction, sample_weights):
    if reduction == "none":
        return torch.stack(losses)
    counted = [loss for loss, w in zip(losses, sample_weights) if w is not None]
    total = sum(counted)
    if reduction == "sum":
        return total
    if reduction == "weighted-mean":
        return total / sum(w for w in sample_weights if w is not None)
    return total / len(counted)


def head(logits, criterion=cross_entropy, penalty=None, batch=None, ignore=None, reduction="mean",
         **options):
    """A loss of a batch: `logits(x, weights, y, **more)` are those of one sample; `batch` works out
    what all samples share, from the cosines of those that count [N, C] and their labels."""

    def function(features, weights, labels=None, probabilities=None, class_weights=None, **more):
        losses, sample_weights = [], []
        if batch is not None:
            counted = [i for i in range(len(labels)) if labels[i] != ignore]
            cosines = torch.stack(
                [torch.stack([cosine(features[i], w) for w in weights]) for i in counted]).detach()
            lengths = torch.stack([length(features[i]) for i in counted]).detach()
            more = {"shared": batch(cosines, labels[counted], lengths, **more)}
        for i in range(len(features)):
            y = int(labels[i]) if labels is not None else probabilities[i]
            if isinstance(y, int) and y == ignore:
                losses.append(features[i].sum() * 0)
                sample_weights.append(None)
                continue
            z = logits(features[i], weights, y, **more)
            extra = {} if class_weights is None else {"class_weights": class_weights}
            if criterion is cross_entropy:
                loss = criterion(z, y, **options, **extra)
                weight = 1
            else:
                loss = criterion(z, y, **options)
                weight = 1 if class_weights is None else class_weights[y]
            own = 1
            if class_weights is not None:
                own = class_weights[y] if isinstance(y, int) else (class_weights * y).sum()
            if penalty is not None:
                loss = loss + penalty(features[i]) * (own if criterion is cross_entropy else 1)
            losses.append(loss * weight)
            sample_weights.append(own)
        return reduce(losses, reduction, sample_weights)

    return function


def cosine_head(psi, scale, others=None, **options):
    """s·ψ(θ_y) for the target, s·cos θ_j for the others, or s·others(cos θ_j, ψ(θ_y))."""

    def logits(x, weights, y, **more):
        z = []
        cosines = [cosine(x, w) for w in weights]
        for j, c in enumerate(cosines):
            if not isinstance(y, int):
                # Each class gets the margin in proportion to its probability.
                z.append(scale * (c + y[j] * (psi(c, x, **more) - c)))
            elif j == y:
                z.append(scale * psi(c, x, **more))
            elif others is not None:
                z.append(scale * others(c, psi(cosines[y], x, **more), **more))
            else:
                z.append(scale * c)
        return z

    return head(logits, **options)


def added_angle(c, m):
    """cos(θ + m); where θ + m leaves 0...π, the line of slope 1 in cos θ that meets it there."""
    theta = torch.acos(c)
    if theta + m > math.pi:
        return c - 1 - math.cos(math.pi - m)
    if theta + m < 0:
        return c + 1 - math.cos(-m)
    return torch.cos(theta + m)


def multiplied_angle(c, m, annealing):
    """(λ·cos θ + ψ(θ)) / (1 + λ), with the k that θ asks for."""
    theta = torch.acos(c)
    k = next(k for k in range(m) if k * math.pi / m <= theta <= (k + 1) * math.pi / m)
    psi = (-1) ** k * torch.cos(m * theta) - 2 * k
    return (annealing * c + psi) / (1 + annealing)


def straight_through(value, c):
    return c + (value - c).detach()


# MARK: Without a margin


def torch_softmax(ignore=-100, reduction="mean", smoothing=0.0, temperature=1.0):
    def function(features, weights, labels=None, probabilities=None, bias=None, class_weights=None):
        z = F.linear(features, weights, bias) / temperature
        return F.cross_entropy(
            z, labels if probabilities is None else probabilities,
            weight=None if class_weights is None else class_weights.detach(), ignore_index=ignore,
            reduction=reduction, label_smoothing=smoothing)

    return function


SOFTMAX = TORCH + "cross_entropy(linear(x, w, b))"
BIASED = BASE | {"bias": BIAS}
WEIGHTED = BIASED | {"class-weights": CLASS_WEIGHTS}
add("softmax", {}, BIASED, torch_softmax(), SOFTMAX, True)
add("softmax", {}, BASE, torch_softmax(), SOFTMAX, True)
add("softmax", {}, BIASED | {"features": FEATURES * 64}, torch_softmax(), SOFTMAX, True)
add("softmax", {"reduction": "sum"}, BIASED, torch_softmax(reduction="sum"), SOFTMAX, True)
add("softmax", {"reduction": "none"}, BIASED, torch_softmax(reduction="none"), SOFTMAX, True)
add("softmax", {"label-smoothing": 0.2}, BIASED, torch_softmax(smoothing=0.2), SOFTMAX, True)
add("softmax", {"temperature": 2.5}, BIASED, torch_softmax(temperature=2.5), SOFTMAX, True)
add("softmax", {"reduction": "weighted-mean"}, WEIGHTED, torch_softmax(), SOFTMAX, True)
add("softmax", {"reduction": "weighted-mean", "label-smoothing": 0.1}, WEIGHTED,
    torch_softmax(smoothing=0.1), SOFTMAX, True)
add("softmax", {"reduction": "none", "label-smoothing": 0.1, "ignore-label": 1}, WEIGHTED,
    torch_softmax(reduction="none", smoothing=0.1, ignore=1), SOFTMAX, True)
add("softmax", {"ignore-label": -100}, BIASED | {"labels": IGNORED}, torch_softmax(), SOFTMAX, True)
add("softmax", {"ignore-label": -100, "reduction": "weighted-mean"},
    WEIGHTED | {"labels": IGNORED}, torch_softmax(), SOFTMAX, True)
add("softmax", {}, SOFT | {"bias": BIAS}, torch_softmax(), SOFTMAX, True)
add("softmax", {"label-smoothing": 0.3}, SOFT | {"class-weights": CLASS_WEIGHTS},
    torch_softmax(smoothing=0.3), SOFTMAX, True)


def plain_logits(x, weights, y, bias=None):
    return [x @ w + (0 if bias is None else bias[j]) for j, w in enumerate(weights)]


add("softmax", {"focal-gamma": 2, "label-smoothing": 0.1}, WEIGHTED,
    head(plain_logits, gamma=2, smoothing=0.1), PAPER + "Lin et al., 2017")
add("softmax", {"reduction": "weighted-mean"}, SOFT | {"class-weights": CLASS_WEIGHTS},
    head(plain_logits, reduction="weighted-mean"),
    PAPER + "Bridle, 1990, divided by Σ_i Σ_j w_j·q_ij")


def torch_modified(features, weights, labels):
    return F.cross_entropy(F.linear(features, F.normalize(weights)), labels)


add("modified-softmax", {}, BASE, torch_modified, TORCH + "cross_entropy(linear(x, normalize(w)))",
    True)


def torch_l2(alpha=None):
    def function(features, weights, labels, bias=None, scale=None):
        factor = alpha if scale is None else scale.clamp(min=0.01)
        return F.cross_entropy(F.linear(factor * F.normalize(features), weights, bias), labels)

    return function


L2 = TORCH + "cross_entropy(linear(α·normalize(x), w, b))"
add("l2-softmax", {}, BIASED, torch_l2(16), L2, True)
add("l2-softmax", {"alpha": 4}, BASE, torch_l2(4), L2, True)
add("l2-softmax", {"scale-rule": "learned"}, BIASED | {"scale": torch.tensor(5.5).double()},
    torch_l2(), L2, True)


def torch_normface(s=None):
    def function(features, weights, labels, scale=None):
        factor = s if scale is None else scale.clamp(min=0.01)
        return F.cross_entropy(
            factor * F.linear(F.normalize(features), F.normalize(weights)), labels)

    return function


NORMFACE = TORCH + "cross_entropy(s·linear(normalize(x), normalize(w)))"
add("normface", {}, BASE, torch_normface(16), NORMFACE, True)
add("normface", {"scale": 30}, BASE, torch_normface(30), NORMFACE, True)
add("normface", {"scale": 4}, BASE, torch_normface(4), NORMFACE, True)
for number in (12.5, 0.0078125):
    add("normface", {"scale-rule": "learned"}, BASE | {"scale": torch.tensor(number).double()},
        torch_normface(), NORMFACE, True)


def from_peer(make, name):
    """A loss of pytorch-metric-learning whose proxies are the case's weights."""

    def function(features, weights, labels):
        proxies = weights if name == "proxies" else weights.T
        return functional_call(make(), {name: proxies}, (features, labels))

    return function


SIZES = {"num_classes": C, "embedding_size": D}
add("normface", {"scale": 20}, BASE,
    from_peer(lambda: peer.NormalizedSoftmaxLoss(**SIZES, temperature=1 / 20), "W"),
    PML + "NormalizedSoftmaxLoss", True)

# MARK: Margins on the angle and on the cosine

for m, s in ((0.1, 30), (0.35, 64), (0, 10), (1.5, 8)):
    add("cosface", {"margin": m, "scale": s}, BASE,
        from_peer(lambda: peer.CosFaceLoss(**SIZES, margin=m, scale=s), "W"),
        PML + "CosFaceLoss", True)
add("cosface", {"margin": 0.2}, SOFT, cosine_head(lambda c, x: c - 0.2, 30),
    PAPER + "Wang et al., 2018, in proportion to the probabilities")

ARCFACE = PAPER + "Deng et al., 2019, "
for m, s in ((0.3, 30), (0.5, 64), (1.2, 10)):
    add("arcface", {"margin": m, "scale": s, "beyond-pi": "linear"}, BASE,
        from_peer(
            lambda: peer.ArcFaceLoss(**SIZES, margin=math.degrees(m), scale=s), "W"),
        PML + "ArcFaceLoss", True)


def arcface(m, rule):
    def psi(c, x=None):
        theta = torch.acos(c)
        if rule == "easy-margin":
            return torch.cos(theta + m) if theta < math.pi / 2 else c
        if theta + m <= math.pi or rule == "unchanged":
            return torch.cos(theta + m)
        return {"linear": c - m * math.sin(m), "clamped": 0 * c - 1,
                "continued": c - 1 - math.cos(math.pi - m)}[rule]

    return psi


for m, s, features in ((0.3, 30, FEATURES), (0.3, 30, BORDER), (1.2, 10, FEATURES)):
    for rule in ("continued", "linear", "clamped", "unchanged", "easy-margin"):
        add("arcface", {"margin": m, "scale": s, "beyond-pi": rule}, BASE | {"features": features},
            cosine_head(arcface(m, rule), s), ARCFACE + f"beyond π {rule}")
for rule in ("continued", "unchanged"):
    psi = arcface(0.5, rule)
    add("arcface", {"margin": 0.5, "scale": 30, "beyond-pi": rule, "gradient": "straight-through"},
        BASE, cosine_head(lambda c, x: straight_through(psi(c), c), 30),
        ARCFACE + "with the slope of cos θ")
add("arcface", {}, SOFT, cosine_head(arcface(0.3, "continued"), 30),
    ARCFACE + "in proportion to the probabilities")

# Everything at once.
add("arcface",
    {"margin": 0.4, "scale": 12, "label-smoothing": 0.15, "focal-gamma": 1.5, "temperature": 2,
     "ignore-label": -100, "reduction": "weighted-mean"},
    BASE | {"labels": IGNORED, "class-weights": CLASS_WEIGHTS},
    cosine_head(arcface(0.4, "continued"), 12, smoothing=0.15, gamma=1.5, temperature=2,
                ignore=-100, reduction="weighted-mean"), ARCFACE + "with all options")
for reduction in ("mean", "sum", "none"):
    add("arcface",
        {"margin": 0.4, "scale": 12, "label-smoothing": 0.15, "focal-gamma": 0.5, "temperature": 3,
         "ignore-label": 4, "reduction": reduction}, BASE | {"class-weights": CLASS_WEIGHTS},
        cosine_head(arcface(0.4, "continued"), 12, smoothing=0.15, gamma=0.5, temperature=3,
                    ignore=4, reduction=reduction), ARCFACE + "with all options")
add("arcface", {"scale": 12, "label-smoothing": 0.15, "focal-gamma": 2, "temperature": 1.5},
    SOFT | {"class-weights": CLASS_WEIGHTS},
    cosine_head(arcface(0.3, "continued"), 12, smoothing=0.15, gamma=2, temperature=1.5),
    ARCFACE + "with all options, in proportion to the probabilities")


def combined(m1, m2, m3):
    def psi(c, x=None):
        theta = torch.acos(c)
        if m1 * theta + m2 <= math.pi:
            return torch.cos(m1 * theta + m2) - m3
        return c - math.cos((math.pi - m2) / m1) - 1 - m3

    return psi


for m1, m2, m3 in ((1, 0.2, 0.05), (1, 0.3, 0.2), (0.9, 0.4, 0.15), (1.35, 0, 0), (2.5, 0.6, 0.1),
                   (4, 1, 1), (0.5, 0.1, 0), (1, 0, 0.35)):
    add("combined-margin", {"m1": m1, "m2": m2, "m3": m3}, BASE,
        cosine_head(combined(m1, m2, m3), 30), ARCFACE + "combined")
add("combined-margin", {"m1": 0.9, "m2": 0.4, "m3": 0.15, "gradient": "straight-through"}, BASE,
    cosine_head(lambda c, x: straight_through(combined(0.9, 0.4, 0.15)(c), c), 30),
    ARCFACE + "combined, with the slope of cos θ")

for m, s in ((0.3, 30), (0.5, 64)):
    add("subcenter-arcface", {"margin": m, "scale": s, "beyond-pi": "linear"}, SUB,
        from_peer(
            lambda: peer.SubCenterArcFaceLoss(
                **SIZES, margin=math.degrees(m), scale=s, sub_centers=K), "W"),
        PML + "SubCenterArcFaceLoss", True)


def nearest(weights, j, x):
    return max((cosine(x, w) for w in weights[j * K:(j + 1) * K]), key=torch.Tensor.item)


def subcenter_logits(x, weights, y):
    cosines = [nearest(weights, j, x) for j in range(C)]
    return [30 * (arcface(0.3, "continued")(c) if j == y else c) for j, c in enumerate(cosines)]


add("subcenter-arcface", {}, SUB, head(subcenter_logits), PAPER + "Deng et al., 2020")

# MARK: A factor of the angle


def annealed(base, gamma, power, least, t):
    return max(least, base * (1 + gamma * t) ** -power)


def multiplying_head(loss, m, annealing, gradient="exact", **options):
    def logits(x, weights, y, **_):
        z = [x @ (w if loss == "l-softmax" else w / length(w)) for w in weights]
        c = cosine(x, weights[y])
        psi = multiplied_angle(c, m, annealing)
        if gradient == "straight-through":
            psi = straight_through(psi, c)
        z[y] = length(x) * (length(weights[y]) if loss == "l-softmax" else 1) * psi
        return z

    return head(logits, **options)


LARGE_MARGIN = {"l-softmax": PAPER + "Liu et al., 2016", "a-softmax": PAPER + "Liu et al., 2017"}
PEERS = {"l-softmax": peer.LargeMarginSoftmaxLoss, "a-softmax": peer.SphereFaceLoss}
for loss, source in LARGE_MARGIN.items():
    for m in (1, 2, 3, 4):
        for base in (0, 0.5, 5):
            add(loss, {"m": m, "lambda-base": base, "lambda-power": 0, "lambda-min": 0}, BASE,
                multiplying_head(loss, m, base), source)
        add(loss, {"m": m, "lambda-base": 0, "lambda-min": 0}, BASE,
            from_peer(lambda: PEERS[loss](**SIZES, margin=m, scale=1), "W"),
            PML + PEERS[loss].__name__)
    add(loss, {"m": 3, "lambda-base": 0, "lambda-min": 0, "gradient": "straight-through"}, BASE,
        multiplying_head(loss, 3, 0, "straight-through"), source + ", with the slope of cos θ")

PUBLISHED = {"l-softmax": (1000, 2.5e-5, 35, 0), "a-softmax": (1000, 0.12, 1, 5)}
for loss, source in LARGE_MARGIN.items():
    for t in (0, 100, 1500, 20_000):
        add(loss, {"m": 4, "iteration": t}, BASE,
            multiplying_head(loss, 4, annealed(*PUBLISHED[loss], t)), source + ", annealed")
    # The state counts the batches before this one.
    add(loss, {"m": 2}, BASE | {"state": torch.tensor([1500.0]).double()},
        multiplying_head(loss, 2, annealed(*PUBLISHED[loss], 1500)), source + ", annealed")
    add(loss, {}, BASE,
        multiplying_head(loss, 2 if loss == "l-softmax" else 4, PUBLISHED[loss][3]),
        source + ", long after annealing")

# MARK: Margins and scales that follow the batch


def adacos_scale(cosines, labels, lengths, state=None):
    s = math.sqrt(2) * math.log(C - 1) if state is None else state[0].item()
    count = len(labels)
    others = [cosines[i, j] for i in range(count) for j in range(C) if j != labels[i]]
    b = sum(math.exp(s * c) for c in others) / count
    angles = sorted(math.acos(cosines[i, labels[i]]) for i in range(count))
    median = angles[(count - 1) // 2]
    return min(max(1, math.log(b) / math.cos(min(math.pi / 4, median))), 64)


def adacos_logits(x, weights, y, shared):
    return [shared * cosine(x, w) for w in weights]


ADACOS = PAPER + "Zhang et al., 2019"
EVEN = {"features": NEAR[:6], "weights": WEIGHTS, "labels": LABELS[:6]}
add("adacos", {"rule": "fixed"}, BASE,
    head(lambda x, weights, y: [math.sqrt(2) * math.log(C - 1) * cosine(x, w) for w in weights]),
    ADACOS + ", fixed")
for inputs in (BASE, BASE | {"features": NEAR}, EVEN):
    add("adacos", {}, inputs, head(adacos_logits, batch=adacos_scale), ADACOS)
    add("adacos", {"label-smoothing": 0.1}, inputs | {"state": torch.tensor([7.5]).double()},
        head(adacos_logits, batch=adacos_scale, smoothing=0.1), ADACOS)
add("adacos", {"ignore-label": -100}, BASE | {"features": NEAR, "labels": IGNORED},
    head(adacos_logits, batch=adacos_scale, ignore=-100), ADACOS)


def curriculum(decay):
    def t(cosines, labels, lengths, state=None):
        own = [float(cosines[i, labels[i]]) for i in range(len(labels))]
        before = 0 if state is None else state[0].item()
        return decay * before + (1 - decay) * sum(own) / len(own)

    return t


def curricular_others(c, psi, shared):
    return c * (shared + c) if c > psi else c


def curricular(m, s, decay, rule="continued", **options):
    return cosine_head(lambda c, x, shared: arcface(m, rule)(c), s, curricular_others,
                       batch=curriculum(decay), **options)


CURRICULAR = PAPER + "Huang et al., 2020"
for features in (FEATURES, NEAR):
    inputs = BASE | {"features": features}
    add("curricularface", {}, inputs, curricular(0.3, 30, 0.99), CURRICULAR)
    add("curricularface", {"margin": 0.5, "decay": 0.9, "scale": 10},
        inputs | {"state": torch.tensor([0.6]).double()}, curricular(0.5, 10, 0.9), CURRICULAR)
add("curricularface", {"margin": 0.5, "decay": 0.5, "beyond-pi": "unchanged", "ignore-label": -100},
    BASE | {"labels": IGNORED}, curricular(0.5, 30, 0.5, "unchanged", ignore=-100), CURRICULAR)


def misclassified(rule, weighting, m, t):
    psi = arcface(m, "continued") if rule == "arc" else lambda c: c - m

    def others(c, psi):
        # h(t, θ_j, I_j) = exp(s·t·I_j) or exp(s·t·(cos θ_j + 1)·I_j), as a part of the logit.
        indicator = 1 if c > psi else 0
        return c + t * indicator * (c + 1 if weighting == "adaptive" else 1)

    return lambda c, x: psi(c), others


for rule in ("arc", "cos"):
    for weighting in ("fixed", "adaptive"):
        for m, t, s in ((0.3, 0.2, 30), (0.45, 0.7, 12)):
            psi, others = misclassified(rule, weighting, m, t)
            settings = {"rule": rule, "weighting": weighting, "margin": m, "t": t, "scale": s}
            add("mv-softmax", settings, BASE, cosine_head(psi, s, others),
                PAPER + "Wang et al., 2020")


def magface(margins, lengths, weight, s, **options):
    (low_m, high_m), (low, high) = margins, lengths

    def bounded(x):
        a = length(x)
        return 0 * a + low if a < low else 0 * a + high if a > high else a

    def psi(c, x):
        m = low_m + (high_m - low_m) * (bounded(x) - low) / (high - low)
        if torch.acos(c) + m > math.pi:
            return c - 1 - torch.cos(math.pi - m)
        return torch.cos(torch.acos(c) + m)

    def penalty(x):
        a = bounded(x)
        return weight * (1 / a + a / high**2)

    return cosine_head(psi, s, penalty=penalty, **options)


MAGFACE = PAPER + "Meng et al., 2021"
add("magface", {}, BASE | {"features": NEAR}, magface((0.2, 0.4), (10, 110), 35, 30), MAGFACE)
SMALL = {"lower-length": 0.7, "upper-length": 2.9, "lower-margin": 0.45, "upper-margin": 0.8}
for settings, options in (
        ({"length-weight": 2, "scale": 16}, {}),
        ({"length-weight": 0, "reduction": "none"}, {"reduction": "none"}),
        ({"label-smoothing": 0.1, "temperature": 2}, {"smoothing": 0.1, "temperature": 2})):
    add("magface", SMALL | settings, BASE,
        magface((0.45, 0.8), (0.7, 2.9), settings.get("length-weight", 35),
                settings.get("scale", 30), **options), MAGFACE)
add("magface", SMALL | {"reduction": "weighted-mean"}, BASE | {"class-weights": CLASS_WEIGHTS},
    magface((0.45, 0.8), (0.7, 2.9), 35, 30, reduction="weighted-mean"), MAGFACE)


def quality(rate):
    def statistics(cosines, labels, lengths, state=None):
        lengths = [min(max(float(a), 0.001), 100) for a in lengths]
        mean = sum(lengths) / len(lengths)
        deviation = math.sqrt(sum((a - mean) ** 2 for a in lengths) / (len(lengths) - 1))
        before = (20, 100) if state is None else state.tolist()
        return rate * mean + (1 - rate) * before[0], rate * deviation + (1 - rate) * before[1]

    return statistics


def adaface(m, h, rate, s, **options):
    def psi(c, x, shared):
        mean, deviation = shared
        a = min(max(float(length(x).detach()), 0.001), 100)
        z = min(max(h * (a - mean) / (deviation + 1e-3), -1), 1)
        return added_angle(c, -m * z) - (m + m * z)

    return cosine_head(psi, s, batch=quality(rate), **options)


ADAFACE = PAPER + "Kim et al., 2022"
RUNNING = {"state": torch.tensor([1.6, 0.9]).double()}
for rate in (0.01, 0.99):
    for features in (FEATURES, NEAR):
        add("adaface", {"rate": rate}, BASE | {"features": features},
            adaface(0.1, 0.333, rate, 30), ADAFACE)
    add("adaface", {"margin": 0.4, "scale": 64, "rate": rate}, BASE | RUNNING,
        adaface(0.4, 0.333, rate, 64), ADAFACE)
add("adaface", {"margin": 0.6, "h": 2, "scale": 10, "rate": 0.3, "ignore-label": -100},
    BASE | RUNNING | {"labels": IGNORED}, adaface(0.6, 2, 0.3, 10, ignore=-100), ADAFACE)

for m, features in ((0.3, FEATURES), (0.3, BORDER), (0.9, FEATURES)):
    add("elasticface", {"margin": m, "deviation": 0}, BASE | {"features": features},
        cosine_head(lambda c, x: added_angle(c, m), 30), PAPER + "Boutros et al., 2022, σ = 0")
add("elasticface", {"margin": 0.35, "deviation": 0, "rule": "cos", "assignment": "sorted"}, BASE,
    cosine_head(lambda c, x: c - 0.35, 30), PAPER + "Boutros et al., 2022, σ = 0")

# MARK: Without softmax


def sphereface2(m, r, t, share, **options):
    def logits(x, weights, y, bias=None):
        b = 0 if bias is None else bias[0]
        z = []
        for j, w in enumerate(weights):
            g = 2 * ((cosine(x, w) + 1) / 2) ** t - 1
            z.append(r * (g - m) + b if j == y else r * (g + m) + b)
        return z

    def criterion(z, y):
        own = share / r * torch.log(1 + torch.exp(-z[y]))
        return own + (1 - share) / r * sum(
            torch.log(1 + torch.exp(z[j])) for j in range(len(z)) if j != y)

    return head(logits, criterion, **options)


SPHEREFACE2 = PAPER + "Wen et al., 2022"
SHARED_BIAS = BASE | {"bias": torch.tensor([-3.25]).double()}
add("sphereface2", {}, SHARED_BIAS, sphereface2(0.2, 30, 3, 0.7), SPHEREFACE2)
add("sphereface2", {}, BASE, sphereface2(0.2, 30, 3, 0.7), SPHEREFACE2)
for m, r, t, share in ((0.4, 30, 3, 0.7), (0, 8, 1, 0.5), (0.4, 40, 4.5, 0.9)):
    add("sphereface2", {"margin": m, "scale": r, "t": t, "lambda": share}, SHARED_BIAS,
        sphereface2(m, r, t, share), SPHEREFACE2)
add("sphereface2", {"ignore-label": 0, "reduction": "weighted-mean"},
    SHARED_BIAS | {"class-weights": CLASS_WEIGHTS},
    sphereface2(0.2, 30, 3, 0.7, ignore=0, reduction="weighted-mean"), SPHEREFACE2)


def squared_distances(x, weights, y):
    return [((x / length(x) - w / length(w)) ** 2).sum() for w in weights]


def proxy_nca(s, exclude):
    def criterion(d, y):
        rest = [torch.exp(-s * d[j]) for j in range(C) if j != y or not exclude]
        return -torch.log(torch.exp(-s * d[y]) / sum(rest))

    return criterion


NCA = PAPER + "Movshovitz-Attias et al., 2017"
for s in (9, 1, 20):
    add("proxy-nca", {"scale": s}, BASE, head(squared_distances, proxy_nca(s, True)), NCA)
    add("proxy-nca", {"scale": s, "rule": "include-target"}, BASE,
        from_peer(lambda: peer.ProxyNCALoss(**SIZES, softmax_scale=s), "proxies"),
        PML + "ProxyNCALoss", True)
add("proxy-nca", {"rule": "include-target", "reduction": "none", "ignore-label": -100},
    BASE | {"labels": IGNORED, "class-weights": CLASS_WEIGHTS},
    head(squared_distances, proxy_nca(9, False), reduction="none", ignore=-100), NCA)

ANCHOR = PML + "ProxyAnchorLoss"
for settings, labels in (({}, LABELS), ({"alpha": 4, "margin": 0.3}, LABELS),
                         ({"alpha": 4}, torch.full((7,), 2))):
    add("proxy-anchor", settings, BASE | {"labels": labels},
        from_peer(lambda: peer.ProxyAnchorLoss(**SIZES, **settings), "proxies"), ANCHOR, True)


def proxy_anchor(features, weights, labels):
    alpha, delta = 32, 0.1
    counted = [i for i in range(len(labels)) if labels[i] != -100]
    pull, push, present = 0, 0, 0
    for p in range(C):
        own = [cosine(features[i], weights[p]) for i in counted if labels[i] == p]
        rest = [cosine(features[i], weights[p]) for i in counted if labels[i] != p]
        if own:
            present += 1
            pull = pull + torch.log(1 + sum(torch.exp(-alpha * (c - delta)) for c in own))
        if rest:
            push = push + torch.log(1 + sum(torch.exp(alpha * (c + delta)) for c in rest))
    return pull / present + push / C


add("proxy-anchor", {"ignore-label": -100}, BASE | {"labels": IGNORED}, proxy_anchor,
    PAPER + "Kim et al., 2020")


def soft_triple(settings, tau):
    def make():
        regularizer = SparseCentersRegularizer(C, K) if tau > 0 else None
        return peer.SoftTripleLoss(
            **SIZES, centers_per_class=K, la=settings.get("scale", 20),
            gamma=settings.get("gamma", 0.1), margin=settings.get("margin", 0.01),
            weight_regularizer=regularizer, weight_reg_weight=tau)

    return from_peer(make, "fc")


for settings in ({}, {"penalty-weight": 0}, {"gamma": 0.5, "margin": 0.2, "scale": 8},
                 {"penalty-weight": 3}):
    add("soft-triple", settings, SUB, soft_triple(settings, settings.get("penalty-weight", 0.2)),
        PML + "SoftTripleLoss with SparseCentersRegularizer", True)


def c_contrastive(m):
    def criterion(d, y):
        return d[y] + sum(torch.relu(m - d[j]) for j in range(C) if j != y)

    return criterion


def c_triplet(m, rule):
    def criterion(d, y):
        terms = [torch.relu(m + d[y] - d[j]) for j in range(C) if j != y]
        return sum(terms) if rule == "all" else max(terms, key=torch.Tensor.item)

    return criterion


NORMFACE_PAPER = PAPER + "Wang et al., 2017"
for m in (0, 1, 2.5):
    add("c-contrastive", {"margin": m}, BASE, head(squared_distances, c_contrastive(m)),
        NORMFACE_PAPER)
for m in (0, 0.8, 2):
    for rule in ("all", "hardest"):
        add("c-triplet", {"margin": m, "rule": rule}, BASE,
            head(squared_distances, c_triplet(m, rule)), NORMFACE_PAPER)
for loss, criterion in (("c-contrastive", c_contrastive(1)), ("c-triplet", c_triplet(0.8, "all"))):
    for reduction in ("none", "sum", "weighted-mean"):
        add(loss, {"reduction": reduction, "ignore-label": 1},
            BASE | {"class-weights": CLASS_WEIGHTS},
            head(squared_distances, criterion, reduction=reduction, ignore=1), NORMFACE_PAPER)

# MARK: Hinge

def torch_hinge(margin, power):
    """Weston and Watkins's sum; PyTorch divides by the number of classes."""

    def function(features, weights, labels, bias=None):
        logits = F.linear(features, weights, bias)
        return C * F.multi_margin_loss(logits, labels, p=power, margin=margin)

    return function


def crammer_singer(features, weights, labels, bias=None):
    losses = []
    for x, y in zip(features, labels):
        z = weights @ x + (0 if bias is None else bias)
        losses.append(max(max(1 + z[j] - z[y], 0 * z[y]) for j in range(C) if j != y))
    return torch.stack(losses).mean()


for inputs in (BASE, BIASED):
    for margin, power in ((1, 1), (0.5, 2)):
        add("multiclass-hinge-head",
            {"rule": "weston-watkins", "margin": margin, "power": power}, inputs,
            torch_hinge(margin, power), TORCH + "C·multi_margin_loss(linear(x, w, b))")
    add("multiclass-hinge-head", {}, inputs, crammer_singer, PAPER + "Crammer and Singer")

write("proxy_heads", cases)
