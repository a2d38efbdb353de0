#!/usr/bin/env bash
# Sends every skeleton through everything, one at a time, so that no more than one model and its variants
# lie on the disk (3 GB). Prints the tables; exits 1 where something is wrong.
#   tools/corpus/run.sh FOLDER [NAME...]       all names unless told
# PYTHON is an interpreter with tools/corpus/requirements.txt; OLD_PYTHON, if set, one with an older ONNX Runtime.
set -uo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/../.."

mkdir -p "$1"
work=$(cd -P "$1" && pwd)
shift
python=${PYTHON:-python3}
skeletons=fixtures/corpus/skeletons.zip
if [ $# -gt 0 ]; then names=("$@"); else mapfile -t names < <("$python" tools/corpus/prepare.py --skeletons "$skeletons" --list); fi
[ ${#names[@]} -gt 0 ] || exit 1
bad=0
for name in "${names[@]}"; do
  models=$work/$name
  rm -rf "$models"
  "$python" tools/corpus/prepare.py --skeletons "$skeletons" --out "$models" "$name" || bad=1
  mvn -o -q -pl onnx-schemas,fixtures,plugin test -Dtest=CorpusTest -Dsurefire.failIfNoSpecifiedTests=false \
    -Dpartita.corpus="$models" -Dpartita.corpus.outputs="$models/outputs" >"$work/$name.log" 2>&1 || {
    tail -n 60 "$work/$name.log"
    bad=1
  }
  cp plugin/target/corpus/corpus.txt "$work/$name.txt" && cat "$work/$name.txt"
  "$python" tools/corpus/check_outputs.py "$models/outputs" "$models" || bad=1
  [ -z "${OLD_PYTHON:-}" ] || "$OLD_PYTHON" tools/corpus/check_outputs.py "$models/outputs" "$models" || bad=1
  rm -rf "$models"
done
for name in "${names[@]}"; do cat "$work/$name.txt"; done |
  awk '/ products with a constant weight, / { products += $1; left += $7 }
    END { printf "all: %d products with a constant weight, %d left alone\n", products, left
      exit !(products > 0 && left <= products / 20) }' || bad=1
exit $bad
