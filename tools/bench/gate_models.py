"""Models of many kinds with data, and what each of their outputs is for: the material of gate.py.

Hidden layers are random, closing layers are fitted by ridge regression, so every model solves its task and takes a
fraction of a second to make. Nothing here knows how Partita reads an output.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SAMPLES = 1000
FLOAT = TensorProto.FLOAT
INT64 = TensorProto.INT64


@dataclass(frozen=True)
class Task:
    """What an output is for.

    kind: ``scores`` (arg-max along ``axis``), ``answers`` (yes or no in each column), ``classes`` (class numbers) or
    ``values``. ``samples`` is the axis of the samples, ``axis`` that of classes or columns (None: one column).
    ``labels`` are class numbers for each position, 0 and 1 for each number, or targets.
    """

    output: str
    kind: str
    axis: int | None = -1
    samples: int = 0
    labels: np.ndarray | None = None
    threshold: float = 0.5
    counts: np.ndarray | None = None  # which positions of [samples, positions] count


@dataclass(frozen=True)
class Case:
    """A model with its data, its tasks and the options that a user would have to give."""

    name: str
    model: onnx.ModelProto
    data: dict[str, np.ndarray]
    tasks: tuple[Task, ...]
    labels: np.ndarray | None = None
    options: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()  # the layers that make the outputs


@dataclass
class Net:
    """A graph under construction. Values are named after the node that makes them."""

    inputs: list[onnx.ValueInfoProto] = field(default_factory=list)
    outputs: list[onnx.ValueInfoProto] = field(default_factory=list)
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def input(self, name: str, shape: list, kind: int = FLOAT) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name: str, shape: list, kind: int = FLOAT) -> None:
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def constant(self, name: str, value: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def dense(self, x: str, name: str, weight: np.ndarray, bias: np.ndarray, output: str | None = None) -> str:
        product = self.node("MatMul", [x, self.constant(name + ".W", weight)], name + ".product")
        return self.node("Add", [product, self.constant(name + ".b", bias)], output or name)

    def relu(self, x: str) -> str:
        return self.node("Relu", [x], x + ".relu")

    def model(self) -> onnx.ModelProto:
        graph = helper.make_graph(self.nodes, "task", self.inputs, self.outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model


def f32(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, dtype=np.float32)


def random_layer(rng: np.random.Generator, inputs: int, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    return f32(rng.normal(0, np.sqrt(2 / inputs), (inputs, outputs))), f32(rng.normal(0, 0.1, outputs))


def fitted_layer(features: np.ndarray, targets: np.ndarray, ridge: float = 1e-2) -> tuple[np.ndarray, np.ndarray]:
    """Least squares from features to targets, both with the samples along the first axis."""
    features = features.astype(np.float64)
    mean, center = features.mean(0), targets.mean(0)
    centered = features - mean
    gram = centered.T @ centered + ridge * len(features) * np.eye(features.shape[1])
    weight = np.linalg.solve(gram, centered.T @ (targets - center))
    return f32(weight), f32(center - mean @ weight)


HIDDEN = 64
FEATURES = 24


class Mlp:
    """Two random hidden layers, written to the graph and computed alongside."""

    def __init__(self, rng: np.random.Generator, net: Net, x: str, data: np.ndarray) -> None:
        self.net = net
        value, hidden = x, data
        for index in range(2):
            weight, bias = random_layer(rng, hidden.shape[-1], HIDDEN)
            value = net.relu(net.dense(value, f"hidden{index}", weight, bias))
            hidden = np.maximum(hidden @ weight + bias, 0)
        self.value = value
        self.hidden = hidden

    def closing(self, targets: np.ndarray, name: str = "closing", output: str | None = None) -> str:
        flat = self.hidden.reshape(-1, self.hidden.shape[-1])
        weight, bias = fitted_layer(flat, targets.reshape(len(flat), -1))
        return self.net.dense(self.value, name, weight, bias, output)


def clusters(rng: np.random.Generator, shares: np.ndarray, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Samples around a centre for each class, and their classes."""
    classes = len(shares)
    labels = rng.choice(classes, SAMPLES, p=shares / shares.sum())
    # Every class has a few samples, however rare it is.
    labels[: 3 * classes] = np.arange(3 * classes) % classes
    centres = rng.normal(0, 1, (classes, FEATURES))
    return f32(centres[labels] + rng.normal(0, spread, (SAMPLES, FEATURES))), labels


