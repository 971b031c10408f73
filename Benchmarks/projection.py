"""The t-SNE of `margin plot` against openTSNE's, in turns, on the same features and threads.

    .deps/peers/bin/python Benchmarks/projection.py .build/release/margin [--rounds 3] [--threads 2]

Times are of the projection alone: neighbours, affinities and steps of t-SNE, without reading and writing.
KL divergences are of the same affinities, with Z summed pair by pair.
"""

import argparse
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("margin")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()
for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]:
    os.environ[name] = str(options.threads)

import numpy as np
from openTSNE import TSNE, affinity
from scipy.spatial.distance import pdist
from sklearn.neighbors import NearestNeighbors


def features(count, dimension, classes=20):
    """Classes in a few directions each, bent by a ReLU: not as easy as round groups."""
    random = np.random.default_rng(dimension)
    labels = np.arange(count) % classes
    centers = random.normal(size=(classes, 32))
    spread = random.normal(size=(classes, 8, 32)) * 0.5
    inner = centers[labels] + np.einsum(
        "nk,nkd->nd", random.normal(size=(count, 8)), spread[labels]
    )
    outer = np.maximum(inner @ random.normal(size=(32, dimension)), 0)
    return outer.astype(np.float32), labels.astype(np.int64)


def write(path, tensors):
    header, place, blobs = {}, 0, []
    for name, (kind, array) in tensors.items():
        blob = array.tobytes()
        header[name] = {
            "dtype": kind, "shape": list(array.shape), "data_offsets": [place, place + len(blob)],
        }
        place += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read_points(path):
    blob = path.read_bytes()
    (length,) = struct.unpack("<Q", blob[:8])
    entry = json.loads(blob[8 : 8 + length])["points"]
    first, last = (8 + length + offset for offset in entry["data_offsets"])
    return np.frombuffer(blob[first:last], np.float32).reshape(entry["shape"]).astype(float)


def margin(folder, source, *arguments):
    figure = folder / "figure.svg"
    result = subprocess.run(
        [options.margin, "plot", source, "--threads", str(options.threads), "--json",
         "--output", figure, *arguments],
        check=True, capture_output=True,
    )
    return json.loads(result.stdout)["seconds"], read_points(figure.with_suffix(".safetensors"))


def timed(body):
    start = time.perf_counter()
    result = body()
    return time.perf_counter() - start, result


def neighbors(x, count=10):
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(x)
    return search.kneighbors(return_distance=False)


def report(work, name, times, *more):
    print(f"| {work} | {name} | {np.median(times):.3f} | {min(times):.3f} to {max(times):.3f} | "
          + " | ".join(more) + " |")


def run(folder):
    x, labels = features(10_000, 128)
    source = folder / "128.safetensors"
    write(source, {"features": ("F32", x), "labels": ("I64", labels)})
    P = affinity.PerplexityBasedNN(
        x, perplexity=30, method="exact", n_jobs=options.threads, random_state=0).P
    P = (P / P.sum()).tocoo()
    original = neighbors(x)

    def quality(points):
        total = 2 * (1 / (1 + pdist(points, "sqeuclidean"))).sum()
        squares = ((points[P.row] - points[P.col]) ** 2).sum(1)
        kept = [len(set(a) & set(b)) / 10 for a, b in zip(original, neighbors(points))]
        divergence = (P.data * np.log(P.data * total * (1 + squares))).sum()
        return f"{divergence:.4f}", f"{np.mean(kept):.4f}"

    own, peer = [], []
    for _ in range(options.rounds):
        seconds, points = margin(folder, source, "--method", "tsne")
        own.append(seconds)
        seconds, theirs = timed(
            lambda: np.asarray(TSNE(perplexity=30, n_jobs=options.threads, random_state=1).fit(x)))
        peer.append(seconds)
    report("t-SNE, 10000 × 128 to 2, 250 + 500 steps", "margin", own, *quality(points))
    report("", "openTSNE", peer, *quality(theirs))


print("| work | implementation | median s | range s | KL | 10 neighbours kept |\n|---|---|---|---|---|---|")
with tempfile.TemporaryDirectory() as path:
    run(pathlib.Path(path))
