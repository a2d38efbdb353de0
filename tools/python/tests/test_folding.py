"""Regions in functions, as others' tools take them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import partita
from onnx.reference import ReferenceEvaluator


def test_the_checker_and_two_runtimes_take_folded_regions(
    model: Path, labelled: dict[str, np.ndarray], tmp_path: Path
) -> None:
    options = {"accelerators": 2, "gate": False, "strategy": "contiguous", "progress": False}
    partita.optimize(model, tmp_path / "plain.onnx", **options)
    partita.optimize(model, tmp_path / "folded.onnx", fold=True, **options)
    onnx.checker.check_model(str(tmp_path / "folded.onnx"), full_check=True)
    folded = onnx.load(tmp_path / "folded.onnx")
    assert [(function.domain, function.name) for function in folded.functions] == [("dev.partita", "r0")]
    assert sum(node.domain == "dev.partita" for node in folded.graph.node) == 1
    given = {"image": labelled["image"][:4]}
    expected = onnxruntime.InferenceSession(tmp_path / "plain.onnx").run(["logits"], given)[0]
    made = onnxruntime.InferenceSession(tmp_path / "folded.onnx").run(["logits"], given)[0]
    np.testing.assert_array_equal(made, expected)
    evaluated = ReferenceEvaluator(folded).run(["logits"], given)[0]
    np.testing.assert_allclose(evaluated, expected, rtol=0, atol=1e-3)
