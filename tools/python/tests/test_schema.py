"""Holds our ONNX schema against the descriptor that the Python package `onnx` carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from pathlib import Path

import onnx
import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)
from grpc_tools import protoc

SCHEMA = Path(__file__).parents[3] / "onnx-schemas/src/main/proto/onnx.proto"

# Facts that may differ, each with the reason. The test fails when one of them differs no longer.
ACCEPTED: dict[str, str] = {}

Facts = dict[str, str]


def facts_of(file: FileDescriptorProto) -> Facts:
    """Everything that decides how bytes are read, as `place: fact` pairs."""
    facts = {"package": file.package}
    for enum in file.enum_type:
        facts.update(enum_facts("", enum))
    for message in file.message_type:
        facts.update(message_facts("", message, packed_by_default=file.syntax == "proto3"))
    return facts


def enum_facts(prefix: str, enum: EnumDescriptorProto) -> Facts:
    name = f"{prefix}{enum.name}"
    facts = {name: "enum"}
    for value in enum.value:
        facts[f"{name}.{value.name}"] = str(value.number)
    return facts


def message_facts(prefix: str, message: DescriptorProto, packed_by_default: bool) -> Facts:
    name = f"{prefix}{message.name}"
    facts = {name: "message"}
    for field in message.field:
        oneof = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else ""
        facts[f"{name}.{field.name}"] = field_fact(field, oneof, packed_by_default)
    for enum in message.enum_type:
        facts.update(enum_facts(f"{name}.", enum))
    for nested in message.nested_type:
        facts.update(message_facts(f"{name}.", nested, packed_by_default))
    return facts


def field_fact(field: FieldDescriptorProto, oneof: str, packed_by_default: bool) -> str:
    packed = field.options.packed if field.options.HasField("packed") else packed_by_default
    parts = [
        FieldDescriptorProto.Label.Name(field.label),
        FieldDescriptorProto.Type.Name(field.type),
        field.type_name,
        f"= {field.number}",
        f"oneof {oneof}" if oneof else "",
        "packed" if packed else "",
        f"default {field.default_value}" if field.HasField("default_value") else "",
    ]
    return " ".join(part for part in parts if part)


def differences(ours: Facts, theirs: Facts) -> dict[str, str]:
    """Every fact that only one side has, or that both have differently."""
    return {
        place: f"ours: {ours.get(place, 'absent')}; theirs: {theirs.get(place, 'absent')}"
        for place in sorted(ours.keys() | theirs.keys())
        if ours.get(place) != theirs.get(place)
    }


def unaccepted(found: Mapping[str, str], accepted: Iterable[str]) -> dict[str, str]:
    """Differences without a reason, and reasons without a difference."""
    wrong = {place: text for place, text in found.items() if place not in accepted}
    wrong.update({place: "no longer differs" for place in accepted if place not in found})
    return wrong


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> FileDescriptorProto:
    target = tmp_path_factory.mktemp("schema") / "onnx.desc"
    known_types = resources.files("grpc_tools") / "_proto"
    arguments = [f"-I{SCHEMA.parent}", f"-I{known_types}", f"-o{target}", SCHEMA.name]
    assert protoc.main(["protoc", *arguments]) == 0
    return FileDescriptorSet.FromString(target.read_bytes()).file[0]


@pytest.fixture(scope="module")
def theirs() -> FileDescriptorProto:
    return FileDescriptorProto.FromString(onnx.ModelProto.DESCRIPTOR.file.serialized_pb)


def test_schema_matches_the_published_descriptor(
    ours: FileDescriptorProto, theirs: FileDescriptorProto
) -> None:
    found = differences(facts_of(ours), facts_of(theirs))
    assert unaccepted(found, ACCEPTED) == {}


def test_comparison_reaches_every_message(
    ours: FileDescriptorProto, theirs: FileDescriptorProto
) -> None:
    for facts in facts_of(ours), facts_of(theirs):
        assert facts["ModelProto.graph"] == "LABEL_OPTIONAL TYPE_MESSAGE .onnx.GraphProto = 7"
        assert facts["TensorProto.DataType.FLOAT"] == "1"
        assert facts["TypeProto.Tensor.elem_type"] == "LABEL_OPTIONAL TYPE_INT32 = 1"
        assert list(facts.values()).count("message") >= 28


def field_of(file: FileDescriptorProto, message: str, field: str) -> FieldDescriptorProto:
    found = next(candidate for candidate in file.message_type if candidate.name == message)
    return next(candidate for candidate in found.field if candidate.name == field)


def change_number(file: FileDescriptorProto) -> str:
    field_of(file, "NodeProto", "overload").number = 17
    return "NodeProto.overload"


def change_type(file: FileDescriptorProto) -> str:
    field_of(file, "ModelProto", "ir_version").type = FieldDescriptorProto.TYPE_SINT64
    return "ModelProto.ir_version"


def change_label(file: FileDescriptorProto) -> str:
    field_of(file, "NodeProto", "input").label = FieldDescriptorProto.LABEL_OPTIONAL
    return "NodeProto.input"


def leave_oneof(file: FileDescriptorProto) -> str:
    field_of(file, "TypeProto", "map_type").ClearField("oneof_index")
    return "TypeProto.map_type"


def unpack_field(file: FileDescriptorProto) -> str:
    field_of(file, "TensorProto", "float_data").options.packed = False
    return "TensorProto.float_data"


def add_field(file: FileDescriptorProto) -> str:
    message = file.message_type[0]
    message.field.add(name="planted", number=99, label=1, type=FieldDescriptorProto.TYPE_INT32)
    return f"{message.name}.planted"


def change_enum_value(file: FileDescriptorProto) -> str:
    file.enum_type[0].value[1].number = 99
    return f"{file.enum_type[0].name}.{file.enum_type[0].value[1].name}"


def drop_message(file: FileDescriptorProto) -> str:
    index = [message.name for message in file.message_type].index("OperatorSetIdProto")
    del file.message_type[index]
    return "OperatorSetIdProto"


PLANTS = [
    change_number,
    change_type,
    change_label,
    leave_oneof,
    unpack_field,
    add_field,
    change_enum_value,
    drop_message,
]


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_planted_difference_is_found(
    side: str,
    plant: Callable[[FileDescriptorProto], str],
    ours: FileDescriptorProto,
    theirs: FileDescriptorProto,
) -> None:
    sides = {"ours": ours, "theirs": theirs}
    changed = FileDescriptorProto()
    changed.CopyFrom(sides[side])
    place = plant(changed)
    sides[side] = changed
    found = differences(facts_of(sides["ours"]), facts_of(sides["theirs"]))
    assert place in unaccepted(found, ACCEPTED)


def test_reason_without_a_difference_is_found() -> None:
    assert unaccepted({}, {"NodeProto.gone": "a reason"}) == {"NodeProto.gone": "no longer differs"}
