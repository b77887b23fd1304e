"""From the text of a TOML, YAML or JSON file to plain values; nothing in a file is ever executed.

All three give the same values: fractions become exact decimals and days stay text, so that one
reader judges them. YAML is read as its JSON part: no tags, no anchors, no words such as `no` that
turn into something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hub.contracts.json_codec import load_json
from hub.contracts.toml_text import BrokenTomlError, load_toml
from hub.errors import Refusal, RejectedRecordError, RejectReason, quoted

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_VALUES = 2_000_000
MAX_YAML_NODES = 50_000
"""YAML is read by a slow reader that keeps a kilobyte per value; JSON and TOML take more."""
_DAYS = (date, datetime, time)


def load(path: Path) -> Any:
    """Return the value of a file, by its suffix.

    :raises RejectedRecordError: for another suffix, a broken file, or one that is too large
    """
    reader = READERS.get(path.suffix.lower())
    name = str(path)
    if reader is None:
        raise _unreadable(f"a file '{path.suffix}'", f"one of {', '.join(READERS)}", name)
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        limit = f"at most {MAX_FILE_BYTES >> 20} MiB; split it"
        raise RejectedRecordError(
            Refusal("", f"a file of {size >> 20} MiB", limit, name, RejectReason.TOO_LARGE)
        )
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        came = f"bytes that are not UTF-8, from byte {error.start}"
        raise _unreadable(came, "a text in UTF-8", name) from error
    try:
        return reader(text, name)
    except RecursionError as error:
        raise _unreadable("lists nested too deeply", "a file as people write it", name) from error


def _json(text: str, name: str) -> Any:
    return load_json(text, file=name, most_values=MAX_VALUES)


def _toml(text: str, name: str) -> Any:
    try:
        return _with_days_as_text(load_toml(text, parse_float=Decimal))
    except BrokenTomlError as error:
        raise _unreadable(f"broken TOML: {error}", "one TOML text", name) from error


def _with_days_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_days_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_days_as_text(item) for item in value]
    return value.isoformat() if isinstance(value, _DAYS) else value


def _yaml(text: str, name: str) -> Any:
    import yaml  # only for who has YAML files

    try:
        root = yaml.compose(text, Loader=_yaml_loader())
    except yaml.YAMLError as error:
        raise _unreadable(_yaml_came(error), "one YAML text", name) from error
    return None if root is None else _yaml_value(root, name)


def _yaml_came(error: Any) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" at line {mark.line + 1} column {mark.column + 1}" if mark is not None else ""
    problem = getattr(error, "problem", None) or "a character that YAML does not know"
    return f"broken YAML{where}: {problem}"


def _yaml_loader() -> Any:
    """Return a loader that knows the scalars of YAML 1.2 and expands nothing."""
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # the library's own form
        nodes = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            self.nodes += 1
            if self.nodes > MAX_YAML_NODES:
                mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
                problem = f"more than {MAX_YAML_NODES} values; split the file or write it as TOML"
                raise yaml.composer.ComposerError(None, None, problem, mark)
            if self.check_event(yaml.AliasEvent):
                mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
                problem = "an alias (*name); write the value out"
                raise yaml.composer.ComposerError(None, None, problem, mark)
            return super().compose_node(parent, index)

    for tag, (pattern, _) in _YAML_SCALARS.items():
        whole = re.compile(rf"(?:{pattern})\Z", re.VERBOSE | re.ASCII)  # the library only matches
        Loader.add_implicit_resolver(tag, whole, None)
    return Loader


def _yaml_value(node: Any, name: str) -> Any:
    """Return the value of a node; whatever JSON does not have is refused with its line."""
    line = f"line {node.start_mark.line + 1}"
    if node.tag == "tag:yaml.org,2002:map":
        return _yaml_object(node, name)
    if node.tag == "tag:yaml.org,2002:seq":
        return [_yaml_value(child, name) for child in node.value]
    if node.tag == "tag:yaml.org,2002:str":
        return node.value
    if node.tag in _YAML_SCALARS and isinstance(node.value, str):
        pattern, convert = _YAML_SCALARS[node.tag]
        if re.fullmatch(pattern, node.value, re.VERBOSE | re.ASCII):
            return convert(node.value)
    expected = "plain texts, numbers, lists and objects, without tags"
    raise _unreadable(f"a value tagged {quoted(node.tag)} on {line}", expected, name)


def _yaml_object(node: Any, name: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, child in node.value:
        line = f"line {key.start_mark.line + 1}"
        if not isinstance(key.value, str):
            raise _unreadable(f"a key that is no text on {line}", "texts as keys", name)
        if key.value in result:
            came = f"the key {quoted(key.value)} twice in one object, on {line}"
            raise _unreadable(came, "each key once", name)
        result[key.value] = _yaml_value(child, name)
    return result


_YAML_SCALARS: Mapping[str, tuple[str, Callable[[str], Any]]] = MappingProxyType(
    {
        "tag:yaml.org,2002:null": (r"~ | null | (?:)", lambda _: None),
        "tag:yaml.org,2002:bool": (r"true | false", lambda text: text == "true"),
        "tag:yaml.org,2002:int": (r"[-+]? [0-9]{1,18}", int),
        "tag:yaml.org,2002:float": (
            r"[-+]? (?: \.[0-9]+ | [0-9]+ (?: \.[0-9]* )? ) (?: [eE] [-+]? [0-9]{1,4} )?",
            Decimal,
        ),
    }
)

READERS: Mapping[str, Callable[[str, str], Any]] = MappingProxyType(
    {".toml": _toml, ".yaml": _yaml, ".yml": _yaml, ".json": _json}
)
"""How a file is read, by its suffix."""


def _unreadable(came: str, expected: str, file: str) -> RejectedRecordError:
    return RejectedRecordError(Refusal("", came, expected, file, RejectReason.UNREADABLE))
