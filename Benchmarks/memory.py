"""What trainings of 10,000 steps and more do to the memory of `margin train`: flat, or a leak.

    python3 Benchmarks/memory.py .build/release/margin --data FOLDER [--losses arcface,softmax+center]

FOLDER is that of Omniglot, whose 964 classes are enough for the kernels. Each loss trains a linear network for
42 epochs of 241 steps, with a judgement of the test set and a checkpoint after each. The memory is what the
system says is resident, sampled ten times a second: its median over the fourth tenth of the time, when every
part of the work has been done a few times, and over the ninth, before the judgement at the end.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("margin")
parser.add_argument("--data", required=True)
parser.add_argument("--losses")
parser.add_argument("--epochs", type=int, default=42)
parser.add_argument("--tolerance", type=float, default=8, help="megabytes that may come and go")
options = parser.parse_args()


def catalog():
    rows = json.loads(subprocess.run(
        [options.margin, "losses", "--json"], check=True, capture_output=True).stdout)
    for row in rows:
        if row["family"] == "proxy-head":
            yield row["name"]
        elif row["family"] == "features-and-labels":
            yield "softmax+" + row["name"]


def resident(process):
    try:
        for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass


def measure(loss, folder):
    process = subprocess.Popen(
        [options.margin, "train", "--dataset", "omniglot", "--data", options.data, "--network", "linear",
         "--features", "32", "--loss", loss, "--epochs", str(options.epochs), "--threads", "1",
         "--no-tensorboard", "--output", str(folder / loss)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    samples = []
    while process.poll() is None:
        if (folder / loss / "metrics.jsonl").exists() and not (folder / loss / "summary.json").exists():
            if (size := resident(process)):
                samples.append(size)
        time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"{loss}: {process.stderr.read()}")
    tenth = max(1, len(samples) // 10)
    early = statistics.median(samples[3 * tenth:4 * tenth])
    late = statistics.median(samples[8 * tenth:9 * tenth])
    return early, late, len(samples) / 10


losses = options.losses.split(",") if options.losses else list(catalog())
grown = []
print("| loss | fourth tenth MB | ninth tenth MB | seconds |\n|---|---|---|---|", flush=True)
with tempfile.TemporaryDirectory() as path:
    for loss in losses:
        early, late, seconds = measure(loss, pathlib.Path(path))
        print(f"| {loss} | {early:.0f} | {late:.0f} | {seconds:.0f} |", flush=True)
        if late - early > options.tolerance:
            grown.append(loss)
if grown:
    sys.exit("the memory grew with: " + ", ".join(grown))
