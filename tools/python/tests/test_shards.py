"""`partita.shard`: what it returns, and that the models it names make what the whole makes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
import partita
import pytest
from partita import _decode, _shards


@pytest.fixture
def rewritten(model: Path, tmp_path: Path) -> Path:
    partita.optimize(model, tmp_path / "whole.onnx", accelerators=2, gate=False, strategy="contiguous", progress=False)
    return tmp_path / "whole.onnx"


def session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def test_stages_in_order_make_what_the_whole_makes(
    rewritten: Path, labelled: dict[str, np.ndarray], tmp_path: Path
) -> None:
    manifest = partita.shard(rewritten, tmp_path / "shards")
    values = {"image": labelled["image"][:8]}
    stages = sorted((s for shard in manifest.shards for s in shard.stages), key=lambda stage: stage.level)
    for stage in stages:
        opened = session(tmp_path / "shards" / stage.files[0].path)
        names = [output.name for output in stage.outputs]
        made = opened.run(names, {entry.name: values[entry.name] for entry in stage.inputs})
        values.update(zip(names, made, strict=True))
    expected = session(rewritten).run(["logits"], {"image": values["image"]})[0]
    np.testing.assert_array_equal(values["logits"], expected)
    assert [shard.accelerator for shard in manifest.shards] == [None, 0, 1]
    assert manifest.outputs[0].shape == ("N", 10)
    makers = {entry.name: entry.from_ for stage in stages for entry in stage.inputs}
    assert makers["image"] is None and sum(maker is not None for maker in makers.values()) >= 3


def test_every_key_is_known(rewritten: Path, tmp_path: Path) -> None:
    manifest = partita.shard(rewritten, tmp_path / "shards", json=tmp_path / "copy.json")
    written = json.loads((tmp_path / "shards" / "manifest.json").read_text())
    assert json.loads((tmp_path / "copy.json").read_text()) == written
    assert _decode.unknown_keys(_shards.ShardManifest, written) == []
    assert _decode.decode(_shards.ShardManifest, written) == manifest
    written["outputs"][0]["shape"][0] = 1.5
    with pytest.raises(partita.InternalError, match=r"1\.5 at report\.outputs\[0\]\.shape\[0\]"):
        _decode.decode(_shards.ShardManifest, written)


def test_a_folder_is_replaced_only_when_told(rewritten: Path, tmp_path: Path) -> None:
    partita.shard(rewritten, tmp_path / "shards")
    with pytest.raises(partita.PartitaError, match="exists already"):
        partita.shard(rewritten, tmp_path / "shards")
    triton = partita.shard(rewritten, tmp_path / "shards", layout="triton", overwrite=True)
    assert triton.accelerators == 2
    assert list((tmp_path / "shards").rglob("config.pbtxt"))


def test_a_model_that_was_not_rewritten_is_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(partita.UnsupportedModelError):
        partita.shard(model, tmp_path / "shards")
    assert not (tmp_path / "shards").exists()
