"""One command of the jar as a child process: its arguments, progress, cancellation and failures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from partita._archive import java_options
from partita._errors import InternalError, error_of
from partita._java import find_jar, find_java

# How long Java is given to remove what it has half done.
_CANCEL_SECONDS = 20.0
_INTERRUPTED = 130


@dataclass(frozen=True)
class Progress:
    """The progress of a run.

    Attributes:
        event: started, progress or finished (of a stage), or warning.
        stage: the name of the stage; empty for a warning.
        done: the part of the stage that is done, 0 to 1.
        message: the sentence of a warning.
    """

    event: str
    stage: str = ""
    done: float = 0.0
    message: str = ""


ProgressListener: TypeAlias = Callable[[Progress], None]
ProgressChoice: TypeAlias = "bool | ProgressListener | None"


def run(arguments: Sequence[str], progress: ProgressChoice = False) -> int:
    """Runs one command of the jar, such as `["targets"]`, with this process's standard output. Use it for commands
    that have no function of their own.

    Args:
        arguments: the command line after `partita`.
        progress: as for `optimize`.

    Returns:
        The exit code, which is 0, or 5 with --fail-if-unchanged.

    Raises:
        PartitaError: by the exit code.
        KeyboardInterrupt: it was cancelled, and nothing was written.
    """
    return execute(arguments, listener_of(progress), to_standard_output=True)


def arguments_of(command: str, positional: Sequence[str | os.PathLike[str]], options: Mapping[str, Any]) -> list[str]:
    """The command line of a call: `max_accuracy_drop=0.01` is `--max-accuracy-drop 0.01`; None and False are omitted; a
    mapping becomes KEY=VALUE entries, and a list repeats the option.

    >>> arguments_of("optimize", ["a.onnx"], {"accelerators": 2, "dim": {"n": 8}, "exclude": ["a", "b"], "dry_run": True})
    ['optimize', 'a.onnx', '--accelerators', '2', '--dim', 'n=8', '--exclude', 'a', '--exclude', 'b', '--dry-run']
    >>> arguments_of("verify", ["-a.onnx"], {"data": "--overwrite"})
    ['verify', './-a.onnx', '--data=--overwrite']
    """
    arguments = [command, *map(_path_argument, positional)]
    for name, value in options.items():
        option = "--" + name.rstrip("_").replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            arguments.append(option)
        elif isinstance(value, Mapping):
            for key, entry in value.items():
                arguments += _option(option, f"{key}={entry}")
        elif isinstance(value, (list, tuple)):
            for entry in value:
                arguments += _option(option, str(entry))
        else:
            arguments += _option(option, str(value))
    return arguments


def _option(name: str, value: str) -> list[str]:
    # A value that begins like an option is still a value.
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def _path_argument(path: str | os.PathLike[str]) -> str:
    text = os.fspath(path)
    # A file may be named like an option; "-" alone would be standard input, which a child does not get.
    return os.path.join(".", text) if text.startswith("-") else text


def execute(arguments: Sequence[str], listener: ProgressListener | None, to_standard_output: bool = False) -> int:
    """Runs the jar to its end and returns the exit code, unless it is a failure."""
    java, jar = find_java(), find_jar()
    command = [str(java.executable), *java_options(java, jar)]
    if listener is not None:
        command.append("-Dpartita.progress=json")
    command += ["-jar", str(jar), *arguments]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=None if to_standard_output else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as failure:
        raise InternalError(f"Java could not be started: {failure}.", "Check JAVA_HOME.") from failure
    said: list[str] = []
    try:
        assert process.stderr is not None
        for line in process.stderr:
            event = _event(line)
            if event is None:
                said.append(line)
            elif listener is not None:
                listener(event)
        code = process.wait()
    except BaseException:
        # Ctrl-C, or a listener that has had enough: Java removes what it has half done, and only then is it over.
        _cancel(process)
        raise
    finally:
        if process.stderr is not None:
            process.stderr.close()
    if code in (_INTERRUPTED, -2):
        raise KeyboardInterrupt
    if code not in (0, 5):
        raise error_of(code, "".join(said))
    return code


def listener_of(choice: ProgressChoice) -> ProgressListener | None:
    """The listener of a choice: None shows a tqdm bar on a terminal if tqdm is installed; True requires it everywhere."""
    if callable(choice):
        return choice
    if choice is False or (choice is None and not (sys.stderr is not None and sys.stderr.isatty())):
        return None
    try:
        import tqdm.auto
    except ImportError:
        if choice is None:
            return None
        raise
    return _Bars(tqdm.auto.tqdm)


_BAR = "{desc} {percentage:3.0f} %|{bar}| {elapsed}<{remaining}"


class _Bars:
    """A bar for each stage, which disappears when the stage ends."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._bar: Any = None

    def __call__(self, event: Progress) -> None:
        if event.event == "started":
            self._close()
            self._bar = self._tqdm(desc=event.stage, total=1.0, leave=False, bar_format=_BAR)
        elif event.event == "progress" and self._bar is not None:
            self._bar.update(event.done - self._bar.n)
        elif event.event == "finished":
            self._close()
        elif event.event == "warning":
            self._tqdm.write(f"Warning: {event.message}", file=sys.stderr)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _event(line: str) -> Progress | None:
    if not line.startswith('{"event":'):
        return None
    try:
        said = json.loads(line)
        return Progress(said["event"], said.get("stage", ""), float(said.get("done", 0)), said.get("message", ""))
    except (ValueError, KeyError, TypeError):
        return None


def _cancel(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_CANCEL_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()
