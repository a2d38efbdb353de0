"""What planning, least squares, bridges and distillation keep of the bundled classifiers' accuracy.

    python3 tools/bench/accuracy.py [--seeds 3] [--accelerators 4,8,16] [--models mlp,vgg]
    python3 tools/bench/accuracy.py --train-images 60000 ...      with all of Debian's dataset-fashion-mnist

Prints a table in Markdown: points of top-1 lost on the 10,000 test images, mean and spread (smallest
to largest) over the seeds; what is kept of the weights of the layers that were cut or refitted; seconds
of planning and repair. Calibration: 8,192 unlabelled training images unless told. Needs nothing but
Python's standard library and ./partita; --train-images needs the Debian package and writes its .npz
itself.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import shutil
import struct
import subprocess
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = ROOT / "fixtures/src/main/resources/dev/partita/fixtures"
IMAGES = Path("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")
STAGES = ("plan", "repair", "distil")
STEPS = (
    ("contiguous blocks", ["--strategy", "contiguous", "--repair", "none"]),
    ("planned", ["--repair", "none"]),
    ("planned, least squares", ["--repair", "least-squares"]),
    ("planned, least squares, distilled", ["--repair", "distill"]),
    (
        "planned, least squares, bridges of rank 32",
        ["--repair", "least-squares", "--bridge-rank", "32"],
    ),
    (
        "planned, least squares, bridges of rank 32, distilled",
        ["--repair", "distill", "--bridge-rank", "32"],
    ),
)


def images(count: int, path: Path) -> Path:
    """The first training images as the array ``image`` of an .npz."""
    raw = gzip.decompress(IMAGES.read_bytes())
    _, found, height, width = struct.unpack(">IIII", raw[:16])
    count = min(count, found)
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {height}, {width}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    npy = io.BytesIO()
    npy.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode("latin1"))
    npy.write(raw[16 : 16 + count * height * width])
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("image.npy", npy.getvalue())
    return path


def run(folder: Path, model: str, calibration: Path, branches: int, seed: int, options: list[str]):
    """One optimization without a gate; its report."""
    report = folder / "report.json"
    command = [ROOT / "partita", "optimize", folder / f"fashion-{model}.onnx"]
    command += ["-o", folder / "out.onnx", "--overwrite", "--no-gate", "--quiet"]
    command += ["-p", str(branches), "--seed", str(seed), "--calibration", calibration]
    command += ["--validation", RESOURCES / "data/fashion-validation.npz", "--json", report]
    subprocess.run([str(part) for part in command + options], check=True, stdout=subprocess.DEVNULL)
    return json.loads(report.read_text())


def row(reports: list[dict]) -> str:
    lost, agreement, seconds = [], [], []
    for report in reports:
        output = report["accuracy"]["outputs"][0]
        lost.append(100 * (output["top1Before"] - output["top1After"]))
        agreement.append(output["agreement"])
        stages = report["run"]["stages"]
        seconds.append(sum(s["millis"] for s in stages if s["name"] in STAGES) / 1000)
    regions = reports[0]["regions"]
    weights = sum(r["parametersAfter"] for r in regions) / sum(r["parametersBefore"] for r in regions)
    mean = sum(lost) / len(lost)
    return (
        f"{mean:.2f} ({min(lost):.2f} to {max(lost):.2f}) | {sum(agreement) / len(agreement):.3f}"
        f" | {weights:.1%} | {sum(seconds) / len(seconds):.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--accelerators", default="4,8,16")
    parser.add_argument("--models", default="mlp,vgg")
    parser.add_argument("--train-images", type=int, default=0)
    parser.add_argument("--only", help="part of the name of the steps to run")
    parser.add_argument("--options", default="", help="further options of every run")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calibration = RESOURCES / "data/fashion-calibration.npz"
        if chosen.train_images:
            calibration = images(chosen.train_images, folder / "train.npz")
        print("| model, P | repair | points lost | agreement | weights | seconds |")
        print("|---|---|---|---|---|---|")
        for model in chosen.models.split(","):
            packed = RESOURCES / f"models/fashion-{model}.onnx.gz"
            with gzip.open(packed) as source, (folder / f"fashion-{model}.onnx").open("wb") as sink:
                shutil.copyfileobj(source, sink)
            for branches in map(int, chosen.accelerators.split(",")):
                for step, options in STEPS:
                    if chosen.only and chosen.only not in step:
                        continue
                    more = options + chosen.options.split()
                    reports = [
                        run(folder, model, calibration, branches, seed, more)
                        for seed in range(1, chosen.seeds + 1)
                    ]
                    print(f"| {model}, P={branches} | {step} | {row(reports)} |", flush=True)


if __name__ == "__main__":
    main()
