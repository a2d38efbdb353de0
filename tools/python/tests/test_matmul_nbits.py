"""Weights of a few bits as ONNX Runtime's own quantizer packs them, cut, against real numbers.

The expected outputs are those of a float32 model whose weights are unpacked here and zero where
they are dropped. Both sum the same products in float32, in other orders: 1e-5, as for any layer of
float32.
"""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from conftest import Cut, owners, relative_error
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

TOLERANCE = 1e-5
WIDTH = 80


def original(hidden: int) -> onnx.ModelProto:
    random = np.random.default_rng(3)
    value = helper.make_tensor_value_info
    first = random.standard_normal((WIDTH, hidden), dtype=np.float32)
    second = random.standard_normal((hidden, WIDTH), dtype=np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "first"], ["h"], name="up"),
            helper.make_node("Relu", ["h"], ["i"]),
            helper.make_node("MatMul", ["i", "second"], ["y"], name="down"),
        ],
        "tested",
        [value("x", TensorProto.FLOAT, ["N", 3, WIDTH])],
        [value("y", TensorProto.FLOAT, ["N", 3, WIDTH])],
        [numpy_helper.from_array(first, "first"), numpy_helper.from_array(second, "second")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def quantized(
    hidden: int, bits: int, block: int, symmetric: bool, model: onnx.ModelProto | None = None
) -> onnx.ModelProto:
    quantizer = MatMulNBitsQuantizer(
        model or original(hidden), bits=bits, block_size=block, is_symmetric=symmetric
    )
    quantizer.process()
    model = quantizer.model.model
    assert [n.op_type for n in model.graph.node].count("MatMulNBits") == 2
    return model


def unpacked(packed: np.ndarray, bits: int, count: int) -> np.ndarray:
    """The numbers of the last axis, of which the first stands in the lowest bits of its byte."""
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    numbers = packed[..., None] >> shifts & (2**bits - 1)
    return numbers.reshape(*packed.shape[:-1], -1)[..., :count].astype(np.float32)


def decoded(model: onnx.ModelProto, node: onnx.NodeProto) -> np.ndarray:
    """The weight as real numbers [K, N]."""
    tensors = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    size = {a.name: a.i for a in node.attribute}
    blocks = -(-size["K"] // size["block_size"])
    elements = unpacked(tensors[node.input[1]], size["bits"], size["block_size"])
    zeros = np.full((size["N"], blocks), 2 ** (size["bits"] - 1), np.float32)
    if len(node.input) > 3:
        packed = tensors[node.input[3]].reshape(size["N"], -1)
        zeros = unpacked(packed, size["bits"], blocks)
    scales = tensors[node.input[2]].reshape(size["N"], blocks)
    numbers = (elements - zeros[..., None]) * scales[..., None]
    return numbers.reshape(size["N"], -1)[:, : size["K"]].T


def masked(model: onnx.ModelProto, accelerators: int) -> onnx.ModelProto:
    copy = original(WIDTH)
    del copy.graph.initializer[:]
    packed = [n for n in model.graph.node if n.op_type == "MatMulNBits"]
    for node, name in zip(packed, ["first", "second"], strict=True):
        weight = decoded(model, node)
        size = {a.name: a.i for a in node.attribute}
        granule = size["block_size"]
        ins = owners(size["K"], accelerators, granule)
        # What the first makes is read in blocks by the second.
        outs = owners(size["N"], accelerators, granule if name == "first" else 1)
        weight = weight * (ins[:, None] == outs[None, :])
        copy.graph.initializer.append(numpy_helper.from_array(weight.astype(np.float32), name))
    return copy


def run(model: onnx.ModelProto, optimized: bool) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = (
        levels.ORT_ENABLE_ALL if optimized else levels.ORT_DISABLE_ALL
    )
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    x = np.random.default_rng(5).standard_normal((4, 3, WIDTH), dtype=np.float32)
    return session.run(["y"], {"x": x})[0]


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize(("bits", "block"), [(2, 16), (4, 16), (4, 32), (8, 16)])
def test_what_the_quantizer_packs_is_cut_between_blocks(
    bits: int, block: int, symmetric: bool, cut: Cut
) -> None:
    # Of the hidden features the last block has fewer.
    model = quantized(72, bits, block, symmetric)
    for accelerators in (2, 3) if block == 16 else (2,):
        rewritten = cut(model, accelerators)
        packed = [n for n in rewritten.graph.node if n.op_type == "MatMulNBits"]
        assert len(packed) == 2 * accelerators
        expected = run(masked(model, accelerators), optimized=False)
        for optimized in (False, True):
            assert relative_error(expected, run(rewritten, optimized)) <= TOLERANCE
        assert relative_error(expected, run(model, optimized=False)) > 100 * TOLERANCE


def grouped(accelerators: int, block: int) -> onnx.ModelProto:
    """The original without the weights between groups of blocks that stand in no order."""
    model = original(WIDTH)
    groups = np.arange(WIDTH // block) * 2 % accelerators
    owner = np.random.default_rng(7).permutation(groups).repeat(block)
    for tensor in model.graph.initializer:
        weight = numpy_helper.to_array(tensor) * (owner[:, None] == owner[None, :])
        tensor.CopyFrom(numpy_helper.from_array(weight.astype(np.float32), tensor.name))
    return model


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_groups_of_blocks_are_cut_without_loss(bits: int, symmetric: bool, cut: Cut) -> None:
    accelerators = 3
    model = quantized(WIDTH, bits, 16, symmetric, grouped(accelerators, 16))
    rewritten = cut(model, accelerators, strategy="lossless")
    packed = [n for n in rewritten.graph.node if n.op_type == "MatMulNBits"]
    assert len(packed) == 2 * accelerators
    for optimized in (False, True):
        assert relative_error(run(model, False), run(rewritten, optimized)) <= TOLERANCE


def test_blocks_that_are_joined_are_not_cut_without_loss(cut: Cut) -> None:
    model = quantized(WIDTH, 4, 16, symmetric=True)
    with pytest.raises(AssertionError, match="connected block"):
        cut(model, 3, strategy="lossless")


def test_the_unpacked_weight_is_what_onnx_runtime_computes_with() -> None:
    model = quantized(72, 4, 16, symmetric=False)
    assert relative_error(run(masked(model, 1), False), run(model, False)) <= TOLERANCE
