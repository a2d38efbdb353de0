"""Partition pruning as a pass over onnx_ir.Model."""

from __future__ import annotations

from typing import Any

import onnx_ir as ir

from partita._generated.api import optimize_model
from partita._generated.reports import OptimizationReport


class PartitionPruning(ir.passes.FunctionalPass):  # type: ignore[misc]
    """Cuts the dense layers of a model, with the options of `partita.optimize`; the model that is given stays as it is.

        result = ir.passes.Sequential(other_passes.CommonSubexpressionEliminationPass(), PartitionPruning(gate=False))(model)

    Attributes:
        report: the report of the last call; None before the first.
    """

    report: OptimizationReport | None

    def __init__(self, **options: Any) -> None:
        self._options = options
        self.report = None

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        rewritten, self.report = optimize_model(model, **self._options)
        return ir.passes.PassResult(rewritten, modified=self.report.outcome == "optimized")
