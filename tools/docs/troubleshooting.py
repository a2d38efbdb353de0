"""Writes docs/troubleshooting.md: all messages that a user can cause, with their hints, from the sources.

    python3 tools/docs/troubleshooting.py            write the page
    python3 tools/docs/troubleshooting.py --check    say what is missing, and exit with 1 where something is

--check wants the page to be what the sources say, a hint with every message, and in the tests in Java a text for every
message that could only be its own.
"""

import argparse
import pathlib
import re
import sys
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "docs/troubleshooting.md"
SOURCES = ["plugin/src/main/java", "tools/cli/src/main/java"]
TESTS = ["plugin/src/test/java", "tools/cli/src/test/java"]

# The exceptions that carry a sentence and a hint, and the position of the sentence in their arguments. The hint follows it.
THROWN = re.compile(
    r"new (?P<name>\w*(?:Exception|Failure))\(|(?P<at>UnsupportedInputException\.at)\("
)
OWN = re.compile(r"class (\w+) extends (?:Partita|Usage|UnsupportedInput|Gate)Exception")
# A class that gives all its messages one hint.
OWN_HINT = re.compile(r"super\(\s*message,\s*(\"(?:[^\"\\]|\\.)*\")")
# What picocli prints of the command line, with the hint that Failures adds.
OF_PICOCLI = {"ParameterException": 1, "TypeConversionException": 0}
HINT_OF_PICOCLI = "See 'partita COMMAND --help'."
# A method of a file that makes such an exception of what it is handed.
HELPER = re.compile(r"\n  (?:private |static |final )*(\w*(?:Exception|Failure)) (\w+)\(")
VARIABLE = "…"
FEWEST_LETTERS = 6
# Of a text in a test, so that it says which message is meant.
FEWEST_LETTERS_ASSERTED = 8


# Messages that no test asserts, with the reason. Remove an entry when its message is tested or deleted.
WITHOUT_TEST = {
    "Interrupted; nothing was written.": "a thread has to be interrupted while a session computes; KilledRunTest ends processes",
    "…: its data file cannot be read: …": "the file has to become unreadable between two accesses",
    "…: cannot be accessed": "as above",
    "…: tensor '…' of shape … needs … and holds …": "every model is checked for it as it is read, with a message of its own",
    '…: output "…" came out as ….': "ONNX Runtime has to break the types that it declared itself",
    '…: array "…" is in Fortran order and too large to convert.': "needs an array of more than 1 GiB",
    '…: array "…" counts its samples along axis … and is too large to convert.': "needs an array of more than 1 GiB",
}


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
    """The literals of an expression that makes a text, and a mark for each variable part."""
    if expression == "null":
        return None
    # The values that are formatted into a text, and the condition of a choice, are not part of it.
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


def java_files(folders):
    return {
        file: file.read_text() for folder in folders for file in sorted((ROOT / folder).rglob("*.java"))
    }


def letters(text):
    return len(re.findall("[a-z]", text))


def is_comment(text, at):
    return text[text.rfind("\n", 0, at) : at].lstrip().startswith(("*", "//"))


def hint_of(expression, text):
    """The hint that an expression gives; where it is a name, what the file says that is."""
    if re.fullmatch(r"\w+", expression):
        constant = re.search(rf'\bString {expression} =\s*("(?:[^"\\]|\\.|"\s*\+\s*")*")', text)
        expression = constant[1] if constant else expression
    return template(expression)


def messages():
    texts = java_files(SOURCES)
    own = {name for text in texts.values() for name in OWN.findall(text)}
    hints = {
        file.stem: template(shared[1])
        for file, text in texts.items()
        if file.stem in own and (shared := OWN_HINT.search(text))
    }
    hints |= dict.fromkeys(OF_PICOCLI, HINT_OF_PICOCLI)
    own |= set(OF_PICOCLI)
    found = []
    for file, text in texts.items():
        for call in THROWN.finditer(text):
            if (not call["at"] and call["name"] not in own) or is_comment(text, call.start()):
                continue
            values = arguments(text, call.end())
            first = 2 if call["at"] else OF_PICOCLI.get(call["name"], 0)
            sentence = template(values[first]) if len(values) > first else None
            if not sentence or letters(sentence) < FEWEST_LETTERS:
                # Handed on from where it was made.
                continue
            if call["at"]:
                sentence = f"FILE, node 'NAME': {sentence}"
            hint = hints.get(call["name"])
            if hint is None and len(values) > first + 1:
                hint = hint_of(values[first + 1], text)
            found.append(Message(sentence.strip(), hint, file.stem))
        found += handed_on(file, text, own, hints)
    return found


