"""Training throughput in Margin and in PyTorch, one after the other on this machine.

Both train the same networks with softmax on the same 28×28 pictures in batches of 128, with SGD,
momentum and weight decay, data pipeline included; in float32, and in bf16 with float32 weights
(`--precision bf16` against torch.autocast). PyTorch runs eager and compiled with torch.compile, with
channels last and without, with the prefetching that costs it least: the set is in memory and batches
are gathered by one indexing operation.

    .deps/peers/bin/python Benchmarks/training.py [--networks lenet++ vgg16]
        [--precisions float32 bf16] [--rounds 3] [--steps 15] [--threads 2] [--json]

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
PEERS = ["eager", "eager channels-last", "compiled", "compiled channels-last"]


def pytorch_model(network):
    """The network of that name in Margin, with two features and the head of softmax."""
    from torch import nn

    layers, channels = [], 1
    if network == "lenet++":
        for block, outputs in enumerate([32, 64, 128]):
            for _ in range(2):
                layers += [nn.Conv2d(channels, outputs, 5, padding=2), nn.PReLU(outputs)]
                channels = outputs
            layers.append(nn.MaxPool2d(2 if block < 2 else 3, 2))
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(1152, 2), nn.Linear(2, 10))
    layers = [nn.ReplicationPad2d(2)]
    for count, outputs in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]:
        for _ in range(count):
            layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.ReLU(inplace=True)]
            channels = outputs
        layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(
        *layers, nn.Flatten(), nn.Linear(512, 512), nn.ReLU(inplace=True), nn.Linear(512, 2),
        nn.Linear(2, 10),
    )


def train_pytorch(network, precision, kind, steps, threads):
    """Pictures per second of the same loop in PyTorch."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    order_in_memory = (
        torch.channels_last if "channels-last" in kind else torch.contiguous_format
    )
    model = pytorch_model(network).to(memory_format=order_in_memory)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.001, momentum=0.9, weight_decay=5e-4, fused=True
    )
    pictures = torch.randint(0, 256, (60_000, 1, 28, 28), dtype=torch.uint8)
    labels = torch.randint(0, 10, (60_000,))
    forward = torch.compile(model) if "compiled" in kind else model
    order = torch.randperm(len(pictures))
    began = 0.0
    for step in range(WARM_UP + steps):
        if step == WARM_UP:
            began = time.perf_counter()
        chosen = order[step * BATCH : (step + 1) * BATCH]
        batch = ((pictures[chosen].float() - 127.5) / 128).contiguous(
            memory_format=order_in_memory
        )
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
            logits = forward(batch)
        loss = torch.nn.functional.cross_entropy(logits.float(), labels[chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()
    return steps * BATCH / (time.perf_counter() - began)


def train_margin(network, precision, steps, threads):
    """Pictures per second of `margin train`, from its own metrics."""
    # One step more: the line of the last one includes the test.
    pictures = (WARM_UP + steps + 1) * BATCH
    with tempfile.TemporaryDirectory() as folder:
        command = [
            ROOT / ".build/release/margin", "train", "--network", network, "--loss", "softmax",
            "--precision", precision, "--optimizer", "sgd", "--learning-rate", 0.001,
            "--train-count", pictures, "--test-count", 10, "--epochs", 1, "--batch-size", BATCH,
            "--threads", threads, "--output", f"{folder}/run",
        ]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
        lines = [json.loads(line) for line in open(f"{folder}/run/metrics.jsonl")]
    first = next(line for line in lines if line["step"] >= WARM_UP)
    last = lines[-2]
    return (last["step"] - first["step"]) * BATCH / (last["seconds"] - first["seconds"])


def train_in_new_process(network, precision, kind, steps, threads):
    command = [
        sys.executable, __file__, "--networks", network, "--precisions", precision,
        "--pytorch", kind, "--steps", str(steps), "--threads", str(threads),
    ]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(output.split()[-1])


def compare(network, precision, rounds, steps, threads):
    """The rates of Margin and each way of PyTorch in every round, and their ratios."""
    rates = {"margin": [], **{kind: [] for kind in PEERS}}
    for _ in range(rounds):
        rates["margin"].append(train_margin(network, precision, steps, threads))
        for kind in PEERS:
            rates[kind].append(train_in_new_process(network, precision, kind, steps, threads))
        print(
            network, precision, {name: round(values[-1], 1) for name, values in rates.items()},
            file=sys.stderr, flush=True,
        )
    best = max(PEERS, key=lambda kind: statistics.median(rates[kind]))
    results = []
    for name, values in rates.items():
        ratios = [ours / theirs for ours, theirs in zip(rates["margin"], values)]
        results.append({
            "network": network, "precision": precision,
            "implementation": name if name == "margin" else f"PyTorch {name}",
            "picturesPerSecond": statistics.median(values), "isBestPeer": name == best,
            "ratio": statistics.median(ratios), "ratioRange": [min(ratios), max(ratios)],
        })
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--networks", nargs="+", default=["lenet++", "vgg16"])
    parser.add_argument("--precisions", nargs="+", default=["float32", "bf16"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pytorch", choices=PEERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.pytorch:
        print(
            train_pytorch(
                arguments.networks[0], arguments.precisions[0], arguments.pytorch,
                arguments.steps, arguments.threads,
            )
        )
        return

    results = [
        result
        for network in arguments.networks
        for precision in arguments.precisions
        for result in compare(
            network, precision, arguments.rounds, arguments.steps, arguments.threads
        )
    ]
    if arguments.json:
        print(json.dumps(results, indent=2))
        return
    print(f"batch {BATCH}, {arguments.threads} threads")
    for result in results:
        print(
            f"{result['network']:8} {result['precision']:8} {result['implementation']:30} "
            f"{result['picturesPerSecond']:6.0f} pictures/s   margin is {result['ratio']:.2f} × "
            f"({result['ratioRange'][0]:.2f} to {result['ratioRange'][1]:.2f})"
            + ("   best" if result["isBestPeer"] else "")
        )


if __name__ == "__main__":
    main()