def classifier(
    name: str,
    seed: int,
    *,
    classes: int = 10,
    shares: np.ndarray | None = None,
    spread: float = 0.8,
    closing: str | None = "Softmax",
    labelled: bool = True,
    numbers_first: bool = False,
) -> Case:
    rng = np.random.default_rng(seed)
    x, labels = clusters(rng, np.ones(classes) if shares is None else shares, spread)
    net = Net()
    mlp = Mlp(rng, net, net.input("x", ["N", FEATURES]), x)
    logits = mlp.closing(8 * np.eye(classes)[labels] - 4, output=None if closing else "y")
    if closing:
        net.node(closing, [logits], "y", axis=-1)
    tasks = [Task("y", "scores", labels=labels if labelled else None)]
    if numbers_first:
        net.node("ArgMax", ["y"], "label", axis=1, keepdims=0)
        net.output("label", ["N"], INT64)
        tasks.insert(0, Task("label", "classes", None, labels=labels if labelled else None))
    net.output("y", ["N", classes])
    return Case(name, net.model(), {"x": x}, tuple(tasks), labels if labelled else None, (), ("closing",))


def one_column(name: str, seed: int, *, positive: float = 0.5, sigmoid: bool = True, labelled: bool = True) -> Case:
    rng = np.random.default_rng(seed)
    x, labels = clusters(rng, np.array([1 - positive, positive]), 0.9)
    net = Net()
    mlp = Mlp(rng, net, net.input("x", ["N", FEATURES]), x)
    logits = mlp.closing(12.0 * labels[:, None] - 6, output=None if sigmoid else "y")
    if sigmoid:
        net.node("Sigmoid", [logits], "y")
    net.output("y", ["N", 1])
    task = Task(
        "y", "answers", None, labels=labels[:, None] if labelled else None, threshold=0.5 if sigmoid else 0.0
    )
    return Case(name, net.model(), {"x": x}, (task,), labels if labelled else None, (), ("closing",))


def several_labels(name: str, seed: int, *, labelled: bool = True) -> Case:
    rng = np.random.default_rng(seed)
    x = f32(rng.normal(0, 1, (SAMPLES, FEATURES)))
    # From a label that half of the samples have to one that 5 % have.
    quantiles = np.linspace(0.5, 0.95, 6)
    raw = x @ rng.normal(0, 1, (FEATURES, 6)) + rng.normal(0, 0.5, (SAMPLES, 6))
    labels = (raw > np.quantile(raw, quantiles, axis=0).diagonal()).astype(np.int64)
    net = Net()
    mlp = Mlp(rng, net, net.input("x", ["N", FEATURES]), x)
    net.node("Sigmoid", [mlp.closing(16.0 * labels - 8)], "y")
    net.output("y", ["N", 6])
    task = Task("y", "answers", labels=labels if labelled else None)
    return Case(name, net.model(), {"x": x}, (task,), labels if labelled else None, (), ("closing",))


UNITS_MEAN = np.array([1013.25, 0.31, 21500.0, -40.0])
UNITS_SPREAD = np.array([6.0, 0.12, 900.0, 15.0])


