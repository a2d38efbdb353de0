"""Models, data and the wheel that several tests use."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import numpy as np
import onnx
import pytest

ROOT = Path(__file__).resolve().parents[3]
RESOURCES = ROOT / "fixtures" / "src" / "main" / "resources" / "dev" / "partita" / "fixtures"


class Cut(Protocol):
    """Cuts a model for a number of accelerators, by neighbouring blocks unless told."""

    def __call__(self, model: onnx.ModelProto, accelerators: int, strategy: str = ...) -> onnx.ModelProto: ...


@pytest.fixture(scope="session", autouse=True)
def interrupts() -> None:
    """Ctrl-C is heard, although a shell that starts the tests in the background would have them ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Archives of classes go where nobody else's are."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ["PARTITA_CACHE"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled MLP 784-1024-1024-10, whose input is `image`, uint8 [N, 28, 28]."""
    path = tmp_path_factory.mktemp("model") / "fashion-mlp.onnx"
    path.write_bytes(gzip.decompress((RESOURCES / "models" / "fashion-mlp.onnx.gz").read_bytes()))
    return path


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    """1,024 images without labels."""
    with np.load(RESOURCES / "data" / "fashion-calibration.npz") as data:
        return data["image"][:1024]


@pytest.fixture(scope="session")
def labelled() -> dict[str, np.ndarray]:
    """512 images of the test set with their labels."""
    with np.load(RESOURCES / "data" / "fashion-validation.npz") as data:
        return {"image": data["image"][:512], "labels": data["labels"][:512]}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the script that ships."""
    printed = subprocess.run(
        ["sh", str(ROOT / "tools" / "python" / "build.sh"), str(tmp_path_factory.mktemp("wheel"))],
        env={**os.environ, "PYTHON": sys.executable},
        check=True,
        capture_output=True,
        text=True,
    )
    return Path(printed.stdout.strip())


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel and NumPy, and nothing else; no index is asked."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    (site,) = (folder / "lib").glob("python3*/site-packages")
    installed = Path(np.__file__).parents[1]
    for part in [*installed.glob("numpy"), *installed.glob("numpy.libs"), *installed.glob("numpy-*.dist-info")]:
        (site / part.name).symlink_to(part)
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python), "install", "--quiet"]
        + ["--no-index", str(wheel)],
        check=True,
    )
    return folder


@pytest.fixture
def cut(tmp_path: Path) -> Cut:
    """Cuts all of a model, repairs nothing, and checks what was written."""

    def run(model: onnx.ModelProto, accelerators: int, strategy: str = "contiguous") -> onnx.ModelProto:
        source, target = tmp_path / "in.onnx", tmp_path / f"out{accelerators}.onnx"
        onnx.save(model, source)
        options = ["--strategy", strategy, "--repair", "none", "--no-gate", "--include", "*"]
        sizes = ["-p", str(accelerators), "--min-block", "1", "--fail-if-unchanged", "--overwrite"]
        command = [str(ROOT / "partita"), "optimize", str(source), "-o", str(target), *options, *sizes]
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
