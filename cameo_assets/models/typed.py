"""YAML to typed values, with complaints that name the file, the key, what was seen and what is allowed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin

import msgspec
import yaml

from cameo_assets.errors import BadInput
from cameo_assets.models.secrets import hidden

T = TypeVar("T")

_MESSAGE: Final = re.compile(
    r"(?P<problem>.*?)(?: - at (?P<of_key>`key` in )?`\$(?P<place>[^`]*)`)?", re.DOTALL
)
_STEP: Final = re.compile(r"\.\.\.|[^.\[\]]+")
_FIELD: Final = re.compile(r"`([^`]*)`")
_WORDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a mapping of keys to values",
    "array": "a list",
    "int | null": "a whole number or nothing",
    "float | null": "a number or nothing",
    "str | null": "text or nothing",
    "int | str": "a whole number or text",
}
_RESOLVERS: Final = (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+",
        "-+.0123456789",
    ),
)
# YAML 1.1 would read `no` as False, `2024-07-15` as a date and `12:30` as a number. These are the plain
# rules of YAML 1.2, under which all three are text.


def read_yaml(data: bytes, path: str) -> Any:
    """Reads one YAML document by the rules of YAML 1.2, refusing keys that are given twice.

    Args:
        data: UTF-8 text.
        path: What to call the file in complaints.

    Raises:
        BadInput: It is not UTF-8 or not YAML, or a key is given twice.
    """
    try:
        return yaml.load(data.decode(), Loader=_Loader)
    except UnicodeDecodeError as fault:
        raise BadInput(path, "encoding", str(fault), "UTF-8 text") from fault
    except yaml.YAMLError as fault:
        raise BadInput(path, "yaml", " ".join(str(fault).split()), "one YAML document") from fault


def typed(data: Any, kind: type[T], path: str, *, inside: str = "") -> T:
    """Turns plain data into a typed struct.

    Args:
        data: What `read_yaml` gives.
        kind: A `msgspec.Struct` that forbids unknown fields.
        path: What to call the file in complaints.
        inside: Key under which the data stands in the file.

    Raises:
        BadInput: A key is unknown or missing, or a value is of the wrong type or outside its range.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as fault:
        raise _complaint(str(fault), data, kind, path, inside) from fault


def suggestion(seen: str, allowed: Sequence[str]) -> str:
    """A sentence end that lists what is allowed, and names the likeliest meant.

    >>> suggestion("temperature", ["seed", "temperatures"])
    'one of seed, temperatures (did you mean temperatures?)'
    """
    close = difflib.get_close_matches(seen, allowed, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    return f"one of {', '.join(allowed)}{hint}"


def _complaint(message: str, data: Any, kind: Any, path: str, inside: str) -> BadInput:
    found = _MESSAGE.fullmatch(message)
    if found is None:  # a message of a later msgspec: shown as it is
        return BadInput(f"{path}: {inside}" if inside else path, "value", hidden(repr(data)), message)
    problem = found["problem"]
    keys, seen, kind = _follow(_STEP.findall(found["place"] or ""), data, kind)
    place = ".".join(([inside] if inside else []) + keys)
    where = f"{path}: {place}" if place else path
    field = _FIELD.search(problem)
    if "unknown field" in problem and field:
        allowed = [item.encode_name for item in msgspec.structs.fields(kind)]
        return BadInput(where, "unknown_key", field[1], suggestion(field[1], allowed))
    if "missing required field" in problem and field:
        return BadInput(where, "missing_key", f"no {field[1]}", f"the key {field[1]}")
    if found["of_key"]:
        strange = [key for key in seen if not isinstance(key, str)]
        return BadInput(where, "key", f"the keys {strange}", "text (put it in quotes)")
    if problem.startswith("Invalid enum value"):
        return BadInput(where, "value", repr(seen), suggestion(str(seen), _choices(kind)))
    expected = problem.split(", got")[0].removeprefix("Expected ")
    for theirs, ours in _WORDS.items():
        expected = expected.replace(f"`{theirs}`", ours)
    quotes = " (put it in quotes)" if expected == "text" and isinstance(seen, int | float) else ""
    # Who writes a key where its variable is to be named must not find it in a log.
    shown = "text that is not shown" if keys[-1:] == ["api_key_env"] else hidden(repr(seen))
    return BadInput(where, "value", shown, expected + quotes)


def _follow(steps: list[str], data: Any, kind: Any) -> tuple[list[str], Any, Any]:
    """Walks to the place of a fault: the keys on the way, the value there and its declared type."""
    keys: list[str] = []
    for step in steps:
        kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
        if step == "...":  # msgspec does not say which entry of a mapping
            kind = get_args(kind)[1]
            key = next(key for key, value in data.items() if not _fits(value, kind))
            data = data[key]
        elif isinstance(data, list):
            key, data, kind = step, data[int(step)], get_args(kind)[0]
        else:
            types = {item.encode_name: item.type for item in msgspec.structs.fields(kind)}
            key, data, kind = step, data[step], types[step]
        keys.append(str(key))
    return keys, data, kind


def _choices(kind: Any) -> list[str]:
    """What a Literal allows, or a union of one with a plain type."""
    if get_origin(kind) is Literal:
        return [str(choice) for choice in get_args(kind)]
    if isinstance(kind, type):
        return [_WORDS.get(kind.__name__, kind.__name__)]
    return [choice for part in get_args(kind) for choice in _choices(part)]


def _fits(data: Any, kind: Any) -> bool:
    try:
        msgspec.convert(data, kind)
    except msgspec.ValidationError:
        return False
    return True


class _Loader(yaml.SafeLoader):
    """YAML 1.2's plain rules, and each key once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"key {twice[0]!r} is given twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


def _whole_number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    """YAML 1.1 would read `017` as 15 and stumble over `018`."""
    return int(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:int", _whole_number)
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _RESOLVERS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), list(_first))
