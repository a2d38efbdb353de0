"""Train a model under the masks that `partita masks` wrote, and export it to be cut without loss.

    python finetune_masked.py train LABELLED.npz --checkpoint dense.pt --onnx dense.onnx
    partita masks dense.onnx -o masks.npz -p 4 --calibration UNLABELLED.npz
    python finetune_masked.py finetune UNLABELLED.npz --checkpoint dense.pt --masks masks.npz \\
        --validation LABELLED.npz --onnx tuned.onnx
    partita optimize tuned.onnx -o cut.onnx -p 4 --strategy lossless --validation LABELLED.npz

The model is a small classifier; for another one, take `apply_masks` before training and
`make_permanent` before exporting, and nothing else has to change. Training goes against the outputs
of the dense model, so that it needs no labels. Needs PyTorch and NumPy.
"""

from __future__ import annotations

import argparse
import copy
import inspect
import json
import math
from pathlib import Path

import numpy as np

DESCRIPTION = "partita/layers"
HIDDEN = 256
BATCH = 256
TEMPERATURE = 2.0


def read_masks(path: Path) -> list[tuple[dict, np.ndarray]]:
    """The masked layers of an archive: what it says of each, and its mask as it is stored."""
    with np.load(path) as archive:
        layers = json.loads(archive[DESCRIPTION].tobytes())["layers"]
        return [(layer, archive[layer["mask"]]) for layer in layers if layer["mask"] is not None]


def find_parameter(layer: dict, shapes: dict[str, tuple[int, ...]]) -> str:
    """The parameter of a PyTorch model that a layer's weight was exported from.

    Exporters keep a parameter's name where they store it as it is. Where they store it transposed
    (a MatMul's), the bias or the node says which module it belongs to.
    """
    weight, bias = layer["weight"], layer["bias"] or ""
    if shapes.get(weight) == tuple(layer["shape"]):
        return weight
    module = bias[: -len(".bias")] if bias.endswith(".bias") else None
    path = ".".join(layer["node"].strip("/").split("/")[:-1])
    for candidate in (module, path):
        if candidate and shapes.get(f"{candidate}.weight", ())[:2] == (layer["out"], layer["in"]):
            return f"{candidate}.weight"
    raise KeyError(f"no parameter found for the weight {weight!r} of node {layer['node']!r}")


def mask_of_parameter(layer: dict, mask: np.ndarray, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """A mask as its parameter is laid out: as stored, or [out, in, ...] where only the module is known."""
    if name == layer["weight"]:
        return mask
    if layer["orientation"] == "out-in":
        return mask.reshape(shape)
    return mask.reshape(layer["in"], layer["out"]).T.reshape(shape)


def apply_masks(model, path: Path) -> list[str]:
    """Multiplies parameters by their masks whenever they are used; returns their names."""
    import torch
    from torch.nn.utils import parametrize

    class Masked(torch.nn.Module):
        def __init__(self, mask: np.ndarray, like) -> None:
            super().__init__()
            self.register_buffer("mask", torch.from_numpy(mask.copy()).to(like))

        def forward(self, weight):
            return weight * self.mask

    # All are looked up before any is changed, which gives parameters other names.
    parameters = dict(model.named_parameters())
    shapes = {name: tuple(value.shape) for name, value in parameters.items()}
    found = []
    for layer, mask in read_masks(path):
        name = find_parameter(layer, shapes)
        found.append((name, mask_of_parameter(layer, mask, name, shapes[name])))
    for name, mask in found:
        module, _, attribute = name.rpartition(".")
        masked = Masked(mask, parameters[name])
        parametrize.register_parametrization(model.get_submodule(module), attribute, masked)
    return [name for name, _ in found]


def make_permanent(model) -> None:
    """Leaves the masked weights in place of weights and masks, for the export."""
    from torch.nn.utils import parametrize

    for module in list(model.modules()):
        if parametrize.is_parametrized(module):
            for attribute in list(module.parametrizations):
                parametrize.remove_parametrizations(module, attribute, leave_parametrized=True)


def classifier(rows: int):
    """A small classifier of images of 784 pixels, seen as so many rows of equal length."""
    import torch
    from torch import nn

    class Classifier(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1 = nn.Linear(784 // rows, HIDDEN)
            self.fc2 = nn.Linear(HIDDEN, HIDDEN)
            self.fc3 = nn.Linear(HIDDEN, 10)

        def forward(self, image):
            pixels = image.to(torch.float32) / 255
            x = pixels.reshape(-1, 784) if rows == 1 else pixels.reshape(-1, rows, 784 // rows)
            x = torch.relu(self.fc2(torch.relu(self.fc1(x))))
            return self.fc3(x if rows == 1 else x.mean(1))

    return Classifier()


def read_data(path: Path):
    import torch

    with np.load(path) as archive:
        name = next(key for key in archive.files if key != "labels")
        labels = torch.from_numpy(archive["labels"].astype(np.int64)) if "labels" in archive else None
        return torch.from_numpy(archive[name]), labels


def fit(model, inputs, steps: int, rate: float, loss) -> None:
    """Adam with cosine decay on random batches."""
    import torch

    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * step / steps))
        chosen = torch.randint(len(inputs), (BATCH,))
        optimizer.zero_grad()
        loss(model(inputs[chosen]), chosen).backward()
        optimizer.step()


def top1(model, inputs, labels) -> float:
    import torch

    with torch.no_grad():
        return (model(inputs).argmax(1) == labels).double().mean().item()


def export(model, example, path: Path) -> None:
    import torch

    options = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(
        model.eval(),
        (example,),
        str(path),
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "N"}, "logits": {0: "N"}},
        opset_version=17,
        **options,
    )


