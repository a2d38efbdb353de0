"""Partita: block-parallel dense layers for ONNX models.

    import partita
    report = partita.optimize("model.onnx", "pruned.onnx", accelerators=4, calibration={"image": images})
    report.total.private.speedup

The work is done by the jar that this package carries, in a Java process of its own; the functions here give it models
and arrays, and return its reports as frozen dataclasses. Nothing is imported before it is used, because the command
`partita` has to start quickly.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from partita._generated.api import annotate, estimate, inspect, masks, optimize, optimize_model, search, verify
    from partita._errors import (
        GateFailedError,
        InternalError,
        JavaNotFoundError,
        PartitaError,
        UnsupportedModelError,
        UsageError,
    )
    from partita._java import Java, find_java
    from partita._process import Progress, run
    from partita._generated.reports import (
        Accuracy,
        AnnotateReport,
        ComparisonReport,
        Cost,
        Costs,
        Estimate,
        EstimateReport,
        Gate,
        InspectReport,
        MasksReport,
        OptimizationReport,
        SearchPoint,
        SearchReport,
    )
    from partita._shards import Shard, ShardManifest, Stage, shard
    from partita.onnxsim import onnxsim_rewriter

__version__ = "0.1.0"

_HOMES = {
    "_generated.api": ("annotate", "estimate", "inspect", "masks", "optimize", "optimize_model", "search", "verify"),
    "_errors": (
        "GateFailedError",
        "InternalError",
        "JavaNotFoundError",
        "PartitaError",
        "UnsupportedModelError",
        "UsageError",
    ),
    "_java": ("Java", "find_java"),
    "_process": ("Progress", "run"),
    "_generated.reports": (
        "Accuracy",
        "AnnotateReport",
        "ComparisonReport",
        "Cost",
        "Costs",
        "Estimate",
        "EstimateReport",
        "Gate",
        "InspectReport",
        "MasksReport",
        "OptimizationReport",
        "SearchPoint",
        "SearchReport",
    ),
    "_shards": ("Shard", "ShardManifest", "Stage", "shard"),
    "onnxsim": ("onnxsim_rewriter",),
}

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Accuracy",
    "AnnotateReport",
    "ComparisonReport",
    "Cost",
    "Costs",
    "Estimate",
    "EstimateReport",
    "Gate",
    "GateFailedError",
    "InspectReport",
    "InternalError",
    "Java",
    "JavaNotFoundError",
    "MasksReport",
    "OptimizationReport",
    "PartitaError",
    "Progress",
    "SearchPoint",
    "SearchReport",
    "Shard",
    "ShardManifest",
    "Stage",
    "UnsupportedModelError",
    "UsageError",
    "annotate",
    "estimate",
    "find_java",
    "inspect",
    "masks",
    "onnxsim_rewriter",
    "optimize",
    "optimize_model",
    "run",
    "search",
    "shard",
    "verify",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'partita' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"partita.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
