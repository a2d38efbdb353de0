import gzip
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tools/browser"))

import watched  # noqa: E402

FIXTURES = ROOT / "fixtures/src/main/resources/dev/partita/fixtures"


@pytest.fixture(scope="session")
def browser():
    with watched.chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def produced(tmp_path_factory):
    """A folder with a rewritten model, its page, its report and its sidecar."""
    folder = tmp_path_factory.mktemp("produced")
    original = folder / "fashion-vgg.onnx"
    with gzip.open(FIXTURES / "models/fashion-vgg.onnx.gz") as packed, open(original, "wb") as file:
        shutil.copyfileobj(packed, file)
    subprocess.run(
        [
            "java",
            "-jar",
            str(ROOT / "tools/cli/target/partita.jar"),
            "optimize",
            "fashion-vgg.onnx",
            *("-o", "optimized.onnx"),
            *("--calibration", str(FIXTURES / "data/fashion-calibration.npz")),
            *("--validation", str(FIXTURES / "data/fashion-validation.npz")),
            # One choice is tried, whatever the budget is.
            *("--search", "--budget", "1s"),
            *("--report", "report.html"),
            *("--json", "report.json"),
            "--sidecar",
        ],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return folder
