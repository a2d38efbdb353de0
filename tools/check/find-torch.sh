#!/bin/sh
# Prints a Python interpreter that has PyTorch: TORCH_PYTHON if it is set, else the system's, into which the Debian
# package is installed where that is possible (the packages of PyTorch itself bring a gigabyte that a CPU does not need).
set -eu

has_torch() {
  "$1" -c 'import numpy, torch' 2>/dev/null
}

if [ -n "${TORCH_PYTHON:-}" ]; then
  has_torch "$TORCH_PYTHON" || {
    echo "TORCH_PYTHON=$TORCH_PYTHON has no PyTorch with NumPy." >&2
    exit 1
  }
  echo "$TORCH_PYTHON"
  exit 0
fi
system=/usr/bin/python3
if ! has_torch "$system" && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-torch; } >&2
fi
has_torch "$system" || {
  echo 'PyTorch is needed: install the Debian package python3-torch, or name a Python that has it with TORCH_PYTHON=.' >&2
  exit 1
}
echo "$system"
