#!/bin/sh
# Builds the wheel of the Python package, with the jar in it:
#
#   tools/python/build.sh [FOLDER]      default: target/python
#
# The jar is tools/cli/target/partita.jar, which has to be there. PYTHON names an interpreter with pip and setuptools; the
# one in .venv where it is not set. Nothing is fetched. Prints the path of the wheel.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
mkdir -p "${1:-$root/target/python}"
output=$(CDPATH='' cd -- "${1:-$root/target/python}" && pwd)
jar=$root/tools/cli/target/partita.jar
python=${PYTHON:-$root/.venv/bin/python}

if [ ! -f "$jar" ]; then
  echo "There is no $jar; ./partita --version builds it." >&2
  exit 1
fi

PARTITA_JAR=$jar "$python" "$root/tools/python/generate.py"
# Built from a copy, so that neither the jar nor what setuptools writes ends up among the sources.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R "$root/tools/python/pyproject.toml" "$root/tools/python/README.md" "$root/tools/python/src" "$copy"
cp "$root/LICENSE" "$root/NOTICE" "$copy"
find "$copy" \( -name __pycache__ -o -name '*.egg-info' \) -prune -exec rm -rf {} +
mkdir "$copy/src/partita/jar"
cp "$jar" "$copy/src/partita/jar/partita.jar"
# The archive of classes is named after it; hashing the jar at each start would cost more than the archive saves.
{ sha256sum "$jar" 2>/dev/null || shasum -a 256 "$jar"; } | cut -c 1-16 >"$copy/src/partita/jar/partita.jar.sha256"

rm -f "$output"/partita-*.whl
"$python" -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --no-index \
  --wheel-dir "$output" "$copy"
ls "$output"/partita-*.whl
