"""Baselines for one layer's plan, and the table. Called by planning.sh.

Every method assigns inputs and outputs to P branches of equal size and is scored by its retained importance: the
magnitude of the kept weights over that of all. Partita's own figures come from PlanningBenchmark as JSON lines.

munkres  The assignment step of RePurpose (Abdi et al., arXiv 2008.08289) as its abstract tells it: layer by layer from
         the front, outputs given to branches by the Munkres algorithm with the inputs held, here in contiguous blocks.
metis    Balanced partitioning of the graph of inputs and outputs, edges as heavy as weights (the largest 5 % of them
         above 1024 x 1024). Metis balances all features together, so outputs and inputs are then assigned anew, by
         Munkres, to blocks of the right sizes.
"""

import json
import pathlib
import sys
import time

import numpy as np
import pymetis
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix

ALL_EDGES = 1 << 20
TOP_EDGES = 0.05
LARGEST = 4096 * 4096


def capacities(items, branches):
    return np.array([items // branches + (p < items % branches) for p in range(branches)])


def one_hot(owners, branches):
    return np.eye(branches, dtype=np.float32)[owners]


def munkres(scores):
    """The best balanced assignment: every branch has as many places as it takes items."""
    items, branches = scores.shape
    places = np.repeat(np.arange(branches), capacities(items, branches))
    rows, columns = linear_sum_assignment(scores[:, places], maximize=True)
    owners = np.empty(items, dtype=int)
    owners[rows] = places[columns]
    return owners


def contiguous(items, branches):
    return np.repeat(np.arange(branches), capacities(items, branches))


def retained(importance, ins, outs, branches):
    kept = one_hot(ins, branches).T @ importance @ one_hot(outs, branches)
    return float(np.trace(kept.astype(np.float64)) / importance.sum(dtype=np.float64))


def by_munkres(importance, branches):
    ins = contiguous(importance.shape[0], branches)
    return ins, munkres(importance.T @ one_hot(ins, branches))


def by_metis(importance, branches):
    count_in, count_out = importance.shape
    quantized = np.maximum(1, importance * (1000 / importance.max())).astype(np.int32)
    kept = np.ones_like(importance, dtype=bool)
    if importance.size > ALL_EDGES:
        kept = importance >= np.quantile(importance[:: max(1, count_in // 512)], 1 - TOP_EDGES)
    k, n = np.nonzero(kept)
    weights = quantized[k, n]
    graph = coo_matrix(
        (np.r_[weights, weights], (np.r_[k, n + count_in], np.r_[n + count_in, k])), shape=(count_in + count_out,) * 2
    ).tocsr()
    adjacency = pymetis.CSRAdjacency(adj_starts=graph.indptr.astype(np.int32), adjacent=graph.indices.astype(np.int32))
    _, part = pymetis.part_graph(branches, adjacency=adjacency, eweights=graph.data.astype(np.int32))
    ins = np.asarray(part)[:count_in]
    outs = munkres(importance.T @ one_hot(ins, branches))
    return munkres(importance @ one_hot(outs, branches)), outs


def layers(folder):
    for path in sorted(pathlib.Path(folder).glob("*.f32")):
        rows, columns = (int(size) for size in path.stem.split("-")[-1].split("x"))
        yield np.abs(np.fromfile(path, dtype="<f4").reshape(rows, columns))


def row(model, method, value, seconds, passes=""):
    print(f"| {model} | {method} | {value:.4f} | {seconds:.2f} | {passes} |", flush=True)


def main():
    model, branches, results, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    lines = [json.loads(line) for line in open(results, encoding="utf-8") if line.startswith("{")]
    for method in ("contiguous", "random", "optimized"):
        found = [line for line in lines if line["strategy"] == method]
        seconds = float(np.mean([line["seconds"] for line in found]))
        passes = f"{seconds / found[0]['onePassSeconds']:.0f}"
        row(model, method, float(np.mean([line["retained"] for line in found])), seconds, passes)
    # The baselines are for one layer; the slow ones for one of moderate size.
    weights = list(layers(folder))
    if len(weights) != 1:
        return
    importance = weights[0]
    for name, method in (("munkres", by_munkres), ("metis", by_metis)):
        if importance.size > LARGEST and name == "metis":
            continue
        start = time.perf_counter()
        ins, outs = method(importance, branches)
        seconds = time.perf_counter() - start
        row(model, name, retained(importance, ins, outs, branches), seconds)


if __name__ == "__main__":
    main()