def regression(name: str, seed: int, *, targets: bool, columns: int = 4) -> Case:
    """Several targets in their own units, one of them pressures around 1013 with a spread of 6."""
    rng = np.random.default_rng(seed)
    x = f32(rng.normal(0, 1, (SAMPLES, FEATURES)))
    raw = np.tanh(x @ rng.normal(0, 0.3, (FEATURES, columns))) + 0.3 * rng.normal(0, 1, (SAMPLES, columns))
    wanted = UNITS_MEAN[np.arange(columns) % 4] + UNITS_SPREAD[np.arange(columns) % 4] * raw
    net = Net()
    mlp = Mlp(rng, net, net.input("x", ["N", FEATURES]), x)
    mlp.closing(wanted, output="y")
    net.output("y", ["N", columns])
    labels = f32(wanted) if targets else None
    return Case(name, net.model(), {"x": x}, (Task("y", "values", labels=labels),), labels, (), ("closing",))


def embedding(name: str, seed: int, *, size: int, normalized: bool) -> Case:
    rng = np.random.default_rng(seed)
    x = f32(rng.normal(0, 1, (SAMPLES, FEATURES)))
    net = Net()
    mlp = Mlp(rng, net, net.input("x", ["N", FEATURES]), x)
    weight, bias = random_layer(rng, HIDDEN, size)
    made = net.dense(mlp.value, "closing", weight, bias, None if normalized else "y")
    if normalized:
        net.node("LpNormalization", [made], "y", axis=-1, p=2)
    net.output("y", ["N", size])
    return Case(name, net.model(), {"x": x}, (Task("y", "values"),), None, (), ("closing",))


def boxes(name: str, seed: int) -> Case:
    """Ten boxes in pixels with the scores of five classes for each."""
    rng = np.random.default_rng(seed)
    queries, classes = 10, 5
    x = f32(rng.normal(0, 1, (SAMPLES, queries, FEATURES)))
    flat = x.reshape(-1, FEATURES)
    corners = np.tanh(flat @ rng.normal(0, 0.3, (FEATURES, 4))) * [80, 60, 25, 20] + [320, 240, 60, 50]
    labels = (flat @ rng.normal(0, 1, (FEATURES, classes))).argmax(1)
    net = Net()
    mlp = Mlp(rng, net, net.input("x", ["N", queries, FEATURES]), x)
    mlp.closing(corners, "corners", "boxes")
    net.node("Softmax", [mlp.closing(8 * np.eye(classes)[labels] - 4)], "scores", axis=-1)
    net.output("boxes", ["N", queries, 4])
    net.output("scores", ["N", queries, classes])
    tasks = (Task("boxes", "values"), Task("scores", "scores"))
    return Case(name, net.model(), {"x": x}, tasks, None, (), ("corners", "closing"))