def train(chosen: argparse.Namespace) -> None:
    import torch
    from torch.nn.functional import cross_entropy

    inputs, labels = read_data(chosen.data)
    seen = len(inputs) - chosen.held_out
    model = classifier(chosen.rows)
    fit(model, inputs[:seen], chosen.steps, 1e-3, lambda out, rows: cross_entropy(out, labels[rows]))
    print(f"dense: top-1 {top1(model, inputs[seen:], labels[seen:]):.4f}")
    torch.save(model.state_dict(), chosen.checkpoint)
    export(model, inputs[:1], chosen.onnx)


def finetune(chosen: argparse.Namespace) -> None:
    import torch
    from torch.nn.functional import kl_div, log_softmax

    dense = classifier(chosen.rows)
    dense.load_state_dict(torch.load(chosen.checkpoint))
    model = copy.deepcopy(dense)
    print("masked:", ", ".join(apply_masks(model, chosen.masks)))
    inputs, _ = read_data(chosen.data)
    with torch.no_grad():
        goals = log_softmax(dense(inputs) / TEMPERATURE, 1)

    def loss(outputs, rows):
        found = log_softmax(outputs / TEMPERATURE, 1)
        return kl_div(found, goals[rows], reduction="batchmean", log_target=True)

    held, labels = read_data(chosen.validation)
    held, labels = held[-chosen.held_out :], labels[-chosen.held_out :]
    print(f"masked, before training: top-1 {top1(model, held, labels):.4f}")
    fit(model, inputs, chosen.steps, 1e-3, loss)
    make_permanent(model)
    print(f"masked, after training: top-1 {top1(model, held, labels):.4f}")
    export(model, inputs[:1], chosen.onnx)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    for name, function in (("train", train), ("finetune", finetune)):
        command = commands.add_parser(name)
        command.set_defaults(function=function)
        command.add_argument("data", type=Path, help=".npz of images, with labels to train")
        command.add_argument("--checkpoint", type=Path, required=True, help="of the dense model")
        command.add_argument("--onnx", type=Path, required=True, help="where the export goes")
        command.add_argument("--rows", type=int, default=1, help="rows that an image is seen as")
        command.add_argument("--steps", type=int, default=600)
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--held-out", type=int, default=2000, help="labelled samples kept back")
        if function is finetune:
            command.add_argument("--masks", type=Path, required=True)
            command.add_argument("--validation", type=Path, required=True, help="labelled .npz")
    chosen = parser.parse_args()
    import torch

    torch.manual_seed(chosen.seed)
    chosen.function(chosen)


if __name__ == "__main__":
    main()
