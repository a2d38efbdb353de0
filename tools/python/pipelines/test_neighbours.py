"""onnxsim and onnx-ir on MiniLM, against the model that Partita alone writes; and what others do to figures on nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir
import onnxruntime
import onnxsim
import partita
import partita.ir
import pytest
from conftest import RESOURCES

# The plan does not hang on data, so that the same blocks are chosen whatever another tool has done to the graph.
OPTIONS = {"accelerators": 4, "strategy": "contiguous", "repair": "none", "gate": False}
FIGURE = "dev.partita.cycles"


def tokens() -> dict[str, np.ndarray]:
    with np.load(RESOURCES / "data" / "minilm-tokens.npz") as data:
        return {name: data[name][:8] for name in data}


def outputs(model: onnx.ModelProto) -> list[np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    named = {value.name for value in session.get_inputs()}
    return [np.asarray(it) for it in session.run(None, {k: v for k, v in tokens().items() if k in named})]


def assert_same(model: onnx.ModelProto, expected: list[np.ndarray]) -> None:
    """To 1e-5 of the norm, as the Java tests hold a rewrite against its oracle."""
    for found, wanted in zip(outputs(model), expected, strict=True):
        assert np.linalg.norm(found - wanted) <= 1e-5 * np.linalg.norm(wanted)


def branches(model: onnx.ModelProto) -> int:
    return sum("/branch" in node.name for node in model.graph.node)


def figures(model: onnx.ModelProto) -> int:
    return sum(any(entry.key == FIGURE for entry in node.metadata_props) for node in model.graph.node)


@pytest.fixture(scope="module")
def alone(minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> onnx.ModelProto:
    output = tmp_path_factory.mktemp("alone") / "pruned.onnx"
    partita.optimize(minilm, output, **OPTIONS)
    model = onnx.load(str(output))
    assert branches(model) >= 48 and figures(model) >= 48
    return model


def test_the_rewriter_of_onnxsim_gives_what_partita_gives(minilm: Path, alone: onnx.ModelProto) -> None:
    calls: list[Any] = []
    rewriter = partita.onnxsim_rewriter(**OPTIONS)

    def watched(model: onnx.ModelProto) -> Any:
        calls.append(rewriter(model))
        return calls[-1]

    simplified, _ = onnxsim.simplify(onnx.load(str(minilm)), custom_rewriter=watched)
    assert_same(simplified, outputs(alone))
    assert outputs_differ(minilm, simplified)
    # Cut once, however often onnxsim asks.
    assert [type(call) for call in calls].count(onnx.ModelProto) == 1
    assert calls[-1] is False


def outputs_differ(minilm: Path, model: onnx.ModelProto) -> bool:
    return any(
        np.linalg.norm(found - dense) > 1e-2 * np.linalg.norm(dense)
        for found, dense in zip(outputs(model), outputs(onnx.load(str(minilm))), strict=True)
    )


def test_the_pass_of_onnx_ir_gives_what_partita_gives(minilm: Path, alone: onnx.ModelProto) -> None:
    given = onnx_ir.load(minilm)
    before = onnx_ir.to_proto(given).SerializeToString(deterministic=True)
    pruning = partita.ir.PartitionPruning(**OPTIONS)
    result = onnx_ir.passes.Sequential(onnx_ir.passes.common.RemoveUnusedNodesPass(), pruning)(given.clone())
    assert result.modified
    assert pruning.report is not None and pruning.report.outcome == "optimized"
    rewritten = onnx_ir.to_proto(result.model)
    assert_same(rewritten, outputs(alone))
    assert figures(rewritten) == figures(alone)
    pruning(given)
    assert onnx_ir.to_proto(given).SerializeToString(deterministic=True) == before


def test_nothing_to_cut_is_no_change(minilm: Path) -> None:
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            [onnx.helper.make_node("Relu", ["x"], ["y"])],
            "nothing",
            [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])],
            [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])],
        ),
        ir_version=8,
        opset_imports=[onnx.helper.make_opsetid("", 17)],
    )
    assert partita.onnxsim_rewriter(gate=False)(model) is False
    result = partita.ir.PartitionPruning(gate=False)(onnx_ir.from_proto(model))
    assert not result.modified


def test_partita_goes_last_because_others_drop_its_figures(minilm: Path, alone: onnx.ModelProto) -> None:
    """What docs/pipelines.md says of the order."""
    simplified_first, _ = onnxsim.simplify(onnx.load(str(minilm)))
    last, _ = partita.optimize_model(simplified_first, **OPTIONS)
    assert_same(last, outputs(alone))
    assert figures(last) >= 48
    # What `annotate` is for.
    cleared = onnx_ir.passes.common.ClearMetadataAndDocStringPass()(onnx_ir.from_proto(alone)).model
    assert figures(onnx_ir.to_proto(cleared)) == 0
    assert_same(onnx_ir.to_proto(cleared), outputs(alone))


def entries(model: onnx.ModelProto) -> dict[str, list[tuple[str, str]]]:
    return {
        node.name: [(entry.key, entry.value) for entry in node.metadata_props]
        for node in model.graph.node
        if node.metadata_props
    }


def test_annotate_puts_figures_back_behind_other_tools(minilm: Path, tmp_path: Path) -> None:
    output = tmp_path / "pruned.onnx"
    partita.optimize(minilm, output, **OPTIONS, sidecar=True)
    written = onnx.load(str(output))
    cleared = onnx_ir.passes.common.ClearMetadataAndDocStringPass()(onnx_ir.from_proto(written)).model
    simplified, _ = onnxsim.simplify(written)
    for name, model in (("cleared", onnx_ir.to_proto(cleared)), ("simplified", simplified)):
        for node in model.graph.node:
            del node.metadata_props[:]
        restored = tmp_path / f"{name}.onnx"
        report = partita.annotate(model, restored, sidecar=f"{output}.json")
        # onnxsim makes constants of nodes that compute them; nothing else is gone.
        assert report.by_name + report.by_output >= 48
        found = entries(onnx.load(str(restored)))
        expected = entries(written)
        assert len(found) == report.by_name + report.by_output
        assert all(found[node] == expected[node] for node in found)
        estimated = partita.annotate(model, tmp_path / f"{name}-estimated.onnx", accelerators=4)
        assert estimated.source == "estimate"
        assert figures(onnx.load(str(tmp_path / f"{name}-estimated.onnx"))) == figures(written)
