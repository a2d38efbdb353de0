"""The example's way from an exported weight to the parameter it came from; no PyTorch needed."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[1] / "examples/finetune_masked.py"


def load():
    spec = importlib.util.spec_from_file_location("finetune_masked", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


example = load()


def layer(**changes) -> dict:
    values = {
        "node": "/block/fc1/MatMul",
        "weight": "onnx::MatMul_12",
        "bias": "block.fc1.bias",
        "shape": [2, 3],
        "orientation": "in-out",
        "in": 2,
        "out": 3,
        "mask": "onnx::MatMul_12",
    }
    return values | changes


MASK = np.array([[1, 0, 1], [0, 1, 0]], np.uint8)
SHAPES = {"block.fc1.weight": (3, 2), "block.fc1.bias": (3,), "raw": (2, 3)}


def test_a_weight_stored_as_it_is_keeps_its_name_and_layout() -> None:
    stored = layer(weight="raw")
    assert example.find_parameter(stored, SHAPES) == "raw"
    assert (example.mask_of_parameter(stored, MASK, "raw", (2, 3)) == MASK).all()


@pytest.mark.parametrize("bias", ["block.fc1.bias", None, "onnx::Add_7"])
def test_a_renamed_weight_is_found_by_its_bias_or_its_node_and_turned(bias: str | None) -> None:
    renamed = layer(bias=bias)
    name = example.find_parameter(renamed, SHAPES)
    assert name == "block.fc1.weight"
    assert (example.mask_of_parameter(renamed, MASK, name, (3, 2)) == MASK.T).all()


def test_a_renamed_weight_stored_by_outputs_is_not_turned() -> None:
    renamed = layer(orientation="out-in", shape=[3, 2])
    name = example.find_parameter(renamed, SHAPES)
    assert (example.mask_of_parameter(renamed, MASK.T, name, (3, 2)) == MASK.T).all()


def test_a_one_by_one_convolution_keeps_its_axes() -> None:
    shapes = {"block.fc1.weight": (3, 2, 1, 1)}
    renamed = layer(orientation="out-in", shape=[3, 2, 1, 1])
    name = example.find_parameter(renamed, shapes)
    mask = example.mask_of_parameter(renamed, MASK.T.reshape(3, 2, 1, 1), name, shapes[name])
    assert mask.shape == (3, 2, 1, 1)


@pytest.mark.parametrize("shapes", [{}, {"block.fc1.weight": (2, 3)}, {"onnx::MatMul_12": (9, 9)}])
def test_a_weight_that_is_not_found_is_named(shapes: dict) -> None:
    with pytest.raises(KeyError, match="onnx::MatMul_12"):
        example.find_parameter(layer(), shapes)


def test_layers_without_a_mask_are_left_alone(tmp_path: Path) -> None:
    described = json.dumps({"layers": [layer(), layer(mask=None)]}).encode()
    arrays = {example.DESCRIPTION: np.frombuffer(described, np.uint8), "onnx::MatMul_12": MASK}
    np.savez(tmp_path / "masks.npz", **arrays)
    ((found, mask),) = example.read_masks(tmp_path / "masks.npz")
    assert found["weight"] == "onnx::MatMul_12"
    assert (mask == MASK).all()
