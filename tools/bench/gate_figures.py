"""What a harmed model is still worth by its task, in NumPy alone; nothing of Partita's is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from gate_models import Case, Task

# The documented default limits (docs/accuracy.md, "What the gate compares").
ACCURACY_DROP = 0.01
AGREEMENT = 0.95
R2_DROP = 0.01
RELATIVE_ERROR = 0.1
EXPLAINED = 0.9
OF_CONSTANT_ANSWER = 0.25
COLUMNS_HELD_ONE_BY_ONE = 16

Outputs = dict[str, np.ndarray]


@dataclass(frozen=True)
class Figure:
    """A figure of a task: the original's, that of a constant answer, the harmed model's, and the most it may lose."""

    name: str
    original: float
    constant: float
    value: float
    limit: float

    @property
    def loss(self) -> float:
        return self.original - self.value

    @property
    def destroyed(self) -> bool:
        """Whether it is closer to the constant answer's than to the original's."""
        return self.original > self.constant and self.value < (self.original + self.constant) / 2

    @property
    def slight(self) -> bool:
        """Whether less than half of the limit was lost."""
        return self.loss < self.limit / 2


def arranged(task: Task, output: np.ndarray) -> np.ndarray:
    """[samples, positions, columns]"""
    array = np.moveaxis(output.astype(np.float64), task.samples, 0)
    if task.axis is None:
        return array.reshape(len(array), -1, 1)
    axis = task.axis % array.ndim
    if task.samples > axis:
        axis += 1
    array = np.moveaxis(array, axis, -1)
    return array.reshape(len(array), -1, array.shape[-1])


def counted(task: Task, array: np.ndarray) -> np.ndarray:
    return np.ones(array.shape[:2], bool) if task.counts is None else task.counts


def commonest(decisions: np.ndarray) -> tuple[float, float]:
    """The commonest decision and its share."""
    answers, counts = np.unique(decisions, return_counts=True)
    # Of equally common ones the largest, as a constant answer has to be one of them.
    best = np.flatnonzero(counts == counts.max())[-1]
    return answers[best], float(counts[best] / decisions.size)


def of_decisions(before: np.ndarray, after: np.ndarray, labels: np.ndarray | None, suffix: str = "") -> Figure:
    answer, share = commonest(before)
    if labels is None:
        limit = min(1 - AGREEMENT, OF_CONSTANT_ANSWER * (1 - share))
        return Figure("agreement" + suffix, 1.0, share, float((before == after).mean()), limit)
    original = float((before == labels).mean())
    constant = float((answer == labels).mean())
    limit = min(ACCURACY_DROP, OF_CONSTANT_ANSWER * max(0.0, original - constant))
    return Figure("accuracy" + suffix, original, constant, float((after == labels).mean()), limit)


def explained(reference: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """The explained share of each column that is not constant; both are [numbers, columns]."""
    spread = ((reference - reference.mean(0)) ** 2).sum(0)
    varies = spread > (1e-6 * np.abs(reference.mean(0))) ** 2 * len(reference)
    return 1 - ((reference - answers) ** 2).sum(0)[varies] / spread[varies]


def relative_error(before: np.ndarray, after: np.ndarray) -> float:
    difference = np.linalg.norm(before - after)
    return float(difference / np.linalg.norm(before)) if difference else 0.0


def of_columns(shares: np.ndarray) -> float:
    return float(shares.min() if len(shares) <= COLUMNS_HELD_ONE_BY_ONE else shares.mean())


def figures(task: Task, original: np.ndarray, harmed: np.ndarray) -> Iterator[Figure]:
    """What decides whether the output is destroyed or slightly harmed."""
    before, after = arranged(task, original), arranged(task, harmed)
    keep = counted(task, before)
    if task.kind == "scores":
        labels = None if task.labels is None else task.labels.reshape(keep.shape)[keep]
        yield of_decisions(before.argmax(-1)[keep], after.argmax(-1)[keep], labels)
    elif task.kind == "classes":
        labels = None if task.labels is None else task.labels.reshape(keep.shape)[keep]
        yield of_decisions(before[keep][:, 0], after[keep][:, 0], labels)
    elif task.kind == "answers":
        for column in range(before.shape[-1]):
            labels = None if task.labels is None else task.labels.reshape(before.shape)[keep][:, column]
            yes = [(array[keep][:, column] > task.threshold).astype(int) for array in (before, after)]
            yield of_decisions(yes[0], yes[1], labels, f" of column {column}" if before.shape[-1] > 1 else "")
    elif task.labels is None:
        yield Figure("explained", 1.0, 0.0, of_columns(explained(before[keep], after[keep])), 1 - EXPLAINED)
    else:
        targets = task.labels.reshape(before.shape)[keep]
        shares = explained(targets, before[keep]), explained(targets, after[keep])
        limit = min(R2_DROP, OF_CONSTANT_ANSWER * max(0.0, float(shares[0].mean())))
        for column, (was, now) in enumerate(zip(*shares, strict=True)):
            yield Figure(f"R2 of column {column}", float(was), 0.0, float(now), limit)


@dataclass(frozen=True)
class Verdict:
    """What the outside figures say of a harmed model."""

    figures: tuple[Figure, ...]
    destroyed: bool
    slight: bool

    @property
    def worst(self) -> Figure:
        """The figure that lost most of what separates it from a constant answer."""
        return max(self.figures, key=lambda figure: figure.loss / max(1e-9, figure.original - figure.constant))


def verdict(case: Case, original: Outputs, harmed: Outputs) -> Verdict:
    found: list[Figure] = []
    slight = True
    for task in case.tasks:
        own = list(figures(task, original[task.output], harmed[task.output]))
        found += own
        slight = slight and all(figure.slight for figure in own)
        if task.kind == "values" and task.labels is None:
            before, after = arranged(task, original[task.output]), arranged(task, harmed[task.output])
            keep = counted(task, before)
            slight = slight and relative_error(before[keep], after[keep]) < RELATIVE_ERROR / 2
    return Verdict(tuple(found), any(figure.destroyed for figure in found), slight)


def comparable(task: Task, original: np.ndarray, harmed: np.ndarray) -> Iterator[dict[str, float]]:
    """The figures of Partita's report, by its names; several where columns are equally far from their limits."""
    before, after = arranged(task, original), arranged(task, harmed)
    keep = counted(task, before)
    expected: dict[str, float] = {"relativeError": relative_error(before[keep], after[keep])}
    if task.kind != "classes":
        expected["explained"] = of_columns(explained(before[keep], after[keep]))
    own = list(figures(task, original, harmed))
    if task.kind == "values" and task.labels is not None:
        expected["r2Before"] = float(np.mean([figure.original for figure in own]))
        expected["r2After"] = float(np.mean([figure.value for figure in own]))
    if task.samples == 0 and before.shape[1] * before.shape[2] > 1:
        products = [(a[k].ravel(), b[k].ravel()) for a, b, k in zip(before, after, keep, strict=True)]
        expected["cosine"] = float(np.mean([cosine(a, b) for a, b in products]))
    if task.kind == "values":
        yield expected
        return
    # Partita reports the column that is farthest from its limit.
    ratios = [figure.loss / max(1e-12, figure.limit) for figure in own]
    for figure, ratio in zip(own, ratios, strict=True):
        if ratio < max(ratios) - 1e-6:
            continue
        if task.labels is None:
            yield expected | {"agreement": figure.value, "commonest": figure.constant}
        else:
            yield expected | {
                "top1Before": figure.original,
                "top1After": figure.value,
                "commonestAccuracy": figure.constant,
            }


def cosine(left: np.ndarray, right: np.ndarray) -> float:
    size = np.linalg.norm(left) * np.linalg.norm(right)
    if size == 0:
        return float(np.linalg.norm(left) == np.linalg.norm(right))
    return float(np.clip(left @ right / size, -1, 1))
