"""The command `partita`: the jar's commands, and `olive-config` of this package."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from partita._errors import PartitaError


def main() -> NoReturn:
    """Runs one command. On POSIX systems Java replaces this process."""
    arguments = sys.argv[1:]
    try:
        if arguments[:1] == ["olive-config"]:
            from partita._olive_config import command

            sys.exit(command(arguments[1:]))
        _java(arguments)
    except PartitaError as error:
        print(f"partita: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        sys.exit(error.exit_code)


def _java(arguments: list[str]) -> NoReturn:
    from partita._archive import java_options, quick_options
    from partita._java import find_jar, find_java

    java, jar = find_java(), find_jar()
    terminal = "true" if sys.stderr is not None and sys.stderr.isatty() else "false"
    command = [str(java.executable), *quick_options(arguments), *java_options(java, jar)]
    command += [f"-Dpartita.terminal={terminal}", "-jar", str(jar), *arguments]
    if sys.platform != "win32":
        os.execv(command[0], command)
    import subprocess

    # There exec would return to the shell before the command is done.
    process = subprocess.Popen(command)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:
            # The console has told Java as well, which ends by itself.
            continue
