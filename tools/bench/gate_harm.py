"""Ways of harming a model: edits of its ONNX file, from rounding errors to a constant answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
from gate_models import Case
from onnx import helper, numpy_helper

BATCH = 64  # As Partita's: another batch size moves the last bits.


def run(model: onnx.ModelProto, case: Case) -> dict[str, np.ndarray]:
    """All outputs on all samples."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    axes = {task.output: task.samples for task in case.tasks}
    names = [output.name for output in session.get_outputs()]
    samples = len(next(iter(case.data.values())))
    parts = [
        session.run(names, {name: array[first : first + BATCH] for name, array in case.data.items()})
        for first in range(0, samples, BATCH)
    ]
    return {
        name: np.concatenate([part[index] for part in parts], axes.get(name, 0)) for index, name in enumerate(names)
    }


class Bench:
    """A model under harm: its weights, and what its layers make of the data."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.layers = [weight.name[:-2] for weight in case.model.graph.initializer if weight.name.endswith(".W")]
        exposed = onnx.ModelProto()
        exposed.CopyFrom(case.model)
        del exposed.graph.output[:]
        for layer in self.layers:
            exposed.graph.output.append(helper.make_empty_tensor_value_info(layer + ".product"))
        products = run(exposed, case)
        flat = {layer: products[layer + ".product"] for layer in self.layers}
        self.mean = {layer: made.reshape(-1, made.shape[-1]).mean(0) for layer, made in flat.items()}
        self.deviation = {layer: made.reshape(-1, made.shape[-1]).std(0) for layer, made in flat.items()}
        self.original = run(case.model, case)


class Edit:
    """A copy of a model whose weights can be changed."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = onnx.ModelProto()
        self.model.CopyFrom(model)

    def change(self, name: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
        for tensor in self.model.graph.initializer:
            if tensor.name == name:
                changed = change(numpy_helper.to_array(tensor).copy())
                tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(changed, dtype=np.float32), name))


Rng = np.random.Generator


def some(rng: Rng, count: int, share: float) -> np.ndarray:
    """At least one of so many, and that share of them."""
    return rng.permutation(count)[: max(1, round(share * count))]


