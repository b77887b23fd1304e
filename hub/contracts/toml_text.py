"""TOML from outside, within bounds: the parser of the standard library has none of its own.

Its time and memory grow with the square of the parts of a dotted key, and every value of a list is
an object. What people write stays far below these bounds; a file made to do harm does not.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from typing import Any

MAX_VALUES = 1_000_000
"""Commas, equals signs and brackets of one text."""
MAX_KEY_PARTS = 200

_WORD = r"""[^\s"'#=.,{}\[\]]"""
_PART = rf"""(?:"[^"\n]*"|'[^'\n]*'|{_WORD}++)[ \t]*+\.[ \t]*+"""
_DEEP_KEY = re.compile(rf"(?<!{_WORD})(?:{_PART}){{{MAX_KEY_PARTS}}}")
"""Begins where a word does and never goes back into one: a long word is looked at once."""


class BrokenTomlError(ValueError):
    """A text that is no TOML or too much of it; the words say which."""


def load_toml(text: str, *, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """Return the value of a TOML text.

    :raises BrokenTomlError: with what is wrong
    """
    values = sum(text.count(mark) for mark in ",=[{")
    if values > MAX_VALUES:
        raise BrokenTomlError(f"more than {MAX_VALUES} values")
    if _DEEP_KEY.search(text) is not None:
        raise BrokenTomlError(f"a key of more than {MAX_KEY_PARTS} parts, nested too deeply")
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except RecursionError as error:
        raise BrokenTomlError("lists nested too deeply") from error
    except (ValueError, ArithmeticError) as error:
        raise BrokenTomlError(str(error)[:200]) from error
