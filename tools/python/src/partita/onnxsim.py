"""Partition pruning as a rewriter of onnxsim."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from partita._generated.api import optimize_model

if TYPE_CHECKING:
    import onnx

# Model metadata that says that Partita has been here (MetadataKeys in the library).
_MARK = "dev.partita.version"


def onnxsim_rewriter(**options: Any) -> Callable[[onnx.ModelProto], onnx.ModelProto | Literal[False]]:
    """A `custom_rewriter` for `onnxsim.simplify`, with the options of `partita.optimize`.

    onnxsim calls a rewriter again until nothing changes; a model that Partita has rewritten is left as it is, so that
    blocks are not cut into blocks. onnxsim's own steps, which come after, may drop the figures on nodes; where
    they are wanted, simplify first and let `partita.optimize_model` go last.

        import onnxsim, partita
        pruned, _ = onnxsim.simplify(model, custom_rewriter=partita.onnxsim_rewriter(calibration={"image": images}))
    """

    def rewrite(model: onnx.ModelProto) -> onnx.ModelProto | Literal[False]:
        if any(entry.key == _MARK for entry in model.metadata_props):
            return False
        rewritten, report = optimize_model(model, **options)
        return rewritten if report.outcome == "optimized" else False

    return rewrite
