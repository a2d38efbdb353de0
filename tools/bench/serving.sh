#!/usr/bin/env bash
# Measures VGG16's dense head (25088-4096-4096-1000, random weights) with all three layers cut for four accelerators: one
# shard alone on one core against the dense head on one core; the rewritten model and its shards on two cores against the
# dense head on two. With --calibrate also measures this machine as a target, and holds its estimates against each layer.
set -euo pipefail

usage() {
  echo 'usage: tools/bench/serving.sh [--accelerators P] [--shape WIDTHS] [--rounds N] [--calibrate] [FOLDER]'
  echo '  FOLDER (default target/serving) needs 1.5 GB; the shape defaults to 25088-4096-4096-1000.'
}

accelerators=4
shape=25088-4096-4096-1000
rounds=10
calibrate=false
folder=''
while [ $# -gt 0 ]; do
  case $1 in
    --accelerators) accelerators=$2; shift ;;
    --shape) shape=$2; shift ;;
    --rounds) rounds=$2; shift ;;
    --calibrate) calibrate=true ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) folder=$1 ;;
  esac
  shift
done

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=${folder:-$root/target/serving}
mkdir -p "$folder"
work=$(mktemp -d "$folder/bench-XXXXXX")
trap 'rm -rf "$work"' EXIT

"$root/partita" --version >/dev/null
# A copy, so that nothing that is built meanwhile gets in the way.
cp "$root/tools/cli/target/partita.jar" "$work/partita.jar"
partita() { java -Xmx2g -jar "$work/partita.jar" "$@"; }

java -cp "$work/partita.jar" dev.partita.fixtures.DenseHead "$work/dense" "$shape" 0 1 >/dev/null
partita optimize "$work/dense/model.onnx" -o "$work/rewritten.onnx" -p "$accelerators" --include '*' --no-gate \
  --repair none --strategy contiguous --quiet >/dev/null
partita shard "$work/rewritten.onnx" -o "$work/shards"

one_core=()
if command -v taskset >/dev/null; then
  one_core=(taskset -c 0)
fi
echo 'One core: the dense head, and the shard of accelerator 0 alone'
${one_core[@]+"${one_core[@]}"} java -Xmx2g -jar "$work/partita.jar" bench "$work/dense/model.onnx" "$work/shards" \
  --shard 0 --threads 1 --rounds "$rounds"
echo 'Two cores: the dense head, the rewritten model in one session, its shards'
partita bench "$work/dense/model.onnx" "$work/rewritten.onnx" "$work/shards" --threads 2 --rounds "$rounds"

if $calibrate; then
  partita targets --calibrate -o "$work/machine.yaml"
  cat "$work/machine.yaml"
  echo 'Estimates for this machine and ONNX Runtime'"'"'s own profile, one core'
  partita bench "$work/dense/model.onnx" --threads 1 --rounds 2 --layers --target "$work/machine.yaml" -p 1
  echo 'The same layers cut, DRAM private: what one shard alone is estimated to take'
  partita estimate --shape "$shape" --last-layer cut --target "$work/machine.yaml" -p "$accelerators" --dram private
fi
