"""Golden values of the evaluation, by scikit-learn and SciPy.

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
    python Utilities/Reference/evaluation.py > Tests/EvaluationTests/Golden/evaluation.json

Inputs are in the file, so that the tests need nothing else.
"""

import json
import sys

import numpy as np
import scipy
import sklearn
from scipy import optimize, special, stats
from sklearn import calibration, metrics
from sklearn.neighbors import NearestNeighbors


def ranking(rng):
    is_positive = rng.random(300) < 0.3
    # Rounded, so that there are ties.
    scores = np.round(rng.normal(size=300) + 1.2 * is_positive, 1)
    precision, recall, thresholds = metrics.precision_recall_curve(is_positive, scores)
    fpr, tpr, cuts = metrics.roc_curve(is_positive, scores, drop_intermediate=False)
    return {
        "scores": scores.tolist(),
        "isPositive": is_positive.tolist(),
        "area": metrics.roc_auc_score(is_positive, scores),
        "averagePrecision": metrics.average_precision_score(is_positive, scores),
        "falseAcceptRates": fpr.tolist(),
        "trueAcceptRates": tpr.tolist(),
        # Falling thresholds, without scikit-learn's last point (precision 1 at recall 0).
        "precisions": precision[:-1][::-1].tolist(),
        "recalls": recall[:-1][::-1].tolist(),
    }


def nll(z, labels):
    return float(np.mean(special.logsumexp(z, axis=1) - z[np.arange(len(labels)), labels]))


def classification(rng, n, c):
    labels = rng.integers(0, c, n)
    logits = 2 * rng.normal(size=(n, c))
    logits[np.arange(n), labels] += 1.5
    logits = logits.astype(np.float32).astype(np.float64)
    p = special.softmax(logits, axis=1)
    predicted = p.argmax(axis=1)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(c), zero_division=np.nan
    )
    one_hot = np.eye(c)[labels]
    confidence, right = p.max(axis=1), predicted == labels
    accuracies, confidences = calibration.calibration_curve(right, confidence, n_bins=10)
    edges = np.linspace(0, 1, 11)
    counts = np.histogram(confidence, edges)[0]
    gaps = np.abs(accuracies - confidences)
    temperature = optimize.minimize_scalar(
        lambda b: nll(b * logits, labels), bounds=(0.01, 10), method="bounded",
        options={"xatol": 1e-12},
    )
    vector = optimize.minimize(
        lambda x: nll(x[:c] * logits + x[c:], labels), np.r_[np.ones(c), np.zeros(c)],
        method="BFGS", options={"gtol": 1e-9},
    )
    result = {
        "classCount": c,
        "logits": logits.reshape(-1).tolist(),
        "labels": labels.tolist(),
        "accuracy": metrics.accuracy_score(labels, predicted),
        "top2": metrics.top_k_accuracy_score(labels, p if c > 2 else p[:, 1], k=2)
        if c > 2 else 1.0,
        "balancedAccuracy": metrics.balanced_accuracy_score(labels, predicted),
        "macroF1": metrics.f1_score(labels, predicted, average="macro"),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "confusion": metrics.confusion_matrix(labels, predicted, labels=range(c))
        .reshape(-1).tolist(),
        "negativeLogLikelihood": metrics.log_loss(labels, p),
        "macroArea": metrics.roc_auc_score(labels, p, multi_class="ovr")
        if c > 2 else metrics.roc_auc_score(labels, p[:, 1]),
        "brier": float(np.mean(((p - one_hot) ** 2).sum(axis=1))),
        "binCounts": counts.tolist(),
        "binAccuracies": accuracies.tolist(),
        "binConfidences": confidences.tolist(),
        "calibrationError": float((counts[counts > 0] / n * gaps).sum()),
        "maximumCalibrationError": float(gaps.max()),
        "temperature": 1 / temperature.x,
        "temperatureLoss": temperature.fun,
        "vectorLoss": vector.fun,
    }
    if c == 2:
        score = logits[:, 1] - logits[:, 0]
        slope, offset = calibration._sigmoid_calibration(score, labels)
        # scikit-learn's is 1 / (1 + exp(a·s + b)).
        result["platt"] = [-float(slope), -float(offset)]
    return result


def retrieval(rng):
    labels = rng.integers(0, 7, 90)
    centers = rng.normal(size=(7, 6))
    x = (centers[labels] + 0.9 * rng.normal(size=(90, 6))).astype(np.float32)
    unit = x.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    order = NearestNeighbors(n_neighbors=90, metric="cosine", algorithm="brute").fit(unit)
    found = order.kneighbors(unit, return_distance=False)
    recalls = {k: [] for k in (1, 2, 4, 8)}
    r_precisions, maps = [], []
    for i in range(90):
        others = [j for j in found[i] if j != i]
        mates = np.array([labels[j] == labels[i] for j in others])
        r = mates.sum()
        if r == 0:
            continue
        for k in recalls:
            recalls[k].append(mates[:k].any())
        r_precisions.append(mates[:r].mean())
        precisions = np.cumsum(mates[:r]) / np.arange(1, r + 1)
        maps.append((precisions * mates[:r]).sum() / r)
    first, second = np.triu_indices(90, 1)
    cosines = (unit @ unit.T)[first, second]
    same = labels[first] == labels[second]
    return {
        "features": x.reshape(-1).tolist(),
        "labels": labels.tolist(),
        "recalls": {str(k): float(np.mean(v)) for k, v in recalls.items()},
        "rPrecision": float(np.mean(r_precisions)),
        "meanAveragePrecisionAtR": float(np.mean(maps)),
        "pairArea": metrics.roc_auc_score(same, cosines),
        "pairAreaEuclidean": metrics.roc_auc_score(
            same,
            -np.linalg.norm(x[first].astype(np.float64) - x[second], axis=1)),
        "pairAreaInnerProduct": metrics.roc_auc_score(
            same, (x.astype(np.float64) @ x.astype(np.float64).T)[first, second]),
    }


def uncertainty(rng):
    shares = [(0, 10), (10, 10), (98, 100), (3, 7), (5421, 10000), (1, 1)]
    exact = [
        list(stats.binomtest(k, n).proportion_ci(method="exact")) for k, n in shares
    ]
    mcnemar = [
        (b, c, stats.binomtest(b, b + c).pvalue if b + c else 1.0)
        for b, c in [(0, 0), (3, 9), (50, 30), (400, 480), (12, 12)]
    ]
    a, b = rng.normal(size=10), rng.normal(size=10) + 0.4
    clusters = rng.integers(0, 4, 100)
    classes = (clusters + (rng.random(100) < 0.3)) % 5
    return {
        "shares": [list(s) for s in shares],
        "exactIntervals": exact,
        "mcnemar": mcnemar,
        "first": a.tolist(),
        "second": b.tolist(),
        "pairedPValue": stats.ttest_rel(a, b).pvalue,
        "clusters": clusters.tolist(),
        "classes": classes.tolist(),
        "normalizedMutualInformation": metrics.normalized_mutual_info_score(classes, clusters),
    }


def main():
    rng = np.random.default_rng(7)
    json.dump(
        {
            "versions": {
                "numpy": np.__version__, "scipy": scipy.__version__, "sklearn": sklearn.__version__,
            },
            "ranking": ranking(rng),
            "classification": [classification(rng, 120, 5), classification(rng, 150, 2)],
            "retrieval": retrieval(rng),
            "uncertainty": uncertainty(rng),
        },
        sys.stdout, indent=1, allow_nan=False,
    )
    print()


if __name__ == "__main__":
    main()
