"""Golden values of the regression losses, from PyTorch and, where it has none, from the papers'
formulas in float64. Keras, optax and scikit-learn are asked whether they agree. See golden.py; besides:

    python3 -m pip install scikit-learn==1.9.1
"""

import math
import os

os.environ["KERAS_BACKEND"] = "torch"
os.environ["JAX_ENABLE_X64"] = "1"

import jax.numpy
import keras
import numpy
import optax
import sklearn.metrics
import torch
import torch.nn.functional as F

from golden import case, normal, write

TORCH = "torch 2.13.0 torch.nn.functional."


def inputs(seed, *shape):
    return {"predictions": normal(seed, *shape) * 2, "targets": normal(seed + 1, *shape)}


def agree(a, b):
    assert numpy.allclose(float(a), float(b), rtol=1e-6), (a, b)


def log_cosh(predictions, targets):
    error = predictions - targets
    return (torch.logaddexp(error, -error) - math.log(2)).mean()


def pinball(predictions, targets, quantile):
    error = targets - predictions
    return torch.maximum(quantile * error, (quantile - 1) * error)


def charbonnier(predictions, targets, epsilon=1e-3, reduction="mean"):
    losses = torch.sqrt((predictions - targets) ** 2 + epsilon**2)
    return losses.mean() if reduction == "mean" else losses


def perceptual(predictions, targets, kernels, layers, weights, rule="squared", reduction="mean"):
    """Johnson et al. 2016, equation 2, on a chain of convolutions with ReLU."""
    loss = 0
    for layer, kernel in enumerate(kernels, start=1):
        predictions, targets = (
            F.relu(F.conv2d(x, kernel.detach(), padding="same")) for x in (predictions, targets)
        )
        if layer in layers:
            _, channels, height, width = predictions.shape
            difference = predictions - targets
            distance = difference**2 if rule == "squared" else difference.abs()
            norm = distance.sum(dim=(1, 2, 3)) / (channels * height * width)
            loss = loss + weights[layers.index(layer)] * norm
    return loss.mean() if reduction == "mean" else loss


cases = []
for reduction in ["mean", "sum", "none"]:
    for name, settings, function, options in [
        ("l1", {}, F.l1_loss, {}),
        ("l2", {}, F.mse_loss, {}),
        ("smooth-l1", {}, F.smooth_l1_loss, {}),
        ("smooth-l1", {"beta": 0.3}, F.smooth_l1_loss, {"beta": 0.3}),
        ("smooth-l1", {"beta": 0}, F.smooth_l1_loss, {"beta": 0}),
        ("huber", {}, F.huber_loss, {}),
        ("huber", {"delta": 2.5}, F.huber_loss, {"delta": 2.5}),
    ]:
        cases.append(
            case(
                name,
                settings | {"reduction": reduction},
                inputs(1, 6, 4),
                lambda predictions, targets, function=function, options=options: function(
                    predictions, targets, reduction=reduction, **options
                ),
                TORCH + function.__name__,
                has_float32=True,
            )
        )

cases.append(
    case(
        "l2",
        {"rule": "half-square"},
        inputs(3, 2, 3, 4),
        lambda predictions, targets: F.mse_loss(predictions, targets) / 2,
        TORCH + "mse_loss / 2 (as optax 0.2.8 l2_loss)",
    )
)
known = inputs(3, 2, 3, 4)
agree(
    cases[-1]["value"][0],
    optax.l2_loss(*(jax.numpy.array(x.numpy()) for x in known.values())).mean(),
)

for size in [1e-4, 1, 50]:
    known = {n: x * size for n, x in inputs(5, 6, 4).items()}
    cases.append(
        case(
            "log-cosh",
            {},
            known,
            log_cosh,
            "optax 0.2.8 log_cosh's formula, in float64 (as keras 3.15.1 LogCosh in float32)",
        )
    )
    arrays = (jax.numpy.array(x.numpy()) for x in known.values())
    agree(cases[-1]["value"][0], optax.log_cosh(*arrays).mean())
    if size >= 1:  # Below, the roundings of Keras's float32 are as large as the loss.
        keras_loss = keras.losses.LogCosh()(known["targets"], known["predictions"])
        agree(cases[-1]["value"][0], keras_loss)

for quantile in [0.1, 0.5, 0.95]:
    known = inputs(7, 10)
    cases.append(
        case(
            "quantile",
            {"quantile": quantile},
            known,
            lambda predictions, targets: pinball(predictions, targets, quantile).mean(),
            "Koenker and Bassett 1978, in float64 (as scikit-learn 1.9.1 mean_pinball_loss)",
        )
    )
    agree(
        cases[-1]["value"][0],
        sklearn.metrics.mean_pinball_loss(
            known["targets"], known["predictions"], alpha=quantile
        ),
    )

for settings in [{}, {"epsilon": 0.5}, {"epsilon": 1e-6, "reduction": "none"}]:
    cases.append(
        case(
            "charbonnier",
            settings,
            inputs(9, 2, 3, 2),
            lambda predictions, targets: charbonnier(predictions, targets, **settings),
            "Lai et al. 2017, in float64",
        )
    )

pictures = inputs(11, 3, 2, 5, 4) | {
    "kernels.1": normal(13, 3, 2, 3, 3) / 3,
    "kernels.2": normal(14, 4, 3, 3, 3) / 3,
    "kernels.10": normal(15, 2, 4, 1, 3) / 2,
}
for settings, layers, weights, options in [
    ({}, [1, 2, 3], [1, 1, 1], {}),
    ({"layers": "1/3", "layer-weights": "0.5/2"}, [1, 3], [0.5, 2], {}),
    ({"layers": "2", "reduction": "none"}, [2], [1], {"reduction": "none"}),
    ({"rule": "absolute", "layer-weights": "3"}, [1, 2, 3], [3, 3, 3], {"rule": "absolute"}),
]:
    cases.append(
        case(
            "perceptual",
            settings,
            pictures,
            lambda predictions, targets, **kernels: perceptual(
                predictions, targets, kernels.values(), layers, weights, **options
            ),
            "Johnson et al. 2016, on torch 2.13.0 conv2d in float64",
        )
    )

write("regression", cases)
