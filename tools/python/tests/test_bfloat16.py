"""Layers of bfloat16, cut, against the reference evaluator of the package `onnx`.

ONNX Runtime has no kernels for them on a CPU. The expected outputs are those of the original whose
dropped weights are zero. The reference evaluator rounds every result to the 8 bits of bfloat16, so
that sums of other blocks may end one step of 2**-8 apart: 2e-2 lets five of those pass, and a model
that keeps what should be dropped, or drops what should be kept, is off by ten times that.
"""

from __future__ import annotations

from collections.abc import Callable

import ml_dtypes
import numpy as np
import onnx
import pytest
from conftest import Cut, owners, relative_error
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

TOLERANCE = 2e-2
WIDTH, HIDDEN = 24, 40
ROWS = 6

Nodes = list[onnx.NodeProto]


def weight(name: str, *shape: int) -> onnx.TensorProto:
    random = np.random.default_rng(list(name.encode()))
    values = (random.standard_normal(shape) / np.sqrt(WIDTH)).astype(ml_dtypes.bfloat16)
    return helper.make_tensor(name, TensorProto.BFLOAT16, shape, values.tobytes(), raw=True)


def node(operator: str, inputs: str, output: str, **attributes: object) -> onnx.NodeProto:
    return helper.make_node(operator, inputs.split(), [output], name=output, **attributes)


def gemm() -> Nodes:
    return [
        node("Gemm", "x first bias", "h"),
        node("Relu", "h", "i"),
        node("Gemm", "i turned other", "y", transB=1, alpha=0.5, beta=2.0),
    ]


def matmul_and_add() -> Nodes:
    return [
        node("MatMul", "x first", "h"),
        node("Add", "h bias", "i"),
        node("Tanh", "i", "j"),
        node("MatMul", "j second", "y"),
    ]


def behind_a_transpose() -> Nodes:
    return [
        node("MatMul", "x first", "h"),
        node("Sigmoid", "h", "i"),
        node("Transpose", "turned", "second_again"),
        node("MatMul", "i second_again", "y"),
    ]


def gated() -> Nodes:
    return [
        node("MatMul", "x first", "gate"),
        node("Sigmoid", "gate", "sigmoid"),
        node("Mul", "gate sigmoid", "silu"),
        node("MatMul", "x up", "lifted"),
        node("Mul", "silu lifted", "product"),
        node("MatMul", "product second", "y"),
    ]


def model(nodes: Nodes) -> onnx.ModelProto:
    value = helper.make_tensor_value_info
    read = {name for n in nodes for name in n.input}
    weights = [
        weight("first", WIDTH, HIDDEN),
        weight("up", WIDTH, HIDDEN),
        weight("bias", HIDDEN),
        weight("second", HIDDEN, WIDTH),
        weight("turned", WIDTH, HIDDEN),
        weight("other", WIDTH),
    ]
    graph = helper.make_graph(
        nodes,
        "tested",
        [value("x", TensorProto.BFLOAT16, ["N", WIDTH])],
        [value("y", TensorProto.BFLOAT16, ["N", WIDTH])],
        [tensor for tensor in weights if tensor.name in read],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def masked(original: onnx.ModelProto, accelerators: int) -> onnx.ModelProto:
    """The model whose weights between different branches are zero; all matrices are HIDDEN wide."""
    copy = onnx.ModelProto.FromString(original.SerializeToString())
    for tensor in copy.graph.initializer:
        if len(tensor.dims) == 2:
            rows, columns = (owners(size, accelerators) for size in tensor.dims)
            kept = rows[:, None] == columns[None, :]
            values = numpy_helper.to_array(tensor) * kept.astype(ml_dtypes.bfloat16)
            tensor.raw_data = values.astype(ml_dtypes.bfloat16).tobytes()
    return copy


def run(tested: onnx.ModelProto) -> np.ndarray:
    random = np.random.default_rng(7)
    x = random.standard_normal((ROWS, WIDTH)).astype(ml_dtypes.bfloat16)
    (y,) = ReferenceEvaluator(tested).run(None, {"x": x})
    assert y.dtype == ml_dtypes.bfloat16
    return y


@pytest.mark.parametrize("accelerators", [2, 3])
@pytest.mark.parametrize("form", [gemm, matmul_and_add, behind_a_transpose, gated])
def test_cut_layers_are_the_masked_original(
    form: Callable[[], Nodes], accelerators: int, cut: Cut
) -> None:
    original = model(form())
    rewritten = cut(original, accelerators)
    products = [n for n in rewritten.graph.node if n.op_type in ("Gemm", "MatMul")]
    before = [n for n in original.graph.node if n.op_type in ("Gemm", "MatMul")]
    assert len(products) == accelerators * len(before)
    expected = run(masked(original, accelerators))
    assert relative_error(expected, run(rewritten)) <= TOLERANCE
    # Whoever forgets to drop, or drops by other blocks, is seen.
    assert relative_error(expected, run(original)) > 10 * TOLERANCE
    assert relative_error(run(masked(original, 5 - accelerators)), run(rewritten)) > 10 * TOLERANCE
