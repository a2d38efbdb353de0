"""Signatures against what the jar says of its pass, so that a parameter cannot be in one and not in the other."""

from __future__ import annotations

import ast
import copy
import inspect
import json
import subprocess
from typing import Any

import partita
import pytest
from partita import _java

# What the functions take beside the parameters of the pass: models and files, and how a call goes.
OF_THE_CALL = {"budget", "json", "overwrite", "progress", "report"}
OF_OPTIMIZE = {"search", "shards", "layout", "dry_run", "sidecar"}

ANNOTATIONS = {
    "flag": "bool",
    "integer": "int | None",
    "number": "float | None",
    "text": "str | None",
    "time": "str | None",
    "data": "Data | None",
    "texts": "Sequence[str]",
}
# Paths are taken where the command line has a text.
WIDER = {"target": "PathLike | None"}


@pytest.fixture(scope="module")
def parameters() -> list[dict[str, Any]]:
    printed = subprocess.run(
        [str(partita.find_java().executable), "-jar", str(_java.find_jar()), "passes", "--json", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (optimize,) = json.loads(printed)["passes"]
    assert optimize["name"] == "optimize"
    found: list[dict[str, Any]] = optimize["parameters"]
    assert len(found) > 25
    return found


def annotation(parameter: dict[str, Any]) -> str:
    if parameter["name"] in WIDER:
        return WIDER[parameter["name"]]
    if parameter["type"] == "choice":
        return f"Literal[{', '.join(map(repr, parameter['values']))}] | None"
    if parameter["type"] == "entries":
        values = {"integer": "int", "text": "object"}[parameter["entries"]["type"]]
        return f"Mapping[str, {values}] | None"
    return ANNOTATIONS[parameter["type"]]


def default(parameter: dict[str, Any]) -> Any:
    """None leaves the default to the jar."""
    return {"flag": parameter["default"], "texts": ()}.get(parameter["type"])


def drift(function: Any, parameters: list[dict[str, Any]], others: set[str]) -> list[str]:
    """How a function's keywords differ from parameters, a sentence each."""
    found = []
    keywords = {
        name: keyword
        for name, keyword in inspect.signature(function).parameters.items()
        if keyword.kind is inspect.Parameter.KEYWORD_ONLY and name not in others
    }
    for parameter in parameters:
        name = parameter["name"].replace("-", "_")
        keyword = keywords.pop(name, None)
        if keyword is None:
            found.append(f"{name} is no keyword")
            continue
        wanted = ast.unparse(ast.parse(annotation(parameter)))
        if ast.unparse(ast.parse(keyword.annotation)) != wanted:
            found.append(f"{name} is {keyword.annotation}, not {wanted}")
        if keyword.default != default(parameter):
            found.append(f"{name} is {keyword.default!r} by default, not {default(parameter)!r}")
    return found + [f"{name} is no parameter" for name in keywords]


@pytest.mark.parametrize(("function", "others"), [("optimize", OF_THE_CALL | OF_OPTIMIZE), ("search", OF_THE_CALL)])
def test_signatures_are_those_of_the_pass(
    function: str, others: set[str], parameters: list[dict[str, Any]]
) -> None:
    assert drift(getattr(partita, function), parameters, others) == []
    assert others <= set(inspect.signature(getattr(partita, function)).parameters)


def test_what_does_not_fit_is_noticed(parameters: list[dict[str, Any]]) -> None:
    changed = copy.deepcopy(parameters)
    named = {parameter["name"]: parameter for parameter in changed}
    named["seed"]["name"] = "dice"
    named["soften"]["values"].append("twice")
    named["min-block"]["type"] = "number"
    named["gate"]["default"] = False
    assert set(drift(partita.optimize, changed, OF_THE_CALL | OF_OPTIMIZE)) == {
        "dice is no keyword",
        "seed is no parameter",
        "soften is Literal['auto', 'none'] | None, not Literal['auto', 'none', 'twice'] | None",
        "min_block is int | None, not float | None",
        "gate is True by default, not False",
    }
