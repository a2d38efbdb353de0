"""Conversion of calibration and validation data from Python objects to .npz files."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, Union

import numpy as np
import numpy.typing as npt

from partita._errors import UsageError
from partita._models import input_names

Arrays: TypeAlias = Mapping[str, npt.ArrayLike]
Data: TypeAlias = Union[str, "os.PathLike[str]", Arrays, Iterable[Any], Callable[[], Iterable[Any]]]

LABELS = "labels"


def data_argument(data: Data, path: Path, model: Path) -> str:
    """The argument of `--calibration` or `--validation`: the name unchanged, or the file with the arrays.

    Args:
        data: a path or a word such as "random:256"; a dict from input names to arrays whose first axis is the samples,
            optionally with "labels"; or batches: dicts, or what a DataLoader yields, pairs of inputs and labels, where the
            inputs may also be one array or a sequence of arrays in the order of the model's inputs; or a function that
            returns batches.
        path: the .npz file to write.
        model: the model, from which inputs without names get theirs.

    Raises:
        UsageError: there are no samples, or batches do not go together.
    """
    if isinstance(data, (str, os.PathLike)):
        return os.fspath(data)
    if isinstance(data, Mapping):
        arrays = {name: _array(name, values) for name, values in data.items()}
    else:
        arrays = _joined(data() if callable(data) else data, model)
    if not arrays:
        raise UsageError("The data has no samples.", "Give at least one array or batch.")
    # Not compressed: the file is read once and removed. (numpy.savez takes names as keywords, and not all of them.)
    with zipfile.ZipFile(path, "x", allowZip64=True) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)
    return str(path)


def _joined(batches: Iterable[Any], model: Path) -> dict[str, npt.NDArray[Any]]:
    if isinstance(batches, Mapping):
        return {name: _array(name, values) for name, values in batches.items()}
    if isinstance(batches, (bytes, np.ndarray)) or not isinstance(batches, Iterable):
        raise UsageError(
            f"A {type(batches).__name__} is not valid data.", "Give a dict from input names to arrays, or batches of such dicts."
        )
    parts: dict[str, list[npt.NDArray[Any]]] = {}
    names: list[str] | None = None
    for index, batch in enumerate(batches):
        if not isinstance(batch, Mapping) and names is None and not _has_named_inputs(batch):
            names = input_names(model)
        named = _named(batch, names)
        if index and named.keys() != parts.keys():
            raise UsageError(
                f"Batch {index} has {', '.join(named)}, but the first has {', '.join(parts)}.",
                "Use the same names in all batches.",
            )
        for name, values in named.items():
            parts.setdefault(name, []).append(_array(name, values))
    return {name: _concatenated(name, arrays) for name, arrays in parts.items()}


def _has_named_inputs(batch: Any) -> bool:
    return isinstance(batch, (tuple, list)) and len(batch) == 2 and isinstance(batch[0], Mapping)


def _named(batch: Any, names: list[str] | None) -> dict[str, Any]:
    if isinstance(batch, Mapping):
        return dict(batch)
    if _has_named_inputs(batch):
        inputs, labels = batch
        return {**inputs, LABELS: labels}
    assert names is not None
    if not isinstance(batch, (tuple, list)):
        batch = [batch]
    if len(batch) == 2 and isinstance(batch[0], (tuple, list)):
        inputs, labels = batch
        batch = [*inputs, labels]
    if len(batch) == len(names):
        return dict(zip(names, batch))
    if len(batch) == len(names) + 1:
        return dict(zip([*names, LABELS], batch))
    raise UsageError(
        f"A batch has {len(batch)} parts, but the model has {len(names)} inputs: {', '.join(names)}.",
        "Give dicts from input names to arrays, or a part for each input and optionally the labels.",
    )


def _concatenated(name: str, arrays: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    shapes = {array.shape[1:] for array in arrays}
    if len(shapes) > 1:
        raise UsageError(
            f"Samples of {name} differ in shape: {', '.join(map(str, sorted(shapes)))}.", "Pad them to one shape."
        )
    return np.concatenate(arrays)


def _array(name: str, values: Any) -> npt.NDArray[Any]:
    # Tensors of torch know how to leave a device and a graph of gradients.
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        try:
            values = values.numpy()
        except TypeError:
            raise UsageError(f"The type {values.dtype} of {name} has no counterpart in NumPy.", "Convert it.") from None
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise UsageError(f"The array {name} has type {array.dtype}, which is not numeric.", "Convert it.")
    if array.ndim == 0 or array.shape[0] == 0:
        raise UsageError(f"The array {name} has shape {array.shape} and no samples.", "Its first axis is the samples.")
    return array
