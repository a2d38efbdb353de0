"""What ./check would run for each of its options, and what it refuses. Runs none of it."""

from __future__ import annotations

import re
import subprocess

import pytest
from conftest import ROOT

CORPUS = ["Models exported by others"]
HOSTS = ["Olive, onnxsim and onnx-ir", "Training under masks", "First steps, from a clone"]
SIMULATORS = ["Estimates against simulators"]
JAVA_HOST = "Java: a host of the library"


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "check", *arguments], capture_output=True, text=True, check=False, timeout=60)


def listed(*arguments: str) -> list[str]:
    done = check(*arguments, "--list")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_all_runs_the_default_and_every_part() -> None:
    default = listed()
    assert JAVA_HOST in default and "Python: tests" in default
    assert listed("--all") == [*default, *CORPUS, *HOSTS, *SIMULATORS]


def test_fast_needs_nothing_but_java() -> None:
    assert listed("--fast") == ["Shell scripts", "Java: build, formatting, tests that are not slow"]


def test_a_part_runs_alone_after_the_build() -> None:
    build = ["Shell scripts", "Java: build"]
    assert listed("--part", "corpus") == build + CORPUS
    assert listed("--part", "hosts") == [*build, JAVA_HOST, *HOSTS]
    assert listed("--part", "simulators", "--part", "corpus") == build + SIMULATORS + CORPUS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--part", "nowhere"], "no part is called 'nowhere'"),
        (["--part", "corpus hosts"], "no part is called 'corpus hosts'"),
        (["--part"], "--part needs a name"),
        (["--fast", "--all"], "--fast and --all exclude each other"),
        (["--part", "corpus", "--fast"], "--part and --fast exclude each other"),
        (["quickly"], "unknown argument 'quickly'"),
    ],
)
def test_what_it_does_not_know_is_a_usage_error(arguments: list[str], message: str) -> None:
    done = check(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"check: {message}\n")
    assert "\nparts:\n" in done.stderr


def test_the_help_and_contributing_name_every_part() -> None:
    text = check("--help").stdout
    parts = re.findall(r"^  (\w+) {3,}", text.split("\nparts:\n")[1], re.MULTILINE)
    assert parts == ["corpus", "hosts", "simulators"]
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for part in parts:
        assert f"`./check --part {part}`" in contributing
        assert listed("--part", part)
