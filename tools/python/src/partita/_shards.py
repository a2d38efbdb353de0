"""A rewritten model split into one model for each accelerator and one for the rest (docs/serving.md)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from partita._generated.api import PathLike, _folder, _report
from partita._models import model_file
from partita._process import arguments_of

if TYPE_CHECKING:
    from partita._models import Model


@dataclass(frozen=True)
class ShardOutput:
    """A tensor that a stage or the whole model makes, or that the whole model is given.

    A dimension is a number, a name, or None where it is not known; the shape is None where not even the number of
    dimensions is.
    """

    name: str
    element_type: str
    shape: tuple[int | str | None, ...] | None


@dataclass(frozen=True)
class ShardInput:
    """A tensor that a stage reads, and the stage that makes it; None where the whole model is given it."""

    name: str
    element_type: str
    shape: tuple[int | str | None, ...] | None
    from_: str | None


@dataclass(frozen=True)
class ShardFile:
    """A file of a stage, its path below the folder."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Stage:
    """One model of a shard. It reads from stages of lower levels alone."""

    name: str
    level: int
    regions: tuple[str, ...]
    files: tuple[ShardFile, ...]
    inputs: tuple[ShardInput, ...]
    outputs: tuple[ShardOutput, ...]


@dataclass(frozen=True)
class Shard:
    """What one accelerator holds; of the rest, `accelerator` and what follows it are None."""

    name: str
    accelerator: int | None
    layer_annotation: str | None
    layer_assignment: str | None
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class ShardManifest:
    """The content of `manifest.json`."""

    schema_version: int
    partita: str
    source_sha256: str
    accelerators: int
    inputs: tuple[ShardOutput, ...]
    outputs: tuple[ShardOutput, ...]
    shards: tuple[Shard, ...]


def shard(
    model: Model,
    output: PathLike,
    *,
    layout: Literal["folder", "triton"] | None = None,
    json: PathLike | None = None,
    overwrite: bool = False,
) -> ShardManifest:
    """Takes a rewritten model apart into a folder of models, and returns its manifest.

    >>> import partita
    >>> report = partita.optimize(example_model, folder / "whole.onnx", accelerators=2, gate=False)
    >>> manifest = partita.shard(folder / "whole.onnx", folder / "shards")
    >>> [(shard.name, [stage.files[0].path for stage in shard.stages]) for shard in manifest.shards][1]
    ('accelerator_0', ['accelerator_0/stage_1.onnx'])
    """
    with _folder() as folder:
        options = {"layout": layout, "overwrite": overwrite}
        arguments = [*arguments_of("shard", [model_file(model, folder)], options), "-o", os.fspath(output)]
        return _report(ShardManifest, arguments, folder, json, overwrite)
