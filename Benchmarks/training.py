"""Training throughput in Margin and in PyTorch, one after the other on this machine.

Both train the same networks with softmax on the same data in batches of 128, with SGD, momentum and
weight decay, data pipeline included; in float32, and in bf16 with float32 weights (`--precision bf16`
against torch.autocast). The convolutional networks get 28×28 pictures; lstm gets texts of 5 to 36 words
of 10,000, padded to the longest of the batch. PyTorch runs eager and compiled with torch.compile, with
channels last and without, or texts first, steps first and packed, with the prefetching that costs it
least: the set is in memory and batches are gathered by one indexing operation.

    .deps/peers/bin/python Benchmarks/training.py [--networks lenet++ vgg16 lstm]
        [--precisions float32 bf16] [--rounds 3] [--steps 15] [--threads 2] [--json]

Prints the median samples per second of each, and the ratios of each round's pair. A step of lstm is
short: there are 20 times as many.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BATCH = 128
WARM_UP = 5
PEERS = {
    "pictures": ["eager", "eager channels-last", "compiled", "compiled channels-last"],
    "texts": ["eager", "eager steps-first", "eager packed", "compiled", "compiled steps-first"],
}
VOCABULARY, TEXT_LENGTHS, TEXT_CLASSES = 10_000, range(5, 37), 6


def kind_of_input(network):
    return "texts" if network == "lstm" else "pictures"


def step_count(network, steps):
    return 20 * steps if network == "lstm" else steps


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


def pytorch_text_model(kind):
    """The network lstm of Margin with 64 features, and the head of softmax."""
    import torch
    from torch import nn

    steps_first, is_packed = "steps-first" in kind, "packed" in kind

    class TextClassifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(VOCABULARY, 128, padding_idx=0)
            self.lstm = nn.LSTM(128, 64, batch_first=not steps_first)
            self.dropout = nn.Dropout(0.5)
            self.features = nn.Linear(64, 64)
            self.head = nn.Linear(64, TEXT_CLASSES)

        def forward(self, tokens, lengths):
            x = self.dropout(self.embedding(tokens.t() if steps_first else tokens))
            if is_packed:
                x = nn.utils.rnn.pack_padded_sequence(
                    x, lengths, batch_first=True, enforce_sorted=False
                )
                last = self.lstm(x)[1][0][-1]
            else:
                states = self.lstm(x)[0]
                rows = torch.arange(len(lengths))
                last = states[lengths - 1, rows] if steps_first else states[rows, lengths - 1]
            return self.head(self.features(self.dropout(last)))

    return TextClassifier()


def pytorch_batches(network, kind):
    """The model, and a function from indices of 60,000 samples to its arguments."""
    import torch

    if kind_of_input(network) == "texts":
        lengths = torch.randint(TEXT_LENGTHS.start, TEXT_LENGTHS.stop, (60_000,))
        texts = torch.randint(1, VOCABULARY, (60_000, TEXT_LENGTHS.stop - 1))
        texts[torch.arange(texts.shape[1]) >= lengths[:, None]] = 0

        def batch(chosen):
            return texts[chosen][:, : lengths[chosen].max()], lengths[chosen]

        return pytorch_text_model(kind), batch

    order_in_memory = (
        torch.channels_last if "channels-last" in kind else torch.contiguous_format
    )
    pictures = torch.randint(0, 256, (60_000, 1, 28, 28), dtype=torch.uint8)

    def batch(chosen):
        batch = (pictures[chosen].float() - 127.5) / 128
        return (batch.contiguous(memory_format=order_in_memory),)

    return pytorch_model(network).to(memory_format=order_in_memory), batch


def train_pytorch(network, precision, kind, steps, threads):
    """Samples per second of the same loop in PyTorch."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model, batch = pytorch_batches(network, kind)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.001, momentum=0.9, weight_decay=5e-4, fused=True
    )
    is_texts = kind_of_input(network) == "texts"
    labels = torch.randint(0, TEXT_CLASSES if is_texts else 10, (60_000,))
    # Batches of texts differ in their longest.
    forward = torch.compile(model, dynamic=is_texts) if "compiled" in kind else model
    order = torch.randperm(60_000)
    began = 0.0
    for step in range(WARM_UP + steps):
        if step == WARM_UP:
            began = time.perf_counter()
        chosen = order[step * BATCH : (step + 1) * BATCH]
        arguments = batch(chosen)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
            logits = forward(*arguments)
        loss = torch.nn.functional.cross_entropy(logits.float(), labels[chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()
    return steps * BATCH / (time.perf_counter() - began)


def write_texts(folder, count):
    """Files of TREC's form with texts drawn as those of PyTorch: a class, then words."""
    draw = random.Random(1)
    classes = ["ABBR:exp", "DESC:def", "ENTY:food", "HUM:ind", "LOC:city", "NUM:date"]
    for name, lines in [("train_5500.label", count), ("TREC_10.label", 10)]:
        with open(f"{folder}/{name}", "w") as file:
            for _ in range(lines):
                words = draw.choices(range(1, VOCABULARY), k=draw.choice(TEXT_LENGTHS))
                file.write(f"{draw.choice(classes)} {' '.join(f'w{word}' for word in words)}\n")


def train_margin(network, precision, steps, threads):
    """Samples per second of `margin train`, from its own metrics."""
    # One step more: the line of the last one includes the test.
    samples = (WARM_UP + steps + 1) * BATCH
    with tempfile.TemporaryDirectory() as folder:
        command = [
            ROOT / ".build/release/margin", "train", "--network", network, "--loss", "softmax",
            "--precision", precision, "--optimizer", "sgd", "--learning-rate", 0.001,
            "--train-count", samples, "--test-count", 10, "--epochs", 1, "--batch-size", BATCH,
            "--threads", threads, "--output", f"{folder}/run",
        ]
        if kind_of_input(network) == "texts":
            write_texts(folder, samples)
            command += ["--dataset", "trec", "--data", folder, "--features", 64]
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
    peers = PEERS[kind_of_input(network)]
    steps = step_count(network, steps)
    rates = {"margin": [], **{kind: [] for kind in peers}}
    for _ in range(rounds):
        rates["margin"].append(train_margin(network, precision, steps, threads))
        for kind in peers:
            rates[kind].append(train_in_new_process(network, precision, kind, steps, threads))
        print(
            network, precision, {name: round(values[-1], 1) for name, values in rates.items()},
            file=sys.stderr, flush=True,
        )
    best = max(peers, key=lambda kind: statistics.median(rates[kind]))
    results = []
    for name, values in rates.items():
        ratios = [ours / theirs for ours, theirs in zip(rates["margin"], values)]
        results.append({
            "network": network, "precision": precision,
            "implementation": name if name == "margin" else f"PyTorch {name}",
            "samplesPerSecond": statistics.median(values), "isBestPeer": name == best,
            "ratio": statistics.median(ratios), "ratioRange": [min(ratios), max(ratios)],
        })
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--networks", nargs="+", default=["lenet++", "vgg16", "lstm"])
    parser.add_argument("--precisions", nargs="+", default=["float32", "bf16"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pytorch", choices=sorted(set(sum(PEERS.values(), []))), help=argparse.SUPPRESS)
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
            f"{result['samplesPerSecond']:6.0f} samples/s   margin is {result['ratio']:.2f} × "
            f"({result['ratioRange'][0]:.2f} to {result['ratioRange'][1]:.2f})"
            + ("   best" if result["isBestPeer"] else "")
        )


if __name__ == "__main__":
    main()
