"""The commands as functions. Each keyword is the command-line option of the same name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from json import dumps, loads
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from partita._data import Data, data_argument
from partita._decode import decode
from partita._errors import GateFailedError, InternalError, PartitaError, UsageError
from partita._files import write_whole
from partita._models import load_like, model_file
from partita._process import ProgressChoice, arguments_of, execute, listener_of
from partita._generated.reports import (
    AnnotateReport,
    ComparisonReport,
    EstimateReport,
    InspectReport,
    MasksReport,
    OptimizationReport,
    SearchReport,
)

if TYPE_CHECKING:
    from partita._models import InMemoryT, Model

PathLike: TypeAlias = "str | os.PathLike[str]"
Report = TypeVar("Report")


def optimize(
    model: Model,
    output: PathLike | None = None,
    *,
    calibration: Data | None = None,
    validation: Data | None = None,
    gate_output: str | None = None,
    gate: bool = True,
    dry_run: bool = False,
    overwrite: bool = False,
    json: PathLike | None = None,
    progress: ProgressChoice = None,
    # options of optimize
    **more: object,
) -> OptimizationReport:
    """Cuts the dense layers of a model, repairs and checks it, and writes the result.

    Args:
        model: a path, bytes, an onnx.ModelProto or an onnx_ir.Model.
        output: the output file; optional only with `dry_run`.
        calibration: data to plan and repair with. A path or a word such as "random:64"; a dict from the model's inputs to
            arrays whose first axis is the samples, with "labels" if there are any; batches of such dicts; or what a
            DataLoader yields. A function that returns batches is called once.
        validation: data to check the result on; a quarter of the calibration data where it is left out.
        progress: None shows bars of tqdm on a terminal, where tqdm is installed; True wants them anywhere; False shows
            nothing; a function is called with each `Progress`.
        # options of optimize
        **more: options of later jars, by their names with underscores.

    Raises:
        UsageError: options or data do not go together.
        UnsupportedModelError: the model or the data cannot be read or is refused.
        GateFailedError: the accuracy condition does not hold; its `report` has the values. Nothing was written.
        JavaNotFoundError: there is no Java 17.
        KeyboardInterrupt: Ctrl-C; Java was stopped, and nothing was written.

    >>> report = optimize(example_model, folder / "pruned.onnx", accelerators=2, calibration={"image": images})
    >>> report.outcome, report.target.accelerators
    ('optimized', 2)
    >>> report.regions[0].status, report.regions[0].parameters_after < report.regions[0].parameters_before
    ('rewritten', True)
    >>> report.total.private.speedup > 1
    True
    """
    options = _options(
        locals(), ("model", "output", "calibration", "validation", "gate_output", "gate", "json", "progress", "overwrite")
    )
    if output is None and not dry_run:
        raise UsageError("There is no output.", "Give a path as the second argument, dry_run=True, or use optimize_model.")
    with _folder() as folder:
        path = model_file(model, folder)
        _add_data(options, folder, path, calibration, validation)
        _add_gate(options, gate_output, gate)
        arguments = arguments_of("optimize", [path], {**options, "overwrite": overwrite})
        if output is not None:
            arguments += ["-o", os.fspath(output)]
        return _report(OptimizationReport, arguments, folder, json, overwrite, progress)


def optimize_model(model: InMemoryT, **options: Any) -> tuple[InMemoryT, OptimizationReport]:
    """Like `optimize`, for a model in memory: returns a new model of the same kind, and the report.

    Args:
        model: bytes, an onnx.ModelProto or an onnx_ir.Model, which is not modified.
        **options: those of `optimize`, without `output`, `dry_run` and `overwrite`.

    >>> pruned, report = optimize_model(example_model.read_bytes(), calibration={"image": images}, gate=False)
    >>> len(pruned) < example_model.stat().st_size
    True
    """
    for name in ("output", "dry_run", "overwrite"):
        if name in options:
            raise UsageError(f"optimize_model has no option {name}.", "Use optimize, which has it.")
    if isinstance(model, (str, os.PathLike)):
        raise UsageError("optimize_model is for models in memory.", "optimize takes a path, and one for the output.")
    with _folder() as folder:
        output = folder / "output.onnx"
        report = optimize(model, output, **options)
        return load_like(model, output), report


def inspect(
    model: Model,
    *,
    json: PathLike | None = None,
    overwrite: bool = False,
    # options of inspect
    **more: object,
) -> InspectReport:
    """Lists every dense layer of a model with its region, or the reason it would be left alone.

    Args:
        model: as for `optimize`.
        # options of inspect

    >>> [(layer.op, layer.in_, layer.out, layer.region, layer.state) for layer in inspect(example_model).layers]
    [('Gemm', 784, 1024, 'r0', 'cut'), ('Gemm', 1024, 1024, 'r0', 'cut'), ('Gemm', 1024, 10, 'r0', 'whole')]
    """
    options = _options(locals(), ("model", "json", "overwrite"))
    with _folder() as folder:
        arguments = arguments_of("inspect", [model_file(model, folder)], options)
        return _report(InspectReport, arguments, folder, json, overwrite)


def estimate(
    model: Model | None = None,
    *,
    shape: str | Sequence[int] | None = None,
    json: PathLike | None = None,
    overwrite: bool = False,
    # options of estimate
    **more: object,
) -> EstimateReport:
    """Estimates the cost of the dense layers on one and on all accelerators, dense and pruned, without rewriting.

    Args:
        model: as for `optimize`; or
        shape: widths of a chain of dense layers, as [2048, 4096, 200] or "2048-4096-200", with `rows` and `last_layer`.
        # options of estimate

    >>> report = estimate(shape=[2048, 4096, 4096, 200], accelerators=4)
    >>> round(report.total.private.speedup, 1)
    10.8
    """
    options = _options(locals(), ("model", "json", "overwrite"))
    if shape is not None and not isinstance(shape, str):
        options["shape"] = "-".join(map(str, shape))
    with _folder() as folder:
        positional = [] if model is None else [model_file(model, folder)]
        return _report(EstimateReport, arguments_of("estimate", positional, options), folder, json, overwrite)


def verify(
    before: Model,
    after: Model,
    *,
    data: Data | None = None,
    gate_output: str | None = None,
    gate: bool = True,
    json: PathLike | None = None,
    overwrite: bool = False,
    progress: ProgressChoice = None,
    # options of verify
    **more: object,
) -> ComparisonReport:
    """Compares two models on the same data (default: random inputs).

    Args:
        before: the original, as for `optimize`.
        after: the model to compare with it.
        # options of verify

    Raises:
        GateFailedError: the accuracy condition does not hold; its `report` is the ComparisonReport.

    >>> report = verify(example_model, example_model, data={"image": images})
    >>> report.accuracy.outputs[0].agreement, report.accuracy.gates[0].passed
    (1.0, True)
    """
    options = _options(
        locals(), ("before", "after", "data", "gate_output", "gate", "json", "overwrite", "progress")
    )
    with _folder() as folder:
        original = model_file(before, folder, "before.onnx")
        other = model_file(after, folder, "after.onnx")
        if data is not None:
            options["data"] = data_argument(data, folder / "data.npz", original)
        _add_gate(options, gate_output, gate)
        return _report(
            ComparisonReport, arguments_of("verify", [original, other], options), folder, json, overwrite, progress
        )


def search(
    model: Model,
    *,
    calibration: Data | None = None,
    validation: Data | None = None,
    gate_output: str | None = None,
    gate: bool = True,
    json: PathLike | None = None,
    overwrite: bool = False,
    progress: ProgressChoice = None,
    # options of search
    **more: object,
) -> SearchReport:
    """Tries accelerator counts, bridges and sets of regions, and returns the Pareto-optimal choices. Writes no model.

    Args:
        model: as for `optimize`.
        # options of search

    >>> report = search(example_model, calibration={"image": images}, budget="1s", progress=False)
    >>> report.points[0].metric is None, report.points[0].fronts
    (True, ('time', 'energy'))
    """
    options = _options(
        locals(), ("model", "calibration", "validation", "gate_output", "gate", "json", "overwrite", "progress")
    )
    with _folder() as folder:
        path = model_file(model, folder)
        _add_data(options, folder, path, calibration, validation)
        _add_gate(options, gate_output, gate)
        return _report(SearchReport, arguments_of("search", [path], options), folder, json, overwrite, progress)


def masks(
    model: Model,
    output: PathLike,
    *,
    calibration: Data | None = None,
    json: PathLike | None = None,
    overwrite: bool = False,
    progress: ProgressChoice = None,
    # options of masks
    **more: object,
) -> MasksReport:
    """Plans a model and writes the plan as an .npz file of masks and orders for training (docs/masks.md).

    Args:
        model: as for `optimize`.
        output: the .npz file.
        # options of masks

    >>> report = masks(example_model, folder / "masks.npz", accelerators=2, strategy="contiguous")
    >>> [(layer.node, layer.shape, layer.mask is not None) for layer in report.layers][0]
    ('/hidden1/Gemm', (1024, 784), True)
    """
    options = _options(locals(), ("model", "output", "calibration", "json", "overwrite", "progress"))
    with _folder() as folder:
        path = model_file(model, folder)
        _add_data(options, folder, path, calibration, None)
        arguments = [*arguments_of("masks", [path], {**options, "overwrite": overwrite}), "-o", os.fspath(output)]
        return _report(MasksReport, arguments, folder, json, overwrite, progress)


def annotate(
    model: Model,
    output: PathLike,
    *,
    json: PathLike | None = None,
    overwrite: bool = False,
    # options of annotate
    **more: object,
) -> AnnotateReport:
    """Restores figures that another tool removed from the nodes of a rewritten model.

    Args:
        model: as for `optimize`; one that Partita has rewritten.
        output: the output file.
        sidecar: the file that `optimize(..., sidecar=True)` wrote. Without it figures are estimated again for
            `target`.
        # options of annotate

    Raises:
        UnsupportedModelError: the sidecar belongs to another model, or the model has no branches.

    >>> report = optimize(example_model, folder / "sided.onnx", calibration={"image": images}, sidecar=True)
    >>> restored = annotate(folder / "sided.onnx", folder / "again.onnx", sidecar=folder / "sided.onnx.json")
    >>> restored.source, restored.by_output, restored.skipped
    ('sidecar', 0, ())
    """
    options = _options(locals(), ("model", "output", "json", "overwrite"))
    with _folder() as folder:
        path = model_file(model, folder)
        arguments = [*arguments_of("annotate", [path], {**options, "overwrite": overwrite}), "-o", os.fspath(output)]
        return _report(AnnotateReport, arguments, folder, json, overwrite)


def _options(call: Mapping[str, Any], others: Sequence[str]) -> dict[str, Any]:
    """Keywords that are options without conversion."""
    named = {name: value for name, value in call.items() if name not in others and name != "more"}
    return {**named, **call["more"]}


def _add_gate(options: dict[str, Any], output: str | None, gate: bool) -> None:
    options.update(output=output, no_gate=not gate)


def _add_data(
    options: dict[str, Any], folder: Path, model: Path, calibration: Data | None, validation: Data | None
) -> None:
    for name, data in (("calibration", calibration), ("validation", validation)):
        if data is not None:
            options[name] = data_argument(data, folder / f"{name}.npz", model)


def _report(
    kind: type[Report],
    arguments: Sequence[str],
    folder: Path,
    json: PathLike | None,
    overwrite: bool,
    progress: ProgressChoice = False,
) -> Report:
    if json is not None and not overwrite and os.path.lexists(json):
        raise UsageError(f"{os.fspath(json)} exists.", "Give overwrite=True to replace it.")
    written = folder / "report.json"
    failure: GateFailedError | None = None
    try:
        execute([*arguments, "--json", str(written)], listener_of(progress))
    except GateFailedError as failed:
        failure = failed
    document = _document(written, folder)
    if json is not None:
        write_whole(Path(json), dumps(document, indent=2) + "\n")
    report = decode(kind, document)
    if failure is None:
        return report
    failure.report = report  # type: ignore[assignment]
    raise failure


def _document(written: Path, folder: Path) -> dict[str, Any]:
    if not written.exists():
        raise InternalError("The run wrote no report.", "Use the jar of this package.")
    # What was in memory has a name in the report, and not the path that a file had for a while.
    passing = dumps(str(folder) + os.sep)[1:-1]
    document: dict[str, Any] = loads(written.read_text(encoding="utf-8").replace(passing, ""))
    return document


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="partita-python-") as folder:
        try:
            yield Path(folder)
        except PartitaError as error:
            raise error.without(folder + os.sep) from error.__cause__
