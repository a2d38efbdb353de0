"""Calibration data in every form, as the .npz file that the jar reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import partita
import pytest
from onnx import TensorProto, helper
from partita._data import data_argument

X = np.arange(12, dtype=np.float32).reshape(4, 3)
Y = np.arange(4, dtype=np.int64)


class Tensor:
    """What the package asks of a tensor of torch."""

    def __init__(self, values: np.ndarray, dtype: str | None = None) -> None:
        self.values, self.dtype = values, dtype

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> np.ndarray:
        if self.dtype is not None:
            raise TypeError(self.dtype)
        return self.values


@pytest.fixture
def two_inputs(tmp_path: Path) -> Path:
    """A model with inputs a and b, and an initializer that is also declared as an input."""
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3]) for name in ("a", "b", "w", "y")]
    graph = helper.make_graph(
        [helper.make_node("Sum", ["a", "b", "w"], ["y"])],
        "two",
        values[:3],
        values[3:],
        [onnx.numpy_helper.from_array(np.zeros((1, 3), np.float32), "w")],
    )
    path = tmp_path / "two.onnx"
    onnx.save(helper.make_model(graph), str(path))
    return path


@pytest.mark.parametrize(
    "data",
    [
        {"a": X, "b": X, "labels": Y},
        {"a": X.tolist(), "b": Tensor(X), "labels": Y},
        [{"a": X[:1], "b": X[:1], "labels": Y[:1]}, {"a": X[1:], "b": X[1:], "labels": Y[1:]}],
        [({"a": X, "b": X}, Y)],
        [[X[:2], X[:2], Y[:2]], (X[2:], X[2:], Y[2:])],
        [((X, X), Y)],
        lambda: iter([{"a": X, "b": X, "labels": Y}]),
        lambda: {"a": X, "b": X, "labels": Y},
    ],
)
def test_every_form_gives_the_same_arrays(data: Any, two_inputs: Path, tmp_path: Path) -> None:
    with np.load(data_argument(data, tmp_path / "data.npz", two_inputs)) as written:
        assert sorted(written) == ["a", "b", "labels"]
        for name, expected in (("a", X), ("b", X), ("labels", Y)):
            np.testing.assert_array_equal(written[name], expected)


def test_batches_without_labels_have_none(two_inputs: Path, tmp_path: Path) -> None:
    with np.load(data_argument([(X, X)], tmp_path / "data.npz", two_inputs)) as written:
        assert sorted(written) == ["a", "b"]


def test_an_input_may_have_any_name(two_inputs: Path, tmp_path: Path) -> None:
    names = ("file", "allow_pickle", "x:0", "model/input", "a b")
    with np.load(data_argument({name: X for name in names}, tmp_path / "data.npz", two_inputs)) as written:
        assert sorted(written) == sorted(names)


def test_paths_and_words_stay_as_they_are(two_inputs: Path, tmp_path: Path) -> None:
    assert data_argument("random:64", tmp_path / "data.npz", two_inputs) == "random:64"
    assert data_argument(tmp_path, tmp_path / "data.npz", two_inputs) == str(tmp_path)
    assert not (tmp_path / "data.npz").exists()


@pytest.mark.parametrize(
    "data, sentence",
    [
        ({}, "no samples"),
        ([], "no samples"),
        ({"a": X[:0]}, r"shape \(0, 3\)"),
        ({"a": np.float32(1)}, r"shape \(\)"),
        ({"a": np.array(["x"])}, "not numeric"),
        ({"a": np.array([None])}, "not numeric"),
        ({"a": Tensor(X, "torch.bfloat16")}, "torch.bfloat16"),
        ([{"a": X}, {"b": X}], "Batch 1 has b, but the first has a"),
        ([{"a": X}, {"a": X[:, :2]}], "differ in shape"),
        ([X], "1 parts, but the model has 2 inputs: a, b"),
        ([[X, X, X, X]], "4 parts"),
        (X, "A ndarray is not valid data"),
        (b"x", "A bytes is not valid data"),
        (7, "A int is not valid data"),
    ],
)
def test_names_what_is_wrong(data: Any, sentence: str, two_inputs: Path, tmp_path: Path) -> None:
    with pytest.raises(partita.UsageError, match=sentence):
        data_argument(data, tmp_path / "data.npz", two_inputs)
    assert not (tmp_path / "data.npz").exists()
