"""Trains a classifier in PyTorch and exports it, with the data that Partita wants, as docs/first-steps.md walks through.

    python own_model.py LABELLED.npz FOLDER

Writes own.onnx, calibration.npz (inputs alone) and validation.npz (inputs and labels) to the folder. For a model of your
own, take the last two functions. Needs PyTorch and NumPy.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import nn

HELD_OUT = 2000
EPOCHS = 8
BATCH = 128


def classifier(inputs: int, classes: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(inputs, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, classes)
    )


def train(model: nn.Module, inputs: np.ndarray, labels: np.ndarray) -> None:
    torch.manual_seed(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(inputs)).split(BATCH):
            loss = nn.functional.cross_entropy(
                model(torch.from_numpy(inputs[batch])), torch.from_numpy(labels[batch])
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def export(model: nn.Module, example: np.ndarray, path: Path) -> None:
    """The first axis stays open, so that the model takes any number of samples at a time."""
    torch.onnx.export(
        model.eval(),
        (torch.from_numpy(example),),
        str(path),
        input_names=["x"],
        output_names=["scores"],
        dynamic_axes={"x": {0: "batch"}, "scores": {0: "batch"}},
        opset_version=17,
    )


def save_data(folder: Path, seen: np.ndarray, held_out: np.ndarray, labels: np.ndarray) -> None:
    """Arrays are named after the model's inputs; the classes of the validation data are named labels."""
    np.savez(folder / "calibration.npz", x=seen)
    np.savez(folder / "validation.npz", x=held_out, labels=labels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    with np.load(options.data) as archive:
        (name,) = set(archive.files) - {"labels"}
        inputs = archive[name].astype(np.float32).reshape(len(archive[name]), -1)
        labels = archive["labels"].astype(np.int64)
    seen, held_out = inputs[:-HELD_OUT], inputs[-HELD_OUT:]
    torch.manual_seed(1)
    model = classifier(inputs.shape[1], int(labels.max()) + 1)
    train(model, seen, labels[:-HELD_OUT])
    options.folder.mkdir(parents=True, exist_ok=True)
    export(model, held_out[:1], options.folder / "own.onnx")
    save_data(options.folder, seen, held_out, labels[-HELD_OUT:])


if __name__ == "__main__":
    main()
