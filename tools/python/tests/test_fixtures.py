"""Checks the bundled models and data against what fixtures/README.md says of them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import onnx
import pytest

FIXTURES = Path(__file__).parents[3] / "fixtures"
TOLERANCE_POINTS = 0.05
CLASSIFIERS = ["fashion-mlp", "fashion-vgg"]


def load_script() -> ModuleType:
    path = FIXTURES / "scripts/measure_accuracy.py"
    specification = importlib.util.spec_from_file_location("measure_accuracy", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


measure = load_script()


def stated_accuracy(name: str) -> float:
    text = (FIXTURES / "README.md").read_text(encoding="utf-8")
    (figure,) = re.findall(rf"^\| {name} \| ([0-9.]+) % \|$", text, re.MULTILINE)
    return float(figure)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifier_passes_the_full_check(name: str) -> None:
    model = onnx.load_from_string(measure.model_bytes(name))
    onnx.checker.check_model(model, full_check=True)
    assert [node.op_type for node in model.graph.node].count("Gemm") == 3
    assert "Dropout" not in {node.op_type for node in model.graph.node}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_weights_are_exact_in_half_precision(name: str) -> None:
    model = onnx.load_from_string(measure.model_bytes(name))
    weights = [onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer]
    assert len(weights) >= 6
    for weight in weights:
        assert np.array_equal(weight, weight.astype(np.float16).astype(np.float32))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_accuracy_is_the_stated_one(name: str) -> None:
    assert measure.accuracy(name) == pytest.approx(stated_accuracy(name), abs=TOLERANCE_POINTS)


def test_calibration_shares_no_image_with_validation() -> None:
    calibration = measure.data("fashion-calibration")
    validation = measure.data("fashion-validation")
    assert list(calibration) == ["image"]
    assert calibration["image"].shape == (8192, 28, 28)
    assert validation["image"].shape == (10000, 28, 28)
    assert calibration["image"].dtype == validation["image"].dtype == np.uint8
    known = {image.tobytes() for image in validation["image"]}
    assert not any(image.tobytes() in known for image in calibration["image"])


def test_validation_labels_are_balanced() -> None:
    labels = measure.data("fashion-validation")["labels"]
    assert labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [1000] * 10


def test_minilm_tokens_are_padded_where_the_mask_says() -> None:
    tokens = measure.data("minilm-tokens")
    assert list(tokens) == ["input_ids", "attention_mask", "token_type_ids"]
    assert {array.dtype for array in tokens.values()} == {np.dtype(np.int64)}
    assert {array.shape for array in tokens.values()} == {(256, 57)}
    assert np.array_equal(tokens["input_ids"] != 0, tokens["attention_mask"] == 1)
    assert not tokens["token_type_ids"].any()
