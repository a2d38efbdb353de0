"""docs/troubleshooting.md names every message that the sources can print."""

import importlib.util
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parents[3]

specification = importlib.util.spec_from_file_location(
    "troubleshooting", ROOT / "tools/docs/troubleshooting.py"
)
troubleshooting = importlib.util.module_from_spec(specification)
# Its records look themselves up there.
__import__("sys").modules["troubleshooting"] = troubleshooting
specification.loader.exec_module(troubleshooting)


def test_the_page_is_what_the_sources_say():
    assert troubleshooting.PAGE.read_text() == troubleshooting.page(troubleshooting.messages())


def test_it_finds_messages():
    assert len(troubleshooting.messages()) > 100


def test_a_message_that_is_missing_is_noticed(monkeypatch, tmp_path):
    source = tmp_path / "Planted.java"
    source.write_text(
        "class Planted { void f() {"
        ' throw new UsageException("The planted " + x + " is no \\"number\\".", "Give %d.".formatted(y)); } }\n'
        "final class UsageException extends PartitaException {}\n"
    )
    monkeypatch.setattr(troubleshooting, "ROOT", tmp_path)
    monkeypatch.setattr(troubleshooting, "SOURCES", ["."])
    found = troubleshooting.messages()
    assert found == [
        troubleshooting.Message('The planted … is no "number".', "Give ….", "Planted")
    ]
    assert troubleshooting.PAGE.read_text() != troubleshooting.page(found)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("null", None),
        ('"One."', "One."),
        ('"a " + b + " c"', "a … c"),
        ('file + ": exists"', "…: exists"),
        ('String.format(Locale.ROOT, "%s is %.4f %%.", a, b)', "… is … %."),
        ('"rank %d".formatted(rank)', "rank …"),
    ],
)
def test_reads_texts_as_they_are_put_together(expression, text):
    assert troubleshooting.template(expression) == text
