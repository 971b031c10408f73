"""What the scripts of this folder share: they compute golden values with other programs and write them
to Tests/LossesTests/Golden, where GoldenTests.swift holds Margin against them.

    python3 -m pip install torch==2.13.0 numpy==2.4.6 scipy==1.17.1 pytorch-metric-learning==2.9.0 \
        optax==0.2.8 keras==3.15.1
    python3 Utilities/Reference/<family>.py
"""

import json
import pathlib

import torch

FOLDER = pathlib.Path(__file__).parents[2] / "Tests" / "LossesTests" / "Golden"


def case(loss, settings, inputs, function, source, has_float32=False):
    """A case: `function` gets the inputs by name (underscores for dashes) as torch tensors and gives
    the loss as a torch tensor; gradients are those of its sum. With has_float32 the function is that
    of the other program itself, and its float32 error is recorded as well: the largest at these
    inputs and at eight neighbours of theirs, since at one input alone rounding is a matter of luck."""

    def run(dtype, inputs=inputs):
        leaves = {}
        for name, tensor in inputs.items():
            t = tensor.detach().clone()
            leaves[name] = t.to(dtype).requires_grad_() if t.is_floating_point() else t
        value = function(**{n.replace("-", "_"): t for n, t in leaves.items()})
        if value.requires_grad:
            value.sum().backward()
        gradients = {
            n: (t.grad if t.grad is not None else torch.zeros_like(t)).double().flatten()
            for n, t in leaves.items()
            if t.is_floating_point()
        }
        return value.detach().double().flatten(), gradients

    value, gradients = run(torch.float64)
    result = {
        "loss": loss,
        "settings": {k: str(v) for k, v in settings.items()},
        "inputs": {
            n: {
                "shape": list(t.shape),
                "dtype": "float64" if t.is_floating_point() else "int64",
                "values": t.flatten().tolist(),
            }
            for n, t in inputs.items()
        },
        "value": value.tolist(),
        "gradients": {n: g.tolist() for n, g in gradients.items()},
        "source": source,
    }
    if has_float32:
        errors = []
        for neighbour in [inputs] + [moved(inputs, seed) for seed in range(8)]:
            high, low = run(torch.float64, neighbour), run(torch.float32, neighbour)
            errors.append((low[0] - high[0]).abs().max())
            errors += [(low[1][n] - g).abs().max() for n, g in high[1].items() if g.numel()]
        result["float32Error"] = float(max(errors))
    return result


def moved(inputs, seed):
    """Every number moved by a millionth of itself or less, to one that float32 can hold."""
    generator = torch.Generator().manual_seed(seed)

    def move(t):
        shift = 2e-6 * torch.rand(t.shape, generator=generator).double() - 1e-6
        return (t * (1 + shift)).float().double()

    return {n: move(t) if t.is_floating_point() else t for n, t in inputs.items()}


def normal(seed, *shape):
    """Fixed random numbers that float32 can hold, so that both types see the same input."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator).double()


def write(family, cases):
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{family}.json"
    path.write_text("[\n" + ",\n".join(json.dumps(c, sort_keys=True) for c in cases) + "\n]\n")
    print(f"{path.name}: {len(cases)} cases")
