"""Holds every .onnx file of a folder against the checker of the Python package, and loads it.

    python tools/corpus/check_outputs.py FOLDER [ORIGINALS]

Run it with the newest `onnx` for the full check, and in an environment with the oldest ONNX Runtime
that a report names (`minimumOnnxRuntime`) for loading; whichever package is missing is left out, and
said so. A file NAME.pP.onnx may fail where ORIGINALS/NAME.onnx fails as well. Prints one line for each file that fails and exits 1 where there is one, or no file at all.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def failures(file: Path) -> list[str]:
    found = []
    if importlib.util.find_spec("onnx"):
        import onnx

        try:
            onnx.checker.check_model(str(file), full_check=True)
        # The checker raises its own kinds, shape inference others.
        except Exception as refusal:
            found.append(f"onnx {onnx.__version__}: {first_line(refusal)}")
    if importlib.util.find_spec("onnxruntime"):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        try:
            onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except Exception as refusal:
            found.append(f"onnxruntime {onnxruntime.__version__}: {first_line(refusal)}")
    return found


def original(file: Path, originals: Path) -> Path:
    """The model that an output was made from; the output itself where it is not there."""
    candidate = originals / f"{file.stem.rpartition('.')[0]}.onnx"
    return candidate if candidate.is_file() else file


def tool(failure: str) -> str:
    return failure.partition(":")[0]


def first_line(refusal: Exception) -> str:
    return str(refusal).strip().splitlines()[0][:300]


def main() -> int:
    files = sorted(Path(sys.argv[1]).glob("*.onnx"))
    tools = [name for name in ("onnx", "onnxruntime") if importlib.util.find_spec(name)]
    originals = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    bad = excused = 0
    for file in files:
        found = failures(file)
        known: set[str] = set()
        if found and originals and original(file, originals) != file:
            known = {tool(failure) for failure in failures(original(file, originals))}
        for failure in found:
            if tool(failure) in known:
                excused += 1
                print(f"{file.name}: so does the original: {failure}", flush=True)
            else:
                bad += 1
                print(f"{file.name}: {failure}", flush=True)
    print(
        f"{len(files)} files, {bad} failures, {excused} that the originals have as well, "
        f"with {' and '.join(tools) or 'no tool'}"
    )
    return 1 if bad or not files or not tools else 0


if __name__ == "__main__":
    sys.exit(main())