def hidden_states(name: str, seed: int, mask: str) -> Case:
    """One attention head and a feed-forward pair over samples of unequal length."""
    rng = np.random.default_rng(seed)
    samples, length = 300, 12
    x = f32(rng.normal(0, 1, (samples, length, FEATURES)))
    lengths = rng.integers(3, length + 1, samples)
    kept = np.arange(length) < lengths[:, None]
    hidden = f32(np.where(kept, 0, np.finfo(np.float32).min))
    net = Net()
    net.input("x", ["N", "T", FEATURES])
    if mask == "0 and 1":
        given = kept.astype(np.int64)
        net.input("attention_mask", ["N", "T"], INT64)
        cast = net.node("Cast", ["attention_mask"], "mask.float", to=FLOAT)
        missing = net.node("Sub", [cast, net.constant("one", f32(np.array(1)))], "mask.missing")
        low = net.node("Mul", [missing, net.constant("much", f32(np.array(1e9)))], "mask.low")
        added = net.node("Unsqueeze", [low, net.constant("axes", np.array([1]))], "mask.added")
    else:
        if mask == "additive":
            given = hidden[:, None, None, :]
            net.input("attention_mask", ["N", 1, 1, "T"])
        else:
            causal = np.tril(np.ones((length, length), bool))
            given = f32(np.where(causal & kept[:, None, :], 0, np.finfo(np.float32).min))[:, None]
            net.input("attention_mask", ["N", 1, "T", "T"])
        added = net.node("Squeeze", ["attention_mask", net.constant("axes", np.array([1]))], "mask.added")
    parts = [net.dense("x", part, *random_layer(rng, FEATURES, FEATURES)) for part in ("query", "key", "value")]
    turned = net.node("Transpose", [parts[1]], "key.turned", perm=[0, 2, 1])
    products = net.node("MatMul", [parts[0], turned], "products")
    scaled = net.node("Div", [products, net.constant("root", f32(np.sqrt([FEATURES])))], "scaled")
    weights = net.node("Softmax", [net.node("Add", [scaled, added], "masked")], "weights", axis=-1)
    seen = net.node("Add", ["x", net.node("MatMul", [weights, parts[2]], "seen")], "first")
    wide = net.relu(net.dense(seen, "up", *random_layer(rng, FEATURES, 2 * FEATURES)))
    narrow = net.dense(wide, "down", *random_layer(rng, 2 * FEATURES, FEATURES))
    summed = net.node("Add", [seen, narrow], "second")
    net.dense(summed, "closing", *random_layer(rng, FEATURES, FEATURES), output="states")
    net.output("states", ["N", "T", FEATURES])
    return Case(
        name,
        net.model(),
        {"x": x, "attention_mask": given},
        (Task("states", "values", counts=kept),),
        None,
        (),
        ("closing",),
    )


def time_first(name: str, seed: int) -> Case:
    """Scores [T, N, C], as for connectionist temporal classification, without labels."""
    rng = np.random.default_rng(seed)
    samples, length, classes = 300, 20, 6
    x = f32(rng.normal(0, 1, (samples, length, FEATURES)))
    labels = (x.reshape(-1, FEATURES) @ rng.normal(0, 1, (FEATURES, classes))).argmax(1)
    net = Net()
    mlp = Mlp(rng, net, net.input("x", ["N", length, FEATURES]), x)
    made = mlp.closing(8 * np.eye(classes)[labels] - 4)
    turned = net.node("Transpose", [made], "turned", perm=[1, 0, 2])
    net.node("LogSoftmax", [turned], "y", axis=-1)
    net.output("y", [length, "N", classes])
    return Case(name, net.model(), {"x": x}, (Task("y", "scores", samples=1),), None, (), ("closing",))


def score_map(name: str, seed: int, *, labelled: bool) -> Case:
    """Scores [N, C, H, W] with a class for each pixel."""
    rng = np.random.default_rng(seed)
    samples, size, classes = 120, 8, 5
    x = f32(rng.normal(0, 1, (samples, size, size, FEATURES)))
    labels = (x.reshape(-1, FEATURES) @ rng.normal(0, 1, (FEATURES, classes))).argmax(1)
    net = Net()
    mlp = Mlp(rng, net, net.input("x", ["N", size, size, FEATURES]), x)
    made = mlp.closing(8 * np.eye(classes)[labels] - 4)
    net.node("Softmax", [net.node("Transpose", [made], "map", perm=[0, 3, 1, 2])], "y", axis=1)
    net.output("y", ["N", classes, size, size])
    pixels = labels.reshape(samples, size, size) if labelled else None
    task = Task("y", "scores", 1, labels=None if pixels is None else pixels.reshape(samples, -1))
    return Case(name, net.model(), {"x": x}, (task,), pixels, (), ("closing",))


