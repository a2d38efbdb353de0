"""Whether the default gate tells destroyed models from slightly harmed ones, by figures of its own.

    python3 tools/bench/gate.py table [--check]        the table of docs/accuracy.md
    python3 tools/bench/gate.py sweep                  2,000 destroyed and 500 slightly harmed models
    python3 tools/bench/gate.py sweep --destroyed 40 --slight 20 --cases regression

A model is destroyed where a figure of its task, computed here in NumPy from ONNX Runtime's outputs, is closer to that
of a constant answer than to the original's. It is slightly harmed where every figure lost less than half of the
documented limit. `partita verify` must refuse every destroyed model, accept 95 % of the slightly harmed ones, and
report the figures computed here to 1e-5.

Needs onnx, onnxruntime and numpy, and the jar of ./partita.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gate_figures
import gate_harm
import numpy as np
import onnx
from gate_figures import Verdict
from gate_harm import Bench, Variant
from gate_models import CASES, Case

ROOT = Path(__file__).resolve().parents[2]
JAR = ROOT / "tools/cli/target/partita.jar"
PAGE = ROOT / "docs/accuracy.md"
BEGIN, END = "<!-- gate -->", "<!-- /gate -->"
TOLERANCE = 1e-5
LEAST_ACCEPTED = 0.95
GATE_FAILED = 4


class Partita:
    """`partita verify` for one model after another in one process."""

    def __init__(self, jar: Path) -> None:
        java = os.path.join(os.environ["JAVA_HOME"], "bin/java") if "JAVA_HOME" in os.environ else "java"
        command = [java, "-cp", str(jar), str(ROOT / "tools/bench/VerifyLoop.java")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def verify(self, original: Path, harmed: Path, data: Path, options: tuple[str, ...]) -> tuple[bool, dict[str, Any]]:
        """Whether the gate holds, and the report."""
        arguments = ["verify", str(original), str(harmed), "--data", str(data), "--json", "-", "--threads", "1"]
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("\t".join([*arguments, *options]) + "\n")
        self.process.stdin.flush()
        code, out, errors = self.process.stdout.readline().rstrip("\n").split("\t")
        if int(code) not in (0, GATE_FAILED):
            raise SystemExit(f"partita {' '.join(arguments)} ended with {code}: {errors}")
        return int(code) == 0, json.loads(out)["accuracy"]

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

    def __enter__(self) -> Partita:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()


@dataclass(frozen=True)
class Result:
    """A harmed model by the outside figures and by the gate."""

    variant: Variant
    verdict: Verdict
    passed: bool
    accuracy: dict[str, Any]
    differences: tuple[str, ...]

    def reading(self) -> str:
        return ", ".join(output["readAs"] for output in self.accuracy["outputs"])


class Judge:
    """Compares the variants of one case."""

    def __init__(self, case: Case, partita: Partita, folder: Path) -> None:
        self.case = case
        self.partita = partita
        self.bench = Bench(case)
        self.original = folder / "original.onnx"
        self.harmed = folder / "harmed.onnx"
        self.data = folder / "data.npz"
        onnx.save(case.model, self.original)
        np.savez(self.data, **case.data, **({} if case.labels is None else {"labels": case.labels}))

    def look(self, variant: Variant) -> tuple[Verdict, dict[str, np.ndarray]]:
        outputs = gate_harm.run(variant.model, self.case)
        return gate_figures.verdict(self.case, self.bench.original, outputs), outputs

    def judge(self, variant: Variant, verdict: Verdict, outputs: dict[str, np.ndarray]) -> Result:
        onnx.save(variant.model, self.harmed)
        passed, accuracy = self.partita.verify(self.original, self.harmed, self.data, self.case.options)
        return Result(variant, verdict, passed, accuracy, tuple(self.differences(outputs, accuracy)))

    def differences(self, outputs: dict[str, np.ndarray], accuracy: dict[str, Any]) -> Iterator[str]:
        reports = {output["name"]: output for output in accuracy["outputs"]}
        for task in self.case.tasks:
            expected = gate_figures.comparable(task, self.bench.original[task.output], outputs[task.output])
            alternatives = [list(unequal(task.output, figures, reports[task.output])) for figures in expected]
            yield from min(alternatives, key=len)


def unequal(output: str, expected: dict[str, float], report: dict[str, Any]) -> Iterator[str]:
    for name, value in expected.items():
        reported = report[name]
        # Figures of decisions are not there where the numbers are read as values, and the other way around.
        other = reported is None and name not in ("relativeError", "explained")
        if not other and not math.isclose(reported, value, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            yield f"{output}: {name} is {value} here and {reported} in the report"


def at(judge: Judge, harm: str, seed: int, wanted: str) -> Result:
    """The first strength at which a harm has the effect that is wanted."""
    strengths = np.geomspace(1, 1e-3, 31)
    for strength in strengths:
        variant = gate_harm.harmed(judge.bench, harm, float(strength), np.random.default_rng(seed))
        verdict, outputs = judge.look(variant)
        if (wanted == "destroyed" and verdict.destroyed) or (wanted == "slight" and verdict.slight):
            return judge.judge(variant, verdict, outputs)
    raise SystemExit(f"{judge.case.name}: no strength of \"{harm}\" makes a model that is {wanted}")


def cell(result: Result, name: str) -> str:
    value = next(figure.value for figure in result.verdict.figures if figure.name == name)
    return f"{value:.3f}, {'passes' if result.passed else 'refused'}".replace("-0.000", "0.000")


def table(cases: list[str], partita: Partita, folder: Path) -> tuple[list[str], list[str]]:
    """The rows, and what is wrong."""
    rows = [
        "| model | read as | figure | constant answer | unharmed | slightly harmed | destroyed |",
        "|---|---|---|---|---|---|---|",
    ]
    faults = []
    for index, name in enumerate(cases):
        judge = Judge(CASES[name](name), partita, folder)
        unharmed = Variant("none", 0, judge.case.model)
        results = [
            judge.judge(unharmed, *judge.look(unharmed)),
            at(judge, "noise on all weights", index, "slight"),
            at(judge, "shrunk to its mean", index, "destroyed"),
        ]
        for result, wanted in zip(results, (True, True, False), strict=True):
            faults += [f"{name}: {difference}" for difference in result.differences]
            if result.passed != wanted:
                faults.append(f"{name}, {result.variant.harm}: the gate {'passes' if result.passed else 'refuses'} it")
        worst = results[2].verdict.worst
        rows.append(
            f"| {name} | {results[0].reading()} | {worst.name} | {worst.constant:.3f} | "
            + " | ".join(cell(result, worst.name) for result in results)
            + " |"
        )
    return rows, faults


@dataclass
class Tally:
    """What a sweep found."""

    destroyed: int = 0
    slight: int = 0
    accepted: int = 0
    faults: list[str] = field(default_factory=list)
    harms: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, result: Result) -> None:
        text = f"{name}, {result.variant.harm} at {result.variant.strength:.3g}, {result.verdict.worst}"
        self.faults += [f"{text}: {difference}" for difference in result.differences]
        if result.verdict.destroyed:
            self.destroyed += 1
            self.harms[result.variant.harm] += 1
            if result.passed:
                self.faults.append(f"{text}: destroyed, and the gate passes it ({result.reading()})")
        else:
            self.slight += 1
            self.accepted += result.passed
            if not result.passed:
                gates = [gate for gate in result.accuracy["gates"] if not gate["passed"]]
                print(f"  refused: {text}: {gates}")


def sweep(cases: list[str], partita: Partita, folder: Path, destroyed: int, slight: int, seed: int) -> Tally:
    tally = Tally()
    for index, name in enumerate(cases):
        judge = Judge(CASES[name](name), partita, folder)
        rng = np.random.default_rng([seed, index])
        left = len(cases) - index
        wanted = {
            "destroyed": tally.destroyed + math.ceil((destroyed - tally.destroyed) / left),
            "slight": tally.slight + math.ceil((slight - tally.slight) / left),
        }
        begun = tally.destroyed, tally.slight, tally.accepted
        for _ in range(200 * (wanted["destroyed"] - begun[0] + wanted["slight"] - begun[1])):
            if tally.destroyed >= wanted["destroyed"] and tally.slight >= wanted["slight"]:
                break
            variant = gate_harm.any_harm(judge.bench, rng)
            verdict, outputs = judge.look(variant)
            is_wanted = (verdict.destroyed and tally.destroyed < wanted["destroyed"]) or (
                verdict.slight and any(f.loss != 0 for f in verdict.figures) and tally.slight < wanted["slight"]
            )
            if is_wanted:
                tally.add(name, judge.judge(variant, verdict, outputs))
        print(
            f"{name}: {tally.destroyed - begun[0]} destroyed,"
            f" {tally.accepted - begun[2]} of {tally.slight - begun[1]} slightly harmed accepted",
            flush=True,
        )
    return tally


def same_but_for_rounding(stored: str, fresh: str) -> bool:
    """Another processor moves the last digits of figures."""
    number = re.compile(r"-?\d+\.\d+")
    left, right = (list(map(float, number.findall(text))) for text in (stored, fresh))
    return number.sub("#", stored) == number.sub("#", fresh) and np.allclose(left, right, rtol=0, atol=0.005)


def write_table(rows: list[str], check: bool) -> bool:
    """Whether the page has the table, after writing it unless it is to be checked alone."""
    page = PAGE.read_text()
    head, rest = page.split(BEGIN + "\n")
    stored, tail = rest.split(END)
    fresh = "\n" + "\n".join(rows) + "\n\n"
    if check:
        return same_but_for_rounding(stored, fresh)
    PAGE.write_text(head + BEGIN + "\n" + fresh + END + tail)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["table", "sweep"])
    parser.add_argument("--check", action="store_true", help="compare the table with docs/accuracy.md")
    parser.add_argument("--print", action="store_true", help="print the table and leave docs/accuracy.md alone")
    parser.add_argument("--cases", default="", help="only models whose name contains this")
    parser.add_argument("--destroyed", type=int, default=2000)
    parser.add_argument("--slight", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jar", type=Path, default=JAR)
    arguments = parser.parse_args()
    cases = [name for name in CASES if arguments.cases in name]
    folder = Path(tempfile.mkdtemp(prefix="partita-gate"))
    begun = time.monotonic()
    try:
        with Partita(arguments.jar) as partita:
            if arguments.what == "table":
                rows, faults = table(cases, partita, folder)
                if arguments.print:
                    print("\n".join(rows))
                elif not write_table(rows, arguments.check):
                    faults.append("docs/accuracy.md has another table; write it with: python3 tools/bench/gate.py table")
            else:
                tally = sweep(cases, partita, folder, arguments.destroyed, arguments.slight, arguments.seed)
                faults = tally.faults
                print(f"{tally.destroyed} destroyed by {dict(tally.harms)}")
                print(f"{tally.accepted} of {tally.slight} slightly harmed models were accepted")
                if tally.destroyed < arguments.destroyed or tally.slight < arguments.slight:
                    faults.append("too few variants were found")
                if tally.accepted < LEAST_ACCEPTED * tally.slight:
                    faults.append(f"fewer than {LEAST_ACCEPTED:.0%} of the slightly harmed models were accepted")
    finally:
        shutil.rmtree(folder)
    print("\n".join(faults), file=sys.stderr)
    print(f"{len(cases)} models, {len(faults)} faults, {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
