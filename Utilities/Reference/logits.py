#!/usr/bin/env python3
"""Golden values of the losses on logits: Tests/LossesTests/Golden/logits.json.

    python3 -m pip install torch==2.13.0 numpy==2.4.6 optax==0.2.8 keras==3.15.1
    python3 Utilities/Reference/logits.py

From PyTorch where it has the loss, else from Optax or Keras (on PyTorch, in float64, with an
epsilon that does not clip), else the paper's formula, written in PyTorch operations for its
gradient. Keras's hinge losses are not used: they compute in float32 there, whatever the input.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import jax
import keras
import numpy as np
import optax
import torch
from torch.nn import functional as F

from golden import case, normal, write

jax.config.update("jax_enable_x64", True)
keras.config.set_floatx("float64")
keras.config.set_epsilon(1e-40)

TORCH = f"torch {torch.__version__.split('+')[0]}, "
OPTAX = f"optax {optax.__version__}, "
KERAS = f"keras {keras.__version__}, "

N, C = 6, 5
LOGITS = normal(1, N, C) * 2
TEACHER = normal(2, N, C) * 2
LABELS = torch.tensor([3, 0, 4, 1, 1, 2])
CLASS_WEIGHTS = (normal(3, C).exp()).float().double()
PROBABILITIES = normal(4, N, C).softmax(1).float().double()
SHARES = normal(5, N, C).sigmoid().float().double()
SIGNS = normal(6, N, C).sign()
cases = []


def add(loss, settings, inputs, function, source, has_float32=False, without=()):
    """`without` names inputs whose gradient the other program does not give."""
    inputs = {n.replace("_", "-"): t for n, t in inputs.items()}
    golden = case(loss, settings, inputs, function, source, has_float32)
    for name in without:
        del golden["gradients"][name]
    cases.append(golden)


def from_jax(function, *arguments):
    """A function of Optax on PyTorch tensors, the first of which gets its gradient."""

    class Bridge(torch.autograd.Function):
        @staticmethod
        def forward(context, first, *rest):
            arrays = [jax.numpy.asarray(t.detach().numpy()) for t in (first, *rest)]
            value, context.pull = jax.vjp(lambda x: function(x, *arrays[1:]), arrays[0])
            context.count = len(rest)
            return torch.tensor(np.array(value))

        @staticmethod
        def backward(context, gradient):
            (result,) = context.pull(jax.numpy.asarray(gradient.numpy()))
            return (torch.tensor(np.array(result)), *[None] * context.count)

    return Bridge.apply(*arguments)


def one_hot(labels, logits):
    return F.one_hot(labels, logits.shape[1]).to(logits.dtype)


# MARK: Cross-entropy and what is made of it

SOURCE = TORCH + "nn.functional.cross_entropy"
labelled = {"logits": LOGITS, "labels": LABELS}
weighted = labelled | {"class_weights": CLASS_WEIGHTS}
distributed = {"logits": LOGITS, "probabilities": PROBABILITIES}

for loss in ["cross-entropy", "focal"]:
    settings = {} if loss == "cross-entropy" else {"gamma": 0}
    add(loss, settings, labelled,
        lambda logits, labels: F.cross_entropy(logits, labels), SOURCE, True)
for reduction in ["sum", "none"]:
    add("cross-entropy", {"reduction": reduction}, labelled,
        lambda logits, labels: F.cross_entropy(logits, labels, reduction=reduction), SOURCE, True)
add("cross-entropy", {"label-smoothing": 0.1}, labelled,
    lambda logits, labels: F.cross_entropy(logits, labels, label_smoothing=0.1), SOURCE, True)
add("cross-entropy", {"temperature": 2.5}, labelled,
    lambda logits, labels: F.cross_entropy(logits / 2.5, labels), SOURCE, True)
add("cross-entropy", {"reduction": "weighted-mean"}, weighted,
    lambda logits, labels, class_weights: F.cross_entropy(logits, labels, class_weights.detach()),
    SOURCE, True, ["class-weights"])
add("cross-entropy", {"reduction": "weighted-mean", "label-smoothing": 0.2}, weighted,
    lambda logits, labels, class_weights: F.cross_entropy(
        logits, labels, class_weights.detach(), label_smoothing=0.2),
    SOURCE, True, ["class-weights"])
add("cross-entropy", {"reduction": "weighted-mean", "ignore-label": 1}, weighted,
    lambda logits, labels, class_weights: F.cross_entropy(
        logits, labels, class_weights.detach(), ignore_index=1),
    SOURCE, True, ["class-weights"])
add("cross-entropy", {}, weighted,
    lambda logits, labels, class_weights: F.cross_entropy(
        logits, labels, class_weights.detach(), reduction="none").mean(),
    SOURCE + ", none, then the mean", True, ["class-weights"])
add("cross-entropy", {"ignore-label": -100, "label-smoothing": 0.1},
    {"logits": LOGITS, "labels": torch.tensor([3, -100, 4, 1, -100, 2])},
    lambda logits, labels: F.cross_entropy(logits, labels, label_smoothing=0.1), SOURCE, True)
add("cross-entropy", {}, distributed,
    lambda logits, probabilities: F.cross_entropy(logits, probabilities), SOURCE, True)
add("cross-entropy", {"label-smoothing": 0.3},
    distributed | {"class_weights": CLASS_WEIGHTS},
    lambda logits, probabilities, class_weights: F.cross_entropy(
        logits, probabilities, class_weights.detach(), label_smoothing=0.3),
    SOURCE, True, ["class-weights"])
add("cross-entropy", {}, {"logits": LOGITS * 500, "labels": LABELS},
    lambda logits, labels: F.cross_entropy(logits, labels), SOURCE, True)


def focal(gamma, alpha=1.0):
    return lambda logits, labels, **weights: keras.losses.categorical_focal_crossentropy(
        one_hot(labels, logits), logits, from_logits=True, gamma=gamma,
        alpha=weights.get("class_weights", alpha)).mean()


SOURCE = KERAS + "losses.categorical_focal_crossentropy"
for gamma in [0.5, 2, 3]:
    add("focal", {"gamma": gamma}, labelled, focal(gamma), SOURCE)
    add("cross-entropy", {"focal-gamma": gamma}, labelled, focal(gamma), SOURCE)
add("focal", {}, weighted, focal(2), SOURCE)

SOURCE = KERAS + "losses.categorical_generalized_cross_entropy"
for q in [0.1, 0.7, 1]:
    add("generalized-cross-entropy", {"q": q}, labelled,
        lambda logits, labels: keras.losses.categorical_generalized_cross_entropy(
            labels, logits.softmax(1), q=q).mean(), SOURCE)
add("generalized-cross-entropy", {"q": 0.5, "temperature": 2}, distributed,
    lambda logits, probabilities:
        (probabilities * (1 - (logits / 2).softmax(1) ** 0.5) / 0.5).sum(1).mean(),
    "the paper's formula, in the mean over the distribution")


def symmetric(logits, target, alpha, beta, clip):
    p = logits.softmax(1)
    forward = -(target * p.log()).sum(1)
    reverse = -(p * target.log().clamp(min=clip)).sum(1)
    return (alpha * forward + beta * reverse).mean()


SOURCE = "the paper's formula"
add("symmetric-cross-entropy", {}, labelled,
    lambda logits, labels: symmetric(logits, one_hot(labels, logits), 0.1, 1, -4), SOURCE)
add("symmetric-cross-entropy", {"alpha": 6, "beta": 0.1, "log-clip": -9.2103}, labelled,
    lambda logits, labels: symmetric(logits, one_hot(labels, logits), 6, 0.1, -9.2103), SOURCE)
add("symmetric-cross-entropy", {"label-smoothing": 0.1}, labelled,
    lambda logits, labels: symmetric(
        logits, 0.9 * one_hot(labels, logits) + 0.1 / C, 0.1, 1, -4), SOURCE)
add("symmetric-cross-entropy", {"log-clip": -2}, distributed,
    lambda logits, probabilities: symmetric(logits, probabilities, 0.1, 1, -2), SOURCE)

for beta, smoothing, temperature in [(0.1, 0, 1), (2, 0.1, 3)]:
    add("confidence-penalty",
        {"beta": beta, "label-smoothing": smoothing, "temperature": temperature}, labelled,
        lambda logits, labels:
            F.cross_entropy(logits / temperature, labels, label_smoothing=smoothing)
            - beta * torch.distributions.Categorical(logits=logits / temperature).entropy().mean(),
        TORCH + "cross_entropy and distributions.Categorical.entropy", True)

add("noisy-labels", {"rule": "expected", "rate": 0.25}, labelled,
    lambda logits, labels: F.cross_entropy(logits, labels, label_smoothing=0.25),
    TORCH + "cross_entropy, label_smoothing", True)
add("noisy-labels", {"rule": "expected", "rate": 0.25, "reduction": "weighted-mean"}, weighted,
    lambda logits, labels, class_weights: F.cross_entropy(
        logits, labels, class_weights.detach(), label_smoothing=0.25),
    TORCH + "cross_entropy, label_smoothing", True, ["class-weights"])
add("noisy-labels", {"rate": 0}, labelled,
    lambda logits, labels: F.cross_entropy(logits, labels), TORCH + "cross_entropy", True)

add("zero-one", {}, labelled,
    lambda logits, labels: (logits.argmax(1) != labels).to(logits.dtype).mean(),
    "numpy's argmax compared")

# MARK: Distributions


def log_softmax(logits, temperature=1):
    return F.log_softmax(logits / temperature, 1)


taught = {"logits": LOGITS, "teacher_logits": TEACHER}
SOURCE = TORCH + "nn.functional.kl_div, batchmean"
add("kl-divergence", {}, distributed,
    lambda logits, probabilities: F.kl_div(
        log_softmax(logits), probabilities, reduction="batchmean"), SOURCE, True)
add("kl-divergence", {"temperature": 2}, taught,
    lambda logits, teacher_logits: F.kl_div(
        log_softmax(logits, 2), log_softmax(teacher_logits, 2), reduction="batchmean",
        log_target=True), SOURCE, True)
add("kl-divergence", {"rule": "reverse"}, taught,
    lambda logits, teacher_logits: F.kl_div(
        log_softmax(teacher_logits), log_softmax(logits), reduction="batchmean", log_target=True),
    SOURCE + ", exchanged", True)
add("kl-divergence", {"rule": "reverse", "reduction": "none"}, distributed,
    lambda logits, probabilities: F.kl_div(
        probabilities.log(), log_softmax(logits), reduction="none", log_target=True).sum(1),
    SOURCE + ", exchanged, none", True)
add("kl-divergence", {}, distributed,
    lambda logits, probabilities: from_jax(
        lambda x, p: optax.losses.kl_divergence(jax.nn.log_softmax(x), p).mean(), logits,
        probabilities),
    OPTAX + "losses.kl_divergence", without=["probabilities"])


def jensen_shannon(logits, p, reduction="batchmean"):
    s = logits.softmax(1)
    m = ((p + s) / 2).log()
    return (F.kl_div(m, p, reduction=reduction) + F.kl_div(m, s, reduction=reduction)) / 2


SOURCE = TORCH + "nn.functional.kl_div to the midpoint, twice"
add("js-divergence", {}, distributed, lambda logits, probabilities:
    jensen_shannon(logits, probabilities), SOURCE, True)
add("js-divergence", {"temperature": 3, "reduction": "sum"}, taught,
    lambda logits, teacher_logits: jensen_shannon(
        logits / 3, (teacher_logits / 3).softmax(1), "sum"), SOURCE, True)

SOURCE = TORCH + "distributions.Categorical.entropy"
for temperature, reduction in [(1, "mean"), (0.5, "none")]:
    add("entropy", {"temperature": temperature, "reduction": reduction}, {"logits": LOGITS},
        lambda logits: (lambda h: h if reduction == "none" else h.mean())(
            torch.distributions.Categorical(logits=logits / temperature).entropy()), SOURCE, True)


def distillation(temperature, mix, rule="kl"):
    def value(logits, teacher_logits, labels, **weights):
        w = weights.get("class_weights")
        teacher = log_softmax(teacher_logits, temperature).detach()
        student = log_softmax(logits, temperature)
        soft = (F.kl_div(student, teacher, reduction="none", log_target=True).sum(1)
                if rule == "kl" else -(teacher.exp() * student).sum(1))
        soft = soft if w is None else soft * w.detach()[labels]
        hard = F.cross_entropy(logits, labels, None if w is None else w.detach(), reduction="none")
        return (mix * temperature**2 * soft + (1 - mix) * hard).mean()
    return value


SOURCE = TORCH + "nn.functional.kl_div and cross_entropy"
pupil = taught | {"labels": LABELS}
add("distillation", {}, pupil, distillation(2, 0.5), SOURCE, True)
add("distillation", {"temperature": 5, "mix": 0.9}, pupil | {"class_weights": CLASS_WEIGHTS},
    distillation(5, 0.9), SOURCE, True, ["class-weights"])
add("distillation", {"rule": "cross-entropy", "mix": 0.7}, pupil, distillation(2, 0.7, "ce"),
    SOURCE, True)
add("distillation", {"mix": 1, "temperature": 3}, taught,
    lambda logits, teacher_logits: 9 * F.kl_div(
        log_softmax(logits, 3), log_softmax(teacher_logits, 3).detach(), reduction="batchmean",
        log_target=True), SOURCE, True)

# MARK: Independent decisions

SOURCE = TORCH + "nn.functional.binary_cross_entropy_with_logits"
binary = {"logits": LOGITS, "targets": SHARES}
hard = {"logits": LOGITS * 20, "targets": (SIGNS + 1) / 2}
for inputs in [binary, hard]:
    for reduction in ["mean", "sum", "none"]:
        add("binary-cross-entropy", {"reduction": reduction}, inputs,
            lambda logits, targets: F.binary_cross_entropy_with_logits(
                logits, targets, reduction=reduction), SOURCE, True)
add("binary-cross-entropy", {}, binary | {"pos_weight": CLASS_WEIGHTS},
    lambda logits, targets, pos_weight: F.binary_cross_entropy_with_logits(
        logits, targets, pos_weight=pos_weight.detach()), SOURCE, True, ["pos-weight"])
add("binary-cross-entropy", {"temperature": 0.5}, binary | {"class_weights": CLASS_WEIGHTS},
    lambda logits, targets, class_weights: F.binary_cross_entropy_with_logits(
        logits / 0.5, targets, class_weights.detach()), SOURCE, True, ["class-weights"])
add("binary-cross-entropy", {"label-smoothing": 0.2}, hard,
    lambda logits, targets: F.binary_cross_entropy_with_logits(logits, 0.8 * targets + 0.1),
    SOURCE + " of smoothed targets", True)

SOURCE = OPTAX + "losses.sigmoid_focal_loss"
decided = {"logits": LOGITS, "targets": (SIGNS + 1) / 2}
for alpha, gamma in [(0.25, 2), (0.9, 0.5), (0.5, 0)]:
    add("sigmoid-focal", {"alpha": alpha, "gamma": gamma}, decided,
        lambda logits, targets: from_jax(
            lambda x, y: optax.losses.sigmoid_focal_loss(x, y, alpha=alpha, gamma=gamma).mean(),
            logits, targets), SOURCE, without=["targets"])
add("sigmoid-focal", {"alpha": 0.3, "reduction": "none"}, binary,
    lambda logits, targets: from_jax(
        lambda x, y: optax.losses.sigmoid_focal_loss(x, y, alpha=0.3, gamma=2), logits, targets),
    SOURCE, without=["targets"])

# MARK: Scores and signs

signed = {"logits": LOGITS, "targets": SIGNS}
add("hinge", {"reduction": "none"}, signed,
    lambda logits, targets: from_jax(optax.losses.hinge_loss, logits, targets),
    OPTAX + "losses.hinge_loss", without=["targets"])
add("hinge", {}, signed,
    lambda logits, targets: from_jax(
        lambda x, y: optax.losses.hinge_loss(x, y).mean(), logits, targets),
    OPTAX + "losses.hinge_loss", without=["targets"])
for reduction in ["mean", "sum"]:
    add("squared-hinge", {"reduction": reduction}, signed,
        lambda logits, targets: from_jax(
            lambda x, y: getattr(optax.losses.hinge_loss(x, y) ** 2, reduction)(), logits, targets),
        OPTAX + "losses.hinge_loss, squared", without=["targets"])
add("hinge", {"margin": 0.3, "reduction": "sum"}, signed,
    lambda logits, targets: (0.3 - targets * logits).clamp(min=0).sum(), "the formula")

SOURCE = TORCH + "nn.functional.soft_margin_loss"
for reduction in ["mean", "sum", "none"]:
    add("logistic", {"reduction": reduction}, signed,
        lambda logits, targets: F.soft_margin_loss(logits, targets.detach(), reduction=reduction),
        SOURCE, True, ["targets"])
add("exponential", {}, signed, lambda logits, targets: (-targets * logits).exp().mean(),
    "the formula")

for power in [1, 2]:
    add("multiclass-hinge", {"rule": "weston-watkins", "power": power, "margin": 0.7}, labelled,
        lambda logits, labels: C * F.multi_margin_loss(logits, labels, p=power, margin=0.7),
        TORCH + "nn.functional.multi_margin_loss, times C", True)
    add("multiclass-hinge", {"rule": "weston-watkins", "power": power}, weighted,
        lambda logits, labels, class_weights: C * F.multi_margin_loss(
            logits, labels, p=power, weight=class_weights.detach()),
        TORCH + "nn.functional.multi_margin_loss, times C", True, ["class-weights"])
add("multiclass-hinge", {}, labelled,
    lambda logits, labels: from_jax(
        lambda x, y: optax.losses.multiclass_hinge_loss(x, y).mean(), logits, labels),
    OPTAX + "losses.multiclass_hinge_loss")
add("multiclass-hinge", {"power": 2, "reduction": "none"}, labelled,
    lambda logits, labels: from_jax(
        lambda x, y: optax.losses.multiclass_hinge_loss(x, y) ** 2, logits, labels),
    OPTAX + "losses.multiclass_hinge_loss, squared")

# MARK: Masks

masks = {"logits": normal(7, 3, 4, 2), "targets": normal(8, 3, 4, 2).sign().clamp(min=0)}
whole = {"rule": "per-batch", "smooth": keras.config.epsilon()}
add("dice", whole, masks,
    lambda logits, targets: keras.losses.dice(targets, logits.sigmoid()), KERAS + "losses.dice")
add("dice", {"smooth": keras.config.epsilon()}, masks,
    lambda logits, targets: keras.losses.dice(targets, logits.sigmoid(), axis=(1, 2)).mean(),
    KERAS + "losses.dice, axis=(1, 2)")
for alpha, beta in [(0.5, 0.5), (0.3, 0.7)]:
    add("tversky", whole | {"alpha": alpha, "beta": beta}, masks,
        lambda logits, targets: keras.losses.tversky(
            targets, logits.sigmoid(), alpha=beta, beta=alpha),
        KERAS + "losses.tversky, whose alpha is of false negatives")
soft = masks | {"targets": normal(9, 3, 4, 2).sigmoid().float().double()}


def v_net(logits, targets):
    p = logits.sigmoid().flatten(1)
    t = targets.flatten(1)
    return 1 - (2 * (p * t).sum(1) + 0.5) / ((p * p).sum(1) + (t * t).sum(1) + 0.5)


add("dice", {"denominator": "squares", "smooth": 0.5, "reduction": "none"}, soft, v_net,
    "V-Net's formula")
add("tversky", {"smooth": 1, "alpha": 0.2, "beta": 2, "reduction": "sum"}, soft,
    lambda logits, targets: (lambda p, t: (1 - ((p * t).sum(1) + 1) / (
        (p * t).sum(1) + 0.2 * (p * (1 - t)).sum(1) + 2 * ((1 - p) * t).sum(1) + 1)).sum())(
        logits.sigmoid().flatten(1), targets.flatten(1)), "the paper's formula")

write("logits", cases)
