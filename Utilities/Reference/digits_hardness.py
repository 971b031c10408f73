#!/usr/bin/env python3
"""Measures how hard the drawn digits are, beside MNIST at the same size.

    digits_hardness.py FOLDER [FOLDER ...] [--train 10000] [--test 2000] [--seeds 3] [--sheet PNG]

Each FOLDER holds the four IDX files of a set (gzip or not); `Dataset.writeIDX(to:)` writes them for
the drawn one. For each, three classifiers learn from the first --train pictures and are judged on
the first --test:

    1-NN      nearest neighbour under L2
    logistic  multinomial logistic regression on the pixels, L-BFGS, L2 penalty 1e-3
    CNN       LeNet-like, 8 epochs of AdamW with a cosine schedule, batch 64; mean of --seeds runs

--sheet also writes the first 200 training pictures of the last folder as one picture (needs Pillow).
Needs NumPy and PyTorch; runs on one thread.
"""
import argparse
import gzip
import pathlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)


def read_idx(folder, name):
    for path in (folder / name, folder / f"{name}.gz"):
        if path.exists():
            data = path.read_bytes()
            data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
            shape = np.frombuffer(data, ">i4", count=data[3], offset=4)
            return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)
    raise SystemExit(f"{folder}: {name} is missing")


def read_set(folder, train, test):
    parts = []
    for prefix, count in (("train", train), ("t10k", test)):
        images = read_idx(folder, f"{prefix}-images-idx3-ubyte")
        labels = read_idx(folder, f"{prefix}-labels-idx1-ubyte")
        if len(images) < count:
            raise SystemExit(f"{folder}: {len(images)} {prefix} pictures, {count} are needed")
        pixels = torch.tensor(images[:count], dtype=torch.float32) / 255
        parts += [pixels.flatten(1), torch.tensor(labels[:count].astype(np.int64))]
    return parts


def error(logits, labels):
    return 100 * (logits.argmax(1) != labels).float().mean().item()


def nearest_neighbour(x, y, tx, ty):
    predicted = torch.cat([y[torch.cdist(part, x).argmin(1)] for part in tx.split(500)])
    return 100 * (predicted != ty).float().mean().item()


def logistic(x, y, tx, ty):
    model = nn.Linear(x.shape[1], 10)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimiser = torch.optim.LBFGS(
        model.parameters(), max_iter=200, history_size=20, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        loss = F.cross_entropy(model(x), y) + 0.5e-3 * model.weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    with torch.no_grad():
        return error(model(tx), ty)


def cnn(x, y, tx, ty, seed, epochs=8, batch=64):
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 10))
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    steps = epochs * (len(x) // batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for start in range(0, len(x) - batch + 1, batch):
            index = order[start:start + batch]
            optimiser.zero_grad()
            F.cross_entropy(model(x[index]), y[index]).backward()
            optimiser.step()
            schedule.step()
    with torch.no_grad():
        return error(model(tx), ty)


def write_sheet(x, path, columns=20, rows=10):
    from PIL import Image
    pictures = x[:columns * rows].reshape(rows, columns, 28, 28).transpose(1, 2)
    sheet = (pictures.reshape(rows * 28, columns * 28) * 255).byte().numpy()
    Image.fromarray(sheet).resize((columns * 56, rows * 56), 0).save(path)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--train", type=int, default=10_000)
    parser.add_argument("--test", type=int, default=2_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sheet", type=pathlib.Path)
    arguments = parser.parse_args()

    print(f"test error in %, {arguments.train:,} training and {arguments.test:,} test pictures")
    print(f"{'1-NN':>8} {'logistic':>9} {'CNN (runs)':>24}  mean pixel  set")
    for folder in arguments.folders:
        data = read_set(folder, arguments.train, arguments.test)
        runs = [cnn(*data, seed) for seed in range(arguments.seeds)]
        print(f"{nearest_neighbour(*data):8.2f} {logistic(*data):9.2f} "
              f"{sum(runs) / len(runs):8.2f} ({', '.join(f'{r:.2f}' for r in runs)}) "
              f"{data[0].mean().item():10.3f}  {folder}", flush=True)
    if arguments.sheet:
        write_sheet(data[0], arguments.sheet)


if __name__ == "__main__":
    main()
