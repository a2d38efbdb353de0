"""Files that are written completely or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(output: Path, text: str) -> None:
    """Writes a text to a temporary file in the same folder and moves it to its place."""
    descriptor, temporary = tempfile.mkstemp(dir=output.absolute().parent, prefix=".partita")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        # mkstemp lets nobody else read; what is written to be kept is as readable as the user's other files.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, output)
    except BaseException:
        os.unlink(temporary)
        raise
