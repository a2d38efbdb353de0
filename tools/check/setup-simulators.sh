#!/bin/sh
# Makes .venv-simulators in the root of the repository, with the simulators for comparison with the estimates. Does
# nothing when it is up to date. Prints nothing but errors.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
requirements=$root/tools/bench/requirements-simulators.txt
environment=$root/.venv-simulators
stamp=$environment/requirements.txt

if cmp -s "$requirements" "$stamp" && "$environment/bin/python" -c '' 2>/dev/null; then
  exit 0
fi

# The interpreter that the other environment was made with.
sh "$root/tools/check/setup-python.sh"
"$root/.venv/bin/python" -m venv --clear "$environment"
"$environment/bin/python" -m pip --disable-pip-version-check install --quiet -r "$requirements"
cp "$requirements" "$stamp"
