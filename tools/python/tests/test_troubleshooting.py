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


def test_every_message_has_a_hint_and_a_test_and_stands_on_the_page():
    assert troubleshooting.problems() == []


def test_it_finds_messages():
    assert len(troubleshooting.messages()) > 250
    assert len(troubleshooting.asserted_texts()) > 1000


PLANTED = '''
class Planted {
  void f() {
    throw new UsageException("The planted " + x + " is no \\"number\\".", %s);
  }

  void g() {
    throw refuse("the second one is " + y + ", which nobody wants");
  }

  private static UsageException refuse(String sentence) {
    return new UsageException(file + ": " + sentence, "Give another.");
  }
}
final class UsageException extends PartitaException {}
'''


@pytest.fixture
def planted(monkeypatch, tmp_path):
    """A source with two messages, tests for both, and a page with both; says how to change one of the files."""
    files = {
        "main/Planted.java": PLANTED % '"Give %d.".formatted(y)',
        "test/PlantedTest.java": 'assertSays("The planted x is no \\"number\\".", "the second one is 3, which nobody");',
    }
    monkeypatch.setattr(troubleshooting, "ROOT", tmp_path)
    monkeypatch.setattr(troubleshooting, "SOURCES", ["main"])
    monkeypatch.setattr(troubleshooting, "TESTS", ["test"])
    monkeypatch.setattr(troubleshooting, "WITHOUT_TEST", {})
    monkeypatch.setattr(troubleshooting, "PAGE", tmp_path / "page.md")

    def write(name, text):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    for name, text in files.items():
        write(name, text)
    troubleshooting.PAGE.write_text(troubleshooting.page(troubleshooting.messages()))
    return write


def test_nothing_is_wrong_where_nothing_lacks(planted):
    assert troubleshooting.messages() == [
        troubleshooting.Message('The planted … is no "number".', "Give ….", "Planted"),
        troubleshooting.Message("…: the second one is …, which nobody wants", "Give another.", "Planted"),
    ]
    assert troubleshooting.problems() == []


def test_a_message_without_a_hint_is_noticed(planted):
    planted("main/Planted.java", PLANTED % "null")
    found = troubleshooting.problems()
    assert found[0] == 'Planted: no hint with: The planted … is no "number".'
    assert "is not what the sources say" in found[-1]


@pytest.mark.parametrize(
    ("tests", "lacking"),
    [
        ('f("Another thing is a \\"number\\".", "which nobody wants")', "The planted"),
        ('f("The planted thing is no \\"number\\".", "the second one is 3, which I want")', None),
        ('f("The planted thing is no \\"number\\".", "the third one is 3, which I want")', "the second one"),
        ("", "The planted"),
    ],
)
def test_a_message_that_no_test_asserts_is_noticed(planted, tests, lacking):
    planted("test/PlantedTest.java", tests)
    found = [problem for problem in troubleshooting.problems() if "no test asserts" in problem]
    assert bool(found) == (lacking is not None)
    if lacking:
        assert any(lacking in problem for problem in found)


def test_a_message_may_be_left_without_a_test_for_as_long_as_it_has_none(planted, monkeypatch):
    sentence = "…: the second one is …, which nobody wants"
    monkeypatch.setattr(troubleshooting, "WITHOUT_TEST", {sentence: "a reason"})
    assert any("has a test, or is gone" in problem for problem in troubleshooting.problems())
    planted("test/PlantedTest.java", 'f("The planted thing is no \\"number\\".")')
    assert troubleshooting.problems() == []


def test_a_page_that_is_old_is_noticed(planted):
    troubleshooting.PAGE.write_text("old")
    assert len(troubleshooting.problems()) == 1


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
