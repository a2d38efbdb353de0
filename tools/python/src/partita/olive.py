"""Partition pruning as a pass of Olive.

    partita olive-config -o package_config.json
    olive run --config workflow.json --package-config package_config.json

The workflow needs a pass of type PartitionPruning. docs/pipelines.md has a complete example.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, Union

from olive.common.config_utils import ParamCategory, validate_config
from olive.data.config import DataConfig
from olive.exception import OlivePassError
from olive.hardware.accelerator import AcceleratorSpec
from olive.model import CompositeModelHandler, ONNXModelHandler
from olive.model.utils import resolve_onnx_path
from olive.passes import Pass
from olive.passes.pass_config import BasePassConfig, PassConfigParam
from olive.resource_path import LocalFile, LocalFolder
from olive.search.search_parameter import Categorical

from partita._decode import decode
from partita._errors import GateFailedError, UsageError
from partita._generated.api import optimize
from partita._generated.options import OPTIMIZE
from partita._generated.reports import OptimizationReport
from partita._shards import ShardManifest


class PartitionPruning(Pass):  # type: ignore[misc]
    """Cuts the dense layers of an ONNX model into one block per accelerator, repairs and checks the result.

    Parameters are those of `partita.optimize`; data comes from Olive's data configurations or from files. If the
    accuracy condition fails, the pass fails, and a search continues with its next point. With `gate` false, only Olive's
    evaluator decides. The model attribute `partita` holds the figures of the run. With `shards` true, the result is a
    CompositeModelHandler with one component for each stage of each shard. Its model path is the folder that
    `partita run` and `ShardedSession` accept.
    """

    @classmethod
    def _default_config(cls, accelerator_spec: AcceleratorSpec) -> dict[str, PassConfigParam]:
        def parameter(type_: Any, description: str, default: Any = None, **more: Any) -> PassConfigParam:
            return PassConfigParam(type_=type_, default_value=default, description=description, **more)

        search_defaults = {"accelerators": Categorical([2, 4, 8]), "bridge_rank": Categorical([0, 16])}
        options: dict[str, PassConfigParam] = {}
        for option in OPTIMIZE:
            name = option["name"]
            more = {"category": ParamCategory.PATH} if option["type"] == "data" else {}
            if name in search_defaults:
                more["search_defaults"] = search_defaults[name]
            default = option["default"] if option["type"] in ("flag", "integer") else None
            options[name] = parameter(_type_of(option), option["description"], default, **more)
        return {
            **options,
            "data_config": parameter(
                Union[DataConfig, dict[str, Any]],
                "Data to plan and repair with; labels in it are used if it also serves as validation data.",
            ),
            "validation_data_config": parameter(
                Union[DataConfig, dict[str, Any]],
                "Data on which the result is checked (default: a quarter of the calibration data).",
            ),
            "shards": parameter(bool, "Whether the result is one model for each accelerator and one for the rest.", False),
        }

    def _run_for_config(
        self, model: ONNXModelHandler, config: type[BasePassConfig], output_model_path: str
    ) -> ONNXModelHandler | CompositeModelHandler:
        if model.external_initializers_path or model.constant_inputs_path:
            raise ValueError("PartitionPruning needs the weights in the model, not in files of initializers or inputs.")
        output = Path(resolve_onnx_path(output_model_path, Path(model.model_path).name))
        options = {name: value for name, value in config.model_dump().items() if value is not None}
        shards = output.with_name(f"{output.stem}-shards") if options.pop("shards") else None
        for file, data_config in (("calibration", "data_config"), ("validation", "validation_data_config")):
            given = options.pop(data_config, None)
            if given is not None:
                if file in options:
                    raise ValueError(f"Give PartitionPruning one of {data_config} and {file}.")
                # A function, so that batches are requested only when needed, and once.
                options[file] = validate_config(given, DataConfig).to_data_container().create_dataloader
        try:
            report = optimize(model.model_path, output, overwrite=True, progress=False, shards=shards, **options)
        except GateFailedError as failure:
            raise OlivePassError(str(failure)) from failure
        except UsageError as mistake:
            # Olive stops at a ValueError, which the user must fix, and continues after other errors.
            raise ValueError(str(mistake)) from mistake
        attributes = {**(model.model_attributes or {}), "partita": _figures(report)}
        # If nothing was cut, there are no shards.
        return _composite(shards, attributes) if shards and shards.is_dir() else _handler(output, attributes)


def _type_of(option: dict[str, Any]) -> Any:
    """The type of an option in Olive."""
    if option["type"] == "choice":
        return Literal[tuple(option["values"])]
    if option["type"] == "entries":
        return dict[str, int] if option["entries"]["type"] == "integer" else dict[str, Any]
    return {
        "flag": bool,
        "integer": int,
        "number": float,
        "data": Union[Path, str],
        "texts": list[str],
    }.get(option["type"], str)


def _composite(folder: Path, attributes: dict[str, Any]) -> CompositeModelHandler:
    """A component for each stage, in execution order."""
    manifest = decode(ShardManifest, json.loads((folder / "manifest.json").read_text(encoding="utf-8")), "manifest")
    stages = sorted((stage for shard in manifest.shards for stage in shard.stages), key=lambda stage: stage.level)
    return CompositeModelHandler(
        [_component(folder, [file.path for file in stage.files]) for stage in stages],
        # Other passes create folders with these names.
        [stage.name.replace("/", "_") for stage in stages],
        model_path=LocalFolder({"path": folder}),
        model_attributes=attributes,
    )


def _component(folder: Path, files: list[str]) -> ONNXModelHandler:
    (model,) = (folder / file for file in files if file.endswith(".onnx"))
    if len(files) == 1:
        return ONNXModelHandler(LocalFile({"path": model}))
    return ONNXModelHandler(LocalFolder({"path": model.parent}), onnx_file_name=model.name)


def _handler(output: Path, attributes: dict[str, Any]) -> ONNXModelHandler:
    data = [entry for entry in output.parent.iterdir() if entry != output and entry.name.startswith(output.name)]
    if data:
        return ONNXModelHandler(
            LocalFolder({"path": output.parent}), onnx_file_name=output.name, model_attributes=attributes
        )
    return ONNXModelHandler(LocalFile({"path": output}), model_attributes=attributes)


def _figures(report: OptimizationReport) -> dict[str, Any]:
    """The part of a report in Olive's footprint; estimates use the target's DRAM sharing."""
    total = None
    if report.total is not None:
        total = report.total.private if report.target.dram_sharing == "private" else report.total.shared
    return {
        "outcome": report.outcome,
        "target": report.target.name,
        "accelerators": report.target.accelerators,
        "parameters_before": report.input.parameters,
        "parameters_after": report.output.parameters if report.output else None,
        "estimated_speedup": total.speedup if total else None,
        "estimated_energy_ratio": total.energy_ratio if total else None,
        "gates": [
            {"metric": gate.metric, "output": gate.output, "value": gate.value, "limit": gate.limit}
            for gate in (report.accuracy.gates if report.accuracy else ())
        ],
    }
