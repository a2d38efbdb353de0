"""Prints what the dense layers of VGG-like heads are estimated to cost, as the tables of docs/estimates.md.

    heads.py [--heads "WIDTHS ..."]

Runs ./partita estimate for each head, memory and number of accelerators; nothing is measured. A speed-up or an energy
ratio in bold is the first in its column that reaches the figure of the paper's abstract.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HEADS = ["25088-4096-2048-200", "32768-4096-4096-200", "2048-4096-4096-200", "25088-4096-4096-1000"]
TARGETS = {"tetris-2d": "2-D", "tetris-3d": "3-D"}
ACCELERATORS = [2, 4, 8, 16]
PAPER_SPEED_UP = 7.72
PAPER_ENERGY = 2.73


def estimate(head: str, target: str, accelerators: int, last_layer: str) -> dict[str, Any]:
    command = [str(ROOT / "partita"), "estimate", "--shape", head, "--target", target, "-p", str(accelerators)]
    command += ["--last-layer", last_layer, "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["total"]


def quantity(value: float) -> str:
    """Three significant digits, thousands apart."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cost(figures: dict[str, Any]) -> str:
    return f"{quantity(figures['latencyMicros'])} / {quantity(figures['energyMicrojoules'])}"


class Mark:
    """Sets the first ratio in bold that reaches a figure."""

    def __init__(self, reached: float) -> None:
        self.reached = reached
        self.done = False

    def __call__(self, ratio: float) -> str:
        text = f"{ratio:.3g}x"
        if ratio < self.reached or self.done:
            return text
        self.done = True
        return f"**{text}**"


def table(head: str) -> None:
    print(f"\n### {head}\n")
    columns = ["memory", "DRAM", "P", "dense on 1", "dense on P", "of it parallel"]
    for state in ("pruned, last whole", "pruned, last cut"):
        columns += [state, "to 1", "to P", "energy"]
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for target, memory in TARGETS.items():
        by_state = {
            state: {p: estimate(head, target, p, state) for p in ACCELERATORS} for state in ("whole", "cut")
        }
        for sharing in ("private", "shared"):
            marks = {state: (Mark(PAPER_SPEED_UP), Mark(PAPER_ENERGY)) for state in by_state}
            for p in ACCELERATORS:
                dense = by_state["whole"][p][sharing]
                one, split = dense["denseOnOne"], dense["denseOnAll"]
                row = [memory, sharing, str(p), cost(one), cost(split), f"{one['cycles'] / split['cycles']:.3g}x"]
                for state, (speed, energy) in marks.items():
                    figures = by_state[state][p][sharing]
                    row += [
                        cost(figures["pruned"]),
                        speed(figures["speedup"]),
                        f"{figures['speedupOverDenseOnAll']:.3g}x",
                        energy(figures["energyRatio"]),
                    ]
                print("| " + " | ".join(row) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description="Estimated cost of VGG-like heads, as tables in Markdown.")
    parser.add_argument("--heads", default=" ".join(HEADS))
    for head in parser.parse_args().heads.split():
        table(head)


if __name__ == "__main__":
    main()
