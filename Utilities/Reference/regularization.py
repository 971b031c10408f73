"""Golden values of the regularizers, from Keras and from scikit-learn's formula. See golden.py."""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras

from golden import case, normal, write

keras.config.set_floatx("float64")

KERAS = "keras 3.15.1 keras.regularizers."

parameters = {
    "parameters.network.conv1.weight": normal(1, 3, 2, 3, 3),
    "parameters.network.conv1.bias": normal(2, 3),
    "parameters.network.ip1.weight": normal(3, 4, 3),
    "parameters.head.weights": normal(4, 5, 4),
}
WEIGHTS = {n: 1 for n in parameters if not n.endswith("bias")}


def chosen(penalty, factors):
    """Σ_k f_k · penalty(θ_k); the others have no part in it."""
    return lambda **tensors: sum(factors[n] * penalty(t) for n, t in tensors.items() if n in factors)


def elastic_net(alpha, l1_ratio):
    """scikit-learn 1.9.1, ElasticNet: the penalty of its objective."""
    return lambda w: alpha * l1_ratio * w.abs().sum() + 0.5 * alpha * (1 - l1_ratio) * (w**2).sum()


conv, ip, head, bias = (
    f"parameters.{n}"
    for n in ["network.conv1.weight", "network.ip1.weight", "head.weights", "network.conv1.bias"]
)
cases = [
    case("l1-regularization", settings, parameters, chosen(keras.regularizers.L1(l1), f), KERAS + "L1")
    for settings, l1, f in [
        ({}, 1, WEIGHTS),
        ({"weight": 0.02, "on": "all"}, 0.02, WEIGHTS | {bias: 1}),
        ({"on": "network.*=0.1/head.weights=3"}, 1, {conv: 0.1, bias: 0.1, ip: 0.1, head: 3}),
    ]
] + [
    case("l2-regularization", settings, parameters, chosen(keras.regularizers.L2(l2), f), KERAS + "L2")
    for settings, l2, f in [
        ({}, 1, WEIGHTS),
        ({"weight": 0.01, "rule": "half-square"}, 0.005, WEIGHTS),
        ({"on": "head.*=0/weights=0.5"}, 0.5, {conv: 1, ip: 1}),
    ]
]
cases += [
    case("elastic-net", settings, parameters, chosen(penalty, WEIGHTS), source)
    for settings, penalty, source in [
        ({}, elastic_net(1, 0.5), "scikit-learn 1.9.1 ElasticNet's objective, in float64"),
        (
            {"weight": 0.3, "alpha": 0.2},
            elastic_net(0.3, 0.2),
            "scikit-learn 1.9.1 ElasticNet's objective, in float64",
        ),
        (
            {"weight": 0.3, "alpha": 0.2, "rule": "square"},
            keras.regularizers.L1L2(l1=0.06, l2=0.24),
            KERAS + "L1L2",
        ),
    ]
]
write("regularization", cases)