def with_states(name: str, seed: int) -> Case:
    """One step of a recurrent cell: the state goes in and comes out again next to the answer."""
    rng = np.random.default_rng(seed)
    x = f32(rng.normal(0, 1, (SAMPLES, FEATURES)))
    state = f32(np.tanh(rng.normal(0, 1, (SAMPLES, HIDDEN))))
    net = Net()
    net.input("x", ["N", FEATURES])
    net.input("state", ["N", HIDDEN])
    first = net.dense("x", "reads", *random_layer(rng, FEATURES, HIDDEN))
    second = net.dense("state", "keeps", *random_layer(rng, HIDDEN, HIDDEN))
    net.node("Tanh", [net.node("Add", [first, second], "summed")], "state_out")
    net.dense("state_out", "closing", *random_layer(rng, HIDDEN, 3), output="y")
    net.output("y", ["N", 3])
    net.output("state_out", ["N", HIDDEN])
    tasks = (Task("y", "values"), Task("state_out", "values"))
    return Case(name, net.model(), {"x": x, "state": state}, tasks, None, (), ("closing",))


def passed_through(name: str, seed: int) -> Case:
    """A regression that hands its input on, scaled, as a second output."""
    rng = np.random.default_rng(seed)
    x = f32(rng.normal(5, 1, (SAMPLES, FEATURES)))
    wanted = 100 + 20 * np.tanh((x - 5) @ rng.normal(0, 0.3, (FEATURES, 2)))
    net = Net()
    mlp = Mlp(rng, net, net.input("x", ["N", FEATURES]), x)
    mlp.closing(wanted, output="y")
    net.node("Mul", ["x", net.constant("scale", f32(np.array(0.5)))], "echo")
    net.output("y", ["N", 2])
    net.output("echo", ["N", FEATURES])
    return Case(name, net.model(), {"x": x}, (Task("y", "values"), Task("echo", "values")), None, (), ("closing",))


def rare(positive: float) -> np.ndarray:
    return np.array([1 - positive, positive])


CASES: dict[str, Callable[[str], Case]] = {
    "classifier with Softmax, labels": lambda name: classifier(name, 1),
    "classifier with Softmax": lambda name: classifier(name, 2, labelled=False),
    "classifier without Softmax, labels": lambda name: classifier(name, 3, closing=None),
    "classifier without Softmax": lambda name: classifier(name, 4, closing=None, labelled=False),
    "class numbers first, labels": lambda name: classifier(name, 5, numbers_first=True),
    "class numbers first": lambda name: classifier(name, 6, numbers_first=True, labelled=False),
    "one column, labels": lambda name: one_column(name, 7),
    "one column": lambda name: one_column(name, 8, labelled=False),
    "one column of logits, labels": lambda name: one_column(name, 9, sigmoid=False),
    "rare labels, one column": lambda name: one_column(name, 10, positive=0.05),
    "rare class, two columns": lambda name: classifier(
        name, 11, classes=2, shares=rare(0.06), spread=0.7, labelled=False
    ),
    "several labels": lambda name: several_labels(name, 12),
    "several answers, no labels": lambda name: several_labels(name, 13, labelled=False),
    "regression in units": lambda name: regression(name, 14, targets=False),
    "regression in units, targets": lambda name: regression(name, 15, targets=True),
    "regression of 20 columns": lambda name: regression(name, 16, targets=False, columns=20),
    "embedding of 48 numbers": lambda name: embedding(name, 17, size=48, normalized=True),
    "embedding of 12 numbers": lambda name: embedding(name, 18, size=12, normalized=False),
    "boxes with scores": lambda name: boxes(name, 19),
    "hidden states, mask of 0 and 1": lambda name: hidden_states(name, 20, "0 and 1"),
    "hidden states, additive mask": lambda name: hidden_states(name, 21, "additive"),
    "hidden states, causal additive mask": lambda name: hidden_states(name, 22, "causal"),
    "time-first scores": lambda name: time_first(name, 23),
    "map of scores, labels": lambda name: score_map(name, 24, labelled=True),
    "map of scores": lambda name: score_map(name, 25, labelled=False),
    "recurrent step with its state": lambda name: with_states(name, 26),
    "passed-through output": lambda name: passed_through(name, 27),
}
