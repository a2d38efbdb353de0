#!/usr/bin/env bash
# The walk of docs/first-steps.md with the time of every step: from a clone of what is committed here to an optimized model
# that was exported from PyTorch a moment before.
#   tools/check/first-steps.sh [FOLDER]      default: a temporary folder, which is removed
# Maven's own cache is used as it is.
set -euo pipefail
root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

torch=$(sh "$root/tools/check/find-torch.sh")
if [ $# -gt 0 ]; then
  rm -rf "$1"
  mkdir -p "$1"
  work=$(cd -P "$1" && pwd)
else
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
# Nobody who walks for the first time has an archive of classes.
export PARTITA_CACHE=$work/cache

total=0
step() {
  local title=$1 started=$EPOCHREALTIME taken
  shift
  "$@" >"$work/output.txt" 2>&1 || {
    cat "$work/output.txt" >&2
    echo "first-steps: failed: $title" >&2
    exit 1
  }
  taken=$(awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
  total=$(awk -v a="$total" -v b="$taken" 'BEGIN { printf "%.1f", a + b }')
  printf '%7s s   %s\n' "$taken" "$title"
}

step 'clone' git clone --quiet "$root" "$work/partita"
cd "$work/partita"
step 'build, at the first command' ./partita --version
step 'the first command with an archive of classes' ./partita --help
step 'the bundled demo, whose data the next step trains on' ./partita demo -o demo
step 'train a model and export it from PyTorch' "$torch" tools/python/examples/own_model.py demo/fashion-validation.npz own
step 'list its layers' ./partita inspect own/own.onnx
step 'optimize it, at most 2 points of top-1 lost' ./partita optimize own/own.onnx -o own/optimized.onnx \
  --calibration own/calibration.npz --validation own/validation.npz --max-accuracy-drop 0.02 \
  --report own/report.html --json own/report.json
step 'compare both on data' ./partita verify own/own.onnx own/optimized.onnx --validation own/validation.npz --max-accuracy-drop 0.02
printf '%7s s   all\n' "$total"

"$torch" - own/report.json <<'CHECK'
import json
import sys
from pathlib import Path

report = json.loads(Path(sys.argv[1]).read_text())
output = report["accuracy"]["outputs"][0]
before, after = output["top1Before"], output["top1After"]
private = report["total"]["private"]
print(f"top-1 {before:.3f} -> {after:.3f}, dense layers {private['speedup']:.1f}x faster (estimated)")
checks = {
    "the model was cut": report["outcome"] == "optimized",
    "at most 2 points were lost": before - after <= 0.02,
    "the page is there": Path("own/report.html").stat().st_size > 10_000,
}
for name, holds in checks.items():
    print(f"{'ok' if holds else 'FAILED'}: {name}")
sys.exit(not all(checks.values()))
CHECK
