#!/usr/bin/env bash
# A plan as masks, training under them in PyTorch, and the exact cut of what comes of it: for a classifier whose weights
# are exported as they are (Gemm), and for one whose weights are exported transposed and renamed (MatMul).
#   tools/check/masked-training.sh [FOLDER]      default target/masked-training
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/../.."

work=${1:-target/masked-training}
rm -rf "$work"
mkdir -p "$work"
torch=$(sh tools/check/find-torch.sh)
data=fixtures/src/main/resources/dev/partita/fixtures/data
script=tools/python/examples/finetune_masked.py

for rows in 1 4; do
  at=$work/rows$rows
  mkdir "$at"
  echo "-- images as $rows rows"
  "$torch" "$script" train "$data/fashion-validation.npz" --rows $rows --checkpoint "$at/dense.pt" --onnx "$at/dense.onnx"
  ./partita masks "$at/dense.onnx" -o "$at/masks.npz" -p 4 --calibration "$data/fashion-calibration.npz" \
    --json "$at/masks.json" --quiet >/dev/null
  "$torch" "$script" finetune "$data/fashion-calibration.npz" --rows $rows --checkpoint "$at/dense.pt" \
    --masks "$at/masks.npz" --validation "$data/fashion-validation.npz" --onnx "$at/tuned.onnx" | tee "$at/finetune.txt"
  # The gate refuses more than rounding.
  ./partita optimize "$at/tuned.onnx" -o "$at/cut.onnx" -p 4 --strategy lossless --quiet \
    --validation "$data/fashion-validation.npz" --max-relative-error 1e-5 --json "$at/cut.json" >/dev/null
  ./partita optimize "$at/dense.onnx" -o "$at/uncut.onnx" -p 4 --strategy lossless --quiet --no-gate \
    --json "$at/uncut.json" >/dev/null
  "$torch" - "$at" <<'CHECK'
import json
import re
import sys
from pathlib import Path

folder = Path(sys.argv[1])
masks, cut, uncut = (json.loads((folder / f"{name}.json").read_text()) for name in ("masks", "cut", "uncut"))
masked = [layer["node"] for layer in masks["layers"] if layer["mask"] is not None]
layers = {layer["name"]: layer["state"] for region in cut["regions"] for layer in region["layers"]}
before, after = (
    float(re.search(rf"{when} training: top-1 (\S+)", (folder / "finetune.txt").read_text())[1])
    for when in ("before", "after")
)
checks = {
    "two layers have masks": len(masked) == 2,
    "every masked layer is cut": all(layers.get(node) == "cut" for node in masked),
    "outputs are the same to 1e-5": cut["outcome"] == "optimized"
    and any(gate["metric"] == "relative_error" and gate["limit"] == 1e-5 for gate in cut["accuracy"]["gates"])
    and all(gate["passed"] for gate in cut["accuracy"]["gates"]),
    "a quarter of the weights is left": cut["regions"][0]["parametersAfter"]
    < 0.3 * cut["regions"][0]["parametersBefore"],
    "training under the masks brings accuracy back": after > before + 0.02,
    "without training nothing is cut": uncut["outcome"] == "unchanged",
}
for name, holds in checks.items():
    print(f"{'ok' if holds else 'FAILED'}: {name}")
sys.exit(not all(checks.values()))
CHECK
done
