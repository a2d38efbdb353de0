"""The evidence for the default gate: a small part of tools/bench/gate.py, and that it can fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCH = Path(__file__).parents[2] / "bench"
sys.path.insert(0, str(BENCH))

import gate  # noqa: E402
import gate_figures  # noqa: E402
import gate_harm  # noqa: E402
from gate_figures import Figure, Verdict  # noqa: E402
from gate_models import CASES, Task  # noqa: E402


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / "gate.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_table_agrees_with_partita() -> None:
    done = run("table", "--print", "--cases", "class numbers first")
    assert done.returncode == 0, done.stderr
    assert "| class numbers first, labels | classes, scores | accuracy |" in done.stdout
    assert "2 models, 0 faults" in done.stderr


@pytest.mark.parametrize("case", ["regression in units", "hidden states, causal", "several labels"])
def test_sweep_of_a_few(case: str) -> None:
    done = run("sweep", "--cases", case, "--destroyed", "12", "--slight", "6")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 faults" in done.stderr


def result(verdict: Verdict, passed: bool, *differences: str) -> gate.Result:
    variant = gate_harm.Variant("none", 0, CASES["one column"]("one column").model)
    return gate.Result(variant, verdict, passed, {"outputs": [{"readAs": "values"}], "gates": []}, differences)


def test_a_destroyed_model_that_passes_is_a_fault() -> None:
    destroyed = Verdict((Figure("explained", 1, 0, 0.4, 0.1),), True, False)
    tally = gate.Tally()
    tally.add("a model", result(destroyed, passed=False))
    assert not tally.faults
    tally.add("a model", result(destroyed, passed=True))
    assert "destroyed, and the gate passes it" in tally.faults[0]
    tally.add("a model", result(destroyed, False, "y: agreement is 0.9 here and 0.8 in the report"))
    assert tally.faults[1].endswith("0.8 in the report")
    assert tally.destroyed == 3


def test_slight_harm_that_is_refused_is_counted() -> None:
    slight = Verdict((Figure("explained", 1, 0, 0.97, 0.1),), False, True)
    tally = gate.Tally()
    tally.add("a model", result(slight, passed=True))
    tally.add("a model", result(slight, passed=False))
    assert (tally.slight, tally.accepted) == (2, 1)


def test_figures_by_hand() -> None:
    original = np.array([[0.0, 1.0], [2.0, 0.0], [0.0, 3.0], [0.0, 1.0]])
    harmed = np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 3.0], [0.0, 1.0]])
    (agreement,) = gate_figures.figures(Task("y", "scores"), original, harmed)
    assert (agreement.value, agreement.constant) == (0.75, 0.75)
    assert agreement.limit == pytest.approx(0.05)
    labels = np.array([1, 0, 0, 1])
    (accuracy,) = gate_figures.figures(Task("y", "scores", labels=labels), original, harmed)
    assert (accuracy.original, accuracy.value, accuracy.constant) == (0.75, 0.5, 0.5)
    assert accuracy.destroyed
    (explained,) = gate_figures.figures(Task("y", "values"), original, harmed)
    # The first column has a variance of 3 and a squared error of 4, the second 4.75 and 4.
    assert explained.value == pytest.approx(1 - 4 / 3)
    half = np.array([[True], [False], [True], [True]])
    (masked,) = gate_figures.figures(Task("y", "values", counts=half), original, harmed)
    assert masked.value == 1


def test_axes_of_samples_and_classes() -> None:
    array = np.arange(24).reshape(2, 3, 4)
    assert gate_figures.arranged(Task("y", "scores", samples=1), array)[2, 1].tolist() == [20, 21, 22, 23]
    assert gate_figures.arranged(Task("y", "scores", 1), array)[1, 3].tolist() == [15, 19, 23]


def test_the_page_is_compared_but_for_rounding() -> None:
    assert gate.same_but_for_rounding("| a | 0.951, passes |", "| a | 0.953, passes |")
    assert not gate.same_but_for_rounding("| a | 0.951, passes |", "| a | 0.951, refused |")
    assert not gate.same_but_for_rounding("| a | 0.951, passes |", "| a | 0.97, passes |")
    assert not gate.same_but_for_rounding("| a | 0.951 |", "| a | 0.951 | 0.5 |")
