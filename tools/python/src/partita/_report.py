"""The reports of the jar, key by key. An absent figure is None, never a made-up number; every time, energy and speed of
an accelerator is an estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class InputModel:
    """The model that came in; `bytes` count its external data, `sha256` does not."""

    path: str
    sha256: str
    bytes: int
    ir_version: int
    opset: int
    parameters: int


@dataclass(frozen=True)
class OutputModel:
    """The model that was written; path, sha256 and bytes are None with a dry run."""

    path: str | None
    sha256: str | None
    bytes: int | None
    ir_version: int
    parameters: int
    minimum_onnx_runtime: str | None


@dataclass(frozen=True)
class Target:
    """What the estimates assume."""

    name: str
    accelerators: int
    dram_sharing: str
    dims: Mapping[str, int]
    word_bits: int
    weight_bits: int
    word_bits_source: str | None
    equal_accelerators: bool


@dataclass(frozen=True)
class EnergyBreakdown:
    """Energy by where it is spent, in `unit`."""

    unit: str
    mac: float | None
    register_file: float | None
    array: float | None
    buffer: float | None
    dram: float | None
    link: float | None
    static_power: float | None


@dataclass(frozen=True)
class Cost:
    """What dense layers cost once, estimated. Microseconds and microjoules are None for a target that has no such unit."""

    cycles: int
    array_cycles: int
    dram_cycles: int
    buffer_cycles: int
    link_cycles: int
    overlapped_cycles: int
    conservative_cycles: int
    latency_micros: float | None
    energy_microjoules: float | None
    dram_bytes: int
    macs: int
    bound_by: str
    load_imbalance: float | None
    energy_breakdown: EnergyBreakdown


@dataclass(frozen=True)
class Costs:
    """The three that stand together. The ratios are against the dense layers on one accelerator, or on all where named so."""

    dense_on_one: Cost
    dense_on_all: Cost
    pruned: Cost
    speedup: float | None
    energy_ratio: float | None
    speedup_over_dense_on_all: float | None


@dataclass(frozen=True)
class Estimate:
    """The same layers with DRAM bandwidth private to each accelerator, and shared by all."""

    private: Costs
    shared: Costs


@dataclass(frozen=True)
class Layer:
    """A dense layer of a region; `state` is cut, refitted or whole."""

    name: str
    form: str
    in_: int
    out: int
    state: str


@dataclass(frozen=True)
class Region:
    """Dense layers that are cut together; `status` is rewritten, reverted or skipped."""

    id: str
    status: str
    reason: str | None
    accelerators: int
    layers: tuple[Layer, ...]
    strategy: str | None
    retained_importance: float | None
    repair: str | None
    relative_error_after_repair: float | None
    parameters_before: int
    parameters_after: int
    bridge_rank: int
    softened: str | None
    alone: float | None
    estimate: Estimate | None


@dataclass(frozen=True)
class Trial:
    """A way of softening a region that was tried and not kept; `alone` is what the region then did by itself."""

    action: str
    detail: str
    cycles: int
    alone: float | None
    passed: bool


@dataclass(frozen=True)
class Step:
    """What was softened or taken back, with the gate's value after it."""

    region: str
    action: str
    metric: str
    alone: float | None
    value: float | None
    standard_error: float | None
    passed: bool
    detail: str | None
    alone_after: float | None
    tried: tuple[Trial, ...]


@dataclass(frozen=True)
class Skipped:
    """A dense layer that was left alone: a code and a sentence."""

    node: str
    op: str
    reason: str
    detail: str


@dataclass(frozen=True)
class StandardErrors:
    """Sampling errors of the figures of an output."""

    top1_drop: float | None
    agreement: float | None
    relative_error: float | None
    cosine: float | None


@dataclass(frozen=True)
class OutputAccuracy:
    """What one output of the graph is worth beside the original's."""

    name: str
    top1_before: float | None
    top1_after: float | None
    agreement: float | None
    relative_error: float | None
    cosine: float | None
    standard_errors: StandardErrors


@dataclass(frozen=True)
class Gate:
    """One accuracy condition: accuracy_drop and relative_error are at most the limit, agreement is at least."""

    metric: str
    output: str
    limit: float | None
    value: float | None
    standard_error: float | None
    passed: bool
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Accuracy:
    """What was measured, and on what."""

    data: str
    samples: int
    labelled: bool
    outputs: tuple[OutputAccuracy, ...]
    gates: tuple[Gate, ...]


@dataclass(frozen=True)
class Stage:
    """Wall time of a stage."""

    name: str
    millis: int


