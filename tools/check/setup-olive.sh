#!/bin/sh
# Makes .venv-olive in the root of the repository: Olive, onnxsim and onnx-ir, for tools/python/pipelines. Does nothing
# when it is up to date. Prints nothing but errors.
#
# The torch that Olive needs is Debian's python3-torch: it is built for the CPU, and a fiftieth of what an index would
# bring for graphics cards. It is linked into the environment; pip knows nothing of it, and so installs what names it as a
# requirement without its requirements.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
requirements=$root/tools/python/requirements-pipelines.txt
without=$root/tools/python/requirements-pipelines-without-torch.txt
environment=$root/.venv-olive
stamp=$environment/requirements.txt
packages=/usr/lib/python3/dist-packages

sh "$root/tools/check/setup-python.sh"
if cat "$requirements" "$without" | cmp -s - "$stamp" && "$environment/bin/python" -c 'import torch' 2>/dev/null; then
  exit 0
fi
if [ ! -d "$packages/torch" ]; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq python3-torch >/dev/null
  fi
  if [ ! -d "$packages/torch" ]; then
    echo "The Debian package python3-torch is needed." >&2
    exit 1
  fi
fi

# The interpreter that the other environment was made with.
"$root/.venv/bin/python" -m venv --clear "$environment"
"$environment/bin/python" -m pip --disable-pip-version-check install --quiet -r "$requirements"
"$environment/bin/python" -m pip --disable-pip-version-check install --quiet --no-deps -r "$without"
for part in "$packages"/torch "$packages"/torchgen "$packages"/functorch "$packages"/torch-*.egg-info; do
  [ ! -e "$part" ] || ln -s "$part" "$environment"/lib/python3*/site-packages/
done
cat "$requirements" "$without" >"$stamp"
