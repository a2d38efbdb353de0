"""What is left of the variance of logits where their arg-max still agrees in 95 of 100 samples, and of embeddings of
which nothing but the arg-max is left: the limit GateLimits.MIN_EXPLAINED_OF_UNDECIDED lies between the two.

    python3 tools/bench/gate_limit.py

The bundled classifiers are harmed in several ways, each just so strongly that the agreement falls to 0.95. Rows of the
embeddings of gate.py are replaced by their arg-max alone, in the size that explains most.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from gate_figures import explained
from gate_harm import Bench
from gate_models import CASES
from onnx import numpy_helper

RESOURCES = Path(__file__).resolve().parents[2] / "fixtures/src/main/resources/dev/partita/fixtures"
SAMPLES = 1000
AGREEMENT = 0.95

Harm = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


def noise(w: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    return w + 4 * strength * w.std() * rng.normal(0, 1, w.shape)


def pruned(w: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    return np.where(np.abs(w) < np.quantile(np.abs(w), strength), 0, w)


def units_dropped(w: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    return w * (rng.random(w.shape[1]) >= strength)


def rounded(w: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    step = 2 * strength * np.abs(w).max()
    return np.round(w / step) * step if step else w


def blocks(w: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    outputs, inputs = (np.arange(size) * 2 // size for size in w.shape)
    return np.where(outputs[:, None] == inputs, w, (1 - strength) * w)


HARMS: dict[str, Harm] = {
    "noise": noise,
    "weights pruned": pruned,
    "hidden units dropped": units_dropped,
    "weights rounded": rounded,
    "two blocks": blocks,
}


def logits(model: onnx.ModelProto, images: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: images})[0].astype(np.float64)


def harmed(model: onnx.ModelProto, harm: Harm, strength: float) -> onnx.ModelProto:
    edited = onnx.ModelProto()
    edited.CopyFrom(model)
    rng = np.random.default_rng(1)
    for tensor in edited.graph.initializer:
        if len(tensor.dims) == 2:
            weight = harm(numpy_helper.to_array(tensor), strength, rng)
            tensor.CopyFrom(numpy_helper.from_array(weight.astype(np.float32), tensor.name))
    return edited


def classifiers() -> None:
    print("| classifier | harm | agreement | explained |\n|---|---|---|---|")
    with np.load(RESOURCES / "data/fashion-validation.npz") as data:
        images = data["image"][:SAMPLES]
    for kind in ("mlp", "vgg"):
        packed = (RESOURCES / f"models/fashion-{kind}.onnx.gz").read_bytes()
        model = onnx.load_from_string(gzip.decompress(packed))
        original = logits(model, images)
        for name, harm in HARMS.items():
            low, high = 0.0, 1.0
            for _ in range(10):
                middle = (low + high) / 2
                answer = logits(harmed(model, harm, middle), images)
                agrees = (answer.argmax(1) == original.argmax(1)).mean() >= AGREEMENT
                low, high = (middle, high) if agrees else (low, middle)
            answer = logits(harmed(model, harm, low), images)
            agreement = (answer.argmax(1) == original.argmax(1)).mean()
            print(f"| {kind} | {name} | {agreement:.3f} | {explained(original, answer).min():.3f} |")


def embeddings() -> None:
    print("\n| embedding | explained by its arg-max |\n|---|---|")
    for name in CASES:
        if name.startswith(("embedding", "hidden states")):
            case = CASES[name](name)
            made = Bench(case).original[case.tasks[0].output]
            rows = made.reshape(-1, made.shape[-1]).astype(np.float64)
            only = np.eye(rows.shape[1])[rows.argmax(1)]
            # The best size of the one number that stays, and of all others, in each column.
            centered, fitted = rows - rows.mean(0), only - only.mean(0)
            slope = (centered * fitted).sum(0) / np.maximum(1e-12, (fitted**2).sum(0))
            print(f"| {name} | {explained(rows, rows.mean(0) + slope * fitted).mean():.3f} |")


if __name__ == "__main__":
    classifiers()
    embeddings()
