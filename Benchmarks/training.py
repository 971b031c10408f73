"""Training throughput of LeNet++ in Margin and in PyTorch, one after the other on this machine.

Both train the same network with softmax on the same 28×28 pictures in batches of 128, with SGD,
momentum and weight decay, data pipeline included. PyTorch runs in its faster memory format
(channels last), eager and compiled with torch.compile, with the prefetching that costs it least:
the set is in memory and batches are gathered by one indexing operation.

    .deps/peers/bin/python Benchmarks/training.py [--rounds 5] [--steps 40] [--threads 2]

Prints the median pictures per second of each, and the ratios of each round's pair.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BATCH = 128
WARM_UP = 5


def train_pytorch(steps, threads, compiled):
    """Pictures per second of the same loop in PyTorch."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    layers, channels = [], 1
    for block, outputs in enumerate([32, 64, 128]):
        for _ in range(2):
            layers += [nn.Conv2d(channels, outputs, 5, padding=2), nn.PReLU(outputs)]
            channels = outputs
        layers.append(nn.MaxPool2d(2 if block < 2 else 3, 2))
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(1152, 2), nn.Linear(2, 10))
    model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.001, momentum=0.9, weight_decay=5e-4, fused=True
    )
    pictures = torch.randint(0, 256, (60_000, 1, 28, 28), dtype=torch.uint8)
    labels = torch.randint(0, 10, (60_000,))
    forward = torch.compile(model) if compiled else model
    order = torch.randperm(len(pictures))
    began = 0.0
    for step in range(WARM_UP + steps):
        if step == WARM_UP:
            began = time.perf_counter()
        chosen = order[step * BATCH : (step + 1) * BATCH]
        batch = ((pictures[chosen].float() - 127.5) / 128).contiguous(
            memory_format=torch.channels_last
        )
        loss = nn.functional.cross_entropy(forward(batch), labels[chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()
    return steps * BATCH / (time.perf_counter() - began)


def train_margin(steps, threads):
    """Pictures per second of `margin train`, from its own metrics, and seconds to the first step."""
    pictures = (WARM_UP + steps) * BATCH
    with tempfile.TemporaryDirectory() as folder:
        command = [
            ROOT / ".build/release/margin", "train", "--network", "lenet++", "--loss", "softmax",
            "--train-count", pictures, "--test-count", 10, "--epochs", 1, "--batch-size", BATCH,
            "--learning-rate", 0.001, "--threads", threads, "--output", f"{folder}/run",
        ]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
        lines = [json.loads(line) for line in open(f"{folder}/run/metrics.jsonl")]
    first = next(line for line in lines if line["step"] >= WARM_UP)
    last = lines[-1]
    return (last["step"] - first["step"]) * BATCH / (last["seconds"] - first["seconds"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--pytorch", choices=["eager", "compiled"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.pytorch:
        print(train_pytorch(arguments.steps, arguments.threads, arguments.pytorch == "compiled"))
        return

    import torch

    rates = {"margin": [], "PyTorch eager": [], "PyTorch compiled": []}
    for _ in range(arguments.rounds):
        rates["margin"].append(train_margin(arguments.steps, arguments.threads))
        for kind in ["eager", "compiled"]:
            command = [
                sys.executable, __file__, "--pytorch", kind, "--steps", str(arguments.steps),
                "--threads", str(arguments.threads),
            ]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            rates[f"PyTorch {kind}"].append(float(output.split()[-1]))
        print({name: round(values[-1]) for name, values in rates.items()}, flush=True)

    print(f"\nLeNet++, batch {BATCH}, {arguments.threads} threads, libtorch {torch.__version__}")
    for name, values in rates.items():
        ratios = [ours / theirs for ours, theirs in zip(rates["margin"], values)]
        print(
            f"{name:17} {statistics.median(values):6.0f} pictures/s   "
            f"margin is {statistics.median(ratios):.2f} × "
            f"({min(ratios):.2f} to {max(ratios):.2f})"
        )


if __name__ == "__main__":
    main()
