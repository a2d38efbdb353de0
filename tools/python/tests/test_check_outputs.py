"""The checker of written models must find a model that is broken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper

SCRIPT = Path(__file__).parents[2] / "corpus/check_outputs.py"


def model(reads: str) -> onnx.ModelProto:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Relu", [reads], ["y"])],
        "tested",
        [value("x", TensorProto.FLOAT, [2])],
        [value("y", TensorProto.FLOAT, [2])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def check(*folders: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, folders)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_whole_model_passes(tmp_path: Path) -> None:
    onnx.save(model("x"), tmp_path / "a.p2.onnx")
    done = check(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 files, 0 failures" in done.stdout


def test_broken_model_fails_in_every_tool(tmp_path: Path) -> None:
    onnx.save(model("nowhere"), tmp_path / "a.p2.onnx")
    done = check(tmp_path)
    assert done.returncode == 1
    assert "a.p2.onnx: onnx " in done.stdout
    assert "a.p2.onnx: onnxruntime " in done.stdout


def test_only_what_the_original_fails_in_is_excused(tmp_path: Path) -> None:
    outputs, originals = tmp_path / "outputs", tmp_path / "originals"
    outputs.mkdir()
    originals.mkdir()
    onnx.save(model("nowhere"), outputs / "a.p2.onnx")
    onnx.save(model("x"), originals / "a.onnx")
    assert check(outputs, originals).returncode == 1
    onnx.save(model("nowhere"), originals / "a.onnx")
    assert check(outputs, originals).returncode == 0


def test_empty_folder_fails(tmp_path: Path) -> None:
    assert check(tmp_path).returncode == 1
