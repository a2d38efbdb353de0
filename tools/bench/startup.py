"""Wall time of short commands and of `python -c "import onnx"`, in alternation; the fastest and the median of each.

    .venv/bin/python tools/bench/startup.py [--environment FOLDER] [--repeats N]

FOLDER is a virtual environment in which the wheel is installed; without it the launcher runs from the sources. One run of
each command, which makes the archive of classes, goes before and does not count.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[2]


def megabyte_model(path: Path) -> None:
    """Two layers 360-360-360 in float32: 1.04 MB."""
    random = np.random.default_rng(1)
    weights = [numpy_helper.from_array(random.standard_normal((360, 360), np.float32), f"w{i}") for i in (0, 1)]
    nodes = [
        helper.make_node("MatMul", ["x", "w0"], ["h"], "first"),
        helper.make_node("Relu", ["h"], ["r"], "relu"),
        helper.make_node("MatMul", ["r", "w1"], ["y"], "second"),
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 360]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "two", ends[:1], ends[1:], weights)
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]), str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--environment", type=Path)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.onnx"
        megabyte_model(model)
        os.environ["PARTITA_CACHE"] = str(Path(folder) / "cache")
        if options.environment:
            launcher = [str(options.environment / "bin" / "partita")]
        else:
            os.environ["PYTHONPATH"] = str(ROOT / "tools" / "python" / "src")
            launcher = [sys.executable, "-m", "partita"]
        commands = {
            'python -c "import onnx"': [sys.executable, "-c", "import onnx"],
            "partita --help (Python)": [*launcher, "--help"],
            "partita inspect (Python)": [*launcher, "inspect", str(model)],
            "./partita --help": [str(ROOT / "partita"), "--help"],
            "./partita inspect": [str(ROOT / "partita"), "inspect", str(model)],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for repeat in range(options.repeats + 1):
            for name, command in commands.items():
                started = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                if repeat:
                    seconds[name].append(time.perf_counter() - started)
    print(f"{'command':28} {'fastest, s':>10} {'middle, s':>10}   of {options.repeats}")
    for name, times in seconds.items():
        print(f"{name:28} {min(times):10.3f} {statistics.median(times):10.3f}")


if __name__ == "__main__":
    main()
