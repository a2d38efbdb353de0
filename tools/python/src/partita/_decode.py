"""JSON reports as frozen dataclasses: a key such as `relativeError` is the field `relative_error`."""

from __future__ import annotations

import dataclasses
import functools
import keyword
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from partita._errors import InternalError

T = TypeVar("T")


def field_name(key: str) -> str:
    """The field of a key.

    >>> field_name("relativeErrorAfterRepair"), field_name("in"), field_name("top1Before")
    ('relative_error_after_repair', 'in_', 'top1_before')
    """
    name = re.sub("([A-Z])", lambda upper: "_" + upper.group(1).lower(), key)
    return name + "_" if keyword.iskeyword(name) else name


def decode(kind: type[T], document: Mapping[str, Any], place: str = "report") -> T:
    """The dataclass of a JSON object. Unknown keys are ignored, because later jars may add some.

    Raises:
        InternalError: a key is missing or holds something of another type; the message names its place.
    """
    by_field = {field_name(key): (key, value) for key, value in document.items()}
    values = {}
    for name, annotation in _hints(typing.cast(Any, kind)).items():
        if name not in by_field:
            raise InternalError(f"The key {place}.{name} is missing from the report.", "Use the jar of this package.")
        key, value = by_field[name]
        values[name] = _value(annotation, value, f"{place}.{key}")
    return kind(**values)


def unknown_keys(kind: type, document: Mapping[str, Any], place: str = "report") -> list[str]:
    """Places of keys that no dataclass knows."""
    hints = _hints(kind)
    found = []
    for key, value in document.items():
        annotation = hints.get(field_name(key))
        if annotation is None:
            found.append(f"{place}.{key}")
            continue
        for inner in (annotation, *typing.get_args(annotation)):
            if dataclasses.is_dataclass(inner) and isinstance(inner, type):
                for item in value if isinstance(value, list) else [value]:
                    found += unknown_keys(inner, item, f"{place}.{key}") if isinstance(item, Mapping) else []
    return found


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _value(annotation: Any, value: Any, place: str) -> Any:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        others = [argument for argument in arguments if argument is not type(None)]
        # Of several, those of JSON's own types can be told apart.
        (annotation,) = others if len(others) == 1 else [other for other in others if type(value) is other] or [type(None)]
        return _value(annotation, value, place)
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type) and isinstance(value, Mapping):
        return decode(annotation, value, place)
    if origin is tuple and isinstance(value, list):
        return tuple(_value(arguments[0], item, f"{place}[{index}]") for index, item in enumerate(value))
    if origin in (dict, Mapping) and isinstance(value, Mapping):
        return types.MappingProxyType({key: _value(arguments[1], item, f"{place}.{key}") for key, item in value.items()})
    if annotation is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if annotation in (int, str, bool) and type(value) is annotation:
        return value
    raise InternalError(f"The report has {value!r} at {place}, which has an unexpected type.")
