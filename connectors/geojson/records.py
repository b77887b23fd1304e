"""Records out of a JSON file of any size, one at a time.

Geo services wrap their records in many ways: a FeatureCollection, a bare list, one feature per
line, or an object with `records`, `results` or `_embedded` beside paging links. Reading keeps one
record in memory; what stands beside the list is kept too, because a CRS may be declared there.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, BinaryIO

RECORD_LISTS = ("features", "records", "results", "_embedded")
MAX_RECORD_CHARACTERS = 8 * 1024 * 1024
MAX_BESIDE_CHARACTERS = 1024 * 1024
_CHUNK_BYTES = 256 * 1024
_LONGEST_MARK = 16  # characters of a literal or an escape that may be cut in two
_SPACE = " \t\r\n\x1e"  # RFC 8142 puts a record separator before each text
_BOUNDARY = frozenset(" \t\r\n,]}")


class UnreadableJsonError(ValueError):
    """The rest of the file cannot be read: what came and what was expected."""

    def __init__(self, came: str, expected: str, *, after_records: int = 0) -> None:
        self.came = came
        self.expected = expected
        self.after_records = after_records
        super().__init__(f"came {came}; expected {expected}")


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """One line that is no JSON, in a file with one record a line; the next lines are read."""

    came: str
    expected: str


@dataclass(slots=True)
class JsonRecords:
    """The records of one file; `beside` fills with what stands around the list as it is passed."""

    stream: BinaryIO
    beside: dict[str, Any] = field(default_factory=dict)
    count: int = 0
    _within_list: bool = False

    def __iter__(self) -> Iterator[Any]:
        """Yield every record.

        :raises UnreadableJsonError: where the file stops being JSON, or is none
        """
        cursor = _Cursor(self.stream)
        try:
            for record in self._of_file(cursor):
                self.count += 1
                yield record
        except UnreadableJsonError as error:
            raise UnreadableJsonError(
                error.came, error.expected, after_records=self.count
            ) from None

    def _of_file(self, cursor: _Cursor) -> Iterator[Any]:
        first = cursor.peek()
        if not first:
            raise UnreadableJsonError("an empty file", "a JSON file with records")
        while first:
            if first == "[":
                yield from self._of_list(cursor)
            elif first == "{":
                yield from self._of_line(cursor)
            else:
                raise UnreadableJsonError(
                    f"{first!r} at character {cursor.position}", "JSON that begins with { or ["
                )
            first = cursor.peek()
            if first == ",":
                raise UnreadableJsonError(
                    f"a comma at character {cursor.position}", "the next record or the end"
                )

    def _of_line(self, cursor: _Cursor) -> Iterator[Any]:
        """Yield what one object holds; after a first good line a bad one does not end the file."""
        if not self.count:
            yield from self._of_object(cursor)
            return
        cursor.mark()
        try:
            yield from self._of_object(cursor)
        except UnreadableJsonError as error:
            if self._within_list or not cursor.skip_marked_line():
                raise
            yield UnreadableRecord(error.came, error.expected)

    def _of_list(self, cursor: _Cursor) -> Iterator[Any]:
        cursor.take("[")
        self._within_list = True
        while cursor.peek() != "]":
            yield cursor.value(MAX_RECORD_CHARACTERS, "a record")
            if cursor.peek() != "]":
                cursor.take(",")
                if cursor.peek() == "]":
                    raise UnreadableJsonError(
                        f"a comma before ']' at character {cursor.position}", "another record"
                    )
        cursor.take("]")
        self._within_list = False

    def _of_object(self, cursor: _Cursor) -> Iterator[Any]:
        """Yield the records in an object, or the object itself when it has no list of them."""
        content: dict[str, Any] = {}
        has_list = False
        for name in self._names(cursor):
            first = cursor.peek()
            if name in RECORD_LISTS and first == "[" and not _is_feature(content):
                has_list = True
                yield from self._of_list(cursor)
            elif name == "_embedded" and first == "{":
                has_list = True
                yield from self._of_embedded(cursor)
            else:
                limit = MAX_BESIDE_CHARACTERS if has_list else MAX_RECORD_CHARACTERS
                content[name] = cursor.value(limit, f"'{name[:60]}'")
        if has_list:
            self.beside |= content
        elif _is_feature(content) or not _is_wrapper(content):
            yield content
        else:
            raise UnreadableJsonError(
                "an object without records",
                f"a list under one of {', '.join(RECORD_LISTS)}, a bare list or one record a line",
            )

    def _of_embedded(self, cursor: _Cursor) -> Iterator[Any]:
        for _name in self._names(cursor):
            if cursor.peek() == "[":
                yield from self._of_list(cursor)
            else:
                cursor.value(MAX_BESIDE_CHARACTERS, "'_embedded'")

    def _names(self, cursor: _Cursor) -> Iterator[str]:
        """Yield the names of an object; the caller takes each value before the next name."""
        cursor.take("{")
        if cursor.peek() == "}":
            cursor.take("}")
            return
        while True:
            if cursor.peek() != '"':
                raise UnreadableJsonError(
                    f"{cursor.peek()!r} at character {cursor.position}", "a name in double quotes"
                )
            name = cursor.value(MAX_BESIDE_CHARACTERS, "a name")
            cursor.take(":")
            yield name
            if cursor.peek() == "}":
                cursor.take("}")
                return
            cursor.take(",")


def _is_feature(content: dict[str, Any]) -> bool:
    return content.get("type") == "Feature"


def _is_wrapper(content: dict[str, Any]) -> bool:
    """Tell whether an object says it holds features, or holds nothing but links and counts."""
    if content.get("type") == "FeatureCollection" or not content:
        return True
    return not any(isinstance(value, str | dict) for value in content.values())


class _Cursor:
    """A place in a stream of JSON text: skips space, takes marks, decodes one value."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("strict")
        self._json = json.JSONDecoder(parse_float=Decimal)  # floats are NaN and Infinity only
        self._text = ""
        self._at = 0
        self._passed = 0
        self._mark: int | None = None
        self._ended = False

    @property
    def position(self) -> int:
        """Return the number of characters before this place."""
        return self._passed + self._at

    def peek(self) -> str:
        """Skip space and return the next character, or nothing at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(_CHUNK_BYTES):
                return ""

    def take(self, mark: str) -> None:
        """Pass one punctuation mark.

        :raises UnreadableJsonError: if something else stands here
        """
        found = self.peek()
        if found != mark:
            came = f"{found!r} at character {self.position}" if found else "the end of the file"
            raise UnreadableJsonError(came, f"{mark!r}; is the file complete?")
        self._at += 1

    def value(self, most_characters: int, what: str) -> Any:
        """Decode the value that begins here.

        :raises UnreadableJsonError: if it is no JSON, too deep or too long
        """
        self.peek()
        step = _CHUNK_BYTES
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                place = self._passed + error.pos
                if self._may_be_cut_off(error):
                    if len(self._text) - self._at > most_characters:
                        raise self._too_long(most_characters, what) from None
                    if self._more(step):
                        step = min(2 * step, max(most_characters, _CHUNK_BYTES))
                        continue
                came = f"{error.msg.removesuffix(' at')} at character {place}"
                raise UnreadableJsonError(came, "valid JSON; is the file complete?") from None
            except RecursionError:
                raise UnreadableJsonError(
                    f"{what} nested too deeply at character {self.position}",
                    "a record as a service writes it",
                ) from None
            except ValueError as error:
                raise UnreadableJsonError(
                    f"{what} that cannot be read ({str(error)[:80]})", "numbers of usual length"
                ) from None
            if end - self._at > most_characters:
                raise self._too_long(most_characters, what)
            # A number at the very end of what was read may go on.
            if end == len(self._text) and self._more(step):
                continue
            self._at = end
            self._ends_properly()
            return value

    def mark(self) -> None:
        """Remember this place, the begin of a line."""
        self._mark = self.position

    def skip_marked_line(self) -> bool:
        """Go back to the marked line and pass it; return whether another one follows."""
        self._at = (self._mark or 0) - self._passed
        self._mark = None
        while (end := self._text.find("\n", self._at)) < 0:
            self._at = len(self._text)
            if not self._more(_CHUNK_BYTES):
                return False
        self._at = end + 1
        return bool(self.peek())

    def _may_be_cut_off(self, error: json.JSONDecodeError) -> bool:
        """Tell whether the error may come only from the end of what was read so far."""
        close_to_end = error.pos >= len(self._text) - _LONGEST_MARK
        return close_to_end or error.msg.startswith("Unterminated string")

    def _ends_properly(self) -> None:
        following = self._text[self._at : self._at + 1]
        if following and following not in _BOUNDARY and following != ":":
            raise UnreadableJsonError(
                f"{following!r} at character {self.position}", "a comma or the end of the value"
            )

    def _too_long(self, most_characters: int, what: str) -> UnreadableJsonError:
        return UnreadableJsonError(
            f"{what} of more than {most_characters >> 20} million characters",
            "records of usual size; is this a list of records?",
        )

    def _more(self, byte_count: int) -> bool:
        """Read on; forget what is behind. Return whether anything came."""
        if self._ended:
            return False
        chunk = self._stream.read(byte_count)
        try:
            text = self._decode.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            found = error.object[error.start : error.start + 1].hex()
            raise UnreadableJsonError(
                f"byte 0x{found} after character {self._passed + len(self._text)}",
                "text in UTF-8; save the file as UTF-8",
            ) from None
        self._ended = not chunk
        behind = self._at if self._mark is None else self._mark - self._passed
        self._passed += behind
        self._text = self._text[behind:] + text
        self._at -= behind
        return bool(chunk)
