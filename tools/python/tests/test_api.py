"""The functions on the bundled model, through the jar."""

from __future__ import annotations

import inspect
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir
import partita
import pytest
from partita import _data, _decode, _errors, _java, _models, _process, _shards
from partita._generated import api, reports

COMMON = {"gate": False, "repair": "none"}


def test_every_key_of_a_real_report_is_known(model: Path, images: np.ndarray, tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.json" for name in ("optimize", "inspect", "estimate", "verify", "search", "masks", "annotate")}
    data = {"image": images}
    partita.optimize(model, tmp_path / "out.onnx", accelerators=2, calibration=data, json=files["optimize"])
    partita.inspect(model, accelerators=40, json=files["inspect"])
    partita.estimate(model, json=files["estimate"])
    partita.verify(model, tmp_path / "out.onnx", data=data, gate=False, json=files["verify"])
    partita.search(model, calibration=data, budget="1s", json=files["search"])
    partita.masks(model, tmp_path / "masks.npz", accelerators=2, json=files["masks"])
    partita.annotate(tmp_path / "out.onnx", tmp_path / "annotated.onnx", json=files["annotate"])
    kinds = {
        "optimize": reports.OptimizationReport,
        "inspect": reports.InspectReport,
        "estimate": reports.EstimateReport,
        "verify": reports.ComparisonReport,
        "search": reports.SearchReport,
        "masks": reports.MasksReport,
        "annotate": reports.AnnotateReport,
    }
    for name, file in files.items():
        document = json.loads(file.read_text())
        assert _decode.unknown_keys(kinds[name], document) == []
        document["ofALaterJar"] = 1
        assert _decode.unknown_keys(kinds[name], document) == ["report.ofALaterJar"]
        assert _decode.decode(kinds[name], document).schema_version == 1


def test_a_report_without_a_key_is_refused_by_its_place(model: Path, tmp_path: Path) -> None:
    partita.inspect(model, json=tmp_path / "report.json")
    document = json.loads((tmp_path / "report.json").read_text())
    del document["layers"][1]["node"]
    with pytest.raises(partita.InternalError, match=r"report\.layers\[1\]\.node"):
        _decode.decode(reports.InspectReport, document)
    document["layers"] = 7
    with pytest.raises(partita.InternalError, match=r"7 at report\.layers"):
        _decode.decode(reports.InspectReport, document)


# What the command line has and functions have otherwise, or not at all.
RENAMED = {"output": "gate_output", "no_gate": "gate"}
NOT_IN_FUNCTIONS = {"debug", "help", "version", "quiet", "fail_if_unchanged"}


@pytest.mark.parametrize("command", ["optimize", "inspect", "estimate", "verify", "search", "masks", "annotate"])
def test_functions_have_the_options_of_the_command_line(command: str) -> None:
    printed = subprocess.run(
        [str(partita.find_java().executable), "-jar", str(_java.find_jar()), command, "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    options = {name.replace("-", "_") for name in re.findall(r"^ {2,8}(?:-\w, )?--([\w-]+)", printed, re.MULTILINE)}
    expected = {RENAMED.get(name, name) for name in options} - NOT_IN_FUNCTIONS
    parameters = inspect.signature(getattr(partita, command)).parameters.values()
    keywords = {parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY}
    assert len(expected) > 5
    assert keywords - {"progress"} == expected


@pytest.mark.parametrize("form", ["path", "str", "bytes", "proto", "ir"])
def test_takes_a_model_in_every_form(form: str, model: Path) -> None:
    given: Any = {
        "path": lambda: model,
        "str": lambda: str(model),
        "bytes": model.read_bytes,
        "proto": lambda: onnx.load(str(model)),
        "ir": lambda: onnx_ir.load(model),
    }[form]()
    report = partita.inspect(given)
    assert [layer.region for layer in report.layers] == ["r0", "r0", "r0"]
    assert report.input.path == (str(model) if form in ("path", "str") else "input.onnx")


def test_puts_back_what_a_tool_has_cleared(model: Path, images: np.ndarray, tmp_path: Path) -> None:
    output, restored = tmp_path / "out.onnx", tmp_path / "restored.onnx"
    partita.optimize(model, output, accelerators=2, calibration={"image": images}, sidecar=True)
    written = onnx.load(str(output))
    cleared = onnx.load(str(output))
    del cleared.metadata_props[:]
    for node in cleared.graph.node:
        del node.metadata_props[:]
        node.ClearField("doc_string")
    report = partita.annotate(cleared, restored, sidecar=f"{output}.json")
    assert report.source == "sidecar" and report.by_name > 6 and report.skipped == ()
    assert onnx.load(str(restored)) == written
    with pytest.raises(partita.UnsupportedModelError, match="belongs to a different model"):
        partita.annotate(model, tmp_path / "other.onnx", sidecar=f"{output}.json")
    assert not (tmp_path / "other.onnx").exists()


@pytest.mark.parametrize("form", ["bytes", "proto", "ir"])
def test_gives_a_model_of_the_same_kind_back(form: str, model: Path, tmp_path: Path) -> None:
    given: Any = {
        "bytes": model.read_bytes,
        "proto": lambda: onnx.load(str(model)),
        "ir": lambda: onnx_ir.load(model),
    }[form]()
    pruned, report = partita.optimize_model(given, accelerators=2, **COMMON)
    assert type(pruned) is type(given)
    partita.optimize(model, tmp_path / "out.onnx", accelerators=2, **COMMON)
    expected = onnx.load(str(tmp_path / "out.onnx"))
    proto = {"bytes": onnx.load_from_string, "proto": lambda it: it, "ir": onnx_ir.to_proto}[form](pruned)
    assert [node.name for node in proto.graph.node] == [node.name for node in expected.graph.node]
    assert len(proto.graph.initializer) == len(expected.graph.initializer)
    assert report.outcome == "optimized"


def test_tensors_of_a_large_model_in_memory_go_into_a_file_beside_it(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_models, "_INLINE_BYTES", 1 << 10)
    for given in (onnx.load(str(model)), onnx_ir.load(model)):
        report = partita.inspect(given)
        assert report.input.bytes > 7_000_000
        assert [layer.region for layer in report.layers] == ["r0", "r0", "r0"]


def test_a_model_in_memory_is_left_as_it_is(model: Path) -> None:
    given = onnx.load(str(model))
    partita.optimize_model(given, **COMMON)
    assert given.SerializeToString() == onnx.load(str(model)).SerializeToString()


@pytest.mark.parametrize(
    "wrong, error, sentence",
    [
        (lambda model: partita.optimize(model), partita.UsageError, "no output"),
        (lambda model: partita.optimize(model, "/nowhere/out.onnx", gate=False), partita.UsageError, "no folder"),
        (lambda model: partita.inspect(7), partita.UsageError, "builtins.int is not a model"),
        (lambda model: partita.inspect("nothing.onnx"), partita.UnsupportedModelError, "no file nothing.onnx"),
        (lambda model: partita.inspect(b"nothing"), partita.UnsupportedModelError, "^input.onnx: is not an ONNX model"),
        (lambda model: partita.estimate(), partita.UsageError, "Neither a model nor a shape"),
        (lambda model: partita.inspect(model, accelerators=0), partita.UsageError, "at least 1"),
        (lambda model: partita.inspect(model, wrong_name=3), partita.UsageError, "wrong-name"),
        (lambda model: partita.optimize_model(model, gate=False), partita.UsageError, "in memory"),
        (lambda model: partita.optimize_model(b"", dry_run=True), partita.UsageError, "dry_run"),
    ],
)
def test_names_what_is_wrong(wrong: Any, error: type[partita.PartitaError], sentence: str, model: Path) -> None:
    with pytest.raises(error, match=sentence) as caught:
        wrong(model)
    assert caught.value.exit_code in (2, 3)


def test_a_failed_gate_carries_the_report_and_writes_nothing(
    model: Path, labelled: dict[str, np.ndarray], tmp_path: Path
) -> None:
    output, report = tmp_path / "out.onnx", tmp_path / "report.json"
    with pytest.raises(partita.GateFailedError, match="accuracy") as caught:
        partita.optimize(model, output, accelerators=8, validation=labelled, json=report)
    refused = caught.value.report
    assert isinstance(refused, partita.OptimizationReport)
    assert refused.outcome == "rejected" and refused.accuracy is not None
    assert not refused.accuracy.gates[0].passed and refused.accuracy.labelled
    assert refused.accuracy.data == "validation.npz"
    assert not output.exists()
    assert json.loads(report.read_text())["outcome"] == "rejected"
    partita.optimize(model, output, accelerators=8, **COMMON)
    with pytest.raises(partita.GateFailedError) as compared:
        partita.verify(model, output, data=labelled)
    assert isinstance(compared.value.report, partita.ComparisonReport)
    assert not compared.value.report.accuracy.gates[0].passed


def test_an_existing_file_is_kept(model: Path, tmp_path: Path) -> None:
    for name in ("out.onnx", "report.json"):
        (tmp_path / name).write_text("mine")
    with pytest.raises(partita.UsageError, match="exists"):
        partita.optimize(model, tmp_path / "out.onnx", **COMMON)
    with pytest.raises(partita.UsageError, match="exists"):
        partita.inspect(model, json=tmp_path / "report.json")
    assert [(tmp_path / name).read_text() for name in ("out.onnx", "report.json")] == ["mine", "mine"]
    partita.inspect(model, json=tmp_path / "report.json", overwrite=True)
    assert "layers" in json.loads((tmp_path / "report.json").read_text())


def test_nothing_temporary_is_left(
    model: Path, images: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    partita.verify(model, model.read_bytes(), data={"image": images})
    with pytest.raises(partita.UnsupportedModelError):
        partita.verify(model, b"", data={"image": images})
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told_stage_by_stage(model: Path, images: np.ndarray, tmp_path: Path) -> None:
    events: list[partita.Progress] = []
    partita.optimize(model, tmp_path / "out.onnx", accelerators=2, calibration={"image": images}, progress=events.append)
    started = [event.stage for event in events if event.event == "started"]
    assert "repair" in started and len(started) >= 4
    assert started == [event.stage for event in events if event.event == "finished"]
    assert all(0 <= event.done <= 1 for event in events)


def test_bars_follow_the_stages(capsys: pytest.CaptureFixture[str]) -> None:
    listener = _process.listener_of(True)
    assert listener is not None
    for event in (
        partita.Progress("started", "repair"),
        partita.Progress("progress", "repair", 0.5),
        partita.Progress("warning", message="mind the gap"),
        partita.Progress("finished", "repair"),
    ):
        listener(event)
    printed = capsys.readouterr().err
    assert "repair" in printed and "Warning: mind the gap" in printed
    assert _process.listener_of(None) is None and _process.listener_of(False) is None


def test_a_listener_that_fails_stops_the_run(model: Path, images: np.ndarray, tmp_path: Path) -> None:
    def stop(event: partita.Progress) -> None:
        raise LookupError(event.stage)

    with pytest.raises(LookupError):
        partita.optimize(model, tmp_path / "out.onnx", calibration={"image": images}, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_control_c_stops_java_and_leaves_nothing(model: Path, images: np.ndarray, tmp_path: Path) -> None:
    children: list[subprocess.Popen[str]] = []

    class Watched(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            children.append(self)

    def interrupt(event: partita.Progress) -> None:
        if event.stage == "distillation" or event.event == "progress":
            signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("subprocess.Popen", Watched)
        with pytest.raises(KeyboardInterrupt):
            partita.optimize(
                model,
                tmp_path / "out.onnx",
                calibration={"image": images},
                repair="distill",
                distill_steps=1_000_000,
                progress=interrupt,
            )
    assert [child.poll() is not None for child in children] == [True]
    assert list(tmp_path.iterdir()) == []


def test_a_java_that_was_interrupted_by_itself_is_a_keyboard_interrupt(
    model: Path, images: np.ndarray, tmp_path: Path
) -> None:
    sent = threading.Event()

    def find_and_interrupt(event: partita.Progress) -> None:
        if not sent.is_set():
            sent.set()
            children = subprocess.run(
                ["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=True
            ).stdout.split()
            for child in children:
                try:
                    command = Path(f"/proc/{child}/cmdline").read_bytes()
                except FileNotFoundError:
                    continue
                if str(tmp_path).encode() in command:
                    os.kill(int(child), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        partita.optimize(model, tmp_path / "out.onnx", calibration={"image": images}, progress=find_and_interrupt)
    assert sent.is_set()
    assert list(tmp_path.iterdir()) == []


def test_commands_without_a_function_run_as_well(capfd: pytest.CaptureFixture[str]) -> None:
    assert partita.run(["targets"]) == 0
    assert "tetris-3d" in capfd.readouterr().out
    with pytest.raises(partita.UsageError):
        partita.run(["no-such-command"])


def test_examples_in_docstrings_hold(model: Path, images: np.ndarray, tmp_path: Path) -> None:
    import doctest

    tried = 0
    for module in (_data, _decode, _errors, _java, _models, _process, _shards, api, reports):
        names = {**vars(module), "example_model": model, "images": images, "folder": tmp_path}
        result = doctest.testmod(module, extraglobs=names, optionflags=doctest.ELLIPSIS)
        assert result.failed == 0
        tried += result.attempted
    assert tried >= 15


def test_types_are_complete() -> None:
    project = Path(__file__).resolve().parents[1]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(project / "pyproject.toml")]
        + ["--cache-dir", str(project.parents[1] / "target" / "mypy")],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert re.search(r"no issues found in [12]\d source files", checked.stdout)
