#!/usr/bin/env bash
# Optimizes a Transformer of 6 GB in external data, in a heap of 256 MiB, and compares with cp and sync of the same
# bytes, in turn. Prints both times, their ratio and the peak heap. Everything it wrote is deleted at the end.
set -euo pipefail

usage() {
  echo 'usage: tools/bench/large.sh [--strategy NAME] [--accelerators P] [--rounds N] [--shape "BLOCKS WIDTH INNER VOCABULARY"] [FOLDER]'
  echo '  FOLDER (default target/large) needs room for 2.5 times the model. The shape defaults to "7 4096 16384 32000", 6.2 GB.'
}

strategy=contiguous
accelerators=4
rounds=2
shape='7 4096 16384 32000'
folder=''
while [ $# -gt 0 ]; do
  case $1 in
    --strategy) strategy=$2; shift ;;
    --accelerators) accelerators=$2; shift ;;
    --rounds) rounds=$2; shift ;;
    --shape) shape=$2; shift ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) folder=$1 ;;
  esac
  shift
done

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=${folder:-$root/target/large}
mkdir -p "$folder"
work=$(mktemp -d "$folder/bench-XXXXXX")
trap 'rm -rf "$work"' EXIT

# Asks for a version so that the jar is built before anything is timed.
"$root/partita" --version >/dev/null
[ -d "$root/fixtures/target/classes" ] || (cd "$root" && mvn -q -pl fixtures -am -DskipTests package >&2)
# A copy, so that nothing that is built meanwhile gets in the way.
cp "$root/tools/cli/target/partita.jar" "$work/partita.jar"
# shellcheck disable=SC2086
java -cp "$root/tools/cli/target/partita.jar:$root/fixtures/target/classes" dev.partita.fixtures.LargeTransformer \
  "$work/in" $shape 4

seconds() { # runs a command, prints how long it took
  local start end
  start=$(date +%s%N)
  "$@" >&2
  end=$(date +%s%N)
  awk -v ns=$((end - start)) 'BEGIN { printf "%.2f", ns / 1e9 }'
}

copy() {
  cp -r --sparse=never "$work/in" "$work/copy"
  sync
}

optimize() {
  # shellcheck disable=SC2086
  java ${PARTITA_JAVA_OPTS:--Xmx256m} -jar "$work/partita.jar" optimize "$work/in/model.onnx" \
    -o "$work/out/model.onnx" -p "$accelerators" --no-gate --repair none --strategy "$strategy" --quiet \
    --json "$work/report.json" >/dev/null
}

sync
# The input is in the page cache for both, as far as it fits.
cat "$work"/in/* >/dev/null
for round in $(seq "$rounds"); do
  copied=$(seconds copy)
  rm -rf "$work/copy" "$work/report.json"
  sync
  mkdir "$work/out"
  optimized=$(seconds optimize)
  bytes=$(du -cb "$work"/out/* | tail -n 1 | cut -f 1)
  rm -rf "$work/out"
  sync
  heap=$(sed -n 's/.*"peakHeapBytes" *: *\([0-9]*\).*/\1/p' "$work/report.json")
  awk -v c="$copied" -v o="$optimized" -v h="$heap" -v b="$bytes" -v r="$round" 'BEGIN {
    printf "round %d: cp and sync %.2f s, optimize %.2f s, ratio %.2f, peak heap %.0f MiB, output %.2f GB\n",
      r, c, o, o / c, h / 1048576, b / 1e9 }'
done
tr -d '\n' <"$work/report.json" | grep -o '"stages" *: *\[[^]]*\]' || true
