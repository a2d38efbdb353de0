"""`olive run` with the examples that ship, and what the pass refuses."""

from __future__ import annotations

import json
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import partita
import pytest
from olive.exception import OlivePassError
from olive.hardware import DEFAULT_CPU_ACCELERATOR
from olive.model import CompositeModelHandler, ModelConfig, ONNXModelHandler
from olive.passes.onnx.conversion import OnnxOpVersionConversion
from olive.passes.olive_pass import create_pass_from_dict
from partita._java import find_jar
from partita._olive_config import package_config
from partita.olive import PartitionPruning

CORRECT_OF_ORIGINAL = 0.9208  # fixtures/README.md; Olive counts on the same 10,000 images.


def olive_run(workplace: Path, config: str) -> dict[str, Any]:
    """The footprint of a run, whose nodes are by the names of their passes."""
    (workplace / "package_config.json").write_text(json.dumps(package_config()))
    done = subprocess.run(
        [sys.executable, "-m", "olive", "run", "--config", config, "--package-config", "package_config.json"],
        cwd=workplace,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    output = workplace / json.loads((workplace / config).read_text())["output_dir"]
    (file,) = output.rglob("footprint.json")
    footprint = json.loads(file.read_text())
    nodes = footprint.get("nodes", footprint)
    values = nodes.values() if isinstance(nodes, dict) else nodes
    return {str(node.get("from_pass")).lower(): node for node in values}


def accuracy(node: dict[str, Any]) -> float:
    return float(node["metrics"]["value"]["accuracy-accuracy_score"]["value"])


@pytest.mark.parametrize("order", ["partition_then_quantize", "quantize_then_partition"])
def test_a_workflow_finishes_with_its_metrics_in_the_footprint(order: str, workplace: Path) -> None:
    nodes = olive_run(workplace, f"{order}.json")
    assert accuracy(nodes["none"]) == pytest.approx(CORRECT_OF_ORIGINAL, abs=1e-6)
    last = nodes["onnxstaticquantization" if order == "partition_then_quantize" else "partitionpruning"]
    assert CORRECT_OF_ORIGINAL - 0.03 < accuracy(last) < 1
    figures = nodes["partitionpruning"]["model_config_data"]["config"]["model_attributes"]["partita"]
    assert figures["outcome"] == "optimized" and figures["accelerators"] == 4
    assert figures["parameters_after"] < 0.4 * figures["parameters_before"]
    assert figures["estimated_speedup"] > 3
    (written,) = {*workplace.glob(f"{order.replace('_', '-')}/**/*.onnx")}
    model = onnx.load(str(written))
    assert sum("/branch" in node.name for node in model.graph.node) >= 8
    assert any("Quantize" in node.op_type for node in model.graph.node)


def pass_of(**config: Any) -> Any:
    return create_pass_from_dict(PartitionPruning, config, disable_search=True, accelerator_spec=DEFAULT_CPU_ACCELERATOR)


# Olive's data configurations have a place of their own, beside files, and so has what an output is made of.
OF_OLIVE = {"data_config", "validation_data_config", "shards"}
TYPES = {
    "flag": bool,
    "integer": int,
    "number": float,
    "text": str,
    "time": str,
    "data": typing.Union[Path, str],
    "texts": list[str],
}


def described() -> list[dict[str, Any]]:
    """The parameters of the pass, as the jar has them."""
    command = [str(partita.find_java().executable), "-jar", str(find_jar()), "passes", "--json", "-"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (optimize,) = json.loads(printed)["passes"]
    parameters: list[dict[str, Any]] = optimize["parameters"]
    return parameters


def type_of(parameter: dict[str, Any]) -> Any:
    if parameter["type"] == "choice":
        return typing.Literal[tuple(parameter["values"])]
    if parameter["type"] == "entries":
        return dict[str, int] if parameter["entries"]["type"] == "integer" else dict[str, Any]
    return TYPES[parameter["type"]]


def drift(parameters: list[dict[str, Any]]) -> list[str]:
    """How the configuration of the pass differs from parameters, a sentence each."""
    config = dict(PartitionPruning.default_config(DEFAULT_CPU_ACCELERATOR))
    found = []
    for parameter in parameters:
        name = parameter["name"].replace("-", "_")
        entry = config.pop(name, None)
        if entry is None:
            found.append(f"{name} is not configured")
            continue
        if entry.type_ != type_of(parameter):
            found.append(f"{name} is {entry.type_}, not {type_of(parameter)}")
        if entry.default_value not in (None, parameter["default"]):
            found.append(f"{name} is {entry.default_value} by default, not {parameter['default']}")
        if entry.description != parameter["description"]:
            found.append(f"{name} does not say: {parameter['description']}")
    return found + [f"{name} is no parameter" for name in config if name not in OF_OLIVE]


def test_parameters_are_those_of_the_pass() -> None:
    parameters = described()
    assert len(parameters) > 25
    assert drift(parameters) == []
    # The data has to be found in the configuration even where the names change.
    assert set(PartitionPruning.default_config(DEFAULT_CPU_ACCELERATOR)) >= OF_OLIVE


def test_a_parameter_that_does_not_fit_is_noticed() -> None:
    parameters = described()
    named = {parameter["name"]: parameter for parameter in parameters}
    named["seed"]["name"] = "dice"
    named["soften"]["values"] = ["auto"]
    named["bridge-rank"]["default"] = 8
    named["target"]["description"] = "Another."
    assert sorted(drift(parameters)) == [
        "bridge_rank is 0 by default, not 8",
        "dice is not configured",
        "seed is no parameter",
        "soften is typing.Literal['auto', 'none'], not typing.Literal['auto']",
        "target does not say: Another.",
    ]


def test_it_can_be_searched() -> None:
    _, fixed, space = PartitionPruning.get_config_params(DEFAULT_CPU_ACCELERATOR, {}, disable_search=False)
    assert {name: values.get_support() for name, values in space.items()} == {
        "accelerators": [2, 4, 8],
        "bridge_rank": [0, 16],
    }
    _, fixed, space = PartitionPruning.get_config_params(DEFAULT_CPU_ACCELERATOR, {}, disable_search=True)
    assert space == {} and fixed["accelerators"] is None and fixed["bridge_rank"] == 0


def test_parameters_are_typed() -> None:
    # A name that is not known is for Olive to warn of.
    for wrong in ({"repair": "hope"}, {"accelerators": "many"}, {"soften": "much"}):
        with pytest.raises(ValueError):
            pass_of(**wrong)


def test_a_failed_gate_fails_the_pass_and_bad_options_are_a_value_error(workplace: Path) -> None:
    model = ONNXModelHandler(str(workplace / "fashion-mlp.onnx"))
    with pytest.raises(OlivePassError, match="accuracy"):
        pass_of(accelerators=8, validation="fashion-validation.npz").run(model, str(workplace / "rejected"))
    with pytest.raises(ValueError, match="No data was given to check"):
        pass_of().run(model, str(workplace / "refused"))
    with pytest.raises(ValueError, match="one of data_config and calibration"):
        pass_of(calibration="fashion-calibration.npz", data_config={"name": "x", "type": "DummyDataContainer"}).run(
            model, str(workplace / "refused")
        )
    assert not list(workplace.glob("re*/*.onnx"))


def test_large_weights_stay_beside_the_model(workplace: Path) -> None:
    proto = onnx.load("fashion-mlp.onnx")
    (workplace / "external").mkdir()
    onnx.save_model(proto, "external/model.onnx", save_as_external_data=True, location="weights.bin", size_threshold=100)
    result = pass_of(gate=False).run(ONNXModelHandler(str(workplace / "external" / "model.onnx")), str(workplace / "out"))
    loaded = onnx.load(result.model_path)
    assert Path(result.model_path).name == "model.onnx"
    assert sum("/branch" in node.name for node in loaded.graph.node) >= 8
    session = result.prepare_session()
    with np.load("fashion-validation.npz") as data:
        assert session.run(None, {"image": data["image"][:3]})[0].shape == (3, 10)


def outputs_of(model: CompositeModelHandler, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the components make of the inputs, one after the other."""
    values = dict(given)
    for _, component in model.get_model_components():
        session = component.prepare_session()
        names = [output.name for output in session.get_outputs()]
        fed = {entry.name: values[entry.name] for entry in session.get_inputs()}
        values.update(zip(names, session.run(names, fed), strict=True))
    return values


def test_shards_are_a_composite_model(workplace: Path) -> None:
    source = ONNXModelHandler(str(workplace / "fashion-mlp.onnx"))
    config = {"gate": False, "accelerators": 2, "calibration": "fashion-calibration.npz"}
    single = pass_of(**config).run(source, str(workplace / "single"))
    result = pass_of(**config, shards=True).run(source, str(workplace / "sharded"))
    assert isinstance(result, CompositeModelHandler)
    assert result.model_component_names == ["rest_stage_0", "accelerator_0_stage_1", "accelerator_1_stage_1", "rest_stage_2"]
    assert result.model_attributes["partita"]["accelerators"] == 2
    assert (Path(result.model_path) / "manifest.json").is_file()
    with np.load("fashion-validation.npz") as data:
        image = data["image"][:16]
    expected = single.prepare_session().run(["logits"], {"image": image})[0]
    made = outputs_of(result, {"image": image})["logits"]
    np.testing.assert_allclose(made, expected, rtol=0, atol=1e-5)
    # A pass of Olive's own, on every component; and from the JSON that Olive keeps.
    raised = create_pass_from_dict(
        OnnxOpVersionConversion, {"target_opset": 20}, disable_search=True, accelerator_spec=DEFAULT_CPU_ACCELERATOR
    ).run(result, str(workplace / "raised"))
    np.testing.assert_allclose(outputs_of(raised, {"image": image})["logits"], expected, rtol=0, atol=1e-5)
    again = ModelConfig.model_validate(result.to_json()).create_model()
    np.testing.assert_allclose(outputs_of(again, {"image": image})["logits"], expected, rtol=0, atol=1e-5)


def test_data_files_of_a_component_belong_to_it(workplace: Path) -> None:
    proto = onnx.load("fashion-mlp.onnx")
    (workplace / "external").mkdir()
    onnx.save_model(proto, "external/model.onnx", save_as_external_data=True, location="weights.bin", size_threshold=100)
    source = ONNXModelHandler(str(workplace / "external" / "model.onnx"))
    result = pass_of(gate=False, accelerators=2, shards=True).run(source, str(workplace / "out"))
    with np.load("fashion-validation.npz") as data:
        assert outputs_of(result, {"image": data["image"][:3]})["logits"].shape == (3, 10)
    components = dict(result.get_model_components())
    assert any(file.suffix != ".onnx" for file in Path(components["accelerator_0_stage_1"].model_path).parent.iterdir())


def test_a_model_that_is_not_cut_stays_one(workplace: Path) -> None:
    source = ONNXModelHandler(str(workplace / "fashion-mlp.onnx"))
    result = pass_of(gate=False, exclude=["*"], shards=True).run(source, str(workplace / "whole"))
    assert isinstance(result, ONNXModelHandler)
    assert result.model_attributes["partita"]["outcome"] == "unchanged"