@dataclass(frozen=True)
class Run:
    """What differs from run to run."""

    stages: tuple[Stage, ...]
    peak_heap_bytes: int
    threads: int


@dataclass(frozen=True)
class OptimizationReport:
    """What `optimize` did; `outcome` is optimized, unchanged or rejected."""

    schema_version: int
    partita: str
    seed: int
    outcome: str
    warnings: tuple[str, ...]
    input: InputModel
    output: OutputModel | None
    target: Target
    regions: tuple[Region, ...]
    total: Estimate | None
    steps: tuple[Step, ...]
    skipped: tuple[Skipped, ...]
    operators_not_costed: Mapping[str, int]
    accuracy: Accuracy | None
    run: Run


@dataclass(frozen=True)
class InspectedLayer:
    """A product of a model: the region it is in, or the reason why it is in none."""

    node: str
    op: str
    form: str | None
    in_: int | None
    out: int | None
    rows: int | None
    parameters: int | None
    region: str | None
    state: str | None
    reason: str | None
    detail: str | None


@dataclass(frozen=True)
class InspectReport:
    """What `inspect` found."""

    schema_version: int
    partita: str
    input: InputModel
    accelerators: int
    layers: tuple[InspectedLayer, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class EstimatedLayer:
    """What one layer costs."""

    name: str
    rows: int
    in_: int
    out: int
    state: str
    estimate: Estimate | None


@dataclass(frozen=True)
class EstimateReport:
    """What dense layers cost; `subject` is the model's path or the chain of widths."""

    schema_version: int
    partita: str
    warnings: tuple[str, ...]
    subject: str
    target: Target
    layers: tuple[EstimatedLayer, ...]
    total: Estimate | None
    not_costed: tuple[Skipped, ...]
    operators_not_costed: Mapping[str, int]


@dataclass(frozen=True)
class ComparisonReport:
    """What `verify` measured."""

    schema_version: int
    partita: str
    warnings: tuple[str, ...]
    accuracy: Accuracy


@dataclass(frozen=True)
class SearchPoint:
    """A choice of options that was tried; without a metric it is the original. `fronts` names what no other point beats
    it in: time, energy."""

    accelerators: int
    strategy: str
    bridge_rank: int
    left_alone: tuple[str, ...]
    metric: str | None
    value: float | None
    standard_error: float | None
    limit: float | None
    passed: bool
    parameters: int
    cycles: float | None
    energy: float | None
    fronts: tuple[str, ...]
    estimate: Estimate | None


@dataclass(frozen=True)
class SearchReport:
    """What `search` tried; `complete` is False where the time ran out."""

    schema_version: int
    partita: str
    input: InputModel
    warnings: tuple[str, ...]
    target: Target
    complete: bool
    points: tuple[SearchPoint, ...]


@dataclass(frozen=True)
class SpaceOrder:
    """Who owns the features of a space: `blocks` counts them by accelerator, `owner` and `order` are keys of arrays."""

    id: int
    blocks: tuple[int, ...]
    owner: str
    order: str


@dataclass(frozen=True)
class RegionMasks:
    """A region of a plan."""

    id: str
    retained_importance: float | None
    spaces: tuple[SpaceOrder, ...]


@dataclass(frozen=True)
class LayerMask:
    """A dense layer of a plan: `mask` is the key of its array of 0 and 1; None where all of its weights stay."""

    node: str
    form: str
    region: str
    weight: str
    bias: str | None
    shape: tuple[int, ...]
    orientation: str
    in_: int
    out: int
    in_space: int | None
    out_space: int | None
    mask: str | None
    kept: int


@dataclass(frozen=True)
class MasksReport:
    """What the arrays are that `masks` wrote."""

    schema_version: int
    partita: str
    warnings: tuple[str, ...]
    input: InputModel
    accelerators: int
    strategy: str
    seed: int
    regions: tuple[RegionMasks, ...]
    layers: tuple[LayerMask, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True)
class AnnotateReport:
    """What `annotate` put back on the nodes of a model.

    Attributes:
        source: sidecar or estimate.
        target: what the estimates assume; None where figures come from a sidecar.
        by_name: nodes that were known by their names.
        by_output: nodes that were known by a value that they make.
        skipped: nodes of the sidecar that are not there any more.
    """

    schema_version: int
    partita: str
    warnings: tuple[str, ...]
    input: InputModel
    output: OutputModel
    source: str
    target: Target | None
    by_name: int
    by_output: int
    skipped: tuple[Skipped, ...]