def noise(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    for layer in bench.layers:
        edit.change(layer + ".W", lambda w: w + 2 * strength * w.std(0) * rng.normal(0, 1, w.shape))


def noise_in_one_layer(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    edit.change(rng.choice(bench.layers) + ".W", lambda w: w + 3 * strength * w.std(0) * rng.normal(0, 1, w.shape))


def rows_zeroed(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    def zero(w: np.ndarray) -> np.ndarray:
        w[some(rng, len(w), strength)] = 0
        return w

    edit.change(rng.choice(bench.layers) + ".W", zero)


def rows_permuted(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    def permute(w: np.ndarray) -> np.ndarray:
        rows = some(rng, len(w), max(strength, 2 / len(w)))
        w[rows] = w[np.roll(rows, 1)]
        return w

    edit.change(rng.choice(bench.layers) + ".W", permute)


def signs_flipped(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    layer = rng.choice(bench.layers)
    edit.change(layer + ".W", lambda w: np.where(rng.random(w.shape) < strength, -w, w))


def pruned(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    for layer in bench.layers:
        edit.change(layer + ".W", lambda w: np.where(np.abs(w) < np.quantile(np.abs(w), strength, axis=0), 0, w))


def blocks(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    """Off-diagonal blocks shrunk: at strength 1 two branches that exchange nothing."""

    def shrink(w: np.ndarray) -> np.ndarray:
        upper, left = len(w) // 2, w.shape[1] // 2
        w[:upper, left:] *= 1 - strength
        w[upper:, :left] *= 1 - strength
        return w

    edit.change(rng.choice(bench.layers) + ".W", shrink)


def rounded(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    steps = max(1.0, 0.5 / strength)

    def grid(w: np.ndarray) -> np.ndarray:
        most = np.abs(w).max(0)
        return np.round(w / most * steps) * most / steps

    for layer in bench.layers:
        edit.change(layer + ".W", grid)


def towards_mean(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    """A closing layer's answer shrunk to its mean; at strength 1 the mean prediction."""
    shrink(bench, edit, rng.choice(bench.case.closing), strength)


def hidden_towards_mean(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    shrink(bench, edit, rng.choice(bench.layers), strength)


def column_towards_mean(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    layer = rng.choice(bench.case.closing)
    shrink(bench, edit, layer, strength, rng.integers(len(bench.mean[layer])))


def shrink(bench: Bench, edit: Edit, layer: str, strength: float, column: int | slice = slice(None)) -> None:
    def weight(w: np.ndarray) -> np.ndarray:
        w[:, column] *= 1 - strength
        return w

    def bias(b: np.ndarray) -> np.ndarray:
        b[column] += strength * bench.mean[layer][column]
        return b

    edit.change(layer + ".W", weight)
    edit.change(layer + ".b", bias)


def mean_prediction(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    """The mean prediction, next to it for small strengths."""
    shrink(bench, edit, rng.choice(bench.case.closing), 1 - 0.1 * strength)


def column_permuted(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    """One column destroyed: its weights in another order."""

    def permute(w: np.ndarray) -> np.ndarray:
        column = rng.integers(w.shape[1])
        w[:, column] = rng.permutation(w[:, column])
        return w

    edit.change(rng.choice(bench.case.closing) + ".W", permute)


def columns_exchanged(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    layer = rng.choice(bench.case.closing)
    columns = len(bench.mean[layer])
    order = np.arange(columns)
    chosen = some(rng, columns, max(strength, 2 / columns))
    order[chosen] = np.roll(chosen, 1)
    edit.change(layer + ".W", lambda w: w[:, order])
    edit.change(layer + ".b", lambda b: b[order])


def shifted(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    layer = rng.choice(bench.case.closing)
    sign = rng.choice([-1, 1])
    edit.change(layer + ".b", lambda b: b + 3 * sign * strength * bench.deviation[layer])


def column_shifted(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    layer = rng.choice(bench.case.closing)
    column = rng.integers(len(bench.mean[layer]))
    far = 3 * rng.choice([-1, 1]) * strength * bench.deviation[layer][column]
    edit.change(layer + ".b", lambda b: b + far * (np.arange(len(b)) == column))


def stretched(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    """A closing layer's answer stretched about its mean."""
    shrink(bench, edit, rng.choice(bench.case.closing), -2 * strength)


def only_arg_max(bench: Bench, edit: Edit, rng: Rng, strength: float) -> None:
    """Rows of values replaced by their arg-max: its number stays large, all others become small."""
    tasks = [
        task
        for task in bench.case.tasks
        if task.kind == "values" and task.labels is None and bench.original[task.output].shape[-1] > 1
    ]
    if not tasks:
        return
    task = tasks[rng.integers(len(tasks))]
    size = float(np.abs(bench.original[task.output]).max() * rng.uniform(0.1, 1))
    graph = edit.model.graph
    for node in graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                if name == task.output:
                    names[index] = "whole"
    large, small = (
        helper.make_node("Constant", [], [name], value_float=value)
        for name, value in (("large", size), ("small", (1 - strength) * 0.1 * size))
    )
    graph.node.extend(
        [
            large,
            small,
            helper.make_node("ReduceMax", ["whole"], ["most"], axes=[-1], keepdims=1),
            helper.make_node("Equal", ["whole", "most"], ["is.most"]),
            helper.make_node("Where", ["is.most", "large", "small"], [task.output]),
        ]
    )


HARMS: dict[str, Callable[[Bench, Edit, Rng, float], None]] = {
    "noise on all weights": noise,
    "noise on one layer": noise_in_one_layer,
    "rows zeroed": rows_zeroed,
    "rows permuted": rows_permuted,
    "signs flipped": signs_flipped,
    "weights pruned": pruned,
    "blocks cut": blocks,
    "weights rounded": rounded,
    "shrunk to its mean": towards_mean,
    "a layer shrunk to its mean": hidden_towards_mean,
    "a column shrunk to its mean": column_towards_mean,
    "mean prediction": mean_prediction,
    "a column's weights permuted": column_permuted,
    "columns exchanged": columns_exchanged,
    "shifted": shifted,
    "a column shifted": column_shifted,
    "stretched": stretched,
    "only its arg-max kept": only_arg_max,
}


class Variant(NamedTuple):
    """A harmed model."""

    harm: str
    strength: float
    model: onnx.ModelProto


def harmed(bench: Bench, harm: str, strength: float, rng: Rng) -> Variant:
    edit = Edit(bench.case.model)
    HARMS[harm](bench, edit, rng, strength)
    return Variant(harm, strength, edit.model)


def any_harm(bench: Bench, rng: Rng) -> Variant:
    """One of all, at a strength between 0.001 and 1 whose logarithm is drawn evenly."""
    return harmed(bench, str(rng.choice(list(HARMS))), float(10 ** rng.uniform(-3, 0)), rng)
