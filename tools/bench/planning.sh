#!/usr/bin/env bash
# Prints, as a table in Markdown, the retained importance and the time of Partita's plans and of other methods
# (planning.py says which), for trained layers of the bundled models and for random ones (DenseHead says how random),
# up to the dense layers of VGG16; then where the time of a whole run with least squares goes.
set -euo pipefail

usage() {
  echo 'usage: tools/bench/planning.sh [--accelerators P] [--shapes "WIDTHS ..."] [--repair] [FOLDER]'
  echo '  WIDTHS as in 1024-1024; FOLDER (default target/planning) needs 2 GB. --repair adds least squares on 2,048 samples.'
}

accelerators=8
shapes='1024-1024 4096-4096 25088-4096-4096-1000'
repair=false
folder=''
while [ $# -gt 0 ]; do
  case $1 in
    --accelerators) accelerators=$2; shift ;;
    --shapes) shapes=$2; shift ;;
    --repair) repair=true ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) folder=$1 ;;
  esac
  shift
done

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=${folder:-$root/target/planning}
mkdir -p "$folder"
work=$(mktemp -d "$folder/bench-XXXXXX")
trap 'rm -rf "$work"' EXIT

"$root/partita" --version >/dev/null
[ -f "$root/plugin/target/test-classes/dev/partita/partition/PlanningBenchmark.class" ] ||
  (cd "$root" && mvn -q -pl plugin -am -DskipTests test-compile >&2)
classes=$root/plugin/target/test-classes:$root/fixtures/target/classes:$root/tools/cli/target/partita.jar

python=${PYTHON:-}
if [ -z "$python" ]; then
  python3 -m venv "$folder/venv"
  python=$folder/venv/bin/python
  "$python" -m pip --disable-pip-version-check install --quiet -r "$root/tools/bench/requirements-planning.txt"
fi

measure() { # label, model, regions or layers
  rm -rf "$work/weights"
  java -Xmx3g -cp "$classes" dev.partita.partition.PlanningBenchmark "$2" "$accelerators" 2 "$3" "$work/weights" \
    >"$work/results.jsonl"
  "$python" "$root/tools/bench/planning.py" "$1" "$accelerators" "$work/results.jsonl" "$work/weights"
}

echo '| weights | layers | method | retained importance | seconds | passes over the weights |'
echo '|---|---|---|---|---|---|'
for name in fashion-mlp fashion-vgg; do
  gunzip -c "$root/fixtures/src/main/resources/dev/partita/fixtures/models/$name.onnx.gz" >"$work/$name.onnx"
  measure "trained ($name)" "$work/$name.onnx" layers
done
for shape in $shapes; do
  rm -rf "$work/head"
  java -cp "$classes" dev.partita.fixtures.DenseHead "$work/head" "$shape" 0 1 >/dev/null
  measure 'random' "$work/head/model.onnx" regions
done

if $repair; then
  java -cp "$classes" dev.partita.fixtures.DenseHead "$work/head" 25088-4096-4096-1000 2048 1 >/dev/null
  java -Xmx3g -jar "$root/tools/cli/target/partita.jar" optimize "$work/head/model.onnx" -o "$work/out.onnx" \
    -p "$accelerators" --calibration "$work/head/samples.npz" --no-gate --quiet --threads 2 --json "$work/report.json" \
    >/dev/null &
  run=$!
  highest=0
  # The high water mark of everything in memory, mapped files and what BLAS holds included.
  while kill -0 "$run" 2>/dev/null; do
    now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$run/status" 2>/dev/null || echo 0)
    [ "${now:-0}" -le "$highest" ] || highest=$now
    sleep 0.2
  done
  wait "$run"
  echo
  echo "Least squares for 25088-4096-4096-1000 on 2,048 random samples: at most $((highest / 1024)) MiB in memory. Stages:"
  tr -d '\n' <"$work/report.json" | grep -o '"stages" *: *\[[^]]*\]'
fi
