"""Conversion of models from Python objects to files and back."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, Union, cast

from partita._errors import UsageError

if TYPE_CHECKING:
    import onnx
    import onnx_ir

    Model: TypeAlias = Union[str, os.PathLike[str], bytes, onnx.ModelProto, onnx_ir.Model]
    InMemory: TypeAlias = Union[bytes, onnx.ModelProto, onnx_ir.Model]
    InMemoryT = TypeVar("InMemoryT", bytes, onnx.ModelProto, onnx_ir.Model)

# A protobuf message holds less than 2 GiB; larger tensors of a model in memory go into a separate file.
_INLINE_BYTES = 1 << 30


def is_proto(model: object) -> bool:
    """Whether this is an onnx.ModelProto; onnx is not imported to find out."""
    onnx = sys.modules.get("onnx")
    return onnx is not None and isinstance(model, onnx.ModelProto)


def is_ir(model: object) -> bool:
    """Whether this is an onnx_ir.Model; onnx_ir is not imported to find out."""
    onnx_ir = sys.modules.get("onnx_ir")
    return onnx_ir is not None and isinstance(model, onnx_ir.Model)


def model_file(model: Model, folder: Path, name: str = "input.onnx") -> Path:
    """The file of a model. A model in memory is written to the folder, with large tensors in a separate file.

    Raises:
        UsageError: it is nothing that can be taken for a model.
    """
    if isinstance(model, (str, os.PathLike)):
        return Path(model)
    path = folder / name
    if isinstance(model, bytes):
        path.write_bytes(model)
    elif is_proto(model):
        _save_proto(model, path)
    elif is_ir(model):
        _save_ir(model, path)
    else:
        raise UsageError(
            f"A {type(model).__module__}.{type(model).__qualname__} is not a model.",
            "Give a path, bytes, an onnx.ModelProto or an onnx_ir.Model.",
        )
    return path


def load_like(model: InMemoryT, path: Path) -> InMemoryT:
    """A file as a model of the same kind as another, loaded completely into memory."""
    result: Any
    if isinstance(model, bytes):
        result = path.read_bytes()
        if any(entry != path and entry.name.startswith(path.name) for entry in path.parent.iterdir()):
            raise UsageError("The result has external data, which bytes cannot hold.", "Give a path as the output.")
    elif is_proto(model):
        import onnx

        result = onnx.load(str(path))
    else:
        import onnx_ir

        result = onnx_ir.external_data.load_to_model(onnx_ir.load(path))
    return cast("InMemoryT", result)


def input_names(path: Path) -> list[str]:
    """Names of the graph inputs that are not initializers.

    Raises:
        UsageError: the package onnx, which reads them, is not installed.
    """
    try:
        import onnx
    except ImportError:
        raise UsageError(
            "Batches without names need the package onnx to read the model's inputs.",
            "Install onnx, or give dicts from input names to arrays.",
        ) from None
    graph = onnx.load(str(path), load_external_data=False).graph
    initialized = {tensor.name for tensor in graph.initializer}
    return [value.name for value in graph.input if value.name not in initialized]


def _save_proto(model: Any, path: Path) -> None:
    import onnx

    if model.ByteSize() <= _INLINE_BYTES:
        path.write_bytes(model.SerializeToString())
        return
    # save_model moves tensors out of the message that it is given.
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    onnx.save_model(copy, str(path), save_as_external_data=True, location=path.name + ".data")


def _save_ir(model: Any, path: Path) -> None:
    import onnx_ir

    weights = sum(value.const_value.nbytes for value in model.graph.initializers.values() if value.const_value is not None)
    if weights <= _INLINE_BYTES:
        path.write_bytes(onnx_ir.to_proto(onnx_ir.external_data.load_to_model(model.clone())).SerializeToString())
    else:
        onnx_ir.save(model, path, external_data=path.name + ".data")
