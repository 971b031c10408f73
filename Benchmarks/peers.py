"""The peers of `margin bench`: the same work in PyTorch and in the libraries that build on it.

    python Benchmarks/peers.py WORK IMPLEMENTATION INPUTS.safetensors

`margin bench --peers PYTHON` starts this, and asks on the standard input, a line at a time; see
`Sources/margin/Bench/BenchWorker.swift`. Each implementation is written as somebody would who cares for
its speed and memory: nothing is computed that is not needed, and no gradient is kept from before.
"""

import json
import math
import struct
import sys
import time

import numpy as np
import torch
from torch.nn import functional as F

SCALE, MARGIN = 64.0, 0.3


# MARK: Files


def read_safetensors(path):
    kinds = {"F32": np.float32, "F64": np.float64, "I64": np.int64}
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        begin = 8 + length
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        first, last = entry["data_offsets"]
        kind = np.dtype(kinds[entry["dtype"]])
        numbers = np.fromfile(
            path, kind, count=(last - first) // kind.itemsize, offset=begin + first
        )
        tensors[name] = torch.from_numpy(numbers.reshape(entry["shape"]))
    return tensors


def write_safetensors(path, tensors):
    header, place, blobs = {}, 0, []
    for name, tensor in tensors.items():
        blob = tensor.detach().contiguous().numpy().tobytes()
        kind = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}[tensor.dtype]
        header[name] = {
            "dtype": kind,
            "shape": list(tensor.shape),
            "data_offsets": [place, place + len(blob)],
        }
        place += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


# MARK: Proxy heads


def arcface(features, weights, labels):
    """ArcFace by labels, with as few passes over the scores as PyTorch allows."""
    scores = F.linear(F.normalize(features), F.normalize(weights))
    own = scores.gather(1, labels[:, None])
    sine = (1 - own * own).clamp_min(1e-9).sqrt()
    psi = own * math.cos(MARGIN) - sine * math.sin(MARGIN)
    psi = torch.where(own < -math.cos(MARGIN), own + math.cos(MARGIN) - 1, psi)
    scores = scores.scatter(1, labels[:, None], psi) * SCALE
    return F.cross_entropy(scores, labels)


class Head:
    def __init__(self, inputs, loss):
        self.features = inputs["features"].requires_grad_()
        self.proxies = inputs["weights"].requires_grad_()
        self.checked = inputs["checked"]
        self.loss = lambda: loss(self.features, self.proxies, inputs["labels"])

    def run(self):
        self.features.grad = self.proxies.grad = None
        value = self.loss()
        value.backward()
        self.value = value.detach()

    def outputs(self, by_proxies=lambda gradient: gradient):
        return {
            "loss": self.value.reshape(1),
            "features": self.features.grad,
            "weights": by_proxies(self.proxies.grad)[self.checked],
        }


class MetricLearningHead(Head):
    """pytorch-metric-learning's, which holds its proxies as columns."""

    def __init__(self, inputs):
        from pytorch_metric_learning.losses import ArcFaceLoss

        super().__init__(inputs, None)
        weights = self.proxies.requires_grad_(False)
        module = ArcFaceLoss(
            *weights.shape, margin=math.degrees(MARGIN), scale=SCALE
        )
        with torch.no_grad():
            module.W.copy_(weights.T)
        self.proxies = module.W
        self.loss = lambda: module(self.features, inputs["labels"])

    def outputs(self):
        return super().outputs(by_proxies=torch.Tensor.t)


# MARK: Triplets and neighbours


class MetricLearningTriplets:
    """pytorch-metric-learning's semi-hard triplets: a miner's list of tuples, and a loss of them."""

    def __init__(self, inputs):
        from pytorch_metric_learning import losses, miners

        self.features = inputs["features"].requires_grad_()
        self.labels = inputs["labels"]
        self.loss = losses.TripletMarginLoss(margin=0.2)
        self.miner = miners.TripletMarginMiner(margin=0.2, type_of_triplets="semihard")

    def run(self):
        self.features.grad = None
        value = self.loss(self.features, self.labels, self.miner(self.features, self.labels))
        value.backward()
        self.value = value.detach()

    def outputs(self):
        return {"loss": self.value.reshape(1), "features": self.features.grad}


class FlatIndex:
    """faiss's exact index; it finds each feature itself, so it is asked for one neighbour more."""

    def __init__(self, inputs, count):
        import faiss

        faiss.omp_set_num_threads(torch.get_num_threads())
        self.faiss, self.count = faiss, count
        self.features = inputs["features"].numpy()
        self.checked = inputs["checked"]

    def run(self):
        index = self.faiss.IndexFlatL2(self.features.shape[1])
        index.add(self.features)
        self.distances, _ = index.search(self.features, self.count + 1)

    def outputs(self):
        return {"distances": torch.from_numpy(self.distances[:, 1:])[self.checked]}


class PrincipalComponents:
    """As it comes: its own choice of solver, in the type of the features."""

    def __init__(self, inputs, count):
        from sklearn.decomposition import PCA

        self.features = inputs["features"].numpy()
        self.pca = PCA(n_components=count)

    def run(self):
        self.points = self.pca.fit_transform(self.features)

    def outputs(self):
        return {
            "variances": torch.from_numpy(self.pca.explained_variance_),
            "points": torch.from_numpy(self.points).abs(),
        }


WORKS = {
    ("arcface", "pytorch"): lambda inputs: Head(inputs, arcface),
    ("arcface", "pytorch-compiled"): lambda inputs: Head(inputs, torch.compile(arcface)),
    ("arcface", "pytorch-metric-learning"): MetricLearningHead,
    ("triplet, semi-hard", "pytorch-metric-learning"): MetricLearningTriplets,
    ("nearest 10", "faiss"): lambda inputs: FlatIndex(inputs, 10),
    ("PCA", "scikit-learn"): lambda inputs: PrincipalComponents(inputs, 3),
}


# MARK: The worker


def memory(key):
    for line in open("/proc/self/status"):
        if line.startswith(key):
            return int(line.split()[1]) // 1024
    return None


def main():
    work, implementation, path = sys.argv[1:]
    run = WORKS[work, implementation](read_safetensors(path))
    begin = None
    try:
        open("/proc/self/clear_refs", "w").write("5")
        begin = memory("VmRSS:")
    except OSError:
        pass
    print("ready", flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "run":
            start = time.perf_counter()
            run.run()
            print((time.perf_counter() - start) * 1e3, flush=True)
        elif words[0] == "products":
            print("-", flush=True)
        elif words[0] == "outputs":
            write_safetensors(words[1], run.outputs())
            print("done", flush=True)
        elif words[0] == "memory":
            print("-" if begin is None else f"{memory('VmHWM:')} {begin}", flush=True)


if __name__ == "__main__":
    main()
