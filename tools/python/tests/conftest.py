"""What tests share that run the command line."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

PARTITA = Path(__file__).parents[3] / "partita"
Cut = Callable[[onnx.ModelProto, int], onnx.ModelProto]


@pytest.fixture
def cut(tmp_path: Path) -> Cut:
    """Cuts all of a model into neighbouring blocks, repairs nothing, and checks what was written."""

    def run(model: onnx.ModelProto, accelerators: int) -> onnx.ModelProto:
        source, target = tmp_path / "in.onnx", tmp_path / f"out{accelerators}.onnx"
        onnx.save(model, source)
        options = ["--strategy", "contiguous", "--repair", "none", "--no-gate", "--include", "*"]
        sizes = ["-p", str(accelerators), "--min-block", "1", "--fail-if-unchanged", "--overwrite"]
        command = [str(PARTITA), "optimize", str(source), "-o", str(target), *options, *sizes]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        onnx.checker.check_model(str(target), full_check=True)
        return onnx.load(target)

    return run


def owners(size: int, accelerators: int, granule: int = 1) -> np.ndarray:
    """The branch of each feature where neighbouring granules stay together, larger blocks first."""
    shares = np.array_split(np.arange(-(-size // granule)), accelerators)
    return np.repeat(np.arange(accelerators), [len(s) for s in shares]).repeat(granule)[:size]


def relative_error(expected: np.ndarray, actual: np.ndarray) -> float:
    """L2 norm of the difference over L2 norm of the expected."""
    assert expected.shape == actual.shape and expected.dtype == actual.dtype
    wanted, found = expected.astype(np.float64), actual.astype(np.float64)
    return float(np.linalg.norm(wanted - found) / np.linalg.norm(wanted))
