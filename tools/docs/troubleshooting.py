"""Writes docs/troubleshooting.md: every message that a user can cause, as the sources have it, with its hint.

    python3 tools/docs/troubleshooting.py            write the page
    python3 tools/docs/troubleshooting.py --check    say what is missing, and exit with 1 where something is
"""

import argparse
import pathlib
import re
import sys
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "docs/troubleshooting.md"
SOURCES = ["plugin/src/main/java", "tools/cli/src/main/java"]

# The exceptions that carry a sentence and a hint, and where in their arguments the sentence stands. Their hints follow.
THROWN = re.compile(
    r"new (?P<name>\w*(?:Exception|RuntimeFailure))\(|(?P<at>UnsupportedInputException\.at)\("
)
OWN = re.compile(r"class (\w+) extends (?:Partita|Usage|UnsupportedInput)Exception")
VARIABLE = "…"
FEWEST_LETTERS = 6


@dataclass(frozen=True)
class Message:
    sentence: str
    hint: str | None
    place: str


def arguments(text, start):
    """The arguments of a call whose first begins at start, split at commas of its own level."""
    parts, depth, begun, at = [], 0, start, start
    while True:
        char = text[at]
        if text.startswith('"""', at):
            at = text.index('"""', at + 3) + 3
            continue
        if char == '"':
            at += 1
            while text[at] != '"':
                at += 2 if text[at] == "\\" else 1
        elif char == "'":
            at += 3 if text[at + 1] == "\\" else 2
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            if depth == 0:
                parts.append(text[begun:at].strip())
                return parts
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[begun:at].strip())
            begun = at + 1
        at += 1


LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
FORMAT = re.compile(r"%[-+,#0-9.]*[a-zA-Z%]")


def template(expression):
    """The literals of an expression that makes a text, and a mark where something variable stands."""
    if expression == "null":
        return None
    # The values that are formatted into a text, and what a condition asks, are no part of it.
    expression = re.sub(r"^String\.format\(\s*Locale\.ROOT,\s*", "", expression)
    expression = re.split(r"\.formatted\(", expression)[0]
    text, end = "", 0
    for literal in LITERAL.finditer(expression):
        between = expression[end : literal.start()].strip()
        if between and between not in ("+", "(") and not text.endswith(VARIABLE):
            # Two literals that a condition chooses from are two endings.
            text += " / " if re.fullmatch(r":", between) else VARIABLE
        piece = literal[1].replace('\\"', '"').replace("\\n", " ").replace("\\\\", "\\")
        text += FORMAT.sub(lambda found: "%" if found[0] == "%%" else VARIABLE, piece)
        end = literal.end()
    rest = expression[end:].strip().rstrip(")").strip()
    if rest and not text.endswith(VARIABLE) and not rest.startswith(","):
        text += VARIABLE
    return re.sub(rf"{VARIABLE}(\s*{VARIABLE})+", VARIABLE, text)


def messages():
    files = [file for source in SOURCES for file in sorted((ROOT / source).rglob("*.java"))]
    texts = {file: file.read_text() for file in files}
    own = {name for text in texts.values() for name in OWN.findall(text)}
    found = []
    for file, text in texts.items():
        for call in THROWN.finditer(text):
            if not call["at"] and call["name"] not in own:
                continue
            if text[text.rfind("\n", 0, call.start()) : call.start()].lstrip().startswith(("*", "//")):
                continue
            values = arguments(text, call.end())
            first = 2 if call["at"] else 0
            sentence = template(values[first]) if len(values) > first else None
            if not sentence or len(re.findall("[a-z]", sentence)) < FEWEST_LETTERS:
                # Handed on from where it was made.
                continue
            if call["at"]:
                sentence = f"FILE, node 'NAME': {sentence}"
            hint = template(values[first + 1]) if len(values) > first + 1 else None
            found.append(Message(sentence.strip(), hint, file.stem))
    return found


def page(found):
    lines = [
        "# Troubleshooting",
        "",
        "Every message that input, options or data can cause, in the order of the alphabet, and what to do about it. "
        f"`{VARIABLE}` stands for what differs from case to case. Exit codes: 2 usage, 3 input, 4 the accuracy condition.",
        "`tools/docs/troubleshooting.py` writes this page from the sources.",
        "",
    ]
    seen = {}
    for message in found:
        seen.setdefault(message.sentence, message)
    for sentence in sorted(seen, key=lambda text: text.strip(VARIABLE + ": \"'").lower()):
        message = seen[sentence]
        lines += [f"- **{escape(sentence)}** (`{message.place}`)"]
        lines += [f"  {escape(message.hint)}" if message.hint else "  The message says all there is to say."]
    return "\n".join(lines) + "\n"


def escape(text):
    return re.sub(r"([*_`<>\[\]])", r"\\\1", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    wanted = page(messages())
    if parser.parse_args().check:
        if not PAGE.exists() or PAGE.read_text() != wanted:
            print("docs/troubleshooting.md is not what the sources say; run tools/docs/troubleshooting.py")
            return 1
        return 0
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
