"""`partita olive-config`: Olive's package configuration with the pass PartitionPruning added, since `olive run
--package-config` replaces Olive's own."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from partita._errors import UnsupportedModelError, UsageError
from partita._files import write_whole

PASS = "PartitionPruning"
ENTRY = {
    "module_path": "partita.olive.PartitionPruning",
    "supported_providers": ["*"],
    "supported_accelerators": ["*"],
    "supported_precisions": ["*"],
    "supported_algorithms": [],
    "supported_quantization_encodings": [],
    "dataset": "dataset_optional",
}


def package_config(base: Path | None = None) -> dict[str, Any]:
    """A package configuration (default: Olive's own) with Partita's pass added.

    Raises:
        UsageError: Olive is not installed, or the file cannot be read.
        UnsupportedModelError: the file is not a package configuration.
    """
    path = base if base is not None else _olive_default()
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as failure:
        raise UsageError(f"{path} cannot be read: {failure.strerror}.", "Check the path.") from failure
    except ValueError as failure:
        raise UnsupportedModelError(f"{path} is not valid JSON: {failure}.") from failure
    if not isinstance(document, dict) or not isinstance(document.get("passes"), dict):
        raise UnsupportedModelError(f"{path} is not a package configuration of Olive: it has no passes.")
    # Olive reads these names without regard to case, so that an older entry has to go.
    passes = {name: entry for name, entry in document["passes"].items() if name.lower() != PASS.lower()}
    return {**document, "passes": {**passes, PASS: ENTRY}}


def command(arguments: Sequence[str]) -> int:
    """Writes or prints the configuration; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="partita olive-config",
        description="Print Olive's package configuration with the pass PartitionPruning added, for olive run --package-config.",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write it here instead of to standard output")
    parser.add_argument("--base", metavar="FILE", type=Path, help="add to this configuration (default: Olive's own)")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")
    options = parser.parse_args(arguments)
    text = json.dumps(package_config(options.base), indent=2) + "\n"
    if options.output is None:
        sys.stdout.write(text)
    else:
        _write(Path(options.output), text, options.overwrite)
    return 0


def _write(output: Path, text: str, overwrite: bool) -> None:
    if os.path.lexists(output) and not overwrite:
        raise UsageError(f"{output} exists.", "Pass --overwrite to replace it.")
    try:
        write_whole(output, text)
    except OSError as failure:
        raise UsageError(f"{output} cannot be written: {failure.strerror}.", "Check the folder.") from failure


def _olive_default() -> Path:
    # Looked for without importing it, which takes seconds.
    found = importlib.util.find_spec("olive")
    for place in (found.submodule_search_locations if found else None) or []:
        path = Path(place) / "olive_config.json"
        if path.is_file():
            return path
    raise UsageError("Olive is not installed.", "Install it (pip install olive-ai), or name its file with --base.")
