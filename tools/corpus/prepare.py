"""Fills model skeletons with seeded weights and sends them through other people's optimizers.

    python tools/corpus/prepare.py --skeletons fixtures/corpus/skeletons.zip --list
    python tools/corpus/prepare.py --skeletons fixtures/corpus/skeletons.zip --out FOLDER NAME...

For each name it writes NAME.onnx, then NAME+VARIANT.onnx for every variant: onnxslim, onnxsim, ONNX
Runtime's offline optimizer (ort-extended), and its dynamic quantizer (quantized,
quantized-per-channel). A tool that refuses a model is reported on standard output as
`refused NAME+VARIANT: reason`, and its file is missing. Packages: tools/corpus/requirements.txt.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx.shape_inference import InferenceError
from onnxruntime.quantization import QuantType, quantize_dynamic

SEED = 20261124
TYPES = {"FLOAT": np.float32, "FLOAT16": np.float16, "DOUBLE": np.float64}


def names(skeletons: Path) -> list[str]:
    with zipfile.ZipFile(skeletons) as archive:
        return [n.removesuffix(".onnx") for n in archive.namelist() if n.endswith(".onnx")]


def fill(skeletons: Path, name: str) -> onnx.ModelProto:
    """The model, with numbers of the recorded mean and deviation where weights were removed."""
    with zipfile.ZipFile(skeletons) as archive:
        model = onnx.ModelProto.FromString(archive.read(f"{name}.onnx"))
        removed = {entry["name"]: entry for entry in json.loads(archive.read(f"{name}.json"))}
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].HasField("t"):
            tensors[node.output[0]] = node.attribute[0].t
    for tensor_name, entry in removed.items():
        tensor = tensors[tensor_name]
        assert list(tensor.dims) == entry["dims"], tensor_name
        # Each tensor has a seed of its own, so that one more in a model leaves the others alone.
        random = np.random.default_rng([SEED, zlib.crc32(tensor_name.encode())])
        values = random.standard_normal(entry["dims"], dtype=np.float32)
        values = values * np.float32(entry["std"]) + np.float32(entry["mean"])
        tensor.raw_data = values.astype(TYPES[entry["type"]]).tobytes()
    return model


def onnxslim(source: Path, target: Path) -> None:
    run([sys.executable, "-m", "onnxslim", str(source), str(target)])


def onnxsim(source: Path, target: Path) -> None:
    run([sys.executable, "-m", "onnxsim", str(source), str(target)])


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise RuntimeError(lines[-1] if lines else f"exit {done.returncode}")


def ort_extended(source: Path, target: Path) -> None:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    options.log_severity_level = 4
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


# ONNX Runtime's CPU provider has no kernel for the ConvInteger of int8 weights that it would make.
QUANTIZED_OPERATORS = ["MatMul", "Gemm"]


def quantize(source: Path, target: Path, per_channel: bool) -> None:
    options = {
        "per_channel": per_channel,
        "weight_type": QuantType.QInt8,
        "op_types_to_quantize": QUANTIZED_OPERATORS,
    }
    try:
        quantize_dynamic(source, target, **options)
    except InferenceError:
        # It transposes the weight of a Gemm and then trips over the shape that the newer exporter
        # wrote down for that weight.
        plain = source.with_name(f"{source.stem}.plain")
        model = onnx.load(source)
        model.graph.ClearField("value_info")
        onnx.save(model, plain)
        del model
        try:
            quantize_dynamic(plain, target, **options)
        finally:
            plain.unlink()


def quantized(source: Path, target: Path) -> None:
    quantize(source, target, per_channel=False)


def quantized_per_channel(source: Path, target: Path) -> None:
    quantize(source, target, per_channel=True)


VARIANTS: dict[str, Callable[[Path, Path], None]] = {
    "onnxslim": onnxslim,
    "onnxsim": onnxsim,
    "ort-extended": ort_extended,
    "quantized": quantized,
    "quantized-per-channel": quantized_per_channel,
}


def require_loadable(model: Path) -> None:
    """What its own runtime refuses is no model to try anything on."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def prepare(source: Path, variants: list[str]) -> None:
    """Writes the variants of a model beside it."""
    for variant in variants:
        target = source.with_name(f"{source.stem}+{variant}.onnx")
        try:
            VARIANTS[variant](source, target)
            if not target.is_file():
                raise RuntimeError("wrote nothing")
            require_loadable(target)
            print(f"made {target.name}", flush=True)
        # Whatever another tool stumbles over is that tool's answer, and reported as such.
        except Exception as refusal:
            target.unlink(missing_ok=True)
            target.with_name(f"{target.name}.data").unlink(missing_ok=True)
            reason = " ".join(str(refusal).split())[:300]
            print(f"refused {source.stem}+{variant}: {reason}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--skeletons", type=Path, required=True)
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("--out", type=Path, help="the folder to write into")
    parser.add_argument("--model", type=Path, help="a model file to take instead of a skeleton")
    parser.add_argument("--variants", nargs="*", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    if arguments.list:
        print("\n".join(names(arguments.skeletons)))
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.names:
        filled = arguments.out / f"{name}.onnx"
        onnx.save(fill(arguments.skeletons, name), filled)
        print(f"made {filled.name}", flush=True)
        prepare(filled, arguments.variants)
    if arguments.model:
        copy = arguments.out / arguments.model.name
        shutil.copyfile(arguments.model, copy)
        prepare(copy, arguments.variants)


if __name__ == "__main__":
    main()
