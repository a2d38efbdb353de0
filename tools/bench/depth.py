"""Bytes written and CPU time of least squares against the number of regions.

    .venv/bin/python tools/bench/depth.py [--partita ./partita] [--against OTHER/partita] [PAIRS ...]

A chain of equal residual pairs of dense layers, 256-512-256, behind a normalization each; random weights and random data
(1,024 samples). Bytes are what the process and its children wrote, as the kernel counts them; where --against names the
launcher of another checkout, both run in turn.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTH, HIDDEN, SAMPLES = 256, 512, 1024


def model(pairs: int) -> onnx.ModelProto:
    """The chain."""
    random = np.random.default_rng(pairs)
    nodes, weights = [], []

    def weight(name: str, *shape: int) -> str:
        values = (random.normal(size=shape) / np.sqrt(shape[0])).astype(np.float32)
        weights.append(numpy_helper.from_array(values, name))
        return name

    value = "x"
    for pair in range(pairs):
        scale, shift = weight(f"scale{pair}", WIDTH), weight(f"shift{pair}", WIDTH)
        nodes.append(helper.make_node("LayerNormalization", [value, scale, shift], [f"norm{pair}"], f"norm{pair}"))
        nodes.append(helper.make_node("MatMul", [f"norm{pair}", weight(f"up{pair}", WIDTH, HIDDEN)], [f"u{pair}"], f"up{pair}"))
        nodes.append(helper.make_node("Relu", [f"u{pair}"], [f"r{pair}"], f"relu{pair}"))
        nodes.append(helper.make_node("MatMul", [f"r{pair}", weight(f"down{pair}", HIDDEN, WIDTH)], [f"d{pair}"], f"down{pair}"))
        nodes.append(helper.make_node("Add", [value, f"d{pair}"], [f"sum{pair}"], f"add{pair}"))
        value = f"sum{pair}"
    graph = helper.make_graph(
        nodes,
        "depth",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", WIDTH])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, ["n", WIDTH])],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def measure(launcher: str, path: Path, output: Path) -> tuple[float, float]:
    """Megabytes written and seconds of CPU of one run."""
    command = [launcher, "optimize", str(path), "-o", str(output), "-p", "4", "--calibration", f"random:{SAMPLES}"]
    process = subprocess.Popen([*command, "--no-gate", "--threads", "1", "--overwrite"], stdout=subprocess.DEVNULL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    counted = dict(line.split(": ") for line in Path(f"/proc/{process.pid}/io").read_text().splitlines())
    _, code, usage = os.wait4(process.pid, 0)
    if code:
        raise SystemExit(f"{' '.join(command)} failed")
    return int(counted["write_bytes"]) / 1e6, usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="*", type=int, default=[8, 16, 32, 64])
    parser.add_argument("--partita", default="./partita")
    parser.add_argument("--against")
    arguments = parser.parse_args()
    # A row for each entry and exit of a region, in single precision.
    print("pairs  model MB  activations MB  written MB  CPU s")
    with tempfile.TemporaryDirectory() as folder:
        for pairs in arguments.pairs or [8, 16, 32, 64]:
            path = Path(folder) / "model.onnx"
            onnx.save(model(pairs), path)
            kept = pairs * 2 * WIDTH * SAMPLES * 4 / 1e6
            size = path.stat().st_size / 1e6
            for launcher in filter(None, [arguments.partita, arguments.against]):
                written, cpu = measure(launcher, path, Path(folder) / "out.onnx")
                print(f"{pairs:5}  {size:8.1f}  {kept:14.1f}  {written:10.1f}  {cpu:5.1f}  {launcher}")


if __name__ == "__main__":
    main()
