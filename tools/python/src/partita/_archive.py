"""The archive of loaded classes, which halves Java's startup time. The checkout's script `partita` uses the same archive.

The jar makes the archive (ClassArchive in tools/cli) where the property partita.archive says that there is none.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from partita._java import Java

_LARGE_BYTES = 16 << 20

# What Java itself has to say goes to standard error, and no more than errors: standard output is the command's.
_QUIET = ["-Xlog:disable", "-Xlog:all=error:stderr"]


def java_options(java: Java, jar: Path) -> list[str]:
    """Options for Java itself, those of PARTITA_JAVA_OPTS last."""
    return _QUIET + _archive_options(java, jar) + os.environ.get("PARTITA_JAVA_OPTS", "").split()


def quick_options(arguments: list[str]) -> list[str]:
    """Options for a command that ends before Java's second compiler pays off.

    Its work would take as long as the command. A file of more than 16 MB is hashed faster by code from
    there.
    """
    asks = not {"--help", "-h", "--version", "-V"}.isdisjoint(arguments)
    first = arguments[0] if arguments else ""
    quick = asks or first == "completion" or (first == "inspect" and not any(map(_is_large, arguments[1:])))
    return ["-XX:TieredStopAtLevel=1"] if quick else []


def _is_large(argument: str) -> bool:
    try:
        return argument == "-" or os.stat(argument).st_size > _LARGE_BYTES
    except (OSError, ValueError):
        return False


def _archive_options(java: Java, jar: Path) -> list[str]:
    folder = _cache_folder()
    try:
        digest = jar.with_name(jar.name + ".sha256").read_text(encoding="ascii").strip()
        if java.release is None or folder is None or not digest:
            return []
        archive = folder / f"classes-{re.sub('[^A-Za-z0-9.+-]', '_', java.release)}-{digest}.jsa"
        state = archive.stat()
        # Java refuses an archive of a jar that was touched since.
        if state.st_mtime_ns <= jar.stat().st_mtime_ns:
            return [f"-Dpartita.archive={archive}"]
        return [f"-XX:SharedArchiveFile={archive}"] if state.st_size else []
    except FileNotFoundError as missing:
        return [] if missing.filename == str(jar) + ".sha256" else [f"-Dpartita.archive={archive}"]
    except (OSError, UnicodeDecodeError):
        return []


def _cache_folder() -> Path | None:
    named = os.environ.get("PARTITA_CACHE")
    if named:
        return Path(named).absolute()
    shared = os.environ.get("XDG_CACHE_HOME")
    if shared:
        return Path(shared).absolute() / "partita"
    home = os.path.expanduser("~")
    return None if home == "~" else Path(home) / ".cache" / "partita"
