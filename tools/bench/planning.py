"""Baselines for plans of layers in a chain, and the rows of the table. Called by planning.sh.

Every method gives each feature of every space to one of P branches of equal size and is scored by its retained
importance: the magnitude of the kept weights over that of all, layers counting with their number of weights.
Partita's own figures come from PlanningBenchmark as JSON lines.

munkres  The assignment step of RePurpose (Abdi et al., arXiv 2008.08289) as its abstract tells it: layer by layer from
         the front, outputs given to branches by the Munkres algorithm with the inputs held; the first inputs lie in
         contiguous blocks.
metis    Balanced partitioning of the graph of all features, edges as heavy as weights (the largest 5 % of each layer's
         where it has more than 1024 x 1024). METIS balances all features together, so spaces are then assigned again
         from front to back, by Munkres (greedily above 4096 features), to blocks of the right sizes.
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
LARGEST_MUNKRES = 4096
SMALLEST = 64


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


def greedy(scores):
    """As munkres, for what it cannot hold: who loses most by the second choice goes first."""
    ordered = np.sort(scores, axis=1)
    free = capacities(*scores.shape)
    owners = np.empty(len(scores), dtype=int)
    for item in np.argsort(ordered[:, -2] - ordered[:, -1], kind="stable"):
        owners[item] = np.argmax(np.where(free > 0, scores[item], -np.inf))
        free[owners[item]] -= 1
    return owners


def assign(scores):
    return munkres(scores) if len(scores) <= LARGEST_MUNKRES else greedy(scores)


def contiguous(items, branches):
    return np.repeat(np.arange(branches), capacities(items, branches))


def retained(layers, owners, branches):
    kept = 0.0
    for layer, ins, outs in zip(layers, owners, owners[1:]):
        blocks = one_hot(ins, branches).T @ layer @ one_hot(outs, branches)
        kept += layer.size * float(np.trace(blocks)) / float(layer.sum(dtype=np.float64))
    return kept / sum(layer.size for layer in layers)


def by_munkres(layers, branches):
    owners = [contiguous(layers[0].shape[0], branches)]
    for layer in layers:
        owners.append(munkres(layer.T @ one_hot(owners[-1], branches)))
    return owners


def edges(layer):
    quantized = np.maximum(1, layer * (1000 / layer.max())).astype(np.int32)
    if layer.size <= ALL_EDGES:
        kept = np.ones_like(layer, dtype=bool)
    else:
        kept = layer >= np.quantile(layer[:: max(1, len(layer) // 256)], 1 - TOP_EDGES)
    ins, outs = np.nonzero(kept)
    return ins, outs, quantized[ins, outs]


def by_metis(layers, branches):
    starts = np.cumsum([0] + [layers[0].shape[0]] + [layer.shape[1] for layer in layers])
    parts = [edges(layer) for layer in layers]
    heads = np.concatenate([ins + start for (ins, _, _), start in zip(parts, starts)])
    tails = np.concatenate([outs + start for (_, outs, _), start in zip(parts, starts[1:])])
    heavy = np.concatenate([weights for _, _, weights in parts])
    graph = coo_matrix((np.r_[heavy, heavy], (np.r_[heads, tails], np.r_[tails, heads])), shape=(starts[-1],) * 2).tocsr()
    adjacency = pymetis.CSRAdjacency(adj_starts=graph.indptr.astype(np.int32), adjacent=graph.indices.astype(np.int32))
    _, part = pymetis.part_graph(branches, adjacency=adjacency, eweights=graph.data.astype(np.int32))
    owners = np.split(np.asarray(part), starts[1:-1])
    for space in range(len(owners)):
        scores = np.zeros((len(owners[space]), branches), dtype=np.float32)
        if space < len(layers):
            scores += layers[space] @ one_hot(owners[space + 1], branches)
        if space > 0:
            scores += layers[space - 1].T @ one_hot(owners[space - 1], branches)
        owners[space] = assign(scores)
    return owners


def main():
    model, branches, results, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3], pathlib.Path(sys.argv[4])
    lines = [json.loads(line) for line in results_of(results)]
    for case in dict.fromkeys(line["case"] for line in lines):
        files = sorted(folder.glob(case + "-*.f32"))
        sizes = [tuple(int(size) for size in file.stem.split("-")[-1].split("x")) for file in files]
        shape = "-".join(str(size) for size in [sizes[0][0]] + [columns for _, columns in sizes])
        if min(sizes[0]) < SMALLEST:
            continue
        for strategy in ("contiguous", "random", "optimized"):
            found = [line for line in lines if line["case"] == case and line["strategy"] == strategy]
            seconds = float(np.mean([line["seconds"] for line in found]))
            passes = f"{seconds / found[0]['onePassSeconds']:.0f}"
            row(model, shape, strategy, float(np.mean([line["retained"] for line in found])), seconds, passes)
        layers = [np.abs(np.fromfile(file, dtype="<f4").reshape(size)) for file, size in zip(files, sizes)]
        for name, method in (("munkres", by_munkres), ("metis", by_metis)):
            start = time.perf_counter()
            owners = method(layers, branches)
            seconds = time.perf_counter() - start
            row(model, shape, name, retained(layers, owners, branches), seconds, "")


def results_of(path):
    with open(path, encoding="utf-8") as lines:
        return [line for line in lines if line.startswith("{")]


def row(model, shape, method, value, seconds, passes):
    print(f"| {model} | {shape} | {method} | {value:.4f} | {seconds:.2f} | {passes} |", flush=True)


if __name__ == "__main__":
    main()
