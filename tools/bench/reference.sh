#!/usr/bin/env bash
# Compares estimates with the figures of nn_dataflow and SCALE-Sim, as tables in Markdown: the reference cases of
# fixtures/, or with --live layers that both simulate now (simulate.py says which, and what is done to them). Fails if
# one of them is further off than docs/estimates.md allows.
set -euo pipefail

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=''
case ${1:-} in
  '') ;;
  --live) folder=$root/target/simulated ;;
  *)
    echo 'usage: tools/bench/reference.sh [--live]' >&2
    exit 2
    ;;
esac

"$root/partita" --version >/dev/null
[ -f "$root/plugin/target/test-classes/dev/partita/accelerator/ReferenceComparison.class" ] ||
  (cd "$root" && mvn -q -pl plugin -am -DskipTests test-compile >&2)
if [ -n "$folder" ]; then
  sh "$root/tools/check/setup-simulators.sh"
  "$root/.venv-simulators/bin/python" "$root/tools/bench/simulate.py" "$folder"
fi
classes=$root/plugin/target/test-classes:$root/fixtures/target/classes:$root/tools/cli/target/partita.jar
exec java -cp "$classes" dev.partita.accelerator.ReferenceComparison ${folder:+"$folder"}