def handed_on(file, text, own, hints):
    """Messages that a method of a file makes an exception of, with the hint that it gives them."""
    for helper in HELPER.finditer(text):
        name = helper[2]
        body = text[helper.end() : text.index("\n  }\n", helper.end())]
        made = THROWN.search(body)
        if helper[1] not in own | {"UnsupportedInputException"} or not made:
            continue
        values = arguments(body, made.end())
        hint = hints.get(helper[1])
        at = 3 if made["at"] else 1
        if hint is None and len(values) > at:
            hint = hint_of(values[at], text)
        for call in re.finditer(rf"(?<![\w.]){name}\(", text):
            if call.start() == helper.start(2) or is_comment(text, call.start()):
                continue
            sentences = [template(value) for value in arguments(text, call.end()) if '"' in value]
            # A name may come with the sentence.
            sentence = max(
                (text for text in sentences if text), key=lambda text: (" " in text, letters(text)), default=""
            )
            if letters(sentence) >= FEWEST_LETTERS:
                given = hint
                if hint in (None, VARIABLE):
                    # It is handed on as well, behind the sentence.
                    given = next(iter(sentences[sentences.index(sentence) + 1 :]), hint)
                yield Message(f"{VARIABLE}: {sentence.strip()}", given, file.stem)


CHAIN = re.compile(
    r'"""(?P<block>.*?)"""|(?P<chain>"(?:[^"\\\n]|\\.)*"(?:\s*\+\s*"(?:[^"\\\n]|\\.)*")*)', re.DOTALL
)


def asserted_texts():
    """All texts in the tests: literals joined over lines count as one, and table cells count one by one."""
    texts = set()
    for source in java_files(TESTS).values():
        for found in CHAIN.finditer(source):
            text = found["block"] if found["block"] is not None else template(found["chain"])
            cells = [text] + re.split(r"[,|;\n]", text)
            texts |= {cell.strip(" '") for cell in cells if letters(cell) >= FEWEST_LETTERS_ASSERTED}
    return texts


def pieces(sentence):
    """What never changes in a sentence, for each of its endings."""
    for ending in sentence.removeprefix("FILE, node 'NAME': ").split(" / "):
        stripped = [piece.strip(" .,:;'\"()[]") for piece in ending.split(VARIABLE)]
        yield [piece for piece in stripped if letters(piece) >= FEWEST_LETTERS] or [piece for piece in stripped if piece]


def is_asserted(sentence, texts, sentences):
    """Whether a text of a test holds, or is, a piece of the sentence that no other has; or holds all of its pieces."""
    for constant in pieces(sentence):
        whole = re.compile(".*".join(re.escape(piece) for piece in constant), re.DOTALL)
        for text in texts:
            if constant and all(piece in text for piece in constant) and whole.search(text):
                return True
            for piece in constant:
                common = piece if piece in text else text if text in piece else ""
                if letters(common) >= FEWEST_LETTERS_ASSERTED and sum(common in other for other in sentences) == 1:
                    return True
    return False


def problems():
    found = messages()
    texts = asserted_texts()
    sentences = {each.sentence.strip(VARIABLE + ". :") for each in found}
    lacking = [f"{each.place}: no hint with: {each.sentence}" for each in found if not each.hint]
    untested = {each.sentence: each for each in found if not is_asserted(each.sentence, texts, sentences)}
    lacking += [
        f"{each.place}: no test asserts: {sentence}" for sentence, each in untested.items() if sentence not in WITHOUT_TEST
    ]
    lacking += [f"has a test, or is gone: {sentence}" for sentence in WITHOUT_TEST if sentence not in untested]
    if not PAGE.exists() or PAGE.read_text() != page(found):
        lacking.append("docs/troubleshooting.md is not what the sources say; run tools/docs/troubleshooting.py")
    return lacking


def page(found):
    lines = [
        "# Troubleshooting",
        "",
        "All messages that input, options or data can cause, in alphabetical order, with the remedy. "
        f"`{VARIABLE}` marks a variable part. Exit codes: 2 usage, 3 input, 4 the accuracy condition.",
        "`tools/docs/troubleshooting.py` writes this page from the sources.",
        "",
    ]
    seen = {}
    for message in found:
        seen.setdefault(message.sentence, message)
    for sentence in sorted(seen, key=lambda text: text.strip(VARIABLE + ": \"'").lower()):
        message = seen[sentence]
        lines += [f"- **{escape(sentence)}** (`{message.place}`)"]
        lines += [f"  {escape(message.hint or VARIABLE)}"]
    return "\n".join(lines) + "\n"


def escape(text):
    return re.sub(r"([*_`<>\[\]])", r"\\\1", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        lacking = problems()
        print("\n".join(lacking))
        return 1 if lacking else 0
    PAGE.write_text(page(messages()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
