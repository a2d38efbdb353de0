"""What is generated from the jar, and that it follows what the jar says."""

from __future__ import annotations

import copy
import importlib.util
import inspect
import json
import subprocess
from pathlib import Path
from typing import Any

import partita
import pytest
from partita import _java
from partita._generated import options, reports

HOME = Path(__file__).resolve().parents[1]
specification = importlib.util.spec_from_file_location("generate", HOME / "generate.py")
assert specification is not None and specification.loader is not None
generate = importlib.util.module_from_spec(specification)
specification.loader.exec_module(generate)


def printed(*command: str) -> Any:
    arguments = [str(partita.find_java().executable), "-jar", str(_java.find_jar()), *command]
    return json.loads(subprocess.run(arguments, capture_output=True, text=True, check=True).stdout)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = printed("schema")
    return found


def test_files_are_those_of_the_jar(schema: dict[str, Any], tmp_path: Path) -> None:
    generate.generate(schema, printed("passes", "--json", "-"), tmp_path)
    present = Path(reports.__file__).parent
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in present.glob("*.py")}
    for path in tmp_path.iterdir():
        assert path.read_text() == (present / path.name).read_text(), path.name


@pytest.mark.parametrize(
    "function", ["optimize", "search", "masks", "annotate", "inspect", "estimate", "verify"]
)
def test_every_option_is_a_keyword_and_described(function: str, schema: dict[str, Any]) -> None:
    call = getattr(partita, function)
    keywords = inspect.signature(call).parameters
    names = [option["name"].replace("-", "_") for option in schema["commands"][function]]
    assert len(names) > 5
    for name in names:
        assert keywords[name].kind is inspect.Parameter.KEYWORD_ONLY
        assert f"        {name}: " in call.__doc__
    assert "# options of" not in call.__doc__


def test_hosts_get_every_parameter_of_the_pass() -> None:
    (optimize,) = printed("passes", "--json", "-")["passes"]
    assert [option["name"] for option in options.OPTIMIZE] == [
        parameter["name"].replace("-", "_") for parameter in optimize["parameters"]
    ]
    assert all(option["default"] in (None, False, True) or option["default"] for option in options.OPTIMIZE[:5])


def test_a_new_option_and_a_new_figure_come_by_themselves(schema: dict[str, Any]) -> None:
    changed = copy.deepcopy(schema)
    option = {
        "name": "dice-sides",
        "type": "choice",
        "values": ["six", "twelve"],
        "default": "six",
        "derivedDefault": None,
        "description": "How many sides there are.",
        "label": "six|twelve",
    }
    changed["commands"]["inspect"].append(option)
    template = (HOME / "templates" / "api.py").read_text()
    text = generate.functions(template, changed["commands"])
    assert '    dice_sides: Literal["six", "twelve"] | None = None,' in text
    assert "        dice_sides: How many sides there are (default: six)." in text
    changed["records"][0]["fields"].append({"key": "pipSum", "type": {"list": "number"}, "nullable": True})
    assert "    pip_sum: tuple[float, ...] | None\n" in generate.reports(changed["records"])
    with pytest.raises(KeyError):
        generate.functions("    # options of nothing\n", changed["commands"])
