#!/bin/sh
# Makes .venv in the root of the repository, with Python 3.11 and the packages that the checks need, where it is not up to
# date; and generates the files of the Python package from the jar, where that is built. Prints nothing but errors.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
requirements=$root/tools/python/requirements-check.txt
environment=$root/.venv
stamp=$environment/requirements-check.txt
jar=$root/tools/cli/target/partita.jar

generate() {
  [ ! -f "$jar" ] || PARTITA_JAR=$jar "$environment/bin/python" "$root/tools/python/generate.py"
}

if cmp -s "$requirements" "$stamp" && "$environment/bin/python" -c '' 2>/dev/null; then
  generate
  exit 0
fi

interpreter=
for candidate in "${PYTHON:-}" python3.11 python3 /usr/bin/python3; do
  if [ -n "$candidate" ] && "$candidate" -c \
    'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    interpreter=$candidate
    break
  fi
done
if [ -z "$interpreter" ]; then
  echo "Python 3.11 with its venv module is needed; name one with PYTHON=/path/to/python3.11." >&2
  exit 1
fi

"$interpreter" -m venv --clear "$environment"
"$environment/bin/python" -m pip --disable-pip-version-check install --quiet -r "$requirements"
cp "$requirements" "$stamp"
generate
